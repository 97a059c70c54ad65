"""Dead letters carry their origin and a code, never an exception's text, and always fit into a record."""

from dataclasses import dataclass, field

from streams import quarantine
from streams.quarantine import DeadLetterLimit, LimitSettings, dead_letter


@dataclass(frozen=True)
class Raw:
    value: bytes | None = b"bytes"
    key: bytes | None = b"key"
    offset: int = 7
    timestamp: int = 1_700_000_000_000
    headers: list[tuple[str, bytes | None]] = field(default_factory=list)


def test_origin_stage_and_code_are_headers_and_the_bytes_are_the_records() -> None:
    key, value, headers = dead_letter(Raw(), "gradebook.changes", 3, "intake", "NOT_AVRO")
    assert (key, value) == (b"key", b"bytes")
    assert dict(headers) == {
        "__connect.errors.topic": b"gradebook.changes",
        "__connect.errors.partition": b"3",
        "__connect.errors.offset": b"7",
        "__connect.errors.stage": b"intake",
        "__connect.errors.exception.class.name": b"NOT_AVRO",
        "gradebook-sync.error.code": b"NOT_AVRO",
        "gradebook-sync.origin.timestamp": b"1700000000000",
    }


def test_a_tombstone_and_a_record_without_a_key_stay_what_they_are() -> None:
    assert dead_letter(Raw(value=None), "t", 0, "s", "C")[1] is None
    assert dead_letter(Raw(key=None), "t", 0, "s", "C")[0] is None


def test_whatever_the_record_the_dead_letter_fits_and_says_what_was_cut() -> None:
    huge = Raw(value=b"v" * 3_000_000, key=b"k" * 100_000, headers=[("h", b"x" * 900_000)] * 3)
    key, value, headers = dead_letter(huge, "t", 0, "s", "C")
    size = len(key or b"") + len(value or b"") + sum(len(n) + len(v or b"") for n, v in headers)
    assert size < 1024 * 1024 - 4096
    assert dict(headers)[quarantine.TRUNCATED] == b"3000000"


def test_a_few_bad_records_are_no_reason_to_stop() -> None:
    limit = DeadLetterLimit("dead", LimitSettings())
    assert limit.observe(0, 499, 499) is None
    assert all(limit.observe(1, 100, 50) is None for _ in range(100))


def test_more_than_the_share_of_the_window_is() -> None:
    limit = DeadLetterLimit("dead", LimitSettings())
    assert all(limit.observe(0, 1_000, 0) is None for _ in range(10))
    verdicts = [limit.observe(0, 1_000, 1_000) for _ in range(3)]
    assert verdicts[:2] == [None, None]
    assert verdicts[2] == (3_000, 5_000)
