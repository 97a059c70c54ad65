"""The broker killed, or frozen while outputs are in flight and the worker killed."""

import signal
import threading
from pathlib import Path

import pytest

from deploy.kafka.cluster import Cluster
from tests.faults.lab import Lab, new_lab, seed
from tests.faults.load import Load, Shape
from tests.faults.publisher import Publishing
from tests.support.kafka import Kafka
from tests.support.processes import Crew, until

pytestmark = pytest.mark.broker

LONG = [pytest.mark.faults, pytest.mark.timeout(900)]
BIG = Shape(sections=200, items=25, students=25)
#: Small steps, often committed: the worker is always in the middle of something.
STEPS = {"max_batch_records": 25, "epoch_records": 200, "fetch_interval": 0.02, "commit_interval": 0.1}
#: Long enough for the next commit to leave the worker, too short for its session to end.
FROZEN_SECONDS = 0.4
#: For the controls: rarely in the middle of a commit when the broker freezes, and surely through the next one after.
RARER = STEPS | {"commit_interval": 0.4, "session_timeout": 4.0, "heartbeat_interval": 0.5}


@pytest.mark.parametrize(
    ("events", "kills", "shape"),
    [pytest.param(20_000, 1, Shape(), id="short"), pytest.param(200_000, 6, BIG, id="long", marks=LONG)],
)
def test_broker_killed_and_started_again_under_load_loses_nothing(
    doomed: Cluster, tmp_path: Path, events: int, kills: int, shape: Shape
) -> None:
    load = Load(seed(), shape)
    with (
        new_lab(Kafka(doomed.bootstrap), tmp_path, "F7", load) as lab,
        lab.crew(2) as crew,
        lab.sampler() as sampler,
    ):
        with Publishing(lab.publisher(), load.changes(events), events / (4.0 * kills)):
            for kill in range(1, kills + 1):
                lab.await_committed(events * kill // (kills + 1), crew, seconds=120)
                doomed.kill()
                doomed.start()
        lab.await_done(crew, seconds=180)
        verdict = lab.verdict(sampler)
        lab.report("F7", verdict, crew, broker_kills=kills)
        assert verdict.clean, verdict.examples(lab.log)


def freeze_and_kill(
    doomed: Cluster, lab: Lab, crew: Crew, committed: int, seconds: float = FROZEN_SECONDS
) -> None:
    """Freeze the broker with outputs in flight, let the worker go on for a moment, kill it, let the broker go on."""
    lab.await_committed(committed, crew, seconds=60)
    doomed.pause()
    try:
        # a frozen broker tells nothing, so there is nothing to await
        threading.Event().wait(seconds)
        crew.kill(0)
    finally:
        doomed.resume()


@pytest.mark.parametrize(
    ("events", "rounds", "shape"),
    [pytest.param(20_000, 1, Shape(), id="short"), pytest.param(200_000, 10, BIG, id="long", marks=LONG)],
)
def test_worker_killed_with_outputs_in_flight_to_a_frozen_broker_loses_nothing(
    doomed: Cluster, tmp_path: Path, events: int, rounds: int, shape: Shape
) -> None:
    load = Load(seed(), shape)
    with new_lab(Kafka(doomed.bootstrap), tmp_path, "F8", load) as lab:
        publisher = lab.publisher()
        publisher.publish(load.changes(events))
        publisher.flush()
        with lab.sampler() as sampler:
            for round_ in range(1, rounds + 1):
                with lab.crew(1, tuning=STEPS) as crew:
                    crew.restarting = False
                    freeze_and_kill(doomed, lab, crew, events * round_ // (rounds + 4))
            with lab.crew(1) as crew:
                lab.await_done(crew, seconds=180)
                crew.kills = rounds
                verdict = lab.verdict(sampler)
                lab.report("F8", verdict, crew)
        assert verdict.clean, verdict.examples(lab.log)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("guard", ["unawaited", "inexact"])
def test_without_its_guard_the_same_worker_loses_events(doomed: Cluster, tmp_path: Path, guard: str) -> None:
    """The negative control: the oracle must turn red."""
    load = Load(seed(), Shape(sections=20, items=10, students=3))
    with new_lab(Kafka(doomed.bootstrap), tmp_path, f"F8-{guard}", load) as lab:
        for attempt in range(1, 7):
            before = len(lab.log)
            publisher = lab.publisher()
            publisher.publish(load.changes(8_000))
            publisher.flush()
            with lab.crew(1, broken=guard, tuning=RARER) as crew:
                crew.restarting = False
                freeze_and_kill(doomed, lab, crew, before + 1_500, 2 * FROZEN_SECONDS)
            with lab.crew(1) as whole:
                lab.await_done(whole)
            verdict = lab.verdict()
            if verdict.lost:
                lab.report(f"F8 {guard}", verdict, crew, attempts=attempt)
                return
    pytest.fail(f"{guard}: nothing was lost in 6 attempts, so the oracle or the fault proves nothing")


def test_a_worker_that_wakes_with_outputs_unsent_does_not_put_old_state_over_new(
    doomed: Cluster, tmp_path: Path
) -> None:
    """Frozen together with the broker, so that outputs wait inside it; woken when another has gone on without it."""
    load = Load(seed(), Shape(sections=20, items=10, students=3))
    with new_lab(Kafka(doomed.bootstrap), tmp_path, "F4", load) as lab, lab.sampler() as sampler:
        publisher = lab.publisher()
        publisher.publish(load.changes(8_000))
        publisher.flush()
        with lab.crew(1, tuning=STEPS) as asleep:
            asleep.restarting = False
            lab.await_committed(1_500, asleep)
            doomed.pause()
            threading.Event().wait(FROZEN_SECONDS)
            zombie = asleep.workers[0]
            zombie.signal(signal.SIGSTOP)
            doomed.resume()
            with lab.crew(1) as crew:
                lab.await_done(crew)
                zombie.signal(signal.SIGCONT)
                # it has found out that it is out when it is in again, or gone
                seen = zombie.said().count('"assigned"')
                until(
                    lambda: zombie.process.poll() is not None or zombie.said().count('"assigned"') > seen,
                    seconds=20,
                    what=zombie.said,
                )
                crew.restarting = False
                assert crew.terminate(0)[0] == 0
        publisher.publish(load.last_words())
        publisher.flush()
        with lab.crew(1) as crew:
            lab.await_done(crew)
            verdict = lab.verdict(sampler)
            lab.report("F4", verdict, crew)
        assert verdict.clean, verdict.examples(lab.log)
