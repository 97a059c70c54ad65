"""Who plays in the demo: the samples' events and what is expected of them, of the chosen sections."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.local.evidence import Pair
from deploy.local.oracle import Expectation
from deploy.local.sample.districts import SampleDistrict, districts
from schemas.gradebook import GradebookChange, Sis
from schemas.jsonlines import LineRefused, read_lines

#: The large district plays with this one's sections, or fewer.
LARGE = Sis.ESCHOOLPLUS


@dataclass(frozen=True, slots=True)
class Cast:
    """One district: its events and expectations, of the chosen sections only."""

    sample: SampleDistrict
    changes: list[GradebookChange]
    expected: dict[str, Any]
    sections: list[str]

    def items(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(section, what is expected of an item)."""
        for section in self.expected["sections"]:
            for item in section["items"]:
                yield section["section"], item

    def clicked(self) -> list[Pair]:
        """Items a click on their section syncs or refuses."""
        return [(name, one["item"]) for name, one in self.items() if one["state"] in ("SUCCESSFUL", "ERROR")]

    def expectations(self, *, after: bool) -> dict[Pair, Expectation]:
        """What expected.json says of each item: of the first sync, or `after` what follows it in the story."""
        found: dict[Pair, Expectation] = {}
        for section, item in self.items():
            if after and "after" in item:
                found[section, item["item"]] = Expectation(item["after"], item.get("after_code"))
            else:
                told = (item["state"], item.get("code"), item.get("problems", 0))
                found[section, item["item"]] = Expectation(*told)
        return found


def casts(systems: Sequence[Sis], sections: int) -> list[Cast]:
    """The districts of these systems; of the large one the first `sections`, those of the story first."""
    chosen = [sample for sample in districts() if sample.sis in systems]
    return [cast(sample, sections if sample.sis is LARGE else len(sample.sections)) for sample in chosen]


def cast(sample: SampleDistrict, count: int) -> Cast:
    """The district with `count` of its sections."""
    expected = json.loads((sample.folder / "expected.json").read_text())
    names = [section["section"] for section in expected["sections"]]
    parts = [expected[part]["section"] for part in ("edited_in_sis", "mended") if part in expected]
    chosen = list(dict.fromkeys([names[0], *parts, *names]))[:count]
    expected["sections"] = [one for one in expected["sections"] if one["section"] in chosen]
    changes = []
    for line in read_lines((sample.folder / "changes.jsonl").read_text().splitlines(), 0, "changes.jsonl"):
        if isinstance(line, LineRefused):
            raise line
        if line.change.section in chosen:
            changes.append(line.change)
    return Cast(sample, changes, expected, [name for name in names if name in chosen])
