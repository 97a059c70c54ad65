"""The PowerSchool simulator is held to sis-apis section 1: token, assignments, categories, refusals."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import requests

from tests.simulators.client import Simulator
from tests.simulators.powerschool.plugin import Plugin

EXAMPLE = Path(__file__).parents[1] / "simulators" / "examples" / "district.json"
CLIENT = ("demo-client", "demo-client-secret")
_codes = count(1)


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator("powerschool") as running:
        yield running


@pytest.fixture
def code(sim: Simulator) -> str:
    district = json.loads(EXAMPLE.read_text()) | {"code": f"p{next(_codes)}"}
    # Both teachers have the second section, so that an assignment can have two.
    district["classes"][1] |= {"teachers": ["tea-1", "tea-2"]}
    sim.seed(district)
    return str(district["code"])


@pytest.fixture
def plugin(sim: Simulator, code: str) -> Iterator[Plugin]:
    made = Plugin(sim.base(code), CLIENT, sim.directory(code))
    yield made
    made.close()


def message(answer: requests.Response) -> str:
    return str(answer.json()["message"])


# Token


def test_the_token_is_one_and_says_its_life_as_text(sim: Simulator, code: str, plugin: Plugin) -> None:
    first, second = plugin.sign_in(), plugin.sign_in()
    assert first["access_token"] == second["access_token"]
    assert len(first["access_token"]) <= 64
    assert first["token_type"] == "Bearer"
    assert isinstance(first["expires_in"], str) and 3500 < int(first["expires_in"]) <= 3600
    sim.clock(code, 3700)
    assert plugin.call("GET", "/ws/v1/metadata").status_code == 401
    assert plugin.sign_in()["access_token"] != first["access_token"]
    assert plugin.call("GET", "/ws/v1/metadata").status_code == 200


def test_a_wrong_pair_and_a_wrong_grant_get_no_token(plugin: Plugin) -> None:
    assert plugin.ask_token(("demo-client", "wrong")).status_code == 401
    assert plugin.ask_token(("wrong", "demo-client-secret")).status_code == 401
    assert plugin.ask_token(grant_type="password").status_code == 400
    # Without the slash at the end it is the same address.
    bare = requests.post(
        f"{plugin.base}/oauth/access_token",
        data={"grant_type": "client_credentials"},
        auth=CLIENT,
        timeout=10,
    )
    assert bare.status_code == 200


def test_a_call_without_a_living_token_is_401(sim: Simulator, code: str, plugin: Plugin) -> None:
    path = f"{plugin.base}/ws/v1/metadata"
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}):
        answer = requests.get(path, headers=headers, timeout=10)
        assert answer.status_code == 401 and message(answer)
    sim.fault(code, kind="token_expire_now")
    assert plugin.create().status_code == 401
    assert sim.commits(district=code) == []


def test_one_district_alone_is_served_as_a_host(tmp_path: Path) -> None:
    with Simulator("powerschool", seed=EXAMPLE) as alone:
        plugin = Plugin(alone.url, CLIENT, alone.directory("abc"))
        assert plugin.made()[0]
        assert plugin.create().headers["Location"].startswith(f"{alone.url}/ws/xte/section/assignment/")
        assert requests.get(f"{alone.url}/other", timeout=10).status_code == 404
        plugin.close()


# Categories


def test_categories_of_a_teacher(sim: Simulator, code: str, plugin: Plugin) -> None:
    path = "/ws/xte/teacher_category"
    assert plugin.call("GET", path).status_code == 400
    assert plugin.call("GET", path, users_dcid=None, year_id=36).status_code == 400
    found = plugin.call("GET", path, year_id=36).json()
    assert [one["name"] for one in found] == ["Homework", "Tests", "Labs"]
    first = found[0]
    assert first["_name"] == "teachercategory" and first["teachercategoryid"] == plugin.categories["cat-hw"]
    assert (first["usersdcid"], first["categorytype"], first["isactive"]) == (
        plugin.teacher,
        "district",
        True,
    )
    assert first["color"] in "1234567" and "defaultDaysBeforeDue" in first
    assert plugin.call("GET", path, year_id=35).json() == []
    hidden = found[2]["_teachercategorysectionexcludeassociations"]
    assert [one["sectionsdcid"] for one in hidden] == [plugin.section]
    assert plugin.call("GET", f"{path}/{first['teachercategoryid']}").json() == first
    assert plugin.call("GET", f"{path}/1").status_code == 404
    hidden_one = [{"teachercategoryid": found[2]["teachercategoryid"], "isprimary": True}]
    assert plugin.create(_assignmentcategoryassociations=hidden_one).status_code == 409


def test_inactive_categories_come_back_and_take_nothing_new(sim: Simulator, code: str) -> None:
    district = json.loads(EXAMPLE.read_text()) | {"code": f"{code}i"}
    district["categories"][0]["active"] = False
    sim.seed(district)
    plugin = Plugin(sim.base(district["code"]), CLIENT, sim.directory(district["code"]))
    found = plugin.call("GET", "/ws/xte/teacher_category", year_id=36).json()
    assert [one["isactive"] for one in found] == [False, True]
    refused = plugin.create()
    assert refused.status_code == 409 and "not active" in message(refused)
    sim.settings(district["code"], switches={"inactive_categories": "accept"})
    assert plugin.create().status_code == 201
    plugin.close()


def test_a_teacher_makes_changes_and_drops_a_category(sim: Simulator, code: str, plugin: Plugin) -> None:
    path = "/ws/xte/teacher_category"
    made = plugin.call("POST", path, [{"name": "Projects", "color": "3"}])
    assert made.status_code == 201
    (new,) = made.json()
    assert (new["name"], new["color"], new["categorytype"]) == ("Projects", "3", "user")
    assert new["districtteachercategoryid"] is None
    assert plugin.call("POST", path, [{"name": "Projects"}]).status_code == 409
    assert plugin.call("POST", path, [{"colour": 1}]).status_code == 400
    one = f"{path}/{new['teachercategoryid']}"
    use = [{"teachercategoryid": new["teachercategoryid"], "isprimary": True}]
    number, _ = plugin.made(_assignmentcategoryassociations=use)
    assert plugin.call("DELETE", one).status_code == 409
    assert plugin.call("PUT", one, [{"name": "Big projects"}]).status_code == 400
    assert plugin.call("PUT", one, [{"name": "Big projects"}], term_id=1).status_code == 404
    changed = plugin.call("PUT", one, [{"name": "Big projects", "isactive": False}], term_id=3600)
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["isactive"]) == ("Big projects", False)
    assert plugin.call("DELETE", f"/ws/xte/section/assignment/{number}").status_code == 204
    assert plugin.call("DELETE", one).status_code == 200
    assert plugin.call("GET", one).status_code == 404
    mine = plugin.teacher
    theirs = next(
        int(each["key"])
        for one in plugin.directory["sections"]
        for each in one["teachers"]
        if each["id"] == "tea-2"
    )
    (again,) = plugin.call("POST", path, [{"name": "Mine"}]).json()
    plugin.teacher = theirs
    assert "Mine" not in [one["name"] for one in plugin.call("GET", path, year_id=36).json()]
    assert plugin.call("DELETE", f"{path}/{again['teachercategoryid']}").status_code == 403
    plugin.teacher = mine
    assert plugin.call("DELETE", f"{path}/{again['teachercategoryid']}").status_code == 200
    district_own = f"{path}/{plugin.categories['cat-hw']}"
    assert plugin.call("DELETE", district_own).status_code == 409


# Rights


@pytest.mark.parametrize(
    ("denied", "named", "still"),
    [
        ("assignment.createdbyplugin", "assignment.createdbyplugin", "GET /ws/xte/teacher_category"),
        ("teachercategory", "teachercategory.name", "GET /ws/v1/metadata"),
        ("POST /ws/xte/section/assignment", "POST /ws/xte/section/assignment", ""),
    ],
)
def test_a_missing_right_is_named(
    sim: Simulator, code: str, plugin: Plugin, denied: str, named: str, still: str
) -> None:
    sim.settings(code, denied=[denied])
    answer = plugin.create()
    assert answer.status_code == 403
    assert message(answer) == f"no access to field {named}"
    assert answer.json()["errors"] == [{"field": named}]
    if still:
        method, path = still.split(" ")
        assert plugin.call(method, path, year_id=36).status_code == 200


def test_addresses_and_verbs_that_are_not_served(plugin: Plugin) -> None:
    assert plugin.call("GET", "/ws/xte/nothing").status_code == 404
    assert plugin.call("PATCH", "/ws/xte/score").status_code == 405
    assert plugin.call("POST", "/ws/xte/assignment/lookup", {}).status_code == 403


def test_calls_are_counted_by_template(sim: Simulator, code: str, plugin: Plugin) -> None:
    sim.reset_counters(code)
    plugin.made()
    counted = {(one["method"], one["template"]): one["count"] for one in sim.counters(code)["calls"]}
    assert counted == {
        ("POST", "/ws/xte/section/assignment"): 1,
        ("GET", "/ws/xte/section/assignment/{id}"): 1,
    }


def test_a_category_of_another_teacher_cannot_be_used(sim: Simulator, code: str, plugin: Plugin) -> None:
    other = Plugin(sim.base(code), CLIENT, plugin.directory, "class-2")
    other.teacher = next(
        int(each["key"])
        for one in plugin.directory["sections"]
        for each in one["teachers"]
        if each["id"] == "tea-2"
    )
    found = other.call("GET", "/ws/xte/teacher_category", year_id=36).json()
    theirs = [{"teachercategoryid": found[0]["teachercategoryid"], "isprimary": True}]
    assert found[0]["teachercategoryid"] != plugin.categories["cat-hw"]
    assert plugin.create(_assignmentcategoryassociations=theirs).status_code == 409
    assert other.create(_assignmentcategoryassociations=theirs).status_code == 201
    other.close()


def test_without_a_folder_there_is_no_district_among_several(
    sim: Simulator, code: str, plugin: Plugin
) -> None:
    sim.seed(json.loads(EXAMPLE.read_text()) | {"code": f"{code}b"})
    assert requests.get(f"{sim.url}/ws/v1/metadata", timeout=10).status_code == 404


def test_seeded_assignments_get_numbers(sim: Simulator, code: str) -> None:
    district = json.loads(EXAMPLE.read_text()) | {"code": f"{code}s"}
    ref = {"class": {"sourcedId": "class-1"}, "school": {"sourcedId": "school-1"}}
    moments = {"assignDate": "2026-11-03T14:00:00Z", "dueDate": "2026-11-11T04:00:00Z"}
    item = {"sourcedId": "old", "title": "Old", "category": {"sourcedId": "cat-hw"}} | ref | moments
    score = {"lineItem": {"sourcedId": "old"}, "student": {"sourcedId": "stu-1"}, "score": 4}
    district["lineItems"] = [item | {"resultValueMax": 5}]
    district["results"] = [
        score | {"sourcedId": "r", "scoreStatus": "fully graded", "scoreDate": "2026-11-11"}
    ]
    sim.seed(district)
    plugin = Plugin(sim.base(district["code"]), CLIENT, sim.directory(district["code"]))
    (found,) = plugin.listed()
    section = found["_assignmentsections"][0]
    assert (section["name"], section["duedate"], section["scoreentrypoints"]) == ("Old", "2026-11-10", 5)
    # What was there before is not the plugin's, and an update does not make it so.
    assert plugin.table("assignment")[0]["createdbyplugin"] == "0"
    path = f"/ws/xte/section/assignment/{found['assignmentid']}"
    update = plugin.assignment("New", scoreentrypoints=5, totalpointvalue=5)
    assert plugin.call("PUT", path, update).status_code == 201
    assert plugin.table("assignment")[0]["createdbyplugin"] == "0"
    (row,) = plugin.table("assignmentscore")
    assert (row["assignmentsectionid"], row["scorepoints"]) == (str(section["assignmentsectionid"]), "4")
    plugin.close()
