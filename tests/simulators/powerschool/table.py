"""What a table of the schema is: its columns, and where its rows come from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.simulators.powerschool.access import XteVisit
from tests.simulators.world import Json

Rows = Iterable[Json]


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` is given the assignment section that was asked for, if one was; others may be among its rows."""

    rows: Callable[[XteVisit, str | None], Rows]
    columns: tuple[str, ...]
