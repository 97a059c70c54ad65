"""The runtime's few numbers, and which way each one pulls. Measured defaults: docs/performance.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Seconds unless the name says otherwise."""

    #: More bytes per fetch: less CPU at low rates, and up to `fetch_max_wait_ms` more latency.
    fetch_min_bytes: int = 1
    fetch_max_wait_ms: int = 500
    #: The least time between two fetches: at a few thousand records a second it makes batches of ten out of
    #: batches of one, for as much latency; under load, and when idle, it has no effect.
    fetch_interval: float = 0.003
    #: Bounds memory: at most this much per partition is in hand before the stage has seen it.
    max_partition_fetch_bytes: int = 1024 * 1024
    #: A stage is synchronous: one batch is the longest time nothing else runs in the process.
    max_batch_records: int = 5_000

    #: An epoch is closed at this many outputs, or as soon as nothing is in flight.
    epoch_records: int = 10_000
    epochs_outstanding: int = 3
    #: Below the broker's max.message.bytes (1 MiB), which also bounds one record; above the largest dead letter.
    max_batch_bytes: int = 1_040_000
    #: An output not acknowledged by then stops the process: its inputs come again.
    ack_deadline: float = 30.0

    commit_interval: float = 1.0
    tick_interval: float = 1.0
    #: Short, so that a dead worker's partitions move soon; 6 is the broker's least.
    session_timeout: float = 6.0
    heartbeat_interval: float = 2.0
    rebalance_timeout: float = 30.0
    #: How long a revoke or a stop waits for epochs in flight, and a commit for its answer; what is not
    #: acknowledged comes again. A stop takes at most three of these: below the usual ten seconds.
    settle_timeout: float = 3.0
    #: No progress for so long while the log moves, or no membership: exit, and be restarted (P10).
    stall_timeout: float = 60.0
    stall_check_interval: float = 5.0

    def __post_init__(self) -> None:
        if self.epochs_outstanding < 1 or self.max_batch_records < 1 or self.epoch_records < 1:
            raise ValueError("epochs_outstanding, epoch_records and max_batch_records start at 1")
        if self.heartbeat_interval * 2 > self.session_timeout:
            raise ValueError("session_timeout must leave room for two heartbeats")
