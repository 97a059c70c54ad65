r"""Records whose header names are not UTF-8: Kafka takes them, aiokafka's reader raises, and would for ever.

The fast reader stays in charge. A fetch it cannot read is read once more, by aiokafka's own Python reader over a buffer
that spells odd bytes out as `\xff`. For that the raw bytes of a fetch must be at hand: `keep_raw` makes the fetcher
build records that remember theirs. Pinned to aiokafka 0.14.0; tests/unit/streams/test_header_names.py says what moved.
"""

from __future__ import annotations

from typing import Any

from aiokafka.consumer import fetcher as fetcher_module
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy

#: What the readers raise for such a name; also for bytes that are broken in earnest, which the second reading shows.
UNREADABLE = (UnicodeDecodeError, CorruptRecordException)


class RawKept(MemoryRecords):  # type: ignore[misc] # a class of C, known to mypy as a variable
    """Fetched records beside the bytes they are read from."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self.raw = raw


def keep_raw() -> None:
    """Once per process, before the first fetch."""
    fetcher_module.MemoryRecords = RawKept


def read_again(source: Any, start: int) -> Any:
    """The same fetch from offset `start` on, read leniently. `source`: the PartitionRecords that raised."""
    again = PartitionRecords(
        source._tp,
        _Records(source._records.raw),
        source._aborted_transactions,
        start,
        None,
        None,
        source._check_crcs,
        source._isolation_level,
    )
    again._aborted_producers = set(source._aborted_producers)
    return again


class _Buffer(bytearray):
    """Bytes whose slices decode whatever they hold."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _Buffer(found) if isinstance(at, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)


class _Batch(_DefaultRecordBatchPy):  # type: ignore[misc] # final only for mypy
    def __iter__(self) -> _Batch:
        self._maybe_uncompress()
        self._buffer: bytearray = _Buffer(self._buffer)
        return self


class _Records(_MemoryRecordsPy):  # type: ignore[misc] # final only for mypy
    def next_batch(self) -> Any:
        """The next batch, of the present format: the broker converts older ones."""
        here = self._next_slice
        self._cache_next()
        return None if here is None else _Batch(bytearray(here))
