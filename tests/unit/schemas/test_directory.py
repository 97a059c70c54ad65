"""What a file states and what a SIS tells: who wins where, and what is news."""

from dataclasses import replace

import pytest

from schemas.codec import Refused, encode
from schemas.directory import merged, news
from schemas.district import DayOff, DistrictDirectory, MarkingPeriod, School, SisCategory
from schemas.district_records import DistrictRecords
from schemas.gradebook import Sis
from schemas.keys import place_key
from tests.support.flow import district

STATED = MarkingPeriod(id="file", title="Stated", first_day="2026-08-01", last_day="2026-10-01")
TOLD = MarkingPeriod(id="sis", title="Told", first_day="2026-08-02", last_day="2026-10-02")
OFF = DayOff(first_day="2026-11-26", last_day="2026-11-27", title="Thanksgiving")


def school(**changes: object) -> School:
    bare = School(id="high", title="High", marking_periods=(), days_off=(), school_days=(1, 2, 3, 4, 5))
    return replace(bare, **changes)  # type: ignore[arg-type] # the caller's names are the record's


CONFIG = replace(district(), schools=(school(),), categories=())


def directory(**facts: object) -> DistrictDirectory:
    bare = DistrictDirectory(
        tenant=CONFIG.tenant, sis=CONFIG.sis.kind, base_url=CONFIG.sis.base_url, read_at=1
    )
    return replace(bare, **facts)  # type: ignore[arg-type] # the caller's names are the record's


def category(name: str, section: str | None = None) -> SisCategory:
    return SisCategory(id=name, title=name.title(), sis_section=section)


def section(*names: str, of: str = "1042") -> DistrictDirectory:
    return directory(sis_section=of, categories=tuple(category(name, of) for name in names))


def test_what_the_file_does_not_state_the_sis_fills_in() -> None:
    calendar = directory(sis_school="high", marking_periods=(TOLD,), days_off=(OFF,))
    found = merged(CONFIG, [section("HW"), calendar])
    assert found.categories == (category("HW", "1042"),)
    assert (found.schools[0].marking_periods, found.schools[0].days_off) == ((TOLD,), (OFF,))


def test_what_the_file_states_wins_place_by_place() -> None:
    config = replace(
        CONFIG,
        categories=(category("ALL"), category("HW", "1042")),
        schools=(school(marking_periods=(STATED,)),),
    )
    calendar = directory(sis_school="high", marking_periods=(TOLD,), days_off=(OFF,))
    everywhere = directory(categories=(category("X"),))
    found = merged(config, [section("QZ"), section("ALL", "QZ", of="7"), everywhere, calendar])
    assert found.categories == (*config.categories, category("QZ", "7"))
    assert (found.schools[0].marking_periods, found.schools[0].days_off) == ((STATED,), (OFF,))


def test_a_school_is_known_by_its_id_in_the_sis() -> None:
    config = replace(CONFIG, schools=(school(sis_school="1200"),))
    assert merged(config, [directory(sis_school="high", days_off=(OFF,))]) is config
    assert merged(config, [directory(sis_school="1200", days_off=(OFF,))]).schools[0].days_off == (OFF,)


def test_another_system_or_address_counts_for_nothing() -> None:
    assert merged(CONFIG, [replace(section("HW"), base_url="https://old.example.org")]) is CONFIG
    assert merged(CONFIG, [replace(section("HW"), sis=Sis.AERIES)]) is CONFIG


def test_the_first_telling_is_news_and_an_equal_one_in_another_order_is_not() -> None:
    first = news(None, section("QZ", "HW"))
    assert first is not None
    assert news(first, replace(section("HW", "QZ"), read_at=99)) is None
    assert news(first, replace(section("HW", "QZ", "T"), read_at=99)) is not None
    gone = news(first, section("HW"))
    assert gone is not None and [row.id for row in gone.categories] == ["HW"]


def test_a_list_that_comes_back_empty_is_no_news() -> None:
    known = news(None, directory(sis_school="high", marking_periods=(TOLD,), days_off=(OFF,)))
    assert news(known, directory(sis_school="high")) is None
    half = news(known, directory(sis_school="high", marking_periods=(STATED,)))
    assert half is not None and half.days_off == (OFF,)
    both = news(None, directory(sis_school="high", categories=(category("HW"),), days_off=(OFF,)))
    again = news(both, directory(sis_school="high", days_off=(OFF, replace(OFF, title="More"))))
    assert again is not None and again.categories == (category("HW"),)
    assert news(None, section()) is None


def test_what_another_address_told_is_not_kept_when_this_one_tells_nothing() -> None:
    old = replace(section("HW"), base_url="https://old.example.org")
    assert news(old, section()) is None
    new = news(old, section("T"))
    assert new is not None and [row.id for row in new.categories] == ["T"]


def test_two_writers_never_overwrite_each_other() -> None:
    records = DistrictRecords()
    name = CONFIG.tenant
    records.take(name.encode(), encode(CONFIG))
    records.take(place_key(name, "1042", None), encode(section("HW")))
    records.take(name.encode(), encode(replace(CONFIG, title="Applied again")))
    found = records.get(name)
    assert found is not None
    assert (found.title, found.categories) == ("Applied again", (category("HW", "1042"),))
    assert records.get(name) is found, "the same object until something changes"
    assert records.stated(name) == replace(CONFIG, title="Applied again")


def test_a_file_that_is_taken_back_takes_the_district_with_it() -> None:
    records = DistrictRecords()
    records.take(place_key("d", "1042", None), encode(replace(section("HW"), tenant="d")))
    assert records.get("d") is None
    assert records.tenants() == []


@pytest.mark.parametrize(
    ("key", "record"),
    [
        (place_key(CONFIG.tenant, "7", None), section("HW")),
        (place_key("other", "1042", None), section("HW")),
        (CONFIG.tenant.encode(), section("HW")),
        (place_key(CONFIG.tenant, "1042", None), CONFIG),
        (f"{CONFIG.tenant}/1042".encode(), section("HW")),
    ],
)
def test_a_record_under_another_ones_key_is_refused(key: bytes, record: object) -> None:
    records = DistrictRecords()
    with pytest.raises(Refused):
        records.take(key, encode(record))
    assert records.get(CONFIG.tenant) is None
    assert records.told(CONFIG.tenant) == {}


def test_a_tombstone_removes_what_one_place_told() -> None:
    records = DistrictRecords()
    records.take(CONFIG.tenant.encode(), encode(CONFIG))
    key = place_key(CONFIG.tenant, "1042", None)
    records.take(key, encode(section("HW")))
    records.take(key, None)
    assert records.get(CONFIG.tenant) == CONFIG
