"""Guards of the worker taken away one at a time, on a healthy broker: each time the oracle sees what is lost."""

from pathlib import Path

from tests.faults.lab import Lab, new_lab, seed
from tests.faults.load import Load, Shape
from tests.support.kafka import Kafka
from tests.support.oracle_log import Kind
from tests.support.processes import until

SMALL = Shape(sections=20, items=10, students=3)


def planted(lab: Lab, load: Load) -> str:
    """Publish a load; the id of one of its changes, somewhere in the middle."""
    letters = list(load.changes(4_000))
    publisher = lab.publisher()
    publisher.publish(letters)
    publisher.flush()
    whole = [sent.event for _, _, sent in letters[1_500:] if sent.kind is Kind.ITEM]
    return whole[0]


def test_a_stage_that_raises_ends_the_worker_and_loses_nothing(kafka: Kafka, tmp_path: Path) -> None:
    load = Load(seed(), SMALL)
    with new_lab(kafka, tmp_path, "F34", load) as lab:
        event = planted(lab, load)
        with lab.crew(1, broken="raises", argument=event) as crew:
            crew.restarting = False
            worker = crew.workers[0].process
            until(lambda: worker.poll() is not None, seconds=30, what=crew.tail)
            assert worker.returncode == 70
        with lab.crew(1) as whole:
            lab.await_done(whole)
        verdict = lab.verdict()
        lab.report("F34", verdict, crew)
        assert verdict.clean, verdict.examples(lab.log)


def test_without_the_guard_around_the_stage_its_events_are_lost(kafka: Kafka, tmp_path: Path) -> None:
    load = Load(seed(), SMALL)
    with new_lab(kafka, tmp_path, "F34-swallows", load) as lab:
        event = planted(lab, load)
        with lab.crew(1, broken="swallows", argument=event) as crew:
            lab.await_done(crew)
            verdict = lab.verdict()
            lab.report("F34 swallows", verdict, crew)
        lost = {one.sent.event for one in lab.log.events if one.place in verdict.lost}
        assert event in lost


def test_without_the_restore_single_scores_land_on_nothing(kafka: Kafka, tmp_path: Path) -> None:
    load = Load(seed(), SMALL)
    with new_lab(kafka, tmp_path, "unrestored", load) as lab:
        publisher = lab.publisher()
        for broken, letters in ((None, load.changes(2_000)), ("unrestored", load.last_words())):
            publisher.publish(letters)
            publisher.flush()
            with lab.crew(1, broken=broken) as crew:
                lab.await_done(crew)
                assert crew.terminate(0)[0] == 0
            verdict = lab.verdict()
            lab.report(f"restore {broken or 'whole'}", verdict, crew)
            assert bool(verdict.lost and verdict.order) is (broken is not None), verdict.examples(lab.log)
