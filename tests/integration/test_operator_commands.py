"""Commands of an operator on a real broker: receipts, what is known of a district, the self-test of its SIS."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas import provision
from schemas.cluster import Cluster
from schemas.codec import encode
from schemas.directory import key_of
from schemas.district import DistrictDirectory, SisCategory
from schemas.gradebook import ItemKind, SectionBound, Sis
from schemas.keys import partition_for, section_key, tenant_key
from schemas.results import Outcome, Receipt, ScoreReceipt, SyncResult
from schemas.state import SectionState
from schemas.topics import TopicNames, all_topics, topic
from streams.cli import app
from streams.commands import exits
from tests.simulators.client import Simulator
from tests.support.kafka import Kafka, Record
from tests.unit.adapters.desk import district

SEED = json.loads((Path(__file__).parents[1] / "simulators/examples/district.json").read_text())
KEY, SECRET = "OneRoster_ABC_123", "demo-secret"


@dataclass
class Desk:
    """The topics, a SIS, and an operator."""

    kafka: Kafka
    cluster: Cluster
    simulator: Simulator

    def run(self, *words: str) -> tuple[int, str]:
        options = ["--bootstrap", self.cluster.bootstrap, "--topic-prefix", self.cluster.topics.prefix]
        done = CliRunner().invoke(app, [*options, *words])
        return done.exit_code, done.output

    def lines(self, *words: str) -> list[dict[str, Any]]:
        """What a command prints with --json."""
        _, output = self.run(*words, "--json")
        return [json.loads(line) for line in output.splitlines()]

    def bind(self) -> None:
        """abc/s is bound to class-1."""
        bound = SectionBound(sis=Sis.ESCHOOLPLUS, sis_section="class-1", school="school-1")
        state = SectionState(
            binding_version=1,
            binding_event="e",
            binding=bound,
            mapping_version=-1,
            mapping_event="",
            mapping=(),
            roster_version=-1,
            roster_event="",
            roster=(),
        )
        self.put(self.cluster.topics.state, section_key("abc", "s"), state)

    def put(self, name: str, key: bytes, *records: Any) -> None:
        """Records under one key, where the key belongs."""
        count = topic(name.removeprefix(self.cluster.topics.prefix)).partitions
        self.kafka.produce(
            name, [Record(encode(one), key, partition=partition_for(key, count)) for one in records]
        )


@pytest.fixture
def desk(kafka: Kafka, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("TEST_SIS_KEY", KEY)
    monkeypatch.setenv("TEST_SIS_SECRET", SECRET)
    cluster = Cluster(kafka.bootstrap, TopicNames(f"{prefix}."))
    provision.apply(cluster)
    with Simulator("eschoolplus") as simulator:
        simulator.seed(SEED)
        made = Desk(kafka, cluster, simulator)
        made.put(cluster.topics.config, tenant_key("abc"), district(simulator.base("abc")))
        yield made
    kafka.delete(*(cluster.topics.of(row.name) for row in all_topics()))


def result(**changes: Any) -> SyncResult:
    base = SyncResult(
        tenant="abc",
        section="s",
        item="i",
        revision=3,
        step=0,
        outcome=Outcome.QUEUED,
        version=1,
        at=1_790_000_000_000,
        kind=ItemKind.TEST,
        title="Ann's retake",
        sis=Sis.ESCHOOLPLUS,
    )
    return replace(base, **changes)


def test_a_receipt_shows_every_attempt_of_the_item_and_of_no_other(desk: Desk) -> None:
    key = section_key("abc", "s")
    ended = result(
        step=5,
        outcome=Outcome.SUCCESSFUL,
        receipt=Receipt(
            action="created",
            remote={"lineItem": "L1"},
            calls=2,
            scores_sent=1,
            scores_accepted=1,
            scores_total=1,
        ),
        scores=(ScoreReceipt(student="stu-1", sis_id="r-1"),),
    )
    desk.put(desk.cluster.topics.results, key, result(), result(item="j"), ended, ended)
    code, said = desk.run("receipt", "abc/s", "i")
    assert code == exits.OK
    assert said.index("QUEUED") < said.index("SUCCESSFUL")
    assert said.count("SUCCESSFUL") == 1
    assert "lineItem L1" in said and "student stu-1: in the SIS, id r-1" in said
    assert "Ann" not in said
    assert [line["outcome"] for line in desk.lines("receipt", "abc/s", "i")] == ["QUEUED", "SUCCESSFUL"]
    code, said = desk.run("receipt", "abc/s", "nothing")
    assert (code, "150 days" in said) == (exits.FOUND_PROBLEM, True)


def test_what_is_known_of_a_district_says_where_it_comes_from(desk: Desk) -> None:
    told = DistrictDirectory(
        tenant="abc",
        sis=Sis.ESCHOOLPLUS,
        base_url=desk.simulator.base("abc"),
        sis_section="class-1",
        read_at=1,
        categories=(SisCategory(id="HW", title="Homework", sis_section="class-1"),),
    )
    desk.put(desk.cluster.topics.config, key_of(told), told)
    (found,) = desk.lines("district", "show", "abc")
    assert found["stated"]["categories"] == []
    assert [row["id"] for row in found["in_force"]["categories"]] == ["HW"]
    code, said = desk.run("district", "show", "abc")
    assert code == exits.OK
    assert 'tenant = "abc"' in said
    assert '# SIS section "class-1"' in said


def self_test(desk: Desk) -> tuple[list[dict[str, Any]], str]:
    """The findings of the SIS beyond its address, and everything that was said."""
    found = desk.lines("doctor", "abc")
    return [line for line in found if line["what"].startswith("SIS of abc, ")], json.dumps(found)


def test_the_self_test_of_a_good_connection_finds_nothing(desk: Desk) -> None:
    found, said = self_test(desk)
    assert len(found) > 2
    assert {line["ok"] for line in found} == {True}
    assert desk.simulator.commits() == []
    assert SECRET not in said and KEY not in said


def test_a_wrong_secret_is_told_once_and_not_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SIS_SECRET", "wr0ng-secret")
    (found,), said = self_test(desk)
    assert not found["ok"]
    assert "[SIS_SIGN_IN_FAILED]" in found["told"]
    assert "administrator" in found["advice"]
    assert "wr0ng-secret" not in said
    monkeypatch.delenv("TEST_SIS_SECRET")
    (found,), _ = self_test(desk)
    assert "[SIS_SECRET_MISSING]" in found["told"]


def test_a_missing_permission_is_named(desk: Desk) -> None:
    desk.simulator.fault("abc", kind="forbid", method="GET", path="categories")
    found, _ = self_test(desk)
    (wrong,) = [line for line in found if not line["ok"]]
    assert "[SIS_PERMISSION_MISSING]" in wrong["told"]
    assert "The permission is:" in wrong["advice"]
    assert desk.run("doctor", "abc")[0] == exits.FOUND_PROBLEM


def test_a_system_without_new_categories_says_who_adds_one(desk: Desk) -> None:
    assert desk.run("category", "create", "abc/s", "Quizzes")[0] == exits.FOUND_PROBLEM
    desk.bind()
    code, said = desk.run("category", "create", "abc/s", "Quizzes")
    assert code == exits.FOUND_PROBLEM
    assert "does not let other programs make categories" in said
