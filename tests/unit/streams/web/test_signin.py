"""Who is let in, and to what: the roster decides, and nothing tells "not yours" from "none"."""

from dataclasses import replace
from typing import Any

import pytest

from streams.web.auth.buckets import Buckets, Rate
from streams.web.auth.sessions import COOKIE
from tests.unit.streams.web import sign
from tests.unit.streams.web.bench import SECTION, STATUS, WHOLE, Web, settings
from tests.unit.streams.web.conftest import NewWeb
from tests.unit.streams.web.logs import log
from tests.unit.streams.web.sign import NOW, admin, operator, publisher, teacher


def _status(web: Web, token: str, path: str = STATUS, **headers: str) -> int:
    return int(web.call("GET", path, token=token, **headers).status_code)


def test_a_teacher_sees_what_the_roster_says_and_no_more(web: Web) -> None:
    web.show(log(section="geometry"))
    web.bind("north", "geometry", "teacher-2")
    assert [_status(web, teacher(one)) for one in ("teacher-1", "teacher-2", "teacher-3")] == [200, 200, 404]
    assert _status(web, teacher("teacher-1"), STATUS.replace("algebra", "geometry")) == 404
    listed = web.call("GET", "/v1/districts/north/sections", token=teacher("teacher-1")).json()
    assert [one["section"] for one in listed["sections"]] == ["algebra"]


def test_a_teacher_taken_off_the_roster_is_out_at_once(web: Web) -> None:
    assert _status(web, teacher()) == 200
    web.bind("north", "algebra", "teacher-2", version=2)
    assert _status(web, teacher()) == 404
    web.bind("north", "algebra", "teacher-1", version=1)  # a paused writer's older row
    assert _status(web, teacher()) == 404


def test_what_a_token_says_of_sections_is_no_right(web: Web) -> None:
    """Authorised on the server's roster, not on free text of a token."""
    assert _status(web, teacher("teacher-3", sections=["algebra"], groups=["north/algebra"])) == 404
    assert _status(web, teacher("teacher-3", section="algebra")) == 401


def test_not_yours_and_none_are_one_answer_to_the_last_byte(web: Web) -> None:
    """Ids are guessed across sections and districts: each guess looks like the next."""
    web.show(log("south", "algebra"))
    web.bind("south", "algebra", "teacher-1")
    answers = [
        web.call("GET", f"/v1/districts/{tenant}/sections/{section}/status", token=teacher("teacher-3"))
        for tenant in ("north", "south", "none")
        for section in ("algebra", "none", "..", "%2e%2e%2falgebra", "algebra%00", "' OR 1=1 --")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


def test_same_ids_in_another_district_are_another_teacher(web: Web) -> None:
    web.show(log("south", "algebra"))
    web.bind("south", "algebra", "teacher-1")
    assert _status(web, teacher(), STATUS.replace("north", "south")) == 404
    assert _status(web, teacher(tenant="south"), STATUS.replace("north", "south")) == 200


def test_roles(web: Web) -> None:
    south = STATUS.replace("north", "south")
    web.show(log("south", "algebra"))
    assert [_status(web, one) for one in (admin(), operator(), publisher())] == [200, 200, 404]
    assert [_status(web, one, south) for one in (admin(), operator(), publisher())] == [404, 200, 404]


def test_a_section_bound_but_without_results_is_an_empty_log(new_web: NewWeb) -> None:
    web = new_web()
    web.bind("north", "algebra", "teacher-1")
    told = web.call("GET", STATUS, token=teacher()).json()
    assert (told["rows"], told["updated"]) == ([], None)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic dGVhY2hlcjp4", "Token x", "Bearer a.b.c", "bearer null"]
)
def test_without_a_good_token_nothing_is_answered(web: Web, header: str) -> None:
    for path in (STATUS, "/v1/districts/north/sections", "/v1/me", f"{SECTION}/launch-links"):
        method = "POST" if path.endswith("links") else "GET"
        told = web.client.request(method, path, headers={"Authorization": header} if header else {})
        assert (told.status_code, told.json()["code"]) == (401, "NOT_SIGNED_IN")
        assert told.headers["www-authenticate"] == "Bearer"
        web.clock.now += 60


def test_signing_in_comes_before_catching_up(new_web: NewWeb) -> None:
    web = new_web(replace(WHOLE, caught_up=False))
    assert _status(web, "") == 401
    assert _status(web, teacher()) == 503, "nobody is told 404 for a section that may exist"


@pytest.mark.parametrize(
    "spoofed",
    [
        {"X-Forwarded-User": "teacher-1"},
        {"X-Remote-User": "admin-1", "X-Forwarded-For": "127.0.0.1"},
        {"X-Gradebook-Sync-Internal": "1"},
        {"Gradebook-Sync-Act-For": "teacher-1"},
        {"Forwarded": "for=127.0.0.1;by=web-2"},
        {"Authorization": "Internal web-2"},
    ],
)
def test_there_is_no_internal_hop_to_spoof(web: Web, spoofed: dict[str, str]) -> None:
    """No replica forwards to another: a request has its own token or is nobody's."""
    assert web.client.get(STATUS, headers=spoofed).status_code == 401


def test_an_expired_token_stops_working_though_it_was_proven(web: Web) -> None:
    token = teacher(exp=NOW + 10)
    assert _status(web, token) == 200
    web.clock.now += 41
    assert _status(web, token) == 401


def test_another_district_s_issuer_is_refused(web: Web) -> None:
    forged = sign.token(sign.rsa("s1"), "RS256", {"kid": "s1"}, iss=sign.OTHER_LMS, sub="teacher-1")
    assert _status(web, forged) == 401


# ---- acting for a teacher --------------------------------------------------------------------------------------


def test_an_administrator_acts_for_a_teacher_of_the_section_and_nobody_else(web: Web) -> None:
    acted = {"Gradebook_Sync_Act_For": "teacher-1"}
    assert _status(web, admin(), **acted) == 200
    assert _status(web, admin(), Gradebook_Sync_Act_For="teacher-9") == 404
    assert _status(web, teacher("teacher-2"), **acted) == 403
    listed = web.call("GET", "/v1/districts/north/sections", token=admin(), **acted).json()
    assert [one["section"] for one in listed["sections"]] == ["algebra"]


# ---- rates -----------------------------------------------------------------------------------------------------


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    buckets = Buckets(Rate(2.0, 3.0))
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b", 0.0) == 0
    assert [buckets.take("a", 0.5), buckets.take("a", 0.5)] == [0, 0.5]
    assert buckets.take("a", -9.0) > 0, "a clock that goes back gives nothing"


def test_reads_are_limited_per_person(new_web: NewWeb) -> None:
    web = new_web(WHOLE, settings(reads=Rate(1.0, 3.0)))
    web.show()
    told = [web.call("GET", STATUS, token=admin()) for _ in range(4)]
    assert [one.status_code for one in told] == [200, 200, 200, 429]
    assert told[-1].headers["retry-after"] == "1"
    assert _status(web, admin(sub="admin-2")) == 200
    web.clock.now += 1.1
    assert _status(web, admin()) == 200


def test_guessing_tokens_is_limited_per_address_and_hinders_nobody_who_has_one(new_web: NewWeb) -> None:
    web = new_web(WHOLE, settings(failures=Rate(0.1, 3.0)))
    web.show()
    assert [_status(web, "a.b.c") for _ in range(4)] == [401, 401, 401, 429]
    assert _status(web, admin()) == 200


# ---- launches, sessions, other sites ---------------------------------------------------------------------------


def _link(**told: Any) -> str:
    usual = {"use": "launch", "section": "algebra", "exp": NOW + 120}
    return sign.token(**{**usual, **told})


def test_a_launch_opens_its_section_and_no_other(web: Web) -> None:
    web.show(log(section="geometry"))
    web.bind("north", "geometry", "teacher-1")
    session = web.call("POST", "/v1/launch", {"token": _link()}, token="").json()["token"]
    assert _status(web, session) == 200
    assert _status(web, session, STATUS.replace("algebra", "geometry")) == 404
    listed = web.call("GET", "/v1/districts/north/sections", token=session).json()["sections"]
    assert [one["section"] for one in listed] == ["algebra"]
    assert web.call("GET", "/v1/me", token=session).json()["teaches"] == [
        {"tenant": "north", "section": "algebra", "title": "Algebra"}
    ]


def test_a_launch_gives_nobody_a_section_the_roster_does_not(web: Web) -> None:
    session = web.call("POST", "/v1/launch", {"token": _link(sub="teacher-9")}, token="").json()["token"]
    assert _status(web, session) == 404


def test_an_administrator_s_launch_oversees_no_district(web: Web) -> None:
    link = _link(sub="admin-1", role="district_admin")
    session = web.call("POST", "/v1/launch", {"token": link}, token="").json()["token"]
    assert _status(web, session) == 200
    assert _status(web, session, "/v1/districts/north/sections") == 404


@pytest.mark.parametrize("told", [{"exp": NOW - 60}, {"use": None}, {"aud": "x"}, {"exp": NOW + 4000}])
def test_a_bad_launch_is_refused_in_words_for_a_teacher(web: Web, told: dict[str, Any]) -> None:
    for answer in (
        web.call("POST", "/v1/launch", {"token": _link(**told)}, token=""),
        web.client.get("/launch", params={"token": _link(**told)}),
    ):
        assert answer.status_code == 401
        assert "Open it again from your LMS" in answer.json()["message"]


def test_a_link_made_here_launches(web: Web) -> None:
    path = web.call("POST", f"{SECTION}/launch-links", token=teacher()).json()["path"]
    page = web.client.get(path)
    assert page.status_code == 200
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "/districts/north/sections/algebra" in page.text
    cookie = page.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert web.client.get(STATUS).status_code == 200, "the cookie signs in"
    assert _status(web, teacher("teacher-9"), STATUS) == 404, "a bearer token comes before the cookie"


SAME = {"Origin": "http://127.0.0.1"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (SAME, 200),
        ({**SAME, "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:8081"}, 403),
        ({"Origin": "http://127.0.0.1.evil.example"}, 403),
        ({**SAME, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
    ],
)
def test_a_cookie_commands_only_from_a_page_of_ours(web: Web, headers: dict[str, str], status: int) -> None:
    """A form on another site may send the cookie where SameSite is not kept; it cannot send our Origin."""
    web.client.cookies.set(COOKIE, sign.own(sub="teacher-1"))
    assert web.client.post(f"{SECTION}/launch-links", headers=headers).status_code == status
    assert web.client.get(STATUS, headers=headers).status_code == 200


def test_leaving_takes_the_cookie_away(web: Web) -> None:
    told = web.client.post("/v1/session/end", headers=SAME)
    assert told.status_code == 204
    assert "Max-Age=0" in told.headers["set-cookie"]
    assert web.client.post("/v1/session/end").status_code == 403


def test_only_the_named_origins_may_call_from_elsewhere(web: Web) -> None:
    for origin, allowed in (("https://lms.example", True), ("https://evil.example", False)):
        told = web.client.options(STATUS, headers={"Origin": origin, "Access-Control-Request-Method": "GET"})
        assert (told.headers.get("access-control-allow-origin") == origin) is allowed
        assert "access-control-allow-credentials" not in told.headers


def test_a_component_in_an_lms_page_may_send_what_a_click_needs(web: Web) -> None:
    asked = {
        "Origin": "https://lms.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
    }
    assert web.client.options(f"{SECTION}/sync", headers=asked).status_code == 200


# ---- the development login -------------------------------------------------------------------------------------


def test_the_development_login_is_not_there_unless_asked_for(web: Web, new_web: NewWeb) -> None:
    asked = {"tenant": "north", "user": "teacher-1"}
    assert web.call("POST", "/development/login", asked, token="").status_code == 404
    assert "/development/login" not in web.get("/openapi.json").json()["paths"]
    demo = new_web(WHOLE, settings(development_login=True))
    demo.show()
    demo.bind("north", "algebra", "teacher-1")
    session = demo.call("POST", "/development/login", asked, token="").json()["token"]
    assert _status(demo, session) == 200
    other = demo.call("POST", "/development/login", {**asked, "role": "district_admin"}, token="").json()[
        "token"
    ]
    assert _status(demo, other, "/v1/districts/north/sections") == 200
    form = demo.client.post("/development/login", content="tenant=north&user=x", headers={})
    assert form.status_code == 422, "no form of another site signs a browser in"
