"""The simulated Infinite Campus over HTTP: sign-in, addresses, rights, faults, 1EdTech's files (sis-apis 4)."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.contract.conftest import EXAMPLE
from tests.simulators.client import Simulator, SimulatorFailedError
from tests.simulators.infinite_campus.partner import CLIENT, ROSTER12, TOKEN, V11, V12, VENDOR, Campus, item11
from tests.simulators.oneroster.routes import KNOWN_SCOPES
from tests.simulators.vendor import Vendor, line_item, result
from tests.support.oneroster_standard import Standard
from tests.support.processes import until


@pytest.fixture(scope="module")
def standard(third_party: Path) -> Standard:
    return Standard(third_party / "1edtech")


# Sign-in


def test_the_token_address_needs_an_app_name(campus: Campus) -> None:
    form = {"grant_type": "client_credentials", "scope": min(KNOWN_SCOPES)}
    address = f"{campus.new.base}/campus/oauth2/token"
    assert requests.post(address, form, auth=CLIENT, timeout=10).status_code == 400
    assert requests.post(f"{address}?appName=x", form, auth=CLIENT, timeout=10).status_code == 200
    assert requests.post(f"{address}?appName=x", form, auth=("a", "b"), timeout=10).status_code == 401
    campus.sim.settings(campus.code, auth={"vendor": {"app_name": "sync"}})
    assert requests.post(f"{address}?appName=x", form, auth=CLIENT, timeout=10).status_code == 400
    assert requests.post(f"{address}?appName=sync", form, auth=CLIENT, timeout=10).status_code == 200


@pytest.mark.parametrize("path", ["/categories", "/lineItems", "/results", "/lineItems/none"])
@pytest.mark.parametrize("given", [None, "demo-vendor:wrong", "demo-vendor"])
def test_gradebook_calls_need_the_vendor_header(campus: Campus, path: str, given: str | None) -> None:
    for vendor in (campus.new, campus.old):
        answer = vendor.get(path, headers={"x-vendor-authorization": given})
        assert answer.status_code == 401
        assert "x-vendor-authorization" in answer.text


def test_rostering_does_not_need_the_vendor_header(campus: Campus) -> None:
    campus.new.tail = ROSTER12
    no_header = {"headers": {"x-vendor-authorization": None}}
    assert campus.new.get("/terms", **no_header).status_code == 200
    assert campus.old.get("/terms", **no_header).status_code == 200


def test_a_vendor_secret_ages_out_and_is_renewed(campus: Campus) -> None:
    campus.sim.settings(campus.code, auth={"vendor": {"expires_on": "2020-01-01"}})
    assert campus.new.get("/lineItems").status_code == 401
    renewed = {"expires_on": None, "secret": "next"}
    campus.sim.settings(campus.code, auth={"vendor": renewed})
    assert campus.new.get("/lineItems").status_code == 401
    fresh = {"x-vendor-authorization": "demo-vendor:next"}
    assert campus.new.get("/lineItems", headers=fresh).status_code == 200


def test_an_expired_token_is_401_and_scopes_belong_to_their_version(campus: Campus) -> None:
    campus.sim.fault(campus.code, kind="token_expire_now")
    assert campus.new.get("/lineItems").status_code == 401
    campus.new.sign_in()
    assert campus.new.get("/lineItems").status_code == 200
    campus.new.tail = V11
    answer = campus.new.get("/lineItems")
    assert (answer.status_code, answer.json()[0]["imsx_codeMinor"]) == (403, "forbidden")


def test_a_district_without_a_client_lets_nobody_in(campus: Campus) -> None:
    campus.sim.seed({"code": campus.code, "auth": {}, "schools": []})
    form = {"grant_type": "client_credentials"}
    assert requests.post(f"{campus.new.base}/{TOKEN}", form, auth=CLIENT, timeout=10).status_code == 401
    assert campus.new.get("/lineItems").status_code == 401


def test_what_a_seed_may_say_is_checked(campus: Campus) -> None:
    for settings in (
        {"auth": {"vendor": {"expires_on": "soon"}}},
        {"auth": {"vendor": {"colour": "red"}}},
        {"auth": {"oauth2": {"client_id": "other"}}},
        {"limits": {"peak": "morning"}},
        {"switches": {"campus_deletes": "no"}},
    ):
        with pytest.raises(SimulatorFailedError):
            campus.sim.settings(campus.code, **settings)


# Addresses


def test_both_spellings_and_older_bases_of_1p1(campus: Campus) -> None:
    assert campus.put11("a").status_code == 201
    for tail in (V11, "campus/api/oneroster/v1p1", "campus/oneroster/learningdata/v1"):
        campus.old.tail = tail
        for words in ("lineItems", "lineitems"):
            answer = campus.old.get(f"/{words}/a")
            assert answer.status_code == 200, (tail, words)
            assert answer.json()["lineItem"]["class"]["href"] == (f"{campus.old.base}/{tail}/classes/class-1")
    assert campus.old.call("PUT", "/lineitems/b", {"lineItem": item11("b")}).status_code == 201
    assert campus.old.call("DELETE", "/lineitems/b").status_code == 204
    assert campus.new.get("/lineitems").status_code == 404


def test_newer_hosts_have_the_app_in_the_address(campus: Campus) -> None:
    campus.new.tail = "campus/api/oneroster/v1p2/sync/ims/oneroster/gradebook/v1p2"
    assert campus.put("a").status_code == 201
    found = campus.new.get("/lineItems/a").json()["lineItem"]
    assert found["category"]["href"].startswith(f"{campus.new.base}/{campus.new.tail}/categories/")
    assert "/sync/ims/oneroster/rostering/v1p2/classes/" in found["class"]["href"]
    campus.sim.settings(campus.code, auth={"vendor": {"app_name": "sync"}})


def test_only_a_term_has_grading_periods(campus: Campus) -> None:
    found = campus.old.get("/terms/term-1/gradingPeriods").json()["academicSessions"]
    assert [one["sourcedId"] for one in found] == ["mp-1", "mp-2"]
    assert campus.old.get("/terms/mp-2/gradingPeriods").status_code == 404
    assert campus.old.get("/terms/none/gradingPeriods").status_code == 404


def test_a_lone_district_answers_at_the_root() -> None:
    with Simulator("infinite_campus", seed=EXAMPLE) as alone:
        vendor = Vendor(alone.url, CLIENT, token=TOKEN, tail=V12, headers=VENDOR)
        assert vendor.put_line_item("a").status_code == 201
        vendor.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/classes/class-1/lineItems", 405),
        ("POST", "/lineItems/a/results", 404),
        ("POST", "/schools/school-1/lineItems", 404),
        ("PUT", "/categories/c", 405),
        ("DELETE", "/categories/cat-hw", 405),
    ],
)
def test_what_campus_does_not_have(campus: Campus, method: str, path: str, status: int) -> None:
    assert campus.put("a").status_code == 201
    for vendor in (campus.new, campus.old):
        assert vendor.call(method, path, {}).status_code == status
    assert len(campus.book()["items"]) == 1


# Rights


def test_rights_follow_the_teacher(campus: Campus) -> None:
    campus.put("a")
    campus.new.put_result("r", "a")
    campus.switch(campus_no_grading=["tea-1"])
    assert campus.put("a").status_code == 403
    assert campus.put11("b").status_code == 403
    assert campus.new.put_result("r", "a").status_code == 403
    assert campus.new.call("DELETE", "/lineItems/a").status_code == 403
    assert campus.new.call("DELETE", "/results/r").status_code == 403
    assert campus.new.get("/lineItems/a").status_code == 200


def test_grade_book_sync_school_scope_and_single_rights(campus: Campus) -> None:
    campus.switch(campus_gradebook_sync=False)
    assert campus.new.get("/categories").status_code == 403
    assert campus.old.get("/terms").status_code == 200
    campus.switch(campus_gradebook_sync=True, campus_schools=["school-2"])
    assert campus.put("a").status_code == 403
    campus.switch(campus_schools=None)
    campus.sim.settings(campus.code, denied=["putLineItem", "terms"])
    answer = campus.put("a")
    assert (answer.status_code, "putLineItem" in answer.text) == (403, True)
    assert campus.new.get("/lineItems").status_code == 200
    assert campus.old.get("/terms").status_code == 403


def test_deletes(campus: Campus) -> None:
    campus.put("a")
    campus.new.put_result("r", "a")
    campus.switch(campus_deletes=False)
    assert campus.new.call("DELETE", "/lineItems/a").status_code == 405
    campus.switch(campus_deletes=True)
    assert campus.new.call("DELETE", "/results/r").status_code == 204
    assert campus.new.call("DELETE", "/lineItems/a").status_code == 204
    assert campus.new.call("DELETE", "/lineItems/a").status_code == 404


# Lists, faults, edits, oracle


def test_page_size_is_capped_at_fifty_thousand(campus: Campus) -> None:
    for name in "abc":
        campus.put(name)
    answer = campus.new.get("/lineItems?limit=60000")
    assert "limit=50000" in answer.headers["Link"]
    answer = campus.new.get("/lineItems?limit=2")
    assert (answer.headers["X-Total-Count"], len(answer.json()["lineItems"])) == ("3", 2)
    assert 'rel="next"' in answer.headers["Link"]
    campus.sim.fault(campus.code, kind="two_pages")
    assert len(campus.old.get("/lineItems?limit=100").json()["lineItems"]) == 2


def test_a_list_can_be_filtered_by_change(campus: Campus) -> None:
    campus.put("a")
    stamp = campus.new.get("/lineItems/a").json()["lineItem"]["dateLastModified"]
    campus.put("b")
    campus.sim.edit(campus.code, "change_line_item", lineItem="a", set={"title": "By hand"})
    found = campus.new.get("/lineItems", params={"filter": f"dateLastModified>'{stamp}'"}).json()["lineItems"]
    assert {(one["sourcedId"], one["title"]) for one in found} == {("a", "By hand"), ("b", "Item b")}


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"kind": "unauthorized"}, 401),
        ({"kind": "forbid"}, 403),
        ({"kind": "status", "status": 429, "retry_after": "2"}, 429),
        ({"kind": "status"}, 503),
        ({"kind": "commit_then_500"}, 500),
    ],
)
def test_errors_of_faults_in_both_versions(campus: Campus, rule: dict[str, Any], status: int) -> None:
    campus.sim.fault(campus.code, **rule)
    new, old = campus.put("a"), campus.put11("b")
    assert (new.status_code, old.status_code) == (status, status)
    assert new.json()["imsx_codeMajor"] == old.json()[0]["imsx_codeMajor"] == "failure"
    assert len(campus.book()["items"]) == (2 if rule["kind"] == "commit_then_500" else 0)


def test_a_lost_reply_makes_no_copy(campus: Campus) -> None:
    campus.sim.fault(campus.code, kind="commit_then_drop", count=1)
    with pytest.raises(requests.ConnectionError):
        campus.put("a")
    assert campus.put("a").status_code == 201
    commits = campus.sim.commits(district=campus.code)
    assert [(one["sourcedId"], one["created"]) for one in commits] == [("a", True), ("a", False)]


def test_late_commit_and_search_lag(campus: Campus) -> None:
    campus.sim.fault(campus.code, kind="late_commit", seconds=0.2, count=1)
    with pytest.raises(requests.ConnectionError):
        campus.put("a")
    until(lambda: bool(campus.book()["items"]), seconds=10, what="the late commit")
    campus.sim.fault(campus.code, kind="search_lag", seconds=30)
    campus.put("b")
    names = [one["sourcedId"] for one in campus.new.get("/lineItems").json()["lineItems"]]
    assert names == ["a"]
    assert campus.new.get("/lineItems/b").status_code == 200


def test_calls_are_counted(campus: Campus) -> None:
    campus.sim.reset_counters(campus.code)
    campus.put("a")
    campus.put11("b")
    found = campus.sim.counters(campus.code)
    calls = {(one["method"], one["template"]): one["count"] for one in found["calls"]}
    assert calls == {("PUT", "/lineItems/{id}"): 2}
    assert found["max_concurrent"] == 1


@pytest.mark.parametrize(
    ("peak", "peak_cap", "statuses"), [("00:00-24:00", 1, [201, 429]), ("24:00-24:00", 1, [201, 201])]
)
def test_concurrency_is_capped_by_the_hour(
    campus: Campus, peak: str, peak_cap: int, statuses: list[int]
) -> None:
    campus.sim.settings(campus.code, limits={"max_concurrent": 5, "peak": peak, "peak_concurrent": peak_cap})
    campus.sim.fault(campus.code, kind="latency", seconds=0.5)
    with ThreadPoolExecutor(2) as threads:
        found = sorted(answer.status_code for answer in threads.map(campus.put, ("a", "b")))
    assert found == statuses


def test_an_item_deleted_in_campus_is_404(campus: Campus) -> None:
    campus.put("a")
    campus.sim.edit(campus.code, "delete_line_item", lineItem="a")
    assert campus.put("a").status_code == 404
    assert campus.new.put_result("r", "a").status_code == 404
    assert campus.new.get("/lineItems/a").status_code == 404


# The standard


READS = ["/categories", "/lineItems", "/lineItems/a", "/results", "/results/r", "/classes/class-1/lineItems"]
ROSTER_READS = ["/terms", "/gradingPeriods", "/academicSessions", "/classes", "/classes/class-1/students"]


def test_replies_of_1p2_are_valid(standard: Standard, campus: Campus) -> None:
    def held(method: str, path: str, body: object = None) -> int:
        answer = campus.new.call(method, path, body)
        assert standard.problems(method, path, answer.status_code, answer.content) == [], path
        return answer.status_code

    assert held("PUT", "/lineItems/a", {"lineItem": line_item("a")}) == 201
    assert held("PUT", "/results/r", {"result": result("r", "a", late="true")}) == 201
    assert {held("GET", path) for path in READS} == {200}
    assert held("PUT", "/lineItems/a", {"lineItem": line_item("a", title="x" * 51)}) == 422
    assert held("PUT", "/results/r", {"result": result("r", "a", "nobody")}) == 404
    assert held("GET", "/lineItems/none") == 404
    campus.switch(campus_gradebook_sync=False)
    assert held("GET", "/lineItems") == 403
    campus.new.tail = ROSTER12
    assert {held("GET", path) for path in ROSTER_READS} == {200}


def test_real_consumers_are_tolerated(campus: Campus) -> None:
    bare = line_item("a")
    for key in ("class", "school", "category"):
        bare[key] = {"sourcedId": bare[key]["sourcedId"]}
    assert campus.new.call("PUT", "/lineItems/a", {"lineItem": bare}).status_code == 201
    assert campus.new.put_result("r", "a", scoreDate="2026-11-11T10:00:00Z").status_code == 201
    assert campus.new.call("GET", "/lineItems/a", {"anything": 1}).status_code == 200
