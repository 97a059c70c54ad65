"""Everything an intake can be fed that is no change: one dead letter each, and the good changes around it go on."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import CorruptRecordException, InvalidTimestampError

from schemas.codec import encode
from schemas.gradebook import (
    CategoryMapping,
    ItemChanged,
    ItemKind,
    MappingChanged,
    Score,
    SectionBound,
    Sis,
    SyncMode,
)
from schemas.keys import partition_for, section_key, tenant_key
from schemas.topics import topic
from tests.faults import raw_batches
from tests.faults.lab import Lab, new_lab
from tests.faults.load import Load, Shape
from tests.support.flow import change, district
from tests.support.kafka import Kafka, Record
from tests.support.processes import until
from tests.unit.schemas.bad_bytes import BAD_VALUES, GOOD, change_of_size

PARTITIONS = topic("gradebook.changes").partitions
CANARY = "Zxqv Canary 97.25"
ORIGIN = ("__connect.errors.topic", "__connect.errors.partition", "__connect.errors.offset")
CODE = "gradebook-sync.error.code"

pytestmark = pytest.mark.broker


@dataclass(frozen=True, slots=True)
class Bad:
    """A record to publish and the code it must be set aside with; None: any code."""

    name: str
    record: Record
    code: str | None


@pytest.fixture
def lab(kafka: Kafka, tmp_path: Path) -> Iterator[Lab]:
    with new_lab(kafka, tmp_path, "bad", Load(0, Shape(sections=0))) as lab:
        kafka.produce(lab.topics.config, [Record(encode(district()), tenant_key("demo"))])
        yield lab


def homes() -> list[str]:
    """A section of the district for each partition."""
    found: dict[int, str] = {}
    number = 0
    while len(found) < PARTITIONS:
        found.setdefault(partition_for(section_key("demo", f"s{number}"), PARTITIONS), f"s{number}")
        number += 1
    return [found[partition] for partition in range(PARTITIONS)]


def good(section: str, version: int, item: str = "i") -> Record:
    """A change that must be processed."""
    what = ItemChanged(item=item, kind=ItemKind.TEST, title=f"as of {version}")
    return Record(encode(change(section, f"e{version}", version, what)), section_key("demo", section))


def bad_records() -> Iterator[Bad]:
    """Numbers as in shared/reference/security.md section 7."""
    key = section_key("d1", "s1")
    for value in BAD_VALUES:
        yield Bad(f"{value.number} {value.name}", Record(value.value, key), value.code)
    yield Bad("3 no key", Record(GOOD, None), "NULL_KEY")
    yield Bad("3 another section's key", Record(GOOD, b"d1/s2"), "WRONG_KEY")
    yield Bad("3 a key that is not text", Record(GOOD, b"\xff\xfe/\x00"), "WRONG_KEY")
    yield Bad("3 a key of 40 KB", Record(GOOD, b"k" * 40_000), "WRONG_KEY")
    # readable, so it has to stand on its own partition to be judged there
    home = partition_for(key, PARTITIONS)
    yield Bad("20 ids of a megabyte", Record(change_of_size(1_000_000), key, partition=home), None)
    many = tuple((f"h{i % 7}", b"v") for i in range(10_000))
    yield Bad("22 ten thousand headers", Record(b"\x01", key, many), "BAD_MAGIC")
    yield Bad(
        "22 headers that are not text", Record(b"\x01", key, (("h", b"\xff\xfe"), ("h", b""))), "BAD_MAGIC"
    )
    yield Bad(
        "22 our own headers, forged", Record(b"\x01", key, tuple((n, b"forged") for n in ORIGIN)), "BAD_MAGIC"
    )
    yield Bad("24 no time", Record(b"\x01", key, timestamp_ms=-1), "BAD_MAGIC")


def test_each_bad_record_becomes_one_dead_letter_and_the_good_ones_around_it_go_on(
    lab: Lab, kafka: Kafka
) -> None:
    sections = homes()
    bad = list(bad_records())
    # at the head of every partition, then one between each two good ones
    letters = [(Record(b"\x01not ours", b"d1/s1", partition=p), "BAD_MAGIC") for p in range(PARTITIONS)]
    published: list[tuple[Record, str | None, bool]] = [(record, code, True) for record, code in letters]
    for number, one in enumerate(bad):
        record = one.record
        p = number % PARTITIONS if record.partition is None else record.partition
        published.append((good(sections[p], number + 1), None, False))
        placed = Record(record.value, record.key, record.headers, p, timestamp_ms=record.timestamp_ms)
        published.append((placed, one.code, True))
    published += [(good(section, 1_000), None, False) for section in sections]
    offsets = kafka.produce(lab.topics.changes, [record for record, _, _ in published])

    with lab.crew(1) as crew:
        lab.await_done(crew)
        worker = crew.workers[0].process
        wanted = {
            (p if record.partition is None else record.partition, offset): code
            for (record, code, is_bad), offset, p in zip(published, offsets, _places(published), strict=True)
            if is_bad
        }
        dead = kafka.read(lab.topics.dead_letters)
        seen = [(dict(reversed(one.headers)), one) for one in dead]
        places = Counter((int(h[ORIGIN[1]]), int(h[ORIGIN[2]])) for h, _ in seen)
        assert places == Counter(wanted.keys())
        for headers, _ in seen:
            code = wanted[int(headers[ORIGIN[1]]), int(headers[ORIGIN[2]])]
            assert headers[ORIGIN[0]].decode() == lab.topics.changes
            assert code in {None, headers[CODE].decode()}, headers
        titles = {item: row["title"] for (_, item, _), row in _rows(lab).items()}
        assert titles == dict.fromkeys(sections, "as of 1000")
        assert worker.poll() is None and crew.surprises() == []


def _places(published: list[tuple[Record, str | None, bool]]) -> list[int]:
    return [partition_for(record.key or b"", PARTITIONS) for record, _, _ in published]


def _rows(lab: Lab) -> dict[tuple[str, str, str], dict[str, object]]:
    from tests.support.oracle_topics import read_topics

    return read_topics(lab.kafka.bootstrap, lab.topics.prefix).rows


def test_a_header_whose_name_is_not_text_stops_nobody(lab: Lab, kafka: Kafka) -> None:
    """22, and no client library would write it; it must neither be lost nor stop the partition."""
    section = homes()[0]
    record = good(section, 1)
    assert record.key is not None and record.value is not None

    def spoil(batch: bytearray) -> bytearray:
        return raw_batches.resealed(
            bytearray(bytes(batch).replace(b"spoiled", b"\xff\xfe\xfd\xff\xfe\xfd\xff"))
        )

    raw_batches.send(
        kafka.bootstrap,
        lab.topics.changes,
        0,
        key=record.key,
        value=record.value,
        headers=(("spoiled", b"v"),),
        change=spoil,
    )
    kafka.produce(lab.topics.changes, [good(section, 2)])
    with lab.crew(1) as crew:
        lab.await_done(crew)
        assert crew.surprises() == []
    assert [row["title"] for row in _rows(lab).values()] == ["as of 2"]


def test_the_broker_itself_refuses_a_torn_batch_and_a_time_in_the_far_future(lab: Lab, kafka: Kafka) -> None:
    """23 and 24: they never get as far as intake."""
    record = good(homes()[0], 1)
    assert record.key is not None and record.value is not None
    before = kafka.end_offsets(lab.topics.changes)
    with pytest.raises(CorruptRecordException):
        raw_batches.send(
            kafka.bootstrap,
            lab.topics.changes,
            0,
            key=record.key,
            value=record.value,
            change=raw_batches.torn,
        )
    with pytest.raises(InvalidTimestampError):
        raw_batches.send(
            kafka.bootstrap,
            lab.topics.changes,
            0,
            key=record.key,
            value=record.value,
            change=lambda batch: batch,
            timestamp_ms=253_402_300_799_000,
        )
    assert kafka.end_offsets(lab.topics.changes) == before


def test_a_change_on_the_wrong_partition_is_forwarded_and_processed(lab: Lab, kafka: Kafka) -> None:
    section = homes()[0]
    stray = good(section, 5)
    kafka.produce(
        lab.topics.changes, [Record(stray.value, stray.key, partition=3), good(section, 4, "other")]
    )
    with lab.crew(1) as crew:
        lab.await_done(crew)
    assert {item: row["title"] for (_, _, item), row in _rows(lab).items()} == {
        "i": "as of 5",
        "other": "as of 4",
    }


def test_no_title_comment_score_or_name_gets_into_a_log_or_a_dead_letters_headers(
    lab: Lab, kafka: Kafka
) -> None:
    """Through good and bad changes, refusals, and a stage that raises with the record in its hands."""
    section = homes()[0]
    key = section_key("demo", section)
    scores = (Score(student=CANARY, points=97.25, letter=CANARY, comment=CANARY),)

    def item(name: str, **more: object) -> bytes:
        fields: dict[str, Any] = {"category": "hw", "due": "2026-10-05", "points": 100.0} | more
        what = ItemChanged(
            item=name, kind=ItemKind.TEST, title=CANARY, description=CANARY, scores=scores, **fields
        )
        return encode(change(section, f"e {name}", 9, what))

    bound = SectionBound(
        sis=Sis.ESCHOOLPLUS, sis_section="c", school="high", title=CANARY, mode=SyncMode.AUTO
    )
    mapped = MappingChanged(categories=(CategoryMapping(category="hw", sis_category="H", name=CANARY),))
    values = [
        encode(change(section, "b", 1, bound)),
        encode(change(section, "m", 2, mapped)),
        item("fine"),
        item("no category", category=None),
        item("no day", due=CANARY),
        item("long", due="1999-01-01", points=97.25),
        item("cut")[:-3],
        item("longer") + b"\x00",
        b"\x01" + item("magic")[1:],
        b'{"title": "%b"}' % CANARY.encode(),
    ]
    records = [Record(value, key) for value in values] + [Record(item("key"), b"demo/other")]
    kafka.produce(lab.topics.changes, records)
    with lab.crew(1, broken="raises", argument="e magic") as raising:
        raising.restarting = False
        worker = raising.workers[0].process
        until(lambda: worker.poll() is not None, seconds=30, what=raising.tail)
    with lab.crew(1) as crew:
        lab.await_done(crew)
    dead = kafka.read(lab.topics.dead_letters)
    assert len(dead) >= 5
    said = raising.logs() + crew.logs() + repr([one.headers for one in dead])
    assert '"stage_fault"' in said
    for part in ("Zxqv", "Canary", "97.25"):
        assert part not in said
