"""The simulated Qmlativ over HTTP: one row for each student and assignment, flags and clarifiers."""

from typing import Any

import pytest

from tests.simulators.skyward.qmlativ.integration import (
    OTHER_SECTION,
    Integration,
    condition,
    message,
)

# Scores


def test_a_score_is_one_row_that_is_updated(sky: Integration) -> None:
    item = sky.made()
    made = sky.score(item, Comments="good").json()
    row = made["StudentAssignmentID"]
    assert (made["PointsEarned"], made["IsGraded"], made["Comments"]) == (88.5, True, "good")
    assert sky.score(item).status_code == 400
    path = f"Gradebook/StudentAssignment/{row}"
    changed = sky.call("POST", path, {"Score": 120}).json()
    assert (changed["Score"], changed["Comments"]) == (120, "good")
    assert sky.call("GET", f"Gradebook/Assignment/{item}").json()["ScoredStudentAssignmentCount"] == 1
    found = sky.book()["scores"]
    assert [(one["student"], one["value"], one["comment"]) for one in found] == [("stu-1", 120, "good")]
    assert found[0]["studentKey"] == str(sky.seat())
    cleared = sky.call("POST", path, {"Score": None, "Comments": None}).json()
    assert (cleared["Score"], cleared["Comments"], cleared["IsGraded"]) == (None, None, False)
    assert sky.call("DELETE", path).status_code == 200
    assert sky.call("GET", path).status_code == 404
    assert sky.book()["scores"] == []


def test_a_second_row_updates_by_switch(sky: Integration) -> None:
    sky.switch(qmlativ_second_row="update")
    item = sky.made()
    first, second = sky.score(item).json(), sky.score(item, Score=1).json()
    assert (second["StudentAssignmentID"], second["Score"]) == (first["StudentAssignmentID"], 1)


def test_rows_can_come_with_the_assignment(sky: Integration) -> None:
    sky.switch(qmlativ_rows="with_assignment")
    item = sky.made()
    rows = sky.rows("StudentAssignment", condition("AssignmentID", "Equal", item))
    assert [one["Score"] for one in rows] == [None, None, None]
    path = f"Gradebook/StudentAssignment/{rows[1]['StudentAssignmentID']}"
    assert sky.call("POST", path, {"Score": 5}).status_code == 200
    assert {one["student"]: one["value"] for one in sky.book()["scores"]} == {
        "stu-1": None,
        "stu-2": 5,
        "stu-3": None,
    }


def clarifier(sky: Integration, code: str) -> int:
    return next(int(one["ScoreClarifierID"]) for one in sky.rows("ScoreClarifier") if one["Code"] == code)


def test_flags_and_clarifiers(sky: Integration) -> None:
    row = sky.score(sky.made(), Score=None).json()["StudentAssignmentID"]
    path = f"Gradebook/StudentAssignment/{row}"

    def flags(**changes: Any) -> list[str]:
        answer = sky.call("POST", path, changes)
        assert answer.status_code == 200, answer.text
        found: list[str] = sky.book()["scores"][0]["flags"]
        return found

    assert flags() == []
    assert flags(NoCount=True) == ["excused"]
    assert flags(NoCount=False, IsMissing=True) == ["missing"]
    assert flags(IsMissing=False, ScoreClarifierID=clarifier(sky, "EX")) == ["excused"]
    assert sky.call("GET", path).json()["NoCount"] is True
    assert flags(ScoreClarifierID=clarifier(sky, "M")) == ["missing"]
    assert flags(ScoreClarifierID=clarifier(sky, "L"), Score=70) == ["late"]
    assert flags(ScoreClarifierID=clarifier(sky, "I")) == ["incomplete"]
    assert flags(ScoreClarifierID=None) == []
    assert flags(SubmissionStatus="Submitted") == ["collected"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"AssignmentID": 99}, 404),
        ({"StudentSectionID": 99}, 400),
        ({"StudentSectionID": None}, 400),
        ({"SectionID": OTHER_SECTION}, 400),
        ({"ScoreClarifierID": 99}, 400),
        ({"GradeMarkID": 1}, 400),
        ({"Score": "A"}, 400),
        ({"IsMissing": "true"}, 400),
        ({"PointsEarned": 5}, 400),
        ({"SubmissionTime": "soon"}, 400),
    ],
)
def test_what_a_score_is_refused_for(sky: Integration, changes: dict[str, Any], status: int) -> None:
    item = sky.made()
    answer = sky.score(item, **changes)
    assert answer.status_code == status
    assert message(answer)
    assert sky.book()["scores"] == []


def test_a_dropped_student_is_refused_by_row(sky: Integration) -> None:
    item, seat = sky.made(), sky.seat()
    row = sky.score(item).json()["StudentAssignmentID"]
    sky.sim.edit(sky.code, "drop_student", class_="class-1", student="stu-1")
    assert sky.score(item, StudentSectionID=seat).status_code == 400
    answer = sky.call("POST", f"Gradebook/StudentAssignment/{row}", {"Score": 1})
    assert (answer.status_code, "no longer in the section" in message(answer)) == (400, True)
    assert sky.score(item, StudentSectionID=sky.seat(OTHER_SECTION)).status_code == 400


def test_a_row_does_not_move(sky: Integration) -> None:
    item, other = sky.made(), sky.made(Name="Other")
    row = sky.score(item).json()["StudentAssignmentID"]
    path = f"Gradebook/StudentAssignment/{row}"
    assert sky.call("POST", path, {"AssignmentID": other}).status_code == 400
    assert sky.call("POST", path, {"StudentAssignmentID": row + 1}).status_code == 400
    same = {"StudentAssignmentID": row, "AssignmentID": item, "StudentSectionID": sky.seat(), "Score": 2}
    assert sky.call("POST", path, same).status_code == 200
