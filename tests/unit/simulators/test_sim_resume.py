"""A simulator that starts again from its own log: ids, marks and native fields are as they were."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.aeries.partner import Partner
from tests.simulators.client import Simulator
from tests.simulators.powerschool.plugin import Plugin
from tests.simulators.vendor import Vendor, result
from tests.unit.simulators.conftest import EXAMPLE

CLIENT = ("demo-client", "demo-client-secret")


def running(system: str, folder: Path, **more: Any) -> Simulator:
    return Simulator(system, log=folder / "commits.jsonl", seed=EXAMPLE, resume=True, **more).start()


def plugin(sim: Simulator) -> Plugin:
    return Plugin(sim.base("abc"), CLIENT, sim.directory("abc"))


def partner(sim: Simulator) -> Partner:
    certificate = json.loads(EXAMPLE.read_text())["auth"]["certificate"]["value"]
    return Partner(sim.base("abc"), certificate, sim.directory("abc"))


def test_without_resume_it_is_as_the_seed_has_it(tmp_path: Path) -> None:
    first = running("eschoolplus", tmp_path)
    vendor = Vendor(first.base("abc"), CLIENT)
    vendor.put_line_item("a")
    vendor.close()
    first.kill()
    with Simulator("eschoolplus", log=tmp_path / "commits.jsonl", seed=EXAMPLE) as again:
        assert again.gradebook("abc")["items"] == []


def test_oneroster_goes_on_with_what_stands(tmp_path: Path) -> None:
    first = running("eschoolplus", tmp_path)
    vendor = Vendor(first.base("abc"), CLIENT)
    for name in "ab":
        vendor.put_line_item(name)
    vendor.call("POST", "/lineItems/a/results", {"results": [result("x", "a")]})
    vendor.call("DELETE", "/lineItems/b")
    before = first.state("abc")
    first.kill()
    vendor.close()
    second = running("eschoolplus", tmp_path)
    after = second.state("abc")
    assert (after["lineItems"], after["results"]) == (before["lineItems"], before["results"])
    vendor = Vendor(second.base("abc"), CLIENT)
    vendor.call("POST", "/lineItems/a/results", {"results": [result("y", "a", "stu-2")]})
    assert len(second.state("abc")["results"]) == 2, "a new id is none of the old ones"
    vendor.close()
    second.stop()


@pytest.mark.parametrize("killed", [True, False])
def test_powerschool_knows_both_ids_and_gives_none_twice(tmp_path: Path, killed: bool) -> None:
    first = running("powerschool", tmp_path)
    with closing(plugin(first)) as caller:
        number, section = caller.made("Quiz")
        assert caller.put_scores(caller.score(section)).status_code == 200
    before = first.gradebook("abc")
    if killed:
        first.kill()
    else:
        first.stop()
    second = running("powerschool", tmp_path)
    assert second.gradebook("abc") == before
    with closing(plugin(second)) as caller:
        assert caller.read(number)["assignmentid"] == number
        assert {*caller.made("Another")}.isdisjoint({number, section})
    second.stop()


def test_aeries_keeps_unique_id_number_and_external_id(tmp_path: Path) -> None:
    first = running("aeries", tmp_path)
    with closing(partner(first)) as caller:
        caller.made("Quiz", ExternalID="lms-7")
    before = first.gradebook("abc")
    first.kill()
    second = running("aeries", tmp_path)
    assert second.gradebook("abc") == before
    with closing(partner(second)) as caller:
        assert caller.made("Another")["AssignmentNumber"] == 2
    second.stop()


def test_a_category_of_powerschool_has_its_number_before_anybody_lists_it(tmp_path: Path) -> None:
    """A client remembers the number; after a restart of the server it does not list first."""
    first = running("powerschool", tmp_path)
    with closing(plugin(first)) as caller:
        first.kill()
        second = running("powerschool", tmp_path)
        caller.base = second.base("abc")
        caller.sign_in()
        caller.made("Quiz")
    second.stop()
