"""The web process put together: views, the followers that fill them, and the routes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from schemas.cluster import Cluster
from schemas.codec import Refused
from schemas.district_records import DistrictRecords
from streams.follow import Follower
from streams.web import answers
from streams.web.api import (
    calendar,
    changes,
    clicks,
    district,
    health,
    items,
    live,
    mapping,
    reviews,
    sections,
    session,
    unseen,
)
from streams.web.attempts import AttemptPlaces, Attempts, ResultsReader
from streams.web.commands import Commands
from streams.web.live import Hub
from streams.web.publishing import KafkaPublisher, Publisher
from streams.web.reading import Followed, Reading
from streams.web.requests import EncodedPath, Guarded, Measured
from streams.web.reviews import SINCE_MS, ReviewsView
from streams.web.roster import SectionsView
from streams.web.settings import WebSettings
from streams.web.signin import Door
from streams.web.view import StatusView

VERSION = "1.0"
_DESCRIPTION = (
    "What became of every item of a section, and what to do next. docs/http.md says how to sign in."
)
#: In the order OpenAPI shows them.
ROUTES = (
    sections,
    items,
    unseen,
    live,
    reviews,
    clicks,
    mapping,
    calendar,
    district,
    changes,
    session,
    health,
)


@dataclass(frozen=True, slots=True)
class Views:
    """What the followed topics fill."""

    status: StatusView = field(default_factory=StatusView)
    sections: SectionsView = field(default_factory=SectionsView)
    reviews: ReviewsView = field(default_factory=ReviewsView)
    districts: DistrictRecords = field(default_factory=DistrictRecords)
    hub: Hub = field(default_factory=Hub)

    def take_status(self, key: bytes | None, value: bytes | None) -> None:
        """A record of sync.status; whoever looks at the section is told."""
        if self.status.apply(key, value):
            self.hub.changed(key)

    def take_state(self, key: bytes | None, value: bytes | None) -> None:
        """A record of gradebook.state, likewise."""
        if self.sections.apply(key, value):
            self.hub.changed(key)


@dataclass(frozen=True, slots=True)
class Sources:
    """What is followed: `needed` before anything is answered, `results` before attempts are. `clock`: seconds since
    the epoch.
    """

    needed: Sequence[Followed]
    publisher: Publisher
    results: Sequence[Followed] = ()
    attempts: Attempts | None = None
    clock: Callable[[], float] = time.time


def create_app(views: Views, sources: Sources, settings: WebSettings) -> FastAPI:
    """The application. Its start starts the followers, its end stops them."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        followed = (*sources.needed, *sources.results)
        for one in followed:
            one.start()
        yield
        views.hub.close()
        await sources.publisher.close()
        for one in followed:
            await run_in_threadpool(one.stop)
        if sources.attempts is not None:
            await run_in_threadpool(sources.attempts.close)

    app = FastAPI(
        title="gradebook-sync",
        version=VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        exception_handlers={
            404: answers.not_found,
            answers.Answer: answers.refuse,
            Exception: answers.refuse,
            Refused: answers.unreadable,
            RequestValidationError: answers.bad_request,
        },
    )
    app.state.reading = _reading(views, sources, settings)
    app.state.door = Door(settings, sources.clock)
    app.state.commands = Commands(sources.publisher, sources.clock)
    app.state.published = changes.Published()
    for module in ROUTES:
        app.include_router(module.router)
    if settings.development_login:
        app.include_router(session.development)
    _guard(app, settings)
    return app


def _operation_id(route: APIRoute) -> str:
    subject = str(route.tags[0]).replace(" ", "_") if route.tags else "other"
    return f"{subject}.{route.name}"


def _reading(views: Views, sources: Sources, settings: WebSettings) -> Reading:
    read = Reading(
        views.status,
        sources.needed,
        settings.ready_seconds,
        views.sections,
        views.reviews,
        views.districts,
        views.hub,
        results=sources.results,
    )
    return read if sources.attempts is None else replace(read, attempts=sources.attempts.of)


def _guard(app: FastAPI, settings: WebSettings) -> None:
    app.add_middleware(EncodedPath)
    if settings.trust.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.trust.origins),
            allow_methods=["GET", "POST", "PUT"],
            allow_headers=["Authorization", "Idempotency-Key", "If-Match", "If-None-Match"],
            expose_headers=["ETag", "Retry-After"],
        )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=settings.allowed_hosts, www_redirect=False)
    app.add_middleware(Guarded)
    app.add_middleware(Measured)


def on_cluster(cluster: Cluster, settings: WebSettings) -> FastAPI:
    """The application of one replica, following its share of the topics it reads."""
    views, topics = Views(), cluster.topics
    places = AttemptPlaces()
    follow = partial(Follower, cluster, share=settings.share)
    hour_ago = int(time.time() * 1000) - SINCE_MS
    sources = Sources(
        needed=[
            follow(topics.status, views.take_status),
            follow(topics.state, views.take_state),
            follow(topics.reviews, views.reviews.apply, since_ms=hour_ago),
            # every replica needs every district
            Follower(cluster, topics.config, views.districts.take),
        ],
        publisher=KafkaPublisher(cluster),
        results=[follow(topics.results, on_placed=places.apply)],
        attempts=Attempts(places, ResultsReader(cluster)),
    )
    return create_app(views, sources, settings)
