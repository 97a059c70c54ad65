"""For the one who runs it: is it alive, is it ready, and its metrics."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from streams import metrics
from streams.follow import Progress
from streams.web.operation import Liveness, Readiness, TopicPartitionProgress, TopicProgress
from streams.web.reading import Here, Reading
from streams.web.render import STATE_NAMES

router = APIRouter(tags=["operation"])

#: A scrape counts rows it has not counted yet for at most this long.
_COUNT_SECONDS = 0.25


@router.get("/live")
async def live() -> Liveness:
    """The process answers. Never depends on Kafka: a dead broker is no reason to restart this."""
    return Liveness(live=True)


@router.get("/ready", response_model=Readiness, responses={503: {"model": Readiness}})
async def ready(here: Here) -> Response:
    """Caught up with the topics and in touch with the broker, or the reasons why not."""
    progress = here.progress()
    reasons = here.unready(progress)
    # what was tried with items comes from a long topic, and only attempts wait for it
    topics = [_topic(one) for one in (*progress, *(one.progress() for one in here.results))]
    answer = Readiness(ready=not reasons, reasons=reasons, topics=topics)
    return JSONResponse(answer.model_dump(), 503 if reasons else 200, {"Cache-Control": "no-store"})


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def exposition(here: Here) -> Response:
    """Prometheus text format."""
    _observe(here)
    return Response(metrics.exposition(), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _topic(one: Progress) -> TopicProgress:
    return TopicProgress(
        topic=one.topic,
        caught_up=one.caught_up,
        behind_records=one.behind,
        behind_seconds=None if one.seconds_behind is None else round(one.seconds_behind, 3),
        unreadable=one.unreadable,
        partitions=[
            TopicPartitionProgress(partition=p.partition, position=p.position, end=p.end, behind=p.behind)
            for p in one.partitions
        ],
    )


def _observe(here: Reading) -> None:
    for one in (*here.progress(), *(result.progress() for result in here.results)):
        metrics.FOLLOWER_BEHIND_RECORDS.labels(one.topic).set(one.behind)
        metrics.FOLLOWER_BEHIND_SECONDS.labels(one.topic).set(one.seconds_behind or 0.0)
        metrics.FOLLOWER_CAUGHT_UP.labels(one.topic).set(one.caught_up)
        metrics.FOLLOWER_RECORDS.labels(one.topic).set(one.records)
        metrics.FOLLOWER_UNREADABLE.labels(one.topic).set(one.unreadable)
    totals, uncounted = here.view.totals(_COUNT_SECONDS)
    for state, name in STATE_NAMES.items():
        metrics.STATUS_ROWS.labels(name).set(totals.get(state, 0))
    metrics.STATUS_SECTIONS.set(len(here.view))
    metrics.STATUS_UNCOUNTED.set(uncounted)
