"""Where Campus differs from the standard, by version (sis-apis 4.4 and 4.5)."""

from tests.simulators.oneroster.dialect import Dialect
from tests.simulators.oneroster.rendering import Links
from tests.simulators.oneroster.v1p1 import Dialect1p1, Links1p1
from tests.simulators.world import District, Json

#: The one category that 1.1 shows, whatever the teacher has [D:IC-PUSH].
ALL_ONES = "11111111-1111-1111-1111-111111111111"
_PREFIX = {"student": "s", "teacher": "t"}


class Links12(Links):
    """1.2 has other ids of users than 1.1, and tells the old one in ``metadata`` [D:IC-12]; its key is [I]."""

    def shaped(self, kind: str, body: Json) -> Json:
        """A user with the id that 1.1 has for it."""
        if kind != "user":
            return body
        legacy = f"{_PREFIX[str(body['givenName'])]}{body['sourcedId']}"
        return body | {"metadata": {"legacySourcedId": legacy}}


class Links11(Links1p1):
    """Prefixed ids of users, and one category for all work."""

    def name(self, kind: str, sourced_id: str) -> str:
        """What a thing is called in 1.1."""
        if kind == "category":
            return ALL_ONES
        return f"{_PREFIX.get(kind, '')}{sourced_id}"


class PlainLinks11(Links1p1):
    """One category for all work; ids of users as in 1.2."""

    def name(self, kind: str, sourced_id: str) -> str:
        """What a thing is called in 1.1."""
        return ALL_ONES if kind == "category" else sourced_id


class Campus12(Dialect):
    """OneRoster 1.2 of Campus."""

    #: A student who was dropped is not in Campus (sis-apis 8.2).
    not_enrolled = 404

    def links(self, gradebook: str, rostering: str) -> Links:
        """References and replies of Campus 1.2."""
        return Links12(gradebook, rostering)


class Campus11(Dialect1p1):
    """OneRoster 1.1 of Campus: a category says nothing, the teacher picks one at the screen."""

    not_enrolled = 404

    def __init__(self, district: District) -> None:
        self._district = district

    def links(self, gradebook: str, rostering: str) -> Links:
        """References and replies of Campus 1.1."""
        made = Links11 if self._district.switches.campus_user_prefixes else PlainLinks11
        return made(gradebook, rostering)

    def student(self, sourced_id: str) -> str:
        """The student behind a prefixed id; one without the prefix is nobody."""
        if not self._district.switches.campus_user_prefixes:
            return sourced_id
        return sourced_id[1:] if sourced_id.startswith(_PREFIX["student"]) else ""

    def line_item(self, district: District, given: Json) -> Json:
        """The category the teacher picked before, the district's default, or uncategorised [D:IC-PUSH]."""
        before = district.line_items.get(str(given["sourcedId"]))
        default = district.switches.campus_default_category or ALL_ONES
        category = before.category_id if before else default
        return super().line_item(district, given) | {"category": category}
