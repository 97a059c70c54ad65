"""What an attempt leaves behind: every score it sent, with what became of it, and nothing it did not send."""

from dataclasses import replace

from adapters import outcomes, protocol
from adapters.contract import Sent
from adapters.errors import Retry
from adapters.oneroster import mapping
from adapters.protocol import Work, blank_entry
from schemas.codec import decode, encode
from schemas.gradebook import Sis
from schemas.ledger import LedgerEntry
from schemas.results import Outcome, ScoreProblem, ScoreReceipt, SyncResult
from tests.unit.adapters.desk import desired, scores
from tests.unit.adapters.test_protocol import CAN

ITEM = desired(scores=scores(ann=1.0, bob=2.0, cid=3.0))
REFUSED = ScoreProblem(student="bob", code="STUDENT_NOT_IN_SECTION", params={"reason": "left"})


def attempted(entry: LedgerEntry | None = None, *sent: Sent) -> Work:
    """An attempt whose calls answered like this."""
    entry = entry or outcomes.attempt(blank_entry(ITEM), ITEM)
    work = Work(desired=ITEM, draft=mapping.draft(ITEM), entry=entry, can=replace(CAN, scores_per_call=3))
    work = protocol.after_write(work, {"lineItem": "L1", "class": "c"})
    for one in sent:
        work = protocol.after_scores(work, protocol.pending(work), one)
    return replace(work, calls=1 + len(sent))


def ended(work: Work) -> SyncResult:
    end = protocol.next_step(work)
    assert isinstance(end, protocol.End)
    return outcomes.finished(work, end, Sis.ESCHOOLPLUS, 1).result


def test_each_score_sent_is_told_with_its_id_or_its_reason() -> None:
    result = ended(attempted(None, Sent(accepted={"ann": "r-1", "cid": None}, problems=(REFUSED,))))
    assert result.scores == (
        ScoreReceipt(student="ann", sis_id="r-1"),
        ScoreReceipt(student="cid"),
        ScoreReceipt(student="bob", code="STUDENT_NOT_IN_SECTION"),
    )
    assert result.receipt is not None
    assert result.receipt.remote == {"lineItem": "L1", "class": "c"}
    assert decode(SyncResult, encode(result)) == result


def test_a_score_that_was_not_sent_again_is_not_in_the_second_receipt() -> None:
    first = attempted(None, Sent(accepted={"ann": None, "cid": None}, problems=(REFUSED,)))
    again = replace(first, told=(), problems=(), scores_done=False)
    again = protocol.after_scores(again, protocol.pending(again), Sent(accepted={"bob": None}))
    assert ended(again).scores == (ScoreReceipt(student="bob"),)


def test_an_attempt_that_goes_on_says_what_it_got_done() -> None:
    work = replace(attempted(None), calls=2)
    result = outcomes.goes_on(work, Retry("SIS_UNAVAILABLE"), Sis.ESCHOOLPLUS, 1, 2).result
    assert result.outcome is Outcome.PROGRESS
    assert result.receipt is not None
    assert (result.receipt.action, result.receipt.calls, result.receipt.scores_total) == ("created", 2, 3)
    assert result.receipt.remote["lineItem"] == "L1"


def test_an_attempt_without_a_call_has_no_receipt() -> None:
    work = replace(attempted(None), calls=0)
    assert outcomes.goes_on(work, Retry("SIS_UNAVAILABLE"), Sis.ESCHOOLPLUS, 1, 2).result.receipt is None


def test_told_again_out_of_the_ledger_every_standing_score_is_there() -> None:
    work = attempted(None, Sent(accepted={"ann": "r-1", "cid": None}, problems=(REFUSED,)))
    end = protocol.next_step(work)
    assert isinstance(end, protocol.End)
    entry = outcomes.finished(work, end, Sis.ESCHOOLPLUS, 1).entry
    again = outcomes.told_again(entry, ITEM, Sis.ESCHOOLPLUS, 2)
    assert set(again.scores) == {
        ScoreReceipt(student="ann", sis_id="r-1"),
        ScoreReceipt(student="cid"),
        ScoreReceipt(student="bob", code="STUDENT_NOT_IN_SECTION"),
    }
