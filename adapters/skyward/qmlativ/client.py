"""Calls to Qmlativ's Generic API and what each status means; "any" stands for every call. Source: [D3:RQ].

    read      GET    /Generic/{entity}/Gradebook/{Object}/{id}?searchFields=...
    list      GET    /Generic/{entity}/Gradebook/{Object}/{page}/{pageSize}, or POST with a search body
    create    PUT    /Generic/{entity}/Gradebook/{Object}          the reverse of the usual
    update    POST   /Generic/{entity}/Gradebook/{Object}/{id}
    delete    DELETE /Generic/{entity}/Gradebook/{Object}/{id}?ignoreWarnings=true

403 is an expired token: sign in and try once more; a second 403 is a missing permission.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

import orjson

from adapters.errors import DeliveryError, Refused, UnknownOutcome
from adapters.http import Reply, Transport
from adapters.oneroster.calls import (
    MAX_PAGES,
    Actions,
    Caller,
    Json,
    Signer,
    Told,
    busy,
    done,
    gone,
    misconfigured,
    path,
    readable,
    told,
    unavailable,
)
from adapters.oneroster.client import by_hand, permissions, score_refused
from adapters.skyward.client import refused

#: Rows per page asked for.
PAGE = 500
#: The district itself [D3:RQ].
DISTRICT = "1"
MODULE = "Gradebook"
#: Statuses after which signing in again may help.
EXPIRED = frozenset({401, 403})


class Object(NamedTuple):
    """An object of the Gradebook module and the field of its id."""

    name: str
    key: str


ASSIGNMENT = Object("Assignment", "AssignmentID")
STUDENT_ASSIGNMENT = Object("StudentAssignment", "StudentAssignmentID")
CATEGORY = Object("GradebookCategory", "CategoryID")
CLARIFIER = Object("ScoreClarifier", "ScoreClarifierID")
PERIOD = Object("GradingPeriod", "GradingPeriodID")  # its module is not named by the source [I]
CONFIG = Object("GradebookConfigEntityGroupYear", "GradebookConfigEntityGroupYearID")

READ_ITEM, CREATE_ITEM, UPDATE_ITEM = "read item", "create item", "update item"
DELETE_ITEM, FIND_ITEMS = "delete item", "find items"
READ_SCORES, CREATE_SCORE, UPDATE_SCORE = "read scores", "create score", "update score"
READ_CATEGORIES, READ_CLARIFIERS, READ_PERIODS = "read categories", "read clarifiers", "read marking periods"

#: What a 403 lacks after a fresh sign-in: the right to an object.
RIGHTS = {
    READ_ITEM: "Gradebook, Assignment: read",
    FIND_ITEMS: "Gradebook, Assignment: read",
    CREATE_ITEM: "Gradebook, Assignment: add",
    UPDATE_ITEM: "Gradebook, Assignment: edit",
    DELETE_ITEM: "Gradebook, Assignment: delete",
    READ_SCORES: "Gradebook, StudentAssignment: read",
    CREATE_SCORE: "Gradebook, StudentAssignment: add",
    UPDATE_SCORE: "Gradebook, StudentAssignment: edit",
    READ_CATEGORIES: "Gradebook, GradebookCategory: read",
    READ_CLARIFIERS: "Gradebook, ScoreClarifier: read",
    READ_PERIODS: "Gradebook, GradingPeriod and GradebookConfigEntityGroupYear: read",
}


def _unknown_section(_reply: Reply, _said: Told) -> DeliveryError:
    return Refused("SECTION_NOT_IN_SIS")


def _score(reply: Reply, said: Told) -> DeliveryError:
    if said.mentions("closed"):
        return Refused("SIS_REFUSED_DUE_DATE", {"cause": "closed"})
    return score_refused(reply, said)


def _new_score(reply: Reply, said: Told) -> DeliveryError:
    """Refused because the row is there already: not a refusal of the score."""
    if said.mentions("already", "exists", "duplicate"):
        return Refused("SCORE_NOT_ACCEPTED", {"reason": "exists"})
    return _score(reply, said)


#: (call, status) -> what happens next.
ACTIONS: Actions = {
    ("any", 200): done,
    ("any", 201): done,
    ("any", 204): done,
    ("any", 401): misconfigured("SIS_SIGN_IN_FAILED", whole_district=True),
    **permissions(RIGHTS),
    ("any", 408): unavailable,
    ("any", 429): busy,  # no limit is published [I]
    ("any", 500): unavailable,
    ("any", 502): unavailable,
    ("any", 503): unavailable,  # service unavailable [D3:RQ]; a creation may have taken effect
    ("any", 504): unavailable,
    (READ_ITEM, 404): gone,
    (CREATE_ITEM, 400): refused,  # {"Message": ...} [I]; nothing was made
    (CREATE_ITEM, 404): _unknown_section,
    (CREATE_ITEM, 409): refused,
    (CREATE_ITEM, 422): refused,
    (UPDATE_ITEM, 400): refused,
    (UPDATE_ITEM, 404): gone,
    (UPDATE_ITEM, 409): refused,
    (UPDATE_ITEM, 422): refused,
    (DELETE_ITEM, 404): done,  # not there is what was wanted
    (DELETE_ITEM, 400): by_hand("DELETE_BY_HAND"),
    (DELETE_ITEM, 405): by_hand("DELETE_BY_HAND"),
    (DELETE_ITEM, 409): by_hand("DELETE_BY_HAND"),
    (DELETE_ITEM, 422): by_hand("DELETE_BY_HAND"),
    (DELETE_ITEM, 501): by_hand("DELETE_BY_HAND"),
    (READ_SCORES, 404): gone,
    (CREATE_SCORE, 400): _new_score,
    (CREATE_SCORE, 404): gone,  # the item or the student: the adapter looks
    (CREATE_SCORE, 409): _new_score,
    (CREATE_SCORE, 422): _new_score,
    (UPDATE_SCORE, 400): _score,
    (UPDATE_SCORE, 404): gone,
    (UPDATE_SCORE, 409): _score,
    (UPDATE_SCORE, 422): _score,
    (READ_PERIODS, 404): gone,
}


def said(body: bytes) -> Told:
    """An error body: `Message` [I], or a TempAssignmentError's `ErrorText` [D3:RQ]; a OneRoster one is read too."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Told()
    if isinstance(document, list) and document:
        document = document[0]
    if isinstance(document, dict):
        words = [str(document[name]) for name in ("Message", "ErrorText") if document.get(name)]
        if words:
            return Told(description=" ".join(words))
    return told(body)


class Client:
    """Objects of the Gradebook module. `year` goes with every call when the district states one."""

    def __init__(self, transport: Transport, base: str, signer: Signer, entity: str, year: str) -> None:
        self._caller = Caller(transport, base, signer, ACTIONS, expired=EXPIRED, reads=said)
        self._entity = entity
        self._year = {"SchoolYearID": year} if year else {}

    def read(self, kind: str, what: Object, key: str, fields: Sequence[str]) -> Json:
        """One object. Gone when there is none."""
        query = self._query(searchFields=",".join(fields))
        found = object_of(readable(self._caller.call(kind, "GET", self._path(what, key), query=query)), what)
        if found is None:
            raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
        return found

    def create(self, kind: str, what: Object, fields: Json) -> str:
        """PUT; the id the SIS gave. UnknownOutcome when the answer has none."""
        reply = self._caller.call(kind, "PUT", self._path(what), fields, self._query())
        found = object_of(readable(reply), what)
        key = str(found[what.key]) if found is not None else ""
        if not key or key == "None":
            raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
        return key

    def update(self, kind: str, what: Object, key: str, fields: Json) -> None:
        """POST to the object's id."""
        self._caller.call(kind, "POST", self._path(what, key), fields, self._query())

    def delete(self, kind: str, what: Object, key: str) -> None:
        """DELETE; warnings, as that there are scores, are ours to accept [I]."""
        self._caller.call(kind, "DELETE", self._path(what, key), query=self._query(ignoreWarnings="true"))

    def find(
        self,
        kind: str,
        what: Object,
        fields: Sequence[str],
        equal: Mapping[str, int | str] | None = None,
        entity: str | None = None,
    ) -> Iterator[Json]:
        """Every object whose fields are `equal`, all pages: until one brings nothing new, since a page shorter than
        asked need not be the last. What does not fit is left out here too.
        """
        known: set[str] = set()
        for page in range(1, MAX_PAGES + 1):
            where = self._path(what, str(page), str(PAGE), entity=entity)
            query = self._query(searchFields=",".join(fields))
            body = _search(equal, what.key) if equal else None
            reply = self._caller.call(kind, "POST" if equal else "GET", where, body, query)
            rows = readable(reply).get("Objects")
            if not isinstance(rows, list):
                raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
            new = [row for row in rows if isinstance(row, dict) and str(row.get(what.key)) not in known]
            if not new:
                return
            known.update(str(row.get(what.key)) for row in new)
            yield from (row for row in new if _fits(row, equal or {}))
        raise UnknownOutcome("SIS_ANSWER_UNREADABLE")

    def _path(self, what: Object, *more: str, entity: str | None = None) -> str:
        return path("Generic", entity or self._entity, MODULE, what.name, *more)

    def _query(self, **more: str) -> str:
        return urlencode({**more, **self._year})


def object_of(document: Json, what: Object) -> Json | None:
    """The object in an answer, bare or in any one envelope: the source does not show it [I]."""
    if what.key in document:
        return document
    for value in document.values():
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict) and what.key in inner:
            return inner
    return None


def _search(equal: Mapping[str, int | str], order: str) -> Json:
    """A search body: names of the outer objects [D3:RQ], of a condition's own fields [I]."""
    conditions = [
        {"FieldName": name, "ConditionType": "Equal", "Value": value} for name, value in equal.items()
    ]
    group = {"ConditionGroupType": "And", "Conditions": conditions}
    return {
        "SearchCondition": {"SearchConditionGroup": group},
        "SearchSort": [{"FieldName": order, "Descending": False}],
    }


def _fits(row: Json, equal: Mapping[str, int | str]) -> bool:
    return all(str(row.get(name, value)) == str(value) for name, value in equal.items())
