"""May this item be synced, and as what? Every problem is named; the first is the one a teacher is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schemas.gradebook import ItemChanged, SectionBound
from streams.rules.calendar import SchoolCalendar, local_due
from streams.rules.category import sis_category
from streams.rules.district_view import DistrictView
from streams.rules.limits import lost_marks, points_problem, title_problem
from streams.rules.problem import (
    DISTRICT_NOT_ENTITLED,
    DISTRICT_UNKNOWN,
    ITEM_UNPUBLISHED,
    SCHOOL_UNKNOWN,
    SECTION_NOT_BOUND,
    SECTION_WRONG_SIS,
    Problem,
    in_order,
    shown,
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The item may be synced. `due_date` is the local date YYYY-MM-DD; `lost` the marks the SIS cannot hold."""

    sis_category: str
    due_date: str
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The item may not be synced: every problem, at least one, first shown first."""

    problems: tuple[Problem, ...]

    @property
    def first(self) -> Problem:
        """The problem a teacher is shown."""
        return self.problems[0]


Verdict = Accepted | Refused


def decide(
    item: ItemChanged,
    binding: SectionBound | None,
    mapping: Mapping[str, str],
    district: DistrictView | None,
) -> Verdict:
    """The verdict on one item. `mapping` is LMS category id -> SIS category id (`category.mapping_of`)."""
    verdict = decide_without_title(
        item.published, item.category, item.due, item.points, binding, mapping, district
    )
    verdict = with_title(verdict, title_problem(item.title, None if district is None else district.title_max))
    return with_marks(verdict, item, district)


def decide_without_title(
    published: bool,
    category: str | None,
    due: str | int | None,
    points: float | None,
    binding: SectionBound | None,
    mapping: Mapping[str, str],
    district: DistrictView | None,
) -> Verdict:
    """The verdict on all that many items of a section share, from its four parts below. Each gives the same for equal
    arguments, and is accepted or not whatever the others say, so it may be kept by itself.

    `with_title` and `with_marks` add what is an item's own.
    """
    problems = section_problems(binding, district) + value_problems(published, points, district)
    known = (
        frozenset[str]() if binding is None or district is None else district.categories(binding.sis_section)
    )
    target = sis_category(category, mapping, known)
    if isinstance(target, Problem):
        problems.append(target)
    day = due_day(due, None if binding is None else binding.school, district)
    if isinstance(day, Problem):
        problems.append(day)
    if not problems and isinstance(target, str) and isinstance(day, date):
        return Accepted(target, day.isoformat())
    return Refused(in_order(problems))


def section_problems(binding: SectionBound | None, district: DistrictView | None) -> list[Problem]:
    """What keeps every item of the section from syncing, whatever the item; in order."""
    problems = []
    if district is None:
        problems.append(Problem(DISTRICT_UNKNOWN))
    elif not district.entitled:
        problems.append(Problem(DISTRICT_NOT_ENTITLED))
    if binding is None:
        problems.append(Problem(SECTION_NOT_BOUND))
    elif district is not None:
        if binding.sis is not district.sis:
            sides = {"sis": binding.sis.value, "district_sis": district.sis.value}
            problems.append(Problem(SECTION_WRONG_SIS, sides))
        if binding.school not in district.calendars:
            problems.append(Problem(SCHOOL_UNKNOWN, {"school": shown(binding.school)}))
    return problems


def value_problems(published: bool, points: float | None, district: DistrictView | None) -> list[Problem]:
    """What is wrong with an item whatever its section."""
    problems = [] if published else [Problem(ITEM_UNPUBLISHED)]
    points_max = None if district is None else district.points_max
    whole_points = False if district is None else district.whole_points
    if wrong_points := points_problem(points, points_max, whole_points=whole_points):
        problems.append(wrong_points)
    return problems


def due_day(
    due: str | int | None, school: str | None, district: DistrictView | None
) -> date | Problem | None:
    """The local due day, why not, or None when nobody can tell."""
    if district is None:
        # without its clocks only what is no date at all can be told
        read = local_due(due, "UTC")
        return read if isinstance(read, Problem) else None
    day = local_due(due, district.time_zone)
    calendar: SchoolCalendar | None = None if school is None else district.calendars.get(school)
    if isinstance(day, Problem) or calendar is None:
        return day
    return calendar.problem(day) or day


def with_title(verdict: Verdict, problem: Problem | None) -> Verdict:
    """The verdict with what `limits.title_problem` said of the title."""
    if problem is None:
        return verdict
    others = verdict.problems if isinstance(verdict, Refused) else ()
    return Refused(in_order((*others, problem)))


def with_marks(verdict: Verdict, item: ItemChanged, district: DistrictView | None) -> Verdict:
    """The verdict with the marks in use that the SIS cannot hold. They refuse nothing."""
    if district is None or isinstance(verdict, Refused):
        return verdict
    lost = lost_marks(item.extra_credit, item.scores or (), district.lost)
    return Accepted(verdict.sis_category, verdict.due_date, lost) if lost else verdict
