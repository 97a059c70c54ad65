"""Lists: paging headers, filter, sort, fields; the rostering reads."""

import re
from typing import Any

import pytest

from tests.unit.simulators.conftest import School


@pytest.fixture
def filled(opened: Any, seed: dict[str, Any]) -> School:
    """Seven line items with points 10 to 70, page size 3."""
    seed["limits"]["page_size"] = 3
    school: School = opened(seed)
    for number in range(1, 8):
        points = {"resultValueMax": number * 10, "title": f"Quiz {number}"}
        assert school.vendor.put_line_item(f"i{number}", **points).status_code == 201
    return school


def _links(header: str) -> dict[str, str]:
    return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', header)}


def _ids(school: School, query: str) -> list[str]:
    answer = school.vendor.get(f"/lineItems?{query}")
    assert answer.status_code == 200, answer.text
    return [one["sourcedId"] for one in answer.json()["lineItems"]]


def test_following_next_sees_everything_once(filled: School) -> None:
    seen: list[str] = []
    url = f"{filled.vendor.base}/{filled.vendor.tail}/lineItems?sort=title"
    rels = []
    while url:
        answer = filled.vendor.session.get(url, timeout=10)
        assert answer.headers["X-Total-Count"] == "7"
        seen += [one["sourcedId"] for one in answer.json()["lineItems"]]
        links = _links(answer.headers["Link"])
        rels.append(set(links))
        url = links.get("next", "")
    assert seen == [f"i{number}" for number in range(1, 8)]
    assert rels == [
        {"first", "last", "next"},
        {"first", "last", "next", "prev"},
        {"first", "last", "prev"},
    ]


def test_limit_and_offset(filled: School) -> None:
    assert _ids(filled, "limit=2&offset=5") == ["i6", "i7"]
    assert _ids(filled, "offset=100") == []
    filled.sim.settings(filled.code, limits={"page_max": 4})
    assert len(_ids(filled, "limit=1000")) == 4


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("title='Quiz 3'", ["i3"]),
        ("title!='Quiz 3' AND resultValueMax<='40'", ["i1", "i2", "i4"]),
        ("resultValueMax<'20' OR resultValueMax>'60'", ["i1", "i7"]),
        ("title~'z 5'", ["i5"]),
        ("class.sourcedId='class-1' AND resultValueMax>='70'", ["i7"]),
        ("class.sourcedId='class-2'", []),
        ("dueDate>'2026-11-10T17:59:59Z' AND sourcedId='i1'", ["i1"]),
        ("dateLastModified>'2999-01-01T00:00:00Z'", []),
        ("description='x'", []),
    ],
)
def test_filters(filled: School, text: str, found: list[str]) -> None:
    answer = filled.vendor.get("/lineItems", params={"filter": text, "limit": "50"})
    assert [one["sourcedId"] for one in answer.json()["lineItems"]] == found


def test_sort_is_numeric_for_numbers(filled: School) -> None:
    filled.vendor.put_line_item("i1", resultValueMax=100)
    assert _ids(filled, "sort=resultValueMax&orderBy=desc&limit=2") == ["i1", "i7"]


def test_fields_reduce_the_objects(filled: School) -> None:
    answer = filled.vendor.get("/lineItems?fields=sourcedId,title&limit=1")
    assert answer.json() == {"lineItems": [{"sourcedId": "i1", "title": "Quiz 1"}]}
    assert filled.vendor.get("/lineItems/i1?fields=title").json() == {"lineItem": {"title": "Quiz 1"}}


@pytest.mark.parametrize(
    ("query", "minor"),
    [
        ("filter=nope='1'", "invalid_filter_field"),
        ("filter=title", "invalid_filter_field"),
        ("filter=title='a' AND title='b' AND title='c'", "invalid_filter_field"),
        ("filter=metadata='1'", "invalid_filter_field"),
        ("filter=resultValueMax>'many'", "invaliddata"),
        ("fields=sourcedId,nope", "invalid_selection_field"),
        ("sort=nope", "invalid_selection_field"),
        ("orderBy=up", "invalid_selection_field"),
        ("limit=0", "invaliddata"),
        ("limit=x", "invaliddata"),
        ("offset=-1", "invaliddata"),
    ],
)
def test_bad_queries_are_refused(school: School, query: str, minor: str) -> None:
    answer = school.vendor.get(f"/lineItems?{query}")
    assert answer.status_code == 400
    assert minor in answer.text


def test_results_of_a_line_item_and_a_class(filled: School) -> None:
    filled.vendor.put_result("r1", "i1", "stu-1")
    filled.vendor.put_result("r2", "i2", "stu-2")

    def ids(path: str) -> list[str]:
        return [one["sourcedId"] for one in filled.vendor.get(path).json()["results"]]

    assert ids("/classes/class-1/lineItems/i1/results") == ["r1"]
    assert ids("/classes/class-1/results") == ["r1", "r2"]
    assert ids("/classes/class-1/students/stu-2/results") == ["r2"]
    assert ids("/classes/class-2/results") == []
    assert ids("/results?filter=student.sourcedId='stu-1'") == ["r1"]
    assert filled.vendor.get("/classes/class-2/lineItems/i1/results").status_code == 404


def test_a_class_shows_its_own_categories(school: School) -> None:
    listed = school.vendor.get("/classes/class-1/categories").json()["categories"]
    assert [one["sourcedId"] for one in listed] == ["cat-hw", "cat-test"]
    assert len(school.vendor.get("/classes/class-2/categories").json()["categories"]) == 3


def test_rostering_reads_tell_ids_and_days(school: School) -> None:
    periods = school.vendor.get("/gradingPeriods").json()["academicSessions"]
    # endDate is the first day that does not belong to the period.
    assert [(one["sourcedId"], one["endDate"]) for one in periods] == [
        ("mp-1", "2026-10-17"),
        ("mp-2", "2026-12-19"),
    ]
    terms = school.vendor.get("/schools/school-1/terms").json()["academicSessions"]
    assert [one["sourcedId"] for one in terms] == ["term-1"]
    assert school.vendor.get("/classes/class-1").json()["class"]["school"]["sourcedId"] == "school-1"
    students = school.vendor.get("/classes/class-1/students").json()["users"]
    assert [one["sourcedId"] for one in students] == ["stu-1", "stu-2", "stu-3"]
    assert [one["sourcedId"] for one in school.vendor.get("/classes/class-1/teachers").json()["users"]] == [
        "tea-1"
    ]
    inside = school.vendor.get("/schools/school-2/enrollments").json()["enrollments"]
    assert [one["user"]["sourcedId"] for one in inside] == ["stu-3", "stu-4", "tea-2"]
    assert school.vendor.get("/schools/none/enrollments").status_code == 404
