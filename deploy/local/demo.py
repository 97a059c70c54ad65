"""`make demo`: sample gradebooks arrive in five simulated student information systems, on a stack of its own.

    python -m deploy.local.demo [--systems eschoolplus ...] [--sections 12] [--dir .run/demo] [--keep]
                                [--spoil score|item [--in eschoolplus]]

The stack has a fresh folder and free ports, so that neither an earlier run nor `make up` is disturbed. The last lines,
one per system and one for all, are counted from the topics and from the simulators (oracle.py). Exit codes: 0 when
nothing is lost, doubled, left waiting or other than expected.json says; 1 when something is, or the stack fails; 130
after Ctrl-C. `--spoil` damages one SIS behind everybody's back before the counting, which must then fail: `score`
takes a score out of it, `item` puts an assignment there a second time (spoil.py).
"""

import argparse
import fcntl
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kafka.errors import KafkaError
from rich.console import Console

from deploy.kafka.install import FetchFailed, MissingTool
from deploy.kafka.node import BrokerFailed
from deploy.kafka.ports import free_ports
from deploy.local import districts, oracle, readiness, spoil, stack
from deploy.local.board import Board
from deploy.local.cast import LARGE, Cast, casts
from deploy.local.evidence import gather
from deploy.local.layout import ROOT, Layout
from deploy.local.player import Player
from deploy.local.sample.doors import DOORS
from deploy.local.story import Story
from schemas.gradebook import Sis
from streams.commands.exits import quiet

DEFAULT_FOLDER = Path(".run/demo")
LEAST, MOST = 3, 12
WORKERS = 2


def run(layout: Layout, console: Console, told: argparse.Namespace) -> int:
    """The whole of it on a fresh stack; returns the exit code."""
    began = time.monotonic()
    chosen = casts([Sis(name.upper()) for name in told.systems], told.sections)
    names = ", ".join(door.product for door in DOORS.values())
    console.print(
        f"bringing up Kafka, simulators of {names}, the workers and the status API", highlight=False
    )
    stack.up(layout, lambda line: console.print(f"  {line}", markup=False, highlight=False))
    configs = districts.apply(layout)
    with Board(layout.cluster) as board:
        zones = {cast.sample.tenant: configs[cast.sample.tenant].time_zone for cast in chosen}
        story = Story(
            [Player(layout, one, board, zones[one.sample.tenant]) for one in chosen], board, console
        )
        unexpected = play(story, layout, chosen)
        if told.spoil:
            victim = next(one for one in story.players if one.cast.sample.sis is Sis(told.in_.upper()))
            spoil.WAYS[told.spoil](victim)
    return _judge(layout, console, chosen, zones, unexpected, began)


def play(story: Story, layout: Layout, chosen: Sequence[Cast]) -> list[str]:
    """The story; what of the first sync was not as expected, before the corrections."""
    story.publish()
    story.click_everything()
    first = gather(layout, [(one.sample.tenant, one.sample.sis) for one in chosen]).districts
    unexpected = [
        line
        for one in chosen
        for line in oracle.differing(first[one.sample.tenant].rows, one.expectations(after=False))
    ]
    story.show_logs()
    story.show_errors()
    story.edit_in_sis()
    story.delete_by_hand()
    story.mend_mapping()
    return unexpected


def _judge(
    layout: Layout,
    console: Console,
    chosen: Sequence[Cast],
    zones: dict[str, str],
    unexpected: Sequence[str],
    began: float,
) -> int:
    found = gather(layout, [(one.sample.tenant, one.sample.sis) for one in chosen])
    verdicts = {
        one.sample.sis: oracle.judge(
            found.districts[one.sample.tenant], zones[one.sample.tenant], one.expectations(after=True)
        )
        for one in chosen
    }
    whole = oracle.together(verdicts.values(), found.dead_letters)
    for finding in (*unexpected, *whole.unexpected, *whole.lost, *whole.duplicates):
        console.print(f"  NOT AS IT SHOULD BE: {finding}", markup=False, highlight=False)
    events = sum(len(one.changes) for one in found.districts.values())
    commits = sum(len(one.commits) for one in found.districts.values())
    took = time.monotonic() - began
    console.print(
        f"\ncounted {events} events on the topic and {commits} commits in the SIS; the demo took {took:.0f} s\n",
        highlight=False,
    )
    # these lines are for whoever parses them: never folded, never coloured
    for sis, verdict in verdicts.items():
        print(verdict.line(sis.lower()))
    print(whole.line("demo"), flush=True)
    return 0 if whole.good and not unexpected else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; returns the exit code."""
    parser = _parser()
    told = parser.parse_args(arguments)
    if told.spoil and told.in_ not in told.systems:
        parser.error(f"--in {told.in_}: it does not play (--systems)")
    if told.spoil == "item" and told.in_ != Sis.AERIES.lower():
        parser.error("--spoil item: an item is put there a second time in Aeries only (--in aeries)")
    quiet()
    folder = (ROOT / told.dir).absolute()
    # a Ctrl-C and a SIGTERM both pass through the clean-up, also where the starter ignored them
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    console = Console(width=None if sys.stdout.isatty() else 140)
    try:
        with _alone(folder), _fresh(folder, keep=told.keep) as layout:
            return run(layout, console, told)
    except KeyboardInterrupt:
        print("demo: stopped; everything it started is down", file=sys.stderr)
        return 130
    except (
        *(
            stack.StackFailed,
            readiness.NotReady,
            BrokerFailed,
            MissingTool,
            FetchFailed,
            KafkaError,
            ValueError,
        ),
        *(OSError, subprocess.TimeoutExpired),
    ) as failed:
        print(f"demo: {failed}", file=sys.stderr)
        return 1


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One demo per folder at a time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise stack.StackFailed(f"another demo is running in {folder}; choose another --dir") from None
        yield


@contextmanager
def _fresh(folder: Path, *, keep: bool) -> Iterator[Layout]:
    """A stack's layout in an empty folder; what an earlier run left there is stopped first."""
    silent = lambda _line: None  # noqa: E731 - a word for nothing to say
    left = Layout.existing(folder)
    if left is not None:
        stack.down(left, silent)
    shutil.rmtree(folder, ignore_errors=True)
    kafka, web, *sis = free_ports(2 + len(DOORS))
    layout = Layout(folder, kafka_port=kafka, sis_ports=tuple(sis), web_port=web, workers=WORKERS)
    layout.save()
    try:
        yield layout
    finally:
        if not keep:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave anything behind
            stack.down(layout, silent)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.demo", description="The demo.")
    systems = [sis.lower() for sis in DOORS]
    parser.add_argument("--systems", nargs="+", choices=systems, default=systems, help="whose districts play")
    parser.add_argument(
        "--sections", type=int, choices=range(LEAST, MOST + 1), default=MOST, metavar="N",
        help="of the large district",
    )  # fmt: skip
    parser.add_argument("--dir", type=Path, default=DEFAULT_FOLDER, help="folder of its stack, emptied first")
    parser.add_argument("--keep", action="store_true", help="leave the stack running")
    parser.add_argument("--spoil", choices=spoil.WAYS, help="damage a SIS before counting; must end with 1")
    parser.add_argument("--in", dest="in_", choices=systems, default=LARGE.lower(), help="which one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
