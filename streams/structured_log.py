"""Structured logs without student data: one JSON line per event, and only fields that are on the list.

A field not on the list is withheld, whoever logs it; so is the text of an exception, since a decoding error
quotes what it failed on, and so are the arguments of a library's message. Ids that must be told apart are
logged as `alias(tenant, id)`: the same within a district, meaningless outside, not reversible.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from streams.exits import describe

#: Fields that may be logged: where, how many, how long, which code. Never what a person wrote or earned.
ALLOWED = frozenset(
    {
        *("event", "level", "timestamp", "logger", "pid", "stage", "worker", "version"),
        *(
            "topic",
            "topics",
            "partition",
            "partitions",
            "offset",
            "position",
            "start",
            "stop",
            "end",
            "group",
        ),
        *("generation", "epoch", "epochs", "records", "events", "outputs", "sections", "items", "bytes"),
        *("count", "dead", "seen", "limit", "size", "attempt", "unreadable", "behind", "lag", "outstanding"),
        *("seconds", "since", "deadline", "retry_after", "rate", "expected", "found", "missing"),
        *("code", "outcome", "state", "sis", "schema", "run", "tenant_alias", "section_alias", "item_alias"),
        *("first", "last", "next", "step", "rows"),
        *("bootstrap", "host", "port", "url_host", "method", "route", "status", "signal"),
        *("error", "reason", "at", "exit_code", "thread", "setting", "withheld"),
    }
)
#: Libraries whose message templates (never their arguments) are worth reading.
_LIBRARIES = ("kafka", "aiokafka", "faust", "mode", "uvicorn", "asyncio", "urllib3", "py.warnings")
# An event is a name written in the code, never a sentence built from data.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_LONGEST = 300
_SALT = "GRADEBOOK_SYNC_LOG_SALT"
_salt = secrets.token_bytes(32)


class FieldRefused(ValueError):
    """In strict mode: a field, or an event, that may not be logged. Names the fields, not their values."""


def configure(
    *,
    level: int = logging.INFO,
    stream: TextIO | None = None,
    console: bool | None = None,
    strict: bool = False,
) -> None:
    """Set up structlog and the root logger; calling it again replaces what was set up.

    JSON lines, or a readable form when the stream is a terminal. `strict` raises instead of withholding.
    """
    stream = stream or sys.stderr
    console = stream.isatty() if console is None else console
    form: Processor = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    common: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _without_exception_text,
    ]
    guard: list[Processor] = [_named, refuse_unlisted] if strict else [_named_or_withheld, withhold_unlisted]
    structlog.configure(
        processors=[*common, *guard, form],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                _template_only,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                withhold_unlisted,
                form,
            ],
            foreign_pre_chain=common,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.INFO))


def use_salt(env: Mapping[str, str] = os.environ) -> None:
    """Take the alias salt from GRADEBOOK_SYNC_LOG_SALT, so that processes agree on aliases; random without."""
    global _salt  # noqa: PLW0603 - one per process, like the log itself
    told = env.get(_SALT)
    if told is not None and len(told) < 16:
        raise ValueError(f"{_SALT}: at least 16 characters")
    _salt = told.encode() if told else secrets.token_bytes(32)


def alias(tenant: str, identifier: str = "") -> str:
    """Twelve hex digits for an id of a district (or for the district): equal ids of two districts differ."""
    district = hmac.digest(_salt, tenant.encode(), hashlib.sha256)
    return hmac.digest(district, identifier.encode(), hashlib.sha256).hex()[:12]


def withhold_unlisted(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Processor: keeps listed fields with plain values; says how many it left out."""
    kept = {key: value for key, value in fields.items() if key in ALLOWED and _plain(value)}
    withheld = len(fields) - len(kept) + fields.get("withheld", 0)
    return kept | {"withheld": withheld} if withheld else kept


def refuse_unlisted(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Processor: as withhold_unlisted, but raises FieldRefused, for tests and development."""
    bad = sorted(key for key, value in fields.items() if key not in ALLOWED or not _plain(value))
    if bad:
        raise FieldRefused(f"fields not on the list of streams/structured_log.py: {', '.join(bad)}")
    return fields


def _named(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if not _NAME.fullmatch(str(fields.get("event"))):
        raise FieldRefused("an event is a name like `commit_failed`; what varies goes into fields")
    return fields


def _named_or_withheld(
    _logger: object, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if not _NAME.fullmatch(str(fields.get("event"))):
        fields["event"] = "(withheld)"
        fields["withheld"] = 1
    return fields


def _plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return len(value) <= 50 and all(_plain(one) for one in value)
    return (
        value is None
        or isinstance(value, bool | int | float)
        or (isinstance(value, str) and len(value) <= _LONGEST)
    )


def _without_exception_text(
    _logger: object, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    info = fields.pop("exc_info", None)
    fields.pop("stack_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        fields.update(describe(error))
    return fields


def _template_only(
    _logger: object, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A library's record: the first line of its template and no arguments."""
    record: logging.LogRecord = fields["_record"]
    fields["logger"] = record.name
    known = record.name.partition(".")[0] in _LIBRARIES or record.name in _LIBRARIES
    template = str(record.msg).partition("\n")[0][:_LONGEST]
    fields["event"] = template if known and isinstance(record.msg, str) else "(withheld)"
    return fields
