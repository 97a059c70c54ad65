"""The door of eSchoolPLUS: addresses, sign-in, ticked endpoints, then the operations of OneRoster.

Base ``/plus360api/v1/{profile code}/`` [D3:SAMEGOAL]; OneRoster tail ``ims/oneroster/v1p2`` for both
services after it, or the two standard bases of 1.2 [I]; token at ``{base}/token`` [I]. OAuth 1 or OAuth 2
by API profile [D:ESP-PROF]. A profile ticks endpoints and a main endpoint includes its nested ones
[D:ESP-PROF]; here a main endpoint is the first word of the address (``lineItems``, ``classes``, ...), and a
single operation can be ticked by its OneRoster name (``putResult``) [I]. An endpoint that is not ticked
answers 403 [I]; ``denied`` takes single ones away, by the same names.
"""

from tests.simulators.call import Call, Reply
from tests.simulators.commit_log import CommitLog
from tests.simulators.eschoolplus.rules import GradebookRules
from tests.simulators.faults import Plan
from tests.simulators.neutral import Naming, SeedNames
from tests.simulators.oauth1 import NotSignedInError, OAuth1Gate
from tests.simulators.oauth2 import OAuth2Gate
from tests.simulators.oneroster import routes
from tests.simulators.oneroster.dialect import Dialect
from tests.simulators.oneroster.door import Door, Mount, check_rights, check_scopes, mount_joint, mounts_1p2
from tests.simulators.oneroster.errors import RefusalError, refusal_reply
from tests.simulators.world import District

PREFIX = "/plus360api/v1/"
TOKEN = "/token"


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
        auth, dialect, rules = district.auth, Dialect(), GradebookRules()
        self._oauth1 = OAuth1Gate(auth.oauth1, district.now) if auth.oauth1 else None
        self._oauth2 = OAuth2Gate(auth.oauth2, routes.KNOWN_SCOPES, district.now) if auth.oauth2 else None
        mounts = (
            mount_joint("/ims/oneroster/v1p2", dialect, routes.STANDARD, rules),
            *mounts_1p2("/ims/oneroster", dialect, routes.STANDARD, rules),
        )
        self._door = Door(district, log, f"{PREFIX}{district.code}", mounts, self._admit)

    def template(self, method: str, tail: str) -> str:
        """The address with its ids blanked out, for the counters."""
        return TOKEN if tail == TOKEN else self._door.template(method, tail)

    def answer(self, call: Call, tail: str, plan: Plan) -> Reply:
        """The whole of the district's work for one call."""
        if tail == TOKEN and self._oauth2 is not None:
            return self._oauth2.token(call)
        reply = self._door.answer(call, tail, plan)
        if reply.status == 401:
            reply.headers["WWW-Authenticate"] = "Bearer" if self._oauth2 else "OAuth"
        return reply

    def refusal(self, status: int, why: str) -> Reply:
        """An error body in this system's words, for caps and fault switches."""
        return self._door.refusal(RefusalError(status, why), None)

    def expire_tokens(self) -> int:
        """End every access token now."""
        return self._oauth2.expire_all() if self._oauth2 is not None else 0

    def _admit(self, call: Call, mount: Mount, operation: routes.Operation | None) -> None:
        scopes = self._sign_in(call)
        if operation is None:
            return
        check_rights(self._district, operation, "is not ticked in the API profile")
        if scopes is not None:
            check_scopes(mount, operation, scopes)

    def _sign_in(self, call: Call) -> frozenset[str] | None:
        """The scopes of a bearer token; None where OAuth 1, which has no scopes, was used."""
        scheme = call.headers.get("Authorization", "").partition(" ")[0].lower()
        if scheme == "oauth" and self._oauth1 is not None:
            self._oauth1.check(call)
            return None
        if scheme == "bearer" and self._oauth2 is not None:
            return self._oauth2.check(call)
        message = f"the API profile does not accept {scheme or 'a call without Authorization'}"
        raise NotSignedInError(message)
