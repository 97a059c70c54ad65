"""What gradebooks refuse of an assignment, one reason each; a SIS picks those that its reference names.

Each raises RefusalError 422 with the name of the field.
"""

from tests.simulators.calendar import holiday_on, open_periods
from tests.simulators.oneroster.fields import refuse
from tests.simulators.world import District, LineItem, Result


def check_title(district: District, item: LineItem) -> None:
    """Not blank, and no longer than the district's cap."""
    cap = district.limits.title_cap
    if not item.title.strip():
        refuse("title", "must not be blank", 422)
    if cap is not None and len(item.title) > cap:
        refuse("title", f"is longer than {cap} characters", 422)


def check_points(district: District, item: LineItem) -> None:
    """Not negative, below the district's limit, least below most."""
    least, most, limit = item.result_value_min, item.result_value_max, district.limits.result_value_max
    if most is not None and most < 0:
        refuse("resultValueMax", "must not be negative", 422)
    if most is not None and limit is not None and most > limit:
        refuse("resultValueMax", f"is above {limit:g}", 422)
    if least is not None and most is not None and least > most:
        refuse("resultValueMin", "is above resultValueMax", 422)


def check_category(district: District, item: LineItem) -> None:
    """A category of the district that the section may use."""
    allowed = district.classes[item.class_id].category_ids
    if item.category_id not in district.categories:
        refuse("category", f"{item.category_id} does not exist", 422)
    if allowed is not None and item.category_id not in allowed:
        refuse("category", f"{item.category_id} is not one of class {item.class_id}", 422)


def check_school_day(district: District, item: LineItem) -> None:
    """Due on a day that the school keeps."""
    day = district.local_day(item.due_date)
    holiday = holiday_on(district, day, item.school_id)
    if holiday is not None:
        refuse("dueDate", f"{day} is a day without school ({holiday.title})", 422)


def check_due_date(district: District, item: LineItem) -> None:
    """Due in an open grading period, the one that is named if one is."""
    day = district.local_day(item.due_date)
    periods = open_periods(district, day, item.school_id)
    if not periods:
        refuse("dueDate", f"{day} is in no open grading period of school {item.school_id}", 422)
    wanted = item.grading_period_id
    if wanted is not None and wanted not in {one.sourced_id for one in periods}:
        refuse("gradingPeriod", f"{wanted} is not open on {day} at school {item.school_id}", 422)


def check_whole_points(item: LineItem) -> None:
    """A whole number of points, whatever it is written like."""
    if item.result_value_max is not None and not float(item.result_value_max).is_integer():
        refuse("resultValueMax", "must be a whole number", 422)


def check_mark(district: District, result: Result) -> None:
    """A letter that the district defined."""
    if result.text_score is not None and result.text_score not in district.marks:
        refuse("textScore", f"mark {result.text_score!r} is not defined by the district", 422)


def check_period_of_score(district: District, item: LineItem) -> None:
    """On demand, an open grading period for scores too."""
    if not district.switches.closed_period_locks_scores:
        return
    if not open_periods(district, district.local_day(item.due_date), item.school_id):
        refuse("lineItem", "its grading period is closed", 422)
