"""One simulator process for the session; each test gets a district of its own in it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.client import Simulator
from tests.simulators.vendor import Vendor

EXAMPLE = Path(__file__).parents[2] / "simulators" / "examples" / "district.json"
_codes = count(1)


@dataclass(frozen=True)
class School:
    """A seeded district: the test's hand, and an LMS that calls it."""

    sim: Simulator
    code: str
    vendor: Vendor

    def fault(self, **rule: Any) -> str:
        return self.sim.fault(self.code, **rule)

    def commits(self) -> list[dict[str, Any]]:
        return self.sim.commits(district=self.code)

    def state(self) -> dict[str, Any]:
        return self.sim.state(self.code)


@pytest.fixture(scope="session")
def sim() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def seed() -> dict[str, Any]:
    """The example district under a code of its own, to be changed before it is used."""
    district: dict[str, Any] = json.loads(EXAMPLE.read_text())
    district["code"] = f"d{next(_codes)}"
    return district


@pytest.fixture
def opened(sim: Simulator) -> Iterator[Callable[[dict[str, Any]], School]]:
    """Seeds a district and signs an LMS in."""
    vendors: list[Vendor] = []

    def open_district(district: dict[str, Any]) -> School:
        sim.seed(district)
        vendors.append(Vendor(sim.base(district["code"]), ("demo-client", "demo-client-secret")))
        return School(sim, district["code"], vendors[-1])

    yield open_district
    for vendor in vendors:
        vendor.close()


@pytest.fixture
def school(opened: Callable[[dict[str, Any]], School], seed: dict[str, Any]) -> School:
    """The example district as it is."""
    return opened(seed)
