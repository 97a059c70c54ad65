"""A small partner of a district to call the simulated Aeries with: plain correct bodies, nothing more.

It is for tests of the simulator; the product's own adapter is tested with itself.
"""

from typing import Any

import requests

from tests.simulators.aeries.system import HEADER

TIMEOUT = 10.0
Body = dict[str, Any]


class Partner:
    """Calls one district with its certificate, with numbers learnt from the directory view."""

    def __init__(self, base: str, certificate: str, directory: Body, section: str = "class-1") -> None:
        """``section`` is the class whose gradebook items are for."""
        self.base = f"{base}/api/v5"
        self.directory = directory
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers[HEADER] = certificate
        found = next(one for one in directory["sections"] if one["id"] == section)
        self.gradebook = found["keys"]["GradebookNumber"]
        self.keys: dict[str, str] = found["keys"]
        self.students = {one["id"]: int(one["key"]) for one in found["students"]}

    def call(self, method: str, path: str, body: object = None, **options: Any) -> requests.Response:
        """One call; paths after ``/api/v5``."""
        options = {"timeout": TIMEOUT, "allow_redirects": False} | options
        return self.session.request(method, f"{self.base}{path}", json=body, **options)

    def assignment(self, title: str = "Quiz", **changes: Any) -> Body:
        """An assignment for this gradebook alone; None takes a field out."""
        body = {
            "Description": title,
            "AssignmentCategoryCode": "H",
            "DateAssigned": "2026-11-03",
            "DateDue": "2026-11-10",
            "PointsPossible": 10,
            "ExternalID": "lms-1",
            "CreateInLinkedGradebooksToo": False,
        } | changes
        return {key: value for key, value in body.items() if value is not None}

    def create(self, title: str = "Quiz", **changes: Any) -> requests.Response:
        """POST an assignment."""
        path = f"/gradebooks/{self.gradebook}/Assignments"
        return self.call("POST", path, self.assignment(title, **changes))

    def made(self, title: str = "Quiz", **changes: Any) -> Body:
        """Create; the row of this gradebook."""
        answer = self.create(title, **changes)
        assert answer.status_code == 201, answer.text
        row: Body = answer.json()[0]
        return row

    def read(self, unique_id: str) -> Body:
        """GET one assignment."""
        answer = self.call("GET", f"/gradebooks/Assignments/{unique_id}")
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    def listed(self) -> list[Body]:
        """GET the assignments of the gradebook."""
        answer = self.call("GET", f"/gradebooks/{self.gradebook}/assignments")
        assert answer.status_code == 200, answer.text
        found: list[Body] = answer.json()
        return found

    def score(self, student: str = "stu-1", value: float | None = 8, **changes: Any) -> Body:
        """One row of a score array."""
        return {"StudentID": self.students.get(student, student), "NumberCorrect": value} | changes

    def post_scores(self, unique_id: str, *rows: Body) -> requests.Response:
        """POST scores."""
        return self.call("POST", f"/gradebooks/assignments/{unique_id}/Scores", list(rows))

    def close(self) -> None:
        """Close the connections."""
        self.session.close()
