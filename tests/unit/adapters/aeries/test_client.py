"""Each row of the status table, the certificate's header, and the shapes of the answers."""

from collections.abc import Callable

import pytest

from adapters.aeries.auth import signer
from adapters.aeries.client import (
    ACTIONS,
    CALENDAR,
    CREATE_ITEM,
    FIND_GRADEBOOKS,
    LIST_ITEMS,
    READ_GRADEBOOK,
    READ_ITEM,
    READ_SCORES,
    RIGHTS,
    TABLE,
    TERMS,
    WRITE_ITEM,
    WRITE_SCORES,
    Client,
    told,
)
from adapters.batches import BatchRefused
from adapters.calls import Caller
from adapters.errors import DeliveryError, Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.http import Reply
from tests.unit.adapters.wire import Wire, answer

CERTIFICATE = "477abe9e7d27439681d62f4e0de1f5e1"


def client(wire: Wire) -> Client:
    return Client(Caller(wire(), "https://a/aeries/api/v5", signer("certificate", CERTIFICATE), TABLE))


CALLS: dict[str, Callable[[Client], object]] = {
    READ_ITEM: lambda c: c.assignment("u"),
    LIST_ITEMS: lambda c: c.assignments("4321"),
    CREATE_ITEM: lambda c: c.create("4321", {}),
    WRITE_ITEM: lambda c: c.replace("u", {}),
    READ_SCORES: lambda c: c.scores("4321", "12"),
    WRITE_SCORES: lambda c: c.post_scores("u", []),
    READ_GRADEBOOK: lambda c: c.categories("4321"),
    FIND_GRADEBOOKS: lambda c: c.gradebooks("994", "1001"),
    TERMS: lambda c: c.terms("994"),
    CALENDAR: lambda c: c.calendar("994"),
}


def fails(call: str, reply: Reply) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        CALLS[call](client(Wire(reply)))
    return raised.value


def test_every_call_is_tested_here_and_terms_alone_need_no_right() -> None:
    assert set(CALLS) == set(RIGHTS) | {TERMS}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, Misconfigured, "SIS_SIGN_IN_FAILED"),
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
    assert (type(raised), raised.code) == (error, code)


@pytest.mark.parametrize("call", RIGHTS)
@pytest.mark.parametrize("status", [401, 403])
def test_a_right_the_certificate_lacks_is_named(call: str, status: int) -> None:
    raised = fails(call, answer(status, {"Message": "Certificate lacks access to Gradebook Data"}))
    assert isinstance(raised, Misconfigured) and not raised.whole_district
    assert (raised.code, raised.params["permission"]) == ("SIS_PERMISSION_MISSING", RIGHTS[call])


def test_a_certificate_nobody_knows_stops_the_district() -> None:
    for reply in (answer(401, {"Message": "Invalid certificate"}), Reply(401, {}, b"")):
        raised = fails(READ_ITEM, reply)
        assert isinstance(raised, Misconfigured) and raised.whole_district
        assert raised.code == "SIS_SIGN_IN_FAILED"


TABLE_ROWS: list[tuple[str, int, str, type[DeliveryError], str]] = [
    (FIND_GRADEBOOKS, 404, "", Refused, "SECTION_NOT_IN_SIS"),
    (READ_GRADEBOOK, 404, "", Refused, "SECTION_NOT_IN_SIS"),
    (LIST_ITEMS, 404, "", Refused, "SECTION_NOT_IN_SIS"),
    (CREATE_ITEM, 404, "", Refused, "SECTION_NOT_IN_SIS"),
    (CREATE_ITEM, 400, "Description is too long", Refused, "SIS_REFUSED_TITLE"),
    (CREATE_ITEM, 400, "DateDue is not in an open term", Refused, "SIS_REFUSED_DUE_DATE"),
    (CREATE_ITEM, 400, "Category not found", Refused, "SIS_REFUSED_CATEGORY"),
    (CREATE_ITEM, 400, "No", Refused, "SIS_REFUSED"),
    (READ_ITEM, 404, "", Gone, "DELETED_IN_SIS"),
    (WRITE_ITEM, 404, "", Gone, "DELETED_IN_SIS"),
    (WRITE_ITEM, 400, "AssignmentCategoryCode does not exist", Refused, "SIS_REFUSED_CATEGORY"),
    (READ_SCORES, 404, "", Gone, "DELETED_IN_SIS"),
    (WRITE_SCORES, 404, "", Gone, "DELETED_IN_SIS"),
    (WRITE_SCORES, 400, "Student is not enrolled", BatchRefused, "STUDENT_NOT_IN_SECTION"),
    (WRITE_SCORES, 400, "Marking period is closed", Refused, "SIS_PERIOD_CLOSED"),
    (WRITE_SCORES, 400, "Value above the maximum", Refused, "SCORE_NOT_ACCEPTED"),
]


@pytest.mark.parametrize(("call", "status", "message", "error", "code"), TABLE_ROWS)
def test_the_rows_of_one_call(
    call: str, status: int, message: str, error: type[DeliveryError], code: str
) -> None:
    raised = fails(call, answer(status, {"Message": message}))
    assert (type(raised), raised.code) == (error, code)


def test_a_message_about_students_may_number_them() -> None:
    raised = fails(WRITE_SCORES, answer(400, {"Message": "StudentID 502 and 503 not found"}))
    assert isinstance(raised, BatchRefused) and raised.students == {"502", "503"}
    assert "502" not in str(raised) + str(raised.params)


def test_every_row_of_the_table_is_one_of_these() -> None:
    rows = {(call, status) for call, status, *_ in TABLE_ROWS}
    rights = {(call, status) for call in RIGHTS for status in (401, 403)}
    assert {key for key in ACTIONS if key[0] != "any"} == rows | rights


@pytest.mark.parametrize("status", [302, 303, 402, 409, 410, 418, 422])
def test_a_status_nobody_documents_proves_nothing_about_a_create(status: int) -> None:
    assert type(fails(CREATE_ITEM, Reply(status, {}, b""))) is UnknownOutcome


def test_the_certificate_goes_with_every_call_and_is_not_asked_about_twice() -> None:
    wire = Wire(answer(200, []))
    client(wire).assignments("4321")
    assert wire.requests[0].headers["AERIES-CERT"] == CERTIFICATE
    assert wire.requests[0].headers["Accept"] == "application/json"
    wire = Wire(Reply(401, {}, b""))
    with pytest.raises(Misconfigured):
        client(wire).assignments("4321")
    assert len(wire.requests) == 1
    assert CERTIFICATE not in repr(wire.requests[0])


@pytest.mark.parametrize(
    ("method", "certificate"),
    [("oauth2", CERTIFICATE), ("certificate", "a\r\nb"), ("certificate", "é"), ("certificate", "a b")],
)
def test_what_no_header_can_hold_is_no_certificate(method: str, certificate: str) -> None:
    with pytest.raises(Misconfigured, match="SIS_SIGN_IN_FAILED"):
        signer(method, certificate)


def test_paths_are_those_of_the_reference() -> None:
    expected = {
        READ_ITEM: "GET /aeries/api/v5/gradebooks/Assignments/u",
        LIST_ITEMS: "GET /aeries/api/v5/gradebooks/4321/assignments",
        CREATE_ITEM: "POST /aeries/api/v5/gradebooks/4321/Assignments",
        WRITE_ITEM: "PUT /aeries/api/v5/gradebooks/Assignments/u",
        READ_SCORES: "GET /aeries/api/v5/gradebooks/4321/assignments/12/scores",
        WRITE_SCORES: "POST /aeries/api/v5/gradebooks/assignments/u/Scores",
        READ_GRADEBOOK: "GET /aeries/api/v5/gradebooks/4321",
        FIND_GRADEBOOKS: "GET /aeries/api/v5/schools/994/sections/1001/gradebooks",
        TERMS: "GET /aeries/api/v5/schools/994/terms",
        CALENDAR: "GET /aeries/api/v5/schools/994/calendar",
    }
    for call, where in expected.items():
        wire = Wire(answer(200, {} if call in (READ_ITEM, READ_GRADEBOOK) else []))
        CALLS[call](client(wire))
        assert wire.calls == [where]


@pytest.mark.parametrize("call", [READ_ITEM, LIST_ITEMS, READ_SCORES, WRITE_SCORES, CREATE_ITEM])
@pytest.mark.parametrize("body", [b"<html>", b"3", b"\xff", b'"x"'])
def test_an_unreadable_answer_is_an_unknown_outcome(call: str, body: bytes) -> None:
    raised = fails(call, Reply(200, {}, body))
    assert (type(raised), raised.code) == (UnknownOutcome, "SIS_ANSWER_UNREADABLE")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"3", b'{"Message": null}', b"null"])
def test_an_error_body_of_another_shape_tells_nothing(body: bytes) -> None:
    assert told(body).words == ""
    assert "ann" not in repr(told(b'{"Message": "Ann"}'))
