"""The adapters in use, one per district and assignment; made anew when the district's configuration changes."""

import threading
import time
from collections.abc import Callable

from adapters.contract import Adapter
from adapters.errors import Misconfigured
from adapters.lanes import Lane
from adapters.registry import CONNECT
from schemas.district import DistrictConfig
from schemas.gradebook import Sis


class Connections:
    """Called from many threads."""

    def __init__(self, district: Callable[[str], DistrictConfig | None]) -> None:
        self._district = district
        self._lock = threading.Lock()
        self._made: dict[tuple[Sis, str], tuple[Lane, Adapter]] = {}

    def get(self, sis: Sis, tenant: str, lane: Lane) -> Adapter:
        """The district's adapter. Misconfigured when its settings do not allow one."""
        with self._lock:
            known = self._made.get((sis, tenant))
            if known is not None and known[0] is lane:
                return known[1]
            if known is not None:
                known[1].close()
            district = self._district(tenant)
            if district is None or district.sis.kind is not sis:
                raise Misconfigured("DISTRICT_UNKNOWN")
            adapter = CONNECT[sis](district, lambda: _pace(lane))
            self._made[sis, tenant] = (lane, adapter)
            return adapter

    def forget(self, tenant: str) -> None:
        """Its configuration changed: the next call goes by the new one."""
        with self._lock:
            gone = [self._made.pop(known) for known in list(self._made) if known[1] == tenant]
        for _, adapter in gone:
            adapter.close()


def _pace(lane: Lane) -> None:
    with lane.lock:
        seconds = lane.bucket.reserve(lane.clock())
    if seconds > 0:
        time.sleep(seconds)
