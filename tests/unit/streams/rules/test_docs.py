"""docs/rules.md and the code speak of the same codes, in the same order."""

import re
from pathlib import Path

from streams.rules import problem
from streams.rules.policies import NUMBERS, POLICIES
from streams.rules.problem import ORDER, SCORE_INVALID

PAGE = (Path(__file__).parents[4] / "docs/rules.md").read_text()
CODES = re.findall(r"`([A-Z][A-Z_]{3,})`", PAGE)


def test_the_page_names_every_code_of_the_rules_in_their_order() -> None:
    assert tuple(CODES) == (*ORDER, SCORE_INVALID)


def test_the_order_holds_every_code_there_is() -> None:
    constants = {value for name, value in vars(problem).items() if name.isupper() and isinstance(value, str)}
    assert constants == {*ORDER, SCORE_INVALID}


def test_the_page_names_every_policy() -> None:
    assert all(f"`{name} = " in PAGE for name in POLICIES)
    assert all(f"| `{name} = {number}` |" in PAGE for name, number in NUMBERS.items())


def test_a_code_that_is_missing_would_be_seen() -> None:
    assert tuple(CODES[1:]) != (*ORDER, SCORE_INVALID)
