"""An import above the district's number waits across the broker and a dead worker; one command lets it go, once."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.codec import decode
from schemas.desired import DesiredItem
from schemas.gradebook import (
    CategoryMapping,
    Change,
    ItemChanged,
    ItemKind,
    MappingChanged,
    Score,
    SectionBound,
    Sis,
    SyncMode,
    SyncRequested,
)
from schemas.results import RowState
from streams.cli import app
from tests.support.flow import TENANT, Flow, change, district, new_flow
from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker

ITEMS = 40
NUMBER = 25
HELD = "MASS_CHANGE_HELD"


@pytest.fixture
def flow(kafka: Kafka, tmp_path: Path) -> Iterator[Flow]:
    with new_flow(kafka, tmp_path, "brake") as flow:
        yield flow


def _item(number: int) -> ItemChanged:
    return ItemChanged(
        item=f"i{number}", kind=ItemKind.TEST, title=f"Lab {number}", category="hw", due="2026-10-05", points=10.0,
        scores=(Score(student="s1", points=1.0),),
    )  # fmt: skip


def _section(mode: SyncMode) -> list[Change]:
    return [
        SectionBound(sis=Sis.ESCHOOLPLUS, sis_section="c1", school="high", mode=mode),
        MappingChanged(categories=(CategoryMapping(category="hw", sis_category="H"),)),
        *(_item(number) for number in range(ITEMS)),
    ]


def _sent(flow: Flow) -> Counter[str]:
    return Counter(
        decode(DesiredItem, record.value).item
        for record in flow.kafka.read(flow.topics.desired(Sis.ESCHOOLPLUS))
    )


def _release(flow: Flow, *options: str) -> str:
    place = ["--bootstrap", flow.cluster.bootstrap, "--topic-prefix", flow.topics.prefix]
    done = CliRunner().invoke(app, [*place, "release", f"{TENANT}/s", *options])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_click_waits_a_dead_worker_s_heir_still_holds_it_and_one_command_sends_it_once(flow: Flow) -> None:
    flow.configure(district(policies={"brake_creates": str(NUMBER)}))
    worker = flow.start_worker()
    told = [*_section(SyncMode.MANUAL), SyncRequested(run="click")]
    flow.publish(change("s", f"e{n}", n, what) for n, what in enumerate(told))
    rows = flow.rows("s", lambda rows: sum(row.code == HELD for row in rows.values()) == ITEMS)
    assert {row.params["creates"] for row in rows.values()} == {str(ITEMS)}
    assert _sent(flow) == {}
    worker.kill()
    flow.start_worker()

    assert _release(flow, "--dry-run").startswith(f"{ITEMS} item(s) wait")
    assert f"released {ITEMS} item(s)" in _release(flow)

    flow.rows(
        "s", lambda rows: all(row.state is RowState.QUEUED for row in rows.values()) and len(rows) == ITEMS
    )
    assert _sent(flow) == {f"i{n}": 1 for n in range(ITEMS)}
    assert flow.kafka.read(flow.topics.dead_letters) == []


def test_an_import_in_automatic_mode_waits_however_it_is_cut_into_batches(flow: Flow) -> None:
    flow.configure(district(policies={"brake_creates": str(NUMBER)}))
    flow.start_worker()

    flow.publish(change("s", f"e{n}", n, what) for n, what in enumerate(_section(SyncMode.AUTO)))

    rows = flow.rows(
        "s", lambda rows: len(rows) == ITEMS and all(row.code or row.revision > 0 for row in rows.values())
    )
    waiting = {name for name, row in rows.items() if row.code == HELD}
    assert len(waiting) >= ITEMS - NUMBER
    assert set(_sent(flow)) == rows.keys() - waiting

    _release(flow)

    flow.rows("s", lambda rows: all(row.state is RowState.QUEUED for row in rows.values()))
    assert _sent(flow) == {f"i{n}": 1 for n in range(ITEMS)}
