"""The application without a broker: views filled by hand, followers that say what they are told, a log of records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi.testclient import TestClient

from schemas.codec import decode, encode
from schemas.gradebook import CategoryMapping, GradebookChange, SectionBound, Sis
from schemas.keys import section_key
from schemas.results import SectionStatus
from schemas.state import SectionState
from streams.follow import PartitionProgress, Progress
from streams.web.app import Sources, Views, create_app
from streams.web.settings import WebSettings
from tests.unit.streams.web import contract, sign
from tests.unit.streams.web.logs import log, record

WHOLE = Progress(
    topic="sync.status",
    caught_up=True,
    partitions=(PartitionProgress(0, 5, 5, 5), PartitionProgress(1, 7, 6, 7)),
    seconds_behind=0.0,
    silent_seconds=0.1,
    records=12,
    unreadable=0,
    problem=None,
)
SECTION = "/v1/districts/north/sections/algebra"
STATUS = f"{SECTION}/status"


@dataclass
class Told:
    """A follower that says what it is told to say."""

    said: Progress = WHOLE
    started: bool = False
    stopped: bool = False

    def start(self) -> None:
        self.started = True

    def stop(self, timeout: float = 5.0) -> bool:
        self.stopped = True
        return True

    def progress(self) -> Progress:
        return self.said


@dataclass
class Clock:
    now: float = sign.NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class Log:
    """gradebook.changes without a broker."""

    records: list[tuple[bytes, bytes]] = field(default_factory=list)
    acknowledges: bool = True
    on_publish: Callable[[GradebookChange], None] | None = None
    closed: bool = False

    async def publish(self, records: Sequence[tuple[bytes, bytes]]) -> list[bool]:
        if not self.acknowledges:
            return [False] * len(records)
        self.records += records
        for _, value in records:
            if self.on_publish is not None:
                self.on_publish(decode(GradebookChange, value))
        return [True] * len(records)

    async def close(self) -> None:
        self.closed = True

    @property
    def events(self) -> list[GradebookChange]:
        for key, value in self.records:
            change = decode(GradebookChange, value)
            assert key == section_key(change.tenant, change.section)
        return [decode(GradebookChange, value) for _, value in self.records]


@dataclass(frozen=True)
class Web:
    views: Views
    follower: Told
    client: TestClient
    clock: Clock
    log: Log
    results: Told
    token: str = field(default_factory=sign.admin)

    def call(
        self, method: str, path: str, told: Any = None, *, token: str | None = None, **headers: str
    ) -> Any:
        """A request with the client's token, or another; "" for none."""
        chosen = self.token if token is None else token
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        signed = sign.bearer(chosen) if chosen else {}
        answer = self.client.request(method, path, json=told, headers={**signed, **named})
        contract.check(method, path, answer)
        assert answer.headers["x-content-type-options"] == "nosniff"
        return answer

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, told: Any = None, **headers: str) -> Any:
        return self.call("POST", path, {} if told is None else told, **headers)

    def bind(self, tenant: str = "north", section: str = "algebra", *teachers: str, **told: Any) -> None:
        self.views.sections.apply(section_key(tenant, section), encode(state(*teachers, **told)))

    def show(self, status: SectionStatus | None = None) -> None:
        self.views.status.apply(*record(status or log()))


def state(
    *teachers: str, version: int = 1, mapping: Mapping[str, str] | None = None, mapping_version: int = 1
) -> SectionState:
    return SectionState(
        binding_version=version,
        binding_event=f"b{version}",
        binding=SectionBound(
            sis=Sis.ESCHOOLPLUS, sis_section="S-1", school="high", title="Algebra", teachers=teachers
        ),
        mapping_version=mapping_version,
        mapping_event=f"m{mapping_version}",
        mapping=tuple(CategoryMapping(category=a, sis_category=b) for a, b in (mapping or {}).items()),
        roster_version=-1,
        roster_event="",
        roster=(),
    )


def settings(**told: Any) -> WebSettings:
    return replace(WebSettings(trust=sign.trust()), **told)


def make(
    said: Progress = WHOLE,
    chosen: WebSettings | None = None,
    followers: Sequence[Told] = (),
    attempts: Any = None,
) -> Web:
    """The application; enter `client` as a context to start it."""
    views, follower, clock = Views(), Told(said), Clock()
    changes, results = Log(), Told()
    sources = Sources([follower, *followers], changes, [results], attempts, clock)
    app = create_app(views, sources, chosen or settings())
    client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    return Web(views, follower, client, clock, changes, results)
