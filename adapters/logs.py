"""Log lines: JSON, ids hashed per district, no names, scores, comments, URLs or secrets."""

import hashlib
import logging
import sys

import structlog


def configure(level: str = "INFO") -> None:
    """Once per process, to stderr."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # libraries may quote what they handle: only what is wrong, and only from Kafka's client
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)


def where(error: BaseException) -> str:
    """File and line: a traceback's text may quote what was handled."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"


def alias(tenant: str, *ids: str) -> str:
    """A name for an id in log lines: the same within a district, unrelated across districts."""
    digest = hashlib.blake2b("\x1f".join(ids).encode(), digest_size=6, key=tenant.encode()[:64])
    return digest.hexdigest()
