"""What an adapter told of its SIS, as records of district.config. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from adapters.contract import Capabilities, Directory
from schemas.directory import key_of, news
from schemas.district import DistrictConfig, DistrictDirectory, SisCategory


def name_of(can: Capabilities, section: str, teacher: str | None) -> str:
    """The section as the adapter is asked about it."""
    return f"{section}:{teacher}" if can.teachers_categories and teacher and ":" not in section else section


def records(
    config: DistrictConfig, told: Directory, at: int, asked: Mapping[str, tuple[str, str | None]]
) -> Iterator[DistrictDirectory]:
    """One per section (or the district as a whole) and one per school that anything was told of.

    `asked` gives section and teacher by the names the adapter was asked with.
    """
    by_section: dict[str | None, list[SisCategory]] = {}
    for row in told.categories:
        by_section.setdefault(row.sis_section, []).append(row)
    for section, rows in by_section.items():
        ours, teacher = (None, None) if section is None else asked.get(section, (section, None))
        distinct = {row.id: replace(row, sis_section=ours) for row in rows if row.id}
        yield _record(config, at, sis_section=ours, sis_teacher=teacher, categories=tuple(distinct.values()))
    for school in sorted({*told.marking_periods, *told.days_off}):
        yield _record(
            config,
            at,
            sis_school=school,
            marking_periods=tuple(told.marking_periods.get(school, ())),
            days_off=tuple(told.days_off.get(school, ())),
        )


def changed(
    known: Mapping[bytes, DistrictDirectory], told: Iterable[DistrictDirectory]
) -> dict[bytes, DistrictDirectory]:
    """By key, those that differ from what is known; see schemas/directory.py."""
    found = {key_of(one): news(known.get(key_of(one)), one) for one in told}
    return {key: one for key, one in found.items() if one is not None}


def _record(config: DistrictConfig, at: int, **facts: object) -> DistrictDirectory:
    return DistrictDirectory(
        tenant=config.tenant,
        sis=config.sis.kind,
        base_url=config.sis.base_url,
        read_at=at,
        **facts,  # type: ignore[arg-type] # the caller's names are the record's
    )
