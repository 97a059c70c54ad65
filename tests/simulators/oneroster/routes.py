"""The operations: address, the scopes that open them [D:1ED12], and the function that answers."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulators.call import Reply
from tests.simulators.oneroster import reads, writes
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
    Operation(
        "getAllGradingPeriods", "GET", "/gradingPeriods", ROSTER_CORE, reads.get_grading_periods, "rostering"
    ),
    Operation(
        "getGradingPeriod", "GET", "/gradingPeriods/{id}", ROSTER_CORE, reads.get_grading_period, "rostering"
    ),
    Operation(
        "getTermsForSchool", "GET", "/schools/{s}/terms", ROSTER, reads.get_terms_for_school, "rostering"
    ),
    Operation("getClass", "GET", "/classes/{id}", ROSTER_CORE, reads.get_class, "rostering"),
    Operation(
        "getStudentsForClass",
        "GET",
        "/classes/{c}/students",
        ROSTER,
        reads.get_students_for_class,
        "rostering",
    ),
    Operation(
        "getTeachersForClass",
        "GET",
        "/classes/{c}/teachers",
        ROSTER,
        reads.get_teachers_for_class,
        "rostering",
    ),
    Operation(
        "getEnrollmentsForSchool",
        "GET",
        "/schools/{s}/enrollments",
        ROSTER,
        reads.get_enrollments_for_school,
        "rostering",
    ),
)


def _address(parts: list[str]) -> tuple[int, tuple[str, ...]]:
    # Words and ids take turns in every address of the standard, so the words alone tell them apart.
    return len(parts), tuple(parts[0::2])


_TABLE = {(one.method, _address(one.template[1:].split("/"))): one for one in OPERATIONS}
_ADDRESSES = {address for _, address in _TABLE}


def find(method: str, parts: list[str]) -> Operation | None:
    """The operation at an address, given in its (decoded) parts."""
    return _TABLE.get((method, _address(parts)))


def known_address(parts: list[str]) -> bool:
    """Whether another method would answer there."""
    return _address(parts) in _ADDRESSES
