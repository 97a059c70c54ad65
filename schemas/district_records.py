"""district.config as every reader keeps it: record by record in, the configuration in force out."""

import threading

from schemas.codec import Refused, decode
from schemas.directory import key_of, merged
from schemas.district import DistrictConfig, DistrictDirectory
from schemas.keys import key_parts, tenant_key


class DistrictRecords:
    """`take` every record of the topic, in order, from one thread; the rest may be asked from any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stated: dict[str, DistrictConfig] = {}
        self._told: dict[str, dict[bytes, DistrictDirectory]] = {}
        self._merged: dict[str, DistrictConfig] = {}

    def take(self, key: bytes | None, value: bytes | None) -> str:
        """One record; the district it is about. Refused or ValueError: unreadable, and nothing changed."""
        if key is None:
            raise Refused("NULL_KEY")
        tenant = key_parts(key)[0]
        if key == tenant_key(tenant):
            self._state(tenant, value)
        else:
            self._tell(tenant, key, value)
        return tenant

    def _state(self, tenant: str, value: bytes | None) -> None:
        config = None if value is None else decode(DistrictConfig, value)
        if config is not None and config.tenant != tenant:
            raise Refused("WRONG_KEY")
        with self._lock:
            self._merged.pop(tenant, None)
            if config is None:
                self._stated.pop(tenant, None)
            else:
                self._stated[tenant] = config

    def _tell(self, tenant: str, key: bytes, value: bytes | None) -> None:
        told = None if value is None else decode(DistrictDirectory, value)
        if told is not None and (told.tenant != tenant or key_of(told) != key):
            raise Refused("WRONG_KEY")
        with self._lock:
            if told is None and key not in self._told.get(tenant, {}):
                raise Refused("WRONG_KEY")
            self._merged.pop(tenant, None)
            places = self._told.setdefault(tenant, {})
            if told is None:
                del places[key]
            else:
                places[key] = told

    def get(self, tenant: str) -> DistrictConfig | None:
        """The configuration in force; the same object until it changes. None without a file's."""
        with self._lock:
            known = self._merged.get(tenant)
            stated = self._stated.get(tenant)
            if known is None and stated is not None:
                known = self._merged[tenant] = merged(stated, self._told.get(tenant, {}).values())
            return known

    def stated(self, tenant: str) -> DistrictConfig | None:
        """What the file states."""
        with self._lock:
            return self._stated.get(tenant)

    def told(self, tenant: str) -> dict[bytes, DistrictDirectory]:
        """What the SIS tells, by key."""
        with self._lock:
            return dict(self._told.get(tenant, {}))

    def tenants(self) -> list[str]:
        """The districts a file states."""
        with self._lock:
            return sorted(self._stated)
