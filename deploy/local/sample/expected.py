"""What must come of the sample: per item the state, code and refused scores of the first sync, and who is corrected."""

from typing import Any

from deploy.local.sample.events import TENANT
from deploy.local.sample.plan import PlannedItem, school

#: The story the demo tells after the first sync: an edit made in the SIS, and a mistake mended.
EDITED = {"section": "alg1-1", "item": "alg1-1-07", "points_in_sis": 90.0}
MENDED = {"section": "chem-5", "category": "Lab notebook", "sis_category": "LAB"}


def expected() -> dict[str, Any]:
    """The document expected.json holds."""
    return {
        "tenant": TENANT,
        "edited_in_sis": EDITED,
        "mended": MENDED,
        "sections": [
            {"section": section.id, "title": section.title, "items": [_item(item) for item in section.items]}
            for section in school()
        ],
    }


def _item(item: PlannedItem) -> dict[str, Any]:
    case = item.case
    told: dict[str, Any] = {"item": item.id, "state": case.state}
    if case.code:
        told["code"] = case.code
    if case.problems:
        told["problems"] = case.problems
    if case.corrected:
        told["after"] = "SUCCESSFUL"
    if case.name != "usual":
        told["case"] = case.name
    return told
