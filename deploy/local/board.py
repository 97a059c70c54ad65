"""The status logs of a running stack, followed: what the demo watches and shows. The oracle does not use it."""

import threading
import time
from collections.abc import Callable
from typing import Self

from deploy.local.readiness import NotReady
from schemas.cluster import Cluster
from schemas.codec import Refused
from schemas.results import RowState, SectionStatus, StatusRow
from streams.follow import Follower
from streams.web.view import StatusView

TICK_SECONDS = 0.25


class Board:
    """The logs of all districts as they change."""

    def __init__(self, cluster: Cluster) -> None:
        self._view = StatusView()
        self._changed = threading.Condition()
        self._follower = Follower(cluster, cluster.topics.status, self._take)

    def __enter__(self) -> Self:
        self._follower.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._follower.stop()

    def section(self, tenant: str, name: str) -> SectionStatus | None:
        """A section's log now."""
        entry = self._view.get(tenant, name)
        return None if entry is None else entry.status()

    def rows(self, tenant: str, section: str) -> dict[str, StatusRow]:
        """A section's rows now, by item."""
        status = self.section(tenant, section)
        return {row.item: row for row in status.rows} if status else {}

    def settled(self, tenant: str, section: str, item: str, revision: int = -1) -> bool:
        """Whether a decision newer than that revision has ended."""
        row = self.rows(tenant, section).get(item)
        ended = row is not None and row.state in (RowState.SUCCESSFUL, RowState.ERROR)
        return ended and row is not None and row.revision > revision

    def wait(self, enough: Callable[[], bool], what: str, seconds: float, tick: Callable[[], object]) -> None:
        """Until it is so, `tick` called whenever something moved. NotReady, with `what`, when it never is."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not enough():
                tick()
                if time.monotonic() > deadline:
                    raise NotReady(f"after {seconds:.0f} s still waiting for {what}")
                self._changed.wait(TICK_SECONDS)
            tick()

    def _take(self, key: bytes | None, value: bytes | None) -> None:
        try:
            with self._changed:
                if self._view.apply(key, value):
                    self._changed.notify_all()
        except Refused:
            return
