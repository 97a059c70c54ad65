"""OAuth 2 client credentials and scopes."""

from typing import Any

import pytest
import requests

from tests.simulators.oneroster.routes import DELETE, KNOWN_SCOPES, POST, PUT, READ, READ_CORE, ROSTER
from tests.simulators.vendor import Vendor
from tests.unit.simulators.conftest import School

CLIENT = ("demo-client", "demo-client-secret")
FORM = {"grant_type": "client_credentials", "scope": READ[0]}


def _token(school: School, **options: Any) -> requests.Response:
    options = {"auth": CLIENT, "data": FORM} | options
    return requests.post(f"{school.vendor.base}/token", timeout=10, **options)


def test_a_token_tells_its_scope_and_life(school: School) -> None:
    body = _token(school).json()
    assert body.pop("access_token")
    assert body == {"token_type": "Bearer", "expires_in": 3600, "scope": READ[0]}


@pytest.mark.parametrize(
    ("options", "status", "word"),
    [
        ({"auth": ("demo-client", "wrong")}, 401, "invalid_client"),
        (
            {"auth": None, "data": FORM | {"client_id": CLIENT[0], "client_secret": CLIENT[1]}},
            401,
            "invalid_client",
        ),
        ({"data": FORM | {"grant_type": "password"}}, 400, "unsupported_grant_type"),
        ({"data": FORM | {"scope": "everything"}}, 400, "invalid_scope"),
        ({"data": {"grant_type": "client_credentials"}}, 400, "invalid_scope"),
        ({"data": None, "json": FORM}, 400, "invalid_request"),
    ],
)
def test_bad_token_requests_are_refused(
    school: School, options: dict[str, Any], status: int, word: str
) -> None:
    answer = _token(school, **options)
    assert (answer.status_code, answer.json()["error"]) == (status, word)


def test_an_unknown_token_is_refused(school: School) -> None:
    assert school.vendor.get("/lineItems", headers={"Authorization": "Bearer made-up"}).status_code == 401
    assert school.vendor.get("/lineItems", headers={"Authorization": ""}).status_code == 401


def test_a_token_expires_by_the_clock(school: School) -> None:
    school.sim.clock(school.code, 3500)
    assert school.vendor.get("/lineItems").status_code == 200
    school.sim.clock(school.code, 3700)
    assert school.vendor.get("/lineItems").status_code == 401
    school.vendor.sign_in()
    assert school.vendor.get("/lineItems").status_code == 200


def test_tokens_can_be_ended_at_once(school: School) -> None:
    school.fault(kind="token_expire_now")
    assert school.vendor.get("/lineItems").status_code == 401
    school.vendor.sign_in()
    assert school.vendor.get("/lineItems").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/lineItems", READ_CORE),
        ("GET", "/classes/class-1/lineItems", READ),
        ("PUT", "/lineItems/x", PUT),
        ("POST", "/classes/class-1/lineItems", POST),
        ("POST", "/lineItems/x/results", POST),
        ("DELETE", "/lineItems/x", DELETE),
        ("GET", "/classes/class-1/students", ROSTER),
    ],
)
def test_a_scope_opens_its_own_operations_only(
    school: School, method: str, path: str, needed: tuple[str, ...]
) -> None:
    for scopes, shut in ((KNOWN_SCOPES - set(needed), True), (frozenset(needed[:1]), False)):
        vendor = Vendor(school.vendor.base, CLIENT, scopes)
        assert (vendor.call(method, path, {}).status_code == 403) is shut
        vendor.close()


def test_a_profile_for_one_way_does_not_accept_the_other(opened: Any, seed: dict[str, Any], sim: Any) -> None:
    del seed["auth"]["oauth2"]
    sim.seed(seed)
    answer = requests.get(
        f"{sim.base(seed['code'])}/ims/oneroster/v1p2/lineItems",
        headers={"Authorization": "Bearer x"},
        timeout=10,
    )
    assert answer.status_code == 401
    assert requests.post(f"{sim.base(seed['code'])}/token", timeout=10).status_code == 401
