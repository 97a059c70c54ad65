"""python -m adapters.worker: owns partitions of sis.<system> and delivers what stands on them.

    preflight     topics as topics.toml has them, or exit 78
    districts     district.config read whole, then followed
    assignment    new partitions stand paused while their ledger is restored; then their lanes open
    loop          poll, hand over, commit the oldest unfinished offset
    revocation    lanes close at once, what is under way gets a few seconds, nothing is written after
    SIGTERM       as a revocation of everything; exit 0

Exit codes: 0 asked to stop; 70 an unknown fault, or records the broker did not take (a restart is safe);
78 topics or settings do not match.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import structlog
from kafka import ConsumerRebalanceListener, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from adapters import logs, metrics
from adapters.connections import Connections
from adapters.crew import Crew
from adapters.directories import Directories
from adapters.districts import Districts
from adapters.fence import Fence
from adapters.joining import member
from adapters.lanes import Lane, Slot
from adapters.ledger import PartitionLedger
from adapters.outlet import Outlet
from adapters.partition import Around, Partition
from adapters.reading import Pairs, read_whole
from adapters.settings import Settings, parse
from adapters.watch import Watch
from schemas.gradebook import Sis
from schemas.provision import EXIT_CONFIGURATION, ConfigurationRefused, refuse_mismatch
from schemas.ready_file import ReadyFile

EXIT_FAULT = 70
#: Seconds between commits, and between words about rows that wait.
COMMIT_EVERY, SPEAK_EVERY = 1.0, 10.0

log = structlog.get_logger("adapters.worker")


class Worker(ConsumerRebalanceListener):  # type: ignore[misc] # kafka-python ships no types
    """One process's share of the partitions."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cluster = settings.cluster
        self._systems = {self._cluster.topics.desired(sis): sis for sis in settings.systems}
        self._partitions: dict[TopicPartition, Partition] = {}
        self._restoring: set[TopicPartition] = set()
        self._restored: list[tuple[TopicPartition, PartitionLedger, int]] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._committed: dict[TopicPartition, int] = {}
        self._joined = False
        self._ready_file = ReadyFile.from_env()
        self._fault: BaseException | None = None
        self._fence = Fence(settings.session_seconds, self.fail)
        self._districts = Districts(self._cluster, self._district_changed, self._directory_changed)
        self._connections = Connections(self._districts.get)
        self._outlet = Outlet(self._cluster, self.fail)
        self._urgent = Outlet(self._cluster, self.fail, linger=0)
        self._watch = Watch(self._cluster, self.fail)
        self._crew = Crew(_run, self.fail, threads=settings.threads, reserve=settings.reserve)
        self._consumer: Any = None
        self._around = Around(
            cluster=self._cluster,
            outlet=self._outlet,
            urgent=self._urgent,
            crew=self._crew,
            district=self._districts.get,
            adapter_of=self._connections.get,
            renew=self._connections.forget,
            fence=self._fence,
        )
        every, gap = settings.directory_minutes * 60, settings.directory_gap_minutes * 60
        self._directories = Directories(self._around, self._districts.records, every=every, gap=gap)

    def run(self) -> int:
        """Deliver until told to stop; the exit code."""
        self._districts.read()
        self._districts.follow(self.fail)
        self._fence.start()
        self._watch.start()
        self._directories.start()
        self._consumer = member(
            self._cluster,
            self._settings.group_id,
            self._settings.session_seconds,
        )
        self._consumer.subscribe(topics=sorted(self._systems), listener=self)
        log.info("started", systems=[str(sis) for sis in self._settings.systems], pid=os.getpid())
        commit_at, speak_at = 0.0, time.monotonic() + SPEAK_EVERY
        while not self._stop.is_set():
            self._hand_over(self._consumer.poll(timeout_ms=100))
            self._open_restored()
            if time.monotonic() >= commit_at:
                self._commit()
                self._ready_file.tell(ready=self._joined and not self._restoring)
                self._directories.own(list(self._partitions.values()))
                commit_at = time.monotonic() + COMMIT_EVERY
            if time.monotonic() >= speak_at:
                for partition in list(self._partitions.values()):
                    partition.speak()
                speak_at = time.monotonic() + SPEAK_EVERY
        return self._shut()

    def stop(self) -> None:
        """End the loop; safe in a signal handler."""
        self._stop.set()

    def fail(self, error: BaseException) -> None:
        """An unknown fault, from any thread: stop, and let a supervisor start anew."""
        if self._fault is None:
            self._fault = error
            log.critical("fault", error=type(error).__name__, where=logs.where(error))
        self._stop.set()

    def on_partitions_assigned(self, assigned: Any) -> None:
        """Called inside poll: pause, and restore elsewhere, so that heartbeats go on."""
        self._joined = True
        new = [tp for tp in assigned if tp not in self._partitions and tp not in self._restoring]
        if not new:
            return
        self._consumer.pause(*new)
        with self._lock:
            self._restoring |= set(new)
        at_least = max(int(self._consumer.group_metadata().generation_id), 0)
        threading.Thread(target=self._restore, args=(new, at_least), name="restore", daemon=True).start()

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Called inside poll, before another worker gets them: close, and let what is under way end."""
        going = [self._partitions[tp] for tp in revoked if tp in self._partitions]
        for partition in going:
            partition.drain()
        # when the process stops, what was under way has had its time already
        deadline = time.monotonic() + (0 if self._stop.is_set() else self._settings.drain_seconds)
        while any(partition.running for partition in going) and time.monotonic() < deadline:
            time.sleep(0.02)
        self._close(revoked)

    def on_partitions_lost(self, lost: Any) -> None:
        """Another worker has them already."""
        self._joined = False
        self._close(lost)

    def _close(self, gone: Any) -> None:
        with self._lock:
            self._restoring -= set(gone)
        for tp in gone:
            self._committed.pop(tp, None)
            self._watch.lose(self._ledger_of(tp))
            partition = self._partitions.pop(tp, None)
            if partition is not None:
                partition.close()

    def _restore(self, partitions: Sequence[TopicPartition], at_least: int) -> None:
        try:
            ledgers = {tp: PartitionLedger(at_least) for tp in partitions}
            source = {self._ledger_of(tp): tp for tp in partitions}

            def take(tp: TopicPartition, records: Pairs) -> None:
                ledgers[source[tp]].restore(records)

            ends = read_whole(self._cluster, source, take, self._stop.is_set)
            with self._lock:
                self._restored += [
                    (tp, ledgers[tp], ends[ledger]) for ledger, tp in source.items() if tp in self._restoring
                ]
        except BaseException as error:  # noqa: BLE001 - a partition nobody serves must not go unnoticed
            self.fail(error)

    def _ledger_of(self, tp: TopicPartition) -> TopicPartition:
        return TopicPartition(self._cluster.topics.ledger(self._systems[tp.topic]), tp.partition)

    def _open_restored(self) -> None:
        with self._lock:
            ready = [one for one in self._restored if one[0] in self._restoring]
            self._restored = []
            self._restoring -= {tp for tp, _, _ in ready}
        if not ready:
            return
        ends = self._consumer.end_offsets([tp for tp, _, _ in ready])
        for tp, ledger, read_to in ready:
            sis = self._systems[tp.topic]
            position = self._consumer.position(tp)
            partition = Partition(sis, tp.partition, ledger, position, ends[tp], self._around)
            self._partitions[tp] = partition
            self._watch.own(self._ledger_of(tp), partition, read_to)
            self._consumer.resume(tp)
        entries = sum(len(ledger) for _, ledger, _ in ready)
        metrics.RESTORED.set(entries)
        log.info("assigned", partitions=sorted(tp.partition for tp, _, _ in ready), entries=entries)

    def _hand_over(self, fetched: Any) -> None:
        for tp, records in fetched.items():
            partition = self._partitions.get(tp)
            if partition is None:
                if tp in self._restoring:
                    self._consumer.seek(tp, records[0].offset)  # fetched before it was paused
                continue
            for record in records:
                partition.take(record)

    def _commit(self) -> None:
        metrics.PENDING.set(sum(p.offsets.unfinished for p in self._partitions.values()))
        metrics.LANES.set(sum(len(p.lanes) for p in self._partitions.values()))
        metrics.THREADS.set(self._crew.threads)
        due = {tp: p.offsets.committable for tp, p in self._partitions.items()}
        due = {tp: offset for tp, offset in due.items() if self._committed.get(tp) != offset}
        if not due:
            return
        try:
            self._consumer.commit(
                {tp: OffsetAndMetadata(offset, "", -1) for tp, offset in due.items()}, timeout_ms=3000
            )
            self._committed |= due
        except KafkaError as error:
            # a hint that did not arrive: a rebalance is under way, or the coordinator moves
            log.info("not committed", error=type(error).__name__)

    def _district_changed(self, tenant: str) -> None:
        self._connections.forget(tenant)
        for partition in list(self._partitions.values()):
            partition.retry(tenant)

    def _directory_changed(self, tenant: str) -> None:
        self._connections.forget(tenant)

    def _shut(self) -> int:
        self._directories.stop()
        self._ready_file.tell(ready=False)
        self._crew.stop(self._settings.drain_seconds)
        for partition in self._partitions.values():
            partition.close()
        self._districts.stop()
        self._watch.stop()
        if self._fault is not None:
            return EXIT_FAULT
        self._urgent.close(3)
        self._outlet.close(3)
        self._commit()
        self._consumer.close(autocommit=False, timeout_ms=2000)
        log.info("stopped")
        return EXIT_FAULT if self._fault is not None else 0


def _run(lane: Lane, slot: Slot) -> None:
    owner = lane.owner
    assert isinstance(owner, Partition)  # noqa: S101 - lanes are made by partitions only
    owner.run(lane, slot)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    settings = parse(arguments)
    logs.configure(settings.log_level)
    sys.setswitchinterval(0.05)  # many threads that mostly wait: fewer hand-overs of the interpreter
    try:
        refuse_mismatch(settings.cluster, needed(settings.systems))
    except ConfigurationRefused as refused:
        log.critical("refused to start", topic=refused.topic, why=refused.sentence)
        return EXIT_CONFIGURATION
    if settings.metrics_port is not None:
        metrics.serve(settings.metrics_port)
    worker = Worker(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    try:
        return worker.run()
    except Exception as error:  # noqa: BLE001 - its text may quote a record: the kind is all that is told
        worker.fail(error)
        return EXIT_FAULT


def needed(systems: Sequence[Sis]) -> list[str]:
    """The topics read and written, by their names in topics.toml."""
    own = [name for sis in systems for name in (f"sis.{sis.lower()}", f"sis.{sis.lower()}.ledger")]
    return [*own, "district.config", "sync.results", "dead.letters"]


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # threads that wait for a hanging SIS are daemons; nothing of theirs is written any more
    os._exit(code)
