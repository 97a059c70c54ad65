"""OneRoster 1.1 and 1.2 in the hands of Skyward: own names of groups, excluded scores, times of days."""

from dataclasses import dataclass

from tests.simulators.oneroster.dialect import Dialect
from tests.simulators.oneroster.fields import refuse
from tests.simulators.oneroster.rendering import Links
from tests.simulators.oneroster.v1p1 import Dialect1p1, Links1p1
from tests.simulators.skyward.groups import group_names, with_native_category
from tests.simulators.world import District, Json


@dataclass(frozen=True)
class _Named(Links):
    """Categories under the names that groups must have; ``inner`` shapes the rest."""

    groups: dict[str, str]
    inner: Links

    def shaped(self, kind: str, body: Json) -> Json:
        """The object as the version has it."""
        if kind == "category":
            body = body | {"title": self.groups[str(body["sourcedId"])]}
        return self.inner.shaped(kind, body)


def _result(district: District, given: Json) -> Json | None:
    """Scores marked excluded do not travel [D3:OTUS-SKY]; what becomes of one that comes is [I]."""
    if given["scoreStatus"] != "exempt" or district.switches.skyward_excluded == "keep":
        return given
    if district.switches.skyward_excluded == "refuse":
        refuse("scoreStatus", "excluded scores are not taken", 422)
    return None


class Skyward12(Dialect):
    """OneRoster 1.2 of Skyward."""

    def __init__(self, district: District) -> None:
        self._district = district

    def links(self, gradebook: str, rostering: str) -> Links:
        """References and replies of 1.2."""
        groups = group_names(self._district)
        return _Named(gradebook, rostering, groups, Links(gradebook, rostering))

    def line_item(self, district: District, given: Json) -> Json:
        """With Skyward's own category."""
        return with_native_category(district, given)

    def result(self, district: District, given: Json) -> Json | None:
        """Without excluded scores."""
        return _result(district, given)


class Skyward11(Dialect1p1):
    """OneRoster 1.1 of Skyward."""

    def __init__(self, district: District) -> None:
        self._district = district

    def links(self, gradebook: str, rostering: str) -> Links:
        """References and replies of 1.1."""
        groups = group_names(self._district)
        return _Named(gradebook, rostering, groups, Links1p1(gradebook, rostering))

    def line_item(self, district: District, given: Json) -> Json:
        """With Skyward's own category, school and grading period."""
        return with_native_category(district, super().line_item(district, given))

    def result(self, district: District, given: Json) -> Json | None:
        """Without excluded scores."""
        return _result(district, given)
