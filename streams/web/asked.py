"""What the API is asked: the bodies of requests, as OpenAPI describes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from streams.web.auth.people import Role


class _Asked(BaseModel):
    """A body: what is not known is refused, so that a misspelt field is not passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Id = Annotated[str, Field(min_length=1, max_length=1024)]
Items = Annotated[list[Id], Field(min_length=1, max_length=2000)]


class ReviewRequest(_Asked):
    """Of which items; of all when left out."""

    items: Items | None = None


class SyncRequest(_Asked):
    """Which items; the whole section when left out."""

    items: Items | None = None


class Pinned(_Asked):
    """An item as it was shown."""

    item: Id
    fingerprint: Annotated[str, Field(min_length=1, max_length=64)]


class Approval(_Asked):
    """What is approved, each as it was shown."""

    items: Annotated[list[Pinned], Field(min_length=1, max_length=2000)]


class Resolution(_Asked):
    """Which copy wins."""

    choice: Literal["keep_sis", "send_lms", "adopt"]


class SeenUpTo(_Asked):
    """How far: `updated.epoch_ms` of the log that was shown; now when left out."""

    up_to: Annotated[int | None, Field(ge=0, le=253_402_300_799_999)] = None


class Release(_Asked):
    """Which of the items held; all when left out."""

    items: Items | None = None


class MappingRow(_Asked):
    """One LMS category and where its items go. `name` is shown to people."""

    category: Id
    sis_category: Id
    name: Annotated[str | None, Field(max_length=1024)] = None


class MappingRequest(_Asked):
    """The whole mapping, replaced."""

    categories: Annotated[list[MappingRow], Field(max_length=500)]


class CopyRequest(_Asked):
    """Sections of the same district to copy it to."""

    sections: Annotated[list[Id], Field(min_length=1, max_length=200)]


class LaunchToken(_Asked):
    """The token of a launch link."""

    token: Annotated[str, Field(max_length=8192)]


class DevelopmentLogin(_Asked):
    """Whom to be."""

    model_config = ConfigDict(strict=False)

    tenant: Id
    user: Id
    role: Role = Role.TEACHER
