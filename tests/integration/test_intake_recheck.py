"""A district's configuration is applied while workers run: what waited for it is sent, without any new change."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.codec import decode
from schemas.desired import DesiredItem
from schemas.district import DayOff
from schemas.gradebook import (
    CategoryMapping,
    Change,
    ItemChanged,
    ItemKind,
    MappingChanged,
    SectionBound,
    Sis,
    SyncMode,
)
from schemas.results import RowState
from tests.support.flow import Flow, change, district, new_flow
from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker

SECTIONS = [f"s{n}" for n in range(12)]
CLOSED = "DUE_DATE_OUTSIDE_MARKING_PERIOD"


@pytest.fixture
def flow(kafka: Kafka, tmp_path: Path) -> Iterator[Flow]:
    with new_flow(kafka, tmp_path, "recheck") as flow:
        yield flow


def _told() -> list[Change]:
    return [
        SectionBound(sis=Sis.ESCHOOLPLUS, sis_section="c1", school="high", mode=SyncMode.AUTO),
        MappingChanged(categories=(CategoryMapping(category="hw", sis_category="H"),)),
        _item("waits", "2026-10-05"),
        _item("goes", "2026-10-06"),
    ]


def _item(name: str, due: str) -> ItemChanged:
    return ItemChanged(item=name, kind=ItemKind.TEST, title="Lab", category="hw", due=due, points=10.0)


def test_a_day_that_opens_sends_what_waited_for_it_and_nothing_else(flow: Flow) -> None:
    config = district()
    off = DayOff(first_day="2026-10-05", last_day="2026-10-05", title="Holiday")
    flow.configure(
        replace(config, schools=tuple(replace(school, days_off=(off,)) for school in config.schools))
    )
    flow.start_worker()
    flow.publish(change(section, f"e{n}", n, what) for section in SECTIONS for n, what in enumerate(_told()))
    for section in SECTIONS:
        flow.rows(section, lambda rows: len(rows) == 2 and rows["waits"].code == CLOSED)

    flow.configure(config)

    for section in SECTIONS:
        flow.rows(section, lambda rows: all(row.state is RowState.QUEUED for row in rows.values()))
    sent = [
        decode(DesiredItem, one.value).item for one in flow.kafka.read(flow.topics.desired(Sis.ESCHOOLPLUS))
    ]
    assert sorted(sent) == ["goes"] * len(SECTIONS) + ["waits"] * len(SECTIONS)
    assert flow.kafka.read(flow.topics.dead_letters) == []
