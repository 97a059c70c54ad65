"""Every metric of the flow, in one place: name, kind, labels and what it is for. Docs and dashboards read it.

    python -m streams.metrics > docs/metrics.md

Labels are bounded: stages, systems, outcomes, topics, states, routes and catalog codes. Nothing that names a
district, a section, an item or a person is a label, since every label value becomes a series and metrics are
read by people who may not read grades.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
    start_http_server,
)
from prometheus_client.metrics import MetricWrapperBase

from schemas.catalog import catalog

#: The process's registry; not the library's default one, so that what is served is what stands here.
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

LOOPBACK = "127.0.0.1"
#: Label names that may be used at all.
LABELS = frozenset({"stage", "sis", "outcome", "code", "topic", "state", "route", "method", "status"})
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

M = TypeVar("M", bound=MetricWrapperBase)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of docs/metrics.md."""

    name: str
    kind: str
    labels: tuple[str, ...]
    what: str


CATALOGUE: list[Row] = []


def _declare(kind: Callable[..., M], name: str, what: str, *labels: str, **options: object) -> M:
    unknown = set(labels) - LABELS
    if unknown:
        raise ValueError(f"{name}: labels {sorted(unknown)} are not in the bounded set")
    CATALOGUE.append(Row(name, kind.__name__.lower(), labels, what))
    return kind(name, what, labels, registry=REGISTRY, **options)


# --- the flow: intake, status --------------------------------------------------------------------------------

EVENTS_CONSUMED = _declare(
    Counter, "gradebook_sync_events_consumed_total", "Records a stage has taken in hand.", "stage"
)
RESULTS = _declare(
    Counter,
    "gradebook_sync_results_total",
    "Results a stage wrote, by outcome and catalog code (code is empty without one).",
    *("stage", "outcome", "code"),
)
DEAD_LETTERS = _declare(
    Counter, "gradebook_sync_dead_letters_total", "Records set aside as unreadable.", "stage", "code"
)
BATCH_SECONDS = _declare(
    Histogram,
    "gradebook_sync_batch_seconds",
    "From a batch in hand to its outputs acknowledged.",
    "stage",
    buckets=_FAST,
)
BATCH_EVENTS = _declare(
    Histogram,
    "gradebook_sync_batch_events",
    "Records per batch.",
    "stage",
    buckets=(1, 10, 100, 500, 1_000, 2_000, 5_000, 10_000, 20_000),
)
OUTSTANDING_EPOCHS = _declare(
    Gauge, "gradebook_sync_outstanding_epochs", "Output epochs the broker has not acknowledged yet.", "stage"
)
COMMIT_AGE = _declare(
    Gauge,
    "gradebook_sync_commit_age_seconds",
    "Since offsets were last committed, or since there was nothing to commit.",
    "stage",
)
LAG_RECORDS = _declare(
    Gauge, "gradebook_sync_lag_records", "Records of a topic a stage has not finished.", "stage", "topic"
)
LAG_SECONDS = _declare(
    Gauge,
    "gradebook_sync_lag_seconds",
    "Since the oldest record of a topic a stage has not finished was first seen here; 0 when there is none.",
    *("stage", "topic"),
)
ROUTED = _declare(Counter, "gradebook_sync_routed_total", "Desired items intake routed, by system.", "sis")
WATCHDOG_ERRORS = _declare(
    Counter, "gradebook_sync_watchdog_errors_total", "Rows without progress that were turned into Error."
)

# --- the read side: followers, status view, HTTP -------------------------------------------------------------

FOLLOWER_BEHIND_RECORDS = _declare(
    Gauge, "gradebook_sync_follower_behind_records", "Records of a topic not yet in the view.", "topic"
)
FOLLOWER_BEHIND_SECONDS = _declare(
    Gauge,
    "gradebook_sync_follower_behind_seconds",
    "Time since the view was known to hold all of a topic; 0 while it does.",
    "topic",
)
FOLLOWER_CAUGHT_UP = _declare(
    Gauge, "gradebook_sync_follower_caught_up", "1 after the first catch-up with a topic.", "topic"
)
FOLLOWER_RECORDS = _declare(
    Gauge, "gradebook_sync_follower_records", "Records read from a topic since the start.", "topic"
)
FOLLOWER_UNREADABLE = _declare(
    Gauge, "gradebook_sync_follower_unreadable", "Records of a topic the view skipped as unreadable.", "topic"
)
STATUS_ROWS = _declare(
    Gauge, "gradebook_sync_status_rows", "Rows of all status logs by state, deleted ones left out.", "state"
)
STATUS_SECTIONS = _declare(Gauge, "gradebook_sync_status_sections", "Sections in the status view.")
STATUS_UNCOUNTED = _declare(
    Gauge,
    "gradebook_sync_status_uncounted",
    "Parts of logs that gradebook_sync_status_rows does not count yet; some are counted at each scrape.",
)
WEB_REQUESTS = _declare(
    Counter,
    "gradebook_sync_web_requests_total",
    "Requests answered, by route pattern.",
    *("route", "method", "status"),
)
WEB_SECONDS = _declare(
    Histogram,
    "gradebook_sync_web_request_seconds",
    "Time to answer a request, by route pattern.",
    "route",
    buckets=_FAST,
)


def code_label(code: str | None) -> str:
    """A code as a label: '' for none, OTHER for one the catalog does not have."""
    if code is None:
        return ""
    return code if code in catalog() else "OTHER"


def exposition() -> bytes:
    """All metrics in Prometheus's text format."""
    return generate_latest(REGISTRY)


@dataclass(frozen=True, slots=True)
class Exporter:
    """A running exporter: where it listens, and what ends it."""

    port: int
    stop: Callable[[], None]


def serve(port: int, host: str = LOOPBACK) -> Exporter:
    """Serve the metrics of a process that has no HTTP of its own; port 0 picks a free one."""
    server, thread = start_http_server(port, addr=host, registry=REGISTRY)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return Exporter(server.server_port, stop)


def markdown() -> str:
    """docs/metrics.md."""
    lines = [
        "# Metrics",
        "",
        "Made by `python -m streams.metrics > docs/metrics.md` from `streams/metrics.py`; a test holds the two equal.",
        "Seconds and counts only. No label names a district, a section, an item or a person.",
        "",
        "| Metric | Kind | Labels | What |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{row.name}` | {row.kind} | {', '.join(f'`{label}`' for label in row.labels)} | {row.what} |"
        for row in CATALOGUE
    ]
    return "\n".join(
        [*lines, "", "Beside these, `process_*` of the Prometheus client (CPU, memory, files).", ""]
    )


if __name__ == "__main__":
    # Run as a program this module is a second copy of itself, and prints that one.
    print(markdown(), end="")  # noqa: T201
