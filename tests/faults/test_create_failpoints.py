"""Wherever a worker dies while it creates, and whatever becomes of its POST: one item, and a word about it.

Each test is one failpoint with all cells of three systems and seven modes; a seed is an item. The workers are real
processes on a real broker, forked from one that has imported everything, and die by SIGKILL.
"""

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.worker import EXIT_FAULT
from tests.faults.creates import Creates, Verdict, all_simulators, new_creates
from tests.faults.lab import FIGURES, seed
from tests.faults.lives import ForkServer
from tests.faults.lossy_doors import AERIES, DOORS, MODES, POWERSCHOOL
from tests.faults.traps import AT_ONCE, PLACES
from tests.simulators.client import Simulator
from tests.support.kafka import Kafka
from tests.support.processes import until

#: Items that a death at a place of AT_ONCE strikes.
MOST = 30
CALM = {"calm": MODES["calm"]}


@dataclass
class Ground:
    """What all tests of the module share."""

    kafka: Kafka
    server: ForkServer
    simulators: Mapping[str, Simulator]


@pytest.fixture(scope="module")
def ground(kafka: Kafka) -> Iterator[Ground]:
    with ForkServer() as server, all_simulators() as simulators:
        yield Ground(kafka, server, simulators)


@pytest.fixture
def lab(ground: Ground, tmp_path: Path) -> Iterator[Creates]:
    with new_creates(ground.kafka, tmp_path, ground.server, ground.simulators, seed()) as made:
        yield made


pytestmark = pytest.mark.broker


@pytest.mark.parametrize(
    ("items", "deaths"),
    [
        pytest.param(20, 5, id="short"),
        pytest.param(100, 25, id="long", marks=[pytest.mark.faults, pytest.mark.timeout(900)]),
    ],
)
@pytest.mark.parametrize("place", PLACES)
def test_one_item_wherever_the_worker_dies(lab: Creates, place: str, items: int, deaths: int) -> None:
    began = time.monotonic()
    lab.add(DOORS, MODES, items)
    struck = 1
    while (struck and lab.kills < deaths) or (lab.unstruck and lab.kills < 2 * deaths):
        struck = lab.die(place, most=MOST)
    lab.finish()
    verdicts = lab.verdicts()
    report(lab, place, verdicts, seconds=round(time.monotonic() - began, 1))
    assert [verdict for verdict in verdicts if not verdict.clean] == [], lab.log()
    assert lab.unstruck == []
    assert place not in AT_ONCE or len(lab.struck) > MOST


def report(lab: Creates, row: str, verdicts: list[Verdict], **more: object) -> None:
    """One line of figures."""
    line = json.dumps(
        {
            "row": f"create {row}",
            "seed": lab.seed,
            "cells": len(verdicts),
            "items": sum(len(cell.items) for cell in lab.cells),
            "kills": lab.kills,
            "struck": len(lab.struck),
            "items struck": len(set(lab.struck)),
            "commits": sum(n * items for one in verdicts for n, items in one.created.items()),
            "duplicates": sum(one.duplicates for one in verdicts),
            "pending": sum(len(one.pending) for one in verdicts),
            "wrong": sum(len(one.wrong) for one in verdicts),
            **more,
        }
    )
    print(line)
    FIGURES.parent.mkdir(exist_ok=True)
    with FIGURES.open("a") as kept:
        kept.write(line + "\n")


def await_duplicates(lab: Creates, row: str) -> None:
    """Every decision is told as delivered, and yet, sooner or later, items stand twice."""
    until(lambda: any(one.duplicates for one in lab.verdicts()), seconds=15, what=lab.log)
    verdicts = lab.verdicts()
    report(lab, row, verdicts)
    assert not any(one.pending for one in verdicts), lab.log()


def test_without_the_look_up_there_are_two(lab: Creates) -> None:
    lab.add((AERIES, POWERSCHOOL), CALM, 8)
    lab.die("after_reply", broken="blind")
    lab.finish(broken="blind")
    await_duplicates(lab, "blind")


def test_without_the_lateness_there_are_two(lab: Creates) -> None:
    late = {"kind": "late_commit", "seconds": 3.0, "probability": 0.5}
    lab.add(DOORS, {"late": (late,)}, 8)
    lab.finish(broken="hasty")
    await_duplicates(lab, "hasty")


def test_without_awaiting_the_intent_there_are_two(lab: Creates) -> None:
    lab.add((AERIES, POWERSCHOOL), CALM, 8)
    lab.die("after_post_sent", broken="unawaited")
    lab.finish()
    await_duplicates(lab, "unawaited")


@pytest.mark.parametrize("broken", [None, "tardy"])
def test_a_worker_frozen_before_its_post_sends_nothing_when_it_wakes(
    lab: Creates, ground: Ground, broken: str | None
) -> None:
    """Its successor has looked for the create, found none, and made it."""
    lab.add((AERIES, POWERSCHOOL), CALM, 8)
    frozen = lab.freeze(broken=broken)
    with ForkServer() as other:
        lab.server = other
        lab.finish()
    os.kill(frozen, signal.SIGCONT)
    assert ground.server.death(30) == EXIT_FAULT, lab.log()
    if broken:
        await_duplicates(lab, broken)
    else:
        assert [verdict for verdict in lab.verdicts() if not verdict.clean] == [], lab.log()
