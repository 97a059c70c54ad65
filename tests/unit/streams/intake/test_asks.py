"""Which items a change asks about, and how much is wanted of each."""

from dataclasses import replace

import pytest

from schemas.gradebook import (
    ApprovedItem,
    Change,
    Choice,
    ConflictResolved,
    ItemDeleted,
    ItemRestored,
    LogSeen,
    ReviewRequested,
    RosterChanged,
    ScoresChanged,
    SyncMode,
    SyncRequested,
)
from schemas.state import SectionState
from streams.intake.asks import Ask, asked_items, item_of
from streams.intake.fold import NEW_SECTION
from tests.support.flow import change
from tests.unit.streams.intake.scenes import MAPPED, bound, item

AUTO = replace(NEW_SECTION, binding=bound(SyncMode.AUTO))
MANUAL = replace(NEW_SECTION, binding=bound())
KNOWN = (b"i1", b"i2")
ABOUT_AN_ITEM: tuple[Change, ...] = (
    item(),
    ScoresChanged(item="i1", scores=()),
    ItemDeleted(item="i1"),
    ItemRestored(item="i1"),
)
ABOUT_THE_SECTION: tuple[Change, ...] = (bound(SyncMode.AUTO), MAPPED, RosterChanged(students=()))


def _asks(what: Change, section: SectionState = MANUAL, *, in_force: bool = True) -> list[tuple[bytes, Ask]]:
    return asked_items(change("s", "e", 1, what), section, KNOWN, in_force=in_force)


@pytest.mark.parametrize("what", ABOUT_AN_ITEM, ids=lambda what: type(what).__name__)
def test_a_change_of_an_item_syncs_it_in_automatic_mode_and_is_a_sighting_in_manual(what: Change) -> None:
    assert _asks(what, AUTO) == [(b"i1", Ask.DECIDE)]
    assert _asks(what, MANUAL) == [(b"i1", Ask.OBSERVE)]
    assert _asks(what, NEW_SECTION) == [(b"i1", Ask.OBSERVE)]


@pytest.mark.parametrize("what", ABOUT_THE_SECTION, ids=lambda what: type(what).__name__)
def test_a_change_of_the_section_syncs_all_of_it_in_automatic_mode_alone(what: Change) -> None:
    assert _asks(what, AUTO) == [(b"i1", Ask.DECIDE), (b"i2", Ask.DECIDE)]
    assert _asks(what, AUTO, in_force=False) == []
    assert _asks(what, MANUAL) == []


@pytest.mark.parametrize("section", [AUTO, MANUAL])
def test_a_click_on_the_section_syncs_every_item(section: SectionState) -> None:
    assert _asks(SyncRequested(run="r"), section) == [(b"i1", Ask.DECIDE), (b"i2", Ask.DECIDE)]


def test_a_click_on_items_insists_on_each_once_known_or_not() -> None:
    clicked = SyncRequested(run="r", items=("i2", "a/b", "i2"))

    assert _asks(clicked) == [(b"i2", Ask.INSIST), (b"a%2Fb", Ask.INSIST)]


def test_a_click_on_no_items_asks_for_none() -> None:
    assert _asks(SyncRequested(run="r", items=())) == []


def test_an_approval_insists_on_what_was_approved_and_on_nothing_else() -> None:
    rows = (ApprovedItem(item="i2", fingerprint="f"), ApprovedItem(item="i2", fingerprint="g"))

    assert _asks(SyncRequested(run="r", approved=rows)) == [(b"i2", Ask.INSIST)]
    assert _asks(SyncRequested(run="r", approved=())) == []
    assert _asks(SyncRequested(run="r", items=("i1",), approved=rows)) == [(b"i1", Ask.INSIST)]


def test_a_replay_asks_again_for_the_section_or_for_some_items() -> None:
    assert _asks(SyncRequested(run="r", replay=True)) == [(b"i1", Ask.AGAIN), (b"i2", Ask.AGAIN)]
    assert _asks(SyncRequested(run="r", items=("i2",), replay=True)) == [(b"i2", Ask.AGAIN)]


@pytest.mark.parametrize("section", [AUTO, MANUAL])
def test_an_answer_to_a_conflict_is_decided_at_once(section: SectionState) -> None:
    what = ConflictResolved(item="i1", choice=Choice.ADOPT)

    assert _asks(what, section) == [(b"i1", Ask.INSIST)]
    assert asked_items(change("s", "e", 1, what), section, (b"i1",), in_force=False) == []


@pytest.mark.parametrize("what", [LogSeen(teacher="t"), ReviewRequested(review="q")])
def test_looking_asks_for_nothing(what: Change) -> None:
    assert _asks(what, AUTO) == []


def test_a_change_is_about_an_item_or_about_the_section() -> None:
    assert {item_of(change("s", "e", 1, what)) for what in ABOUT_AN_ITEM} == {"i1"}
    assert {item_of(change("s", "e", 1, what)) for what in ABOUT_THE_SECTION} == {None}
