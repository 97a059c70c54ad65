"""A district of a test without a broker: a lane, an engine and the records they leave."""

import itertools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from adapters.contract import Adapter, Candidate, Directory, Finding, Job
from adapters.crew import Crew
from adapters.engine import Engine, Outputs
from adapters.lanes import Decision, Lane, Slot
from adapters.outcomes import superseded
from adapters.ratelimit import TokenBucket
from schemas.codec import encode
from schemas.desired import DesiredItem, head
from schemas.district import DistrictConfig, Limits, MarkingPeriod, School, SisCategory, SisConnection
from schemas.gradebook import Choice, ItemChanged, ItemKind, RosterEntry, Score, Sis
from schemas.keys import item_key
from schemas.ledger import LedgerEntry
from schemas.results import Outcome, SyncResult

SECONDS = 20.0
#: Fields of a decision's content that a test may state.
CONTENT = (
    "title",
    "points",
    "scores",
    "description",
    "kind",
    "category",
    "extra_credit",
    "published",
    "counts",
)


class Unable:
    """What an adapter of a test need not be able to do."""

    def create(self, job: Job) -> Mapping[str, str]:
        raise NotImplementedError

    def look_up(self, job: Job) -> Sequence[Candidate]:
        raise NotImplementedError

    def directory(self, sections: Sequence[str], schools: Sequence[str]) -> Directory:
        raise NotImplementedError

    def create_category(self, section: str, title: str) -> SisCategory:
        raise NotImplementedError

    def check(self, section: str | None) -> Sequence[Finding]:
        raise NotImplementedError


_revisions = itertools.count(1)


def desired(item: str = "item-1", **changes: Any) -> DesiredItem:
    """A decision; each one is newer than every one before. `title`, `points`, `scores`, ... go to the content."""
    content = {key: changes.pop(key) for key in CONTENT if key in changes}
    revision = changes.pop("revision", None) or next(_revisions)
    base = DesiredItem(
        tenant="abc",
        section="lms-section-1",
        item=item,
        revision=revision,
        version=revision,
        event=f"event-{revision}",
        decided_at=1_795_000_000_000,
        deleted=False,
        fingerprint=f"print-{revision}",
        school="school-1",
        sis_section="class-1",
        sis_category="cat-hw",
        due_date="2026-11-20",
        students=(),
        content=ItemChanged(
            item=item,
            kind=ItemKind.ASSIGNMENT,
            **{"title": f"Title of {item}", "points": 10.0, "scores": (), **content},
        ),
    )
    return replace(base, **changes)


def decision(item: DesiredItem, offset: int = 0, *, inherited: bool = False) -> Decision:
    """As the worker makes it of a record."""
    record = encode(item)
    return Decision(record, head(record), offset, inherited=inherited)


def scores(**points: float | None) -> tuple[Score, ...]:
    """Scores by student; underscores stand for dashes."""
    return tuple(Score(student=who.replace("_", "-"), points=value) for who, value in points.items())


def district(base_url: str, **changes: Any) -> DistrictConfig:
    """A district whose SIS is at that address; keyword arguments go to the connection."""
    sis: dict[str, Any] = {
        "kind": Sis.ESCHOOLPLUS,
        "base_url": base_url,
        "auth": "oauth1-hmac-sha1",
        "token_url": None,
        "key_ref": "env:TEST_SIS_KEY",
        "secret_ref": "env:TEST_SIS_SECRET",
        "concurrency": 4,
        "rate_per_second": None,
        "allow_private_addresses": True,
        "options": {},
    }
    return DistrictConfig(
        tenant="abc",
        title="District",
        entitled=True,
        time_zone="America/Chicago",
        source="test",
        updated_at=0,
        sis=SisConnection(**(sis | changes)),
        schools=(
            School(
                id="school-1",
                title="School 1",
                marking_periods=(
                    MarkingPeriod(id="mp-2", title="MP2", first_day="2026-10-19", last_day="2026-12-18"),
                ),
                days_off=(),
                school_days=(1, 2, 3, 4, 5),
            ),
        ),
        categories=(),
        limits=Limits(),
        policies={},
    )


@dataclass
class Desk:
    """`connect` makes the adapter. What is put is worked on by a crew of its own."""

    connect: Callable[[], Adapter]
    cap: int = 4
    rate: float | None = None
    draw: float = 0.0
    results: list[SyncResult] = field(default_factory=list)
    ledger: dict[bytes, LedgerEntry] = field(default_factory=dict)
    faults: list[BaseException] = field(default_factory=list)
    inherited: bool = False
    sis: Sis = Sis.ESCHOOLPLUS

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._adapter: Adapter | None = None
        self.lane = Lane("abc", self.cap, TokenBucket(self.rate), time.monotonic)
        outputs = Outputs(
            ended=self._wrote,
            progressed=self._wrote,
            passed=lambda _slot, _decision, result: self._told(result),
            checkpoint=self._keep,
            intend=self._intend,
        )
        self.engine = Engine(self.sis, self._get, outputs, draw=lambda: self.draw, others=self._others)
        self.crew = Crew(self.engine.run, self.faults.append, threads=32, reserve=8)

    def _get(self, tenant: str) -> Adapter:
        if self._adapter is None:
            self._adapter = self.connect()
        return self._adapter

    def _wrote(self, slot: Slot, decision: Decision, entry: LedgerEntry, result: SyncResult) -> None:
        self._keep(slot, entry)
        self._told(result)

    def _keep(self, slot: Slot, entry: LedgerEntry) -> None:
        self.ledger[slot.key] = entry

    def _intend(self, slot: Slot, entry: LedgerEntry) -> bool:
        self._keep(slot, entry)
        return True

    def _others(self, item: DesiredItem) -> list[LedgerEntry]:
        return [e for e in self.ledger.values() if e.section == item.section and e.item != item.item]

    def _told(self, result: SyncResult) -> None:
        with self._changed:
            self.results.append(result)
            self._changed.notify_all()

    def put(self, *items: DesiredItem) -> None:
        """Hand decisions over."""
        for item in items:
            key = item_key(item.tenant, item.section, item.item)
            one = decision(item, inherited=self.inherited)
            passed = self.lane.put(key, item.section, one, partial(self.ledger.get, key))
            if passed is not None:
                self._told(superseded(self.ledger.get(key), passed.desired, self.sis, 0))
            self.crew.offer(self.lane)

    def wait(self, enough: Callable[[list[SyncResult]], bool], seconds: float = SECONDS) -> list[SyncResult]:
        """Until the results are enough."""
        with self._changed:
            met = self._changed.wait_for(lambda: enough(self.results) or bool(self.faults), seconds)
        assert not self.faults, self.faults
        assert met, f"not within {seconds} s; last: {self.results[-1:]}"
        return self.results

    def deliver(self, item: DesiredItem) -> SyncResult:
        """Hand a decision over and wait for its end."""
        self.put(item)
        ends = (Outcome.SUCCESSFUL, Outcome.ERROR)

        def ended(results: list[SyncResult]) -> bool:
            return any(
                r.revision == item.revision and r.item == item.item and r.outcome in ends for r in results
            )

        found = self.wait(ended)
        return next(r for r in reversed(found) if r.revision == item.revision and r.outcome in ends)

    def entry(self, item: str = "item-1") -> LedgerEntry:
        """The ledger of an item."""
        return self.ledger[item_key("abc", "lms-section-1", item)]

    def restart(self) -> "Desk":
        """Another worker with the same ledger."""
        self.close()
        return Desk(
            self.connect, cap=self.cap, draw=self.draw, ledger=self.ledger, inherited=True, sis=self.sis
        )

    def close(self) -> None:
        """End the crew."""
        self.lane.close()
        self.crew.stop(5)
        if self._adapter is not None:
            self._adapter.close()


__all__ = ["Choice", "Desk", "RosterEntry", "desired", "district", "scores"]
