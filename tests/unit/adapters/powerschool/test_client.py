"""Each row of the status table, and the shapes of the answers."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.batches import BatchRefused
from adapters.calls import Caller
from adapters.credentials import Credentials
from adapters.errors import DeliveryError, Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.http import Reply
from adapters.powerschool.auth import signer
from adapters.powerschool.client import ACTIONS, TABLE, Client
from adapters.powerschool.refusals import (
    CALENDAR,
    CATEGORIES,
    CREATE_CATEGORY,
    CREATE_ITEM,
    DELETE_ITEM,
    GRANTS,
    LIST_ITEMS,
    PROBE,
    READ_ITEM,
    READ_SCORES,
    TERMS,
    WRITE_ITEM,
    WRITE_SCORES,
    told,
)
from tests.unit.adapters.wire import Unsigned, Wire, answer


def client(wire: Wire, *, renews: bool = False) -> Client:
    return Client(Caller(wire(), "https://ps/ws", Unsigned(renews=renews), TABLE))


CALLS: dict[str, Callable[[Client], object]] = {
    READ_ITEM: lambda c: c.assignment("9", "900"),
    LIST_ITEMS: lambda c: c.assignments("9", "1201"),
    CREATE_ITEM: lambda c: c.create("9", {}),
    WRITE_ITEM: lambda c: c.replace("9", "900", {}),
    DELETE_ITEM: lambda c: c.delete("9", "900"),
    READ_SCORES: lambda c: list(c.table(READ_SCORES, "assignmentscore", "x==1", ("studentsdcid",))),
    WRITE_SCORES: lambda c: c.put_scores("9", []),
    CATEGORIES: lambda c: c.categories("9", 36),
    CREATE_CATEGORY: lambda c: c.create_category("9", {}),
    TERMS: lambda c: list(c.table(TERMS, "termbins", "x==1", ("a",))),
    CALENDAR: lambda c: list(c.table(CALENDAR, "calendar_day", "x==1", ("a",))),
    PROBE: lambda c: c.probe(),
}


def said(message: str = "", *errors: dict[str, Any]) -> dict[str, Any]:
    return {"message": message, "errors": list(errors)}


def fails(call: str, *replies: Reply) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        CALLS[call](client(Wire(*replies)))
    return raised.value


def test_every_call_is_tested_here() -> None:
    assert set(CALLS) == set(GRANTS) == {call for call, status in ACTIONS if status == 403}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, Misconfigured, "SIS_SIGN_IN_FAILED"),
        (403, Misconfigured, "SIS_PERMISSION_MISSING"),
        (429, Retry, "SIS_BUSY"),
        (408, UnknownOutcome, "SIS_UNAVAILABLE"),
        (500, UnknownOutcome, "SIS_UNAVAILABLE"),
        (502, UnknownOutcome, "SIS_UNAVAILABLE"),
        (503, UnknownOutcome, "SIS_UNAVAILABLE"),
        (599, UnknownOutcome, "SIS_UNAVAILABLE"),
    ],
)
def test_a_status_means_the_same_for_every_call(
    call: str, status: int, error: type[DeliveryError], code: str
) -> None:
    raised = fails(call, Reply(status, {}, b""))
    assert (type(raised) is error or isinstance(raised, error)) and raised.code == code
    assert isinstance(raised, UnknownOutcome) == (error is UnknownOutcome)


TABLE_ROWS: list[tuple[str, int, dict[str, Any], type[DeliveryError], str]] = [
    (READ_ITEM, 404, said(), Gone, "DELETED_IN_SIS"),
    (LIST_ITEMS, 404, said(), Refused, "SECTION_NOT_IN_SIS"),
    (CREATE_ITEM, 404, said(), Refused, "SECTION_NOT_IN_SIS"),
    (CREATE_ITEM, 409, said("The term is locked"), Refused, "SIS_REFUSED_DUE_DATE"),
    (CREATE_ITEM, 409, said("", {"field": "duedate"}), Refused, "SIS_REFUSED_DUE_DATE"),
    (CREATE_ITEM, 409, said("", {"field": "teachercategoryid"}), Refused, "SIS_REFUSED_CATEGORY"),
    (CREATE_ITEM, 409, said("Category does not exist"), Refused, "SIS_REFUSED_CATEGORY"),
    (CREATE_ITEM, 409, said("", {"field": "AssignmentSection.name"}), Refused, "SIS_REFUSED_TITLE"),
    (CREATE_ITEM, 409, said("no"), Refused, "SIS_REFUSED"),
    (CREATE_ITEM, 400, said("unreadable"), Refused, "SIS_REFUSED"),
    (WRITE_ITEM, 404, said(), Gone, "DELETED_IN_SIS"),
    (WRITE_ITEM, 409, said("Reporting term closed"), Refused, "SIS_REFUSED_DUE_DATE"),
    (WRITE_ITEM, 400, said(), Refused, "SIS_REFUSED"),
    (DELETE_ITEM, 409, said("locked term"), Refused, "SIS_PERIOD_CLOSED"),
    (DELETE_ITEM, 409, said(), Refused, "SIS_REFUSED"),
    (DELETE_ITEM, 412, said("has grades"), Refused, "DELETE_BY_HAND"),
    (DELETE_ITEM, 405, said(), Refused, "DELETE_BY_HAND"),
    (DELETE_ITEM, 501, said(), Refused, "DELETE_BY_HAND"),
    (READ_SCORES, 404, said("unknown table"), Misconfigured, "SIS_PERMISSION_MISSING"),
    (WRITE_SCORES, 400, said(), Refused, "SCORE_NOT_ACCEPTED"),
    (WRITE_SCORES, 404, said(), Gone, "DELETED_IN_SIS"),
    (WRITE_SCORES, 409, said("locked"), Refused, "SIS_PERIOD_CLOSED"),
    (WRITE_SCORES, 409, said("bad value"), Refused, "SCORE_NOT_ACCEPTED"),
    (WRITE_SCORES, 500, said("AssignmentSection with id 41 not found"), Gone, "DELETED_IN_SIS"),
    (CREATE_CATEGORY, 400, said(), Refused, "SIS_REFUSED_CATEGORY"),
    (CREATE_CATEGORY, 409, said(), Refused, "SIS_REFUSED_CATEGORY"),
]


@pytest.mark.parametrize(("call", "status", "body", "error", "code"), TABLE_ROWS)
def test_the_rows_of_one_call(
    call: str, status: int, body: dict[str, Any], error: type[DeliveryError], code: str
) -> None:
    raised = fails(call, answer(status, body))
    assert (type(raised), raised.code) == (error, code)


def test_every_row_of_the_table_is_one_of_these() -> None:
    """A row added without a test is seen here."""
    rows = {(call, status) for call, status, *_ in TABLE_ROWS}
    general = {(call, 403) for call in CALLS} | {(DELETE_ITEM, 404), (READ_ITEM, 500), (WRITE_SCORES, 412)}
    assert {key for key in ACTIONS if key[0] != "any"} == rows | general


@pytest.mark.parametrize("status", [302, 303, 402, 410, 418, 422])
@pytest.mark.parametrize("call", [CREATE_ITEM, CREATE_CATEGORY])
def test_a_status_nobody_documents_proves_nothing_about_a_create(call: str, status: int) -> None:
    assert type(fails(call, Reply(status, {}, b""))) is UnknownOutcome


def test_and_elsewhere_is_a_refusal_or_a_wrong_address() -> None:
    assert type(fails(WRITE_ITEM, Reply(418, {}, b""))) is Refused
    assert fails(READ_ITEM, Reply(302, {}, b"")).code == "SIS_ADDRESS_REFUSED"


@pytest.mark.parametrize(
    ("location", "given"),
    [
        ("https://ps/ws/xte/section/assignment/900", "900"),
        ("/ws/xte/section/assignment/900/", "900"),
        ("https://ps/ws/xte/section/assignment/900?users_dcid=9", "900"),
        ("900", "900"),
    ],
)
def test_a_create_is_answered_by_its_location(location: str, given: str) -> None:
    wire = Wire(Reply(201, {"location": location}, b""))
    assert client(wire).create("9", {"_assignmentsections": []}) == given
    assert wire.calls == ["POST /ws/xte/section/assignment/"]
    assert wire.query() == {"users_dcid": "9"}


@pytest.mark.parametrize("location", ["", "https://ps/ws/xte/section/assignment/", "https://ps/login/a900"])
def test_a_create_without_an_id_is_an_unknown_outcome(location: str) -> None:
    assert type(fails(CREATE_ITEM, Reply(201, {"location": location}, b""))) is UnknownOutcome


def test_a_field_without_access_is_named() -> None:
    for body in (
        said("no access to field assignment.createdbyplugin"),
        said("No access to field: Assignment.CreatedByPlugin"),
        said("No access to fields", {"field": "assignment.createdbyplugin"}),
    ):
        raised = fails(CREATE_ITEM, answer(403, body))
        assert raised.params["permission"] == "assignment.createdbyplugin"
        assert isinstance(raised, Misconfigured) and not raised.whole_district
    category = said("no access to field teachercategory.name")
    assert fails(CATEGORIES, answer(403, category)).params["permission"] == "teachercategory.name"
    assert fails(READ_SCORES, answer(403, said("no"))).params["permission"] == "ASSIGNMENTSCORE"


def test_a_teacher_of_another_section_is_no_missing_permission() -> None:
    body = said("User 9 does not teach section 1201 with EDIT rights")
    raised = fails(CREATE_ITEM, answer(403, body))
    assert (type(raised), raised.code) == (Refused, "TEACHER_NOT_OF_SECTION")


def test_a_refused_batch_names_its_offenders() -> None:
    errors = [
        {"field": f"Student.id [{n}]", "params": {"assignment_section_id": 41, "student_dcid": dcid}}
        for n, dcid in ((0, 501), (4, 505))
    ]
    raised = fails(WRITE_SCORES, answer(409, said("", *errors)))
    assert isinstance(raised, BatchRefused) and raised.students == {"501", "505"}
    assert "501" not in str(raised) + str(raised.params) + repr(told(answer(409, said("", *errors)).body))


def test_resubmit_is_done_once_and_then_later() -> None:
    wire = Wire(Reply(412, {}, b""), answer(200, {}))
    client(wire).put_scores("9", [{"a": 1}])
    assert wire.calls == ["PUT /ws/xte/score"] * 2 and wire.body(0) == wire.body(1)
    again = fails(WRITE_SCORES, Reply(412, {}, b""), Reply(412, {}, b""))
    assert isinstance(again, Retry) and not isinstance(again, UnknownOutcome) and not again.breaks


def test_a_token_that_ended_is_renewed_once() -> None:
    wire = Wire(Reply(401, {}, b""), answer(200, []))
    assert client(wire, renews=True).assignments("9", "1201") == []
    wire = Wire(Reply(401, {}, b""), Reply(401, {}, b""))
    with pytest.raises(Misconfigured, match="SIS_SIGN_IN_FAILED"):
        client(wire, renews=True).assignments("9", "1201")


def test_the_token_call_is_as_powerschool_wants_it() -> None:
    token = answer(200, {"access_token": "t1", "token_type": "Bearer", "expires_in": "1814654"})
    wire = Wire(token)
    signing = signer("oauth2", Credentials("id", "se:cret"), "https://ps/oauth/access_token/", wire())
    for _ in range(2):
        assert signing.headers("GET", "https://ps/ws") == {"Authorization": "Bearer t1"}
    (request,) = wire.requests
    assert request.body == b"grant_type=client_credentials"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded;charset=UTF-8"
    with pytest.raises(Misconfigured, match="SIS_SIGN_IN_FAILED"):
        signer("oauth1", Credentials("id", "s"), "https://ps/", wire())


def test_a_token_call_that_is_lost_leaves_no_doubt_about_the_create() -> None:
    class Losing(Unsigned):
        def headers(self, method: str, url: str) -> dict[str, str]:
            raise UnknownOutcome("SIS_UNAVAILABLE")

    wire = Wire()
    with pytest.raises(Retry) as raised:
        Client(Caller(wire(), "https://ps/ws", Losing(), TABLE)).create("9", {})
    assert not isinstance(raised.value, UnknownOutcome) and wire.requests == []


def rows(*ids: int) -> dict[str, Any]:
    return {
        "record": [{"id": n, "tables": {"assignmentscore": {"STUDENTSDCID": str(n)}}} for n in ids],
    }


def test_all_pages_of_a_table_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.powerschool.client.PAGE", 2)
    wire = Wire(answer(200, rows(1, 2)), answer(200, rows(3, 4)), answer(200, rows(5)))
    found = client(wire).table(READ_SCORES, "assignmentscore", "assignmentsectionid==41", ("studentsdcid",))
    assert [row["studentsdcid"] for row in found] == list("12345")
    assert [wire.query(n)["page"] for n in range(3)] == list("123")
    assert wire.query(0) == {
        "q": "assignmentsectionid==41",
        "projection": "studentsdcid",
        "pagesize": "2",
        "page": "1",
    }


def test_a_table_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.powerschool.client.PAGE", 1)
    monkeypatch.setattr("adapters.powerschool.client.MAX_PAGES", 3)
    with pytest.raises(UnknownOutcome, match="UNREADABLE"):
        CALLS[READ_SCORES](client(Wire(*[answer(200, rows(1))] * 3)))


@pytest.mark.parametrize(("body", "count"), [({}, 0), ({"record": []}, 0), ({"record": {"tables": {}}}, 1)])
def test_a_table_may_come_in_several_dresses(body: Any, count: int) -> None:
    found = client(Wire(answer(200, body))).table(READ_SCORES, "assignmentscore", "x==1", ())
    assert len(list(found)) == count


@pytest.mark.parametrize("call", [READ_ITEM, LIST_ITEMS, READ_SCORES, CATEGORIES])
@pytest.mark.parametrize("body", [b"<html>", b"3", b"\xff", b'"x"'])
def test_an_unreadable_answer_is_an_unknown_outcome(call: str, body: bytes) -> None:
    assert fails(call, Reply(200, {}, body)).code == "SIS_ANSWER_UNREADABLE"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"3", b'{"errors": 5}', b"null", b'{"errors": [4]}'])
def test_an_error_body_of_another_shape_tells_nothing(body: bytes) -> None:
    assert told(body) == told(b"{}")
