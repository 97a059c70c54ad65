"""`receipt`: every attempt once, in order, in words, and nothing of what a student did."""

import json
from dataclasses import replace

from schemas.codec import encode
from schemas.gradebook import ItemKind, Sis
from schemas.results import Outcome, Receipt, ScoreProblem, ScoreReceipt, SyncResult
from streams.attempts import attempts
from streams.commands.receipt import described, lines

BASE = SyncResult(
    tenant="d",
    section="s",
    item="i",
    revision=7,
    step=0,
    outcome=Outcome.QUEUED,
    version=3,
    at=1_790_000_000_000,
    kind=ItemKind.TEST,
    title="Ann's retake",
    sis=Sis.AERIES,
    run="run-1",
)
ENDED = replace(
    BASE,
    step=5,
    outcome=Outcome.ERROR,
    code="SCORES_NOT_ACCEPTED",
    params={"refused": "1", "total": "2"},
    problems=(ScoreProblem(student="stu-9", code="SCORE_NOT_ACCEPTED"),),
    receipt=Receipt(
        action="created",
        remote={"assignment": "88"},
        calls=3,
        scores_sent=2,
        scores_accepted=1,
        scores_total=2,
    ),
    scores=(
        ScoreReceipt(student="stu-1", sis_id="r-1"),
        ScoreReceipt(student="stu-9", code="SCORE_NOT_ACCEPTED"),
    ),
)


def waits(step: int, code: str = "SIS_UNAVAILABLE") -> SyncResult:
    return replace(BASE, step=step, outcome=Outcome.PROGRESS, code=code, next_try_at=BASE.at + step)


def found(*results: SyncResult) -> list[SyncResult]:
    return attempts([b"junk", None, *map(encode, results)], "d", "s", "i")


def test_only_this_item_in_the_order_written() -> None:
    others = [replace(BASE, item="j"), replace(BASE, section="t"), replace(BASE, tenant="e")]
    assert found(BASE, *others, ENDED) == [BASE, ENDED]


def test_a_result_told_again_is_shown_once_as_it_was_told_first() -> None:
    again = replace(ENDED, at=ENDED.at + 5, scores=())
    assert found(BASE, ENDED, again) == [BASE, ENDED]


def test_of_words_about_one_wait_the_last_is_shown() -> None:
    tried = replace(waits(8), receipt=ENDED.receipt)
    other = waits(12, "RATE_LIMITED")
    assert found(waits(2), waits(4), tried, waits(10), other) == [waits(4), tried, waits(10), other]


def test_a_person_reads_calls_ids_scores_reason_and_solution() -> None:
    told = "\n".join(lines(ENDED))
    for part in (
        "2026-09-21T",
        "ERROR",
        "revision 7, LMS version 3, run run-1",
        "created; 3 call(s); 2 score(s) sent, 1 of 2 in the SIS",
        "SIS ids: assignment 88",
        "1 of 2 scores not accepted",
        "Who can fix it: teacher",
        "student stu-1: in the SIS, id r-1",
        "student stu-9: not accepted [SCORE_NOT_ACCEPTED]",
    ):
        assert part in told
    assert "Ann" not in told
    assert told.index("stu-9") < told.index("stu-1"), "the refused come first"


def test_a_wait_says_when_it_is_tried_again_and_asks_nobody_to_act() -> None:
    told = "\n".join(lines(waits(2)))
    assert "tried again at 2026-09-21T" in told
    assert "Who can fix it" not in told


def test_a_program_reads_the_same_without_title() -> None:
    told = described(ENDED)
    assert (told["sis_ids"], told["calls"], told["action"]) == ({"assignment": "88"}, 3, "created")
    assert told["scores"] == {"sent": 2, "in_sis": 1, "total": 2}
    assert told["score_outcomes"][1] == {"student": "stu-9", "code": "SCORE_NOT_ACCEPTED", "sis_id": None}
    assert "Ann" not in json.dumps(told)
    assert described(BASE)["scores"] is None
