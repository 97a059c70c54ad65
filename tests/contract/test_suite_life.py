"""Every door: each event of an item's life in each of its states (see life.py)."""

from typing import Any

import pytest

from schemas.results import Outcome
from tests.contract.bench import Bench
from tests.contract.life import Event, Item, State, expected, happen, prepare
from tests.unit.adapters.desk import scores


@pytest.mark.parametrize("state", State, ids=lambda state: state.name.lower())
def test_each_event(bench: Bench, state: State) -> None:
    if state is State.DELETED and not bench.can.deletes:
        pytest.skip("there is no delete")
    wrong = []
    for event in Event:
        item = Item(bench, f"item-{event.name.lower()}")
        prepare(item, state)
        made = len(item.rows)
        result = happen(item, event)
        code, stands = expected(bench, state, event)
        if (result.code, len(item.rows)) != (code, int(stands)):
            wrong.append(f"{event}: {result.code}, {made} -> {len(item.rows)}; should be {code}, {stands}")
            continue
        if code is None and stands:
            assert result.outcome is Outcome.SUCCESSFUL
            assert item.numbers.items() >= _due(item, event).items(), event
            assert item.say()[1] == 0, f"{event}: what is settled is no call"
    assert wrong == []


def test_what_stands_in_the_old_section_is_moved_as_the_message_says(bench: Bench) -> None:
    """Deleted by hand there, and synced until it says Successful."""
    bench.sync(scores=scores(stu_1=5.0, stu_3=6.0))
    moved: dict[str, Any] = {"section": "class-2", "school": "school-2", "scores": scores(stu_3=6.0)}
    assert bench.deliver(**moved)[0].code == "MOVE_BY_HAND"
    bench.drop()
    codes = [bench.deliver(**moved)[0].code for _ in range(2)]
    assert codes == ["DELETED_IN_SIS", None]
    assert (bench.item["section"], bench.numbers) == ("class-2", {"stu-3": 6.0})


def _due(item: Item, event: Event) -> dict[str, float]:
    """The numbers that the LMS says stand there."""
    gone = {"stu-1"} if event in (Event.DROP, Event.MOVE) else set()
    return {who: points for who, points in item.scores.items() if who not in gone}
