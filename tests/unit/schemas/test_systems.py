"""The five systems as data, and the page made of it."""

import re
from pathlib import Path

import pytest

from schemas.gradebook import ScoreFlag, Sis
from schemas.hours import Hours
from schemas.systems import MARKS, Holding, doors, flags_page, system

ROOT = Path(__file__).parents[3]
EVERY_DOOR = [(sis, door) for sis in Sis for door in doors(sis)]


def test_the_flags_page_is_what_the_data_says() -> None:
    assert (ROOT / "docs/flags.md").read_text() == flags_page()


def test_every_flag_of_a_score_is_a_mark() -> None:
    assert {flag.value.lower() for flag in ScoreFlag} <= set(MARKS)


@pytest.mark.parametrize(("sis", "door"), EVERY_DOOR)
def test_every_mark_of_every_door_is_decided_and_says_its_source(sis: Sis, door: str) -> None:
    one = system(sis, door)
    assert tuple(one.marks) == MARKS
    limits = {"title_max", "points_max", "whole_points", "due_required", "auth"}
    hours = {"concurrency", "peak_hours", "peak_concurrency"}
    assert set(one.sources) - hours == limits | {f"marks.{mark}" for mark in MARKS}
    if one.peak_hours is not None:
        Hours.parse(one.peak_hours)
    for source in one.sources.values():
        assert re.fullmatch(r"I|D3?:[A-Z0-9-]+( D3?:[A-Z0-9-]+)*", source)


@pytest.mark.parametrize(
    ("sis", "title_max", "whole"),
    [
        (Sis.POWERSCHOOL, 50, False),
        (Sis.ESCHOOLPLUS, 50, False),
        (Sis.SKYWARD, 49, True),
        (Sis.INFINITE_CAMPUS, 30, True),
        (Sis.AERIES, 255, False),
    ],
)
def test_the_published_limits(sis: Sis, title_max: int, whole: bool) -> None:
    assert (system(sis).title_max, system(sis).whole_points) == (title_max, whole)


def test_the_rule_that_a_due_date_is_compulsory_holds_for_every_system() -> None:
    assert all(system(sis).due_required for sis in Sis)


def test_the_names_in_teachers_texts() -> None:
    assert (system(Sis.ESCHOOLPLUS).long, system(Sis.ESCHOOLPLUS).short) == ("eSchoolPlus", "eSchool")


def test_a_door_changes_only_what_it_says() -> None:
    first, older = system(Sis.ESCHOOLPLUS), system(Sis.ESCHOOLPLUS, "oneroster-1.1")
    assert first.marks["late"] is Holding.NATIVE
    assert older.marks["late"] is Holding.LOST
    assert older.marks["comment"] is first.marks["comment"]


def test_an_unknown_door_is_an_error() -> None:
    with pytest.raises(KeyError):
        system(Sis.AERIES, "oneroster-9")


def test_a_system_is_built_once() -> None:
    assert system(Sis.AERIES) is system(Sis.AERIES)


def test_an_option_of_the_district_may_turn_a_loss_into_a_mapping() -> None:
    one = system(Sis.ESCHOOLPLUS)
    assert "letter" in one.lost({})
    assert "letter" not in one.lost({"letters": "text"})
    assert "letter" in one.lost({"letters": "no"})
