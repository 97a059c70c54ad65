"""What a worker is put together from: its settings, the one producer, and a Faust app with little left on.

Settings that differ from Faust's defaults are here because of a trap (shared/reference/faust-traps.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer

from streams.batching import BatchConsumer, Host, WorkerApp
from streams.quarantine import LimitSettings
from streams.tuning import Tuning


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Where the broker is, which group this worker joins, and the runtime's numbers."""

    group: str
    bootstrap: str
    security: Mapping[str, Any] = field(
        default_factory=dict
    )  # aiokafka's security_protocol, sasl_*, ssl_context
    tuning: Tuning = field(default_factory=Tuning)
    dead_letter_limit: LimitSettings = field(default_factory=LimitSettings)


def new_producer(client: Mapping[str, Any], tuning: Tuning) -> AIOKafkaProducer:
    """Idempotent, so that a retried batch can neither repeat nor land on top of a later one (P22)."""
    return AIOKafkaProducer(
        **client,
        acks="all",
        enable_idempotence=True,
        max_batch_size=tuning.max_batch_bytes,
        request_timeout_ms=int(tuning.ack_deadline * 1000),
    )


def new_app(settings: WorkerSettings, host: Host) -> WorkerApp:
    """A Faust app that binds no port, declares no topic, and leaves offsets and outputs to us."""
    tuning = settings.tuning
    app = WorkerApp(
        settings.group,
        broker=f"kafka://{settings.bootstrap.replace(',', ';kafka://')}",
        processing_guarantee="at_least_once",
        stream_wait_empty=False,  # P9
        stream_buffer_maxsize=65_536,  # room is decided before fetching; this must never block (P10)
        broker_commit_interval=tuning.commit_interval,
        broker_session_timeout=tuning.session_timeout,
        broker_heartbeat_interval=tuning.heartbeat_interval,
        broker_rebalance_timeout=tuning.rebalance_timeout,
        broker_request_timeout=40,
        consumer_auto_offset_reset="earliest",
        table_standby_replicas=0,
        topic_allow_declare=False,  # P18
        topic_disable_leader=True,
        web_enabled=False,  # P17
        web_bind="127.0.0.1",
        web_tables_enabled=False,
        web_router_enabled=False,
    )
    app.boot_strategy.enable_web = False
    app.boot_strategy.enable_kafka_producer = False  # ours is idempotent, and awaited (P3, P4)
    # A class attribute to Faust, which only calls it.
    app.transport.Consumer = partial(BatchConsumer, host=host)  # type: ignore[misc,assignment]
    return app
