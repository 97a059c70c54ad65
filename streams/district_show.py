"""A district's configuration as its file would say it, for a person to read. What it prints can be read back."""

import json
from collections.abc import Iterable, Iterator, Mapping

from schemas.district import DistrictConfig, School, SisConnection
from schemas.policies import PEAK_CONCURRENCY
from streams.district_checks import is_reference, names_secret
from streams.rules.policies import NUMBERS

#: Policies that a file states as numbers.
_WHOLE = frozenset({*NUMBERS, PEAK_CONCURRENCY})
#: Stands where a secret would.
HIDDEN = "(hidden: not a reference)"


def show(config: DistrictConfig) -> str:
    """The configuration as TOML. A secret that stands where a reference belongs is not shown."""
    blocks = [
        _block(f"# from {_line(config.source)}, updated_at {config.updated_at}", _top(config)),
        _block("[sis]", _connection(config.sis)),
        _block("[sis.options]", _options(config.sis.options)),
        _block("[limits]", _limits(config)),
        _block("[policies]", _policies(config.policies)),
        *_categories(config),
        *(block for school in config.schools for block in _school(school)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _block(head: str, pairs: Iterable[tuple[str, object]]) -> str:
    lines = [f"{_key(key)} = {_value(value)}" for key, value in pairs if value is not None]
    return "\n".join([head, *lines]) if lines else ""


def _top(config: DistrictConfig) -> Iterator[tuple[str, object]]:
    yield "tenant", config.tenant
    yield "title", config.title
    yield "entitled", config.entitled
    yield "time_zone", config.time_zone


def _connection(sis: SisConnection) -> Iterator[tuple[str, object]]:
    yield "kind", sis.kind.value.lower()
    yield "base_url", sis.base_url
    yield "auth", sis.auth
    yield "token_url", sis.token_url
    yield "key_ref", _reference(sis.key_ref) or None
    yield "secret_ref", _reference(sis.secret_ref)
    yield "concurrency", sis.concurrency
    yield "rate_per_second", sis.rate_per_second
    yield "allow_private_addresses", sis.allow_private_addresses


def _reference(text: str) -> str:
    return text if not text or is_reference(text) else HIDDEN


def _options(options: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    for name, value in sorted(options.items()):
        yield name, _reference(value) if names_secret(name) else value


def _limits(config: DistrictConfig) -> Iterator[tuple[str, object]]:
    yield "title_max", config.limits.title_max
    yield "points_max", config.limits.points_max
    yield "whole_points", config.limits.whole_points


def _policies(policies: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    for name, value in sorted(policies.items()):
        yield name, int(value) if name in _WHOLE and value.isdecimal() else value


def _categories(config: DistrictConfig) -> Iterator[str]:
    for row in config.categories:
        yield _block("[[category]]", (("id", row.id), ("title", row.title), ("sis_section", row.sis_section)))


def _school(school: School) -> Iterator[str]:
    head = (("id", school.id), ("title", school.title), ("sis_school", school.sis_school))
    yield _block("[[school]]", (*head, ("school_days", school.school_days)))
    for period in school.marking_periods:
        span = (("first_day", period.first_day), ("last_day", period.last_day))
        locked = (("locked", period.locked or None),)
        yield _block(
            "[[school.marking_period]]", (("id", period.id), ("title", period.title), *span, *locked)
        )
    for day in school.days_off:
        last = None if day.last_day == day.first_day else day.last_day
        yield _block(
            "[[school.day_off]]", (("first_day", day.first_day), ("last_day", last), ("title", day.title))
        )


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _quoted(name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return repr(value) if isinstance(value, int | float) else _quoted(str(value))


def _quoted(text: str) -> str:
    # TOML's basic strings are JSON's, but for DEL
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
