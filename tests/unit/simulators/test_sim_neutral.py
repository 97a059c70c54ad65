"""The views that are the same for every system, the numbers, the denied rights, and edits in plain words."""

from dataclasses import replace
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.simulators.calendar import locked
from tests.simulators.client import SimulatorFailedError
from tests.simulators.numbering import Numbers
from tests.simulators.seed_values import BadSeedError
from tests.simulators.seeding import district_from
from tests.simulators.server import hosted
from tests.simulators.world import LineItem
from tests.unit.simulators.conftest import School


def test_items_and_scores_in_one_shape(school: School) -> None:
    assert school.vendor.put_line_item("a", title="Quiz", dueDate="2026-11-11T04:30:00Z").status_code == 201
    assert school.vendor.put_result("r1", "a", late="true", comment="c").status_code == 201
    assert school.vendor.put_result("r2", "a", "stu-2", score=None, scoreStatus="exempt").status_code == 201
    found = school.sim.gradebook(school.code)
    assert (found["system"], found["district"]) == ("eschoolplus", school.code)
    assert found["items"] == [
        {
            "id": "a",
            "ids": {"sourcedId": "a"},
            "section": "class-1",
            "sectionKey": "class-1",
            "title": "Quiz",
            "points": 100,
            # Half past four in the morning in UTC is the evening before in Chicago.
            "dueDate": "2026-11-10",
            "assignDate": "2026-11-03",
            "category": "cat-hw",
            "categoryKey": "cat-hw",
            "externalId": "a",
            "description": None,
            "native": {},
        }
    ]
    first, second = found["scores"]
    assert first == {
        "id": "r1",
        "item": "a",
        "student": "stu-1",
        "studentKey": "stu-1",
        "value": 88.5,
        "text": None,
        "comment": "c",
        "flags": ["late"],
    }
    assert (second["student"], second["value"], second["flags"]) == ("stu-2", None, ["excused"])


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({"scoreStatus": "not submitted", "score": None}, ["missing"]),
        ({"scoreStatus": "submitted", "score": None}, ["collected"]),
        ({"missing": "true", "incomplete": "true"}, ["incomplete", "missing"]),
        ({"inProgress": "true"}, ["inProgress"]),
        ({"late": "false"}, []),
    ],
)
def test_flags_come_from_the_status_and_from_the_flags(
    school: School, changes: dict[str, Any], flags: list[str]
) -> None:
    school.vendor.put_line_item("a")
    assert school.vendor.put_result("r1", "a", **changes).status_code == 201
    assert school.sim.gradebook(school.code)["scores"][0]["flags"] == flags


def test_the_directory_names_everything_with_its_ids_on_the_wire(school: School) -> None:
    found = school.sim.directory(school.code)
    assert found["base"] == f"/plus360api/v1/{school.code}"
    assert found["timezone"] == "America/Chicago"
    assert [one["id"] for one in found["schools"]] == ["school-1", "school-2"]
    assert [(one["id"], one["locked"]) for one in found["sessions"]] == [
        ("term-1", False),
        ("mp-1", True),
        ("mp-2", False),
    ]
    assert found["holidays"][1] == {"date": "2026-11-02", "title": "Teacher day", "school": "school-1"}
    first = found["sections"][0]
    assert (first["id"], first["key"], first["keys"]) == ("class-1", "class-1", {"sourcedId": "class-1"})
    assert [one["id"] for one in first["categories"]] == ["cat-hw", "cat-test"]
    assert [one["key"] for one in first["students"]] == ["stu-1", "stu-2", "stu-3"]
    assert [one["key"] for one in first["teachers"]] == ["tea-1"]
    assert [one["id"] for one in found["sections"][1]["categories"]] == ["cat-hw", "cat-test", "cat-lab"]


def test_edits_take_points_and_plain_dates(school: School) -> None:
    school.vendor.put_line_item("a")
    changes = {"points": 20, "dueDate": "2026-11-12", "native": {"x": 1}}
    school.sim.edit(school.code, "change_line_item", lineItem="a", set=changes)
    item = school.sim.gradebook(school.code)["items"][0]
    assert (item["points"], item["dueDate"], item["native"]) == (20, "2026-11-12", {"x": 1})
    # One minute before midnight in Chicago.
    assert school.state()["lineItems"]["a"]["dueDate"] == "2026-11-13T05:59:00.000Z"
    for wrong in ({"dueDate": "2026-13-40"}, {"points": "many"}, {"native": 1}):
        with pytest.raises(SimulatorFailedError, match=next(iter(wrong))):
            school.sim.edit(school.code, "change_line_item", lineItem="a", set=wrong)


def test_a_new_score_replaces_the_text_in_the_cell_and_keeps_what_only_the_system_has(school: School) -> None:
    school.vendor.put_line_item("a")
    where = {"lineItem": "a", "student": "stu-1"}
    school.sim.edit(school.code, "change_score", **where, set={"score": 5, "native": {"absent": True}})
    school.sim.edit(school.code, "change_score", **where, set={"native": {"collected": True}})
    found = school.sim.gradebook(school.code)["scores"][0]
    assert (found["value"], found["flags"]) == (5, ["absent", "collected"])


def test_a_right_can_be_taken_away_and_given_back(school: School) -> None:
    school.sim.settings(school.code, denied=["putLineItem"])
    refused = school.vendor.put_line_item("a")
    assert refused.status_code == 403 and "putLineItem" in refused.json()["imsx_description"]
    assert school.vendor.get("/lineItems").status_code == 200
    school.sim.settings(school.code, denied=["lineItems"])
    assert school.vendor.get("/lineItems").status_code == 403
    school.sim.settings(school.code, denied=[])
    assert school.vendor.put_line_item("a").status_code == 201


def test_numbers_are_own_given_or_counted_up() -> None:
    numbers = Numbers({"class-9": 77, "twin": 77})
    assert numbers.of("section", "class-9") == 77
    assert numbers.of("student", "4711") == 4711
    assert [numbers.of("section", one) for one in ("a", "twin", "a", "b")] == [1001, 1002, 1001, 1003]
    assert numbers.of("student", "twin") == 77
    assert numbers.name("section", 1002) == "twin"
    assert numbers.name("section", 1) is None
    assert numbers.of("section", "1004") == 1004
    assert numbers.of("section", "c") == 1005


def test_a_seed_may_give_numbers_codes_and_sleeping_categories(seed: dict[str, Any]) -> None:
    seed |= {"numbers": {"class-2": 9}, "codes": {"cat-hw": "H"}, "denied": ["x"]}
    seed["categories"][0]["active"] = False
    district = district_from(seed)
    assert [district.numbers.of("section", one) for one in ("class-1", "class-2")] == [1001, 9]
    assert district.codes == {"cat-hw": "H"} and district.denied == frozenset({"x"})
    assert [one.active for one in district.categories.of()] == [False, True, True]


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("numbers", {"class-1": "7"}, "numbers.class-1"),
        ("numbers", {"class-1": True}, "numbers.class-1"),
        ("codes", {"cat-hw": 7}, "cat-hw"),
        ("denied", "x", "denied"),
        ("categories", [{"sourcedId": "c", "title": "t", "active": 1}], "categories.active"),
    ],
)
def test_a_seed_that_gives_them_wrongly_is_refused(
    seed: dict[str, Any], key: str, value: object, where: str
) -> None:
    with pytest.raises(BadSeedError, match=where):
        district_from(seed | {key: value})


def test_a_system_may_keep_days_only(seed: dict[str, Any]) -> None:
    district = district_from(seed)
    assert district.timezone == ZoneInfo("America/Chicago") != UTC
    assert district.kept_moment("2026-11-11T04:30:00.000Z") == "2026-11-11T04:30:00.000Z"
    district.keeps_days = True
    assert district.kept_moment("2026-11-11T04:30:00.000Z") == "2026-11-10"
    assert district.kept_moment("2026-11-11") == "2026-11-11"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/abc/ws/xte/score", ("abc", "/ws/xte/score")),
        ("/ws/xte/score", ("", "/ws/xte/score")),
        ("/abc/other", None),
        ("/abc", None),
        ("/", None),
    ],
)
def test_a_district_is_a_folder_or_the_only_one(path: str, found: tuple[str, str] | None) -> None:
    assert hosted(path, ("/ws/", "/oauth/")) == found


def test_a_district_that_is_not_there_has_no_gradebook(school: School) -> None:
    with pytest.raises(SimulatorFailedError, match="404"):
        school.sim.gradebook("none")


def test_a_locked_period_does_not_lock_a_day_that_an_open_one_has_too(seed: dict[str, Any]) -> None:
    over = {"sourcedId": "mp-x", "title": "X", "firstDay": "2026-10-10", "lastDay": "2026-10-20"}
    seed["gradingPeriods"].append(over | {"schoolYear": "2027"})
    district = district_from(seed)
    item = LineItem("a", "class-1", "school-1", "cat-hw", "t", "2026-10-01", "2026-10-09")
    assert locked(district, item)
    assert not locked(district, replace(item, due_date="2026-10-12"))
    assert not locked(district, replace(item, due_date="2026-11-12"))
