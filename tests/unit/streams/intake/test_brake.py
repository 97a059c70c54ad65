"""What a run would do, and when that is too much. Pure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import encode
from schemas.state import ItemState
from streams.intake.brake import NOTHING, WINDOW_MS, Exceeded, Kind, Lately, Past, judge, kind, past_of
from streams.intake.fold import NEW_ITEM
from streams.rules.policies import Brake

THERE = Past(routed=True, fingerprint=b"a")
GONE = Past(routed=True, fingerprint=b"d", deleted=True)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (NOTHING, THERE, Kind.CREATES),
        (NOTHING, NOTHING, None),
        (NOTHING, Past(routed=True, fingerprint=b"a", deleted=True), None),
        (THERE, THERE, None),
        (THERE, replace_ := Past(routed=True, fingerprint=b"b"), Kind.OVERWRITES),
        (THERE, Past(routed=True, fingerprint=b""), None),
        (Past(routed=True), replace_, Kind.OVERWRITES),
        (THERE, GONE, Kind.DELETES),
        (GONE, GONE, None),
        (GONE, THERE, Kind.OVERWRITES),
    ],
    ids=[
        "new", "still nothing", "came and went", "the same", "changed", "refused now", "refused before",
        "deleted", "deleted again", "restored",
    ],
)  # fmt: skip
def test_what_a_decision_does(before: Past, after: Past, found: Kind | None) -> None:
    assert kind(before, after) is found


texts = st.text(max_size=70)
states = st.builds(
    ItemState,
    version=st.integers(-1, 2**62),
    event=texts,
    life_version=st.integers(-1, 9),
    life_event=texts,
    deleted=st.booleans(),
    scores_version=st.integers(-1, 9),
    scores_event=texts,
    asked=st.booleans(),
    routed=st.booleans(),
    fingerprint=st.sampled_from(["", "0" * 32, "é"]),
    held=st.booleans(),
    patches=st.just(()),
)


@given(states)
def test_the_past_is_read_off_the_row(state: ItemState) -> None:
    assert past_of(encode(state)) == (state.routed, state.fingerprint.encode(), state.deleted)


def test_no_row_and_no_readable_row_are_no_past() -> None:
    row = encode(replace(NEW_ITEM, routed=True, event="é"))

    assert past_of(None) == past_of(b"junk") == past_of(row[:-1]) == NOTHING
    assert past_of(row).routed


@pytest.mark.parametrize(
    ("brake", "over"),
    [
        (Brake(3, 2, 1), None),
        (Brake(2, 2, 1), (Kind.CREATES, 2)),
        (Brake(3, 1, 1), (Kind.OVERWRITES, 1)),
        (Brake(None, 1, None), (Kind.OVERWRITES, 1)),
        (Brake(None, None, None), None),
    ],
)
def test_a_run_is_too_much_above_a_number_and_not_at_it(brake: Brake, over: tuple[Kind, int] | None) -> None:
    changes = [(NOTHING, THERE)] * 3 + [(THERE, GONE)] + [(GONE, THERE)] * 2 + [(THERE, THERE)] * 9

    found = judge(changes, brake)

    assert (None if found is None else (found.over, found.limit)) == over


def test_the_row_says_all_counts_and_the_number() -> None:
    exceeded = Exceeded({Kind.CREATES: 3}, Kind.CREATES, 2)

    assert exceeded.params("f") == {
        "creates": "3", "overwrites": "0", "deletes": "0", "over": "creates", "limit": "2", "fingerprint": "f",
    }  # fmt: skip


def test_a_window_ends_by_the_log_s_own_time_and_begins_anew_when_that_runs_backwards() -> None:
    lately = Lately()
    lately.now(1_000)
    lately.note(b"s", b"i", None)

    lately.now(1_000 + WINDOW_MS - 1)
    assert lately.of(b"s") == {b"i": NOTHING}
    lately.now(1_000 + WINDOW_MS)
    assert lately.of(b"s") == {}

    lately.note(b"s", b"i", None)
    lately.now(999)
    assert lately.of(b"s") == {}


def test_of_an_item_the_first_past_of_the_window_counts() -> None:
    lately = Lately()
    row = encode(replace(NEW_ITEM, routed=True, fingerprint="a"))

    lately.note(b"s", b"known", row)
    lately.note(b"s", b"new", None)
    lately.note(b"s", b"new", row)

    assert lately.of(b"s") == {b"known": THERE, b"new": NOTHING}
