"""The simulated Qmlativ over HTTP: sign-in, rights, addresses, assignments, grading periods (sis-apis 3D)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.contract.conftest import EXAMPLE
from tests.simulators.client import SimulatorFailedError
from tests.simulators.skyward.qmlativ.integration import (
    KEY,
    LABS,
    OTHER_SECTION,
    SECTION,
    TESTS,
    Integration,
    assignment,
    condition,
    message,
)

# Sign-in and rights


def test_the_token_comes_for_client_credentials(sky: Integration) -> None:
    address = f"{sky.base}/oauth/token"
    form = {"grant_type": "client_credentials"}
    in_form = form | {"client_id": KEY[0], "client_secret": KEY[1]}
    plain: dict[str, Any] = {"headers": {"Authorization": None}, "timeout": 10}
    assert requests.post(address, form, auth=KEY, timeout=10).json()["token_type"] == "Bearer"
    assert sky.session.post(address, in_form, **plain).status_code == 200
    assert sky.session.post(address, in_form | {"client_secret": "x"}, **plain).status_code == 401
    assert requests.post(address, form, auth=("demo-client", "x"), timeout=10).status_code == 401
    assert requests.post(address, {"grant_type": "password"}, auth=KEY, timeout=10).status_code == 400


def test_a_token_that_is_not_good_is_403_and_signing_in_again_helps(sky: Integration) -> None:
    sky.sim.fault(sky.code, kind="token_expire_now")
    answer = sky.create()
    assert (answer.status_code, message(answer)) == (403, "the access token is not known")
    sky.sign_in()
    assert sky.create().status_code == 200
    sky.sim.clock(sky.code, 4000)
    assert sky.create().status_code == 403
    del sky.session.headers["Authorization"]
    assert sky.create().status_code == 401


def test_a_district_without_a_key_lets_nobody_in(sky: Integration) -> None:
    sky.sim.seed({"code": sky.code, "auth": {}, "schools": []})
    form = {"grant_type": "client_credentials"}
    assert requests.post(f"{sky.base}/oauth/token", form, auth=KEY, timeout=10).status_code == 401
    assert sky.call("GET", "Gradebook/Assignment/1/10").status_code == 403


def test_clarifiers_of_the_seed(sky: Integration) -> None:
    district = json.loads(EXAMPLE.read_text()) | {"code": sky.code}
    district["clarifiers"] = [{"code": "N", "description": "Not here", "missing": True, "noCount": True}]
    sky.sim.seed(district)
    sky.sign_in()
    found = sky.rows("ScoreClarifier")
    assert [(one["Code"], one["IsMissing"], one["NoCount"]) for one in found] == [("N", True, True)]
    district["clarifiers"][0]["colour"] = "red"
    with pytest.raises(SimulatorFailedError, match="colour"):
        sky.sim.seed(district)


def test_rights_are_taken_away_by_object_and_verb(sky: Integration) -> None:
    item = sky.made()
    sky.sim.settings(sky.code, denied=["Assignment.create", "StudentAssignment"])
    answer = sky.create()
    assert (answer.status_code, message(answer)) == (403, "no right to create Assignment")
    assert sky.score(item).status_code == 403
    assert sky.call("POST", f"Gradebook/Assignment/{item}", {"Name": "B"}).status_code == 200
    sky.sim.settings(sky.code, denied=["Assignment.delete"])
    read = sky.call("GET", f"Gradebook/Assignment/{item}").json()
    assert read["CanDelete"] is False
    assert sky.call("DELETE", f"Gradebook/Assignment/{item}").status_code == 403


# Addresses


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "Gradebook/Nothing/1/10", 404),
        ("GET", "Student/Assignment/1/10", 404),
        ("GET", "Gradebook/Assignment/x", 404),
        ("GET", "Gradebook/Assignment/1/10/2", 404),
        ("GET", "Gradebook/Assignment", 405),
        ("POST", "Gradebook/Assignment", 405),
        ("PUT", "Gradebook/Assignment/5", 405),
        ("PUT", "Gradebook/GradebookCategory", 405),
        ("DELETE", "Gradebook/GradebookCategory/301", 405),
        ("GET", "Gradebook/Assignment/0/10", 400),
        ("GET", "Gradebook/Assignment/1/0", 400),
        ("GET", "Gradebook/Assignment/99", 404),
        ("POST", "Gradebook/Assignment/99", 404),
        ("DELETE", "Gradebook/Assignment/99", 404),
        ("GET", "Gradebook/StudentAssignment/99", 404),
        ("POST", "Gradebook/StudentAssignment/99", 404),
        ("DELETE", "Gradebook/StudentAssignment/99", 404),
        ("POST", "Gradebook/ClosedGradingPeriodGradeChange/9", 404),
    ],
)
def test_addresses_that_do_not_answer(sky: Integration, method: str, path: str, status: int) -> None:
    answer = sky.call(method, path, {} if method == "PUT" else None)
    assert answer.status_code == status
    assert message(answer)


def test_an_entity_is_the_district_or_a_school(sky: Integration) -> None:
    item = sky.made()
    path = f"Gradebook/Assignment/{item}"
    assert [sky.call("GET", path, entity=one).status_code for one in (1, 101, 102, 999)] == [
        200,
        200,
        404,
        404,
    ]
    assert sky.call("GET", "Gradebook/Assignment/1/10", entity=102).json()["Objects"] == []
    assert sky.call("GET", "Gradebook/GradebookCategory/1/10", entity=999).status_code == 404
    for entity, status in ((102, 404), (101, 200)):
        assert sky.call("POST", path, {"Name": "B"}, entity=entity).status_code == status
        assert sky.call("DELETE", path, entity=entity).status_code == status


# Assignments


def test_put_creates_and_post_updates(sky: Integration) -> None:
    made = sky.create(Description="d", Weight=2, AssignedDate="2026-11-03").json()
    item = made["AssignmentID"]
    assert {key: made[key] for key in ("Name", "DueDate", "AssignedDate", "MaxScore", "Weight")} == {
        "Name": "Quiz",
        "DueDate": "2026-11-10T00:00:00",
        "AssignedDate": "2026-11-03T00:00:00",
        "MaxScore": 100,
        "Weight": 2,
    }
    assert (made["AssignmentSyncKey"], made["ScoredStudentAssignmentCount"]) == ("m1", 0)
    changed = sky.call("POST", f"Gradebook/Assignment/{item}", {"Name": "Test", "CategoryID": TESTS}).json()
    assert (changed["Name"], changed["CategoryID"], changed["Description"]) == ("Test", TESTS, "d")
    assert changed["ModifiedTime"] > made["ModifiedTime"]
    assert changed["CreatedTime"] == made["CreatedTime"]
    again = sky.call("POST", f"Gradebook/Assignment/{item}", {"Name": "Test"}).json()
    assert again["ModifiedTime"] == changed["ModifiedTime"]
    book = sky.book()["items"]
    assert [(one["id"], one["title"], one["category"], one["dueDate"]) for one in book] == [
        (str(item), "Test", "cat-test", "2026-11-10")
    ]
    assert book[0]["externalId"] == "m1"
    assert (book[0]["sectionKey"], book[0]["categoryKey"]) == (str(SECTION), str(TESTS))


def test_the_same_create_twice_makes_two(sky: Integration) -> None:
    assert sky.made() != sky.made()
    found = sky.rows("Assignment", condition("AssignmentSyncKey", "Equal", "m1"))
    assert len(found) == 2
    assert [one["created"] for one in sky.sim.commits(district=sky.code)] == [True, True]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Name": "x" * 50}, "Name: name too long"),
        ({"Name": " "}, "Name: must not be blank"),
        ({"Name": None}, "Name: is required"),
        ({"MaxScore": 9.5}, "MaxScore: must be a whole number"),
        ({"MaxScore": "9"}, "MaxScore: must be a number"),
        ({"DueDate": "2026-09-15"}, "DueDate: grading period closed"),
        ({"DueDate": "2027-06-15"}, "DueDate: is in no grading period"),
        ({"DueDate": "soon"}, "DueDate: must be an ISO date"),
        ({"CategoryID": LABS}, "CategoryID: invalid assignment group"),
        ({"CategoryID": 999}, "CategoryID: invalid assignment group"),
        ({"SectionID": 999}, "SectionID 999 does not exist"),
        ({"ModifiedTime": "2026-11-10"}, "ModifiedTime: cannot be written"),
        ({"Colour": "red"}, "Colour: cannot be written"),
    ],
)
def test_what_an_assignment_is_refused_for(sky: Integration, changes: dict[str, Any], said: str) -> None:
    answer = sky.create(**changes)
    assert answer.status_code == 400
    assert message(answer).startswith(said)
    item = sky.made()
    assert sky.call("POST", f"Gradebook/Assignment/{item}", changes).status_code == 400
    assert sky.book()["items"][0]["title"] == "Quiz"


@pytest.mark.parametrize("missing", ["SectionID", "CategoryID", "Name", "DueDate", "MaxScore"])
def test_what_an_assignment_must_have(sky: Integration, missing: str) -> None:
    body = {key: value for key, value in assignment().items() if key != missing}
    answer = sky.call("PUT", "Gradebook/Assignment", body)
    assert (answer.status_code, message(answer)) == (400, f"{missing}: is required")


def test_refused_assignments_leave_an_error_to_read(sky: Integration) -> None:
    sky.create(Name="x" * 60)
    assert [one["ErrorText"][:19] for one in sky.rows("TempAssignmentError")] == ["Name: name too long"]


def test_an_assignment_stays_in_its_section(sky: Integration) -> None:
    item = sky.made()
    path = f"Gradebook/Assignment/{item}"
    assert sky.call("POST", path, {"SectionID": OTHER_SECTION}).status_code == 400
    assert sky.call("POST", path, {"SectionID": SECTION, "AssignmentID": item}).status_code == 200


def test_delete_warns_of_scores(sky: Integration) -> None:
    item = sky.made()
    assert sky.score(item).status_code == 200
    path = f"Gradebook/Assignment/{item}"
    answer = sky.call("DELETE", path)
    assert (answer.status_code, message(answer)[:8]) == (400, "Warning:")
    assert sky.call("DELETE", f"{path}?ignoreWarnings=true").status_code == 200
    assert sky.call("GET", path).status_code == 404
    assert sky.book() | {"items": [], "scores": []} == sky.book()
    other = sky.made()
    assert sky.call("POST", f"Gradebook/Assignment/{other}", {"IsDeleted": True}).status_code == 200
    assert sky.rows("Assignment") == []


def test_the_sync_key_can_be_without_use(sky: Integration) -> None:
    sky.switch(qmlativ_sync_key=False)
    assert sky.create().json()["AssignmentSyncKey"] is None
    assert sky.book()["items"][0]["externalId"] is None


def test_the_reply_of_a_create_by_switch(sky: Integration) -> None:
    sky.switch(qmlativ_create_reply="id")
    assert set(sky.create().json()) == {"AssignmentID"}
    sky.sim.fault(sky.code, kind="no_id_in_reply")
    assert sky.create().json() == {}
    assert len(sky.book()["items"]) == 2


# Grading periods


def test_a_locked_period_stays_open_for_the_extension_days(sky: Integration) -> None:
    # The clock of the district is put ten days after the end of the locked period.
    day = 24 * 3600
    end = sky.rows("GradingPeriod")[0]["EndDate"]
    assert end == "2026-10-16T00:00:00"
    sky.sim.clock(sky.code, _seconds_to("2026-10-26"))
    sky.sign_in()
    assert sky.create(DueDate="2026-10-05").status_code == 400
    sky.switch(qmlativ_extension_days=14)
    assert sky.rows("GradebookConfigEntityGroupYear")[0]["GradingPeriodEditExtensionDays"] == 14
    made = sky.create(DueDate="2026-10-05").json()
    assert made["DueDateInCurrentOpenExtendedGradingPeriod"] is True
    sky.sim.clock(sky.code, _seconds_to("2026-10-26") + 6 * day)
    sky.sign_in()
    read = sky.call("GET", f"Gradebook/Assignment/{made['AssignmentID']}").json()
    assert (read["IsActiveOrUnlocked"], read["DueDateInCurrentOpenExtendedGradingPeriod"]) == (False, False)
    assert sky.score(made["AssignmentID"]).status_code == 400
    assert sky.call("DELETE", f"Gradebook/Assignment/{made['AssignmentID']}").status_code == 400


def _seconds_to(day: str) -> float:
    return datetime.fromisoformat(f"{day}T18:00:00+00:00").timestamp() - datetime.now(UTC).timestamp()


def test_the_calendar_can_close_periods_too(sky: Integration) -> None:
    sky.sim.clock(sky.code, _seconds_to("2027-01-10"))
    sky.sign_in()
    assert sky.create().status_code == 200
    sky.switch(qmlativ_calendar_closes=True)
    assert sky.create().status_code == 400
    sky.switch(qmlativ_extension_days=60)
    assert sky.create().status_code == 200


def test_a_change_request_opens_a_closed_period_until_it_is_completed(sky: Integration) -> None:
    path = "Gradebook/ClosedGradingPeriodGradeChange"
    period = sky.rows("GradingPeriod")[0]["GradingPeriodID"]
    request = {"GradingPeriodID": period, "SectionID": SECTION, "Reason": "late work"}
    assert sky.create(DueDate="2026-10-05").status_code == 400
    made = sky.call("PUT", path, request).json()
    assert made["CompletedTime"] is None
    item = sky.made(DueDate="2026-10-05")
    assert sky.score(item).status_code == 200
    done = {"CompletedTime": "2026-11-20T10:00:00"}
    number = made["ClosedGradingPeriodGradeChangeID"]
    assert sky.call("POST", f"{path}/{number}", done).status_code == 200
    assert sky.score(item, StudentSectionID=sky.seat(nth=1)).status_code == 400
    assert sky.call("PUT", path, request | {"SectionID": 9}).status_code == 400
    assert sky.call("PUT", path, {"Reason": "x"}).status_code == 400
    assert sky.call("POST", f"{path}/9", done).status_code == 404


def test_a_body_is_one_json_object(sky: Integration) -> None:
    address = f"{sky.base}/Generic/1/Gradebook/Assignment"
    for body in (b"[]", b"5", b"{", b'{"MaxScore": NaN}', b"[" * 5000):
        answer = sky.session.put(address, body, timeout=10)
        assert (answer.status_code, set(answer.json())) == (400, {"Message"}), body
