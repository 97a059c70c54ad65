"""From a change to the status log, through real workers on a real broker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.gradebook import (
    CategoryMapping,
    GradebookChange,
    ItemChanged,
    ItemKind,
    MappingChanged,
    Score,
    SectionBound,
    Sis,
    SyncRequested,
)
from schemas.results import RowState
from tests.support.flow import Flow, change, district, new_flow
from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker


@pytest.fixture
def flow(kafka: Kafka, tmp_path: Path) -> Iterator[Flow]:
    with new_flow(kafka, tmp_path, "flow") as flow:
        yield flow


def _bound(section: str) -> list[GradebookChange]:
    binding = SectionBound(sis=Sis.ESCHOOLPLUS, sis_section="c1", school="high")
    mapping = MappingChanged(categories=(CategoryMapping(category="hw", sis_category="H"),))
    return [change(section, "e1", 1, binding), change(section, "e2", 2, mapping)]


def _item(item: str, category: str | None = "hw") -> ItemChanged:
    scores = (Score(student="s1", points=9.0), Score(student="s2", points=0.0))
    return ItemChanged(
        item=item, kind=ItemKind.ASSIGNMENT, title=f"Lab {item}", category=category, due="2026-10-05", points=10.0,
        scores=scores,
    )  # fmt: skip


def test_a_click_queues_what_may_sync_and_says_why_of_the_rest(flow: Flow) -> None:
    flow.configure(district())
    flow.start_worker()
    flow.publish(
        [*_bound("bio"), change("bio", "e3", 3, _item("1")), change("bio", "e4", 4, _item("2", None))]
    )
    seen = flow.rows("bio", lambda rows: len(rows) == 2)
    assert {row.state for row in seen.values()} == {RowState.NOT_YET_SYNCED}

    flow.publish([change("bio", "e5", 5, SyncRequested(run="click-1"))])

    rows = flow.rows("bio", lambda rows: all(row.revision >= 0 for row in rows.values()) and len(rows) == 2)
    assert (rows["1"].state, rows["1"].code) == (RowState.QUEUED, None)
    assert (rows["2"].state, rows["2"].code) == (RowState.ERROR, "CATEGORY_REQUIRED")
