"""Rows of the tables a directory is read from: terms, calendar, sections, people, categories.

The calendar has the columns of [D:SIF]; names of the others beyond those in sis-apis 1.2 and 1.9 are [I].
"""

from collections.abc import Callable

from tests.simulators.powerschool import terms
from tests.simulators.powerschool.access import XteVisit
from tests.simulators.powerschool.table import Rows, Table


def _terms(visit: XteVisit, _section: str | None) -> Rows:
    for one in terms.term_rows(visit.store):
        yield {
            "dcid": one.dcid,
            "id": one.id,
            "yearid": one.year,
            "schoolid": one.school,
            "name": one.name,
            "abbreviation": one.name[:6],
            "portion": one.portion,
            "firstday": one.first_day,
            "lastday": one.last_day,
        }


def _reporting_terms(visit: XteVisit, _section: str | None) -> Rows:
    store = visit.store
    numbers = {(one.school, one.first_day, one.last_day): one.id for one in terms.term_rows(store)}
    for one, school in terms.reporting_terms(store):
        number = store.number("school", school.sourced_id)
        parent = store.district.sessions.get(one.parent_id or "")
        held = numbers.get((number, parent.first_day, parent.last_day)) if parent else None
        yield {
            "dcid": store.number("reporting term", f"{school.sourced_id} {one.sourced_id}"),
            "schoolid": number,
            "termid": held,
            "storecode": one.title,
            "date1": one.first_day,
            "date2": one.last_day,
            "islocked": one.locked,
        }


def _calendar(visit: XteVisit, _section: str | None) -> Rows:
    return terms.calendar_rows(visit.store)


def _sections(visit: XteVisit, _section: str | None) -> Rows:
    whole_years = {one.school: one.id for one in terms.term_rows(visit.store) if one.portion == 1}
    for one in visit.district.classes.values():
        school = visit.store.number("school", one.school_id)
        number = visit.store.number("section", one.sourced_id)
        yield {
            "dcid": number,
            "id": number,
            "schoolid": school,
            "termid": whole_years.get(school),
            "section_number": one.title,
        }


def _people(role: str) -> Callable[[XteVisit, str | None], Rows]:
    def rows(visit: XteVisit, _section: str | None) -> Rows:
        names = {one.user_id: None for one in visit.district.enrolments.values() if one.role == role}
        for name in names:
            number = visit.store.number(role, name)
            yield {"dcid": number, "id": number}

    return rows


def _enrolments(visit: XteVisit, _section: str | None) -> Rows:
    for one in visit.district.enrolments.values():
        if one.role == "student":
            yield {
                "dcid": visit.store.number("enrolment", one.sourced_id),
                "studentid": visit.store.number("student", one.user_id),
                "sectionid": visit.store.number("section", one.class_id),
            }


def _categories(visit: XteVisit, _section: str | None) -> Rows:
    teachers = {one.user_id: None for one in visit.district.enrolments.values() if one.role == "teacher"}
    for teacher in teachers:
        for one in visit.store.categories_of(teacher, visit.plan.lag):
            yield {
                "teachercategoryid": one.number,
                "usersdcid": visit.store.number("teacher", teacher),
                "name": one.category.title,
                "isactive": one.category.active,
            }


TABLES = {
    "terms": Table(
        _terms,
        ("dcid", "id", "yearid", "schoolid", "name", "abbreviation", "portion", "firstday", "lastday"),
    ),
    "termbins": Table(
        _reporting_terms, ("dcid", "schoolid", "termid", "storecode", "date1", "date2", "islocked")
    ),
    "calendar_day": Table(_calendar, ("dcid", "schoolid", "date_value", "insession", "type", "note")),
    "sections": Table(_sections, ("dcid", "id", "schoolid", "termid", "section_number")),
    "students": Table(_people("student"), ("dcid", "id")),
    "users": Table(_people("teacher"), ("dcid", "id")),
    "cc": Table(_enrolments, ("dcid", "studentid", "sectionid")),
    "teachercategory": Table(_categories, ("teachercategoryid", "usersdcid", "name", "isactive")),
}
