"""What must come of a sample district: per item the state, code and refused scores of the first sync, and after it."""

from typing import Any

from deploy.local.sample.districts import SampleDistrict
from deploy.local.sample.plan import PlannedItem


def expected(sample: SampleDistrict) -> dict[str, Any]:
    """The document expected.json holds."""
    return {
        "tenant": sample.tenant,
        "edited_in_sis": dict(sample.edited),
        **({} if sample.mended is None else {"mended": dict(sample.mended)}),
        "sections": [
            {"section": section.id, "title": section.title, "items": [_item(item) for item in section.items]}
            for section in sample.sections
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
    if case.removed:
        told |= {"removed": True, "after": "ERROR", "after_code": "DELETE_BY_HAND"}
    if case.name != "usual":
        told["case"] = case.name
    return told
