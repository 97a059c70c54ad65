"""The mass-change brake at work: what is above a number waits, all of it, and one approval lets it go."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalog import explain
from schemas.codec import decode, encode
from schemas.gradebook import (
    ApprovedItem,
    CategoryMapping,
    Change,
    Choice,
    ConflictResolved,
    ItemDeleted,
    ItemRestored,
    MappingChanged,
    ReviewRequested,
    Score,
    ScoresChanged,
    Sis,
    SyncMode,
    SyncRequested,
)
from schemas.state import ItemState
from streams.intake.brake import WINDOW_MS
from streams.rules.policies import NUMBERS
from tests.support.flow import change, district
from tests.support.stages import Taken
from tests.unit.streams.intake.scenes import (
    MAPPED,
    Scene,
    Told,
    automatic,
    bound,
    compacted,
    districts,
    item,
    section_record,
)
from tests.unit.streams.intake.strategies import clicks, item_changes

HELD = "MASS_CHANGE_HELD"
OTHERWISE_MAPPED = MappingChanged(categories=(CategoryMapping(category="hw", sis_category="HW"),))
SYNC = SyncRequested(run="r")


def braked(
    mode: SyncMode = SyncMode.MANUAL, *, creates: object = 2, overwrites: object = 2, deletes: object = 1
) -> Scene:
    """A section of a district with these numbers."""
    policies = {
        "brake_creates": str(creates),
        "brake_overwrites": str(overwrites),
        "brake_deletes": str(deletes),
    }
    scene = Scene(districts(district(policies=policies)))
    scene.tell(bound(mode), MAPPED)
    return scene


def items(*names: str, **changed: object) -> list[Change]:
    return [item(name, **changed) for name in names]


def held(told: Told) -> list[str]:
    return [name for name, _, code in told.outcomes if code == HELD]


def sent(told: Told) -> list[str]:
    return [one.item for one in told.desired()]


def approval(*tellings: Told, run: str = "release") -> SyncRequested:
    """What `gradebook-sync release` publishes: the rows as they were last told to wait."""
    rows = {one.item: one for told in tellings for one in told.results if one.code == HELD}
    return SyncRequested(
        run=run,
        approved=tuple(
            ApprovedItem(item=name, fingerprint=row.params["fingerprint"]) for name, row in rows.items()
        ),
    )


# ---- a click


def test_a_click_above_the_number_sends_nothing_and_tells_every_item_why() -> None:
    scene = braked()
    scene.tell(*items("a", "b", "c"))

    told = scene.tell(SYNC)

    assert told.desired() == []
    assert [(one.item, one.outcome, one.step, one.run) for one in told.results] == [
        (name, "ERROR", 2, "r") for name in "abc"
    ]
    (params, *others) = ({**one.params, "fingerprint": ""} for one in told.results)
    assert params == {
        "creates": "3", "overwrites": "0", "deletes": "0", "over": "creates", "limit": "2", "fingerprint": "",
    }  # fmt: skip
    assert others == [params, params]


def test_the_reason_is_a_plain_sentence_with_the_counts() -> None:
    scene = braked()
    scene.tell(*items("a", "b", "c"))
    (row, *_) = scene.tell(SYNC).results

    told = explain(row.code or "", row.params, Sis.ESCHOOLPLUS)

    assert told.message == (
        "This assignment waits for an approval. Together with the others of its sync it would create 3, change 0 and "
        "delete 0 assignments in eSchoolPlus at once, which is more than your district lets through. None of them was "
        "sent. At most 2 may be created without an approval."
    )
    assert told.fixed_by == "administrator"


def test_a_click_at_the_number_goes() -> None:
    scene = braked()
    scene.tell(*items("a", "b"))

    assert sent(scene.tell(SYNC)) == ["a", "b"]


def test_an_ordinary_section_meets_no_number() -> None:
    scene = Scene()
    scene.tell(bound(), MAPPED, *items(*(f"i{n}" for n in range(30))))

    assert len(sent(scene.tell(SYNC))) == 30
    assert len(sent(scene.tell(*(ItemDeleted(item=f"i{n}") for n in range(30)), SYNC))) == 30


def test_a_click_above_a_default_is_held() -> None:
    scene = Scene(districts(district(policies={})))
    scene.tell(bound(), MAPPED, *items(*(f"i{n}" for n in range(NUMBERS["brake_creates"] + 1))))

    told = scene.tell(SYNC)

    assert len(held(told)) == 101
    assert sent(told) == []


def test_a_brake_that_is_off_holds_nothing() -> None:
    scene = braked(creates="off", overwrites="off", deletes="off")
    scene.tell(*items("a", "b", "c"))

    assert sent(scene.tell(SYNC)) == ["a", "b", "c"]


def test_what_is_already_there_as_it_is_counts_for_nothing() -> None:
    scene = braked(creates=3)
    scene.tell(*items("a", "b", "c"), SYNC)

    assert sent(scene.tell(SYNC)) == ["a", "b", "c"]
    assert sent(scene.tell(*items("a", "b", title="new"), SYNC)) == ["a", "b", "c"]
    assert held(scene.tell(*items("a", "b", "c", title="newer"), SYNC)) == ["a", "b", "c"]


def test_deletes_have_a_number_of_their_own() -> None:
    scene = braked(creates=3, deletes=1)
    scene.tell(*items("a", "b", "c"), SYNC)

    told = scene.tell(ItemDeleted(item="a"), ItemDeleted(item="b"), SYNC)

    assert held(told) == ["a", "b", "c"]
    assert told.results[-1].params["over"] == "deletes"


def test_an_item_that_would_be_refused_says_why_itself() -> None:
    scene = braked()
    scene.tell(*items("a", "b", "c"), item("bad", title=""))

    told = scene.tell(SYNC)

    assert told.outcomes == [
        ("bad", "ERROR", "TITLE_EMPTY"),
        *((name, "ERROR", HELD) for name in "abc"),
    ]


def test_items_clicked_by_name_are_a_run_like_any_other() -> None:
    scene = braked()
    scene.tell(*items("a", "b", "c"))

    assert held(scene.tell(SyncRequested(run="r", items=("a", "b", "c")))) == ["a", "b", "c"]
    assert sent(scene.tell(SyncRequested(run="r", items=("b",)))) == ["b"]


# ---- the approval


def test_one_approval_sends_each_item_once() -> None:
    scene = braked()
    scene.tell(*items("a", "b", "c"))
    waiting = scene.tell(SYNC)

    told = scene.tell(approval(waiting))

    assert sent(told) == ["a", "b", "c"]
    assert {one.run for one in told.desired()} == {"release"}
    assert scene.tell(ItemRestored(item="a")).desired() == []


def test_what_changed_after_it_was_held_waits_again_and_says_so() -> None:
    scene = braked()
    scene.tell(*items("a", "b", "c"))
    first = scene.tell(SYNC)
    scene.tell(item("b", title="other"))

    told = scene.tell(approval(first))

    assert sent(told) == ["a", "c"]
    assert held(told) == ["b"]
    assert "changed after it was approved" in explain(HELD, told.results[1].params, Sis.ESCHOOLPLUS).message
    assert [one.content.title for one in scene.tell(approval(told)).desired()] == ["other"]


def test_a_review_shows_what_waits_as_it_would_be_sent_and_its_approval_releases_it() -> None:
    scene = braked()
    scene.tell(*items("a", "b", "c"))
    waiting = scene.tell(SYNC)

    (review,) = scene.tell(ReviewRequested(review="q")).reviews

    assert [(row.item, row.code, row.fingerprint) for row in review.items] == [
        (one.item, None, one.params["fingerprint"]) for one in waiting.results
    ]


def test_an_answer_to_a_conflict_is_kept_until_the_release() -> None:
    scene = braked(creates=3)
    scene.tell(*items("a", "b", "c"), SYNC, MappingChanged(categories=()))
    scene.tell(ConflictResolved(item="a", choice=Choice.SEND_LMS))
    scene.tell(OTHERWISE_MAPPED)

    waiting = scene.tell(SYNC)
    told = scene.tell(approval(waiting))

    assert held(waiting) == ["a", "b", "c"]
    assert {one.item: one.choice for one in told.desired()} == {"a": Choice.SEND_LMS, "b": None, "c": None}


# ---- automatic mode


def test_an_import_in_one_batch_is_held_as_a_whole() -> None:
    scene = braked(SyncMode.AUTO)

    told = scene.tell(
        *items("a", "b", "c"), ScoresChanged(item="a", scores=(Score(student="s1", points=1.0),))
    )

    assert sent(told) == []
    assert sorted(held(told)) == ["a", "b", "c"]
    assert sorted(sent(scene.tell(approval(told)))) == ["a", "b", "c"]


def test_an_import_with_its_section_is_held_too() -> None:
    scene = Scene(districts(district(policies={"brake_creates": "2"})))

    told = scene.tell(bound(SyncMode.AUTO), MAPPED, *items("a", "b", "c"))

    assert sent(told) == []
    assert sorted(held(told)) == ["a", "b", "c"]


def test_an_import_that_comes_in_small_batches_is_held_from_the_number_on() -> None:
    scene = braked(SyncMode.AUTO)

    told = [scene.tell(item(name)) for name in "abcd"]

    assert [sent(one) for one in told] == [["a"], ["b"], [], []]
    assert [held(one) for one in told] == [[], [], ["c"], ["d"]]
    assert told[3].results[0].params["creates"] == "3"


def test_changes_of_known_items_that_come_in_small_batches_are_held_from_the_number_on() -> None:
    scene = braked(SyncMode.AUTO, creates=9, overwrites=2, deletes=9)
    scene.tell(*items("a", "b", "c", "d"))

    told = [_at(scene, WINDOW_MS, item(name, title="new")) for name in "abcd"]

    assert [sent(one) for one in told] == [["a"], ["b"], [], []]
    assert [held(one) for one in told] == [[], [], ["c"], ["d"]]


def _at(scene: Scene, milliseconds: int, *changes: Change) -> Told:
    return scene.process(
        replace_time(
            section_record(scene.offset + n, change("s", f"e{scene.offset + n}", scene.offset + n, what)),
            milliseconds,
        )
        for n, what in enumerate(changes)
    )


def replace_time(record: Taken, milliseconds: int) -> Taken:
    record.timestamp = milliseconds
    return record


def test_after_the_window_the_count_begins_anew() -> None:
    scene = braked(SyncMode.AUTO)

    assert sent(_at(scene, 1, *items("a", "b"))) == ["a", "b"]
    assert held(_at(scene, WINDOW_MS - 1, item("c"))) == ["c"]
    assert sent(_at(scene, WINDOW_MS, item("d"))) == ["d"]


def test_many_changes_of_few_items_are_no_mass_change() -> None:
    scene = braked(SyncMode.AUTO)

    for n in range(9):
        told = scene.tell(*items("a", "b", title=f"Lab {n}"), *items("a", "b", title=f"Lab {n}!"))
        assert sent(told) == ["a", "b"]


def test_saving_a_mapping_that_changes_many_items_is_held() -> None:
    scene = braked(SyncMode.AUTO, creates=3)
    scene.tell(*items("a", "b", "c"))

    told = scene.tell(OTHERWISE_MAPPED)

    assert held(told) == ["a", "b", "c"]
    assert [one.sis_category for one in scene.tell(approval(told)).desired()] == ["HW"] * 3


def test_many_deletes_are_held_and_the_items_stay() -> None:
    scene = braked(SyncMode.AUTO, creates=3)
    scene.tell(*items("a", "b", "c"))

    told = scene.tell(ItemDeleted(item="a"), ItemDeleted(item="b"))

    assert held(told) == ["a", "b"]
    released = scene.tell(approval(told)).desired()
    assert [(one.item, one.deleted) for one in released] == [("a", True), ("b", True)]


def test_a_later_edit_of_a_held_item_waits_too_and_is_what_the_release_sends() -> None:
    scene = braked(SyncMode.AUTO)
    first = scene.tell(*items("a", "b", "c"))

    edited = scene.tell(item("a", title="edited"))

    assert (sent(edited), held(edited)) == ([], ["a"])
    released = scene.tell(approval(first, edited)).desired()
    assert {one.item: one.content.title for one in released} == {"a": "edited", "b": "Lab 1", "c": "Lab 1"}
    assert sent(scene.tell(item("a", title="edited again"))) == ["a"]


def test_a_held_item_that_was_refused_in_between_still_waits() -> None:
    scene = braked(SyncMode.AUTO)
    scene.tell(*items("a", "b", "c"))
    assert scene.tell(item("a", title="")).outcomes == [("a", "ERROR", "TITLE_EMPTY")]

    assert held(scene.tell(item("a"))) == ["a"]


def test_a_replay_does_not_release() -> None:
    scene = braked()
    scene.tell(*items("a", "b", "c"), SYNC)

    told = scene.tell(SyncRequested(run="again", items=("a",), replay=True))

    assert (sent(told), held(told)) == ([], ["a"])


def test_a_click_in_the_batch_of_an_import_does_not_take_it_for_sent() -> None:
    scene = braked(SyncMode.AUTO)

    told = scene.tell(*items("a", "b", "c"), SYNC)

    assert sent(told) == []
    assert {name: code for name, _, code in told.outcomes} == dict.fromkeys("abc", HELD)


def test_an_item_that_came_and_went_within_an_import_is_no_part_of_it() -> None:
    scene = braked(SyncMode.AUTO)

    told = scene.tell(*items("a", "b", "c", "d"), ItemDeleted(item="d"))

    assert held(told) == ["a", "b", "c"]
    assert sent(scene.tell(ItemRestored(item="d"))) == ["d"]


def test_an_item_that_is_refused_at_the_end_of_an_import_says_so_and_was_never_sent() -> None:
    scene = braked(SyncMode.AUTO)

    told = scene.tell(*items("a", "b", "c", "d"), item("d", title=""))

    assert {name: code for name, _, code in told.outcomes} == {
        "a": HELD, "b": HELD, "c": HELD, "d": "TITLE_EMPTY",
    }  # fmt: skip
    assert _states(told)["d"].routed is False


def _states(told: Told) -> dict[str, ItemState]:
    return {
        (row.key or b"").rpartition(b"/")[2].decode(): decode(ItemState, row.value)
        for row in told.state
        if (row.key or b"").count(b"/") == 2
    }


def test_other_sections_of_the_batch_go_on() -> None:
    scene = braked(SyncMode.AUTO)
    scene.tell(bound(SyncMode.AUTO), MAPPED, section="other")

    records = [
        section_record(9 + n, change("s", f"e{n}", n, one)) for n, one in enumerate(items("a", "b", "c"), 9)
    ]
    told = scene.process([*records, section_record(20, change("other", "e20", 20, item("z")))])

    assert sent(told) == ["z"]


# ---- what comes again, and what is restored


def test_a_restored_worker_holds_what_was_held_and_releases_it_once() -> None:
    scene = braked(SyncMode.AUTO)
    rows = [*scene.tell(bound(SyncMode.AUTO), MAPPED).state]
    waiting = scene.tell(*items("a", "b", "c"))
    restored = Scene(scene.districts, offset=scene.offset)
    restored.intake.restore(list(compacted([*rows, *waiting.state])))

    assert held(restored.tell(item("a", title="edited"))) == ["a"]
    assert sent(restored.tell(approval(waiting))) == ["b", "c"]


@pytest.mark.parametrize("mode", list(SyncMode))
def test_a_batch_that_comes_again_is_held_again_in_whatever_portions(mode: SyncMode) -> None:
    scene = braked(mode)
    rows = [*scene.tell(bound(mode), MAPPED).state]
    records = [
        section_record(scene.offset + n, change("s", f"e{n}", 100 + n, what))
        for n, what in enumerate([*items("a", "b", "c"), SYNC])
    ]
    first = scene.process(records)
    again = Scene(scene.districts, offset=scene.offset - len(records))
    again.intake.restore(list(compacted([*rows, *first.state])))

    seconds = [again.process([record]) for record in records]

    assert [one for told in seconds for one in sent(told)] == []
    assert {name: code for told in seconds for name, _, code in told.outcomes} == dict.fromkeys("abc", HELD)
    assert [row for told in seconds for row in told.state] == [] or _rows(seconds) == _rows([first])


def _rows(tellings: Iterable[Told]) -> dict[bytes | None, bytes | None]:
    return {row.key: row.value for told in tellings for row in told.state}


def test_a_release_that_comes_again_sends_the_same_and_holds_nothing() -> None:
    scene = braked()
    scene.tell(*items("a", "b", "c"))
    release = change("s", "release", 50, approval(scene.tell(SYNC)))

    first, second = (scene.tell(release).desired() for _ in range(2))

    assert [one.fingerprint for one in first] == [one.fingerprint for one in second]
    assert held(scene.tell(SYNC)) == []


_names = st.sampled_from(["i1", "i2", "i3", "i4"])
_changes = st.one_of(*(item_changes(name) for name in ("i1", "i2", "i3", "i4")))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(list(SyncMode)),
    st.lists(st.lists(_changes, min_size=1, max_size=6), max_size=3),
    st.lists(_changes, min_size=1, max_size=8),
    clicks,
)
def test_held_is_exactly_what_would_have_been_sent(
    mode: SyncMode, before: list[list[Change]], batch: list[Change], click: Change
) -> None:
    free, brake = (braked(mode, creates=n, overwrites=n, deletes=n) for n in ("off", 1))
    history = [change("s", f"e{n}", n, what) for n, what in enumerate(one for part in before for one in part)]
    # the same past: a brake that lets it go, then one that does not
    brake.districts.take(b"demo", encode(district(policies=dict.fromkeys(NUMBERS, "off"))))
    for scene in (free, brake):
        scene.tell(*history)
    brake.districts.take(b"demo", encode(district(policies=dict.fromkeys(NUMBERS, "1"))))
    last: Change | list[Change] = click if mode is SyncMode.MANUAL else batch
    changes = [
        change("s", f"x{n}", 100 + n, what)
        for n, what in enumerate([last] if not isinstance(last, list) else last)
    ]

    going, waiting = free.tell(*changes), brake.tell(*changes)

    if held(waiting):
        assert sent(waiting) == []
        lasting = {one.item for one in going.desired()} & _ended_queued(going)
        assert set(held(waiting)) == lasting - _never_there(waiting)
        assert len(held(waiting)) == len(set(held(waiting)))
        released = brake.tell(approval(waiting))
        assert sorted(sent(released)) == sorted(held(waiting))
        final = {one.item: one for one in going.desired()}
        assert all(_sent(one) == _sent(final[one.item]) for one in released.desired())
    else:
        assert [_sent(one) for one in waiting.desired()] == [_sent(one) for one in going.desired()]
        assert waiting.outcomes == going.outcomes


def _ended_queued(told: Told) -> set[str]:
    return {
        name
        for name, outcome in {name: outcome for name, outcome, _ in told.outcomes}.items()
        if outcome == "QUEUED"
    }


def _never_there(told: Told) -> set[str]:
    return {name for name, state in _states(told).items() if state.deleted and not state.routed}


def _sent(desired: object) -> object:
    return replace(desired, revision=0, event="", run=None)  # type: ignore[type-var]


def test_without_the_brake_the_same_import_goes() -> None:
    # the negative control of all above
    assert sent(automatic().tell(*items("a", "b", "c"))) == ["a", "b", "c"]


def test_an_unreadable_district_or_key_crowds_nobody() -> None:
    scene = braked()

    told = scene.process(
        [
            Taken(n, key, b"")
            for n, key in enumerate([None, b"", b"\xff/\xff", b"\xff/\xff", b"demo", b"demo"])
        ]
    )

    assert len(told.dead) == 6
