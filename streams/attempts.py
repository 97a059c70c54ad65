"""The attempts at an item, out of sync.results: what the receipt command and the API tell."""

from collections.abc import Iterable, Iterator

from schemas.codec import Refused, decode
from schemas.results import Outcome, SyncResult


def attempts(values: Iterable[bytes | None], tenant: str, section: str, item: str) -> list[SyncResult]:
    """The item's results in the order they were written, each once.

    A worker that was killed tells its last result again, and a row that waits is spoken of again and again: of
    equal ones the first stays, of words about waiting the last.
    """
    found: list[SyncResult] = []
    known: set[tuple[int, int, Outcome]] = set()
    for result in _decoded(values):
        if (result.tenant, result.section, result.item) != (tenant, section, item):
            continue
        name = (result.revision, result.step, result.outcome)
        if name in known:
            continue
        known.add(name)
        if found and _same_wait(found[-1], result):
            found.pop()
        found.append(result)
    return found


def _decoded(values: Iterable[bytes | None]) -> Iterator[SyncResult]:
    for value in values:
        try:
            yield decode(SyncResult, value)
        except Refused:
            continue


def _same_wait(before: SyncResult, after: SyncResult) -> bool:
    both = (before, after)
    silent = all(one.outcome is Outcome.PROGRESS and one.receipt is None for one in both)
    return silent and (before.revision, before.code) == (after.revision, after.code)
