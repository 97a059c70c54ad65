"""The sample districts: the large one on eSchoolPLUS, and a small one on each of the other systems (small.toml)."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from deploy.local.sample.doors import DOORS, PORT, Door
from deploy.local.sample.plan import HERE, SAMPLE, Case, PlannedSection, school, section_of
from schemas.gradebook import Sis

#: Students of a section of a small district.
FEW = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCategory:
    """A category of the SIS. Not `active`: somebody switched it off."""

    id: str
    title: str
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDistrict:
    """A district of one school. `edited` is an edit made in its SIS, `mended` a mapping its teacher puts right."""

    sis: Sis
    tenant: str
    title: str
    school: str
    sis_school: str
    school_title: str
    categories: tuple[SampleCategory, ...]
    sections: tuple[PlannedSection, ...]
    edited: Mapping[str, Any]
    mended: Mapping[str, str] | None = None

    @property
    def door(self) -> Door:
        """How it is reached."""
        return DOORS[self.sis]

    @property
    def port(self) -> int:
        """Where `make up` puts its simulator."""
        return PORT + list(DOORS).index(self.sis)

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return SAMPLE if self.sis is Sis.ESCHOOLPLUS else SAMPLE / self.sis.lower()

    def wire_category(self, section: PlannedSection, category: str) -> str:
        """What the SIS calls a category in its API: in PowerSchool each teacher has a copy with a number of its own."""
        if self.sis is not Sis.POWERSCHOOL:
            return category
        names = [one.id for one in self.categories]
        return f"{section.teacher}{names.index(category) + 1:02d}"

    def offered(self, section: PlannedSection) -> list[SampleCategory]:
        """The categories a section's gradebook has."""
        return [one for one in self.categories if section.offered is None or one.id in section.offered]


@cache
def districts() -> tuple[SampleDistrict, ...]:
    """All of them, in the order of their ports."""
    found = {one.sis: one for one in (_lakeside(), *_small())}
    return tuple(found[sis] for sis in DOORS)


def _lakeside() -> SampleDistrict:
    titles = {
        "HW": "Homework",
        "CLASS": "Classwork",
        "QUIZ": "Quizzes",
        "TEST": "Tests",
        "LAB": "Labs",
        "PROJ": "Projects",
        "PART": "Participation",
    }
    return SampleDistrict(
        sis=Sis.ESCHOOLPLUS,
        tenant="lakeside",
        title="Lakeside School District (sample)",
        school="cedar-ridge",
        sis_school="1200",
        school_title="Cedar Ridge School",
        categories=tuple(SampleCategory(id=name, title=title) for name, title in titles.items()),
        sections=school(),
        edited={"section": "alg1-1", "item": "alg1-1-07", "set": {"points": 90.0}},
        mended={"section": "chem-5", "category": "Lab notebook", "sis_category": "LAB"},
    )


def _small() -> Iterator[SampleDistrict]:
    position = len(school())
    for row in tomllib.loads((HERE / "small.toml").read_text())["district"]:
        awkward = [Case(**case) for case in row.pop("case")]
        rows = row.pop("section")
        sections = tuple(section_of(one, position + place, awkward, FEW) for place, one in enumerate(rows))
        position += len(rows)
        edited, categories = row.pop("edited"), row.pop("categories")
        yield SampleDistrict(
            **row | {"sis": Sis(row["sis"])},
            categories=tuple(SampleCategory(**one) for one in categories),
            sections=sections,
            edited=_named(edited, sections),
        )


def _named(edited: dict[str, Any], sections: tuple[PlannedSection, ...]) -> dict[str, Any]:
    """The edit with its item's id in place of its title."""
    items = {(one.id, item.title): item.id for one in sections for item in one.items}
    place = edited["section"]
    return {"section": place, "item": items[place, edited["title"]], "set": edited["set"]}
