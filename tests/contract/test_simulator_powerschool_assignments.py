"""Assignments of the PowerSchool simulator (sis-apis 1.3, 1.5)."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.test_simulator_powerschool import code, message, plugin, sim
from tests.simulators.client import Simulator
from tests.simulators.powerschool.plugin import Plugin

# The fixtures of the first file.
__all__ = ["code", "plugin", "sim"]

# Assignments


def test_a_create_answers_with_nothing_but_the_location(sim: Simulator, code: str, plugin: Plugin) -> None:
    answer = plugin.create("Quiz 1", description="Chapter 3")
    assert (answer.status_code, answer.content) == (201, b"")
    number = int(answer.headers["Location"].rpartition("/")[2])
    assert "AssignmentSectionIds" not in answer.headers
    found = plugin.read(number)
    assert (found["_name"], found["_id"], found["assignmentid"]) == ("assignment", number, number)
    (section,) = found["_assignmentsections"]
    assert section["assignmentsectionid"] != number
    expected = {
        "sectionsdcid": plugin.section,
        "name": "Quiz 1",
        "description": "Chapter 3",
        "duedate": "2026-11-10",
        "scoretype": "POINTS",
        "scoreentrypoints": 10,
        "totalpointvalue": 10,
        "weight": 1,
        "extracreditpoints": 0,
        "iscountedinfinalgrade": True,
        "isscorespublish": True,
        "isscoringneeded": False,
        "islocked": False,
    }
    assert {key: section[key] for key in expected} == expected
    (association,) = section["_assignmentcategoryassociations"]
    assert association["teachercategoryid"] == plugin.categories["cat-hw"]
    assert association["_teachercategory"]["name"] == "Homework"
    assert plugin.listed() == [found]
    (commit,) = sim.commits(district=code)
    assert (commit["kind"], commit["created"]) == ("lineItem", True)
    assert commit["sourcedId"] == str(section["assignmentsectionid"])
    assert commit["content"]["native"]["assignmentid"] == number


def test_two_creates_make_two_assignments(plugin: Plugin) -> None:
    assert plugin.made("Same")[0] != plugin.made("Same")[0]
    assert [one["_assignmentsections"][0]["name"] for one in plugin.listed()] == ["Same", "Same"]


def test_the_header_with_section_ids_is_a_switch(sim: Simulator, code: str, plugin: Plugin) -> None:
    sim.settings(code, switches={"section_ids_header": True})
    answer = plugin.create()
    number = int(answer.headers["Location"].rpartition("/")[2])
    section = plugin.read(number)["_assignmentsections"][0]["assignmentsectionid"]
    assert json.loads(answer.headers["AssignmentSectionIds"]) == [section]


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"name": "x" * 51}, 409, "name"),
        ({"name": " "}, 409, "name"),
        ({"name": None}, 409, "name"),
        ({"name": 7}, 400, "name"),
        ({"description": "x" * 4001}, 409, "description"),
        ({"duedate": "2027-03-01"}, 409, "duedate"),
        ({"duedate": "2026-10-01"}, 409, "locked"),
        ({"duedate": "11/10/2026"}, 400, "duedate"),
        ({"scoretype": "LETTERS"}, 409, "scoretype"),
        ({"scoreentrypoints": None}, 409, "scoreentrypoints"),
        ({"scoreentrypoints": -1, "totalpointvalue": -1}, 409, "scoreentrypoints"),
        ({"scoreentrypoints": "10"}, 400, "scoreentrypoints"),
        ({"weight": 2}, 409, "totalpointvalue"),
        ({"colour": "red"}, 400, "colour"),
        ({"_assignmentcategoryassociations": []}, 409, "_assignmentcategoryassociations"),
        (
            {"_assignmentcategoryassociations": [{"teachercategoryid": 1, "isprimary": True}]},
            409,
            "teachercategoryid",
        ),
        (
            {"_assignmentcategoryassociations": [{"teachercategoryid": 1, "isprimary": True}] * 2},
            409,
            "_assignmentcategoryassociations",
        ),
        ({"_assignmentstandardassociations": [{"standardid": 1}]}, 409, "standardscoringmethod"),
        ({"_assignmentstudentassociations": [{"studentsdcid": 1}]}, 409, "studentsdcid"),
        ({"sectionsdcid": 1}, 404, "section"),
    ],
)
def test_an_assignment_that_is_not_right_is_refused(
    sim: Simulator, code: str, plugin: Plugin, changes: dict[str, Any], status: int, word: str
) -> None:
    answer = plugin.create(**changes)
    assert answer.status_code == status, answer.text
    assert word in answer.text
    assert sim.commits(district=code) == []


def test_the_year_of_a_body_must_be_that_of_the_term(plugin: Plugin) -> None:
    path = "/ws/xte/section/assignment/"
    assert plugin.call("POST", path, plugin.assignment() | {"yearid": 35}).status_code == 409
    assert plugin.call("POST", path, plugin.assignment() | {"yearid": 36}).status_code == 201
    method = {"standardscoringmethod": "GradeScale"}
    standards = plugin.assignment(_assignmentstandardassociations=[{"standardid": 1}])
    assert plugin.call("POST", path, standards | method).status_code == 201


def test_fifty_characters_a_gap_in_the_weights_and_a_holiday_are_fine(plugin: Plugin) -> None:
    assert plugin.create("x" * 50).status_code == 201
    assert plugin.create(weight=2, totalpointvalue=20).status_code == 201
    assert plugin.create(duedate="2026-11-26").status_code == 201
    assert (
        plugin.create(scoretype="COLLECTED", scoreentrypoints=None, totalpointvalue=None).status_code == 201
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b'{"_assignmentsections": []}', 409), (b'{"x": 1}', 400), (b"NaN", 400)],
)
def test_a_body_that_is_no_assignment_is_refused(plugin: Plugin, body: bytes, status: int) -> None:
    answer = plugin.session.post(
        f"{plugin.base}/ws/xte/section/assignment/",
        params={"users_dcid": plugin.teacher},
        data=body,
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert answer.status_code == status


def test_only_json_is_read(plugin: Plugin) -> None:
    answer = plugin.session.post(
        f"{plugin.base}/ws/xte/section/assignment/",
        params={"users_dcid": plugin.teacher},
        data="x",
        timeout=10,
    )
    assert answer.status_code == 415


def test_the_acting_teacher_must_be_named_and_have_the_section(plugin: Plugin) -> None:
    assert (
        plugin.call("GET", "/ws/xte/section/assignment/", section_ids=1, users_dcid=None).status_code == 400
    )
    assert plugin.call("GET", "/ws/xte/section/assignment/", section_ids=1, users_dcid=99).status_code == 403
    assert plugin.call("GET", "/ws/xte/section/assignment/", section_ids="x").status_code == 400
    number, section = plugin.made()
    other = next(
        int(teacher["key"])
        for one in plugin.directory["sections"]
        for teacher in one["teachers"]
        if teacher["id"] == "tea-2"
    )
    plugin.teacher = other
    for answer in (
        plugin.call("GET", "/ws/xte/section/assignment/", section_ids=plugin.section),
        plugin.call("GET", f"/ws/xte/section/assignment/{number}"),
        plugin.call("DELETE", f"/ws/xte/section/assignment/{number}"),
        plugin.create(),
        plugin.put_scores(plugin.score(section)),
    ):
        assert answer.status_code == 403
        assert "does not teach" in message(answer) and "EDIT" in message(answer)


def test_an_update_replaces_the_whole_object(sim: Simulator, code: str, plugin: Plugin) -> None:
    number, section = plugin.made("Quiz", description="Chapter 3")
    path = f"/ws/xte/section/assignment/{number}"
    answer = plugin.call("PUT", path, plugin.assignment("Test", duedate="2026-11-12"))
    assert (answer.status_code, answer.content) == (201, b"")
    (found,) = plugin.read(number)["_assignmentsections"]
    assert (found["assignmentsectionid"], found["name"], found["duedate"]) == (section, "Test", "2026-11-12")
    assert found["description"] is None
    assert [one["created"] for one in sim.commits(district=code)] == [True, False]
    (item,) = sim.gradebook(code)["items"]
    assert item["native"]["createdbyplugin"] is True
    assert plugin.call("PUT", "/ws/xte/section/assignment/1", plugin.assignment()).status_code == 404
    # What was read may be sent back.
    assert plugin.call("PUT", path, plugin.read(number)).status_code == 201
    assert sim.commits(district=code)[-1]["changed"] is False


def test_an_update_does_not_move_out_of_a_locked_term(sim: Simulator, code: str, plugin: Plugin) -> None:
    number, _ = plugin.made()
    sim.edit(code, "lock_period", gradingPeriod="mp-2", locked=True)
    sim.edit(code, "lock_period", gradingPeriod="mp-1", locked=False)
    moved = plugin.assignment(duedate="2026-10-01")
    assert plugin.call("PUT", f"/ws/xte/section/assignment/{number}", moved).status_code == 409
    assert plugin.create(duedate="2026-10-01").status_code == 201


def test_new_points_with_scores_need_update_scores(sim: Simulator, code: str, plugin: Plugin) -> None:
    number, section = plugin.made()
    assert plugin.put_scores(plugin.score(section, points=8)).status_code == 200
    path = f"/ws/xte/section/assignment/{number}"
    doubled = plugin.assignment(scoreentrypoints=20, totalpointvalue=20)
    assert plugin.call("PUT", path, plugin.assignment("Renamed")).status_code == 201
    assert plugin.call("PUT", path, doubled).status_code == 409
    assert plugin.call("PUT", path, doubled, update_scores="maybe").status_code == 400
    assert plugin.call("PUT", path, doubled, update_scores="false").status_code == 201
    assert sim.gradebook(code)["scores"][0]["value"] == 8
    single = plugin.assignment()
    assert plugin.call("PUT", path, single, update_scores="true").status_code == 201
    score = sim.gradebook(code)["scores"][0]
    assert (score["value"], score["text"]) == (4, "4")


def test_a_delete_with_scores_needs_force(plugin: Plugin) -> None:
    number, section = plugin.made()
    plugin.put_scores(plugin.score(section))
    path = f"/ws/xte/section/assignment/{number}"
    assert plugin.call("DELETE", path).status_code == 412
    assert plugin.call("DELETE", path, force="false").status_code == 412
    answer = plugin.call("DELETE", path, force="true")
    assert (answer.status_code, answer.content) == (204, b"")
    assert plugin.call("GET", path).status_code == 404
    assert plugin.call("DELETE", path, force="true").status_code == 404
    assert plugin.listed() == []


def test_what_the_teacher_deleted_is_not_listed_and_a_score_to_it_is_500(
    sim: Simulator, code: str, plugin: Plugin
) -> None:
    number, section = plugin.made()
    sim.edit(code, "delete_line_item", lineItem=str(section))
    assert plugin.listed() == []
    assert plugin.call("GET", f"/ws/xte/section/assignment/{number}").status_code == 404
    answer = plugin.put_scores(plugin.score(section))
    assert answer.status_code == 500
    assert "AssignmentSection" in message(answer) and str(section) in message(answer)


def test_an_assignment_over_two_sections(sim: Simulator, code: str, plugin: Plugin) -> None:
    other = next(int(one["key"]) for one in plugin.directory["sections"] if one["id"] == "class-2")
    body = plugin.assignment()
    second = body["_assignmentsections"][0] | {"sectionsdcid": other, "duedate": "2026-11-12"}
    both = {"_assignmentsections": [body["_assignmentsections"][0], second]}
    differing = {"_assignmentsections": [body["_assignmentsections"][0], second | {"name": "Other"}]}
    path = "/ws/xte/section/assignment/"
    assert plugin.call("POST", path, differing).status_code == 409
    twice = {"_assignmentsections": [body["_assignmentsections"][0]] * 2}
    assert plugin.call("POST", path, twice).status_code == 409
    answer = plugin.call("POST", path, both)
    number = int(answer.headers["Location"].rpartition("/")[2])
    assert [one["sectionsdcid"] for one in plugin.read(number)["_assignmentsections"]] == [
        plugin.section,
        other,
    ]
    assert len(sim.gradebook(code)["items"]) == len(sim.commits(district=code)) == 2
    # One section left out of an update is gone.
    assert plugin.call("PUT", f"{path}{number}", body).status_code == 201
    assert [one["sectionsdcid"] for one in plugin.read(number)["_assignmentsections"]] == [plugin.section]


def test_a_missing_due_date_is_tomorrow_on_the_districts_wall(
    sim: Simulator, code: str, plugin: Plugin
) -> None:
    # Half past four in the morning in UTC is still the day before in Chicago.
    sim.clock(code, datetime(2026, 11, 11, 4, 30, tzinfo=UTC).timestamp() - time.time())
    plugin.sign_in()
    assert plugin.create(duedate=None).status_code == 201
    item = sim.gradebook(code)["items"][0]
    assert (item["assignDate"], item["dueDate"]) == ("2026-11-10", "2026-11-11")
