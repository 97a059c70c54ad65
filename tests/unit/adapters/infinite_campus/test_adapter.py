"""Infinite Campus: its two versions, its second header, and what each step costs."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.contract import Adapter, Job
from adapters.errors import DeliveryError, Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.infinite_campus import adapter as campus
from adapters.infinite_campus import mapping
from adapters.infinite_campus.auth import HEADER
from adapters.infinite_campus.client import bases, campus_of
from adapters.oneroster.mapping import line_item_id, result_ids
from schemas.gradebook import Score, ScoreFlag, Sis
from schemas.results import Outcome
from tests.unit.adapters.desk import Desk, desired, district, scores
from tests.unit.adapters.network import Wire, reply
from tests.unit.adapters.oneroster.book import Book

BASE = "https://x.example.org/campus"
OPTIONS = {
    "vendor_key": "env:TEST_SIS_VENDOR_KEY",
    "vendor_secret": "env:TEST_SIS_VENDOR_SECRET",
    "app_name": "our app",
}
DOORS = (mapping.V12, mapping.V11)


def connected(door: str = mapping.V12, options: dict[str, str] | None = None, **sis: Any) -> Adapter:
    given = {"kind": Sis.INFINITE_CAMPUS, "auth": "oauth2", **sis}
    given["options"] = OPTIONS | {"door": door} | (options or {})
    return campus.connect(district(**{"base_url": BASE, **given}), lambda: None)


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def wire(book: Book, monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(book).plug(monkeypatch)


@pytest.fixture(params=DOORS)
def desk(request: pytest.FixtureRequest, wire: Wire) -> Iterator[Desk]:
    made = Desk(lambda: connected(request.param))
    yield made
    made.close()


# ---- calls ------------------------------------------------------------------------------------------------------


def test_each_step_costs_what_the_docstring_says(desk: Desk, wire: Wire, book: Book) -> None:
    def cost(**changes: Any) -> list[str]:
        wire.requests.clear()
        assert desk.deliver(desired(**changes)).outcome is Outcome.SUCCESSFUL
        return [line.partition(" ")[0] for line in wire.lines()]

    three = scores(a=1.0, b=2.0, c=3.0)
    assert cost(scores=three) == ["PUT", "PUT", "PUT", "PUT"]
    assert cost(scores=three) == []
    assert cost(scores=scores(a=1.0, b=2.0, c=4.0)) == ["GET", "GET", "PUT"]
    assert cost(title="New", scores=scores(a=1.0, b=2.0, c=4.0)) == ["GET", "PUT"]
    assert cost(title="Newer", scores=scores(a=9.0, b=2.0, c=4.0)) == ["GET", "GET", "PUT", "PUT"]
    assert cost(title="Newer", scores=scores(a=9.0, b=None, c=4.0)) == ["GET", "GET", "DELETE"]
    assert set(book.cells()) == {"a", "c"}
    assert cost(deleted=True) == ["GET", "DELETE"]
    assert book.items == {}
    assert len(wire.tokens) == 1


def test_every_gradebook_call_bears_both_headers(desk: Desk, wire: Wire) -> None:
    desk.deliver(desired(scores=scores(a=1.0)))
    for request in wire.requests:
        assert request.headers[HEADER] == "vendor_key-1:vendor_secret-1"
        assert request.headers["Authorization"] == "Bearer t"
        assert "vendor_secret-1" not in repr(request)
    (signing,) = wire.tokens
    assert signing.url == f"{BASE}/oauth2/token?appName=our%20app"
    assert HEADER not in signing.headers


def test_rostering_calls_do_not_get_the_second_header(wire: Wire) -> None:
    wire.answers = lambda _: reply(200, {"academicSessions": []})
    connected().directory([], ["school-1"])
    assert [HEADER in request.headers for request in wire.requests] == [False, False]
    assert all("/rostering/v1p2/" in request.url for request in wire.requests)


@pytest.mark.parametrize("missing", ["vendor_key", "vendor_secret"])
def test_a_missing_partner_secret_is_named(wire: Wire, missing: str) -> None:
    with pytest.raises(Misconfigured, match="SIS_SECRET_MISSING"):
        connected(options={missing: "env:NOT_SET"})


def test_a_partner_secret_no_header_can_carry_is_refused_at_once(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SIS_VENDOR_SECRET", "a\nb")
    with pytest.raises(Misconfigured, match="SIS_PARTNER_KEY_REFUSED"):
        connected()


def test_only_oauth2_signs_in(wire: Wire) -> None:
    with pytest.raises(Misconfigured, match="SIS_SIGN_IN_FAILED"):
        connected(auth="token")


def test_a_stated_token_url_is_kept_and_gets_the_apps_name_if_it_has_none(wire: Wire) -> None:
    for stated, asked in (
        ("https://y/t/token", "https://y/t/token?appName=our%20app"),
        ("https://y/token?x=1",) * 2,
    ):
        wire.tokens.clear()
        connected(token_url=stated).write(JOB)
        assert wire.tokens[0].url == asked


def test_an_address_with_a_password_in_it_is_not_called(wire: Wire) -> None:
    with pytest.raises(Misconfigured, match="SIS_ADDRESS_REFUSED"):
        connected(base_url="https://u:p@x.example.org/campus")


def test_an_unknown_door_is_no_door(wire: Wire) -> None:
    with pytest.raises(Misconfigured, match="SIS_NOT_SUPPORTED"):
        connected("v5")


# ---- bodies -----------------------------------------------------------------------------------------------------


def put(wire: Wire, door: str, **changes: Any) -> dict[str, Any]:
    connected(door).write(Job(desired=desired(**changes), remote={}))
    found: dict[str, Any] = wire.bodies()[-1]["lineItem"]
    return found


def test_1_2_sends_the_category_and_the_school_and_1_1_the_all_ones_and_none(wire: Wire) -> None:
    new, old = put(wire, mapping.V12), put(wire, mapping.V11)
    assert (new["category"]["sourcedId"], new["school"]["sourcedId"]) == ("cat-hw", "school-1")
    assert old["category"]["sourcedId"] == mapping.ALL_ONES
    assert "school" not in old
    assert "gradingPeriod" not in new | old  # worked out from the due date
    for fields in (new, old):
        assert fields["assignDate"] == fields["dueDate"] == "2026-11-20T12:00:00.000Z"


@pytest.mark.parametrize("category", ["", mapping.ALL_ONES])
def test_1_2_is_never_sent_no_category_or_the_all_ones(wire: Wire, category: str) -> None:
    with pytest.raises(Refused, match="SIS_REFUSED_CATEGORY"):
        put(wire, mapping.V12, sis_category=category)
    assert wire.requests == []


def test_the_maximum_is_whole_and_a_score_is_as_it_is(wire: Wire, book: Book) -> None:
    adapter = connected()
    job = Job(desired=desired(points=10.0, scores=scores(a=7.25)), remote={})
    adapter.write(job)
    adapter.send_scores(job, ["a"])
    assert type(wire.bodies()[0]["lineItem"]["resultValueMax"]) is int
    assert book.cells()["a"]["score"] == 7.25


def test_a_teacher_filing_1_1_work_in_campus_is_no_edit_and_in_1_2_it_is(wire: Wire, book: Book) -> None:
    for door, code in ((mapping.V11, None), (mapping.V12, "CHANGED_IN_SIS")):
        book.items.clear()
        desk = Desk(lambda door=door: connected(door))  # type: ignore[misc] # a default keeps the loop's value
        desk.deliver(desired())
        (item,) = book.items.values()
        item["category"] = {"sourcedId": "their-own"}
        assert desk.deliver(desired(title="Renamed")).code == code
        desk.close()


MARKS = [
    ((ScoreFlag.EXCUSED,), 4.0, {"scoreStatus": "exempt"}, None),
    (
        (ScoreFlag.MISSING,),
        None,
        {"scoreStatus": "not submitted", "missing": "true"},
        None,
    ),
    ((ScoreFlag.COLLECTED,), None, {"scoreStatus": "submitted"}, None),
    ((ScoreFlag.LATE,), None, {"scoreStatus": "submitted", "late": "true"}, None),
    (
        (ScoreFlag.LATE,),
        5.0,
        {"scoreStatus": "fully graded", "score": 5.0, "late": "true"},
        {"scoreStatus": "fully graded", "score": 5.0},
    ),
    (
        (ScoreFlag.INCOMPLETE,),
        5.0,
        {"scoreStatus": "partially graded", "score": 5.0, "incomplete": "true"},
        {"scoreStatus": "fully graded", "score": 5.0},
    ),
    (
        (ScoreFlag.MISSING,),
        4.0,
        {"scoreStatus": "fully graded", "score": 4.0},
        {"scoreStatus": "fully graded", "score": 4.0},
    ),
    (
        (ScoreFlag.MISSING,),
        0.0,
        {"scoreStatus": "fully graded", "score": 0.0, "missing": "true"},
        {"scoreStatus": "fully graded", "score": 0.0},
    ),
    ((ScoreFlag.ABSENT,), None, None, None),
    ((), 0.0, {"scoreStatus": "fully graded", "score": 0.0}, {"scoreStatus": "fully graded", "score": 0.0}),
    ((), None, None, None),
    (
        (),
        12.0,
        {"scoreStatus": "fully graded", "score": 12.0},
        {"scoreStatus": "fully graded", "score": 12.0},
    ),
]


@pytest.mark.parametrize(("flags", "points", "new", "old"), MARKS)
def test_each_mark_in_each_version(
    flags: tuple[ScoreFlag, ...], points: float | None, new: Any, old: Any
) -> None:
    from adapters.oneroster.mapping import result

    score = Score(student="s", points=points, flags=flags)
    assert result(score, mapping.dialect(mapping.V12)) == new
    assert result(score, mapping.dialect(mapping.V11)) == old


def test_submitted_never_becomes_a_number(desk: Desk, book: Book) -> None:
    desk.deliver(
        desired(scores=(Score(student="a", flags=(ScoreFlag.COLLECTED,)), Score(student="b", points=0.0)))
    )
    assert book.cells().get("a", {}).get("score") is None
    assert book.cells()["b"]["score"] == 0.0


def test_a_cleared_score_is_deleted_and_not_called_missing(desk: Desk, book: Book) -> None:
    desk.deliver(desired(scores=scores(a=5.0)))
    assert desk.deliver(desired(scores=scores(a=None))).outcome is Outcome.SUCCESSFUL
    assert book.cells() == {}


# ---- answers ----------------------------------------------------------------------------------------------------

JOB = Job(desired=desired(scores=scores(a=1.0)), remote={})
STEPS: dict[str, Callable[[Adapter], object]] = {
    "read": lambda a: a.read(JOB),
    "write": lambda a: a.write(JOB),
    "read_scores": lambda a: a.read_scores(JOB),
    "delete": lambda a: a.delete(JOB),
    "scores": lambda a: a.send_scores(JOB, ["a"]),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("status", "said", "error", "code"),
    [
        (401, "", Misconfigured, "SIS_SIGN_IN_FAILED"),
        (401, "Vendor authorization is missing", Misconfigured, "SIS_PARTNER_KEY_REFUSED"),
        (403, "", Misconfigured, "SIS_PERMISSION_MISSING"),
        (408, "", UnknownOutcome, "SIS_UNAVAILABLE"),
        (429, "", Retry, "SIS_BUSY"),
        (500, "", UnknownOutcome, "SIS_UNAVAILABLE"),
        (503, "", UnknownOutcome, "SIS_UNAVAILABLE"),
        (302, "", Misconfigured, "SIS_ADDRESS_REFUSED"),
    ],
)
def test_a_status_means_the_same_for_every_step(
    wire: Wire, step: str, status: int, said: str, error: type[DeliveryError], code: str
) -> None:
    wire.answers = lambda _: reply(status, {"imsx_description": said})
    with pytest.raises(error) as raised:
        STEPS[step](connected())
    assert (type(raised.value), raised.value.code) == (error, code)
    assert len(wire.requests) == (2 if status == 401 else 1)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("category is required", "SIS_REFUSED_CATEGORY"),
        ("dueDate is outside", "SIS_REFUSED_DUE_DATE"),
        ("date is not within a term of the calendar", "SIS_REFUSED_DUE_DATE"),
        ("title must be unique", "SIS_REFUSED_TITLE"),
        ("class unknown", "SECTION_NOT_IN_SIS"),
        ("no", "SIS_REFUSED"),
    ],
)
@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_refused_item_says_why(wire: Wire, status: int, said: str, code: str) -> None:
    wire.answers = lambda _: reply(status, {"imsx_description": said})
    with pytest.raises(Refused, match=f"^{code}$"):
        connected().write(JOB)


def test_a_lack_of_rights_names_what_campus_calls_it(wire: Wire) -> None:
    wire.answers = lambda _: reply(403)
    with pytest.raises(Misconfigured) as raised:
        connected().send_scores(JOB, ["a"])
    assert "Grade Book Sync" in raised.value.params["permission"]
    assert not raised.value.whole_district  # the rights are a teacher's


@pytest.mark.parametrize("status", [400, 409, 422])
@pytest.mark.parametrize(
    ("said", "code"),
    [("student is not enrolled", "STUDENT_NOT_IN_SECTION"), ("closed window", "SCORE_NOT_ACCEPTED")],
)
def test_a_refused_score_is_one_students_problem(wire: Wire, status: int, said: str, code: str) -> None:
    wire.answers = lambda _: reply(status, {"imsx_description": said})
    sent = connected().send_scores(JOB, ["a"])
    assert ([(p.student, p.code) for p in sent.problems], sent.accepted) == ([("a", code)], {})


def test_a_404_of_a_score_is_the_student_while_the_item_stands_and_else_the_item(
    wire: Wire, book: Book
) -> None:
    adapter = connected()
    adapter.write(JOB)
    book.students = set()
    assert adapter.send_scores(JOB, ["a"]).problems[0].code == "STUDENT_NOT_IN_SECTION"
    book.items.clear()
    with pytest.raises(Gone):
        adapter.send_scores(JOB, ["a"])


def test_a_404_that_names_both_needs_a_look(wire: Wire) -> None:
    wire.answers = lambda _: reply(404, {"imsx_description": "lineItem or student not found"})
    with pytest.raises(Gone):
        connected().send_scores(JOB, ["a"])
    assert len(wire.requests) == 2


def test_a_404_that_names_the_student_needs_no_look(wire: Wire) -> None:
    wire.answers = lambda _: reply(404, {"imsx_description": "student not found"})
    assert connected().send_scores(JOB, ["a"]).problems[0].code == "STUDENT_NOT_IN_SECTION"
    assert len(wire.requests) == 1


def test_one_student_refused_the_others_are_in(wire: Wire, book: Book) -> None:
    book.students = {"a", "c"}
    desk = Desk(connected)
    result = desk.deliver(desired(scores=scores(a=1.0, b=2.0, c=3.0)))
    assert dict(result.params) == {"refused": "1", "total": "3"}
    assert set(book.cells()) == {"a", "c"}
    desk.close()


@pytest.mark.parametrize("status", [405, 422, 501])
def test_a_campus_that_does_not_delete_says_by_hand(wire: Wire, status: int) -> None:
    wire.answers = lambda _: reply(status)
    with pytest.raises(Refused, match="DELETE_BY_HAND"):
        connected().delete(JOB)
    cleared = Job(desired=desired(scores=scores(a=None)), remote={})
    assert connected().send_scores(cleared, ["a"]).problems[0].code == "CLEAR_BY_HAND"


def test_a_404_of_a_delete_is_success_only_when_nothing_stands(wire: Wire, book: Book) -> None:
    adapter = connected()
    adapter.delete(JOB)
    adapter.write(JOB)
    adapter.send_scores(JOB, ["a"])
    for shelf in ("lineItems", "results"):
        book.refusals["DELETE", shelf] = reply(404)
    with pytest.raises(Refused, match="DELETE_BY_HAND"):
        adapter.delete(JOB)
    cleared = Job(desired=desired(scores=scores(a=None)), remote={})
    assert adapter.send_scores(cleared, ["a"]).problems[0].code == "CLEAR_BY_HAND"
    book.results.clear()
    assert adapter.send_scores(cleared, ["a"]).problems == ()


def test_an_item_marked_to_be_deleted_is_gone(wire: Wire, book: Book) -> None:
    adapter = connected()
    adapter.write(JOB)
    book.items[line_item_id(JOB.desired)]["status"] = "tobedeleted"
    with pytest.raises(Gone):
        adapter.read(JOB)


def test_scores_read_are_by_lms_id_and_those_to_be_deleted_do_not_stand(wire: Wire, book: Book) -> None:
    adapter = connected()
    job = Job(desired=desired(scores=scores(a=1.0, b=2.0)), remote={})
    adapter.write(job)
    adapter.send_scores(job, ["a", "b"])
    book.results[result_ids(line_item_id(job.desired))("b")]["status"] = "tobedeleted"
    assert adapter.read_scores(job) == {"a": adapter.draft(job.desired).scores["a"].seen}


# ---- addresses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["https://h", "https://h/campus", "https://h/campus/", "https://h/campus/api/x"]
)
def test_the_address_ends_in_campus(url: str) -> None:
    assert campus_of(url) == "https://h/campus"


def test_each_version_has_its_bases_and_an_option_states_others() -> None:
    assert bases("https://h/campus", mapping.V12, {}) == (
        "https://h/campus/api/ims/oneroster/gradebook/v1p2",
        "https://h/campus/api/ims/oneroster/rostering/v1p2",
    )
    assert set(bases("https://h/campus", mapping.V11, {})) == {"https://h/campus/api/ims/oneroster/v1p1"}
    path = "api/oneroster/v1p2/app/ims/oneroster/gradebook/v1p2/"
    assert (
        bases("https://h/campus", mapping.V12, {"oneroster_path": path})[0] == f"https://h/campus/{path[:-1]}"
    )


# ---- directory and self-test ------------------------------------------------------------------------------------


def test_1_1_has_one_category_and_1_2_those_of_the_section(wire: Wire) -> None:
    wire.answers = lambda _: reply(200, {"categories": [{"sourcedId": mapping.ALL_ONES, "title": "All"}]})
    old = connected(mapping.V11).directory(["s1", "s2"], [])
    assert [(c.id, c.sis_section) for c in old.categories] == [(mapping.ALL_ONES, None)]
    assert len(wire.requests) == 1
    wire.requests.clear()
    new = connected().directory(["s1", "s2"], [])
    assert [c.sis_section for c in new.categories] == ["s1", "s2"]
    assert ["classes/s1/categories?" in wire.lines()[0], "classes/s2/categories?" in wire.lines()[1]] == [
        True
    ] * 2


def test_the_self_test_writes_nothing_and_names_what_is_missing(wire: Wire) -> None:
    def some(request: Any) -> Any:
        if "/results" in request.url:
            return reply(403)
        return reply(404) if "/lineItems/" in request.url else reply(200, {"categories": [], "terms": []})

    wire.answers = some
    found = connected().check("s1")
    assert [(one.what, one.code) for one in found] == [
        ("sign-in", None),
        ("read item", None),
        ("read categories", None),
        ("read scores", "SIS_PERMISSION_MISSING"),
        ("read marking periods", None),
    ]
    assert "Grade Book Sync" in found[3].params["permission"]
    assert {request.method for request in wire.requests} == {"GET"}


def test_a_refused_sign_in_is_one_finding(wire: Wire) -> None:
    wire.signs_in = lambda _: reply(401)
    assert [(one.what, one.code) for one in connected().check("s1")] == [("sign-in", "SIS_SIGN_IN_FAILED")]
    assert wire.requests == []


def test_what_does_not_apply_is_refused(wire: Wire) -> None:
    adapter = connected()
    for asked in (
        lambda: adapter.create(JOB),
        lambda: adapter.look_up(JOB),
        lambda: adapter.create_category("s", "t"),
    ):
        with pytest.raises(Misconfigured, match="SIS_NOT_SUPPORTED"):
            asked()
