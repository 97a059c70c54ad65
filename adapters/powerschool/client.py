"""Calls to PowerSchool and what each status means. The table reads like documentation; "any" stands for every call."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from adapters.calls import (
    Caller,
    Json,
    Judge,
    Table,
    a_list,
    an_object,
    busy,
    document,
    done,
    gone,
    misconfigured,
    path,
    refused,
    unavailable,
)
from adapters.errors import UnknownOutcome
from adapters.powerschool.refusals import (
    CATEGORIES,
    CREATE_CATEGORY,
    CREATE_ITEM,
    DELETE_ITEM,
    GRANTS,
    LIST_ITEMS,
    PROBE,
    READ_ITEM,
    READ_SCORES,
    WRITE_ITEM,
    WRITE_SCORES,
    Told,
    broken,
    delete_refused,
    forbidden,
    item_refused,
    scores_failed,
    scores_refused,
    still_resubmit,
    told,
)

#: Rows of a table per page: one district's cap, measured [D3:PSD].
PAGE = 100
#: Pages read before a list that never ends is given up.
MAX_PAGES = 1000
#: (call, status) -> what happens next [D:PS-XTE].
ACTIONS: Mapping[tuple[str, int], Judge[Told]] = {
    ("any", 200): done,
    ("any", 201): done,  # also of an update, and of a create, without a body
    ("any", 204): done,
    ("any", 401): misconfigured("SIS_SIGN_IN_FAILED", whole_district=True),  # after a new sign-in [I]
    **{(call, 403): forbidden(call) for call in GRANTS},
    ("any", 429): busy,  # no limit is published [I]
    ("any", 408): unavailable,
    ("any", 502): unavailable,
    ("any", 503): unavailable,
    ("any", 504): unavailable,
    (READ_ITEM, 404): gone,
    (READ_ITEM, 500): broken,
    (LIST_ITEMS, 404): refused("SECTION_NOT_IN_SIS"),
    (CREATE_ITEM, 400): item_refused,
    (CREATE_ITEM, 404): refused("SECTION_NOT_IN_SIS"),
    (CREATE_ITEM, 409): item_refused,  # locked term, or title, date, points, category
    (WRITE_ITEM, 400): item_refused,
    (WRITE_ITEM, 404): gone,
    (WRITE_ITEM, 409): item_refused,
    (DELETE_ITEM, 404): done,  # not there is what was wanted
    (DELETE_ITEM, 405): refused("DELETE_BY_HAND"),
    (DELETE_ITEM, 409): delete_refused,
    (DELETE_ITEM, 412): refused("DELETE_BY_HAND"),  # it has grades, and `force` did not help
    (DELETE_ITEM, 501): refused("DELETE_BY_HAND"),
    (READ_SCORES, 404): misconfigured(  # the table is not known to this plugin
        "SIS_PERMISSION_MISSING", whole_district=False, permission=GRANTS[READ_SCORES]
    ),
    (WRITE_SCORES, 400): scores_refused,
    (WRITE_SCORES, 404): gone,
    (WRITE_SCORES, 409): scores_refused,  # the whole batch, and nothing of it is written
    (WRITE_SCORES, 412): still_resubmit,  # "resubmit": done once already
    (WRITE_SCORES, 500): scores_failed,
    (CREATE_CATEGORY, 400): refused("SIS_REFUSED_CATEGORY"),
    (CREATE_CATEGORY, 409): refused("SIS_REFUSED_CATEGORY"),
}
TABLE: Table[Told] = Table(
    ACTIONS,
    told,
    creates=frozenset({CREATE_ITEM, CREATE_CATEGORY}),
    again=frozenset({(WRITE_SCORES, 412)}),
)
_ASSIGNMENT = re.compile(r"(?:^|/)(\d+)/?(?:[?#].*)?$")


class Client:
    """The calls of passback. `teacher` is USERS.DCID, `section` SECTIONS.DCID."""

    def __init__(self, caller: Caller[Told]) -> None:
        self._caller = caller

    def assignments(self, teacher: str, section: str) -> list[Json]:
        """Every assignment of a section, unpaged (measured [D3:PSD])."""
        query = {"users_dcid": teacher, "section_ids": section}
        return a_list(self._caller.call(LIST_ITEMS, "GET", "xte/section/assignment/", query=query))

    def assignment(self, teacher: str, assignment: str) -> Json:
        """One assignment. Gone on 404, Broken on 500."""
        where = path("xte", "section", "assignment", assignment)
        return an_object(self._caller.call(READ_ITEM, "GET", where, query={"users_dcid": teacher}))

    def create(self, teacher: str, body: Json) -> str:
        """The new assignment's id, which only the Location tells: the body is empty (measured [D3:PSD])."""
        query = {"users_dcid": teacher}
        reply = self._caller.call(CREATE_ITEM, "POST", "xte/section/assignment/", body, query)
        match = _ASSIGNMENT.search(reply.headers.get("location", ""))
        if match is None:
            raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
        return match.group(1)

    def replace(self, teacher: str, assignment: str, body: Json) -> None:
        """Put the whole assignment in place of what is there."""
        # must be there when scoring changed and scores exist [D:PS-XTE]; false leaves each number as it is [I]
        query = {"users_dcid": teacher, "update_scores": "false"}
        self._caller.call(WRITE_ITEM, "PUT", path("xte", "section", "assignment", assignment), body, query)

    def delete(self, teacher: str, assignment: str) -> None:
        """Remove it with its grades: without `force` a graded one is answered 412."""
        query = {"users_dcid": teacher, "force": "true"}
        self._caller.call(
            DELETE_ITEM, "DELETE", path("xte", "section", "assignment", assignment), None, query
        )

    def put_scores(self, teacher: str, scores: Collection[Json]) -> None:
        """One batch: all of it, or BatchRefused and none of it. The reply names students and no score id."""
        body = {"assignment_scores": list(scores)}
        self._caller.call(WRITE_SCORES, "PUT", "xte/score", body, {"users_dcid": teacher})

    def categories(self, teacher: str, year: int) -> list[Json]:
        """A teacher's categories, the inactive too. Both arguments are needed by OAuth clients [D:PS-XTE]."""
        query = {"users_dcid": teacher, "year_id": year}
        return a_list(self._caller.call(CATEGORIES, "GET", "xte/teacher_category", query=query))

    def create_category(self, teacher: str, fields: Json) -> None:
        """The body is described as an array [D:PS-XTE]."""
        query = {"users_dcid": teacher}
        self._caller.call(CREATE_CATEGORY, "POST", "xte/teacher_category", [fields], query)

    def table(self, kind: str, name: str, where: str, columns: Sequence[str]) -> Iterator[Json]:
        """Rows of a schema table that fit a FIQL filter, all pages; keys in lower case, values are text [I]."""
        query = {"q": where, "projection": ",".join(columns), "pagesize": PAGE}
        for page in range(1, MAX_PAGES + 1):
            reply = self._caller.call(
                kind, "GET", path("schema", "table", name), query={**query, "page": page}
            )
            records = _records(document(reply))
            for record in records:
                yield _row(record, name)
            if len(records) < PAGE:
                return
        raise UnknownOutcome("SIS_ANSWER_UNREADABLE")

    def probe(self) -> None:
        """The cheapest call that needs a token."""
        self._caller.call(PROBE, "GET", "v1/metadata")


def _records(found: Any) -> list[Json]:
    """`{record: [...]}` [D3:TEAM]; no key when nothing fits, an object for one [I]."""
    records = found.get("record", []) if isinstance(found, dict) else None
    if isinstance(records, dict):
        records = [records]
    if not isinstance(records, list):
        raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
    return [record for record in records if isinstance(record, dict)]


def _row(record: Json, name: str) -> Json:
    tables = record.get("tables")
    row = tables.get(name) if isinstance(tables, dict) else None
    return {key.lower(): value for key, value in row.items()} if isinstance(row, dict) else {}
