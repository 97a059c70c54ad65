"""The operations: address, the scopes that open them [D:1ED12], and the function that answers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tests.simulators.call import Reply
from tests.simulators.oneroster import reads, rostering, writes
from tests.simulators.oneroster.exchange import Exchange

Act = Callable[[Exchange, tuple[str, ...]], Reply]

STEM = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
READ = (f"{STEM}gradebook.readonly",)
READ_CORE = (*READ, f"{STEM}gradebook-core.readonly")
PUT = (f"{STEM}gradebook.createput",)
POST = (f"{STEM}gradebook.createpost",)
DELETE = (f"{STEM}gradebook.delete",)
ROSTER = (f"{STEM}roster.readonly",)
ROSTER_CORE = (*ROSTER, f"{STEM}roster-core.readonly")
KNOWN_SCOPES = frozenset({*READ_CORE, *PUT, *POST, *DELETE, *ROSTER_CORE})


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table; ``name`` is the operation of the standard."""

    name: str
    method: str
    template: str
    scopes: tuple[str, ...]
    act: Act
    service: str = "gradebook"


def _roster(name: str, template: str, act: Act, *, core: bool = False) -> Operation:
    return Operation(name, "GET", template, ROSTER_CORE if core else ROSTER, act, "rostering")


OPERATIONS = (
    Operation("getAllCategories", "GET", "/categories", READ_CORE, reads.get_categories),
    Operation("getCategory", "GET", "/categories/{id}", READ_CORE, reads.get_category),
    Operation("putCategory", "PUT", "/categories/{id}", PUT, writes.put_category),
    Operation("deleteCategory", "DELETE", "/categories/{id}", DELETE, writes.delete_category),
    Operation("getAllLineItems", "GET", "/lineItems", READ_CORE, reads.get_line_items),
    Operation("getLineItem", "GET", "/lineItems/{id}", READ_CORE, reads.get_line_item),
    Operation("putLineItem", "PUT", "/lineItems/{id}", PUT, writes.put_line_item),
    Operation("deleteLineItem", "DELETE", "/lineItems/{id}", DELETE, writes.delete_line_item),
    Operation("getAllResults", "GET", "/results", READ_CORE, reads.get_results),
    Operation("getResult", "GET", "/results/{id}", READ_CORE, reads.get_result),
    Operation("putResult", "PUT", "/results/{id}", PUT, writes.put_result),
    Operation("deleteResult", "DELETE", "/results/{id}", DELETE, writes.delete_result),
    Operation("getCategoriesForClass", "GET", "/classes/{c}/categories", READ, reads.get_categories),
    Operation("getLineItemsForClass", "GET", "/classes/{c}/lineItems", READ, reads.get_line_items),
    Operation("getResultsForClass", "GET", "/classes/{c}/results", READ, reads.get_results),
    Operation(
        "getResultsForLineItemForClass",
        "GET",
        "/classes/{c}/lineItems/{l}/results",
        READ,
        reads.get_line_item_results,
    ),
    Operation(
        "getResultsForStudentForClass",
        "GET",
        "/classes/{c}/students/{s}/results",
        READ,
        reads.get_student_results,
    ),
    Operation(
        "postLineItemsForClass", "POST", "/classes/{c}/lineItems", POST, writes.post_line_items_for_class
    ),
    Operation(
        "postLineItemsForSchool", "POST", "/schools/{s}/lineItems", POST, writes.post_line_items_for_school
    ),
    Operation(
        "postResultsForLineItem", "POST", "/lineItems/{l}/results", POST, writes.post_results_for_line_item
    ),
    _roster("getAllAcademicSessions", "/academicSessions", rostering.get_sessions, core=True),
    _roster("getAcademicSession", "/academicSessions/{id}", rostering.get_session, core=True),
    _roster("getAllTerms", "/terms", rostering.get_terms, core=True),
    _roster("getTerm", "/terms/{id}", rostering.get_term, core=True),
    _roster("getGradingPeriodsForTerm", "/terms/{t}/gradingPeriods", rostering.get_grading_periods_for_term),
    _roster("getAllSchools", "/schools", rostering.get_schools, core=True),
    _roster("getSchool", "/schools/{id}", rostering.get_school, core=True),
    _roster("getAllClasses", "/classes", rostering.get_classes, core=True),
    _roster("getClassesForSchool", "/schools/{s}/classes", rostering.get_classes),
    _roster("getAllStudents", "/students", rostering.get_students, core=True),
    _roster("getAllTeachers", "/teachers", rostering.get_teachers, core=True),
    _roster("getAllEnrollments", "/enrollments", rostering.get_enrollments, core=True),
    _roster("getAllGradingPeriods", "/gradingPeriods", rostering.get_grading_periods, core=True),
    _roster("getGradingPeriod", "/gradingPeriods/{id}", rostering.get_grading_period, core=True),
    _roster("getTermsForSchool", "/schools/{s}/terms", rostering.get_terms_for_school),
    _roster("getClass", "/classes/{id}", rostering.get_class, core=True),
    _roster("getStudentsForClass", "/classes/{c}/students", rostering.get_students_for_class),
    _roster("getTeachersForClass", "/classes/{c}/teachers", rostering.get_teachers_for_class),
    _roster("getEnrollmentsForSchool", "/schools/{s}/enrollments", rostering.get_enrollments),
)


class Table:
    """The operations of one system, by address."""

    def __init__(
        self, operations: Iterable[Operation] = OPERATIONS, aliases: Mapping[str, str] | None = None
    ):
        """``aliases`` are other spellings of the words of an address."""
        self._aliases = dict(aliases or {})
        self._table = {(one.method, self._address(one.template[1:].split("/"))): one for one in operations}
        self._addresses = {address for _, address in self._table}

    def find(self, method: str, parts: list[str]) -> Operation | None:
        """The operation at an address, given in its (decoded) parts."""
        return self._table.get((method, self._address(parts)))

    def known_address(self, parts: list[str]) -> bool:
        """Whether another method would answer there."""
        return self._address(parts) in self._addresses

    def _address(self, parts: list[str]) -> tuple[int, tuple[str, ...]]:
        # Words and ids take turns in every address of the standard, so the words alone tell them apart.
        return len(parts), tuple(self._aliases.get(word, word) for word in parts[0::2])


STANDARD = Table()
