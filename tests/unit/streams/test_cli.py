"""The command line: what it takes, how it refuses, and that help and manual say the same."""

import gc
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner, Result

from schemas.gradebook import ItemKind, Sis
from schemas.results import Outcome, RowState, ScoreProblem, SectionStatus, StatusRow, SyncResult
from streams.cli import app
from streams.commands import exits, tables
from streams.commands.results import described, moment

ROOT = Path(__file__).parents[3]
NOBODY = "127.0.0.1:1"
GOOD = '{"tenant": "d", "section": "s", "version": 1, "type": "ItemDeleted", "item": "i"}\n'


@pytest.fixture
def _abandoned_sockets() -> Iterator[None]:
    """kafka-python's constructor, when it finds no broker, leaves its wake-up pair to the garbage collector: now."""
    yield
    gc.collect()


def no_broker_given(test: Callable[..., None]) -> Callable[..., None]:
    """A test that talks to nobody."""
    used = pytest.mark.usefixtures("_abandoned_sockets")
    ignored = ("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
    marked: Callable[..., None] = pytest.mark.filterwarnings(*ignored)(used(test))
    return marked


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["--bootstrap", NOBODY, *arguments], input=stdin)


def test_the_manual_lists_the_exit_codes_that_the_help_does() -> None:
    told = dict(re.findall(r"^\| (\d+) \| (.+) \|$", (ROOT / "docs/operating.md").read_text(), re.MULTILINE))
    assert {int(code): meaning for code, meaning in told.items()} == exits.MEANINGS
    helped = " ".join(run("--help").output.split())
    assert all(f"{code} {meaning}" in helped for code, meaning in exits.MEANINGS.items())


def test_the_manual_has_every_command() -> None:
    manual = (ROOT / "docs/operating.md").read_text()
    top = typer.main.get_group(app).commands
    names = [
        f"{name} {inner}".strip()
        for name, command in top.items()
        for inner in (command.commands if isinstance(command, TyperGroup) else [""])
    ]
    assert len(names) > 10
    assert [name for name in names if f"`{name}" not in manual] == []


def test_a_bad_line_is_told_with_file_line_field_and_fix_and_nothing_is_published(tmp_path: Path) -> None:
    file = tmp_path / "changes.jsonl"
    file.write_text(
        GOOD + '{"tenant": "d", "section": "s", "version": -1, "type": "ItemDeleted", "item": "i"}\n'
    )
    done = run("publish", str(file))
    assert done.exit_code == exits.BAD_INPUT
    assert f"{file}:2: version: is below 0" in done.output
    assert "nothing was published" in done.output


@pytest.mark.parametrize("arguments", [("publish", "no-such-file.jsonl"), ("publish", "-")])
def test_input_that_cannot_be_read_is_bad_input(arguments: tuple[str, ...]) -> None:
    assert run(*arguments, stdin="not json\n").exit_code == exits.BAD_INPUT


@no_broker_given
@pytest.mark.parametrize(
    "arguments",
    [
        ("topics", "check"),
        ("sync", "--section", "d/s"),
        ("status",),
        ("results",),
        ("publish", "-"),
        ("receipt", "d/s", "i"),
    ],
)
def test_without_a_broker_it_says_so_and_what_to_do(arguments: tuple[str, ...]) -> None:
    done = run(*arguments, stdin=GOOD)
    assert done.exit_code == exits.UNAVAILABLE
    assert NOBODY in done.output
    assert "--bootstrap" in done.output
    assert "Traceback" not in done.output


@no_broker_given
def test_doctor_without_a_broker_finds_a_problem() -> None:
    done = run("doctor", "--json")
    assert done.exit_code == exits.FOUND_PROBLEM
    found = json.loads(done.output)
    assert (found["what"], found["ok"]) == ("broker", False)
    assert "make up" in found["advice"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("sync",),
        ("sync", "--all", "--section", "d/s"),
        ("sync", "--all", "--item", "i"),
        ("replay",),
        ("results", "--since", "yesterday"),
        ("status", "d/"),
        ("receipt", "d/s"),
        ("no-such-command",),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == exits.USAGE


def test_a_bad_district_file_is_refused_with_line_and_fix(tmp_path: Path) -> None:
    file = tmp_path / "district.toml"
    file.write_text('tenant = "d"\ntitle = 3\n')
    done = run("district", "apply", str(file))
    assert done.exit_code == exits.CONFIGURATION
    assert "nothing was applied" in done.output
    assert "title" in done.output


def test_the_sample_district_is_right() -> None:
    done = run("district", "apply", "--dry-run", str(ROOT / "deploy/config/sample/district.toml"))
    assert done.exit_code == exits.OK
    assert "lakeside" in done.output


def test_moments_are_ago_or_iso() -> None:
    assert moment("10m", 1_000_000_000) == 1_000_000_000 - 600_000
    assert moment("2026-01-20T15:00:00Z", 0) == moment("2026-01-20T15:00:00", 0) == 1_768_921_200_000


def test_a_result_is_shown_without_title_or_score() -> None:
    result = SyncResult(
        tenant="d",
        section="s",
        item="i",
        revision=1,
        step=2,
        outcome=Outcome.ERROR,
        version=1,
        at=0,
        kind=ItemKind.TEST,
        title="Ann's retake",
        code="TITLE_EMPTY",
    )
    told = json.dumps(described(result))
    assert "TITLE_EMPTY" in told
    assert "Ann" not in told


def test_a_row_tells_message_solution_and_the_refused_scores() -> None:
    row = StatusRow(
        item="i",
        kind=ItemKind.TEST,
        title="Quiz",
        state=RowState.ERROR,
        deleted=False,
        version=1,
        heard=1,
        revision=1,
        step=5,
        changed_at=0,
        last_success_at=1_768_921_200_000,
        last_success_revision=1,
        last_success_fingerprint=None,
        sis=Sis.ESCHOOLPLUS,
        code="SCORES_NOT_ACCEPTED",
        params={"refused": "1", "total": "30"},
        next_try_at=None,
        problems=(ScoreProblem(student="stu-9", code="SCORE_NOT_ACCEPTED"),),
        receipt=None,
    )
    status = SectionStatus(
        tenant="d", section="s", part=0, updated_at=0, last_error_at=0, seen=(), rows=(row,)
    )
    told = "\n".join(tables.details(status))
    assert "1 of 30 scores not accepted" in told
    assert "stu-9" in told
    assert tables.line(row, "America/Chicago").startswith("Error          2026-01-20 09:00 Quiz")
