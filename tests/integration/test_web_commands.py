"""The API against a real broker and a real stream worker: from a published change to a click and its row."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.kafka.cluster import Cluster as Brokers
from deploy.kafka.ports import free_ports
from schemas import provision
from schemas.cluster import Cluster
from schemas.codec import decode
from schemas.district import SisCategory
from schemas.gradebook import GradebookChange, LogSeen, SyncRequested
from schemas.topics import TopicNames
from streams.web.settings import LOGIN_ANYBODY, LOGIN_SETTING
from tests.support.flow import TENANT, Flow, district, new_flow
from tests.support.kafka import Kafka

pytestmark = [pytest.mark.broker, pytest.mark.slow]
SECTION = f"/v1/districts/{TENANT}/sections/bio"
BOUND = {
    "tenant": TENANT,
    "section": "bio",
    "event": "e1",
    "version": 1,
    "type": "SectionBound",
    "sis": "eschoolplus",
    "sis_section": "c1",
    "school": "high",
    "teachers": ["t1"],
}


def _item(item: str, version: int) -> dict[str, Any]:
    return {
        "tenant": TENANT,
        "section": "bio",
        "event": f"item-{item}-{version}",
        "version": version,
        "type": "ItemChanged",
        "item": item,
        "kind": "assignment",
        "title": f"Lab {item} v{version}",
        "category": "hw",
        "due": "2026-10-05",
        "points": 10,
        "scores": [{"student": "s1", "points": 9}],
    }


class Api:
    """One person's hands on a web process."""

    def __init__(self, port: int) -> None:
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)

    def sign_in(self, user: str, role: str) -> "Api":
        told = self.client.post("/development/login", json={"tenant": TENANT, "user": user, "role": role})
        self.client.cookies.clear()
        self.client.headers["Authorization"] = f"Bearer {told.json()['token']}"
        return self

    def call(self, method: str, path: str, told: Any = None, status: int = 200, **headers: str) -> Any:
        answer = self.client.request(method, path, json=told, headers=headers)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def until(self, path: str, so: Callable[[Any], bool], seconds: float = 30.0) -> Any:
        """Ask until it is so."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.client.get(path)
            told = answer.json()
            if answer.status_code == 200 and so(told):
                return told
            assert time.monotonic() < deadline, f"{path}: {answer.status_code} {told}"
            time.sleep(0.05)


@contextmanager
def web_process(cluster: Cluster, folder: Path) -> Iterator[Callable[[str, str], Api]]:
    """`python -m streams.web`, once it answers: signs people in."""
    (port,) = free_ports(1)
    people: list[Api] = []

    def sign_in(user: str, role: str) -> Api:
        people.append(Api(port))
        return people[-1].sign_in(user, role)

    with (folder / "web.log").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "streams.web", "--port", str(port)],
            env={**os.environ, **cluster.environment(), LOGIN_SETTING: LOGIN_ANYBODY},
            stdout=said,
            stderr=said,
        )
    try:
        deadline = time.monotonic() + 30
        while True:
            with suppress(httpx2.HTTPError):
                if httpx2.get(f"http://127.0.0.1:{port}/ready", trust_env=False).status_code == 200:
                    break
            assert time.monotonic() < deadline, (folder / "web.log").read_text()
            time.sleep(0.05)
        yield sign_in
    finally:
        for one in people:
            one.client.close()
        process.terminate()
        try:
            assert process.wait(15) == 0
        finally:
            process.kill()


@pytest.fixture
def flow(kafka: Kafka, tmp_path: Path) -> Iterator[Flow]:
    with new_flow(kafka, tmp_path, "webflow") as flow:
        yield flow


def test_from_nothing_to_a_click_and_its_row(flow: Flow, tmp_path: Path) -> None:
    flow.configure(replace(district(), categories=(SisCategory(id="H", title="Homework"),)))
    flow.start_worker()
    with web_process(flow.cluster, tmp_path) as sign_in:
        lms, teacher = sign_in("lms", "publisher"), sign_in("t1", "teacher")
        stranger, admin = sign_in("t2", "teacher"), sign_in("a1", "district_admin")

        # The LMS publishes; the roster lets its teacher in, and nobody else.
        told = lms.call("POST", "/v1/changes", [BOUND, _item("1", 1), _item("2", 1), {"type": "Nonsense"}])
        assert [one["outcome"] for one in told["events"]] == ["accepted", "accepted", "accepted", "refused"]
        shown = teacher.until(f"{SECTION}/status", lambda log: len(log["rows"]) == 2)
        assert shown["counts"]["Not Yet Synced"] == 2
        stranger.call("GET", f"{SECTION}/status", status=404)

        # Review: nothing is mapped yet. Saved, the mapping is in force when the answer comes.
        review = teacher.call("POST", f"{SECTION}/reviews", {})
        assert [one["would"] for one in review["items"]] == ["cannot", "cannot"]
        mapping = {"categories": [{"category": "hw", "sis_category": "H"}]}
        assert teacher.call("PUT", f"{SECTION}/mapping", mapping) == {"applied": True}
        assert teacher.call("GET", f"{SECTION}/mapping")["sis_categories"] == [
            {"id": "H", "title": "Homework"}
        ]
        review = teacher.call("POST", f"{SECTION}/reviews", {})
        assert [one["would"] for one in review["items"]] == ["create", "create"]

        # An item changed since it was shown: 409 and nothing sent. Reviewed again, it is approved.
        pins = [{"item": one["item"], "fingerprint": one["fingerprint"]} for one in review["items"]]
        lms.call("POST", "/v1/changes", [_item("1", 2)])
        teacher.until(f"{SECTION}/items/1", lambda row: row["title"] == "Lab 1 v2")
        refused = teacher.call("POST", f"{SECTION}/approve", {"items": pins}, status=409)
        assert [one["item"] for one in refused["detail"]["changes"]] == ["1"]
        review = teacher.call("POST", f"{SECTION}/reviews", {})
        pins = [{"item": one["item"], "fingerprint": one["fingerprint"]} for one in review["items"]]

        seen: list[str] = []
        ready = threading.Event()
        watcher = threading.Thread(target=_watch, args=(teacher, seen, ready))
        watcher.start()
        assert ready.wait(10)
        approved = teacher.call("POST", f"{SECTION}/approve", {"items": pins}, status=202)
        assert approved["checked"] is True
        watcher.join(20)
        assert "Queued" in seen, "live rows come without asking"
        teacher.until(f"{SECTION}/status", lambda log: log["counts"]["Queued"] == 2)

        # A click, replayed; its attempts; the log seen; an administrator in a teacher's name.
        for _ in range(5):
            teacher.call("POST", f"{SECTION}/sync", {}, status=202, **{"Idempotency-Key": "click"})
        attempts = teacher.until(f"{SECTION}/items/1/attempts", lambda told: len(told["attempts"]) >= 2)
        assert {one["outcome"] for one in attempts["attempts"]} == {"queued"}
        teacher.call("POST", f"{SECTION}/seen", {}, status=202)
        acting = {"Gradebook-Sync-Act-For": "t1"}
        admin.call("POST", f"{SECTION}/sync", {"items": ["2"]}, status=202, **acting)
        assert admin.call("GET", f"/v1/districts/{TENANT}/overview")["sections"] == 1

        events = [decode(GradebookChange, one.value) for one in flow.kafka.read(flow.topics.changes)]
        clicks = [one for one in events if isinstance(one.change, SyncRequested)]
        assert [one.actor for one in clicks] == ["t1", "t1", "a1 for t1"]
        assert [one.change for one in events if isinstance(one.change, LogSeen)] == [LogSeen(teacher="t1")]
        _measure(teacher)
    log = (tmp_path / "web.log").read_text()
    assert not any(word in log for word in ("Lab 1", "s1", "Bearer", "a1 for t1"))
    assert "acted_for_teacher" in log


def _watch(api: Api, seen: list[str], ready: threading.Event) -> None:
    """Live rows until one is queued."""
    with api.client.stream("GET", f"{SECTION}/events") as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                seen += [row["state"] for row in json.loads(line.removeprefix("data: ")).get("rows", ())]
                ready.set()
            if "Queued" in seen:
                return


def _measure(api: Api) -> None:
    """A click is answered well within a second on a machine that does everything else as well."""
    took = []
    for number in range(20):
        began = time.perf_counter()
        api.call("POST", f"{SECTION}/sync", {"items": [f"none-{number}"]}, status=202)
        took.append(time.perf_counter() - began)
    print(f"click to answer: median {sorted(took)[10] * 1000:.1f} ms, worst {max(took) * 1000:.1f} ms")
    assert sorted(took)[10] < 0.5


def test_a_click_while_the_broker_is_dead_is_not_called_queued_and_goes_when_it_is_back(
    new_cluster: Callable[..., Brokers], tmp_path: Path
) -> None:
    brokers = new_cluster()
    cluster = Cluster(brokers.bootstrap, TopicNames("w."))
    provision.apply(cluster)
    kafka = Kafka(brokers.bootstrap)
    with web_process(cluster, tmp_path) as sign_in:
        lms = sign_in("lms", "publisher")
        assert lms.call("POST", "/v1/changes", [BOUND])["events"][0]["outcome"] == "accepted"
        brokers.kill()
        told = lms.call("POST", "/v1/changes", [_item("1", 1)])
        assert told["events"][0]["outcome"] == "unknown"
        assert lms.call("GET", "/live") == {"live": True}
        brokers.start()
        deadline = time.monotonic() + 60
        while lms.call("POST", "/v1/changes", [_item("1", 1)])["events"][0]["outcome"] == "unknown":
            assert time.monotonic() < deadline
        events = {decode(GradebookChange, one.value).event for one in kafka.read(cluster.topics.changes)}
        assert events == {"e1", "item-1-1"}
