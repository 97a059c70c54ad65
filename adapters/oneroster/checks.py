"""The self-test of a OneRoster connection: what a delivery reads, asked for an item nobody has."""

from collections.abc import Iterator, Sequence
from itertools import islice

from adapters import checks
from adapters.contract import Finding
from adapters.oneroster.client import READ_CATEGORIES, READ_ITEM, READ_PERIODS, READ_SCORES, GradebookClient
from adapters.oneroster.directory import categories

#: An id of our making that no item has: a 404 says that reading is allowed.
NOBODY = "00000000-0000-5000-8000-000000000000"


def check(client: GradebookClient, section: str | None, *, by_section: bool = True) -> Sequence[Finding]:
    """Four reads, three without a section."""
    return checks.findings(_probes(client, section, section if by_section else None))


def _probes(
    client: GradebookClient, section: str | None, listed: str | None
) -> Iterator[tuple[str, checks.Probe]]:
    yield READ_ITEM, lambda: client.line_item(NOBODY)
    yield READ_CATEGORIES, lambda: _first(categories(client, listed))
    if section is not None:
        yield READ_SCORES, lambda: _first(client.results(section, NOBODY))
    yield READ_PERIODS, lambda: _first(client.grading_periods())


def _first(rows: Iterator[object]) -> None:
    for _ in islice(rows, 1):
        return
