"""The web process put together: views, the followers that fill them, and the routes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from schemas.cluster import Cluster
from schemas.codec import Refused
from streams.follow import Follower
from streams.web import answers
from streams.web.api import health, sections, session
from streams.web.reading import Followed, Reading
from streams.web.requests import EncodedPath, Measured
from streams.web.roster import SectionsView
from streams.web.settings import WebSettings
from streams.web.signin import Door
from streams.web.view import StatusView

VERSION = "1.0"
_DESCRIPTION = (
    "What became of every item of a section, and what to do next. docs/http.md says how to sign in."
)


@dataclass(frozen=True, slots=True)
class Views:
    """What the followed topics fill."""

    status: StatusView = field(default_factory=StatusView)
    sections: SectionsView = field(default_factory=SectionsView)


def create_app(views: Views, followed: Sequence[Followed], settings: WebSettings) -> FastAPI:
    """The application. Its start starts the followers, its end stops them."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        for one in followed:
            one.start()
        yield
        for one in followed:
            await run_in_threadpool(one.stop)

    app = FastAPI(
        title="gradebook-sync",
        version=VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            404: answers.not_found,
            answers.Answer: answers.refuse,
            Refused: answers.unreadable,
            RequestValidationError: answers.bad_request,
        },
    )
    app.state.reading = Reading(views.status, followed, settings.ready_seconds, views.sections)
    app.state.door = Door(settings)
    for router in (sections.router, session.router, health.router):
        app.include_router(router)
    if settings.development_login:
        app.include_router(session.development)
    _guard(app, settings)
    return app


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
    app.add_middleware(Measured)


def on_cluster(cluster: Cluster, settings: WebSettings) -> FastAPI:
    """The application of one replica, following its share of the topics it reads."""
    views, topics = Views(), cluster.topics
    followed = [
        Follower(cluster, topics.status, views.status.apply, share=settings.share),
        Follower(cluster, topics.state, views.sections.apply, share=settings.share),
    ]
    return create_app(views, followed, settings)
