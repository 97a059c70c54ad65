"""Districts as intake sees them: the configuration in force of each, ready for the rules."""

from schemas.codec import Refused
from schemas.district import DistrictConfig
from schemas.district_records import DistrictRecords
from streams.rules.district_view import DistrictView


class Districts:
    """Follows district.config: `take` every record of it, in order, from any one thread, and `get` from any one."""

    def __init__(self) -> None:
        self._records = DistrictRecords()
        self._views: dict[str, tuple[DistrictConfig, DistrictView]] = {}
        self.refused = 0
        #: Grows with every record taken: whoever saw the same number saw the same districts.
        self.changes = 0

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """One record. An unreadable one is counted and leaves the district as it was."""
        try:
            self._records.take(key, value)
            self.changes += 1
        except (Refused, ValueError):
            self.refused += 1

    def get(self, tenant: str) -> DistrictView | None:
        """The district; None when nothing is known of it. The same object until its configuration changes."""
        config = self._records.get(tenant)
        if config is None:
            self._views.pop(tenant, None)
            return None
        known = self._views.get(tenant)
        if known is not None and known[0] is config:
            return known[1]
        view = DistrictView.of(config)
        self._views[tenant] = (config, view)
        return view

    def all(self) -> dict[str, DistrictView]:
        """Every district that is known now."""
        return {tenant: view for tenant in self._records.tenants() if (view := self.get(tenant)) is not None}
