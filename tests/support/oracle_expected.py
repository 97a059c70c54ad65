"""What must have become of the accepted events, by brute force: every register belongs to its highest stamp."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.support.oracle_log import Accepted, Kind, Sent
from tests.support.oracle_topics import StateRow

Stamp = tuple[int, str]
NEVER: Stamp = (-1, "")


@dataclass(slots=True)
class Item:
    """An item after all its events, whatever order they stood in."""

    fields: Stamp = NEVER
    title: str = ""
    listed: Stamp = NEVER
    life: Stamp = NEVER
    deleted: bool = False
    scores: dict[str, tuple[Stamp, float | None]] = field(default_factory=dict)
    syncable: bool = True

    def points(self) -> dict[str, float | None]:
        """Student -> points."""
        return {student: points for student, (_, points) in self.scores.items()}


def fold(events: Iterable[Accepted]) -> Item:
    """One item's events folded."""
    item = Item()
    sent = [one.sent for one in events]
    for one in sent:
        if one.kind is Kind.ITEM and one.stamp > item.fields:
            item.fields, item.title, item.syncable = one.stamp, one.title, one.syncable
        if one.kind in {Kind.DELETED, Kind.RESTORED} and one.stamp > item.life:
            item.life, item.deleted = one.stamp, one.kind is Kind.DELETED
    lists = [one for one in sent if one.kind is Kind.ITEM and one.scores is not None]
    newest = max(lists, key=lambda one: one.stamp, default=None)
    if newest is not None:
        item.listed = newest.stamp
        item.scores = {student: (newest.stamp, points) for student, points in newest.scores or ()}
    for one in sent:
        if one.kind is Kind.SCORES and one.stamp > item.listed:
            _overlay(item, one)
    return item


def _overlay(item: Item, later: Sent) -> None:
    for student, points in later.scores or ():
        before = item.scores.get(student)
        if before is None or later.stamp >= before[0]:
            item.scores[student] = (later.stamp, points)


def has_heard(row: StateRow, sent: Sent) -> bool:
    """Whether a row of gradebook.state knows of the event, or of a newer one in its place."""
    match sent.kind:
        case Kind.ITEM:
            lists = sent.scores is None or row.stamps["scores_"] >= sent.stamp
            return row.stamps[""] >= sent.stamp and lists
        case Kind.SCORES:
            listed = row.stamps["scores_"]
            return all(
                max(listed, row.stamps.get(f"patch {student}", NEVER)) >= sent.stamp
                for student, _ in sent.scores or ()
            )
        case Kind.DELETED | Kind.RESTORED:
            return row.stamps["life_"] >= sent.stamp
        case Kind.BOUND:
            return row.stamps["binding_"] >= sent.stamp
        case Kind.MAPPING:
            return row.stamps["mapping_"] >= sent.stamp
        case _:
            return True


def state_points(state: dict[str, Any]) -> dict[str, float | None]:
    """The scores a whole ItemState stands for: its list, and each later score by itself."""
    content = state["content"] or {}
    points = {score["student"]: score["points"] for score in content.get("scores") or ()}
    return points | {patch["score"]["student"]: patch["score"]["points"] for patch in state["patches"]}


def desired_points(desired: dict[str, Any]) -> dict[str, float | None]:
    """The scores on a DesiredItem."""
    return {score["student"]: score["points"] for score in desired["content"]["scores"] or ()}
