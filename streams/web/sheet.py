"""A log as CSV that a spreadsheet shows and does not run. Pure.

A cell that begins like a formula is led by an apostrophe, also behind blanks and in full-width signs; control
characters and direction marks become the replacement character; every cell is quoted.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from schemas.catalog import explain
from schemas.results import StatusRow
from streams.web.render import STATE_NAMES, moment

#: Excel takes a file without it for one in the machine's own code page.
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_HEAD = (
    "Item",
    "Title",
    "Kind",
    "State",
    "Changed",
    "Last success",
    "Code",
    "Message",
    "Solution",
    "Fixed by",
)
_SCORES = ("Scores sent", "Scores accepted", "Scores")
_FORMULA = re.compile(
    r"[\s\ufeff]*[=+\-@|%\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
    r"\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}\N{MINUS SIGN}]"
)
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def sheet(rows: Iterable[StatusRow]) -> bytes:
    """UTF-8 with a byte order mark, lines ended as RFC 4180 says."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow((*_HEAD, *_SCORES))
    for row in rows:
        writer.writerow([inert(cell) for cell in _cells(row)])
    return (_MARK + text.getvalue()).encode(errors="replace")


def inert(cell: str) -> str:
    """The cell as a spreadsheet may have it."""
    formula = _FORMULA.match(cell) is not None
    clean = _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", cell)
    return f"'{clean}" if formula else clean


def _cells(row: StatusRow) -> Iterator[str]:
    yield from (row.item, row.title, row.kind.lower(), STATE_NAMES[row.state])
    yield _time(row.changed_at)
    yield _time(row.last_success_at)
    if row.code is None:
        yield from ("", "", "", "")
    else:
        told = explain(row.code, row.params, row.sis)
        yield from (told.code, told.message, told.solution, told.fixed_by)
    receipt = row.receipt
    counts = (receipt.scores_sent, receipt.scores_accepted, receipt.scores_total) if receipt else ("", "", "")
    yield from map(str, counts)


def _time(epoch_ms: int | None) -> str:
    return "" if epoch_ms is None else str(moment(epoch_ms)["at"])
