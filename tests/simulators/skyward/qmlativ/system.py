"""The doors of Qmlativ: token, Generic API, OneRoster."""

import json

from tests.simulators.call import Call, Reply
from tests.simulators.checks import FieldError
from tests.simulators.commit_log import CommitLog
from tests.simulators.faults import Plan
from tests.simulators.neutral import Naming
from tests.simulators.oauth1 import NotSignedInError
from tests.simulators.oauth2 import Form, OAuth2Gate
from tests.simulators.oneroster import routes
from tests.simulators.oneroster.door import Door, Mount, check_rights, check_scopes
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.oneroster.v1p1 import Dialect1p1
from tests.simulators.server import hosted
from tests.simulators.skyward.doors import check_bulk, mounts
from tests.simulators.skyward.qmlativ import generic
from tests.simulators.skyward.qmlativ.periods import PeriodRules
from tests.simulators.skyward.qmlativ.rows import Book, GenericError
from tests.simulators.world import District, LineItem

TOKEN = "/API/oauth/token"
KNOWN_SCOPES = routes.KNOWN_SCOPES | Dialect1p1().scopes(tuple(routes.KNOWN_SCOPES))
_FIRST = {"L": 500_000, "R": 700_000}
_FIELD = {
    "school": "EntityID",
    "session": "GradingPeriodID",
    "category": "CategoryID",
    "section": "SectionID",
    "student": "StudentSectionID",
    "teacher": "StaffID",
}


class Gate(OAuth2Gate):
    """Client credentials in the header or the form; scopes may be left out [I]."""

    def _grant(self, form: Form) -> Reply:
        return super()._grant(form | {"scope": form.get("scope") or sorted(KNOWN_SCOPES)})

    def _client_known(self, call: Call, form: Form) -> bool:
        given = (form.get("client_id", [""])[0], form.get("client_secret", [""])[0])
        known = (self._profile.client_id, self._profile.client_secret)
        return super()._client_known(call, form) or given == known


class Qmlativ:
    """The system as the server hosts it."""

    name = "skyward_qmlativ"

    def locate(self, path: str) -> tuple[str, str] | None:
        """Split an address into district code and the rest; None for an address that is not ours."""
        return hosted(path, ("/API/",))

    def base(self, code: str) -> str:
        """The path of a district's API."""
        return f"/{code}/API"

    def open(self, district: District, log: CommitLog) -> "Desk":
        """Start serving a district."""
        return Desk(district, log)

    def unknown_district(self, path: str) -> Reply:
        """The reply where no district is."""
        return _message(404, f"nothing at {path}")


class Names:
    """Everything has a number; a student is named by the seat in a section."""

    def __init__(self, district: District) -> None:
        self._district = district

    def keys(self, kind: str, name: str, section: str | None = None) -> dict[str, str]:
        """The number under its field; students have two."""
        numbers = self._district.numbers
        if kind != "student":
            return {_FIELD[kind]: str(numbers.of(kind, name))}
        student = {"StudentID": str(numbers.of(kind, name))}
        seat = self._district.enrolments.get((section or "", name))
        return ({"StudentSectionID": str(numbers.of("seat", seat.sourced_id))} if seat else {}) | student

    def item_ids(self, item: LineItem) -> dict[str, str]:
        """AssignmentID, and the vendor's id where it came by OneRoster."""
        number = str(self._district.numbers.of("item", item.sourced_id))
        return {"AssignmentID": number, "sourcedId": item.sourced_id}

    def external_id(self, item: LineItem) -> str | None:
        """The AssignmentSyncKey."""
        return item.external_id


class Desk:
    """Answers the calls of one district."""

    def __init__(self, district: District, log: CommitLog) -> None:
        self._district = district
        district.id_style = lambda letter, number: str(_FIRST.get(letter, 900_000) + number)
        self.naming: Naming = Names(district)
        self._book = Book(district, log)
        for seat in district.enrolments.values():
            district.numbers.of("seat", seat.sourced_id)
        profile = district.auth.oauth2
        self._gate = Gate(profile, KNOWN_SCOPES, district.now) if profile else None
        found = mounts(district, "/API", PeriodRules(self._book))
        self._door = Door(district, log, f"/{district.code}", found, self._admit)

    def template(self, method: str, tail: str) -> str:
        """The address with its ids blanked out, for the counters."""
        if tail.startswith(generic.STEM):
            return generic.template(tail)
        return TOKEN if tail == TOKEN else self._door.template(method, tail)

    def answer(self, call: Call, tail: str, plan: Plan) -> Reply:
        """The whole of the district's work for one call."""
        if tail == TOKEN and self._gate is not None:
            return self._gate.token(call)
        if not tail.startswith(generic.STEM):
            return self._door.answer(call, tail, plan)
        if "Authorization" not in call.headers:
            return _message(401, "Authorization is missing")
        try:
            self._sign_in(call)
            return generic.answer(self._book, call, tail, plan)
        except NotSignedInError as error:
            # A token that is not good is 403 here [D3:RQ].
            return _message(403, str(error))
        except FieldError as error:
            return _message(400, str(error))
        except GenericError as error:
            return _message(error.status, error.message)

    def refusal(self, status: int, why: str) -> Reply:
        """An error body of the Generic API."""
        return _message(status, why)

    def refusal_at(self, tail: str, status: int, why: str) -> Reply:
        """An error body in the words of one address; Generic says 403 where others say 401 [D3:RQ]."""
        mount = self._door.mount(tail)
        if mount is not None:
            return self._door.refusal(RefusalError(status, why), mount)
        return _message(403 if status == 401 else status, why)

    def expire_tokens(self) -> int:
        """End every access token now."""
        return self._gate.expire_all() if self._gate is not None else 0

    def _sign_in(self, call: Call) -> frozenset[str]:
        if self._gate is None:
            message = "the district has no Integration Access record"
            raise NotSignedInError(message)
        return self._gate.check(call)

    def _admit(self, call: Call, mount: Mount, operation: routes.Operation | None) -> None:
        scopes = self._sign_in(call)
        if operation is not None:
            check_rights(self._district, operation, "is not in the licence of this key")
            check_scopes(mount, operation, scopes)
            check_bulk(self._district, operation, usual=False)


def _message(status: int, why: str) -> Reply:
    return Reply(status, json.dumps({"Message": why}).encode(), dict(generic.JSON_TYPE))
