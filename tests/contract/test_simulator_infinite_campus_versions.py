"""The simulated Infinite Campus over HTTP: what 1.1 and 1.2 take and refuse (sis-apis 4.4 and 4.5)."""

from typing import Any

import pytest

from tests.simulators.infinite_campus.dialects import ALL_ONES
from tests.simulators.infinite_campus.partner import ROSTER12, Campus, item11
from tests.simulators.vendor import ref

# 1.2


def test_1p2_wants_a_real_category(campus: Campus) -> None:
    for category, status in ((None, 400), (ref("category", ALL_ONES), 422), (ref("category", "x"), 422)):
        assert campus.put("a", category=category).status_code == status
    assert "all-ones" in campus.put("a", category=ref("category", ALL_ONES)).text
    assert [one["sourcedId"] for one in campus.new.get("/categories").json()["categories"]] == [
        "cat-hw",
        "cat-test",
        "cat-lab",
    ]
    assert campus.book()["items"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "x" * 51}, "title"),
        ({"title": " "}, "title"),
        ({"resultValueMax": 99.5}, "resultValueMax"),
        ({"resultValueMax": None}, "resultValueMax"),
        ({"resultValueMin": None}, "resultValueMin"),
        ({"dueDate": "2026-09-15T18:00:00Z"}, "dueDate"),
        ({"dueDate": "2027-06-15T18:00:00Z"}, "dueDate"),
        ({"category": ref("category", "cat-lab")}, "category"),
    ],
)
def test_1p2_refusals_are_422_and_name_the_field(campus: Campus, changes: dict[str, Any], field: str) -> None:
    answer = campus.put("a", **changes)
    assert answer.status_code == 422
    assert answer.json()["imsx_description"].startswith(f"{field}:")
    assert campus.sim.commits(district=campus.code) == []


def test_names_are_unique_in_a_section_only(campus: Campus) -> None:
    assert campus.put("a", title="Quiz").status_code == 201
    assert campus.put("a", title="Quiz").status_code == 201
    assert campus.put("b", title="Quiz").status_code == 422
    other = {"class_": ref("class", "class-2"), "school": ref("org", "school-2")}
    assert campus.put("c", title="Quiz", **other).status_code == 201
    campus.put("b", title="Other")
    assert campus.put("a", title="Other").status_code == 422
    campus.sim.edit(campus.code, "change_line_item", lineItem="b", set={"title": "Third"})
    assert campus.put("a", title="Other").status_code == 201
    campus.sim.edit(campus.code, "delete_line_item", lineItem="a")
    assert campus.put("d", title="Other").status_code == 201
    campus.switch(campus_unique_titles=False)
    assert campus.put("b", title="Other").status_code == 201


def test_points_may_be_whole_by_switch(campus: Campus) -> None:
    campus.switch(campus_whole_points=False)
    assert campus.put("a", resultValueMax=99.5).status_code == 201


def test_a_holiday_does_not_matter_to_campus(campus: Campus) -> None:
    assert campus.put("a", dueDate="2026-11-26T18:00:00Z").status_code == 201


def test_flags_of_1p2(campus: Campus) -> None:
    campus.put("a")
    assert campus.new.put_result("r", "a", late="true", incomplete="true").status_code == 201
    assert campus.new.put_result("r", "a", score=120).status_code == 201
    for status, flags in (
        ("exempt", ["excused"]),
        ("not submitted", ["missing"]),
        ("submitted", ["collected"]),
        ("partially graded", []),
        ("ext:unheard-of", []),
    ):
        assert campus.new.put_result("r", "a", score=None, scoreStatus=status).status_code == 201
        found = campus.book()["scores"][0]
        assert (found["value"], found["flags"]) == (None, flags)


def test_students_who_are_not_there_are_404(campus: Campus) -> None:
    campus.put("a")
    assert campus.new.put_result("r", "a", "stu-9").status_code == 404
    assert campus.new.put_result("r", "none").status_code == 404
    campus.sim.edit(campus.code, "drop_student", class_="class-1", student="stu-1")
    assert campus.new.put_result("r", "a").status_code == 404


# 1.1


def test_1p1_shows_one_category_and_takes_any(campus: Campus) -> None:
    listed = campus.old.get("/categories").json()["categories"]
    assert [one["sourcedId"] for one in listed] == [ALL_ONES]
    assert campus.old.get(f"/categories/{ALL_ONES}").status_code == 200
    assert campus.old.get("/categories/cat-hw").status_code == 404
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"category": ref("category", ALL_ONES)},
        {"category": ref("category", "made-up")},
    )
    for number, change in enumerate(changes):
        name = f"i{number}"
        body = item11(name) | change
        assert campus.old.call("PUT", f"/lineItems/{name}", {"lineItem": body}).status_code == 201
        kept = campus.old.get(f"/lineItems/{name}").json()["lineItem"]
        assert kept["category"]["sourcedId"] == ALL_ONES
    assert {one["category"] for one in campus.book()["items"]} == {ALL_ONES}


def test_1p1_takes_nulls_and_works_the_grading_period_out(campus: Campus) -> None:
    body = item11("a") | {"category": None, "gradingPeriod": None}
    assert campus.old.call("PUT", "/lineItems/a", {"lineItem": body}).status_code == 201
    kept = campus.old.get("/lineItems/a").json()["lineItem"]
    assert kept["gradingPeriod"]["sourcedId"] == "mp-2"
    assert "school" not in kept


def test_1p1_keeps_the_category_the_teacher_picked(campus: Campus) -> None:
    campus.put11("a")
    campus.sim.edit(campus.code, "change_line_item", lineItem="a", set={"category": "cat-test"})
    assert campus.put11("a", title="Other").status_code == 201
    assert campus.book()["items"][0]["category"] == "cat-test"


def test_1p1_default_category_of_the_district(campus: Campus) -> None:
    campus.switch(campus_default_category="cat-hw")
    campus.put11("a")
    assert campus.book()["items"][0]["category"] == "cat-hw"
    assert campus.old.get("/lineItems/a").json()["lineItem"]["category"]["sourcedId"] == ALL_ONES


def test_1p1_wants_points_and_scores(campus: Campus) -> None:
    assert campus.put11("a", resultValueMax=None).status_code == 400
    assert campus.put11("a").status_code == 201
    assert campus.score11("r", "a", score=None, scoreStatus="submitted").status_code == 400
    assert campus.score11("r", "a", late="true").status_code == 400
    assert campus.score11("r", "a", scoreStatus="ext:x").status_code == 400


def test_1p1_maps_the_status_and_keeps_the_number_as_sent(campus: Campus) -> None:
    campus.put11("a")
    for status, flags in (
        ("fully graded", []),
        ("exempt", ["excused"]),
        ("not submitted", ["missing"]),
        ("submitted", ["collected"]),
    ):
        assert campus.score11("r", "a", score=0, scoreStatus=status).status_code == 201
        found = campus.book()["scores"][0]
        assert (found["value"], found["flags"], found["student"]) == (0, flags, "stu-1")


def test_users_have_prefixed_ids_in_1p1(campus: Campus) -> None:
    campus.put11("a")
    assert campus.score11("r", "a", student="stu-1").status_code == 404
    assert campus.score11("r", "a").status_code == 201
    assert campus.old.get("/results/r").json()["result"]["student"]["sourcedId"] == "sstu-1"
    assert campus.new.get("/results/r").json()["result"]["student"]["sourcedId"] == "stu-1"
    listed = campus.old.get("/classes/class-1/teachers").json()["users"]
    assert [one["sourcedId"] for one in listed] == ["ttea-1"]
    campus.new.tail = ROSTER12
    found = campus.new.get("/classes/class-1/students").json()["users"][0]
    assert (found["sourcedId"], found["metadata"]["legacySourcedId"]) == ("stu-1", "sstu-1")
    assert campus.sim.directory(campus.code)["sections"][0]["students"][0]["keys"] == {
        "sourcedId": "stu-1",
        "legacySourcedId": "sstu-1",
    }
    campus.switch(campus_user_prefixes=False)
    assert campus.score11("r", "a", student="stu-1").status_code == 201


def test_refusals_of_1p1_are_an_array(campus: Campus) -> None:
    answer = campus.old.get("/lineItems/none")
    assert answer.status_code == 404
    assert answer.json() == [
        {
            "imsx_codeMajor": "failure",
            "imsx_severity": "error",
            "imsx_codeMinor": "unknown object",
            "imsx_description": "Unknown Object: lineItem none",
        }
    ]
    campus.switch(wrapped_errors=True)
    assert campus.old.get("/lineItems/none").json()["errors"][0]["imsx_codeMinor"] == "unknown object"
