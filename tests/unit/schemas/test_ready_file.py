"""The ready file: by this process, of late, or it says nothing."""

import os
from pathlib import Path

import pytest

from schemas.ready_file import STALE, VARIABLE, ReadyFile, at_work

ME = os.getpid()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ready"


def test_it_says_who_is_at_work_until_that_ends(path: Path) -> None:
    told = ReadyFile(path)
    assert not at_work(path, ME)
    told.tell(ready=True)
    assert at_work(path, ME)
    assert not at_work(path, ME + 1)
    assert not at_work(path, None)
    told.tell(ready=False)
    assert not path.exists()
    told.tell(ready=False)


def test_what_is_not_touched_any_more_says_nothing(path: Path) -> None:
    told = ReadyFile(path)
    told.tell(ready=True)
    old = path.stat().st_mtime - STALE - 1
    os.utime(path, (old, old))
    assert not at_work(path, ME)
    told.tell(ready=True)
    assert at_work(path, ME)


def test_another_process_s_word_is_replaced(path: Path) -> None:
    path.write_text("1\n")
    ReadyFile(path).tell(ready=True)
    assert at_work(path, ME)
    path.write_text("no number")
    assert not at_work(path, ME)


def test_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    ReadyFile(tmp_path / "none" / "ready").tell(ready=True)
    assert not at_work(tmp_path / "none" / "ready", ME)


def test_it_is_asked_for_by_the_environment(path: Path) -> None:
    ReadyFile.from_env({VARIABLE: str(path)}).tell(ready=True)
    assert at_work(path, ME)
    ReadyFile.from_env({}).tell(ready=True)
