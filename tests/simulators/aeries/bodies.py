"""Write bodies of assignments and scores [D:AER-GB]; a value that is not accepted is 400 [D:AER-BUILD]."""

from tests.simulators.checks import (
    Check,
    FieldError,
    day,
    fields,
    ignored,
    number,
    or_null,
    rows,
    text,
    truth,
    whole,
)
from tests.simulators.world import Json

TITLE_CAP = 255
DAY_LENGTH = len("2026-11-10")


def _date(field: str, value: object) -> str:
    """A day; a date-time counts by its date part, as it is sent back where ``read_dates`` is midnight [I]."""
    given = str(text()(field, value))
    return str(day(field, given[:DAY_LENGTH] if given[DAY_LENGTH:] == "T00:00:00" else given))


_ASSIGNMENT: dict[str, Check] = {
    "Description": or_null(text(TITLE_CAP)),
    "AssignmentCategoryCode": or_null(text()),
    "DateAssigned": or_null(_date),
    "DateDue": or_null(_date),
    "NumberCorrectPossible": or_null(number),
    "PointsPossible": or_null(number),
    "GradingCompleted": or_null(truth),
    "Comment": or_null(text()),
    "FormativeSummativeIndicator": or_null(text()),
    "RubricAssignment": or_null(truth),
    "ExternalID": or_null(text()),
    "CreateInLinkedGradebooksToo": or_null(truth),
    "UpdateLinkedGradebooksToo": or_null(truth),
    **dict.fromkeys(
        (
            "GradebookNumber",
            "AssignmentNumber",
            "UniqueID",
            "AssignmentCategory",
            "DueTime",
            "InputScoresByStandard",
            "NarrativeGradeSetID",
            "ScoresVisibleToParents",
            "VisibleToParents",
            "AllowStudentDropBox",
            "Standards",
        ),
        ignored,
    ),
}

_SCORE: dict[str, Check] = {
    "StudentID": whole,
    "NumberCorrect": or_null(number),
    "DateCompleted": or_null(_date),
    "StandardScores": or_null(rows),
    **dict.fromkeys(
        (
            "GradebookNumber",
            "AssignmentNumber",
            "Mark",
            "NumberCorrectPossible",
            "PercentCorrect",
            "PointsEarned",
            "PointsPossible",
            "IsMissing",
            "IsRuleReplacingScore",
            "RuleNumberApplied",
            "RuleReplacedScore",
        ),
        ignored,
    ),
}


def assignment(given: object) -> Json:
    """The fields of an assignment that say something; null says nothing."""
    found = fields("assignment", given, _ASSIGNMENT)
    for name in ("PointsPossible", "NumberCorrectPossible"):
        if float(str(found.get(name) or 0)) < 0:
            raise FieldError(name, "must not be negative")
    return {key: value for key, value in found.items() if value is not None}


def scores(given: object) -> list[Json]:
    """The rows of a bare array."""
    return [fields("scores", one, _SCORE, ("StudentID", "NumberCorrect")) for one in rows("scores", given)]
