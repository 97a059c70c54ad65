"""A broker of one test module's own, to be killed and paused at will."""

from collections.abc import Iterator

import pytest

from deploy.kafka.cluster import Cluster
from tests.conftest import _require_broker, _run_folder
from tests.support.kafka import unique


@pytest.fixture(scope="module")
def doomed() -> Iterator[Cluster]:
    """One broker for all tests of the module; each leaves it running."""
    _require_broker()
    cluster = Cluster.at(_run_folder() / unique("doomed"), heap_mib=384)
    cluster.start()
    yield cluster
    cluster.kill()
