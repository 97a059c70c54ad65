"""The ledger's order, the committed offset, dead letters."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import dead_letters
from adapters.dead_letters import Limit, TooMany
from adapters.ledger import PartitionLedger
from adapters.offsets import Offsets
from adapters.outlet import Together
from adapters.protocol import blank_entry
from schemas.codec import decode, encode
from schemas.ledger import LedgerEntry
from tests.unit.adapters.desk import desired

ENTRY = blank_entry(desired())


def test_what_was_written_is_read_back_and_numbered_upwards() -> None:
    ledger = PartitionLedger()
    written = [decode(LedgerEntry, ledger.next(b"k", replace(ENTRY, step=n))) for n in range(3)]
    assert [(e.generation, e.sequence, e.step) for e in written] == [(0, 0, 0), (0, 1, 1), (0, 2, 2)]
    assert ledger.get(b"k") == written[-1]
    assert ledger.get(b"other") is None


def test_a_successor_is_above_everything_it_found_and_its_groups_count() -> None:
    old = PartitionLedger(at_least=7)
    records = [(b"k", old.next(b"k", ENTRY)) for _ in range(3)]
    new = PartitionLedger(at_least=2)
    new.restore(records)
    assert decode(LedgerEntry, new.next(b"k", ENTRY)).generation == 8


@given(st.permutations(range(12)))
def test_any_order_of_reading_gives_the_newest(order: list[int]) -> None:
    values = [encode(replace(ENTRY, generation=n // 4, sequence=n % 4, step=n)) for n in range(12)]
    ledger = PartitionLedger()
    ledger.restore((b"k", values[n]) for n in order)
    found = ledger.get(b"k")
    assert found is not None and found.step == 11


def test_a_late_write_of_a_paused_predecessor_loses() -> None:
    predecessor = PartitionLedger()
    first = predecessor.next(b"k", replace(ENTRY, step=1))
    owner = PartitionLedger()
    owner.restore([(b"k", first)])
    newer = owner.next(b"k", replace(ENTRY, step=2))
    late = predecessor.next(b"k", replace(ENTRY, step=3))
    reader = PartitionLedger()
    reader.restore([(b"k", first), (b"k", newer), (b"k", late)])
    found = reader.get(b"k")
    assert found is not None and found.step == 2


def test_what_stands_last_on_the_topic_is_the_owners_in_the_end() -> None:
    predecessor = PartitionLedger()
    first = predecessor.next(b"k", replace(ENTRY, step=1))
    owner = PartitionLedger()
    owner.restore([(b"k", first)])
    newer = owner.next(b"k", replace(ENTRY, step=2))
    late = predecessor.next(b"k", replace(ENTRY, step=3))
    assert owner.repaired(b"k", late) == newer
    assert owner.repaired(b"k", newer) is None
    assert owner.repaired(b"unknown", late) is None
    assert owner.repaired(b"k", b"\x01junk") is None


@pytest.mark.parametrize(("order", "to_mend"), [("12", 0), ("123", 0), ("21", 1), ("213", 0), ("132", 1)])
def test_a_restore_says_which_entries_stand_before_older_ones(order: str, to_mend: int) -> None:
    entries = {n: encode(replace(ENTRY, generation=int(n), step=int(n))) for n in "123"}
    ledger = PartitionLedger()
    ledger.restore([(b"k", entries[n]) for n in order])
    assert ledger.overshadowed() == [(b"k", entries[max(order)])] * to_mend


def test_unreadable_and_emptied_entries_are_passed_over() -> None:
    ledger = PartitionLedger()
    good = encode(ENTRY)
    ledger.restore([(b"a", good), (b"b", b"\x01junk"), (None, good), (b"a", None), (b"c", good)])
    assert (ledger.unreadable, len(ledger)) == (1, 1)


def test_the_committed_offset_never_passes_unfinished_work() -> None:
    chance = random.Random(3)
    offsets, open_, position = Offsets(10), set[int](), 10
    for _ in range(2000):
        if open_ and chance.random() < 0.5:
            done = chance.choice(sorted(open_))
            open_.remove(done)
            offsets.finish(done)
        else:
            position += chance.choice([1, 1, 3])  # compaction leaves gaps
            offsets.read(position - 1)
            open_.add(position - 1)
        assert offsets.committable == (min(open_) if open_ else position)
        assert offsets.unfinished == len(open_)


def test_one_consequence_of_several_acknowledgements() -> None:
    done: list[int] = []
    both = Together(2, lambda: done.append(1))
    both()
    assert done == []
    both()
    assert done == [1]


def test_a_few_bad_records_among_many_stop_nobody() -> None:
    limit = Limit(window=100, most=10)
    for n in range(1000):
        limit.count(dead=n % 10 == 0)


def test_a_flood_of_bad_records_stops() -> None:
    limit = Limit(window=100, most=10)
    for _ in range(10):
        limit.count(dead=True)
    with pytest.raises(TooMany):
        limit.count(dead=True)


def test_a_dead_letter_says_where_and_why_and_nothing_else() -> None:
    told = dict(dead_letters.headers("sis.x", 3, 42, 1000, "BAD_MAGIC", 5))
    assert told == {
        "__connect.errors.topic": b"sis.x",
        "__connect.errors.partition": b"3",
        "__connect.errors.offset": b"42",
        "gradebook-sync.origin.timestamp": b"1000",
        "__connect.errors.stage": b"delivery",
        "__connect.errors.exception.class.name": b"BAD_MAGIC",
        "gradebook-sync.error.code": b"BAD_MAGIC",
    }
    assert "gradebook-sync.truncated.from" in dict(dead_letters.headers("t", 0, 0, 0, "X", 2_000_000))
