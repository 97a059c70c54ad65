"""A door of the contract suite with sections and students enough to measure: its simulator, its district, its ids.

The fewest calls are those of the adapter's Capabilities and of the door's Costs; signing in is not counted, it is done
once. There are no peak hours; a system that takes fewer calls at once (schemas/systems.toml) gets fewer.
"""

import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from adapters.contract import Capabilities
from schemas.district import DistrictConfig
from schemas.gradebook import RosterEntry, Score
from schemas.policies import NONE, PEAK_HOURS
from tests.contract.bench import CATEGORY, CODE, seed
from tests.contract.doors import DOORS as ALL_DOORS
from tests.contract.doors import Door
from tests.simulators.client import Simulator
from tests.unit.adapters.desk import district

#: Of doors that differ in settings only, the first; Qmlativ's OneRoster is not among the seven.
NAMES = (
    "powerschool",
    "eschoolplus",
    "skyward-sms",
    "qmlativ-generic",
    "campus-1.1",
    "campus-1.2",
    "aeries",
)
DOORS = tuple(next(door for door in ALL_DOORS if door.name == name) for name in NAMES)


@dataclass(frozen=True, slots=True)
class Section:
    """A section as a decision names it: ids on the wire."""

    sis_section: str
    sis_category: str
    roster: tuple[RosterEntry, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A running door. `cap` calls are made at once, each takes `latency` seconds."""

    door: Door
    simulator: Simulator
    config: DistrictConfig
    sections: tuple[Section, ...]
    cap: int
    latency: float

    @property
    def can(self) -> Capabilities:
        """What the system offers."""
        adapter = self.door.connect(self.config, lambda: None)
        adapter.close()
        return adapter.capabilities

    def chain(self, scores: int) -> int:
        """The fewest calls of a new item with scores, one after the other."""
        can = self.can
        return (1 if can.vendor_ids else self.door.costs.create) + math.ceil(scores / can.scores_per_call)

    def fewest(self, items: int, scores: int) -> int:
        """The fewest calls of so many new items, all sections new as well."""
        return items * self.chain(scores) + self.door.costs.first * min(items, len(self.sections))

    def least(self, calls: int) -> float:
        """The least seconds for so many calls."""
        return math.ceil(calls / self.cap) * self.latency

    def counted(self) -> int:
        """Calls so far, signing in apart."""
        calls = self.simulator.counters(CODE)["calls"]
        return sum(row["count"] for row in calls if "token" not in row["template"])

    def most_at_once(self) -> int:
        """The most calls there were at once."""
        return int(self.simulator.counters(CODE)["max_concurrent"])


def secrets() -> dict[str, str]:
    """Environment variables with the secrets of every door."""
    found = {"BENCH_VENDOR_KEY": "demo-vendor", "BENCH_VENDOR_SECRET": "demo-vendor-secret"}
    for door in DOORS:
        found |= dict(zip(_variables(door), door.secrets, strict=True))
    return found


@contextmanager
def opened(
    door: Door, tenant: str, sections: int, students: int, *, latency: float, cap: int
) -> Iterator[Place]:
    """The door's simulator with one district; `students` in each section."""
    os.environ.update(secrets())
    at_once = min(cap, door.system.concurrency or cap)
    with Simulator(door.simulator) as simulator:
        simulator.seed(dict(_seed(door, sections, students, at_once)))
        directory = simulator.directory(CODE)
        found = tuple(_section(door, one) for one in directory["sections"])
        config = _config(door, tenant, simulator.base(CODE) + door.below, directory, at_once)
        simulator.fault(CODE, kind="latency", seconds=latency)
        yield Place(door, simulator, config, found, at_once, latency)


def scored(count: int) -> tuple[Score, ...]:
    """A score of each student of a section."""
    return tuple(Score(student=f"stu-{number}", points=float(number % 11)) for number in range(count))


def _seed(door: Door, sections: int, students: int, cap: int) -> Mapping[str, Any]:
    plain = seed(door)
    people = [f"stu-{number}" for number in range(students)]
    classes = [
        plain["classes"][0] | {"sourcedId": f"class-{number}", "students": people}
        for number in range(sections)
    ]
    return {**plain, "classes": classes, "limits": {**plain["limits"], "max_concurrent": cap}}


def _section(door: Door, found: dict[str, Any]) -> Section:
    teacher = found["teachers"][0]["key"]
    named = door.section.format(teacher=teacher, **found["keys"] | {"key": found["key"]})
    category = next(str(one["key"]) for one in found["categories"] if one["id"] == CATEGORY)
    roster = tuple(
        RosterEntry(
            student=one["id"],
            sis_student=str(one["key"] if door.student is None else one["keys"][door.student]),
        )
        for one in found["students"]
    )
    return Section(named, category, roster)


def _config(door: Door, tenant: str, base: str, directory: dict[str, Any], cap: int) -> DistrictConfig:
    key, secret = (f"env:{name}" for name in _variables(door))
    options = dict(door.options) | ({} if door.door is None else {"door": door.door})
    options |= {name: f"env:BENCH_{name.upper()}" for name in options if name.startswith("vendor_")}
    sis = {"kind": door.kind, "auth": door.auth, "key_ref": key, "secret_ref": secret, "concurrency": cap}
    made = district(base, **{**door.sis, **sis, "options": options})
    (school,) = made.schools
    known = next(one["key"] for one in directory["schools"] if one["id"] == school.id)
    schools = (replace(school, sis_school=known),)
    return replace(made, tenant=tenant, schools=schools, policies={PEAK_HOURS: NONE})


def _variables(door: Door) -> tuple[str, str]:
    name = re.sub(r"\W", "_", door.name).upper()
    return f"BENCH_{name}_KEY", f"BENCH_{name}_SECRET"
