"""The oracle: every commit, in order, on disk before the reply; edits made in the SIS."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.client import REPOSITORY, Simulator, SimulatorFailedError
from tests.simulators.commit_log import Commit, CommitLog
from tests.simulators.vendor import Vendor, result
from tests.unit.simulators.conftest import EXAMPLE, School

CLIENT = ("demo-client", "demo-client-secret")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_commit_tells_what_who_and_when(school: School) -> None:
    school.vendor.put_line_item("a")
    school.vendor.call(
        "POST", "/lineItems/a/results", {"results": [result("x", "a"), result("y", "a", "stu-2", score=0)]}
    )
    item, first, second = school.commits()
    assert (item["verb"], item["kind"], item["by"]) == ("put", "lineItem", "vendor")
    content = item["content"]
    assert (content["class"], content["title"]) == ("class-1", "Item a")
    assert content["dueDate"] == "2026-11-10T18:00:00.000Z"
    assert first["request"] == second["request"] != item["request"]
    assert [(one["content"]["student"], one["content"]["score"]) for one in (first, second)] == [
        ("stu-1", 88.5),
        ("stu-2", 0),
    ]
    assert item["seq"] < first["seq"] < second["seq"]


def test_what_was_refused_is_not_in_the_log(school: School) -> None:
    school.vendor.put_line_item("a", title="x" * 51)
    school.vendor.put_result("r", "none")
    assert school.commits() == []


def test_the_log_survives_kill_9_and_goes_on_after_it(tmp_path: Path) -> None:
    log = tmp_path / "commits.jsonl"
    seen: list[bytes] = []
    for name in "ab":
        sim = Simulator(log=log, seed=EXAMPLE).start()
        vendor = Vendor(sim.base("abc"), CLIENT)
        for number in range(3):
            assert vendor.put_line_item(f"{name}{number}").status_code == 201
        sim.kill()
        vendor.close()
        seen.append(log.read_bytes())
    assert seen[1].startswith(seen[0]), "append-only"
    assert [line["seq"] for line in _lines(log)] == [1, 2, 3, 4, 5, 6]
    assert [line["sourcedId"] for line in _lines(log)] == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "commits.jsonl"
    commit = Commit("abc", "vendor", "put", "lineItem", "a", True, True, {})
    log = CommitLog(path)
    log.append([commit, commit])
    log.close()
    with path.open("ab") as file:
        file.write(b'{"seq": 3, "req')
    again = CommitLog(path)
    again.append([commit])
    assert [line["seq"] for line in again.read()] == [1, 2, 3]
    assert [line["request"] for line in again.read()] == [1, 1, 2]
    assert [line["seq"] for line in again.read(after=2)] == [3]
    assert [line["seq"] for line in again.read(after=1, limit=1)] == [2]
    assert list(again.read(after=3)) == []
    assert list(again.read(district="other")) == []
    again.close()


def test_the_simulator_ends_cleanly_even_with_a_hanging_call(tmp_path: Path) -> None:
    sim = Simulator(seed=EXAMPLE, log=tmp_path / "log").start()
    sim.fault("abc", kind="hang")
    with subprocess.Popen(
        [sys.executable, "-c", f"import urllib.request as u; u.urlopen('{sim.base('abc')}/token')"],
        stderr=subprocess.DEVNULL,
    ) as caller:
        while sim.faults("abc")[0]["hits"] == 0:
            assert caller.poll() is None
        assert sim.stop() == 0
        assert caller.wait(10) != 0


def test_a_bad_seed_is_told_and_nothing_starts(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text('{"code": "abc", "auth": {}, "schols": []}')
    with pytest.raises(SimulatorFailedError, match="schols"):
        Simulator(seed=seed).start()
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulators", "eschoolplus", "--seed", str(seed)],
        cwd=REPOSITORY,
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 78


@pytest.mark.parametrize("wanted", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_with_0(wanted: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.simulators", "eschoolplus", "--port", "0"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready http://127.0.0.1:")
        process.send_signal(wanted)
        assert process.wait(10) == 0


def test_an_edit_moves_date_last_modified_and_is_logged_as_the_sis(school: School) -> None:
    school.vendor.put_line_item("a")
    before = school.vendor.get("/lineItems/a").json()["lineItem"]
    changes = {
        "title": "By hand",
        "dueDate": "2026-09-01T12:00:00Z",
        "category": "cat-lab",
        "resultValueMax": 5,
    }
    school.sim.edit(school.code, "change_line_item", lineItem="a", set=changes)
    after = school.vendor.get("/lineItems/a").json()["lineItem"]
    assert after["dateLastModified"] > before["dateLastModified"]
    assert (after["title"], after["resultValueMax"], after["category"]["sourcedId"]) == (
        "By hand",
        5,
        "cat-lab",
    )
    last = school.commits()[-1]
    assert (last["by"], last["verb"], last["content"]["title"]) == ("sis", "edit", "By hand")


def test_a_score_typed_in_the_sis_is_one_cell_with_the_vendors(school: School) -> None:
    school.vendor.put_line_item("a")
    school.sim.edit(school.code, "change_score", lineItem="a", student="stu-1", set={"score": 40})
    assert school.vendor.put_result("r", "a", score=50).status_code == 201
    school.sim.edit(
        school.code, "change_score", lineItem="a", student="stu-1", set={"score": None, "late": "true"}
    )
    (cell,) = school.state()["results"].values()
    assert (cell["score"], cell["late"]) == (None, "true")
    school.sim.edit(school.code, "delete_score", lineItem="a", student="stu-1")
    assert school.state()["results"] == {}


def test_enrolment_and_period_edits_are_logged(school: School) -> None:
    school.sim.edit(school.code, "add_student", class_="class-1", student="stu-9")
    school.sim.edit(school.code, "drop_student", class_="class-1", student="stu-9")
    school.sim.edit(school.code, "lock_period", gradingPeriod="mp-2", locked=True)
    assert [(one["kind"], one["content"]) for one in school.commits()] == [
        ("enrolment", {"class": "class-1", "student": "stu-9"}),
        ("enrolment", None),
        ("session", {"locked": True}),
    ]
    assert school.vendor.put_line_item("a").status_code == 422


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("explode", {}),
        ("change_line_item", {"lineItem": "none", "set": {"title": "x"}}),
        ("change_line_item", {"lineItem": "a", "set": {"colour": "red"}}),
        ("change_line_item", {"lineItem": "a", "set": {"dueDate": "soon"}}),
        ("delete_score", {"lineItem": "a", "student": "stu-1"}),
        ("drop_student", {"class": "none", "student": "stu-1"}),
        ("lock_period", {"gradingPeriod": "none"}),
    ],
)
def test_an_edit_that_cannot_be_made_is_told(school: School, action: str, values: dict[str, Any]) -> None:
    school.vendor.put_line_item("a")
    with pytest.raises(SimulatorFailedError, match="400"):
        school.sim.edit(school.code, action, **values)
