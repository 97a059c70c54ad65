"""Take up a gradebook where its commit log left it: ``--resume`` of a simulator that starts again.

Assignments and scores come back with the ids, change markers and native fields they had, so that a client that
remembers ids finds them. What else was edited by the test's hand (enrolments, locks, categories) is as the seed has
it, and so are second names that clients gave to a score.
"""

import re
from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from tests.simulators.server import Site
from tests.simulators.world import District, Json, LineItem, Result

_NUMBER = re.compile(r"\d+$")


@runtime_checkable
class Remembers(Protocol):
    """A desk that knows more of an assignment than the district does."""

    def remember(self, item: LineItem) -> None:
        """Take in an assignment that was made before the desk opened."""


def resume(site: Site, commits: Iterable[Json]) -> None:
    """Apply the commits of a district to a site that was seeded a moment ago."""
    district = site.district
    for commit in commits:
        name, content = str(commit["sourcedId"]), commit["content"]
        if commit["kind"] == "lineItem":
            _put_line_item(site, name, content, str(commit["by"]))
        elif commit["kind"] == "result":
            _put_result(district, name, content, str(commit["by"]))
        else:
            continue
        # ids that the SIS counts up end in their number: the next one is above all it ever gave
        found = _NUMBER.search(name)
        district.allocated = max(district.allocated, int(found[0]) if found else 0)


def _put_line_item(site: Site, name: str, content: Any, by: str) -> None:
    district = site.district
    if content is None:
        district.line_items.remove(name)
        district.deleted_by[name] = by
        return
    item = LineItem(
        sourced_id=name,
        class_id=content["class"],
        school_id=content["school"],
        category_id=content["category"],
        title=content["title"],
        assign_date=content["assignDate"],
        due_date=content["dueDate"],
        description=content.get("description"),
        grading_period_id=content.get("gradingPeriod"),
        academic_session_id=content.get("academicSession"),
        result_value_min=content.get("resultValueMin"),
        result_value_max=content.get("resultValueMax"),
        learning_objectives=content.get("learningObjectiveSet"),
        metadata=content.get("metadata"),
        modified=content["dateLastModified"],
        modified_by=by,
        external_id=content.get("externalId"),
        native=content.get("native"),
    )
    new = name not in district.line_items
    district.line_items.put(name, item, item.class_id)
    district.deleted_by.pop(name, None)
    if new and isinstance(site.desk, Remembers):
        site.desk.remember(item)


def _put_result(district: District, name: str, content: Any, by: str) -> None:
    if content is None:
        gone = district.results.remove(name)
        if gone is not None:
            district.cells.pop((gone.line_item_id, gone.student_id), None)
        return
    found = Result(
        sourced_id=name,
        line_item_id=content["lineItem"],
        student_id=content["student"],
        class_id=content["class"],
        score_status=content["scoreStatus"],
        score_date=content["scoreDate"],
        score=content["score"],
        text_score=content.get("textScore"),
        comment=content.get("comment"),
        in_progress=content.get("inProgress"),
        incomplete=content.get("incomplete"),
        late=content.get("late"),
        missing=content.get("missing"),
        learning_objectives=content.get("learningObjectiveSet"),
        metadata=content.get("metadata"),
        modified=content["dateLastModified"],
        modified_by=by,
        entered=content.get("entered"),
        native=content.get("native"),
    )
    district.results.put(name, found, found.line_item_id)
    district.cells[found.line_item_id, found.student_id] = name
