"""Folding results: late, repeated and older ones change nothing, and the last success is kept."""

from dataclasses import replace
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from schemas.gradebook import ItemKind
from schemas.results import Outcome, RowState, ScoreProblem, StatusRow, SyncResult
from streams.status.fold import PROBLEMS_KEPT, fold_row
from tests.unit.streams.status.strategies import results


def _result(outcome: Outcome, revision: int, step: int = 0, **changed: object) -> SyncResult:
    plain = SyncResult(
        tenant="d", section="s", item="i", revision=revision, step=step, outcome=outcome, version=revision,
        at=100 + revision, kind=ItemKind.TEST, title=f"Lab {revision}",
    )  # fmt: skip
    return replace(plain, **changed)  # type: ignore[arg-type] # names are the dataclass's own


def _fold(*told: SyncResult) -> StatusRow:
    row = reduce(fold_row, told, None)
    assert row is not None
    return row


@given(
    st.lists(results(("i1",)), min_size=1, max_size=10, unique_by=lambda r: (r.revision, r.step, r.outcome))
)
def test_any_order_with_any_repetition_ends_in_the_same_row(told: list[SyncResult]) -> None:
    # one end per revision and step, as the flow tells it
    told = list({(r.revision, r.step, r.outcome is Outcome.OBSERVED): r for r in told}.values())

    backwards = [*reversed(told), *told]

    assert _known(_fold(*backwards)) == _known(_fold(*told))


def _known(row: StatusRow) -> StatusRow:
    # a row that was never attempted changed when it was first seen, whenever that was
    return row if row.revision >= 0 else replace(row, changed_at=0)


def test_a_row_starts_as_not_yet_synced_and_is_queued_when_routed() -> None:
    seen = _fold(_result(Outcome.OBSERVED, 1))

    assert seen.state is RowState.NOT_YET_SYNCED
    assert fold_row(seen, _result(Outcome.QUEUED, 2)).state is RowState.QUEUED


def test_the_last_success_survives_an_error() -> None:
    row = _fold(
        _result(Outcome.SUCCESSFUL, 1, 2, fingerprint="f1"),
        _result(Outcome.ERROR, 5, 2, code="CATEGORY_REQUIRED"),
    )

    assert (row.state, row.code) == (RowState.ERROR, "CATEGORY_REQUIRED")
    assert (row.last_success_at, row.last_success_fingerprint) == (101, "f1")


def test_a_late_success_of_an_older_decision_is_a_success_and_not_the_state() -> None:
    row = _fold(_result(Outcome.QUEUED, 9), _result(Outcome.SUCCESSFUL, 4, 2, fingerprint="f4"))

    assert row.state is RowState.QUEUED
    assert row.last_success_revision == 4


def test_a_later_try_replaces_the_end_of_an_earlier_one() -> None:
    row = _fold(_result(Outcome.ERROR, 1, 2, code="SIS_UNAVAILABLE"), _result(Outcome.SUCCESSFUL, 1, 5))

    assert (row.state, row.code) == (RowState.SUCCESSFUL, None)


def test_a_sighting_renames_the_row_and_leaves_its_state() -> None:
    row = _fold(_result(Outcome.SUCCESSFUL, 1, 2), _result(Outcome.OBSERVED, 3))

    assert (row.state, row.title, row.version) == (RowState.SUCCESSFUL, "Lab 3", 3)


def test_a_row_keeps_no_more_problems_than_fit() -> None:
    many = tuple(ScoreProblem(student=f"s{n}", code="SCORE_NOT_ACCEPTED") for n in range(PROBLEMS_KEPT + 9))

    assert (
        len(_fold(_result(Outcome.ERROR, 1, 2, code="SCORES_NOT_ACCEPTED", problems=many)).problems)
        == PROBLEMS_KEPT
    )
