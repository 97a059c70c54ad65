"""What the oracle judges by: raw topics and the simulated SIS's own account. Nothing here asks the engine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from deploy.local.layout import Layout
from deploy.local.readiness import ask
from schemas.codec import decode
from schemas.gradebook import GradebookChange, Sis
from schemas.results import SectionStatus, StatusRow, SyncResult

#: Section and item, or SIS section and title.
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One district. `changes` in the order of their partitions; `rows` as last written; `items` (by id) and `scores`
    as the SIS has them now, in the shape all simulators share (tests/simulators/neutral.py); `commits` everything it
    ever committed; `classes` what its API calls a class of the commits.
    """

    sis: Sis
    changes: list[GradebookChange]
    results: list[SyncResult]
    rows: dict[Pair, StatusRow]
    items: dict[str, dict[str, Any]]
    scores: list[dict[str, Any]]
    commits: list[dict[str, Any]]
    classes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Every district's evidence by tenant, and the dead letters of all of them."""

    districts: dict[str, Evidence]
    dead_letters: int


def gather(layout: Layout, tenants: Sequence[tuple[str, Sis]]) -> Gathered:
    """Everything there is of these districts, as it is now."""
    topics = layout.cluster.topics
    changes = [decode(GradebookChange, value) for value in records(layout, topics.changes)]
    results = [decode(SyncResult, value) for value in records(layout, topics.results)]
    parts: dict[tuple[str, str, int], SectionStatus] = {}
    for value in records(layout, topics.status):
        part = decode(SectionStatus, value)
        parts[part.tenant, part.section, part.part] = part
    found = {}
    for tenant, sis in tenants:
        about = f"{layout.sis_url(sis)}/_sim/districts/{tenant}"
        book, directory = ask(f"{about}/gradebook"), ask(f"{about}/directory")
        mine = [part for part in parts.values() if part.tenant == tenant]
        found[tenant] = Evidence(
            sis=sis,
            changes=[one for one in changes if one.tenant == tenant],
            results=[one for one in results if one.tenant == tenant],
            rows={(part.section, row.item): row for part in mine for row in part.rows},
            items={item["id"]: item for item in book["items"]},
            scores=book["scores"],
            commits=ask(f"{layout.sis_url(sis)}/_sim/commits?limit=1000000&district={tenant}"),
            classes={one["id"]: one["key"] for one in directory["sections"]},
        )
    return Gathered(found, sum(1 for _ in records(layout, topics.dead_letters)))


def records(layout: Layout, topic: str) -> Iterator[bytes]:
    """Every value on a topic from its first record to its end as it is now, partition by partition."""
    consumer = KafkaConsumer(
        bootstrap_servers=layout.cluster.bootstrap, group_id=None, enable_auto_commit=False
    )
    try:
        partitions = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        found: dict[TopicPartition, list[bytes]] = {tp: [] for tp in partitions}
        while any(consumer.position(tp) < end for tp, end in ends.items()):
            for tp, fetched in consumer.poll(timeout_ms=200).items():
                found[tp] += [one.value for one in fetched if one.value is not None]
    finally:
        consumer.close()
    for tp in partitions:
        yield from found[tp]
