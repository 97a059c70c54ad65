"""Write bodies of assignments and scores [D3:PSD] [D3:EXT], types checked; meaning is judged in ``rules``.

What a client reads it may send back: fields of the read shape are accepted and say nothing [I].
"""

from tests.simulators.checks import (
    Check,
    FieldError,
    day,
    fields,
    ignored,
    number,
    one_of,
    or_null,
    rows,
    text,
    truth,
    whole,
)
from tests.simulators.world import Json

TITLE_CAP = 50
DESCRIPTION_CAP = 4000
SCORE_TYPES = ("POINTS", "PERCENT", "COLLECTED", "GRADESCALE")
FLAGS = ("islate", "iscollected", "isexempt", "ismissing", "isabsent", "isincomplete")

_ASSIGNMENT: dict[str, Check] = {
    "yearid": or_null(whole),
    "standardscoringmethod": or_null(text()),
    "standardcalcdirection": or_null(text()),
    "_assignmentsections": rows,
    **dict.fromkeys(("_name", "_id", "assignmentid", "hasstandards", "calculationrelationship"), ignored),
}

#: Fields that PowerSchool alone has, with the value where they are left out [D:PSDD]; a PUT resets them.
DEFAULTS: Json = {
    "weight": 1,
    "extracreditpoints": 0,
    "iscountedinfinalgrade": True,
    "isscorespublish": True,
    "isscoringneeded": False,
    "publishoption": "Immediately",
    "publishdaysbeforedue": None,
    "publishonspecificdate": None,
    "maxretakeallowed": 0,
}

_SECTION: dict[str, Check] = {
    "sectionsdcid": whole,
    "name": text(TITLE_CAP),
    "description": or_null(text(DESCRIPTION_CAP)),
    "duedate": or_null(day),
    "scoretype": one_of(*SCORE_TYPES),
    "scoreentrypoints": or_null(number),
    "totalpointvalue": or_null(number),
    "weight": number,
    "extracreditpoints": or_null(number),
    "iscountedinfinalgrade": truth,
    "isscorespublish": truth,
    "isscoringneeded": truth,
    "publishoption": text(),
    "publishdaysbeforedue": or_null(whole),
    "publishonspecificdate": or_null(day),
    "maxretakeallowed": or_null(whole),
    "_assignmentcategoryassociations": rows,
    "_assignmentstandardassociations": rows,
    "_assignmentstudentassociations": rows,
    **dict.fromkeys(("_name", "_id", "assignmentsectionid", "islocked", "publisheddate"), ignored),
}

_CATEGORY: dict[str, Check] = {
    "teachercategoryid": whole,
    "isprimary": truth,
    **dict.fromkeys(("_name", "_id", "assignmentcategoryassocid", "_teachercategory"), ignored),
}

_STUDENT: dict[str, Check] = {"studentsdcid": whole, "_name": ignored, "_id": ignored}

_SCORE: dict[str, Check] = {
    "_assignmentsection": lambda where, value: fields(
        where,
        value,
        {"assignmentsectionid": whole, "_name": ignored, "_id": ignored},
        ("assignmentsectionid",),
    ),
    "studentsdcid": whole,
    "assignmentscoreid": or_null(whole),
    "actualscoreentered": or_null(text()),
    "actualscorekind": one_of("REAL_SCORE", "SCORE_CODE"),
    "scoretype": one_of(*SCORE_TYPES),
    "scorepoints": or_null(number),
    "scorepercent": or_null(number),
    "actualscoregradescaledcid": or_null(whole),
    **dict.fromkeys(FLAGS, truth),
    "_assignmentscorecomment": or_null(
        lambda where, value: fields(where, value, {"commentvalue": or_null(text(DESCRIPTION_CAP))})
    ),
    **dict.fromkeys(("_name", "_id", "scoreentrydate", "whenmodified", "scorelettergrade"), ignored),
}
_SCORE_NEEDS = ("_assignmentsection", "studentsdcid", "actualscoreentered", "actualscorekind", "scoretype")


def assignment(given: object) -> tuple[Json, list[Json]]:
    """The head of an assignment body, and its sections with their categories and students checked."""
    head = fields("assignment", given, _ASSIGNMENT, ("_assignmentsections",))
    listed = rows("_assignmentsections", head["_assignmentsections"])
    if not listed:
        raise FieldError("_assignmentsections", "must not be empty")
    return head, [_section(one) for one in listed]


def scores(given: object) -> list[Json]:
    """The rows of ``{"assignment_scores": [...]}``."""
    listed = fields("scores", given, {"assignment_scores": rows}, ("assignment_scores",))
    return [score(one) for one in rows("assignment_scores", listed["assignment_scores"])]


def score(given: object) -> Json:
    """One row."""
    return fields("assignment_scores", given, _SCORE, _SCORE_NEEDS)


def _section(given: object) -> Json:
    needed = ("sectionsdcid", "name", "scoretype", "_assignmentcategoryassociations")
    found = fields("_assignmentsections", given, _SECTION, needed)
    for key, checks, needs in (
        ("_assignmentcategoryassociations", _CATEGORY, ("teachercategoryid",)),
        ("_assignmentstudentassociations", _STUDENT, ("studentsdcid",)),
    ):
        found[key] = [fields(key, one, checks, needs) for one in rows(key, found.get(key, []))]
    return found
