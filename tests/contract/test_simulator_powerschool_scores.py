"""Scores of the PowerSchool simulator, and the tables they are read back from (sis-apis 1.6, 1.7, 1.9)."""

import json
from typing import Any

import pytest

from tests.contract.test_simulator_powerschool import CLIENT, EXAMPLE, code, plugin, sim
from tests.simulators.client import Simulator
from tests.simulators.powerschool.plugin import Plugin

# The fixtures of the first file.
__all__ = ["code", "plugin", "sim"]


def _score(sim: Simulator, code: str) -> dict[str, Any]:
    (found,) = sim.gradebook(code)["scores"]
    assert isinstance(found, dict)
    return found


def test_a_batch_is_kept_and_answered_without_ids(sim: Simulator, code: str, plugin: Plugin) -> None:
    _, section = plugin.made()
    answer = plugin.put_scores(plugin.score(section), plugin.score(section, "stu-2", 12.5))
    assert answer.status_code == 200
    assert answer.json() == {
        "assignment_scores": [
            {"studentsdcid": plugin.students[one], "_assignmentsection": {"assignmentsectionid": section}}
            for one in ("stu-1", "stu-2")
        ]
    }
    # 12.5 of 10 is extra credit.
    shown = [(one["student"], one["value"], one["text"]) for one in sim.gradebook(code)["scores"]]
    assert shown == [("stu-1", 8, "8"), ("stu-2", 12.5, "12.5")]
    commits = [one for one in sim.commits(district=code) if one["kind"] == "result"]
    assert [one["request"] for one in commits] == [commits[0]["request"]] * 2


def test_the_same_score_again_updates_its_row(sim: Simulator, code: str, plugin: Plugin) -> None:
    _, section = plugin.made()
    for points in (8, 9, 9):
        assert plugin.put_scores(plugin.score(section, points=points)).status_code == 200
    row = _score(sim, code)
    assert row["value"] == 9
    commits = [one for one in sim.commits(district=code) if one["kind"] == "result"]
    assert [(one["created"], one["changed"]) for one in commits] == [
        (True, True),
        (False, True),
        (False, False),
    ]
    named = plugin.score(section, assignmentscoreid=int(row["id"]))
    assert plugin.put_scores(named).status_code == 200
    assert (
        plugin.put_scores(plugin.score(section, "stu-2", assignmentscoreid=int(row["id"]))).status_code == 409
    )


def test_one_student_who_does_not_belong_refuses_the_whole_batch(
    sim: Simulator, code: str, plugin: Plugin
) -> None:
    _, section = plugin.made()
    plugin.students["gone"] = plugin.students["stu-2"]
    sim.edit(code, "drop_student", class_="class-1", student="stu-2")
    rows = [plugin.score(section), plugin.score(section, "gone"), plugin.score(section, studentsdcid=99999)]
    before = len(sim.commits(district=code))
    answer = plugin.put_scores(*rows)
    assert answer.status_code == 409
    errors = answer.json()["errors"]
    assert [one["params"] for one in errors] == [
        {"assignment_section_id": section, "student_dcid": number}
        for number in (plugin.students["gone"], 99999)
    ]
    assert errors[0]["field"].startswith(f"Student.id [{plugin.students['gone']}]")
    assert len(sim.commits(district=code)) == before
    assert plugin.put_scores(rows[0]).status_code == 200


def test_only_some_students_may_have_an_assignment(sim: Simulator, code: str, plugin: Plugin) -> None:
    limited = [{"studentsdcid": plugin.students["stu-1"]}]
    number, section = plugin.made(_assignmentstudentassociations=limited)
    shown = plugin.read(number)["_assignmentsections"][0]["_assignmentstudentassociations"]
    assert shown == limited
    assert plugin.put_scores(plugin.score(section, "stu-2")).status_code == 409
    assert plugin.put_scores(plugin.score(section, "stu-1")).status_code == 200


def test_students_are_taken_out_of_an_assignment(sim: Simulator, code: str, plugin: Plugin) -> None:
    _, section = plugin.made()
    plugin.put_scores(plugin.score(section, "stu-1"))
    path, body = "/ws/xte/assignment_section/students", {"section_ids": [section]}
    one = body | {"student_ids": [plugin.students["stu-1"]]}
    assert plugin.call("DELETE", path, {"section_ids": [section]}).status_code == 409
    assert plugin.call("DELETE", path, one | {"section_ids": [1]}).status_code == 400
    assert plugin.call("DELETE", path, one).status_code == 409
    assert plugin.call("DELETE", path, one, force="true").status_code == 201
    assert sim.gradebook(code)["scores"] == []
    assert plugin.put_scores(plugin.score(section, "stu-1")).status_code == 409
    assert plugin.put_scores(plugin.score(section, "stu-2")).status_code == 200


def test_the_wrong_id_in_a_score_is_403(plugin: Plugin) -> None:
    number, section = plugin.made()
    assert plugin.put_scores(plugin.score(number)).status_code == 403
    assert plugin.put_scores(plugin.score(section + 1)).status_code == 500


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"actualscoreentered": "eight"}, 409),
        ({"actualscoreentered": "nan"}, 409),
        ({"actualscoreentered": 8}, 400),
        ({"actualscorekind": "SCORE"}, 409),
        ({"scoretype": "PERCENT"}, 409),
        ({"scorepoints": None}, 409),
        ({"scorepoints": "8"}, 400),
        ({"actualscoreentered": ""}, 409),
        ({"islate": "true"}, 400),
        ({"colour": 1}, 400),
        ({"actualscorekind": "SCORE_CODE", "actualscoreentered": "ZZ"}, 409),
        ({"_assignmentsection": {}}, 409),
        ({"_assignmentsection": 7}, 400),
    ],
)
def test_a_score_that_is_not_right_is_refused(
    sim: Simulator, code: str, plugin: Plugin, changes: dict[str, Any], status: int
) -> None:
    _, section = plugin.made()
    answer = plugin.put_scores(plugin.score(section, **changes))
    assert answer.status_code == status, answer.text
    assert sim.gradebook(code)["scores"] == []


def test_flags_comment_and_score_code(sim: Simulator, code: str, plugin: Plugin) -> None:
    _, section = plugin.made()
    names = ("islate", "iscollected", "isexempt", "ismissing", "isabsent", "isincomplete")
    flags: dict[str, Any] = dict.fromkeys(names, True)
    comment: dict[str, Any] = {"_assignmentscorecomment": {"commentvalue": "well done"}}
    assert plugin.put_scores(plugin.score(section, **flags, **comment)).status_code == 200
    found = _score(sim, code)
    assert found["flags"] == ["absent", "collected", "excused", "incomplete", "late", "missing"]
    assert (found["comment"], found["value"]) == ("well done", 8)
    row = plugin.table("assignmentscore")[0]
    assert {row[one] for one in names} == {"1"}
    assert plugin.table("assignmentscorecomment")[0]["commentvalue"] == "well done"
    # What is left out stays; what is false goes.
    assert plugin.put_scores(plugin.score(section, islate=False, isexempt=False)).status_code == 200
    assert _score(sim, code)["flags"] == ["absent", "collected", "incomplete", "missing"]
    sim.settings(code, switches={"omitted_score_fields": "clear"})
    mark = plugin.score(section, actualscoreentered="INC", actualscorekind="SCORE_CODE", scorepoints=None)
    assert plugin.put_scores(mark).status_code == 200
    found = _score(sim, code)
    assert (found["flags"], found["comment"], found["text"], found["value"]) == ([], None, "INC", None)
    assert plugin.table("assignmentscore")[0]["actualscorekind"] == "SCORE_CODE"


def test_a_cleared_score_leaves_a_row_without_the_keys(sim: Simulator, code: str, plugin: Plugin) -> None:
    _, section = plugin.made()
    assert plugin.put_scores(plugin.score(section)).status_code == 200
    keys = {"actualscoreentered", "actualscorekind", "scorepoints", "scorepercent"}
    (row,) = plugin.table("assignmentscore")
    assert keys <= row.keys()
    assert plugin.put_scores(plugin.score(section, points=None)).status_code == 200
    (row,) = plugin.table("assignmentscore")
    assert keys.isdisjoint(row) and row["islate"] == "0"
    assert _score(sim, code)["value"] is None


def test_the_text_of_a_percent_assignment_is_the_percent(sim: Simulator, code: str, plugin: Plugin) -> None:
    _, section = plugin.made(scoretype="PERCENT", scoreentrypoints=20, totalpointvalue=20)
    row = plugin.score(section, scoretype="PERCENT", actualscoreentered="85", scorepoints=17)
    assert plugin.put_scores(row).status_code == 200
    found = _score(sim, code)
    assert (found["value"], found["text"]) == (17, "85")
    sim.edit(code, "change_score", lineItem=str(section), student="stu-1", set={"score": 10})
    assert plugin.table("assignmentscore")[0]["actualscoreentered"] == "50"
    # Points in place of the percent are taken for a percent.
    wrong = plugin.score(section, scoretype="PERCENT", actualscoreentered="17", scorepoints=17)
    assert plugin.put_scores(wrong).status_code == 200
    assert _score(sim, code)["value"] == pytest.approx(3.4)


def test_a_letter_on_a_grade_scale(sim: Simulator, code: str, plugin: Plugin) -> None:
    _, section = plugin.made(scoretype="GRADESCALE")
    row = plugin.score(section, scoretype="GRADESCALE", actualscoreentered="B+", scorepoints=8.7)
    assert plugin.put_scores(row).status_code == 200
    assert (_score(sim, code)["value"], _score(sim, code)["text"]) == (8.7, "B+")


def test_a_locked_term_refuses_every_write(sim: Simulator, code: str, plugin: Plugin) -> None:
    number, section = plugin.made()
    sim.edit(code, "lock_period", gradingPeriod="mp-2", locked=True)
    path = f"/ws/xte/section/assignment/{number}"
    answers = [
        plugin.create(),
        plugin.call("PUT", path, plugin.assignment(duedate="2026-11-12")),
        plugin.call("DELETE", path),
        plugin.put_scores(plugin.score(section)),
        plugin.call(
            "DELETE",
            "/ws/xte/assignment_section/students",
            {"student_ids": [], "section_ids": [section]},
        ),
    ]
    assert [(one.status_code, "locked" in one.text) for one in answers] == [(409, True)] * 5
    assert plugin.read(number)["_assignmentsections"][0]["islocked"] is True
    sim.edit(code, "lock_period", gradingPeriod="mp-2", locked=False)
    assert plugin.put_scores(plugin.score(section)).status_code == 200


def test_one_score_by_itself_and_the_arguments_of_the_teachers_page(plugin: Plugin) -> None:
    _, section = plugin.made()
    one = plugin.call("PUT", "/ws/xte/score/assignment", plugin.score(section))
    assert one.status_code == 200
    more = {"status": "A,I,P", "term_id": 3600, "push_assignment_scores": "false"}
    assert plugin.put_scores(plugin.score(section), **more).status_code == 200


@pytest.mark.parametrize("denied", ["assignmentscore.islate", "assignmentscorecomment", "students.dcid"])
def test_a_missing_column_refuses_scores(sim: Simulator, code: str, plugin: Plugin, denied: str) -> None:
    _, section = plugin.made()
    sim.settings(code, denied=[denied])
    answer = plugin.put_scores(plugin.score(section))
    assert answer.status_code == 403 and f"no access to field {denied}" in answer.json()["message"]
    assert sim.gradebook(code)["scores"] == []


def test_a_resubmit_is_asked_once(sim: Simulator, code: str, plugin: Plugin) -> None:
    _, section = plugin.made()
    sim.fault(code, kind="status", status=412, count=1, method="PUT", path="/ws/xte/score")
    rows = [plugin.score(section)]
    assert [plugin.put_scores(*rows).status_code for _ in range(2)] == [412, 200]


# Tables


def test_scores_are_read_back_by_filter_projection_and_page(
    sim: Simulator, code: str, plugin: Plugin
) -> None:
    (_, first), (_, second) = plugin.made("a"), plugin.made("b")
    for section in (first, second):
        batch = [plugin.score(section, one, at) for at, one in enumerate(("stu-1", "stu-2", "stu-3"), 7)]
        assert plugin.put_scores(*batch).status_code == 200
    rows = plugin.table("assignmentscore", q=f"assignmentsectionid=={first}")
    assert [one["scorepoints"] for one in rows] == ["7", "8", "9"]
    assert all(isinstance(value, str) for one in rows for value in one.values())
    assert (rows[0]["scorepercent"], rows[0]["whomodifiedtype"]) == ("70", "PLUGIN")
    query = f"assignmentsectionid=={second};scorepoints=ge=8;scorepoints=lt=9"
    projection = "studentsdcid,assignmentscore.scorepoints"
    found = plugin.table("assignmentscore", q=query, projection=projection)
    assert found == [{"studentsdcid": str(plugin.students["stu-2"]), "scorepoints": "8"}]
    pages = [plugin.table("assignmentscore", pagesize=4, page=page) for page in (1, 2, 3)]
    assert [len(one) for one in pages] == [4, 2, 0]
    assert plugin.table("assignmentscore", pagesize=4, page=0) == pages[0]
    ordered = plugin.table("assignmentscore", sort="scorepoints", sortdescending="true")
    assert [one["scorepoints"] for one in ordered] == ["9", "9", "8", "8", "7", "7"]
    counted = plugin.call("GET", "/ws/schema/table/assignmentscore/count", q="scorepoints=gt=8")
    assert counted.json() == {"count": 2}
    sim.settings(code, limits={"page_size": 5})
    assert len(plugin.table("assignmentscore", pagesize=1000)) == 5
    sim.fault(code, kind="two_pages")
    assert [len(plugin.table("assignmentscore", page=page)) for page in (1, 2, 3)] == [3, 3, 0]


@pytest.mark.parametrize(
    ("table", "query", "status"),
    [
        ("nothing", {}, 404),
        ("assignmentscore", {"projection": None}, 400),
        ("assignmentscore", {"projection": "colour"}, 403),
        ("assignmentscore", {"q": "scorepoints"}, 400),
        ("assignmentscore", {"q": "terms.id==1"}, 400),
        ("assignmentscore", {"q": "colour==1"}, 403),
        ("assignmentscore", {"sort": "colour"}, 403),
        ("assignmentscore", {"page": "x"}, 400),
        ("termbins", {}, 403),
        ("terms", {"projection": "name"}, 403),
    ],
)
def test_a_table_is_asked_rightly(
    sim: Simulator, code: str, plugin: Plugin, table: str, query: dict[str, Any], status: int
) -> None:
    sim.settings(code, denied=["termbins", "terms.name"])
    assert "name" not in plugin.table("terms")[0]
    answer = plugin.call("GET", f"/ws/schema/table/{table}", **({"projection": "*"} | query))
    assert answer.status_code == status, answer.text
    if status == 403:
        assert "no access to field" in answer.json()["message"]


def test_who_changed_a_score_can_be_seen(sim: Simulator, code: str, plugin: Plugin) -> None:
    _, section = plugin.made()
    plugin.put_scores(plugin.score(section))
    sim.edit(code, "change_score", lineItem=str(section), student="stu-1", set={"score": 9})
    (row,) = plugin.table("assignmentscore")
    assert (row["actualscoreentered"], row["whomodifiedtype"]) == ("9", "TEACHER")
    assert plugin.table("assignment")[0]["createdbyplugin"] == "1"
    assert plugin.table("assignmentsection")[0]["whomodifiedtype"] == "PLUGIN"


def test_edits_made_in_the_sis_show(sim: Simulator, code: str, plugin: Plugin) -> None:
    number, section = plugin.made()
    changes = {
        "title": "Theirs",
        "points": 20,
        "dueDate": "2026-11-13",
        "category": "cat-test",
        "native": {"iscountedinfinalgrade": False},
    }
    sim.edit(code, "change_line_item", lineItem=str(section), set=changes)
    (found,) = plugin.read(number)["_assignmentsections"]
    assert (found["name"], found["scoreentrypoints"], found["totalpointvalue"]) == ("Theirs", 20, 20)
    assert (found["duedate"], found["iscountedinfinalgrade"]) == ("2026-11-13", False)
    assert found["_assignmentcategoryassociations"][0]["_teachercategory"]["name"] == "Tests"
    assert sim.commits(district=code)[-1]["by"] == "sis"


def test_terms_reporting_terms_and_calendar(sim: Simulator, code: str, plugin: Plugin) -> None:
    rows = plugin.table("terms")
    assert [(one["id"], one["yearid"], one["portion"]) for one in rows[:2]] == [
        ("3600", "36", "1"),
        ("3601", "36", "2"),
    ]
    keys = [one["keys"] for one in plugin.directory["sessions"]]
    assert keys == [{"termid": "3601"}, {"storecode": "MP1"}, {"storecode": "MP2"}]
    one = plugin.call("GET", f"/ws/v1/term/{rows[1]['dcid']}").json()["term"]
    assert one == {
        "id": int(rows[1]["dcid"]),
        "school_id": int(rows[1]["schoolid"]),
        "start_year": 2026,
        "portion": 2,
        "start_date": "2026-08-17",
        "end_date": "2026-12-18",
        "abbreviation": "Fall",
        "name": "Fall",
    }
    school = f"/ws/v1/school/{rows[0]['schoolid']}/term"
    assert len(plugin.call("GET", school).json()["terms"]["term"]) == 2
    assert len(plugin.call("GET", school, pagesize=1, page=2).json()["terms"]["term"]) == 1
    assert plugin.call("GET", f"{school}/count").json() == {"resource": {"count": 2}}
    assert plugin.call("GET", "/ws/v1/school/1/term").status_code == 404
    assert plugin.call("GET", "/ws/v1/term/1").status_code == 404
    periods = plugin.table("termbins", q=f"schoolid=={rows[0]['schoolid']}")
    assert [(one["storecode"], one["termid"], one["islocked"]) for one in periods] == [
        ("MP1", "3601", "1"),
        ("MP2", "3601", "0"),
    ]
    days = "date_value=ge=2026-11-26;date_value=le=2026-11-28"
    calendar = plugin.table("calendar_day", q=f"schoolid=={rows[0]['schoolid']};{days}")
    assert [(one["date_value"], one["insession"]) for one in calendar] == [
        ("2026-11-26", "0"),
        ("2026-11-27", "1"),
        ("2026-11-28", "0"),
    ]
    metadata = plugin.call("GET", "/ws/v1/metadata").json()["metadata"]
    assert metadata["schema_table_max_page_size"] == 100
    assert metadata["district_timezone_name"] == "America/Chicago"


def test_rosters_can_be_read(plugin: Plugin) -> None:
    assert str(plugin.section) in {one["dcid"] for one in plugin.table("sections")}
    assert {str(one) for one in plugin.students.values()} <= {one["dcid"] for one in plugin.table("students")}
    assert str(plugin.teacher) in {one["dcid"] for one in plugin.table("users")}
    enrolled = plugin.table("cc", q=f"sectionid=={plugin.section}")
    assert {one["studentid"] for one in enrolled} == {str(one) for one in plugin.students.values()}
    mine = plugin.table("teachercategory", q=f"usersdcid=={plugin.teacher}")
    assert [one["name"] for one in mine] == ["Homework", "Tests", "Labs"]


def test_numbers_of_the_seed_are_used(sim: Simulator, code: str) -> None:
    numbers = {"class-1": 77, "stu-1": 4711, "tea-1": 12}
    district = json.loads(EXAMPLE.read_text()) | {"code": f"{code}n", "numbers": numbers}
    sim.seed(district)
    plugin = Plugin(sim.base(district["code"]), CLIENT, sim.directory(district["code"]))
    assert (plugin.section, plugin.teacher, plugin.students["stu-1"]) == (77, 12, 4711)
    _, section = plugin.made()
    assert plugin.put_scores(plugin.score(section)).status_code == 200
    plugin.close()
