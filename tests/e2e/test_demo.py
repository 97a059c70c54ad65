"""`make demo`, as a person runs it: a smaller school, the whole way, and what the last line says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.broker, pytest.mark.slow, pytest.mark.timeout(300)]
LAST = re.compile(
    r"demo: sections=3 items=73 successful=(\d+) error=(\d+) queued=0 not_yet_synced=0 lost=(\d+) duplicates=0"
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


def test_everything_arrives_once_and_the_errors_are_the_expected_ones(tmp_path: Path) -> None:
    done = demo(tmp_path / "demo")
    assert last(done).groups() == ("72", "1", "0")
    assert done.returncode == 0
    assert "CHANGED_IN_SIS" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_score_that_left_the_sis_turns_it_red(tmp_path: Path) -> None:
    done = demo(tmp_path / "demo", "--spoil", "score")
    assert last(done)[3] == "1"
    assert done.returncode == 1
