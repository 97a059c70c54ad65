"""Each fault switch does what it says, and nothing to the other districts."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from tests.simulators.faults import BadFaultError, FaultBoard
from tests.simulators.vendor import line_item, result
from tests.unit.simulators.conftest import School


def _eventually(holds: Callable[[], object], deadline: float = 10.0) -> None:
    end = time.monotonic() + deadline
    while not holds():
        assert time.monotonic() < end, "did not come true in time"
        threading.Event().wait(0.01)


def _ids(school: School) -> list[str]:
    return [str(one["sourcedId"]) for one in school.commits()]


@pytest.mark.parametrize("kind", ["drop_reply", "commit_then_drop"])
def test_commit_then_drop_commits_once_and_the_client_sees_no_reply(school: School, kind: str) -> None:
    school.fault(kind=kind, count=1)
    with pytest.raises(requests.ConnectionError):
        school.vendor.put_line_item("a")
    assert _ids(school) == ["a"]
    assert school.vendor.put_line_item("a").status_code == 201
    assert [one["changed"] for one in school.commits()] == [True, False]
    assert list(school.state()["lineItems"]) == ["a"]


def test_commit_then_500_commits(school: School) -> None:
    school.fault(kind="commit_then_500", count=1)
    assert school.vendor.put_line_item("a").status_code == 500
    assert _ids(school) == ["a"]


@pytest.mark.parametrize("then", ["drop", "hang"])
def test_late_commit_comes_after_the_client_has_given_up(school: School, then: str) -> None:
    school.fault(kind="late_commit", seconds=1.2, then=then, count=1)
    with pytest.raises((requests.ConnectionError, requests.ReadTimeout)):
        school.vendor.call("PUT", "/lineItems/a", _line_item("a"), timeout=0.2)
    assert _ids(school) == []
    _eventually(lambda: _ids(school) == ["a"])


def test_refuse_commits_nothing(school: School) -> None:
    school.fault(kind="refuse", count=1)
    with pytest.raises(requests.ConnectionError):
        school.vendor.put_line_item("a")
    assert _ids(school) == []


def test_hang_answers_nothing_until_the_client_leaves(school: School) -> None:
    school.fault(kind="hang", count=1)
    with pytest.raises(requests.ReadTimeout):
        school.vendor.call("PUT", "/lineItems/a", _line_item("a"), timeout=0.2)
    assert _ids(school) == []
    assert school.vendor.get("/lineItems").status_code == 200


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_status_is_answered_without_a_commit_as_often_as_told(school: School, status: int) -> None:
    school.fault(kind="status", status=status, count=2)
    statuses = [school.vendor.put_line_item("a").status_code for _ in range(3)]
    assert statuses == [status, status, 201]
    assert _ids(school) == ["a"]


@pytest.mark.parametrize("text", ["2", "999999", "-1", "soon"])
def test_retry_after_is_sent_as_given(school: School, text: str) -> None:
    school.fault(kind="status", status=429, retry_after=text)
    answer = school.vendor.get("/lineItems")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, text)
    assert "server_busy" in answer.text


def test_retry_after_can_be_a_date_or_missing(school: School) -> None:
    name = school.fault(kind="status", status=429, retry_after_in=60)
    at = parsedate_to_datetime(school.vendor.get("/lineItems").headers["Retry-After"]).timestamp()
    assert 50 < at - time.time() < 70
    school.sim.clear_faults(school.code, name)
    school.fault(kind="status", status=429)
    assert "Retry-After" not in school.vendor.get("/lineItems").headers


def test_drip_sends_a_right_body_slowly(school: School) -> None:
    expected = school.vendor.get("/categories")
    school.fault(kind="drip", per_second=2000)
    begun = time.monotonic()
    answer = school.vendor.get("/categories")
    assert answer.json() == expected.json()
    assert time.monotonic() - begun >= 0.9 * len(expected.content) / 2000


def test_drip_keeps_each_wait_for_a_byte_short(school: School) -> None:
    """A timeout per read never fires: only a deadline over the whole body helps."""
    school.fault(kind="drip", per_second=20)
    with school.vendor.get("/categories", timeout=1.0, stream=True) as answer:
        begun, got = time.monotonic(), b""
        while time.monotonic() - begun < 1.5:
            got += answer.raw.read(1)
        assert 1 < len(got) < int(answer.headers["Content-Length"])


def test_latency_delays_and_goes_on(school: School) -> None:
    school.fault(kind="latency", seconds=0.2, jitter=0.1)
    begun = time.monotonic()
    assert school.vendor.put_line_item("a").status_code == 201
    assert time.monotonic() - begun >= 0.2


def test_search_lag_hides_changes_from_lists_only(school: School) -> None:
    school.vendor.put_line_item("old", title="Before")
    school.fault(kind="search_lag", seconds=1.5)
    school.vendor.put_line_item("new")
    school.vendor.put_line_item("old", title="After")

    def listed() -> list[tuple[str, str]]:
        items = school.vendor.get("/classes/class-1/lineItems").json()["lineItems"]
        return [(one["sourcedId"], one["title"]) for one in items]

    assert listed() == [("old", "Before")]
    assert school.vendor.get("/lineItems/new").status_code == 200
    _eventually(lambda: listed() == [("old", "After"), ("new", "Item new")])
    school.vendor.call("DELETE", "/lineItems/old")
    assert "old" in [name for name, _ in listed()]
    _eventually(lambda: [name for name, _ in listed()] == ["new"])


def test_garbage_is_html_with_200(school: School) -> None:
    school.fault(kind="garbage", count=1)
    answer = school.vendor.put_line_item("a")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    assert _ids(school) == []


def test_a_body_can_be_too_large(school: School) -> None:
    school.fault(kind="body_too_large", bytes=3_000_000)
    answer = school.vendor.get("/lineItems")
    assert len(answer.content) == 3_000_000
    assert isinstance(answer.json(), str)


def test_redirect_points_elsewhere(school: School) -> None:
    school.fault(kind="redirect", location="http://127.0.0.1:9/elsewhere")
    answer = school.vendor.put_line_item("a")
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:9/elsewhere")
    assert _ids(school) == []


def test_no_id_in_reply_commits_and_tells_no_ids(school: School) -> None:
    school.vendor.put_line_item("a")
    school.fault(kind="no_id_in_reply")
    answer = school.vendor.call("POST", "/lineItems/a/results", {"results": [result("x", "a")]})
    assert (answer.status_code, answer.json()) == (201, {"sourcedIdPairs": []})
    assert len(school.state()["results"]) == 1


def test_two_pages_split_every_list(school: School) -> None:
    for name in "abcde":
        school.vendor.put_line_item(name)
    school.fault(kind="two_pages")
    pages = [school.vendor.get(f"/lineItems?limit=100&offset={at}").json()["lineItems"] for at in (0, 3)]
    assert [len(page) for page in pages] == [3, 2]


def test_a_401_storm_and_a_forbidden_path(school: School) -> None:
    school.fault(kind="unauthorized", method="GET")
    school.fault(kind="forbid", path="/results/", method="PUT")
    assert school.vendor.get("/lineItems").status_code == 401
    assert school.vendor.put_line_item("a").status_code == 201
    assert school.vendor.put_result("r", "a").status_code == 403
    assert [rule["hits"] for rule in school.sim.faults(school.code)] == [1, 1]


def test_the_token_address_can_fail_alone(school: School) -> None:
    school.fault(kind="status", status=503, path="^/token$")
    assert school.vendor.get("/lineItems").status_code == 200
    with pytest.raises(requests.HTTPError):
        school.vendor.sign_in()


def test_a_fault_stays_in_its_district(opened: Any, seed: dict[str, Any], school: School) -> None:
    school.fault(kind="status", status=500)
    other = opened(seed | {"code": f"{seed['code']}x"})
    assert other.vendor.get("/lineItems").status_code == 200
    school.sim.clear_faults(school.code)
    assert school.vendor.get("/lineItems").status_code == 200


def test_chance_is_seeded() -> None:
    def hits(seed: int) -> list[bool]:
        board = FaultBoard()
        board.set({"kind": "status", "probability": 0.5, "seed": seed})
        return [board.draw("GET", "/").act is not None for _ in range(200)]

    assert hits(7) == hits(7) != hits(8)
    assert 60 < sum(hits(7)) < 140


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "earthquake"},
        {"kind": "latency", "second": 1},
        {"kind": "status", "status": "503"},
        {"kind": "hang", "path": "("},
        {"kind": "drip", "per_second": 0},
        {"kind": "status", "status": 99},
        {"kind": "latency", "seconds": -1},
    ],
)
def test_a_rule_without_sense_is_refused(rule: dict[str, object]) -> None:
    with pytest.raises(BadFaultError):
        FaultBoard().set(rule)


def test_above_the_concurrency_cap_is_429(school: School) -> None:
    school.sim.settings(school.code, limits={"max_concurrent": 2, "retry_after": "3"})
    school.fault(kind="latency", seconds=1.0)
    school.sim.reset_counters(school.code)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(school.vendor.put_line_item, "abcde"))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 429, 429, 429]
    assert {answer.headers.get("Retry-After") for answer in answers} == {None, "3"}
    counters = school.sim.counters(school.code)
    assert counters["refused_by_cap"] == 3
    assert counters["max_concurrent"] == 3, "a refused call is gone at once"


def test_above_the_rate_is_429(school: School) -> None:
    school.sim.settings(school.code, limits={"requests_per_second": 3})
    statuses = [school.vendor.get("/lineItems").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    _eventually(lambda: school.vendor.get("/lineItems").status_code == 200)


def test_new_counters_do_not_count_calls_that_began_before(school: School) -> None:
    school.fault(kind="latency", seconds=0.5, count=1)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(school.vendor.put_line_item, "a")
        _eventually(lambda: school.sim.faults(school.code)[0]["hits"] == 1)
        school.sim.reset_counters(school.code)
        assert call.result().status_code == 201
    assert school.vendor.get("/lineItems").status_code == 200
    counters = school.sim.counters(school.code)
    assert (counters["total"], counters["max_concurrent"]) == (1, 1)


def test_counters_tell_calls_by_method_and_address(school: School) -> None:
    school.sim.reset_counters(school.code)
    school.vendor.put_line_item("a")
    school.vendor.put_line_item("b")
    school.vendor.get("/lineItems/a")
    school.vendor.get("/classes/class-1/lineItems/a/results")
    school.vendor.get("/nowhere")
    counters = school.sim.counters(school.code)
    assert {(one["method"], one["template"]): one["count"] for one in counters["calls"]} == {
        ("PUT", "/lineItems/{id}"): 2,
        ("GET", "/lineItems/{id}"): 1,
        ("GET", "/classes/{c}/lineItems/{l}/results"): 1,
        ("GET", "(unknown)"): 1,
    }
    assert counters["statuses"] == {"200": 2, "201": 2, "404": 1}
    assert counters["total"] == 5
    assert counters["max_concurrent"] == 1


def test_a_dropped_client_does_not_stay_counted(school: School) -> None:
    """A client that hangs up in the middle of a body leaves no call behind that would fill the cap."""
    school.sim.settings(school.code, limits={"max_concurrent": 1})
    host, _, port = school.sim.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as wire:
        address = f"/plus360api/v1/{school.code}/ims/oneroster/v1p2/lineItems/a"
        wire.sendall(f"PUT {address} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode())
        _eventually(lambda: school.vendor.get("/lineItems").status_code == 429)
    _eventually(lambda: school.vendor.get("/lineItems").status_code == 200)
    assert school.sim.counters(school.code)["statuses"]["499"] == 1


def _line_item(name: str) -> dict[str, Any]:
    return {"lineItem": line_item(name)}
