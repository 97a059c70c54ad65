"""When a grading period takes changes: until its end and some more days, later by a request [I].

The reading of GradingPeriodEditExtensionDays and ClosedGradingPeriodGradeChange is that of sis-apis 3D.
"""

from datetime import timedelta

from tests.simulators.oneroster.fields import refuse
from tests.simulators.skyward.qmlativ.rows import Book
from tests.simulators.skyward.rules import SkywardRules
from tests.simulators.world import District, LineItem, Session

CLOSED = "grading period closed, file a grade change request"


def open_on(district: District, period: Session) -> bool:
    """Whether a period takes changes today."""
    switches = district.switches
    late = district.today() > period.last_day + timedelta(days=switches.qmlativ_extension_days)
    if switches.qmlativ_calendar_closes and late:
        return False
    return not period.locked or (switches.qmlativ_extension_days > 0 and not late)


def periods_of(district: District, item: LineItem) -> list[Session]:
    """The grading periods that hold the due date."""
    day = district.local_day(item.due_date)
    listed = [one for one in district.sessions.values() if one.kind == "gradingPeriod"]
    return [one for one in listed if one.holds(day, item.school_id)]


class PeriodRules(SkywardRules):
    """The rules of Skyward with Qmlativ's reading of closed periods, for assignments and scores alike."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def check_period(self, district: District, item: LineItem) -> None:
        """Due in a grading period that takes changes."""
        held = periods_of(district, item)
        if not held:
            refuse("dueDate", "is in no grading period", 422)
        if not any(open_on(district, one) or self._requested(item, one) for one in held):
            refuse("dueDate", CLOSED, 422)

    def check_period_of_score(self, district: District, item: LineItem) -> None:
        """Scores and deletions are changes too."""
        self.check_period(district, item)

    def _requested(self, item: LineItem, period: Session) -> bool:
        numbers = self._book.district.numbers
        place = (numbers.of("session", period.sourced_id), numbers.of("section", item.class_id))
        return any(
            (one["GradingPeriodID"], one["SectionID"]) == place and one["CompletedTime"] is None
            for one in self._book.requests
        )
