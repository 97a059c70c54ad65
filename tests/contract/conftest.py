"""Districts of the simulators that several contract tests share; each test gets one of its own."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import requests

from tests.contract.bench import Bench, opened
from tests.contract.doors import DOORS, Door
from tests.simulators.client import Simulator
from tests.simulators.infinite_campus.partner import CLIENT, SCOPES11, TOKEN, V11, V12, VENDOR, Campus
from tests.simulators.skyward.qmlativ.integration import Integration
from tests.simulators.vendor import Vendor

EXAMPLE = Path(__file__).parents[1] / "simulators" / "examples" / "district.json"
_codes = count(1)


@pytest.fixture(scope="session")
def campus_sim() -> Iterator[Simulator]:
    with Simulator("infinite_campus") as running:
        yield running


@pytest.fixture
def campus(campus_sim: Simulator) -> Iterator[Campus]:
    district = json.loads(EXAMPLE.read_text()) | {"code": f"ic{next(_codes)}"}
    campus_sim.seed(district)
    base = campus_sim.base(district["code"])
    new = Vendor(base, CLIENT, token=TOKEN, tail=V12, headers=VENDOR)
    old = Vendor(base, CLIENT, SCOPES11, token=TOKEN, tail=V11, headers=VENDOR)
    yield Campus(campus_sim, district["code"], new, old)
    new.close()
    old.close()


@pytest.fixture(scope="session")
def qmlativ_sim() -> Iterator[Simulator]:
    with Simulator("skyward_qmlativ") as running:
        yield running


@pytest.fixture
def sky(qmlativ_sim: Simulator) -> Iterator[Integration]:
    district = json.loads(EXAMPLE.read_text()) | {"code": f"q{next(_codes)}"}
    district["codes"] = {"cat-hw": "HW"}
    qmlativ_sim.seed(district)
    session = requests.Session()
    session.trust_env = False
    made = Integration(qmlativ_sim, district["code"], session)
    made.sign_in()
    yield made
    session.close()


@pytest.fixture(scope="session")
def simulators() -> Iterator[dict[str, Simulator]]:
    """The systems of the contract suite, each started when a test first asks for it."""
    running: dict[str, Simulator] = {}
    yield running
    for simulator in running.values():
        simulator.stop()


@pytest.fixture(params=DOORS, ids=lambda door: door.name)
def bench(
    request: pytest.FixtureRequest, simulators: dict[str, Simulator], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """Each door in turn."""
    door: Door = request.param
    if door.simulator not in simulators:
        simulators[door.simulator] = Simulator(door.simulator).start()
    with opened(door, simulators[door.simulator], monkeypatch) as made:
        yield made
