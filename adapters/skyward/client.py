"""Calls to Skyward's OneRoster and what each status means; "any" stands for every call.

Skyward names a refusal in words [D3:CANVAS-SKY] [D3:OTUS-SKY]: "invalid assignment group" is the category, "name" the
title, "whole" the maximum.
"""

from adapters.errors import DeliveryError, Refused
from adapters.http import Reply
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

#: What Skyward's refusals say -> the teacher's code; the first that fits counts.
SAID = (
    ("SIS_REFUSED_CATEGORY", ("assignment group",)),
    ("POINTS_NOT_WHOLE", ("whole", "max score", "maximum")),
    ("SECTION_NOT_IN_SIS", ("sectionid",)),  # the Generic API names its field [D3:RQ]
    *WORDS,
    ("SIS_REFUSED_TITLE", ("name",)),
)
_said = item_refused(SAID)


def refused(reply: Reply, said: Told) -> DeliveryError:
    """A refused item; in a closed grading period only a grade change request helps [I] over [D3:RQ]."""
    if said.mentions("closed"):
        return Refused("SIS_REFUSED_DUE_DATE", {"cause": "closed"})
    return _said(reply, said)


#: (call, status) -> what happens next.
ACTIONS: Actions = {
    **COMMON,  # 401 signs in again
    **permissions(OPERATIONS),  # [I]
    (READ_ITEM, 404): gone,
    (WRITE_ITEM, 404): gone,  # somebody deleted this id in Skyward, or the section is unknown [I]
    (WRITE_ITEM, 400): refused,
    (WRITE_ITEM, 409): refused,
    (WRITE_ITEM, 422): refused,
    (DELETE_ITEM, 404): gone,  # or a Skyward without delete: the adapter looks
    (DELETE_ITEM, 405): by_hand("DELETE_BY_HAND"),
    (DELETE_ITEM, 422): by_hand("DELETE_BY_HAND"),
    (DELETE_ITEM, 501): by_hand("DELETE_BY_HAND"),
    (READ_SCORES, 404): gone,
    (READ_SCORE, 404): gone,
    (WRITE_SCORE, 404): score_or_item_gone,
    (WRITE_SCORE, 400): score_refused,
    (WRITE_SCORE, 409): score_refused,
    (WRITE_SCORE, 422): score_refused,
    (DELETE_SCORE, 404): gone,  # or a Skyward without delete: the adapter looks
    (DELETE_SCORE, 405): by_hand("CLEAR_BY_HAND"),
    (DELETE_SCORE, 422): by_hand("CLEAR_BY_HAND"),
    (DELETE_SCORE, 501): by_hand("CLEAR_BY_HAND"),
    (READ_CATEGORIES, 404): gone,
    (READ_PERIODS, 404): gone,
}
