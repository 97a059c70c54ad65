"""`doctor DISTRICT` and `category create`: delivery's answers as plain sentences, and how they end."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.cluster import Cluster
from schemas.codec import encode
from schemas.district_records import DistrictRecords
from schemas.gradebook import SectionBound, Sis
from schemas.keys import tenant_key
from schemas.topics import TopicNames
from streams.cli import app
from streams.commands import category, checks, errands, exits
from streams.commands import district as district_commands
from tests.support.flow import district

CLUSTER = Cluster("nowhere:1", TopicNames(""))
CONFIG = district()
BOUND = SectionBound(sis=CONFIG.sis.kind, sis_section="1042", school="high", sis_teacher="9")


def answers(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]) -> list[tuple[str, ...]]:
    asked: list[tuple[str, ...]] = []

    def run(_: Cluster, *words: str) -> dict[str, Any]:
        asked.append(words)
        return answer

    monkeypatch.setattr(errands, "run", run)
    return asked


def test_a_missing_permission_is_named_with_who_fixes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"what": "read scores", "code": "SIS_PERMISSION_MISSING", "params": {"permission": "GRADES"}}
    asked = answers(monkeypatch, {"findings": [{"what": "sign-in", "code": None, "params": {}}, found]})
    fine, wrong = checks.self_test(CLUSTER, CONFIG)
    assert asked == [("check", CONFIG.tenant)]
    assert (fine.ok, fine.what, fine.told) == (True, f"SIS of {CONFIG.tenant}, sign-in", "works")
    assert not wrong.ok
    assert "[SIS_PERMISSION_MISSING]" in wrong.told
    assert "The permission is: GRADES." in wrong.advice
    assert "Who can fix it: administrator." in wrong.advice


def create(
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, Any],
    bound: SectionBound | None = BOUND,
    title: str = "Quizzes",
) -> tuple[int, str, list[tuple[str, ...]]]:
    asked = answers(monkeypatch, answer)
    monkeypatch.setattr(category, "districts", lambda _: {CONFIG.tenant: CONFIG})
    monkeypatch.setattr(category, "binding", lambda *_: bound)
    done = CliRunner().invoke(app, ["category", "create", f"{CONFIG.tenant}/s", title])
    return done.exit_code, done.output, asked


def test_a_category_is_made_in_the_section_the_lms_section_is_bound_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, said, asked = create(monkeypatch, {"category": {"id": "2", "title": "Quizzes"}}, title=" -Quizzes ")
    assert (code, asked) == (exits.OK, [("category", CONFIG.tenant, "1042", "9", "-Quizzes")])
    assert 'category "2" "Quizzes"' in said


def test_where_it_cannot_be_made_the_sentence_says_who_can(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said, _ = create(monkeypatch, {"cannot": True})
    assert code == exits.FOUND_PROBLEM
    assert "does not let other programs make categories" in said
    assert "administrator" in said


def test_a_refusal_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said, _ = create(monkeypatch, {"error": {"code": "SIS_UNAVAILABLE", "params": {}}})
    assert code == exits.FOUND_PROBLEM
    assert "[SIS_UNAVAILABLE]" in said


@pytest.mark.parametrize("bound", [None, replace(BOUND, sis=Sis.AERIES)])
def test_an_unbound_section_asks_nothing_of_the_sis(
    monkeypatch: pytest.MonkeyPatch, bound: SectionBound | None
) -> None:
    code, said, asked = create(monkeypatch, {}, bound)
    assert (code, asked) == (exits.FOUND_PROBLEM, [])
    assert "bound to" in said


def test_a_refresh_says_what_was_asked_and_what_was_new(monkeypatch: pytest.MonkeyPatch) -> None:
    known = DistrictRecords()
    known.take(tenant_key(CONFIG.tenant), encode(CONFIG))
    monkeypatch.setattr(district_commands, "district_records", lambda _: known)
    asked = answers(monkeypatch, {"sections": 3, "schools": 1, "changed": 2})
    done = CliRunner().invoke(app, ["district", "refresh", CONFIG.tenant])
    assert (done.exit_code, asked) == (exits.OK, [("refresh", CONFIG.tenant)])
    assert "3 section(s) and 1 school(s): 2 told something new" in done.output
    answers(monkeypatch, {"error": {"code": "SIS_SIGN_IN_FAILED", "params": {}}})
    done = CliRunner().invoke(app, ["district", "refresh", CONFIG.tenant])
    assert done.exit_code == exits.FOUND_PROBLEM
    assert "Who can fix it: administrator" in done.output
    known.take(tenant_key(CONFIG.tenant), encode(replace(CONFIG, entitled=False)))
    asked = answers(monkeypatch, {})
    assert CliRunner().invoke(app, ["district", "refresh", CONFIG.tenant]).exit_code == exits.FOUND_PROBLEM
    assert asked == []


def test_an_empty_name_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert create(monkeypatch, {}, title=" ")[0] == exits.USAGE


def test_an_errand_that_fails_ends_with_a_sentence_and_nothing_it_quoted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert command[1:5] == ["-m", "adapters.errand", "check", "--"]
        return subprocess.CompletedProcess(command, 70, "", "KafkaTimeoutError\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(exits.Stop, match="code 70") as stopped:
        errands.run(CLUSTER, "check", "d")
    assert stopped.value.code == exits.FAULT


def test_the_errand_takes_words_that_look_like_options() -> None:
    command = [sys.executable, "-m", "adapters.errand", "category", "--", "d", "1", "", "-x"]
    environment = {"GRADEBOOK_SYNC_BOOTSTRAP": "127.0.0.1:1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (70, "")
    assert "Traceback" not in done.stderr
