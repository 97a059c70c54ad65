"""Topics made and kept as topics.toml says. `gradebook-sync topics apply|check`, and every worker's start.

What cannot be undone is not done by the way: partitions are added only when asked for, since keys then move to
other partitions and a section's order breaks for whoever is reading; none can be taken away at all.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, KafkaTimeoutError, TopicAlreadyExistsError

from schemas.cluster import Cluster
from schemas.topics import Topic, all_topics, topic

#: Exit code of a process that refuses to start: its topics or its configuration do not match (sysexits EX_CONFIG).
EXIT_CONFIGURATION = 78

_APPLY = "Run `gradebook-sync topics apply`"
_GROW = "Stop every worker, then run `gradebook-sync topics apply --grow-partitions`"
_RETENTION = ("retention.ms", "delete.retention.ms")
_DAY_MS = 86_400_000
_SEEN_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Change:
    """Something done to a topic, by its name on the cluster. `before` is empty for one that was made."""

    topic: str
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        if self.what == "topic":
            return f"{self.topic}: made, {self.after}"
        return f"{self.topic}: {self.what} from {self.before} to {self.after}"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where the cluster differs from topics.toml. `what`: topic, partitions, replication or a setting's name."""

    topic: str
    what: str
    expected: str
    found: str

    @property
    def sentence(self) -> str:
        """What an operator reads: what is, what should be, what to do."""
        if self.what == "topic":
            return f"{self.topic} does not exist. {_APPLY}."
        if self.what in {"partitions", "replication"}:
            return f"{self._counted} {self._cure}."
        found, expected = (_shown(self.what, value) for value in (self.found, self.expected))
        return f"{self.topic} has {self.what} {found}, topics.toml says {expected}. {_APPLY}."

    @property
    def _counted(self) -> str:
        noun = "partition" if self.what == "partitions" else "replica"
        return f"{self.topic} has {_count(self.found, noun)}, {_expected(self)}."

    @property
    def _cure(self) -> str:
        if self.what == "replication":
            return f"Add replicas with Kafka's own kafka-reassign-partitions for {self.topic}"
        if int(self.found) < int(self.expected):
            return _GROW
        return f"Partitions cannot be taken away: write partitions = {self.found} for it in topics.toml"


class ConfigurationRefused(Exception):
    """A worker may not start. `sentence` says why and what to do; exit with EXIT_CONFIGURATION."""

    def __init__(self, topic: str, sentence: str) -> None:
        super().__init__(sentence)
        self.topic = topic
        self.sentence = sentence


def apply(cluster: Cluster, replication: int | None = None, *, grow_partitions: bool = False) -> list[Change]:
    """Make missing topics, set what differs, and say what was done; [] when all was as it should be.

    `replication` overrides topics.toml for the topics made now. What stays different (see `check`) is left alone:
    replication of a topic that exists, too many partitions, and too few without `grow_partitions`.
    Raises KafkaError when the cluster cannot be reached or refuses.
    """
    with _admin(cluster) as admin:
        rows = {cluster.topics.of(row.name): row for row in all_topics()}
        missing = rows.keys() - set(admin.list_topics())
        done = list(_make(admin, rows, missing, replication))
        wrong = _differences(admin, cluster, all_topics())
        done += _grow(admin, wrong) if grow_partitions else []
        done += _set(admin, wrong)
        _wait_until_seen(admin, cluster, done)
    return done


def check(cluster: Cluster, names: Iterable[str] | None = None) -> list[Mismatch]:
    """Every difference from topics.toml, in flow order; of all topics, or of those named as topics.toml names them.

    More replicas than topics.toml asks for are no difference. Raises KafkaError when the cluster cannot be
    reached, KeyError for a name topics.toml does not have.
    """
    rows = all_topics() if names is None else tuple(topic(name) for name in names)
    with _admin(cluster) as admin:
        return _differences(admin, cluster, rows)


def refuse_mismatch(cluster: Cluster, names: Iterable[str]) -> None:
    """Raises ConfigurationRefused for the first of the named topics that is not as topics.toml says."""
    for mismatch in check(cluster, names):
        raise ConfigurationRefused(mismatch.topic, mismatch.sentence)


def _admin(cluster: Cluster) -> Any:
    return KafkaAdminClient(bootstrap_servers=cluster.bootstrap.split(","))


def _make(
    admin: Any, rows: Mapping[str, Topic], missing: set[str], replication: int | None
) -> Iterator[Change]:
    wanted = {
        name: {
            "num_partitions": row.partitions,
            "replication_factor": replication or row.replication,
            "configs": row.settings,
        }
        for name, row in rows.items()
        if name in missing
    }
    if not wanted:
        return
    # somebody else may apply at the same moment; the broker makes the others all the same
    with suppress(TopicAlreadyExistsError):
        admin.create_topics(wanted)
    admin.wait_for_topics(list(wanted))
    for name in wanted:
        yield Change(name, "topic", "", _count(str(rows[name].partitions), "partition"))


def _grow(admin: Any, mismatches: list[Mismatch]) -> list[Change]:
    short = [one for one in mismatches if one.what == "partitions" and int(one.found) < int(one.expected)]
    if short:
        admin.create_partitions({one.topic: int(one.expected) for one in short})
    return [Change(one.topic, one.what, one.found, one.expected) for one in short]


def _set(admin: Any, mismatches: list[Mismatch]) -> list[Change]:
    settings = [one for one in mismatches if "." in one.what]
    wanted: dict[str, dict[str, str]] = {}
    for one in settings:
        wanted.setdefault(one.topic, {})[one.what] = one.expected
    if wanted:
        answers = admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, configs) for name, configs in wanted.items()]
        )
        # this call does not raise by itself
        for name, answer in answers.get("topic", {}).items():
            if answer != "OK":
                raise KafkaError(f"{name}: the broker did not take its settings: {answer}")
    return [Change(one.topic, one.what, one.found, one.expected) for one in settings]


def _wait_until_seen(admin: Any, cluster: Cluster, done: list[Change]) -> None:
    """A broker answers yes before it shows what it did; whoever checks next must see it."""
    deadline = time.monotonic() + _SEEN_SECONDS
    changed = {(one.topic, one.what) for one in done}
    while changed & {(one.topic, one.what) for one in _differences(admin, cluster, all_topics())}:
        if time.monotonic() > deadline:
            raise KafkaTimeoutError(f"the broker does not show the changes after {_SEEN_SECONDS} s")
        time.sleep(0.1)


def _differences(admin: Any, cluster: Cluster, rows: Iterable[Topic]) -> list[Mismatch]:
    named = [(cluster.topics.of(row.name), row) for row in rows]
    there = set(admin.list_topics()) & {name for name, _ in named}
    described = {one["name"]: one for one in admin.describe_topics(sorted(there))} if there else {}
    settings = _settings(admin, sorted(there)) if there else {}
    found: list[Mismatch] = []
    for name, row in named:
        if name not in there:
            found.append(Mismatch(name, "topic", _count(str(row.partitions), "partition"), "nothing"))
            continue
        found += _shape_differences(name, row, described[name]["partitions"])
        found += _setting_differences(name, row, settings[name])
    return found


def _settings(admin: Any, names: list[str]) -> dict[str, dict[str, Any]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    described: dict[str, dict[str, Any]] = admin.describe_configs(resources, config_filter="all")["topic"]
    return described


def _shape_differences(name: str, row: Topic, partitions: list[dict[str, Any]]) -> Iterator[Mismatch]:
    if len(partitions) != row.partitions:
        yield Mismatch(name, "partitions", str(row.partitions), str(len(partitions)))
    fewest = min((len(one["replica_nodes"]) for one in partitions), default=0)
    if fewest < row.replication:
        yield Mismatch(name, "replication", str(row.replication), str(fewest))


def _setting_differences(name: str, row: Topic, found: Mapping[str, Mapping[str, Any]]) -> Iterator[Mismatch]:
    for setting, expected in row.settings.items():
        value = str(found.get(setting, {}).get("value", ""))
        if _words(value) != _words(expected):
            yield Mismatch(name, setting, expected, value)


def _words(value: str) -> set[str]:
    """`compact,delete` and `delete,compact` are one policy."""
    return {word.strip() for word in value.split(",")}


def _expected(mismatch: Mismatch) -> str:
    return f"topics.toml says {mismatch.expected}"


def _count(number: str, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == "1" else "s")


def _shown(setting: str, value: str) -> str:
    if setting in _RETENTION and value.isdigit() and int(value) % _DAY_MS == 0:
        return f"{value} ({_count(str(int(value) // _DAY_MS), 'day')})"
    return value or "nothing"
