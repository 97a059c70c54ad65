"""The local stack without its broker: what it is told, how it refuses, who plays."""

import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import demo, readiness, stack
from deploy.local.cast import casts
from deploy.local.layout import Layout
from deploy.local.sample.districts import districts
from deploy.local.sample.doors import DOORS
from schemas.gradebook import Sis
from streams import district_file


def layout(folder: Path, workers: int = 2) -> Layout:
    made = Layout(folder, kafka_port=1, sis_ports=(4, 5, 6, 7, 8), web_port=3, workers=workers)
    made.save()
    return made


def test_a_layout_is_found_again(tmp_path: Path) -> None:
    assert Layout.existing(tmp_path / "none") is None
    made = layout(tmp_path)
    assert Layout.existing(tmp_path) == made
    assert [service.name for service in made.services()] == [
        "sis-eschoolplus",
        "sis-powerschool",
        "sis-skyward",
        "sis-infinite_campus",
        "sis-aeries",
        "streams-1",
        "streams-2",
        "delivery",
        "web",
    ]


@pytest.mark.parametrize(("option", "before"), [("--web-port", 0), ("--sis-port", 0), ("--sis-port", 4)])
def test_a_taken_port_is_named_with_its_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, before: int
) -> None:
    """The last of the five simulators' ports counts as the first does."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert stack.main(["up", "--dir", str(tmp_path), option, str(port - before)]) == 1
    said = capsys.readouterr().err
    assert str(port) in said
    assert option in said


def test_each_system_is_told_its_own_seed_port_and_log(tmp_path: Path) -> None:
    services = {one.name: one.command for one in layout(tmp_path).services()}
    told = services["sis-aeries"]
    assert (told[told.index("tests.simulators") + 1], told[told.index("--port") + 1]) == ("aeries", "8")
    assert str(tmp_path / "commits" / "aeries.jsonl") in told
    assert "--resume" in told
    seeds = {command[command.index("--seed") + 1] for name, command in services.items() if "sis-" in name}
    assert len(seeds) == 5


def test_every_secret_a_district_refers_to_is_in_the_environment(tmp_path: Path) -> None:
    environment = layout(tmp_path).environment()
    for sample in districts():
        sis = district_file.read(sample.folder / "district.toml").sis
        references = [sis.key_ref, sis.secret_ref, *sis.options.values()]
        for name in (one.removeprefix("env:") for one in references if one.startswith("env:")):
            assert environment[name]


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
    simulators = [f"sis-{sis.lower()}" for sis in DOORS]
    assert waited == [*simulators, "web", "streams-1", "streams-2", "streams-3", "delivery"]


def wait_for(true: Callable[[], bool]) -> None:
    readiness.wait_until(true, time.monotonic() + 10, lambda: "not in time")


def test_down_without_a_stack_is_done(tmp_path: Path) -> None:
    assert stack.main(["down", "--dir", str(tmp_path)]) == 0
    assert stack.main(["status", "--dir", str(tmp_path)]) == 3


def test_a_smaller_demo_keeps_the_sections_of_its_story() -> None:
    large, *small = casts(list(DOORS), 3)
    assert set(large.sections) == {"bio7-2", "alg1-1", "chem-5"}
    assert {change.section for change in large.changes} == set(large.sections)
    assert [len(one.sections) for one in small] == [2, 2, 2, 2]
    assert [len(one.sections) for one in casts([Sis.ESCHOOLPLUS], 12)] == [12]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--spoil", "item"], "Aeries only"),
        (["--systems", "aeries", "--spoil", "score"], "does not play"),
    ],
)
def test_damage_that_cannot_be_done_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit):
        demo.main(arguments)
    assert said in capsys.readouterr().err


def test_the_story_of_an_item_ends_as_expected_says() -> None:
    (aeries,) = casts([Sis.AERIES], 12)
    pair = ("psy-1", "psy-1-04")
    assert str(aeries.expectations(after=False)[pair]) == "SUCCESSFUL 0"
    assert str(aeries.expectations(after=True)[pair]) == "ERROR DELETE_BY_HAND 0"
