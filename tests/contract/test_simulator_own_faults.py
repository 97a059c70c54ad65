"""Every fault switch on the systems with an API of their own: PowerSchool and Aeries (sis-apis 8.2).

In each test the door hides the difference: how an item is made, listed and scored, and where ids come in a reply.
"""

import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulators.aeries.partner import Partner
from tests.simulators.client import Simulator
from tests.simulators.powerschool.plugin import Plugin

EXAMPLE = Path(__file__).parents[1] / "simulators" / "examples" / "district.json"
_codes = count(1)


class Door(ABC):
    """One system, seeded, with a client that calls it."""

    def __init__(self, sim: Simulator, code: str) -> None:
        self.sim = sim
        self.code = code

    @abstractmethod
    def create(self, title: str = "Quiz", timeout: float = 10) -> requests.Response:
        """Make an item."""

    @abstractmethod
    def titles(self) -> list[str]:
        """The titles that the list of items shows."""

    @abstractmethod
    def score(self, item: dict[str, Any], value: float = 8, timeout: float = 10) -> requests.Response:
        """Send a score for an item of the neutral view."""

    @abstractmethod
    def has_id(self, answer: requests.Response) -> bool:
        """Whether the reply of a create names what was made."""

    @abstractmethod
    def message(self, answer: requests.Response) -> str:
        """The text of an error body."""

    @abstractmethod
    def close(self) -> None:
        """Close connections."""

    def items(self) -> list[dict[str, Any]]:
        """The items that are really there."""
        found: list[dict[str, Any]] = self.sim.gradebook(self.code)["items"]
        return found

    def fault(self, **rule: Any) -> None:
        """Switch a fault on."""
        self.sim.fault(self.code, **rule)

    def created(self) -> list[str]:
        """Titles of the items in the commit log."""
        log = self.sim.commits(district=self.code)
        return [str(one["content"]["title"]) for one in log if one["kind"] == "lineItem" and one["created"]]


class PowerSchoolDoor(Door):
    def __init__(self, sim: Simulator, code: str) -> None:
        super().__init__(sim, code)
        self.plugin = Plugin(sim.base(code), ("demo-client", "demo-client-secret"), sim.directory(code))

    def create(self, title: str = "Quiz", timeout: float = 10) -> requests.Response:
        body = self.plugin.assignment(title)
        return self.plugin.call("POST", "/ws/xte/section/assignment/", body, timeout=timeout)

    def titles(self) -> list[str]:
        return [str(one["_assignmentsections"][0]["name"]) for one in self.plugin.listed()]

    def score(self, item: dict[str, Any], value: float = 8, timeout: float = 10) -> requests.Response:
        row = self.plugin.score(int(item["ids"]["assignmentsectionid"]), points=value)
        return self.plugin.put_scores(row, timeout=timeout)

    def has_id(self, answer: requests.Response) -> bool:
        return "Location" in answer.headers

    def message(self, answer: requests.Response) -> str:
        return str(answer.json()["message"])

    def close(self) -> None:
        self.plugin.close()


class AeriesDoor(Door):
    def __init__(self, sim: Simulator, code: str) -> None:
        super().__init__(sim, code)
        self.partner = Partner(sim.base(code), "demo-Certificate-of-32-character", sim.directory(code))

    def create(self, title: str = "Quiz", timeout: float = 10) -> requests.Response:
        path = f"/gradebooks/{self.partner.gradebook}/Assignments"
        return self.partner.call("POST", path, self.partner.assignment(title), timeout=timeout)

    def titles(self) -> list[str]:
        return [str(one["Description"]) for one in self.partner.listed()]

    def score(self, item: dict[str, Any], value: float = 8, timeout: float = 10) -> requests.Response:
        path = f"/gradebooks/assignments/{item['ids']['UniqueID']}/Scores"
        return self.partner.call("POST", path, [self.partner.score(value=value)], timeout=timeout)

    def has_id(self, answer: requests.Response) -> bool:
        return bool({"UniqueID", "AssignmentNumber"} <= answer.json()[0].keys())

    def message(self, answer: requests.Response) -> str:
        return str(answer.json()["Message"])

    def close(self) -> None:
        self.partner.close()


DOORS: dict[str, Callable[[Simulator, str], Door]] = {"powerschool": PowerSchoolDoor, "aeries": AeriesDoor}


@pytest.fixture(scope="module", params=sorted(DOORS))
def sim(request: pytest.FixtureRequest) -> Iterator[tuple[str, Simulator]]:
    with Simulator(request.param) as running:
        yield request.param, running


@pytest.fixture
def door(sim: tuple[str, Simulator]) -> Iterator[Door]:
    name, running = sim
    district = json.loads(EXAMPLE.read_text()) | {"code": f"f{next(_codes)}"}
    running.seed(district)
    made = DOORS[name](running, district["code"])
    yield made
    made.close()


def _eventually(holds: Callable[[], object], deadline: float = 10.0) -> None:
    end = time.monotonic() + deadline
    while not holds():
        assert time.monotonic() < end, "did not come true in time"
        threading.Event().wait(0.01)


def test_a_create_without_faults_is_one_commit_with_an_id(door: Door) -> None:
    answer = door.create()
    assert answer.status_code == 201 and door.has_id(answer)
    assert door.created() == door.titles() == ["Quiz"]


@pytest.mark.parametrize("kind", ["commit_then_drop", "drop_reply"])
def test_commit_then_drop_commits_and_a_repeat_makes_a_second_one(door: Door, kind: str) -> None:
    door.fault(kind=kind, count=1)
    with pytest.raises(requests.ConnectionError):
        door.create()
    assert door.create().status_code == 201
    assert door.created() == door.titles() == ["Quiz", "Quiz"]


@pytest.mark.parametrize("status", [500, 412])
def test_commit_then_an_error_commits(door: Door, status: int) -> None:
    door.fault(kind="commit_then_500", status=status, count=1)
    answer = door.create()
    assert answer.status_code == status and door.message(answer)
    assert door.created() == ["Quiz"]


@pytest.mark.parametrize("then", ["drop", "hang"])
def test_late_commit_comes_when_the_client_has_gone(door: Door, then: str) -> None:
    door.fault(kind="late_commit", seconds=1, then=then, count=1)
    with pytest.raises((requests.ConnectionError, requests.ReadTimeout)):
        door.create(timeout=0.2)
    assert door.items() == []
    _eventually(lambda: door.created() == ["Quiz"])


def test_search_lag_shows_the_list_of_before_and_the_item_itself(door: Door) -> None:
    door.create("Old")
    door.fault(kind="search_lag", seconds=0.6)
    # Only what happens from now on can be looked back over.
    assert door.create("New").status_code == 201
    assert door.titles() == ["Old"]
    _eventually(lambda: door.titles() == ["Old", "New"])
    assert len(door.items()) == 2


def test_no_id_in_reply_commits_without_naming_it(door: Door) -> None:
    door.fault(kind="no_id_in_reply", count=1)
    answer = door.create()
    assert answer.status_code == 201 and not door.has_id(answer)
    assert door.created() == ["Quiz"]


def test_two_pages_do_not_hide_items_where_nothing_is_paged(door: Door) -> None:
    for title in ("a", "b", "c"):
        door.create(title)
    door.fault(kind="two_pages")
    assert door.titles() == ["a", "b", "c"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_status_is_answered_without_a_commit(door: Door, status: int) -> None:
    door.fault(kind="status", status=status, retry_after="1", count=1)
    answer = door.create()
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "1")
    assert door.message(answer)
    assert door.created() == []
    assert door.create().status_code == 201


@pytest.mark.parametrize(("kind", "status"), [("unauthorized", 401), ("forbid", 403)])
def test_refusals_by_switch(door: Door, kind: str, status: int) -> None:
    door.fault(kind=kind, count=1)
    answer = door.create()
    assert answer.status_code == status and door.message(answer)
    assert door.created() == []


def test_refuse_and_hang_commit_nothing(door: Door) -> None:
    for kind in ("refuse", "hang"):
        door.fault(kind=kind, count=1)
        with pytest.raises((requests.ConnectionError, requests.ReadTimeout)):
            door.create(timeout=0.2)
    assert door.created() == []


def test_garbage_redirect_and_a_huge_body(door: Door) -> None:
    door.fault(kind="garbage", count=1)
    assert door.create().headers["Content-Type"].startswith("text/html")
    door.fault(kind="redirect", count=1)
    assert door.create().status_code == 302
    door.fault(kind="body_too_large", bytes=100_000, count=1)
    assert len(door.create().content) == 100_000
    assert door.created() == []


def test_latency_and_drip_answer_in_their_time(door: Door) -> None:
    door.fault(kind="latency", seconds=0.3, count=1)
    started = time.monotonic()
    assert door.create().status_code == 201
    assert time.monotonic() - started >= 0.3
    door.fault(kind="drip", per_second=500, count=1)
    started = time.monotonic()
    assert door.create().status_code == 201
    assert time.monotonic() - started >= 0.1
    assert door.created() == ["Quiz", "Quiz"]


def test_scores_meet_the_faults_too(door: Door) -> None:
    door.create()
    (item,) = door.items()
    door.fault(kind="commit_then_drop", count=1)
    with pytest.raises(requests.ConnectionError):
        door.score(item)
    (score,) = door.sim.gradebook(door.code)["scores"]
    assert (score["item"], score["student"], score["value"]) == (item["id"], "stu-1", 8)
    assert door.score(item).status_code == 200
    commits = [one for one in door.sim.commits(district=door.code) if one["kind"] == "result"]
    assert [(one["created"], one["changed"]) for one in commits] == [(True, True), (False, False)]


def test_a_score_typed_in_the_sis_is_in_the_log_as_theirs(door: Door) -> None:
    door.create()
    (item,) = door.items()
    door.score(item)
    changed = {"lineItem": item["id"], "student": "stu-1", "set": {"score": 3}}
    door.sim.edit(door.code, "change_score", **changed)
    assert door.sim.commits(district=door.code)[-1]["by"] == "sis"
    assert door.sim.gradebook(door.code)["scores"][0]["value"] == 3
    door.sim.edit(door.code, "delete_score", lineItem=item["id"], student="stu-1")
    assert door.sim.gradebook(door.code)["scores"] == []


def test_caps_answer_429_in_the_systems_words(door: Door) -> None:
    door.sim.settings(door.code, limits={"requests_per_second": 1, "retry_after": "2"})
    answers = [door.create(), door.create()]
    assert [one.status_code for one in answers] == [201, 429]
    assert answers[1].headers["Retry-After"] == "2" and door.message(answers[1])


def test_one_log_serves_after_a_kill(door: Door, sim: tuple[str, Simulator], tmp_path: Path) -> None:
    log = tmp_path / "commits.jsonl"
    with Simulator(sim[0], log=log) as running:
        running.seed(json.loads(EXAMPLE.read_text()) | {"code": "k"})
        own = DOORS[sim[0]](running, "k")
        assert own.create("Before").status_code == 201
        running.kill()
        own.close()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(one["kind"], one["content"]["title"]) for one in lines] == [("lineItem", "Before")]
