"""The doors of Infinite Campus: token, vendor header, two versions of OneRoster (sis-apis 4.1 and 4.2)."""

import hmac
import re
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs

from tests.simulators.call import Call, Reply
from tests.simulators.commit_log import CommitLog
from tests.simulators.faults import Plan
from tests.simulators.infinite_campus import operations
from tests.simulators.infinite_campus.dialects import Campus11, Campus12
from tests.simulators.infinite_campus.rules import Rules11, Rules12
from tests.simulators.neutral import Naming, SeedNames
from tests.simulators.oauth1 import NotSignedInError
from tests.simulators.oauth2 import OAuth2Gate, token_error
from tests.simulators.oneroster import routes
from tests.simulators.oneroster.door import Door, Mount, check_rights, check_scopes, mount_joint, mounts_1p2
from tests.simulators.oneroster.errors import RefusalError, refusal_reply
from tests.simulators.oneroster.v1p1 import Dialect1p1
from tests.simulators.server import hosted
from tests.simulators.world import District

TOKEN = "/campus/oauth2/token"
VENDOR_HEADER = "x-vendor-authorization"
PAGE_MAX = 50_000
KNOWN_SCOPES = routes.KNOWN_SCOPES | Dialect1p1().scopes(tuple(routes.KNOWN_SCOPES))


class InfiniteCampus:
    """The system as the server hosts it."""

    name = "infinite_campus"

    def locate(self, path: str) -> tuple[str, str] | None:
        """Split an address into district code and the rest; None for an address that is not ours."""
        return hosted(path, ("/campus/",))

    def base(self, code: str) -> str:
        """The path that stands for the district's host."""
        return f"/{code}"

    def open(self, district: District, log: CommitLog) -> "Desk":
        """Start serving a district."""
        return Desk(district, log)

    def unknown_district(self, path: str) -> Reply:
        """The reply where no district is."""
        return refusal_reply(RefusalError(404, f"Unknown Object: {path}"), wrapped=False)


class Names(SeedNames):
    """Users have two ids, by version."""

    def keys(self, kind: str, name: str, section: str | None = None) -> dict[str, str]:
        """The id of 1.2 first."""
        found = super().keys(kind, name, section)
        prefix = {"student": "s", "teacher": "t"}.get(kind)
        return found | ({"legacySourcedId": f"{prefix}{name}"} if prefix else {})


class Desk:
    """Answers the calls of one district."""

    naming: Naming = Names()

    def __init__(self, district: District, log: CommitLog) -> None:
        self._district = district
        if district.limits.page_max is None:
            district.limits = replace(district.limits, page_max=PAGE_MAX)
        profile = district.auth.oauth2
        self._gate = OAuth2Gate(profile, KNOWN_SCOPES, district.now) if profile else None
        new, old = Campus12(), Campus11(district)
        app = re.escape(district.auth.vendor.app_name or "") or "[^/]+"
        one_two = ("/campus/api/ims/oneroster", f"/campus/api/oneroster/v1p2/{app}/ims/oneroster")
        mounts = [mount for root in one_two for mount in mounts_1p2(root, new, operations.V1P2, Rules12())]
        mounts += [
            mount_joint(stem, old, operations.V1P1, Rules11())
            for stem in (r"/campus/api/(?:[\w.-]+/)*v1p1", r"/campus/(?:[\w.-]+/)*learningdata/v1")
        ]
        self._door = Door(district, log, f"/{district.code}", mounts, self._admit)

    def template(self, method: str, tail: str) -> str:
        """The address with its ids blanked out, for the counters."""
        return TOKEN if tail == TOKEN else self._door.template(method, tail)

    def answer(self, call: Call, tail: str, plan: Plan) -> Reply:
        """The whole of the district's work for one call."""
        if tail == TOKEN and self._gate is not None:
            return self._token(call, self._gate)
        reply = self._door.answer(call, tail, plan)
        if reply.status == 401:
            reply.headers["WWW-Authenticate"] = "Bearer"
        return reply

    def refusal(self, status: int, why: str) -> Reply:
        """An error body in the words of 1.2."""
        return self._door.refusal(RefusalError(status, why), None)

    def refusal_at(self, tail: str, status: int, why: str) -> Reply:
        """An error body in the words of one address."""
        return self._door.refusal(RefusalError(status, why), self._door.mount(tail))

    def expire_tokens(self) -> int:
        """End every access token now."""
        return self._gate.expire_all() if self._gate is not None else 0

    def _token(self, call: Call, gate: OAuth2Gate) -> Reply:
        wanted = self._district.auth.vendor.app_name
        given = parse_qs(call.query).get("appName", [""])[0]
        if not given or wanted not in (None, given):
            return token_error(400, "invalid_request")
        return gate.token(call)

    def _admit(self, call: Call, mount: Mount, operation: routes.Operation | None) -> None:
        if self._gate is None:
            message = "the district has no OAuth 2 client"
            raise NotSignedInError(message)
        scopes = self._gate.check(call)
        if operation is None:
            return
        gradebook = operation.service == "gradebook"
        if gradebook:
            self._check_vendor(call)
        check_rights(self._district, operation, "is not allowed to this connection")
        check_scopes(mount, operation, scopes)
        if gradebook and not self._district.switches.campus_gradebook_sync:
            raise RefusalError(403, "Grade Book Sync is not switched on")
        if call.method == "DELETE" and not self._district.switches.campus_deletes:
            raise RefusalError(405, "assignments are deleted by hand in Campus")

    def _check_vendor(self, call: Call) -> None:
        """The second header [D:IC-CONN]."""
        vendor = self._district.auth.vendor
        given = call.headers.get(VENDOR_HEADER, "")
        if not hmac.compare_digest(given.encode(), f"{vendor.key}:{vendor.secret}".encode()):
            message = f"{VENDOR_HEADER} is missing or wrong"
            raise NotSignedInError(message)
        if vendor.expires_on is not None and self._district.today() > date.fromisoformat(vendor.expires_on):
            message = f"{VENDOR_HEADER}: the secret has expired"
            raise NotSignedInError(message)
