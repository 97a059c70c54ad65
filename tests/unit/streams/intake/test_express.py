"""The short way ends in the same state, desired items and results as the long way, to the byte."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import decode, encode
from schemas.desired import DesiredItem
from schemas.gradebook import (
    CategoryMapping,
    Change,
    GradebookChange,
    ItemChanged,
    ItemKind,
    MappingChanged,
    RosterChanged,
    RosterEntry,
    RosterStatus,
    Score,
    SectionBound,
    Sis,
    SyncMode,
)
from schemas.keys import section_key, tenant_key
from schemas.topics import TopicNames
from streams.districts import Districts
from streams.intake.express import Express
from streams.intake.stage import IntakePartition, IntakeStage
from streams.stage import Batch
from tests.support.flow import TENANT, district
from tests.support.stages import Outputs, Put, Taken
from tests.unit.streams.intake.strategies import histories, item_changed, item_changes

NOW = 1_790_000_000_000


class LongWay(Express):
    """Never takes a change."""

    def take(self, *_: object) -> bool:
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
    histories(lambda: st.one_of(item_changed("i1"), item_changed("i2"), item_changes("i1"))),
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

    ((topic, _, value),) = partition._desired.values()
    assert topic == "sis.eschoolplus"
    desired = decode(DesiredItem, value)
    assert (desired.content, desired.sis_category, desired.due_date) == (item, "H", "2026-10-05")
    assert [entry.student for entry in desired.students] == ["s1", "s3"]


def _common(version: int, what: Change) -> GradebookChange:
    return GradebookChange(
        tenant=TENANT, section="s", event=f"e{version}", version=version, occurred_at=0, change=what
    )
