"""The judge of `make demo`: counts from raw topics and from what the SIS says, never from the engine's own belief.

lost         an accepted item without a row, a click without an ending, a success the SIS does not show, a score that
             is not in the SIS, a dead letter
duplicates   line items in the SIS beyond one per LMS item, whether they still stand or not, and strays
unexpected   rows that are not as expected.json says
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.local.evidence import Evidence, Pair
from deploy.local.gradebooks import LmsItem, LmsSection, folded, item_differences, score_differs
from schemas.results import Outcome, RowState, StatusRow

_ENDINGS = frozenset({Outcome.SUCCESSFUL, Outcome.ERROR, Outcome.SUPERSEDED})
PARTLY = "SCORES_NOT_ACCEPTED"
#: section/item and the state it must be in, the code beside it, and how many scores were refused.
Expectation = tuple[str, str | None, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was counted. The lists hold one line per finding, ids only."""

    sections: int
    items: int
    states: Mapping[RowState, int]
    lost: list[str]
    duplicates: list[str]
    unexpected: list[str]

    @property
    def line(self) -> str:
        """The demo's last line."""
        told = {
            "sections": self.sections,
            "items": self.items,
            "successful": self.states.get(RowState.SUCCESSFUL, 0),
            "error": self.states.get(RowState.ERROR, 0),
            "queued": self.states.get(RowState.QUEUED, 0),
            "not_yet_synced": self.states.get(RowState.NOT_YET_SYNCED, 0),
            "lost": len(self.lost),
            "duplicates": len(self.duplicates),
        }
        return "demo: " + " ".join(f"{name}={count}" for name, count in told.items())

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled, left waiting or other than expected."""
        waiting = self.states.get(RowState.QUEUED, 0)
        return not (waiting or self.lost or self.duplicates or self.unexpected)


def judge(evidence: Evidence, expected: Mapping[Pair, Expectation]) -> Verdict:
    """The verdict."""
    sections = folded(evidence.changes)
    alive = {
        (name, item): held
        for name, section in sections.items()
        for item, held in section.items.items()
        if not held.deleted
    }
    states = Counter(evidence.rows[pair].state for pair in alive if pair in evidence.rows)
    return Verdict(
        sections=len(sections),
        items=len(alive),
        states=states,
        lost=list(_lost(evidence, sections)),
        duplicates=list(_duplicates(evidence, sections)),
        unexpected=list(differing(evidence.rows, expected)),
    )


def differing(rows: Mapping[Pair, StatusRow], expected: Mapping[Pair, Expectation]) -> Iterator[str]:
    """Rows that are not as they must be."""
    for (section, item), (state, code, problems) in expected.items():
        row = rows.get((section, item))
        wanted = f"{state} {code or ''} {problems}".replace("  ", " ")
        if row is None:
            if state != "DELETED":
                yield f"{section}/{item}: no row, expected {wanted}"
            continue
        if state == "DELETED" and row.deleted:
            continue
        if (row.state.value, row.code, len(row.problems)) != (state, code, problems) or row.deleted:
            yield f"{section}/{item}: {row.state.value} {row.code or ''} {len(row.problems)}, expected {wanted}"


def _lost(evidence: Evidence, sections: Mapping[str, LmsSection]) -> Iterator[str]:
    ended = {(one.section, one.item, one.run) for one in evidence.results if one.outcome in _ENDINGS}
    told = {(one.section, one.item, one.run) for one in evidence.results}
    standing = _standing(evidence)
    for name, section in sections.items():
        for item, held in section.items.items():
            row = evidence.rows.get((name, item))
            if row is None:
                yield f"{name}/{item}: accepted, and there is no row"
                continue
            # a draft or a deleted item is left alone by a click on the section, which is told too
            alone = held.deleted or (held.content is not None and not held.content.published)
            for run in dict.fromkeys(held.runs):
                if (name, item, run) not in (told if alone else ended):
                    yield f"{name}/{item}: run {run} never ended"
            yield from _not_in_sis(evidence, name, item, section, held, row, standing)
    for _ in range(evidence.dead_letters):
        yield "a dead letter"


def _standing(evidence: Evidence) -> dict[Pair, list[str]]:
    """Line items of the SIS by class and title."""
    found: dict[Pair, list[str]] = {}
    for name, content in evidence.line_items.items():
        found.setdefault((content["class"], content["title"]), []).append(name)
    return found


def _not_in_sis(
    evidence: Evidence,
    name: str,
    item: str,
    section: LmsSection,
    held: LmsItem,
    row: StatusRow,
    standing: Mapping[Pair, list[str]],
) -> Iterator[str]:
    if held.deleted:
        left = [title for title in held.titles if (section.sis_section, title) in standing]
        yield from (f"{name}/{item}: deleted, and still in the SIS" for _ in left)
        return
    if held.content is None or not (row.state is RowState.SUCCESSFUL or row.code == PARTLY):
        return
    found = standing.get((section.sis_section, held.content.title))
    if not found:
        yield f"{name}/{item}: told as synced, and not in the SIS under its title"
        return
    for what in item_differences(held.content, evidence.line_items[found[0]], evidence.zone):
        yield f"{name}/{item}: the {what} in the SIS is not the LMS's"
    yield from _scores_not_in_sis(evidence, f"{name}/{item}", section, held, row, found[0])


def _scores_not_in_sis(
    evidence: Evidence, place: str, section: LmsSection, held: LmsItem, row: StatusRow, line_item: str
) -> Iterator[str]:
    cells: dict[str, dict[str, Any]] = {
        cell["student"]: cell for cell in evidence.cells.values() if cell["lineItem"] == line_item
    }
    refused = {problem.student for problem in row.problems}
    lms_ids = {sis_id: student for student, sis_id in section.sis_ids.items()}
    students = held.scores.keys() | {lms_ids.get(sis_id, sis_id) for sis_id in cells}
    for student in sorted(students - refused - section.dropped):
        cell = cells.get(section.sis_ids.get(student, student))
        if score_differs(held.scores.get(student), cell):
            yield f"{place}: the score of {student} in the SIS is not the LMS's"


def _duplicates(evidence: Evidence, sections: Mapping[str, LmsSection]) -> Iterator[str]:
    """Ids of the SIS ever made for one LMS item, known by class and title, beyond the first."""
    owners = {
        (section.sis_section, title): (name, item)
        for name, section in sections.items()
        for item, held in section.items.items()
        for title in held.titles
    }
    made: dict[Pair, set[str]] = {}
    seen = [
        (one["sourcedId"], one["content"])
        for one in evidence.commits
        if one["kind"] == "lineItem" and one["by"] == "vendor"
    ]
    for name, content in [*seen, *evidence.line_items.items()]:
        if content is None:
            continue
        owner = owners.get((content["class"], content["title"]))
        if owner is None and name in evidence.line_items:
            yield f"line item {name} in the SIS belongs to no item of the LMS"
        elif owner is not None:
            made.setdefault(owner, set()).add(name)
    for (section, item), names in made.items():
        yield from (f"{section}/{item}: {name} too" for name in sorted(names)[1:])
