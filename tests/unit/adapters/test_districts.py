"""Districts as delivery sees them: a file's change and a SIS's news are told apart."""

from dataclasses import replace
from types import SimpleNamespace

from adapters.districts import Districts
from schemas.cluster import Cluster
from schemas.codec import encode
from schemas.directory import key_of
from schemas.district import DistrictDirectory, SisCategory
from schemas.topics import TopicNames
from tests.unit.adapters.desk import district

CONFIG = district("https://sis.example.org")
TOLD = DistrictDirectory(
    tenant="abc",
    sis=CONFIG.sis.kind,
    base_url=CONFIG.sis.base_url,
    sis_section="1042",
    read_at=1,
    categories=(SisCategory(id="HW", title="Homework", sis_section="1042"),),
)


def record(key: bytes, value: bytes | None) -> SimpleNamespace:
    return SimpleNamespace(key=key, value=value)


def test_a_file_and_the_sis_are_told_apart_and_no_news_is_no_call() -> None:
    stated: list[str] = []
    told: list[str] = []
    districts = Districts(Cluster("nowhere:1", TopicNames("")), stated.append, told.append)
    key = key_of(TOLD)
    districts._follow({0: [record(b"abc", encode(CONFIG)), record(b"abc", b"junk")]})
    assert (stated, told) == (["abc"], [])
    districts._follow({0: [record(key, encode(TOLD))]})
    assert (stated, told) == (["abc"], ["abc"])
    districts._follow({0: [record(key, encode(replace(TOLD, read_at=2)))]})
    districts._follow({})
    assert (stated, told) == (["abc"], ["abc"])
    config = districts.get("abc")
    assert config is not None and [row.id for row in config.categories] == ["HW"]
