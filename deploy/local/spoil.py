"""Damage done to a simulated SIS behind everybody's back: the demo's counting must find it."""

import json
import urllib.request
from collections.abc import Callable, Mapping

from deploy.local.player import Player


def score(player: Player) -> None:
    """Take away one score, as a SIS that forgets would."""
    cell = next(one for one in player.in_sis("gradebook")["scores"] if one["value"] is not None)
    edit = {"action": "delete_score", "lineItem": cell["item"], "student": cell["student"]}
    player.in_sis("edit", edit)


def item(player: Player) -> None:
    """Create one assignment again, as a vendor would that re-sends a create whose reply was lost. Aeries only."""
    standing = player.in_sis("gradebook")["items"][0]
    body = {
        "Description": standing["title"],
        "AssignmentCategoryCode": standing["categoryKey"],
        "DateDue": standing["dueDate"],
        "PointsPossible": standing["points"],
        "CreateInLinkedGradebooksToo": False,
    }
    base = player.layout.district_url(player.cast.sample)
    (certificate,) = player.cast.sample.door.secrets.values()
    request = urllib.request.Request(  # noqa: S310 - loopback only
        f"{base}/api/v5/gradebooks/{standing['sectionKey']}/Assignments",
        data=json.dumps(body).encode(),
        headers={"AERIES-CERT": certificate, "Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310
        return


WAYS: Mapping[str, Callable[[Player], None]] = {"score": score, "item": item}
