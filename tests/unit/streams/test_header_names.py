"""A header name that is not UTF-8 is read; everything beside it is what the fast reader would have given."""

import pytest
from aiokafka.consumer import fetcher as fetcher_module
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import TopicPartition

from streams import fetching
from streams.header_names import UNREADABLE, RawKept
from tests.faults.raw_batches import resealed

TP = TopicPartition("gradebook.changes", 3)
ODD = b"\xff\xfe\xfd"


class Assigned:
    """As much of aiokafka's assignment as a fetch result asks for."""

    active = True

    def __init__(self, position: int) -> None:
        self.has_valid_position = True
        self.position = position
        self.paused = False

    def state_value(self, _: TopicPartition) -> "Assigned":
        return self

    def consumed_to(self, position: int) -> None:
        self.position = position


def fetched(*names: bytes, start: int = 0, codec: int = 0) -> FetchResult:
    """One batch of records 0, 1, ... with one header each, fetched from `start` on."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=codec,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=100_000,
    )
    for offset, name in enumerate(names):
        placeholder = "x" * len(name)
        builder.append(offset, 1000 + offset, b"key", b"value-%d" % offset, [(placeholder, b"v")])
    raw = bytes(builder.build())
    for name in names:
        raw = raw.replace(b"x" * len(name) + b"\x02v", name + b"\x02v", 1)
    records = RawKept(bytes(resealed(bytearray(raw))))
    source = PartitionRecords(TP, records, [], start, None, None, True, 0)
    return FetchResult(TP, assignment=Assigned(start), partition_records=source, backoff=0)


def test_the_fetcher_remembers_what_it_reads_from() -> None:
    assert fetcher_module.MemoryRecords is RawKept


@pytest.mark.parametrize("start", [0, 1, 2])
def test_an_odd_name_is_spelt_out_and_nothing_else_changes(start: int) -> None:
    result = fetched(b"trace", ODD, b"later", start=start)
    batch = fetching._take(result, TP, None)
    assert batch is not None
    assert (batch.start, batch.stop) == (start, 3)
    assert [(r.offset, r.key, r.value, r.timestamp) for r in batch.records] == [
        (n, b"key", b"value-%d" % n, 1000 + n) for n in range(start, 3)
    ]
    names = [name for record in batch.records for name, _ in record.headers]
    assert names == ["trace", "\\xff\\xfe\\xfd", "later"][start:]


def test_the_fast_reader_alone_raises() -> None:
    with pytest.raises(UNREADABLE):
        fetched(b"trace", ODD).getall(None)


def test_broken_records_stay_an_error() -> None:
    result = fetched(b"trace")
    torn = bytearray(result._partition_records._records.raw)
    torn[-3:] = b"\xff\xff\xff"
    source = PartitionRecords(TP, RawKept(bytes(resealed(torn))), [], 0, None, None, True, 0)
    again = FetchResult(TP, assignment=Assigned(0), partition_records=source, backoff=0)
    with pytest.raises(UNREADABLE):
        fetching._take(again, TP, None)
