"""Folding changes: order, repetition and age do not matter; absent, cleared and zero stay three things."""

from dataclasses import replace
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from schemas.gradebook import (
    Change,
    Choice,
    ConflictResolved,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemKind,
    ItemRestored,
    LogSeen,
    MappingChanged,
    Score,
    ScoresChanged,
)
from schemas.state import ItemState
from streams.intake.fold import (
    LOOKS_KEPT,
    NEW_ITEM,
    NEW_SECTION,
    answered,
    fold_item,
    fold_section,
    whole_content,
)
from tests.unit.streams.intake.strategies import histories, item_changes


def _change(version: int, what: Change, event: str = "e") -> GradebookChange:
    return GradebookChange(
        tenant="d", section="s", event=f"{event}{version}", version=version, occurred_at=0, change=what
    )


def _fold(*changes: GradebookChange) -> ItemState:
    return reduce(fold_item, changes, NEW_ITEM)


def _item(*scores: Score, title: str = "Lab") -> ItemChanged:
    return ItemChanged(item="i1", kind=ItemKind.TEST, title=title, scores=scores)


@given(histories(item_changes), st.randoms(use_true_random=False))
def test_any_order_with_any_repetition_ends_in_the_same_item(
    history: list[GradebookChange], random: st.DrawFn
) -> None:
    shuffled = [*history, *history]
    random.shuffle(shuffled)  # type: ignore[attr-defined] # the strategy gives a random.Random

    assert _known(_fold(*shuffled)) == _known(_fold(*history))


def _known(state: ItemState) -> object:
    content = whole_content(state)
    if content is None:
        # scores told before the item wait as they are
        return state
    scores = {score.student: score for score in content.scores or ()}
    return replace(content, scores=None), scores, state.deleted, content.scores is None


def test_a_fold_that_forgets_the_stamps_would_be_caught() -> None:
    # the negative control of the property above: last arrival wins
    older, newer = _change(1, _item(title="old")), _change(2, _item(title="new"))

    def careless(state: ItemState, change: GradebookChange) -> ItemState:
        return fold_item(replace(state, version=-1, event=""), change)

    assert reduce(careless, [newer, older], NEW_ITEM) != reduce(careless, [older, newer], NEW_ITEM)
    assert _fold(newer, older) == _fold(older, newer)


def test_absent_cleared_and_zero_are_three_things() -> None:
    state = _fold(_change(1, _item(Score(student="zero", points=0.0), Score(student="cleared"))))

    content = whole_content(state)

    assert content is not None
    assert content.scores is not None
    assert {score.student: score.points for score in content.scores} == {"zero": 0.0, "cleared": None}


def test_a_single_score_is_laid_over_the_list_and_a_newer_list_over_it() -> None:
    listed = _change(1, _item(Score(student="s1", points=1.0), Score(student="s2", points=2.0)))
    single = _change(2, ScoresChanged(item="i1", scores=(Score(student="s2", points=9.0),)))
    newer = _change(3, _item(Score(student="s2", points=5.0)))

    assert _points(_fold(listed, single)) == {"s1": 1.0, "s2": 9.0}
    assert _points(_fold(listed, single, newer)) == {"s2": 5.0}


def test_scores_that_come_before_their_item_wait_for_it() -> None:
    early = _change(2, ScoresChanged(item="i1", scores=(Score(student="s1", points=3.0),)))

    assert whole_content(_fold(early)) is None
    assert _points(_fold(early, _change(1, _item(Score(student="s1", points=1.0))))) == {"s1": 3.0}


def test_an_item_without_scores_in_the_event_keeps_those_it_has() -> None:
    renamed = ItemChanged(item="i1", kind=ItemKind.TEST, title="Renamed")

    state = _fold(_change(1, _item(Score(student="s1", points=4.0))), _change(2, renamed))

    assert _points(state) == {"s1": 4.0}


def test_a_deleted_item_stays_deleted_until_it_is_restored() -> None:
    deleted = _fold(_change(1, _item()), _change(2, ItemDeleted(item="i1")), _change(3, _item(title="late")))

    assert deleted.deleted
    assert not fold_item(deleted, _change(4, ItemRestored(item="i1"))).deleted


def test_an_older_mapping_changes_nothing() -> None:
    newer = fold_section(NEW_SECTION, _change(2, MappingChanged(categories=())))

    assert fold_section(newer, _change(1, MappingChanged(categories=()))) is newer


def _points(state: ItemState) -> dict[str, float | None]:
    content = whole_content(state)
    assert content is not None
    return {score.student: score.points for score in content.scores or ()}


def _answer(version: int, choice: Choice, event: str = "e") -> GradebookChange:
    return _change(version, ConflictResolved(item="i1", choice=choice), event)


def test_the_newest_answer_to_a_conflict_counts_and_ties_go_by_event() -> None:
    state = fold_item(NEW_ITEM, _answer(5, Choice.KEEP_SIS), 10)

    assert fold_item(state, _answer(4, Choice.SEND_LMS), 11) == state
    assert fold_item(state, _answer(5, Choice.SEND_LMS, "d"), 11) == state
    assert fold_item(state, _answer(5, Choice.SEND_LMS, "f"), 11).choice is Choice.SEND_LMS
    assert fold_item(state, _answer(6, Choice.SEND_LMS), 11).choice is Choice.SEND_LMS


def test_an_answer_that_is_used_up_comes_back_with_its_own_record_only() -> None:
    answer = _answer(5, Choice.SEND_LMS)
    used = replace(fold_item(NEW_ITEM, answer, 10), choice=None)

    assert fold_item(used, answer, 11) == used
    assert fold_item(used, answer, 10).choice is Choice.SEND_LMS
    assert answered(used, answer, 10)
    assert not answered(used, answer, 11)


def test_the_looks_of_so_many_teachers_are_kept_those_who_looked_last() -> None:
    state = NEW_SECTION
    for number in range(LOOKS_KEPT + 5):
        state = fold_section(state, _change(1, LogSeen(teacher=f"t{number}")), number)

    assert {look.at for look in state.looks} == set(range(5, LOOKS_KEPT + 5))
