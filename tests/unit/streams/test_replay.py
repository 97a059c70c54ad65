"""What a replay would ask for, from the records of a range. Pure: no broker here."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import codec
from schemas.codec import decode, encode
from schemas.gradebook import (
    Change,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemKind,
    ItemRestored,
    LogSeen,
    ReviewRequested,
    Score,
    ScoresChanged,
    SyncRequested,
)
from streams.follow import Read
from streams.replay import (
    MOST_ITEMS,
    RunMismatch,
    SectionPlan,
    Selection,
    new_run,
    plan,
    request,
    started_ms,
)

NOW = 1_795_529_109_250
RANGE = Selection(from_ms=0)


def _changed(item: str) -> ItemChanged:
    return ItemChanged(item=item, kind=ItemKind.TEST, title="Quiz", scores=(Score(student="s", points=1.0),))


def _event(change: Change, tenant: str = "north", section: str = "algebra", at: int = NOW) -> Read:
    whole = GradebookChange(
        tenant=tenant, section=section, event="e", version=1, occurred_at=at, change=change
    )
    return Read(0, 0, at, b"key", encode(whole))


def test_changes_of_content_are_found_and_commands_are_not() -> None:
    records = [
        _event(_changed("a"), at=NOW + 5),
        _event(_changed("a"), at=NOW),
        _event(ScoresChanged(item="b", scores=(Score(student="s", points=0.0),))),
        _event(ItemDeleted(item="c"), section="geometry"),
        _event(ItemRestored(item="c"), section="geometry"),
        _event(_changed("a"), tenant="south"),
        _event(SyncRequested(run="r")),
        _event(ReviewRequested(review="r")),
        _event(LogSeen(teacher="t")),
    ]
    planned = plan(records, RANGE)
    assert planned.sections == (
        SectionPlan(tenant="north", section="algebra", items=("a", "b")),
        SectionPlan(tenant="north", section="geometry", items=("c",)),
        SectionPlan(tenant="south", section="algebra", items=("a",)),
    )
    assert (planned.items, planned.events, planned.skipped, planned.unreadable) == (4, 6, 3, 0)
    assert (planned.first_ms, planned.last_ms) == (NOW, NOW + 5)


def test_only_what_was_selected_is_planned() -> None:
    records = [
        _event(_changed("a"), tenant, section)
        for tenant in ("north", "south")
        for section in ("algebra", "geometry")
    ]

    def planned(selection: Selection) -> list[tuple[str, str, object]]:
        return [(one.tenant, one.section, one.items) for one in plan(records, selection).sections]

    assert planned(Selection(tenant="north", section="algebra")) == [("north", "algebra", None)]
    assert planned(Selection(section="algebra", from_ms=0)) == [
        ("north", "algebra", ("a",)),
        ("south", "algebra", ("a",)),
    ]
    assert planned(Selection(tenant="south", from_ms=0)) == [
        ("south", "algebra", ("a",)),
        ("south", "geometry", ("a",)),
    ]
    assert planned(Selection(tenant="east", from_ms=0)) == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"{}",
        encode(
            GradebookChange(
                tenant="t", section="s", event="e", version=1, occurred_at=1, change=_changed("a")
            )
        )[:-9],
        encode(codec.decode(GradebookChange, _event(_changed("a")).value)).replace(
            b"\x00\x00\x00\x00", b"\x00\xff\xff\xff", 1
        ),
    ],
)
def test_the_unreadable_is_counted_and_passed_by(value: bytes | None) -> None:
    planned = plan([Read(0, 0, NOW, b"k", value), _event(_changed("a"))], RANGE)
    assert (planned.unreadable, planned.events, len(planned.sections)) == (1, 1, 1)


def test_nothing_found_is_an_empty_plan() -> None:
    planned = plan([], RANGE)
    assert (planned.sections, planned.events, planned.first_ms, planned.last_ms) == ((), 0, None, None)


def test_a_section_with_very_many_items_is_asked_for_as_a_whole() -> None:
    records = [_event(ItemDeleted(item=f"i{n}")) for n in range(MOST_ITEMS + 1)]
    assert plan(records[:-1], RANGE).sections[0].items is not None
    assert plan(records, RANGE).sections[0].items is None


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from("123")), max_size=20),
    st.randoms(use_true_random=False),
)
def test_order_and_repetition_do_not_matter(events: list[tuple[str, str, str]], random: object) -> None:
    records = [_event(ItemDeleted(item=item), tenant, section) for tenant, section, item in events]
    assert plan(records, RANGE) == plan(_shuffled(records, random), RANGE)
    assert plan([*records, *records], RANGE).sections == plan(records, RANGE).sections


def _shuffled(records: Iterable[Read], random: object) -> list[Read]:
    mixed = list(records)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    return mixed


def test_a_request_is_the_same_however_often_it_is_made_and_names_its_run() -> None:
    run = new_run(RANGE, NOW)
    one = SectionPlan(tenant="north", section="algebra", items=("a",))
    made = request(one, run, started_ms(run, RANGE))
    assert encode(made) == encode(request(one, run, started_ms(run, RANGE)))
    assert (made.version, made.occurred_at, made.actor) == (NOW, NOW, "replay")
    assert decode(GradebookChange, encode(made)).change == SyncRequested(run=run, items=("a",), replay=True)
    assert made.event != request(replace(one, section="geometry"), run, NOW).event


@given(st.integers(0, 253_402_300_799_999))
def test_a_run_id_tells_when_it_started(now: int) -> None:
    assert started_ms(new_run(RANGE, now), RANGE) == now


@pytest.mark.parametrize(
    "run", ["", "replay-x", "click-1", "replay-20269924T000000.000Z-" + RANGE.hash, new_run(RANGE, NOW) + "x"]
)
def test_what_is_no_run_is_refused(run: str) -> None:
    with pytest.raises(RunMismatch, match="not the id of a replay"):
        started_ms(run, RANGE)


def test_a_run_goes_on_only_with_its_own_arguments() -> None:
    run = new_run(RANGE, NOW)
    for other in (Selection(from_ms=1), Selection(section="s"), Selection(from_ms=0, tenant="north")):
        with pytest.raises(RunMismatch, match="other arguments"):
            started_ms(run, other)


@pytest.mark.parametrize(
    "selection",
    [{}, {"tenant": "north"}, {"to_ms": 5}, {"from_ms": 5, "to_ms": 5}, {"from_ms": 6, "to_ms": 5}],
)
def test_a_selection_of_nothing_or_of_everything_is_refused(selection: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"say what to replay|ends before"):
        Selection(**selection)  # type: ignore[arg-type]
