"""Hostile changes, rows and districts: each a dead letter or a refused result, and the next change is served."""

import io
from dataclasses import replace

import pytest
from fastavro import schemaless_writer
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import MAX_RECORD, decode, encode
from schemas.district import DayOff
from schemas.gradebook import (
    CategoryMapping,
    Change,
    Choice,
    ConflictResolved,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemRestored,
    LogSeen,
    MappingChanged,
    ReviewRequested,
    RosterChanged,
    RosterEntry,
    ScoresChanged,
    Sis,
    SyncMode,
    SyncRequested,
)
from schemas.keys import item_key, partition_for, section_key
from schemas.records import to_avro
from schemas.registry import schemas
from schemas.results import TITLE_SHOWN
from schemas.state import ItemState
from streams.intake.admit import ID_BYTES
from streams.intake.fold import NEW_ITEM
from streams.stage import Batch
from tests.support.flow import TENANT, change, district
from tests.support.stages import Outputs, Taken
from tests.unit.streams.intake.scenes import (
    MAPPED,
    NOW,
    Scene,
    automatic,
    bound,
    compacted,
    districts,
    item,
    manual,
    section_record,
)

SYNC = SyncRequested(run="r")


def serves(scene: Scene) -> bool:
    """Whether the section still takes an item and a click."""
    told = scene.tell(item("after"), SyncRequested(run="after", items=("after",)))
    return [one.item for one in told.desired()] == ["after"]


# ---- ids


@pytest.mark.parametrize(
    "name",
    ["a/b", "a|b", "a%2Fb", "..", "a\x00b", "ñ", "a b", "💯" * 20, "x" * ID_BYTES, "é" * (ID_BYTES // 2)],
)
def test_an_item_of_any_name_goes_all_the_way_and_comes_back(name: str) -> None:
    scene = automatic()

    told = scene.tell(item(name))

    assert [(one.item, one.content.item) for one in told.desired()] == [(name, name)]
    assert told.out.rows[-1].key == item_key(TENANT, "s", name)
    restored = Scene()
    restored.intake.restore([*scene.tell(bound(SyncMode.AUTO), MAPPED).state, *told.state])
    assert restored.tell(SYNC).desired()[0].item == name


@pytest.mark.parametrize(
    "what",
    [
        item(""),
        item("x" * (ID_BYTES + 1)),
        item("é" * (ID_BYTES // 2 + 1)),
        ScoresChanged(item="", scores=()),
        ItemDeleted(item=""),
        ItemRestored(item=""),
        ConflictResolved(item="", choice=Choice.SEND_LMS),
        SyncRequested(run=""),
        SyncRequested(run="r" * 500_000),
        SyncRequested(run="r", items=("i1", "")),
        ReviewRequested(review=""),
        ReviewRequested(review="r", items=("",)),
        LogSeen(teacher="t" * (ID_BYTES + 1)),
        replace(bound(), school=""),
        replace(bound(), sis_section=""),
    ],
    ids=lambda what: type(what).__name__,
)
def test_a_change_with_an_impossible_id_is_one_dead_letter(what: Change) -> None:
    scene = manual()

    told = scene.tell(what)

    assert (told.dead, len(told.out.rows)) == (["VENDOR_DATA"], 1)
    assert serves(scene)


@pytest.mark.parametrize(
    "changed",
    [{"version": -1}, {"version": -(2**63)}, {"event": ""}, {"event": "e" * (ID_BYTES + 1)}],
    ids=["-1", "the least", "no event", "a long event"],
)
@pytest.mark.parametrize("scene", [manual, automatic])
def test_a_version_below_zero_and_an_impossible_event_are_one_dead_letter(
    changed: dict[str, object], scene: object
) -> None:
    made: Scene = scene()  # type: ignore[operator]

    told = made.tell(replace(change("s", "e", 1, item()), **changed))  # type: ignore[arg-type]

    assert (told.dead, len(told.out.rows)) == (["VENDOR_DATA"], 1)
    assert serves(made)


def test_an_empty_district_or_section_is_one_dead_letter() -> None:
    scene = manual()

    told = scene.process(
        section_record(9, replace(change("s", "e", 1, item()), **emptied))  # type: ignore[arg-type]
        for emptied in ({"tenant": ""}, {"section": ""})
    )

    assert told.dead == ["VENDOR_DATA", "VENDOR_DATA"]


@pytest.mark.parametrize(
    "key", [b"demo/s%2f", b"demo/%73", b"demo/s/", b"demo", b"", b"\xff/\xff", b"demo/S"]
)
def test_a_key_that_is_not_the_section_s_own_is_one_dead_letter(key: bytes) -> None:
    scene = manual()

    told = scene.process([Taken(9, key, encode(change("s", "e9", 9, item())))])

    assert (told.dead, len(told.out.rows)) == (["WRONG_KEY"], 1)


def test_a_change_without_a_key_is_one_dead_letter() -> None:
    told = manual().process([Taken(9, None, encode(change("s", "e9", 9, item())))])

    assert told.dead == ["NULL_KEY"]


def test_the_highest_version_is_taken_and_nothing_after_it() -> None:
    scene = manual()

    told = scene.tell(change("s", "e", 2**63 - 1, item(title="last")), item(title="later"), SYNC)

    assert [one.content.title for one in told.desired()] == ["last"]


# ---- sizes


def _long_roster(students: int) -> RosterChanged:
    return RosterChanged(
        students=tuple(RosterEntry(student=f"{n}-{'x' * 80}", sis_student="1") for n in range(students))
    )


def _long_mapping(rows: int) -> MappingChanged:
    return MappingChanged(
        categories=tuple(CategoryMapping(category=f"{n}-{'x' * 80}", sis_category="H") for n in range(rows))
    )


def test_a_roster_and_a_mapping_too_large_for_one_row_end_in_a_dead_letter_and_the_first_counts() -> None:
    scene = manual()

    told = scene.tell(_long_roster(7_000), _long_mapping(7_000))

    assert told.dead == ["VENDOR_DATA"]
    assert [row.key for row in told.state] == [section_key(TENANT, "s")]
    assert serves(scene)  # with the mapping there was


def test_an_item_that_does_not_fit_with_its_roster_is_refused() -> None:
    scene = manual()
    scene.tell(_long_roster(7_000))

    told = scene.tell(item(description="d" * 400_000), SYNC)

    assert told.outcomes[-1] == ("i1", "ERROR", "ITEM_TOO_LARGE")
    assert told.desired() == []


def test_long_ids_of_the_click_always_fit_beside_the_largest_item() -> None:
    scene = manual()
    sizes: set[str | None] = set()
    long = "r" * ID_BYTES
    for size in range(MAX_RECORD - 6_000, MAX_RECORD - 500, 53):
        told = scene.tell(
            item(description="d" * size),
            change("s", "e" * ID_BYTES, 1, SyncRequested(run=long, items=("i1",))),
        )
        sizes.update(code for _, _, code in told.outcomes)

    assert "ITEM_TOO_LARGE" in sizes  # the walk did cross the border


def test_an_endless_title_is_shown_short_and_told_in_a_small_result() -> None:
    scene = manual()

    told = scene.tell(item(title="é" * 400_000), SYNC)

    assert told.outcomes[-1] == ("i1", "ERROR", "TITLE_TOO_LONG")
    assert {len(one.title) for one in told.results} == {TITLE_SHOWN}
    assert max(map(len, told.out.of("sync.results"))) < 4_000


def test_single_scores_that_outgrow_the_item_s_row_are_one_dead_letter() -> None:
    scene = manual()
    comment = "c" * 300_000

    told = scene.tell(
        *(ScoresChanged(item="i1", scores=(replace(item().scores[0], student=f"s{n}", comment=comment),))  # type: ignore[index]
        for n in range(5))
    )  # fmt: skip

    assert told.dead == ["ITEM_TOO_LARGE"] * 2
    assert serves(scene)


def test_a_review_of_more_items_than_fit_is_cut_and_says_how_many_there_are() -> None:
    scene = manual()
    names = [f"{n}-{'é' * 200}" for n in range(1_500)]
    scene.tell(*(item(name, title="漢" * 300) for name in names))

    (review,) = scene.tell(ReviewRequested(review="q")).reviews

    assert review.total == len(names)
    assert 100 < len(review.items) < len(names)
    assert [row.item for row in review.items] == names[: len(review.items)]


def test_a_day_off_with_an_endless_title_is_told_short() -> None:
    config = district()
    school = replace(config.schools[0], days_off=(_day_off("2026-10-05", "t" * 990_000),))
    scene = Scene(districts(replace(config, schools=(school,))))

    told = scene.tell(bound(), MAPPED, item(), SYNC)

    assert told.outcomes[-1] == ("i1", "ERROR", "DUE_DATE_OUTSIDE_MARKING_PERIOD")
    assert max(map(len, told.out.of("sync.results"))) < 4_000


def _day_off(day: str, title: str) -> DayOff:
    return DayOff(first_day=day, last_day=day, title=title)


# ---- partitions


def _elsewhere(partitions: int) -> str:
    return next(f"s{n}" for n in range(99) if partition_for(section_key(TENANT, f"s{n}"), partitions) == 2)


def test_a_change_on_the_wrong_partition_is_sent_home_as_it_is_and_not_folded() -> None:
    scene = Scene(partitions=4)
    section = _elsewhere(4)
    record = section_record(0, change(section, "e", 1, item()))
    record.headers = (("a", b"1"), ("a", None))

    told = scene.process([record])

    (row,) = told.out.rows
    assert (row.topic, row.partition, row.key, row.value) == (
        "gradebook.changes", 2, record.key, record.value,
    )  # fmt: skip
    assert row.headers == (("a", b"1"), ("a", None))
    assert scene.intake._memory.sections == {}


def test_a_change_that_is_sent_home_keeps_its_time() -> None:
    times: list[object] = []

    class Timed(Outputs):
        def append(self, *row: object, **_: object) -> None:
            times.append(row[5])

    record = section_record(0, change(_elsewhere(4), "e", 1, item()))
    record.timestamp = NOW

    Scene(partitions=4).intake.process(Batch("gradebook.changes", 0, [record], 0, 1), Timed())

    assert times == [NOW]


def test_a_misplaced_record_that_is_bad_is_one_dead_letter_and_not_sent_round() -> None:
    scene = Scene(partitions=4)
    record = section_record(0, change(_elsewhere(4), "e", 1, item()))

    told = scene.process([Taken(0, record.key, b"\x00junk"), Taken(1, b"wrong", record.value)])

    assert told.dead == ["UNKNOWN_SCHEMA", "WRONG_KEY"]
    assert len(told.out.rows) == 2


# ---- the topic's own rows


@pytest.mark.parametrize(
    ("key", "row"),
    [
        (b"\xff/\xfe", b""),
        (b"demo", b""),
        (b"", b""),
        (b"demo/s/i/j", None),
        (b"demo//i", None),
        (b"demo/s/%zz", None),
        (b"demo/s/\xff", b"\x00\x00\x00\x00\x01"),
        (b"demo/s", b"junk"),
        (b"demo/s", b""),
        (b"demo/s/i1", b"junk"),
        (b"demo/s/i1", b"\x00\xff\xff\xff\xff\x02"),
        (b"demo/s/i1", encode(change("s", "e", 1, item()))),
        (b"demo/s", encode(change("s", "e", 1, item()))),
    ],
)
def test_a_foreign_row_is_passed_by_at_restore(key: bytes, row: bytes | None) -> None:
    before = manual()
    rows = before.tell(bound(), MAPPED, item()).state
    scene = Scene()

    scene.intake.restore([*rows, Taken(90, key, row), Taken(91, None, None)])

    assert [one.item for one in scene.tell(SYNC).desired()] == ["i1"]


def test_a_row_that_is_unreadable_inside_costs_one_item_its_past_and_nothing_else() -> None:
    scene = manual()
    told = scene.tell(item("i1"), item("i2"), bound(), MAPPED)
    good = next(row for row in told.state if row.key == b"demo/s/i1")
    scene = Scene()
    scene.intake.restore([*told.state, Taken(90, good.key, (good.value or b"")[:-3])])

    clicked = scene.tell(SYNC)

    assert clicked.dead == []
    assert [one.item for one in clicked.desired()] == ["i2"]
    assert {one.item for one in scene.tell(item("i1"), SYNC).desired()} == {"i1", "i2"}


@given(st.binary(max_size=60), st.none() | st.binary(max_size=60))
def test_no_row_of_gradebook_state_stops_a_restore_or_a_repair(key: bytes, row: bytes | None) -> None:
    scene = Scene()

    scene.intake.restore([Taken(0, key, row)])
    scene.intake.overwritten([Taken(0, key, row)], Outputs())

    assert scene.tell(bound(), MAPPED, item(), SYNC).desired() != []


def test_older_rows_of_a_paused_worker_are_written_over_and_others_left() -> None:
    scene = manual()
    older = scene.tell(item(title="older")).state
    newer = scene.tell(item(title="newer")).state
    out = Outputs()

    scene.intake.overwritten(
        [*older, *newer, Taken(7, b"demo/other", b"x"), Taken(8, b"junk", b"x"), Taken(9, None, b"x")], out
    )

    assert [(row.topic, row.key, row.value) for row in out.rows] == [
        ("gradebook.state", newer[0].key, newer[0].value)
    ]


def test_a_tombstone_takes_an_item_or_a_section_back_to_what_it_was_before() -> None:
    scene = manual()
    rows = scene.tell(item(), bound(), MAPPED).state
    scene = Scene()

    scene.intake.restore([*rows, Taken(9, b"demo/s/i1", None), Taken(9, b"demo/s", None)])

    assert scene.tell(SyncRequested(run="r", items=("i1",))).outcomes == [("i1", "ERROR", "ITEM_UNKNOWN")]


# ---- decisions across changes


@pytest.mark.parametrize("again", [bound(SyncMode.AUTO), MAPPED, RosterChanged(students=())])
def test_a_section_change_that_comes_again_asks_again(again: Change) -> None:
    # its row may be durable and its decisions lost: they leave in the same epoch for different partitions
    scene = automatic()
    scene.tell(item())
    told = change("s", "e9", 99, again)
    first = scene.tell(told)

    second = scene.tell(told)

    assert [one.item for one in first.desired()] == [one.item for one in second.desired()] == ["i1"]


def test_an_older_section_change_asks_for_nothing() -> None:
    scene = automatic()
    scene.tell(item())

    assert scene.tell(change("s", "e", 0, MappingChanged(categories=()))).out.rows == []


def test_saving_a_mapping_syncs_the_items_it_unblocks_in_automatic_mode() -> None:
    scene = Scene()
    assert scene.tell(bound(SyncMode.AUTO), item()).outcomes[-1] == ("i1", "ERROR", "CATEGORY_REQUIRED")

    assert scene.tell(MAPPED).outcomes == [("i1", "QUEUED", None)]


def test_an_answer_to_a_conflict_reaches_delivery_though_a_newer_change_follows_in_the_batch() -> None:
    scene = automatic()
    scene.tell(item())

    told = scene.tell(ConflictResolved(item="i1", choice=Choice.SEND_LMS), item(title="newer"))

    assert [(one.choice, one.content.title) for one in told.desired()] == [
        (Choice.SEND_LMS, "Lab 1"),
        (None, "newer"),
    ]


@pytest.mark.parametrize("mode", list(SyncMode))
def test_a_copy_of_an_answer_to_a_conflict_changes_nothing(mode: SyncMode) -> None:
    # a publisher that is not sure sends it again: an edit made in the SIS since must not be overwritten a second time
    scene = Scene()
    answer = change("s", "answer", 50, ConflictResolved(item="i1", choice=Choice.SEND_LMS))
    older = change("s", "older", 49, ConflictResolved(item="i1", choice=Choice.ADOPT))
    scene.tell(bound(mode), MAPPED, item(), SYNC)
    assert [one.choice for one in scene.tell(answer).desired()] == [Choice.SEND_LMS]

    scene.tell(item(title="edited"))
    told = scene.tell(answer, older)

    assert told.out.rows == []
    assert [one.choice for one in scene.tell(SYNC).desired()] == [None]


def test_the_record_of_an_answer_that_comes_again_answers_again() -> None:
    # it may have died before its decision was out
    scene = manual()
    scene.tell(item(), SYNC)
    record = section_record(
        scene.offset, change("s", "answer", 50, ConflictResolved(item="i1", choice=Choice.SEND_LMS))
    )

    first, again = scene.process([record]), scene.process([record])

    assert [one.choice for one in (*first.desired(), *again.desired())] == [Choice.SEND_LMS] * 2


def test_a_row_written_before_answers_had_a_stamp_is_read() -> None:
    old = replace(NEW_ITEM, version=1, event="e", choice=Choice.KEEP_SIS)
    fields = to_avro(old)
    body = io.BytesIO()
    schemaless_writer(body, schemas().released("ItemState", 1), fields)

    assert decode(ItemState, b"\x00" + (302).to_bytes(4, "big") + body.getvalue()) == old


def test_an_answer_to_a_conflict_survives_a_refusal_and_is_used_once() -> None:
    scene = automatic()
    scene.tell(item())

    refused = scene.tell(MappingChanged(categories=()), ConflictResolved(item="i1", choice=Choice.KEEP_SIS))
    accepted = scene.tell(MAPPED)

    assert refused.outcomes[-1] == ("i1", "ERROR", "CATEGORY_REQUIRED")
    assert [one.choice for one in accepted.desired()] == [Choice.KEEP_SIS]
    assert [one.choice for one in scene.tell(SYNC).desired()] == [None]


def test_many_changes_of_one_item_in_a_batch_are_one_desired_item_the_newest() -> None:
    told = automatic().tell(*(item(title=f"Lab {n}") for n in range(1_000)))

    assert [one.content.title for one in told.desired()] == ["Lab 999"]
    assert len(told.state) == 1


def test_rebinding_to_another_system_sends_later_items_there_and_no_more_to_the_first() -> None:
    # what the first system has stays: it is the grade of record of the time before
    scene = automatic()
    scene.tell(item())
    scene.districts.take(b"demo", encode(district(sis=Sis.AERIES)))

    moved = scene.tell(bound(SyncMode.AUTO, Sis.AERIES, "a9"))
    edited = scene.tell(item(title="Lab 1b"))

    assert [one.sis_section for one in moved.desired(Sis.AERIES)] == ["a9"]
    assert [one.content.title for one in edited.desired(Sis.AERIES)] == ["Lab 1b"]
    assert moved.desired() == edited.desired() == []


def test_rebinding_to_another_section_sends_the_item_again_under_its_one_key() -> None:
    scene = automatic()
    first = scene.tell(item())

    second = scene.tell(bound(SyncMode.AUTO, sis_section="c2"))

    assert [one.sis_section for one in (*first.desired(), *second.desired())] == ["c1", "c2"]
    keys = {row.key for told in (first, second) for row in told.out.rows if row.topic == "sis.eschoolplus"}
    assert keys == {item_key(TENANT, "s", "i1")}


def test_a_configuration_that_comes_later_is_used_from_the_next_change_on() -> None:
    scene = Scene(districts())
    assert scene.tell(bound(SyncMode.AUTO), MAPPED, item()).outcomes[-1] == (
        "i1",
        "ERROR",
        "DISTRICT_UNKNOWN",
    )

    scene.districts.take(b"demo", encode(district()))
    assert scene.tell(item()).outcomes == [("i1", "QUEUED", None)]

    scene.districts.take(b"demo", encode(district(entitled=False)))
    assert scene.tell(item()).outcomes == [("i1", "ERROR", "DISTRICT_NOT_ENTITLED")]


def _look(version: int, written_at: int, teacher: str = "t1", event: str = "e") -> Taken:
    seen = GradebookChange(
        tenant=TENANT, section="s", event=event, version=version, occurred_at=1, change=LogSeen(teacher=teacher)
    )  # fmt: skip
    record = section_record(version, seen)
    record.timestamp = written_at
    return record


def test_a_log_is_seen_when_the_look_was_written_however_late_we_hear_of_it() -> None:
    scene = manual()

    (late,) = scene.process([_look(1, NOW - 60_000)]).results
    (ahead,) = scene.process([_look(2, NOW + 60_000)]).results
    (timeless,) = scene.process([_look(3, -1)]).results

    assert (late.seen_by, late.at, late.item, late.version) == ("t1", NOW - 60_000, "", 1)
    assert ahead.at == timeless.at == NOW


def test_of_a_teacher_s_looks_the_highest_version_counts_and_a_copy_is_when_the_first_was() -> None:
    scene = manual()
    scene.process([_look(5, NOW - 60_000)])

    (copy,) = scene.process([_look(5, NOW)]).results
    assert copy.at == NOW - 60_000
    assert scene.process([_look(4, NOW), _look(5, NOW, event="d")]).out.rows == []
    assert [one.at for one in scene.process([_look(5, NOW, event="f")]).results] == [NOW]
    assert [one.seen_by for one in scene.process([_look(1, NOW, "t2")]).results] == ["t2"]


def test_looks_survive_a_restore() -> None:
    scene = manual()
    rows = scene.process([_look(5, NOW - 60_000)]).state
    restored = Scene()
    restored.intake.restore(rows)

    assert [one.at for one in restored.process([_look(5, NOW)]).results] == [NOW - 60_000]
    assert restored.process([_look(4, NOW)]).results == []


def test_a_restored_partition_knows_what_the_first_one_knew() -> None:
    scene = automatic()
    rows = [*scene.tell(bound(SyncMode.AUTO), MAPPED, item("i1"), item("i2"), ItemDeleted(item="i2")).state]
    restored = Scene(offset=scene.offset)
    restored.intake.restore(list(compacted(rows)))

    assert restored.tell(SYNC).out.rows == scene.tell(SYNC).out.rows


def test_a_state_row_says_what_was_folded() -> None:
    (row,) = manual().tell(item()).state

    state = decode(ItemState, row.value)
    assert (state.version, state.content, state.asked, state.routed) == (2, item(), False, False)
    assert isinstance(state.content, ItemChanged)
