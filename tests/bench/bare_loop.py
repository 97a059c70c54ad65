"""The peer: what an engineer writes by hand. confluent-kafka, plain fastavro, dicts, one loop, one process.

    python -m tests.bench.bare_loop GROUP

It does what the stream worker does with a change: decode, keep the item's state, validate, route the desired item,
tell the result, fold the section's log, and commit only after every output is acknowledged. It spares itself the hop
over sync.results that lets the product's status stage run elsewhere. Prints `ready` once it is assigned.
"""

import gc
import io
import os
import signal
import struct
import sys
import time
from functools import cache
from hashlib import blake2b
from typing import Any

from confluent_kafka import Consumer, Message, Producer
from fastavro import schemaless_reader, schemaless_writer

from schemas.cluster import Cluster
from schemas.codec import decode
from schemas.district import DistrictConfig
from schemas.gradebook import SectionBound, Sis
from schemas.registry import NAMESPACE, schemas
from streams.rules.district_view import DistrictView
from streams.rules.verdict import Accepted, decide_without_title
from tests.support.kafka import Kafka

_BATCH = 5_000


def _schema(record: str) -> tuple[bytes, Any]:
    written = schemas().current(record)
    return struct.pack(">bI", 0, written.id), written.schema


_CHANGE, _DESIRED, _RESULT, _STATE, _STATUS = (
    _schema(name) for name in ("GradebookChange", "DesiredItem", "SyncResult", "ItemState", "SectionStatus")
)


def _encode(kind: tuple[bytes, Any], record: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    out.write(kind[0])
    schemaless_writer(out, kind[1], record)
    return out.getvalue()


class Loop:
    """The loop and all it remembers."""

    def __init__(self, cluster: Cluster, group: str) -> None:
        self._topics = cluster.topics
        servers = {"bootstrap.servers": cluster.bootstrap}
        self._consumer = Consumer(
            servers
            | {
                "group.id": group,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "fetch.message.max.bytes": 4_194_304,
                "queued.max.messages.kbytes": 65_536,
            }
        )
        self._producer = Producer(
            servers
            | {
                "acks": "all",
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                "queue.buffering.max.messages": 1_000_000,
                "batch.size": 900_000,
            }
        )
        kafka = Kafka(cluster.bootstrap)
        self._districts = {
            config.tenant: DistrictView.of(config)
            for config in (decode(DistrictConfig, one.value) for one in kafka.read(self._topics.config))
        }
        self._bindings: dict[bytes, dict[str, Any]] = {}
        self._mappings: dict[bytes, dict[str, str]] = {}
        self._items: dict[tuple[bytes, str], tuple[tuple[int, str], bytes]] = {}
        self._rows: dict[bytes, dict[str, dict[str, Any]]] = {}
        self._running = True

    def run(self) -> None:
        """Until SIGTERM."""
        signal.signal(signal.SIGTERM, self._stop)
        self._consumer.subscribe([self._topics.changes], on_assign=lambda *_: print("ready", flush=True))
        while self._running:
            messages = self._consumer.consume(_BATCH, 0.05)
            if messages:
                self._take([one for one in messages if one.error() is None])
        self._consumer.close()

    def _stop(self, *_: object) -> None:
        self._running = False

    def _take(self, messages: list[Message]) -> None:
        touched: dict[tuple[bytes, str], int] = {}
        sections: set[bytes] = set()
        for message in messages:
            key = message.key()
            value = message.value()
            if key is None or value is None:
                continue
            change: dict[str, Any] = schemaless_reader(
                io.BytesIO(value[5:]),
                _CHANGE[1],
                None,
                return_record_name=True,
                return_record_name_override=True,
            )  # type: ignore[assignment] # a record is a dict
            name, body = change["change"]
            if name.endswith("SectionBound"):
                self._bindings[key] = body
            elif name.endswith("MappingChanged"):
                self._mappings[key] = {row["category"]: row["sis_category"] for row in body["categories"]}
            elif name.endswith("ItemChanged"):
                self._item(key, change, body, message.offset() or 0)
                touched[key, body["item"]] = message.partition() or 0
                sections.add(key)
        for (key, item), partition in touched.items():
            self._send(self._topics.state, key + b"/" + item.encode(), self._items[key, item][1], partition)
        for key in sections:
            self._send(self._topics.status, key, _encode(_STATUS, self._log(key)))
        if self._producer.flush(30):
            os._exit(70)
        self._consumer.commit(asynchronous=False)

    def _item(self, key: bytes, change: dict[str, Any], body: dict[str, Any], offset: int) -> None:
        known = self._items.get((key, body["item"]))
        stamp = change["version"], change["event"]
        if known is not None and stamp <= known[0]:
            return
        # naming a union's branch spares fastavro trying the value against each
        content = body | {"scores": ("array", body["scores"])}
        state = {
            "version": stamp[0], "event": stamp[1], "life_version": -1, "life_event": "", "deleted": False,
            "scores_version": stamp[0], "scores_event": stamp[1], "asked": True, "routed": True, "choice": None,
            "patches": [], "content": (f"{NAMESPACE}.ItemChanged", content),
        }  # fmt: skip
        # bytes and not dicts: millions of small dicts would make the collector the bottleneck
        self._items[key, body["item"]] = stamp, _encode(_STATE, state)
        now = time.time_ns() // 1_000_000
        binding = self._bindings[key]
        verdict = self._verdict(key, body["published"], body["category"], body["due"], body["points"])
        outcome, fingerprint = "ERROR", None
        if isinstance(verdict, Accepted):
            outcome = "QUEUED"
            desired = {
                "tenant": change["tenant"], "section": change["section"], "item": body["item"], "revision": 0,
                "version": 0, "event": "", "decided_at": 0, "run": None, "deleted": False, "choice": None,
                "fingerprint": "", "school": binding["school"], "sis_section": binding["sis_section"],
                "sis_teacher": binding["sis_teacher"], "sis_category": verdict.sis_category,
                "due_date": verdict.due_date, "students": [], "content": content,
            }  # fmt: skip
            encoded = _encode(_DESIRED, desired)
            fingerprint = blake2b(encoded, digest_size=16).hexdigest()
            desired |= {"revision": offset, "version": stamp[0], "event": stamp[1], "decided_at": now}
            desired["fingerprint"] = fingerprint
            self._send(
                self._topics.desired(Sis.ESCHOOLPLUS),
                key + b"/" + body["item"].encode(),
                _encode(_DESIRED, desired),
            )
        result = {
            "tenant": change["tenant"], "section": change["section"], "item": body["item"], "revision": offset,
            "step": 0, "outcome": outcome, "version": stamp[0], "at": now, "kind": body["kind"],
            "title": body["title"], "deleted": False, "sis": "ESCHOOLPLUS", "fingerprint": fingerprint,
        }  # fmt: skip
        self._send(self._topics.results, key, _encode(_RESULT, result))
        self._rows.setdefault(key, {})[body["item"]] = {
            "item": body["item"], "kind": body["kind"], "title": body["title"], "state": outcome, "deleted": False,
            "version": stamp[0], "heard": offset, "revision": offset, "step": 0, "changed_at": now,
            "last_success_at": None, "last_success_revision": -1, "last_success_fingerprint": None,
            "sis": "ESCHOOLPLUS", "code": None, "params": {}, "next_try_at": None, "problems": [], "receipt": None,
        }  # fmt: skip

    @cache  # noqa: B019 - one loop lives as long as its process
    def _verdict(self, key: bytes, published: bool, category: str, due: str, points: float) -> object:
        binding = self._bindings[key]
        section = SectionBound(
            sis=Sis(binding["sis"]), sis_section=binding["sis_section"], school=binding["school"]
        )
        district = self._districts[key.split(b"/")[0].decode()]
        return decide_without_title(published, category, due, points, section, self._mappings[key], district)

    def _log(self, key: bytes) -> dict[str, Any]:
        tenant, section = key.decode().split("/")
        rows = list(self._rows[key].values())
        return {
            "tenant": tenant, "section": section, "part": 0, "updated_at": rows[-1]["changed_at"],
            "last_error_at": None, "seen": [], "rows": rows,
        }  # fmt: skip

    def _send(self, topic: str, key: bytes, value: bytes, partition: int = -1) -> None:
        while True:
            try:
                self._producer.produce(topic, value, key, partition)
                return
            except BufferError:
                self._producer.poll(0.05)


if __name__ == "__main__":
    gc.set_threshold(200_000, 20, 100)  # as the product does
    Loop(Cluster.from_env(), sys.argv[1]).run()
