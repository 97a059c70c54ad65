"""Calls to eSchoolPLUS and what each status means. The table reads like documentation; ANY stands for every call."""

from collections.abc import Iterator, Mapping, Sequence

from adapters.errors import DeliveryError, Misconfigured, Refused, UnknownOutcome
from adapters.http import Reply
from adapters.oneroster import (
    Actions,
    Caller,
    Json,
    Told,
    busy,
    done,
    gone,
    misconfigured,
    path,
    readable,
    unavailable,
)

READ_ITEM, WRITE_ITEM, DELETE_ITEM = "read item", "write item", "delete item"
READ_SCORES, WRITE_SCORES, WRITE_SCORE = "read scores", "write scores", "write score"

#: The operations' names as the API profile page lists them [D:ESP-214] [D:1ED12].
OPERATIONS = {
    READ_ITEM: "getLineItem",
    WRITE_ITEM: "putLineItem",
    DELETE_ITEM: "deleteLineItem",
    READ_SCORES: "getResultsForLineItemForClass",
    WRITE_SCORES: "postResultsForLineItem",
    WRITE_SCORE: "putResult",
}


def _item_refused(reply: Reply, said: Told) -> DeliveryError:
    """422 names what it means in words only, so words it is [I]: the error text starts with the field's name."""
    if said.mentions("duedate", "due date", "grading period", "marking period", "gradingperiod"):
        return Refused("SIS_REFUSED_DUE_DATE")
    if said.mentions("category"):
        return Refused("SIS_REFUSED_CATEGORY")
    if said.mentions("title"):
        return Refused("SIS_REFUSED_TITLE")
    if said.mentions("class", "school"):
        return Refused("SECTION_NOT_IN_SIS")
    return Refused("SIS_REFUSED", {"status": str(reply.status)})


def _score_refused(_: Reply, said: Told) -> DeliveryError:
    if said.mentions("student", "enrol"):
        return Refused("STUDENT_NOT_IN_SECTION")
    return Refused("SCORE_NOT_ACCEPTED")


#: (call, status) -> what happens next.
ACTIONS: Actions = {
    ("any", 200): done,
    ("any", 201): done,  # PUT answers 201 for an update too [D:1ED12]
    ("any", 204): done,
    ("any", 401): misconfigured("SIS_SIGN_IN_FAILED", whole_district=True),  # bad signature, key, token [I]
    # endpoint not ticked in the API profile [I]: the administrator reads which
    **{
        (call, 403): misconfigured("SIS_PERMISSION_MISSING", whole_district=False, permission=operation)
        for call, operation in OPERATIONS.items()
    },
    ("any", 408): unavailable,
    ("any", 429): busy,  # server_busy [D:1ED-ERR]; Retry-After may come [I]
    ("any", 500): unavailable,
    ("any", 502): unavailable,
    ("any", 503): unavailable,
    ("any", 504): unavailable,
    (READ_ITEM, 404): gone,
    (WRITE_ITEM, 404): gone,  # somebody deleted this id in the SIS, or the class is unknown [I]
    (WRITE_ITEM, 409): _item_refused,
    (WRITE_ITEM, 422): _item_refused,  # closed period, holiday, title, category [I]
    (WRITE_ITEM, 400): _item_refused,
    (DELETE_ITEM, 404): done,  # not there is what was wanted
    (READ_SCORES, 404): gone,
    (WRITE_SCORES, 404): gone,
    (WRITE_SCORES, 422): _score_refused,
    (WRITE_SCORE, 404): _score_refused,
    (WRITE_SCORE, 422): _score_refused,
    (WRITE_SCORE, 400): _score_refused,
}


class Client:
    """The six calls of passback."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

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

    def post_results(self, line_item: str, results: Sequence[Json]) -> Mapping[str, str]:
        """postResultsForLineItem: ids given, by the ids supplied; one that is missing was not taken [D:1ED12]."""
        reply = self._caller.call(
            WRITE_SCORES, "POST", path("lineItems", line_item, "results"), {"results": list(results)}
        )
        pairs = readable(reply).get("sourcedIdPairs")
        if not isinstance(pairs, list):
            raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
        return {
            str(pair.get("suppliedSourcedId")): str(pair.get("allocatedSourcedId"))
            for pair in pairs
            if isinstance(pair, dict)
        }

    def why_not(self, fields: Json) -> str | None:
        """putResult of one score that the bulk call left out: the code of its refusal; None when it is in now."""
        try:
            self._caller.call(WRITE_SCORE, "PUT", path("results", fields["sourcedId"]), {"result": fields})
        except Refused as refusal:
            return refusal.code
        except Misconfigured:
            return "SCORE_NOT_ACCEPTED"  # this one call is not ticked; the bulk call is
        return None
