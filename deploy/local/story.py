"""What the demo tells: gradebooks arrive in every system, edits made there are caught, mistakes are mended."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local.board import Board
from deploy.local.player import Player
from schemas.gradebook import Choice, ConflictResolved, ItemDeleted, ScoresChanged, SyncRequested
from schemas.results import RowState
from streams.commands import tables
from streams.commands.sending import send_changes

SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Story:
    """The demo's hands: it publishes what an LMS would, clicks what a teacher would, and shows what comes of it.

    Districts act at the same time, as they would; what is told of them is told one after the other.
    """

    players: Sequence[Player]
    board: Board
    console: Console

    def publish(self) -> None:
        """The LMS publishes its gradebooks."""
        cluster = self.players[0].layout.cluster
        sent = send_changes(cluster, [one for player in self.players for one in player.cast.changes])
        self.say(f"published {sent} events of {self._sections()} sections in {len(self.players)} districts")
        known = [(player, name, one["item"]) for player in self.players for name, one in player.cast.items()]
        self._await_all("seen", known, lambda one: one[0].row(one[1], one[2]) is not None)

    def click_everything(self) -> None:
        """Every teacher clicks Sync Changes."""
        self.say(f"Sync Changes: {self._sections()} sections")
        for player in self.players:
            player.tell(
                *((section, SyncRequested(run=f"demo-{section}")) for section in player.cast.sections)
            )
        clicked = [(player, *pair) for player in self.players for pair in player.cast.clicked()]
        self._await_all("synced", clicked, lambda one: one[0].settled(one[1], one[2]))

    def show_logs(self) -> None:
        """Every section's status log."""
        for player in self.players:
            titles = {one["section"]: one["title"] for one in player.cast.expected["sections"]}
            for name in player.cast.sections:
                status = player.board.section(player.tenant, name)
                if status is not None:
                    title = f"{titles[name]} ({name}, {player.product})"
                    self.console.print(tables.table(status, player.zone, title))

    def show_errors(self) -> None:
        """What a teacher reads behind View Error: of each system each kind of error once, and how often it came."""
        for player in self.players:
            self.say(f"View Error, {player.product}:")
            held = [(name, row) for name in player.cast.sections for row in player.rows(name) if row.code]
            for code, count in Counter(row.code for _, row in held).items():
                name, row = next(one for one in held if one[1].code == code)
                others = f", and {count - 1} more" if count > 1 else ""
                self.say(f"  {row.title} ({name}{others})")
                for line in tables.explained(row):
                    self.say(f"  {line}")

    def edit_in_sis(self) -> None:
        """In each SIS somebody edits what was synced; the teacher's next sync stops before overwriting it."""
        self.say("\nMeanwhile, in each SIS, somebody edits what was synced:")
        edits = [(player, player.edit_in_sis()) for player in self.players]
        for player, (section, item, _) in edits:
            row, told = player.row(section, item), player.cast.expected["edited_in_sis"]["set"]
            what = ", ".join(f"{name} {value}" for name, value in told.items())
            self.say(f"  {player.product + ':':<17}{row.title if row else item} -> {what}")
        self.say("In each LMS the teacher regrades a student of that assignment, and syncs:")
        self._next(
            [
                (player, section, item, ScoresChanged(item=item, scores=(regrade,)))
                for player, (section, item, regrade) in edits
            ],
            run="demo-after-edit",
        )
        self._show([(player, section, item) for player, (section, item, _) in edits], RowState.ERROR)
        self.say('The teachers choose "send the LMS\'s":')
        self._next(
            [
                (player, section, item, ConflictResolved(item=item, choice=Choice.SEND_LMS))
                for player, (section, item, _) in edits
            ]
        )
        self._show([(player, section, item) for player, (section, item, _) in edits], RowState.SUCCESSFUL)

    def delete_by_hand(self) -> None:
        """An item is deleted in the LMS where the SIS's API has no delete: the row says what is left to do."""
        for player in self.players:
            gone = [(name, one["item"]) for name, one in player.cast.items() if one.get("removed")]
            for section, item in gone:
                self.say(f"\nIn {section} ({player.product}) an assignment is deleted in the LMS:")
                self._next([(player, section, item, ItemDeleted(item=item))], run="demo-after-delete")
                self._show([(player, section, item)], RowState.ERROR)

    def mend_mapping(self) -> None:
        """A teacher maps the category that was not mapped, and syncs the section."""
        for player in self.players:
            told = player.cast.expected.get("mended")
            if told is not None:
                self._mend(player, told)

    def _mend(self, player: Player, told: dict[str, str]) -> None:
        section = told["section"]
        items = [one for name, one in player.cast.items() if name == section]
        mine = [one["item"] for one in items if one.get("after")]
        revisions = {item: player.revision(section, item) for item in mine}
        before = player.calls()
        self.say(
            f'\nIn {section} the category "{told["category"]}" gets mapped to {told["sis_category"]}; '
            "the teacher clicks Sync Changes:"
        )
        run = SyncRequested(run="demo-after-mapping")
        player.tell((section, player.mapping(section, told)), (section, run))
        self._wait(
            lambda: all(player.settled(section, item, revisions[item]) for item in mine),
            "the mended items",
            lambda: None,
        )
        self._show([(player, section, item) for item in mine], RowState.SUCCESSFUL)
        self.say(
            f"  {player.calls() - before} calls to the SIS; the other {len(items) - len(mine)} items of the "
            "section needed none"
        )

    def say(self, text: str) -> None:
        """A line to the reader."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _next(self, told: "Sequence[tuple[Player, str, str, object]]", run: str = "") -> None:
        """Publish a change of each of these items, with a click on it when `run` names one; await their ends."""
        revisions = [player.revision(section, item) for player, section, item, _ in told]
        for player, section, item, change in told:
            click = [(section, SyncRequested(run=run, items=(item,)))] if run else []
            player.tell((section, change), *click)
        self._wait(
            lambda: all(
                player.settled(section, item, revision)
                for (player, section, item, _), revision in zip(told, revisions, strict=True)
            ),
            ", ".join(f"{section}/{item}" for _, section, item, _ in told),
            lambda: None,
        )

    def _show(self, told: Sequence[tuple[Player, str, str]], state: RowState) -> None:
        for player, section, item in told:
            row = player.row(section, item)
            if row is None:
                continue
            self.say(f"  {player.product + ':':<17}{tables.line(row, player.zone)}")
            if row.state is not state:
                self.say(f"  expected {state.value} here")

    def _sections(self) -> int:
        return sum(len(player.cast.sections) for player in self.players)

    def _await_all(
        self,
        what: str,
        wanted: Sequence[tuple[Player, str, str]],
        done: Callable[[tuple[Player, str, str]], bool],
    ) -> None:
        """Until it is so of each; one that is needs no second look."""
        left = list(wanted)

        def look() -> int:
            left[:] = [one for one in left if not done(one)]
            return len(wanted) - len(left)

        with self._progress(what, len(wanted)) as tick:
            self._wait(lambda: look() == len(wanted), f"every item to be {what}", lambda: tick(look()))

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
