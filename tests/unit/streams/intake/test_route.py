"""Routing one item: what is sent, what is refused with which code, what is left alone."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.codec import MAX_RECORD
from schemas.district import DayOff
from schemas.gradebook import (
    CategoryMapping,
    Choice,
    ItemKind,
    RosterEntry,
    RosterStatus,
    Score,
    Sis,
)
from schemas.results import TITLE_SHOWN, Outcome
from schemas.state import ItemState, ScorePatch, SectionState
from streams.intake.asks import Ask
from streams.intake.fold import NEW_ITEM, NEW_SECTION
from streams.intake.route import Asked, Place, Routed, listed_students, observe, route
from streams.rules.district_view import DistrictView
from tests.support.flow import TENANT, district
from tests.unit.streams.intake.scenes import NOW, bound, item

PLACE = Place(TENANT, "s", "i1")
VIEW = DistrictView.of(district())
SECTION = replace(NEW_SECTION, binding=bound(), mapping=(CategoryMapping(category="hw", sis_category="H"),))
ITEM = replace(NEW_ITEM, version=3, event="e3", content=item())
ASKED = Asked("e9", 9, NOW)


def _route(
    state: ItemState = ITEM, section: SectionState = SECTION, view: DistrictView | None = VIEW, **asked: Any
) -> Routed:
    return route(PLACE, section, state, view, replace(ASKED, **asked))


def _with(**changed: Any) -> ItemState:
    return replace(ITEM, content=item(**changed))


def test_an_item_that_may_sync_is_sent_whole_with_the_order_of_what_asked() -> None:
    routed = _route(run="r")

    desired = routed.desired
    assert desired is not None
    assert (desired.revision, desired.version, desired.event, desired.decided_at, desired.run) == (
        9, 3, "e9", NOW, "r",
    )  # fmt: skip
    assert (desired.sis_section, desired.school, desired.sis_category, desired.due_date) == (
        "c1", "high", "H", "2026-10-05",
    )  # fmt: skip
    assert desired.content == item()
    assert (routed.state.asked, routed.state.routed) == (True, True)


def test_what_is_told_of_it_is_queued_with_its_fingerprint_and_no_score() -> None:
    routed = _route(run="r")

    assert routed.desired is not None
    told = routed.result
    assert (told.outcome, told.revision, told.step, told.run) == (Outcome.QUEUED, 9, 0, "r")
    assert (told.sis, told.fingerprint) == (Sis.ESCHOOLPLUS, routed.desired.fingerprint)
    assert "9.0" not in repr(told)


def test_single_scores_are_sent_over_the_list() -> None:
    patch = ScorePatch(version=4, event="e4", score=Score(student="s2", points=7.0))

    desired = _route(replace(ITEM, patches=(patch,))).desired

    assert desired is not None
    assert {score.student: score.points for score in desired.content.scores or ()} == {"s1": 9.0, "s2": 7.0}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"title": "  "}, "TITLE_EMPTY"),
        ({"title": "a\x00b"}, "TITLE_UNREADABLE"),
        ({"title": "x" * 500}, "TITLE_TOO_LONG"),
        ({"points": None}, "POINTS_MISSING"),
        ({"points": -1.0}, "POINTS_INVALID"),
        ({"points": float("nan")}, "POINTS_INVALID"),
        ({"category": None}, "CATEGORY_REQUIRED"),
        ({"category": "HW"}, "CATEGORY_REQUIRED"),
        ({"due": None}, "DUE_DATE_MISSING"),
        ({"due": "2026-02-29"}, "DUE_DATE_INVALID"),
        ({"due": 2**62}, "DUE_DATE_INVALID"),
        ({"due": "2026-10-04"}, "DUE_DATE_OUTSIDE_MARKING_PERIOD"),
    ],
)
def test_an_item_that_breaks_a_rule_is_refused_with_its_code(changed: dict[str, Any], code: str) -> None:
    routed = _route(_with(**changed))

    assert (routed.desired, routed.result.outcome, routed.result.code) == (None, Outcome.ERROR, code)
    assert (routed.state.asked, routed.state.routed) == (True, False)


def test_of_several_problems_the_first_is_shown_and_the_others_named() -> None:
    told = _route(_with(title="", category=None, due=None)).result

    assert told.code == "TITLE_EMPTY"
    assert told.params["also"] == "CATEGORY_REQUIRED,DUE_DATE_MISSING"


@pytest.mark.parametrize(
    ("section", "view", "code"),
    [
        (SECTION, None, "DISTRICT_UNKNOWN"),
        (SECTION, DistrictView.of(district(entitled=False)), "DISTRICT_NOT_ENTITLED"),
        (replace(SECTION, binding=None), VIEW, "SECTION_NOT_BOUND"),
        (replace(SECTION, binding=bound(sis=Sis.AERIES)), VIEW, "SECTION_WRONG_SIS"),
        (replace(SECTION, binding=replace(bound(), school="low")), VIEW, "SCHOOL_UNKNOWN"),
    ],
)
@pytest.mark.parametrize("deleted", [False, True])
def test_a_section_that_may_not_sync_refuses_every_item(
    section: SectionState, view: DistrictView | None, code: str, *, deleted: bool
) -> None:
    routed = _route(replace(ITEM, deleted=deleted, routed=deleted), section, view)

    assert (routed.desired, routed.result.code) == (None, code)


def test_an_instant_in_a_district_whose_clocks_are_unknown_is_refused() -> None:
    view = DistrictView.of(district(time_zone="Mars/Olympus"))

    assert _route(_with(due=NOW), view=view).result.code == "DISTRICT_UNKNOWN"
    assert _route(_with(), view=view).desired is not None


def test_an_item_nobody_told_of_is_unknown_and_shown_by_its_id() -> None:
    told = _route(NEW_ITEM).result

    assert (told.code, told.title, told.kind, told.version) == ("ITEM_UNKNOWN", "i1", ItemKind.ASSIGNMENT, -1)


def test_an_item_that_fits_no_record_is_refused() -> None:
    told = _route(_with(description="d" * MAX_RECORD)).result

    assert told.code == "ITEM_TOO_LARGE"


def test_what_was_approved_is_sent_and_what_changed_since_is_asked_again() -> None:
    seen = _route().desired
    assert seen is not None
    approved = {"i1": seen.fingerprint}

    same = _route(approved=approved, revision=12, event="e12", run="other", now=NOW + 1)
    changed = _route(_with(title="Lab 2"), approved=approved)
    unseen = _route(approved={"i2": seen.fingerprint})

    assert same.desired is not None
    assert (changed.desired, changed.result.code) == (None, "APPROVAL_OUTDATED")
    assert (unseen.desired, unseen.result.code) == (None, "APPROVAL_OUTDATED")


@pytest.mark.parametrize(
    "other",
    [
        {"state": _with(points=20.0)},
        {"state": _with(scores=())},
        {"state": _with(due="2026-10-06")},
        {"section": replace(SECTION, mapping=(CategoryMapping(category="hw", sis_category="T"),))},
        {"section": replace(SECTION, binding=bound(sis_section="c2"))},
        {"section": replace(SECTION, roster=(RosterEntry(student="s1", status=RosterStatus.DROPPED),))},
    ],
)
def test_the_fingerprint_changes_with_all_that_would_be_sent(other: dict[str, Any]) -> None:
    one, two = _route().desired, _route(**other).desired

    assert one is not None
    assert two is not None
    assert one.fingerprint != two.fingerprint


def test_an_open_answer_goes_with_the_item_and_is_used_up() -> None:
    routed = _route(replace(ITEM, choice=Choice.SEND_LMS))

    assert routed.desired is not None
    assert (routed.desired.choice, routed.state.choice) == (Choice.SEND_LMS, None)


def test_an_open_answer_stays_open_when_the_item_is_refused() -> None:
    assert _route(replace(_with(category=None), choice=Choice.KEEP_SIS)).state.choice is Choice.KEEP_SIS


def test_an_answer_does_not_change_the_fingerprint() -> None:
    with_answer, without = _route(replace(ITEM, choice=Choice.SEND_LMS)).desired, _route().desired

    assert with_answer is not None
    assert without is not None
    assert with_answer.fingerprint == without.fingerprint


# ---- left alone


def _left_alone(routed: Routed) -> bool:
    return routed.desired is None and routed.result.outcome is Outcome.OBSERVED and not routed.state.routed


def test_a_deleted_item_that_never_was_sent_is_left_alone() -> None:
    assert _left_alone(_route(replace(ITEM, deleted=True), ask=Ask.INSIST))
    assert _left_alone(_route(replace(NEW_ITEM, deleted=True)))


def test_a_deleted_item_that_was_sent_is_sent_as_deleted_without_scores_and_without_rules() -> None:
    desired = _route(replace(_with(category=None, title=""), deleted=True, routed=True)).desired

    assert desired is not None
    assert (desired.deleted, desired.content.scores, desired.sis_category) == (True, None, "")


def test_a_draft_is_left_alone_unless_it_was_asked_for_by_name() -> None:
    draft = _with(published=False)

    assert _left_alone(_route(draft))
    assert _route(draft, ask=Ask.INSIST).result.code == "ITEM_UNPUBLISHED"


def test_an_item_unpublished_after_it_was_sent_is_an_error() -> None:
    assert _route(replace(_with(published=False), routed=True)).result.code == "ITEM_UNPUBLISHED"


@pytest.mark.parametrize(("asked", "sent"), [(False, False), (True, True)])
def test_a_replay_sends_only_what_was_asked_for_before(*, asked: bool, sent: bool) -> None:
    routed = _route(replace(ITEM, asked=asked), ask=Ask.AGAIN)

    assert (routed.desired is not None) is sent
    assert routed.state.asked is asked


def test_what_is_left_alone_was_not_asked_for() -> None:
    assert not _route(_with(published=False)).state.asked


# ---- what is told


def test_a_sighting_tells_the_item_and_its_system_and_nothing_else() -> None:
    told = observe(PLACE, SECTION, ITEM, ASKED)

    assert (told.outcome, told.title, told.version, told.sis, told.code) == (
        Outcome.OBSERVED, "Lab 1", 3, Sis.ESCHOOLPLUS, None,
    )  # fmt: skip


def test_a_title_is_told_as_shown_and_a_parameter_within_bounds() -> None:
    closed = DayOff(first_day="2026-10-05", last_day="2026-10-05", title="h" * 5_000)
    school = replace(district().schools[0], days_off=(closed,))

    told = _route(_with(title="é" * 300), view=DistrictView.of(district(schools=(school,)))).result

    assert len(told.title) == TITLE_SHOWN
    assert max(map(len, told.params.values())) <= 1_000


def test_only_students_of_another_id_or_dropped_are_listed() -> None:
    other, dropped = (
        RosterEntry(student="a", sis_student="1"),
        RosterEntry(student="b", status=RosterStatus.DROPPED),
    )
    plain, same = RosterEntry(student="c"), RosterEntry(student="d", sis_student="d")

    assert listed_students((other, dropped, plain, same)) == (other, dropped)
