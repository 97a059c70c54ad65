"""Calls to Aeries and what each status means. The table reads like documentation; "any" stands for every call."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from adapters.batches import BatchRefused
from adapters.calls import (
    Caller,
    Json,
    Judge,
    Table,
    a_list,
    an_object,
    busy,
    done,
    gone,
    misconfigured,
    path,
    refused,
    unavailable,
)
from adapters.errors import DeliveryError, Misconfigured, Refused
from adapters.http import Reply

READ_GRADEBOOK, FIND_GRADEBOOKS = "read categories", "find gradebooks"
READ_ITEM, LIST_ITEMS = "read item", "list items"
CREATE_ITEM, WRITE_ITEM = "create item", "write item"
READ_SCORES, WRITE_SCORES = "read scores", "write scores"
TERMS, CALENDAR = "read marking periods", "read calendar"

#: The certificate's rights, by the names of Aeries' own page [D:AER-GB] [D:AER-SCH]. Terms need none.
RIGHTS = {
    READ_GRADEBOOK: "Gradebook Data",
    FIND_GRADEBOOKS: "Gradebook Data",
    READ_ITEM: "Gradebook Data",
    LIST_ITEMS: "Gradebook Data",
    CREATE_ITEM: "Gradebook Data (Update)",
    WRITE_ITEM: "Gradebook Data (Update)",
    READ_SCORES: "Gradebook Scores",
    WRITE_SCORES: "Gradebook Scores (Update)",
    CALENDAR: "Calendar",
}
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Told:
    """`Message` in lower case. It may quote our own input: it is matched on, never logged."""

    words: str = field(default="", repr=False)

    def mentions(self, *words: str) -> bool:
        """Whether it holds one of the words."""
        return any(word in self.words for word in words)


def told(body: bytes) -> Told:
    """Parse `{"Message": ...}`, the body of every status of 400 and more [D:AER-BUILD]; another tells nothing."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Told()
    return (
        Told(str(said.get("Message") or said.get("message") or "").lower())
        if isinstance(said, dict)
        else Told()
    )


def _no_right(call: str) -> Judge[Told]:
    """401 and 403: the certificate is wrong, or lacks the area; a 401 that names an area or a right is the latter."""

    def judge(reply: Reply, said: Told) -> DeliveryError:
        named = said.mentions("gradebook", "calendar", "permission", "security area", "access to")
        if reply.status == 401 and not named:
            return Misconfigured("SIS_SIGN_IN_FAILED", {"status": "401"})
        params = {"status": str(reply.status), "permission": RIGHTS[call]}
        return Misconfigured("SIS_PERMISSION_MISSING", params, whole_district=False)

    return judge


def _item_refused(reply: Reply, said: Told) -> DeliveryError:
    """400: a business rule; Message says which in words [I]."""
    if said.mentions("categor"):
        return Refused("SIS_REFUSED_CATEGORY")
    if said.mentions("date", "term", "marking period", "closed", "locked"):
        return Refused("SIS_REFUSED_DUE_DATE")
    if said.mentions("description", "title"):
        return Refused("SIS_REFUSED_TITLE")
    return Refused("SIS_REFUSED", {"status": str(reply.status)})


def _scores_refused(_: Reply, said: Told) -> DeliveryError:
    """400 for the whole array. Where Message is about students, its numbers may be theirs [I]: the others are sent
    again without them, and a number that is none of ours changes nothing.
    """
    if said.mentions("student"):
        return BatchRefused(frozenset(_NUMBER.findall(said.words)))
    if said.mentions("term", "marking period", "closed", "locked"):
        return Refused("SIS_PERIOD_CLOSED")
    return Refused("SCORE_NOT_ACCEPTED")


#: (call, status) -> what happens next [D:AER-BUILD]; Aeries publishes no limit of calls.
ACTIONS: Mapping[tuple[str, int], Judge[Told]] = {
    ("any", 200): done,
    ("any", 201): done,
    ("any", 401): misconfigured("SIS_SIGN_IN_FAILED", whole_district=True),
    ("any", 403): misconfigured("SIS_SIGN_IN_FAILED", whole_district=True),
    **{(call, status): _no_right(call) for call in RIGHTS for status in (401, 403)},
    ("any", 408): unavailable,
    ("any", 429): busy,
    ("any", 500): unavailable,
    ("any", 502): unavailable,
    ("any", 503): unavailable,
    ("any", 504): unavailable,
    (FIND_GRADEBOOKS, 404): refused("SECTION_NOT_IN_SIS"),
    (READ_GRADEBOOK, 404): refused("SECTION_NOT_IN_SIS"),
    (LIST_ITEMS, 404): refused("SECTION_NOT_IN_SIS"),
    (CREATE_ITEM, 400): _item_refused,
    (CREATE_ITEM, 404): refused("SECTION_NOT_IN_SIS"),
    (READ_ITEM, 404): gone,
    (WRITE_ITEM, 400): _item_refused,
    (WRITE_ITEM, 404): gone,
    (READ_SCORES, 404): gone,
    (WRITE_SCORES, 400): _scores_refused,  # the whole array
    (WRITE_SCORES, 404): gone,
}
TABLE: Table[Told] = Table(ACTIONS, told, creates=frozenset({CREATE_ITEM}))


class Client:
    """The calls of passback. `gradebook` is a GradebookNumber, `unique` an assignment's UniqueID."""

    def __init__(self, caller: Caller[Told]) -> None:
        self._caller = caller

    def gradebooks(self, school: str, section: str) -> list[Json]:
        """Gradebooks that a section feeds: many-to-many [D:AER-GB]."""
        where = path("schools", school, "sections", section, "gradebooks")
        return a_list(self._caller.call(FIND_GRADEBOOKS, "GET", where))

    def categories(self, gradebook: str) -> list[Json]:
        """AssignmentCategories of a gradebook; Aeries has no other call for them."""
        found = an_object(self._caller.call(READ_GRADEBOOK, "GET", path("gradebooks", gradebook)))
        rows = found.get("AssignmentCategories") or ()
        return [row for row in rows if isinstance(row, dict)]

    def assignments(self, gradebook: str) -> list[Json]:
        """Every assignment of a gradebook; no paging is documented."""
        return a_list(self._caller.call(LIST_ITEMS, "GET", path("gradebooks", gradebook, "assignments")))

    def assignment(self, unique: str) -> Json:
        """One assignment. Gone on 404."""
        return an_object(self._caller.call(READ_ITEM, "GET", path("gradebooks", "Assignments", unique)))

    def create(self, gradebook: str, fields: Json) -> list[Json]:
        """One row per gradebook it was made in."""
        where = path("gradebooks", gradebook, "Assignments")
        return a_list(self._caller.call(CREATE_ITEM, "POST", where, fields))

    def replace(self, unique: str, fields: Json) -> None:
        """What the body leaves out falls back to its default, and not to what stood there [D:AER-GB]."""
        self._caller.call(WRITE_ITEM, "PUT", path("gradebooks", "Assignments", unique), fields)

    def scores(self, gradebook: str, number: str) -> list[Json]:
        """Scores of an assignment, which this call alone knows by its number and not by its UniqueID."""
        where = path("gradebooks", gradebook, "assignments", number, "scores")
        return a_list(self._caller.call(READ_SCORES, "GET", where))

    def post_scores(self, unique: str, rows: Sequence[Json]) -> list[Json]:
        """Every score of the assignment as it then stands [D:AER-GB]."""
        where = path("gradebooks", "assignments", unique, "Scores")
        return a_list(self._caller.call(WRITE_SCORES, "POST", where, list(rows)))

    def terms(self, school: str) -> list[Json]:
        """Terms of a school: needs a certificate and no right [D:AER-SCH]."""
        return a_list(self._caller.call(TERMS, "GET", path("schools", school, "terms")))

    def calendar(self, school: str) -> list[Json]:
        """Days of a school."""
        return a_list(self._caller.call(CALENDAR, "GET", path("schools", school, "calendar")))
