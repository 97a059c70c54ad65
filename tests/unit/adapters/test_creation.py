"""The create protocol against a SIS in memory that loses replies, commits late and shows late: one item, always."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from adapters import creation, http, protocol
from adapters.breaker import State
from adapters.contract import Candidate, Capabilities, Draft, Found, Job, Sent
from adapters.engine import Engine, Outputs
from adapters.errors import Gone, Refused, Retry, UnknownOutcome
from adapters.lanes import Decision, Lane
from adapters.oneroster import mapping
from adapters.protocol import Step
from adapters.ratelimit import TokenBucket
from schemas.desired import DesiredItem
from schemas.gradebook import Choice, Sis
from schemas.keys import item_key
from schemas.ledger import LedgerEntry
from schemas.results import Outcome, SyncResult
from tests.unit.adapters.desk import Unable, decision, desired, scores

LATENESS = 60.0
CAN = Capabilities(
    vendor_ids=False,
    deletes=True,
    detects_edits=True,
    reads_scores=False,
    scores_per_call=5,
    searchable=True,
    marker=True,
    lateness=LATENESS,
)
PLAIN = replace(CAN, marker=False)
#: What may become of a POST: (made?, seconds until it is made, answer).
FATES = {
    "made": (True, 0.0, "id"),
    "made, reply lost": (True, 0.0, "lost"),
    "made, 500": (True, 0.0, "lost"),
    "made late": (True, 40.0, "lost"),
    "not made, time-out": (False, 0.0, "lost"),
    "not made, busy": (False, 0.0, "busy"),
    "refused": (False, 0.0, "refused"),
    "made, then death": (True, 0.0, "death"),
    "death before it is sent": (False, 0.0, "death"),
    "made late, death": (True, 40.0, "death"),
}


class DeathError(BaseException):
    """kill -9: no handler runs."""


@dataclass
class Standing:
    """An item in the SIS."""

    id: str
    marker: str
    seen: str
    section: str
    at: float


@dataclass
class Maker(Unable):
    """A SIS that gives the ids. `lag`: seconds after which its search shows what was made."""

    capabilities: Capabilities = CAN
    now: float = 0.0
    lag: float = 0.0
    fates: list[str] = field(default_factory=list)
    items: list[Standing] = field(default_factory=list)
    posts: int = 0
    calls: list[str] = field(default_factory=list)

    def draft(self, item: DesiredItem) -> Draft:
        return mapping.draft(item)

    def create(self, job: Job) -> Mapping[str, str]:
        self.calls.append("create")
        made, late, answer = FATES[self.fates.pop(0) if self.fates else "made"]
        self.posts += 1
        one = Standing(
            f"id-{self.posts}",
            job.marker,
            self.draft(job.desired).item.seen,
            job.desired.sis_section,
            self.now + late,
        )
        if made:
            self.items.append(one)
        if answer == "death":
            raise DeathError
        if answer == "busy":
            raise Retry("SIS_BUSY", breaks=False)
        if answer == "refused":
            raise Refused("SIS_REFUSED", {"status": "400"})
        if answer == "lost":
            raise UnknownOutcome("SIS_UNAVAILABLE")
        return {"id": one.id}

    def look_up(self, job: Job) -> Sequence[Candidate]:
        self.calls.append("look up")
        shown = [
            one
            for one in self.items
            if one.at + self.lag <= self.now and one.section == job.desired.sis_section
        ]
        if self.capabilities.marker:
            shown = [one for one in shown if one.marker == job.marker]
        return [Candidate(remote={"id": one.id}, seen=one.seen, age=one.id) for one in shown]

    def _one(self, job: Job) -> Standing:
        for one in self.items:
            if one.id == job.remote["id"] and one.at <= self.now:
                return one
        raise Gone

    def read(self, job: Job) -> Found:
        self.calls.append("read")
        return Found(seen=self._one(job).seen)

    def read_scores(self, job: Job) -> Mapping[str, str]:
        raise NotImplementedError

    def write(self, job: Job) -> Mapping[str, str]:
        self.calls.append("write")
        self._one(job).seen = self.draft(job.desired).item.seen
        return {"id": job.remote["id"]}

    def send_scores(self, job: Job, students: Sequence[str]) -> Sent:
        self.calls.append("scores")
        self._one(job)
        return Sent(accepted=dict.fromkeys(students))

    def delete(self, job: Job) -> None:
        self.calls.append("delete")
        self.items.remove(self._one(job))

    def close(self) -> None:
        return


@dataclass
class Owner:
    """Workers that own the items one after the other; the ledger holds what the broker acknowledged."""

    sis: Maker
    ledger: dict[bytes, LedgerEntry] = field(default_factory=dict)
    results: list[SyncResult] = field(default_factory=list)
    #: The negative control: the intent is on its way when the POST goes, and dies with the process.
    awaited: bool = True
    #: Seconds the broker takes for the first intents.
    slow: list[float] = field(default_factory=list)

    def deliver(self, *items: DesiredItem, seconds: float = 3000.0) -> SyncResult:
        """Until everything ended; a death is followed by another worker."""
        until = self.sis.now + seconds
        while self.sis.now < until:
            try:
                self._work(items, until)
                return self.results[-1]
            except DeathError:
                self.sis.now += 1.0
        raise AssertionError("it never ended")

    def _work(self, items: Sequence[DesiredItem], until: float) -> None:
        lane = Lane("abc", 4, TokenBucket(None), lambda: self.sis.now)
        for item in items:
            key = item_key(item.tenant, item.section, item.item)
            lane.put(key, item.section, decision(item, inherited=True), partial(self.ledger.get, key))
        engine = self._engine()
        while len(lane):
            slot = lane.take()
            if slot is not None:
                engine.run(lane, slot)
            else:
                self.sis.now += 1.0
                assert self.sis.now < until

    def _engine(self) -> Engine:
        unsent: dict[bytes, LedgerEntry] = {}

        def keep(key: bytes, entry: LedgerEntry) -> None:
            unsent.pop(key, None)
            self.ledger[key] = entry

        def told(slot: Any, _: Decision, entry: LedgerEntry, result: SyncResult) -> None:
            keep(slot.key, entry)
            self.results.append(result)

        def intend(slot: Any, entry: LedgerEntry) -> bool:
            self.sis.now += self.slow.pop(0) if self.slow else 0.0
            (keep if self.awaited else unsent.__setitem__)(slot.key, entry)
            return True

        outputs = Outputs(
            ended=told,
            progressed=told,
            passed=lambda _s, _d, result: self.results.append(result),
            checkpoint=lambda slot, entry: keep(slot.key, entry),
            intend=intend,
        )

        def others(item: DesiredItem) -> list[LedgerEntry]:
            return [e for e in self.ledger.values() if e.section == item.section and e.item != item.item]

        return Engine(
            Sis.AERIES,
            lambda _: self.sis,
            outputs,
            wall=lambda: self.sis.now,
            draw=lambda: 0.5,
            others=others,
        )


FATAL = ("refused",)
MISHAPS = [name for name in FATES if name not in FATAL]


@pytest.mark.parametrize("can", [CAN, PLAIN], ids=["marker", "no marker"])
@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_to_the_posts_there_is_one_item(seed: int, can: Capabilities) -> None:
    draw = random.Random(seed)
    sis = Maker(can, lag=draw.choice([0.0, 15.0]), fates=draw.choices(MISHAPS, k=draw.randrange(6)))
    owner = Owner(sis)
    result = owner.deliver(desired(scores=scores(a=1.0)))
    assert (result.outcome, len(sis.items)) == (Outcome.SUCCESSFUL, 1), sis.calls
    assert owner.deliver(desired(title="Renamed", scores=scores(a=1.0))).outcome is Outcome.SUCCESSFUL
    assert len(sis.items) == 1


def duplicates(make: Callable[[Maker], Owner], can: Capabilities = CAN) -> int:
    surplus = 0
    for seed in range(40):
        draw = random.Random(seed)
        sis = Maker(can, fates=draw.choices(MISHAPS, k=4))
        try:
            make(sis).deliver(desired())
        finally:
            surplus += max(len(sis.items) - 1, 0)
    return surplus


def test_the_protocol_makes_no_duplicates() -> None:
    assert duplicates(Owner) == 0


def test_without_the_lateness_it_does() -> None:
    assert duplicates(Owner, replace(CAN, lateness=0.0)) > 0


def test_without_awaiting_the_intent_it_does() -> None:
    assert duplicates(lambda sis: Owner(sis, awaited=False)) > 0


def test_without_the_look_up_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = protocol.next_step
    monkeypatch.setattr(
        protocol, "next_step", lambda work: Step.CREATE if ask(work) is Step.LOOK_UP else ask(work)
    )
    assert duplicates(Owner) > 0


def test_nothing_is_posted_when_the_broker_did_not_take_the_intent() -> None:
    sis = Maker()
    lane = Lane("abc", 1, TokenBucket(None), lambda: 0.0)
    lane.put(b"k", "s", decision(desired()), lambda: None)
    outputs = Outputs(
        ended=lambda *_: None,
        progressed=lambda *_: None,
        passed=lambda *_: None,
        checkpoint=lambda *_: None,
        intend=lambda *_: False,
    )
    slot = lane.take()
    assert slot is not None
    Engine(Sis.AERIES, lambda _: sis, outputs).run(lane, slot)
    assert (sis.calls, lane.running) == ([], 0)


def test_an_intent_that_took_long_is_written_anew_before_the_post() -> None:
    """Or the next worker would look for it the moment it was sent, find nothing, and send it again."""
    sis = Maker(fates=["made late, death"])
    owner = Owner(sis, slow=[LATENESS + 1.0])
    assert owner.deliver(desired()).outcome is Outcome.SUCCESSFUL
    assert (sis.calls, len(sis.items)) == (["create", "look up"], 1)


@pytest.mark.parametrize(("slow", "late"), [(2.0, False), (4.0, True)])
def test_no_call_of_a_create_begins_when_it_could_not_be_found_any_more(slow: float, late: bool) -> None:
    """A wait for the district's rate, a slow call before it, a pause of the whole process."""
    asked: list[bool] = []

    class Asking(Maker):
        def create(self, job: Job) -> Mapping[str, str]:
            asked.append(http.too_late())
            return super().create(job)

    Owner(Asking(replace(CAN, sendable=3.0)), slow=[slow]).deliver(desired())
    assert (asked, http.too_late()) == ([late], False)


def test_a_refused_create_ends_and_is_not_looked_for() -> None:
    sis = Maker(fates=["refused"])
    owner = Owner(sis)
    assert owner.deliver(desired()).code == "SIS_REFUSED"
    assert next(iter(owner.ledger.values())).intent is None
    assert owner.deliver(desired()).outcome is Outcome.SUCCESSFUL
    assert sis.calls == ["create", "create"]


def test_a_deleted_item_whose_create_was_lost_is_looked_for_and_deleted() -> None:
    sis = Maker(fates=["made, then death"])
    owner = Owner(sis)
    with pytest.raises(DeathError):
        owner._work([desired()], 100.0)
    assert owner.deliver(desired(deleted=True)).outcome is Outcome.SUCCESSFUL
    assert sis.items == []
    assert sis.calls == ["create", "look up", "delete"]


def test_a_rename_while_the_outcome_is_unknown_finds_what_was_sent() -> None:
    sis = Maker(PLAIN, fates=["made, then death"])
    owner = Owner(sis)
    with pytest.raises(DeathError):
        owner._work([desired(title="old")], 100.0)
    item = desired(title="new")
    assert owner.deliver(item).outcome is Outcome.SUCCESSFUL
    assert [one.seen for one in sis.items] == [sis.draft(item).item.seen]


def test_an_edit_made_there_before_the_look_up_is_not_overwritten() -> None:
    sis = Maker(fates=["made, then death"])
    owner = Owner(sis)
    with pytest.raises(DeathError):
        owner._work([desired(title="old")], 100.0)
    sis.items[0].seen = "edited there"
    assert owner.deliver(desired(title="old")).code == "CHANGED_IN_SIS"
    assert sis.items[0].seen == "edited there"


def test_of_several_with_our_marker_the_oldest_is_taken_and_none_deleted() -> None:
    sis = Maker(fates=["made, then death"])
    owner = Owner(sis)
    with pytest.raises(DeathError):
        owner._work([desired()], 100.0)
    sis.items.append(replace(sis.items[0], id="id-9"))
    assert owner.deliver(desired()).outcome is Outcome.SUCCESSFUL
    assert next(iter(owner.ledger.values())).remote == {"id": "id-1"}
    assert len(sis.items) == 2


def test_a_lost_create_touched_there_is_known_by_its_outline_and_not_overwritten() -> None:
    """Without a marker: the rest of it was edited before the look-up."""

    class Outlined(Maker):
        def draft(self, item: DesiredItem) -> Draft:
            return replace(super().draft(item), outline="outline")

        def look_up(self, job: Job) -> Sequence[Candidate]:
            return [replace(one, outline="outline") for one in super().look_up(job)]

    sis = Outlined(PLAIN, fates=["made, then death"])
    owner = Owner(sis)
    with pytest.raises(DeathError):
        owner._work([desired(title="old")], 100.0)
    sis.items[0].seen = "edited there"
    assert owner.deliver(desired(title="old")).code == "CHANGED_IN_SIS"
    assert [one.seen for one in sis.items] == ["edited there"]


def twins(sis: Maker) -> tuple[Owner, DesiredItem]:
    """An item whose create died, and a look-alike in the SIS that is nobody's."""
    owner, item = Owner(sis), desired()
    with pytest.raises(DeathError):
        owner._work([item], 100.0)
    sis.items.append(replace(sis.items[0], id="id-0"))
    return owner, item


@pytest.mark.parametrize(
    ("choice", "remote", "standing"), [(Choice.ADOPT, "id-0", 2), (Choice.SEND_LMS, "id-2", 3)]
)
def test_two_alike_without_a_marker_need_a_person(choice: Choice, remote: str, standing: int) -> None:
    sis = Maker(PLAIN, fates=["made, then death"])
    owner, item = twins(sis)
    result = owner.deliver(item)
    assert (result.outcome, result.code, result.params) == (Outcome.ERROR, "NEEDS_REVIEW", {"found": "2"})
    assert owner.deliver(desired()).code == "NEEDS_REVIEW"
    assert owner.deliver(desired(choice=choice)).outcome is Outcome.SUCCESSFUL
    assert next(iter(owner.ledger.values())).remote == {"id": remote}
    assert len(sis.items) == standing


def test_an_item_known_to_be_anothers_is_not_taken() -> None:
    sis = Maker(PLAIN, fates=["made", "death before it is sent"])
    owner = Owner(sis)
    owner.deliver(desired("item-1", title="Homework"))
    assert owner.deliver(desired("item-2", title="Homework")).outcome is Outcome.SUCCESSFUL
    assert len(sis.items) == 2
    assert len({entry.remote["id"] for entry in owner.ledger.values()}) == 2


def test_a_look_alike_that_is_being_made_is_not_taken_for_ours() -> None:
    sis = Maker(PLAIN, fates=["made, reply lost", "made, reply lost"])
    owner = Owner(sis)
    owner.deliver(desired("item-1", title="Homework"), desired("item-2", title="Homework"))
    ends = {r.item: r for r in owner.results if r.outcome in (Outcome.SUCCESSFUL, Outcome.ERROR)}
    assert {r.code for r in ends.values()} == {"NEEDS_REVIEW"}
    assert len(sis.items) == 2


def test_an_item_that_waits_to_be_looked_for_holds_up_no_other() -> None:
    class Slow(Maker):
        def create(self, job: Job) -> Mapping[str, str]:
            self.now += 3.0
            return super().create(job)

    sis = Slow(fates=["made, reply lost"])
    Owner(sis).deliver(*(desired(f"item-{n}") for n in range(8)))
    assert sis.calls == ["create"] * 8 + ["look up"]


def test_a_look_up_that_is_too_early_proves_nothing_about_a_sis_that_was_down() -> None:
    """No call was made, so the breaker is still owed its probe."""
    sis = Maker(fates=["made, then death"])
    owner = Owner(sis)
    with pytest.raises(DeathError):
        owner._work([desired()], 100.0)
    lane = Lane("abc", 4, TokenBucket(None), lambda: sis.now)
    for _ in range(5):
        lane.breaker.failed(sis.now)
    sis.now += 5.0
    item = desired()
    key = item_key(item.tenant, item.section, item.item)
    lane.put(key, item.section, decision(item), partial(owner.ledger.get, key))
    slot = lane.take()
    assert slot is not None
    owner._engine().run(lane, slot)
    assert (sis.calls, lane.breaker.state) == (["create"], State.OPEN)


def test_a_section_that_is_gone_is_said() -> None:
    class NoSection(Maker):
        def create(self, job: Job) -> Mapping[str, str]:
            raise Gone

    assert Owner(NoSection()).deliver(desired()).code == "SECTION_NOT_IN_SIS"


def test_the_marker_names_a_life_of_an_item_and_tells_nothing() -> None:
    one = creation.marker(desired("item-1"), 0)
    assert one == creation.marker(desired("item-1", title="another"), 0)
    assert len({one, creation.marker(desired("item-1"), 1), creation.marker(desired("item-2"), 0)}) == 3
    assert len(one) == 18 and "item" not in one
