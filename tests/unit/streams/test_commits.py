"""Exact commits: only finished, contiguous work; what Faust loses on the way is fetched again."""

import itertools
import random

from streams.commits import CommitLedger, Ticket
from streams.stage import Batch, TopicPartition

TP = TopicPartition("in", 0)
OTHER = TopicPartition("in", 1)


def batch(start: int, stop: int, tp: TopicPartition = TP) -> Batch:
    return Batch(tp.topic, tp.partition, (), start, stop)


def begun(position: int = 0, generation: int = 1) -> CommitLedger:
    ledger = CommitLedger()
    ledger.assign([TP, OTHER], generation)
    ledger.begin(TP, position)
    ledger.begin(OTHER, 0)
    return ledger


def admitted(ledger: CommitLedger, *ranges: tuple[int, int]) -> list[Ticket]:
    tickets = [ledger.admit(batch(*given)) for given in ranges]
    assert all(ticket is not None for ticket in tickets)
    return [ticket for ticket in tickets if ticket is not None]


def test_nothing_is_committed_before_it_is_done() -> None:
    ledger = begun()
    admitted(ledger, (0, 10))
    assert ledger.committable() == {}


def test_a_commit_does_not_pass_a_head_in_flight() -> None:
    """Faust's first case: 10 committed, 10 in flight, 11 to 14 done; it commits 15 (P2, FS PR#707)."""
    ledger = begun(10)
    head, *rest = admitted(ledger, (10, 11), (11, 12), (12, 13), (13, 14), (14, 15))
    for ticket in rest:
        ledger.done(ticket)
    assert ledger.committable() == {}
    ledger.done(head)
    assert ledger.committable() == {TP: 15}


def test_a_fresh_partition_waits_for_its_first_record_too() -> None:
    """Faust's second case: nothing committed yet, 0 in flight, 1 to 4 done; it commits 5."""
    ledger = begun(0)
    head, rest = admitted(ledger, (0, 1), (1, 5))
    ledger.done(rest)
    assert ledger.committable() == {}
    ledger.done(head)
    assert ledger.committable() == {TP: 5}


def test_offsets_that_compaction_left_out_are_covered() -> None:
    """The records were 3 and 90; the fetch went from 0 to 100."""
    ledger = begun()
    ledger.done(admitted(ledger, (0, 100))[0])
    assert ledger.committable() == {TP: 100}


def test_what_was_lost_on_the_way_is_asked_for_again_and_never_passed() -> None:
    ledger = begun()
    ledger.done(admitted(ledger, (0, 10))[0])
    assert ledger.admit(batch(20, 30)) is None
    assert ledger.admit(batch(30, 40)) is None
    assert ledger.rewinds() == {TP: 10}
    assert ledger.rewinds() == {}
    assert ledger.committable() == {TP: 10}
    assert ledger.holes == 2


def test_a_repeat_is_dropped_without_a_rewind_and_an_overlap_is_fetched_afresh() -> None:
    ledger = begun()
    admitted(ledger, (0, 10))
    assert ledger.admit(batch(0, 10)) is None
    assert ledger.rewinds() == {}
    assert ledger.admit(batch(5, 15)) is None
    assert ledger.rewinds() == {TP: 10}


def test_a_failed_commit_is_offered_again_without_new_work() -> None:
    ledger = begun()
    ledger.done(admitted(ledger, (0, 10))[0])
    assert ledger.committable() == ledger.committable() == {TP: 10}
    ledger.committed({TP: 10}, generation=1)
    assert ledger.committable() == {}


def test_a_ticket_of_an_earlier_assignment_counts_for_nothing() -> None:
    ledger = begun()
    old = admitted(ledger, (0, 10))[0]
    ledger.revoke()
    assert ledger.committable() == {}
    ledger.assign([TP], 2)
    ledger.begin(TP, 0)
    admitted(ledger, (0, 10))
    ledger.done(old)
    assert ledger.committable() == {}


def test_a_commit_that_ends_after_the_assignment_is_not_remembered() -> None:
    ledger = begun(generation=1)
    ledger.assign([TP], 2)
    ledger.begin(TP, 0)
    ledger.committed({TP: 10}, generation=1)
    ledger.done(admitted(ledger, (0, 5))[0])
    assert ledger.committable() == {TP: 5}


def test_batches_of_partitions_that_are_not_ours_or_not_begun_are_not_taken() -> None:
    ledger = CommitLedger()
    assert ledger.admit(batch(0, 1)) is None
    ledger.assign([TP], 1)
    assert ledger.admit(batch(0, 1)) is None
    assert ledger.rewinds() == {}


def test_a_seek_in_the_same_assignment_does_not_move_the_chain() -> None:
    ledger = begun()
    admitted(ledger, (0, 10))
    ledger.begin(TP, 0)
    assert ledger.positions()[TP] == 10


def test_records_that_retention_took_are_passed_over() -> None:
    ledger = begun()
    ledger.skip(TP, 50)
    ledger.done(admitted(ledger, (50, 60))[0])
    assert ledger.committable() == {TP: 60}


def test_in_any_order_of_completion_the_commit_is_the_done_prefix() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        ledger = begun()
        edges = [0]
        while len(edges) < 12:
            edges.append(edges[-1] + chance.randint(1, 5))
        tickets = admitted(ledger, *itertools.pairwise(edges))
        chance.shuffle(tickets)
        for ticket in tickets:
            ledger.done(ticket)
            undone = [t.start for t in tickets if not t.done]
            prefix = min(undone, default=edges[-1])
            assert ledger.committable().get(TP, 0) == prefix
