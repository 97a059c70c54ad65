"""Calls to Infinite Campus and what each status means; "any" stands for every call.

Bases [D:IC-CONN], below the address that ends in /campus (added when it is not there):

    1.2 gradebook   api/ims/oneroster/gradebook/v1p2
    1.2 rostering   api/ims/oneroster/rostering/v1p2
    1.1 both        api/ims/oneroster/v1p1            [I]: sources leave a part out [D3:TESTER] [D3:GUIDES]

Newer hosts have the app's name in between [D3:GG4L-IC]: the options `oneroster_path` and `rostering_path` state it.
"""

from collections.abc import Mapping

from adapters.errors import DeliveryError, Misconfigured
from adapters.http import Reply
from adapters.infinite_campus.mapping import V12
from adapters.oneroster.calls import Actions, Told, gone
from adapters.oneroster.client import (
    COMMON,
    DELETE_ITEM,
    DELETE_SCORE,
    OPERATIONS,
    READ_CATEGORIES,
    READ_ITEM,
    READ_PERIODS,
    READ_SCORE,
    READ_SCORES,
    WORDS,
    WRITE_ITEM,
    WRITE_SCORE,
    by_hand,
    item_refused,
    permissions,
    score_or_item_gone,
    score_refused,
)

#: What a 403 lacks, as Campus's screens say it: the connection's kind is the district's [D:IC-LI], and rights follow
#: the teacher of the section [D:IC-PUSH].
RIGHTS = dict.fromkeys(OPERATIONS, "Grade Book Sync, and grading rights of the section's teacher")


def _unauthorised(reply: Reply, said: Told) -> DeliveryError:
    """The token, unless the answer speaks of the second header."""
    if said.mentions("vendor"):
        return Misconfigured("SIS_PARTNER_KEY_REFUSED")
    return Misconfigured("SIS_SIGN_IN_FAILED", {"status": str(reply.status)})


_ITEM = item_refused((*WORDS, ("SIS_REFUSED_DUE_DATE", (" term", "term "))))

#: (call, status) -> what happens next.
ACTIONS: Actions = {
    **COMMON,
    ("any", 401): _unauthorised,  # [D:IC-CONN] for the second header
    **permissions(RIGHTS | {READ_PERIODS: "Roster Sync"}),  # 403 [I]
    (READ_ITEM, 404): gone,
    (WRITE_ITEM, 404): gone,  # somebody deleted this id in Campus, or the section is unknown [I]
    (WRITE_ITEM, 400): _ITEM,
    (WRITE_ITEM, 409): _ITEM,
    (WRITE_ITEM, 422): _ITEM,  # category, term or title [I]
    (DELETE_ITEM, 404): gone,  # or a Campus without delete: the adapter looks
    (DELETE_ITEM, 405): by_hand("DELETE_BY_HAND"),  # several guides say: by hand [D3:SPPS]
    (DELETE_ITEM, 422): by_hand("DELETE_BY_HAND"),
    (DELETE_ITEM, 501): by_hand("DELETE_BY_HAND"),
    (READ_SCORES, 404): gone,
    (READ_SCORE, 404): gone,
    (WRITE_SCORE, 404): score_or_item_gone,  # dropped student, or deleted item [I]
    (WRITE_SCORE, 400): score_refused,
    (WRITE_SCORE, 409): score_refused,
    (WRITE_SCORE, 422): score_refused,
    (DELETE_SCORE, 404): gone,  # or a Campus without delete: the adapter looks
    (DELETE_SCORE, 405): by_hand("CLEAR_BY_HAND"),
    (DELETE_SCORE, 422): by_hand("CLEAR_BY_HAND"),
    (DELETE_SCORE, 501): by_hand("CLEAR_BY_HAND"),
    (READ_CATEGORIES, 404): gone,
    (READ_PERIODS, 404): gone,
}


def campus_of(base_url: str) -> str:
    """The address up to /campus, which is added where it is missing."""
    head, found, _ = f"{base_url.rstrip('/')}/".partition("/campus/")
    return f"{head.rstrip('/')}/campus" if found else f"{base_url.rstrip('/')}/campus"


def bases(campus: str, door: str, options: Mapping[str, str]) -> tuple[str, str]:
    """Where gradebook and rostering calls go."""
    v12 = door == V12
    gradebook = options.get(
        "oneroster_path", "api/ims/oneroster/gradebook/v1p2" if v12 else "api/ims/oneroster/v1p1"
    )
    rostering = options.get("rostering_path", "api/ims/oneroster/rostering/v1p2" if v12 else gradebook)
    return f"{campus}/{gradebook.strip('/')}", f"{campus}/{rostering.strip('/')}"
