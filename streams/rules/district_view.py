"""A district as the rules ask about it: limits settled, calendars and categories indexed. Built once per config."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.district import DistrictConfig, SisCategory
from schemas.gradebook import Sis
from schemas.systems import System, system
from streams.rules.calendar import SchoolCalendar
from streams.rules.policies import Brake


@dataclass(frozen=True, slots=True, eq=False)
class DistrictView:
    """Compared and hashed by identity, so it may be part of a cache key: a new config is a new view."""

    tenant: str
    entitled: bool
    sis: Sis
    system: System
    time_zone: str
    title_max: int
    points_max: float | None
    whole_points: bool
    lost: frozenset[str]
    brake: Brake
    calendars: Mapping[str, SchoolCalendar]
    everywhere: frozenset[str]
    by_section: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, config: DistrictConfig) -> "DistrictView":
        """The view of a config. A limit that could never be met counts as not stated."""
        kind = _system(config)
        limits = config.limits
        everywhere, by_section = _categories(config.categories)
        points_max = limits.points_max
        return cls(
            tenant=config.tenant,
            entitled=config.entitled,
            sis=config.sis.kind,
            system=kind,
            time_zone=config.time_zone,
            title_max=limits.title_max if limits.title_max and limits.title_max > 0 else kind.title_max,
            points_max=points_max if points_max is not None and points_max >= 0 else kind.points_max,
            whole_points=kind.whole_points if limits.whole_points is None else limits.whole_points,
            lost=kind.lost(config.sis.options),
            brake=Brake.of(config.policies),
            calendars={school.id: SchoolCalendar.of(school, config.policies) for school in config.schools},
            everywhere=everywhere,
            by_section=by_section,
        )

    def categories(self, sis_section: str) -> frozenset[str]:
        """Ids of the SIS categories that section may use; empty when none are known."""
        return self.by_section.get(sis_section, self.everywhere)


def _system(config: DistrictConfig) -> System:
    try:
        return system(config.sis.kind, config.sis.options.get("door"))
    except KeyError:  # a door we do not know: judge as the first one, which delivery would use too
        return system(config.sis.kind)


def _categories(rows: tuple[SisCategory, ...]) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    everywhere = frozenset(row.id for row in rows if row.sis_section is None)
    own: dict[str, set[str]] = {}
    for row in rows:
        if row.sis_section is not None:
            own.setdefault(row.sis_section, set()).add(row.id)
    return everywhere, {section: everywhere | ids for section, ids in own.items()}
