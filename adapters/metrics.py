"""Every metric of delivery. Labels are systems, outcomes and codes: bounded, and no one's data."""

from prometheus_client import Counter, Gauge, start_http_server

RESULTS = Counter("gradebook_sync_delivery_results", "Results written", ["sis", "outcome", "code"])
CALLS = Counter("gradebook_sync_delivery_calls", "Calls made to SIS for items that ended", ["sis"])
RETRIES = Counter("gradebook_sync_delivery_retries", "Attempts that are repeated", ["sis", "code"])
DEAD_LETTERS = Counter("gradebook_sync_delivery_dead_letters", "Desired records set aside", ["sis", "code"])
SURPLUS = Counter(
    "gradebook_sync_delivery_surplus_items", "Items found twice in a SIS, by our marker", ["sis"]
)
REPAIRED = Counter(
    "gradebook_sync_delivery_repaired_entries", "Late strangers' entries written over", ["sis"]
)
DIRECTORIES = Counter(
    "gradebook_sync_delivery_directories", "Readings of districts' directories", ["sis", "outcome"]
)
PENDING = Gauge("gradebook_sync_delivery_pending_items", "Items read and not finished")
LANES = Gauge("gradebook_sync_delivery_lanes", "Districts with a lane")
THREADS = Gauge("gradebook_sync_delivery_threads", "Threads that make calls")
RESTORED = Gauge("gradebook_sync_delivery_restored_entries", "Ledger entries restored at the last assignment")


def serve(port: int) -> None:
    """Answer /metrics on the loopback address."""
    start_http_server(port, addr="127.0.0.1")
