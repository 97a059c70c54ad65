"""Records of a publisher with librdkafka's own partitioner: each is sent home once, in order, and folded there."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from schemas.codec import decode, encode
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
)
from schemas.keys import partition_for, section_key
from schemas.results import RowState
from tests.support.flow import TENANT, Flow, change, district, new_flow
from tests.support.kafka import Kafka, Record

pytestmark = pytest.mark.broker

SECTIONS = [f"section-{n}" for n in range(24)]
EDITS = 40


@pytest.fixture
def flow(kafka: Kafka, tmp_path: Path) -> Iterator[Flow]:
    with new_flow(kafka, tmp_path, "forwarding") as flow:
        yield flow


def _told() -> list[Change]:
    mapping = MappingChanged(categories=(CategoryMapping(category="hw", sis_category="H"),))
    bound = SectionBound(sis=Sis.ESCHOOLPLUS, sis_section="c1", school="high", mode=SyncMode.AUTO)
    return [bound, mapping, *(_item(n) for n in range(EDITS))]


def _item(number: int) -> ItemChanged:
    return ItemChanged(
        item="i1", kind=ItemKind.TEST, title=f"Lab {number}", category="hw", due="2026-10-05", points=10.0,
        scores=(Score(student="s1", points=float(number % 10)),),
    )  # fmt: skip


def _publish(flow: Flow) -> Counter[bytes]:
    """Publish as librdkafka would by itself; how many records of each key landed on another partition than its own."""
    misplaced: Counter[bytes] = Counter()

    def delivered(error: Any, message: Any) -> None:
        assert error is None
        if message.partition() != partition_for(message.key(), 8):
            misplaced[message.key()] += 1

    producer = Producer({"bootstrap.servers": flow.cluster.bootstrap, "enable.idempotence": True})
    for version, what in enumerate(_told()):
        for section in SECTIONS:
            made = change(section, f"e{version}", version, what)
            producer.produce(
                flow.topics.changes, encode(made), section_key(TENANT, section), on_delivery=delivered
            )
    producer.flush(30)
    return misplaced


def _home(records: list[Record]) -> dict[bytes, list[bytes | None]]:
    """Values by key, of the records on their key's own partition."""
    found: dict[bytes, list[bytes | None]] = {}
    for record in records:
        if record.key is not None and record.partition == partition_for(record.key, 8):
            found.setdefault(record.key, []).append(record.value)
    return found


def test_misplaced_records_go_home_once_and_in_order(flow: Flow) -> None:
    # one worker: where partitions change hands, what was not acknowledged is sent home again
    flow.configure(district())
    flow.start_worker()

    misplaced = _publish(flow)
    for section in SECTIONS:
        flow.rows(section, lambda rows: "i1" in rows and rows["i1"].version == EDITS + 1, seconds=60)
    _wait_for_no_lag(flow)

    # the test would be empty with a publisher that places them as we do
    assert len(misplaced) > len(SECTIONS) // 2
    records = flow.kafka.read(flow.topics.changes)
    told = {
        section_key(TENANT, section): [
            encode(change(section, f"e{n}", n, what)) for n, what in enumerate(_told())
        ]
        for section in SECTIONS
    }
    assert len(records) == sum(map(len, told.values())) + misplaced.total()
    assert _home(records) == told
    assert flow.kafka.read(flow.topics.dead_letters) == []


def test_the_newest_wins_though_partitions_change_hands(flow: Flow) -> None:
    flow.configure(district())
    for _ in range(2):
        flow.start_worker()

    _publish(flow)
    for section in SECTIONS:
        rows = flow.rows(section, lambda rows: "i1" in rows and rows["i1"].version == EDITS + 1, seconds=60)
        assert rows["i1"].state is RowState.QUEUED
    _wait_for_no_lag(flow)

    decisions: dict[bytes | None, dict[int, DesiredItem]] = {}
    for record in flow.kafka.read(flow.topics.desired(Sis.ESCHOOLPLUS)):
        desired = decode(DesiredItem, record.value)
        decisions.setdefault(record.key, {})[desired.revision] = desired
    assert len(decisions) == len(SECTIONS)
    for of_item in decisions.values():
        in_order = [of_item[revision].version for revision in sorted(of_item)]
        assert in_order == sorted(in_order)
        assert of_item[max(of_item)].content.title == f"Lab {EDITS - 1}"


def _wait_for_no_lag(flow: Flow) -> None:
    deadline = time.monotonic() + 30
    while flow.kafka.lag(flow.group, flow.topics.changes) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert flow.kafka.lag(flow.group, flow.topics.changes) == 0
