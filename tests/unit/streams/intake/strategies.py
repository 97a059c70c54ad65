"""Random changes of one section, as Hypothesis makes them."""

from collections.abc import Callable

from hypothesis import strategies as st

from schemas.gradebook import (
    Change,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemKind,
    ItemRestored,
    Score,
    ScoreFlag,
    ScoresChanged,
    SyncRequested,
)

STUDENTS = ("s1", "s2", "s3")

scores = st.lists(
    st.builds(
        Score,
        student=st.sampled_from(STUDENTS),
        points=st.none() | st.sampled_from([0.0, 7.5, 12.0]),
        letter=st.none() | st.just("A"),
        flags=st.lists(st.sampled_from(list(ScoreFlag)), max_size=2, unique=True).map(tuple),
        comment=st.none() | st.sampled_from(["", "well done", "ñandú"]),
    ),
    max_size=4,
).map(tuple)


def item_changed(item: str = "i1") -> st.SearchStrategy[ItemChanged]:
    """Items that the rules take and items that they refuse."""
    return st.builds(
        ItemChanged,
        item=st.just(item),
        kind=st.sampled_from(list(ItemKind)),
        title=st.sampled_from(["Lab 1", "Lab 2: Energía", " padded ", "", "x" * 60, "x" * 80]),
        category=st.none() | st.sampled_from(["hw", "unmapped"]),
        due=st.none()
        | st.sampled_from(["2026-10-05", "2026-10-06", "2031-01-01", "soon", 1_790_000_000_000]),
        points=st.none() | st.sampled_from([0.0, 10.0, -1.0]),
        published=st.booleans(),
        counts=st.booleans(),
        extra_credit=st.booleans(),
        description=st.none() | st.sampled_from(["read it", "a" * 70]),
        scores=st.none() | scores,
    )


def item_changes(item: str = "i1") -> st.SearchStrategy[Change]:
    """Everything an LMS can say of one item."""
    return st.one_of(
        item_changed(item),
        st.builds(ScoresChanged, item=st.just(item), scores=scores),
        st.builds(ItemDeleted, item=st.just(item)),
        st.builds(ItemRestored, item=st.just(item)),
    )


#: Clicks and replays, of the section and of items.
clicks: st.SearchStrategy[Change] = st.builds(
    SyncRequested,
    run=st.sampled_from(["r", "é"]),
    items=st.none() | st.lists(st.sampled_from(["i1", "i2", "i3"]), max_size=2).map(tuple),
    replay=st.booleans(),
)


def histories(changes: Callable[[], st.SearchStrategy[Change]]) -> st.SearchStrategy[list[GradebookChange]]:
    """Changes of one section; versions may repeat, event ids do not."""
    return st.lists(st.tuples(st.integers(0, 5), changes()), min_size=1, max_size=8).map(
        lambda rows: [
            GradebookChange(
                tenant="d", section="s", event=f"e{number}", version=version, occurred_at=0, change=what
            )
            for number, (version, what) in enumerate(rows)
        ]
    )
