"""Refusals and their bodies [D:1ED12] [D:1ED-ERR].

The body is an ``imsx_StatusInfo`` object, flat as the OpenAPI file has it, or wrapped in that name as some
real servers do [D3:NAHI]. ``invalid_sort_field`` of [D:1ED-ERR] is not in the vocabulary of the 1.2 OpenAPI
file, so a bad ``sort`` is answered with ``invalid_selection_field`` like a bad ``fields``.
"""

import json

from tests.simulators.call import Reply
from tests.simulators.world import Json

MINOR_OF = {
    400: "invaliddata",
    401: "unauthorisedrequest",
    403: "forbidden",
    404: "unknownobject",
    405: "invaliddata",
    422: "invaliddata",
    429: "server_busy",
    502: "server_busy",
    503: "server_busy",
    504: "server_busy",
}


class RefusalError(Exception):
    """The gradebook says no; ``offenders`` names the single objects of a bulk body."""

    def __init__(
        self,
        status: int,
        description: str,
        minor: str | None = None,
        offenders: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.minor = minor or MINOR_OF.get(status, "internal_server_error")
        self.offenders = offenders


def refusal_reply(refusal: RefusalError, *, wrapped: bool) -> Reply:
    """The refusal as it goes over the wire."""
    named = refusal.offenders or (("TargetEndSystem", refusal.minor),)
    info: Json = {
        "imsx_codeMajor": "unsupported" if refusal.status == 405 else "failure",
        "imsx_severity": "error",
        "imsx_description": refusal.description,
        "imsx_CodeMinor": {
            "imsx_codeMinorField": [
                {"imsx_codeMinorFieldName": name, "imsx_codeMinorFieldValue": minor} for name, minor in named
            ]
        },
    }
    body = {"imsx_StatusInfo": info} if wrapped else info
    return Reply(refusal.status, json.dumps(body).encode(), {"Content-Type": "application/json"})
