"""A district at a glance: which sections have problems, and what the failures have in common. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from schemas.results import RowState
from streams.web.render import STATE_NAMES, counts_of, explained, updated
from streams.web.sections import Cause, Entry

#: Sections listed of a cause; `sections` counts them all.
EXAMPLES = 20


def overview(
    tenant: str, entries: Iterable[Entry], listed: int, title: Callable[[str], str | None]
) -> dict[str, Any]:
    """The answer's fields (models.Overview); the sections with most errors first, at most `listed` of them.
    `title` is a section's.
    """
    total: Counter[RowState] = Counter()
    causes: Counter[Cause] = Counter()
    where: dict[Cause, list[str]] = defaultdict(list)
    troubled: list[Entry] = []
    sections = 0
    for entry in entries:
        sections += 1
        counts = entry.counts()
        total.update(counts)
        for cause, items in entry.causes().items():
            causes[cause] += items
            where[cause].append(entry.section)
        if counts.get(RowState.ERROR):
            troubled.append(entry)
    troubled.sort(key=lambda one: (-one.counts().get(RowState.ERROR, 0), one.section))
    return {
        "tenant": tenant,
        "sections": sections,
        "sections_with_errors": len(troubled),
        "counts": counts_of(total),
        "causes": [_cause(cause, items, where[cause]) for cause, items in causes.most_common()],
        "worst": [
            {
                "section": one.section,
                "title": title(one.section),
                "updated": updated(one.updated_at),
                "counts": counts_of(one.counts()),
            }
            for one in troubled[:listed]
        ],
    }


def _cause(cause: Cause, items: int, sections: list[str]) -> dict[str, Any]:
    code, state, sis = cause
    return {
        **explained(code, {}, sis),
        "state": STATE_NAMES[state],
        "sis": None if sis is None else sis.lower(),
        "items": items,
        "sections": len(sections),
        "examples": sections[:EXAMPLES],
    }
