"""What the status API answers, as OpenAPI describes it. `render.py` writes it; a test holds the two together."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from streams.web.auth.people import Role

State = Literal["Not Yet Synced", "Queued", "Successful", "Error"]
Kind = Literal["assignment", "test", "discussion"]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Moment(_Answer):
    """An instant, twice: to read and to compute with."""

    at: Annotated[str, Field(examples=["2026-11-24T14:05:09.250Z"], description="ISO 8601, UTC.")]
    epoch_ms: Annotated[int, Field(examples=[1795529109250])]


class Explained(_Answer):
    """An error of the catalog in words."""

    code: Annotated[str, Field(examples=["CATEGORY_REQUIRED"])]
    message: str
    solution: str
    fixed_by: Annotated[str, Field(description="Who can fix it: teacher, administrator, wait or vendor.")]
    retried: Annotated[bool, Field(description="Whether it is tried again without anybody doing anything.")]


class ScoreProblem(Explained):
    """One student's score that the SIS did not take; the others are in."""

    student: Annotated[str, Field(description="LMS student id.")]


class Scores(_Answer):
    """Scores of the latest attempt that sent any."""

    sent: int
    accepted: int
    total: int


class Counts(_Answer):
    """Rows by state, deleted ones left out."""

    not_yet_synced: Annotated[int, Field(alias="Not Yet Synced")]
    queued: Annotated[int, Field(alias="Queued")]
    successful: Annotated[int, Field(alias="Successful")]
    error: Annotated[int, Field(alias="Error")]


class Row(_Answer):
    """One item's line of the status log."""

    item: Annotated[str, Field(description="LMS item id.")]
    title: str
    kind: Kind
    state: State
    deleted: bool
    changed: Annotated[Moment, Field(description="When the state was last set.")]
    last_success: Annotated[Moment | None, Field(description="Kept through a later error.")]
    next_try: Moment | None
    error: Annotated[
        Explained | None,
        Field(description="What is wrong, or waited for. Beside Successful: not every score was accepted."),
    ]
    problems: list[ScoreProblem]
    scores: Scores | None


class SectionLog(_Answer):
    """A section's status log."""

    tenant: str
    section: str
    updated: Moment | None
    last_error: Moment | None
    counts: Counts
    rows: list[Row]


class SectionSummary(_Answer):
    """A section in a district's list."""

    section: str
    updated: Moment | None
    counts: Counts


class SectionList(_Answer):
    """A page of a district's sections, by id. `next` is the `after` of the following page; null at the end."""

    tenant: str
    sections: list[SectionSummary]
    next: str | None


class Refusal(_Answer):
    """Why there is no answer."""

    code: Annotated[str, Field(examples=["NOT_FOUND"], description="docs/http.md lists them.")]
    message: str
    detail: Annotated[Any, Field(description="What is different, where the route says so.")] = None


class _Asked(BaseModel):
    """A body: what is not known is refused, so that a misspelt field is not passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Id = Annotated[str, Field(min_length=1, max_length=1024)]


class LaunchToken(_Asked):
    """The token of a launch link."""

    token: Annotated[str, Field(max_length=8192)]


class DevelopmentLogin(_Asked):
    """Whom to be."""

    model_config = ConfigDict(strict=False)

    tenant: Id
    user: Id
    role: Role = Role.TEACHER


class Session(_Answer):
    """A bearer token."""

    token: str
    expires: Moment


class LaunchLink(_Answer):
    """Where to send the browser, on this host."""

    path: str


class Place(_Answer):
    """A section by its ids."""

    tenant: str
    section: str


class Me(_Answer):
    """Who the token speaks for. `tenants` null: every district."""

    id: str
    role: Role
    tenants: list[str] | None
    teaches: list[Place]


class TopicPartitionProgress(_Answer):
    """How far one partition has been read."""

    partition: int
    position: int
    end: int
    behind: int


class TopicProgress(_Answer):
    """How far a topic has been read."""

    topic: str
    caught_up: bool
    behind_records: int
    behind_seconds: float | None
    unreadable: int
    partitions: list[TopicPartitionProgress]


class Readiness(_Answer):
    """Ready means caught up with the topics and in touch with the broker; otherwise the reasons."""

    ready: bool
    reasons: list[str]
    topics: list[TopicProgress]


class Liveness(_Answer):
    """The process answers."""

    live: Literal[True]
