"""Scores of one call that is all or nothing: who was refused, and all the others in."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapters.contract import Sent
from adapters.errors import Refused
from schemas.results import ScoreProblem

Row = dict[str, Any]
#: Refusals that are about single scores; any other is about the whole item and is raised.
ABOUT_SCORES = frozenset({"STUDENT_NOT_IN_SECTION", "SCORE_NOT_ACCEPTED"})


class BatchRefused(Refused):
    """Refused as a whole and nothing written; `students` are those the SIS names, by its own ids."""

    def __init__(self, students: frozenset[str]) -> None:
        super().__init__("STUDENT_NOT_IN_SECTION")
        self.students = students


def send(rows: Mapping[str, Row], put: Callable[[Mapping[str, Row]], Sent], student: str) -> Sent:
    """Send `rows` (by LMS student id) with `put`; `student` is the field of a row that holds the SIS's id.

    The named are left out and the rest is sent again; a batch refused without a name is halved until the offenders
    stand alone.
    """
    accepted: dict[str, str | None] = {}
    problems: list[ScoreProblem] = []
    waiting: list[Mapping[str, Row]] = [rows]
    while waiting:
        batch = waiting.pop()
        if not batch:
            continue
        try:
            sent = put(batch)
        except Refused as refusal:
            if refusal.code not in ABOUT_SCORES:
                raise
            out, parts = _divided(batch, refusal, student)
            problems += [ScoreProblem(student=one, code=refusal.code) for one in out]
            waiting += reversed(parts)
        else:
            accepted.update(sent.accepted)
            problems += sent.problems
    return Sent(accepted=accepted, problems=tuple(problems))


def _divided(
    batch: Mapping[str, Row], refusal: Refused, student: str
) -> tuple[Sequence[str], list[Mapping[str, Row]]]:
    """Who is out, and what is to be sent again."""
    named = refusal.students if isinstance(refusal, BatchRefused) else frozenset()
    out = [one for one, row in batch.items() if str(row[student]) in named]
    if out:
        return out, [{one: row for one, row in batch.items() if one not in out}]
    if len(batch) == 1:
        return list(batch), []
    students, half = list(batch), len(batch) // 2
    return [], [{one: batch[one] for one in part} for part in (students[:half], students[half:])]
