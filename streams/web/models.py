"""What the status API answers, as OpenAPI describes it. `render.py` writes it; a test holds the two together."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from streams.web.auth.people import Role
from streams.web.reviewing import Would

State = Literal["Not Yet Synced", "Queued", "Successful", "Error"]
Kind = Literal["assignment", "test", "discussion"]


class Shape(BaseModel):
    """An answer: exactly these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Moment(Shape):
    """An instant, twice: to read and to compute with."""

    at: Annotated[str, Field(examples=["2026-11-24T14:05:09.250Z"], description="ISO 8601, UTC.")]
    epoch_ms: Annotated[int, Field(examples=[1795529109250])]


class Explained(Shape):
    """An error of the catalog in words."""

    code: Annotated[str, Field(examples=["CATEGORY_REQUIRED"])]
    message: str
    solution: str
    fixed_by: Annotated[str, Field(description="Who can fix it: teacher, administrator, wait or vendor.")]
    retried: Annotated[bool, Field(description="Whether it is tried again without anybody doing anything.")]


class ScoreProblem(Explained):
    """One student's score that the SIS did not take; the others are in."""

    student: Annotated[str, Field(description="LMS student id.")]


class Scores(Shape):
    """Scores of the latest attempt that sent any."""

    sent: int
    accepted: int
    total: int


class Counts(Shape):
    """Rows by state, deleted ones left out."""

    not_yet_synced: Annotated[int, Field(alias="Not Yet Synced")]
    queued: Annotated[int, Field(alias="Queued")]
    successful: Annotated[int, Field(alias="Successful")]
    error: Annotated[int, Field(alias="Error")]


class Row(Shape):
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


class SectionLog(Shape):
    """A section's status log."""

    tenant: str
    section: str
    updated: Moment | None
    last_error: Moment | None
    counts: Counts
    rows: list[Row]


class SectionSummary(Shape):
    """A section in a district's list."""

    section: str
    title: Annotated[str | None, Field(description="As its SectionBound told; null when it did not.")]
    updated: Moment | None
    counts: Counts


class SectionList(Shape):
    """A page of a district's sections, by id. `next` is the `after` of the following page; null at the end."""

    tenant: str
    sections: list[SectionSummary]
    next: str | None


class ScoreOutcome(Shape):
    """What became of one score that an attempt sent, or must not send."""

    student: Annotated[str, Field(description="LMS student id.")]
    accepted: bool
    sis_id: str | None
    error: Explained | None


class Attempt(Shape):
    """One step of one attempt at an item: its receipt."""

    at: Moment
    outcome: Literal["observed", "queued", "progress", "successful", "error", "superseded"]
    revision: Annotated[int, Field(description="Grows from attempt to attempt.")]
    step: int
    version: Annotated[int, Field(description="The LMS's version of the item.")]
    run: Annotated[str | None, Field(description="The click that asked for it.")]
    deleted: bool
    error: Explained | None
    next_try: Moment | None
    action: Annotated[str | None, Field(examples=["create"])]
    calls: int
    sis_ids: dict[str, str]
    scores: Scores | None
    score_outcomes: list[ScoreOutcome]


class Timeline(Shape):
    """What was tried with an item, oldest first."""

    tenant: str
    section: str
    item: str
    next_try: Annotated[Moment | None, Field(description="When it is tried again, if it waits.")]
    receipt: Annotated[Attempt | None, Field(description="The newest attempt that reached the SIS.")]
    attempts: list[Attempt]


class Unseen(Shape):
    """The red dot: whether an error was told since this teacher last opened the log."""

    unseen: bool
    last_error: Moment | None
    seen: Moment | None


class UnseenSections(Shape):
    """The red dot over all sections of a teacher."""

    unseen: bool
    sections: list[str]


class CauseGroup(Explained):
    """Rows that share a code: 212 items, 1 cause."""

    state: State
    sis: str | None
    items: int
    sections: int
    examples: Annotated[list[str], Field(description="Some of the sections.")]


class Overview(Shape):
    """A district at a glance."""

    tenant: str
    sections: int
    sections_with_errors: int
    counts: Counts
    causes: list[CauseGroup]
    worst: Annotated[list[SectionSummary], Field(description="Sections with errors, most errors first.")]


class Suggested(Shape):
    """What would make it legal. Both are changed in the LMS: the flow is one-way."""

    due_date: str | None = None
    title: str | None = None


class ReviewRow(Shape):
    """What a sync would do with one item."""

    item: str
    title: str
    kind: Kind
    would: Would
    fingerprint: Annotated[str, Field(description="Approve with it: it pins what is shown. Empty: cannot.")]
    deleted: bool
    sis_category: str | None
    due_date: Annotated[str | None, Field(description="Local date of the district.")]
    lost: Annotated[list[str], Field(description="Marks the SIS cannot hold.")]
    error: Explained | None
    suggested: Suggested


class Review(Shape):
    """What a sync would do with each item; nothing was sent to the SIS. `total` counts items not listed, too."""

    tenant: str
    section: str
    review: str
    at: Moment
    total: int
    would: dict[Would, int]
    items: list[ReviewRow]


class ReviewAsked(Shape):
    """The question is queued; ask for its answer in a moment."""

    review: str


class Refusal(Shape):
    """Why there is no answer."""

    code: Annotated[str, Field(examples=["NOT_FOUND"], description="docs/http.md lists them.")]
    message: str
    detail: Annotated[Any, Field(description="What is different, where the route says so.")] = None


class Queued(Shape):
    """The broker has it. `repeated`: an equal click was there before, and this is its answer. `checked` false: nobody
    said in time whether something changed; an item that did will say so itself.
    """

    run: str
    repeated: bool
    checked: bool | None = None
    items: int | None = None


class SisCategoryChoice(Shape):
    """A category of the SIS."""

    id: str
    title: str


class MappedCategory(Shape):
    """One LMS category and where its items go."""

    category: str
    sis_category: str
    name: str | None


class Mapping(Shape):
    """A section's mapping and what it could be. `unmapped`: LMS categories that items wait for."""

    bound: bool
    sis: str | None
    mode: str | None
    categories: list[MappedCategory]
    sis_categories: list[SisCategoryChoice]
    unmapped: list[str]


class MarkingPeriodShown(Shape):
    """A grading period; days are local dates, the last one included."""

    id: str
    title: str
    first_day: str
    last_day: str
    locked: Annotated[bool, Field(description="Closed for new and changed work.")]


class DayOffShown(Shape):
    """A day or span without school."""

    title: str
    first_day: str
    last_day: str


class SchoolShown(Shape):
    """A school; Monday is day 1."""

    id: str
    title: str
    school_days: list[int]
    marking_periods: list[MarkingPeriodShown]
    days_off: list[DayOffShown]


class Calendar(Shape):
    """What due dates are held against. Null: nothing is known of it."""

    district: str | None
    entitled: Annotated[bool | None, Field(description="Whether syncing is switched on.")]
    time_zone: Annotated[str | None, Field(examples=["America/New_York"])]
    school: SchoolShown | None


class Saved(Shape):
    """The broker has it; `applied`: and it is in force."""

    applied: bool


class CopyOutcome(Shape):
    """What became of one section."""

    section: str
    outcome: Literal["queued", "not_found", "does_not_fit", "not_queued"]


class Copied(Shape):
    """What became of each."""

    sections: list[CopyOutcome]


class ChangeOutcome(Shape):
    """What became of one event. `code`, `path`, `what`, `fix`: why it was refused."""

    index: int
    event: str | None
    outcome: Literal["accepted", "duplicate", "refused", "unknown"]
    code: str | None = None
    path: str | None = None
    what: str | None = None
    fix: str | None = None


class ChangeOutcomes(Shape):
    """What became of each, in the order they came. `accepted` counts duplicates, too."""

    accepted: int
    events: list[ChangeOutcome]


class Session(Shape):
    """A bearer token."""

    token: str
    expires: Moment


class LaunchLink(Shape):
    """Where to send the browser, on this host."""

    path: str


class Place(Shape):
    """A section by its ids."""

    tenant: str
    section: str
    title: str | None


class Me(Shape):
    """Who the token speaks for. `tenants` null: every district."""

    id: str
    role: Role
    tenants: list[str] | None
    teaches: list[Place]
