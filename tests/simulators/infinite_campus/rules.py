"""What the Campus gradebook refuses (sis-apis 4.5 to 4.7 and 8.2).

422 for category, term and title, 403 for missing rights: the codes are [I].  Scores above the maximum are extra
credit [D3:OTUS-IC].
"""

from tests.simulators.infinite_campus.dialects import ALL_ONES
from tests.simulators.oneroster import checks
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.oneroster.fields import refuse
from tests.simulators.world import District, LineItem, Result


class Rules11:
    """OneRoster 1.1: any category will do [D:IC-PUSH]."""

    def check_line_item(self, district: District, item: LineItem) -> None:
        """Rights, title, points, term, category."""
        _check_rights(district, item.class_id)
        checks.check_title(district, item)
        _check_name_is_new(district, item)
        _check_points(district, item)
        checks.check_due_date(district, item)
        self.check_category(district, item)

    def check_result(self, district: District, item: LineItem, result: Result) -> None:
        """Rights, marks, and on demand the grading period of the line item."""
        _check_rights(district, item.class_id)
        checks.check_mark(district, result)
        checks.check_period_of_score(district, item)

    def check_delete(self, district: District, item: LineItem) -> None:
        """Rights."""
        _check_rights(district, item.class_id)

    def check_category(self, district: District, item: LineItem) -> None:
        """Nothing."""


class Rules12(Rules11):
    """OneRoster 1.2: a real category of the section [D:IC-PUSH]."""

    def check_category(self, district: District, item: LineItem) -> None:
        """Required, real, and not the one of 1.1."""
        if item.category_id == ALL_ONES:
            refuse("category", "the all-ones category is not accepted in 1.2", 422)
        checks.check_category(district, item)


def _check_rights(district: District, class_id: str) -> None:
    switches = district.switches
    school = district.classes[class_id].school_id
    if switches.campus_schools is not None and school not in switches.campus_schools:
        raise RefusalError(403, f"the connection does not reach school {school}")
    teachers = set(district.members(class_id, "teacher"))
    if teachers and teachers <= set(switches.campus_no_grading):
        raise RefusalError(403, f"no teacher of section {class_id} has grading rights")


def _check_name_is_new(district: District, item: LineItem) -> None:
    if not district.switches.campus_unique_titles:
        return
    if district.line_items.alike((item.class_id, item.title)) - {item.sourced_id}:
        refuse("title", f"another assignment of section {item.class_id} has this name", 422)


def _check_points(district: District, item: LineItem) -> None:
    for name, value in (
        ("resultValueMin", item.result_value_min),
        ("resultValueMax", item.result_value_max),
    ):
        if value is None:
            refuse(name, "is missing", 422)
    checks.check_points(district, item)
    if district.switches.campus_whole_points:
        checks.check_whole_points(item)
