"""The stream worker: which stages it runs, where each reads and writes. `python -m streams.app`

    LMS -> gradebook.changes -> intake -> sis.<system> -> delivery (adapters) -> sync.results -> status -> sync.status

Any number of these processes share the partitions. Exit codes: streams/exits.py.
"""

import asyncio
import logging
from typing import NoReturn

from schemas import provision
from schemas.cluster import Cluster
from schemas.gradebook import Sis
from schemas.topics import TopicNames, topic
from streams import metrics, structured_log
from streams.districts import Districts
from streams.exits import ConfigurationRefused
from streams.follow import Follower
from streams.intake.stage import IntakeStage
from streams.observe import observe
from streams.settings import Settings
from streams.stage import Wiring
from streams.status.stage import StatusStage
from streams.worker import Worker, WorkerSettings, run_worker

#: A worker that cannot read the districts in this many seconds does not start.
_DISTRICTS_DEADLINE = 60.0


def wiring(topics: TopicNames, districts: Districts, settings: Settings) -> tuple[Wiring, ...]:
    """The flow: one row per stage, in order."""
    desired = tuple(topics.desired(sis) for sis in Sis)
    return (
        Wiring(
            name="intake",
            source=topics.changes,
            stage=lambda: IntakeStage(topics, topic("gradebook.changes").partitions, districts),
            changelog=topics.state,
            targets=(*desired, topics.results, topics.reviews, topics.changes),
            dead_letters=topics.dead_letters,
        ),
        Wiring(
            name="status",
            source=topics.results,
            stage=lambda: StatusStage(topics, settings.patience_ms),
            changelog=topics.status,
            targets=(topics.results,),
            dead_letters=topics.dead_letters,
        ),
    )


def main() -> NoReturn:
    """Run a worker until a signal, and end the process with its exit code."""
    structured_log.configure(level=logging.INFO)
    cluster, settings = Cluster.from_env(), Settings.from_env()
    districts = Districts()
    follower = Follower(cluster, cluster.topics.config, districts.take)

    async def preflight() -> None:
        rows = wiring(cluster.topics, districts, settings)
        await asyncio.to_thread(_refuse_mismatch, cluster, rows)
        follower.start()
        if not await asyncio.to_thread(follower.wait_caught_up, _DISTRICTS_DEADLINE):
            raise ConfigurationRefused(
                f"{cluster.topics.config} could not be read in {_DISTRICTS_DEADLINE:.0f} s"
            )

    tasks: list[asyncio.Task[None]] = []  # a task nobody holds may be collected

    def on_start(worker: Worker) -> None:
        tasks.append(asyncio.get_running_loop().create_task(observe(worker)))

    if settings.metrics_port:
        metrics.serve(settings.metrics_port)
    run_worker(
        wiring(cluster.topics, districts, settings),
        WorkerSettings(group=settings.group, bootstrap=cluster.bootstrap, tuning=settings.tuning),
        preflight,
        on_start=on_start,
    )


def _refuse_mismatch(cluster: Cluster, rows: tuple[Wiring, ...]) -> None:
    names = {cluster.topics.config}
    for row in rows:
        names |= {row.source, *row.targets, *filter(None, (row.changelog, row.dead_letters))}
    prefix = len(cluster.topics.prefix)
    try:
        provision.refuse_mismatch(cluster, sorted(name[prefix:] for name in names))
    except provision.ConfigurationRefused as refused:
        raise ConfigurationRefused(refused.sentence) from None


if __name__ == "__main__":
    main()
