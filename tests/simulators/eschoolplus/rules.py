"""What the TAC gradebook of eSchoolPLUS refuses.

Documented: categories come from district and building setup [D:ESP-GB]; alpha marks are defined by the
district [D:ESP-214]; scores must be numbers, and missing or late travel with one [D3:CANVAS-ESP]. That each
refusal is a 422 ``invaliddata``, and the title cap of 50, is [I]. Calendar: no public endpoint exists, yet
the gradebook knows its holidays [I]. A due date counts by its day in the district's time zone [I]. A score
above the maximum is accepted: extra credit, and the conformance run of Google tries 300 of 100
[D3:GOOG-CT].
"""

from tests.simulators.calendar import holiday_on, open_periods
from tests.simulators.oneroster.fields import refuse
from tests.simulators.world import District, LineItem, Result


class GradebookRules:
    """Judges assignments and scores of one kind of gradebook; raises RefusalError."""

    def check_line_item(self, district: District, item: LineItem) -> None:
        """Title, points, category, due date, grading period."""
        _check_title(district, item)
        _check_points(district, item)
        _check_category(district, item)
        if item.academic_session_id is not None and item.academic_session_id not in district.sessions:
            refuse("academicSession", f"{item.academic_session_id} does not exist", 422)
        _check_due_date(district, item)

    def check_result(self, district: District, item: LineItem, result: Result) -> None:
        """Marks, flags, and on demand the grading period of the line item."""
        if result.text_score is not None and result.text_score not in district.marks:
            refuse("textScore", f"mark {result.text_score!r} is not defined by the district", 422)
        if (
            district.switches.flags_need_score
            and result.score is None
            and "true" in (result.late, result.missing)
        ):
            refuse("score", "missing or late must come with a number", 422)
        if district.switches.closed_period_locks_scores:
            day = district.local_day(item.due_date)
            if not open_periods(district, day, item.school_id):
                refuse("lineItem", "its grading period is closed", 422)


def _check_title(district: District, item: LineItem) -> None:
    cap = district.limits.title_cap
    if not item.title.strip():
        refuse("title", "must not be blank", 422)
    if cap is not None and len(item.title) > cap:
        refuse("title", f"is longer than {cap} characters", 422)


def _check_points(district: District, item: LineItem) -> None:
    least, most, limit = item.result_value_min, item.result_value_max, district.limits.result_value_max
    if most is not None and most < 0:
        refuse("resultValueMax", "must not be negative", 422)
    if most is not None and limit is not None and most > limit:
        refuse("resultValueMax", f"is above {limit:g}", 422)
    if least is not None and most is not None and least > most:
        refuse("resultValueMin", "is above resultValueMax", 422)


def _check_category(district: District, item: LineItem) -> None:
    allowed = district.classes[item.class_id].category_ids
    if item.category_id not in district.categories:
        refuse("category", f"{item.category_id} does not exist", 422)
    if allowed is not None and item.category_id not in allowed:
        refuse("category", f"{item.category_id} is not one of class {item.class_id}", 422)


def _check_due_date(district: District, item: LineItem) -> None:
    day = district.local_day(item.due_date)
    holiday = holiday_on(district, day, item.school_id)
    if holiday is not None:
        refuse("dueDate", f"{day} is a day without school ({holiday.title})", 422)
    periods = open_periods(district, day, item.school_id)
    if not periods:
        refuse("dueDate", f"{day} is in no open grading period of school {item.school_id}", 422)
    wanted = item.grading_period_id
    if wanted is not None and wanted not in {one.sourced_id for one in periods}:
        refuse("gradingPeriod", f"{wanted} is not open on {day} at school {item.school_id}", 422)
