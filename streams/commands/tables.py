"""A status log as a person reads it: one row per item, and beneath it what View Error would show."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from schemas.catalog import explain
from schemas.results import RowState, SectionStatus, StatusRow
from streams.web.render import STATE_NAMES

_COLOURS = {
    RowState.SUCCESSFUL: "green",
    RowState.ERROR: "red",
    RowState.QUEUED: "yellow",
    RowState.NOT_YET_SYNCED: "dim",
}


def table(status: SectionStatus, zone: str, title: str = "") -> Table:
    """Title, last successful sync, state, message."""
    name = title or f"{status.tenant}/{status.section}"
    shown = Table(title=name, title_style="bold", title_justify="left", box=SIMPLE_HEAD)
    shown.add_column("Title", overflow="fold", max_width=52)
    shown.add_column("Last successful sync", no_wrap=True)
    shown.add_column("State", no_wrap=True)
    shown.add_column("Message", overflow="fold")
    for row in rows(status):
        state = Text(STATE_NAMES[row.state], style=_COLOURS[row.state])
        shown.add_row(Text(row.title), local_time(row.last_success_at, zone), state, Text(message(row)))
    return shown


def rows(status: SectionStatus) -> list[StatusRow]:
    """The rows a teacher sees."""
    return [row for row in status.rows if not row.gone]


def counts(status: SectionStatus) -> Counter[RowState]:
    """Rows by state."""
    return Counter(row.state for row in rows(status))


def message(row: StatusRow) -> str:
    """The error's first sentence, or nothing."""
    return explain(row.code, row.params, row.sis).message if row.code else ""


def details(status: SectionStatus) -> Iterator[str]:
    """What View Error shows, for every row that has an error."""
    for row in rows(status):
        if row.code is not None:
            yield row.title
            yield from explained(row)


def explained(row: StatusRow) -> Iterator[str]:
    """What View Error shows of one row: what happened, what to do, who can, and which scores."""
    if row.code is None:
        return
    told = explain(row.code, row.params, row.sis)
    again = "Tried again by itself." if told.retried else "Not retried."
    yield f"  {told.message} [{told.code}]"
    yield f"  {told.solution}"
    yield f"  Who can fix it: {told.fixed_by}. {again}"
    for problem in row.problems:
        why = explain(problem.code, problem.params, row.sis)
        yield f"  student {problem.student}: {why.message}"


def line(row: StatusRow, zone: str) -> str:
    """A row as one plain line."""
    told = f"  {row.code}: {message(row)}" if row.code else ""
    return f"{STATE_NAMES[row.state]:<14} {local_time(row.last_success_at, zone):<16} {row.title}{told}"


def local_time(epoch_ms: int | None, zone: str) -> str:
    """A moment by the district's clocks; a dash for never."""
    if epoch_ms is None:
        return "-"
    return datetime.fromtimestamp(epoch_ms / 1000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
