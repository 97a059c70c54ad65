"""Nothing a person wrote or earned gets into a log, whoever logs it and however."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from streams import structured_log
from streams.exits import Fault
from streams.structured_log import FieldRefused, alias, configure, use_salt

CANARY = "Zxqv Canary 97.25"


@pytest.fixture(autouse=True)
def _heard() -> Iterator[None]:
    """A command that ran in this process may have silenced every logger."""
    disabled = logging.getLogger().manager.disable
    logging.disable(logging.NOTSET)
    yield
    logging.disable(disabled)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure(stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_listed_field_is_written(written: io.StringIO) -> None:
    structlog.get_logger("x").warning(
        "commit_failed", partition=3, seconds=0.5, code="TOMBSTONE", topics=["a", "b"]
    )
    (line,) = _lines(written)
    assert line.pop("timestamp")
    assert line == {
        "event": "commit_failed",
        "level": "warning",
        "partition": 3,
        "seconds": 0.5,
        "code": "TOMBSTONE",
        "topics": ["a", "b"],
    }


def _raise() -> None:
    raise ValueError(CANARY)


def _log_exception() -> None:
    try:
        _raise()
    except ValueError:
        structlog.get_logger().exception("stage_fault")
        logging.getLogger("asyncio").exception("Task failed %s", CANARY)


LEAKS: dict[str, Callable[[], object]] = {
    "unlisted field": lambda: structlog.get_logger().info("x", title=CANARY),
    "field named by data": lambda: structlog.get_logger().info("x", **{CANARY: 1}),
    "event built from data": lambda: structlog.get_logger().info(f"synced {CANARY}"),
    "event is data": lambda: structlog.get_logger().info(CANARY),
    "positional argument": lambda: structlog.get_logger().info("synced %s", CANARY),
    "record in a listed field": lambda: structlog.get_logger().info("x", reason={"title": CANARY}),
    "bytes in a listed field": lambda: structlog.get_logger().info("x", error=CANARY.encode()),
    "nested list": lambda: structlog.get_logger().info("x", topics=[{"a": CANARY}]),
    "bound field": lambda: structlog.get_logger().bind(student=CANARY).info("x"),
    "exception text": _log_exception,
    "library argument": lambda: logging.getLogger("kafka.consumer").error("bad record %r", CANARY),
    "second line of a library": lambda: logging.getLogger("asyncio").error(f"Failed\nof <{CANARY}>"),  # noqa: G004
    "unknown logger, formatted": lambda: logging.getLogger("mine").error(f"bad {CANARY}"),  # noqa: G004
    "unknown logger, extra": lambda: logging.getLogger("mine").error("bad", extra={"title": CANARY}),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_the_canary_never_gets_through(written: io.StringIO, leak: str) -> None:
    LEAKS[leak]()
    assert written.getvalue(), "something is said all the same"
    for word in CANARY.split():
        assert word not in written.getvalue()


@pytest.mark.parametrize("leak", LEAKS)
def test_without_the_guard_it_would_have(leak: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the same calls, plainly configured, do leak."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s %(title)s", defaults={"title": ""}))
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [handler])
    structlog.configure(
        processors=[
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    try:
        LEAKS[leak]()
    finally:
        structlog.reset_defaults()
    assert "Zxqv" in stream.getvalue()


def test_an_exception_is_its_kind_and_place(written: io.StringIO) -> None:
    _log_exception()
    ours, theirs = _lines(written)
    assert (ours["event"], ours["error"]) == ("stage_fault", "ValueError")
    assert str(ours["at"]).startswith("test_structured_log.py:")
    assert (theirs["logger"], theirs["event"], theirs["error"]) == ("asyncio", "Task failed %s", "ValueError")


def test_a_fault_of_ours_may_say_its_reason(written: io.StringIO) -> None:
    try:
        raise Fault("an output of 9 bytes")
    except Fault:
        structlog.get_logger().exception("stage_fault")
    assert _lines(written)[0]["reason"] == "an output of 9 bytes"


def test_withheld_fields_are_counted(written: io.StringIO) -> None:
    structlog.get_logger().info("x", title="a", score=1, partition=2)
    assert _lines(written)[0]["withheld"] == 2


def test_strictly_configured_a_stray_field_is_a_fault(written: io.StringIO) -> None:
    configure(stream=written, strict=True)
    structlog.get_logger().info("fine", partition=1)
    with pytest.raises(FieldRefused, match="title"):
        structlog.get_logger().info("x", title=CANARY)
    with pytest.raises(FieldRefused, match="name"):
        structlog.get_logger().info(CANARY)
    assert "Zxqv" not in written.getvalue()


def test_levels_are_kept(written: io.StringIO) -> None:
    structlog.get_logger().debug("quiet")
    logging.getLogger("kafka").debug("quiet")
    assert written.getvalue() == ""


def test_on_a_terminal_it_is_readable(written: io.StringIO) -> None:
    configure(stream=written, console=True)
    structlog.get_logger().info("assigned", partitions=3, title=CANARY)
    assert "assigned" in written.getvalue()
    assert "{" not in written.getvalue()
    assert "Zxqv" not in written.getvalue()


def test_an_alias_is_stable_within_a_district_and_differs_between() -> None:
    assert alias("north", "s1") == alias("north", "s1")
    assert (
        len(
            {
                alias("north", "s1"),
                alias("south", "s1"),
                alias("north", "s2"),
                alias("north"),
                alias("nort", "hs1"),
            }
        )
        == 5
    )
    assert len(alias("north", "s1")) == 12


def test_processes_with_one_salt_agree_and_with_another_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structured_log, "_salt", b"")
    told = []
    for salt in ("a" * 16, "a" * 16, "b" * 16):
        use_salt({"GRADEBOOK_SYNC_LOG_SALT": salt})
        told.append(alias("north", "s1"))
    assert told[0] == told[1] != told[2]
    with pytest.raises(ValueError, match="at least 16"):
        use_salt({"GRADEBOOK_SYNC_LOG_SALT": "short"})
    use_salt({})
    assert alias("north", "s1") not in told
