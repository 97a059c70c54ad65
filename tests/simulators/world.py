"""The state of the simulated districts.

One :class:`District` is one eSchoolPLUS (or later: one PowerSchool, ...) of one customer. Identifiers stand
for people: no names are kept. Days of a grading period are both inclusive here; OneRoster's ``endDate`` is
exclusive [D:1ED12], and the rendering adds the day.

The JSON that seeds a district is described in :mod:`tests.simulators.seeding` (with
``examples/district.json``).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from tests.simulators.numbering import Numbers
from tests.simulators.shelf import Shelf

Json = dict[str, object]
DAY_LENGTH = len("2026-11-10")


@dataclass(frozen=True, slots=True)
class School:
    """A building."""

    sourced_id: str
    title: str
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A term or a grading period; ``locked`` closes it for new and changed line items."""

    sourced_id: str
    title: str
    kind: str
    first_day: date
    last_day: date
    school_year: str
    locked: bool = False
    school_id: str | None = None
    parent_id: str | None = None
    modified: str = ""

    def holds(self, day: date, school_id: str) -> bool:
        """Whether ``day`` at that school lies in this session."""
        return self.first_day <= day <= self.last_day and self.school_id in (None, school_id)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day without school, in one school or (``None``) in all."""

    day: date
    title: str
    school_id: str | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """A grading category; in eSchoolPLUS they come from district and building setup [D:ESP-GB]."""

    sourced_id: str
    title: str
    weight: float | None = None
    metadata: Json | None = None
    modified: str = ""
    active: bool = True
    native: Json | None = None


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A section; ``category_ids`` None means every category of the district.

    ``gradebook`` holds settings of its gradebook where a system has some.
    """

    sourced_id: str
    title: str
    school_id: str
    category_ids: frozenset[str] | None = None
    modified: str = ""
    gradebook: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One person in one class, ``role`` student or teacher."""

    sourced_id: str
    user_id: str
    class_id: str
    role: str
    modified: str = ""


@dataclass(frozen=True, slots=True)
class LineItem:
    """An assignment (fields of OneRoster 1.2 [D:LONG]); references are kept as ids.

    Systems that know days only keep ``assign_date`` and ``due_date`` as plain dates. ``external_id`` is the
    client's own id where the system has a field for it, ``native`` what else only this system keeps,
    ``modified_by`` is vendor or sis.
    """

    sourced_id: str
    class_id: str
    school_id: str
    category_id: str
    title: str
    assign_date: str
    due_date: str
    description: str | None = None
    grading_period_id: str | None = None
    academic_session_id: str | None = None
    result_value_min: float | None = None
    result_value_max: float | None = None
    learning_objectives: list[object] | None = None
    metadata: Json | None = None
    modified: str = ""
    modified_by: str = ""
    external_id: str | None = None
    native: Json | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One student's cell for one line item (fields of OneRoster 1.2 [D:LONG]).

    ``entered`` is the text in the cell where a system keeps one beside the number; ``native`` what else only
    this system keeps.
    """

    sourced_id: str
    line_item_id: str
    student_id: str
    class_id: str
    score_status: str
    score_date: str
    score: float | None = None
    text_score: str | None = None
    comment: str | None = None
    in_progress: str | None = None
    incomplete: str | None = None
    late: str | None = None
    missing: str | None = None
    learning_objectives: list[object] | None = None
    metadata: Json | None = None
    modified: str = ""
    modified_by: str = ""
    entered: str | None = None
    native: Json | None = None


@dataclass(slots=True)
class OAuth1Profile:
    """Consumer key and secret of the API profile; HMAC-SHA1 is the default [D:ESP-PROF]."""

    consumer_key: str
    secret: str
    signature_methods: tuple[str, ...] = ("HMAC-SHA1",)
    timestamp_window: int = 300


@dataclass(slots=True)
class OAuth2Profile:
    """Client of the API profile; ``scopes`` None allows every gradebook and roster scope."""

    client_id: str
    client_secret: str
    expires_in: int = 3600
    scopes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Clarifier:
    """A special mark of a Qmlativ district (ScoreClarifier [D3:RQ])."""

    code: str
    description: str
    missing: bool = False
    no_count: bool = False


CLARIFIERS = (
    Clarifier("EX", "Excused", no_count=True),
    Clarifier("M", "Missing", missing=True),
    Clarifier("L", "Late"),
    Clarifier("I", "Incomplete"),
)


@dataclass(slots=True)
class VendorProfile:
    """The second credential of Infinite Campus; ``expires_on`` is the last day it is accepted."""

    key: str = "demo-vendor"
    secret: str = "demo-vendor-secret"
    expires_on: str | None = None
    app_name: str | None = None


@dataclass(slots=True)
class CertificateProfile:
    """A certificate of 32 characters that the client sends in a header."""

    value: str


@dataclass(slots=True)
class Auth:
    """Ways in; a profile of None is not accepted by this district."""

    oauth1: OAuth1Profile | None = None
    oauth2: OAuth2Profile | None = None
    vendor: VendorProfile = field(default_factory=VendorProfile)
    certificate: CertificateProfile | None = None


@dataclass(slots=True)
class Limits:
    """Sizes and rates; None means unlimited.  Every figure is [I]: nothing is published for eSchoolPLUS."""

    title_cap: int | None = 50
    result_value_max: float | None = None
    page_size: int = 100
    page_max: int | None = None
    bulk_max: int | None = None
    max_concurrent: int | None = None
    peak: str | None = None
    peak_concurrent: int | None = None
    requests_per_second: int | None = None
    retry_after: str | None = None


@dataclass(slots=True)
class Switches:
    """Readings of what no public document settles [I]; see ``seeding`` for the words allowed."""

    wrapped_errors: bool = False
    bulk_refusal: str = "per_item"
    allocate_ids: str = "sis"
    put_after_sis_delete: str = "refuse"
    flags_need_score: bool = False
    closed_period_locks_scores: bool = False
    inactive_categories: str = "refuse"
    section_ids_header: bool = False
    omitted_score_fields: str = "keep"
    campus_gradebook_sync: bool = True
    campus_schools: tuple[str, ...] | None = None
    campus_no_grading: tuple[str, ...] = ()
    campus_unique_titles: bool = True
    campus_whole_points: bool = True
    campus_deletes: bool = True
    campus_user_prefixes: bool = True
    campus_default_category: str | None = None
    skyward_excluded: str = "ignore"
    skyward_bulk: bool | None = None
    qmlativ_sync_key: bool = True
    qmlativ_second_row: str = "refuse"
    qmlativ_rows: str = "on_demand"
    qmlativ_create_reply: str = "object"
    qmlativ_extension_days: int = 0
    qmlativ_calendar_closes: bool = False
    read_dates: str = "day"


@dataclass(slots=True)
class District:
    """Everything one simulated district knows.

    ``denied`` names rights that were taken away, in the words of the system. ``numbers`` and ``codes`` are the
    ids of systems that do not take the seed's. ``id_style`` makes the ids a system allocates, from a letter
    (L line item, R result) and a running number. ``keeps_days`` is true where the system keeps days only.
    """

    code: str
    auth: Auth
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    subscriptions: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()
    numbers: Numbers = field(default_factory=Numbers)
    codes: dict[str, str] = field(default_factory=dict)
    id_style: Callable[[str, int], str] | None = None
    keeps_days: bool = False
    limits: Limits = field(default_factory=Limits)
    switches: Switches = field(default_factory=Switches)
    marks: frozenset[str] = frozenset()
    clock_offset: float = 0.0
    schools: dict[str, School] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    holidays: list[Holiday] = field(default_factory=list)
    classes: dict[str, SchoolClass] = field(default_factory=dict)
    enrolments: dict[tuple[str, str], Enrolment] = field(default_factory=dict)
    categories: Shelf[Category] = field(default_factory=Shelf)
    line_items: Shelf[LineItem] = field(default_factory=lambda: Shelf(index=_place_and_title))
    results: Shelf[Result] = field(default_factory=Shelf)
    cells: dict[tuple[str, str], str] = field(default_factory=dict)
    result_aliases: dict[str, str] = field(default_factory=dict)
    clarifiers: tuple[Clarifier, ...] = CLARIFIERS
    category_aliases: dict[str, str] = field(default_factory=dict)
    deleted_by: dict[str, str] = field(default_factory=dict)
    allocated: int = 0
    _last_stamp: int = 0

    def now(self) -> float:
        """Seconds since 1970 by the district's own clock."""
        return time.time() + self.clock_offset

    def today(self) -> date:
        """The day on the district's wall by its own clock."""
        return datetime.fromtimestamp(self.now(), self.timezone).date()

    def stamp(self) -> str:
        """A ``dateLastModified`` later than every one given before."""
        self._last_stamp = max(int(self.now() * 1000), self._last_stamp + 1)
        return utc_text(self._last_stamp)

    def allocate(self, letter: str) -> str:
        """A new id chosen by the SIS."""
        self.allocated += 1
        if self.id_style is not None:
            return self.id_style(letter, self.allocated)
        return f"{self.code}-{letter}{self.allocated}"

    def limits_now(self) -> Limits:
        """The limits, with the cap of the peak hours while they last."""
        if self.limits.peak is None:
            return self.limits
        first, _, last = self.limits.peak.partition("-")
        now = f"{datetime.fromtimestamp(self.now(), self.timezone):%H:%M}"
        if not first <= now < last:
            return self.limits
        return replace(self.limits, max_concurrent=self.limits.peak_concurrent)

    def local_day(self, moment: str) -> date:
        """The day of a date-time on the district's wall; a plain date is that day."""
        if len(moment) == DAY_LENGTH:
            return date.fromisoformat(moment)
        return datetime.fromisoformat(moment).astimezone(self.timezone).date()

    def kept_moment(self, given: str) -> str:
        """A date-time or a plain date as this system keeps it; a plain date ends at 23:59 on the wall."""
        if self.keeps_days:
            return str(self.local_day(given))
        if len(given) != DAY_LENGTH:
            return given
        last = datetime.combine(date.fromisoformat(given), clock_time(23, 59), self.timezone)
        return utc_text(int(last.timestamp()) * 1000)

    def members(self, class_id: str, role: str = "student") -> list[str]:
        """Who is in a class today, in order of arrival."""
        return [
            one.user_id for one in self.enrolments.values() if one.class_id == class_id and one.role == role
        ]

    def teachers(self) -> dict[str, list[str]]:
        """The teachers of every class that has one, the first one first."""
        found: dict[str, list[str]] = {}
        for one in self.enrolments.values():
            if one.role == "teacher":
                found.setdefault(one.class_id, []).append(one.user_id)
        return found

    def enrolled(self, class_id: str, student_id: str) -> bool:
        """Whether the student sits in that class today."""
        found = self.enrolments.get((class_id, student_id))
        return found is not None and found.role == "student"


def _place_and_title(item: LineItem) -> tuple[str, str]:
    return item.class_id, item.title


def utc_text(milliseconds: int) -> str:
    """Milliseconds since 1970 as an ISO 8601 date-time in UTC with three decimals."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"
