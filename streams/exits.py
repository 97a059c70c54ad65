"""How a worker ends. The process is the unit of failure: half-dead state is never carried on (P27).

0   asked to stop: outputs acknowledged, offsets committed
70  an unknown fault, or outputs the broker did not acknowledge: nothing was acknowledged, all comes again
75  stalled: no membership, or no progress while the log moves; a restart is safe and cures it
78  refused to start: topics or configuration do not match

ConfigurationRefused    fix the configuration, then start again
Fault                   restart; if it repeats, a person must look
    RecordTooLarge      an output the broker would refuse
    TooManyDeadLetters  most input is bad: stop before all of it is set aside
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Final, NoReturn

import structlog

EXIT_FAULT: Final = 70
EXIT_STALLED: Final = 75
EXIT_CONFIGURATION: Final = 78

log = structlog.get_logger("streams.runtime")


class ConfigurationRefused(Exception):
    """Raised by a preflight; its text names what does not match, and is logged."""


class Fault(Exception):
    """A fault of ours whose text is safe to log: names and numbers, no payload."""


class RecordTooLarge(Fault):
    def __init__(self, topic: str, size: int, limit: int) -> None:
        super().__init__(f"an output of {size} bytes for {topic} is over the limit of {limit}")
        self.topic = topic
        self.size = size


class TooManyDeadLetters(Fault):
    def __init__(self, stage: str, partition: int, dead: int, seen: int) -> None:
        super().__init__(f"{dead} of the last {seen} records of {stage}/{partition} were dead letters")


def stop_process(code: int, event: str, **fields: object) -> NoReturn:
    """One structured line, then out, without unwinding: a `finally` in a library may acknowledge (P1)."""
    log.critical(event, exit_code=code, **fields)
    end_process(code)


def end_process(code: int) -> NoReturn:
    """Out, with what was logged on its way first."""
    for handler in logging.getLogger().handlers:
        handler.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def describe(exc: BaseException) -> dict[str, object]:
    """What may be logged of an exception: its type, and its text only if it is one of ours.

    The text of a decoding error quotes the bytes it failed on, and those are students' grades.
    """
    fields: dict[str, object] = {"error": type(exc).__qualname__}
    if isinstance(exc, Fault | ConfigurationRefused):
        fields["reason"] = str(exc)
    where = _last_frame(exc)
    if where is not None:
        fields["at"] = where
    return fields


def _last_frame(exc: BaseException) -> str | None:
    trace = exc.__traceback__
    if trace is None:
        return None
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"  # noqa: PTH119
