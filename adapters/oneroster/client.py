"""The calls of passback by their standard names [D:1ED12], and what most of their statuses mean."""

from collections.abc import Callable, Iterator, Sequence

from adapters.errors import DeliveryError, Gone, Refused
from adapters.http import Reply
from adapters.oneroster.calls import (
    Actions,
    Caller,
    Json,
    Judge,
    Told,
    busy,
    done,
    misconfigured,
    path,
    unavailable,
)

READ_ITEM, WRITE_ITEM, DELETE_ITEM = "read item", "write item", "delete item"
READ_SCORES, READ_SCORE = "read scores", "read score"
WRITE_SCORE, DELETE_SCORE = "write score", "delete score"
READ_CATEGORIES, READ_PERIODS = "read categories", "read marking periods"

#: What the standard calls them; a SIS's permission screen may say it otherwise.
OPERATIONS = {
    READ_ITEM: "getLineItem",
    WRITE_ITEM: "putLineItem",
    DELETE_ITEM: "deleteLineItem",
    READ_SCORES: "getResultsForLineItemForClass",
    READ_SCORE: "getResult",
    WRITE_SCORE: "putResult",
    DELETE_SCORE: "deleteResult",
    READ_CATEGORIES: "getCategoriesForClass",
    READ_PERIODS: "getAllGradingPeriods",
}

#: Envelopes of a list of terms: the kind's own name, or that of all sessions [D:LONG].
_SESSIONS = ("academicSessions", "terms", "gradingPeriods")

#: Status -> what happens next, for every call of every OneRoster system.
COMMON: Actions = {
    ("any", 200): done,
    ("any", 201): done,  # PUT answers 201 for an update too [D:1ED12]
    ("any", 204): done,
    ("any", 401): misconfigured("SIS_SIGN_IN_FAILED", whole_district=True),  # bad signature, key, token [I]
    ("any", 408): unavailable,
    ("any", 429): busy,  # server_busy [D:1ED-ERR]; Retry-After may come [I]
    ("any", 500): unavailable,
    ("any", 502): unavailable,
    ("any", 503): unavailable,
    ("any", 504): unavailable,
}

#: A refused item's words -> the teacher's code; the first row that fits counts.
Words = Sequence[tuple[str, tuple[str, ...]]]
WORDS: Words = (
    ("SIS_REFUSED_DUE_DATE", ("duedate", "due date", "grading period", "marking period", "gradingperiod")),
    ("SIS_REFUSED_CATEGORY", ("category",)),
    ("SIS_REFUSED_TITLE", ("title",)),
    ("SECTION_NOT_IN_SIS", ("class", "school")),
)


def permissions(operations: dict[str, str]) -> Actions:
    """403 of each call: the administrator reads which permission is missing; other calls may still go."""
    return {
        (call, 403): misconfigured("SIS_PERMISSION_MISSING", whole_district=False, permission=name)
        for call, name in operations.items()
    }


def item_refused(words: Words = WORDS) -> Callable[[Reply, Told], DeliveryError]:
    """422 names what it means in words only, so words it is [I]: the error text starts with the field's name."""

    def judged(reply: Reply, said: Told) -> DeliveryError:
        for code, hints in words:
            if said.mentions(*hints):
                return Refused(code)
        return Refused("SIS_REFUSED", {"status": str(reply.status)})

    return judged


def score_refused(_: Reply, said: Told) -> DeliveryError:
    """The score, or its student."""
    if said.mentions("student", "enrol"):
        return Refused("STUDENT_NOT_IN_SECTION")
    return Refused("SCORE_NOT_ACCEPTED")


def score_or_item_gone(_: Reply, said: Told) -> DeliveryError:
    """404 of a score: its student, when the answer says so; otherwise the adapter looks whether the item stands."""
    clear = said.mentions("student", "enrol") and not said.mentions("lineitem", "line item")
    return Refused("STUDENT_NOT_IN_SECTION") if clear else Gone()


def by_hand(code: str) -> Judge:
    """The SIS does not offer this call: the teacher does it there."""
    return lambda _reply, _said: Refused(code)


class GradebookClient:
    """`rosters` goes to the rostering base, where 1.2 has one of its own [D:LONG]."""

    def __init__(self, caller: Caller, rosters: Caller | None = None) -> None:
        self._caller = caller
        self._rosters = rosters or caller

    def line_item(self, line_item: str) -> Json:
        """getLineItem. Gone when there is none."""
        return self._caller.one(READ_ITEM, path("lineItems", line_item), "lineItem")

    def put_line_item(self, fields: Json) -> None:
        """putLineItem: create or replace under our id."""
        self._caller.call(WRITE_ITEM, "PUT", path("lineItems", fields["sourcedId"]), {"lineItem": fields})

    def delete_line_item(self, line_item: str) -> None:
        """deleteLineItem."""
        self._caller.call(DELETE_ITEM, "DELETE", path("lineItems", line_item))

    def results(self, section: str, line_item: str) -> Iterator[Json]:
        """getResultsForLineItemForClass, all pages."""
        where = path("classes", section, "lineItems", line_item, "results")
        return self._caller.pages(READ_SCORES, where, "results")

    def result(self, result: str) -> Json:
        """getResult. Gone when there is none."""
        return self._caller.one(READ_SCORE, path("results", result), "result")

    def put_result(self, fields: Json) -> None:
        """putResult: create or replace under our id."""
        self._caller.call(WRITE_SCORE, "PUT", path("results", fields["sourcedId"]), {"result": fields})

    def delete_result(self, result: str) -> None:
        """deleteResult."""
        self._caller.call(DELETE_SCORE, "DELETE", path("results", result))

    def categories(self, section: str | None = None) -> Iterator[Json]:
        """getCategoriesForClass, or getAllCategories without a section; all pages."""
        where = path("classes", section, "categories") if section else "categories"
        return self._caller.pages(READ_CATEGORIES, where, "categories")

    def grading_periods(self) -> Iterator[Json]:
        """getAllGradingPeriods, all pages."""
        return self._rosters.pages(READ_PERIODS, "gradingPeriods", *_SESSIONS)

    def terms(self, school: str) -> Iterator[Json]:
        """getTermsForSchool, all pages. Gone when there is no such school."""
        return self._rosters.pages(READ_PERIODS, path("schools", school, "terms"), *_SESSIONS)
