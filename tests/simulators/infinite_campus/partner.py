"""A partner of Grade Book Sync in both versions: a small client for tests of the simulator."""

from dataclasses import dataclass
from typing import Any

import requests

from tests.simulators.client import Simulator
from tests.simulators.oneroster.routes import KNOWN_SCOPES
from tests.simulators.vendor import Vendor, line_item, result

CLIENT = ("demo-client", "demo-client-secret")
VENDOR = {"x-vendor-authorization": "demo-vendor:demo-vendor-secret"}
TOKEN = "campus/oauth2/token?appName=sync"
V12 = "campus/api/ims/oneroster/gradebook/v1p2"
ROSTER12 = "campus/api/ims/oneroster/rostering/v1p2"
V11 = "campus/api/ims/oneroster/v1p1"
SCOPES11 = frozenset(one.replace("v1p2", "v1p1") for one in KNOWN_SCOPES)


def item11(sourced_id: str, **changes: Any) -> dict[str, Any]:
    """A 1.1 line item as Google Classroom sends it: no category, no grading period, no school."""
    return line_item(sourced_id, school=None, category=None, **changes)


def result11(sourced_id: str, item: str, student: str = "sstu-1", **changes: Any) -> dict[str, Any]:
    """A 1.1 result."""
    return result(sourced_id, item, student, **changes)


@dataclass(frozen=True)
class Campus:
    """A district of its own with a partner in each version."""

    sim: Simulator
    code: str
    new: Vendor
    old: Vendor

    def put(self, sourced_id: str, **changes: Any) -> requests.Response:
        return self.new.put_line_item(sourced_id, **changes)

    def put11(self, sourced_id: str, **changes: Any) -> requests.Response:
        return self.old.call("PUT", f"/lineItems/{sourced_id}", {"lineItem": item11(sourced_id, **changes)})

    def score11(self, sourced_id: str, item: str, **changes: Any) -> requests.Response:
        return self.old.call(
            "PUT", f"/results/{sourced_id}", {"result": result11(sourced_id, item, **changes)}
        )

    def book(self) -> dict[str, Any]:
        return self.sim.gradebook(self.code)

    def switch(self, **switches: Any) -> None:
        self.sim.settings(self.code, switches=switches)
