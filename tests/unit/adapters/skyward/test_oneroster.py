"""Skyward's OneRoster doors: points only, excused scores that do not travel, and two ways to sign in."""

import base64
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from adapters.contract import Adapter, Job
from adapters.errors import DeliveryError, Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.oneroster.mapping import result
from adapters.skyward import adapter as skyward
from adapters.skyward import mapping
from schemas.gradebook import Score, ScoreFlag, Sis
from schemas.results import Outcome
from tests.unit.adapters.desk import Desk, desired, district, scores
from tests.unit.adapters.network import Wire, reply
from tests.unit.adapters.oneroster.book import Book

BASE = "https://sky.example.org/x/api"
AUTH: dict[str, dict[str, Any]] = {
    mapping.SMS: {"auth": "token"},
    mapping.QMLATIV: {"auth": "oauth2", "token_url": "https://sky.example.org/oauth/token"},
}


def connected(door: str = mapping.SMS, **sis: Any) -> Adapter:
    options = {"door": door} | sis.pop("options", {})
    return skyward.connect(
        district(**{"base_url": BASE, "kind": Sis.SKYWARD, **AUTH.get(door, {}), "options": options, **sis}),
        lambda: None,
    )


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def wire(book: Book, monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(book).plug(monkeypatch)


@pytest.fixture(params=AUTH)
def desk(request: pytest.FixtureRequest, wire: Wire) -> Iterator[Desk]:
    made = Desk(lambda: connected(request.param))
    yield made
    made.close()


def test_each_step_costs_what_the_docstring_says(desk: Desk, wire: Wire, book: Book) -> None:
    def cost(**changes: Any) -> list[str]:
        wire.requests.clear()
        assert desk.deliver(desired(**changes)).outcome is Outcome.SUCCESSFUL
        return [line.partition(" ")[0] for line in wire.lines()]

    assert cost(scores=scores(a=1.0, b=2.0)) == ["PUT", "PUT", "PUT"]
    assert cost(scores=scores(a=1.0, b=2.0)) == []
    assert cost(scores=scores(a=1.0, b=3.5)) == ["GET", "GET", "PUT"]
    assert cost(title="New", scores=scores(a=1.0, b=3.5)) == ["GET", "PUT"]
    assert cost(title="New", scores=scores(a=None, b=3.5)) == ["GET", "GET", "DELETE"]
    assert set(book.cells()) == {"b"}
    assert cost(deleted=True) == ["GET", "DELETE"]


# ---- doors and signing in ---------------------------------------------------------------------------------------


def test_the_door_is_the_districts_and_sms_2_0_without_one(wire: Wire) -> None:
    assert connected(mapping.GENERIC, auth="oauth2").capabilities.vendor_ids is False
    for door in AUTH:
        assert connected(door).capabilities.vendor_ids is True
    made = skyward.connect(district(BASE, kind=Sis.SKYWARD, auth="token", options={}), lambda: None)
    assert made.capabilities == connected(mapping.SMS).capabilities
    with pytest.raises(Misconfigured, match="SIS_NOT_SUPPORTED"):
        connected("front-door")


def test_sms_2_0_signs_in_with_the_pair_twice(wire: Wire) -> None:
    connected().write(Job(desired=desired(), remote={}))
    (asked,) = wire.tokens
    assert (asked.method, asked.url) == ("POST", f"{BASE}/token")
    assert base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")) == b"key-1:secret-1"
    assert parse_qs((asked.body or b"").decode()) == {
        "grant_type": ["password"],
        "username": ["key-1"],
        "password": ["secret-1"],
    }
    assert wire.requests[0].headers["Authorization"] == "Bearer t"
    assert "secret-1" not in repr(asked)


def test_qmlativ_asks_with_scopes_at_the_stated_url_and_has_no_other(wire: Wire) -> None:
    connected(mapping.QMLATIV).write(Job(desired=desired(), remote={}))
    (asked,) = wire.tokens
    form = parse_qs((asked.body or b"").decode())
    assert asked.url == "https://sky.example.org/oauth/token"
    assert form["grant_type"] == ["client_credentials"]
    assert "/v1p1/scope/gradebook.createput" in form["scope"][0]
    with pytest.raises(Misconfigured) as refused:
        connected(mapping.QMLATIV, token_url=None)
    assert refused.value.params == {"reason": "token_url"}


def test_an_address_with_a_password_in_it_is_not_called(wire: Wire) -> None:
    for door in (*AUTH, mapping.GENERIC):
        with pytest.raises(Misconfigured, match="SIS_ADDRESS_REFUSED"):
            connected(door, base_url="https://u:p@sky.example.org/api")


def test_another_way_to_sign_in_is_none(wire: Wire) -> None:
    with pytest.raises(Misconfigured, match="SIS_SIGN_IN_FAILED"):
        connected(auth="oauth1-hmac-sha1")


@pytest.mark.parametrize(
    ("path", "school", "rosters"),
    [
        (None, False, f"{BASE}/ims/oneroster/v1p1/gradingPeriods"),
        ("ims/oneroster/gradebook/v1p2", True, f"{BASE}/ims/oneroster/rostering/v1p2/gradingPeriods"),
    ],
)
def test_the_path_says_which_version_it_is(wire: Wire, path: str | None, school: bool, rosters: str) -> None:
    adapter = connected(options={} if path is None else {"oneroster_path": path})
    adapter.write(Job(desired=desired(), remote={}))
    assert ("school" in wire.bodies()[0]["lineItem"]) is school
    wire.answers = lambda _: reply(200, {"academicSessions": []})
    adapter.directory([], ["s"])
    assert wire.requests[1].url.partition("?")[0] == rosters


# ---- marks ------------------------------------------------------------------------------------------------------

CELLS = [
    (Score(student="s", points=7.5), {"score": 7.5, "scoreStatus": "fully graded"}),
    (Score(student="s", points=0.0), {"score": 0.0, "scoreStatus": "fully graded"}),
    (Score(student="s", flags=(ScoreFlag.MISSING,)), None),
    (Score(student="s", flags=(ScoreFlag.COLLECTED,)), None),
    (
        Score(student="s", points=5.0, flags=(ScoreFlag.LATE, ScoreFlag.INCOMPLETE)),
        {"score": 5.0, "scoreStatus": "fully graded"},
    ),
    (Score(student="s", flags=(ScoreFlag.LATE,)), None),
    (Score(student="s", points=4.0, flags=(ScoreFlag.EXCUSED,)), None),
    (Score(student="s", flags=(ScoreFlag.EXCUSED, ScoreFlag.MISSING)), None),
    (Score(student="s"), None),
]


@pytest.mark.parametrize(("score", "told"), CELLS)
def test_each_mark_in_each_door(score: Score, told: Any) -> None:
    assert result(score, mapping.dialect(mapping.SMS, BASE)) == told
    assert result(score, mapping.dialect(mapping.QMLATIV, BASE)) == told


def test_an_excused_score_does_not_travel_to_sms_2_0_and_takes_back_the_number(
    wire: Wire, book: Book
) -> None:
    desk = Desk(connected)
    desk.deliver(desired(scores=scores(a=5.0)))
    excused = (Score(student="a", points=5.0, flags=(ScoreFlag.EXCUSED,)),)
    assert desk.deliver(desired(scores=excused)).outcome is Outcome.SUCCESSFUL
    assert book.cells() == {}
    desk.close()


def test_a_letter_is_a_problem_and_the_maximum_is_whole(wire: Wire, book: Book) -> None:
    adapter = connected()
    item = desired(points=10.0, scores=(Score(student="a", letter="A"),))
    assert [problem.code for problem in adapter.draft(item).problems] == ["SCORE_NOT_ACCEPTED"]
    adapter.write(Job(desired=item, remote={}))
    assert type(wire.bodies()[0]["lineItem"]["resultValueMax"]) is int


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
    ("status", "error", "code", "requests"),
    [
        (401, Misconfigured, "SIS_SIGN_IN_FAILED", 2),  # signs in again first
        (403, Misconfigured, "SIS_PERMISSION_MISSING", 1),
        (429, Retry, "SIS_BUSY", 1),
        (500, UnknownOutcome, "SIS_UNAVAILABLE", 1),
        (503, UnknownOutcome, "SIS_UNAVAILABLE", 1),
        (302, Misconfigured, "SIS_ADDRESS_REFUSED", 1),
    ],
)
def test_a_status_means_the_same_for_every_step(
    wire: Wire, step: str, status: int, error: type[DeliveryError], code: str, requests: int
) -> None:
    wire.answers = lambda _: reply(status)
    with pytest.raises(error) as raised:
        STEPS[step](connected())
    assert (type(raised.value), raised.value.code, len(wire.requests)) == (error, code, requests)


@pytest.mark.parametrize("step", ["read", "write", "read_scores", "scores"])
def test_404_is_gone(wire: Wire, step: str) -> None:
    wire.answers = lambda _: reply(404)
    with pytest.raises(Gone):
        STEPS[step](connected())


@pytest.mark.parametrize(
    ("words", "code", "params"),
    [
        ("invalid assignment group", "SIS_REFUSED_CATEGORY", {}),
        ("name must be shorter than 50", "SIS_REFUSED_TITLE", {}),
        ("maximum score must be whole", "POINTS_NOT_WHOLE", {}),
        ("grading period closed", "SIS_REFUSED_DUE_DATE", {"cause": "closed"}),
        ("due date is required", "SIS_REFUSED_DUE_DATE", {}),
        ("category unknown", "SIS_REFUSED_CATEGORY", {}),
        ("title", "SIS_REFUSED_TITLE", {}),
        ("class", "SECTION_NOT_IN_SIS", {}),
        ("no", "SIS_REFUSED", {"status": "422"}),
    ],
)
def test_a_refused_item_says_why(wire: Wire, words: str, code: str, params: dict[str, str]) -> None:
    wire.answers = lambda _: reply(422, {"imsx_description": words})
    with pytest.raises(Refused) as refused:
        connected().write(JOB)
    assert (refused.value.code, refused.value.params) == (code, params)


def test_a_closed_period_tells_the_teacher_to_file_a_request() -> None:
    from schemas.catalog import explain

    told = explain("SIS_REFUSED_DUE_DATE", {"cause": "closed"}, Sis.SKYWARD)
    assert "grade change request in Skyward" in told.solution
    assert "change request" not in explain("SIS_REFUSED_DUE_DATE", {}, Sis.SKYWARD).solution


@pytest.mark.parametrize("status", [405, 422, 501])
def test_what_skyward_does_not_delete_is_done_by_hand(wire: Wire, status: int) -> None:
    wire.answers = lambda _: reply(status)
    with pytest.raises(Refused, match="DELETE_BY_HAND"):
        connected().delete(JOB)
    cleared = Job(desired=desired(scores=scores(a=None)), remote={})
    assert connected().send_scores(cleared, ["a"]).problems[0].code == "CLEAR_BY_HAND"
