"""Seeding, and the shelf that can look back."""

from typing import Any

import pytest

from tests.simulators.client import Simulator, SimulatorFailedError
from tests.simulators.seed_values import BadSeedError
from tests.simulators.seeding import apply_settings, district_from
from tests.simulators.shelf import Shelf
from tests.simulators.vendor import line_item, result
from tests.simulators.world import utc_text


def test_a_seed_can_hold_a_gradebook(seed: dict[str, Any]) -> None:
    seed["lineItems"] = [line_item("a")]
    seed["results"] = [result("r", "a")]
    district = district_from(seed)
    assert district.cells == {("a", "stu-1"): "r"}
    item = district.line_items.get("a")
    assert item is not None
    assert item.modified < district.stamp()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colour": "red"}, "colour"),
        ({"code": ""}, "code"),
        ({"auth": None}, "auth"),
        ({"auth": {"oauth1": {"consumer_key": 1}}}, "consumer_key"),
        ({"auth": {"oauth1": {"signature_methods": ["PLAINTEXT"]}}}, "PLAINTEXT"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"limits": {"title_cap": "50"}}, "title_cap"),
        ({"limits": {"titel_cap": 50}}, "titel_cap"),
        ({"switches": {"bulk_refusal": "maybe"}}, "bulk_refusal"),
        ({"schools": [{"sourcedId": "s"}]}, "title"),
        ({"classes": [{"sourcedId": "c", "title": "C", "school": "none"}]}, "none"),
        ({"classes": [{"sourcedId": "c", "title": "C"}]}, "no school"),
        ({"holidays": [{"date": "soon", "title": "H"}]}, "soon"),
        ({"lineItems": [{"sourcedId": "x"}]}, "missing"),
        ({"results": [result("r", "none")]}, "none"),
        ({"subscriptions": "all"}, "subscriptions"),
    ],
)
def test_a_seed_with_a_mistake_is_refused_by_name(
    seed: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadSeedError, match=said):
        district_from(seed | changes)


def test_a_refused_seed_leaves_the_district_as_it_was(sim: Simulator, seed: dict[str, Any]) -> None:
    sim.seed(seed)
    with pytest.raises(SimulatorFailedError, match="colour"):
        sim.seed(seed | {"colour": "red"})
    assert len(sim.state(seed["code"])["categories"]) == 3
    with pytest.raises(SimulatorFailedError, match="404"):
        sim.state("nobody")


def test_settings_change_only_what_they_name(seed: dict[str, Any]) -> None:
    district = district_from(seed)
    apply_settings(district, {"limits": {"max_concurrent": 8}, "subscriptions": ["results"]})
    assert (district.limits.max_concurrent, district.limits.title_cap) == (8, 50)
    assert district.subscriptions == frozenset({"results"})


def test_a_term_is_made_when_none_is_given(seed: dict[str, Any]) -> None:
    del seed["terms"]
    for one in seed["gradingPeriods"]:
        del one["parent"]
    sessions = district_from(seed).sessions
    assert [one.sourced_id for one in sessions.values() if one.kind == "term"] == ["term"]


def test_stamps_are_utc_with_milliseconds() -> None:
    assert utc_text(1_793_000_000_007) == "2026-10-26T07:33:20.007Z"


def test_a_shelf_shows_how_it_stood() -> None:
    now = [0.0]
    shelf: Shelf[str] = Shelf(lambda: now[0])
    shelf.put("a", "a1", "x")
    shelf.remember(10)
    now[0] = 1
    shelf.put("a", "a2", "x")
    shelf.put("b", "b1", "y")
    now[0] = 2
    shelf.remove("a")
    assert shelf.of() == ["b1"]
    assert shelf.as_of(0.5) == ["b1", "a2"]
    assert shelf.as_of(0.5, "x") == ["a2"]
    assert shelf.as_of(1.5) == ["a1"]
    assert shelf.as_of(1.5, "y") == []
    now[0] = 20
    assert shelf.as_of(10) == ["b1"]


def test_a_shelf_follows_a_change_of_owner() -> None:
    shelf: Shelf[str] = Shelf()
    shelf.put("a", "a1", "x")
    shelf.put("a", "a2", "y")
    assert (shelf.of("x"), shelf.of("y"), len(shelf)) == ([], ["a2"], 1)
    assert shelf.remove("none") is None
