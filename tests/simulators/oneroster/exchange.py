"""What an operation needs to answer one call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.simulators.call import Call
from tests.simulators.faults import Plan
from tests.simulators.gradebook import Change
from tests.simulators.oneroster.dialect import Dialect
from tests.simulators.oneroster.rendering import Links
from tests.simulators.world import District, LineItem, Result


class Rules(Protocol):
    """What one SIS refuses beyond the standard; each method passes or raises RefusalError."""

    def check_line_item(self, district: District, item: LineItem) -> None:
        """Judge an assignment before it is kept."""

    def check_result(self, district: District, item: LineItem, result: Result) -> None:
        """Judge a score before it is kept."""

    def check_delete(self, district: District, item: LineItem) -> None:
        """Judge the deletion of an assignment or of one of its scores."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call on its way through an operation."""

    district: District
    call: Call
    links: Links
    dialect: Dialect
    rules: Rules
    plan: Plan
    change: Callable[[str], Change]
