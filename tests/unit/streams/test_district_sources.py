"""`district show`: what is stated, what is told, which counts and why; and no secret anywhere."""

import json
import tomllib
from dataclasses import replace

from schemas.district import DayOff, DistrictDirectory, MarkingPeriod, SisCategory
from streams import district_file
from streams.district_sources import as_json, lines
from tests.unit.adapters.desk import district

CONFIG = district("https://sis.example.org", secret_ref="s3cret-value", options={"api_key": "k3y-value"})
BASE = DistrictDirectory(
    tenant="abc", sis=CONFIG.sis.kind, base_url=CONFIG.sis.base_url, read_at=1_790_000_000_000
)
SECTION = replace(BASE, sis_section="1042", categories=(SisCategory(id="HW", title="Home\nwork"),))
SCHOOL = replace(
    BASE,
    sis_school="school-1",
    marking_periods=(MarkingPeriod(id="q", title="Q", first_day="2026-08-01", last_day="2026-10-01"),),
    days_off=(DayOff(first_day="2026-11-26", last_day="2026-11-27", title="Thanksgiving"),),
)


def told(*facts: DistrictDirectory) -> str:
    return "\n".join(lines(CONFIG, facts))


def test_each_fact_says_where_it_comes_from_and_whether_it_counts() -> None:
    text = told(SECTION, SCHOOL)
    assert 'SIS section "1042", since 2026-09-21T' in text
    assert 'categories HW "Home\\nwork" (in force)' in text
    assert "marking periods" in text
    assert "(not used, since the file lists the school's marking periods)" in text
    assert 'days off 2026-11-26 to 2026-11-27 "Thanksgiving" (in force)' in text


def test_what_does_not_count_says_why() -> None:
    assert "another system or address" in told(replace(SECTION, base_url="https://old.example.org"))
    assert "the file has no such school" in told(replace(SCHOOL, sis_school="elsewhere"))
    stated = replace(CONFIG, categories=(SisCategory(id="A", title="A", sis_section="1042"),))
    assert "the file lists categories of the section" in "\n".join(lines(stated, [SECTION]))


def test_all_of_it_is_comment_so_that_what_is_shown_can_be_applied_again() -> None:
    whole = district_file.show(CONFIG) + told(SECTION, SCHOOL)
    assert tomllib.loads(whole) == tomllib.loads(district_file.show(CONFIG))
    assert all(line.startswith("# ") for line in told(SECTION, SCHOOL).splitlines())
    assert "nothing yet" in told()


def test_json_is_json_with_both_parts_and_what_is_in_force() -> None:
    found = json.loads(json.dumps(as_json(CONFIG, [SECTION, SCHOOL])))
    assert found["stated"]["categories"] == []
    assert [row["id"] for row in found["in_force"]["categories"]] == ["HW"]
    assert found["told"][1]["not_used"] == {"marking periods": "the file lists the school's marking periods"}


def test_a_secret_is_in_neither() -> None:
    for text in (json.dumps(as_json(CONFIG, [SECTION])), told(SECTION)):
        assert "s3cret" not in text
        assert "k3y" not in text
