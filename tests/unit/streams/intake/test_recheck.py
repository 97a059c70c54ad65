"""A configuration that changes decides the items of automatic sections again: those it matters to, a few at a time."""

import math
from dataclasses import replace

import pytest

from schemas.codec import decode, encode
from schemas.district import DayOff, DistrictConfig, Limits
from schemas.gradebook import (
    Change,
    GradebookChange,
    ItemDeleted,
    MappingChanged,
    RosterChanged,
    Score,
    ScoresChanged,
    SyncMode,
    SyncRequested,
)
from streams.intake.recheck import AFTER_BATCH, IN_TICK, UNCOMMON
from tests.support.flow import TENANT, district
from tests.support.stages import Outputs
from tests.unit.streams.intake.scenes import (
    MAPPED,
    NOW,
    Scene,
    Told,
    automatic,
    bound,
    compacted,
    districts,
    item,
    section_record,
)

OPEN = "2026-10-05"
NOTHING: list[Change] = [RosterChanged(students=())]
BRAKE_OFF = {"brake_creates": "off", "brake_overwrites": "off", "brake_deletes": "off"}


def _apply(scene: Scene, config: DistrictConfig) -> None:
    scene.districts.take(config.tenant.encode(), encode(config))


def _closed(day: str = OPEN) -> DistrictConfig:
    """The district with a day off."""
    config = district()
    off = DayOff(first_day=day, last_day=day, title="Holiday")
    return replace(config, schools=tuple(replace(school, days_off=(off,)) for school in config.schools))


def _asked(told: Told) -> list[GradebookChange]:
    return [decode(GradebookChange, value) for value in told.out.of("gradebook.changes")]


def _tick(scene: Scene) -> Told:
    out = Outputs()
    scene.intake.tick(NOW, out)
    return Told(out)


def _until_quiet(scene: Scene) -> tuple[list[Told], list[Told]]:
    """Ticks, and what becomes of the asks that come back, until there are none."""
    ticks: list[Told] = []
    answers: list[Told] = []
    while len(ticks) < 100:
        ticks.append(_tick(scene))
        asks = _asked(ticks[-1])
        if asks:
            answers.append(scene.process(section_record(scene.offset + n, one) for n, one in enumerate(asks)))
        elif len(ticks) > 1 and not _asked(ticks[-2]):
            return ticks, answers
    raise AssertionError("never quiet")


def test_a_day_that_opens_sends_the_item_that_waited_for_it() -> None:
    scene = Scene(districts(_closed()))
    assert (
        scene.tell(bound(SyncMode.AUTO), MAPPED, item()).outcomes[-1][2] == "DUE_DATE_OUTSIDE_MARKING_PERIOD"
    )
    _apply(scene, district())

    (ask,) = _asked(_tick(scene))

    assert (ask.tenant, ask.section, ask.actor) == (TENANT, "s", "intake")
    assert isinstance(ask.change, SyncRequested)
    assert (ask.change.items, ask.change.replay) == (("i1",), True)
    assert scene.tell(ask).outcomes == [("i1", "QUEUED", None)]
    assert _asked(_tick(scene)) == []


def test_other_clocks_give_an_item_another_day() -> None:
    scene = automatic()
    scene.tell(item(due=1_791_223_200_000))
    assert _until_quiet(scene)[1] == []

    _apply(scene, district(time_zone="Asia/Tokyo"))

    (told,) = _until_quiet(scene)[1]
    assert [one.due_date for one in told.desired()] == ["2026-10-06"]


@pytest.mark.parametrize(
    "config",
    [district(entitled=False), district(limits=Limits(title_max=3)), _closed(), district()],
    ids=["no entitlement", "a short title", "a day off", "the same"],
)
def test_what_is_there_is_left_as_it_is(config: DistrictConfig) -> None:
    # nothing is to be done in the SIS: last quarter's items do not turn red when it closes
    scene = automatic()
    scene.tell(item())

    _apply(scene, config)

    assert [_asked(told) for told in _until_quiet(scene)[0]] == [[], []]


@pytest.mark.parametrize(
    "changes",
    [
        [item(due=OPEN, published=False)],
        [item(), ItemDeleted(item="i1")],
        [item(title="")],
        [ScoresChanged(item="i1", scores=(Score(student="s1", points=1.0),))],
    ],
    ids=["a draft", "deleted", "refused for itself", "not told yet"],
)
def test_what_no_configuration_sends_is_not_asked_for(changes: list[Change]) -> None:
    scene = Scene(districts(_closed()))
    scene.tell(bound(SyncMode.AUTO), MAPPED, *changes)

    _apply(scene, district())

    assert _until_quiet(scene)[1] == []


def test_an_uncommon_item_is_asked_for_too() -> None:
    scene = Scene(districts(_closed()))
    scene.tell(bound(SyncMode.AUTO), MAPPED, item("é"))
    scene.tell(item("b"), ScoresChanged(item="b", scores=(Score(student="s1", points=1.0),)))

    _apply(scene, district())

    (told,) = _until_quiet(scene)[1]
    assert [one.item for one in told.desired()] == ["é", "b"]


def test_sections_where_teachers_click_are_left_alone() -> None:
    scene = Scene(districts(_closed()))
    scene.tell(bound(), MAPPED, item(), SyncRequested(run="r"))

    _apply(scene, district())

    assert _until_quiet(scene)[1] == []


def test_another_district_s_configuration_is_no_reason_to_look() -> None:
    scene = automatic()
    scene.tell(item())
    _until_quiet(scene)

    _apply(scene, district("other"))
    _tick(scene)

    assert _left(scene) == 0


def test_what_changed_while_nobody_looked_is_found_after_a_restore() -> None:
    first = Scene(districts(_closed()))
    rows = first.tell(bound(SyncMode.AUTO), MAPPED, item("a"), item("b", title="")).state
    scene = Scene(districts(district()), offset=first.offset)
    scene.intake.restore(list(compacted(rows)))

    (told,) = _until_quiet(scene)[1]

    assert told.outcomes == [("a", "QUEUED", None)]


def test_an_ask_that_was_lost_with_its_worker_is_made_again() -> None:
    first = Scene(districts(_closed()))
    rows = first.tell(bound(SyncMode.AUTO), MAPPED, item("a")).state
    _apply(first, district())
    assert len(_asked(_tick(first))) == 1
    heir = Scene(first.districts, offset=first.offset)
    heir.intake.restore(list(compacted(rows)))

    assert len(_asked(_tick(heir))) == 1


def _district(sections: int, items: int, config: DistrictConfig) -> Scene:
    scene = Scene(districts(config))
    for number in range(sections):
        scene.tell(bound(SyncMode.AUTO), MAPPED, section=f"s{number}")
        scene.tell(*(item(f"i{n}") for n in range(items)), section=f"s{number}")
    return scene


def test_a_large_district_is_no_herd() -> None:
    sections, items = 100, 25
    scene = _district(sections, items, _closed())
    _apply(scene, district())

    looked: list[int] = []
    asked: dict[str, int] = {}
    while sum(looked) < sections * items:
        before = _left(scene)
        batch = scene.tell(*NOTHING, section="busy")
        looked.append(before - _left(scene))
        for one in _asked(batch):
            assert isinstance(one.change, SyncRequested)
            assert one.section not in asked
            asked[one.section] = len(one.change.items or ())

    assert max(looked) <= AFTER_BATCH
    assert len(looked) >= sections * items // AFTER_BATCH
    assert asked == {f"s{n}": items for n in range(sections)}
    assert _until_quiet(scene)[1] == []


def _left(scene: Scene) -> int:
    """Items still to be looked at."""
    recheck = scene.intake._recheck
    if recheck._changes != scene.districts.changes:
        return sum(len(one.items) for one in recheck.sections.values())
    at_work = recheck._at_work
    begun = 0 if at_work is None else len(at_work.items) - at_work.done
    return begun + sum(len(recheck.sections[key].items) for key in recheck._waiting)


def test_a_tick_looks_further_than_a_batch_and_no_further_than_it_may() -> None:
    scene = _district(1, IN_TICK + 1, district(policies=BRAKE_OFF))
    _apply(scene, district(policies=BRAKE_OFF))

    _tick(scene)

    assert _left(scene) == 1


def test_of_items_that_take_longer_it_looks_at_fewer() -> None:
    scene = automatic()
    scene.tell(*(item(f"i{n}", title="é") for n in range(AFTER_BATCH)))
    _apply(scene, district())

    scene.tell(*NOTHING, section="busy")

    assert AFTER_BATCH - _left(scene) == math.ceil(AFTER_BATCH / UNCOMMON)


def test_a_change_that_unblocks_more_than_the_brake_lets_through_is_held() -> None:
    scene = _district(1, 101, _closed())
    _apply(scene, district(policies={}))

    (told,) = _until_quiet(scene)[1]

    assert {code for _, _, code in told.outcomes} == {"MASS_CHANGE_HELD"}
    assert _until_quiet(scene)[1] == []


def test_a_district_that_changes_while_it_is_looked_at_is_looked_at_again() -> None:
    scene = _district(2, AFTER_BATCH, _closed())
    _apply(scene, _closed("2026-10-06"))
    scene.tell(*NOTHING, section="busy")
    _apply(scene, district(policies=BRAKE_OFF))

    _, answers = _until_quiet(scene)

    assert {name for told in answers for name, _, _ in told.outcomes} == {f"i{n}" for n in range(AFTER_BATCH)}


def test_ids_of_any_length_fit_the_asks() -> None:
    scene = Scene(districts(_closed()))
    names = [f"{n:04}" + "x" * 1_000 for n in range(1_200)]
    scene.tell(bound(SyncMode.AUTO), MAPPED, *(item(name) for name in names))
    _apply(scene, district())

    asks = [one for _ in range(30) for one in _asked(_tick(scene))]

    found = [name for one in asks if isinstance(one.change, SyncRequested) for name in one.change.items or ()]
    assert sorted(found) == names
    assert len(asks) > 1


def test_a_mapping_decides_again_at_once_and_leaves_nothing_to_find() -> None:
    scene = automatic()
    scene.tell(item(), MappingChanged(categories=()), MAPPED)

    assert _until_quiet(scene)[1] == []
