"""A district's numbers: its own, the default, or off."""

import pytest

from streams.rules.policies import LEAST, MOST, NUMBERS, Brake, number_of

ROOMY = 30


@pytest.mark.parametrize(
    ("stated", "meant"),
    [("1", 1), ("7", 7), (str(MOST), MOST), ("off", None)],
)
def test_a_number_is_what_the_district_says(stated: str, meant: int | None) -> None:
    assert number_of({"brake_creates": stated}, "brake_creates") == meant


@pytest.mark.parametrize("stated", ["", "0", "-1", "100001", "1e3", "OFF", "on", " 7", "٧", "9" * 5_000])
def test_what_is_no_number_is_the_default(stated: str) -> None:
    assert number_of({"brake_creates": stated}, "brake_creates") == NUMBERS["brake_creates"]


def test_a_whole_section_of_ordinary_size_meets_no_default() -> None:
    assert min(NUMBERS.values()) >= ROOMY
    assert all(LEAST <= number <= MOST for number in NUMBERS.values())


def test_the_least_number_says_which_runs_need_no_look() -> None:
    assert Brake(100, 7, None).least == 7
    assert Brake(None, None, None).least > MOST


def test_a_brake_has_a_number_for_each_kind() -> None:
    assert Brake.of({"brake_overwrites": "off", "brake_deletes": "3"}) == Brake(100, None, 3)
