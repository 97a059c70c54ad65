"""What a SIS committed, held against what was accepted. The witness is the simulator's own commit log.

An LMS item is known in the SIS by its title, which begins with the item's name; the version stands at its end.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.oracle_expected import Item
from tests.support.oracle_log import ItemId

_AS_OF = " as of "


@dataclass(slots=True)
class Deliveries:
    """`twice`: items created more than once. `back`: commits of an older version after a newer one. `wrong`: items
    whose last commits are not the newest accepted title and scores; missing ones are wrong too.
    """

    commits: int = 0
    twice: set[str] = field(default_factory=set)
    back: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Each item is there once, as last accepted, and was never put back."""
        return not (self.twice or self.back or self.wrong)


def judge_deliveries(commits: Iterable[Mapping[str, Any]], expected: Mapping[ItemId, Item]) -> Deliveries:
    """Read the commits in their order."""
    found = Deliveries()
    items: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    scores: dict[str, dict[str, float | None]] = defaultdict(dict)
    for commit in commits:
        found.commits += 1
        content = commit["content"] or {}
        if commit["kind"] == "lineItem" and content:
            items[content["title"].partition(_AS_OF)[0]].append(commit)
        elif commit["kind"] == "result" and content:
            scores[content["lineItem"]][content["student"]] = content["score"]
    for (_, _, name), want in expected.items():
        _judge(found, name, want, items.get(name, []), scores)
    return found


def _judge(
    found: Deliveries,
    name: str,
    want: Item,
    commits: list[Mapping[str, Any]],
    scores: Mapping[str, Mapping[str, float | None]],
) -> None:
    if not commits:
        found.wrong[name] = "never delivered"
        return
    if len({commit["sourcedId"] for commit in commits if commit["created"]}) > 1:
        found.twice.add(name)
    versions = [int(commit["content"]["title"].partition(_AS_OF)[2]) for commit in commits]
    found.back += [name for older, newer in itertools.pairwise(versions) if newer < older]
    if commits[-1]["content"]["title"] != want.title:
        found.wrong[name] = f"{commits[-1]['content']['title']}, not {want.title}"
    elif dict(scores[commits[-1]["sourcedId"]]) != want.points():
        found.wrong[name] = f"{dict(scores[commits[-1]['sourcedId']])}, not {want.points()}"
