"""Who may do what: the columns a plugin must be given [D3:PSD], and the acting teacher [D:PS-XTE].

Full access on the assignment tables, audit columns included, and view on the tables of the roster; a single
missing column is 403 "no access to field" [D3:PSD] measured. Which call touches which column is [I].
"""

from tests.simulators.own_api import Refusal, Visit
from tests.simulators.powerschool.store import Store

XteVisit = Visit[Store]

_AUDIT = ("whocreated", "whencreated", "whomodified", "whenmodified")


def _columns(table: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{table}.{name}" for name in names)


SECTIONS_VIEW = _columns("sections", "dcid", "termid", "schoolid")
CATEGORIES = (
    *_columns("teachercategory", "teachercategoryid", "usersdcid", "name", "isactive"),
    *_columns("districtteachercategory", "districtteachercategoryid"),
    "users.dcid",
)
ASSIGNMENTS = (
    *_columns("assignment", "assignmentid", "createdbyplugin", *_AUDIT),
    *_columns(
        "assignmentsection", "assignmentsectionid", "assignmentid", "sectionsdcid", "name", "description"
    ),
    *_columns("assignmentsection", "duedate", "scoretype", "scoreentrypoints", "weight", "totalpointvalue"),
    *_columns("assignmentsection", "extracreditpoints", "iscountedinfinalgrade", "isscorespublish", *_AUDIT),
    *_columns(
        "assignmentcategoryassoc", "assignmentcategoryassocid", "teachercategoryid", "isprimary", *_AUDIT
    ),
    "teachercategory.name",
    *SECTIONS_VIEW,
    "users.dcid",
)
SCORES = (
    *_columns("assignmentscore", "assignmentscoreid", "assignmentsectionid", "studentsdcid", *_AUDIT),
    *_columns("assignmentscore", "actualscoreentered", "actualscorekind", "scorepoints", "scorepercent"),
    *_columns(
        "assignmentscore", "islate", "iscollected", "isexempt", "ismissing", "isabsent", "isincomplete"
    ),
    *_columns("assignmentscorecomment", "commentvalue", *_AUDIT),
    "students.dcid",
    *SECTIONS_VIEW,
    "users.dcid",
)


def no_access(field: str) -> Refusal:
    """The refusal of a column, or of a whole call."""
    return Refusal(403, f"no access to field {field}", [{"field": field}])


def whole_argument(visit: XteVisit, name: str) -> int:
    """A number in the query that must be there [D:PS-XTE]; without it, or malformed, 400 [I]."""
    given = visit.query.get(name, "")
    if not given.isdecimal():
        raise Refusal(400, f"the query needs {name}, a whole number", [{"field": name}])
    return int(given)


def acting_teacher(visit: XteVisit) -> str:
    """The teacher named by ``users_dcid``."""
    dcid = whole_argument(visit, "users_dcid")
    teacher = visit.store.teacher_of(dcid)
    if teacher is None:
        raise Refusal(403, f"user {dcid} is not a teacher")
    return teacher


def check_teaches(visit: XteVisit, teacher: str, class_id: str) -> None:
    """403 where the teacher does not have the section [D3:PSD] measured."""
    if not visit.store.teaches(teacher, class_id):
        section = visit.store.number("section", class_id)
        raise Refusal(403, f"The user does not teach section {section} with EDIT rights")
