"""What stands on the topics, as the oracle reads it: raw records, and the few fields that verdicts need."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

from confluent_kafka import Consumer, KafkaException, TopicPartition

from tests.support.oracle_avro import read
from tests.support.oracle_log import ItemId

_DEADLINE = 120.0
_SYSTEMS = ("powerschool", "eschoolplus", "skyward", "infinite_campus", "aeries")
_ORIGIN = ("__connect.errors.topic", "__connect.errors.partition", "__connect.errors.offset")


class Raw(NamedTuple):
    """One record as bytes."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Result(NamedTuple):
    """One record of sync.results."""

    partition: int
    offset: int
    id: ItemId
    revision: int
    step: int
    outcome: str
    version: int


class StateRow(NamedTuple):
    """One record of gradebook.state: where it stands, and its registers or (for a section) its two stamps."""

    partition: int
    offset: int
    stamps: dict[str, tuple[int, str]]
    value: bytes | None


@dataclass(slots=True)
class Topics:
    """Everything read, in log order of each partition. Newest per key: what compaction would leave."""

    results: list[Result] = field(default_factory=list)
    items: dict[ItemId, list[StateRow]] = field(default_factory=lambda: defaultdict(list))
    sections: dict[tuple[str, str], list[StateRow]] = field(default_factory=lambda: defaultdict(list))
    desired: dict[tuple[str, ItemId], dict[str, Any]] = field(default_factory=dict)
    rows: dict[ItemId, dict[str, Any]] = field(default_factory=dict)
    dead: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))


def read_topics(bootstrap: str, prefix: str) -> Topics:
    """Read the flow's topics to their ends of the moment."""
    found = Topics()
    for raw in records(bootstrap, f"{prefix}sync.results"):
        found.results.append(_result(raw))
    for raw in records(bootstrap, f"{prefix}gradebook.state"):
        _take_state(found, raw)
    for system in _SYSTEMS:
        newest = {raw.key: raw.value for raw in records(bootstrap, f"{prefix}sis.{system}")}
        for key, value in newest.items():
            found.desired[system.upper(), _id(key)] = read("DesiredItem", value)
    parts = {raw.key: raw.value for raw in records(bootstrap, f"{prefix}sync.status")}
    for value in parts.values():
        part = read("SectionStatus", value)
        for row in part["rows"]:
            found.rows[part["tenant"], part["section"], row["item"]] = row
    for raw in records(bootstrap, f"{prefix}dead.letters"):
        _take_dead(found, raw, f"{prefix}gradebook.changes")
    return found


def records(bootstrap: str, topic: str) -> Iterator[Raw]:
    """Every record of a topic as of now. TimeoutError when the end does not come."""
    settings = {
        "bootstrap.servers": bootstrap,
        "group.id": "the-oracle-has-no-group",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
    }
    consumer = Consumer(settings)
    with closing(consumer):
        known = consumer.list_topics(topic, timeout=20).topics[topic]
        if known.error is not None:
            raise KafkaException(known.error)
        ends = {}
        for partition in known.partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=20)
            if high > low:
                ends[partition] = high
        consumer.assign([TopicPartition(topic, partition, 0) for partition in ends])
        yield from _until(consumer, topic, ends)


def _until(consumer: Consumer, topic: str, ends: dict[int, int]) -> Iterator[Raw]:
    deadline = time.monotonic() + _DEADLINE
    left = dict(ends)
    while left:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{topic}: {left} not reached")
        for message in consumer.consume(10_000, 0.1):
            if message.error() is not None:
                continue  # librdkafka tells of lost connections, and mends them
            partition, offset = message.partition(), message.offset()
            assert partition is not None and offset is not None
            if offset < ends[partition]:
                headers = tuple(message.headers() or ())
                yield Raw(partition, offset, message.key(), message.value(), headers)  # type: ignore[arg-type]
        positions = consumer.position([TopicPartition(topic, partition) for partition in left])
        for tp in positions:
            if tp.offset >= ends[tp.partition]:
                del left[tp.partition]


def _id(key: bytes | None) -> ItemId:
    assert key is not None
    tenant, section, item = (unquote(part) for part in key.decode().split("/"))
    return tenant, section, item


def _result(raw: Raw) -> Result:
    fields = read("SyncResult", raw.value, until="at")
    item = fields["tenant"], fields["section"], fields["item"]
    told = fields["revision"], fields["step"], fields["outcome"], fields["version"]
    return Result(raw.partition, raw.offset, item, *told)


def _take_state(found: Topics, raw: Raw) -> None:
    assert raw.key is not None
    parts = [unquote(part) for part in raw.key.decode().split("/")]
    if len(parts) == 3:
        fields = read("ItemState", raw.value, until="content")
        stamps = {
            name: (fields[f"{name}version"], fields[f"{name}event"]) for name in ("", "life_", "scores_")
        }
        for patch in fields["patches"]:
            stamps[f"patch {patch['score']['student']}"] = patch["version"], patch["event"]
        found.items[_id(raw.key)].append(StateRow(raw.partition, raw.offset, stamps, raw.value))
        return
    fields = read("SectionState", raw.value, until="roster_version")
    stamps = {name: (fields[f"{name}version"], fields[f"{name}event"]) for name in ("binding_", "mapping_")}
    found.sections[parts[0], parts[1]].append(StateRow(raw.partition, raw.offset, stamps, raw.value))


def _take_dead(found: Topics, raw: Raw, source: str) -> None:
    headers = dict(raw.headers)
    topic, partition, offset = ((headers.get(name) or b"").decode() for name in _ORIGIN)
    if topic == source:
        found.dead[int(partition), int(offset)] += 1
