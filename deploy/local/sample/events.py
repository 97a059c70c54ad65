"""The events an LMS would publish of a sample district, in the order it would."""

from collections.abc import Iterator
from dataclasses import replace

from deploy.local.sample.districts import SampleDistrict
from deploy.local.sample.plan import PlannedItem, PlannedSection, category_id, regraded
from schemas.gradebook import (
    CategoryMapping,
    Change,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    MappingChanged,
    RosterChanged,
    RosterEntry,
    RosterStatus,
    ScoresChanged,
    SectionBound,
)

#: 20 January 2026, 15:00 UTC: when the sample's first event happened.
FIRST = 1_768_921_200_000


def changes(sample: SampleDistrict) -> Iterator[GradebookChange]:
    """Everything, section after section; later changes of items stand at the end."""
    for section in sample.sections:
        told = [*_setting_up(sample, section), *_assigning(section), *_later(section)]
        yield from _numbered(sample.tenant, section, told)


def _numbered(tenant: str, section: PlannedSection, told: list[Change]) -> Iterator[GradebookChange]:
    for version, change in enumerate(told, start=1):
        yield GradebookChange(
            tenant=tenant,
            section=section.id,
            event=f"{section.id}-e{version:03d}",
            version=version,
            occurred_at=FIRST + version * 1000,
            actor=section.teacher,
            change=change,
        )


def _setting_up(sample: SampleDistrict, section: PlannedSection) -> Iterator[Change]:
    yield SectionBound(
        sis=sample.sis,
        sis_section=section.sis_section,
        school=sample.school,
        sis_teacher=section.teacher,
        title=section.title,
        teachers=(section.teacher,),
    )
    yield MappingChanged(
        categories=tuple(
            CategoryMapping(
                category=category_id(name), sis_category=sample.wire_category(section, target), name=name
            )
            for name, target in section.categories.items()
        )
    )
    yield RosterChanged(
        students=tuple(
            RosterEntry(
                student=seat.id,
                sis_student=seat.sis_id,
                status=RosterStatus.DROPPED if seat.dropped else RosterStatus.ACTIVE,
            )
            for seat in section.seats
        )
    )


def _assigning(section: PlannedSection) -> Iterator[Change]:
    for item in section.items:
        first = _item(item)
        if item.case.rename and item.case.change != "rename":
            first = replace(first, title=item.case.rename)
        yield first


def _later(section: PlannedSection) -> Iterator[Change]:
    for item in section.items:
        match item.case.change:
            case "delete":
                yield ItemDeleted(item=item.id)
            case "rename":
                yield replace(_item(item), title=item.case.rename or item.title, scores=None)
            case "regrade":
                yield ScoresChanged(item=item.id, scores=regraded(item, section.seats))


def _item(item: PlannedItem) -> ItemChanged:
    return ItemChanged(
        item=item.id,
        kind=item.kind,
        title=item.title,
        category=category_id(item.category),
        due=item.due,
        points=item.points,
        published=item.case.published,
        scores=item.scores,
    )
