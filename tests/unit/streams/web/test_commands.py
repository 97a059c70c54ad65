"""Commands are events on gradebook.changes, acknowledged before anybody is answered, each click once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from schemas.codec import decode, encode
from schemas.district import DistrictConfig
from schemas.gradebook import (
    CategoryMapping,
    Choice,
    ConflictResolved,
    GradebookChange,
    ItemKind,
    LogSeen,
    MappingChanged,
    ReviewRequested,
    SyncRequested,
)
from schemas.keys import section_key, tenant_key
from schemas.results import ReviewedItem, RowState, SectionReview
from streams.held import _IDS, HELD, parts
from streams.web.auth.buckets import Rate
from streams.web.auth.sessions import COOKIE
from streams.web.clicks import COOL_DOWN_SECONDS, Clicks
from tests.unit.streams.web.bench import SECTION, WHOLE, Web, settings, state
from tests.unit.streams.web.conftest import NewWeb
from tests.unit.streams.web.logs import AT, FAILED, PLAIN, log
from tests.unit.streams.web.sign import NOW, admin, bearer, operator, own, publisher, teacher


def _click(web: Web, path: str, told: Any = None, token: str | None = None, **headers: str) -> Any:
    return web.call("POST", f"{SECTION}/{path}", told or {}, token=token or teacher(), **headers)


# ---- sync ------------------------------------------------------------------------------------------------------


def test_a_click_is_one_event_in_the_teacher_s_name(web: Web) -> None:
    told = _click(web, "sync")
    assert told.status_code == 202
    (event,) = web.log.events
    assert event.change == SyncRequested(run=told.json()["run"])
    assert (event.tenant, event.section, event.actor) == ("north", "algebra", "teacher-1")
    assert event.version == event.occurred_at == NOW * 1000


def test_items_are_named_once_each(web: Web) -> None:
    _click(web, "sync", {"items": ["b", "a", "b"]})
    assert web.log.events[0].change == SyncRequested(
        run=web.log.events[0].change.run,  # type: ignore[union-attr]
        items=("b", "a"),
    )


@pytest.mark.parametrize(
    "told",
    [
        {"items": []},
        {"items": [""]},
        {"items": "a"},
        {"items": [7]},
        {"item": ["a"]},
        {"items": ["x" * 1025]},
    ],
)
def test_a_bad_body_is_refused_and_nothing_is_sent(web: Web, told: dict[str, Any]) -> None:
    assert _click(web, "sync", told).status_code == 422
    assert not web.log.records


def test_what_intake_would_set_aside_is_not_called_queued(web: Web) -> None:
    """1,024 characters of three bytes each: an id that can be no key."""
    told = _click(web, "sync", {"items": ["数" * 1024]})
    assert (told.status_code, told.json()["code"]) == (422, "BAD_REQUEST")
    huge = [{"item": f"{n}-{'x' * 1000}", "fingerprint": "f"} for n in range(2000)]
    assert _click(web, "approve", {"items": huge}).status_code == 422, "one question of 2 MB"
    assert not web.log.records


def test_a_get_syncs_nothing(web: Web) -> None:
    assert web.get(f"{SECTION}/sync").status_code in (404, 405)
    assert not web.log.records


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_a_form_of_another_site_syncs_nothing(web: Web, kind: str) -> None:
    """With the cookie it is cross-site; and even with a token a form's body is not understood."""
    web.client.cookies.set(COOKIE, own(sub="teacher-1"))
    forms = {"Content-Type": kind, "Origin": "https://evil.example"}
    assert web.client.post(f"{SECTION}/sync", content=b"{}", headers=forms).status_code == 403
    web.client.cookies.clear()
    with_token = {**bearer(teacher()), "Content-Type": kind}
    assert web.client.post(f"{SECTION}/sync", content=b"{}", headers=with_token).status_code == 422
    assert not web.log.records


def test_nothing_is_answered_that_the_broker_does_not_have(web: Web) -> None:
    web.log.acknowledges = False
    told = _click(web, "sync", Idempotency_Key="k")
    assert (told.status_code, told.json()["code"], told.headers["retry-after"]) == (503, "NOT_QUEUED", "2")
    web.log.acknowledges = True
    again = _click(web, "sync", Idempotency_Key="k")
    assert (again.status_code, again.json()["repeated"], len(web.log.events)) == (202, False, 1)


def test_a_click_replayed_a_hundred_times_is_one(new_web: NewWeb) -> None:
    web = new_web(WHOLE, settings(commands=Rate(1000.0, 1000.0)))
    web.show()
    web.bind("north", "algebra", "teacher-1")
    answers = []
    for _ in range(100):
        web.clock.now += 60  # far beyond any cool-down
        answers.append(_click(web, "sync", Idempotency_Key="one-click", token=teacher(exp=NOW + 9999)).json())
    assert len(web.log.events) == 1
    assert len({one["run"] for one in answers}) == 1
    assert [one["repeated"] for one in answers] == [False] + [True] * 99


def test_two_tabs_within_the_cool_down_are_one_click_and_later_another(web: Web) -> None:
    first, second = _click(web, "sync").json(), _click(web, "sync").json()
    assert (second["run"], second["repeated"]) == (first["run"], True)
    web.clock.now += COOL_DOWN_SECONDS
    assert _click(web, "sync").json()["repeated"] is False
    assert len(web.log.events) == 2


def test_the_cool_down_is_per_wish_and_person(web: Web) -> None:
    for told, token in (({}, teacher()), ({"items": ["a"]}, teacher()), ({}, teacher("teacher-2"))):
        assert _click(web, "sync", told, token).json()["repeated"] is False
    assert len(web.log.events) == 3


def test_a_key_used_for_another_wish_is_refused(web: Web) -> None:
    _click(web, "sync", Idempotency_Key="k")
    told = _click(web, "sync", {"items": ["a"]}, Idempotency_Key="k")
    assert (told.status_code, told.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    other = _click(web, "sync", {"items": ["a"]}, teacher("teacher-2"), Idempotency_Key="k")
    assert other.json()["repeated"] is False, "keys are each person's own"


def test_a_replica_that_knows_nothing_of_the_first_try_tells_the_same_event(new_web: NewWeb) -> None:
    events = []
    for _ in range(2):
        web = new_web()
        web.show()
        web.bind("north", "algebra", "teacher-1")
        _click(web, "sync", Idempotency_Key="k")
        events += web.log.events
    assert events[0] == events[1]


def test_equal_clicks_at_the_same_moment_are_one(web: Web) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _click(web, "sync", Idempotency_Key="k").json(), range(16)))
    assert len({one["run"] for one in answers}) == 1
    assert len(web.log.events) == 1


def test_a_browser_that_goes_away_takes_nothing_back() -> None:
    async def scene() -> list[str]:
        done: list[str] = []
        go = asyncio.Event()

        async def do(seed: str) -> str:
            await go.wait()
            done.append(seed)
            return seed

        clicks = Clicks(lambda: 0.0)
        first = asyncio.ensure_future(clicks.once("who", "wish", "k", do))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        go.set()
        again = await clicks.once("who", "wish", "k", do)
        assert again.repeated
        return done

    assert len(asyncio.run(scene())) == 1


def test_nobody_commands_what_they_may_not_see(web: Web) -> None:
    web.show(log(rows=[replace(FAILED, item="i", code="CHANGED_IN_SIS")]))
    paths = {
        "sync": {},
        "approve": {"items": [{"item": "a", "fingerprint": "f"}]},
        "seen": {},
        "release": {},
        "reviews": {},
        "mapping/copy": {"sections": ["x"]},
        "items/i/resolve": {"choice": "keep_sis"},
    }
    for path, told in paths.items():
        for token, status in (
            ("", 401),
            (teacher("teacher-9"), 404),
            (publisher(), 404),
            (admin(tenant="south"), 404),
        ):
            answer = web.call("POST", f"{SECTION}/{path}", told, token=token)
            assert answer.status_code == status, path
    assert (
        web.call("PUT", f"{SECTION}/mapping", {"categories": []}, token=teacher("teacher-9")).status_code
        == 404
    )
    assert not web.log.records


def test_commands_are_limited_per_person(new_web: NewWeb) -> None:
    web = new_web(WHOLE, settings(commands=Rate(0.5, 2.0)))
    web.show()
    web.bind("north", "algebra", "teacher-1")
    told = [_click(web, "sync", {"items": [str(n)]}) for n in range(3)]
    assert [one.status_code for one in told] == [202, 202, 429]
    assert told[-1].headers["retry-after"] == "2"
    assert web.call("GET", f"{SECTION}/status", token=teacher()).status_code == 200


def test_acting_for_a_teacher_leaves_both_names(web: Web) -> None:
    _click(web, "sync", token=admin(), Gradebook_Sync_Act_For="teacher-1")
    _click(web, "sync", token=admin(sub="a b for c"), Gradebook_Sync_Act_For="teacher-1")
    _click(web, "sync", token=admin())
    assert [one.actor for one in web.log.events] == [
        "admin-1 for teacher-1",
        "a%20b%20for%20c for teacher-1",
        "admin-1",
    ]


# ---- review and approve ----------------------------------------------------------------------------------------

SHOWN = ReviewedItem(
    item="item-0",
    title="Essay",
    kind=ItemKind.ASSIGNMENT,
    version=3,
    fingerprint="f" * 32,
    deleted=False,
    params={},
    sis_category="HW",
    due_date="2026-11-24",
    lost=("comment",),
)


def _intake(web: Web, *items: ReviewedItem) -> None:
    """Answers every question, as intake does."""

    def answer(event: GradebookChange) -> None:
        if isinstance(event.change, ReviewRequested):
            review = SectionReview(
                tenant=event.tenant,
                section=event.section,
                review=event.change.review,
                at=AT,
                total=len(items),
                items=items,
            )
            web.views.reviews.apply(section_key(event.tenant, event.section), encode(review))

    web.log.on_publish = answer


def test_a_review_says_what_a_sync_would_do(web: Web) -> None:
    outside = {"due": "2026-12-25", "reason": "day_off", "nearest": "2026-12-18"}
    _intake(
        web,
        SHOWN,
        replace(SHOWN, item="item-1", fingerprint="1"),
        replace(SHOWN, item="item-2", fingerprint="2"),
        replace(SHOWN, item="item-3", fingerprint="", code="DUE_DATE_OUTSIDE_MARKING_PERIOD", params=outside),
        replace(SHOWN, item="item-4", fingerprint="4", deleted=True),
        replace(SHOWN, item="draft", fingerprint=""),
    )
    told = _click(web, "reviews").json()
    assert [one["would"] for one in told["items"]] == [
        *("nothing", "create", "update", "cannot", "delete", "nothing")
    ]
    assert told["would"] == {"create": 1, "update": 1, "delete": 1, "nothing": 2, "cannot": 1}
    cannot = told["items"][3]
    assert cannot["error"]["code"] == "DUE_DATE_OUTSIDE_MARKING_PERIOD"
    assert cannot["suggested"] == {"due_date": "2026-12-18"}
    assert told["items"][0]["lost"] == ["comment"]
    assert web.call("GET", f"{SECTION}/reviews/{told['review']}", token=teacher()).json() == told
    (event,) = web.log.events
    assert isinstance(event.change, ReviewRequested), "a review syncs nothing"


def test_a_review_not_answered_in_time_can_be_asked_for_later(web: Web) -> None:
    told = _click(web, "reviews?wait=0")
    assert told.status_code == 202
    name = told.json()["review"]
    assert web.call("GET", f"{SECTION}/reviews/{name}", token=teacher()).status_code == 404
    review = SectionReview(tenant="north", section="algebra", review=name, at=AT, total=0, items=())
    web.views.reviews.apply(section_key("north", "algebra"), encode(review))
    assert web.call("GET", f"{SECTION}/reviews/{name}", token=teacher()).status_code == 200


def test_a_review_of_one_section_is_not_readable_through_another(web: Web) -> None:
    _intake(web, SHOWN)
    name = _click(web, "reviews").json()["review"]
    web.show(log(section="geometry"))
    web.bind("north", "geometry", "teacher-1")
    path = SECTION.replace("algebra", "geometry")
    assert web.call("GET", f"{path}/reviews/{name}", token=teacher()).status_code == 404


APPROVED = {"items": [{"item": "item-0", "fingerprint": "f" * 32}]}


def test_approving_what_is_still_so_syncs_exactly_that(web: Web) -> None:
    _intake(web, SHOWN)
    told = _click(web, "approve", APPROVED)
    assert (told.status_code, told.json()["checked"]) == (202, True)
    change = web.log.events[-1].change
    assert isinstance(change, SyncRequested)
    assert change.items is None
    assert [(one.item, one.fingerprint) for one in change.approved or ()] == [("item-0", "f" * 32)]


@pytest.mark.parametrize(
    "now",
    [
        [replace(SHOWN, fingerprint="e" * 32, title="Essay 2")],
        [replace(SHOWN, code="CATEGORY_REQUIRED", fingerprint="")],
        [],
    ],
)
def test_approving_what_changed_is_409_with_what_changed_and_sends_nothing(
    web: Web, now: list[ReviewedItem]
) -> None:
    _intake(web, *now)
    told = _click(web, "approve", APPROVED)
    assert (told.status_code, told.json()["code"]) == (409, "CHANGED")
    (change,) = told.json()["detail"]["changes"]
    assert (change["item"], change["approved"]) == ("item-0", "f" * 32)
    assert change["title"] == (now[0].title if now else None)
    assert not [one for one in web.log.events if isinstance(one.change, SyncRequested)]
    _intake(web, SHOWN)
    assert _click(web, "approve", APPROVED).status_code == 202, "a refusal is not remembered as the answer"


def test_without_intake_an_approval_is_queued_all_the_same(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Intake holds each item to its fingerprint, so a click is not lost because a worker is away."""
    from streams.web.api import clicks

    monkeypatch.setattr(clicks, "CHECK_SECONDS", 0.0)
    told = _click(web, "approve", APPROVED)
    assert (told.status_code, told.json()["checked"]) == (202, False)


# ---- conflicts, seen, release ----------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", list(Choice))
def test_a_conflict_is_answered(web: Web, choice: Choice) -> None:
    web.show(log(rows=[replace(FAILED, item="i", code="CHANGED_IN_SIS", revision=9)], updated_at=AT + 1))
    assert _click(web, "items/i/resolve", {"choice": choice.lower()}).status_code == 202
    assert web.log.events[0].change == ConflictResolved(item="i", choice=choice)


def test_what_is_no_conflict_is_not_answered(web: Web) -> None:
    assert _click(web, "items/item-3/resolve", {"choice": "keep_sis"}).status_code == 409
    assert _click(web, "items/none/resolve", {"choice": "keep_sis"}).status_code == 404
    assert _click(web, "items/item-3/resolve", {"choice": "burn"}).status_code == 422
    assert not web.log.records


@pytest.mark.parametrize(("up_to", "expected"), [(None, NOW * 1000), (AT, AT), (AT * 2, NOW * 1000)])
def test_seen_is_up_to_what_was_shown_and_never_the_future(
    web: Web, up_to: int | None, expected: float
) -> None:
    assert _click(web, "seen", {} if up_to is None else {"up_to": up_to}).status_code == 202
    (event,) = web.log.events
    assert (event.change, event.occurred_at) == (LogSeen(teacher="teacher-1"), int(expected))


def test_nobody_has_seen_it_for_a_teacher(web: Web) -> None:
    assert _click(web, "seen", token=admin()).status_code == 403
    assert _click(web, "seen", token=admin(), Gradebook_Sync_Act_For="teacher-1").status_code == 403
    assert not web.log.records


def test_what_the_brake_holds_is_released_by_an_administrator_as_it_is_shown(web: Web) -> None:
    held = [
        replace(
            PLAIN, item=f"h{n}", state=RowState.ERROR, code=HELD, params={"fingerprint": f"f{n}"}, revision=9
        )
        for n in range(3)
    ]
    web.show(log(rows=[*held, replace(FAILED, revision=9)], updated_at=AT + 1))
    assert _click(web, "release").status_code == 403
    told = _click(web, "release", token=admin())
    assert (told.status_code, told.json()["items"]) == (202, 3)
    change = web.log.events[0].change
    assert isinstance(change, SyncRequested)
    assert [(one.item, one.fingerprint) for one in change.approved or ()] == [
        ("h0", "f0"),
        ("h1", "f1"),
        ("h2", "f2"),
    ]
    assert _click(web, "release", {"items": ["h1"]}, operator()).json()["items"] == 1


def test_where_nothing_is_held_nothing_is_released(web: Web) -> None:
    assert _click(web, "release", token=admin()).status_code == 409
    assert not web.log.records


def test_a_long_approval_is_cut_into_events_that_fit() -> None:
    from schemas.gradebook import ApprovedItem

    many = [ApprovedItem(item=f"{n}-{'x' * 1000}", fingerprint="f" * 32) for n in range(1000)]
    cut = list(parts(many))
    assert [one for part in cut for one in part] == many
    assert max(sum(len(one.item) for one in part) for part in cut) <= _IDS
    assert len(cut) > 3


# ---- mapping ---------------------------------------------------------------------------------------------------


def _district(web: Web) -> None:
    from tests.unit.streams.web.districts import district

    config: DistrictConfig = district("north", {"HW": "Homework", "QZ": "Quizzes"}, {"LAB": ("Labs", "S-2")})
    web.views.districts.take(tenant_key("north"), encode(config))


def _put(web: Web, mapping: dict[str, str], **headers: str) -> Any:
    rows = [{"category": name, "sis_category": to} for name, to in mapping.items()]
    return web.call("PUT", f"{SECTION}/mapping", {"categories": rows}, token=teacher(), **headers)


def test_the_mapping_is_shown_with_what_it_could_be(web: Web) -> None:
    _district(web)
    web.bind("north", "algebra", "teacher-1", mapping={"homework": "HW"}, mapping_version=2)
    web.show(log(rows=[replace(FAILED, params={"category": "quizzes"}, revision=9)], updated_at=AT + 1))
    told = web.call("GET", f"{SECTION}/mapping", token=teacher())
    assert told.headers["etag"]
    assert told.json() == {
        "bound": True,
        "sis": "eschoolplus",
        "mode": "manual",
        "categories": [{"category": "homework", "sis_category": "HW", "name": None}],
        "sis_categories": [{"id": "HW", "title": "Homework"}, {"id": "QZ", "title": "Quizzes"}],
        "unmapped": ["quizzes"],
    }


def test_saving_a_mapping_waits_until_it_is_in_force(web: Web) -> None:
    def intake(event: GradebookChange) -> None:
        assert isinstance(event.change, MappingChanged)
        mapping = {row.category: row.sis_category for row in event.change.categories}
        new = replace(
            state("teacher-1", mapping=mapping), mapping_version=event.version, mapping_event=event.event
        )
        web.views.take_state(section_key("north", "algebra"), encode(new))

    web.log.on_publish = intake
    told = _put(web, {"homework": "HW", "essays": "HW"})
    assert (told.status_code, told.json()) == (200, {"applied": True})
    shown = web.call("GET", f"{SECTION}/mapping", token=teacher()).json()["categories"]
    assert [(one["category"], one["sis_category"]) for one in shown] == [("homework", "HW"), ("essays", "HW")]


def test_a_mapping_without_intake_is_queued(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    from streams.web.api import mapping

    monkeypatch.setattr(mapping, "APPLIED_SECONDS", 0.0)
    told = _put(web, {"homework": "HW"})
    assert (told.status_code, told.json()) == (202, {"applied": False})


def test_its_version_is_above_the_one_in_force_whatever_numbers_the_lms_uses(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streams.web.api import mapping

    monkeypatch.setattr(mapping, "APPLIED_SECONDS", 0.0)
    _put(web, {"a": "HW"})
    web.bind("north", "algebra", "teacher-1", mapping_version=2**60)
    _put(web, {"a": "QZ"})
    assert [one.version for one in web.log.events] == [int(NOW * 1000), 2**60 + 1]


def test_a_mapping_somebody_else_changed_is_not_overwritten(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streams.web.api import mapping

    monkeypatch.setattr(mapping, "APPLIED_SECONDS", 0.0)
    shown = web.call("GET", f"{SECTION}/mapping", token=teacher()).headers["etag"]
    assert _put(web, {"a": "HW"}, If_Match=shown).status_code == 202
    web.bind("north", "algebra", "teacher-1", mapping={"b": "HW"}, mapping_version=5)
    told = _put(web, {"a": "HW"}, If_Match=shown)
    assert (told.status_code, told.json()["code"]) == (412, "MAPPING_CHANGED")
    assert len(web.log.events) == 1


def test_a_mapping_to_nowhere_is_refused_and_says_which(web: Web) -> None:
    _district(web)
    told = _put(web, {"homework": "HW", "labs": "LAB"})
    assert told.status_code == 422
    assert told.json()["detail"] == {"problems": [{"category": "labs", "code": "CATEGORY_NOT_IN_SIS"}]}
    twice = {"categories": [{"category": "a", "sis_category": "HW"}, {"category": "a", "sis_category": "QZ"}]}
    told = web.call("PUT", f"{SECTION}/mapping", twice, token=teacher())
    assert told.json()["detail"] == {"problems": [{"category": "a", "code": "MAPPED_TWICE"}]}
    assert not web.log.records


def test_one_click_copies_a_mapping_to_the_teacher_s_other_sections(web: Web) -> None:
    _district(web)
    web.bind("north", "algebra", "teacher-1", mapping={"homework": "HW"}, mapping_version=2)
    web.bind("north", "geometry", "teacher-1", mapping_version=7)
    web.bind("north", "art", "teacher-2")
    told = _click(web, "mapping/copy", {"sections": ["geometry", "art", "none", "geometry"]}).json()
    assert [(one["section"], one["outcome"]) for one in told["sections"]] == [
        ("geometry", "queued"),
        ("art", "not_found"),
        ("none", "not_found"),
    ]
    (event,) = web.log.events
    assert (event.section, event.actor) == ("geometry", "teacher-1")
    assert event.change == MappingChanged(
        categories=(CategoryMapping(category="homework", sis_category="HW"),)
    )
    assert decode(GradebookChange, web.log.records[0][1]) == event


def test_the_calendar_is_the_one_due_dates_are_held_against(web: Web) -> None:
    unknown = web.call("GET", f"{SECTION}/calendar", token=teacher()).json()
    assert unknown == {"district": None, "entitled": None, "time_zone": None, "school": None}
    _district(web)
    told = web.call("GET", f"{SECTION}/calendar", token=teacher()).json()
    assert (told["time_zone"], told["entitled"]) == ("America/New_York", True)
    assert told["school"]["marking_periods"][0]["last_day"] == "2027-01-29"
    assert told["school"]["days_off"][0]["title"] == "Thanksgiving"
    assert web.call("GET", f"{SECTION}/calendar", token=teacher("teacher-9")).status_code == 404
