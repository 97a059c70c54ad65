"""Security.md section 7, items 25 to 44: changes that read well and should not pass, all through one real worker.

Each case is a section of its own and ends in exactly the state, or the dead letter, that is written beside it. The
worker lives, the lag goes back to 0, and its log says nothing of a student.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from schemas.codec import decode, encode
from schemas.district import MarkingPeriod
from schemas.gradebook import (
    CategoryMapping,
    Change,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemKind,
    MappingChanged,
    RosterChanged,
    RosterEntry,
    RosterStatus,
    Score,
    SectionBound,
    Sis,
    SyncRequested,
)
from schemas.keys import section_key
from schemas.results import SectionStatus, StatusRow
from tests.support.flow import TENANT, Flow, change, district, new_flow
from tests.support.kafka import Kafka, Record
from tests.unit.schemas.bad_bytes import varint

pytestmark = pytest.mark.broker

QUEUED, NEW = ("QUEUED", None), ("NOT_YET_SYNCED", None)
CANARY = "Zxqv Canary"
SSN = "078-05-1120"
POINTS = 97.25
MAPPED = MappingChanged(categories=(CategoryMapping(category="hw", sis_category="H"),))
BOUND = SectionBound(sis=Sis.ESCHOOLPLUS, sis_section="c1", school="high")
CLICK = SyncRequested(run="click")


def item(name: str = "i1", **changed: Any) -> ItemChanged:
    """An item that passes, with a student's score that nobody may log."""
    fields: dict[str, Any] = {
        "item": name,
        "kind": ItemKind.TEST,
        "title": f"{CANARY} Lab",
        "category": "hw",
        "due": "2026-10-05",
        "points": 100.0,
        "scores": (Score(student="p1", points=POINTS, comment=f"{CANARY} {SSN}"),),
    }
    return ItemChanged(**(fields | changed))


def error(code: str) -> tuple[str, str]:
    """The state of a row refused with that code."""
    return "ERROR", code


@dataclass(frozen=True, slots=True)
class Case:
    """`told` in a bound, mapped section, then a click; `rows` are the rows it ends with, `dead` its dead letters."""

    number: int
    name: str
    told: Sequence[Change | GradebookChange | bytes]
    rows: dict[str, tuple[str, str | None]]
    dead: Sequence[str] = ()
    tenant: str = TENANT
    bound: SectionBound = BOUND
    title: dict[str, str] = field(default_factory=dict)

    @property
    def section(self) -> str:
        """Its section."""
        return f"{self.number} {self.name}"

    @property
    def key(self) -> bytes:
        """The key of its records."""
        return section_key(self.tenant, self.section)


def _one(number: int, name: str, ends: tuple[str, str | None], **changed: Any) -> Case:
    return Case(number, name, (item(**changed),), {"i1": ends})


def _of(version: int, what: Change, event: str = "") -> GradebookChange:
    return change("", event or f"v{version}", version, what)


def _raw(section: str, what: ItemChanged | ItemDeleted, old: bytes, new: bytes) -> bytes:
    """A change whose bytes say what no writer of ours can."""
    value = encode(change(section, "raw", 1, what))
    assert value.count(old) == 1
    return value.replace(old, new)


def _kind_of_change(index: int) -> bytes:
    value = encode(change("44 an unknown kind", "raw", 1, ItemDeleted(item="i1")))
    return value[: -len(b"\x04\x04i1")] + varint(index) + b"\x04i1"


_DEAD_CATEGORY = error("CATEGORY_REQUIRED")
_CLOSED = error("DUE_DATE_OUTSIDE_MARKING_PERIOD")
_UNREADABLE = error("TITLE_UNREADABLE")

CASES: tuple[Case, ...] = (
    Case(25, "unknown district", (item(),), {"i1": error("DISTRICT_UNKNOWN")}, tenant="nowhere"),
    Case(25, "district not entitled", (item(),), {"i1": error("DISTRICT_NOT_ENTITLED")}, tenant="switched-off"),
    Case(26, "wrong system", (item(),), {"i1": error("SECTION_WRONG_SIS")}, bound=replace(BOUND, sis=Sis.AERIES)),
    Case(26, "unknown school", (item(),), {"i1": error("SCHOOL_UNKNOWN")}, bound=replace(BOUND, school="low")),
    Case(27, "moved away", (item(), CLICK, ItemDeleted(item="i1")), {"i1": QUEUED}),
    _one(27, "moved here", QUEUED),
    _one(28, "no category", _DEAD_CATEGORY, category=None),
    _one(28, "another case", _DEAD_CATEGORY, category="HW"),
    _one(28, "a space", _DEAD_CATEGORY, category="hw "),
    _one(28, "another Unicode form", _DEAD_CATEGORY, category="h\u0077\u0301"),
    _one(29, "outside every period", _CLOSED, due="2031-01-06"),
    _one(29, "a Sunday", _CLOSED, due="2026-10-04"),
    _one(29, "the last day", QUEUED, due="2027-01-29"),
    # 23:59:59 of the last day in New York, and one second later
    _one(29, "the last second", QUEUED, due=1_801_285_199_000),
    _one(29, "a second later", _CLOSED, due=1_801_285_200_000),
    _one(29, "no 29 February", error("DUE_DATE_INVALID"), due="2027-02-29"),
    _one(29, "missing", error("DUE_DATE_MISSING"), due=None),
    _one(29, "no date", error("DUE_DATE_INVALID"), due="next week"),
    _one(29, "the end of time", error("DUE_DATE_INVALID"), due=2**62),
    Case(29, "clocks unknown", (item(due=1_790_000_000_000),), {"i1": error("DISTRICT_UNKNOWN")}, tenant="no-clock"),
    Case(30, "period locked", (item(),), {"i1": _CLOSED}, tenant="locked"),
    _one(31, "points 0", QUEUED, points=0.0),
    _one(31, "points missing", error("POINTS_MISSING"), points=None),
    _one(31, "points negative", error("POINTS_INVALID"), points=-1.0),
    _one(31, "points NaN", error("POINTS_INVALID"), points=float("nan")),
    _one(31, "points infinite", error("POINTS_INVALID"), points=float("inf")),
    Case(
        31, "points a text",
        (_raw("31 points a text", item(points=1.5), b"\x02\x00\x00\x00\x00\x00\x00\xf8?", b"\x04\x0810,5"),),
        {}, ["MALFORMED"],
    ),
    _one(32, "above the maximum", QUEUED, scores=(Score(student="p1", points=1_000.0),)),
    Case(
        32, "a dropped student",
        (RosterChanged(students=(RosterEntry(student="p1", status=RosterStatus.DROPPED),)), item()), {"i1": QUEUED},
    ),
    _one(33, "empty", error("TITLE_EMPTY"), title=""),
    _one(33, "only invisible", error("TITLE_EMPTY"), title="\u200b\u2060"),
    _one(33, "10,000 characters", error("TITLE_TOO_LONG"), title=CANARY * 1_000),
    _one(33, "emoji", QUEUED, title="Lab 💯"),
    _one(33, "right to left override", _UNREADABLE, title="Lab \u202e1"),
    _one(33, "script", QUEUED, title="<script>alert(1)</script>"),
    _one(33, "formula", QUEUED, title="=cmd|'/c calc'!A1"),
    _one(33, "header injection", _UNREADABLE, title="Lab\r\nX-Evil: 1"),
    _one(33, "NUL", _UNREADABLE, title="Lab\x00"),
    _one(34, "a comment", QUEUED, scores=(Score(student="p1", comment=f"{CANARY} {SSN}"),)),
    Case(35, "two alike", (item("i1"), item("i2")), {"i1": QUEUED, "i2": QUEUED}),
    Case(
        36, "version going backwards", (_of(5, item(title="newer")), _of(4, item(title="older"))), {"i1": QUEUED},
        title={"i1": "newer"},
    ),
    Case(
        36, "equal version", (_of(5, item(title="second"), "b"), _of(5, item(title="first"), "a")), {"i1": QUEUED},
        title={"i1": "second"},
    ),
    Case(36, "version below 0", (_of(-1, item()),), {}, ["VENDOR_DATA"]),
    Case(
        36, "version 2^63", (_raw("36 version 2^63", item(), b"\x06raw\x02", b"\x06raw" + b"\x80" * 9 + b"\x02"),),
        {}, ["MALFORMED"],
    ),
    Case(37, "delete before create", (_of(9, ItemDeleted(item="i1")), _of(5, item())), {"i1": NEW}),
    Case(37, "delete twice", (item(), ItemDeleted(item="i1"), ItemDeleted(item="i1")), {"i1": NEW}),
    Case(37, "update after delete", (item(), ItemDeleted(item="i1"), item(title="late")), {"i1": NEW}),
    Case(
        38, "one event with two bodies", (_of(5, item(title="said"), "e"), _of(5, item(title="unsaid"), "e")),
        {"i1": QUEUED}, title={"i1": "said"},
    ),
    Case(39, "slash", (item("a/../b"),), {"a/../b": QUEUED}),
    Case(39, "bar and percent", (item("a|b%2Fc"),), {"a|b%2Fc": QUEUED}),
    Case(39, "1 KB", (item("x" * 1_024),), {"x" * 1_024: QUEUED}),
    Case(39, "longer", (item("x" * 1_025),), {}, ["VENDOR_DATA"]),
    Case(39, "no id", (item(""),), {}, ["VENDOR_DATA"]),
    Case(
        40, "a thousand edits", tuple(item(title=f"Lab {n}") for n in range(1_000)), {"i1": QUEUED},
        title={"i1": "Lab 999"},
    ),
    Case(41, "an address inside", (item(),), {"i1": QUEUED}, tenant="inside"),
    Case(42, "many items", tuple(item(f"i{n}") for n in range(2_000)), {f"i{n}": QUEUED for n in range(2_000)}),
    Case(43, "a clock far ahead", (replace(_of(5, item()), occurred_at=253_402_300_799_000),), {"i1": QUEUED}),
    Case(44, "an unknown kind", (_kind_of_change(11),), {}, ["MALFORMED"]),
    Case(
        44, "a future schema",
        (_raw("44 a future schema", item(), encode(change("x", "y", 1, item()))[:5], b"\x00\x00\x00\x03\xe7"),),
        {}, ["UNKNOWN_SCHEMA"],
    ),
)  # fmt: skip


def _records(case: Case) -> Iterator[Record]:
    told = (case.bound, MAPPED, *case.told, CLICK)
    for number, one in enumerate(told):
        if isinstance(one, bytes):
            yield Record(one, case.key)
            continue
        made = one if isinstance(one, GradebookChange) else change("", f"e{number}", 10 + number, one)
        yield Record(encode(replace(made, tenant=case.tenant, section=case.section)), case.key)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was on the topics when the worker had done, and in its log."""

    rows: dict[bytes, dict[str, StatusRow]]
    dead: dict[bytes, list[str]]
    lag: int
    alive: bool
    log: str


@pytest.fixture(scope="module")
def outcome(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """All cases through one worker."""
    with new_flow(kafka, tmp_path_factory.mktemp("domain"), "domain") as flow:
        _configure(flow)
        worker = flow.start_worker()
        kafka.produce(flow.topics.changes, [record for case in CASES for record in _records(case)])
        wanted = {case.key: case.rows for case in CASES if case.rows}
        kafka.wait_for(flow.topics.status, lambda records: _ended(_rows(records), wanted), seconds=90)
        _wait_for_no_lag(flow)
        yield Outcome(
            _rows(kafka.read(flow.topics.status)),
            _dead(kafka.read(flow.topics.dead_letters)),
            kafka.lag(flow.group, flow.topics.changes),
            worker.poll() is None,
            _log(flow.folder),
        )


def _configure(flow: Flow) -> None:
    config = district()
    locked = MarkingPeriod(id="mp", title="MP", first_day="2026-09-01", last_day="2027-01-29", locked=True)
    flow.configure(config)
    flow.configure(replace(config, tenant="switched-off", entitled=False))
    flow.configure(replace(config, tenant="no-clock", time_zone="Mars/Olympus"))
    flow.configure(
        replace(config, tenant="locked", schools=(replace(config.schools[0], marking_periods=(locked,)),))
    )
    flow.configure(
        replace(config, tenant="inside", sis=replace(config.sis, base_url="http://169.254.169.254/"))
    )


def _wait_for_no_lag(flow: Flow) -> None:
    deadline = time.monotonic() + 30
    while flow.kafka.lag(flow.group, flow.topics.changes) and time.monotonic() < deadline:
        time.sleep(0.2)


def _rows(records: Iterable[Record]) -> dict[bytes, dict[str, StatusRow]]:
    """The rows of each section, by its key."""
    parts: dict[tuple[bytes, int], SectionStatus] = {}
    for record in records:
        if record.value is not None:
            status = decode(SectionStatus, record.value)
            parts[section_key(status.tenant, status.section), status.part] = status
    rows: dict[bytes, dict[str, StatusRow]] = {}
    for (key, _), status in sorted(parts.items()):
        rows.setdefault(key, {}).update({row.item: row for row in status.rows})
    return rows


def _ended(
    rows: dict[bytes, dict[str, StatusRow]], wanted: dict[bytes, dict[str, tuple[str, str | None]]]
) -> bool:
    return all(_states(rows.get(key, {})) == states for key, states in wanted.items())


def _states(rows: dict[str, StatusRow]) -> dict[str, tuple[str, str | None]]:
    return {item: (str(row.state), row.code) for item, row in rows.items()}


def _dead(records: Iterable[Record]) -> dict[bytes, list[str]]:
    """The codes of the dead letters of each key."""
    codes: dict[bytes, list[str]] = {}
    for record in records:
        code = dict(record.headers)["gradebook-sync.error.code"]
        codes.setdefault(record.key or b"", []).append(code.decode())
    return codes


def _log(folder: Path) -> str:
    return "".join(log.read_text(errors="replace") for log in folder.glob("worker-*.log"))


def _name(case: Case) -> str:
    return case.section


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_it_ends_in_its_state_or_its_dead_letter_and_in_nothing_else(case: Case, outcome: Outcome) -> None:
    rows = outcome.rows.get(case.key, {})

    assert outcome.dead.get(case.key, []) == list(case.dead)
    assert _states(rows) == case.rows
    assert {item: row.title for item, row in rows.items() if item in case.title} == case.title


def test_the_worker_lives_and_has_read_everything(outcome: Outcome) -> None:
    assert outcome.alive
    assert outcome.lag == 0


def test_there_is_no_dead_letter_beside_those_expected(outcome: Outcome) -> None:
    assert set(outcome.dead) == {case.key for case in CASES if case.dead}


@pytest.mark.parametrize("secret", [CANARY, SSN, str(POINTS), "a/../b", "x" * 200])
def test_the_log_says_nothing_of_a_student(secret: str, outcome: Outcome) -> None:
    assert outcome.log
    assert secret not in outcome.log


def test_every_number_of_the_list_has_a_case() -> None:
    assert {case.number for case in CASES} == set(range(25, 45))
