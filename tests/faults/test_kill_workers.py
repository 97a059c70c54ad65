"""Workers killed at random under load."""

import random
from pathlib import Path

import pytest

from tests.faults.lab import Killer, new_lab, seed
from tests.faults.load import Load, Shape
from tests.faults.publisher import Publishing
from tests.support.kafka import Kafka


@pytest.mark.parametrize(
    ("events", "kills", "shape"),
    [
        pytest.param(20_000, 4, Shape(), id="short"),
        pytest.param(
            200_000,
            40,
            Shape(sections=200, items=25, students=25),
            id="long",
            marks=[pytest.mark.faults, pytest.mark.timeout(900)],
        ),
    ],
)
def test_three_workers_killed_at_random_lose_nothing(
    kafka: Kafka, tmp_path: Path, events: int, kills: int, shape: Shape
) -> None:
    load = Load(seed(), shape)
    with new_lab(kafka, tmp_path, "F1", load) as lab:
        chosen = random.Random(load.seed)
        with lab.crew(3) as crew, lab.sampler() as sampler:
            pace = events / (kills * 1.5)
            with (
                Publishing(lab.publisher(), load.changes(events), pace),
                Killer(crew, chosen, (0.8, 2.5), kills) as killer,
            ):
                killer.wait(kills * 3 + 10)
            lab.await_done(crew, seconds=180)
            verdict = lab.verdict(sampler)
            lab.report("F1", verdict, crew)
            assert set(crew.surprises()) <= {70, 75}, crew.tail()
        assert verdict.clean, verdict.examples(lab.log)
        assert verdict.samples > 10
        assert crew.kills == kills
