"""Rows of the assignment tables; audit columns say who changed a row last [D3:PSD], names and words [I]."""

from tests.simulators.powerschool import rendering
from tests.simulators.powerschool.access import XteVisit
from tests.simulators.powerschool.scores import entered_text, percent_of
from tests.simulators.powerschool.store import assignment_id
from tests.simulators.powerschool.table import Rows, Table
from tests.simulators.world import Json, LineItem, Result

_AUDIT = ("whenmodified", "transactiondate", "whomodifiedid", "whomodifiedtype")


def _audit(visit: XteVisit, thing: LineItem | Result) -> Json:
    by_client = thing.modified_by == "vendor"
    return {
        "whenmodified": thing.modified or None,
        "transactiondate": thing.modified or None,
        "whomodifiedid": 1 if by_client else 2,
        "whomodifiedtype": "PLUGIN" if by_client else "TEACHER",
    }


def _scores(visit: XteVisit, section: str | None) -> Rows:
    # Asked for one assignment section, there is no need to look at the others.
    for one in visit.district.results.as_of(visit.plan.lag, section):
        item = visit.district.line_items.get(one.line_item_id)
        if item is not None:
            yield _score(visit, one, item)


def _score(visit: XteVisit, found: Result, item: LineItem) -> Json:
    native = found.native or {}
    entered = entered_text(found, item)
    return {
        "assignmentscoreid": int(found.sourced_id),
        "dcid": int(found.sourced_id),
        "assignmentsectionid": int(item.sourced_id),
        "studentsdcid": visit.store.number("student", found.student_id),
        "actualscoreentered": entered,
        "actualscorekind": None if entered is None else native.get("actualscorekind", "REAL_SCORE"),
        "scorepoints": found.score,
        "scorepercent": percent_of(found, item),
        "scoreentrydate": f"{found.score_date} 00:00:00",
        "islate": found.late == "true",
        "iscollected": native.get("collected") is True,
        "isexempt": found.score_status == "exempt",
        "ismissing": found.missing == "true",
        "isabsent": native.get("absent") is True,
        "isincomplete": found.incomplete == "true",
        **_audit(visit, found),
    }


def _comments(visit: XteVisit, _section: str | None) -> Rows:
    for one in visit.district.results.as_of(visit.plan.lag):
        if one.comment:
            number = visit.store.number("comment", one.sourced_id)
            yield {
                "assignmentscorecommentid": number,
                "assignmentscoreid": int(one.sourced_id),
                "commentvalue": one.comment,
            }


def _sections_of_assignments(visit: XteVisit, section: str | None) -> Rows:
    for one in visit.district.line_items.as_of(visit.plan.lag):
        native = one.native or {}
        yield {
            "assignmentsectionid": int(one.sourced_id),
            "assignmentid": assignment_id(one),
            "sectionsdcid": visit.store.number("section", one.class_id),
            "name": one.title,
            "description": one.description,
            "duedate": one.due_date,
            "scoretype": native.get("scoretype"),
            "scoreentrypoints": one.result_value_max,
            "weight": native.get("weight", 1),
            "totalpointvalue": rendering.total_points(one),
            "iscountedinfinalgrade": native.get("iscountedinfinalgrade", True),
            "isscorespublish": native.get("isscorespublish", True),
            **_audit(visit, one),
        }


def _assignments(visit: XteVisit, _section: str | None) -> Rows:
    first = {assignment_id(one): one for one in reversed(visit.district.line_items.as_of(visit.plan.lag))}
    for number in sorted(first):
        made = bool((first[number].native or {}).get("createdbyplugin"))
        yield {"assignmentid": number, "createdbyplugin": made, **_audit(visit, first[number])}


TABLES = {
    "assignmentscore": Table(
        _scores,
        (
            *("assignmentscoreid", "dcid", "assignmentsectionid", "studentsdcid", "actualscoreentered"),
            *("actualscorekind", "scorepoints", "scorepercent", "scoreentrydate", "islate", "iscollected"),
            *("isexempt", "ismissing", "isabsent", "isincomplete"),
            *_AUDIT,
        ),
    ),
    "assignmentscorecomment": Table(
        _comments, ("assignmentscorecommentid", "assignmentscoreid", "commentvalue")
    ),
    "assignmentsection": Table(
        _sections_of_assignments,
        (
            *("assignmentsectionid", "assignmentid", "sectionsdcid", "name", "description", "duedate"),
            *("scoretype", "scoreentrypoints", "weight", "totalpointvalue", "iscountedinfinalgrade"),
            "isscorespublish",
            *_AUDIT,
        ),
    ),
    "assignment": Table(_assignments, ("assignmentid", "createdbyplugin", *_AUDIT)),
}
