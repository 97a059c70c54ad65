"""The Aeries simulator is held to sis-apis section 5."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

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
    """The example with a third class that is linked with the first; two more are of another teacher or school."""
    district: dict[str, Any] = json.loads(EXAMPLE.read_text()) | {"code": f"a{next(_codes)}"}
    first = district["classes"][0]
    first["gradebook"] = {"linkedGroup": 5}
    linked = {"sourcedId": "class-3", "title": "Section 3", "categories": ["cat-lab", "cat-test"]}
    elsewhere = {"sourcedId": "class-4", "title": "Section 4", "teachers": ["tea-2"]}
    abroad = {"sourcedId": "class-6", "title": "Section 6", "school": "school-2"}
    district["classes"] += [first | linked, first | elsewhere, first | abroad]
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


def gradebook_keys(partner: Partner, section: str) -> dict[str, str]:
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
    assert [one["Name"] for one in mine] == ["Section 1", "Section 3", "Section 6"]
    other_school = gradebook_keys(partner, "class-2")["SchoolCode"]
    for wrong in (
        "/staff/1/gradebooks",
        f"/schools/{other_school}/sections/{section}/gradebooks",
        f"/schools/1/sections/{section}/gradebooks",
        f"/schools/{school}/sections/1/gradebooks",
        "/gradebooks/1",
        "/gradebooks/x",
    ):
        answer = partner.call("GET", wrong)
        assert (answer.status_code, list(answer.json())) == (404, ["Message"])


def test_a_gradebook_may_feed_two_sections(sim: Simulator, seed: dict[str, Any]) -> None:
    extra = {"sourcedId": "class-5", "title": "Section 5", "students": ["stu-4"], "gradebook": {}}
    seed["classes"].append(
        seed["classes"][0] | extra | {"gradebook": {"sharedWith": "class-1", "linkedGroup": 5}}
    )
    sim.seed(seed)
    partner = Partner(sim.base(seed["code"]), CERTIFICATE, sim.directory(seed["code"]))
    shared = gradebook_keys(partner, "class-5")
    assert shared["GradebookNumber"] == partner.gradebook
    path = f"/schools/{shared['SchoolCode']}/sections/{shared['SectionNumber']}/gradebooks"
    (found,) = partner.call("GET", path).json()
    sections = [int(partner.keys["SectionNumber"]), int(shared["SectionNumber"])]
    assert [one["SectionNumber"] for one in found["Sections"]] == sections
    mine = partner.call("GET", f"/staff/{found['TeacherNumber']}/gradebooks").json()
    assert [one["Name"] for one in mine] == ["Section 1", "Section 3", "Section 6"]
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
    assert [one["key"] for one in partner.directory["sessions"]] == ["F", "1", "2"]
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
