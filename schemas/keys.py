"""Record keys: ids percent-encoded and joined by slashes, and the partition a key stands on."""

from urllib.parse import quote, unquote

from kafka.partitioner.default import murmur2


def section_key(tenant: str, section: str) -> bytes:
    """Key of everything about a section: `tenant/section`."""
    return f"{quote(tenant, safe='')}/{quote(section, safe='')}".encode()


def item_key(tenant: str, section: str, item: str) -> bytes:
    """Key of everything about an item: `tenant/section/item`."""
    return section_key(tenant, section) + b"/" + quote(item, safe="").encode()


def tenant_key(tenant: str) -> bytes:
    """Key of a district."""
    return quote(tenant, safe="").encode()


def place_key(tenant: str, sis_section: str | None, sis_school: str | None) -> bytes:
    """Key of what the SIS tells of a section, a school or, with neither, the district."""
    if sis_section is not None:
        return tenant_key(tenant) + b"/section/" + quote(sis_section, safe="").encode()
    if sis_school is not None:
        return tenant_key(tenant) + b"/school/" + quote(sis_school, safe="").encode()
    return tenant_key(tenant) + b"/district"


def key_parts(key: bytes) -> tuple[str, ...]:
    """The ids inside a key, decoded. ValueError when the key is not UTF-8."""
    return tuple(unquote(part, errors="strict") for part in key.decode().split("/"))


def partition_for(key: bytes, partitions: int) -> int:
    """The partition Kafka's default partitioner gives a key."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
