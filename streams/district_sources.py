"""Where each fact of a district comes from: what its file states, what its SIS tells, and which of the two counts."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from schemas.directory import added_categories, fits, merged, sis_school
from schemas.district import DistrictConfig, DistrictDirectory, MarkingPeriod
from streams.district_checks import is_reference, names_secret
from streams.district_show import HIDDEN

_OTHER = "another system or address told this than the file names"


def lines(config: DistrictConfig, told: Iterable[DistrictDirectory]) -> Iterator[str]:
    """What the SIS tells, as comments for beneath the file's TOML."""
    yield "# From the SIS, by the directory refresh. Where the file states the same, the file counts."
    found = False
    for one in told:
        for what, facts, why_not in _facts(config, one):
            found = True
            use = f"not used, since {why_not}" if why_not else "in force"
            yield f"# {_place(one)}, since {_time(one.read_at)}: {what} {'; '.join(facts)} ({use})"
    if not found:
        yield "# nothing yet"


def as_json(config: DistrictConfig, told: Iterable[DistrictDirectory]) -> dict[str, Any]:
    """The file's part, the SIS's and what is in force; no secret among them."""
    told = list(told)
    return {
        "stated": _masked(config),
        "told": [
            {
                **asdict(one),
                "read_at": _time(one.read_at),
                "not_used": {what: why for what, _, why in _facts(config, one) if why},
            }
            for one in told
        ],
        "in_force": _masked(merged(config, told)),
    }


def _facts(config: DistrictConfig, told: DistrictDirectory) -> Iterator[tuple[str, list[str], str]]:
    """(what, its facts, why they do not count or "")."""
    other = "" if fits(config, told) else _OTHER
    if told.categories:
        used = other or added_categories(config, told)
        why = other or ("" if used else f"the file lists categories of {_of(told)}")
        yield "categories", [f"{row.id} {_quoted(row.title)}" for row in told.categories], why
    if told.sis_school is None:
        return
    school = next((one for one in config.schools if sis_school(one) == told.sis_school), None)
    unknown = other or ("the file has no such school" if school is None else "")
    for what, rows, stated in (
        (
            "marking periods",
            [_period(one) for one in told.marking_periods],
            school and school.marking_periods,
        ),
        (
            "days off",
            [f"{one.first_day} to {one.last_day} {_quoted(one.title)}" for one in told.days_off],
            school and school.days_off,
        ),
    ):
        if rows:
            yield what, rows, unknown or (f"the file lists the school's {what}" if stated else "")


def _period(one: MarkingPeriod) -> str:
    return f"{one.id} {_quoted(one.title)} {one.first_day} to {one.last_day}{' locked' if one.locked else ''}"


def _of(told: DistrictDirectory) -> str:
    return "the district" if told.sis_section is None else "the section"


def _place(told: DistrictDirectory) -> str:
    if told.sis_section is not None:
        return f"SIS section {_quoted(told.sis_section)}"
    return "the district" if told.sis_school is None else f"SIS school {_quoted(told.sis_school)}"


def _masked(config: DistrictConfig) -> dict[str, Any]:
    fields = asdict(config)
    sis = fields["sis"]
    for name in ("key_ref", "secret_ref"):
        sis[name] = _reference(sis[name])
    options: Mapping[str, str] = sis["options"]
    sis["options"] = {
        name: _reference(text) if names_secret(name) else text for name, text in sorted(options.items())
    }
    return fields


def _reference(text: str) -> str:
    return text if not text or is_reference(text) else HIDDEN


def _quoted(text: str) -> str:
    # what a SIS tells may hold a line break, which would end the comment
    return json.dumps(text)


def _time(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="seconds")
