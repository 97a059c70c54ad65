"""Assignments of the Aeries simulator (sis-apis 5.4)."""

from typing import Any
from uuid import UUID

import pytest

from tests.contract.test_simulator_aeries import CERTIFICATE, code, gradebook_keys, partner, seed, sim
from tests.simulators.aeries.partner import Partner
from tests.simulators.client import Simulator

# The fixtures of the first file.
__all__ = ["code", "partner", "seed", "sim"]

# Assignments


def test_a_create_answers_with_a_row_and_its_ids(sim: Simulator, code: str, partner: Partner) -> None:
    answer = partner.create("Quiz 1", Comment="Chapter 3")
    assert answer.status_code == 201
    (row,) = answer.json()
    assert str(UUID(row["UniqueID"])) == row["UniqueID"]
    assert row["AssignmentNumber"] == 1 and str(row["GradebookNumber"]) == partner.gradebook
    expected = {
        "ExternalID": "lms-1",
        "Description": "Quiz 1",
        "AssignmentCategoryCode": "H",
        "DateAssigned": "2026-11-03",
        "DateDue": "2026-11-10",
        "NumberCorrectPossible": 10,
        "PointsPossible": 10,
        "GradingCompleted": False,
        "Comment": "Chapter 3",
        "FormativeSummativeIndicator": "S",
        "RubricAssignment": False,
        "Standards": [],
    }
    assert {key: row[key] for key in expected} == expected
    assert row["AssignmentCategory"]["Description"] == "Homework"
    path = f"/gradebooks/{partner.gradebook}/assignments"
    assert partner.listed() == [row] == [partner.read(row["UniqueID"])]
    assert partner.call("GET", f"{path}/1").json() == row
    assert partner.made("Quiz 2")["AssignmentNumber"] == 2
    commit = sim.commits(district=code)[0]
    assert (commit["sourcedId"], commit["created"]) == (row["UniqueID"], True)
    assert commit["content"]["externalId"] == "lms-1"
    item = sim.gradebook(code)["items"][0]
    assert (item["id"], item["externalId"], item["section"]) == (row["UniqueID"], "lms-1", "class-1")
    assert item["ids"]["AssignmentNumber"] == "1"


def test_the_same_create_twice_makes_two(partner: Partner) -> None:
    first, second = partner.made(), partner.made()
    assert first["UniqueID"] != second["UniqueID"]
    assert [one["ExternalID"] for one in partner.listed()] == ["lms-1", "lms-1"]


@pytest.mark.parametrize("given", [None, "Z", "Homework", ""])
def test_a_category_that_is_not_known_becomes_the_first(
    sim: Simulator, code: str, partner: Partner, given: str | None
) -> None:
    assert partner.made(AssignmentCategoryCode=given)["AssignmentCategoryCode"] == "H"
    assert sim.gradebook(code)["items"][0]["category"] == "cat-hw"
    assert partner.made(AssignmentCategoryCode="T")["AssignmentCategoryCode"] == "T"


@pytest.mark.parametrize("default", [True, False])
def test_a_create_goes_to_linked_gradebooks_unless_told(
    sim: Simulator, code: str, partner: Partner, *, default: bool
) -> None:
    rows = partner.create(CreateInLinkedGradebooksToo=None if default else True).json()
    third = gradebook_keys(partner, "class-3")["GradebookNumber"]
    assert [str(one["GradebookNumber"]) for one in rows] == [partner.gradebook, third]
    # The linked gradebook has no category H: its own first one is taken.
    assert [one["AssignmentCategoryCode"] for one in rows] == ["H", "T"]
    assert rows[0]["UniqueID"] != rows[1]["UniqueID"]
    assert [one["ExternalID"] for one in rows] == ["lms-1", "lms-1"]
    assert len(partner.create().json()) == 1
    assert [one["section"] for one in sim.gradebook(code)["items"]] == ["class-1", "class-3", "class-1"]


def test_an_update_goes_to_linked_copies_unless_told(partner: Partner) -> None:
    rows = partner.create(CreateInLinkedGradebooksToo=True).json()
    path = f"/gradebooks/Assignments/{rows[0]['UniqueID']}"
    body = {"PointsPossible": 20, "Description": "Both"}
    answer = partner.call("PUT", path, body)
    assert answer.status_code == 200 and len(answer.json()) == 2
    assert [partner.read(one["UniqueID"])["Description"] for one in rows] == ["Both", "Both"]
    alone = body | {"Description": "One", "UpdateLinkedGradebooksToo": False}
    assert len(partner.call("PUT", path, alone).json()) == 1
    assert [partner.read(one["UniqueID"])["Description"] for one in rows] == ["One", "Both"]


def test_an_update_erases_the_comment_and_uncompletes_grading(partner: Partner) -> None:
    row = partner.made(Comment="Chapter 3")
    path = f"/gradebooks/{partner.gradebook}/assignments/{row['AssignmentNumber']}"
    kept = {"PointsPossible": 10, "Comment": "Chapter 4", "GradingCompleted": True}
    (first,) = partner.call("PUT", path, kept).json()
    assert (first["Comment"], first["GradingCompleted"]) == ("Chapter 4", True)
    (second,) = partner.call("PUT", path, {"PointsPossible": 10}).json()
    assert (second["Comment"], second["GradingCompleted"]) == ("", False)
    # What else is left out stays.
    unchanged = ("Description", "AssignmentCategoryCode", "DateAssigned", "DateDue", "ExternalID", "UniqueID")
    assert {key: second[key] for key in unchanged} == {key: row[key] for key in unchanged}
    partner.call("PUT", path, kept)
    assert partner.call("PUT", path, {"PointsPossible": 10, "Comment": " "}).json()[0]["Comment"] == ""
    # What was read may be sent back.
    assert partner.call("PUT", path, partner.read(row["UniqueID"])).status_code == 200


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"Description": None}, "Description"),
        ({"Description": "x" * 256}, "Description"),
        ({"Description": 7}, "Description"),
        ({"DateDue": "11/10/2026"}, "DateDue"),
        ({"DateDue": "2026-10-01"}, "DateDue"),
        ({"DateDue": "2027-03-01"}, "DateDue"),
        ({"PointsPossible": "10"}, "PointsPossible"),
        ({"PointsPossible": -1}, "PointsPossible"),
        ({"ExternalID": 1}, "ExternalID"),
        ({"CreateInLinkedGradebooksToo": "false"}, "CreateInLinkedGradebooksToo"),
        ({"Colour": "red"}, "Colour"),
    ],
)
def test_an_assignment_that_is_not_right_is_refused(
    sim: Simulator, code: str, partner: Partner, changes: dict[str, Any], word: str
) -> None:
    answer = partner.create(**changes)
    assert (answer.status_code, list(answer.json())) == (400, ["Message"])
    assert word in answer.json()["Message"]
    assert sim.commits(district=code) == []


def test_defaults_of_a_create(sim: Simulator, code: str, partner: Partner) -> None:
    assert partner.made("")["Description"] == ""
    assert partner.made("x" * 255)["Description"] == "x" * 255
    due = partner.made(DateAssigned=None)
    assert due["DateAssigned"] == due["DateDue"] == "2026-11-10"
    assigned = partner.made(DateDue=None)
    assert assigned["DateAssigned"] == assigned["DateDue"] == "2026-11-03"
    correct = partner.made(NumberCorrectPossible=20)
    assert (correct["NumberCorrectPossible"], correct["PointsPossible"]) == (20, 10)
    assert partner.made(NumberCorrectPossible=0)["NumberCorrectPossible"] == 10
    assert partner.made(PointsPossible=None)["PointsPossible"] == 0
    assert partner.made(FormativeSummativeIndicator="F")["FormativeSummativeIndicator"] == "F"
    assert partner.made(FormativeSummativeIndicator="X")["FormativeSummativeIndicator"] == "S"
    # Rubrics count only where the gradebook allows them; grading is not completed by a create.
    plain = partner.made(RubricAssignment=True, GradingCompleted=True)
    assert (plain["RubricAssignment"], plain["GradingCompleted"], plain["PointsPossible"]) == (
        False,
        False,
        10,
    )


def test_a_rubric_has_no_points(sim: Simulator, seed: dict[str, Any]) -> None:
    seed["classes"][0]["gradebook"] = {"rubric": True}
    sim.seed(seed)
    partner = Partner(sim.base(seed["code"]), CERTIFICATE, sim.directory(seed["code"]))
    row = partner.made(RubricAssignment=True)
    assert (row["RubricAssignment"], row["PointsPossible"], row["NumberCorrectPossible"]) == (True, 0, 0)
    assert partner.made()["PointsPossible"] == 10
    partner.close()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "PointsPossible"),
        ({"PointsPossible": 5, "AssignmentCategoryCode": "Z"}, "AssignmentCategoryCode"),
        ({"PointsPossible": 5, "DateDue": "2026-10-01"}, "DateDue"),
    ],
)
def test_an_update_that_is_not_right_is_refused(partner: Partner, changes: dict[str, Any], word: str) -> None:
    row = partner.made()
    answer = partner.call("PUT", f"/gradebooks/Assignments/{row['UniqueID']}", changes)
    assert answer.status_code == 400 and word in answer.json()["Message"]
    assert partner.read(row["UniqueID"]) == row


def test_what_is_not_there_cannot_be_reached_and_nothing_can_be_deleted(partner: Partner) -> None:
    row = partner.made()
    path = f"/gradebooks/{partner.gradebook}/assignments"
    for method, where in (("GET", f"{path}/9"), ("PUT", f"{path}/9"), ("GET", "/gradebooks/Assignments/x")):
        assert partner.call(method, where, {"PointsPossible": 1}).status_code == 404
    assert partner.call("DELETE", f"{path}/{row['AssignmentNumber']}").status_code == 405
    assert partner.call("GET", "/gradebooks").status_code == 404
    assert partner.call("GET", f"/gradebooks/ASSIGNMENTS/{row['UniqueID'].upper()}").status_code == 200


def test_a_teacher_may_renumber_but_the_unique_id_stays(sim: Simulator, code: str, partner: Partner) -> None:
    row = partner.made()
    sim.edit(code, "change_line_item", lineItem=row["UniqueID"], set={"native": {"AssignmentNumber": 40}})
    assert partner.read(row["UniqueID"])["AssignmentNumber"] == 40
    assert partner.call("GET", f"/gradebooks/{partner.gradebook}/assignments/1").status_code == 404
    assert partner.made()["AssignmentNumber"] == 41


def test_edits_and_deletes_made_in_the_sis_show(sim: Simulator, code: str, partner: Partner) -> None:
    row = partner.made()
    changes = {"title": "Theirs", "points": 20, "dueDate": "2026-11-13", "category": "cat-test"}
    completed = {"native": {"GradingCompleted": True}}
    sim.edit(code, "change_line_item", lineItem=row["UniqueID"], set=changes | completed)
    found = partner.read(row["UniqueID"])
    assert (found["Description"], found["PointsPossible"], found["DateDue"]) == ("Theirs", 20, "2026-11-13")
    assert (found["AssignmentCategoryCode"], found["GradingCompleted"]) == ("T", True)
    sim.edit(code, "delete_line_item", lineItem=row["UniqueID"])
    assert partner.listed() == []
    for answer in (
        partner.call("GET", f"/gradebooks/Assignments/{row['UniqueID']}"),
        partner.call("PUT", f"/gradebooks/Assignments/{row['UniqueID']}", {"PointsPossible": 1}),
        partner.post_scores(row["UniqueID"], partner.score()),
    ):
        assert answer.status_code == 404


def test_dates_of_versions_that_send_midnight(sim: Simulator, code: str, partner: Partner) -> None:
    sim.settings(code, switches={"read_dates": "midnight"})
    row = partner.made()
    assert row["DateDue"] == "2026-11-10T00:00:00"
    (score, *_) = partner.post_scores(row["UniqueID"]).json()
    assert score["DateCompleted"] == "0001-01-01T00:00:00"
    assert partner.call("PUT", f"/gradebooks/Assignments/{row['UniqueID']}", row).status_code == 200
    assert sim.gradebook(code)["items"][0]["dueDate"] == "2026-11-10"


def test_seeded_assignments_get_numbers_and_guids(sim: Simulator, seed: dict[str, Any]) -> None:
    ref = {"class": {"sourcedId": "class-1"}, "school": {"sourcedId": "school-1"}}
    moments = {"assignDate": "2026-11-03T14:00:00Z", "dueDate": "2026-11-11T04:00:00Z"}
    item = {"sourcedId": "old", "title": "Old", "category": {"sourcedId": "cat-hw"}} | ref | moments
    score = {"lineItem": {"sourcedId": "old"}, "student": {"sourcedId": "stu-1"}, "score": 4}
    in_linked = {"sourcedId": "twin", "class": {"sourcedId": "class-3"}}
    seed["lineItems"] = [item | {"resultValueMax": 5}, item | in_linked]
    seed["results"] = [score | {"sourcedId": "r", "scoreStatus": "fully graded", "scoreDate": "2026-11-11"}]
    sim.seed(seed)
    partner = Partner(sim.base(seed["code"]), CERTIFICATE, sim.directory(seed["code"]))
    (found,) = partner.listed()
    assert (found["AssignmentNumber"], found["DateDue"], found["PointsPossible"]) == (1, "2026-11-10", 5)
    assert str(UUID(found["UniqueID"])) == found["UniqueID"]
    assert (
        partner.call("GET", f"/gradebooks/{partner.gradebook}/assignments/1/scores").json()[0]["Mark"] == "4"
    )
    assert partner.made()["AssignmentNumber"] == 2
    # What no create linked is not changed together.
    answer = partner.call("PUT", f"/gradebooks/Assignments/{found['UniqueID']}", {"PointsPossible": 9})
    assert len(answer.json()) == 1
    partner.close()
