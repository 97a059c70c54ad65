"""What the view holds: the newest of everything, whatever comes in which order."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.codec import Refused, encode
from schemas.keys import section_key
from schemas.results import RowState, SeenMark, StatusRow
from streams.web.choosing import Choice, choose
from streams.web.render import log_of
from streams.web.sections import _marks, glance, supersedes
from streams.web.view import StatusView
from tests.unit.streams.web.logs import AT, EVERY_KIND, FAILED, GONE, PLAIN, QUEUED, log, record


def test_a_glance_reads_what_a_whole_decode_reads() -> None:
    for status in (log(), log("a/b", "%", (), part=7, updated_at=-1), log("", "ü" * 300, updated_at=2**62)):
        part = glance(encode(status))
        assert (part.tenant, part.section, part.number, part.updated_at) == (
            status.tenant,
            status.section,
            status.part,
            status.updated_at,
        )


def test_what_came_in_is_what_comes_out() -> None:
    view = StatusView()
    assert view.apply(*record(log()))
    entry = view.get("north", "algebra")
    assert entry is not None
    assert entry.status() == log()
    assert view.get("north", "geometry") is None
    assert view.get("south", "algebra") is None


def test_parts_make_one_log_in_their_order_whatever_order_they_come_in() -> None:
    view = StatusView()
    parts = [
        log(part=2, rows=[FAILED], updated_at=AT + 2, last_error_at=7),
        log(part=0, rows=[PLAIN], seen=[SeenMark(teacher="t", seen_at=5)]),
        log(part=1, rows=[QUEUED], last_error_at=3),
    ]
    for part in parts:
        view.apply(*record(part))
    entry = view.get("north", "algebra")
    assert entry is not None
    status = entry.status()
    assert status.rows == (PLAIN, QUEUED, FAILED)
    assert (status.updated_at, status.last_error_at, len(status.seen), len(view)) == (AT + 2, 7, 1, 1)


def test_a_tombstone_removes_and_an_unknown_one_does_nothing() -> None:
    view = StatusView()
    view.apply(*record(log()))
    assert not view.apply(section_key("north", "other"), None)
    assert view.apply(section_key("north", "algebra"), None)
    assert (view.get("north", "algebra"), view.sections("north"), len(view)) == (None, [], 0)
    assert view.totals(1.0) == (dict.fromkeys(view.totals(1.0)[0], 0), 0)


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        (section_key("north", "other"), encode(log()), "WRONG_KEY"),
        (None, encode(log()), "WRONG_KEY"),
        (b"one-part", None, "WRONG_KEY"),
        (b"\xff/\xfe", None, "WRONG_KEY"),
        (b"north/algebra/x", None, "WRONG_KEY"),
        (section_key("north", "algebra"), b"", "EMPTY_VALUE"),
        (section_key("north", "algebra"), encode(log())[:8], "MALFORMED"),
        (section_key("north", "algebra"), b"\x01" + encode(log())[1:], "BAD_MAGIC"),
    ],
)
def test_what_is_no_status_is_refused_and_changes_nothing(
    key: bytes | None, value: bytes | None, code: str
) -> None:
    view = StatusView()
    view.apply(*record(log()))
    with pytest.raises(Refused, match=code):
        view.apply(key, value)
    entry = view.get("north", "algebra")
    assert entry is not None
    assert entry.status() == log()


def test_rows_are_counted_by_state_without_the_deleted_and_once() -> None:
    view = StatusView()
    view.apply(*record(log()))
    view.apply(*record(log(section="geometry", rows=[PLAIN])))
    assert view.totals(1.0) == (
        {RowState.SUCCESSFUL: 3, RowState.NOT_YET_SYNCED: 1, RowState.QUEUED: 1, RowState.ERROR: 1},
        0,
    )
    view.apply(*record(log(section="geometry", rows=[replace(PLAIN, revision=4)], updated_at=AT + 1)))
    view.apply(section_key("north", "algebra"), None)
    counts, uncounted = view.totals(1.0)
    assert ({state: n for state, n in counts.items() if n}, uncounted) == ({RowState.SUCCESSFUL: 1}, 0)


def test_counting_stops_at_its_budget_and_goes_on_the_next_time() -> None:
    view = StatusView()
    for number in range(5):
        view.apply(*record(log(section=f"s{number}", rows=[PLAIN])))
    left = [view.totals(-1.0)[1] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]


# ---- nothing goes back ----------------------------------------------------------------------------------------

_grown = st.integers(0, 4)


@st.composite
def _history(draw: st.DrawFn) -> list[bytes]:
    """What one owner would write of a part: every row only ever grows, while the times go as clocks go."""
    rows: dict[str, StatusRow] = {}
    seen: dict[str, int] = {}
    written = []
    for _ in range(draw(st.integers(1, 8))):
        for item in draw(st.lists(st.sampled_from(["a", "b", "c"]), max_size=3, unique=True)):
            before = rows.get(
                item, replace(PLAIN, item=item, heard=0, revision=0, step=0, last_success_revision=0)
            )
            revision = before.revision + draw(_grown)
            step = before.step + draw(_grown) if revision == before.revision else draw(_grown)
            rows[item] = replace(before, heard=before.heard + draw(_grown), revision=revision, step=step)
        if draw(st.booleans()):
            seen["teacher"] = seen.get("teacher", 0) + 1
        marks = [SeenMark(teacher=who, seen_at=at) for who, at in seen.items()]
        at = AT + draw(st.integers(-3, 3))
        written.append(encode(log(rows=rows.values(), seen=marks, updated_at=at)))
    return written


@given(_history())
def test_what_the_owner_writes_is_always_taken(history: list[bytes]) -> None:
    """Even where the clocks of workers differ and the time in the record goes back."""
    view = StatusView()
    for value in history:
        view.apply(section_key("north", "algebra"), value)
        entry = view.get("north", "algebra")
        assert entry is not None
        assert entry.parts[0].value == value


@given(_history(), st.data())
def test_an_older_record_that_is_not_later_by_its_time_never_replaces_a_newer_one(
    history: list[bytes], data: st.DataObject
) -> None:
    older = data.draw(st.integers(0, len(history) - 1))
    newest, old = glance(history[-1]), glance(history[older])
    assume(old.updated_at <= newest.updated_at)
    view = StatusView()
    view.apply(newest.key, newest.value)
    view.apply(old.key, old.value)
    entry = view.get("north", "algebra")
    assert entry is not None
    assert _marks(entry.parts[0].value) == _marks(newest.value)


@given(st.lists(st.integers(0, 9), min_size=1))
def test_with_one_clock_any_order_and_any_repetition_ends_in_the_newest(moments: list[int]) -> None:
    """One writer whose time and rows grow together: 10 moments, read in any order."""
    view = StatusView()
    for moment in moments:
        rows = [replace(PLAIN, item="a", heard=moment, revision=moment, last_success_revision=moment)]
        view.apply(*record(log(rows=rows, updated_at=AT + moment)))
    entry = view.get("north", "algebra")
    assert entry is not None
    assert entry.updated_at == AT + max(moments)


def test_without_the_guard_the_older_record_would_have_won() -> None:
    """Negative control of the three above: plain last-one-wins does go back."""
    new, old = (log(rows=[replace(PLAIN, revision=n)], updated_at=AT + n) for n in (9, 1))
    assert not supersedes(glance(encode(old)), glance(encode(new)))
    naive = {}
    for status in (new, old):
        key, value = record(status)
        naive[key] = value
    assert naive[section_key("north", "algebra")] == encode(old)


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ({"heard": 2}, False),
        ({"revision": 2, "step": 9}, False),
        ({"step": 1}, False),
        ({"last_success_revision": 2}, False),
        ({"step": 3}, True),
        ({"revision": 4, "step": 0}, True),
        ({"heard": 4, "title": "Renamed"}, True),
        ({"heard": 4, "step": 1}, False),
    ],
)
def test_at_the_same_time_the_rows_decide(change: dict[str, int], taken: bool) -> None:
    held = glance(encode(log(rows=[PLAIN, GONE])))
    told = glance(encode(log(rows=[replace(PLAIN, **change), GONE])))  # type: ignore[arg-type]
    assert supersedes(told, held) is taken


def test_at_the_same_time_a_record_that_lost_a_row_or_a_reader_does_not_replace() -> None:
    held = glance(encode(log(seen=[SeenMark(teacher="t", seen_at=5)])))
    fewer = glance(encode(log(rows=EVERY_KIND[:-1], seen=[SeenMark(teacher="t", seen_at=5)])))
    unread = glance(encode(log(seen=[SeenMark(teacher="t", seen_at=4)])))
    read = glance(encode(log(seen=[SeenMark(teacher="t", seen_at=6), SeenMark(teacher="u", seen_at=1)])))
    assert [supersedes(one, held) for one in (fewer, unread, read)] == [False, False, True]


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (RowState.SUCCESSFUL, False),
        (RowState.NOT_YET_SYNCED, False),
        (RowState.QUEUED, True),
        (RowState.ERROR, True),  # as where a system lets nobody delete, and it must be done by hand
    ],
)
def test_a_deleted_item_is_shown_until_its_deletion_is_done(state: RowState, shown: bool) -> None:
    status = log(rows=[replace(PLAIN, deleted=True, state=state)])
    told = log_of(status, deleted=False)
    assert [row["item"] for row in told["rows"]] == [PLAIN.item] * shown
    assert sum(told["counts"].values()) == shown
    assert len(choose(status.rows, Choice())) == shown
    view = StatusView()
    view.apply(*record(status))
    (entry,) = view.sections(status.tenant)
    assert sum(entry.counts().values()) == shown
