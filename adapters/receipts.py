"""What an attempt leaves to be looked up later: what it did, how many calls, what became of each score. Pure.

Ids, counts and codes only. The one reader is `gradebook-sync receipt`.
"""

from collections.abc import Iterable, Sequence

from adapters.protocol import Work, accepted, total
from schemas.ledger import LedgerEntry
from schemas.results import Receipt, ScoreProblem, ScoreReceipt

#: Keys of a ledger entry's `remote` that are ids of scores.
_RESULT = "result:"


def receipt(work: Work, action: str) -> Receipt:
    """The attempt in numbers. `action` is the receipt's word."""
    return Receipt(
        action=action,
        remote={k: v for k, v in work.entry.remote.items() if not k.startswith(_RESULT)},
        calls=work.calls,
        scores_sent=work.sent,
        scores_accepted=accepted(work),
        scores_total=total(work),
    )


def scores(work: Work, problems: Sequence[ScoreProblem] = ()) -> tuple[ScoreReceipt, ...]:
    """What each of the attempt's calls said of its scores; then those that ended it without being sent."""
    found: list[ScoreReceipt] = []
    for sent in work.told:
        found += (ScoreReceipt(student=student, sis_id=given) for student, given in sent.accepted.items())
        found += _refused(sent.problems)
    asked = {one.student for one in found}
    return (*found, *_refused(one for one in problems if one.student not in asked))


def standing(entry: LedgerEntry) -> tuple[ScoreReceipt, ...]:
    """Out of the ledger, when the attempt itself is forgotten: every score that stands, and those refused last."""
    refused = {problem.student for problem in entry.problems}
    took = (
        ScoreReceipt(student=student, sis_id=entry.remote.get(_RESULT + student))
        for student in entry.sent_scores
        if student not in refused
    )
    return (*took, *_refused(entry.problems))


def _refused(problems: Iterable[ScoreProblem]) -> Iterable[ScoreReceipt]:
    return (ScoreReceipt(student=one.student, code=one.code) for one in problems)
