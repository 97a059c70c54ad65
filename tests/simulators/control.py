"""The test's hand, on the same port under ``/_sim``: no sign-in, callers on this machine only.

::

    GET    /_sim/health                             {"system", "districts"}
    PUT    /_sim/districts/{code}                   seed or replace a whole district (shape: seeding)
    PATCH  /_sim/districts/{code}                   subscriptions, denied, limits, switches, marks, auth.vendor
    POST   /_sim/districts/{code}/faults            switch a fault on (shape: faults) -> {"id"}
    GET    /_sim/districts/{code}/faults            the switches with their hits
    DELETE /_sim/districts/{code}/faults[/{id}]     switch all, or one, off
    POST   /_sim/districts/{code}/edit              an edit made in the SIS (shape: edits)
    GET    /_sim/districts/{code}/state             every line item, result, category, enrolment, for oracles
    GET    /_sim/districts/{code}/gradebook         items and scores in one shape for all systems (shape: neutral)
    GET    /_sim/districts/{code}/directory         sections, people, categories with their ids on the wire (neutral)
    GET    /_sim/districts/{code}/counters          calls per method and address, most at once, refusals
    DELETE /_sim/districts/{code}/counters          start counting anew
    POST   /_sim/districts/{code}/clock             {"offset": seconds}: the district's clock against the machine's
    GET    /_sim/commits?after=seq&district=&limit= the commit log

A mistake in a body is 400 with ``{"error": text}``.
"""

import json
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from aiohttp import web

from tests.simulators import neutral
from tests.simulators.edits import BadEditError, make_edit
from tests.simulators.faults import BadFaultError
from tests.simulators.gradebook import line_item_content, result_content
from tests.simulators.seed_values import BadSeedError
from tests.simulators.seeding import apply_settings, district_from
from tests.simulators.server import Host, Site
from tests.simulators.traffic import Traffic
from tests.simulators.world import Json

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """Handlers of the control addresses."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        one = "/_sim/districts/{code}"
        return [
            web.get("/_sim/health", self._guarded(self._health)),
            web.get("/_sim/commits", self._guarded(self._commits)),
            web.put(one, self._guarded(self._seed)),
            web.patch(one, self._guarded(self._settings)),
            web.post(f"{one}/faults", self._guarded(self._add_fault)),
            web.get(f"{one}/faults", self._guarded(self._faults)),
            web.delete(f"{one}/faults", self._guarded(self._clear_faults)),
            web.delete(f"{one}/faults/{{id}}", self._guarded(self._clear_faults)),
            web.post(f"{one}/edit", self._guarded(self._edit)),
            web.get(f"{one}/state", self._guarded(self._state)),
            web.get(f"{one}/gradebook", self._guarded(self._gradebook)),
            web.get(f"{one}/directory", self._guarded(self._directory)),
            web.get(f"{one}/counters", self._guarded(self._counters)),
            web.delete(f"{one}/counters", self._guarded(self._reset_counters)),
            web.post(f"{one}/clock", self._guarded(self._clock)),
        ]

    def _guarded(self, handler: Callable[[web.Request], Awaitable[object]]) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not ip_address(request.remote or "0.0.0.0").is_loopback:  # noqa: S104 - not a bind address
                return web.json_response({"error": "callers on this machine only"}, status=403)
            try:
                return web.json_response(await handler(request))
            except (BadSeedError, BadFaultError, BadEditError, ValueError) as error:
                return web.json_response({"error": str(error)}, status=400)
            except KeyError as error:
                return web.json_response({"error": f"no district {error}"}, status=404)

        return guarded

    async def _health(self, _request: web.Request) -> object:
        return {"system": self._host.system.name, "districts": sorted(self._host.sites)}

    async def _commits(self, request: web.Request) -> object:
        query = request.query
        after, limit = int(query.get("after", "0")), int(query.get("limit", "100000"))
        return list(self._host.log.read(after, query.get("district") or None, limit))

    async def _seed(self, request: web.Request) -> object:
        given = await _body(request)
        code = request.match_info["code"]
        if given.setdefault("code", code) != code:
            message = f"code: must be {code} as in the address"
            raise BadSeedError(message)
        self._host.seed(district_from(given))
        return {"code": code}

    async def _settings(self, request: web.Request) -> object:
        apply_settings(self._site(request).district, await _body(request))
        return {}

    async def _add_fault(self, request: web.Request) -> object:
        site, given = self._site(request), await _body(request)
        if given.get("kind") == "token_expire_now":
            return {"id": None, "expired": site.desk.expire_tokens()}
        rule = site.faults.set(given)
        _remember(site)
        return {"id": rule.name}

    async def _faults(self, request: web.Request) -> object:
        return self._site(request).faults.report()

    async def _clear_faults(self, request: web.Request) -> object:
        site = self._site(request)
        cleared = site.faults.clear(request.match_info.get("id"))
        _remember(site)
        return {"cleared": cleared}

    async def _edit(self, request: web.Request) -> object:
        make_edit(self._site(request).district, self._host.log, await _body(request))
        return {}

    async def _state(self, request: web.Request) -> object:
        district = self._site(request).district
        return {
            "lineItems": {one.sourced_id: line_item_content(one) for one in district.line_items.of()},
            "results": {one.sourced_id: result_content(one) for one in district.results.of()},
            "categories": {one.sourced_id: {"title": one.title} for one in district.categories.of()},
            "enrolments": [
                {"class": one.class_id, "user": one.user_id, "role": one.role}
                for one in district.enrolments.values()
            ],
        }

    async def _gradebook(self, request: web.Request) -> object:
        site = self._site(request)
        return self._title(site) | neutral.gradebook(site.district, site.desk.naming)

    async def _directory(self, request: web.Request) -> object:
        site = self._site(request)
        base = {"base": self._host.system.base(site.district.code)}
        return self._title(site) | base | neutral.directory(site.district, site.desk.naming)

    def _title(self, site: Site) -> Json:
        return {"system": self._host.system.name, "district": site.district.code}

    async def _counters(self, request: web.Request) -> object:
        return self._site(request).traffic.report()

    async def _reset_counters(self, request: web.Request) -> object:
        # Calls that are under way keep the old counters, so at most a handful is uncounted.
        self._site(request).traffic = Traffic()
        return {}

    async def _clock(self, request: web.Request) -> object:
        offset = (await _body(request)).get("offset")
        if isinstance(offset, bool) or not isinstance(offset, int | float):
            message = "offset must be a number of seconds"
            raise BadSeedError(message)
        self._site(request).district.clock_offset = float(offset)
        return {"offset": offset}

    def _site(self, request: web.Request) -> Site:
        return self._host.sites[request.match_info["code"]]


async def _body(request: web.Request) -> Json:
    given = json.loads(await request.read() or b"{}")
    if not isinstance(given, dict):
        message = "the body must be an object"
        raise BadSeedError(message)
    return given


def _remember(site: Site) -> None:
    longest = site.faults.longest_lag()
    for shelf in (site.district.categories, site.district.line_items, site.district.results):
        shelf.remember(longest)
