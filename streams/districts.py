"""Districts as intake sees them: the newest configuration of each, ready for the rules."""

from schemas.codec import Refused, decode
from schemas.district import DistrictConfig
from schemas.keys import key_parts, tenant_key
from streams.rules.district_view import DistrictView


class Districts:
    """Follows district.config: `take` every record of it, in order, from any one thread."""

    def __init__(self) -> None:
        self._views: dict[str, DistrictView] = {}
        self.refused = 0
        #: Grows with every record taken: whoever saw the same number saw the same districts.
        self.changes = 0

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """One record. An unreadable one is counted and leaves the district as it was."""
        try:
            tenant = _tenant(key)
            if value is None:
                self._views.pop(tenant, None)
                self.changes += 1
                return
            config = decode(DistrictConfig, value)
            if config.tenant != tenant:
                raise Refused("WRONG_KEY")
            self._views[tenant] = DistrictView.of(config)
            self.changes += 1
        except (Refused, ValueError):
            self.refused += 1

    def get(self, tenant: str) -> DistrictView | None:
        """The district; None when nothing is known of it. The same object until its configuration changes."""
        return self._views.get(tenant)

    def all(self) -> dict[str, DistrictView]:
        """Every district that is known now."""
        return self._views.copy()


def _tenant(key: bytes | None) -> str:
    if key is None:
        raise Refused("NULL_KEY")
    tenant = key_parts(key)[0]
    if key != tenant_key(tenant):
        raise Refused("WRONG_KEY")
    return tenant
