"""What the demo tells: a school's gradebook arrives, an edit in the SIS is caught, a mistake is mended."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local.board import Board
from deploy.local.evidence import Pair
from deploy.local.layout import Layout, sample
from deploy.local.readiness import ask
from schemas.district import DistrictConfig
from schemas.gradebook import (
    CategoryMapping,
    Choice,
    ConflictResolved,
    GradebookChange,
    MappingChanged,
    Score,
    ScoresChanged,
    SyncRequested,
)
from schemas.jsonlines import LineRefused, read_lines
from schemas.results import RowState, StatusRow
from streams.commands import tables
from streams.commands.sending import command, send_changes

TEACHER = "demo-teacher"
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Cast:
    """What the story is about: the sample's events and expectations, of the chosen sections only."""

    changes: list[GradebookChange]
    expected: dict[str, Any]
    sections: list[str]

    def items(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(section, what is expected of an item)."""
        for section in self.expected["sections"]:
            for item in section["items"]:
                yield section["section"], item

    def clicked(self) -> list[Pair]:
        """Items a click on their section syncs or refuses."""
        return [(name, one["item"]) for name, one in self.items() if one["state"] in ("SUCCESSFUL", "ERROR")]


def cast(count: int) -> Cast:
    """The first `count` sections, those of the story first."""
    expected = json.loads(sample("expected.json").read_text())
    names = [section["section"] for section in expected["sections"]]
    first = [names[0], expected["edited_in_sis"]["section"], expected["mended"]["section"]]
    chosen = [*first, *(name for name in names if name not in first)][:count]
    expected["sections"] = [one for one in expected["sections"] if one["section"] in chosen]
    read = read_lines(sample("changes.jsonl").read_text().splitlines(), 0, "changes.jsonl")
    changes = []
    for line in read:
        if isinstance(line, LineRefused):
            raise line
        if line.change.section in chosen:
            changes.append(line.change)
    return Cast(changes, expected, [name for name in names if name in chosen])


@dataclass(frozen=True, slots=True)
class Story:
    """The demo's hands: it publishes what an LMS would, clicks what a teacher would, and shows what comes of it."""

    layout: Layout
    district: DistrictConfig
    cast: Cast
    board: Board
    console: Console

    def publish(self) -> None:
        """The LMS publishes its gradebook."""
        sent = send_changes(self.layout.cluster, self.cast.changes)
        self.say(f"published {sent} events of {len(self.cast.sections)} sections")
        known = [(name, one["item"]) for name, one in self.cast.items()]
        with self._progress("seen", len(known)) as tick:
            self._wait(lambda: all(self.board.row(*pair) for pair in known), "a row for every item",
                       lambda: tick(sum(self.board.row(*pair) is not None for pair in known)))  # fmt: skip

    def click_everything(self) -> None:
        """Every teacher clicks Sync Changes."""
        self.say(f"Sync Changes: {len(self.cast.sections)} sections")
        for section in self.cast.sections:
            self.tell(section, SyncRequested(run=f"demo-{section}"))
        clicked = self.cast.clicked()
        with self._progress("synced", len(clicked)) as tick:
            self._wait(lambda: all(self.board.settled(*pair) for pair in clicked), "every item to end",
                       lambda: tick(sum(self.board.settled(*pair) for pair in clicked)))  # fmt: skip

    def show_logs(self) -> None:
        """Every section's status log."""
        titles = {one["section"]: one["title"] for one in self.cast.expected["sections"]}
        for name in self.cast.sections:
            status = self.board.section(name)
            if status is not None:
                self.console.print(tables.table(status, self.district.time_zone, f"{titles[name]} ({name})"))

    def show_errors(self) -> None:
        """What a teacher reads behind View Error, each kind of error once; and how often it came."""
        held = [(name, row) for name in self.cast.sections for row in self._rows(name) if row.code]
        counts = Counter(row.code for _, row in held)
        self.say("View Error:")
        for code, count in counts.items():
            name, row = next(one for one in held if one[1].code == code)
            others = f", and {count - 1} more" if count > 1 else ""
            self.say(f"  {row.title} ({name}{others})")
            for line in tables.explained(row):
                self.say(f"  {line}")

    def _rows(self, section: str) -> list[StatusRow]:
        status = self.board.section(section)
        return [] if status is None else tables.rows(status)

    def edit_in_sis(self) -> None:
        """Someone edits an assignment in the SIS; the teacher's next sync stops before overwriting it."""
        told = self.cast.expected["edited_in_sis"]
        section, item = told["section"], told["item"]
        row = self.board.row(section, item)
        if row is None:
            raise ValueError(f"{section}/{item} has no row")
        url = f"{self.layout.sis_url}/_sim/districts/{self.district.tenant}/edit"
        line_item = row.receipt.remote["lineItem"] if row.receipt else ""
        values = {"resultValueMax": told["points_in_sis"]}
        ask(url, {"action": "change_line_item", "lineItem": line_item, "set": values}, "POST")
        self.say(f'\nIn the SIS someone sets the points of "{row.title}" to {told["points_in_sis"]:g}. '
                 "In the LMS its teacher regrades a student, and syncs:")  # fmt: skip
        self.tell(section, ScoresChanged(item=item, scores=(self._regrade(item),)))
        self._click_item(section, item, "demo-after-edit", RowState.ERROR)
        self.say('The teacher chooses "send the LMS\'s":')
        self._await_next(
            section, item, ConflictResolved(item=item, choice=Choice.SEND_LMS), RowState.SUCCESSFUL
        )

    def mend_mapping(self) -> None:
        """The teacher maps the category that was not mapped, and syncs the section."""
        told = self.cast.expected["mended"]
        section = told["section"]
        mine = [one["item"] for name, one in self.cast.items() if name == section and one.get("after")]
        revisions = {item: self._revision(section, item) for item in mine}
        before = self._calls()
        self.say(f'\nIn {section} the category "{told["category"]}" gets mapped to {told["sis_category"]}; '
                 "the teacher clicks Sync Changes:")  # fmt: skip
        self.tell(section, self._mapping(section, told))
        self.tell(section, SyncRequested(run="demo-after-mapping"))
        self._wait(lambda: all(self.board.settled(section, item, revisions[item]) for item in mine),
                   "the mended items", lambda: None)  # fmt: skip
        for item in mine:
            self._show(section, item)
        others = sum(1 for name, _ in self.cast.items() if name == section) - len(mine)
        self.say(
            f"  {self._calls() - before} calls to the SIS; the other {others} items of the section needed none"
        )

    def tell(self, section: str, change: Any) -> None:
        """Publish one event of a section."""
        send_changes(self.layout.cluster, [command(self.district.tenant, section, change, actor=TEACHER)])

    def say(self, text: str) -> None:
        """A line to the reader."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _regrade(self, item: str) -> Score:
        for change in reversed(self.cast.changes):
            if getattr(change.change, "item", None) == item and getattr(change.change, "scores", None):
                first: Score = change.change.scores[-1]  # type: ignore[union-attr,index] # found just above
                return Score(student=first.student, points=(first.points or 0.0) - 1.0)
        raise ValueError(f"no scores of {item}")

    def _mapping(self, section: str, told: dict[str, str]) -> MappingChanged:
        held = next(
            change.change
            for change in self.cast.changes
            if change.section == section and isinstance(change.change, MappingChanged)
        )
        category = told["category"].lower().replace(" ", "-")
        more = CategoryMapping(category=category, sis_category=told["sis_category"], name=told["category"])
        return MappingChanged(categories=(*held.categories, more))

    def _click_item(self, section: str, item: str, run: str, state: RowState) -> None:
        self._await_next(section, item, SyncRequested(run=run, items=(item,)), state)

    def _await_next(self, section: str, item: str, change: Any, state: RowState) -> None:
        revision = self._revision(section, item)
        self.tell(section, change)
        self._wait(lambda: self.board.settled(section, item, revision), f"{section}/{item}", lambda: None)
        self._show(section, item)
        row = self.board.row(section, item)
        if row is None or row.state is not state:
            self.say(f"  expected {state.value} here")

    def _show(self, section: str, item: str) -> None:
        row = self.board.row(section, item)
        if row is not None:
            self.say("  " + tables.line(row, self.district.time_zone))

    def _revision(self, section: str, item: str) -> int:
        row = self.board.row(section, item)
        return -1 if row is None else row.revision

    def _calls(self) -> int:
        told = ask(f"{self.layout.sis_url}/_sim/districts/{self.district.tenant}/counters")
        return int(told["total"])

    def _wait(self, enough: Callable[[], bool], what: str, tick: Callable[[], object]) -> None:
        self.board.wait(enough, what, SECONDS, tick)

    @contextmanager
    def _progress(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """A live bar on a terminal, now and then a plain line elsewhere."""
        if not self.console.is_terminal:
            yield _Lines(self.console, what, total).tick
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task(what, total=total)
            yield lambda done: progress.update(task, completed=done)


class _Lines:
    """Progress where there is no terminal: one line per quarter."""

    def __init__(self, console: Console, what: str, total: int) -> None:
        self._console, self._what, self._total, self._told = console, what, total, -1

    def tick(self, done: int) -> None:
        """Say it when another quarter is done."""
        quarter = 4 * done // max(self._total, 1)
        if quarter > self._told:
            self._told = quarter
            self._console.print(f"  {self._what} {done} of {self._total}", highlight=False)
