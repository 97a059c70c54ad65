"""What PowerSchool says about itself: categories, marking periods, days off; and the self-test.

Categories belong to a teacher, so a section is named with hers here: "SECTIONS.DCID:USERS.DCID". Table columns are
[D:SIF]; their exact names in a reply are [I].
"""

from collections.abc import Sequence
from functools import partial

from adapters.calls import Json
from adapters.checks import findings
from adapters.contract import Directory, Finding
from adapters.days import a_day, spans
from adapters.errors import Misconfigured, Refused
from adapters.powerschool.cells import is_true
from adapters.powerschool.client import Client
from adapters.powerschool.mapping import place
from adapters.powerschool.refusals import CALENDAR, CATEGORIES, LIST_ITEMS, PROBE, READ_SCORES, TERMS
from schemas.district import DayOff, MarkingPeriod, SisCategory

#: Every column [D3:TEAM]: a name that a server does not have would refuse the call.
_ALL = ("*",)


def categories(client: Client, year: int, sections: Sequence[str]) -> tuple[SisCategory, ...]:
    """The active categories of each section; a teacher's are asked for once. Sections without a teacher have none."""
    by_teacher: dict[str, list[Json]] = {}
    found = []
    for whole in sections:
        section, teacher = place(whole)
        if not teacher:
            continue
        if teacher not in by_teacher:
            by_teacher[teacher] = client.categories(teacher, year)
        found += [
            SisCategory(id=category_id(row), title=str(row.get("name") or ""), sis_section=whole)
            for row in by_teacher[teacher]
            if usable(row, section)
        ]
    return tuple(found)


def category_id(row: Json) -> str:
    """`teachercategoryid` on live servers, `id` in the owner's pages [D3:PSD] [D:PS-XTE]."""
    return str(row.get("teachercategoryid") or row.get("id") or "")


def usable(row: Json, section: str) -> bool:
    """Active and not hidden in the section; the inactive are listed all the same (measured [D3:PSD])."""
    hidden = row.get("_teachercategorysectionexcludeassociations") or ()
    excluded = any(isinstance(one, dict) and str(one.get("sectionsdcid")) == section for one in hidden)
    return bool(category_id(row)) and row.get("isactive") is not False and not excluded


def marking_periods(client: Client, year: int, school: str) -> tuple[MarkingPeriod, ...]:
    """The reporting terms of a school year: TERMBINS, not TERMS, are what grades post to [D3:PSGO]."""
    first = year * 100
    where = f"schoolid=={school};termid=ge={first};termid=le={first + 99}"
    periods = {}
    for row in client.table(TERMS, "termbins", where, _ALL):
        code = str(row.get("storecode") or "")
        begins, ends = (a_day(str(row.get(column) or "")) for column in ("date1", "date2"))
        if code and begins and ends:
            title = str(row.get("description") or code)
            locked = is_true(row.get("islocked"))
            periods[code] = MarkingPeriod(
                id=code, title=title, first_day=begins, last_day=ends, locked=locked
            )
    return tuple(sorted(periods.values(), key=lambda one: (one.first_day, one.last_day)))


def days_off(client: Client, year: int, school: str) -> tuple[DayOff, ...]:
    """Days of the calendar that are not in session."""
    autumn = year + 1990
    where = f"schoolid=={school};date_value=ge={autumn}-07-01;date_value=le={autumn + 1}-06-30"
    closed = {
        day: str(row.get("note") or "No school")
        for row in client.table(CALENDAR, "calendar_day", where, _ALL)
        if (day := a_day(str(row.get("date_value") or "")))
        and str(row.get("insession")).lower() in ("0", "false")
    }
    return spans(closed)


def read(client: Client, year: int, sections: Sequence[str], schools: Sequence[str]) -> Directory:
    """All of it. A school whose tables the plugin may not read has no entry: nothing is known, nothing replaced."""
    periods, closed = {}, {}
    for school in schools:
        try:
            told = marking_periods(client, year, school)
            if told:
                periods[school] = told
            closed[school] = days_off(client, year, school)
        except (Misconfigured, Refused) as error:
            if isinstance(error, Misconfigured) and error.whole_district:
                raise
    return Directory(categories=categories(client, year, sections), marking_periods=periods, days_off=closed)


def check(client: Client, year: int, whole: str | None) -> Sequence[Finding]:
    """Sign in; then, of a section named with its teacher, each reading a delivery makes."""
    section, teacher = place(whole or "")
    if not teacher:
        told = findings([(PROBE, client.probe)])
        return [*told, Finding(what=CATEGORIES, code="SECTION_TEACHER_MISSING")] if section else told
    scores = partial(
        client.table, READ_SCORES, "assignmentscore", "assignmentsectionid==0", ("studentsdcid",)
    )
    return findings(
        [
            (PROBE, client.probe),
            (CATEGORIES, partial(client.categories, teacher, year)),
            (LIST_ITEMS, partial(client.assignments, teacher, section)),
            (READ_SCORES, lambda: list(scores())),
        ]
    )
