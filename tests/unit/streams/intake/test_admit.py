"""Which changes are let in."""

from dataclasses import replace

import pytest

from schemas.codec import Refused
from schemas.gradebook import ApprovedItem, Change, ReviewRequested, SyncRequested
from streams.intake.admit import ID_BYTES, admit
from tests.support.flow import change
from tests.unit.streams.intake.scenes import MAPPED, bound, item


@pytest.mark.parametrize(
    "what",
    [
        item(),
        item("x" * ID_BYTES),
        item("💯" * (ID_BYTES // 4)),
        bound(),
        MAPPED,
        SyncRequested(run="r", items=("i1",), approved=(ApprovedItem(item="i1", fingerprint=""),)),
        ReviewRequested(review="q"),
    ],
    ids=lambda what: type(what).__name__,
)
def test_ids_of_up_to_the_limit_are_let_in(what: Change) -> None:
    admit(change("s", "e", 0, what))


@pytest.mark.parametrize(
    "what",
    [
        item("x" * (ID_BYTES + 1)),
        item("💯" * (ID_BYTES // 4) + "x"),
        SyncRequested(run="r", approved=(ApprovedItem(item="", fingerprint="f"),)),
        SyncRequested(run="r", items=("ok", "x" * 2_000)),
        ReviewRequested(review="q", items=("",)),
    ],
    ids=lambda what: type(what).__name__,
)
def test_an_id_that_is_empty_or_longer_is_refused(what: Change) -> None:
    with pytest.raises(Refused) as refused:
        admit(change("s", "e", 0, what))

    assert refused.value.code == "VENDOR_DATA"


def test_a_version_starts_at_zero() -> None:
    admit(change("s", "e", 0, item()))
    with pytest.raises(Refused):
        admit(replace(change("s", "e", 0, item()), version=-1))
