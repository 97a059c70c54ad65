"""Errands: the self-test and a new category, against an adapter of the test's; no secret in any answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters import errand
from adapters.contract import Adapter, Capabilities, Directory, Finding
from adapters.errors import Misconfigured, Refused, Retry
from adapters.http import Pace
from schemas.codec import encode
from schemas.directory import key_of
from schemas.district import DistrictConfig, DistrictDirectory, SisCategory
from schemas.district_records import DistrictRecords
from schemas.gradebook import Sis
from tests.unit.adapters.desk import Unable, district

CAN = Capabilities(
    vendor_ids=False,
    deletes=True,
    detects_edits=True,
    reads_scores=True,
    scores_per_call=9,
    creates_categories=True,
    teachers_categories=True,
)
CONFIG = district("https://sis.example.org")
HOMEWORK = SisCategory(id="1", title="Homework", sis_section="1042")
KNOWN = DistrictDirectory(
    tenant="abc",
    sis=CONFIG.sis.kind,
    base_url=CONFIG.sis.base_url,
    sis_section="1042",
    sis_teacher="9",
    read_at=1,
    categories=(HOMEWORK,),
)


class Office(Unable):
    """An adapter that lists and makes categories."""

    def __init__(self, **changes: Any) -> None:
        self.capabilities = replace(CAN, **changes)
        self.listed: tuple[SisCategory, ...] = ()
        self.refuses: Exception | None = None
        self.asked: list[object] = []
        self.looked: list[object] = []
        self.closed = False

    def create_category(self, section: str, title: str) -> SisCategory:
        self.asked.append((section, title))
        if self.refuses is not None:
            raise self.refuses
        return SisCategory(id="2", title=title, sis_section=section)

    def directory(self, sections: Sequence[str], schools: Sequence[str]) -> Directory:
        self.looked.append((list(sections), list(schools)))
        if self.refuses is not None:
            raise self.refuses
        return Directory(categories=self.listed)

    def check(self, section: str | None) -> Sequence[Finding]:
        self.asked.append(section)
        return (
            Finding(what="sign-in"),
            Finding(what="read scores", code="SIS_PERMISSION_MISSING", params={"permission": "GRADES"}),
        )

    def close(self) -> None:
        self.closed = True


def records(*told: DistrictDirectory) -> DistrictRecords:
    known = DistrictRecords()
    known.take(b"abc", encode(CONFIG))
    for one in told:
        known.take(key_of(one), encode(one))
    return known


def doors(sis: Office) -> Mapping[Sis, Any]:
    def connect(config: DistrictConfig, pace: Pace) -> Adapter:
        pace()
        return sis  # type: ignore[return-value] # only what an errand uses

    return {CONFIG.sis.kind: connect}


def test_the_self_test_is_of_a_section_that_is_known() -> None:
    sis = Office()
    answer = errand.check(records(KNOWN), "abc", doors(sis))
    assert (sis.asked, sis.closed) == (["1042:9"], True)
    assert answer["findings"][0] == {"what": "sign-in", "code": None, "params": {}}
    assert answer["findings"][1]["params"] == {"permission": "GRADES"}
    assert errand.check(records(), "abc", doors(sis))["findings"]
    assert sis.asked[-1] is None


@pytest.mark.parametrize(("tenant", "code"), [("nobody", "DISTRICT_UNKNOWN"), ("abc", "SIS_NOT_SUPPORTED")])
def test_what_cannot_be_connected_is_a_finding(tenant: str, code: str) -> None:
    (found,) = errand.check(records(), tenant, {})["findings"]
    assert found["code"] == code


def test_a_missing_secret_is_a_finding_that_names_the_reference_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SIS_KEY", "k3y-value")
    monkeypatch.delenv("TEST_SIS_SECRET", raising=False)
    answer = errand.check(records(), "abc")
    assert answer["findings"][0]["code"] == "SIS_SECRET_MISSING"
    assert "env:TEST_SIS_SECRET" in json.dumps(answer)
    assert "k3y-value" not in json.dumps(answer)


def test_a_refresh_asks_about_schools_and_the_sections_read_before() -> None:
    sis = Office(calendar=True)
    sis.listed = (SisCategory(id="7", title="Tests", sis_section="1042:9"),)
    written: dict[bytes, DistrictDirectory] = {}
    answer = errand.refresh(records(KNOWN), "abc", written.update, doors(sis))
    assert answer == {"sections": 1, "schools": 1, "changed": 1}
    assert sis.looked == [(["1042:9"], ["school-1"])]
    assert [row.id for one in written.values() for row in one.categories] == ["7"]
    assert errand.refresh(records(), "nobody", written.update, {})["error"]["code"] == "DISTRICT_UNKNOWN"
    sis.refuses = Retry("SIS_UNAVAILABLE")
    refused = errand.refresh(records(KNOWN), "abc", written.update, doors(sis))
    assert refused["error"]["code"] == "SIS_UNAVAILABLE"


def made(sis: Office, known: DistrictRecords) -> tuple[dict[str, Any], list[DistrictDirectory]]:
    written: dict[bytes, DistrictDirectory] = {}
    answer = errand.category(known, "abc", ("1042", "9"), "Quizzes", written.update, doors(sis))
    assert all(key_of(one) == key for key, one in written.items())
    return answer, list(written.values())


def test_a_category_is_made_and_known_at_once_even_where_the_list_lags() -> None:
    sis = Office()
    answer, (record,) = made(sis, records(KNOWN))
    assert sis.asked == [("1042:9", "Quizzes")]
    assert answer == {"category": {"id": "2", "title": "Quizzes"}}
    assert (record.sis_section, record.sis_teacher) == ("1042", "9")
    assert [row.title for row in record.categories] == ["Homework", "Quizzes"]


def test_the_list_of_now_counts_more_than_what_was_known() -> None:
    sis = Office()
    sis.listed = (
        SisCategory(id="7", title="Tests", sis_section="1042:9"),
        SisCategory(id="2", title="Quizzes", sis_section="1042:9"),
    )
    _, (record,) = made(sis, records(KNOWN))
    assert [row.id for row in record.categories] == ["2", "7"]
    assert {row.sis_section for row in record.categories} == {"1042"}


def test_where_the_system_cannot_nothing_is_asked_of_it() -> None:
    sis = Office(creates_categories=False)
    assert made(sis, records()) == ({"cannot": True}, [])
    assert sis.asked == []


@pytest.mark.parametrize(
    "error", [Refused("SIS_REFUSED_CATEGORY"), Retry("SIS_UNAVAILABLE"), Misconfigured("X")]
)
def test_a_refusal_is_an_answer_and_nothing_is_written(error: Exception) -> None:
    sis = Office()
    sis.refuses = error
    answer, written = made(sis, records(KNOWN))
    assert (answer["error"]["code"], written, sis.closed) == (str(error), [], True)
