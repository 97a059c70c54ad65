"""What the oracle judges by: raw topics and the simulated SIS's own account. Nothing here asks the engine."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from deploy.local.layout import Layout
from deploy.local.readiness import ask
from schemas.codec import decode
from schemas.gradebook import GradebookChange
from schemas.results import SectionStatus, StatusRow, SyncResult

#: Section and item, or SIS class and title.
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """`changes` in the order of their partitions; `rows` as last written; `line_items` and `cells` as the SIS has
    them now; `commits` everything it ever committed.
    """

    zone: str
    changes: list[GradebookChange]
    results: list[SyncResult]
    rows: dict[Pair, StatusRow]
    line_items: dict[str, dict[str, Any]]
    cells: dict[str, dict[str, Any]]
    commits: list[dict[str, Any]]
    dead_letters: int = 0


def gather(layout: Layout, tenant: str, zone: str) -> Evidence:
    """Everything there is, as it is now."""
    topics = layout.cluster.topics
    state = ask(f"{layout.sis_url}/_sim/districts/{tenant}/state")
    parts: dict[tuple[str, int], SectionStatus] = {}
    for value in records(layout, topics.status):
        part = decode(SectionStatus, value)
        parts[part.section, part.part] = part
    return Evidence(
        zone=zone,
        changes=[decode(GradebookChange, value) for value in records(layout, topics.changes)],
        results=[decode(SyncResult, value) for value in records(layout, topics.results)],
        rows={(section, row.item): row for (section, _), part in parts.items() for row in part.rows},
        line_items=state["lineItems"],
        cells=state["results"],
        commits=ask(f"{layout.sis_url}/_sim/commits?limit=1000000"),
        dead_letters=sum(1 for _ in records(layout, topics.dead_letters)),
    )


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
