"""Where an item's category goes in the SIS."""

import pytest

from schemas.gradebook import CategoryMapping
from streams.rules.category import mapping_of, sis_category
from streams.rules.problem import Problem

MAPPING = {"labs": "LAB", "gone": "OLD", "blank": ""}
KNOWN = frozenset({"LAB", "HW"})


def test_a_mapped_category_is_the_one_of_the_sis() -> None:
    assert sis_category("labs", MAPPING, KNOWN) == "LAB"


@pytest.mark.parametrize("category", [None, "", "tests", "blank"])
def test_an_item_without_a_mapped_category_needs_one(category: str | None) -> None:
    found = sis_category(category, MAPPING, KNOWN)
    assert isinstance(found, Problem)
    assert found.code == "CATEGORY_REQUIRED"


@pytest.mark.parametrize("near", ["Labs", "labs ", " labs", "lab", "laｂs", "la\u0062\u200bs"])
def test_ids_that_only_look_alike_are_others(near: str) -> None:
    found = sis_category(near, MAPPING, KNOWN)
    assert isinstance(found, Problem)
    assert found.code == "CATEGORY_REQUIRED"


def test_a_category_that_left_the_sis_is_named() -> None:
    expected = Problem("CATEGORY_NOT_IN_SIS", {"category": "gone", "sis_category": "OLD"})
    assert sis_category("gone", MAPPING, KNOWN) == expected


def test_nothing_is_held_against_categories_nobody_has_read() -> None:
    assert sis_category("gone", MAPPING, frozenset()) == "OLD"


def test_many_categories_may_go_to_one_and_the_last_row_counts() -> None:
    rows = [("a", "LAB"), ("b", "LAB"), ("a", "HW")]
    mapping = mapping_of(CategoryMapping(category=one, sis_category=sis) for one, sis in rows)
    assert mapping == {"a": "HW", "b": "LAB"}
