"""An LMS with an Integration Access record: a small client of the Generic API for tests of the simulator."""

from dataclasses import dataclass
from typing import Any

import requests

from tests.simulators.client import Simulator

KEY = ("demo-client", "demo-client-secret")
#: Numbers of the example district.
SECTION, OTHER_SECTION, HOMEWORK, TESTS, LABS = 1001, 1002, 301, 302, 303


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
class Integration:
    """A district, and an LMS that is signed in."""

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


def message(answer: requests.Response) -> str:
    """The one field of an error body."""
    body = answer.json()
    assert set(body) == {"Message"}
    return str(body["Message"])


def condition(field: str, kind: str, value: object) -> dict[str, Any]:
    """A search body with one condition."""
    one = {"FieldName": field, "ConditionType": kind, "Value": value}
    return {"SearchCondition": {"SearchConditionGroup": {"ConditionGroupType": "And", "Conditions": [one]}}}
