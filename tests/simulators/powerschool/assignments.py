"""Calls on assignments: list, create, read, update, delete, and the students one is limited to.

Creating answers 201 with an empty body and ``Location`` ending in the assignmentid [D3:PSD] measured; a header
``AssignmentSectionIds`` comes behind the switch ``section_ids_header`` [I]. An update is 201, empty [D:PS-XTE].
A list shows of each assignment the sections that were asked for [I]; nothing is paged [D3:PSD] measured.
``update_scores=true`` after a change of points keeps each percent, ``false`` keeps the points [I].
"""

import json
from dataclasses import replace

from tests.simulators.call import Reply
from tests.simulators.checks import fields, rows, whole
from tests.simulators.gradebook import Change
from tests.simulators.own_api import Refusal, json_reply
from tests.simulators.powerschool import bodies, rendering, rules
from tests.simulators.powerschool.access import XteVisit, acting_teacher, check_teaches
from tests.simulators.powerschool.store import assignment_id
from tests.simulators.world import Json, LineItem

Ids = tuple[str, ...]
_SCORING = ("scoretype", "weight", "extracreditpoints")


def list_assignments(visit: XteVisit, _ids: Ids) -> Reply:
    """GET /ws/xte/section/assignment."""
    teacher = acting_teacher(visit)
    shown: dict[int, list[LineItem]] = {}
    for given in visit.query.get("section_ids", "").split(","):
        if not given.isdecimal():
            raise Refusal(400, "section_ids must be whole numbers with commas", [{"field": "section_ids"}])
        class_id = visit.store.class_of(int(given))
        if class_id is None:
            raise Refusal(404, f"section {given} does not exist")
        check_teaches(visit, teacher, class_id)
        for item in visit.district.line_items.as_of(visit.plan.lag, class_id):
            shown.setdefault(assignment_id(item), []).append(item)
    return json_reply(200, [rendering.assignment(visit.store, one) for one in shown.values()])


def create(visit: XteVisit, _ids: Ids) -> Reply:
    """POST /ws/xte/section/assignment."""
    teacher = acting_teacher(visit)
    head, sections = bodies.assignment(visit.body())
    made = rules.drafts(visit, teacher, head, sections)
    number = visit.store.new_assignment()
    change = visit.change("post")
    kept = [_put_new(visit, change, number, one) for one in made]
    change.write()
    headers: dict[str, str] = {}
    if not visit.plan.no_ids:
        headers["Location"] = f"{visit.base}/ws/xte/section/assignment/{number}"
        if visit.district.switches.section_ids_header:
            headers["AssignmentSectionIds"] = json.dumps([int(one.sourced_id) for one in kept])
    return Reply(201, headers=headers)


def read(visit: XteVisit, ids: Ids) -> Reply:
    """GET /ws/xte/section/assignment/{assignmentid}."""
    found = _theirs(visit, ids[0])
    return json_reply(200, rendering.assignment(visit.store, found))


def update(visit: XteVisit, ids: Ids) -> Reply:
    """PUT /ws/xte/section/assignment/{assignmentid}: the whole object; a section left out is removed [I]."""
    teacher, update_scores = acting_teacher(visit), visit.truth("update_scores")
    before = {one.class_id: one for one in _theirs(visit, ids[0])}
    head, sections = bodies.assignment(visit.body())
    drafts = {one.class_id: one for one in rules.drafts(visit, teacher, head, sections)}
    for item in before.values():
        rules.check_unlocked(visit, item)
    rescored = [one for name, one in before.items() if name in drafts and _scoring_changed(one, drafts[name])]
    if update_scores is None and any(visit.district.results.of(one.sourced_id) for one in rescored):
        raise Refusal(409, "update_scores is needed: there are scores and the scoring changes")
    change = visit.change("put")
    for name, item in drafts.items():
        if name in before:
            change.put_line_item(_as_before(item, before[name]))
        else:
            _put_new(visit, change, int(ids[0]), item)
    if update_scores:
        for old in rescored:
            _rescale(visit, change, old, drafts[old.class_id])
    for name in before.keys() - drafts.keys():
        change.delete_line_item(before[name].sourced_id)
    change.write()
    return Reply(201)


def delete(visit: XteVisit, ids: Ids) -> Reply:
    """DELETE /ws/xte/section/assignment/{assignmentid}: 412 where there are grades and no ``force``."""
    force = visit.truth("force")
    found = _theirs(visit, ids[0])
    for item in found:
        rules.check_unlocked(visit, item)
    if not force and any(visit.district.results.of(one.sourced_id) for one in found):
        raise Refusal(412, "The assignment has scores; confirm with force=true")
    change = visit.change("delete")
    for item in found:
        change.delete_line_item(item.sourced_id)
    change.write()
    return Reply(204)


def drop_students(visit: XteVisit, _ids: Ids) -> Reply:
    """DELETE /ws/xte/assignment_section/students: takes students out of assignments; 201 [D:PS-XTE].

    409 where one has a score there and ``force`` is not given [I].
    """
    force = visit.truth("force")
    checks = {"student_ids": rows, "section_ids": rows}
    given = fields("body", visit.body(), checks, tuple(checks))
    gone = [visit.store.student_of(whole("student_ids", one)) for one in rows("", given["student_ids"])]
    items = [_section(visit, whole("section_ids", one)) for one in rows("", given["section_ids"])]
    for item in items:
        rules.check_unlocked(visit, item)
    cells = [(item.sourced_id, str(student)) for item in items for student in gone]
    if not force and any(cell in visit.district.cells for cell in cells):
        raise Refusal(409, "A student has a score; confirm with force=true")
    change = visit.change("put")
    for item in items:
        left = [one for one in visit.district.members(item.class_id) if visit.store.has(item, one)]
        limited = [one for one in left if one not in gone]
        change.put_line_item(replace(item, native=(item.native or {}) | {"students": limited}))
    for cell in cells:
        if cell in visit.district.cells:
            change.delete_result(visit.district.cells[cell])
    change.write()
    return Reply(201)


def _theirs(visit: XteVisit, given: str) -> list[LineItem]:
    teacher = acting_teacher(visit)
    found = visit.store.sections_of(int(given)) if given.isdecimal() else []
    if not found:
        raise Refusal(404, f"assignment {given} does not exist")
    for item in found:
        check_teaches(visit, teacher, item.class_id)
    return found


def _section(visit: XteVisit, number: int) -> LineItem:
    found = visit.district.line_items.get(str(number))
    if found is None:
        raise Refusal(400, f"assignment section {number} does not exist", [{"field": "section_ids"}])
    return found


def _put_new(visit: XteVisit, change: Change, number: int, draft: LineItem) -> LineItem:
    native: Json = {"assignmentid": number} | (draft.native or {})
    item = replace(draft, sourced_id=visit.district.allocate("L"), native=native)
    change.put_line_item(item)
    visit.store.join(item)
    return item


def _as_before(draft: LineItem, before: LineItem) -> LineItem:
    """The new content under the old ids, as the one who made it."""
    old = before.native or {}
    kept = {key: old[key] for key in ("assignmentid", "createdbyplugin") if key in old}
    native = {key: value for key, value in (draft.native or {}).items() if key != "createdbyplugin"}
    return replace(draft, sourced_id=before.sourced_id, assign_date=before.assign_date, native=kept | native)


def _scoring_changed(before: LineItem, after: LineItem) -> bool:
    old, new = before.native or {}, after.native or {}
    return before.result_value_max != after.result_value_max or any(
        old.get(key, bodies.DEFAULTS.get(key)) != new.get(key) for key in _SCORING
    )


def _rescale(visit: XteVisit, change: Change, before: LineItem, after: LineItem) -> None:
    if not before.result_value_max or after.result_value_max is None:
        return
    factor = after.result_value_max / before.result_value_max
    percent = (after.native or {})["scoretype"] == "PERCENT"
    for found in visit.district.results.of(before.sourced_id):
        if found.score is not None:
            points = found.score * factor
            entered = found.entered if percent else f"{points:g}"
            change.put_result(replace(found, score=points, entered=entered))
