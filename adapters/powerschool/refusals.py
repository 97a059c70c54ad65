"""What PowerSchool's error bodies say, and what follows from them. The table that uses this stands in client.py.

Bodies are `{message, errors: [{field, params}]}` [D3:PSD]; which words stand in them is [I] where nothing else is said.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from adapters.batches import BatchRefused
from adapters.calls import Json, Judge, unavailable
from adapters.errors import DeliveryError, Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.http import Reply

READ_ITEM, LIST_ITEMS, CREATE_ITEM = "read item", "list items", "create item"
WRITE_ITEM, DELETE_ITEM = "write item", "delete item"
READ_SCORES, WRITE_SCORES = "read scores", "write scores"
CATEGORIES, CREATE_CATEGORY = "read categories", "create category"
TERMS, CALENDAR, PROBE = "read marking periods", "read calendar", "read metadata"

#: What plugin.xml must grant for a call, by the names of its field list [D3:PSD].
GRANTS = {
    READ_ITEM: "ASSIGNMENT, ASSIGNMENTSECTION",
    LIST_ITEMS: "ASSIGNMENT, ASSIGNMENTSECTION",
    CREATE_ITEM: "ASSIGNMENT, ASSIGNMENTSECTION, ASSIGNMENTCATEGORYASSOC (full access)",
    WRITE_ITEM: "ASSIGNMENT, ASSIGNMENTSECTION, ASSIGNMENTCATEGORYASSOC (full access)",
    DELETE_ITEM: "ASSIGNMENT, ASSIGNMENTSECTION (full access)",
    READ_SCORES: "ASSIGNMENTSCORE",
    WRITE_SCORES: "ASSIGNMENTSCORE, ASSIGNMENTSCORECOMMENT (full access)",
    CATEGORIES: "TEACHERCATEGORY, DISTRICTTEACHERCATEGORY",
    CREATE_CATEGORY: "TEACHERCATEGORY (full access)",
    TERMS: "TERMBINS",
    CALENDAR: "CALENDAR_DAY",
    PROBE: "metadata",
}
_FIELD = re.compile(r"no access to (?:the )?field\W+([a-z_]\w*(?:\.[a-z_]\w*)?)")
_NAME = re.compile(r"[a-z_]\w*\.[a-z_]\w*")


@dataclass(frozen=True, slots=True)
class Told:
    """What an error body says [D3:PSD]: its words, in lower case, and the students it names by STUDENTS.DCID.

    The words may quote our own input: they are matched on, never logged. `column` is a field without access.
    """

    words: str = field(default="", repr=False)
    students: frozenset[str] = field(default=frozenset(), repr=False)
    column: str = ""

    def mentions(self, *stems: str) -> bool:
        """Whether a word begins with one of the stems."""
        return any(re.search(rf"(?<![a-z]){stem}", self.words) for stem in stems)


def told(body: bytes) -> Told:
    """Parse `{message, errors: [{field, params}]}` leniently; an unreadable body tells nothing."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Told()
    if not isinstance(said, dict):
        return Told()
    listed = said.get("errors")
    errors = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    fields = [str(one.get("field") or "").lower() for one in errors]
    more = (str(one.get(key) or "") for one in errors for key in ("message", "code", "resource"))
    words = " ".join((str(said.get("message") or ""), *fields, *more)).lower()
    return Told(words, frozenset(filter(None, map(_student, errors))), _column(words, fields))


def _student(error: Json) -> str:
    """`params.student_dcid`: the field's text starts `Student.id [n]`, and what n is nobody says."""
    params = error.get("params")
    named = params.get("student_dcid") if isinstance(params, dict) else None
    return "" if named is None else str(named)


def _column(words: str, fields: Sequence[str]) -> str:
    if "no access to" not in words:
        return ""
    match = _FIELD.search(words)
    named = match.group(1) if match else next(filter(_NAME.fullmatch, fields), "")
    return named[:60]


class Broken(UnknownOutcome):
    """500. A reading of an assignment that was deleted may end so: the list knows better."""


def forbidden(call: str) -> Judge[Told]:
    """403 names a field of the plugin, or says that the teacher does not teach the section with EDIT rights."""

    def judge(reply: Reply, said: Told) -> DeliveryError:
        if not said.column and said.mentions("teach"):
            return Refused("TEACHER_NOT_OF_SECTION")
        params = {"status": str(reply.status), "permission": said.column or GRANTS[call]}
        return Misconfigured("SIS_PERMISSION_MISSING", params, whole_district=False)

    return judge


def item_refused(reply: Reply, said: Told) -> DeliveryError:
    """409 says what it means in the field's name or in words [I]."""
    if said.mentions("lock", "closed", "duedate", "due date", "term", "marking period", "reporting"):
        return Refused("SIS_REFUSED_DUE_DATE")
    if said.mentions("categor", "teachercategor"):
        return Refused("SIS_REFUSED_CATEGORY")
    if said.mentions("name", "title"):
        return Refused("SIS_REFUSED_TITLE")
    return Refused("SIS_REFUSED", {"status": str(reply.status)})


def delete_refused(reply: Reply, said: Told) -> DeliveryError:
    if said.mentions("lock", "closed", "term"):
        return Refused("SIS_PERIOD_CLOSED")
    return Refused("SIS_REFUSED", {"status": str(reply.status)})


def scores_refused(_: Reply, said: Told) -> DeliveryError:
    if said.students:
        return BatchRefused(said.students)
    if said.mentions("lock", "closed", "term"):
        return Refused("SIS_PERIOD_CLOSED")
    return Refused("SCORE_NOT_ACCEPTED")


def scores_failed(reply: Reply, said: Told) -> DeliveryError:
    """500 naming the AssignmentSection that is missing: the assignment was deleted [D3:PSD, measured]."""
    return Gone() if "assignmentsection" in said.words else unavailable(reply, said)


def broken(_: Reply, __: Told) -> DeliveryError:
    return Broken("SIS_UNAVAILABLE")


def still_resubmit(_: Reply, __: Told) -> DeliveryError:
    return Retry("SIS_BUSY", breaks=False)
