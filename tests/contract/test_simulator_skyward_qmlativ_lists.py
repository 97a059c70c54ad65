"""The simulated Qmlativ over HTTP: lists, search, directory, faults, edits, and the OneRoster door."""

from pathlib import Path

import pytest
import requests

from tests.simulators.oneroster.routes import KNOWN_SCOPES
from tests.simulators.skyward.qmlativ.integration import (
    HOMEWORK,
    KEY,
    LABS,
    OTHER_SECTION,
    SECTION,
    TESTS,
    Integration,
    condition,
    message,
)
from tests.simulators.vendor import Vendor, line_item
from tests.support.oneroster_standard import Standard
from tests.support.processes import until

# Lists and search


def test_lists_are_paged_and_can_be_searched(sky: Integration) -> None:
    items = [sky.made(Name=f"Q{number}", MaxScore=number * 10) for number in range(1, 6)]
    assert [one["Name"] for one in sky.rows("Assignment", page="2/2")] == ["Q3", "Q4"]
    assert sky.rows("Assignment", page="4/2") == []
    for field, kind, value, names in (
        ("AssignmentID", "Equal", items[0], ["Q1"]),
        ("Name", "NotEqual", "Q1", ["Q2", "Q3", "Q4", "Q5"]),
        ("MaxScore", "GreaterThan", 30, ["Q4", "Q5"]),
        ("MaxScore", "LessThanOrEqualTo", 20, ["Q1", "Q2"]),
        ("Name", "Like", "%5%", ["Q5"]),
        ("Name", "Contains", "q", ["Q1", "Q2", "Q3", "Q4", "Q5"]),
        ("AssignmentID", "Equal", items[:2], ["Q1", "Q2"]),
        ("DueDate", "Equal", "2026-11-10", ["Q1", "Q2", "Q3", "Q4", "Q5"]),
        ("UseGradeMarkScoring", "Equal", None, ["Q1", "Q2", "Q3", "Q4", "Q5"]),
        ("Description", "Equal", "None", []),
        ("Weight", "GreaterThan", 1, []),
        ("MaxScore", "Less", None, []),
        ("IsDeleted", "Equal", "false", ["Q1", "Q2", "Q3", "Q4", "Q5"]),
        ("IsDeleted", "Equal", True, []),
    ):
        assert [one["Name"] for one in sky.rows("Assignment", condition(field, kind, value))] == names, field


def test_groups_and_order_of_a_search(sky: Integration) -> None:
    for number in range(1, 5):
        sky.made(Name=f"Q{number}", MaxScore=10 * number)
    sky.made(Name="Q5", MaxScore=5)
    by_score = {"SearchSort": [{"FieldName": "MaxScore"}]}
    assert [one["Name"] for one in sky.rows("Assignment", by_score)] == ["Q5", "Q1", "Q2", "Q3", "Q4"]
    either = {
        "ConditionGroupType": "Or",
        "Conditions": [
            {"StringCondition": {"FieldName": "Name", "ConditionType": "Equal", "Value": "Q1"}},
            {"FieldName": "MaxScore", "ConditionType": "Equal", "Values": [30, 40]},
        ],
    }
    body = {
        "SearchCondition": {"SearchConditionGroup": either},
        "SearchSort": [{"FieldName": "MaxScore", "Descending": True}],
    }
    assert [one["Name"] for one in sky.rows("Assignment", body)] == ["Q4", "Q3", "Q1"]
    for bad in (
        condition("Nothing", "Equal", 1),
        condition("Name", "Sounds", "x"),
        condition("MaxScore", "GreaterThan", "x"),
        {"SearchCondition": {"SearchConditionGroup": {"ConditionGroupType": "Xor", "Conditions": []}}},
        {"SearchSort": "Name"},
        {"SearchSort": 5},
        {"SearchSort": ["Name"]},
        {"SearchCondition": {"Conditions": "Name"}},
        {"SearchCondition": {"Conditions": 5}},
        {"SearchCondition": ["Name"]},
        {"SearchCondition": {"ConditionType": "Equal", "Value": 1}},
        {"Colour": 1},
    ):
        sky.made(Name="One more")
        assert sky.call("POST", "Gradebook/Assignment/1/10", bad).status_code == 400, bad


def test_fields_can_be_chosen(sky: Integration) -> None:
    item = sky.made()
    answer = sky.call("GET", f"Gradebook/Assignment/{item}?searchFields=Name,MaxScore")
    assert answer.json() == {"Name": "Quiz", "MaxScore": 100}
    answer = sky.call("GET", "Gradebook/Assignment/1/5?searchFields=Name&searchFields=DueDate")
    assert answer.json()["Objects"] == [{"Name": "Quiz", "DueDate": "2026-11-10T00:00:00"}]
    assert sky.call("GET", f"Gradebook/Assignment/{item}?searchFields=Colour").status_code == 400


def test_a_directory_can_be_read(sky: Integration) -> None:
    assert [
        (one["CategoryID"], one["Code"], one["Description"]) for one in sky.rows("GradebookCategory")
    ] == [
        (HOMEWORK, "HW", "Homework"),
        (TESTS, "cat-test", "Tests"),
        (LABS, "cat-lab", "Labs"),
    ]
    in_section = sky.rows("SectionCategory", condition("SectionID", "Equal", SECTION))
    assert [(one["CategoryID"], one["WeightPercent"]) for one in in_section] == [(HOMEWORK, 40), (TESTS, 60)]
    periods = sky.rows("GradingPeriod")
    assert [(one["StartDate"][:10], one["EndDate"][:10]) for one in periods] == [
        ("2026-08-17", "2026-10-16"),
        ("2026-10-19", "2026-12-18"),
    ]
    assert {one["SessionType"] for one in sky.rows("AcademicSession")} == {"term", "gradingPeriod"}
    assert [one["Date"][:10] for one in sky.rows("CalendarDay")] == ["2026-11-26", "2026-11-02"]
    assert [one["SectionID"] for one in sky.rows("Section")] == [SECTION, OTHER_SECTION]
    by_year = sky.call("GET", "Gradebook/GradingPeriod/1/10?SchoolYearID=2026").json()["Objects"]
    assert by_year == []
    section = sky.sim.directory(sky.code)["sections"][0]
    assert section["keys"] == {"SectionID": str(SECTION)}
    assert section["students"][0]["keys"] == {"StudentSectionID": str(sky.seat()), "StudentID": "10001"}
    assert section["categories"][0]["keys"] == {"CategoryID": str(HOMEWORK)}


# Faults, edits, oracle


@pytest.mark.parametrize(("kind", "status"), [("unauthorized", 403), ("forbid", 403), ("status", 503)])
def test_errors_of_faults(sky: Integration, kind: str, status: int) -> None:
    sky.sim.fault(sky.code, kind=kind)
    answer = sky.create()
    assert (answer.status_code, message(answer)[:5]) == (status, "fault")


def test_lost_replies_and_late_commits(sky: Integration) -> None:
    sky.sim.fault(sky.code, kind="commit_then_drop", count=1)
    with pytest.raises(requests.ConnectionError):
        sky.create()
    sky.sim.fault(sky.code, kind="commit_then_500", count=1)
    assert sky.create(AssignmentSyncKey="m2").status_code == 500
    sky.sim.fault(sky.code, kind="late_commit", seconds=0.2, count=1)
    with pytest.raises(requests.ConnectionError):
        sky.create(AssignmentSyncKey="m3")
    until(lambda: len(sky.book()["items"]) == 3, seconds=10, what="the late commit")
    marks = [one["content"]["externalId"] for one in sky.sim.commits(district=sky.code)]
    assert marks == ["m1", "m2", "m3"]
    sky.sim.fault(sky.code, kind="search_lag", seconds=60)
    item = sky.made(AssignmentSyncKey="m4")
    assert sky.rows("Assignment", condition("AssignmentSyncKey", "Equal", "m4")) == []
    assert sky.call("GET", f"Gradebook/Assignment/{item}").status_code == 200


def test_two_pages_are_short_of_the_size_asked_for(sky: Integration) -> None:
    for _ in range(3):
        sky.made()
    sky.sim.fault(sky.code, kind="two_pages")
    assert [len(sky.rows("Assignment", page=f"{page}/100")) for page in (1, 2, 3)] == [2, 1, 0]


def test_edits_in_skyward_move_modified_time(sky: Integration) -> None:
    item = sky.made()
    row = sky.score(item).json()
    edit = {"title": "By hand", "points": 50, "dueDate": "2026-11-12"}
    sky.sim.edit(sky.code, "change_line_item", lineItem=str(item), set=edit)
    sky.sim.edit(sky.code, "change_score", lineItem=str(item), student="stu-1", set={"score": 3})
    read = sky.call("GET", f"Gradebook/Assignment/{item}").json()
    assert (read["Name"], read["MaxScore"], read["DueDate"]) == ("By hand", 50, "2026-11-12T00:00:00")
    assert (read["UserIDCreatedBy"], read["UserIDModifiedBy"]) == (1, 2)
    again = sky.call("GET", f"Gradebook/StudentAssignment/{row['StudentAssignmentID']}").json()
    assert (again["Score"], again["ModifiedTime"] > row["ModifiedTime"]) == (3, True)
    sky.sim.edit(sky.code, "delete_line_item", lineItem=str(item))
    assert sky.call("POST", f"Gradebook/Assignment/{item}", {"Name": "B"}).status_code == 404
    assert sky.score(item).status_code == 404


def test_calls_are_counted_by_template(sky: Integration) -> None:
    sky.sim.reset_counters(sky.code)
    item = sky.made()
    sky.call("GET", f"Gradebook/Assignment/{item}")
    sky.rows("Assignment")
    calls = {one["template"]: one["count"] for one in sky.sim.counters(sky.code)["calls"]}
    assert calls == {
        "/Generic/{entityId}/Gradebook/Assignment": 1,
        "/Generic/{entityId}/Gradebook/Assignment/{id}": 1,
        "/Generic/{entityId}/Gradebook/Assignment/{page}/{pageSize}": 1,
    }


# The OneRoster door


def test_oneroster_and_generic_see_one_gradebook(third_party: Path, sky: Integration) -> None:
    standard = Standard(third_party / "1edtech")
    vendor = Vendor(sky.base, KEY, KNOWN_SCOPES, token="oauth/token", tail="ims/oneroster/gradebook/v1p2")
    assert vendor.put_line_item("guid-1").status_code == 201
    assert vendor.put_result("r-1", "guid-1").status_code == 201
    assert vendor.call("POST", "/lineItems/guid-1/results", {"results": []}).status_code == 405
    item = sky.made(Name="By Generic")
    assert sky.score(item).status_code == 200
    listed = sky.rows("Assignment")
    assert [one["Name"] for one in listed] == ["Item guid-1", "By Generic"]
    path = f"Gradebook/Assignment/{listed[0]['AssignmentID']}"
    assert sky.call("POST", path, {"Name": "Renamed"}).status_code == 200
    assert vendor.get("/lineItems/guid-1").json()["lineItem"]["title"] == "Renamed"
    for address in ("/lineItems", f"/lineItems/{item}", "/results", "/categories", "/lineItems/none"):
        answer = vendor.get(address)
        assert standard.problems("GET", address, answer.status_code, answer.content) == [], address
    sky.sim.fault(sky.code, kind="token_expire_now")
    assert vendor.get("/lineItems").status_code == 401
    vendor.close()


def test_oneroster_1p1_of_qmlativ(sky: Integration) -> None:
    scopes = frozenset(one.replace("v1p2", "v1p1") for one in KNOWN_SCOPES)
    vendor = Vendor(sky.base, KEY, scopes, token="oauth/token", tail="ims/oneroster/v1p1")
    body = line_item("g", school=None)
    assert vendor.call("PUT", "/lineitems/g", {"lineItem": body}).status_code == 201
    assert vendor.get("/gradingPeriods").json()["academicSessions"][0]["sourcedId"] == "mp-1"
    assert vendor.call("PUT", "/lineItems/g", {"lineItem": body | {"title": "x" * 50}}).status_code == 422
    vendor.close()
