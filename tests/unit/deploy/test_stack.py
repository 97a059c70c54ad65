"""The local stack without its broker: what it is told, what it remembers, how it refuses."""

import json
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.local import readiness, sis_memory, stack
from deploy.local.layout import Layout
from deploy.local.story import cast
from tests.simulators.seeding import district_from


def layout(folder: Path, **changed: int) -> Layout:
    ports = {"kafka_port": 1, "sis_port": 2, "web_port": 3, "workers": 2} | changed
    made = Layout(folder, **ports)
    made.save()
    return made


def test_a_layout_is_found_again(tmp_path: Path) -> None:
    assert Layout.existing(tmp_path / "none") is None
    made = layout(tmp_path)
    assert Layout.existing(tmp_path) == made
    assert [service.name for service in made.services()] == [
        "sis",
        "streams-1",
        "streams-2",
        "delivery",
        "web",
    ]


def test_a_taken_port_is_named_with_its_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert stack.main(["up", "--dir", str(tmp_path), "--web-port", port]) == 1
    said = capsys.readouterr().err
    assert port in said
    assert "--web-port" in said


def test_a_worker_is_ready_by_its_own_word_and_not_by_a_dead_ones(tmp_path: Path) -> None:
    """The group would still count the dead one, for as long as its session lasts."""
    made = layout(tmp_path)
    service = next(one for one in made.services() if one.name == "delivery")
    environment = made.environment_of(service)
    assert not readiness.works(service), "nothing runs"
    word = "import sys, time; from schemas.ready_file import ReadyFile; ready = ReadyFile.from_env()\n"
    loop = "while True: ready.tell(ready=True); time.sleep(0.1)"
    command = (sys.executable, "-X", service.process.marker, "-c")
    first = service.process.start([*command, word + loop], service.log, environment)
    try:
        wait_for(lambda: readiness.works(service))
        service.process.signal(signal.SIGKILL)
        assert service.process.wait(5)
        assert service.ready.read_text() == f"{first}\n", "what it left is still there"
        assert not readiness.works(service)
        service.process.start([*command, word + "time.sleep(60)"], service.log, environment)
        assert not readiness.works(service), "the new one has not said anything"
    finally:
        service.process.signal(signal.SIGKILL)
        service.process.wait(5)


def test_every_worker_is_waited_for(tmp_path: Path) -> None:
    waited = [part.service for part in readiness.parts(layout(tmp_path, workers=3))]
    assert waited == ["sis", "web", "streams-1", "streams-2", "streams-3", "delivery"]


def wait_for(true: Callable[[], bool]) -> None:
    readiness.wait_until(true, time.monotonic() + 10, lambda: "not in time")


def test_down_without_a_stack_is_done(tmp_path: Path) -> None:
    assert stack.main(["down", "--dir", str(tmp_path)]) == 0
    assert stack.main(["status", "--dir", str(tmp_path)]) == 3


def test_the_simulator_starts_again_from_what_it_committed(tmp_path: Path) -> None:
    made = layout(tmp_path)
    item = {
        "class": "40712-02",
        "school": "1200",
        "category": "HW",
        "title": "Quiz",
        "assignDate": "2025-10-01T12:00:00.000Z",
        "dueDate": "2025-10-01T12:00:00.000Z",
    }
    score = {"lineItem": "L1", "student": "907919", "class": "40712-02", "score": 8.0}
    score |= {"scoreStatus": "fully graded", "scoreDate": "2025-10-02"}

    def commit(kind: str, name: str, content: object) -> str:
        return json.dumps({"kind": kind, "sourcedId": name, "content": content}) + "\n"

    lines = [commit("lineItem", "L1", item), commit("lineItem", "L2", item), commit("result", "R1", score)]
    made.commits.write_text("".join([*lines, commit("lineItem", "L2", None), '{"kind": "lineIt']))
    sis_memory.write_seed(made)
    district: Any = district_from(json.loads(made.seed.read_text()))
    assert [one.sourced_id for one in district.line_items.of()] == ["L1"]
    assert [one.score for one in district.results.of("L1")] == [8.0]


def test_a_smaller_demo_keeps_the_sections_of_its_story() -> None:
    chosen = cast(3)
    assert {"bio7-2", "alg1-1", "chem-5"} == set(chosen.sections)
    assert {change.section for change in chosen.changes} == set(chosen.sections)
    assert len(cast(12).sections) == 12
