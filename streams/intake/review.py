"""What a sync would do with each item, for a teacher to approve. Pure, and writes nothing to the SIS."""

from collections.abc import Iterable

from schemas.gradebook import ItemKind
from schemas.results import ReviewedItem, shown_title
from schemas.state import ItemState, SectionState
from streams.intake.fold import whole_content
from streams.intake.route import Asked, Place, route
from streams.rules.district_view import DistrictView
from streams.rules.limits import lost_marks

Items = Iterable[tuple[Place, ItemState]]


def review(
    section: SectionState, items: Items, district: DistrictView | None, asked: Asked
) -> tuple[ReviewedItem, ...]:
    """One answer per item, in the order given. Deleted items that never were in the SIS are left out."""
    return tuple(
        _reviewed(place, section, state, district, asked)
        for place, state in items
        if state.routed or not state.deleted
    )


def _reviewed(
    place: Place, section: SectionState, state: ItemState, district: DistrictView | None, asked: Asked
) -> ReviewedItem:
    decided = route(place, section, state, district, asked)
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
