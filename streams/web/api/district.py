"""For the district's administrator: the whole of it at a glance."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import Response

from streams.web.answers import REFUSALS
from streams.web.models import Overview
from streams.web.overview import overview
from streams.web.reading import Here, Overseen

router = APIRouter(prefix="/v1/districts/{tenant}", tags=["administration"], responses=REFUSALS)


@router.get("/overview", response_model=Overview)
def district(tenant: Overseen, here: Here, listed: Annotated[int, Query(ge=0, le=1000)] = 100) -> Response:
    """Sections with problems, and failures grouped by cause: 212 items, 1 cause."""
    titled = partial(here.sections.title, tenant)
    content = orjson.dumps(overview(tenant, here.view.sections(tenant), listed, titled))
    return Response(content, media_type="application/json", headers={"Cache-Control": "private, no-cache"})
