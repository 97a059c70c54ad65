"""Assignments: upsert by the vendor's id, every refusal, deletion."""

from datetime import datetime
from typing import Any

import pytest

from tests.simulators.vendor import line_item, ref
from tests.unit.simulators.conftest import School


def _minor(answer: Any) -> str:
    body = answer.json()
    info = body.get("imsx_StatusInfo", body)
    return str(info["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"])


def test_a_put_answers_201_without_a_body_and_can_be_read_back(school: School) -> None:
    answer = school.vendor.put_line_item("a", description="Chapter 3")
    assert (answer.status_code, answer.content) == (201, b"")
    read = school.vendor.get("/lineItems/a").json()["lineItem"]
    assert (read["title"], read["description"]) == ("Item a", "Chapter 3")
    assert read["dueDate"] == "2026-11-10T18:00:00.000Z"
    assert set(read["class"]) == {"href", "sourcedId", "type"}


def test_the_same_id_never_makes_a_copy(school: School) -> None:
    for title in ("One", "One", "Two"):
        assert school.vendor.put_line_item("a", title=title).status_code == 201
    assert [item["title"] for item in school.state()["lineItems"].values()] == ["Two"]
    marks = [(one["created"], one["changed"]) for one in school.commits()]
    assert marks == [(True, True), (False, False), (False, True)]


def test_date_last_modified_moves_only_with_content_and_never_back(school: School) -> None:
    seen = []
    for points in (10, 10, 20, 30):
        school.vendor.put_line_item("a", resultValueMax=points)
        seen.append(school.vendor.get("/lineItems/a").json()["lineItem"]["dateLastModified"])
    assert seen[0] == seen[1] < seen[2] < seen[3]
    assert all(len(text) == len("2026-11-10T18:00:00.000Z") for text in seen)


def test_date_last_modified_never_goes_back_with_the_clock(school: School) -> None:
    school.vendor.put_line_item("a")
    school.sim.clock(school.code, -3600)
    school.vendor.put_line_item("b")
    items = school.state()["lineItems"]
    assert items["a"]["dateLastModified"] < items["b"]["dateLastModified"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "x" * 51}, "title"),
        ({"title": "  "}, "title"),
        ({"category": ref("category", "cat-nope")}, "category"),
        ({"category": ref("category", "cat-lab")}, "category"),
        ({"class_": ref("class", "class-9")}, "class"),
        ({"school": ref("org", "school-2")}, "school"),
        ({"dueDate": "2026-09-15T18:00:00Z"}, "dueDate"),
        ({"dueDate": "2027-03-01T18:00:00Z"}, "dueDate"),
        ({"dueDate": "2026-10-17T18:00:00Z"}, "dueDate"),
        ({"dueDate": "2026-11-26T18:00:00Z"}, "dueDate"),
        ({"dueDate": "2026-11-02T18:00:00Z"}, "dueDate"),
        ({"gradingPeriod": ref("academicSession", "mp-1")}, "gradingPeriod"),
        ({"gradingPeriod": ref("academicSession", "mp-9")}, "gradingPeriod"),
        ({"resultValueMax": -1}, "resultValueMax"),
        ({"resultValueMin": 101}, "resultValueMin"),
        ({"status": "tobedeleted"}, "status"),
    ],
)
def test_the_gradebook_refuses_by_rule(school: School, changes: dict[str, Any], field: str) -> None:
    answer = school.vendor.put_line_item("a", **changes)
    assert (answer.status_code, _minor(answer)) == (422, "invaliddata")
    assert answer.json()["imsx_description"].startswith(f"{field}:")
    assert school.commits() == []


@pytest.mark.parametrize(
    "due",
    [
        "2026-10-19T05:00:00Z",  # midnight in Chicago, first day
        "2026-12-19T05:59:59Z",  # 23:59:59 in Chicago, last day
        "2026-12-18T23:59:59-06:00",
    ],
)
def test_the_day_of_a_due_date_is_that_of_the_district(school: School, due: str) -> None:
    assert school.vendor.put_line_item("a", dueDate=due).status_code == 201


@pytest.mark.parametrize("due", ["2026-10-19T04:59:59Z", "2026-12-19T06:00:00Z"])
def test_a_second_beyond_the_period_is_refused(school: School, due: str) -> None:
    assert school.vendor.put_line_item("a", dueDate=due).status_code == 422


def test_a_holiday_of_one_school_leaves_the_other_alone(school: School) -> None:
    there = {"class_": ref("class", "class-2"), "school": ref("org", "school-2")}
    assert school.vendor.put_line_item("a", dueDate="2026-11-02T18:00:00Z", **there).status_code == 201


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"title": 7}, "title"),
        ({"title": None}, "title"),
        ({"category": None}, "category"),
        ({"school": None}, "school"),
        ({"assignDate": None}, "assignDate"),
        ({"dueDate": "2026-11-10"}, "dueDate"),
        ({"dueDate": "2026-02-30T10:00:00Z"}, "dueDate"),
        ({"dueDate": "2026-11-10T18:00:00"}, "dueDate"),
        ({"class_": "class-1"}, "class"),
        ({"class_": {"sourcedId": "class-1", "type": "course"}}, "class.type"),
        ({"class_": {"sourcedId": "class-1", "name": "x"}}, "class.name"),
        ({"class_": {"href": "http://x"}}, "class.sourcedId"),
        ({"resultValueMax": "100"}, "resultValueMax"),
        ({"resultValueMax": True}, "resultValueMax"),
        ({"metadata": []}, "metadata"),
        ({"learningObjectiveSet": [{"source": "case"}]}, "learningObjectiveSet"),
        ({"sourcedId": "b"}, "sourcedId"),
    ],
)
def test_a_malformed_body_is_refused_by_field(school: School, changes: dict[str, Any], field: str) -> None:
    answer = school.vendor.call("PUT", "/lineItems/a", {"lineItem": line_item("a", **changes)})
    assert (answer.status_code, _minor(answer)) == (400, "invaliddata")
    assert answer.json()["imsx_description"].startswith(field)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"lineItem": null}', "application/json"),
        (b'{"lineItem": {}, "more": 1}', "application/json"),
        (b'{"lineItem": {"resultValueMax": NaN}}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"lineItem=1", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_not_the_envelope_is_refused(school: School, data: bytes, kind: str) -> None:
    answer = school.vendor.call("PUT", "/lineItems/a", data=data, headers={"Content-Type": kind})
    assert answer.status_code == 400


def test_what_real_consumers_leave_out_is_tolerated(school: School) -> None:
    """status and dateLastModified are left out by the builder already; here href and type too, and a body on a GET."""
    bare = {"class_": {"sourcedId": "class-1"}, "school": {"sourcedId": "school-1"}}
    assert school.vendor.put_line_item("a", **bare).status_code == 201
    full = {"status": "active", "dateLastModified": "2020-01-01T00:00:00Z"}
    assert school.vendor.put_line_item("b", **full).status_code == 201
    assert school.vendor.call("GET", "/lineItems/a", {"any": "body"}).status_code == 200


def test_the_sis_sets_date_last_modified_itself(school: School) -> None:
    school.vendor.put_line_item("a", dateLastModified="2020-01-01T00:00:00Z")
    read = school.vendor.get("/lineItems/a").json()["lineItem"]["dateLastModified"]
    assert datetime.fromisoformat(read).year > 2020


def test_the_title_cap_is_a_limit_of_the_district(school: School) -> None:
    school.sim.settings(school.code, limits={"title_cap": None, "result_value_max": 500})
    assert school.vendor.put_line_item("a", title="x" * 400).status_code == 201
    assert school.vendor.put_line_item("b", resultValueMax=501).status_code == 422
    assert school.vendor.put_line_item("c", resultValueMax=0).status_code == 201


def test_a_line_item_stays_in_its_class(school: School) -> None:
    school.vendor.put_line_item("a")
    there = {"class_": ref("class", "class-2"), "school": ref("org", "school-2")}
    assert school.vendor.put_line_item("a", **there).status_code == 422


def test_a_deleted_line_item_is_gone_with_its_scores(school: School) -> None:
    school.vendor.put_line_item("a")
    school.vendor.put_result("r", "a")
    assert school.vendor.call("DELETE", "/lineItems/a").status_code == 204
    assert school.vendor.get("/lineItems/a").status_code == 404
    assert school.vendor.get("/results/r").status_code == 404
    assert school.vendor.get("/lineItems").json() == {"lineItems": []}
    assert school.vendor.put_result("r", "a").status_code == 404
    assert school.vendor.call("DELETE", "/lineItems/a").status_code == 404


def test_the_vendor_may_bring_back_what_it_deleted(school: School) -> None:
    school.vendor.put_line_item("a")
    school.vendor.call("DELETE", "/lineItems/a")
    assert school.vendor.put_line_item("a").status_code == 201


def test_what_the_teacher_deleted_answers_404(school: School) -> None:
    school.vendor.put_line_item("a")
    school.sim.edit(school.code, "delete_line_item", lineItem="a")
    assert school.vendor.put_line_item("a").status_code == 404
    school.sim.settings(school.code, switches={"put_after_sis_delete": "recreate"})
    assert school.vendor.put_line_item("a").status_code == 201


def test_endpoints_that_are_not_ticked_answer_403(school: School) -> None:
    school.sim.settings(school.code, subscriptions=["lineItems", "putResult"])
    assert school.vendor.put_line_item("a").status_code == 201
    assert school.vendor.put_result("r", "a").status_code == 201
    assert school.vendor.get("/lineItems").status_code == 200
    assert school.vendor.get("/results/r").status_code == 403
    assert _minor(school.vendor.get("/categories")) == "forbidden"
    assert school.vendor.call("POST", "/lineItems/a/results", {"results": []}).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/lineItems/none", 404),
        ("GET", "/classes/none/lineItems", 404),
        ("GET", "/nothing", 404),
        ("GET", "", 404),
        ("POST", "/lineItems", 405),
        ("PATCH", "/lineItems/a", 405),
    ],
)
def test_unknown_addresses(school: School, method: str, path: str, status: int) -> None:
    assert school.vendor.call(method, path).status_code == status


def test_both_readings_of_the_base_answer(school: School) -> None:
    school.vendor.put_line_item("a")
    for tail, path, status in (
        ("ims/oneroster/gradebook/v1p2", "/lineItems/a", 200),
        ("ims/oneroster/rostering/v1p2", "/gradingPeriods", 200),
        ("ims/oneroster/rostering/v1p2", "/lineItems/a", 404),
        ("ims/oneroster/gradebook/v1p2", "/gradingPeriods", 404),
        ("ims/oneroster/v1p1", "/lineItems/a", 404),
    ):
        school.vendor.tail = tail
        assert school.vendor.get(path).status_code == status, (tail, path)


def test_error_bodies_can_be_wrapped(school: School) -> None:
    school.sim.settings(school.code, switches={"wrapped_errors": True})
    assert list(school.vendor.get("/lineItems/none").json()) == ["imsx_StatusInfo"]
