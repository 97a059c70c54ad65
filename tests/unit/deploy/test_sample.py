"""The sample districts: generated, read by the product's own readers, and right about what the rules will say."""

import json
import tomllib
from collections import defaultdict
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from deploy.local.gradebooks import folded
from deploy.local.sample import files
from deploy.local.sample.calendar import TIME_ZONE
from deploy.local.sample.districts import FEW, SampleDistrict, districts
from deploy.local.sample.plan import HERE, SAMPLE, cases, school
from schemas.gradebook import GradebookChange, ItemKind, MappingChanged, ScoreFlag, SectionBound, Sis
from schemas.jsonlines import Line, read_lines
from streams import district_file
from streams.rules.district_view import DistrictView
from streams.rules.verdict import Accepted, decide
from tests.simulators.commit_log import CommitLog
from tests.simulators.neutral import directory
from tests.simulators.seeding import district_from
from tests.simulators.systems import SYSTEMS

ALL = districts()
LARGE = ALL[0]
each = pytest.mark.parametrize("sample", ALL, ids=lambda one: one.tenant)


@cache
def changes(folder: Path) -> tuple[GradebookChange, ...]:
    read = list(read_lines((folder / "changes.jsonl").read_text().splitlines(), 0, "changes.jsonl"))
    assert [one for one in read if not isinstance(one, Line)] == []
    return tuple(one.change for one in read if isinstance(one, Line))


@cache
def expected(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    document = json.loads((folder / "expected.json").read_text())
    return {
        (section["section"], item["item"]): item
        for section in document["sections"]
        for item in section["items"]
    }


@cache
def sections(folder: Path) -> dict[str, Any]:
    return dict(folded(changes(folder), TIME_ZONE))


def test_the_files_are_what_the_generator_writes() -> None:
    assert files.differing() == []


def test_it_is_as_large_as_it_says() -> None:
    sizes = [len(section.items) for section in school()]
    students = {seat.id for section in school() for seat in section.seats}
    assert (len(sizes), len(students), sizes[0]) == (12, 300, 35)
    assert all(15 <= size <= 25 for size in sizes[1:])
    assert {item.kind for section in school() for item in section.items} == set(ItemKind)


def test_the_small_districts_are_one_per_other_system_and_each_has_errors_of_its_own() -> None:
    assert [sample.sis for sample in ALL] == [LARGE.sis, *(sis for sis in Sis if sis is not LARGE.sis)]
    for sample in ALL[1:]:
        assert [len(section.items) >= 6 for section in sample.sections] == [True, True]
        assert {len(section.seats) for section in sample.sections} == {FEW}
        codes = {told.get("code") for told in expected(sample.folder).values()} - {None}
        assert 2 <= len(codes) <= 4


@each
def test_the_district_file_and_the_seed_are_read_without_complaint(sample: SampleDistrict) -> None:
    config = district_file.read(sample.folder / "district.toml")
    seed = json.loads((sample.folder / "sis.json").read_text())
    simulated = district_from(seed)
    assert config.tenant == simulated.code
    assert config.time_zone == str(simulated.timezone)
    assert config.sis.kind is sample.sis
    with closing(CommitLog()) as log:
        view = directory(simulated, SYSTEMS[sample.door.simulator]().open(simulated, log).naming)
    sections = view["sections"]
    assert isinstance(sections, list)
    assert {one["key"] for one in sections} == {section.sis_section for section in sample.sections}
    known = {row["key"] for one in sections for row in one["categories"]}
    assert {row.id for row in config.categories} == known
    assert {period.id for period in config.schools[0].marking_periods} == {
        name for name, session in simulated.sessions.items() if session.kind == "gradingPeriod"
    }


@each
def test_expected_covers_every_item(sample: SampleDistrict) -> None:
    known = {(name, item) for name, section in sections(sample.folder).items() for item in section.items}
    assert set(expected(sample.folder)) == known


def test_every_case_names_an_item() -> None:
    titles = {(one.id, item.title) for sample in ALL for one in sample.sections for item in one.items}
    told = {(item.case.section, item.case.title) for s in ALL for one in s.sections for item in one.items}
    rows = tomllib.loads((HERE / "small.toml").read_text())["district"]
    named = {(case["section"], case["title"]) for row in rows for case in row["case"]}
    assert {(case.section, case.title) for case in cases()} | named <= titles
    assert named <= told


@each
def test_titles_are_told_apart_within_a_section(sample: SampleDistrict) -> None:
    for section in sample.sections:
        titles = [item.title for item in section.items]
        assert len(titles) == len(set(titles))


#: What the rules cannot know: only the SIS does.
_SIS_ONLY = {"SCORES_NOT_ACCEPTED", "SIS_REFUSED_CATEGORY"}


@each
def test_the_rules_say_of_each_item_what_is_expected(sample: SampleDistrict) -> None:
    view = DistrictView.of(district_file.read(sample.folder / "district.toml"))
    told_events = changes(sample.folder)
    bindings = {one.section: one.change for one in told_events if isinstance(one.change, SectionBound)}
    mappings: dict[str, dict[str, str]] = defaultdict(dict)
    for one in told_events:
        if isinstance(one.change, MappingChanged):
            mappings[one.section] = {row.category: row.sis_category for row in one.change.categories}
    for (name, item), told in expected(sample.folder).items():
        content = sections(sample.folder)[name].items[item].content
        assert content is not None
        verdict = decide(content, bindings[name], mappings[name], view)
        code = None if isinstance(verdict, Accepted) else verdict.first.code
        if told["state"] == "NOT_YET_SYNCED":
            assert code == "ITEM_UNPUBLISHED"
        elif told.get("code") in _SIS_ONLY:
            assert code is None
        else:
            assert code == told.get("code"), (name, item)


def test_the_real_class_is_carried_as_it_was() -> None:
    told = [json.loads(line) for line in (SAMPLE / "real_class.jsonl").read_text().splitlines()]
    items = list(sections(SAMPLE)["bio7-2"].items.values())
    assert len(told) == len(items) == 35
    for one, item in zip(told, items, strict=True):
        score = item.scores["stu-001"]
        assert (item.content.title, item.content.due, item.content.points) == (
            one["title"],
            one["due"],
            one["points"],
        )
        assert score.points == one["score"]
        if "isexempt" in one["flags"]:
            assert score.flags == (ScoreFlag.EXCUSED,)
        elif one["score"] is None:
            assert score.flags == (ScoreFlag.COLLECTED,)
        else:
            assert score.flags == ((ScoreFlag.MISSING,) if "ismissing" in one["flags"] else ())


def test_the_real_class_is_the_one_that_was_given(third_party: Any) -> None:
    assert (SAMPLE / "real_class.jsonl").read_bytes() == (third_party / "real_class.jsonl").read_bytes()


@pytest.mark.parametrize("name", ["changes.jsonl", "district.toml", "sis.json"])
@each
def test_nobody_has_a_name(sample: SampleDistrict, name: str) -> None:
    text = (sample.folder / name).read_text().lower()
    assert not [word for word in ("givenname", "familyname", "first_name", "last_name", "@") if word in text]
