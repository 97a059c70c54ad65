"""What can go wrong with a call to a SIS, named by what happens next.

    DeliveryError
        Retry               by itself, later: `after` seconds at least, when the SIS said so
            UnknownOutcome  the same, but the call may have taken effect: an idempotent write is sent again, any
                            other is looked up first
        Refused             not before the content changes: a code and its values for the teacher
        Gone                the SIS has no such object: the protocol knows what that means for this step
        Misconfigured       not before the administrator acts, or slowly: `whole_district` when every call would fail

Texts are codes of the catalog. No error carries a URL, header, body or anything a student could be known by: it
is raised `from None` where the foreign error could.
"""

from collections.abc import Mapping


class DeliveryError(Exception):
    """`code` is one of schemas/catalog.toml, `params` the values of its message."""

    def __init__(self, code: str, params: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.params = dict(params or {})


class Retry(DeliveryError):
    """`after`: seconds the SIS asked for, already capped; None when it did not.

    `breaks` is false when the SIS answered sensibly (429): such an answer says nothing about its health. `alone`:
    `after` is this item's own wait, and the district's others need not stand still for it.
    """

    def __init__(
        self, code: str, after: float | None = None, *, breaks: bool = True, alone: bool = False
    ) -> None:
        super().__init__(code)
        self.after = after
        self.breaks = breaks
        self.alone = alone


class UnknownOutcome(Retry):
    """Sent, and no answer that says whether it took effect: a timeout, a reset, a 5xx."""


class Refused(DeliveryError):
    """The SIS looked at it and said no."""


class Gone(DeliveryError):
    """404, or an object marked to be deleted."""

    def __init__(self) -> None:
        super().__init__("DELETED_IN_SIS")


class Misconfigured(DeliveryError):
    """Sign-in, permission, address, secret: nothing a teacher can change."""

    def __init__(
        self, code: str, params: Mapping[str, str] | None = None, *, whole_district: bool = True
    ) -> None:
        super().__init__(code, params)
        self.whole_district = whole_district
