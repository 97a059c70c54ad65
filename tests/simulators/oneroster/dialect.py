"""How one version of OneRoster, in the hands of one SIS, reads and words things.

:class:`Dialect` is 1.2 as the standard has it; :mod:`tests.simulators.oneroster.v1p1` is 1.1, and a SIS
overrides what it does otherwise.
"""

from tests.simulators.call import Reply
from tests.simulators.oneroster import bodies
from tests.simulators.oneroster.bodies import Shape
from tests.simulators.oneroster.errors import RefusalError, refusal_reply
from tests.simulators.oneroster.rendering import Links
from tests.simulators.world import District, Json


class Dialect:
    """OneRoster 1.2; each attribute and method is a place where real systems differ."""

    version = "v1p2"
    line_item_shape: Shape = bodies.LINE_ITEM
    result_shape: Shape = bodies.RESULT
    #: What a score of somebody who is not enrolled is answered with.
    not_enrolled = 422

    def links(self, gradebook: str, rostering: str) -> Links:
        """References and replies in this dialect."""
        return Links(gradebook, rostering)

    def scopes(self, standard: tuple[str, ...]) -> frozenset[str]:
        """The scopes that open an operation, from those of 1.2."""
        return frozenset(standard)

    def student(self, sourced_id: str) -> str:
        """The student behind an id on the wire."""
        return sourced_id

    def line_item(self, _district: District, given: Json) -> Json:
        """Checked fields of a line item, completed to those of 1.2."""
        return given

    def result(self, _district: District, given: Json) -> Json | None:
        """Checked fields of a result, completed to those of 1.2; None is taken and thrown away."""
        return given

    def refusal(self, refusal: RefusalError, *, wrapped: bool) -> Reply:
        """A refusal as it goes over the wire."""
        return refusal_reply(refusal, wrapped=wrapped)
