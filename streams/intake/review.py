"""What a sync would do with each item, for a teacher to approve. Pure, and writes nothing to the SIS."""

from collections.abc import Iterable
from dataclasses import replace

from schemas.codec import TooLarge, encode
from schemas.gradebook import ItemKind
from schemas.results import ReviewedItem, SectionReview, shown_title
from schemas.state import ItemState, SectionState
from streams.intake.fold import whole_content
from streams.intake.route import Asked, Place, route
from streams.rules.district_view import DistrictView
from streams.rules.limits import lost_marks

Items = Iterable[tuple[Place, ItemState]]
#: Items listed in one answer, when they fit: with titles cut as shown, some 400 bytes each.
REVIEWED_AT_MOST = 2_000


def answer(
    tenant: str,
    section: str,
    question: str,
    state: SectionState,
    items: Items,
    district: DistrictView | None,
    asked: Asked,
) -> bytes:
    """The encoded answer: one row per item in the order given, and how many there are when there is no room for all.

    Deleted items that never were in the SIS are left out.
    """
    rows: list[ReviewedItem] = []
    total = 0
    for place, item in items:
        if item.deleted and not item.routed:
            continue
        total += 1
        if total <= REVIEWED_AT_MOST:
            rows.append(_reviewed(place, state, item, district, asked))
    while True:
        review = SectionReview(
            tenant=tenant, section=section, review=question, at=asked.now, total=total, items=tuple(rows)
        )
        try:
            return encode(review)
        except TooLarge:
            del rows[len(rows) // 2 :]


def _reviewed(
    place: Place, section: SectionState, state: ItemState, district: DistrictView | None, asked: Asked
) -> ReviewedItem:
    # an approval releases what the brake holds
    decided = route(place, section, replace(state, held=False), district, asked)
    content = whole_content(state)
    desired = decided.desired
    return ReviewedItem(
        item=place.item,
        title=shown_title(content.title) if content else place.item,
        kind=content.kind if content else ItemKind.ASSIGNMENT,
        version=state.version,
        fingerprint=desired.fingerprint if desired else "",
        deleted=state.deleted,
        code=decided.result.code,
        params=decided.result.params,
        sis_category=desired.sis_category if desired else None,
        due_date=desired.due_date if desired else None,
        lost=lost_marks(content.extra_credit, content.scores or (), district.lost)
        if content and district
        else (),
    )
