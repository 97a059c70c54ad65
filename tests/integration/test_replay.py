"""Replay against a real broker: the right range, one request per section, and an interrupted run goes on."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from schemas.cluster import Cluster
from schemas.codec import Refused, decode, encode
from schemas.gradebook import Change, GradebookChange, ItemDeleted, LogSeen, SyncRequested
from schemas.keys import partition_for, section_key
from schemas.topics import TopicNames
from streams import replay
from streams.follow import TopicAbsent, read_range
from streams.replay import ReplayInterrupted, RunMismatch, Selection
from tests.support.kafka import Kafka, Record

NewTopic = Callable[..., str]
T0 = 1_795_529_000_000
PARTITIONS = 4


@pytest.fixture
def cluster(kafka: Kafka, new_topic: NewTopic, prefix: str) -> Cluster:
    new_topic("gradebook.changes", partitions=PARTITIONS)
    return Cluster(kafka.bootstrap, TopicNames(f"{prefix}."))


def _event(change: Change, tenant: str, section: str, at: int) -> Record:
    whole = GradebookChange(
        tenant=tenant, section=section, event=f"e{at}", version=at, occurred_at=at, change=change
    )
    return Record(encode(whole), section_key(tenant, section), timestamp_ms=at)


def _fill(kafka: Kafka, cluster: Cluster, sections: int = 6, events: int = 10) -> None:
    """Event k of every section changes item k at T0 + k."""
    records = [
        _event(ItemDeleted(item=f"i{k}"), "north", f"s{n}", T0 + k)
        for k in range(events)
        for n in range(sections)
    ]
    kafka.produce(cluster.topics.changes, [Record(b"bad", b"k", timestamp_ms=T0), *records])


def _requests(kafka: Kafka, cluster: Cluster) -> list[tuple[GradebookChange, int]]:
    found = []
    for record in kafka.read(cluster.topics.changes):
        try:
            change = decode(GradebookChange, record.value)
        except Refused:
            continue
        if isinstance(change.change, SyncRequested):
            found.append((change, record.partition or 0))
    return found


def _planned(cluster: Cluster, selection: Selection, run: str | None = None) -> replay.ReplayPlan:
    return replay.plan(replay.read(cluster, selection, run_id=run), selection)


def test_a_range_is_read_by_time_and_by_offset_and_then_ends(kafka: Kafka, cluster: Cluster) -> None:
    _fill(kafka, cluster)
    topic = cluster.topics.changes

    def times(*bounds: object) -> set[int]:
        return {record.timestamp_ms - T0 for record in read_range(cluster, topic, *bounds)}  # type: ignore[arg-type]

    assert times() == set(range(10))
    assert times(T0 + 3, T0 + 6) == {3, 4, 5}
    assert times(None, T0 + 2) == {0, 1}
    assert times(T0 + 8) == {8, 9}
    assert times(T0 + 1_000_000) == times(None, T0 - 5) == set()
    ends = kafka.end_offsets(topic)
    assert sum(1 for _ in read_range(cluster, topic, dict.fromkeys(range(PARTITIONS), 0), ends)) == 61
    assert sum(
        1 for _ in read_range(cluster, topic, {p: end - 1 for p, end in ends.items() if end}, ends)
    ) == len([end for end in ends.values() if end])
    with pytest.raises(TopicAbsent):
        list(read_range(cluster, topic + "x"))


def test_what_is_written_while_reading_is_not_read(kafka: Kafka, cluster: Cluster) -> None:
    _fill(kafka, cluster)
    reading = read_range(cluster, cluster.topics.changes)
    first = next(reading)
    kafka.produce(cluster.topics.changes, [Record(b"late", b"k", partition=p) for p in range(PARTITIONS)])
    assert 1 + sum(1 for _ in reading) == 61
    assert first.value != b"late"


def test_only_the_partition_of_a_key_is_read(kafka: Kafka, cluster: Cluster) -> None:
    _fill(kafka, cluster)
    key = section_key("north", "s3")
    read = list(read_range(cluster, cluster.topics.changes, key=key))
    assert {record.partition for record in read} == {partition_for(key, PARTITIONS)}
    assert sum(record.key == key for record in read) == 10


def test_a_time_range_asks_for_the_items_that_changed_in_it(kafka: Kafka, cluster: Cluster) -> None:
    _fill(kafka, cluster)
    selection = Selection(from_ms=T0 + 3, to_ms=T0 + 6)
    planned = _planned(cluster, selection)
    assert (len(planned.sections), planned.items, planned.events) == (6, 18, 18)
    assert (planned.first_ms, planned.last_ms) == (T0 + 3, T0 + 5)
    assert _requests(kafka, cluster) == [], "a plan writes nothing"

    steps: list[tuple[int, int]] = []
    run = replay.run(planned, cluster, on_progress=lambda done, total: steps.append((done, total)))
    assert steps == [(n, 6) for n in range(7)]
    asked = _requests(kafka, cluster)
    assert {change.section for change, _ in asked} == {f"s{n}" for n in range(6)}
    for change, partition in asked:
        assert change.change == SyncRequested(run=run, items=("i3", "i4", "i5"), replay=True)
        assert change.version == replay.started_ms(run, selection)
        assert partition == partition_for(section_key("north", change.section), PARTITIONS)


def test_a_section_is_asked_for_as_a_whole(kafka: Kafka, cluster: Cluster) -> None:
    _fill(kafka, cluster)
    for selection in (Selection(tenant="north", section="s2"), Selection(section="s2")):
        planned = _planned(cluster, selection)
        assert (len(planned.sections), planned.items, planned.events) == (1, 10, 10)
        assert planned.sections[0].items is None
    assert _planned(cluster, Selection(tenant="south", section="s2")).sections == ()


def test_an_interrupted_run_goes_on_and_asks_nothing_twice(kafka: Kafka, cluster: Cluster) -> None:
    _fill(kafka, cluster)
    selection = Selection(from_ms=T0)
    planned = _planned(cluster, selection)
    run = replay.new_run(selection, T0 + 500_000)
    part = replace(planned, sections=planned.sections[:4])
    assert replay.run(part, cluster, run_id=run) == run

    steps: list[tuple[int, int]] = []
    again = _planned(cluster, selection, run)
    assert again.sections == planned.sections
    replay.run(again, cluster, run_id=run, on_progress=lambda done, total: steps.append((done, total)))
    assert steps == [(4, 6), (5, 6), (6, 6)]
    assert sorted(change.section for change, _ in _requests(kafka, cluster)) == [f"s{n}" for n in range(6)]
    assert replay.requested(cluster, run, T0 + 500_000) == {("north", f"s{n}") for n in range(6)}
    with pytest.raises(RunMismatch):
        replay.run(again, cluster, run_id=replay.new_run(Selection(from_ms=1), T0))


def test_a_second_run_of_its_own_does_ask_again(kafka: Kafka, cluster: Cluster) -> None:
    """Negative control: it is the run id that makes the difference."""
    _fill(kafka, cluster, sections=2)
    planned = _planned(cluster, Selection(from_ms=T0, to_ms=T0 + 100))
    clock = iter((T0 + 200, T0 + 201))
    first, second = (replay.run(planned, cluster, now_ms=lambda: next(clock)) for _ in range(2))
    assert first != second
    assert len(_requests(kafka, cluster)) == 4


def test_a_replay_does_not_replay_itself(kafka: Kafka, cluster: Cluster) -> None:
    _fill(kafka, cluster, sections=1)
    kafka.produce(cluster.topics.changes, [_event(LogSeen(teacher="t"), "north", "s0", T0 + 20)])
    selection = Selection(from_ms=T0)
    before = _planned(cluster, selection)
    replay.run(before, cluster)
    after = _planned(cluster, selection)
    assert (after.sections, after.events) == (before.sections, before.events)
    assert after.skipped == before.skipped + 1


def test_without_acknowledgement_it_says_how_to_go_on(
    kafka: Kafka, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "BLOCK_MS", 500)
    _fill(kafka, cluster, sections=1)
    selection = Selection(from_ms=T0)
    planned = _planned(cluster, selection)
    elsewhere = Cluster(kafka.bootstrap, TopicNames("no.such.prefix."))
    with pytest.raises(ReplayInterrupted, match=r"0 of 1 sections.*--run replay-"):
        replay.run(planned, elsewhere)
