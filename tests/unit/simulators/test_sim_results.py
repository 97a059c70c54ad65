"""Scores: one cell per student and line item, flags, and bulk POST with single refusals."""

from typing import Any

import pytest

from tests.simulators.vendor import line_item, ref, result
from tests.unit.simulators.conftest import School


@pytest.fixture
def graded(school: School) -> School:
    """A district with line item ``a``."""
    assert school.vendor.put_line_item("a").status_code == 201
    return school


def _post(school: School, *results: dict[str, Any]) -> Any:
    return school.vendor.call("POST", "/lineItems/a/results", {"results": list(results)})


def test_a_score_with_its_flags_is_read_back(graded: School) -> None:
    flags = {"late": "true", "missing": "false", "incomplete": "false", "comment": "again"}
    assert graded.vendor.put_result("r", "a", score=300, **flags).status_code == 201
    read = graded.vendor.get("/results/r").json()["result"]
    assert read["score"] == 300
    assert {key: read[key] for key in flags} == flags
    assert read["class"]["sourcedId"] == "class-1"


def test_an_excused_student_is_told_by_score_status(graded: School) -> None:
    assert graded.vendor.put_result("r", "a", scoreStatus="exempt", score=None).status_code == 201
    read = graded.vendor.get("/results/r").json()["result"]
    assert read["scoreStatus"] == "exempt"
    assert "score" not in read


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"score": "88"}, 422, "score"),
        ({"score": True}, 422, "score"),
        ({"student_": ref("user", "stu-4")}, 422, "student"),
        ({"class_": ref("class", "class-2")}, 422, "class"),
        ({"textScore": "A"}, 422, "textScore"),
        ({"lineItem": ref("lineItem", "gone")}, 404, "Unknown Object"),
        ({"late": True}, 400, "late"),
        ({"missing": "yes"}, 400, "missing"),
        ({"scoreStatus": "graded"}, 400, "scoreStatus"),
        ({"scoreStatus": None}, 400, "scoreStatus"),
        ({"scoreDate": None}, 400, "scoreDate"),
        ({"scoreDate": "11/10/2026"}, 400, "scoreDate"),
        ({"name": "x"}, 400, "name"),
        ({"student_": ref("student", "stu-1")}, 400, "student.type"),
    ],
)
def test_a_score_is_refused(graded: School, changes: dict[str, Any], status: int, field: str) -> None:
    answer = graded.vendor.put_result("r", "a", **changes)
    assert answer.status_code == status
    assert answer.json()["imsx_description"].startswith(field)
    assert graded.state()["results"] == {}


def test_a_mark_the_district_defined_and_a_date_time_are_taken(graded: School) -> None:
    changes = {"textScore": "INC", "scoreDate": "2026-11-11T10:00:00.000Z", "scoreStatus": "ext:waived"}
    assert graded.vendor.put_result("r", "a", **changes).status_code == 201
    assert graded.vendor.get("/results/r").json()["result"]["scoreDate"] == "2026-11-11"


def test_a_second_id_for_a_cell_makes_no_second_score(graded: School) -> None:
    graded.vendor.put_result("r", "a", score=1)
    graded.vendor.put_result("other", "a", score=2)
    assert [one["score"] for one in graded.state()["results"].values()] == [2]
    assert graded.vendor.get("/results/other").json()["result"]["sourcedId"] == "r"
    assert graded.vendor.call("DELETE", "/results/other").status_code == 204
    graded.vendor.put_result("other", "a", score=3)
    assert graded.vendor.get("/results/other").json()["result"]["sourcedId"] == "other"


def test_an_id_stays_with_its_student(graded: School) -> None:
    graded.vendor.put_result("r", "a", "stu-1")
    assert graded.vendor.put_result("r", "a", "stu-2").status_code == 422


def test_a_bulk_reply_pairs_supplied_and_allocated_ids(graded: School) -> None:
    first = _post(graded, result("x", "a", "stu-1"), result("y", "a", "stu-2"))
    assert first.status_code == 201
    pairs = first.json()["sourcedIdPairs"]
    assert [pair["suppliedSourcedId"] for pair in pairs] == ["x", "y"]
    assert {pair["allocatedSourcedId"] for pair in pairs} == set(graded.state()["results"])
    again = _post(graded, result("x2", "a", "stu-1", score=5)).json()["sourcedIdPairs"]
    assert again[0]["allocatedSourcedId"] == pairs[0]["allocatedSourcedId"]
    assert len(graded.state()["results"]) == 2


def test_the_sis_can_keep_the_vendors_ids(graded: School) -> None:
    graded.sim.settings(graded.code, switches={"allocate_ids": "vendor"})
    _post(graded, result("x", "a", "stu-1"))
    assert list(graded.state()["results"]) == ["x"]
    assert _post(graded, result("x", "a", "stu-2")).status_code == 422, "an id stays with its student"
    body = {"lineItems": [line_item("a"), line_item("b")]}
    assert graded.vendor.call("POST", "/classes/class-1/lineItems", body).status_code == 201
    assert sorted(graded.state()["lineItems"]) == ["a", "b"]


def test_a_refused_student_has_no_pair_and_the_others_are_in(graded: School) -> None:
    answer = _post(
        graded,
        result("x", "a", "stu-1"),
        result("y", "a", "stu-4"),
        result("z", "a", "stu-2", score="B"),
        result("w", "a", "stu-1"),
    )
    assert answer.status_code == 201
    assert [pair["suppliedSourcedId"] for pair in answer.json()["sourcedIdPairs"]] == ["x"]
    assert [one["student"] for one in graded.state()["results"].values()] == ["stu-1"]


def test_when_all_are_refused_each_is_named(graded: School) -> None:
    answer = _post(graded, result("x", "a", "stu-4"), result("y", "a", "stu-5"))
    assert answer.status_code == 422
    named = answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"]
    assert [one["imsx_codeMinorFieldName"] for one in named] == ["x", "y"]
    assert "stu-5 is not enrolled" in answer.json()["imsx_description"]


def test_the_switch_makes_a_batch_all_or_nothing(graded: School) -> None:
    graded.sim.settings(graded.code, switches={"bulk_refusal": "all_or_nothing"})
    answer = _post(graded, result("x", "a", "stu-1"), result("y", "a", "stu-4"))
    assert answer.status_code == 422
    named = answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"]
    assert [one["imsx_codeMinorFieldName"] for one in named] == ["y"]
    assert graded.state()["results"] == {}


def test_a_malformed_object_refuses_the_whole_batch(graded: School) -> None:
    answer = _post(graded, result("x", "a", "stu-1"), result("y", "a", "stu-2", colour="red"))
    assert answer.status_code == 400
    assert graded.state()["results"] == {}
    graded.sim.settings(graded.code, limits={"bulk_max": 1})
    assert _post(graded, result("x", "a", "stu-1"), result("y", "a", "stu-2")).status_code == 422


def test_a_batch_is_for_its_own_line_item(graded: School) -> None:
    graded.vendor.put_line_item("b")
    assert _post(graded, result("x", "b", "stu-1")).status_code == 422
    posted = graded.vendor.call("POST", "/lineItems/none/results", {"results": []})
    assert posted.status_code == 404


@pytest.mark.parametrize("path", ["/classes/class-1/lineItems", "/schools/school-1/lineItems"])
def test_line_items_in_bulk_get_ids_of_the_sis(school: School, path: str) -> None:
    body = {"lineItems": [line_item("x"), line_item("y", title="t" * 51), line_item("z")]}
    answer = school.vendor.call("POST", path, body)
    assert answer.status_code == 201
    pairs = answer.json()["sourcedIdPairs"]
    assert [pair["suppliedSourcedId"] for pair in pairs] == ["x", "z"]
    assert {pair["allocatedSourcedId"] for pair in pairs} == set(school.state()["lineItems"])
    school.vendor.call("POST", path, body)
    assert len(school.state()["lineItems"]) == 4, "a POST is no upsert"


def test_a_bulk_post_is_for_the_class_and_school_in_its_address(school: School) -> None:
    body = {"lineItems": [line_item("x")]}
    for path, status in (
        ("/classes/class-2/lineItems", 422),
        ("/schools/school-2/lineItems", 422),
        ("/classes/none/lineItems", 404),
        ("/schools/none/lineItems", 404),
    ):
        assert school.vendor.call("POST", path, body).status_code == status


def test_a_dropped_student_is_refused_and_the_old_score_stays(graded: School) -> None:
    graded.vendor.put_result("r", "a", "stu-1")
    graded.sim.edit(graded.code, "drop_student", class_="class-1", student="stu-1")
    assert graded.vendor.put_result("r", "a", "stu-1", score=1).status_code == 422
    assert graded.state()["results"]["r"]["score"] == 88.5
    graded.sim.edit(graded.code, "add_student", class_="class-1", student="stu-1")
    assert graded.vendor.put_result("r", "a", "stu-1", score=1).status_code == 201


def test_switches_on_flags_and_closed_periods(graded: School) -> None:
    bare: dict[str, Any] = {"score": None, "missing": "true", "scoreStatus": "not submitted"}
    assert graded.vendor.put_result("r", "a", **bare).status_code == 201
    graded.sim.edit(graded.code, "lock_period", gradingPeriod="mp-2", locked=True)
    assert graded.vendor.put_result("r", "a").status_code == 201
    graded.sim.settings(graded.code, switches={"flags_need_score": True, "closed_period_locks_scores": True})
    assert graded.vendor.put_result("r", "a").status_code == 422
    graded.sim.edit(graded.code, "lock_period", gradingPeriod="mp-2", locked=False)
    assert graded.vendor.put_result("r", "a").status_code == 201
    assert graded.vendor.put_result("r", "a", **bare).status_code == 422


def test_categories_can_be_written_and_one_in_use_stays(graded: School) -> None:
    body = {"category": {"sourcedId": "cat-new", "title": "Projects", "weight": 10}}
    assert graded.vendor.call("PUT", "/categories/cat-new", body).status_code == 201
    assert graded.vendor.get("/categories/cat-new").json()["category"]["weight"] == 10
    assert graded.vendor.call("DELETE", "/categories/cat-new").status_code == 204
    refused = graded.vendor.call("DELETE", "/categories/cat-hw")
    assert refused.status_code == 422
    assert "deletefailure" in refused.text
