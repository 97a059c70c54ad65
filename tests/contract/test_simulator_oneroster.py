"""Every reply of the simulator is held to 1EdTech's own OpenAPI files of OneRoster 1.2.

Replies with ``fields`` are left out: the standard lets them lack fields that its schemas require.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulators.client import Simulator
from tests.simulators.vendor import Vendor, line_item, ref, result
from tests.support.oneroster_standard import Standard

EXAMPLE = Path(__file__).parents[1] / "simulators" / "examples" / "district.json"


@pytest.fixture(scope="module")
def standard(third_party: Path) -> Standard:
    return Standard(third_party / "1edtech")


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(seed=EXAMPLE) as running:
        yield running


@pytest.fixture(scope="module")
def vendor(sim: Simulator) -> Iterator[Vendor]:
    """An LMS whose gradebook holds an item and scores with every field that there is."""
    made = Vendor(sim.base("abc"), ("demo-client", "demo-client-secret"))
    made.tail = "ims/oneroster/gradebook/v1p2"
    full = {
        "description": "Chapter 3",
        "gradingPeriod": ref("academicSession", "mp-2"),
        "academicSession": ref("academicSession", "term-1"),
        "learningObjectiveSet": [{"source": "case", "learningObjectiveIds": ["o1"]}],
        "metadata": {"marker": "m1"},
    }
    assert made.put_line_item("full", **full).status_code == 201
    assert made.put_line_item("bare", resultValueMin=None, resultValueMax=None).status_code == 201
    flags = {"late": "true", "missing": "false", "incomplete": "true", "inProgress": "false"}
    rest = {
        "comment": "c",
        "textScore": "INC",
        "class_": ref("class", "class-1"),
        "metadata": {"m": 1},
        "learningObjectiveSet": [
            {"source": "case", "learningObjectiveResults": [{"learningObjectiveId": "o1", "score": 1}]}
        ],
    }
    assert made.put_result("r1", "full", "stu-1", **flags, **rest).status_code == 201
    assert made.put_result("r2", "full", "stu-2", score=None, scoreStatus="exempt").status_code == 201
    yield made
    made.close()


def _held(standard: Standard, method: str, path: str, answer: requests.Response) -> None:
    if answer.content:
        assert answer.headers["Content-Type"].startswith("application/json")
    assert standard.problems(method, path, answer.status_code, answer.content) == []


@pytest.mark.parametrize(
    "path",
    [
        "/categories",
        "/categories/cat-hw",
        "/categories/cat-lab",
        "/lineItems",
        "/lineItems/full",
        "/lineItems/bare",
        "/lineItems?filter=title='none'",
        "/lineItems?limit=1&sort=title&orderBy=desc",
        "/results",
        "/results/r1",
        "/results/r2",
        "/classes/class-1/categories",
        "/classes/class-1/lineItems",
        "/classes/class-1/results",
        "/classes/class-1/lineItems/full/results",
        "/classes/class-1/students/stu-1/results",
    ],
)
def test_gradebook_reads(standard: Standard, vendor: Vendor, path: str) -> None:
    answer = vendor.get(path)
    assert answer.status_code == 200
    _held(standard, "GET", path, answer)


@pytest.mark.parametrize(
    "path",
    [
        "/gradingPeriods",
        "/gradingPeriods/mp-1",
        "/schools/school-1/terms",
        "/classes/class-1",
        "/classes/class-1/students",
        "/classes/class-1/teachers",
        "/schools/school-1/enrollments",
        "/enrollments",
        "/academicSessions",
        "/academicSessions/mp-2",
        "/terms",
        "/terms/term-1",
        "/terms/term-1/gradingPeriods",
        "/schools",
        "/schools/school-1",
        "/schools/school-1/classes",
        "/classes",
        "/students",
        "/teachers",
        "/classes/none",
        "/terms/none",
        "/academicSessions/none",
        "/schools/none",
    ],
)
def test_rostering_reads(standard: Standard, vendor: Vendor, path: str) -> None:
    answer = requests.get(
        f"{vendor.base}/ims/oneroster/rostering/v1p2{path}", headers=vendor.session.headers, timeout=10
    )
    assert answer.status_code == (404 if path.endswith("none") else 200)
    _held(standard, "GET", path, answer)


WRITES: list[tuple[str, str, object, int]] = [
    ("PUT", "/lineItems/w", {"lineItem": line_item("w")}, 201),
    ("PUT", "/lineItems/w", {"lineItem": line_item("w")}, 201),
    ("PUT", "/lineItems/w", {"lineItem": line_item("w", title="x" * 51)}, 422),
    ("PUT", "/lineItems/w", {"lineItem": line_item("w", colour="red")}, 400),
    ("PUT", "/results/w1", {"result": result("w1", "full", "stu-3")}, 201),
    ("PUT", "/results/w2", {"result": result("w2", "none")}, 404),
    ("PUT", "/categories/cat-w", {"category": {"sourcedId": "cat-w", "title": "W"}}, 201),
    ("POST", "/classes/class-1/lineItems", {"lineItems": [line_item("p1"), line_item("p2", title=" ")]}, 201),
    ("POST", "/schools/school-1/lineItems", {"lineItems": [line_item("p3")]}, 201),
    (
        "POST",
        "/lineItems/full/results",
        {"results": [result("x", "full"), result("y", "full", "nobody")]},
        201,
    ),
    ("POST", "/lineItems/full/results", {"results": [result("y", "full", "nobody")]}, 422),
    ("POST", "/lineItems/full/results", {"results": []}, 201),
    ("DELETE", "/results/w1", None, 204),
    ("DELETE", "/lineItems/w", None, 204),
    ("DELETE", "/lineItems/w", None, 404),
    ("DELETE", "/categories/cat-w", None, 204),
    ("DELETE", "/categories/cat-hw", None, 422),
    ("GET", "/lineItems/none", None, 404),
    ("GET", "/lineItems?filter=x='1'", None, 400),
    ("GET", "/lineItems?fields=x", None, 400),
    ("GET", "/lineItems?sort=x", None, 400),
    ("GET", "/lineItems?limit=0", None, 400),
]


@pytest.mark.parametrize("wrapped", [False, True])
def test_writes_and_refusals(standard: Standard, sim: Simulator, vendor: Vendor, *, wrapped: bool) -> None:
    sim.settings("abc", switches={"wrapped_errors": wrapped})
    for method, path, body, status in WRITES:
        answer = vendor.call(method, path, body)
        assert answer.status_code == status, (method, path, answer.text)
        content = answer.content
        if wrapped and status >= 400:
            content = json.dumps(answer.json()["imsx_StatusInfo"]).encode()
        assert standard.problems(method, path, status, content) == [], (method, path)
    sim.settings("abc", switches={"wrapped_errors": False})


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"kind": "unauthorized"}, 401),
        ({"kind": "forbid"}, 403),
        ({"kind": "status", "status": 429, "retry_after": "1"}, 429),
        ({"kind": "status", "status": 500}, 500),
        ({"kind": "status", "status": 503}, 503),
        ({"kind": "commit_then_500"}, 500),
    ],
)
def test_errors_of_faults(
    standard: Standard, sim: Simulator, vendor: Vendor, rule: dict[str, Any], status: int
) -> None:
    sim.fault("abc", **rule, count=1)
    answer = vendor.put_line_item("full")
    assert answer.status_code == status
    _held(standard, "PUT", "/lineItems/full", answer)
    sim.clear_faults("abc")


def test_refused_sign_in_and_missing_rights(standard: Standard, sim: Simulator, vendor: Vendor) -> None:
    answer = vendor.get("/lineItems", headers={"Authorization": "Bearer nobody"})
    assert answer.status_code == 401
    _held(standard, "GET", "/lineItems", answer)
    sim.settings("abc", subscriptions=["results"])
    answer = vendor.get("/lineItems")
    assert answer.status_code == 403
    _held(standard, "GET", "/lineItems", answer)
    sim.settings("abc", subscriptions=None)


def _without(body: dict[str, Any], *path: str) -> bytes:
    broken = json.loads(json.dumps(body))
    inner = broken
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return json.dumps(broken).encode()


def test_a_broken_reply_is_reported(standard: Standard, vendor: Vendor) -> None:
    """The negative control: the check above can fail."""
    path = "/lineItems/full"
    body = vendor.get(path).json()
    assert standard.problems("GET", path, 200, json.dumps(body).encode()) == []
    for missing in (
        ("lineItem", "dueDate"),
        ("lineItem", "class", "href"),
        ("lineItem", "status"),
        ("lineItem",),
    ):
        assert standard.problems("GET", path, 200, _without(body, *missing))
    for field, value in (
        ("dueDate", "2026-11-10"),
        ("colour", "red"),
        ("resultValueMax", "100"),
        ("status", "new"),
    ):
        broken = {"lineItem": body["lineItem"] | {field: value}}
        assert standard.problems("GET", path, 200, json.dumps(broken).encode()), field
    assert standard.problems("PUT", path, 201, b"{}")
    assert standard.problems("GET", path, 404, b'{"error": "gone"}')
    assert standard.problems("GET", path, 404, b'{"imsx_StatusInfo": {}}')
