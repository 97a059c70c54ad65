"""Fault switches and caps on the doors of Infinite Campus and Skyward (sis-apis 8.2), and one seed for all systems.

A door hides how an item is made and listed, and where the text of an error is.
"""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulators.client import Simulator
from tests.simulators.oneroster.routes import KNOWN_SCOPES
from tests.simulators.systems import SYSTEMS
from tests.simulators.vendor import line_item

EXAMPLE = Path(__file__).parents[1] / "simulators" / "examples" / "district.json"
KEY = ("demo-client", "demo-client-secret")
VENDOR = {"x-vendor-authorization": "demo-vendor:demo-vendor-secret"}
CREDENTIALS = {"grant_type": "client_credentials"}
PASSWORD = {"grant_type": "password", "username": KEY[0], "password": KEY[1]}
_codes = count(1)


def put_line_item(name: str) -> tuple[str, str, dict[str, Any]]:
    return "PUT", f"/lineItems/{name}", {"lineItem": line_item(name)}


def put_line_item_1p1(name: str) -> tuple[str, str, dict[str, Any]]:
    return "PUT", f"/lineItems/{name}", {"lineItem": line_item(name, school=None)}


def put_assignment(name: str) -> tuple[str, str, dict[str, Any]]:
    body = {"SectionID": 1001, "CategoryID": 301, "Name": name, "DueDate": "2026-11-10", "MaxScore": 100}
    return "PUT", "/Assignment", body


@dataclass(frozen=True)
class Kind:
    """A system, where to sign in and with what, where its gradebook is, how an item is made."""

    system: str
    token: str
    form: dict[str, str]
    tail: str
    create: Callable[[str], tuple[str, str, dict[str, Any]]]
    error: Callable[[Any], str]
    headers: dict[str, str] = field(default_factory=dict)


def flat(body: Any) -> str:
    return str(body["imsx_description"])


SCOPES = " ".join(KNOWN_SCOPES)
KINDS = {
    "campus 1.2": Kind(
        "infinite_campus",
        "campus/oauth2/token?appName=x",
        CREDENTIALS | {"scope": SCOPES},
        "campus/api/ims/oneroster/gradebook/v1p2",
        put_line_item,
        flat,
        VENDOR,
    ),
    "campus 1.1": Kind(
        "infinite_campus",
        "campus/oauth2/token?appName=x",
        CREDENTIALS | {"scope": SCOPES.replace("v1p2", "v1p1")},
        "campus/api/ims/oneroster/v1p1",
        put_line_item_1p1,
        lambda body: flat(body[0]),
        VENDOR,
    ),
    "sms": Kind("skyward_sms", "token", PASSWORD, "ims/oneroster/gradebook/v1p2", put_line_item, flat),
    "qmlativ": Kind(
        "skyward_qmlativ",
        "oauth/token",
        CREDENTIALS,
        "Generic/1/Gradebook",
        put_assignment,
        lambda body: str(body["Message"]),
    ),
}


class Door:
    """A district of its own behind one kind of door."""

    def __init__(self, sim: Simulator, kind: Kind) -> None:
        self.sim, self.kind, self.code = sim, kind, f"d{next(_codes)}"
        sim.seed(json.loads(EXAMPLE.read_text()) | {"code": self.code})
        self.base = sim.base(self.code)
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(kind.headers)
        token = self.session.post(f"{self.base}/{kind.token}", kind.form, auth=KEY, timeout=10).json()
        self.session.headers["Authorization"] = f"Bearer {token['access_token']}"

    def create(self, name: str = "a", timeout: float = 10) -> requests.Response:
        method, path, body = self.kind.create(name)
        address = f"{self.base}/{self.kind.tail}{path}"
        return self.session.request(method, address, json=body, timeout=timeout, allow_redirects=False)

    def fault(self, **rule: Any) -> None:
        self.sim.fault(self.code, **rule)

    def there(self) -> int:
        return len(self.sim.gradebook(self.code)["items"])


@pytest.fixture(scope="module")
def sims() -> Iterator[dict[str, Simulator]]:
    running = {name: Simulator(name).start() for name in {kind.system for kind in KINDS.values()}}
    yield running
    for one in running.values():
        one.stop()


@pytest.fixture(params=sorted(KINDS))
def door(request: pytest.FixtureRequest, sims: dict[str, Simulator]) -> Iterator[Door]:
    kind = KINDS[request.param]
    made = Door(sims[kind.system], kind)
    yield made
    made.session.close()


def test_without_faults_an_item_is_there(door: Door) -> None:
    assert door.create().ok
    assert door.there() == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_any_status_is_answered_in_the_systems_words(door: Door, status: int) -> None:
    door.fault(kind="status", status=status, retry_after="7", count=1)
    answer = door.create()
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    assert door.kind.error(answer.json()) == f"fault switch: {status}"
    assert door.there() == 0


def test_refuse_and_hang_commit_nothing(door: Door) -> None:
    door.fault(kind="refuse", count=1)
    with pytest.raises(requests.ConnectionError):
        door.create()
    door.fault(kind="hang", count=1)
    with pytest.raises(requests.Timeout):
        door.create(timeout=0.3)
    assert door.there() == 0


def test_garbage_redirect_and_a_huge_body_commit_nothing(door: Door) -> None:
    door.fault(kind="garbage", count=1)
    assert door.create().headers["Content-Type"].startswith("text/html")
    door.fault(kind="redirect", count=1)
    assert door.create().status_code == 302
    door.fault(kind="body_too_large", bytes=100_000, count=1)
    assert len(door.create().content) == 100_000
    assert door.there() == 0


def test_latency_and_drip_come_in_their_time(door: Door) -> None:
    door.fault(kind="latency", seconds=0.2, count=1)
    begin = time.monotonic()
    assert door.create().ok
    assert time.monotonic() - begin >= 0.2
    door.fault(kind="drip", per_second=2000, count=1)
    assert door.create("b").ok
    assert door.there() == 2


def test_caps_are_answered_with_429(door: Door) -> None:
    door.sim.settings(door.code, limits={"max_concurrent": 1, "retry_after": "3"})
    door.fault(kind="latency", seconds=0.5)
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(door.create, ("a", "b")))
    refused = [one for one in answers if one.status_code == 429]
    assert [one.headers["Retry-After"] for one in refused] == ["3"]
    assert door.kind.error(refused[0].json()) == "too many requests"
    door.sim.settings(door.code, limits={"max_concurrent": None, "requests_per_second": 1})
    door.sim.clear_faults(door.code)
    assert [door.create(name).status_code == 429 for name in ("c", "d")][1]


# One seed


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_one_seed_feeds_every_system(system: str) -> None:
    with Simulator(system, seed=EXAMPLE) as alone:
        found = alone.directory("abc")
        assert alone.gradebook("abc") == {"system": system, "district": "abc", "items": [], "scores": []}
    assert found["base"] == SYSTEMS[system]().base("abc")
    assert [one["id"] for one in found["categories"]] == ["cat-hw", "cat-test", "cat-lab"]
    assert [one["id"] for one in found["sections"][0]["students"]] == ["stu-1", "stu-2", "stu-3"]
    assert all(one["key"] for one in found["sections"])
