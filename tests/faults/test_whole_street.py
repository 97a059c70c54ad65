"""From the change to the SIS with everything on the way killed, and replies lost: once, newest, and told so."""

import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.codec import encode
from schemas.gradebook import (
    CategoryMapping,
    Change,
    GradebookChange,
    ItemChanged,
    ItemKind,
    MappingChanged,
    Score,
    SectionBound,
    Sis,
    SyncMode,
)
from schemas.keys import section_key, tenant_key
from tests.faults.lab import Lab, new_lab, seed
from tests.faults.load import Letter, Load, Shape
from tests.faults.publisher import Publishing
from tests.simulators.client import Simulator
from tests.support.kafka import Kafka, Record
from tests.support.oracle_deliveries import judge_deliveries
from tests.support.oracle_expected import fold
from tests.support.oracle_log import Kind, Sent
from tests.support.oracle_topics import read_topics
from tests.support.processes import ROOT, Crew, until
from tests.unit.adapters.desk import district

TENANT, SECTION, STUDENTS = "abc", "bio", ("stu-1", "stu-2", "stu-3")
DISTRICT = json.loads((ROOT / "tests/simulators/examples/district.json").read_text())

pytestmark = pytest.mark.broker


def letters(chosen: random.Random, items: int, versions: int) -> Iterator[Letter]:
    """One section that syncs by itself: every version of every item, versions of different items mixed."""
    bound = SectionBound(sis=Sis.ESCHOOLPLUS, sis_section="class-1", school="school-1", mode=SyncMode.AUTO)
    yield _letter(1, "bound", bound, kind=Kind.BOUND, sis="ESCHOOLPLUS", automatic=True)
    mapped = MappingChanged(categories=(CategoryMapping(category="hw", sis_category="cat-hw"),))
    yield _letter(2, "mapped", mapped, kind=Kind.MAPPING)
    order = [f"item {number}" for number in range(items)] * versions
    chosen.shuffle(order)
    at: dict[str, int] = {}
    for item in order:
        version = at[item] = at.get(item, 0) + 1
        points = tuple((student, float(version * 10 + i)) for i, student in enumerate(STUDENTS))
        what = ItemChanged(
            item=item,
            kind=ItemKind.ASSIGNMENT,
            title=f"{item} as of {version}",
            category="hw",
            due="2026-11-20",
            points=100.0,
            scores=tuple(Score(student=student, points=score) for student, score in points),
        )
        event = f"{item} {version}"
        yield _letter(version, event, what, kind=Kind.ITEM, item=item, title=what.title, scores=points)


def _letter(version: int, event: str, what: Change, *, kind: Kind, **meaning: object) -> Letter:
    whole = GradebookChange(
        tenant=TENANT, section=SECTION, event=event, version=version, occurred_at=0, change=what
    )
    sent = Sent(
        kind=kind,
        tenant=TENANT,
        section=SECTION,
        version=version,
        event=event,
        **meaning,  # type: ignore[arg-type] # names are Sent's own
    )
    return section_key(TENANT, SECTION), encode(whole), sent


def _delivery(lab: Lab) -> Crew:
    secrets = {"TEST_SIS_KEY": "OneRoster_ABC_123", "TEST_SIS_SECRET": "demo-secret"}
    command = (
        "-m",
        "adapters.worker",
        "--sis",
        "eschoolplus",
        "--session-seconds",
        "3",
        "--directory-minutes",
        "0",
    )
    return Crew(lab.folder, lab.cluster.environment() | secrets, 1, command)


@pytest.mark.parametrize(
    ("items", "versions", "kills"),
    [
        pytest.param(30, 4, 2, id="short"),
        pytest.param(200, 8, 25, id="long", marks=[pytest.mark.faults, pytest.mark.timeout(900)]),
    ],
)
def test_every_item_ends_in_the_sis_once_and_newest_whoever_dies(
    kafka: Kafka, tmp_path: Path, items: int, versions: int, kills: int
) -> None:
    number = seed()
    chosen = random.Random(number)
    with (
        Simulator("eschoolplus") as simulator,
        new_lab(kafka, tmp_path, "street", Load(number, Shape(sections=0))) as lab,
    ):
        simulator.seed(DISTRICT)
        simulator.fault("abc", kind="latency", seconds=0.02)
        simulator.fault("abc", kind="drop_reply", probability=0.05)
        config = district(simulator.base("abc"))
        kafka.produce(lab.topics.config, [Record(encode(config), tenant_key(TENANT))])
        with lab.crew(1) as streams, _delivery(lab) as delivery, lab.sampler() as sampler:
            pace = items * versions / (kills * 2.0)
            with Publishing(lab.publisher(), letters(chosen, items, versions), pace):
                for kill in range(kills):
                    threading.Event().wait(chosen.uniform(0.5, 2.0))
                    (streams, delivery)[kill % 2].kill(0)
            lab.await_done(streams, seconds=60)
            until(lambda: _settled(lab, items), seconds=90, what=delivery.tail)
            expected = {item: fold(events) for item, events in lab.log.by_item().items()}
            in_sis = judge_deliveries(simulator.commits(), expected)
            verdict = lab.verdict(sampler)
            streams.kills += delivery.kills
            lab.report(
                "street",
                verdict,
                streams,
                commits=in_sis.commits,
                twice=len(in_sis.twice),
                back=len(in_sis.back),
                wrong=len(in_sis.wrong),
            )
        assert in_sis.clean, in_sis
        assert verdict.clean, verdict.examples(lab.log)


def _settled(lab: Lab, items: int) -> bool:
    rows = read_topics(lab.kafka.bootstrap, lab.topics.prefix).rows.values()
    return len(rows) == items and all(row["state"] == "SUCCESSFUL" for row in rows)
