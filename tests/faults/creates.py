"""The lab of the create protocol: districts that lose replies, and one worker after the other that dies creating.

A cell is a failpoint, a door and a mode of its simulator: one district with so many items. All cells of a failpoint
share their workers, since one death strikes items of each. The judge is the simulators' own commit log.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adapters.worker import needed
from schemas.cluster import Cluster
from schemas.codec import decode, encode
from schemas.desired import DesiredItem
from schemas.gradebook import Score
from schemas.keys import item_key, partition_for, tenant_key
from schemas.results import Outcome, SyncResult
from schemas.topics import TopicNames, topic
from tests.faults.lives import ForkServer, Order
from tests.faults.lossy_doors import ANY_CREATE, DOORS, Door, Rules
from tests.simulators.client import Simulator
from tests.support.kafka import Kafka, Record, unique
from tests.support.processes import ROOT, until
from tests.unit.adapters.desk import desired, district

SEED = json.loads((ROOT / "tests/simulators/examples/district.json").read_text())
#: Options of the districts, in seconds: a lost create is looked for when four calls and the lateness are over.
OPTIONS = {"call_seconds": "0.8", "lateness_seconds": "1.0"}
#: Calls at once to a district: as many items of a cell one death can strike.
CONCURRENCY = 4
#: Share of the hands that a trap lets through.
SHARE = 0.3
#: Score of every item's one student.
POINTS = 7.0
ENDS = (Outcome.SUCCESSFUL, Outcome.ERROR, Outcome.SUPERSEDED)


@dataclass(frozen=True)
class Cell:
    """A district of its own."""

    door: Door
    mode: str
    tenant: str
    items: Sequence[DesiredItem]


@dataclass(frozen=True)
class Verdict:
    """What became of a cell: `created` counts items by the number of times they were made."""

    cell: str
    created: Counter[int]
    pending: Sequence[str]
    wrong: Sequence[str]

    @property
    def clean(self) -> bool:
        """Each made once, standing once with its score, and told so."""
        return not self.pending and not self.wrong and set(self.created) == {1}

    @property
    def duplicates(self) -> int:
        """Creations beyond the first of each item."""
        return sum((times - 1) * items for times, items in self.created.items() if times > 1)


@dataclass
class Creates:
    """`kills`: workers that died by SIGKILL. `struck`: items that one of these deaths struck at the failpoint."""

    kafka: Kafka
    cluster: Cluster
    folder: Path
    server: ForkServer
    simulators: Mapping[str, Simulator]
    seed: int
    cells: list[Cell] = field(default_factory=list)
    kills: int = 0
    struck: list[str] = field(default_factory=list)
    _lives: int = 0

    def add(self, doors: Sequence[Door], modes: Mapping[str, Rules], items: int) -> None:
        """A district for each door and mode, with its misbehaviour and its decisions."""
        new = [self._cell(door, mode, rules, items) for door in doors for mode, rules in modes.items()]
        self.cells += new
        self.kafka.produce(self.cluster.topics.config, [self._config(cell) for cell in new])
        for door in doors:
            records = [record for cell in new if cell.door is door for record in _records(cell)]
            self.kafka.produce(self.cluster.topics.desired(door.kind), records)

    def _cell(self, door: Door, mode: str, rules: Rules, items: int) -> Cell:
        tenant = unique("d")
        simulator = self.simulators[door.simulator]
        simulator.seed(SEED | {"code": tenant})
        for number, rule in enumerate(rules):
            switch = {"method": door.create.method, "path": door.create.path, **rule}
            simulator.fault(tenant, seed=self.seed + number, **switch)
        return Cell(door, mode, tenant, _decisions(simulator, door, tenant, items))

    def _config(self, cell: Cell) -> Record:
        door = cell.door
        config = district(
            self.simulators[door.simulator].base(cell.tenant),
            kind=door.kind,
            auth=door.auth,
            secret_ref=f"env:{door.secret_name}",
            concurrency=CONCURRENCY,
            options={**OPTIONS, **door.options},
        )
        return Record(encode(replace(config, tenant=cell.tenant)), tenant_key(cell.tenant))

    def die(self, place: str, *, most: int = 1, broken: str | None = None) -> int:
        """A worker that lives until items stand at the place, or nothing is left that could; how many it struck."""
        out = self.folder / f"struck-{self._lives}.json"
        seed = self.seed + self._lives
        trap = {"place": place, "seed": seed, "share": SHARE, "most": most}
        self._begin(broken, trap={**trap, "creates": ANY_CREATE, "out": str(out)})
        status = self.server.death(90)
        assert status == -9, (status, self.log())
        self.kills += 1
        struck = json.loads(out.read_text())
        self.struck += struck
        return len(struck)

    def finish(self, *, broken: str | None = None, seconds: float = 90) -> None:
        """A worker that lives until every decision has ended well; what has not by then, the verdicts tell."""
        self._begin(broken)
        wanted = {(one.tenant, one.item) for cell in self.cells for one in cell.items}
        well: set[tuple[str, str]] = set()
        read = 0

        def all_well(records: list[Record]) -> bool:
            nonlocal read
            results = [decode(SyncResult, record.value) for record in records[read:]]
            read = len(records)
            well.update((one.tenant, one.item) for one in results if one.outcome is Outcome.SUCCESSFUL)
            return wanted <= well

        with suppress(TimeoutError):
            self.kafka.wait_for(self.cluster.topics.results, all_well, seconds=seconds)
        status = self.server.kill()
        assert status == -9, (status, self.log())
        self.kills += 1

    def freeze(self, *, broken: str | None = None) -> int:
        """A worker that stands still, as a whole, just before its first creates are sent; its process id."""
        out = self.folder / "frozen"
        pid = self._begin(
            broken, freeze={"creates": ANY_CREATE, "hands": 2 * len(self.cells), "out": str(out)}, session=3
        )
        until(out.exists, seconds=30, what=self.log)
        return pid

    def _begin(
        self,
        broken: str | None,
        *,
        trap: Mapping[str, Any] | None = None,
        freeze: Mapping[str, Any] | None = None,
        session: int = 6,
    ) -> int:
        self._lives += 1
        systems = sorted({cell.door.kind.lower() for cell in self.cells})
        # a group that knows nothing of the dead one reads every decision anew: the ledger alone is what counts
        group = f"life-{self._lives}"
        secrets = {door.secret_name: door.secret for door in DOORS}
        order = Order(
            arguments=["--sis", *systems, "--group", group, "--session-seconds", str(session)],
            env={**self.cluster.environment(), **secrets, "TEST_SIS_KEY": "demo-client"},
            log=self.folder / "worker.log",
            trap=trap,
            freeze=freeze,
            broken=broken,
        )
        return self.server.begin(order)

    @property
    def unstruck(self) -> list[Cell]:
        """Cells of which no death struck an item."""
        tenants = {key.partition("/")[0] for key in self.struck}
        return [cell for cell in self.cells if cell.tenant not in tenants]

    def verdicts(self) -> list[Verdict]:
        """By the commit log, the gradebook and the results."""
        ends: dict[tuple[str, str], SyncResult] = {}
        for record in self.kafka.read(self.cluster.topics.results):
            result = decode(SyncResult, record.value)
            if result.outcome in ENDS and result.next_try_at is None:
                ends[result.tenant, result.item] = result
        return [_judged(cell, self.simulators[cell.door.simulator], ends) for cell in self.cells]

    def log(self) -> str:
        """The end of what the workers said."""
        log = self.folder / "worker.log"
        return log.read_text()[-3000:] if log.exists() else ""


def _judged(cell: Cell, simulator: Simulator, ends: Mapping[tuple[str, str], SyncResult]) -> Verdict:
    made = Counter(
        commit["content"]["title"]
        for commit in simulator.commits(district=cell.tenant)
        if commit["kind"] == "lineItem" and commit["created"]
    )
    book = simulator.gradebook(cell.tenant)
    standing = Counter(item["title"] for item in book["items"])
    titles = {item["id"]: item["title"] for item in book["items"]}
    scores = Counter((titles[score["item"]], score["value"]) for score in book["scores"])
    wrong, pending = [], []
    for item in cell.items:
        title = item.content.title
        end = ends.get((cell.tenant, item.item))
        if end is None:
            pending.append(title)
        elif end.outcome is not Outcome.SUCCESSFUL:
            wrong.append(f"{title}: {end.code}")
        if standing[title] != 1 or scores[title, POINTS] != 1:
            wrong.append(f"{title}: {standing[title]} items, {scores[title, POINTS]} scores")
    created = Counter(made[item.content.title] for item in cell.items)
    return Verdict(f"{cell.door.simulator} {cell.mode}", created, pending, wrong)


def _records(cell: Cell) -> list[Record]:
    partition = partition_for(tenant_key(cell.tenant), topic(f"sis.{cell.door.kind.lower()}").partitions)
    return [
        Record(encode(one), item_key(one.tenant, one.section, one.item), partition=partition)
        for one in cell.items
    ]


def _decisions(simulator: Simulator, door: Door, tenant: str, count: int) -> list[DesiredItem]:
    section = next(one for one in simulator.directory(tenant)["sections"] if one["id"] == "class-1")
    teacher, student = section["teachers"][0]["key"], section["students"][0]["key"]
    return [
        desired(
            f"item-{number}",
            tenant=tenant,
            title=f"Quiz {number}",
            sis_section=door.section.format(key=section["key"], teacher=teacher),
            sis_teacher=teacher,
            sis_category=section["categories"][0]["key"],
            scores=(Score(student=student, points=POINTS),),
        )
        for number in range(count)
    ]


@contextmanager
def new_creates(
    kafka: Kafka, folder: Path, server: ForkServer, simulators: Mapping[str, Simulator], seed: int
) -> Iterator[Creates]:
    """Topics of its own, gone at the end."""
    cluster = Cluster(kafka.bootstrap, TopicNames(unique("creates") + "."))
    names = needed([door.kind for door in DOORS])
    for name in names:
        row = topic(name)
        kafka.create(cluster.topics.of(name), partitions=row.partitions, configs=row.settings)
    try:
        yield Creates(kafka, cluster, folder, server, simulators, seed)
    finally:
        server.end()
        kafka.delete(*(cluster.topics.of(name) for name in names))


@contextmanager
def all_simulators() -> Iterator[Mapping[str, Simulator]]:
    """One for each door, by its name."""
    with ExitStack() as stack:
        yield {door.simulator: stack.enter_context(Simulator(door.simulator)) for door in DOORS}
