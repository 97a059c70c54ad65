"""click: from a teacher's click to the last Successful of a section, by the whole of it, on an idle simulator.

publish -> intake -> sis.<system> -> delivery -> SIS -> sync.results -> status. The section is new; another one of the
same district was synced before, so that everybody has signed in and every code path has been walked.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.board import Board
from schemas import provision
from schemas.cluster import Cluster
from schemas.codec import encode
from schemas.gradebook import (
    CategoryMapping,
    Change,
    ItemChanged,
    ItemKind,
    MappingChanged,
    RosterChanged,
    SectionBound,
    SyncRequested,
)
from schemas.keys import tenant_key
from schemas.results import RowState
from schemas.topics import TopicNames
from streams.commands.sending import command, send_changes
from tests.bench.core import Worker
from tests.bench.place import DOORS, Place, Section, opened, scored, secrets
from tests.support.kafka import Kafka, Record, unique

ITEMS, STUDENTS = 20, 30
LATENCY, CAP = 0.05, 8


@dataclass(frozen=True, slots=True)
class Click:
    """Seconds from the click to the last Successful, the least possible, calls made and the fewest."""

    door: str
    seconds: float
    least: float
    calls: int
    fewest: int


def measure(kafka: Kafka) -> Iterator[Click]:
    """Each door after the other, by one stream worker and one delivery worker."""
    with _installation(kafka) as cluster, Board(cluster) as board:
        for door in DOORS:
            with opened(door, door.name, 2, STUDENTS, latency=LATENCY, cap=CAP) as place:
                kafka.produce(
                    cluster.topics.config, [Record(encode(place.config), tenant_key(place.config.tenant))]
                )
                school = _School(cluster, board, place)
                school.sync("warm-up", place.sections[0], 1)
                before = place.counted()
                seconds = school.sync("measured", place.sections[1], ITEMS)
                fewest = ITEMS * place.chain(STUDENTS) + door.costs.first
                yield Click(door.name, seconds, place.least(fewest), place.counted() - before, fewest)


@contextmanager
def _installation(kafka: Kafka) -> Iterator[Cluster]:
    cluster = Cluster(kafka.bootstrap, TopicNames(unique("click") + "."))
    provision.apply(cluster)
    with tempfile.TemporaryDirectory() as name:
        group = cluster.topics.prefix + "streams"
        environment = secrets()
        streams = Worker(
            [sys.executable, "-m", "streams.app"], cluster, group, '"event": "assigned"', Path(name)
        )
        delivery = Worker(
            [sys.executable, "-m", "adapters.worker", "--directory-minutes", "0"],
            cluster,
            "",
            '"event": "assigned"',
            Path(name),
            environment,
        )
        try:
            streams.wait_ready()
            delivery.wait_ready()
            yield cluster
        finally:
            for worker in (delivery, streams):
                worker.stop()
            kafka.delete(*(topic for topic in kafka.topics() if topic.startswith(cluster.topics.prefix)))


class _School:
    """The LMS and its teacher."""

    def __init__(self, cluster: Cluster, board: Board, place: Place) -> None:
        self._cluster = cluster
        self._board = board
        self._place = place
        self._tenant = place.config.tenant

    def sync(self, name: str, section: Section, items: int) -> float:
        """Publish a section and click; seconds from the click to the last Successful."""
        self._tell(name, *self._setting_up(section), *(_item(number) for number in range(items)))
        self._await(lambda: len(self._board.rows(self._tenant, name)) == items, name)
        began = time.monotonic()
        self._tell(name, SyncRequested(run=name))
        self._await(lambda: self._arrived(name) == items, name)
        return time.monotonic() - began

    def _setting_up(self, section: Section) -> Iterator[Change]:
        (school,) = self._place.config.schools
        yield SectionBound(sis=self._place.door.kind, sis_section=section.sis_section, school=school.id)
        yield MappingChanged(
            categories=(CategoryMapping(category="homework", sis_category=section.sis_category),)
        )
        yield RosterChanged(students=section.roster)

    def _tell(self, section: str, *changes: Change) -> None:
        events = [command(self._tenant, section, change, actor="bench") for change in changes]
        send_changes(self._cluster, events)

    def _arrived(self, section: str) -> int:
        rows = self._board.rows(self._tenant, section).values()
        return sum(row.state is RowState.SUCCESSFUL for row in rows)

    def _await(self, enough: Callable[[], bool], what: str) -> None:
        self._board.wait(enough, f"{self._tenant}/{what}", 120.0, lambda: None)


def _item(number: int) -> ItemChanged:
    return ItemChanged(
        item=f"item-{number:02d}",
        kind=ItemKind.ASSIGNMENT,
        title=f"Item {number:02d}",
        category="homework",
        due="2026-11-20",
        points=10.0,
        scores=scored(STUDENTS),
    )
