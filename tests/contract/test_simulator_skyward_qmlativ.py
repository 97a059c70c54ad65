"""The simulated Qmlativ over HTTP: the Generic API as sis-apis 3D has it, and the OneRoster door beside it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulators.client import Simulator, SimulatorFailedError
from tests.simulators.oneroster.routes import KNOWN_SCOPES
from tests.simulators.vendor import Vendor, line_item
from tests.support.oneroster_standard import Standard
from tests.support.processes import until

EXAMPLE = Path(__file__).parents[1] / "simulators" / "examples" / "district.json"
KEY = ("demo-client", "demo-client-secret")
SECTION, OTHER_SECTION, HOMEWORK, TESTS, LABS = 1001, 1002, 301, 302, 303
_codes = count(1)


def assignment(**changes: Any) -> dict[str, Any]:
    """An assignment that every rule lets pass."""
    body = {
        "SectionID": SECTION,
        "CategoryID": HOMEWORK,
        "Name": "Quiz",
        "DueDate": "2026-11-10",
        "MaxScore": 100,
        "AssignmentSyncKey": "m1",
    }
    return body | changes


@dataclass(frozen=True)
class Skyward:
    """A district of its own, and an LMS that is signed in."""

    sim: Simulator
    code: str
    session: requests.Session

    @property
    def base(self) -> str:
        return self.sim.base(self.code)

    def call(self, method: str, path: str, body: object = None, entity: int = 1) -> requests.Response:
        address = f"{self.base}/Generic/{entity}/{path}"
        return self.session.request(method, address, json=body, timeout=10)

    def create(self, **changes: Any) -> requests.Response:
        return self.call("PUT", "Gradebook/Assignment", assignment(**changes))

    def made(self, **changes: Any) -> int:
        answer = self.create(**changes)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["AssignmentID"])

    def rows(self, kind: str, body: object = None, page: str = "1/100") -> list[dict[str, Any]]:
        answer = self.call("POST" if body else "GET", f"Gradebook/{kind}/{page}", body)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["Objects"]
        return found

    def seat(self, section: int = SECTION, nth: int = 0) -> int:
        seats = [one for one in self.rows("StudentSection") if one["SectionID"] == section]
        return int(seats[nth]["StudentSectionID"])

    def score(self, item: int, **changes: Any) -> requests.Response:
        body = {"AssignmentID": item, "StudentSectionID": self.seat(), "Score": 88.5} | changes
        return self.call("PUT", "Gradebook/StudentAssignment", body)

    def book(self) -> dict[str, Any]:
        return self.sim.gradebook(self.code)

    def switch(self, **switches: Any) -> None:
        self.sim.settings(self.code, switches=switches)

    def sign_in(self) -> None:
        form = {"grant_type": "client_credentials"}
        token = self.session.post(f"{self.base}/oauth/token", form, auth=KEY, timeout=10).json()
        self.session.headers["Authorization"] = f"Bearer {token['access_token']}"


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator("skyward_qmlativ") as running:
        yield running


@pytest.fixture
def sky(sim: Simulator) -> Iterator[Skyward]:
    district = json.loads(EXAMPLE.read_text()) | {"code": f"q{next(_codes)}"}
    district["codes"] = {"cat-hw": "HW"}
    sim.seed(district)
    session = requests.Session()
    session.trust_env = False
    made = Skyward(sim, district["code"], session)
    made.sign_in()
    yield made
    session.close()


def message(answer: requests.Response) -> str:
    """The one field of an error body."""
    body = answer.json()
    assert set(body) == {"Message"}
    return str(body["Message"])


def condition(field: str, kind: str, value: object) -> dict[str, Any]:
    """A search body with one condition."""
    one = {"FieldName": field, "ConditionType": kind, "Value": value}
    return {"SearchCondition": {"SearchConditionGroup": {"ConditionGroupType": "And", "Conditions": [one]}}}


# Sign-in and rights


def test_the_token_comes_for_client_credentials(sky: Skyward) -> None:
    address = f"{sky.base}/oauth/token"
    form = {"grant_type": "client_credentials"}
    in_form = form | {"client_id": KEY[0], "client_secret": KEY[1]}
    plain: dict[str, Any] = {"headers": {"Authorization": None}, "timeout": 10}
    assert requests.post(address, form, auth=KEY, timeout=10).json()["token_type"] == "Bearer"
    assert sky.session.post(address, in_form, **plain).status_code == 200
    assert sky.session.post(address, in_form | {"client_secret": "x"}, **plain).status_code == 401
    assert requests.post(address, form, auth=("demo-client", "x"), timeout=10).status_code == 401
    assert requests.post(address, {"grant_type": "password"}, auth=KEY, timeout=10).status_code == 400


def test_a_token_that_is_not_good_is_403_and_signing_in_again_helps(sky: Skyward) -> None:
    sky.sim.fault(sky.code, kind="token_expire_now")
    answer = sky.create()
    assert (answer.status_code, message(answer)) == (403, "the access token is not known")
    sky.sign_in()
    assert sky.create().status_code == 200
    sky.sim.clock(sky.code, 4000)
    assert sky.create().status_code == 403
    del sky.session.headers["Authorization"]
    assert sky.create().status_code == 401


def test_a_district_without_a_key_lets_nobody_in(sky: Skyward) -> None:
    sky.sim.seed({"code": sky.code, "auth": {}, "schools": []})
    form = {"grant_type": "client_credentials"}
    assert requests.post(f"{sky.base}/oauth/token", form, auth=KEY, timeout=10).status_code == 401
    assert sky.call("GET", "Gradebook/Assignment/1/10").status_code == 403


def test_clarifiers_of_the_seed(sky: Skyward) -> None:
    district = json.loads(EXAMPLE.read_text()) | {"code": sky.code}
    district["clarifiers"] = [{"code": "N", "description": "Not here", "missing": True, "noCount": True}]
    sky.sim.seed(district)
    sky.sign_in()
    found = sky.rows("ScoreClarifier")
    assert [(one["Code"], one["IsMissing"], one["NoCount"]) for one in found] == [("N", True, True)]
    district["clarifiers"][0]["colour"] = "red"
    with pytest.raises(SimulatorFailedError, match="colour"):
        sky.sim.seed(district)


def test_rights_are_taken_away_by_object_and_verb(sky: Skyward) -> None:
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
def test_addresses_that_do_not_answer(sky: Skyward, method: str, path: str, status: int) -> None:
    answer = sky.call(method, path, {} if method == "PUT" else None)
    assert answer.status_code == status
    assert message(answer)


def test_an_entity_is_the_district_or_a_school(sky: Skyward) -> None:
    item = sky.made()
    path = f"Gradebook/Assignment/{item}"
    assert [sky.call("GET", path, entity=one).status_code for one in (1, 101, 102, 999)] == [
        200,
        200,
        404,
        404,
    ]
    assert sky.call("GET", "Gradebook/Assignment/1/10", entity=102).json()["Objects"] == []
    for entity, status in ((102, 404), (101, 200)):
        assert sky.call("POST", path, {"Name": "B"}, entity=entity).status_code == status
        assert sky.call("DELETE", path, entity=entity).status_code == status


# Assignments


def test_put_creates_and_post_updates(sky: Skyward) -> None:
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


def test_the_same_create_twice_makes_two(sky: Skyward) -> None:
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
def test_what_an_assignment_is_refused_for(sky: Skyward, changes: dict[str, Any], said: str) -> None:
    answer = sky.create(**changes)
    assert answer.status_code == 400
    assert message(answer).startswith(said)
    item = sky.made()
    assert sky.call("POST", f"Gradebook/Assignment/{item}", changes).status_code == 400
    assert sky.book()["items"][0]["title"] == "Quiz"


@pytest.mark.parametrize("missing", ["SectionID", "CategoryID", "Name", "DueDate", "MaxScore"])
def test_what_an_assignment_must_have(sky: Skyward, missing: str) -> None:
    body = {key: value for key, value in assignment().items() if key != missing}
    answer = sky.call("PUT", "Gradebook/Assignment", body)
    assert (answer.status_code, message(answer)) == (400, f"{missing}: is required")


def test_refused_assignments_leave_an_error_to_read(sky: Skyward) -> None:
    sky.create(Name="x" * 60)
    assert [one["ErrorText"][:19] for one in sky.rows("TempAssignmentError")] == ["Name: name too long"]


def test_an_assignment_stays_in_its_section(sky: Skyward) -> None:
    item = sky.made()
    path = f"Gradebook/Assignment/{item}"
    assert sky.call("POST", path, {"SectionID": OTHER_SECTION}).status_code == 400
    assert sky.call("POST", path, {"SectionID": SECTION, "AssignmentID": item}).status_code == 200


def test_delete_warns_of_scores(sky: Skyward) -> None:
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


def test_the_sync_key_can_be_without_use(sky: Skyward) -> None:
    sky.switch(qmlativ_sync_key=False)
    assert sky.create().json()["AssignmentSyncKey"] is None
    assert sky.book()["items"][0]["externalId"] is None


def test_the_reply_of_a_create_by_switch(sky: Skyward) -> None:
    sky.switch(qmlativ_create_reply="id")
    assert set(sky.create().json()) == {"AssignmentID"}
    sky.sim.fault(sky.code, kind="no_id_in_reply")
    assert sky.create().json() == {}
    assert len(sky.book()["items"]) == 2


# Grading periods


def test_a_locked_period_stays_open_for_the_extension_days(sky: Skyward) -> None:
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


def test_the_calendar_can_close_periods_too(sky: Skyward) -> None:
    sky.sim.clock(sky.code, _seconds_to("2027-01-10"))
    sky.sign_in()
    assert sky.create().status_code == 200
    sky.switch(qmlativ_calendar_closes=True)
    assert sky.create().status_code == 400
    sky.switch(qmlativ_extension_days=60)
    assert sky.create().status_code == 200


def test_a_change_request_opens_a_closed_period_until_it_is_completed(sky: Skyward) -> None:
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


# Scores


def test_a_body_is_one_json_object(sky: Skyward) -> None:
    address = f"{sky.base}/Generic/1/Gradebook/Assignment"
    for body in (b"[]", b"5", b"{", b'{"MaxScore": NaN}', b"[" * 5000):
        answer = sky.session.put(address, body, timeout=10)
        assert (answer.status_code, set(answer.json())) == (400, {"Message"}), body


def test_a_score_is_one_row_that_is_updated(sky: Skyward) -> None:
    item = sky.made()
    made = sky.score(item, Comments="good").json()
    row = made["StudentAssignmentID"]
    assert (made["PointsEarned"], made["IsGraded"], made["Comments"]) == (88.5, True, "good")
    assert sky.score(item).status_code == 400
    path = f"Gradebook/StudentAssignment/{row}"
    changed = sky.call("POST", path, {"Score": 120}).json()
    assert (changed["Score"], changed["Comments"]) == (120, "good")
    assert sky.call("GET", f"Gradebook/Assignment/{item}").json()["ScoredStudentAssignmentCount"] == 1
    found = sky.book()["scores"]
    assert [(one["student"], one["value"], one["comment"]) for one in found] == [("stu-1", 120, "good")]
    assert found[0]["studentKey"] == str(sky.seat())
    cleared = sky.call("POST", path, {"Score": None, "Comments": None}).json()
    assert (cleared["Score"], cleared["Comments"], cleared["IsGraded"]) == (None, None, False)
    assert sky.call("DELETE", path).status_code == 200
    assert sky.call("GET", path).status_code == 404
    assert sky.book()["scores"] == []


def test_a_second_row_updates_by_switch(sky: Skyward) -> None:
    sky.switch(qmlativ_second_row="update")
    item = sky.made()
    first, second = sky.score(item).json(), sky.score(item, Score=1).json()
    assert (second["StudentAssignmentID"], second["Score"]) == (first["StudentAssignmentID"], 1)


def test_rows_can_come_with_the_assignment(sky: Skyward) -> None:
    sky.switch(qmlativ_rows="with_assignment")
    item = sky.made()
    rows = sky.rows("StudentAssignment", condition("AssignmentID", "Equal", item))
    assert [one["Score"] for one in rows] == [None, None, None]
    path = f"Gradebook/StudentAssignment/{rows[1]['StudentAssignmentID']}"
    assert sky.call("POST", path, {"Score": 5}).status_code == 200
    assert {one["student"]: one["value"] for one in sky.book()["scores"]} == {
        "stu-1": None,
        "stu-2": 5,
        "stu-3": None,
    }


def clarifier(sky: Skyward, code: str) -> int:
    return next(int(one["ScoreClarifierID"]) for one in sky.rows("ScoreClarifier") if one["Code"] == code)


def test_flags_and_clarifiers(sky: Skyward) -> None:
    row = sky.score(sky.made(), Score=None).json()["StudentAssignmentID"]
    path = f"Gradebook/StudentAssignment/{row}"

    def flags(**changes: Any) -> list[str]:
        answer = sky.call("POST", path, changes)
        assert answer.status_code == 200, answer.text
        found: list[str] = sky.book()["scores"][0]["flags"]
        return found

    assert flags() == []
    assert flags(NoCount=True) == ["excused"]
    assert flags(NoCount=False, IsMissing=True) == ["missing"]
    assert flags(IsMissing=False, ScoreClarifierID=clarifier(sky, "EX")) == ["excused"]
    assert sky.call("GET", path).json()["NoCount"] is True
    assert flags(ScoreClarifierID=clarifier(sky, "M")) == ["missing"]
    assert flags(ScoreClarifierID=clarifier(sky, "L"), Score=70) == ["late"]
    assert flags(ScoreClarifierID=clarifier(sky, "I")) == ["incomplete"]
    assert flags(ScoreClarifierID=None) == []
    assert flags(SubmissionStatus="Submitted") == ["collected"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"AssignmentID": 99}, 404),
        ({"StudentSectionID": 99}, 400),
        ({"StudentSectionID": None}, 400),
        ({"SectionID": OTHER_SECTION}, 400),
        ({"ScoreClarifierID": 99}, 400),
        ({"GradeMarkID": 1}, 400),
        ({"Score": "A"}, 400),
        ({"IsMissing": "true"}, 400),
        ({"PointsEarned": 5}, 400),
        ({"SubmissionTime": "soon"}, 400),
    ],
)
def test_what_a_score_is_refused_for(sky: Skyward, changes: dict[str, Any], status: int) -> None:
    item = sky.made()
    answer = sky.score(item, **changes)
    assert answer.status_code == status
    assert message(answer)
    assert sky.book()["scores"] == []


def test_a_dropped_student_is_refused_by_row(sky: Skyward) -> None:
    item, seat = sky.made(), sky.seat()
    row = sky.score(item).json()["StudentAssignmentID"]
    sky.sim.edit(sky.code, "drop_student", class_="class-1", student="stu-1")
    assert sky.score(item, StudentSectionID=seat).status_code == 400
    answer = sky.call("POST", f"Gradebook/StudentAssignment/{row}", {"Score": 1})
    assert (answer.status_code, "no longer in the section" in message(answer)) == (400, True)
    assert sky.score(item, StudentSectionID=sky.seat(OTHER_SECTION)).status_code == 400


def test_a_row_does_not_move(sky: Skyward) -> None:
    item, other = sky.made(), sky.made(Name="Other")
    row = sky.score(item).json()["StudentAssignmentID"]
    path = f"Gradebook/StudentAssignment/{row}"
    assert sky.call("POST", path, {"AssignmentID": other}).status_code == 400
    assert sky.call("POST", path, {"StudentAssignmentID": row + 1}).status_code == 400
    same = {"StudentAssignmentID": row, "AssignmentID": item, "StudentSectionID": sky.seat(), "Score": 2}
    assert sky.call("POST", path, same).status_code == 200


# Lists and search


def test_lists_are_paged_and_can_be_searched(sky: Skyward) -> None:
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


def test_groups_and_order_of_a_search(sky: Skyward) -> None:
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


def test_fields_can_be_chosen(sky: Skyward) -> None:
    item = sky.made()
    answer = sky.call("GET", f"Gradebook/Assignment/{item}?searchFields=Name,MaxScore")
    assert answer.json() == {"Name": "Quiz", "MaxScore": 100}
    answer = sky.call("GET", "Gradebook/Assignment/1/5?searchFields=Name&searchFields=DueDate")
    assert answer.json()["Objects"] == [{"Name": "Quiz", "DueDate": "2026-11-10T00:00:00"}]
    assert sky.call("GET", f"Gradebook/Assignment/{item}?searchFields=Colour").status_code == 400


def test_a_directory_can_be_read(sky: Skyward) -> None:
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
def test_errors_of_faults(sky: Skyward, kind: str, status: int) -> None:
    sky.sim.fault(sky.code, kind=kind)
    answer = sky.create()
    assert (answer.status_code, message(answer)[:5]) == (status, "fault")


def test_lost_replies_and_late_commits(sky: Skyward) -> None:
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


def test_two_pages_are_short_of_the_size_asked_for(sky: Skyward) -> None:
    for _ in range(3):
        sky.made()
    sky.sim.fault(sky.code, kind="two_pages")
    assert [len(sky.rows("Assignment", page=f"{page}/100")) for page in (1, 2, 3)] == [2, 1, 0]


def test_edits_in_skyward_move_modified_time(sky: Skyward) -> None:
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


def test_calls_are_counted_by_template(sky: Skyward) -> None:
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


def test_oneroster_and_generic_see_one_gradebook(third_party: Path, sky: Skyward) -> None:
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


def test_oneroster_1p1_of_qmlativ(sky: Skyward) -> None:
    scopes = frozenset(one.replace("v1p2", "v1p1") for one in KNOWN_SCOPES)
    vendor = Vendor(sky.base, KEY, scopes, token="oauth/token", tail="ims/oneroster/v1p1")
    body = line_item("g", school=None)
    assert vendor.call("PUT", "/lineitems/g", {"lineItem": body}).status_code == 201
    assert vendor.get("/gradingPeriods").json()["academicSessions"][0]["sourcedId"] == "mp-1"
    assert vendor.call("PUT", "/lineItems/g", {"lineItem": body | {"title": "x" * 50}}).status_code == 422
    vendor.close()
