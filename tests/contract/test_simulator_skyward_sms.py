"""The simulated Skyward SMS 2.0 over HTTP: its token, its OneRoster door, its rules (sis-apis 3A and 3B)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulators.client import Simulator
from tests.simulators.vendor import line_item, ref, result
from tests.support.oneroster_standard import Standard
from tests.support.processes import until

EXAMPLE = Path(__file__).parents[1] / "simulators" / "examples" / "district.json"
KEY = ("demo-client", "demo-client-secret")
V12 = "ims/oneroster/gradebook/v1p2"
V11 = "ims/oneroster/v1p1"
_codes = count(1)


@dataclass(frozen=True)
class Sms:
    """A district of its own, and an LMS that is signed in."""

    sim: Simulator
    code: str
    session: requests.Session

    @property
    def base(self) -> str:
        return self.sim.base(self.code)

    def call(self, method: str, path: str, body: object = None, tail: str = V12) -> requests.Response:
        return self.session.request(method, f"{self.base}/{tail}{path}", json=body, timeout=10)

    def put(self, name: str, **changes: Any) -> requests.Response:
        return self.call("PUT", f"/lineItems/{name}", {"lineItem": line_item(name, **changes)})

    def score(self, name: str, item: str, student: str = "stu-1", **changes: Any) -> requests.Response:
        return self.call("PUT", f"/results/{name}", {"result": result(name, item, student, **changes)})

    def book(self) -> dict[str, Any]:
        return self.sim.gradebook(self.code)

    def switch(self, **switches: Any) -> None:
        self.sim.settings(self.code, switches=switches)


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator("skyward_sms") as running:
        yield running


def form(username: str = KEY[0], password: str = KEY[1], grant: str = "password") -> dict[str, str]:
    return {"grant_type": grant, "username": username, "password": password}


@pytest.fixture
def sms(sim: Simulator) -> Iterator[Sms]:
    district = json.loads(EXAMPLE.read_text()) | {"code": f"sky{next(_codes)}"}
    district["categories"].append({"sourcedId": "cat-hw2", "title": "Homework"})
    district["classes"][0]["categories"].append("cat-hw2")
    district["codes"] = {"cat-hw": "HW", "cat-hw2": "HW2"}
    sim.seed(district)
    session = requests.Session()
    session.trust_env = False
    token = session.post(f"{sim.base(district['code'])}/token", form(), auth=KEY, timeout=10).json()
    session.headers["Authorization"] = f"Bearer {token['access_token']}"
    yield Sms(sim, district["code"], session)
    session.close()


# Sign-in


@pytest.mark.parametrize(
    ("body", "auth", "status"),
    [
        (form(), KEY, 200),
        (form(), None, 401),
        (form(), ("demo-client", "wrong"), 401),
        (form(password="wrong"), KEY, 400),
        (form(username="wrong"), KEY, 400),
        (form(grant="client_credentials"), KEY, 400),
    ],
)
def test_the_token_takes_key_and_secret_twice(
    sms: Sms, body: dict[str, str], auth: tuple[str, str] | None, status: int
) -> None:
    assert requests.post(f"{sms.base}/token", body, auth=auth, timeout=10).status_code == status


def test_calls_need_a_token_that_lives(sms: Sms) -> None:
    assert requests.get(f"{sms.base}/{V12}/categories", timeout=10).status_code == 401
    assert sms.call("GET", "/categories").status_code == 200
    sms.sim.fault(sms.code, kind="token_expire_now")
    assert sms.call("GET", "/categories").status_code == 401
    assert sms.call("GET", "/schools", tail="v1").status_code == 401


def test_a_district_without_a_key_lets_nobody_in(sms: Sms) -> None:
    sms.sim.seed({"code": sms.code, "auth": {}, "schools": []})
    assert requests.post(f"{sms.base}/token", form(), auth=KEY, timeout=10).status_code == 401
    assert sms.call("GET", "/categories").status_code == 401


def test_a_right_is_taken_away_by_name(sms: Sms) -> None:
    sms.sim.settings(sms.code, denied=["putResult"])
    sms.put("a")
    answer = sms.score("r", "a")
    assert (answer.status_code, "putResult" in answer.text) == (403, True)


# Rules


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"title": "x" * 49}, 201, ""),
        ({"title": "x" * 50}, 422, "title: name too long"),
        ({"title": " "}, 422, "title: must not be blank"),
        ({"resultValueMax": 10.5}, 422, "resultValueMax: must be a whole number"),
        ({"resultValueMax": 10.0}, 201, ""),
        ({"resultValueMax": None}, 422, "resultValueMax: is missing: points only"),
        ({"dueDate": None}, 400, "dueDate: is missing"),
        ({"dueDate": "2026-09-15T18:00:00Z"}, 422, "dueDate: 2026-09-15 is in no open grading period"),
        ({"category": ref("category", "cat-lab")}, 422, "category: invalid assignment group"),
        ({"category": ref("category", "Homework")}, 422, "category: invalid assignment group"),
        ({"dueDate": "2026-11-26T18:00:00Z"}, 201, ""),
    ],
)
def test_assignments_by_the_rules(sms: Sms, changes: dict[str, Any], status: int, said: str) -> None:
    answer = sms.put("a", **changes)
    assert answer.status_code == status
    if said:
        assert answer.json()["imsx_description"].startswith(said)
    assert len(sms.book()["items"]) == (status == 201)


def test_scores_are_points_with_decimals(sms: Sms) -> None:
    sms.put("a")
    assert sms.score("r", "a", score=88.25).status_code == 201
    assert sms.score("r", "a", textScore="INC").status_code == 422
    assert sms.score("r", "a", student="stu-9").status_code == 422
    assert sms.book()["scores"][0]["value"] == 88.25


def test_excluded_scores_do_not_travel(sms: Sms) -> None:
    sms.put("a")
    assert sms.score("r", "a", score=None, scoreStatus="exempt").status_code == 201
    assert sms.book()["scores"] == []
    sms.switch(skyward_excluded="refuse")
    assert sms.score("r", "a", score=None, scoreStatus="exempt").status_code == 422
    sms.switch(skyward_excluded="keep")
    assert sms.score("r", "a", score=None, scoreStatus="exempt").status_code == 201
    assert sms.book()["scores"][0]["flags"] == ["excused"]


def test_an_excluded_score_in_a_bulk_body_has_no_pair(sms: Sms) -> None:
    sms.put("a")
    several = [result("x", "a"), result("y", "a", "stu-2", score=None, scoreStatus="exempt")]
    answer = sms.call("POST", "/lineItems/a/results", {"results": several})
    assert [one["suppliedSourcedId"] for one in answer.json()["sourcedIdPairs"]] == ["x"]


def test_bulk_posts_by_switch(sms: Sms) -> None:
    sms.switch(skyward_bulk=False)
    body = {"lineItems": [line_item("e")]}
    assert sms.call("POST", "/classes/class-1/lineItems", body).status_code == 405
    sms.switch(skyward_bulk=None)
    assert sms.call("POST", "/classes/class-1/lineItems", body).status_code == 201


# Groups


def test_categories_that_share_a_description_carry_their_code(sms: Sms) -> None:
    listed = sms.call("GET", "/categories").json()["categories"]
    assert {one["sourcedId"]: one["title"] for one in listed} == {
        "cat-hw": "Homework (HW)",
        "cat-hw2": "Homework (HW2)",
        "cat-test": "Tests",
        "cat-lab": "Labs",
    }
    of_class = sms.call("GET", "/classes/class-1/categories", tail=V11).json()["categories"]
    assert [one["title"] for one in of_class] == ["Homework (HW)", "Tests", "Homework (HW2)"]


@pytest.mark.parametrize(
    ("title", "native"),
    [("Tests", "cat-test"), ("Homework (HW2)", "cat-hw2"), ("Homework [HW]", "cat-hw")],
)
def test_a_group_of_the_vendor_is_found_by_its_name(sms: Sms, title: str, native: str) -> None:
    body = {"category": {"sourcedId": "lms-7", "title": title}}
    assert sms.call("PUT", "/categories/lms-7", body).status_code == 201
    assert sms.call("GET", "/categories/lms-7").json()["category"]["sourcedId"] == "lms-7"
    assert sms.put("a", category=ref("category", "lms-7")).status_code == 201
    assert sms.book()["items"][0]["category"] == native
    assert sms.call("DELETE", "/categories/lms-7").status_code == 204
    assert sms.call("DELETE", "/categories/lms-7").status_code == 404
    assert sms.call("GET", "/categories/lms-7").status_code == 404


@pytest.mark.parametrize("title", ["Homework", "tests", "Essays", "Homework (HW3)"])
def test_a_group_of_another_name_is_invalid(sms: Sms, title: str) -> None:
    answer = sms.call("PUT", "/categories/x", {"category": {"sourcedId": "x", "title": title}})
    assert (answer.status_code, "invalid assignment group" in answer.text) == (422, True)
    other = {"category": {"sourcedId": "y", "title": "Tests"}}
    assert sms.call("PUT", "/categories/x", other).status_code == 400
    taken = {"category": {"sourcedId": "cat-hw", "title": "Tests"}}
    assert sms.call("PUT", "/categories/cat-hw", taken).status_code == 422


# 1.1, rosters, faults, oracle


def test_1p1_has_the_same_rules(sms: Sms) -> None:
    body = line_item("a", school=None)
    assert sms.call("PUT", "/lineItems/a", {"lineItem": body}, V11).status_code == 201
    body = line_item("b", school=None, category=None)
    answer = sms.call("PUT", "/lineitems/b", {"lineItem": body}, V11)
    assert (answer.status_code, answer.json()[0]["imsx_codeMinor"]) == (422, "invalid data")
    exempt = result("r", "a", score=0, scoreStatus="exempt")
    assert sms.call("PUT", "/results/r", {"result": exempt}, V11).status_code == 201
    assert sms.call("GET", "/results/r", tail=V11).status_code == 404
    assert sms.call("POST", "/classes/class-1/lineItems", {"lineItems": []}, V11).status_code == 405
    assert (
        sms.call("GET", "/gradingPeriods", tail=V11).json()["academicSessions"][0]["type"] == "gradingPeriod"
    )


def test_rosters_of_the_own_api_are_paged_by_cursor(sms: Sms) -> None:
    sms.sim.reset_counters(sms.code)
    address, seen = "/students?paging.limit=3", []
    while address:
        answer = sms.call("GET", address, tail="v1")
        seen += [one["NameId"] for one in answer.json()]
        address = answer.links.get("next", {}).get("url", "").removeprefix(f"{sms.base}/v1")
    assert seen == [10001, 10002, 10003, 10004]
    found = sms.call("GET", "/students/10003/enrollments", tail="v1").json()
    assert [one["SectionId"] for one in found] == ["class-1", "class-2"]
    calls = {one["template"]: one["count"] for one in sms.sim.counters(sms.code)["calls"]}
    assert calls == {"/v1/students": 2, "/v1/students/{NameId}/enrollments": 1}
    assert [one["SchoolId"] for one in sms.call("GET", "/schools", tail="v1").json()] == [101, 102]
    assert sms.call("GET", "/students/9/enrollments", tail="v1").status_code == 404
    assert sms.call("GET", "/grades", tail="v1").status_code == 404
    assert sms.call("POST", "/students", tail="v1").status_code == 405
    assert sms.call("GET", "/students?paging.limit=x", tail="v1").status_code == 400


@pytest.mark.parametrize(("kind", "status"), [("unauthorized", 401), ("forbid", 403), ("status", 503)])
def test_errors_of_faults(sms: Sms, kind: str, status: int) -> None:
    sms.sim.fault(sms.code, kind=kind)
    assert sms.put("a").status_code == status
    old = sms.call("GET", "/lineItems", tail=V11)
    assert (old.status_code, old.json()[0]["imsx_codeMajor"]) == (status, "failure")


def test_lost_replies_late_commits_and_lag(sms: Sms) -> None:
    sms.sim.fault(sms.code, kind="commit_then_drop", count=1)
    with pytest.raises(requests.ConnectionError):
        sms.put("a")
    assert sms.put("a").status_code == 201
    sms.sim.fault(sms.code, kind="commit_then_500", count=1)
    assert sms.put("b").status_code == 500
    sms.sim.fault(sms.code, kind="late_commit", seconds=0.2, count=1)
    with pytest.raises(requests.ConnectionError):
        sms.put("c")
    until(lambda: len(sms.book()["items"]) == 3, seconds=10, what="the late commit")
    created = [one["sourcedId"] for one in sms.sim.commits(district=sms.code) if one["created"]]
    assert created == ["a", "b", "c"]
    sms.sim.fault(sms.code, kind="search_lag", seconds=60)
    sms.put("d")
    assert len(sms.call("GET", "/lineItems").json()["lineItems"]) == 3
    sms.sim.clear_faults(sms.code)
    sms.sim.fault(sms.code, kind="two_pages")
    assert len(sms.call("GET", "/lineItems").json()["lineItems"]) == 2
    sms.sim.fault(sms.code, kind="no_id_in_reply")
    answer = sms.call("POST", "/classes/class-1/lineItems", {"lineItems": [line_item("e")]})
    assert (answer.status_code, answer.json()) == (201, {"sourcedIdPairs": []})


def test_edits_in_skyward_are_seen(sms: Sms) -> None:
    sms.put("a")
    before = sms.call("GET", "/lineItems/a").json()["lineItem"]["dateLastModified"]
    sms.sim.edit(sms.code, "change_line_item", lineItem="a", set={"title": "By hand"})
    after = sms.call("GET", "/lineItems/a").json()["lineItem"]
    assert (after["title"], after["dateLastModified"] > before) == ("By hand", True)
    sms.sim.edit(sms.code, "lock_period", gradingPeriod="mp-2")
    assert sms.put("a").status_code == 422
    sms.switch(closed_period_locks_scores=True)
    assert sms.score("r", "a").status_code == 422
    assert sms.call("DELETE", "/lineItems/a").status_code == 422
    sms.sim.edit(sms.code, "delete_line_item", lineItem="a")
    assert sms.put("a").status_code == 404


def test_replies_of_1p2_are_valid(third_party: Path, sms: Sms) -> None:
    standard = Standard(third_party / "1edtech")
    sms.put("a")
    sms.score("r", "a", late="true")
    for path in (
        "/categories",
        "/categories/cat-hw2",
        "/lineItems",
        "/lineItems/a",
        "/results/r",
        "/lineItems/x",
    ):
        answer = sms.call("GET", path)
        assert standard.problems("GET", path, answer.status_code, answer.content) == [], path
    for path in ("/terms", "/gradingPeriods", "/classes", "/schools", "/enrollments", "/students"):
        answer = sms.call("GET", path, tail="ims/oneroster/rostering/v1p2")
        assert (answer.status_code, standard.problems("GET", path, 200, answer.content)) == (200, []), path
