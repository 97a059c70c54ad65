"""`make demo`, as a person runs it: a smaller school, the whole way, and what the last lines say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.broker, pytest.mark.slow, pytest.mark.timeout(300)]
LAST = re.compile(
    r"demo: sections=(\d+) items=(\d+) successful=(\d+) error=(\d+) queued=0 not_yet_synced=0 "
    r"lost=(\d+) duplicates=(\d+)"
)


@pytest.fixture(autouse=True)
def _broker(kafka: object) -> None:
    """Skipped, or failed in CI, where there is no Java; the demo starts a broker of its own."""


def demo(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "deploy.local.demo", "--sections", "3", "--dir", str(folder), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def last(done: "subprocess.CompletedProcess[str]") -> "re.Match[str]":
    found = LAST.fullmatch(done.stdout.splitlines()[-1])
    assert found, done.stdout[-2000:] + done.stderr[-2000:]
    return found


SYSTEMS = ("eschoolplus", "powerschool", "skyward", "infinite_campus", "aeries")


def test_everything_arrives_once_and_the_errors_are_the_expected_ones(tmp_path: Path) -> None:
    done = demo(tmp_path / "demo")
    assert last(done).groups() == ("11", "122", "108", "14", "0", "0")
    assert done.returncode == 0
    lines = done.stdout.splitlines()[-6:-1]
    assert [line.partition(":")[0] for line in lines] == list(SYSTEMS)
    assert all(line.endswith("lost=0 duplicates=0") for line in lines)
    assert done.stdout.count("CHANGED_IN_SIS") == len(SYSTEMS)
    assert "DELETE_BY_HAND" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("system", ["eschoolplus", "powerschool"])
def test_a_score_that_left_the_sis_turns_it_red(tmp_path: Path, system: str) -> None:
    done = demo(tmp_path / "demo", "--systems", system, "--spoil", "score", "--in", system)
    assert last(done).groups()[4:] == ("1", "0")
    assert done.returncode == 1


def test_an_item_created_twice_turns_it_red(tmp_path: Path) -> None:
    done = demo(tmp_path / "demo", "--systems", "aeries", "--spoil", "item", "--in", "aeries")
    assert last(done).groups()[4:] == ("0", "1")
    assert done.returncode == 1
