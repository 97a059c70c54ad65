"""ClosedGradingPeriodGradeChange: the request to change grades after a period was closed [D3:RQ].

While it is not completed, its section and period take changes again; that is [I].
"""

from tests.simulators import checks
from tests.simulators.skyward.qmlativ import values
from tests.simulators.skyward.qmlativ.rows import Book, GenericError, Kind, Row
from tests.simulators.world import Json

_REQUEST: dict[str, checks.Check] = {
    "GradingPeriodID": checks.whole,
    "SectionID": checks.whole,
    "Reason": checks.text(),
    "CompletedTime": values.moment,
}
_REQUEST_NEEDS = ("GradingPeriodID", "SectionID", "Reason")


def _create(book: Book, given: Json) -> int:
    checked = values.created(given, _REQUEST, _REQUEST_NEEDS)
    numbers = book.district.numbers
    for field, kind in (("GradingPeriodID", "session"), ("SectionID", "section")):
        if numbers.name(kind, checks.whole(field, checked[field])) is None:
            raise GenericError(400, f"{field} {checked[field]} does not exist")
    number = len(book.requests) + 1
    book.requests.append({"ClosedGradingPeriodGradeChangeID": number, "CompletedTime": None, **checked})
    return number


def _update(book: Book, number: int, given: Json) -> None:
    if not 0 < number <= len(book.requests):
        raise GenericError(404, f"ClosedGradingPeriodGradeChange {number} does not exist")
    book.requests[number - 1] |= values.written(given, _REQUEST, _REQUEST_NEEDS)


def _rows(book: Book, _lag: float) -> list[Row]:
    return [Row(None, one) for one in book.requests]


KIND = Kind(
    "ClosedGradingPeriodGradeChange",
    "ClosedGradingPeriodGradeChangeID",
    _rows,
    "Gradebook",
    _create,
    _update,
)
