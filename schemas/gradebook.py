"""The words of a gradebook: items, scores, sections, rosters, as the LMS tells them."""

from dataclasses import dataclass
from enum import StrEnum


class ItemKind(StrEnum):
    """What the LMS calls the item."""

    ASSIGNMENT = "ASSIGNMENT"
    TEST = "TEST"
    DISCUSSION = "DISCUSSION"


class ScoreFlag(StrEnum):
    """A mark beside (or instead of) the number. COLLECTED means handed in, never zero."""

    EXCUSED = "EXCUSED"
    MISSING = "MISSING"
    LATE = "LATE"
    INCOMPLETE = "INCOMPLETE"
    COLLECTED = "COLLECTED"
    ABSENT = "ABSENT"


class Sis(StrEnum):
    """The five systems."""

    POWERSCHOOL = "POWERSCHOOL"
    ESCHOOLPLUS = "ESCHOOLPLUS"
    SKYWARD = "SKYWARD"
    INFINITE_CAMPUS = "INFINITE_CAMPUS"
    AERIES = "AERIES"


class SyncMode(StrEnum):
    """MANUAL: a teacher clicks. AUTO: every change syncs by itself."""

    MANUAL = "MANUAL"
    AUTO = "AUTO"


class Choice(StrEnum):
    """A teacher's answer to an edit found in the SIS."""

    KEEP_SIS = "KEEP_SIS"
    SEND_LMS = "SEND_LMS"
    ADOPT = "ADOPT"


class RosterStatus(StrEnum):
    """Whether the student is in the section now."""

    ACTIVE = "ACTIVE"
    DROPPED = "DROPPED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One student's score on one item. Absent from the list: nothing is known. points and letter both null and no
    flag: the score was cleared. 0 is zero. The three are never confused.
    """

    student: str
    points: float | None = None
    letter: str | None = None
    flags: tuple[ScoreFlag, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChanged:
    """An item as it is now in the LMS: the whole item, and optionally ALL its scores."""

    item: str
    kind: ItemKind
    title: str
    category: str | None = None
    due: str | int | None = None
    points: float | None = None
    published: bool = True
    counts: bool = True
    extra_credit: bool = False
    description: str | None = None
    scores: tuple[Score, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresChanged:
    """Some students' scores on one item. Needs no more than ids and values."""

    item: str
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDeleted:
    """The item was deleted in the LMS. It stays deleted until ItemRestored."""

    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRestored:
    """A deleted item came back with the fields and scores it had."""

    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionBound:
    """Which SIS section this LMS section feeds, who teaches it and how it syncs."""

    sis: Sis
    sis_section: str
    school: str
    sis_teacher: str | None = None
    title: str | None = None
    teachers: tuple[str, ...] = ()
    mode: SyncMode = SyncMode.MANUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryMapping:
    """One LMS category and the SIS category its items go to."""

    category: str
    sis_category: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingChanged:
    """The section's whole category mapping, replaced. Many LMS categories may share a SIS one."""

    categories: tuple[CategoryMapping, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterEntry:
    """One student of the section."""

    student: str
    sis_student: str | None = None
    status: RosterStatus = RosterStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChanged:
    """The section's whole roster, replaced."""

    students: tuple[RosterEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequested:
    """What would a sync do? Answered on sync.reviews; writes nothing to the SIS."""

    review: str
    items: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedItem:
    """What an approving teacher saw of one item."""

    item: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequested:
    """A click. Syncs the section, or some items of it."""

    run: str
    items: tuple[str, ...] | None = None
    approved: tuple[ApprovedItem, ...] | None = None
    replay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictResolved:
    """The teacher chose which copy wins after CHANGED_IN_SIS."""

    item: str
    choice: Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSeen:
    """A teacher opened the section's status log."""

    teacher: str


Change = (
    ItemChanged
    | ScoresChanged
    | ItemDeleted
    | ItemRestored
    | SectionBound
    | MappingChanged
    | RosterChanged
    | ReviewRequested
    | SyncRequested
    | ConflictResolved
    | LogSeen
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradebookChange:
    """One change in the LMS, or one command of a teacher, about one section. Key of the record: tenant/section,
    both percent-encoded.
    """

    tenant: str
    section: str
    event: str
    version: int
    occurred_at: int
    actor: str | None = None
    change: Change
