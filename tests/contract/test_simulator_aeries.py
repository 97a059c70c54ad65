"""The Aeries simulator is held to sis-apis section 5."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests

from tests.simulators.aeries.partner import Partner
from tests.simulators.client import Simulator

EXAMPLE = Path(__file__).parents[1] / "simulators" / "examples" / "district.json"
CERTIFICATE = "demo-Certificate-of-32-character"
_codes = count(1)


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator("aeries") as running:
        yield running


@pytest.fixture
def seed() -> dict[str, Any]:
    """The example with a third class that is linked with the first."""
    district: dict[str, Any] = json.loads(EXAMPLE.read_text()) | {"code": f"a{next(_codes)}"}
    first = district["classes"][0]
    first["gradebook"] = {"linkedGroup": 5}
    linked = {"sourcedId": "class-3", "title": "Section 3", "categories": ["cat-lab", "cat-test"]}
    elsewhere = {"sourcedId": "class-4", "title": "Section 4", "teachers": ["tea-2"]}
    district["classes"] += [first | linked, first | elsewhere]
    return district


@pytest.fixture
def code(sim: Simulator, seed: dict[str, Any]) -> str:
    sim.seed(seed)
    return str(seed["code"])


@pytest.fixture
def partner(sim: Simulator, code: str) -> Iterator[Partner]:
    made = Partner(sim.base(code), CERTIFICATE, sim.directory(code))
    yield made
    made.close()


def _other(partner: Partner, section: str) -> dict[str, str]:
    keys: dict[str, str] = next(one["keys"] for one in partner.directory["sections"] if one["id"] == section)
    return keys


# Certificate and rights


@pytest.mark.parametrize("given", ["", CERTIFICATE.lower(), CERTIFICATE[:-1], f"{CERTIFICATE}x"])
def test_the_certificate_counts_to_the_letter(partner: Partner, given: str) -> None:
    answer = requests.get(
        f"{partner.base}/gradebooks/{partner.gradebook}", headers={"AERIES-CERT": given}, timeout=10
    )
    assert answer.status_code == 401 and list(answer.json()) == ["Message"]


def test_system_info_needs_no_certificate(partner: Partner) -> None:
    answer = requests.get(f"{partner.base}/SystemInfo", timeout=10)
    assert answer.status_code == 200 and answer.json()["LocalTimeZone"] == "America/Chicago"


@pytest.mark.parametrize(
    ("right", "refused", "still"),
    [
        ("Gradebook Data", {"list", "create", "put"}, {"read scores", "post scores", "terms", "calendar"}),
        ("Gradebook Data Update", {"create", "put"}, {"list", "post scores"}),
        ("Gradebook Scores", {"read scores", "post scores"}, {"create", "put"}),
        ("Gradebook Scores Update", {"post scores"}, {"read scores"}),
        ("Calendar", {"calendar"}, {"terms"}),
        ("GET /api/v5/schools/{SchoolCode}/terms", {"terms"}, {"calendar"}),
    ],
)
def test_a_right_that_is_missing_is_named(
    sim: Simulator, code: str, partner: Partner, right: str, refused: set[str], still: set[str]
) -> None:
    row = partner.made()
    school, scores = partner.keys["SchoolCode"], f"/assignments/{row['AssignmentNumber']}/scores"
    calls: dict[str, tuple[str, str, object]] = {
        "list": ("GET", f"/gradebooks/{partner.gradebook}/assignments", None),
        "create": ("POST", f"/gradebooks/{partner.gradebook}/Assignments", partner.assignment()),
        "put": ("PUT", f"/gradebooks/Assignments/{row['UniqueID']}", {"PointsPossible": 10}),
        "read scores": ("GET", f"/gradebooks/{partner.gradebook}{scores}", None),
        "post scores": ("POST", f"/gradebooks/{partner.gradebook}{scores}", []),
        "terms": ("GET", f"/schools/{school}/terms", None),
        "calendar": ("GET", f"/schools/{school}/calendar", None),
    }
    sim.settings(code, denied=[right])
    for name in sorted(refused):
        answer = partner.call(*calls[name])
        assert (answer.status_code, right in answer.json()["Message"]) == (403, True), name
    for name in sorted(still):
        assert partner.call(*calls[name]).status_code in (200, 201), name


# Gradebooks


def test_gradebooks_are_found_by_section_and_by_teacher(partner: Partner) -> None:
    school, section = partner.keys["SchoolCode"], partner.keys["SectionNumber"]
    (found,) = partner.call("GET", f"/schools/{school}/sections/{section}/gradebooks").json()
    assert found == partner.call("GET", f"/gradebooks/{partner.gradebook}").json()
    assert (str(found["GradebookNumber"]), found["LinkedGroup"]) == (partner.gradebook, 5)
    shown = [
        (one["Code"], one["Description"], one["PercentageOfGrade"]) for one in found["AssignmentCategories"]
    ]
    assert shown == [("H", "Homework", 40), ("T", "Tests", 60)]
    assert found["Sections"] == [{"SchoolCode": int(school), "SectionNumber": int(section)}]
    assert [(one["Code"], one["StartDate"]) for one in found["Terms"]] == [
        ("F", "2026-08-17"),
        ("1", "2026-08-17"),
        ("2", "2026-10-19"),
    ]
    assert found["Settings"]["DoingMinMaxAssignmentValues"] is False
    mine = partner.call("GET", f"/staff/{found['TeacherNumber']}/gradebooks").json()
    assert [one["Name"] for one in mine] == ["Section 1", "Section 3"]
    for wrong in (
        "/staff/1/gradebooks",
        f"/schools/1/sections/{section}/gradebooks",
        f"/schools/{school}/sections/1/gradebooks",
        "/gradebooks/1",
        "/gradebooks/x",
    ):
        answer = partner.call("GET", wrong)
        assert (answer.status_code, list(answer.json())) == (404, ["Message"])


def test_a_gradebook_may_feed_two_sections(sim: Simulator, seed: dict[str, Any]) -> None:
    extra = {"sourcedId": "class-5", "title": "Section 5", "students": ["stu-4"], "gradebook": {}}
    seed["classes"].append(seed["classes"][0] | extra | {"gradebook": {"sharedWith": "class-1"}})
    sim.seed(seed)
    partner = Partner(sim.base(seed["code"]), CERTIFICATE, sim.directory(seed["code"]))
    shared = _other(partner, "class-5")
    assert shared["GradebookNumber"] == partner.gradebook
    path = f"/schools/{shared['SchoolCode']}/sections/{shared['SectionNumber']}/gradebooks"
    (found,) = partner.call("GET", path).json()
    sections = [int(partner.keys["SectionNumber"]), int(shared["SectionNumber"])]
    assert [one["SectionNumber"] for one in found["Sections"]] == sections
    mine = partner.call("GET", f"/staff/{found['TeacherNumber']}/gradebooks").json()
    assert [one["Name"] for one in mine] == ["Section 1", "Section 3"]
    # Linked gradebooks are counted once, not once for each section.
    assert len(partner.create(CreateInLinkedGradebooksToo=True).json()) == 2
    row = partner.made()
    students = {
        one["id"]: int(one["key"]) for each in partner.directory["sections"] for one in each["students"]
    }
    rows = partner.post_scores(row["UniqueID"], partner.score(StudentID=students["stu-4"])).json()
    assert [one["NumberCorrect"] for one in rows] == [None, None, None, 8]
    assert len(partner.call("GET", f"/gradebooks/{partner.gradebook}/F/students").json()) == 4
    partner.close()


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"colour": 1}, "colour"),
        ({"rubric": "yes"}, "rubric"),
        ({"linkedGroup": "5"}, "linkedGroup"),
        ({"minMax": 5}, "minMax"),
        ({"sharedWith": "class-9"}, "sharedWith"),
    ],
)
def test_settings_of_a_gradebook_are_read_strictly(
    sim: Simulator, seed: dict[str, Any], settings: dict[str, Any], word: str
) -> None:
    seed["classes"][0]["gradebook"] = settings
    answer = requests.put(f"{sim.url}/_sim/districts/{seed['code']}", json=seed, timeout=10)
    assert answer.status_code == 400 and word in answer.text


def test_codes_of_the_seed_and_letters_that_are_taken(sim: Simulator, seed: dict[str, Any]) -> None:
    seed["codes"] = {"cat-lab": "H"}
    seed["categories"].append({"sourcedId": "cat-talk", "title": "Talks"})
    sim.seed(seed)
    shown = {one["id"]: one["key"] for one in sim.directory(seed["code"])["categories"]}
    assert shown == {"cat-hw": "A", "cat-test": "T", "cat-lab": "H", "cat-talk": "B"}


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
    third = _other(partner, "class-3")["GradebookNumber"]
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
    # A mark that is sent says nothing; the number takes its place.
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


# Schools


def test_terms_marking_periods_and_calendar(partner: Partner) -> None:
    school = f"/schools/{partner.keys['SchoolCode']}"
    terms = partner.call("GET", f"{school}/terms").json()
    assert [(one["TermCode"], one["StartDate"], one["EndDate"]) for one in terms] == [
        ("Y", "2026-08-17", "2026-12-18"),
        ("F", "2026-08-17", "2026-12-18"),
        ("1", "2026-08-17", "2026-10-16"),
        ("2", "2026-10-19", "2026-12-18"),
    ]
    periods = partner.call("GET", f"{school}/ReportCardMarkingPeriods").json()
    assert [(one["MarkingPeriod"], one["IsClosed"]) for one in periods] == [("1", True), ("2", False)]
    calendar = {one["CalendarDate"]: one for one in partner.call("GET", f"{school}/calendar").json()}
    codes = [calendar[day]["HolidayCode"] for day in ("2026-11-02", "2026-11-03", "2026-11-07", "2026-11-26")]
    assert codes == ["#", "", "@", "#"]
    assert calendar["2026-08-17"]["CalendarDayNumber"] == 1
    district = {one["CalendarDate"]: one for one in partner.call("GET", "/schools/0/calendar").json()}
    # Only one school has the day off.
    assert (district["2026-11-02"]["HolidayCode"], district["2026-11-26"]["HolidayCode"]) == ("", "#")
    assert partner.call("GET", "/schools/1/terms").status_code == 404


def test_students_of_a_gradebook(partner: Partner) -> None:
    path = f"/gradebooks/{partner.gradebook}/F/students"
    rows = partner.call("GET", path).json()
    assert [one["StudentID"] for one in rows] == list(partner.students.values())
    assert partner.call("GET", f"{path}/{rows[0]['StudentID']}").json() == rows[0]
    assert partner.call("GET", f"{path}/1").status_code == 404


def test_a_bad_year_and_the_host_without_a_folder(partner: Partner) -> None:
    partner.made()
    answer = partner.call("GET", f"/gradebooks/{partner.gradebook}/assignments?DatabaseYear=none")
    assert len(answer.json()) == 1
    bare = partner.base.replace("/aeries/", "/")
    answer = partner.session.get(f"{bare}/gradebooks/{partner.gradebook}/assignments", timeout=10)
    assert len(answer.json()) == 1


def test_calls_are_counted_by_template(sim: Simulator, code: str, partner: Partner) -> None:
    sim.reset_counters(code)
    row = partner.made()
    partner.read(row["UniqueID"])
    counted = {(one["method"], one["template"]): one["count"] for one in sim.counters(code)["calls"]}
    assert counted == {
        ("POST", "/api/v5/gradebooks/{n}/Assignments"): 1,
        ("GET", "/api/v5/gradebooks/Assignments/{UniqueID}"): 1,
    }


def test_a_certificate_has_32_characters(sim: Simulator, seed: dict[str, Any]) -> None:
    seed["auth"]["certificate"] = {"value": "short"}
    answer = requests.put(f"{sim.url}/_sim/districts/{seed['code']}", json=seed, timeout=10)
    assert answer.status_code == 400 and "32 characters" in answer.text
    del seed["auth"]["certificate"]
    sim.seed(seed)
    partner = Partner(sim.base(seed["code"]), "", sim.directory(seed["code"]))
    assert partner.create().status_code == 401
    partner.close()


def test_seeded_assignments_get_numbers_and_guids(sim: Simulator, seed: dict[str, Any]) -> None:
    ref = {"class": {"sourcedId": "class-1"}, "school": {"sourcedId": "school-1"}}
    moments = {"assignDate": "2026-11-03T14:00:00Z", "dueDate": "2026-11-11T04:00:00Z"}
    item = {"sourcedId": "old", "title": "Old", "category": {"sourcedId": "cat-hw"}} | ref | moments
    score = {"lineItem": {"sourcedId": "old"}, "student": {"sourcedId": "stu-1"}, "score": 4}
    seed["lineItems"] = [item | {"resultValueMax": 5}]
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
    partner.close()
