"""The districts, read whole before the first item and followed ever after."""

import threading
from collections.abc import Callable
from typing import Any

import structlog
from kafka import TopicPartition

from adapters.reading import groupless
from schemas.cluster import Cluster
from schemas.codec import Refused
from schemas.district import DistrictConfig
from schemas.district_records import DistrictRecords
from schemas.keys import tenant_key

log = structlog.get_logger("adapters.districts")


class Districts:
    """`changed(tenant)` is called from the following thread for every record of a file after the first reading,
    `told(tenant)` when what the SIS tells has altered the configuration in force.
    """

    def __init__(
        self, cluster: Cluster, changed: Callable[[str], None], told: Callable[[str], None] = lambda _: None
    ) -> None:
        self._cluster = cluster
        self._changed = changed
        self._told = told
        self.records = DistrictRecords()
        self._stop = threading.Event()
        self._consumer: Any = None

    def get(self, tenant: str) -> DistrictConfig | None:
        """The district as last told, by its file and its SIS."""
        return self.records.get(tenant)

    def read(self) -> None:
        """Read the topic to its end."""
        topic = self._cluster.topics.config
        consumer = self._consumer = groupless(self._cluster)
        partitions = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        while any(consumer.position(tp) < end for tp, end in ends.items()):
            self._take(consumer.poll(timeout_ms=200))

    def follow(self, on_fault: Callable[[BaseException], None]) -> None:
        """Go on in a thread of its own."""

        def run() -> None:
            try:
                while not self._stop.is_set():
                    self._follow(self._consumer.poll(timeout_ms=500))
                self._consumer.close()
            except BaseException as error:  # noqa: BLE001 - a deaf worker must not live on
                on_fault(error)

        threading.Thread(target=run, name="districts", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()

    def _follow(self, fetched: Any) -> None:
        before = {tenant: self.get(tenant) for tenant in self.records.tenants()} if fetched else {}
        stated, told = self._take(fetched)
        for tenant in stated:
            self._changed(tenant)
        for tenant in told - stated:
            if self.get(tenant) != before.get(tenant):
                self._told(tenant)

    def _take(self, fetched: Any) -> tuple[set[str], set[str]]:
        """The districts whose files, and whose SIS, were heard of."""
        stated: set[str] = set()
        told: set[str] = set()
        for records in fetched.values():
            for record in records:
                try:
                    tenant = self.records.take(record.key, record.value)
                except (Refused, ValueError):
                    log.warning("district unreadable")  # the last readable one stays
                    continue
                (stated if record.key == tenant_key(tenant) else told).add(tenant)
        return stated, told
