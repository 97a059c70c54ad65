"""The judge of `make demo`: counts from raw topics and from what the SIS says, never from the engine's own belief.

lost         an accepted item without a row, a click without an ending, a success the SIS does not show, a score that
             is not in the SIS, a dead letter
duplicates   items in the SIS beyond one per LMS item, whether they still stand or not, and strays: those that
             belong to none, or to one the teacher was told is not there
unexpected   rows that are not as expected.json says
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from deploy.local.evidence import Evidence, Pair
from deploy.local.gradebooks import LmsItem, LmsSection, folded, item_differences, score_differs
from schemas.results import Outcome, RowState, StatusRow

_ENDINGS = frozenset({Outcome.SUCCESSFUL, Outcome.ERROR, Outcome.SUPERSEDED})
#: The item is there, all the same.
PARTLY, BY_HAND = "SCORES_NOT_ACCEPTED", "DELETE_BY_HAND"


@dataclass(frozen=True, slots=True)
class Expectation:
    """The state a row must be in, the code beside it, and how many scores were refused."""

    state: str
    code: str | None = None
    problems: int = 0

    def __str__(self) -> str:
        return " ".join((self.state, *([self.code] if self.code else []), str(self.problems)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was counted. The lists hold one line per finding, ids only."""

    sections: int
    items: int
    states: Mapping[RowState, int]
    lost: list[str]
    duplicates: list[str]
    unexpected: list[str]

    def line(self, name: str) -> str:
        """What was counted, in one line that begins with the name."""
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
        return f"{name}: " + " ".join(f"{word}={count}" for word, count in told.items())

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled, left waiting or other than expected."""
        waiting = self.states.get(RowState.QUEUED, 0)
        return not (waiting or self.lost or self.duplicates or self.unexpected)


def together(verdicts: Iterable[Verdict], dead_letters: int) -> Verdict:
    """The districts' verdicts as one. A dead letter is lost, whoever's it is."""
    all_of_them = list(verdicts)
    return Verdict(
        sections=sum(one.sections for one in all_of_them),
        items=sum(one.items for one in all_of_them),
        states=sum((Counter(one.states) for one in all_of_them), Counter()),
        lost=[*(line for one in all_of_them for line in one.lost), *(["a dead letter"] * dead_letters)],
        duplicates=[line for one in all_of_them for line in one.duplicates],
        unexpected=[line for one in all_of_them for line in one.unexpected],
    )


def judge(evidence: Evidence, zone: str, expected: Mapping[Pair, Expectation]) -> Verdict:
    """The verdict on one district, whose clocks are those of `zone`."""
    sections = folded(evidence.changes, zone)
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
        duplicates=[*_duplicates(evidence, sections), *_told_absent(evidence, sections)],
        unexpected=list(differing(evidence.rows, expected)),
    )


def differing(rows: Mapping[Pair, StatusRow], expected: Mapping[Pair, Expectation]) -> Iterator[str]:
    """Rows that are not as they must be."""
    for (section, item), wanted in expected.items():
        row = rows.get((section, item))
        gone = wanted.state == "DELETED"
        if row is None:
            if not gone:
                yield f"{section}/{item}: no row, expected {wanted}"
            continue
        if gone and row.deleted:
            continue
        found = Expectation(row.state.value, row.code, len(row.problems))
        if found != wanted or row.deleted != (wanted.code == BY_HAND):
            yield f"{section}/{item}: {found}{' deleted' * row.deleted}, expected {wanted}"


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


def _standing(evidence: Evidence) -> dict[Pair, list[str]]:
    """Items of the SIS by section and title."""
    found: dict[Pair, list[str]] = {}
    for name, item in evidence.items.items():
        found.setdefault((item["sectionKey"], item["title"]), []).append(name)
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
        if row.code == BY_HAND:
            return
        left = [title for title in held.titles if (section.sis_section, title) in standing]
        yield from (f"{name}/{item}: deleted, and still in the SIS" for _ in left)
        return
    if held.content is None or not (row.state is RowState.SUCCESSFUL or row.code == PARTLY):
        return
    found = standing.get((section.sis_section, held.content.title))
    if not found:
        yield f"{name}/{item}: told as synced, and not in the SIS under its title"
        return
    for what in item_differences(section, held.content, evidence.items[found[0]]):
        yield f"{name}/{item}: the {what} in the SIS is not the LMS's"
    yield from _scores_not_in_sis(evidence, f"{name}/{item}", section, held, row, found[0])


def _scores_not_in_sis(
    evidence: Evidence, place: str, section: LmsSection, held: LmsItem, row: StatusRow, sis_item: str
) -> Iterator[str]:
    cells = {cell["studentKey"]: cell for cell in evidence.scores if cell["item"] == sis_item}
    refused = {problem.student for problem in row.problems}
    lms_ids = {sis_id: student for student, sis_id in section.sis_ids.items()}
    students = held.scores.keys() | {lms_ids.get(sis_id, sis_id) for sis_id in cells}
    for student in sorted(students - refused - section.dropped):
        cell = cells.get(section.sis_ids.get(student, student))
        if score_differs(evidence.sis, held.scores.get(student), cell):
            yield f"{place}: the score of {student} in the SIS is not the LMS's"


def _duplicates(evidence: Evidence, sections: Mapping[str, LmsSection]) -> Iterator[str]:
    """Ids of the SIS ever made for one LMS item, known by section and title, beyond the first."""
    owners = _owners(sections)
    made: dict[Pair, set[str]] = {}
    seen = [
        (one["sourcedId"], (evidence.classes[one["content"]["class"]], one["content"]["title"]))
        for one in evidence.commits
        if one["kind"] == "lineItem" and one["by"] == "vendor" and one["content"] is not None
    ]
    standing = [(name, (item["sectionKey"], item["title"])) for name, item in evidence.items.items()]
    for name, pair in [*seen, *standing]:
        owner = owners.get(pair)
        if owner is None and name in evidence.items:
            yield f"item {name} in the SIS belongs to no item of the LMS"
        elif owner is not None:
            made.setdefault(owner, set()).add(name)
    for (section, item), names in made.items():
        yield from (f"{section}/{item}: {name} too" for name in sorted(names)[1:])


def _told_absent(evidence: Evidence, sections: Mapping[str, LmsSection]) -> Iterator[str]:
    """Items of the SIS whose teacher reads an error, never read a success, and was not told that they are there."""
    owners = _owners(sections)
    for item in evidence.items.values():
        owner = owners.get((item["sectionKey"], item["title"]))
        row = evidence.rows.get(owner) if owner else None
        refused = row is not None and row.state is RowState.ERROR and row.last_success_at is None
        if owner and row is not None and refused and row.code != PARTLY:
            yield f"{owner[0]}/{owner[1]}: refused with {row.code}, and in the SIS all the same"


def _owners(sections: Mapping[str, LmsSection]) -> dict[Pair, Pair]:
    """LMS items by SIS section and every title they had."""
    return {
        (section.sis_section, title): (name, item)
        for name, section in sections.items()
        for item, held in section.items.items()
        for title in held.titles
    }
