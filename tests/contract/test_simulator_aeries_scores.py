"""Scores of the Aeries simulator, and closed marking periods (sis-apis 5.5)."""

from typing import Any

import pytest

from tests.contract.test_simulator_aeries import CERTIFICATE, code, partner, seed, sim
from tests.simulators.aeries.partner import Partner
from tests.simulators.client import Simulator

# The fixtures of the first file.
__all__ = ["code", "partner", "seed", "sim"]

# Scores


def test_scores_are_answered_with_all_of_them(sim: Simulator, code: str, partner: Partner) -> None:
    row = partner.made(NumberCorrectPossible=20)
    answer = partner.post_scores(row["UniqueID"], partner.score(value=15, DateCompleted="2026-11-11"))
    assert answer.status_code == 200
    first, second, third = answer.json()
    expected = {
        "StudentID": partner.students["stu-1"],
        "Mark": "15",
        "NumberCorrect": 15,
        "NumberCorrectPossible": 20,
        "PercentCorrect": 75,
        "PointsEarned": 7.5,
        "PointsPossible": 10,
        "DateCompleted": "2026-11-11",
        "IsMissing": False,
        "StandardScores": [],
    }
    assert {key: first[key] for key in expected} == expected
    assert (second["Mark"], second["NumberCorrect"], third["IsMissing"]) == (None, None, False)
    path = f"/gradebooks/{partner.gradebook}/assignments/1/scores"
    assert partner.call("GET", path).json() == answer.json()
    assert partner.call("GET", f"{path}/{first['StudentID']}").json() == first
    assert partner.call("GET", f"{path}/{second['StudentID']}").json() == second
    assert partner.call("GET", f"{path}/1").status_code == 404
    assert partner.call("POST", path, [partner.score(value=16)]).json()[0]["NumberCorrect"] == 16
    (shown,) = sim.gradebook(code)["scores"]
    assert (shown["student"], shown["value"]) == ("stu-1", 16)


def test_a_cleared_cell_more_than_possible_and_the_same_again(
    sim: Simulator, code: str, partner: Partner
) -> None:
    row = partner.made()
    assert partner.post_scores(row["UniqueID"], partner.score(value=12)).json()[0]["PercentCorrect"] == 120
    assert partner.post_scores(row["UniqueID"], partner.score(value=12)).status_code == 200
    assert partner.post_scores(row["UniqueID"], partner.score(value=None)).json()[0]["Mark"] is None
    commits = [one for one in sim.commits(district=code) if one["kind"] == "result"]
    assert [one["changed"] for one in commits] == [True, False, True]


def test_a_student_who_is_not_there_refuses_the_array(sim: Simulator, code: str, partner: Partner) -> None:
    row = partner.made()
    gone = partner.students["stu-2"]
    sim.edit(code, "drop_student", class_="class-1", student="stu-2")
    rows = [partner.score(), partner.score("stu-2"), partner.score(StudentID=99)]
    answer = partner.post_scores(row["UniqueID"], *rows)
    assert answer.status_code == 400
    assert str(gone) in answer.json()["Message"] and "99" in answer.json()["Message"]
    assert sim.gradebook(code)["scores"] == []
    assert len(partner.post_scores(row["UniqueID"], partner.score()).json()) == 2


@pytest.mark.parametrize(
    "row",
    [
        {"StudentID": "1", "NumberCorrect": 1},
        {"NumberCorrect": 1},
        {"StudentID": 1},
        {"StudentID": 1, "NumberCorrect": "1"},
        {"StudentID": 1, "NumberCorrect": 1, "Colour": "red"},
        {"StudentID": 1, "NumberCorrect": 1, "DateCompleted": "soon"},
        7,
    ],
)
def test_a_score_that_is_not_right_is_refused(partner: Partner, row: Any) -> None:
    made = partner.made()
    answer = partner.post_scores(made["UniqueID"], row)
    assert (answer.status_code, list(answer.json())) == (400, ["Message"])


def test_an_array_it_must_be(partner: Partner) -> None:
    made = partner.made()
    path = f"/gradebooks/assignments/{made['UniqueID']}/Scores"
    assert partner.call("POST", path, {"Scores": []}).status_code == 400


def test_a_gradebook_with_minimum_and_maximum_minds_them(sim: Simulator, seed: dict[str, Any]) -> None:
    seed["classes"][0]["gradebook"] = {"minMax": [0, 10]}
    sim.seed(seed)
    partner = Partner(sim.base(seed["code"]), CERTIFICATE, sim.directory(seed["code"]))
    row = partner.made()
    settings = partner.call("GET", f"/gradebooks/{partner.gradebook}").json()["Settings"]
    assert (settings["MinAssignmentValue"], settings["MaxAssignmentValue"]) == (0, 10)
    assert partner.post_scores(row["UniqueID"], partner.score(value=11)).status_code == 400
    assert partner.post_scores(row["UniqueID"], partner.score(value=10)).status_code == 200
    partner.close()


def test_excused_marks_and_missing_are_read_only(sim: Simulator, code: str, partner: Partner) -> None:
    row = partner.made()
    where = {"lineItem": row["UniqueID"]}
    sim.edit(code, "change_score", **where, student="stu-1", set={"scoreStatus": "exempt"})
    excused = {"scoreStatus": "exempt", "textScore": "TX"}
    sim.edit(code, "change_score", **where, student="stu-2", set=excused)
    sim.edit(code, "change_line_item", **where, set={"native": {"GradingCompleted": True}})
    path = f"/gradebooks/{partner.gradebook}/assignments/1/scores"
    shown = [(one["Mark"], one["IsMissing"]) for one in partner.call("GET", path).json()]
    assert shown == [("NA", False), ("TX", False), (None, True)]
    assert sim.gradebook(code)["scores"][0]["flags"] == ["excused"]
    # A score that stood there before the student was excused is not shown.
    both = {"score": 7, "scoreStatus": "exempt"}
    sim.edit(code, "change_score", **where, student="stu-1", set=both)
    first = partner.call("GET", path).json()[0]
    assert (first["Mark"], first["NumberCorrect"], first["PointsEarned"]) == ("NA", None, None)
    # A mark that is sent says nothing; the number takes its place.
    replaced = partner.post_scores(row["UniqueID"], partner.score("stu-2", 4)).json()
    assert replaced[1]["Mark"] == "4"
    rows = partner.post_scores(row["UniqueID"], partner.score(value=5, Mark="NA")).json()
    assert rows[0]["Mark"] == "5"


def test_a_closed_marking_period_refuses_writes(sim: Simulator, code: str, partner: Partner) -> None:
    row = partner.made()
    sim.edit(code, "lock_period", gradingPeriod="mp-2", locked=True)
    for answer in (
        partner.create(),
        partner.call("PUT", f"/gradebooks/Assignments/{row['UniqueID']}", {"PointsPossible": 1}),
        partner.post_scores(row["UniqueID"], partner.score()),
    ):
        assert answer.status_code == 400 and "closed" in answer.json()["Message"]
    assert partner.read(row["UniqueID"]) == row
    # Nor can it be moved out of there.
    sim.edit(code, "lock_period", gradingPeriod="mp-1", locked=False)
    moved = {"PointsPossible": 1, "DateDue": "2026-10-01"}
    assert partner.call("PUT", f"/gradebooks/Assignments/{row['UniqueID']}", moved).status_code == 400
    assert partner.create(DateDue="2026-10-01").status_code == 201
