"""From the topics: districts and sections as they are now."""

from contextlib import suppress

from schemas.cluster import Cluster
from schemas.codec import Refused, decode
from schemas.district import DistrictConfig
from schemas.district_records import DistrictRecords
from schemas.gradebook import SectionBound
from schemas.keys import section_key
from schemas.results import SectionStatus
from schemas.state import SectionState
from streams.commands.exits import FOUND_PROBLEM, USAGE, Stop
from streams.follow import read_range
from streams.web.view import StatusView


def district_records(cluster: Cluster) -> DistrictRecords:
    """What files state and SISs tell. Unreadable records count as none."""
    found = DistrictRecords()
    for record in read_range(cluster, cluster.topics.config):
        with suppress(Refused, ValueError):
            found.take(record.key, record.value)
    return found


def districts(cluster: Cluster) -> dict[str, DistrictConfig]:
    """Every district as it is in force."""
    found = district_records(cluster)
    return {name: config for name in found.tenants() if (config := found.get(name)) is not None}


def binding(cluster: Cluster, tenant: str, name: str) -> SectionBound | None:
    """What the section is bound to in the SIS; None when nothing was told of it."""
    key = section_key(tenant, name)
    bound: SectionBound | None = None
    for record in read_range(cluster, cluster.topics.state, key=key):
        if record.key == key:
            with suppress(Refused):
                bound = decode(SectionState, record.value).binding
    return bound


def view(cluster: Cluster, key: bytes | None = None) -> StatusView:
    """The status logs as they are now; with `key` at least that section's."""
    seen = StatusView()
    for record in read_range(cluster, cluster.topics.status, key=key):
        try:
            seen.apply(record.key, record.value)
        except Refused:
            continue
    return seen


def sections(cluster: Cluster, tenant: str | None = None) -> list[tuple[str, str]]:
    """(tenant, section) of everything with a status log."""
    seen = view(cluster)
    tenants = [tenant] if tenant else sorted(districts(cluster))
    return [(name, entry.section) for name in tenants for entry in seen.sections(name)]


def resolve(cluster: Cluster, name: str) -> tuple[str, str]:
    """TENANT/SECTION, or SECTION where only one district has it."""
    tenant, slash, section = name.partition("/")
    if slash:
        if not (tenant and section):
            raise Stop(USAGE, f"{name}: write TENANT/SECTION, or SECTION alone.")
        return tenant, section
    found = [one for one in sections(cluster) if one[1] == name]
    if not found:
        raise Stop(
            FOUND_PROBLEM, f"No section {name} has a status log yet. `gradebook-sync status` lists them."
        )
    if len(found) > 1:
        names = ", ".join("/".join(one) for one in found)
        raise Stop(USAGE, f"{name} is in several districts: write one of {names}.")
    return found[0]


def section(cluster: Cluster, tenant: str, name: str) -> SectionStatus | None:
    """A section's log as it is now; None when there is none."""
    entry = view(cluster, section_key(tenant, name)).get(tenant, name)
    return None if entry is None else entry.status()
