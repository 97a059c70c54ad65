"""Two records of one district brought together: what its file states, and what its SIS tells. Pure.

Each has keys and a writer of its own, so neither ever overwrites the other. What the file states wins, place by place;
what it does not state, the SIS fills in:

    categories         a section (or the district as a whole) for which the file lists any has those of the file
    marking periods    a school for which the file lists any has those of the file
    days off           likewise

What another system or address told than the one the file names now counts for nothing.
"""

from collections.abc import Iterable
from dataclasses import replace

from schemas.district import DistrictConfig, DistrictDirectory, School, SisCategory
from schemas.keys import place_key


def merged(config: DistrictConfig, told: Iterable[DistrictDirectory]) -> DistrictConfig:
    """The configuration in force. `config` itself when the SIS adds nothing."""
    fitting = [one for one in told if fits(config, one)]
    added = tuple(row for one in fitting for row in added_categories(config, one))
    by_school = {one.sis_school: one for one in fitting if one.sis_school is not None}
    schools = tuple(_filled(school, by_school.get(sis_school(school))) for school in config.schools)
    if not added and schools == config.schools:
        return config
    return replace(config, categories=config.categories + added, schools=schools)


def fits(config: DistrictConfig, told: DistrictDirectory) -> bool:
    """Whether it was told by the system and address that the file names."""
    return (told.sis, told.base_url) == (config.sis.kind, config.sis.base_url)


def added_categories(config: DistrictConfig, told: DistrictDirectory) -> tuple[SisCategory, ...]:
    """Those of its categories that the file does not state."""
    if any(row.sis_section == told.sis_section for row in config.categories):
        return ()
    everywhere = {row.id for row in config.categories if row.sis_section is None}
    return tuple(row for row in told.categories if row.id not in everywhere)


def sis_school(school: School) -> str:
    """The school's id in the SIS: its own where the file names no other."""
    return school.sis_school or school.id


def _filled(school: School, told: DistrictDirectory | None) -> School:
    if told is None:
        return school
    return replace(
        school,
        marking_periods=school.marking_periods or told.marking_periods,
        days_off=school.days_off or told.days_off,
    )


def key_of(told: DistrictDirectory) -> bytes:
    """Its key on district.config."""
    return place_key(told.tenant, told.sis_section, told.sis_school)


def news(known: DistrictDirectory | None, told: DistrictDirectory) -> DistrictDirectory | None:
    """What to write of what was told now; None when it is nothing new.

    A list that comes back empty is a hiccup and not news: what is known of it stays. Order means nothing.
    """
    told = replace(
        told,
        categories=tuple(sorted(told.categories, key=lambda row: (row.id, row.title))),
        marking_periods=tuple(sorted(told.marking_periods, key=lambda row: (row.first_day, row.id))),
        days_off=tuple(sorted(told.days_off, key=lambda row: (row.first_day, row.last_day, row.title))),
    )
    if known is not None and (known.sis, known.base_url) == (told.sis, told.base_url):
        told = replace(
            told,
            categories=told.categories or known.categories,
            marking_periods=told.marking_periods or known.marking_periods,
            days_off=told.days_off or known.days_off,
        )
        if replace(told, read_at=known.read_at) == known:
            return None
    return told if told.categories or told.marking_periods or told.days_off else None
