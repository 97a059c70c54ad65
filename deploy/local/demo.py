"""`make demo`: a sample district's gradebook arrives in a simulated eSchoolPLUS, on a stack of its own.

    python -m deploy.local.demo [--sections 12] [--dir .run/demo] [--keep] [--spoil score]

The stack has a fresh folder and free ports, so that neither an earlier run nor `make up` is disturbed. The last line
is counted from the topics and from the simulator (oracle.py). Exit codes: 0 when nothing is lost, doubled, left
waiting or other than expected.json says; 1 when something is, or the stack fails; 130 after Ctrl-C. `--spoil score`
takes one score out of the SIS behind everybody's back before the counting: it must then fail.
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
from deploy.local import districts, oracle, readiness, stack
from deploy.local.board import Board
from deploy.local.evidence import Pair, gather
from deploy.local.layout import ROOT, Layout
from deploy.local.oracle import Expectation
from deploy.local.story import Cast, Story, cast
from streams.commands.exits import quiet

DEFAULT_FOLDER = Path(".run/demo")
LEAST, MOST = 3, 12
WORKERS = 2


def run(layout: Layout, console: Console, told: argparse.Namespace) -> int:
    """The whole of it on a fresh stack; returns the exit code."""
    began = time.monotonic()
    chosen = cast(told.sections)
    console.print(
        "bringing up Kafka, the simulated eSchoolPLUS, the workers and the status API", highlight=False
    )
    stack.up(layout, lambda line: console.print(f"  {line}", markup=False, highlight=False))
    config = districts.apply(layout)
    with Board(layout.cluster, config.tenant) as board:
        story = Story(layout, config, chosen, board, console)
        story.publish()
        story.click_everything()
        first = gather(layout, config.tenant, config.time_zone)
        unexpected = list(oracle.differing(first.rows, expectations(chosen, after=False)))
        story.show_logs()
        story.show_errors()
        story.edit_in_sis()
        story.mend_mapping()
    if told.spoil:
        _spoil(layout, config.tenant)
    evidence = gather(layout, config.tenant, config.time_zone)
    verdict = oracle.judge(evidence, expectations(chosen, after=True))
    findings = [*unexpected, *verdict.unexpected, *verdict.lost, *verdict.duplicates]
    for finding in findings:
        console.print(f"  NOT AS IT SHOULD BE: {finding}", markup=False, highlight=False)
    _sum_up(console, len(evidence.changes), len(evidence.commits), time.monotonic() - began)
    # the last line is for whoever parses it: never folded, never coloured
    print(verdict.line, flush=True)
    return 0 if verdict.good and not unexpected else 1


def expectations(chosen: Cast, *, after: bool) -> dict[Pair, Expectation]:
    """What expected.json says of each item: of the first sync, or `after` the corrections."""
    found: dict[Pair, Expectation] = {}
    for section, item in chosen.items():
        mended = after and "after" in item
        state = item["after"] if mended else item["state"]
        code = None if mended else item.get("code")
        found[section, item["item"]] = (state, code, item.get("problems", 0))
    return found


def _spoil(layout: Layout, tenant: str) -> None:
    """Take away one committed score, as a SIS that forgets would."""
    state = readiness.ask(f"{layout.sis_url}/_sim/districts/{tenant}/state")
    cell = next(one for one in state["results"].values() if one["score"] is not None)
    edit = {"action": "delete_score", "lineItem": cell["lineItem"], "student": cell["student"]}
    readiness.ask(f"{layout.sis_url}/_sim/districts/{tenant}/edit", edit, "POST")


def _sum_up(console: Console, events: int, commits: int, seconds: float) -> None:
    console.print(
        f"\ncounted {events} events on the topic and {commits} commits in the SIS; the demo took {seconds:.0f} s",
        highlight=False,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; returns the exit code."""
    told = _parser().parse_args(arguments)
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
    kafka, sis, web = free_ports(3)
    layout = Layout(folder, kafka_port=kafka, sis_port=sis, web_port=web, workers=WORKERS)
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
    parser.add_argument("--sections", type=int, choices=range(LEAST, MOST + 1), default=MOST, metavar="N")
    parser.add_argument("--dir", type=Path, default=DEFAULT_FOLDER, help="folder of its stack, emptied first")
    parser.add_argument("--keep", action="store_true", help="leave the stack running")
    parser.add_argument("--spoil", choices=["score"], help="damage the SIS before counting; must end with 1")
    return parser


if __name__ == "__main__":
    sys.exit(main())
