"""A worker dies anywhere: another restores what was published, takes the records again, and all ends as it would have.

What was published before the death is everything of some batches, and of the last one what went to some of the topics:
outputs leave together, for different partitions, and what goes to one partition arrives whole or not at all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.codec import decode
from schemas.desired import DesiredItem
from schemas.gradebook import (
    ApprovedItem,
    Change,
    Choice,
    ConflictResolved,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemRestored,
    MappingChanged,
    RosterChanged,
    RosterEntry,
    RosterStatus,
    Score,
    ScoresChanged,
    SyncMode,
    SyncRequested,
)
from schemas.results import RowState, SectionStatus, StatusRow
from schemas.topics import TopicNames
from streams.stage import Batch
from streams.status.stage import StatusStage
from tests.support.flow import change, district
from tests.support.stages import Outputs, Put, Taken
from tests.unit.streams.intake.scenes import (
    MAPPED,
    NOW,
    Scene,
    bound,
    compacted,
    districts,
    item,
    section_record,
)

_NAMES = st.sampled_from(["i1", "i2"])
_WHOLE = st.builds(
    lambda name, title, category, published, scores: item(
        name, title=title, category=category, published=published, scores=scores
    ),
    _NAMES,
    st.sampled_from(["Lab", "Lab é", "x" * 80]),
    st.sampled_from(["hw", "unmapped", None]),
    st.sampled_from([True, True, True, False]),
    st.sampled_from([None, (), (Score(student="s1", points=1.0),)]),
)
_ITEMS = st.one_of(
    _WHOLE,
    _WHOLE,
    st.builds(ScoresChanged, item=_NAMES, scores=st.just((Score(student="s1", points=5.0),))),
    st.builds(ItemDeleted, item=_NAMES),
    st.builds(ItemRestored, item=_NAMES),
)
_SECTION: st.SearchStrategy[Change] = st.sampled_from(
    [
        MAPPED,
        MappingChanged(categories=()),
        RosterChanged(students=(RosterEntry(student="s1", status=RosterStatus.DROPPED),)),
        RosterChanged(students=()),
    ]
)
_CLICKS = st.one_of(
    st.just(SyncRequested(run="r")),
    st.builds(lambda name: SyncRequested(run="r", items=(name,)), _NAMES),
)


@dataclass(frozen=True, slots=True)
class Death:
    """After `batches` whole batches, and of the next what went to `topics`, a worker dies; another begins at the batch
    `again`.
    """

    batches: int
    topics: frozenset[str]
    again: int


def _histories(what: st.SearchStrategy[Change]) -> st.SearchStrategy[list[list[tuple[int, Change]]]]:
    """Batches of changes with versions, which arrive in any order."""
    one = st.tuples(st.integers(1, 9), what)
    return st.lists(st.lists(one, min_size=1, max_size=4), min_size=1, max_size=4)


_HELD = "MASS_CHANGE_HELD"
_ONE = {"brake_creates": "1", "brake_overwrites": "1", "brake_deletes": "1"}
_TOPICS = ("gradebook.state", "sync.results", "sis.eschoolplus")
_DEATHS = st.builds(
    Death, st.integers(0, 4), st.sets(st.sampled_from(_TOPICS)).map(frozenset), st.integers(0, 4)
)


def _batches(mode: SyncMode, told: list[list[tuple[int, Change]]]) -> list[list[Taken]]:
    offset = 0
    batches: list[list[Taken]] = []
    first: list[tuple[int, Change]] = [(0, bound(mode)), (0, MAPPED)]
    for batch in [first, *told]:
        batches.append(
            [
                section_record(offset + n, change("s", f"e{offset + n}", version, what))
                for n, (version, what) in enumerate(batch)
            ]
        )
        offset += len(batch)
    return batches


def _process(scene: Scene, batch: list[Taken]) -> list[Put]:
    out = Outputs()
    scene.intake.process(Batch("gradebook.changes", 0, batch, batch[0].offset, batch[-1].offset + 1), out)
    return out.rows


def _published(
    batches: list[list[Taken]], death: Death | None, policies: dict[str, str] | None = None
) -> list[Put]:
    """Everything on the topics at the end."""
    scene, rows = Scene(districts(district(policies=policies or {}))), list[Put]()
    if death is None:
        return [row for batch in batches for row in _process(scene, batch)]
    died = min(death.batches, len(batches) - 1)
    for batch in batches[:died]:
        rows += _process(scene, batch)
    rows += [row for row in _process(scene, batches[died]) if row.topic in death.topics]
    scene.intake = scene.fresh()
    scene.intake.restore(list(compacted(_state(rows))))
    for batch in batches[min(death.again, died) :]:
        rows += _process(scene, batch)
    return rows


def _state(rows: Iterable[Put]) -> list[Taken]:
    return [Taken(n, row.key, row.value) for n, row in enumerate(rows) if row.topic == "gradebook.state"]


def _desired(rows: list[Put]) -> dict[str, DesiredItem]:
    """What the SIS topic holds once compacted, and that it never went back for good."""
    newest: dict[str, DesiredItem] = {}
    for row in rows:
        if row.topic == "sis.eschoolplus" and row.value is not None:
            one = decode(DesiredItem, row.value)
            newest[one.item] = one
    return newest


def _rows(rows: list[Put]) -> dict[str, StatusRow]:
    """The status log folded from all results."""
    status = StatusStage(TopicNames(), clock=lambda: NOW).assign(0)
    results = [Taken(n, row.key, row.value) for n, row in enumerate(rows) if row.topic == "sync.results"]
    out = Outputs()
    status.process(Batch("sync.results", 0, results, 0, len(results)), out)
    parts = out.of("sync.status")
    return {row.item: row for row in decode(SectionStatus, parts[-1]).rows} if parts else {}


def _memory(rows: list[Put]) -> dict[bytes | None, bytes | None]:
    return {row.key: row.value for row in compacted(_state(rows))}


def _queued(rows: list[Put]) -> set[str]:
    return {name for name, row in _rows(rows).items() if row.state is RowState.QUEUED}


def _told(row: StatusRow) -> object:
    return row.state, row.revision, row.code, row.title, row.deleted, row.version


@settings(max_examples=250, deadline=None)
@given(_histories(st.one_of(_ITEMS, _ITEMS, _SECTION)), _DEATHS)
@example(  # a mapping whose row is durable and whose decisions are not
    [[(1, MappingChanged(categories=())), (1, item())], [(2, MAPPED)]],
    Death(2, frozenset({"gradebook.state"}), 2),
)
def test_an_automatic_section_ends_the_same(told: list[list[tuple[int, Change]]], death: Death) -> None:
    batches = _batches(SyncMode.AUTO, told)

    undisturbed, disturbed = _published(batches, None), _published(batches, death)

    assert _memory(disturbed) == _memory(undisturbed)
    # an Error that the item's later state makes void may be left out: it was deleted, or is a draft by now
    assert _queued(disturbed) == _queued(undisturbed)
    for name, sent in _desired(undisturbed).items():
        # else refused as it is by now, and the teacher told so: what it was before may or may not have been sent
        if name in _queued(undisturbed):
            again = _desired(disturbed)[name]
            assert _sent(again) == _sent(sent)
            assert again.revision >= sent.revision


def _sent(desired: DesiredItem) -> object:
    """A desired item without its place in the order."""
    return replace(desired, revision=0, event="", run=None)


@settings(max_examples=250, deadline=None)
@given(_histories(st.one_of(_ITEMS, _ITEMS, _SECTION, _CLICKS)), _DEATHS)
def test_a_section_where_teachers_click_ends_the_same_with_the_next_click(
    told: list[list[tuple[int, Change]]], death: Death
) -> None:
    batches = _batches(SyncMode.MANUAL, [*told, [(9, SyncRequested(run="last"))]])

    undisturbed, disturbed = _published(batches, None), _published(batches, death)

    ends, ended = _desired(undisturbed), _desired(disturbed)
    for name, row in _rows(undisturbed).items():
        if row.state is RowState.QUEUED:
            assert ended[name] == ends[name]
            assert _told(_rows(disturbed)[name]) == _told(row)


@settings(max_examples=250, deadline=None)
@given(_histories(st.one_of(_ITEMS, _ITEMS, _SECTION, _CLICKS)), _DEATHS)
def test_no_click_is_lost_and_nothing_older_is_sent(
    told: list[list[tuple[int, Change]]], death: Death
) -> None:
    batches = _batches(SyncMode.MANUAL, told)

    undisturbed, disturbed = _published(batches, None), _published(batches, death)

    after = _desired(disturbed)
    rows = _rows(disturbed)
    for name, sent in _desired(undisturbed).items():
        row = rows[name]
        # sent again as it is by now, or refused by the section as it is by now, and the teacher told so
        if row.state is RowState.ERROR:
            assert row.revision >= sent.revision
            continue
        assert after[name].revision >= sent.revision
        assert after[name].version >= sent.version


@settings(max_examples=250, deadline=None)
@given(_histories(st.one_of(_ITEMS, _ITEMS, _CLICKS)), _DEATHS)
def test_what_the_brake_holds_when_a_click_asked_for_it_ends_the_same(
    told: list[list[tuple[int, Change]]], death: Death
) -> None:
    batches = _batches(SyncMode.MANUAL, [*told, [(9, SyncRequested(run="last"))]])

    undisturbed = _published(batches, None, _ONE)
    disturbed = _published(batches, death, _ONE)

    # what went before the death is there and is no change any more: it may be sent again where it was held
    # at last, but what is held is never lost and what is sent is the same
    ends, ended = _desired(undisturbed), _desired(disturbed)
    rows = _rows(disturbed)
    for name, row in _rows(undisturbed).items():
        if row.code == _HELD or row.state is RowState.QUEUED:
            assert rows[name].code == _HELD or _sent(ended[name]) == _sent(
                ends[name] if name in ends else ended[name]
            )


def test_what_was_held_before_the_death_is_held_after_it_and_released_once() -> None:
    batch: list[tuple[int, Change]] = [(1, item("i1")), (1, item("i2"))]
    batches = _batches(SyncMode.AUTO, [batch])
    undisturbed = _published(batches, None, _ONE)
    (first, second) = (row.params["fingerprint"] for row in _rows(undisturbed).values())
    release = SyncRequested(
        run="release",
        approved=(ApprovedItem(item="i1", fingerprint=first), ApprovedItem(item="i2", fingerprint=second)),
    )
    batches = _batches(SyncMode.AUTO, [batch, [(2, release)], [(3, item("i1", title="edit"))]])

    ended = _published(batches, None, _ONE)
    for died in range(4):
        for again in range(died + 1):
            for topics in (frozenset[str](), frozenset({"gradebook.state"}), frozenset({"sync.results"})):
                disturbed = _published(batches, Death(died, topics, again), _ONE)
                assert _memory(disturbed) == _memory(ended)
                assert {name: _sent(one) for name, one in _desired(disturbed).items()} == {
                    name: _sent(one) for name, one in _desired(ended).items()
                }
                assert _queued(disturbed) == {"i1", "i2"}


def _older_wins(rows: list[Put]) -> list[Put]:
    return [*rows, next(row for row in rows if row.topic == "sis.eschoolplus")]


def test_a_flow_that_lets_an_older_version_win_would_be_caught() -> None:
    batches = _batches(SyncMode.AUTO, [[(1, item(title="older"))], [(2, item(title="newer"))]])
    rows = _published(batches, None)

    assert _desired(_older_wins(rows)) != _desired(rows)


def test_a_flow_that_loses_what_it_decided_would_be_caught() -> None:
    lost: Callable[[list[Put]], list[Put]] = lambda rows: [r for r in rows if not r.topic.startswith("sis.")]  # noqa: E731
    batches = _batches(SyncMode.AUTO, [[(1, item())]])

    assert _desired(lost(_published(batches, None))) != _desired(_published(batches, None))


def test_a_conflict_answered_before_the_death_is_answered_the_same_after_it() -> None:
    answer: Change = ConflictResolved(item="i1", choice=Choice.SEND_LMS)
    batches = _batches(SyncMode.MANUAL, [[(1, item())], [(1, SyncRequested(run="r"))], [(1, answer)]])

    undisturbed = _published(batches, None)
    disturbed = _published(batches, Death(3, frozenset({"gradebook.state", "sync.results"}), 1))

    assert _desired(disturbed) == _desired(undisturbed)
    assert _desired(disturbed)["i1"].choice is Choice.SEND_LMS
    assert isinstance(_desired(disturbed)["i1"].content, ItemChanged)


def test_records_that_come_again_in_other_batches_end_the_same() -> None:
    changes: list[Change] = [item(), SyncRequested(run="r"), item(title="b"), SyncRequested(run="r2")]
    batches = _batches(SyncMode.MANUAL, [[(n, what)] for n, what in enumerate(changes, 1)])
    merged = [[record for batch in batches for record in batch]]

    one_by_one, at_once = _published(batches, None), _published(merged, None)

    assert _desired(one_by_one) == _desired(at_once)
    assert _memory(one_by_one) == _memory(at_once)
    assert isinstance(decode(GradebookChange, batches[-1][0].value), GradebookChange)
