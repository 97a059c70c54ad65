"""A district's configuration file: TOML in, DistrictConfig out, or every problem at once and nothing applied.

deploy/config/example-district.toml explains each key.
"""

import time
from pathlib import Path

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
from schemas.systems import doors, system
from streams import district_checks as checks
from streams.district_show import show
from streams.district_syntax import parsed
from streams.district_table import FileProblem, Report, Table

__all__ = ["DistrictFileRefused", "FileProblem", "read", "show"]

#: Calls at once when the file does not say.
CONCURRENCY = 8
#: Largest file read, in bytes. A configuration must also fit in one record.
MAX_FILE = 800_000
_KINDS = tuple(sis.value.lower() for sis in Sis)
_METHODS = tuple(dict.fromkeys(method for sis in Sis for method in system(sis).auth))
_WEEK = (1, 2, 3, 4, 5)


class DistrictFileRefused(Exception):
    """The file cannot be applied. `problems` are in order of line."""

    def __init__(self, problems: tuple[FileProblem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def read(source: Path | str, *, updated_at: int | None = None) -> DistrictConfig:
    """The district a file describes. `source` is a path, or the TOML text itself when it is a str.

    `updated_at`: milliseconds since the epoch; now when not given. DistrictFileRefused lists all that is wrong.
    """
    text, name = (source, "text") if isinstance(source, str) else (_text_of(source), f"file:{source.name}")
    found = parsed(text)
    if isinstance(found, FileProblem):
        raise DistrictFileRefused((found,))
    report = Report(found[1])
    at = time.time_ns() // 1_000_000 if updated_at is None else updated_at
    config = _district(Table(found[0], (), report), name, at)
    if report.problems:
        raise DistrictFileRefused(tuple(sorted(set(report.problems))))
    return config


def _text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
        if len(data) <= MAX_FILE:
            return data.decode("utf-8-sig")
        problem = FileProblem(
            0, "", f"is larger than {MAX_FILE} bytes", "Leave out what the SIS can tell itself."
        )
    except OSError as error:
        problem = FileProblem(
            0, "", f"cannot be read: {error.strerror}", "Check the path and its permissions."
        )
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = FileProblem(line, "", "is not UTF-8 text", "Save it as UTF-8.")
    raise DistrictFileRefused((problem,))


def _district(table: Table, source: str, updated_at: int) -> DistrictConfig:
    zone = table.text("time_zone", example="America/New_York")
    checks.check_zone(table, "time_zone", zone)
    policies = checks.check_policies(table.table("policies"))
    config = DistrictConfig(
        tenant=table.text("tenant", example="lakeside"),
        title=table.text("title", example="Lakeside School District"),
        entitled=table.flag("entitled"),
        time_zone=zone,
        source=source,
        updated_at=updated_at,
        sis=_connection(table.table("sis")),
        schools=_schools(table),
        categories=_categories(table),
        limits=_limits(table.table("limits")),
        policies=policies,
    )
    table.close()
    return config


def _connection(table: Table) -> SisConnection:
    named = table.choice("kind", _KINDS)
    kind = Sis((named or _KINDS[0]).upper())
    # of an unknown system any method may be right
    auth = table.choice("auth", system(kind).auth if named else _METHODS) or ""
    private = table.flag("allow_private_addresses", default=False)
    base_url = table.text("base_url", example="https://sis.example.org/plus360api/v1/lms")
    token_url = table.maybe_text("token_url", example="https://sis.example.org/token")
    checks.check_url(table, "base_url", base_url, private=private)
    checks.check_url(table, "token_url", token_url, private=private)
    connection = SisConnection(
        kind=kind,
        base_url=base_url,
        auth=auth,
        token_url=token_url,
        key_ref=_reference(table, "key_ref", needed=auth != "certificate"),
        secret_ref=_reference(table, "secret_ref"),
        concurrency=table.whole("concurrency", 1, checks.MAX_CONCURRENCY, CONCURRENCY) or CONCURRENCY,
        rate_per_second=table.positive("rate_per_second"),
        allow_private_addresses=private,
        options=_options(table, kind if named else None),
    )
    table.close()
    return connection


def _reference(table: Table, key: str, *, needed: bool = True) -> str:
    """Where a secret stands. A certificate is a secret without a key."""
    if not needed and not table.has(key):
        return table.maybe_text(key, example="") or ""
    reference = table.text(key, example="env:NAME")
    checks.check_reference(table, key, reference)
    return reference


def _options(table: Table, kind: Sis | None) -> dict[str, str]:
    options = table.table("options")
    texts = options.texts()
    checks.check_options(options, texts)
    if kind is not None and texts.get("door"):
        options.choice("door", doors(kind))
    return texts


def _limits(table: Table) -> Limits:
    limits = Limits(
        title_max=table.whole("title_max", 1, 1_000),
        points_max=table.positive("points_max"),
        whole_points=table.maybe_flag("whole_points"),
    )
    table.close()
    return limits


def _categories(table: Table) -> tuple[SisCategory, ...]:
    rows = [(_category(row), (*row.path, "id")) for row in table.tables("category")]
    checks.check_unique(
        table.report, "category", (((row.sis_section, row.id), path) for row, path in rows if row.id)
    )
    return tuple(row for row, _ in rows)


def _category(table: Table) -> SisCategory:
    category = SisCategory(
        id=table.text("id", example="HW"),
        title=table.text("title", example="Homework"),
        sis_section=table.maybe_text("sis_section", example="1042"),
    )
    table.close()
    return category


def _schools(table: Table) -> tuple[School, ...]:
    rows = [(_school(row), (*row.path, "id")) for row in table.tables("school")]
    checks.check_unique(table.report, "school", ((row.id, path) for row, path in rows if row.id))
    return tuple(row for row, _ in rows)


def _school(table: Table) -> School:
    periods = [(period, row.path) for row in table.tables("marking_period") if (period := _period(row))]
    days_off = tuple(day for row in table.tables("day_off") if (day := _day_off(row)))
    school_days = table.weekdays("school_days", _WEEK)
    ids = ((period.id, (*path, "id")) for period, path in periods if period.id)
    checks.check_unique(table.report, "marking period of the school", ids)
    checks.check_overlaps(table.report, periods)
    checks.check_school_days(table.report, periods, days_off, school_days)
    school = School(
        id=table.text("id", example="lakeside-high"),
        sis_school=table.maybe_text("sis_school", example="12"),
        title=table.text("title", example="Lakeside High School"),
        marking_periods=tuple(sorted((period for period, _ in periods), key=lambda one: one.first_day)),
        days_off=tuple(sorted(days_off, key=lambda one: (one.first_day, one.last_day))),
        school_days=school_days,
    )
    table.close()
    return school


def _period(table: Table) -> MarkingPeriod | None:
    """The period, or None when its dates are no span, which is noted."""
    first, last = table.day("first_day"), table.day("last_day")
    ident, title = table.text("id", example="Q1"), table.text("title", example="Quarter 1")
    locked = table.flag("locked", default=False)
    table.close()
    if first is None or last is None or not checks.check_order(table, first, last):
        return None
    return MarkingPeriod(
        id=ident, title=title, first_day=first.isoformat(), last_day=last.isoformat(), locked=locked
    )


def _day_off(table: Table) -> DayOff | None:
    """The day or span, or None when its dates are no span, which is noted. One day needs no last_day."""
    first = table.day("first_day")
    last = table.day("last_day", default=first)
    title = table.text("title", example="Winter break")
    table.close()
    if first is None or last is None or not checks.check_order(table, first, last):
        return None
    return DayOff(first_day=first.isoformat(), last_day=last.isoformat(), title=title)
