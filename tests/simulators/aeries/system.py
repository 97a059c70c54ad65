"""The door of Aeries: certificate, rights, routes, error body.

Base ``/aeries/api/v5`` [D:AER-BUILD]; hosts vary, so ``/api/v5`` alone is served too. A district is a host of its
own; here it is a folder before that, and where only one district is served the addresses are those of a real host.
Every error is ``{"Message": "..."}`` [D:AER-BUILD]. A wrong certificate is 401, one that lacks an area 403 [D:POSH];
the words are [I].
"""

import hmac

from tests.simulators.aeries import assignments, schools, scores
from tests.simulators.aeries.store import Store
from tests.simulators.call import Call, Reply
from tests.simulators.checks import FieldError
from tests.simulators.commit_log import CommitLog
from tests.simulators.neutral import Naming
from tests.simulators.own_api import OwnDesk, Refusal, Route, RouteTable, json_reply
from tests.simulators.server import hosted
from tests.simulators.world import District

ROOT = "/api/v5"
FOLDER = "/aeries"
HEADER = "AERIES-CERT"
SYSTEM_INFO = "/systeminfo"

DATA = ("Gradebook Data",)
DATA_UPDATE = (*DATA, "Gradebook Data Update")
SCORES = ("Gradebook Scores",)
SCORES_UPDATE = (*SCORES, "Gradebook Scores Update")

_ASSIGNMENTS = "/gradebooks/{n}/Assignments"
_BY_NUMBER = _ASSIGNMENTS + "/{AssignmentNumber}"
_BY_ID = "/gradebooks/Assignments/{UniqueID}"
_STUDENTS = "/gradebooks/{n}/{Term}/students"
ROUTES: RouteTable[Store] = RouteTable(
    [
        Route("GET", SYSTEM_INFO, schools.get_system),
        Route(
            "GET",
            "/schools/{SchoolCode}/sections/{SectionNumber}/gradebooks",
            schools.gradebooks_of_section,
            DATA,
        ),
        Route("GET", "/staff/{StaffID}/gradebooks", schools.gradebooks_of_teacher, DATA),
        Route("GET", "/schools/{SchoolCode}/terms", schools.get_terms),
        Route("GET", "/schools/{SchoolCode}/ReportCardMarkingPeriods", schools.get_marking_periods),
        Route("GET", "/schools/{SchoolCode}/calendar", schools.get_calendar, ("Calendar",)),
        Route("GET", "/gradebooks/{n}", schools.get_gradebook, DATA),
        Route("GET", _ASSIGNMENTS, assignments.list_assignments, DATA),
        Route("POST", _ASSIGNMENTS, assignments.create, DATA_UPDATE),
        Route("GET", _BY_ID, assignments.read, DATA),
        Route("PUT", _BY_ID, assignments.update, DATA_UPDATE),
        Route("GET", _BY_NUMBER, assignments.read, DATA),
        Route("PUT", _BY_NUMBER, assignments.update, DATA_UPDATE),
        Route("POST", _BY_ID + "/Scores", scores.post_scores, SCORES_UPDATE),
        Route("POST", _BY_NUMBER + "/Scores", scores.post_scores, SCORES_UPDATE),
        Route("GET", _BY_NUMBER + "/Scores", scores.list_scores, SCORES),
        Route("GET", _BY_NUMBER + "/Scores/{StudentID}", scores.read_score, SCORES),
        Route("GET", _STUDENTS, schools.get_students, SCORES),
        Route("GET", _STUDENTS + "/{StudentID}", schools.get_students, SCORES),
    ],
    ignore_case=True,
)


class Aeries:
    """The system as the server hosts it."""

    name = "aeries"

    def locate(self, path: str) -> tuple[str, str] | None:
        """Split an address into district and the rest, which begins with ``/api/v5``."""
        found = hosted(path, (f"{FOLDER}{ROOT}/", f"{ROOT}/"))
        return None if found is None else (found[0], found[1].removeprefix(FOLDER))

    def base(self, code: str) -> str:
        """The folder of a district, as the host and folder of a real one."""
        return f"/{code}{FOLDER}"

    def open(self, district: District, log: CommitLog) -> "Desk":
        """Start serving a district."""
        return Desk(district, log)

    def unknown_district(self, path: str) -> Reply:
        """The reply where no district is."""
        return json_reply(404, {"Message": f"{path} is not served"})


class Desk(OwnDesk[Store]):
    """Answers the calls of one district."""

    def __init__(self, district: District, log: CommitLog) -> None:
        store = Store(district)
        super().__init__(district, log, ROUTES, store, ROOT)
        self.naming: Naming = store

    def expire_tokens(self) -> int:
        """There are no tokens."""
        return 0

    def sign_in(self, call: Call, tail: str) -> None:
        """The certificate of the header, to the letter."""
        if tail.lower().rstrip("/") == ROOT + SYSTEM_INFO:
            return
        certificate = self._district.auth.certificate
        given = call.headers.get(HEADER, "")
        if certificate is None or not hmac.compare_digest(certificate.value.encode(), given.encode()):
            raise Refusal(401, "The Aeries API certificate is missing or not valid")

    def refused(self, refusal: Refusal) -> Reply:
        """The error body."""
        return json_reply(refusal.status, {"Message": refusal.message})

    def no_right(self, missing: str) -> Refusal:
        """An area that the certificate lacks."""
        return Refusal(403, f"The certificate does not have access to {missing}")

    def bad_field(self, error: FieldError) -> Refusal:
        """Every value that is not accepted is 400."""
        return Refusal(400, str(error))
