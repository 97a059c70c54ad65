"""Calls to eSchoolPLUS and what each status means. The table reads like documentation; ANY stands for every call."""

from collections.abc import Mapping, Sequence

from adapters.errors import Misconfigured, Refused, UnknownOutcome
from adapters.oneroster.calls import Actions, Json, done, gone, path, readable
from adapters.oneroster.client import (
    COMMON,
    DELETE_ITEM,
    READ_CATEGORIES,
    READ_ITEM,
    READ_PERIODS,
    READ_SCORES,
    WRITE_ITEM,
    WRITE_SCORE,
    GradebookClient,
    by_hand,
    item_refused,
    permissions,
    score_refused,
)

WRITE_SCORES = "write scores"

#: The operations' names as the API profile page lists them [D:ESP-214] [D:1ED12].
OPERATIONS = {
    READ_ITEM: "getLineItem",
    WRITE_ITEM: "putLineItem",
    DELETE_ITEM: "deleteLineItem",
    READ_SCORES: "getResultsForLineItemForClass",
    WRITE_SCORES: "postResultsForLineItem",
    WRITE_SCORE: "putResult",
    READ_CATEGORIES: "getCategoriesForClass",
    READ_PERIODS: "getTermsForSchool, getAllGradingPeriods",
}

#: (call, status) -> what happens next.
ACTIONS: Actions = {
    **COMMON,
    **permissions(OPERATIONS),  # endpoint not ticked in the API profile [I]
    (READ_ITEM, 404): gone,
    (WRITE_ITEM, 404): gone,  # somebody deleted this id in the SIS, or the class is unknown [I]
    (WRITE_ITEM, 409): item_refused(),
    (WRITE_ITEM, 422): item_refused(),  # closed period, holiday, title, category [I]
    (WRITE_ITEM, 400): item_refused(),
    (DELETE_ITEM, 404): done,  # not there is what was wanted
    (DELETE_ITEM, 405): by_hand(
        "DELETE_BY_HAND"
    ),  # that it can delete is the standard's word, not its own [I]
    (DELETE_ITEM, 501): by_hand("DELETE_BY_HAND"),
    (READ_SCORES, 404): gone,
    (WRITE_SCORES, 404): gone,
    (WRITE_SCORES, 422): score_refused,
    (WRITE_SCORE, 404): score_refused,
    (WRITE_SCORE, 422): score_refused,
    (WRITE_SCORE, 400): score_refused,
    (READ_CATEGORIES, 404): gone,
    (READ_PERIODS, 404): gone,
}


class Client(GradebookClient):
    """The calls of passback, with scores in bulk."""

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
            self.put_result(fields)
        except Refused as refusal:
            return refusal.code
        except Misconfigured:
            return "SCORE_NOT_ACCEPTED"  # this one call is not ticked; the bulk call is
        return None
