"""Three brokers, and the one that leads most killed under load."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.kafka.cluster import Cluster
from tests.faults.lab import new_lab, seed
from tests.faults.load import Load, Shape
from tests.faults.publisher import Publishing
from tests.support.kafka import Kafka
from tests.support.processes import until

EVENTS, KILLS = 200_000, 4


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_the_leader_killed_under_load_loses_nothing(
    new_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    cluster = new_cluster(brokers=3, heap_mib=320)
    kafka = Kafka(cluster.bootstrap)
    load = Load(seed(), Shape(sections=200, items=25, students=10))
    with (
        new_lab(kafka, tmp_path, "F9", load, replication=3) as lab,
        lab.crew(2) as crew,
        lab.sampler() as sampler,
    ):
        with Publishing(lab.publisher(), load.changes(EVENTS), EVENTS / (12.0 * KILLS)):
            for kill in range(1, KILLS + 1):
                lab.await_committed(EVENTS * kill // (KILLS + 1), crew, seconds=120)
                ((victim, _),) = Counter(lab.leaders()).most_common(1)
                cluster.node(victim).kill()
                until(
                    lambda gone=victim: gone not in lab.leaders(),  # type: ignore[misc]
                    seconds=30,
                    what="the partitions of the dead broker found no new leader",
                )
                cluster.launch(victim)
                cluster.wait_ready()
        lab.await_done(crew, seconds=180)
        verdict = lab.verdict(sampler)
        lab.report("F9", verdict, crew, leader_kills=KILLS)
        assert verdict.clean, verdict.examples(lab.log)
