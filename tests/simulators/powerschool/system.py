"""The door of PowerSchool: token, bearer check, routes, error body.

A district is a host of its own; here it is a folder, ``/{code}/ws/...`` and ``/{code}/oauth/...``, and where only
one district is served the addresses are those of a real host, without the folder. Error bodies are
``{"message", "errors": [{"field", "params"}]}`` [D3:PSD] measured. A value that is not accepted is 409, a body
that cannot be read 400 (sis-apis 1.8).
"""

from tests.simulators.call import Call, Reply
from tests.simulators.checks import FieldError
from tests.simulators.commit_log import CommitLog
from tests.simulators.faults import Plan
from tests.simulators.neutral import Naming
from tests.simulators.oauth1 import NotSignedInError
from tests.simulators.own_api import OwnDesk, Refusal, Route, RouteTable, json_reply
from tests.simulators.powerschool import assignments, categories, scores, tables, terms
from tests.simulators.powerschool.access import (
    ASSIGNMENTS,
    CATEGORIES,
    SCORES,
    XteVisit,
    acting_teacher,
    no_access,
)
from tests.simulators.powerschool.store import Store
from tests.simulators.powerschool.tokens import ADDRESS, TokenDesk
from tests.simulators.server import hosted
from tests.simulators.world import District, Json, LineItem

ROOTS = ("/ws/", "/oauth/")
_XTE = "/ws/xte/"


def _guardians_only(visit: XteVisit, _ids: tuple[str, ...]) -> Reply:
    """POST /ws/xte/assignment/lookup needs a guardian or student login [D3:PSGO]."""
    acting_teacher(visit)
    raise Refusal(403, "a guardian or student session is needed")


_CATEGORY = f"{_XTE}teacher_category"
_ASSIGNMENT = f"{_XTE}section/assignment"
_TABLE = "/ws/schema/table/{name}"
ROUTES: RouteTable[Store] = RouteTable(
    [
        Route("GET", _CATEGORY, categories.list_categories, CATEGORIES),
        Route("POST", _CATEGORY, categories.create_categories, CATEGORIES),
        Route("GET", _CATEGORY + "/{id}", categories.read_category, CATEGORIES),
        Route("PUT", _CATEGORY + "/{id}", categories.update_category, CATEGORIES),
        Route("DELETE", _CATEGORY + "/{id}", categories.delete_category, CATEGORIES),
        Route("GET", _ASSIGNMENT, assignments.list_assignments, ASSIGNMENTS),
        Route("POST", _ASSIGNMENT, assignments.create, ASSIGNMENTS),
        Route("GET", _ASSIGNMENT + "/{id}", assignments.read, ASSIGNMENTS),
        Route("PUT", _ASSIGNMENT + "/{id}", assignments.update, ASSIGNMENTS),
        Route("DELETE", _ASSIGNMENT + "/{id}", assignments.delete, ASSIGNMENTS),
        Route("DELETE", f"{_XTE}assignment_section/students", assignments.drop_students, ASSIGNMENTS),
        Route("PUT", f"{_XTE}score", scores.put_scores, SCORES),
        Route("PUT", f"{_XTE}score/assignment", scores.put_score, SCORES),
        Route("POST", f"{_XTE}assignment/lookup", _guardians_only),
        Route("GET", _TABLE, tables.list_rows),
        Route("GET", _TABLE + "/count", tables.count_rows),
        Route("GET", "/ws/v1/metadata", terms.get_metadata),
        Route("GET", "/ws/v1/term/{id}", terms.get_term),
        Route("GET", "/ws/v1/school/{id}/term", terms.get_terms),
        Route("GET", "/ws/v1/school/{id}/term/count", terms.count_terms),
    ]
)


class PowerSchool:
    """The system as the server hosts it."""

    name = "powerschool"

    def locate(self, path: str) -> tuple[str, str] | None:
        """Split an address into district and the rest."""
        return hosted(path, ROOTS)

    def base(self, code: str) -> str:
        """The folder of a district."""
        return f"/{code}"

    def open(self, district: District, log: CommitLog) -> "Desk":
        """Start serving a district."""
        return Desk(district, log)

    def unknown_district(self, path: str) -> Reply:
        """The reply where no district is."""
        return json_reply(404, {"message": f"{path} is not served"})


class Desk(OwnDesk[Store]):
    """Answers the calls of one district."""

    def __init__(self, district: District, log: CommitLog) -> None:
        store = Store(district)
        super().__init__(district, log, ROUTES, store)
        self.naming: Naming = store
        profile = district.auth.oauth2
        self._tokens = TokenDesk(profile, (), district.now) if profile else None

    def template(self, method: str, tail: str) -> str:
        """The address with its ids blanked out, for the counters."""
        return ADDRESS if tail.rstrip("/") == ADDRESS else super().template(method, tail)

    def answer(self, call: Call, tail: str, plan: Plan) -> Reply:
        """The token, or the work of a call."""
        if tail.rstrip("/") == ADDRESS and self._tokens is not None:
            return self._tokens.token(call)
        return super().answer(call, tail, plan)

    def remember(self, item: LineItem) -> None:
        """Take in an assignment that was made before this desk opened."""
        self._store.remember(item)

    def expire_tokens(self) -> int:
        """End the token now."""
        return self._tokens.expire_all() if self._tokens is not None else 0

    def sign_in(self, call: Call, tail: str) -> None:
        """A bearer token that is known and alive, else 401 [I]."""
        try:
            if self._tokens is None:
                raise NotSignedInError("no plugin is installed")
            self._tokens.check(call)
        except NotSignedInError as error:
            raise Refusal(401, str(error)) from error

    def refused(self, refusal: Refusal) -> Reply:
        """The error body."""
        body: Json = {"message": refusal.message}
        if refusal.details:
            body["errors"] = refusal.details
        headers = {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else {}
        return json_reply(refusal.status, body, headers)

    def no_right(self, missing: str) -> Refusal:
        """A column or a call that the plugin may not use."""
        return no_access(missing)

    def bad_field(self, error: FieldError) -> Refusal:
        """400 for what cannot be read, 409 for what is not accepted."""
        status = 400 if error.malformed else 409
        return Refusal(status, str(error), [{"field": error.field, "params": {}}])
