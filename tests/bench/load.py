"""The load: districts, sections and items, and change events of 25 scores each, made fast and always the same."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from confluent_kafka import Producer

from schemas import splice
from schemas.codec import encode
from schemas.gradebook import (
    CategoryMapping,
    Change,
    GradebookChange,
    ItemChanged,
    ItemKind,
    MappingChanged,
    Score,
    ScoreFlag,
    SectionBound,
    Sis,
    SyncMode,
)
from schemas.keys import section_key, tenant_key
from schemas.topics import TopicNames
from tests.support.flow import district

_CATEGORIES = ("homework", "labs", "tests", "projects")
_DAYS = tuple(f"2026-{month:02}-{day:02}" for month in (9, 10, 11) for day in range(8, 29))
_OPEN_DAYS = tuple(range(1, 8))
SCORES = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How many of what. Every item belongs to one of `tenants` x `sections` sections."""

    tenants: int = 20
    sections: int = 400
    items: int = 25

    @property
    def all_items(self) -> int:
        """Items in all."""
        return self.tenants * self.sections * self.items

    def places(self) -> list[tuple[str, str]]:
        """District and section of each section."""
        return [(f"d{t:02}", f"sec-{s:04}") for t in range(self.tenants) for s in range(self.sections)]


def settings(shape: Shape) -> Iterator[tuple[bytes, bytes]]:
    """Records of district.config."""
    for number in range(shape.tenants):
        config = district(f"d{number:02}")
        schools = tuple(replace(school, school_days=_OPEN_DAYS) for school in config.schools)
        yield tenant_key(config.tenant), encode(replace(config, schools=schools))


def bindings(shape: Shape) -> Iterator[tuple[bytes, bytes]]:
    """Records of gradebook.changes that bind every section, automatic, and map its categories."""
    mapping = MappingChanged(
        categories=tuple(CategoryMapping(category=one, sis_category=one.upper()) for one in _CATEGORIES)
    )
    for tenant, section in shape.places():
        binding = SectionBound(
            sis=Sis.ESCHOOLPLUS, sis_section=f"c-{section}", school="high", mode=SyncMode.AUTO
        )
        both: tuple[Change, Change] = (binding, mapping)
        for number, what in enumerate(both):
            change = GradebookChange(
                tenant=tenant,
                section=section,
                event=f"bind-{number}",
                version=number,
                occurred_at=0,
                change=what,
            )
            yield section_key(tenant, section), encode(change)


def changes(shape: Shape, count: int, *, first: int = 0, seed: int = 7) -> Iterator[tuple[bytes, bytes]]:
    """`count` change records: bursts of five items of a section, sections in random order, round after round."""
    chosen = random.Random(seed)
    prefixes = [
        (
            section_key(*place),
            splice.header("GradebookChange") + splice.string(place[0]) + splice.string(place[1]),
        )
        for place in shape.places()
    ]
    bodies = _bodies(shape.items)
    number = first
    while True:
        for burst in range(0, shape.items, 5):
            chosen.shuffle(prefixes)
            for key, prefix in prefixes:
                for item in range(burst, min(burst + 5, shape.items)):
                    if number >= first + count:
                        return
                    event = splice.string(f"evt-{number:010}") + splice.long(number)
                    yield key, b"".join((prefix, event, _WHEN, chosen.choice(bodies[item])))
                    number += 1


_WHEN = splice.long(1_790_000_000_000) + splice.optional("teacher-12") + splice.symbol(0)


def _bodies(items: int, variants: int = 24) -> list[list[bytes]]:
    """For each item, `variants` encodings of it with other scores."""
    chosen = random.Random(1)
    return [[_body(item, chosen) for _ in range(variants)] for item in range(items)]


def _body(item: int, chosen: random.Random) -> bytes:
    scores = tuple(
        Score(
            student=f"stu-{student:06}",
            points=float(chosen.randrange(0, 41)) / 2,
            flags=(chosen.choice(list(ScoreFlag)),) if chosen.random() < 0.1 else (),
        )
        for student in range(SCORES)
    )
    what = ItemChanged(
        item=f"item-{item:04}",
        kind=list(ItemKind)[item % 3],
        title=f"Unit {item // 5 + 1} check {item % 5 + 1}: reading",
        category=_CATEGORIES[item % 4],
        due=_DAYS[(item * 7) % len(_DAYS)],
        points=20.0,
        scores=scores,
    )
    change = GradebookChange(tenant="", section="", event="", version=0, occurred_at=0, change=what)
    whole = encode(change)
    # header of 5, three empty strings, version 0, occurred 0, no actor, branch 0
    return whole[5 + 3 + 2 + 1 + 1 :]


def publish(bootstrap: str, topic: str, records: Iterator[tuple[bytes, bytes]]) -> int:
    """Write records with librdkafka under Kafka's own partitioner; how many."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": "murmur2_random",
            "linger.ms": 20,
            "batch.size": 900_000,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    count = 0
    for key, value in records:
        while True:
            try:
                producer.produce(topic, value, key)
                break
            except BufferError:
                producer.poll(0.05)
        count += 1
        if count % 10_000 == 0:
            producer.poll(0)
    left = producer.flush(120)
    if left:
        raise TimeoutError(f"{left} of {count} records were not acknowledged")
    return count


def prepare(bootstrap: str, topics: TopicNames, shape: Shape) -> int:
    """Publish the districts and bind the sections; the number of binding records."""
    publish(bootstrap, topics.config, settings(shape))
    return publish(bootstrap, topics.changes, bindings(shape))
