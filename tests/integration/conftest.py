"""What several files of integration tests stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.worker import needed
from schemas.cluster import Cluster
from schemas.gradebook import Sis
from schemas.topics import TopicNames, topic
from tests.simulators.client import Simulator
from tests.support.delivery import SEED, Street
from tests.support.kafka import Kafka


@pytest.fixture
def street(kafka: Kafka, prefix: str, tmp_path: Path) -> Iterator[Street]:
    cluster = Cluster(kafka.bootstrap, TopicNames(f"{prefix}."))
    names = needed([Sis.ESCHOOLPLUS])
    for name in names:
        row = topic(name)
        kafka.create(cluster.topics.of(name), partitions=row.partitions, configs=row.settings)
    with Simulator("eschoolplus") as simulator:
        simulator.seed(SEED)
        made = Street(kafka, cluster, simulator, tmp_path)
        made.configure()
        yield made
        made.clean_up()
    kafka.delete(*(cluster.topics.of(name) for name in names))
