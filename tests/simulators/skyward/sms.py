"""Skyward SMS 2.0: its OneRoster door, since the native write paths are not public (sis-apis 3A).

Base ``/{code}/api`` (``/api`` alone when there is one district). ``POST {base}/token`` takes key and secret
twice, as Basic and as ``username`` and ``password`` of a password grant [D3:T4E]; they are ``auth.oauth2`` of
the seed. OneRoster 1.1 at ``{base}/ims/oneroster/v1p1``, 1.2 at ``{base}/ims/oneroster/gradebook/v1p2`` and
``.../rostering/v1p2`` or both at ``.../v1p2`` [I]. ``denied`` names operations and endpoints (``putResult``,
``results``), answered 403. The rosters that T4E reads are in :mod:`tests.simulators.skyward.roster`.
"""

import hmac

from tests.simulators.call import Call, Reply
from tests.simulators.commit_log import CommitLog
from tests.simulators.faults import Plan
from tests.simulators.neutral import Naming, SeedNames
from tests.simulators.oauth1 import NotSignedInError
from tests.simulators.oauth2 import Form, OAuth2Gate, token_error
from tests.simulators.oneroster import routes
from tests.simulators.oneroster.door import Door, Mount, check_rights
from tests.simulators.oneroster.errors import RefusalError, refusal_reply
from tests.simulators.server import hosted
from tests.simulators.skyward import roster
from tests.simulators.skyward.doors import check_bulk, mounts
from tests.simulators.skyward.rules import SkywardRules
from tests.simulators.world import District

TOKEN = "/api/token"


class PasswordGate(OAuth2Gate):
    """Tokens for key and secret, given in the header and again in the form."""

    def _grant(self, form: Form) -> Reply:
        if form.get("grant_type") != ["password"]:
            return token_error(400, "unsupported_grant_type")
        given = f"{form.get('username', [''])[0]}:{form.get('password', [''])[0]}"
        known = f"{self._profile.client_id}:{self._profile.client_secret}"
        if not hmac.compare_digest(given.encode(), known.encode()):
            return token_error(400, "invalid_grant")
        return self._give(frozenset())


class SkywardSms:
    """The system as the server hosts it."""

    name = "skyward_sms"

    def locate(self, path: str) -> tuple[str, str] | None:
        """Split an address into district code and the rest; None for an address that is not ours."""
        return hosted(path, ("/api/",))

    def base(self, code: str) -> str:
        """The path of a district's API."""
        return f"/{code}/api"

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
        profile = district.auth.oauth2
        self._gate = PasswordGate(profile, (), district.now) if profile else None
        found = mounts(district, "/api", SkywardRules())
        self._door = Door(district, log, f"/{district.code}", found, self._admit)

    def template(self, method: str, tail: str) -> str:
        """The address with its ids blanked out, for the counters."""
        if tail.startswith(roster.STEM):
            return roster.template(tail)
        return TOKEN if tail == TOKEN else self._door.template(method, tail)

    def answer(self, call: Call, tail: str, plan: Plan) -> Reply:
        """The whole of the district's work for one call."""
        if tail == TOKEN and self._gate is not None:
            return self._gate.token(call)
        if tail.startswith(roster.STEM):
            return self._roster(call, tail)
        return self._door.answer(call, tail, plan)

    def refusal(self, status: int, why: str) -> Reply:
        """An error body in the words of 1.2."""
        return self._door.refusal(RefusalError(status, why), None)

    def refusal_at(self, tail: str, status: int, why: str) -> Reply:
        """An error body in the words of one address."""
        return self._door.refusal(RefusalError(status, why), self._door.mount(tail))

    def expire_tokens(self) -> int:
        """End every access token now."""
        return self._gate.expire_all() if self._gate is not None else 0

    def _roster(self, call: Call, tail: str) -> Reply:
        try:
            self._sign_in(call)
            return roster.answer(self._district, call, tail)
        except NotSignedInError as error:
            return self.refusal(401, str(error))
        except RefusalError as refusal:
            return self._door.refusal(refusal, None)

    def _sign_in(self, call: Call) -> None:
        if self._gate is None:
            message = "the district has no key and secret"
            raise NotSignedInError(message)
        self._gate.check(call)

    def _admit(self, call: Call, _mount: Mount, operation: routes.Operation | None) -> None:
        self._sign_in(call)
        if operation is not None:
            check_rights(self._district, operation, "is not in the licence of this key")
            check_bulk(self._district, operation, usual=True)
