"""A door with its system running and a district's desk, spoken to in the words of the seed.

Tests name sections, categories and students as the seed does (class-1, cat-hw, stu-1); what they are called on the
wire is asked of the simulator. Students go by the seed's ids in the LMS too.
"""

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import Adapter, Capabilities
from schemas.desired import DesiredItem
from schemas.district import DistrictConfig
from schemas.gradebook import RosterEntry, RosterStatus, Score
from schemas.results import Outcome, SyncResult
from tests.contract.doors import Call, Door
from tests.simulators.client import Simulator
from tests.unit.adapters.desk import Desk, desired, district

SEED = json.loads((Path(__file__).parents[1] / "simulators/examples/district.json").read_text())
CODE = "abc"
SECTION, CATEGORY, OTHER_CATEGORY = "class-1", "cat-hw", "cat-test"
#: Seconds a call may take, and after which a lost create has shown up: adapters add four calls' time to the option.
CALL, LATENESS = 1.0, 0.3


@dataclass
class Bench:
    """`start`: commits before this one are another test's. `options` and `policies` are added to the district's."""

    door: Door
    simulator: Simulator
    start: int
    desk: Desk = field(init=False)
    options: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = Desk(self.connect, sis=self.door.kind)

    def reseed(self, **changes: Any) -> None:
        """The district anew, with changes."""
        self.simulator.seed(dict(seed(self.door, **changes)))

    # ---- the connection

    def config(self, **sis: Any) -> DistrictConfig:
        """The district as its file would describe it; arguments go to the connection."""
        options = {
            "call_seconds": str(CALL),
            "lateness_seconds": str(LATENESS - 4 * CALL),
            **self.door.options,
        }
        if self.door.door is not None:
            options["door"] = self.door.door
        options |= self.options
        base = self.simulator.base(CODE) + self.door.below
        made = district(
            base,
            **{"kind": self.door.kind, "auth": self.door.auth, **self.door.sis, "options": options, **sis},
        )
        (school,) = made.schools
        known = self._of(self.directory["schools"], school.id)
        schools = (replace(school, sis_school=known["key"]),)
        return replace(made, schools=schools, policies=self.policies)

    def connect(self, **sis: Any) -> Adapter:
        """An adapter of its own."""
        return self.door.connect(self.config(**sis), lambda: None)

    @property
    def can(self) -> Capabilities:
        """What the system offers."""
        adapter = self.connect()
        adapter.close()
        return adapter.capabilities

    # ---- ids on the wire

    @property
    def directory(self) -> dict[str, Any]:
        """Who and what there is, now."""
        return self.simulator.directory(CODE)

    def section(self, name: str = SECTION) -> str:
        """A section as it is named to the adapter; one that is not there goes by an id nobody has."""
        found = [one for one in self.directory["sections"] if one["id"] == name]
        if not found:
            return self.door.section.format(key=self.door.nobody, teacher=self.door.nobody)
        teacher = next((one["key"] for one in found[0]["teachers"]), "")
        return self.door.section.format(teacher=teacher, **found[0]["keys"] | {"key": found[0]["key"]})

    def category(self, name: str = CATEGORY, section: str = SECTION) -> str:
        """A category of a section."""
        listed = self._of(self.directory["sections"], section)["categories"]
        return next((str(one["key"]) for one in listed if one["id"] == name), self.door.nobody)

    def student(self, name: str, section: str = SECTION) -> str:
        """A student of a section; of another one when not of this, and else an id nobody has."""
        sections = sorted(self.directory["sections"], key=lambda one: one["id"] != section)
        for one in sections:
            for found in one["students"]:
                if found["id"] == name:
                    key = self.door.student
                    return str(found["key"] if key is None else found["keys"][key])
        return self.door.nobody

    @staticmethod
    def _of(rows: Iterable[dict[str, Any]], name: str) -> dict[str, Any]:
        return next(one for one in rows if one["id"] == name)

    # ---- decisions

    def desired(self, item: str = "item-1", **changes: Any) -> DesiredItem:
        """A decision; `section`, `category` and `dropped` in the words of the seed."""
        section = changes.pop("section", SECTION)
        dropped = frozenset(changes.pop("dropped", ()))
        there = section if self._is_there(section) else SECTION
        category = self.category(changes.pop("category", CATEGORY), there)
        told: tuple[Score, ...] = changes.get("scores", ())
        entries = tuple(
            RosterEntry(
                student=who,
                sis_student=self.student(who, there),
                status=RosterStatus.DROPPED if who in dropped else RosterStatus.ACTIVE,
            )
            for who in dict.fromkeys([*(score.student for score in told), *sorted(dropped)])
        )
        given = {"sis_section": self.section(section), "sis_category": category, "students": entries}
        return desired(item, **given | changes)

    def _is_there(self, section: str) -> bool:
        return any(one["id"] == section for one in self.directory["sections"])

    def deliver(self, item: str = "item-1", **changes: Any) -> tuple[SyncResult, int]:
        """The end of a decision, and the calls the system counted for it (signing in apart)."""
        return self.send(self.desired(item, **changes))

    def send(self, decision: DesiredItem) -> tuple[SyncResult, int]:
        """The same of a decision that is made already."""
        self.simulator.reset_counters(CODE)
        return self.desk.deliver(decision), self.counted()

    def lose(self, decision: DesiredItem) -> None:
        """Try a decision once, in vain; the next one for the item comes before the second try."""
        before = len(self.desk.results)
        self.desk.draw = 0.9
        self.desk.put(decision)
        self.desk.wait(lambda results: len(results) > before)
        self.desk.draw = 0.0

    def sync(self, item: str = "item-1", **changes: Any) -> SyncResult:
        """Deliver what must go well."""
        result, _ = self.deliver(item, **changes)
        assert (result.outcome, result.code) == (Outcome.SUCCESSFUL, None)
        return result

    def counted(self) -> int:
        """Calls since the counters were put to zero."""
        counted = self.simulator.counters(CODE)["calls"]
        return sum(row["count"] for row in counted if "token" not in row["template"])

    def cost(self, *steps: str, scores: int = 0, rows: int = 1) -> int:
        """The least calls of these steps: first, create, read, standing, replace, delete, listed; and of so many
        scores sent, of `rows` that stand.
        """
        costs, can = self.door.costs, self.can
        pages = math.ceil(rows / self.door.limits.get("page_max", rows))
        each = {
            "create": 1 if can.vendor_ids else costs.create,
            "read": int(can.detects_edits),
            "standing": costs.standing + pages - 1 if can.reads_scores else 0,
            "listed": costs.listed,
            "first": costs.first,
        }
        return sum(each.get(step, 1) for step in steps) + math.ceil(scores / can.scores_per_call)

    # ---- faults and edits

    def fault(self, **rule: Any) -> None:
        """Switch a fault on."""
        self.simulator.fault(CODE, **rule)

    def fault_at(self, call: Call | None, **rule: Any) -> None:
        """A fault of one kind of call."""
        assert call is not None
        self.fault(method=call.method, path=call.path, **rule)

    def fault_anywhere(self, **rule: Any) -> None:
        """A fault of any call but signing in."""
        self.fault(path="^(?!.*token)", **rule)

    def calm(self) -> None:
        """No fault any more, and whatever waits may go."""
        self.simulator.clear_faults(CODE)
        self.desk.lane.retry_now()
        self.desk.crew.offer(self.desk.lane)

    def edit(self, action: str, **values: Any) -> None:
        """Somebody works in the SIS."""
        self.simulator.edit(CODE, action, **values)

    def retitle(self, title: str = "Theirs", item: str | None = None) -> None:
        """Somebody renames the item in the SIS."""
        self.edit("change_line_item", lineItem=item or self.item_id, set={"title": title})

    def drop(self, item: str | None = None) -> None:
        """Somebody deletes the item in the SIS."""
        self.edit("delete_line_item", lineItem=item or self.item_id)

    def put_in(self, student: str, score: float, item: str | None = None) -> None:
        """Somebody types a score in the SIS."""
        self.edit("change_score", lineItem=item or self.item_id, student=student, set={"score": score})

    # ---- what stands in the SIS

    @property
    def items(self) -> list[dict[str, Any]]:
        """Items as they stand."""
        found: list[dict[str, Any]] = self.simulator.gradebook(CODE)["items"]
        return found

    @property
    def item(self) -> dict[str, Any]:
        """The only item."""
        (found,) = self.items
        return found

    @property
    def item_id(self) -> str:
        """Its id in edits, state and commits."""
        return str(self.item["id"])

    @property
    def cells(self) -> dict[str, dict[str, Any]]:
        """What stands in the gradebook, by student; each has one cell."""
        return self.cells_of(None)

    def cells_of(self, item: str | None) -> dict[str, dict[str, Any]]:
        """The same of one item."""
        rows = [row for row in self.simulator.gradebook(CODE)["scores"] if item in (None, row["item"])]
        found = {row["student"]: row for row in rows}
        assert len(found) == len(rows), "a student has two scores of one item"
        return found

    @property
    def numbers(self) -> dict[str, float]:
        """The numbers that stand, by student."""
        return {who: row["value"] for who, row in self.cells.items() if row["value"] is not None}

    def commits(self, kind: str) -> list[dict[str, Any]]:
        """What the vendor's calls changed of one kind (lineItem, result) since the test began."""
        return [
            one for one in self.simulator.commits(self.start) if (one["kind"], one["by"]) == (kind, "vendor")
        ]

    def wait_for(self, met: Callable[[], bool], seconds: float = 5.0) -> None:
        """Until the SIS shows it."""
        end = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < end, "it does not show"
            time.sleep(0.02)  # another process: there is nothing to await

    def created(self) -> int:
        """How many items the vendor's calls made since the test began."""
        return sum(one["created"] for one in self.commits("lineItem"))


def seed(door: Door, **changes: Any) -> Mapping[str, Any]:
    """The example district as this door needs it."""
    return {
        **SEED,
        "codes": {"cat-hw": "H", "cat-test": "T", "cat-lab": "L"},
        "switches": {**SEED["switches"], **door.switches},
        "limits": {**SEED["limits"], **door.limits},
        **changes,
    }


@contextmanager
def opened(door: Door, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """The door's district, new, and a desk at it."""
    simulator.seed(dict(seed(door)))
    for name, value in zip(("TEST_SIS_KEY", "TEST_SIS_SECRET"), door.secrets, strict=True):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TEST_VENDOR_KEY", "demo-vendor")
    monkeypatch.setenv("TEST_VENDOR_SECRET", "demo-vendor-secret")
    commits = simulator.commits()
    made = Bench(door, simulator, commits[-1]["seq"] if commits else 0)
    yield made
    made.desk.close()
