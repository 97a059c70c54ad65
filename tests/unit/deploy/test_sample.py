"""The sample district: generated, read by the product's own readers, and right about what the rules will say."""

import json
from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from deploy.local.gradebooks import folded
from deploy.local.sample import files
from deploy.local.sample.plan import SAMPLE, cases, school
from schemas.gradebook import GradebookChange, ItemKind, MappingChanged, ScoreFlag, SectionBound
from schemas.jsonlines import Line, read_lines
from streams import district_file
from streams.rules.district_view import DistrictView
from streams.rules.verdict import Accepted, decide
from tests.simulators.seeding import district_from


@cache
def changes() -> tuple[GradebookChange, ...]:
    read = list(read_lines((SAMPLE / "changes.jsonl").read_text().splitlines(), 0, "changes.jsonl"))
    assert [one for one in read if not isinstance(one, Line)] == []
    return tuple(one.change for one in read if isinstance(one, Line))


@cache
def expected() -> dict[tuple[str, str], dict[str, Any]]:
    document = json.loads((SAMPLE / "expected.json").read_text())
    return {
        (section["section"], item["item"]): item
        for section in document["sections"]
        for item in section["items"]
    }


@cache
def sections() -> dict[str, Any]:
    return dict(folded(changes()))


def test_the_files_are_what_the_generator_writes() -> None:
    assert files.differing() == []


def test_it_is_as_large_as_it_says() -> None:
    sizes = [len(section.items) for section in school()]
    students = {seat.id for section in school() for seat in section.seats}
    assert (len(sizes), len(students), sizes[0]) == (12, 300, 35)
    assert all(15 <= size <= 25 for size in sizes[1:])
    assert {item.kind for section in school() for item in section.items} == set(ItemKind)


def test_the_district_file_and_the_seed_are_read_without_complaint() -> None:
    config = district_file.read(SAMPLE / "district.toml")
    simulated = district_from(json.loads((SAMPLE / "sis.json").read_text()))
    assert config.tenant == simulated.code
    assert config.time_zone == str(simulated.timezone)
    assert {row.id for row in config.categories} == {row.sourced_id for row in simulated.categories.of()}
    assert {period.id for period in config.schools[0].marking_periods} == {
        name for name, session in simulated.sessions.items() if session.kind == "gradingPeriod"
    }


def test_expected_covers_every_item_and_every_case_names_one() -> None:
    known = {(name, item) for name, section in folded(changes()).items() for item in section.items}
    assert set(expected()) == known
    titles = {(section.id, item.title) for section in school() for item in section.items}
    assert {(case.section, case.title) for case in cases()} <= titles


def test_titles_are_told_apart_within_a_section() -> None:
    for section in school():
        titles = [item.title for item in section.items]
        assert len(titles) == len(set(titles))


def test_the_rules_say_of_each_item_what_is_expected() -> None:
    view = DistrictView.of(district_file.read(SAMPLE / "district.toml"))
    bindings = {one.section: one.change for one in changes() if isinstance(one.change, SectionBound)}
    mappings: dict[str, dict[str, str]] = defaultdict(dict)
    for one in changes():
        if isinstance(one.change, MappingChanged):
            mappings[one.section] = {row.category: row.sis_category for row in one.change.categories}
    for (name, item), told in expected().items():
        content = sections()[name].items[item].content
        assert content is not None
        verdict = decide(content, bindings[name], mappings[name], view)
        code = None if isinstance(verdict, Accepted) else verdict.first.code
        if told["state"] == "NOT_YET_SYNCED":
            assert code == "ITEM_UNPUBLISHED"
        elif told.get("code") == "SCORES_NOT_ACCEPTED":
            assert code is None  # only the SIS knows
        else:
            assert code == told.get("code"), (name, item)


def test_the_real_class_is_carried_as_it_was() -> None:
    told = [json.loads(line) for line in (SAMPLE / "real_class.jsonl").read_text().splitlines()]
    items = list(sections()["bio7-2"].items.values())
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
def test_nobody_has_a_name(name: str) -> None:
    text = (SAMPLE / name).read_text().lower()
    assert not [word for word in ("givenname", "familyname", "first_name", "last_name", "@") if word in text]
