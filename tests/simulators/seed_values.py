"""Reading JSON of a seed strictly: each takes what was given and where, and refuses with BadSeedError."""

from collections.abc import Iterable
from datetime import date
from typing import NoReturn

from tests.simulators.world import Json


class BadSeedError(ValueError):
    """The JSON does not describe a district; the text says where."""


def day_of(where: str, value: object) -> date:
    """A date, or BadSeedError."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        refuse(where, f"{value!r} is not a date")


def truth(where: str, given: object) -> bool:
    """true or false."""
    if not isinstance(given, bool):
        refuse(where, "must be true or false")
    return given


def rows(seed: Json, key: str, allowed: Iterable[str]) -> list[Json]:
    """The objects of an array, with known keys only."""
    found = [mapping(key, one) for one in array(key, seed.get(key, []))]
    for one in found:
        only(key, one, allowed)
    return found


def array(where: str, given: object) -> list[object]:
    """A JSON array."""
    if not isinstance(given, list):
        refuse(where, "must be an array")
    return given


def mapping(where: str, given: object) -> Json:
    """A JSON object."""
    if not isinstance(given, dict):
        refuse(where, "must be an object")
    return given


def text(given: Json, key: str) -> str:
    """A string that is not empty."""
    found = given.get(key)
    if not isinstance(found, str) or not found:
        refuse(key, "must be a string")
    return found


def texts(where: str, given: object) -> list[str]:
    """An array of strings."""
    found = array(where, given)
    if not all(isinstance(one, str) for one in found):
        refuse(where, "must hold strings")
    return [str(one) for one in found]


def only(where: str, given: Json, allowed: Iterable[str]) -> None:
    """No key that is not known."""
    unknown = given.keys() - set(allowed)
    if unknown:
        refuse(where, f"{sorted(unknown)} are not known")


def refuse(where: str, why: str) -> NoReturn:
    """Refuse the seed, saying where."""
    message = f"{where}: {why}"
    raise BadSeedError(message)
