"""A review joined with the status rows: create, update, delete, nothing, or cannot and why. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from schemas.gradebook import Sis
from schemas.results import ReviewedItem, SectionReview, StatusRow
from streams.web.render import explained, moment

#: Field -> the parameter of the refusal that holds it. Both are changed in the LMS: the flow is one-way.
_SUGGESTED = (("due_date", "nearest"), ("title", "suggestion"))


class Would(StrEnum):
    """What a sync would do with an item."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    NOTHING = "nothing"
    CANNOT = "cannot"


def would(item: ReviewedItem, row: StatusRow | None) -> Would:
    """`row`: the item's row as it is now; None while it has none."""
    if item.code is not None:
        return Would.CANNOT
    if not item.fingerprint:
        return Would.NOTHING  # a draft: left alone
    if row is not None and row.last_success_fingerprint == item.fingerprint:
        return Would.NOTHING
    if item.deleted:
        return Would.DELETE
    return Would.CREATE if row is None or row.last_success_at is None else Would.UPDATE


def joined(review: SectionReview, rows: Mapping[str, StatusRow], sis: Sis | None) -> dict[str, Any]:
    """The answer's fields (models.Review)."""
    items = [_item(one, rows.get(one.item), sis) for one in review.items]
    return {
        "tenant": review.tenant,
        "section": review.section,
        "review": review.review,
        "at": moment(review.at),
        "total": review.total,
        "would": {word.value: sum(item["would"] == word for item in items) for word in Would},
        "items": items,
    }


def _item(item: ReviewedItem, row: StatusRow | None, sis: Sis | None) -> dict[str, Any]:
    return {
        "item": item.item,
        "title": item.title,
        "kind": item.kind.lower(),
        "would": would(item, row),
        "fingerprint": item.fingerprint,
        "deleted": item.deleted,
        "sis_category": item.sis_category,
        "due_date": item.due_date,
        "lost": list(item.lost),
        "error": None if item.code is None else explained(item.code, item.params, sis),
        "suggested": {name: item.params[told] for name, told in _SUGGESTED if told in item.params},
    }


def changed_since(pinned: Mapping[str, str], now: SectionReview) -> list[dict[str, Any]]:
    """Of what a teacher approved, what is not any more as it was shown. Empty: all of it still is."""
    found = {item.item: item for item in now.items}
    changes = []
    for item, fingerprint in pinned.items():
        is_now = found.get(item)
        if is_now is None or is_now.code is not None or is_now.fingerprint != fingerprint:
            changes.append(
                {
                    "item": item,
                    "approved": fingerprint,
                    "fingerprint": is_now.fingerprint if is_now else None,
                    "title": is_now.title if is_now else None,
                    "due_date": is_now.due_date if is_now else None,
                    "sis_category": is_now.sis_category if is_now else None,
                    "code": is_now.code if is_now else None,
                }
            )
    return changes
