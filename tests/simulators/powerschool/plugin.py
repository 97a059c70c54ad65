"""A small plugin to call the simulated PowerSchool with: plain correct bodies, nothing more.

It is for tests of the simulator; the product's own adapter is tested with itself.
"""

from typing import Any

import requests

TIMEOUT = 10.0
Body = dict[str, Any]


class Plugin:
    """Calls one district as a teacher, with ids learnt from the directory view."""

    def __init__(self, base: str, client: tuple[str, str], directory: Body, section: str = "class-1") -> None:
        """Sign in at once; ``section`` is the class that items are for."""
        self.base = base
        self.client = client
        self.session = requests.Session()
        self.session.trust_env = False
        self.directory = directory
        found = next(one for one in directory["sections"] if one["id"] == section)
        self.section = int(found["key"])
        self.teacher = int(found["teachers"][0]["key"])
        self.students = {one["id"]: int(one["key"]) for one in found["students"]}
        self.categories = {one["id"]: int(one["key"]) for one in found["categories"]}
        self.sign_in()

    def sign_in(self) -> Body:
        """Get the token."""
        answer = self.ask_token()
        answer.raise_for_status()
        token: Body = answer.json()
        self.session.headers["Authorization"] = f"Bearer {token['access_token']}"
        return token

    def ask_token(self, client: tuple[str, str] | None = None, **form: str) -> requests.Response:
        """POST /oauth/access_token/."""
        return requests.post(
            f"{self.base}/oauth/access_token/",
            data={"grant_type": "client_credentials"} | form,
            auth=client or self.client,
            timeout=TIMEOUT,
        )

    def call(self, method: str, path: str, body: object = None, **query: Any) -> requests.Response:
        """One call as this teacher; a query argument of None is left out."""
        timeout = query.pop("timeout", TIMEOUT)
        return self.session.request(
            method,
            f"{self.base}{path}",
            json=body,
            params={"users_dcid": self.teacher} | query,
            timeout=timeout,
            allow_redirects=False,
        )

    def assignment(self, title: str = "Quiz", **changes: Any) -> Body:
        """An assignment of one section; None takes a field out."""
        section = {
            "sectionsdcid": self.section,
            "name": title,
            "duedate": "2026-11-10",
            "scoretype": "POINTS",
            "scoreentrypoints": 10,
            "weight": 1,
            "totalpointvalue": 10,
            "_assignmentcategoryassociations": [
                {"teachercategoryid": self.categories["cat-hw"], "isprimary": True}
            ],
        } | changes
        return {"_assignmentsections": [{key: one for key, one in section.items() if one is not None}]}

    def create(self, title: str = "Quiz", **changes: Any) -> requests.Response:
        """POST an assignment."""
        return self.call("POST", "/ws/xte/section/assignment/", self.assignment(title, **changes))

    def made(self, title: str = "Quiz", **changes: Any) -> tuple[int, int]:
        """Create and read back: assignmentid and assignmentsectionid."""
        answer = self.create(title, **changes)
        assert answer.status_code == 201, answer.text
        number = int(answer.headers["Location"].rpartition("/")[2])
        return number, int(self.read(number)["_assignmentsections"][0]["assignmentsectionid"])

    def read(self, number: int) -> Body:
        """GET one assignment."""
        answer = self.call("GET", f"/ws/xte/section/assignment/{number}")
        assert answer.status_code == 200, answer.text
        found: Body = answer.json()
        return found

    def listed(self) -> list[Body]:
        """GET the assignments of the section."""
        answer = self.call("GET", "/ws/xte/section/assignment/", section_ids=self.section)
        assert answer.status_code == 200, answer.text
        found: list[Body] = answer.json()
        return found

    def score(self, section: int, student: str = "stu-1", points: float | None = 8, **changes: Any) -> Body:
        """One row of a score batch."""
        row = {
            "_assignmentsection": {"assignmentsectionid": section},
            "studentsdcid": self.students.get(student, student),
            "actualscoreentered": "" if points is None else f"{points:g}",
            "actualscorekind": "REAL_SCORE",
            "scoretype": "POINTS",
            "scorepoints": points,
        }
        return row | changes

    def put_scores(self, *rows: Body, **query: Any) -> requests.Response:
        """PUT a batch of scores."""
        return self.call("PUT", "/ws/xte/score", {"assignment_scores": list(rows)}, **query)

    def table(self, name: str, **query: Any) -> list[Body]:
        """Rows of a schema table."""
        answer = self.call("GET", f"/ws/schema/table/{name}", **({"projection": "*"} | query))
        assert answer.status_code == 200, answer.text
        return [one["tables"][name] for one in answer.json()["record"]]

    def close(self) -> None:
        """Close the connections."""
        self.session.close()
