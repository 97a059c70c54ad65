"""Items and scores as Aeries is told them, and read back."""

from typing import Any

import pytest

from adapters.aeries import mapping
from schemas.desired import DesiredItem
from schemas.gradebook import RosterEntry, RosterStatus, Score, ScoreFlag
from tests.unit.adapters import desk
from tests.unit.adapters.desk import scores

UNIQUE = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"


def desired(item: str = "item-1", **changes: Any) -> DesiredItem:
    return desk.desired(item, **{"sis_section": "4321", "sis_category": "H", **changes})


def read_back(item: DesiredItem, **changes: Any) -> dict[str, Any]:
    """An assignment as a reading shows it: ours, and what Aeries adds."""
    fields = mapping.created(item, "marker-1")
    code = fields.pop("AssignmentCategoryCode")
    return {
        **fields,
        "GradebookNumber": 4321,
        "AssignmentNumber": 12,
        "UniqueID": UNIQUE,
        "AssignmentCategory": {"Code": code, "Description": "Homework"},
        "DateDue": item.due_date + "T00:00:00",
        "DateAssigned": item.due_date + "T00:00:00",
        "GradingCompleted": True,
        "Comment": "Bring a pencil",
        "FormativeSummativeIndicator": "F",
        "VisibleToParents": True,
        **changes,
    }


def test_a_create_leaves_no_dangerous_default_to_aeries() -> None:
    assert mapping.created(desired(title="A  b\nc", points=12.5, description="never sent"), "m") == {
        "Description": "A b c",
        "AssignmentCategoryCode": "H",
        "DateAssigned": "2026-11-20",
        "DateDue": "2026-11-20",
        "NumberCorrectPossible": 12.5,
        "PointsPossible": 12.5,
        "RubricAssignment": False,
        "ExternalID": "m",
        "CreateInLinkedGradebooksToo": False,
    }
    assert "ExternalID" not in mapping.created(desired(), "")


def test_a_put_sends_back_what_leaving_out_would_erase() -> None:
    body = mapping.replaced(desired(title="New"), read_back(desired()), "other")
    assert body == {
        "Description": "New",
        "AssignmentCategoryCode": "H",
        "DateAssigned": "2026-11-20",
        "DateDue": "2026-11-20",
        "NumberCorrectPossible": 10.0,
        "PointsPossible": 10.0,
        "RubricAssignment": False,
        "GradingCompleted": True,
        "Comment": "Bring a pencil",
        "FormativeSummativeIndicator": "F",
        "ExternalID": "marker-1",
        "UpdateLinkedGradebooksToo": False,
    }


def test_a_put_of_an_item_without_them_sends_their_defaults() -> None:
    bare = read_back(desired(), Comment=None, GradingCompleted=None, ExternalID=None)
    del bare["FormativeSummativeIndicator"]
    body = mapping.replaced(desired(), bare, "m")
    assert (body["Comment"], body["GradingCompleted"], body["ExternalID"]) == ("", False, "m")
    assert "FormativeSummativeIndicator" not in body


@pytest.mark.parametrize(
    ("assigned", "due_now", "sent"),
    [
        ("2026-11-20", "2026-12-01", "2026-12-01"),  # ours: moves with the day due
        ("2026-11-10", "2026-12-01", "2026-11-10"),  # the teacher's
        ("2026-11-18", "2026-11-15", "2026-11-15"),  # never after the day due
        ("0001-01-01T00:00:00", "2026-12-01", "2026-12-01"),
    ],
)
def test_the_day_assigned_is_the_teachers_once_she_sets_it(assigned: str, due_now: str, sent: str) -> None:
    found = read_back(desired(), DateAssigned=assigned)
    assert mapping.replaced(desired(due_date=due_now), found, "m")["DateAssigned"] == sent


def test_an_item_read_back_shows_what_was_sent() -> None:
    item = desired(points=10.0)
    expected = mapping.draft(item).item.seen
    assert mapping.item_seen(read_back(item)) == expected
    assert mapping.item_seen(read_back(item, PointsPossible=10, NumberCorrectPossible="10")) == expected
    assert mapping.item_seen(read_back(item, AssignmentCategoryCode="H", AssignmentCategory=None)) == expected
    assert mapping.item_seen(read_back(item, Comment="x", GradingCompleted=False)) == expected


@pytest.mark.parametrize(
    "edit",
    [
        {"Description": "x"},
        {"DateDue": "2026-11-21"},
        {"DateDue": "0001-01-01T00:00:00"},
        {"PointsPossible": 11},
        {"NumberCorrectPossible": 5},
        {"AssignmentCategory": {"Code": "T"}},
    ],
    ids=str,
)
def test_an_edit_made_there_shows(edit: dict[str, Any]) -> None:
    item = desired()
    assert mapping.item_seen(read_back(item, **edit)) != mapping.draft(item).item.seen


@pytest.mark.parametrize(
    ("score", "value"),
    [
        (Score(student="1", points=0.0), 0.0),
        (Score(student="1", points=7.25), 7.25),
        (Score(student="1", points=12.0), 12.0),
        (Score(student="1"), None),
        (Score(student="1", comment="only words"), None),
        (Score(student="1", points=4.0, flags=(ScoreFlag.EXCUSED,)), None),
        (Score(student="1", points=0.0, flags=(ScoreFlag.EXCUSED,)), None),
        (Score(student="1", letter="A", flags=(ScoreFlag.EXCUSED,)), None),
        *((Score(student="1", flags=(flag,)), None) for flag in ScoreFlag),
        *(
            (Score(student="1", points=3.0, flags=(flag,)), 3.0)
            for flag in set(ScoreFlag) - {ScoreFlag.EXCUSED}
        ),
    ],
)
def test_each_kind_of_score_is_a_number_or_nothing(score: Score, value: float | None) -> None:
    assert mapping.number(score) == value


def test_draft_leaves_out_the_dropped_and_names_who_cannot_be_told() -> None:
    students = (
        RosterEntry(student="lms-1", sis_student="501"),
        RosterEntry(student="504"),
        RosterEntry(student="gone", status=RosterStatus.DROPPED),
    )
    told = mapping.draft(
        desired(
            students=students,
            scores=(
                *scores(lms_1=5.0, gone=1.0),
                Score(student="no number", points=1.0),
                Score(student="502", letter="A"),
                Score(student="503", points=float("inf")),
                Score(student="504", flags=(ScoreFlag.EXCUSED,)),
            ),
        )
    )
    assert set(told.scores) == {"lms-1", "504"}
    assert told.blanks == {"504"} and told.scores["504"].seen == ""
    assert [(p.student, p.code) for p in told.problems] == [
        ("no number", "STUDENT_NOT_IN_SECTION"),
        ("502", "SCORE_NOT_ACCEPTED"),
        ("503", "SCORE_NOT_ACCEPTED"),
    ]


@pytest.mark.parametrize(
    ("row", "same_as"),
    [
        ({"NumberCorrect": 5}, 5.0),
        ({"NumberCorrect": 5.0, "Mark": "5"}, 5.0),
        ({"NumberCorrect": 0, "IsMissing": False}, 0.0),
        ({"NumberCorrect": 2, "IsRuleReplacingScore": True, "RuleReplacedScore": 5}, 5.0),
    ],
)
def test_a_number_read_back_is_the_one_sent(row: dict[str, Any], same_as: float) -> None:
    sent = mapping.draft(desired(scores=scores(**{"501": same_as}))).scores["501"]
    assert mapping.score_seen(row) == sent.seen != ""


def test_an_excused_cell_is_something_and_an_empty_one_nothing() -> None:
    assert (
        mapping.score_seen({"Mark": "NA"}) == mapping.score_seen({"Mark": "TX ", "NumberCorrect": None}) != ""
    )
    for row in ({}, {"NumberCorrect": None, "Mark": ""}, {"Mark": None, "IsMissing": True}):
        assert mapping.score_seen(row) == ""


def test_other_points_possible_send_no_score_again() -> None:
    base = mapping.draft(desired(scores=scores(**{"501": 5.0})))
    other = mapping.draft(desired(scores=scores(**{"501": 5.0}), points=20.0))
    assert other.scores == base.scores and other.item != base.item


def test_another_section_is_another_thing_to_send_and_reads_the_same() -> None:
    base, other = mapping.draft(desired()).item, mapping.draft(desired(sis_section="5000")).item
    assert base.seen == other.seen and base.sent != other.sent


@pytest.mark.parametrize(
    ("text", "gradebook", "section"),
    [
        ("4321", "4321", None),
        ("994_1001", None, ("994", "1001")),
        ("994_", None, None),
        ("abc", None, None),
        ("", None, None),
        ("994_1001_1", None, None),
    ],
)
def test_a_section_is_named_in_two_ways(
    text: str, gradebook: str | None, section: tuple[str, str] | None
) -> None:
    assert (mapping.gradebook(text), mapping.school_section(text)) == (gradebook, section)


BOOKS = [
    {"GradebookNumber": 1, "TeacherNumber": 7, "StartDate": "2026-08-20", "EndDate": "2026-12-18"},
    {"GradebookNumber": 2, "TeacherNumber": 7, "StartDate": "2027-01-05", "EndDate": "2027-06-01"},
    {"GradebookNumber": 3, "TeacherNumber": 8, "StartDate": "2026-08-20", "EndDate": "2027-06-01"},
]


@pytest.mark.parametrize(
    ("teacher", "due", "found"),
    [
        ("7", "2026-11-20", ["1"]),
        ("7", "2027-02-01", ["2"]),
        ("8", "2026-11-20", ["3"]),
        ("", "2026-11-20", ["1", "3"]),
        ("", "", ["1", "2", "3"]),
        ("9", "2026-11-20", []),
    ],
)
def test_of_several_gradebooks_teacher_and_day_leave_one(teacher: str, due: str, found: list[str]) -> None:
    assert mapping.fitting(BOOKS, teacher, due) == found
    assert mapping.fitting(BOOKS[:1], "someone else", "1999-01-01") == ["1"]  # the only one is the one
