"""The districts, read whole before the first item and followed ever after."""

import threading
from collections.abc import Callable
from typing import Any

import structlog
from kafka import TopicPartition

from adapters.reading import groupless
from schemas.cluster import Cluster
from schemas.codec import Refused, decode
from schemas.district import DistrictConfig
from schemas.keys import key_parts

log = structlog.get_logger("adapters.districts")


class Districts:
    """`changed(tenant)` is called from the following thread for every change after the first reading."""

    def __init__(self, cluster: Cluster, changed: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._changed = changed
        self._known: dict[str, DistrictConfig] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._consumer: Any = None

    def get(self, tenant: str) -> DistrictConfig | None:
        """The district as last told."""
        with self._lock:
            return self._known.get(tenant)

    def read(self) -> None:
        """Read the topic to its end."""
        topic = self._cluster.topics.config
        consumer = self._consumer = groupless(self._cluster)
        partitions = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        while any(consumer.position(tp) < end for tp, end in ends.items()):
            self._take(consumer.poll(timeout_ms=200), None)

    def follow(self, on_fault: Callable[[BaseException], None]) -> None:
        """Go on in a thread of its own."""

        def run() -> None:
            try:
                while not self._stop.is_set():
                    self._take(self._consumer.poll(timeout_ms=500), self._changed)
                self._consumer.close()
            except BaseException as error:  # noqa: BLE001 - a deaf worker must not live on
                on_fault(error)

        threading.Thread(target=run, name="districts", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()

    def _take(self, fetched: Any, changed: Callable[[str], None] | None) -> None:
        for records in fetched.values():
            for record in records:
                tenant = self._keep(record.key, record.value)
                if tenant is not None and changed is not None:
                    changed(tenant)

    def _keep(self, key: bytes | None, value: bytes | None) -> str | None:
        if key is None:
            return None
        try:
            tenant = key_parts(key)[0]
            config = None if value is None else decode(DistrictConfig, value)
        except (Refused, ValueError):
            log.warning("district unreadable")  # the last readable one stays
            return None
        with self._lock:
            if config is None:
                self._known.pop(tenant, None)
            else:
                self._known[tenant] = config
        return tenant
