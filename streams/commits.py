"""Which offsets may be committed: the contiguous prefix of finished work, and nothing past it.

Faust's own bookkeeping can pass unfinished work (P2) and tells compaction gaps from lost messages by
guessing (P30). Here every batch carries the fetch positions it was read between, so the batches of a
partition form a chain. A batch is admitted only if it continues the chain; whatever got lost between
fetch and agent shows as a hole and is fetched again. What Faust drops can therefore never be committed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from streams.stage import Batch, TopicPartition


@dataclass(slots=True, eq=False)
class Ticket:
    """One admitted range, known by identity: a ticket of an earlier assignment counts for nothing."""

    tp: TopicPartition
    generation: int
    start: int
    stop: int
    done: bool = False


@dataclass(slots=True)
class _Chain:
    generation: int
    next: int | None = None  # the position the next batch must start at; None until the seek is done
    finished: int = -1
    committed: int = -1
    pending: deque[Ticket] = field(default_factory=deque)


class CommitLedger:
    """Admission and completion of batches for the partitions of the current assignment."""

    def __init__(self) -> None:
        self._chains: dict[TopicPartition, _Chain] = {}
        self._rewinds: dict[TopicPartition, int] = {}
        self.holes = 0

    def assign(self, tps: Iterable[TopicPartition], generation: int) -> None:
        """Start anew: rebalances are eager, so the old assignment is gone altogether."""
        self._rewinds.clear()
        self._chains = {TopicPartition(*tp): _Chain(generation) for tp in tps}

    def revoke(self) -> None:
        self._rewinds.clear()
        self._chains.clear()

    def begin(self, tp: TopicPartition, position: int) -> None:
        """Say where the consumer was put; later seeks of the same assignment do not move the chain."""
        chain = self._chains.get(tp)
        if chain is not None and chain.next is None:
            chain.next = chain.finished = chain.committed = position

    def positions(self) -> dict[TopicPartition, int]:
        """Where each begun partition goes on reading: everything before is admitted."""
        return {tp: chain.next for tp, chain in self._chains.items() if chain.next is not None}

    def admit(self, batch: Batch) -> Ticket | None:
        """Take a batch into the chain, or None: a repeat, a hole before it, or not ours any more."""
        tp = TopicPartition(batch.topic, batch.partition)
        chain = self._chains.get(tp)
        if chain is None or chain.next is None or batch.stop <= chain.next:
            return None
        if batch.start != chain.next:
            self.holes += 1
            self._rewinds[tp] = chain.next
            return None
        ticket = Ticket(tp, chain.generation, batch.start, batch.stop)
        chain.pending.append(ticket)
        chain.next = batch.stop
        return ticket

    def refuse(self, batch: Batch) -> None:
        """Have a batch that cannot be taken now fetched again."""
        tp = TopicPartition(batch.topic, batch.partition)
        chain = self._chains.get(tp)
        if chain is not None and chain.next is not None:
            self._rewinds[tp] = chain.next

    def rewinds(self) -> dict[TopicPartition, int]:
        """The seeks asked for since the last call."""
        asked, self._rewinds = self._rewinds, {}
        return asked

    def skip(self, tp: TopicPartition, position: int) -> None:
        """Go on at `position`: what lay before it is no longer in the log (retention), so it is no one's."""
        chain = self._chains.get(tp)
        if chain is not None and chain.next is not None and position > chain.next:
            chain.pending.append(Ticket(tp, chain.generation, chain.next, position, done=True))
            chain.next = position

    def done(self, ticket: Ticket) -> None:
        ticket.done = True

    def committable(self) -> dict[TopicPartition, int]:
        """The offsets to commit now; asked again it says the same until `committed` is told."""
        offsets = {}
        for tp, chain in self._chains.items():
            pending = chain.pending
            while pending and pending[0].done:
                chain.finished = pending.popleft().stop
            if chain.finished > chain.committed:
                offsets[tp] = chain.finished
        return offsets

    def committed(self, offsets: Mapping[TopicPartition, int], generation: int) -> None:
        """Remember a commit that succeeded, unless the assignment it was for has ended meanwhile."""
        for tp, offset in offsets.items():
            chain = self._chains.get(tp)
            if chain is not None and chain.generation == generation:
                chain.committed = max(chain.committed, offset)

    @property
    def generation(self) -> int:
        return next((chain.generation for chain in self._chains.values()), -1)

    def progress(self) -> dict[TopicPartition, tuple[int, int]]:
        """Per begun partition: (finished, committed)."""
        self.committable()
        return {tp: (c.finished, c.committed) for tp, c in self._chains.items() if c.next is not None}
