"""Batches no client library would write: sent as bytes, their checksum right or wrong."""

import asyncio
from collections.abc import Callable

from aiokafka import AIOKafkaProducer
from crc32c import crc32c

#: Where a batch's checksum stands, and where what it covers begins.
_CRC, _COVERED = slice(17, 21), 21


def resealed(batch: bytearray) -> bytearray:
    """The batch with the checksum of what is in it now."""
    batch[_CRC] = crc32c(bytes(batch[_COVERED:])).to_bytes(4)
    return batch


def torn(batch: bytearray) -> bytearray:
    """The batch with a checksum that is wrong."""
    batch[_CRC.start] ^= 0xFF
    return batch


def send(
    bootstrap: str,
    topic: str,
    partition: int,
    *,
    key: bytes,
    value: bytes,
    change: Callable[[bytearray], bytearray],
    headers: tuple[tuple[str, bytes], ...] = (),
    timestamp_ms: int = 1_790_000_000_000,
) -> int:
    """Send one record whose batch was changed before it left; its offset. What the broker refuses is raised."""

    async def main() -> int:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap, retry_backoff_ms=10) as producer:
            builder = producer.create_batch()
            builder.append(timestamp=timestamp_ms, key=key, value=value, headers=list(headers))
            builder._buffer = change(bytearray(builder._build()))
            delivery = await producer.send_batch(builder, topic, partition=partition)
            return int((await asyncio.wait_for(delivery, 20)).offset)

    return asyncio.run(main())
