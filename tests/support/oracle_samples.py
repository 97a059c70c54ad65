"""Committed offsets sampled while the run goes on, and the log ends of the outputs read after each.

Whatever a commit promises must have been on the broker by then: a sample whose commit is above an output that
landed later than the sample's ends is an early commit, whether or not anything was lost by it.
"""

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Self

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

Ends = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Sample:
    """Committed offsets of the source by partition, and the ends of each output topic, read after them."""

    committed: Ends
    ends: Mapping[str, Ends]

    def without(self, prefix: str) -> "Sample":
        """The same, the topics named as topics.toml names them."""
        return Sample(self.committed, {name.removeprefix(prefix): ends for name, ends in self.ends.items()})


@dataclass(frozen=True, slots=True)
class Needed:
    """An input, and the output record that had to be durable before it could be committed."""

    partition: int
    offset: int
    topic: str
    output_partition: int
    output_offset: int


class Sampler:
    """A thread that samples every `interval` seconds until the block ends. A broker that is away is no sample."""

    def __init__(
        self, bootstrap: str, group: str, source: str, outputs: Mapping[str, int], interval: float = 0.1
    ) -> None:
        self.samples: list[Sample] = []
        self._servers = bootstrap.split(",")
        self._group = group
        self._source = source
        self._outputs = [TopicPartition(topic, p) for topic, count in outputs.items() for p in range(count)]
        self._interval = interval
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._ended.is_set():
            # a lost connection is no news here: a new session begins
            with suppress(KafkaError, OSError):
                self._session()
            self._ended.wait(self._interval)

    def _session(self) -> None:
        patience = {"request_timeout_ms": 3_000}
        with (
            KafkaAdminClient(bootstrap_servers=self._servers, **patience) as admin,
            closing(KafkaConsumer(bootstrap_servers=self._servers, group_id=None)) as consumer,
        ):
            while not self._ended.wait(self._interval):
                self.samples.append(self._sample(admin, consumer))

    def _sample(self, admin: Any, consumer: Any) -> Sample:
        offsets = admin.list_group_offsets({self._group: None})[self._group]
        committed = {
            tp.partition: known.offset
            for tp, known in offsets.items()
            if tp.topic == self._source and known.offset >= 0
        }
        ends: dict[str, dict[int, int]] = defaultdict(dict)
        for tp, end in consumer.end_offsets(self._outputs).items():  # asked after: never too few
            ends[tp.topic][tp.partition] = end
        return Sample(committed, dict(ends))


def commits_back(samples: Sequence[Sample]) -> int:
    """How often a committed offset was lower than in the sample before, or gone: its work is done all over again."""
    return sum(
        later.committed.get(partition, -1) < offset
        for sample, later in pairwise(samples)
        for partition, offset in sample.committed.items()
    )


def early_commits(samples: Iterable[Sample], needed: Iterable[Needed]) -> int:
    """How many (sample, partition) pairs show a commit above an output that was not there yet."""
    groups: dict[tuple[int, str, int], list[tuple[int, int]]] = defaultdict(list)
    for one in needed:
        key = one.partition, one.topic, one.output_partition
        groups[key].append((one.offset, one.output_offset))
    reach: dict[tuple[int, str, int], tuple[list[int], list[int]]] = {}
    for key, pairs in groups.items():
        pairs.sort()
        reach[key] = [offset for offset, _ in pairs], list(accumulate((needs for _, needs in pairs), max))
    return sum(_early(sample, reach) for sample in samples)


def _early(sample: Sample, reach: Mapping[Any, tuple[list[int], list[int]]]) -> int:
    early = set()
    for (partition, topic, target), (offsets, highest) in reach.items():
        below = bisect_left(offsets, sample.committed.get(partition, 0))
        if below and highest[below - 1] >= sample.ends[topic].get(target, 0):
            early.add(partition)
    return len(early)
