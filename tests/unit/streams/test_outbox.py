"""Epochs: every output acknowledged before an input is done, in order, bounded, and otherwise the process ends."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from streams.commits import Ticket
from streams.delivery import Delivery
from streams.exits import RecordTooLarge
from streams.outbox import Outbox
from streams.stage import TopicPartition
from streams.tuning import Tuning

TUNING = Tuning(max_batch_bytes=1_000, epoch_records=4, epochs_outstanding=2, ack_deadline=5)
TICKET = Ticket(TopicPartition("in", 0), 1, 0, 1)


class FakeProducer:
    """Takes batches and acknowledges them when the test says so."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int, int]] = []
        self.futures: list[asyncio.Future[Any]] = []
        self.offsets: dict[tuple[str, int], int] = {}

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(TUNING.max_batch_bytes, 0)

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> asyncio.Future[Any]:
        self.sent.append((topic, partition, batch.record_count()))
        self.futures.append(asyncio.get_running_loop().create_future())
        return self.futures[-1]

    def acknowledge(self, index: int, base: int = 0) -> None:
        topic, partition, _ = self.sent[index]
        self.futures[index].set_result(RecordMetadata(topic, partition, None, base, 0, 0, 0))


class Bench:
    """An outbox on a fake producer, with everything it reports."""

    def __init__(self, tuning: Tuning = TUNING) -> None:
        self.producer = FakeProducer()
        self.stops: list[tuple[int, str, dict[str, object]]] = []
        self.foreign: list[tuple[str, int, int, int]] = []
        self.done: list[Any] = []
        self.delivery = Delivery(self.producer, tuning, self._stop, lambda *write: self.foreign.append(write))
        self.delivery.start()
        self.outbox = Outbox(self.producer, self.delivery, tuning, {"out": 3, "state": 1}, self.done.extend)

    def _stop(self, code: int, event: str, **fields: object) -> None:
        self.stops.append((code, event, fields))

    def put(self, count: int = 1, topic: str = "out", size: int = 10) -> None:
        for _ in range(count):
            self.outbox.append(topic, 0, b"k", b"v" * size)


def bench(test: Callable[[Bench], Coroutine[Any, Any, None]], tuning: Tuning = TUNING) -> None:
    async def run() -> None:
        with_outbox = Bench(tuning)
        try:
            await test(with_outbox)
        finally:
            await with_outbox.delivery.close()

    asyncio.run(run())


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_inputs_are_done_after_the_last_of_their_outputs_and_not_before() -> None:
    async def test(b: Bench) -> None:
        b.outbox.append("out", 0, b"k", b"v")
        b.outbox.append("out", 1, b"k", b"v")
        b.outbox.cover(TICKET)
        b.outbox.flush_if_due()
        await settle()
        b.producer.acknowledge(1)
        await settle()
        assert b.done == []
        b.producer.acknowledge(0)
        await settle()
        assert b.done == [TICKET]

    bench(test)


def test_nothing_lingers_when_nothing_is_in_flight_and_the_rest_leaves_together() -> None:
    async def test(b: Bench) -> None:
        b.put()
        b.outbox.flush_if_due()
        for _ in range(3):
            b.put()
            b.outbox.flush_if_due()
        await settle()
        assert b.producer.sent == [("out", 0, 1)]
        b.producer.acknowledge(0)
        await settle()
        assert b.producer.sent == [("out", 0, 1), ("out", 0, 3)]

    bench(test)


def test_a_full_outbox_makes_the_stage_wait() -> None:
    async def test(b: Bench) -> None:
        for _ in range(3):
            b.put(4)
            b.outbox.flush_if_due()
        assert b.outbox.outstanding == 2
        waiting = asyncio.create_task(b.outbox.room())
        await settle()
        assert not waiting.done()
        b.producer.acknowledge(0)
        b.producer.acknowledge(1)
        await settle()
        assert waiting.done()

    bench(test)


def test_epochs_of_a_partition_are_handed_over_in_order() -> None:
    async def test(b: Bench) -> None:
        for size in (1, 2):
            b.put(size)
            b.outbox.flush()
        await settle()
        assert [count for _, _, count in b.producer.sent] == [1, 2]

    bench(test)


def test_a_batch_is_closed_below_the_limit_and_continued_in_the_next() -> None:
    async def test(b: Bench) -> None:
        b.put(5, size=300)
        b.outbox.flush()
        await settle()
        assert [count for _, _, count in b.producer.sent] == [3, 2]

    bench(test)


def test_a_record_too_large_is_named_with_its_topic_and_size_and_without_its_bytes() -> None:
    async def test(b: Bench) -> None:
        with pytest.raises(RecordTooLarge) as caught:
            b.put(size=2_000)
        assert (caught.value.topic, caught.value.size > 2_000) == ("out", True)
        assert "vvv" not in str(caught.value)

    bench(test)


def test_many_outputs_at_once_are_split_counted_and_limited_as_single_ones_are() -> None:
    async def test(b: Bench) -> None:
        b.outbox.extend("out", 0, [(b"k", b"v" * 300)] * 5)
        b.put()
        assert b.outbox.pending == 6
        b.outbox.flush()
        await settle()
        assert b.producer.sent == [("out", 0, 3), ("out", 0, 3)]
        with pytest.raises(RecordTooLarge):
            b.outbox.extend("out", 0, [(b"k", b"v" * 2_000)])
        with pytest.raises(ValueError, match="no partition"):
            b.outbox.extend("out", 9, [(b"k", b"v")])

    bench(test)


def test_a_failed_delivery_ends_the_process_and_acknowledges_nothing() -> None:
    async def test(b: Bench) -> None:
        b.put()
        b.outbox.cover(TICKET)
        b.outbox.flush()
        await settle()
        b.producer.futures[0].set_exception(KafkaError("payload"))
        await settle()
        code, event, fields = b.stops[0]
        assert (code, event, fields["error"]) == (70, "outputs_not_delivered", "KafkaError")
        assert "payload" not in str(fields)
        assert b.done == []

    bench(test)


def test_an_output_that_is_not_acknowledged_in_time_ends_the_process() -> None:
    async def test(b: Bench) -> None:
        b.put()
        b.outbox.cover(TICKET)
        b.outbox.flush()
        await asyncio.sleep(0.1)
        assert [(code, event) for code, event, _ in b.stops] == [(70, "outputs_not_acknowledged")]
        assert b.done == []

    bench(test, Tuning(max_batch_bytes=1_000, ack_deadline=0.05))


def test_inputs_without_outputs_are_done_in_their_turn() -> None:
    async def test(b: Bench) -> None:
        b.outbox.cover(TICKET)
        b.outbox.flush_if_due()
        await settle()
        assert b.done == [TICKET]

    bench(test)


def test_settling_flushes_and_gives_up_in_time() -> None:
    async def test(b: Bench) -> None:
        b.put()
        assert not await b.outbox.settle(0.05)
        b.producer.acknowledge(0)
        assert await b.outbox.settle(1)

    bench(test)


def test_somebody_elses_write_to_our_topic_is_seen_between_two_of_ours() -> None:
    async def test(b: Bench) -> None:
        b.delivery.expect("state", 0, 100)
        for index, base in enumerate((100, 102, 107)):
            b.put(2, topic="state")
            b.outbox.flush()
            await settle()
            b.producer.acknowledge(index, base)
            await settle()
        assert b.foreign == [("state", 0, 104, 106)]

    bench(test)


def test_the_partition_of_a_key_is_that_of_kafkas_default_partitioner() -> None:
    async def test(b: Bench) -> None:
        for key in (b"", b"a", b"t/s1", b"t/s2", "t/é".encode(), b"x" * 100):
            expected = DefaultPartitioner()(key, [0, 1, 2], [0, 1, 2])
            assert b.outbox.partition_for("out", key) == b.outbox.partition_for("out", key) == expected
        assert {b.outbox.partition_for("out", None) for _ in range(3)} == {0, 1, 2}

    bench(test)


def test_topics_and_partitions_that_were_not_wired_are_refused() -> None:
    async def test(b: Bench) -> None:
        with pytest.raises(ValueError, match="elsewhere"):
            b.outbox.append("elsewhere", 0, b"k", b"v")
        with pytest.raises(ValueError, match="no partition 3"):
            b.outbox.append("out", 3, b"k", b"v")

    bench(test)
