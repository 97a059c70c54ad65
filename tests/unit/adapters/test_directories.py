"""The directory refresh: what is asked, when, through which gates, and what is written of the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from adapters import guests
from adapters.breaker import THRESHOLD, State
from adapters.contract import Capabilities, Directory
from adapters.directories import GAP, PORTION, Directories
from adapters.errors import Misconfigured, Retry
from adapters.ledger import PartitionLedger
from adapters.partition import Around, Partition
from adapters.protocol import blank_entry
from schemas.cluster import Cluster
from schemas.codec import decode, encode
from schemas.directory import key_of
from schemas.district import DayOff, DistrictDirectory, MarkingPeriod, SisCategory
from schemas.district_records import DistrictRecords
from schemas.gradebook import Sis
from schemas.keys import item_key, partition_for, tenant_key
from schemas.topics import TopicNames, topic
from tests.unit.adapters.desk import Unable, desired, district

CAN = Capabilities(
    vendor_ids=True, deletes=True, detects_edits=True, reads_scores=True, scores_per_call=9, calendar=True
)
CONFIG = replace(
    district("https://sis.example.org"),
    schools=(replace(district("").schools[0], sis_school="S1", marking_periods=()),),
)
NUMBER = partition_for(tenant_key("abc"), topic("sis.eschoolplus").partitions)
HOMEWORK = SisCategory(id="HW", title="Homework", sis_section="class-1")
QUARTER = MarkingPeriod(id="q1", title="Q1", first_day="2026-08-24", last_day="2026-10-16")
BREAK = DayOff(first_day="2026-11-26", last_day="2026-11-27", title="Thanksgiving")


class Asked(Unable):
    """An adapter that answers with what `tells` gives."""

    capabilities = CAN

    def __init__(self, tells: Callable[[], Directory]) -> None:
        self.tells = tells
        self.asked: list[tuple[list[str], list[str]]] = []

    def directory(self, sections: Sequence[str], schools: Sequence[str]) -> Directory:
        self.asked.append((list(sections), list(schools)))
        return self.tells()


@dataclass
class Office:
    """A partition of ours with one district, and its refresh on a clock of the test's."""

    tells: Callable[[], Directory] = Directory
    now: float = 1000.0
    draw: float = 0.0
    written: list[tuple[bytes, bytes]] = field(default_factory=list)
    records: DistrictRecords = field(default_factory=DistrictRecords)
    owner: bool = True

    def __post_init__(self) -> None:
        self.records.take(b"abc", encode(CONFIG))
        self.adapter = Asked(lambda: self.tells())  # noqa: PLW0108 - tests give it another answer later
        self.offered: list[object] = []
        around = SimpleNamespace(
            cluster=Cluster("nowhere:1", TopicNames("p.")),
            outlet=SimpleNamespace(send=self._send),
            crew=SimpleNamespace(offer=self.offered.append),
            district=self.records.get,
            adapter_of=lambda *_: self.adapter,
            renew=lambda _: None,
            fence=SimpleNamespace(holds=lambda: self.owner),
        )
        self.partition = Partition(Sis.ESCHOOLPLUS, NUMBER, PartitionLedger(), 0, 0, cast(Around, around))
        self.refresh = Directories(
            cast(Around, around),
            self.records,
            clock=lambda: self.now,
            draw=lambda: self.draw,
        )
        self.refresh.own([self.partition])

    def _send(self, name: str, key: bytes, value: bytes, **_: object) -> None:
        if name == "p.district.config":
            self.written.append((key, value))
            self.records.take(key, value)

    @property
    def lane(self) -> Any:
        return self.partition.lane("abc")

    @property
    def district(self) -> Any:
        return self.refresh._ours["abc"]

    def name_sections(self, *sections: str) -> None:
        """Decisions that name them arrive."""
        for number, section in enumerate(sections):
            item = desired(f"i-{section}-{number}", sis_section=section)
            key = item_key(item.tenant, item.section, item.item)
            self.partition.take(SimpleNamespace(value=encode(item), key=key, offset=number))
        self.refresh.own([self.partition])

    def read(self) -> float:
        """Turns until the round is over; seconds until the next one."""
        while True:
            wait = self.refresh.turn(self.district)
            if self.district.round is None:
                return wait

    def told(self) -> list[DistrictDirectory]:
        return [decode(DistrictDirectory, value) for _, value in self.written]


def test_what_the_sis_tells_is_written_place_by_place_and_once() -> None:
    office = Office(
        lambda: Directory(
            categories=(HOMEWORK, SisCategory(id="T", title="Tests")),
            marking_periods={"S1": (QUARTER,)},
            days_off={"S1": (BREAK,)},
        )
    )
    office.name_sections("class-1")
    office.read()
    assert office.adapter.asked == [(["class-1"], ["S1"])]
    assert [key for key, _ in office.written] == [b"abc/section/class-1", b"abc/district", b"abc/school/S1"]
    assert all(key_of(one) == key for one, (key, _) in zip(office.told(), office.written, strict=True))
    config = office.records.get("abc")
    assert config is not None
    assert [row.id for row in config.categories] == ["HW", "T"]
    assert (config.schools[0].marking_periods, config.schools[0].days_off) == ((QUARTER,), (BREAK,))
    office.read()
    assert len(office.written) == 3, "nothing new, and it was written again"


def test_an_empty_answer_wipes_nothing() -> None:
    office = Office(lambda: Directory(categories=(HOMEWORK,), marking_periods={"S1": (QUARTER,)}))
    office.read()
    before = office.records.get("abc")
    office.tells = lambda: Directory(marking_periods={"S1": ()})
    office.read()
    assert len(office.written) == 2
    assert office.records.get("abc") is before


def test_sections_go_in_portions_and_schools_are_asked_about_once() -> None:
    office = Office()
    office.name_sections(*(f"s{n:02}" for n in range(2 * PORTION + 1)))
    office.read()
    assert [len(sections) for sections, _ in office.adapter.asked] == [PORTION, PORTION, 1]
    assert [schools for _, schools in office.adapter.asked] == [["S1"], [], []]


def test_without_a_calendar_no_school_is_asked_about() -> None:
    office = Office()
    office.adapter.capabilities = replace(CAN, calendar=False)
    office.read()
    assert office.adapter.asked == [([], [])]


def test_sections_known_from_before_are_asked_about_after_a_restart() -> None:
    first = Office(lambda: Directory(categories=(HOMEWORK,)))
    first.name_sections("class-1")
    first.read()
    second = Office(records=first.records)
    second.read()
    assert second.adapter.asked[0][0] == ["class-1"]


def test_where_categories_are_a_teachers_she_is_named_and_remembered() -> None:
    told = replace(HOMEWORK, sis_section="class-1:t-9")
    office = Office(lambda: Directory(categories=(told,)))
    office.adapter.capabilities = replace(CAN, teachers_categories=True)
    item = desired("i", sis_section="class-1", sis_teacher="t-9")
    key = item_key(item.tenant, item.section, item.item)
    office.partition.take(SimpleNamespace(value=encode(item), key=key, offset=0))
    office.read()
    assert office.adapter.asked[0][0] == ["class-1:t-9"]
    config = office.records.get("abc")
    assert config is not None and config.categories == (HOMEWORK,), "under the section's own id"
    second = Office(records=office.records)
    second.adapter.capabilities = office.adapter.capabilities
    second.read()
    assert second.adapter.asked[0][0] == ["class-1:t-9"]


def test_readings_are_spread_and_never_closer_than_the_gap() -> None:
    office = Office(draw=0.5)
    assert office.now < office.district.due < office.now + 20
    office.now += 20
    wait = office.read()
    assert 0.9 * 1800 <= wait <= 1.1 * 1800
    office.district.due = office.now + wait
    office.now += 10
    office.name_sections("class-9")
    assert office.district.due == office.now - 10 + GAP, "sooner for a new section, not sooner than the gap"
    office.refresh.own([])
    office.refresh.own([office.partition])
    assert office.district.due >= office.now - 10 + GAP, "an assignment is no way around the gap"


@pytest.mark.parametrize("shut", ["breaker", "slots", "pause", "trouble", "closed"])
def test_through_a_shut_gate_nothing_is_asked(shut: str) -> None:
    office = Office()
    lane = office.lane
    lane.clock = lambda: 50.0
    match shut:
        case "breaker":
            for _ in range(THRESHOLD):
                lane.breaker.failed(50.0)
        case "slots":
            lane.running = lane.cap
        case "pause":
            lane.pause(30)
        case "trouble":
            lane.trouble = (Misconfigured("SIS_SIGN_IN_FAILED"), 80.0)
        case "closed":
            lane.close()
    running = lane.running
    assert guests.SOON <= office.refresh.turn(office.district) <= guests.LATER
    assert (office.adapter.asked, lane.running) == ([], running)


def test_a_turn_takes_a_slot_and_gives_it_back_with_a_call_for_hands() -> None:
    office = Office()
    seen: list[int] = []

    def tells() -> Directory:
        seen.append(office.lane.running)
        return Directory()

    office.tells = tells
    office.read()
    assert (seen, office.lane.running) == ([1], 0)
    assert office.offered[-1] is office.lane


def test_while_items_wait_a_half_open_breaker_is_theirs_to_probe() -> None:
    office = Office()
    lane = office.lane
    for _ in range(THRESHOLD):
        lane.breaker.failed(0.0)
    lane.clock = lambda: 1e6
    office.name_sections("class-1")
    office.refresh.turn(office.district)
    assert office.adapter.asked == []
    slot = lane.take()
    assert slot is not None
    lane.breaker.unused()
    lane.done(slot, blank_entry(slot.decision.desired))
    office.refresh.turn(office.district)
    assert len(office.adapter.asked) == 1, "with nothing to deliver, nobody else would ever probe it"
    assert lane.breaker.state is State.CLOSED


def test_a_failure_opens_the_breaker_pauses_and_ends_the_reading() -> None:
    office = Office()

    def tells() -> Directory:
        raise Retry("SIS_UNAVAILABLE", 900.0)

    office.tells = tells
    for _ in range(THRESHOLD):
        office.lane.paused_until = 0.0
        assert office.refresh.turn(office.district) >= 900.0
    assert office.lane.breaker.state is State.OPEN
    assert office.lane.paused_until > office.lane.clock() + 800
    assert office.written == []


def test_a_section_that_always_fails_does_not_hide_the_others() -> None:
    office = Office()
    names = [f"s{n:02}" for n in range(3 * PORTION)]
    office.name_sections(*names)

    def tells() -> Directory:
        if "s00" in office.adapter.asked[-1][0]:
            raise Misconfigured("SIS_PERMISSION_MISSING", whole_district=False)
        return Directory()

    office.tells = tells
    office.read()
    office.read()
    assert {name for asked, _ in office.adapter.asked for name in asked} == set(names)


def test_once_the_partition_is_anothers_nothing_is_written() -> None:
    office = Office(lambda: Directory(categories=(HOMEWORK,)))
    office.owner = False
    office.read()
    assert office.written == []


def test_a_fault_of_an_adapter_is_told_and_ends_nothing() -> None:
    office = Office()

    def tells() -> Directory:
        raise KeyError("x")

    office.tells = tells
    with pytest.raises(KeyError):
        office.refresh.turn(office.district)
    assert office.lane.running == 0
    office.district.due = office.now
    office.refresh.start()
    try:
        with office.refresh._changed:
            assert office.refresh._changed.wait_for(lambda: office.district.due > office.now, 5)
    finally:
        office.refresh.stop()


def test_a_district_that_is_switched_off_or_elsewhere_is_not_ours() -> None:
    office = Office()
    office.records.take(b"abc", encode(replace(CONFIG, entitled=False)))
    office.refresh.own([office.partition])
    assert office.refresh._ours == {}
    office.records.take(b"abc", encode(CONFIG))
    office.partition.number += 1
    office.refresh.own([office.partition])
    assert office.refresh._ours == {}


def test_never_is_never() -> None:
    office = Office()
    refresh = Directories(office.refresh._around, office.records, every=0)
    refresh.own([office.partition])
    assert refresh._ours == {}
