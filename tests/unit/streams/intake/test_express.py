"""The short way ends in the same state, desired items and results as the long way, to the byte."""

from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import splice
from schemas.codec import decode, encode
from schemas.desired import DesiredItem
from schemas.gradebook import (
    CategoryMapping,
    Change,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemKind,
    MappingChanged,
    RosterChanged,
    RosterEntry,
    RosterStatus,
    Score,
    ScoreFlag,
    ScoresChanged,
    SectionBound,
    Sis,
    SyncMode,
    SyncRequested,
)
from schemas.keys import section_key, tenant_key
from schemas.topics import TopicNames
from streams.districts import Districts
from streams.intake.asks import Ask
from streams.intake.express import Express
from streams.intake.memory import Section
from streams.intake.route import Asked
from streams.intake.stage import IntakePartition, IntakeStage
from streams.stage import Batch
from tests.support.flow import TENANT, district
from tests.support.stages import Outputs, Put, Taken
from tests.unit.schemas.test_shape import mutated
from tests.unit.streams.intake.strategies import clicks, histories, item_changed, item_changes

NOW = 1_790_000_000_000


class LongWay(Express):
    """Never takes a change."""

    def take(self, *_: object) -> bool:
        return False

    def decide(self, *_: object) -> bool:
        return False


def _partition(express: type[Express] | None = None) -> IntakePartition:
    districts = Districts()
    districts.take(tenant_key(TENANT), encode(district()))
    partition = IntakeStage(TopicNames(), 1, districts, clock=lambda: NOW).assign(0)
    if express is not None:
        partition._express = express(partition._desire, partition._tell)
    return partition


def _section(mode: SyncMode) -> list[Change]:
    return [
        SectionBound(sis=Sis.ESCHOOLPLUS, sis_section="c1", school="high", sis_teacher="t", mode=mode),
        MappingChanged(categories=(CategoryMapping(category="hw", sis_category="H"),)),
        RosterChanged(
            students=(
                RosterEntry(student="s1", sis_student="1001"),
                RosterEntry(student="s2"),
                RosterEntry(student="s3", status=RosterStatus.DROPPED),
            )
        ),
    ]


def _run(partition: IntakePartition, changes: list[GradebookChange], offset: int) -> list[Put]:
    out = Outputs()
    records = [
        Taken(offset + n, section_key(change.tenant, change.section), encode(change))
        for n, change in enumerate(changes)
    ]
    partition.process(Batch("gradebook.changes", 0, records, offset, offset + len(records)), out)
    return out.rows


@settings(max_examples=150)
@given(
    st.sampled_from(list(SyncMode)),
    histories(lambda: st.one_of(item_changed("i1"), item_changed("i2"), item_changes("i1"), clicks)),
)
def test_both_ways_put_out_the_same_bytes(mode: SyncMode, history: list[GradebookChange]) -> None:
    section = [
        GradebookChange(tenant=TENANT, section="s", event=f"b{n}", version=n, occurred_at=0, change=what)
        for n, what in enumerate(_section(mode))
    ]
    changes = [*section, *(_of(TENANT, change) for change in history)]
    short, long = _partition(), _partition(LongWay)

    # one by one, so that nothing of an item is coalesced within a batch
    for offset, change in enumerate(changes):
        assert _run(short, [change], offset) == _run(long, [change], offset)


def _fields(item: ItemChanged) -> dict[str, Any]:
    return {field.name: getattr(item, field.name) for field in dataclass_fields(item)}


def _of(tenant: str, change: GradebookChange) -> GradebookChange:
    return GradebookChange(
        tenant=tenant,
        section="s",
        event=change.event,
        version=change.version,
        occurred_at=5,
        change=change.change,
    )


def test_the_common_change_does_go_the_short_way() -> None:
    # otherwise the comparison above would compare the long way with itself
    partition = _partition()
    _run(partition, [_common(n, what) for n, what in enumerate(_section(SyncMode.AUTO))], 0)
    item = ItemChanged(
        item="i1", kind=ItemKind.TEST, title="Lab 1", category="hw", due="2026-10-05", points=10.0,
        scores=(Score(student="s1", points=0.0),),
    )  # fmt: skip
    section = partition._memory.sections[section_key(TENANT, "s")]
    section.prepare(partition._stage.districts.get(TENANT))
    partition._out = Outputs()

    assert partition._express.take(section, encode(_common(9, item)), 9)

    (((topic, _), sent),) = partition._desired.items()
    (value,) = sent.values()
    assert topic == "sis.eschoolplus"
    desired = decode(DesiredItem, value)
    assert (desired.content, desired.sis_category, desired.due_date) == (item, "H", "2026-10-05")
    assert [entry.student for entry in desired.students] == ["s1", "s3"]


def _common(version: int, what: Change) -> GradebookChange:
    return GradebookChange(
        tenant=TENANT, section="s", event=f"e{version}", version=version, occurred_at=0, change=what
    )


def _take(value: bytes) -> bool:
    """Whether a bound automatic section takes these bytes the short way."""
    partition = _partition()
    _run(partition, [_common(n, what) for n, what in enumerate(_section(SyncMode.AUTO))], 0)
    section = partition._memory.sections[section_key(TENANT, "s")]
    section.prepare(partition._stage.districts.get(TENANT))
    partition._out = Outputs()
    return partition._express.take(section, value, 9)


_WHOLE = ItemChanged(
    item="i1", kind=ItemKind.TEST, title="Lab 1", category="hw", due="2026-10-05", points=10.0,
    scores=(Score(student="s1", points=0.0), Score(student="s2", letter="A")),
)  # fmt: skip


def _raw(partition: IntakePartition, value: bytes) -> list[Put]:
    out = Outputs()
    record = Taken(9, section_key(TENANT, "s"), value)
    partition.process(Batch("gradebook.changes", 0, [record], 9, 10), out)
    return out.rows


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(list(SyncMode)), mutated(encode(_common(9, _WHOLE))))
def test_no_mutation_of_the_bytes_goes_another_way_short_than_long(mode: SyncMode, value: bytes) -> None:
    short, long = _partition(), _partition(LongWay)
    bound = [_common(n, what) for n, what in enumerate(_section(mode))]
    assert _run(short, bound, 0) == _run(long, bound, 0)

    assert _raw(short, value) == _raw(long, value)


_SCORE = splice.string("s1") + b"\x00\x00\x00\x00"
_UNTIL_COUNT = encode(_common(9, ItemChanged(**{**_fields(_WHOLE), "scores": ()})))[:-1]


@pytest.mark.parametrize(
    ("count", "rest"),
    [
        (b"\x01", b""),
        (b"\x01", b"\x0c" + _SCORE + b"\x00"),
        (b"\x03", _SCORE + b"\x00"),
        (b"\x80", _SCORE * 64 + b"\x00"),
        (b"\x81", _SCORE * 64 + b"\x00"),
        (b"\x02", b"\x00"),
        (b"\x02", _SCORE),
        (b"\x02", _SCORE + b"\x00\x00"),
        (b"\x04", _SCORE + b"\x00"),
        (b"", b""),
    ],
    ids=[
        "-1 and the end",
        "-1 and a size",
        "-2",
        "64",
        "-65",
        "1 of 0",
        "no end",
        "two ends",
        "2 of 1",
        "none",
    ],
)
def test_a_list_whose_count_is_not_what_follows_never_goes_the_short_way(count: bytes, rest: bytes) -> None:
    assert not _take(_UNTIL_COUNT + count + rest)


def test_a_list_with_its_count_goes_the_short_way() -> None:
    # the positive control of the test above
    assert _take(_UNTIL_COUNT + b"\x00")
    assert _take(_UNTIL_COUNT + b"\x02" + _SCORE + b"\x00")
    assert _take(_UNTIL_COUNT + b"\x7e" + _SCORE * 63 + b"\x00")


def test_a_version_below_zero_never_goes_the_short_way() -> None:
    assert _take(encode(_common(0, _WHOLE)))
    assert not _take(encode(_common(-1, _WHOLE)))


_TYPED = ScoresChanged(
    item="i1",
    scores=(Score(student="s3", points=2.5), Score(student="s1", flags=(ScoreFlag.LATE,), comment="ok")),
)


def _common_scores() -> st.SearchStrategy[tuple[Score, ...]]:
    one = st.builds(
        Score,
        student=st.sampled_from(["s1", "s2", "s3", "s10", "S4"]),
        points=st.none() | st.sampled_from([0.0, 7.5]),
        letter=st.none() | st.just("A"),
        flags=st.lists(st.sampled_from(list(ScoreFlag)), max_size=2, unique=True).map(tuple),
        comment=st.none() | st.just("well done"),
    )
    return st.lists(one, max_size=4).map(tuple)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(list(SyncMode)),
    st.lists(
        st.tuples(
            st.integers(0, 4),
            st.integers(0, 3),
            st.builds(lambda scores: ScoresChanged(item="i1", scores=scores), _common_scores())
            | st.builds(lambda scores: replace(_WHOLE, scores=scores), st.none() | _common_scores())
            | st.sampled_from(
                [ItemDeleted(item="i1"), replace(_WHOLE, category=None), SyncRequested(run="r")]
            ),
        ),
        max_size=8,
    ),
)
def test_single_scores_end_the_same_both_ways(mode: SyncMode, history: list[tuple[int, int, Change]]) -> None:
    short, long = _partition(), _partition(LongWay)
    told = [(n, n, what) for n, what in enumerate([*_section(mode), _WHOLE])] + history
    # few event ids: the same stamp again, with the same scores and with others
    changes = [replace(_common(version, what), event=f"e{event}") for version, event, what in told]

    for offset, change in enumerate(changes):
        assert _run(short, [change], offset) == _run(long, [change], offset)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(list(SyncMode)), mutated(encode(_common(9, _TYPED))))
def test_no_mutation_of_single_scores_goes_another_way_short_than_long(mode: SyncMode, value: bytes) -> None:
    short, long = _partition(), _partition(LongWay)
    known = [_common(n, what) for n, what in enumerate([*_section(mode), _WHOLE])]
    assert _run(short, known, 0) == _run(long, known, 0)

    assert _raw(short, value) == _raw(long, value)
    assert _run(short, [_common(10, _TYPED)], 10) == _run(long, [_common(10, _TYPED)], 10)


@pytest.mark.parametrize("mode", list(SyncMode))
def test_single_scores_do_go_the_short_way(mode: SyncMode) -> None:
    partition = _partition()
    _run(partition, [_common(n, what) for n, what in enumerate([*_section(mode), _WHOLE])], 0)
    section = partition._memory.sections[section_key(TENANT, "s")]
    partition._out = Outputs()

    for version in (9, 10, 10):  # the first, a newer one, and that again
        assert partition._express.take(section, encode(_common(version, _TYPED)), version)

    state = section.item(b"i1")
    assert [(patch.version, patch.score.student) for patch in state.patches] == [(10, "s1"), (10, "s3")]
    assert state.content == _WHOLE


@pytest.mark.parametrize("mode", list(SyncMode))
def test_single_scores_that_come_again_write_no_row(mode: SyncMode) -> None:
    short, long = _partition(), _partition(LongWay)
    told = [*(_common(n, what) for n, what in enumerate([*_section(mode), _WHOLE])), _common(9, _TYPED)]
    for partition in (short, long):
        _run(partition, told, 0)

    again = _run(short, told[-1:], 5)

    assert again == _run(long, told[-1:], 5)
    assert "gradebook.state" not in {row.topic for row in again}


@pytest.mark.parametrize(
    "what",
    [
        ScoresChanged(item="i2", scores=_TYPED.scores),
        ScoresChanged(item="i1", scores=()),
        ScoresChanged(item="i1", scores=(Score(student=""),)),
        ScoresChanged(item="i1", scores=(Score(student="é"),)),
        ScoresChanged(item="i1", scores=(Score(student="s1", points=float("inf")),)),
    ],
    ids=["no such item", "no scores", "no student", "not ASCII", "no number"],
)
def test_uncommon_single_scores_go_the_long_way(what: ScoresChanged) -> None:
    partition = _partition()
    _run(partition, [_common(n, one) for n, one in enumerate([*_section(SyncMode.AUTO), _WHOLE])], 0)
    section = partition._memory.sections[section_key(TENANT, "s")]
    partition._out = Outputs()

    assert not partition._express.take(section, encode(_common(9, what)), 9)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0, 1e308])
def test_points_that_are_no_good_number_are_refused_and_explained(number: float) -> None:
    value = encode(_common(9, ItemChanged(**{**_fields(_WHOLE), "points": number})))

    assert not _take(value)


@pytest.mark.parametrize("replay", [False, True])
def test_a_click_on_the_section_does_go_the_short_way(*, replay: bool) -> None:
    # a section of fifty thousand items is decided in one go: the long way takes half a minute, and a worker that
    # does nothing else for so long is taken for dead
    class OnlyShort(Express):
        def decide(self, section: Section, item: bytes, ask: Ask, asked: Asked) -> bool:
            assert super().decide(section, item, ask, asked)
            return True

    partition = _partition(OnlyShort)
    known = [_common(n, what) for n, what in enumerate([*_section(SyncMode.MANUAL), _WHOLE])]
    _run(partition, [*known, _common(4, SyncRequested(run="r", items=("i1",)))], 0)

    told = _run(partition, [_common(5, SyncRequested(run="again", replay=replay))], 5)

    (desired,) = (decode(DesiredItem, row.value) for row in told if row.topic == "sis.eschoolplus")
    assert (desired.revision, desired.event, desired.run, desired.version) == (5, "e5", "again", 3)
