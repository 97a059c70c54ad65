"""What the TAC gradebook of eSchoolPLUS refuses.

Documented: categories come from district and building setup [D:ESP-GB]; alpha marks are defined by the
district [D:ESP-214]; scores must be numbers, and missing or late travel with one [D3:CANVAS-ESP]. That each
refusal is a 422 ``invaliddata``, and the title cap of 50, is [I]. Calendar: no public endpoint exists, yet
the gradebook knows its holidays [I]. A due date counts by its day in the district's time zone [I]. A score
above the maximum is accepted: extra credit, and the conformance run of Google tries 300 of 100
[D3:GOOG-CT].
"""

from tests.simulators.oneroster import checks
from tests.simulators.oneroster.fields import refuse
from tests.simulators.world import District, LineItem, Result


class GradebookRules:
    """Judges assignments and scores of one kind of gradebook; raises RefusalError."""

    def check_line_item(self, district: District, item: LineItem) -> None:
        """Title, points, category, due date, grading period."""
        checks.check_title(district, item)
        checks.check_points(district, item)
        checks.check_category(district, item)
        if item.academic_session_id is not None and item.academic_session_id not in district.sessions:
            refuse("academicSession", f"{item.academic_session_id} does not exist", 422)
        checks.check_school_day(district, item)
        checks.check_due_date(district, item)

    def check_result(self, district: District, item: LineItem, result: Result) -> None:
        """Marks, flags, and on demand the grading period of the line item."""
        checks.check_mark(district, result)
        if (
            district.switches.flags_need_score
            and result.score is None
            and "true" in (result.late, result.missing)
        ):
            refuse("score", "missing or late must come with a number", 422)
        checks.check_period_of_score(district, item)

    def check_delete(self, _district: District, _item: LineItem) -> None:
        """Anything can be deleted."""
