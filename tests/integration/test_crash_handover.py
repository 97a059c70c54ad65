"""Partitions changing hands in quick succession: what is not begun is not committed, what has gone is not sought."""

import asyncio
from typing import Any

from streams.commits import CommitLedger
from streams.consumer_thread import BatchThread
from streams.stage import TopicPartition

HERE, GONE = TopicPartition("t", 0), TopicPartition("t", 1)


def test_a_partition_offers_nothing_to_commit_before_its_position_is_known() -> None:
    """Offset 0 was committed over the last owner's: the whole topic came again."""
    ledger = CommitLedger()
    ledger.assign([HERE], 2)
    assert ledger.committable() == {}
    ledger.begin(HERE, 500)
    assert ledger.committable() == {}


class _Consumer:
    """A consumer that loses a partition while it answers."""

    def __init__(self) -> None:
        self.mine = {HERE, GONE}
        self.sought: list[TopicPartition] = []

    def assignment(self) -> set[TopicPartition]:
        return set(self.mine)

    async def committed(self, tp: TopicPartition) -> int:
        self.mine.discard(GONE)
        return 7

    async def beginning_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        self.mine.discard(GONE)
        return dict.fromkeys(tps, 0)

    def seek(self, tp: TopicPartition, position: int) -> None:
        assert tp in self.mine, f"No current assignment for partition {tp}"
        self.sought.append(tp)


def _thread(consumer: _Consumer) -> Any:
    thread = BatchThread.__new__(BatchThread)
    thread._consumer = consumer
    return thread


def test_a_partition_lost_while_it_is_put_at_its_position_is_left_alone() -> None:
    consumer = _Consumer()
    reached = asyncio.run(_thread(consumer)._put_at({}))
    assert (consumer.sought, reached) == ([HERE], {HERE: 7})


def test_a_partition_lost_while_it_is_rewound_is_left_alone() -> None:
    consumer = _Consumer()
    reached = asyncio.run(_thread(consumer)._rewind({HERE: 3, GONE: 3}))
    assert (consumer.sought, reached) == ([HERE], {HERE: 3})
