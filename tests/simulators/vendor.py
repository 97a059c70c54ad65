"""A small LMS to call a simulator with: signs in by OAuth 2, builds plain correct bodies, nothing more.

It is for tests of the simulators; the product's own adapters are tested with themselves.
"""

from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session

from tests.simulators.oneroster.routes import KNOWN_SCOPES

TIMEOUT = 10.0
Body = dict[str, Any]


def ref(kind: str, sourced_id: str) -> Body:
    """A full reference."""
    return {"href": f"http://lms.invalid/{kind}/{sourced_id}", "sourcedId": sourced_id, "type": kind}


def line_item(sourced_id: str, **changes: Any) -> Body:
    """A line item of class-1 that every rule of the example district lets pass; None takes a field out."""
    body = {
        "sourcedId": sourced_id,
        "title": f"Item {sourced_id}",
        "assignDate": "2026-11-03T14:00:00Z",
        "dueDate": "2026-11-10T18:00:00Z",
        "class": ref("class", "class-1"),
        "school": ref("org", "school-1"),
        "category": ref("category", "cat-hw"),
        "resultValueMin": 0,
        "resultValueMax": 100,
    }
    return _changed(body, changes)


def result(sourced_id: str, item: str, student: str = "stu-1", **changes: Any) -> Body:
    """A graded result; None takes a field out."""
    body = {
        "sourcedId": sourced_id,
        "lineItem": ref("lineItem", item),
        "student": ref("user", student),
        "scoreStatus": "fully graded",
        "score": 88.5,
        "scoreDate": "2026-11-11",
    }
    return _changed(body, changes)


class Vendor:
    """Calls one district with a bearer token."""

    def __init__(
        self,
        base: str,
        client: tuple[str, str],
        scopes: frozenset[str] = KNOWN_SCOPES,
        *,
        token: str = "token",
        tail: str = "ims/oneroster/v1p2",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Sign in at once; ``token`` and ``tail`` come after the base, ``headers`` go with every call."""
        self.base = base
        self.tail = tail
        self._client = client
        self._scopes = scopes
        self._token = token
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(headers or {})
        self.sign_in()

    def sign_in(self) -> None:
        """Get a token, with authlib as an independent client."""
        with OAuth2Session(*self._client, scope=" ".join(sorted(self._scopes)), trust_env=False) as oauth:
            token = oauth.fetch_token(
                f"{self.base}/{self._token}", grant_type="client_credentials", timeout=TIMEOUT
            )
        self.session.headers["Authorization"] = f"Bearer {token['access_token']}"

    def call(self, method: str, path: str, body: object = None, **options: Any) -> requests.Response:
        """One call to the gradebook; paths as in the standard."""
        options = {"timeout": TIMEOUT, "allow_redirects": False} | options
        return self.session.request(method, f"{self.base}/{self.tail}{path}", json=body, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET."""
        return self.call("GET", path, **options)

    def put_line_item(self, sourced_id: str, **changes: Any) -> requests.Response:
        """PUT /lineItems/{id}."""
        return self.call("PUT", f"/lineItems/{sourced_id}", {"lineItem": line_item(sourced_id, **changes)})

    def put_result(
        self, sourced_id: str, item: str, student: str = "stu-1", **changes: Any
    ) -> requests.Response:
        """PUT /results/{id}."""
        return self.call(
            "PUT", f"/results/{sourced_id}", {"result": result(sourced_id, item, student, **changes)}
        )

    def close(self) -> None:
        """Close the connections."""
        self.session.close()


def _changed(body: Body, changes: Body) -> Body:
    named = {key.rstrip("_"): value for key, value in changes.items()}
    return {key: value for key, value in (body | named).items() if value is not None}
