"""One partition of intake in a test: a district, a bound section, changes in, outputs out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from schemas.codec import decode, encode
from schemas.desired import DesiredItem
from schemas.district import DistrictConfig
from schemas.gradebook import (
    CategoryMapping,
    Change,
    GradebookChange,
    ItemChanged,
    ItemKind,
    MappingChanged,
    Score,
    SectionBound,
    Sis,
    SyncMode,
)
from schemas.keys import section_key, tenant_key
from schemas.results import SectionReview, SyncResult
from schemas.topics import TopicNames
from streams.districts import Districts
from streams.intake.stage import IntakePartition, IntakeStage
from streams.stage import Batch
from tests.support.flow import change, district
from tests.support.stages import Outputs, Taken

NOW = 1_790_000_000_000
T = TypeVar("T")


def bound(
    mode: SyncMode = SyncMode.MANUAL, sis: Sis = Sis.ESCHOOLPLUS, sis_section: str = "c1"
) -> SectionBound:
    """The binding of the section."""
    return SectionBound(sis=sis, sis_section=sis_section, school="high", sis_teacher="t", mode=mode)


MAPPED = MappingChanged(categories=(CategoryMapping(category="hw", sis_category="H"),))


def item(name: str = "i1", **changed: Any) -> ItemChanged:
    """An item that the rules take."""
    fields: dict[str, Any] = {
        "item": name,
        "kind": ItemKind.TEST,
        "title": "Lab 1",
        "category": "hw",
        "due": "2026-10-05",
        "points": 10.0,
        "scores": (Score(student="s1", points=9.0), Score(student="s2", points=0.0)),
    }
    return ItemChanged(**(fields | changed))


@dataclass(slots=True)
class Told:
    """What a batch put out."""

    out: Outputs

    def desired(self, sis: Sis = Sis.ESCHOOLPLUS) -> list[DesiredItem]:
        return self._all(DesiredItem, TopicNames().desired(sis))

    @property
    def results(self) -> list[SyncResult]:
        return self._all(SyncResult, "sync.results")

    @property
    def outcomes(self) -> list[tuple[str, str, str | None]]:
        """Item, outcome and code of each result."""
        return [(one.item, str(one.outcome), one.code) for one in self.results]

    @property
    def reviews(self) -> list[SectionReview]:
        return self._all(SectionReview, "sync.reviews")

    @property
    def dead(self) -> list[str]:
        """Codes of the dead letters."""
        return [
            dict(row.headers)["gradebook-sync.error.code"].decode()  # type: ignore[union-attr]
            for row in self.out.rows
            if row.topic == "dead.letters"
        ]

    @property
    def state(self) -> list[Taken]:
        """The rows of gradebook.state, as a restore would read them."""
        rows = [row for row in self.out.rows if row.topic == "gradebook.state"]
        return [Taken(n, row.key, row.value) for n, row in enumerate(rows)]

    def _all(self, kind: type[T], topic: str) -> list[T]:
        return [decode(kind, value) for value in self.out.of(topic)]


def districts(*configs: DistrictConfig) -> Districts:
    """Districts as intake sees them."""
    known = Districts()
    for config in configs:
        known.take(tenant_key(config.tenant), encode(config))
    return known


@dataclass(slots=True)
class Scene:
    """One partition and its next offset. `changes` are numbered by it, versions and event ids too."""

    districts: Districts = field(default_factory=lambda: districts(district()))
    partitions: int = 1
    offset: int = 0
    now: int = NOW
    intake: IntakePartition = field(init=False)

    def __post_init__(self) -> None:
        self.intake = self.fresh()

    def fresh(self) -> IntakePartition:
        """Another, empty intake of the partition."""
        stage = IntakeStage(TopicNames(), self.partitions, self.districts, clock=lambda: self.now)
        return stage.assign(0)

    def tell(self, *changes: Change | GradebookChange, section: str = "s") -> Told:
        """Process changes as one batch."""
        return self.process(
            section_record(number, made)
            for number, made in enumerate(
                (
                    one
                    if isinstance(one, GradebookChange)
                    else change(section, f"e{self.offset + n}", self.offset + n, one)
                    for n, one in enumerate(changes)
                ),
                self.offset,
            )
        )

    def process(self, records: Iterable[Taken]) -> Told:
        """Process records as one batch."""
        taken = list(records)
        out = Outputs()
        self.intake.process(Batch("gradebook.changes", 0, taken, self.offset, self.offset + len(taken)), out)
        self.offset += len(taken)
        return Told(out)


def section_record(offset: int, told: GradebookChange) -> Taken:
    """The record of a change."""
    return Taken(offset, section_key(told.tenant, told.section), encode(told))


def manual() -> Scene:
    """A scene with a bound, mapped section where a teacher clicks."""
    scene = Scene()
    scene.tell(bound(), MAPPED)
    return scene


def automatic() -> Scene:
    """A scene with a bound, mapped section where every change syncs."""
    scene = Scene()
    scene.tell(bound(SyncMode.AUTO), MAPPED)
    return scene


def compacted(rows: Iterable[Taken]) -> Iterator[Taken]:
    """The newest row of each key."""
    return iter({row.key: row for row in rows}.values())
