"""Records to the broker: acks=all, idempotent, in order per partition. What it does not take ends the process.

Nobody waits for an acknowledgement in a slot; an offset is finished by it.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from kafka import KafkaProducer

from schemas.cluster import Cluster

#: Seconds the broker may take for a record before the process gives up; a restart is then safe.
DELIVERY_SECONDS = 120

Headers = Sequence[tuple[str, bytes]]


class Outlet:
    """One producer. `on_fault` is called once, from the producer's thread, when a record is not taken.

    `linger` in milliseconds: records that nobody waits for are sent together, since a request costs the interpreter
    more than a call to a SIS does; one that a call waits for should go at once.
    """

    def __init__(
        self, cluster: Cluster, on_fault: Callable[[BaseException], None], *, linger: int = 30
    ) -> None:
        self._producer: Any = KafkaProducer(
            bootstrap_servers=cluster.bootstrap.split(","),
            client_id="gradebook-sync-delivery",
            acks="all",
            enable_idempotence=True,
            linger_ms=linger,
            delivery_timeout_ms=DELIVERY_SECONDS * 1000,
            max_request_size=1_048_576,
            allow_auto_create_topics=False,
        )
        self._on_fault = on_fault

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        partition: int | None = None,
        headers: Headers = (),
        acked: Callable[[], None] | None = None,
    ) -> None:
        """Hand a record over; `acked` is called from the producer's thread once the broker has it."""
        future = self._producer.send(topic, value=value, key=key, partition=partition, headers=list(headers))
        if acked is not None:
            future.add_callback(lambda _: acked())
        future.add_errback(self._on_fault)

    def close(self, seconds: float) -> None:
        """Wait for what is under way."""
        self._producer.close(timeout=seconds)


class Together:
    """Calls `then` after it was called `count` times: several records, one consequence."""

    def __init__(self, count: int, then: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._left = count
        self._then = then

    def __call__(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left:
                return
        self._then()
