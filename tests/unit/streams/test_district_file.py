"""District files: what is read, and what is refused with its line and a fix."""

import re
import tomllib
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import decode, encode
from schemas.district import (
    DayOff,
    DistrictConfig,
    Limits,
    MarkingPeriod,
    School,
    SisCategory,
    SisConnection,
)
from schemas.gradebook import Sis
from schemas.policies import CHECK_SCORES, PEAK_CONCURRENCY, PEAK_HOURS, QUIET_HOURS
from schemas.systems import system
from streams.district_file import DistrictFileRefused, FileProblem, read, show
from streams.district_lines import lines_of
from streams.rules.policies import NUMBERS, POLICIES

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "deploy/config/example-district.toml"
GOOD = """\
tenant = "lakeside"
title = "Lakeside"
entitled = true
time_zone = "America/New_York"

[sis]
kind = "eschoolplus"
base_url = "https://sis.example.org/api"
auth = "oauth2"
key_ref = "env:KEY"
secret_ref = "file:/run/secret"

[[school]]
id = "high"
title = "High"

[[school.marking_period]]
id = "Q1"
title = "Quarter 1"
first_day = 2025-09-02
last_day = 2025-11-07

[[school.day_off]]
title = "Veterans Day"
first_day = 2025-09-09
"""


def refused(text: str | Path) -> tuple[FileProblem, ...]:
    with pytest.raises(DistrictFileRefused) as caught:
        read(text)
    return caught.value.problems


def only(text: str) -> FileProblem:
    found = refused(text)
    assert len(found) == 1, found
    return found[0]


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


# --- what is read


def test_a_small_file_is_enough_and_the_rest_has_defaults() -> None:
    config = read(GOOD, updated_at=5)
    period = MarkingPeriod(id="Q1", title="Quarter 1", first_day="2025-09-02", last_day="2025-11-07")
    assert config == DistrictConfig(
        tenant="lakeside",
        title="Lakeside",
        entitled=True,
        time_zone="America/New_York",
        source="text",
        updated_at=5,
        sis=SisConnection(
            kind=Sis.ESCHOOLPLUS,
            base_url="https://sis.example.org/api",
            auth="oauth2",
            key_ref="env:KEY",
            secret_ref="file:/run/secret",
            concurrency=8,
            rate_per_second=None,
            allow_private_addresses=False,
            options={},
        ),
        schools=(
            School(
                id="high",
                title="High",
                marking_periods=(period,),
                days_off=(DayOff(first_day="2025-09-09", last_day="2025-09-09", title="Veterans Day"),),
                school_days=(1, 2, 3, 4, 5),
            ),
        ),
        categories=(),
        limits=Limits(),
        policies={},
    )


def test_a_file_remembers_its_name_and_the_hour_it_was_read() -> None:
    config = read(EXAMPLE)
    assert config.source == "file:example-district.toml"
    assert config.updated_at > 1_700_000_000_000


def test_what_is_read_can_be_sent() -> None:
    config = read(EXAMPLE)
    assert decode(DistrictConfig, encode(config)) == config


def test_a_certificate_needs_no_key() -> None:
    aeries = changed('kind = "eschoolplus"', 'kind = "aeries"').replace('"oauth2"', '"certificate"')
    assert read(aeries.replace('key_ref = "env:KEY"\n', "")).sis.key_ref == ""


def test_periods_come_in_order_of_their_first_day() -> None:
    earlier = '\n[[school.marking_period]]\nid="Q0"\ntitle="0"\nfirst_day=2025-08-01\nlast_day="2025-08-29"\n'
    assert [one.id for one in read(GOOD + earlier).schools[0].marking_periods] == ["Q0", "Q1"]


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "district.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read(path, updated_at=5).schools == read(GOOD, updated_at=5).schools


@pytest.mark.parametrize("kind", list(Sis))
def test_every_system_and_method_is_read(kind: Sis) -> None:
    for method in system(kind).auth:
        text = changed('"eschoolplus"', f'"{kind.value.lower()}"').replace(
            'auth = "oauth2"', f'auth = "{method}"'
        )
        assert read(text).sis.kind is kind
        assert read(text).sis.auth == method


# --- the example


def test_the_example_states_every_key_of_the_schema_and_explains_it() -> None:
    text = EXAMPLE.read_text()
    kinds: tuple[type[Any], ...] = (
        DistrictConfig, School, MarkingPeriod, DayOff, SisConnection, SisCategory, Limits,
    )  # fmt: skip
    tables = {"sis", "schools", "categories", "limits", "policies", "options", "marking_periods", "days_off"}
    for name in (field.name for kind in kinds for field in fields(kind)):
        if name in tables:
            single = {"schools": "school", "categories": "category", "days_off": "school.day_off"}
            head = single.get(name, name.replace("marking_periods", "school.marking_period"))
            assert re.search(rf"^\[+(sis\.)?{re.escape(head)}\]", text, re.MULTILINE), name
        elif name in ("source", "updated_at"):
            assert f"`{name}`" in text
        else:
            assert re.search(rf"^{name} = .*#", text, re.MULTILINE), name
    for policy in (*POLICIES, CHECK_SCORES, QUIET_HOURS, PEAK_HOURS, PEAK_CONCURRENCY):
        assert re.search(rf"^{policy} = .*#", text, re.MULTILINE)
    for policy, number in NUMBERS.items():
        assert re.search(rf"^{policy} = {number} .*#", text, re.MULTILINE)


def test_the_example_says_which_methods_each_system_knows() -> None:
    text = EXAMPLE.read_text()
    assert all(method in text for sis in Sis for method in system(sis).auth)


# --- what is refused


def test_every_problem_is_listed_at_once_in_order_of_line() -> None:
    text = (
        changed('"lakeside"', '""')
        .replace("America/New_York", "America/New_Yrok")
        .replace("https://", "http://")
        .replace("env:KEY", "s3cr3t")
        .replace("last_day = 2025-11-07", "last_day = 2025-08-07")
        .replace("entitled", "entiteld")
    )
    found = refused(text)
    assert [(one.line, one.path) for one in found] == [
        (1, "entitled"),
        (1, "tenant"),
        (3, "entiteld"),
        (4, "time_zone"),
        (8, "sis.base_url"),
        (10, "sis.key_ref"),
        (21, "school[1].marking_period[1].last_day"),
    ]
    assert all(one.what and one.fix for one in found)


@pytest.mark.parametrize(
    ("old", "new", "path", "fix"),
    [
        ('title = "Lakeside"', 'titel = "x"\ntitle = "Lakeside"', "titel", "Did you mean title?"),
        ('kind = "eschoolplus"', 'kind = "eschoolpuls"', "sis.kind", "Did you mean eschoolplus?"),
        ('auth = "oauth2"', 'auth = "oauth1"', "sis.auth", "Did you mean oauth"),
        ('"America/New_York"', '"EST5EDT4"', "time_zone", "Did you mean EST5EDT?"),
        ('"America/New_York"', '"somewhere"', "time_zone", "such as America/New_York"),
        ('"America/New_York"', '"localtime"', "time_zone", ""),
        ('"America/New_York"', '"UTC+5"', "time_zone", ""),
        ("entitled = true", 'entitled = "yes"', "entitled", "entitled = true"),
        ("entitled = true\n", "", "entitled", "Add entitled = true"),
        ('tenant = "lakeside"', "tenant = 7", "tenant", "quotes"),
        ('tenant = "lakeside"', 'tenant = " lakeside"', "tenant", "Type it anew"),
        ('tenant = "lakeside"', 'tenant = "a\\u0000b"', "tenant", "Type it anew"),
        ('auth = "oauth2"', 'auth = "oauth2"\nconcurrency = 0', "sis.concurrency", "from 1 to 64"),
        ('auth = "oauth2"', 'auth = "oauth2"\nconcurrency = 65', "sis.concurrency", "from 1 to 64"),
        ('auth = "oauth2"', 'auth = "oauth2"\nconcurrency = true', "sis.concurrency", "from 1 to 64"),
        ('auth = "oauth2"', 'auth = "oauth2"\nrate_per_second = nan', "sis.rate_per_second", "such as"),
        ('auth = "oauth2"', 'auth = "oauth2"\nrate_per_second = 0', "sis.rate_per_second", "such as"),
        ('auth = "oauth2"', 'auth = "oauth2"\noptions = 5', "sis.options", "[sis.options]"),
        ('auth = "oauth2"', 'auth = "oauth2"\noptions.door = "cellar"', "sis.options.door", "Known are"),
        ('auth = "oauth2"', 'auth = "oauth2"\noptions.vendor_secret = "hush"', "sis.options.vendor_secret", "env:NAME"),
        ('title = "High"', 'title = "High"\nschool_days = [0, 1]', "school[1].school_days", "Monday is 1"),
        ('title = "High"', 'title = "High"\nschool_days = [8]', "school[1].school_days", "Monday is 1"),
        ('title = "High"', 'title = "High"\nschool_days = []', "school[1].school_days", "Monday is 1"),
        ('title = "High"', 'title = "High"\nschool_days = [2, 2]', "school[1].school_days", "[2]"),
        ("first_day = 2025-09-02", "first_day = 2025-09-02T10:00:00", "school[1].marking_period[1].first_day", "year-"),
        ("first_day = 2025-09-02", 'first_day = "2025-02-30"', "school[1].marking_period[1].first_day", "year-"),
        ("first_day = 2025-09-02", 'first_day = "9/2/2025"', "school[1].marking_period[1].first_day", "year-"),
        ("first_day = 2025-09-09", "first_day = 2025-09-09\nlast_day = 2025-09-08",
         "school[1].day_off[1].last_day", "Swap"),
        ('title = "Veterans Day"', 'name = "Veterans Day"', "school[1].day_off[1].title", "Add title"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_with_its_line_and_a_fix(old: str, new: str, path: str, fix: str) -> None:
    text = changed(old, new)
    found = {one.path: one for one in refused(text)}
    assert path in found
    assert fix in found[path].fix
    last = re.sub(r"\[\d+\]", "", path).rpartition(".")[2]
    if last in new:
        assert last in text.split("\n")[found[path].line - 1]


@pytest.mark.parametrize(
    ("policies", "path"),
    [
        ('due_on_day_off = "maybe"', "policies.due_on_day_off"),
        ('due_on_dayoff = "refuse"', "policies.due_on_dayoff"),
        ('check_scores_in_sis = "never"', "policies.check_scores_in_sis"),
        ('quiet_hours = "22-5"', "policies.quiet_hours"),
        ('quiet_hours = "none"', "policies.quiet_hours"),
        ('quiet_hours = "05:00-05:00"', "policies.quiet_hours"),
        ("quiet_hours = 22", "policies.quiet_hours"),
        ('peak_hours = "always"', "policies.peak_hours"),
        ("peak_concurrency = 0", "policies.peak_concurrency"),
        ("peak_concurrency = 65", "policies.peak_concurrency"),
        ('peak_concurrency = "2"', "policies.peak_concurrency"),
        ("brake_creates = 0", "policies.brake_creates"),
        ("brake_creates = 100001", "policies.brake_creates"),
        ("brake_creates = true", "policies.brake_creates"),
        ("brake_overwrites = 5.0", "policies.brake_overwrites"),
        ('brake_deletes = "none"', "policies.brake_deletes"),
        ('brake_deletes = "7"', "policies.brake_deletes"),
        ("brake_delete = 7", "policies.brake_delete"),
    ],
)
def test_policies_must_be_known_and_hours_be_hours(policies: str, path: str) -> None:
    assert only(f"{GOOD}\n[policies]\n{policies}\n").path == path


def test_the_numbers_of_the_brake_are_numbers_or_off_and_are_shown_as_they_were_read() -> None:
    stated = '[policies]\nbrake_creates = 7\nbrake_deletes = "off"\n'

    config = read(f"{GOOD}\n{stated}", updated_at=1)

    assert config.policies == {"brake_creates": "7", "brake_deletes": "off"}
    assert stated in show(config)
    assert read(show(config), updated_at=1).policies == config.policies


@pytest.mark.parametrize(
    "limit", ["title_max = 0", "title_max = 1.5", "points_max = -1", "points_max = inf", "whole_points = 1"]
)
def test_limits_must_be_possible(limit: str) -> None:
    assert only(f"{GOOD}\n[limits]\n{limit}\n").path == f"limits.{limit.partition(' ')[0]}"


@pytest.mark.parametrize(
    "url",
    [
        "http://sis.example.org", "ftp://sis.example.org", "sis.example.org", "https://", "https://user:pw@sis.example.org",
        "https://good@evil", "https://sis.example.org/?a=1", "https://sis.example.org/#x", "https://localhost/api",
        "https://127.0.0.1/", "https://10.0.0.5/", "https://169.254.169.254/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://sis.example.org:9092/",
        "https://sis.example.org:0/", "https://sis.example.org:99999/", "https://bücher.example/", "https://sis.internal/",
        "https://sis.example.org\\\\@evil/", "https://[bad/", "gopher://sis.example.org", "file:///etc/passwd",
        "https://sis.example.org./",
    ],
)  # fmt: skip
def test_an_address_delivery_must_not_call_is_refused_and_not_repeated(url: str) -> None:
    found = only(changed("https://sis.example.org/api", url))
    assert (found.path, found.line) == ("sis.base_url", 8)
    assert "pw" not in str(found)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080/plus360api", "http://sis:9001/api", "https://10.0.0.5/", "http://localhost:1/"],
)
def test_a_district_may_open_its_own_network(url: str) -> None:
    text = changed("https://sis.example.org/api", url).replace(
        'auth = "oauth2"', 'auth = "oauth2"\nallow_private_addresses = true'
    )
    assert read(text).sis.base_url == url


@pytest.mark.parametrize(
    "value", ["hunter2-hunter2", "env:", "env:has space", "file:relative/path", "ENV:NAME", "https://vault/x"]
)
@pytest.mark.parametrize("key", ["key_ref", "secret_ref"])
def test_a_secret_in_the_file_is_refused_and_never_repeated(key: str, value: str) -> None:
    text = re.sub(rf'{key} = ".*"', f'{key} = "{value}"', GOOD)
    found = only(text)
    assert found.path == f"sis.{key}"
    assert value not in found.what
    assert "hunter2" not in str(found)


def test_periods_that_overlap_are_named_with_both_lines() -> None:
    text = (
        GOOD
        + '\n[[school.marking_period]]\nid = "Q2"\ntitle = "Quarter 2"\nfirst_day = 2025-11-07\nlast_day = 2026-01-23\n'
    )
    found = only(text)
    assert found.line == line_of(text, "first_day = 2025-11-07")
    assert f"line {line_of(text, '[[school.marking_period]]')}" in found.what
    assert "Quarter 1" in found.what


def test_periods_that_only_touch_do_not_overlap() -> None:
    text = (
        '\n[[school.marking_period]]\nid = "Q2"\ntitle = "2"\nfirst_day = 2025-11-08\nlast_day = 2026-01-23\n'
    )
    assert len(read(GOOD + text).schools[0].marking_periods) == 2


def test_a_short_period_inside_a_long_one_overlaps_it_though_another_lies_between() -> None:
    row = '\n[[school.marking_period]]\nid = "{0}"\ntitle = "{0}"\nfirst_day = {1}\nlast_day = {2}\n'
    text = GOOD + row.format("A", "2025-09-08", "2025-09-12") + row.format("B", "2025-10-06", "2025-10-10")
    assert [one.path for one in refused(text)] == [
        "school[1].marking_period[2].first_day",
        "school[1].marking_period[3].first_day",
    ]


def test_a_period_without_a_day_of_school_is_refused() -> None:
    text = changed("last_day = 2025-11-07", "last_day = 2025-09-02").replace("2025-09-09", "2025-09-02")
    assert "no day with school" in only(text).what


@pytest.mark.parametrize(
    ("rows", "path"),
    [
        ('[[school]]\nid = "high"\ntitle = "Other"\n', "school[2].id"),
        ('[[category]]\nid = "A"\ntitle = "A"\n[[category]]\nid = "A"\ntitle = "B"\n', "category[2].id"),
        ('[[school.marking_period]]\nid = "Q1"\ntitle = "2"\nfirst_day = 2026-01-05\nlast_day = 2026-02-06\n',
         "school[1].marking_period[2].id"),
    ],
)  # fmt: skip
def test_ids_that_come_twice_are_refused(rows: str, path: str) -> None:
    assert only(f"{GOOD}\n{rows}").path == path


def test_two_sections_may_have_a_category_of_the_same_id() -> None:
    row = '\n[[category]]\nid = "A"\ntitle = "A"\nsis_section = "{}"\n'
    assert len(read(GOOD + row.format(1) + row.format(2)).categories) == 2


@pytest.mark.parametrize(
    ("text", "line", "fix"),
    [
        ('tenant = "a"\ntitle = \n', 2, ""),
        ('tenant = "a"\ntenant = "b"\n', 2, "keep one"),
        ("x = 2025-02-30\n", 1, "no such day"),
        ('tenant = "a\n', 1, "Close the quotes"),
        ("tenant = yes\n", 1, "quotes"),
        ("x = " + "[" * 5000 + "]" * 5000, 0, "example-district"),
        ("x = " + "9" * 5000, 0, "Remove"),
        ("\x00", 1, ""),
    ],
    ids=[str(place) for place in range(8)],
)
def test_what_is_no_toml_is_refused_with_its_line(text: str, line: int, fix: str) -> None:
    found = only(text)
    assert found.line == line
    assert fix in found.fix


def test_an_empty_file_says_all_it_lacks() -> None:
    paths = {one.path for one in refused("")}
    assert {"tenant", "title", "entitled", "time_zone", "sis.kind", "sis.base_url", "sis.secret_ref"} <= paths


def test_a_file_that_is_not_there_is_refused_without_its_folder(tmp_path: Path) -> None:
    (found,) = refused(tmp_path / "none.toml")
    assert "cannot be read" in found.what
    (folder,) = refused(tmp_path)
    assert "cannot be read" in folder.what


def test_a_file_that_is_not_text_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "district.toml"
    path.write_bytes(b'tenant = "a"\ntitle = "\xff"\n')
    (found,) = refused(path)
    assert (found.line, found.what) == (2, "is not UTF-8 text")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "district.toml"
    path.write_bytes(b"#" * 900_000)
    assert "larger" in refused(path)[0].what


VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.dates()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + "".join(f"\\U{ord(char):08X}" for char in value) + '"'
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
        case date():
            return value.isoformat()
    return str(value)


NAMES = st.sampled_from(
    ["tenant", "entitled", "time_zone", "sis", "school", "category", "limits", "policies"]
)


@given(document=st.dictionaries(NAMES, VALUES, max_size=4))
def test_no_toml_makes_reading_fail_in_another_way(document: dict[str, Any]) -> None:
    text = "\n".join(f"{key} = {toml(value)}" for key, value in document.items())
    tomllib.loads(text)
    assert refused(text)


@given(text=st.text(alphabet="ab=[]{}\".#\n\\'-1 ,", max_size=60))
def test_no_text_makes_reading_fail_in_another_way(text: str) -> None:
    assert refused(text)


# --- lines


def test_lines_are_found_whatever_way_a_key_is_written() -> None:
    text = (
        "# [not.a.table]\n"
        "a = '''\nb = 1\n[c]\n'''\n"
        '"b" = """x\\"""\ny = 2"""\n'
        "c.d = [\n  1, # one\n  { e = 2, f = [\n3] },\n]\n"
        '[[t]]\n"k.1" = 1\n[[t.u]]\nx = 1\n[t.v]\ny = 2\n[[t]]\n[[t.u]]\nx = 3\n'
        "[w.'z z']\nq=1 # end"
    )
    tomllib.loads(text)
    assert lines_of(text) == {
        ("a",): 2,
        ("b",): 6,
        ("c",): 8,
        ("c", "d"): 8,
        ("c", "d", 0): 9,
        ("c", "d", 1): 10,
        ("c", "d", 1, "e"): 10,
        ("c", "d", 1, "f"): 10,
        ("c", "d", 1, "f", 0): 11,
        ("t",): 13,
        ("t", 0): 13,
        ("t", 0, "k.1"): 14,
        ("t", 0, "u"): 15,
        ("t", 0, "u", 0): 15,
        ("t", 0, "u", 0, "x"): 16,
        ("t", 0, "v"): 17,
        ("t", 0, "v", "y"): 18,
        ("t", 1): 19,
        ("t", 1, "u"): 20,
        ("t", 1, "u", 0): 20,
        ("t", 1, "u", 0, "x"): 21,
        ("w",): 22,
        ("w", "z z"): 22,
        ("w", "z z", "q"): 23,
    }


@given(document=st.dictionaries(st.text(min_size=1, max_size=6), VALUES, max_size=4))
def test_every_key_of_any_document_has_its_line(document: dict[str, Any]) -> None:
    text = "".join(f"\n{toml(key)} = {toml(value)}" for key, value in document.items())
    lines = lines_of(text)
    for place, key in enumerate(document):
        assert lines[key,] == place + 2


# --- showing


def test_what_is_shown_can_be_read_back() -> None:
    config = read(EXAMPLE, updated_at=5)
    assert replace(read(show(config), updated_at=5), source=config.source) == config


def test_a_secret_that_came_another_way_is_not_shown() -> None:
    config = read(GOOD)
    leaky = replace(config, sis=replace(config.sis, secret_ref="hunter2", options={"vendor_key": "hunter2"}))
    assert "hunter2" not in show(leaky)


WORDS = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=20
).filter(lambda text: text == text.strip())


@st.composite
def calendars(draw: st.DrawFn) -> tuple[MarkingPeriod, ...]:
    day = date(2025, 8, 1)
    periods = []
    for place in range(draw(st.integers(0, 4))):
        first = day + timedelta(days=draw(st.integers(1, 20)))
        day = first + timedelta(days=draw(st.integers(7, 60)))
        periods.append(
            MarkingPeriod(
                id=str(place),
                title=draw(WORDS),
                first_day=first.isoformat(),
                last_day=day.isoformat(),
                locked=draw(st.booleans()),
            )
        )
    return tuple(periods)


@given(
    title=WORDS,
    periods=calendars(),
    days=st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days))),
    limits=st.builds(
        Limits,
        title_max=st.none() | st.integers(1, 1000),
        points_max=st.none() | st.floats(0.5, 1e6),
        whole_points=st.none() | st.booleans(),
    ),
    categories=st.lists(WORDS, unique=True, max_size=3),
    options=st.dictionaries(
        WORDS.filter(lambda name: not re.search("key|secret|token|pass|cert|door", name, re.IGNORECASE)), WORDS
    ),
    rate=st.none() | st.floats(0.1, 1e6),
)  # fmt: skip
def test_any_good_district_survives_being_shown_and_read(
    title: str,
    periods: tuple[MarkingPeriod, ...],
    days: tuple[int, ...],
    limits: Limits,
    categories: list[str],
    options: dict[str, str],
    rate: float | None,
) -> None:
    config = read(GOOD, updated_at=5)
    other = replace(
        config,
        title=title,
        sis=replace(config.sis, options=options, rate_per_second=rate),
        schools=(replace(config.schools[0], marking_periods=periods, days_off=(), school_days=days),),
        categories=tuple(SisCategory(id=one, title=one) for one in categories),
        limits=limits,
        policies={
            "due_on_day_off": "allow",
            "check_scores_in_sis": "no",
            "quiet_hours": "22:00-05:00",
            "peak_hours": "none",
            "peak_concurrency": "3",
        },
    )
    assert read(show(other), updated_at=5) == other
