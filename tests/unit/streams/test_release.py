"""What a release approves: everything that waits, as its row shows it, in events that fit a record."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import MAX_RECORD, encode
from schemas.gradebook import ApprovedItem, ItemKind, SyncRequested
from schemas.results import RowState, SectionStatus, StatusRow
from streams.held import held_items, parts
from tests.support.flow import change

FINGERPRINT = "0" * 32


def _row(item: str, state: RowState, code: str | None, **params: str) -> StatusRow:
    return StatusRow(
        item=item, kind=ItemKind.TEST, title="t", state=state, deleted=False, version=1, heard=1, revision=1, step=2,
        changed_at=1, last_success_at=None, last_success_revision=-1, last_success_fingerprint=None, sis=None,
        code=code, params=params, next_try_at=None, problems=(), receipt=None,
    )  # fmt: skip


def test_only_rows_that_wait_and_say_as_what_are_released() -> None:
    rows = (
        _row("a", RowState.ERROR, "MASS_CHANGE_HELD", fingerprint="f"),
        _row("b", RowState.ERROR, "TITLE_EMPTY", fingerprint="f"),
        _row("c", RowState.QUEUED, None),
        _row("d", RowState.ERROR, "MASS_CHANGE_HELD"),
    )
    log = SectionStatus(tenant="t", section="s", part=0, updated_at=1, last_error_at=1, seen=(), rows=rows)

    assert list(held_items(log.rows)) == [ApprovedItem(item="a", fingerprint="f")]


@given(st.lists(st.text(min_size=1, max_size=1_000), max_size=900))
def test_the_parts_are_the_whole_in_order_and_each_fits_an_event(names: list[str]) -> None:
    held = [ApprovedItem(item=name * 3, fingerprint=FINGERPRINT) for name in names]

    found = list(parts(held))

    assert [row for part in found for row in part] == held
    assert all(_size(part) < MAX_RECORD for part in found)


def test_a_large_section_is_released_in_several_events() -> None:
    held = [ApprovedItem(item=f"item-{n:06}", fingerprint=FINGERPRINT) for n in range(20_000)]

    found = list(parts(held))

    assert 1 < len(found) < 10
    assert max(map(_size, found)) < MAX_RECORD


def _size(part: tuple[ApprovedItem, ...]) -> int:
    return len(encode(change("s", "e", 1, SyncRequested(run="r", approved=part))))
