"""Every door: what the SIS tells about itself, the self-test, and categories made where the API allows it."""

from collections.abc import Iterator

import pytest

from adapters.contract import Adapter, Finding
from adapters.errors import DeliveryError
from tests.contract.bench import CODE, Bench
from tests.unit.adapters.desk import scores

PERIODS = [("2026-08-17", "2026-10-16"), ("2026-10-19", "2026-12-18")]


@pytest.fixture
def adapter(bench: Bench) -> Iterator[Adapter]:
    made = bench.connect()
    yield made
    made.close()


def school(bench: Bench, name: str = "school-1") -> str:
    return next(str(one["key"]) for one in bench.directory["schools"] if one["id"] == name)


def missing(findings: object) -> set[str]:
    assert isinstance(findings, tuple | list)
    return {one.what for one in findings if isinstance(one, Finding) and one.code is not None}


# ---- the directory ----------------------------------------------------------------------------------------------


def test_the_categories_of_a_section(bench: Bench, adapter: Adapter) -> None:
    section = bench.section()
    found = adapter.directory([section], []).categories
    assert {one.sis_section for one in found} <= {None, section}
    if not bench.door.files:
        assert len(found) == 1  # one for everything [D:IC-PUSH]
        return
    titles = {one.id: one.title for one in found}
    assert titles[bench.category("cat-hw")] == "Homework"
    assert titles[bench.category("cat-test")] == "Tests"
    if all(one.sis_section for one in found):
        assert len(titles) == 2  # cat-lab is none of this section's


def test_a_category_listed_is_a_category_taken(bench: Bench, adapter: Adapter) -> None:
    listed = [one for one in adapter.directory([bench.section()], []).categories if one.title != "Labs"]
    for number, one in enumerate(listed):
        bench.sync(f"item-{number}", sis_category=one.id)
    if bench.door.files:
        assert {one["categoryKey"] for one in bench.items} == {one.id for one in listed}


def test_the_marking_periods_of_a_school(bench: Bench, adapter: Adapter) -> None:
    assert bench.can.calendar
    asked = school(bench)
    found = adapter.directory([], [asked]).marking_periods
    assert list(found) == [asked]
    assert [(one.first_day, one.last_day) for one in found[asked]] == PERIODS
    assert all(one.id and one.title for one in found[asked])


def test_the_days_off_of_a_school_where_they_are_told(bench: Bench, adapter: Adapter) -> None:
    first, second = school(bench), school(bench, "school-2")
    told = adapter.directory([], [first, second]).days_off
    if not told:
        return
    days = {which: {day.first_day: day.title for day in spans} for which, spans in told.items()}
    assert {"2026-11-02", "2026-11-26"} <= set(days[first])
    assert "2026-11-26" in days[second]
    assert "2026-11-02" not in days[second]  # the other school's alone


def test_nothing_asked_nothing_told(bench: Bench, adapter: Adapter) -> None:
    bench.simulator.reset_counters(CODE)
    found = adapter.directory([], [])
    assert (found.categories, dict(found.marking_periods), dict(found.days_off)) == ((), {}, {})
    assert bench.counted() == 0


# ---- the self-test ----------------------------------------------------------------------------------------------


def test_all_is_well(bench: Bench, adapter: Adapter) -> None:
    found = adapter.check(bench.section())
    assert [one.code for one in found] == [None] * len(found)
    assert found[0].what == "sign-in"
    assert set().union(*bench.door.rights.values()) <= {one.what for one in found}
    assert bench.items == []  # it writes nothing


def test_each_missing_right_is_named_and_no_other(bench: Bench) -> None:
    for right, lines in bench.door.rights.items():
        bench.simulator.settings(CODE, denied=[right])
        adapter = bench.connect()
        found = adapter.check(bench.section())
        adapter.close()
        assert missing(found) == lines, right
        named = [one for one in found if one.code is not None]
        assert {one.code for one in named} == {"SIS_PERMISSION_MISSING"}, right
        assert all(one.params["permission"] for one in named), right


def test_a_wrong_secret_is_one_finding(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SIS_SECRET", "wrong-secret-wrong-secret-wrong-!")
    adapter = bench.connect()
    assert [(one.what, one.code) for one in adapter.check(bench.section())] == [
        ("sign-in", "SIS_SIGN_IN_FAILED")
    ]
    adapter.close()


def test_a_wrong_second_credential_is_one_finding(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    if "vendor_key" not in bench.door.options:
        pytest.skip("there is none")
    monkeypatch.setenv("TEST_VENDOR_KEY", "wrong")
    adapter = bench.connect()
    assert [(one.what, one.code) for one in adapter.check(bench.section())] == [
        ("sign-in", "SIS_PARTNER_KEY_REFUSED")
    ]
    adapter.close()


def test_a_sis_that_is_down_is_a_finding_and_no_exception(bench: Bench, adapter: Adapter) -> None:
    bench.fault(kind="refuse")
    found = adapter.check(bench.section())
    assert {one.code for one in found} - {None} == {"SIS_UNAVAILABLE"}


def test_a_section_that_is_not_there_is_a_finding_or_empty(bench: Bench, adapter: Adapter) -> None:
    """It must not end in an exception, nor call a right missing that is there."""
    codes = {one.code for one in adapter.check(bench.section("nowhere"))}
    assert codes <= {None, "SECTION_NOT_IN_SIS", "TEACHER_NOT_OF_SECTION"}


# ---- categories -------------------------------------------------------------------------------------------------


def test_a_category_is_made_once_where_the_api_allows_it(bench: Bench, adapter: Adapter) -> None:
    section = bench.section()
    bench.simulator.reset_counters(CODE)
    if not bench.can.creates_categories:
        with pytest.raises(DeliveryError):
            adapter.create_category(section, "Projects")
        assert bench.counted() == 0
        return
    made = adapter.create_category(section, "Projects")
    assert (made.title, adapter.create_category(section, "Projects")) == ("Projects", made)
    assert made in adapter.directory([section], []).categories
    assert sum(one["created"] for one in bench.commits("category")) == 1
    bench.sync(sis_category=made.id, scores=scores(stu_1=5.0))
    assert bench.numbers == {"stu-1": 5.0}


def test_one_that_stands_is_returned_and_not_made(bench: Bench, adapter: Adapter) -> None:
    if not bench.can.creates_categories:
        pytest.skip("categories are read only")
    found = adapter.create_category(bench.section(), "Homework")
    assert found.id == bench.category("cat-hw")
    assert bench.commits("category") == []
