"""One real broker for the whole run, and the folder of third-party data.

The broker is shared by all xdist workers: the controlling process names one folder for the run, the first worker that
needs the broker starts it under a file lock, and the controlling process stops it, and every other cluster a test left
running, at the end.
"""

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from deploy.kafka import install
from deploy.kafka.cluster import Cluster
from tests.support.kafka import Kafka, unique

ROOT = Path(__file__).parent.parent
RUN_FOLDER = "GRADEBOOK_SYNC_TEST_RUN"
KEPT_LOGS = ROOT / ".run" / "test-logs"
IN_CI = bool(os.environ.get("CI"))


def pytest_configure(config: pytest.Config) -> None:
    """Name the run's folder once, in the controlling process; its workers inherit the name."""
    if _is_worker(config):
        return
    os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="gradebook-sync-test-")
    # A time limit ends a run with SIGTERM; as an interrupt it still passes through the clean-up below.
    with suppress(ValueError):
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """After a failed run, keep what the brokers said."""
    if _is_worker(session.config) or exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return
    for log in _run_folder().glob("*/*/server.log"):
        KEPT_LOGS.mkdir(parents=True, exist_ok=True)
        shutil.copy(log, KEPT_LOGS / f"{log.parent.parent.name}-{log.parent.name}.log")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop every cluster that lives in the run's folder, and remove it."""
    if _is_worker(config) or RUN_FOLDER not in os.environ:
        return
    folder = Path(os.environ.pop(RUN_FOLDER))
    for description in folder.glob("*/cluster.json"):
        cluster = Cluster.existing(description.parent)
        if cluster is not None:
            cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for the broker carries its mark, so `-m "not broker"` is the run without Java."""
    for item in items:
        if {"kafka", "new_cluster"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("broker")


@pytest.fixture(scope="session")
def kafka() -> Kafka:
    """The run's shared one-node broker. Never kill, pause or reconfigure it: use `new_cluster` for that."""
    _require_broker()
    with _lock("shared-kafka"):
        cluster = Cluster.at(_run_folder() / "shared-kafka", heap_mib=512)
        cluster.start()
    return Kafka(cluster.bootstrap)


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """A string of this test alone, legal in topic names and group ids."""
    return unique(request.node.name)


@pytest.fixture
def new_topic(kafka: Kafka, prefix: str) -> Iterator[Callable[..., str]]:
    """Function that creates a topic of this test alone and returns its name; deleted at the end.

    new_topic(name="topic", partitions=1, configs={"cleanup.policy": "compact"})
    """
    made: list[str] = []

    def create(name: str = "topic", *, partitions: int = 1, configs: dict[str, str] | None = None) -> str:
        topic = f"{prefix}.{name}"
        kafka.create(topic, partitions=partitions, configs=configs)
        made.append(topic)
        return topic

    yield create
    kafka.delete(*made)


@pytest.fixture
def new_cluster(prefix: str) -> Iterator[Callable[..., Cluster]]:
    """Function that starts a cluster of this test alone, to be killed and paused at will; stopped at the end.

    new_cluster(brokers=1, heap_mib=384)
    """
    _require_broker()
    made: list[Cluster] = []

    def start(*, brokers: int = 1, heap_mib: int = 384) -> Cluster:
        cluster = Cluster.at(_run_folder() / f"{prefix}-{len(made)}", brokers=brokers, heap_mib=heap_mib)
        made.append(cluster)
        cluster.start()
        return cluster

    yield start
    for cluster in made:
        cluster.kill()


@pytest.fixture(scope="session")
def third_party() -> Path:
    """Folder of data that others made (../shared/data/third_party, or $GRADEBOOK_SYNC_THIRD_PARTY)."""
    told = os.environ.get("GRADEBOOK_SYNC_THIRD_PARTY")
    folder = Path(told) if told else ROOT.parent / "shared" / "data" / "third_party"
    if not folder.is_dir():
        _absent(
            f"THIRD-PARTY DATA ABSENT: no folder {folder}; set GRADEBOOK_SYNC_THIRD_PARTY to where it is."
        )
    return folder


def _require_broker() -> None:
    missing = _missing()
    if missing:
        _absent(f"NO BROKER, NOT TESTED ON KAFKA: {missing}")


def _missing() -> str | None:
    try:
        install.java()
        install.jars()
    except (install.MissingTool, install.FetchFailed) as absent:
        return str(absent)
    return None


def _absent(reason: str) -> None:
    """A laptop may lack something and says so; CI may not."""
    if IN_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _run_folder() -> Path:
    return Path(os.environ[RUN_FOLDER])


@contextmanager
def _lock(name: str) -> Iterator[None]:
    with (_run_folder() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
