"""What `doctor` looks at: each finding says OK or FAIL, and what to do."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from schemas import provision
from schemas.cluster import Cluster
from schemas.district import DistrictConfig
from streams.commands import errands
from streams.commands.reading import districts
from streams.settings import Settings

DELIVERY_STEM = "gradebook-sync-delivery"
CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One look. `advice` is empty when all is well."""

    what: str
    ok: bool
    told: str
    advice: str = ""


def look(cluster: Cluster, tenant: str | None) -> Iterator[Finding]:
    """Everything, in the order in which one thing rests on another; stops where looking on is pointless."""
    found = broker(cluster)
    yield found
    if not found.ok:
        return
    topics = _topics(cluster)
    yield from topics
    if all(finding.ok for finding in topics):
        yield from _workers(cluster)
        yield from _districts(cluster, tenant)


def broker(cluster: Cluster) -> Finding:
    """Whether a broker answers, within seconds."""
    try:
        with KafkaAdminClient(
            bootstrap_servers=cluster.bootstrap.split(","),
            bootstrap_timeout_ms=5_000,
            request_timeout_ms=5_000,
        ) as admin:
            brokers = admin.describe_cluster()["brokers"]
    except (KafkaError, OSError) as error:
        advice = "Start one with `make up`, or name it with --bootstrap."
        return Finding(
            "broker",
            ok=False,
            told=f"none answers at {cluster.bootstrap} ({type(error).__name__})",
            advice=advice,
        )
    return Finding("broker", ok=True, told=f"{len(brokers)} at {cluster.bootstrap}")


def _topics(cluster: Cluster) -> list[Finding]:
    wrong = provision.check(cluster)
    if not wrong:
        return [Finding("topics", ok=True, told="as schemas/topics.toml says")]
    return [Finding("topics", ok=False, told=one.sentence) for one in wrong]


def _workers(cluster: Cluster) -> Iterator[Finding]:
    """A group is alive when it has members; its lag is what it has not committed yet."""
    with KafkaAdminClient(bootstrap_servers=cluster.bootstrap.split(",")) as admin:
        names = sorted(_group_name(one) for one in admin.list_groups())
        streams = Settings.from_env().group
        sources = {cluster.topics.changes, cluster.topics.results}
        yield _group(admin, streams, sources, "gradebook-sync serve streams")
        deliveries = [name for name in names if name.startswith(cluster.topics.prefix + DELIVERY_STEM)]
        for name in deliveries or [f"{cluster.topics.prefix}{DELIVERY_STEM}"]:
            yield _group(admin, name, None, "gradebook-sync serve delivery")


def _group_name(told: Any) -> str:
    return str(told["group_id"] if isinstance(told, dict) else told[0])


def _group(admin: Any, name: str, sources: set[str] | None, start: str) -> Finding:
    members = 0
    lag = 0
    with suppress(KafkaError):
        members = len(admin.describe_groups([name])[name]["members"])
        committed = admin.list_group_offsets([name])[name]
        mine = {tp: row.offset for tp, row in committed.items() if sources is None or tp.topic in sources}
        ends = admin.list_partition_offsets(dict.fromkeys(mine, OffsetSpec.LATEST)) if mine else {}
        lag = sum(max(_end_offset(ends, tp) - at, 0) for tp, at in mine.items())
    if not members:
        return Finding(f"workers {name}", ok=False, told="none is alive", advice=f"Start one: `{start}`.")
    return Finding(f"workers {name}", ok=True, told=f"{members} alive, {lag} record(s) not committed yet")


def _end_offset(ends: Any, tp: TopicPartition) -> int:
    found = ends[tp]
    return int(getattr(found, "offset", found))


def _districts(cluster: Cluster, tenant: str | None) -> Iterator[Finding]:
    known = districts(cluster)
    apply = "Apply one: `gradebook-sync district apply FILE.toml`."
    if not known or (tenant and tenant not in known):
        told = f"{tenant} is not configured" if tenant else "no district is configured"
        yield Finding("configuration", ok=False, told=told, advice=apply)
    for name in sorted(known if tenant is None else known.keys() & {tenant}):
        found = list(_district(known[name]))
        yield from found
        if tenant is not None and found[-1].ok:
            yield from self_test(cluster, known[name])


def _district(config: DistrictConfig) -> Iterator[Finding]:
    what = f"district {config.tenant}"
    if not config.entitled:
        yield Finding(what, ok=False, told="syncing is switched off", advice="Set entitled = true and apply.")
    elif not any(not period.locked for school in config.schools for period in school.marking_periods):
        yield Finding(
            what, ok=False, told="no school has an open marking period", advice="Add one, and apply."
        )
    else:
        yield Finding(what, ok=True, told=f"{config.sis.kind.lower()}, {len(config.schools)} school(s)")
    yield _reachable(config)


def self_test(cluster: Cluster, config: DistrictConfig) -> Iterator[Finding]:
    """What a delivery does first, tried: secrets, sign-in, each reading. The SIS is changed by none of it."""
    for told in errands.run(cluster, "check", config.tenant)["findings"]:
        what = f"SIS of {config.tenant}, {told['what']}"
        if told["code"] is None:
            yield Finding(what, ok=True, told="works")
        else:
            message, advice = errands.sentences(told, config.sis.kind)
            yield Finding(what, ok=False, told=message, advice=advice)


def _reachable(config: DistrictConfig) -> Finding:
    """Whether something accepts connections at the SIS's address."""
    what = f"SIS of {config.tenant}"
    parts = urlsplit(config.sis.base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), CONNECT_SECONDS):
            return Finding(what, ok=True, told=f"{parts.hostname}:{port} accepts connections")
    except OSError as error:
        advice = (
            "Check sis.base_url, the network, and whether the SIS is up. Waiting items are kept and retried."
        )
        return Finding(
            what, ok=False, told=f"{parts.hostname}:{port}: {error.strerror or error}", advice=advice
        )
