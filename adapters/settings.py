"""What a delivery worker is told: by its command line, and the cluster by its environment."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.crew import RESERVE, THREADS
from schemas.cluster import Cluster
from schemas.gradebook import Sis


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`threads` make calls, the last `reserve` of them for districts that have none. Districts' directories are read
    every `directory_minutes` (0: never), none twice within `directory_gap_minutes`.
    """

    cluster: Cluster
    systems: tuple[Sis, ...] = tuple(Sis)
    group: str = "gradebook-sync-delivery"
    threads: int = THREADS
    reserve: int = RESERVE
    metrics_port: int | None = None
    log_level: str = "INFO"
    session_seconds: float = 20.0
    drain_seconds: float = 5.0
    directory_minutes: float = 30.0
    directory_gap_minutes: float = 5.0

    @property
    def group_id(self) -> str:
        """The consumer group: one per installation and set of systems, since its members share one subscription."""
        names = "all" if set(self.systems) == set(Sis) else "-".join(sorted(s.lower() for s in self.systems))
        return f"{self.cluster.topics.prefix}{self.group}-{names}"


def parse(arguments: Sequence[str] | None = None, cluster: Cluster | None = None) -> Settings:
    """Settings of a command line; exits with 2 and a message when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m adapters.worker", description="Delivers into the SIS.")
    names = [sis.lower() for sis in Sis]
    parser.add_argument("--sis", nargs="+", choices=names, default=names, help="systems to serve (all)")
    parser.add_argument(
        "--group", default="gradebook-sync-delivery", help="stem of the consumer group's name"
    )
    parser.add_argument("--threads", type=int, default=THREADS, help="threads that make calls")
    parser.add_argument(
        "--reserve", type=int, default=RESERVE, help="of these, kept for districts without one"
    )
    parser.add_argument("--metrics-port", type=int, help="serve /metrics on 127.0.0.1")
    parser.add_argument("--log-level", default="INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    parser.add_argument("--session-seconds", type=float, default=20.0, help="until a dead worker is replaced")
    parser.add_argument(
        "--directory-minutes",
        type=float,
        default=30.0,
        help="between readings of a district's directory; 0: never",
    )
    parser.add_argument(
        "--directory-gap-minutes", type=float, default=5.0, help="least time between two of one district"
    )
    told = parser.parse_args(arguments)
    if told.threads < 1:
        parser.error("--threads must be 1 or more")
    return Settings(
        cluster=cluster or Cluster.from_env(),
        systems=tuple(Sis(name.upper()) for name in told.sis),
        group=told.group,
        threads=told.threads,
        reserve=told.reserve,
        metrics_port=told.metrics_port,
        log_level=told.log_level,
        session_seconds=told.session_seconds,
        directory_minutes=told.directory_minutes,
        directory_gap_minutes=told.directory_gap_minutes,
    )
