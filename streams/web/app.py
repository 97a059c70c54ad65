"""The read side put together: a view, the followers that fill it, and the routes that read it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.middleware.trustedhost import TrustedHostMiddleware

from schemas.cluster import Cluster
from schemas.codec import Refused
from streams.follow import Follower
from streams.web import answers
from streams.web.api import health, sections
from streams.web.reading import Followed, Reading
from streams.web.requests import EncodedPath, Measured
from streams.web.settings import WebSettings
from streams.web.view import StatusView

VERSION = "1.0"


def create_app(
    view: StatusView, followed: Sequence[Followed], settings: WebSettings | None = None
) -> FastAPI:
    """The application. Its start starts the followers, its end stops them."""
    settings = settings or WebSettings()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        for one in followed:
            one.start()
        yield
        for one in followed:
            await run_in_threadpool(one.stop)

    app = FastAPI(
        title="gradebook-sync status",
        version=VERSION,
        description="What became of every item of a section. Reading only; no authentication yet, so loopback only.",
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            404: answers.not_found,
            answers.NotFound: answers.not_found,
            answers.CatchingUp: answers.catching_up,
            Refused: answers.unreadable,
            RequestValidationError: answers.bad_request,
        },
    )
    app.state.reading = Reading(view, followed, settings.ready_seconds)
    app.include_router(sections.router)
    app.include_router(health.router)
    app.add_middleware(EncodedPath)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=settings.allowed_hosts, www_redirect=False)
    app.add_middleware(Measured)
    return app


def on_cluster(cluster: Cluster, settings: WebSettings) -> FastAPI:
    """The application of one replica, following its share of sync.status."""
    view = StatusView()
    follower = Follower(cluster, cluster.topics.status, view.apply, share=settings.share)
    return create_app(view, [follower], settings)
