"""python -m adapters.errand: one thing an operator asks of a district's SIS, beside the delivery workers.

    check TENANT                              the self-test
    refresh TENANT                            read the directory now: schools, and every section known of
    category TENANT SECTION TEACHER TITLE     make a category, then read the section's anew; TEACHER "" for none

The command line runs it where the secrets are, and reads its answer: one JSON object on standard output. It holds codes
of the catalog and their values, no secret, address or foreign text. A few calls beside the lane's own: they go at the
district's rate, and the lane knows nothing of them.
Exit codes: 0 it was carried out, whatever was found; 70 it could not be.
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from adapters import directory_facts, logs
from adapters.contract import Adapter, Directory
from adapters.districts import Districts
from adapters.errors import DeliveryError, Misconfigured
from adapters.outlet import Outlet
from adapters.ratelimit import TokenBucket
from adapters.registry import CONNECT, Connect
from schemas.cluster import Cluster
from schemas.codec import encode
from schemas.directory import fits, sis_school
from schemas.district import DistrictConfig, DistrictDirectory, SisCategory
from schemas.district_records import DistrictRecords
from schemas.gradebook import Sis
from schemas.keys import place_key

EXIT_FAULT = 70
#: Seconds the broker may take for what was read.
ACK_SECONDS = 30.0

_ERRANDS = {
    "check": ("tenant",),
    "refresh": ("tenant",),
    "category": ("tenant", "section", "teacher", "title"),
}

Answer = dict[str, Any]
Write = Callable[[Mapping[bytes, DistrictDirectory]], None]


def check(records: DistrictRecords, tenant: str, connect: Mapping[Sis, Connect] = CONNECT) -> Answer:
    """The self-test's findings, of one section where any is known."""
    try:
        config, adapter = _connected(records, tenant, connect)
    except Misconfigured as error:
        return {"findings": [{"what": "connect", **_told(error)}]}
    try:
        places = records.told(tenant).values()
        known = [one for one in places if one.sis_section and fits(config, one)]
        names = [
            directory_facts.name_of(adapter.capabilities, one.sis_section or "", one.sis_teacher)
            for one in known
        ]
        return {"findings": [asdict(finding) for finding in adapter.check(names[0] if names else None)]}
    finally:
        adapter.close()


def refresh(
    records: DistrictRecords, tenant: str, write: Write, connect: Mapping[Sis, Connect] = CONNECT
) -> Answer:
    """How many sections and schools were asked about, and how many places told something new; or why not."""
    try:
        config, adapter = _connected(records, tenant, connect)
    except Misconfigured as error:
        return {"error": _told(error)}
    try:
        can = adapter.capabilities
        known = [one for one in records.told(tenant).values() if one.sis_section and fits(config, one)]
        places = [(one.sis_section or "", one.sis_teacher) for one in known]
        asked = {directory_facts.name_of(can, *place): place for place in places}
        schools = [sis_school(school) for school in config.schools] if can.calendar else []
        told = adapter.directory(list(asked), schools)
        found = directory_facts.records(config, told, round(time.time() * 1000), asked)
        news = directory_facts.changed(records.told(tenant), found)
        write(news)
        return {"sections": len(asked), "schools": len(schools), "changed": len(news)}
    except DeliveryError as error:
        return {"error": _told(error)}
    finally:
        adapter.close()


def category(
    records: DistrictRecords,
    tenant: str,
    place: tuple[str, str | None],
    title: str,
    write: Write,
    connect: Mapping[Sis, Connect] = CONNECT,
) -> Answer:
    """The category, which stands afterwards whether it was made now or before; or why not."""
    try:
        config, adapter = _connected(records, tenant, connect)
    except Misconfigured as error:
        return {"error": _told(error)}
    try:
        if not adapter.capabilities.creates_categories:
            return {"cannot": True}
        name = directory_facts.name_of(adapter.capabilities, *place)
        made = adapter.create_category(name, title)
        told = Directory(categories=_standing(records, config, adapter, name, place[0], made))
        found = directory_facts.records(config, told, round(time.time() * 1000), {name: place})
        write(directory_facts.changed(records.told(tenant), found))
        return {"category": {"id": made.id, "title": made.title}}
    except DeliveryError as error:
        return {"error": _told(error)}
    finally:
        adapter.close()


def _standing(
    records: DistrictRecords,
    config: DistrictConfig,
    adapter: Adapter,
    name: str,
    section: str,
    made: SisCategory,
) -> tuple[SisCategory, ...]:
    """The categories of the place as they are listed now, or were known, under the name it is asked by; with the new
    one, which a list may not show yet.
    """
    own = None if made.sis_section is None else name
    try:
        listed = [row for row in adapter.directory([name], ()).categories if row.sis_section == own]
    except DeliveryError:
        listed = []
    if not listed:
        key = place_key(config.tenant, None if own is None else section, None)
        known = records.told(config.tenant).get(key)
        if known is not None and fits(config, known):
            listed = [replace(row, sis_section=own) for row in known.categories]
    others = [row for row in listed if row.id != made.id]
    return (*others, replace(made, sis_section=own))


def _connected(
    records: DistrictRecords, tenant: str, connect: Mapping[Sis, Connect]
) -> tuple[DistrictConfig, Adapter]:
    config = records.get(tenant)
    if config is None:
        raise Misconfigured("DISTRICT_UNKNOWN")
    if config.sis.kind not in connect:
        raise Misconfigured("SIS_NOT_SUPPORTED", {"sis": config.sis.kind.value})
    bucket = TokenBucket(config.sis.rate_per_second)
    return config, connect[config.sis.kind](config, lambda: time.sleep(bucket.reserve(time.monotonic())))


def _told(error: DeliveryError) -> Answer:
    return {"code": error.code, "params": error.params}


def _writer(cluster: Cluster) -> Write:
    def write(found: Mapping[bytes, DistrictDirectory]) -> None:
        faults: list[BaseException] = []
        outlet = Outlet(cluster, faults.append)
        waiting = []
        for key, record in found.items():
            acked = threading.Event()
            outlet.send(cluster.topics.config, key, encode(record), acked=acked.set)
            waiting.append(acked)
        for acked in waiting:
            if not acked.wait(ACK_SECONDS):
                raise TimeoutError
        outlet.close(3)

    return write


def _run(told: argparse.Namespace, records: DistrictRecords, write: Write) -> Answer:
    match told.errand:
        case "check":
            return check(records, told.tenant)
        case "refresh":
            return refresh(records, told.tenant, write)
        case _:
            return category(records, told.tenant, (told.section, told.teacher or None), told.title, write)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m adapters.errand")
    errands = parser.add_subparsers(dest="errand", required=True)
    for name, words in _ERRANDS.items():
        errand = errands.add_parser(name)
        for word in words:
            errand.add_argument(word)
    told = parser.parse_args(arguments)
    logs.configure("ERROR")
    try:
        cluster = Cluster.from_env()
        districts = Districts(cluster, lambda _: None)
        districts.read()
        answer = _run(told, districts.records, _writer(cluster))
    except Exception as error:  # noqa: BLE001 - its text may quote an address or a secret: the kind is all that is told
        sys.stderr.write(f"{type(error).__name__}\n")
        return EXIT_FAULT
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
