"""One district in the demo: its LMS, its teachers, and the person at the screen of its SIS."""

from dataclasses import dataclass
from typing import Any

from deploy.local.board import Board
from deploy.local.cast import Cast
from deploy.local.layout import Layout
from deploy.local.readiness import ask
from schemas.gradebook import CategoryMapping, MappingChanged, Score
from schemas.results import StatusRow
from streams.commands import tables
from streams.commands.sending import command, send_changes

TEACHER = "demo-teacher"


@dataclass(frozen=True, slots=True)
class Player:
    """Its part of the status logs is read off the board that all share. `zone` is that of its clocks."""

    layout: Layout
    cast: Cast
    board: Board
    zone: str

    @property
    def tenant(self) -> str:
        """Its id."""
        return self.cast.sample.tenant

    @property
    def product(self) -> str:
        """The name of its SIS."""
        return self.cast.sample.door.product

    def rows(self, section: str) -> list[StatusRow]:
        """What a teacher sees of a section."""
        status = self.board.section(self.tenant, section)
        return [] if status is None else tables.rows(status)

    def row(self, section: str, item: str) -> StatusRow | None:
        """An item's row now."""
        return self.board.rows(self.tenant, section).get(item)

    def settled(self, section: str, item: str, revision: int = -1) -> bool:
        """Whether a decision newer than that revision has ended."""
        return self.board.settled(self.tenant, section, item, revision)

    def revision(self, section: str, item: str) -> int:
        """The newest decision that showed in an item's row."""
        row = self.row(section, item)
        return -1 if row is None else row.revision

    def tell(self, *told: tuple[str, Any]) -> None:
        """Publish events of sections, in this order."""
        events = [command(self.tenant, section, change, actor=TEACHER) for section, change in told]
        send_changes(self.layout.cluster, events)

    def edit_in_sis(self) -> tuple[str, str, Score]:
        """Make the edit of this district's story; its section and item, and a regrade the LMS makes besides."""
        told = self.cast.expected["edited_in_sis"]
        section, item, values = told["section"], told["item"], told["set"]
        regrade = self._regrade(item)
        edit: dict[str, Any] = {"action": "change_line_item", "lineItem": self._sis_item(section, item)}
        if "score" in values:
            edit |= {"action": "change_score", "student": self._sis_student(section, regrade.student)}
        self.in_sis("edit", edit | {"set": values})
        return section, item, regrade

    def mapping(self, section: str, told: dict[str, str]) -> MappingChanged:
        """The section's mapping with one category more."""
        held = next(
            change.change
            for change in self.cast.changes
            if change.section == section and isinstance(change.change, MappingChanged)
        )
        category = told["category"].lower().replace(" ", "-")
        more = CategoryMapping(category=category, sis_category=told["sis_category"], name=told["category"])
        return MappingChanged(categories=(*held.categories, more))

    def calls(self) -> int:
        """Calls its SIS has had so far."""
        return int(self.in_sis("counters")["total"])

    def in_sis(self, what: str, body: object = None) -> Any:
        """Ask the simulator's control API about the district, or tell it when there is a body."""
        url = f"{self.layout.sis_url(self.cast.sample.sis)}/_sim/districts/{self.tenant}/{what}"
        return ask(url, body, "GET" if body is None else "POST")

    def _sis_item(self, section: str, item: str) -> str:
        row = self.row(section, item)
        planned = next(one for one in self.cast.sample.sections if one.id == section)
        for found in self.in_sis("gradebook")["items"]:
            if row is not None and (found["sectionKey"], found["title"]) == (planned.sis_section, row.title):
                return str(found["id"])
        raise ValueError(f"{section}/{item} is not in {self.product}")

    def _sis_student(self, section: str, student: str) -> str:
        planned = next(one for one in self.cast.sample.sections if one.id == section)
        return next(seat.sis_id for seat in planned.seats if seat.id == student)

    def _regrade(self, item: str) -> Score:
        for change in reversed(self.cast.changes):
            if getattr(change.change, "item", None) != item:
                continue
            graded = [one for one in getattr(change.change, "scores", None) or () if one.points]
            if graded:
                last: Score = graded[-1]
                return Score(student=last.student, points=(last.points or 0.0) - 1.0)
        raise ValueError(f"no scores of {item}")
