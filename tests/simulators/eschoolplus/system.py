"""The door of eSchoolPLUS: addresses, sign-in, ticked endpoints, then the operations of OneRoster.

Base ``/plus360api/v1/{profile code}/`` [D3:SAMEGOAL]; OneRoster tail ``ims/oneroster/v1p2`` for both
services after it, or the two standard bases of 1.2 [I]; token at ``{base}/token`` [I]. OAuth 1 or OAuth 2
by API profile [D:ESP-PROF]. A profile ticks endpoints and a main endpoint includes its nested ones
[D:ESP-PROF]; here a main endpoint is the first word of the address (``lineItems``, ``classes``, ...), and a
single operation can be ticked by its OneRoster name (``putResult``) [I]. An endpoint that is not ticked
answers 403 [I].
"""

from urllib.parse import unquote

from tests.simulators.call import Call, Reply
from tests.simulators.commit_log import CommitLog
from tests.simulators.eschoolplus.rules import GradebookRules
from tests.simulators.faults import Plan
from tests.simulators.gradebook import Change
from tests.simulators.neutral import Naming, SeedNames
from tests.simulators.oauth1 import NotSignedInError, OAuth1Gate
from tests.simulators.oauth2 import OAuth2Gate
from tests.simulators.oneroster import routes
from tests.simulators.oneroster.errors import RefusalError, refusal_reply
from tests.simulators.oneroster.exchange import Exchange
from tests.simulators.oneroster.rendering import Links
from tests.simulators.world import District

PREFIX = "/plus360api/v1/"
TOKEN = "/token"
STEMS = {
    "/ims/oneroster/v1p2/": None,
    "/ims/oneroster/gradebook/v1p2/": "gradebook",
    "/ims/oneroster/rostering/v1p2/": "rostering",
}


class ESchoolPlus:
    """The system as the server hosts it."""

    name = "eschoolplus"

    def locate(self, path: str) -> tuple[str, str] | None:
        """Split an address into profile code and the rest; None for an address that is not ours."""
        if not path.startswith(PREFIX):
            return None
        code, slash, tail = path.removeprefix(PREFIX).partition("/")
        return code, slash + tail

    def base(self, code: str) -> str:
        """The path of a district's addresses."""
        return f"{PREFIX}{code}"

    def open(self, district: District, log: CommitLog) -> "Desk":
        """Start serving a district."""
        return Desk(district, log)

    def unknown_district(self, path: str) -> Reply:
        """The reply where no district is."""
        return refusal_reply(RefusalError(404, f"Unknown Object: {path}"), wrapped=False)


class Desk:
    """Answers the calls of one district."""

    naming: Naming = SeedNames()

    def __init__(self, district: District, log: CommitLog) -> None:
        self._district = district
        self._log = log
        self._rules = GradebookRules()
        auth = district.auth
        self._oauth1 = OAuth1Gate(auth.oauth1, district.now) if auth.oauth1 else None
        self._oauth2 = OAuth2Gate(auth.oauth2, routes.KNOWN_SCOPES, district.now) if auth.oauth2 else None

    def template(self, method: str, tail: str) -> str:
        """The address with its ids blanked out, for the counters."""
        if tail == TOKEN:
            return TOKEN
        _, parts = _split(tail)
        operation = routes.find(method, parts)
        return operation.template if operation else "(unknown)"

    def answer(self, call: Call, tail: str, plan: Plan) -> Reply:
        """The whole of the district's work for one call."""
        if tail == TOKEN and self._oauth2 is not None:
            return self._oauth2.token(call)
        try:
            return self._operate(call, tail, plan)
        except RefusalError as refusal:
            reply = refusal_reply(refusal, wrapped=self._district.switches.wrapped_errors)
            if refusal.status == 401:
                reply.headers["WWW-Authenticate"] = "Bearer" if self._oauth2 else "OAuth"
            return reply

    def refusal(self, status: int, why: str) -> Reply:
        """An error body in this system's words, for caps and fault switches."""
        return refusal_reply(RefusalError(status, why), wrapped=self._district.switches.wrapped_errors)

    def expire_tokens(self) -> int:
        """End every access token now."""
        return self._oauth2.expire_all() if self._oauth2 is not None else 0

    def _operate(self, call: Call, tail: str, plan: Plan) -> Reply:
        scopes = self._sign_in(call)
        service, parts = _split(tail)
        operation = routes.find(call.method, parts)
        if operation is None:
            status = 405 if routes.known_address(parts) else 404
            raise RefusalError(status, f"Unknown Object: {call.method} {call.path}")
        if service not in (None, operation.service):
            raise RefusalError(404, f"Unknown Object: {operation.name} is not in the {service} service")
        self._check_allowed(operation, parts[0], scopes)
        ids = tuple(unquote(part) for part in parts[1::2])
        return operation.act(self._exchange(call, tail, plan), ids)

    def _check_allowed(self, operation: routes.Operation, main: str, scopes: frozenset[str] | None) -> None:
        ticked = self._district.subscriptions
        if ticked is not None and main not in ticked and operation.name not in ticked:
            raise RefusalError(403, f"{operation.name} is not ticked in the API profile")
        if not self._district.denied.isdisjoint((main, operation.name)):
            raise RefusalError(403, f"{operation.name} is not ticked in the API profile")
        if scopes is not None and scopes.isdisjoint(operation.scopes):
            raise RefusalError(403, f"{operation.name} needs the scope {' or '.join(operation.scopes)}")

    def _sign_in(self, call: Call) -> frozenset[str] | None:
        """The scopes of a bearer token; None where OAuth 1, which has no scopes, was used."""
        scheme = call.headers.get("Authorization", "").partition(" ")[0].lower()
        try:
            if scheme == "oauth" and self._oauth1 is not None:
                self._oauth1.check(call)
                return None
            if scheme == "bearer" and self._oauth2 is not None:
                return self._oauth2.check(call)
        except NotSignedInError as error:
            raise RefusalError(401, str(error)) from error
        raise RefusalError(401, f"the API profile does not accept {scheme or 'a call without Authorization'}")

    def _exchange(self, call: Call, tail: str, plan: Plan) -> Exchange:
        base = f"{call.origin}{PREFIX}{self._district.code}"
        if tail.startswith("/ims/oneroster/v1p2/"):
            links = Links(f"{base}/ims/oneroster/v1p2", f"{base}/ims/oneroster/v1p2")
        else:
            links = Links(f"{base}/ims/oneroster/gradebook/v1p2", f"{base}/ims/oneroster/rostering/v1p2")
        return Exchange(self._district, call, links, self._rules, plan, self._change)

    def _change(self, verb: str) -> Change:
        return Change(self._district, self._log, "vendor", verb)


def _split(tail: str) -> tuple[str | None, list[str]]:
    for stem, service in STEMS.items():
        if tail.startswith(stem):
            return service, tail.removeprefix(stem).split("/")
    return None, [""]
