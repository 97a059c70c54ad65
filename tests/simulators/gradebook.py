"""The only place that changes a district: each change is stamped, applied and written to the commit log.

Promises: an object keeps its ``dateLastModified`` when a write says what was there already [I]; otherwise
it gets a later one than anything before in the district. One student has one cell per line item, whatever
ids callers use for it [I]: a second id for the same cell becomes another name of the first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tests.simulators.commit_log import Commit, CommitLog
from tests.simulators.world import Category, District, Enrolment, Json, LineItem, Result, Session

Kept = TypeVar("Kept", LineItem, Result)


@dataclass(slots=True)
class Change:
    """The commits of one request or one edit; ``write`` ends it."""

    district: District
    log: CommitLog
    by: str
    verb: str
    _commits: list[Commit] = field(default_factory=list)
    _stamp: str | None = None

    def write(self) -> None:
        """Append everything to the log."""
        if self._commits:
            self.log.append(self._commits)

    def put_line_item(self, item: LineItem) -> None:
        """Create or replace an assignment."""
        shelf = self.district.line_items
        before = shelf.get(item.sourced_id)
        changed = before is None or self._signed(item, before) != before
        if before is None or changed:
            before, created = replace(item, modified=self._now(), modified_by=self.by), before is None
            shelf.put(item.sourced_id, before, item.class_id)
            self.district.deleted_by.pop(item.sourced_id, None)
        else:
            created = False
        self._note("lineItem", item.sourced_id, (created, changed), line_item_content(before))

    def delete_line_item(self, sourced_id: str) -> None:
        """Take an assignment and its scores away."""
        for result in self.district.results.of(sourced_id):
            self.delete_result(result.sourced_id)
        self.district.line_items.remove(sourced_id)
        self.district.deleted_by[sourced_id] = self.by
        self._note("lineItem", sourced_id, (False, True), None)

    def put_result(self, result: Result) -> str:
        """Create or replace a cell; the id the SIS keeps for it."""
        district, cell = self.district, (result.line_item_id, result.student_id)
        kept = district.cells.get(cell, result.sourced_id)
        if kept != result.sourced_id:
            district.result_aliases[result.sourced_id] = kept
            result = replace(result, sourced_id=kept)
        before = district.results.get(kept)
        created = before is None
        changed = before is None or self._signed(result, before) != before
        if before is None or changed:
            before = replace(result, modified=self._now(), modified_by=self.by)
            district.results.put(kept, before, result.line_item_id)
            district.cells[cell] = kept
            district.result_aliases.pop(kept, None)
        self._note("result", kept, (created, changed), result_content(before))
        return kept

    def delete_result(self, sourced_id: str) -> None:
        """Empty a cell."""
        gone = self.district.results.remove(sourced_id)
        if gone is not None:
            self.district.cells.pop((gone.line_item_id, gone.student_id), None)
        self._note("result", sourced_id, (False, True), None)

    def put_category(self, category: Category) -> None:
        """Create or replace a category."""
        before = self.district.categories.get(category.sourced_id)
        changed = before is None or replace(category, modified=before.modified) != before
        if changed:
            self.district.categories.put(category.sourced_id, replace(category, modified=self._now()))
        content: Json = {"title": category.title, "weight": category.weight, "active": category.active}
        self._note("category", category.sourced_id, (before is None, changed), content)

    def delete_category(self, sourced_id: str) -> None:
        """Take a category away."""
        self.district.categories.remove(sourced_id)
        self._note("category", sourced_id, (False, True), None)

    def enrol(self, class_id: str, student_id: str) -> None:
        """Add a student to a class."""
        made = Enrolment(f"E-{class_id}-{student_id}", student_id, class_id, "student", self._now())
        created = self.district.enrolments.get((class_id, student_id)) is None
        self.district.enrolments[class_id, student_id] = made
        self._note(
            "enrolment", made.sourced_id, (created, created), {"class": class_id, "student": student_id}
        )

    def drop(self, class_id: str, student_id: str) -> None:
        """Take a student out of a class; scores stay."""
        gone = self.district.enrolments.pop((class_id, student_id), None)
        name = gone.sourced_id if gone else f"E-{class_id}-{student_id}"
        self._note("enrolment", name, (False, gone is not None), None)

    def put_session(self, session: Session) -> None:
        """Open, close or move a grading period."""
        self.district.sessions[session.sourced_id] = replace(session, modified=self._now())
        self._note("session", session.sourced_id, (False, True), {"locked": session.locked})

    def _signed(self, thing: Kept, before: Kept) -> Kept:
        return replace(thing, modified=before.modified, modified_by=before.modified_by)

    def _now(self) -> str:
        if self._stamp is None:
            self._stamp = self.district.stamp()
        return self._stamp

    def _note(self, kind: str, sourced_id: str, made: tuple[bool, bool], content: object) -> None:
        created, changed = made
        self._commits.append(
            Commit(self.district.code, self.by, self.verb, kind, sourced_id, created, changed, content)
        )


def line_item_content(item: LineItem) -> Json:
    """What the commit log and the state say of an assignment."""
    return _without_blanks(
        {
            "class": item.class_id,
            "school": item.school_id,
            "category": item.category_id,
            "title": item.title,
            "description": item.description,
            "assignDate": item.assign_date,
            "dueDate": item.due_date,
            "gradingPeriod": item.grading_period_id,
            "academicSession": item.academic_session_id,
            "resultValueMin": item.result_value_min,
            "resultValueMax": item.result_value_max,
            "learningObjectiveSet": item.learning_objectives,
            "metadata": item.metadata,
            "externalId": item.external_id,
            "native": item.native,
            "dateLastModified": item.modified,
        }
    )


def result_content(result: Result) -> Json:
    """What the commit log and the state say of a score; ``score`` is always there."""
    content = _without_blanks(
        {
            "lineItem": result.line_item_id,
            "student": result.student_id,
            "class": result.class_id,
            "scoreStatus": result.score_status,
            "scoreDate": result.score_date,
            "textScore": result.text_score,
            "comment": result.comment,
            "inProgress": result.in_progress,
            "incomplete": result.incomplete,
            "late": result.late,
            "missing": result.missing,
            "learningObjectiveSet": result.learning_objectives,
            "metadata": result.metadata,
            "entered": result.entered,
            "native": result.native,
            "dateLastModified": result.modified,
        }
    )
    content["score"] = result.score
    return content


def _without_blanks(content: Json) -> Json:
    return {key: value for key, value in content.items() if value is not None}


def rename(
    district: District, item: Callable[[LineItem], LineItem], result: Callable[[Result], Result]
) -> None:
    """Give everything in the gradebook the ids of a system, before it serves; results follow their item."""
    for before in district.line_items.of():
        after = item(before)
        held = district.results.of(before.sourced_id)
        district.line_items.remove(before.sourced_id)
        district.line_items.put(after.sourced_id, after, after.class_id)
        for one in held:
            moved = replace(result(one), line_item_id=after.sourced_id)
            district.results.remove(one.sourced_id)
            district.results.put(moved.sourced_id, moved, after.sourced_id)
            district.cells.pop((before.sourced_id, one.student_id))
            district.cells[after.sourced_id, one.student_id] = moved.sourced_id
