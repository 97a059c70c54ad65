"""What the gradebooks of Skyward refuse, as LMS vendors report it (sis-apis 3B); the status 422 is [I]."""

from tests.simulators.oneroster import checks
from tests.simulators.oneroster.fields import refuse
from tests.simulators.world import District, LineItem, Result

#: "Shorter than 50" [D3:OTUS-SKY].
NAME_LIMIT = 50


class SkywardRules:
    """Judges assignments and scores; raises RefusalError."""

    def check_line_item(self, district: District, item: LineItem) -> None:
        """Name, points, assignment group, due date."""
        if len(item.title) >= NAME_LIMIT:
            refuse("title", f"name too long, at most {NAME_LIMIT - 1} characters", 422)
        checks.check_title(district, item)
        if item.result_value_max is None:
            refuse("resultValueMax", "is missing: points only", 422)
        checks.check_points(district, item)
        checks.check_whole_points(item)
        self._check_group(district, item)
        self.check_period(district, item)

    def check_result(self, district: District, item: LineItem, result: Result) -> None:
        """Points only, in an open period where that is asked for."""
        if result.text_score is not None:
            refuse("textScore", "points only", 422)
        self.check_period_of_score(district, item)

    def check_delete(self, district: District, item: LineItem) -> None:
        """Anything can be deleted while scores can be written."""
        self.check_period_of_score(district, item)

    def check_period(self, district: District, item: LineItem) -> None:
        """Due in an open grading period."""
        checks.check_due_date(district, item)

    def check_period_of_score(self, district: District, item: LineItem) -> None:
        """The same for scores, by switch."""
        checks.check_period_of_score(district, item)

    def _check_group(self, district: District, item: LineItem) -> None:
        allowed = district.classes[item.class_id].category_ids
        known = item.category_id in district.categories
        if not known or (allowed is not None and item.category_id not in allowed):
            refuse("category", "invalid assignment group", 422)
