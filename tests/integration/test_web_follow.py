"""The read side against a real broker: ready means caught up, and a broker's death loses nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from deploy.kafka.cluster import Cluster as Brokers
from deploy.kafka.ports import free_ports
from schemas.cluster import Cluster
from schemas.results import RowState
from schemas.topics import TopicNames
from streams.follow import Follower, Progress
from streams.web.settings import LOGIN_ANYBODY, LOGIN_SETTING
from streams.web.view import StatusView
from tests.support.kafka import Kafka, Record
from tests.unit.streams.web.logs import AT, PLAIN, log, record

NewTopic = Callable[..., str]
NewCluster = Callable[..., Brokers]

SECTIONS = 5_000
PARTITIONS = 8


def _records(sections: range, revision: int = 3) -> list[Record]:
    rows = [
        replace(PLAIN, item=f"item-{n}", heard=revision, revision=revision, last_success_revision=revision)
        for n in range(20)
    ]
    found = (record(log(section=f"s{n}", rows=rows, updated_at=AT + revision)) for n in sections)
    return [Record(value, key) for key, value in found]


def _until(
    condition: Callable[[], bool], seconds: float = 30.0, *, failing: Callable[[], object] = str
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {failing()}"
        time.sleep(0.02)


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True)
class WebProcess:
    """`python -m streams.web` as a process of its own."""

    port: int
    process: subprocess.Popen[str]

    def sign_in(self) -> str:
        """The demo's login, as an administrator; the key is that of the settings, so it holds over restarts."""
        asked = json.dumps({"tenant": "north", "user": "admin", "role": "district_admin"}).encode()
        request = Request(f"http://127.0.0.1:{self.port}/development/login", data=asked)
        request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback only
            return str(json.load(answer)["token"])

    def get(self, path: str) -> Answer:
        request = Request(f"http://127.0.0.1:{self.port}{path}")
        request.add_header("Authorization", f"Bearer {self.sign_in()}")
        try:
            with urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback only
                return Answer(answer.status, json.load(answer), _lower(answer.headers))
        except HTTPError as refused:
            with refused:
                return Answer(refused.code, json.load(refused), _lower(refused.headers))

    def status(self, path: str) -> int:
        with suppress(OSError):
            return self.get(path).status
        return 0


@pytest.fixture
def new_web(tmp_path: Path) -> Iterator[Callable[[Cluster], WebProcess]]:
    made: list[WebProcess] = []
    said = (tmp_path / "web.log").open("w")

    def start(cluster: Cluster) -> WebProcess:
        (port,) = free_ports(1)
        process = subprocess.Popen(
            [sys.executable, "-m", "streams.web", "--port", str(port)],
            env={**os.environ, **cluster.environment(), LOGIN_SETTING: LOGIN_ANYBODY},
            stderr=said,
            text=True,
        )
        made.append(WebProcess(port, process))
        _until(lambda: made[-1].status("/live") == 200)
        return made[-1]

    yield start
    for web in made:
        web.process.kill()
        web.process.wait(timeout=10)
    said.close()


def test_ready_only_after_catching_up_and_right_through_the_death_of_the_broker(
    new_cluster: NewCluster, new_web: Callable[[Cluster], WebProcess], tmp_path: Path
) -> None:
    brokers = new_cluster()
    kafka = Kafka(brokers.bootstrap)
    cluster = Cluster(brokers.bootstrap, TopicNames("t."))
    web = new_web(cluster)

    # Without the topic: alive, not ready, and no answer rather than a wrong one.
    assert web.status("/live") == 200
    _until(lambda: "no topic" in str(web.get("/ready").body["reasons"]), failing=lambda: web.get("/ready"))
    refused = web.get("/v1/districts/north/sections/s0/status")
    assert (refused.status, refused.headers["retry-after"], refused.body["code"]) == (503, "1", "CATCHING_UP")

    # Caught up: every section is there.
    for topic in ("t.sync.status", "t.gradebook.state", "t.sync.reviews", "t.sync.results"):
        kafka.create(topic, partitions=PARTITIONS, configs={"cleanup.policy": "compact"})
    kafka.create("t.district.config")
    kafka.produce("t.sync.status", _records(range(SECTIONS)))
    _until(lambda: web.status("/ready") == 200, failing=lambda: web.get("/ready"))
    web.process.send_signal(signal.SIGTERM)
    assert web.process.wait(15) == 0
    web = new_web(cluster)
    seen: list[tuple[int, int]] = []

    def ready() -> bool:
        data = web.status(f"/v1/districts/north/sections/s{SECTIONS - 1}/status")
        seen.append((data, web.status("/ready")))
        return seen[-1][1] == 200

    _until(ready)
    assert {data for data, _ in seen[:-1]} <= {503, 200}, "never a 404 for a section that exists"
    assert 404 not in {data for data, _ in seen}
    partitions = web.get("/ready").body["topics"][0]["partitions"]
    assert sum(one["end"] for one in partitions) == SECTIONS
    assert all(one["position"] >= one["end"] for one in partitions)
    assert _sections(web) == {f"s{n}": 20 for n in range(SECTIONS)}

    # kill -9: what is known is still told; after the restart, what is new as well.
    brokers.kill()
    assert web.get("/v1/districts/north/sections/s7/status").body["counts"]["Successful"] == 20
    assert web.status("/live") == 200
    brokers.start()
    gone = [replace(PLAIN, item="item-0", heard=9, revision=9, last_success_revision=9, state=RowState.ERROR)]
    key, value = record(log(section="s7", rows=gone, updated_at=AT + 9))
    kafka.produce("t.sync.status", [Record(value, key), *_records(range(SECTIONS, SECTIONS + 100))])
    _until(
        lambda: web.get("/v1/districts/north/sections/s7/status").body["counts"]["Error"] == 1,
        failing=lambda: web.get("/ready"),
    )
    _until(lambda: len(_sections(web)) == SECTIONS + 100, failing=lambda: web.get("/ready"))
    _until(lambda: web.status("/ready") == 200)
    assert web.get("/ready").body["topics"][0]["unreadable"] == 0

    # Through all of it the log is JSON lines with no word of a grade in them.
    lines = (tmp_path / "web.log").read_text().splitlines()
    assert {"follower_caught_up", "follower_waits"} <= {json.loads(line)["event"] for line in lines}
    assert not any(word in line for line in lines for word in ("Essay", "item-0", "algebra", "/s7"))


def _sections(web: WebProcess) -> dict[str, int]:
    found: dict[str, int] = {}
    after = ""
    while True:
        page = web.get(f"/v1/districts/north/sections?limit=1000&after={after}").body
        found |= {one["section"]: sum(one["counts"].values()) for one in page["sections"]}
        if page["next"] is None:
            return found
        after = page["next"]


def test_a_view_that_is_not_whole_is_not_called_ready() -> None:
    """Negative control: readiness follows from positions, not from having started."""
    from streams.follow import PartitionProgress
    from streams.web.reading import Reading

    behind = Progress(
        topic="sync.status",
        caught_up=False,
        partitions=(PartitionProgress(0, 4_999, 5_000, 5_000),),
        seconds_behind=None,
        silent_seconds=0.0,
        records=4_999,
        unreadable=0,
        problem=None,
    )
    assert Reading(StatusView(), []).unready([behind]) == ["sync.status: not caught up yet: 1 records to go"]


@pytest.fixture
def following() -> Iterator[Callable[..., Follower]]:
    made: list[Follower] = []

    def start(*arguments: Any, **options: Any) -> Follower:
        made.append(Follower(*arguments, **options))
        made[-1].start()
        return made[-1]

    yield start
    for follower in made:
        assert follower.stop(10)


def test_unreadable_records_are_counted_and_do_not_hold_up_the_others(
    kafka: Kafka, new_topic: NewTopic, following: Callable[..., Follower]
) -> None:
    topic = new_topic(partitions=2)
    good = [Record(value, key) for key, value in (record(log(section=f"s{n}")) for n in range(20))]
    bad = [
        Record(b"not ours", b"k"),
        Record(None, b"one-part"),
        Record(good[0].value, b"wrong/key"),
        Record(b"", None),
    ]
    kafka.produce(topic, [one for pair in zip(good, bad * 5, strict=True) for one in pair])
    view = StatusView()
    follower = following(Cluster(kafka.bootstrap), topic, view.apply)
    assert follower.wait_caught_up(20)
    assert (len(view), follower.progress().unreadable, follower.progress().records) == (20, 20, 40)


def test_a_fault_in_the_callback_does_not_end_the_follower(
    kafka: Kafka, new_topic: NewTopic, following: Callable[..., Follower]
) -> None:
    topic = new_topic()
    kafka.produce(topic, [b"1", b"zero", b"3"])
    read: list[int] = []
    follower = following(Cluster(kafka.bootstrap), topic, lambda _key, value: read.append(int(value)))
    assert follower.wait_caught_up(20)
    assert (read, follower.progress().unreadable) == ([1, 3], 1)


def test_two_shares_read_everything_once(
    kafka: Kafka, new_topic: NewTopic, following: Callable[..., Follower]
) -> None:
    topic = new_topic(partitions=5)
    kafka.produce(topic, [Record(b"%d" % n, partition=n % 5) for n in range(100)])
    read: list[list[int]] = [[], []]
    for index in (0, 1):
        one = read[index]
        follower = following(
            Cluster(kafka.bootstrap),
            topic,
            lambda _, value, one=one: one.append(int(value)),
            share=(index, 2),
        )
        assert follower.wait_caught_up(20)
    assert sorted(read[0] + read[1]) == list(range(100))
    assert (len(read[0]), len(read[1])) == (60, 40)


def test_it_keeps_following_and_knows_how_far_behind_it_is(
    kafka: Kafka, new_topic: NewTopic, following: Callable[..., Follower]
) -> None:
    topic = new_topic()
    kafka.produce(topic, [b"first"])
    hold, read = threading.Event(), []

    def take(_key: bytes | None, value: bytes | None) -> None:
        read.append(value)
        if value == b"held":
            assert hold.wait(20)

    follower = following(Cluster(kafka.bootstrap), topic, take)
    assert follower.wait_caught_up(20)
    _until(lambda: follower.progress().seconds_behind == 0.0)
    kafka.produce(topic, [b"held", b"after"])
    _until(lambda: (follower.progress().seconds_behind or 0) > 3.0)
    hold.set()
    _until(lambda: read == [b"first", b"held", b"after"])
    _until(lambda: follower.progress().behind == 0 and follower.progress().seconds_behind == 0.0)


def test_stop_is_bounded_while_the_broker_is_frozen_and_reading_goes_on_when_it_wakes(
    new_cluster: NewCluster,
) -> None:
    brokers = new_cluster()
    kafka = Kafka(brokers.bootstrap)
    kafka.create("status", partitions=PARTITIONS)
    kafka.produce("status", [b"1"])
    read: list[bytes | None] = []
    first, second = (
        Follower(Cluster(brokers.bootstrap), "status", lambda _, value: read.append(value)) for _ in range(2)
    )
    for follower in (first, second):
        follower.start()
        assert follower.wait_caught_up(20)
    brokers.pause()
    _until(lambda: (first.progress().silent_seconds or 0) > 4.0)
    assert first.progress().seconds_behind, "what is silent may be missing something"
    assert first.stop(5)
    brokers.resume()
    kafka.produce("status", [b"2"])
    _until(lambda: b"2" in read, failing=second.progress)
    assert second.stop(5)
    assert sorted(filter(None, read)) == [b"1", b"1", b"2"]


def test_stop_is_bounded_with_no_broker_at_all() -> None:
    (port,) = free_ports(1)
    follower = Follower(Cluster(f"127.0.0.1:{port}"), "sync.status", lambda _key, _value: None)
    follower.start()
    _until(lambda: "no broker" in str(follower.progress().problem))
    assert not follower.wait_caught_up(0)
    began = time.monotonic()
    assert follower.stop(5)
    assert time.monotonic() - began < 5
