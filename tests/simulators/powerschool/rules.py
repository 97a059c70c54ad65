"""What PowerTeacher Pro refuses of an assignment: 409 with the field named [D:PS-XTE].

The title holds 50 characters [D:PSDD]; the due date lies inside the section's term [D3:PSD] and not in a locked
reporting term [D3:KFS]; the total is points times weight [D3:PSD]; in a multi-section body everything but due
date and students is the same [D:PS-XTE]. Only holidays are no obstacle [I]. That an inactive category is refused
is [I] (switch ``inactive_categories``).
"""

from datetime import timedelta

from tests.simulators.calendar import locked
from tests.simulators.checks import FieldError
from tests.simulators.own_api import Refusal
from tests.simulators.powerschool import bodies
from tests.simulators.powerschool.access import XteVisit, check_teaches
from tests.simulators.powerschool.store import year_id
from tests.simulators.world import Json, LineItem

#: The name of the scoring method that must come with standards [I]; the reference says "the grade-scale one".
GRADE_SCALE = "GradeScale"
CLOSE_ENOUGH = 1e-6
_MAY_DIFFER = ("sectionsdcid", "duedate", "_assignmentstudentassociations")


def drafts(visit: XteVisit, teacher: str, head: Json, sections: list[Json]) -> list[LineItem]:
    """The sections of an assignment body as line items without ids; FieldError or Refusal when one is not right."""
    _check_alike(sections)
    _check_standards(head, sections)
    made = [_draft(visit, teacher, head, one) for one in sections]
    if len({one.class_id for one in made}) < len(made):
        raise FieldError("sectionsdcid", "is given twice")
    return made


def check_unlocked(visit: XteVisit, item: LineItem) -> None:
    """409 where the reporting term of an assignment is locked: status [D:PS-XTE], for most calls [I]."""
    if locked(visit.district, item):
        raise Refusal(409, "The reporting term is locked", [{"field": "duedate"}])


def _draft(visit: XteVisit, teacher: str, head: Json, given: Json) -> LineItem:
    class_id = visit.store.class_of(int(str(given["sectionsdcid"])))
    section = visit.district.classes.get(class_id or "")
    if section is None:
        raise Refusal(404, f"section {given['sectionsdcid']} does not exist")
    check_teaches(visit, teacher, section.sourced_id)
    if not str(given["name"]).strip():
        raise FieldError("name", "must not be blank")
    today = visit.district.today()
    native = bodies.DEFAULTS | {key: given[key] for key in bodies.DEFAULTS.keys() & given.keys()}
    native |= {"scoretype": given["scoretype"], "teacher": teacher, "createdbyplugin": True}
    native |= {key: head[key] for key in ("standardscoringmethod",) if head.get(key) is not None}
    limited = _students(visit, given)
    if limited:
        native["students"] = limited
    item = LineItem(
        sourced_id="",
        class_id=section.sourced_id,
        school_id=section.school_id,
        category_id=_category(visit, teacher, section.sourced_id, given),
        title=str(given["name"]),
        assign_date=str(today),
        due_date=str(given.get("duedate") or today + timedelta(days=1)),
        description=None if given.get("description") is None else str(given["description"]),
        result_value_max=_points(given),
        native=native,
    )
    _check_term(visit, head, item)
    check_unlocked(visit, item)
    return item


def _points(given: Json) -> float | None:
    points, total, weight = (
        given.get("scoreentrypoints"),
        given.get("totalpointvalue"),
        given.get("weight", 1),
    )
    if points is None:
        if given["scoretype"] == "POINTS":
            raise FieldError("scoreentrypoints", "is missing")
        return None
    if float(str(points)) < 0:
        raise FieldError("scoreentrypoints", "must not be negative")
    expected = float(str(points)) * float(str(weight))
    if total is not None and abs(float(str(total)) - expected) > CLOSE_ENOUGH:
        raise FieldError("totalpointvalue", "must be scoreentrypoints times weight")
    return float(str(points))


def _category(visit: XteVisit, teacher: str, class_id: str, given: Json) -> str:
    where = "_assignmentcategoryassociations"
    listed = given[where]
    primary = [one for one in listed if one.get("isprimary")] if isinstance(listed, list) else []
    if len(primary) != 1:
        raise FieldError(where, "must have exactly one primary category")
    found = visit.store.category(primary[0]["teachercategoryid"])
    if found is None or found.teacher != teacher:
        raise FieldError("teachercategoryid", "is not a category of this teacher")
    if class_id in visit.store.excluded_from(found):
        raise FieldError("teachercategoryid", "is hidden in this section")
    if not found.category.active and visit.district.switches.inactive_categories == "refuse":
        raise FieldError("teachercategoryid", "is not active")
    return found.category.sourced_id


def _students(visit: XteVisit, given: Json) -> list[str]:
    listed = given["_assignmentstudentassociations"]
    if not isinstance(listed, list):
        return []
    found = [visit.store.student_of(one["studentsdcid"]) for one in listed]
    if None in found:
        raise FieldError("studentsdcid", "is not a student")
    return [str(one) for one in found]


def _check_term(visit: XteVisit, head: Json, item: LineItem) -> None:
    terms = visit.store.terms(item.school_id)
    day = visit.district.local_day(item.due_date)
    holding = [one for one in terms if one.holds(day, item.school_id)]
    if terms and not holding:
        raise FieldError("duedate", "is not inside the term of the section")
    year = head.get("yearid")
    if year is not None and holding and all(year_id(one) != year for one in holding):
        raise FieldError("yearid", "is not the year of the section")


def _check_alike(sections: list[Json]) -> None:
    first = {key: value for key, value in sections[0].items() if key not in _MAY_DIFFER}
    for other in sections[1:]:
        if {key: value for key, value in other.items() if key not in _MAY_DIFFER} != first:
            raise FieldError("_assignmentsections", "only due date and students may differ between sections")


def _check_standards(head: Json, sections: list[Json]) -> None:
    if any(one.get("_assignmentstandardassociations") for one in sections):
        method = head.get("standardscoringmethod")
        if method != GRADE_SCALE:
            raise FieldError("standardscoringmethod", f"must be {GRADE_SCALE} where standards are included")
