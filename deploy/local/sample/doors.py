"""How each system is reached in the sample: its simulator, its sign-in, and the made-up secrets of both sides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.gradebook import Sis

#: Where `make up` puts the first simulated SIS; the others follow, one port each.
PORT = 18360
_CLIENT = {"client_id": "sample-client", "client_secret": "sample-secret"}
_CERTIFICATE = "sample-certificate-of-32-letters"
_PREFIX = "GRADEBOOK_SYNC_SAMPLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """`simulator` is its name for tests.simulators, `path` the district's address there. `seed_auth` is what the
    simulator accepts; `secrets` are the environment variables that hold the same for the delivery worker, the first
    two key and secret (one alone is the secret). A real secret is never in a file of ours.
    """

    simulator: str
    product: str
    path: str
    auth: str
    secrets: Mapping[str, str]
    seed_auth: Mapping[str, Any]
    limits: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    title_max: int | None = None

    def base_url(self, tenant: str, port: int) -> str:
        """The district's address in the simulator on this machine."""
        return f"http://127.0.0.1:{port}{self.path.format(code=tenant)}"

    @property
    def references(self) -> tuple[str, str]:
        """key_ref and secret_ref; the first is empty where there is only a secret."""
        names = [f"env:{name}" for name in self.secrets]
        return (names[0], names[1]) if len(names) > 1 else ("", names[0])


#: In the order of their ports.
DOORS: Mapping[Sis, Door] = {
    Sis.ESCHOOLPLUS: Door(
        simulator="eschoolplus",
        product="eSchoolPLUS",
        path="/plus360api/v1/{code}",
        auth="oauth1-hmac-sha256",
        secrets={f"{_PREFIX}_KEY": "OneRoster_LAKESIDE_1", f"{_PREFIX}_SECRET": "sample-secret"},
        seed_auth={
            "oauth1": {
                "consumer_key": "OneRoster_LAKESIDE_1",
                "secret": "sample-secret",
                "signature_methods": ["HMAC-SHA256"],
            }
        },
        limits={"title_cap": 50, "page_size": 100},
        title_max=50,
    ),
    Sis.POWERSCHOOL: Door(
        simulator="powerschool",
        product="PowerSchool",
        path="/{code}",
        auth="oauth2",
        secrets={
            f"{_PREFIX}_POWERSCHOOL_KEY": _CLIENT["client_id"],
            f"{_PREFIX}_POWERSCHOOL_SECRET": _CLIENT["client_secret"],
        },
        seed_auth={"oauth2": _CLIENT},
    ),
    Sis.SKYWARD: Door(
        simulator="skyward_sms",
        product="Skyward",
        path="/{code}/api",
        auth="token",
        secrets={
            f"{_PREFIX}_SKYWARD_KEY": _CLIENT["client_id"],
            f"{_PREFIX}_SKYWARD_SECRET": _CLIENT["client_secret"],
        },
        seed_auth={"oauth2": _CLIENT},
    ),
    Sis.INFINITE_CAMPUS: Door(
        simulator="infinite_campus",
        product="Infinite Campus",
        path="/{code}/campus",
        auth="oauth2",
        secrets={
            f"{_PREFIX}_CAMPUS_KEY": _CLIENT["client_id"],
            f"{_PREFIX}_CAMPUS_SECRET": _CLIENT["client_secret"],
            f"{_PREFIX}_CAMPUS_VENDOR_KEY": "sample-vendor",
            f"{_PREFIX}_CAMPUS_VENDOR_SECRET": "sample-vendor-secret",
        },
        seed_auth={"oauth2": _CLIENT, "vendor": {"key": "sample-vendor", "secret": "sample-vendor-secret"}},
        options={
            "vendor_key": f"env:{_PREFIX}_CAMPUS_VENDOR_KEY",
            "vendor_secret": f"env:{_PREFIX}_CAMPUS_VENDOR_SECRET",
        },
    ),
    Sis.AERIES: Door(
        simulator="aeries",
        product="Aeries",
        path="/{code}/aeries",
        auth="certificate",
        secrets={f"{_PREFIX}_AERIES_CERTIFICATE": _CERTIFICATE},
        seed_auth={"certificate": {"value": _CERTIFICATE}},
    ),
}
