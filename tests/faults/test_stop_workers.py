"""Workers stopped cleanly one after the other, and workers frozen until their partitions have moved."""

import signal
from pathlib import Path

import pytest

from tests.faults.lab import new_lab, seed
from tests.faults.load import Load, Shape
from tests.faults.publisher import Publishing
from tests.support.kafka import Kafka

LONG = [pytest.mark.faults, pytest.mark.timeout(900)]
BIG = Shape(sections=200, items=25, students=25)


@pytest.mark.parametrize(
    ("events", "rounds", "shape"),
    [pytest.param(20_000, 1, Shape(), id="short"), pytest.param(200_000, 5, BIG, id="long", marks=LONG)],
)
def test_rolling_restarts_under_load_end_cleanly_and_lose_nothing(
    kafka: Kafka, tmp_path: Path, events: int, rounds: int, shape: Shape
) -> None:
    load = Load(seed(), shape)
    with new_lab(kafka, tmp_path, "F3", load) as lab, lab.crew(3) as crew, lab.sampler() as sampler:
        ends = []
        with Publishing(lab.publisher(), load.changes(events), events / (6.0 * rounds)):
            for stop in range(3 * rounds):
                lab.await_committed(events * (stop + 1) // (4 * rounds), crew, seconds=90)
                ends.append(crew.terminate(stop % 3))
        lab.await_done(crew, seconds=120)
        verdict = lab.verdict(sampler)
        slowest = round(max(seconds for _, seconds in ends), 1)
        lab.report("F3", verdict, crew, stops=len(ends), slowest_stop=slowest)
        assert [code for code, _ in ends] == [0] * len(ends), crew.tail()
        assert slowest < 10
        assert verdict.clean, verdict.examples(lab.log)
        assert crew.surprises() == []


@pytest.mark.parametrize(
    ("events", "freezes", "shape"),
    [pytest.param(20_000, 1, Shape(), id="short"), pytest.param(200_000, 8, BIG, id="long", marks=LONG)],
)
def test_a_worker_frozen_past_its_session_changes_nothing_when_it_wakes(
    kafka: Kafka, tmp_path: Path, events: int, freezes: int, shape: Shape
) -> None:
    load = Load(seed(), shape)
    with new_lab(kafka, tmp_path, "zombie", load) as lab:
        with lab.crew(2) as crew, lab.sampler() as sampler:
            with Publishing(lab.publisher(), load.changes(events), events / (6.0 * freezes)):
                for freeze in range(freezes):
                    lab.await_committed(events * (freeze + 1) // (freezes + 2), crew, seconds=90)
                    zombie = crew.workers[freeze % 2]
                    zombie.signal(signal.SIGSTOP)
                    # the other has everything when it gets on with all partitions
                    lab.await_committed(min(lab.committed() + 3_000, events), crew, seconds=90)
                    zombie.signal(signal.SIGCONT)
            lab.await_done(crew, seconds=120)
            assert [crew.terminate(i)[0] for i in range(2)] == [0, 0]
            crew.restarting = False
        with lab.crew(1) as crew:
            publisher = lab.publisher()
            publisher.publish(load.last_words())
            publisher.flush()
            lab.await_done(crew, seconds=120)
            verdict = lab.verdict(sampler)
            lab.report("zombie", verdict, crew, freezes=freezes)
            assert verdict.clean, verdict.examples(lab.log)
