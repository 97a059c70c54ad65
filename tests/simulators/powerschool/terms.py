"""Terms, reporting terms and the calendar: rows of the tables, and the v1 calls on them.

TERMS has a row for the whole year (n = 0) and one for each term of a school; a school year is known by its year
id [D3:TEAM]. Reporting terms (Q1, S1) are rows of TERMBINS [D3:PSGO] [D:SIF]. CALENDAR_DAY has a row for each day
of the school year with ``insession`` "1" or "0" [I]. ``portion`` is 1 for a year, 2 for a semester [I].
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tests.simulators.calendar import holiday_on, is_weekend
from tests.simulators.call import Reply
from tests.simulators.own_api import Refusal, json_reply
from tests.simulators.powerschool.access import XteVisit
from tests.simulators.powerschool.store import YEAR_ZERO, Store, year_id
from tests.simulators.world import Json, School, Session

Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A row of TERMS."""

    dcid: int
    id: int
    school: int
    year: int
    name: str
    portion: int
    first_day: date
    last_day: date


def term_rows(store: Store) -> list[Term]:
    """The terms of every school, the whole years among them."""
    return [row for school in store.district.schools.values() for row in _terms_of(store, school)]


def get_term(visit: XteVisit, ids: Ids) -> Reply:
    """GET /ws/v1/term/{id}; the id is TERMS.DCID."""
    found = next((one for one in term_rows(visit.store) if str(one.dcid) == ids[0]), None)
    if found is None:
        raise Refusal(404, f"term {ids[0]} does not exist")
    return json_reply(200, {"term": _rendered(found)})


def get_terms(visit: XteVisit, ids: Ids) -> Reply:
    """GET /ws/v1/school/{id}/term, paged [I]."""
    rows = _of_school(visit, ids[0])
    size = page_size(visit)
    first = (page(visit) - 1) * size
    return json_reply(200, {"terms": {"term": [_rendered(one) for one in rows[first : first + size]]}})


def count_terms(visit: XteVisit, ids: Ids) -> Reply:
    """GET /ws/v1/school/{id}/term/count."""
    return json_reply(200, {"resource": {"count": len(_of_school(visit, ids[0]))}})


def get_metadata(visit: XteVisit, _ids: Ids) -> Reply:
    """GET /ws/v1/metadata: page sizes, plugin, version, time zone [D:PS-V1]; names of the last three [I]."""
    most = largest_page(visit)
    names = ("schema_table", "schema_table_query", "school", "section", "student", "staff", "term", "course")
    sizes = {f"{name}_max_page_size": most for name in names}
    about = {
        "plugin_id": 1,
        "powerschool_version": "24.4.0",
        "district_timezone_name": str(visit.district.timezone),
    }
    return json_reply(200, {"metadata": sizes | about})


def reporting_terms(store: Store) -> Iterable[tuple[Session, School]]:
    """The reporting terms of every school."""
    for school in store.district.schools.values():
        for one in store.district.sessions.values():
            if one.kind == "gradingPeriod" and one.school_id in (None, school.sourced_id):
                yield one, school


def calendar_rows(store: Store) -> Iterable[Json]:
    """A row for each day of each school, without table prefixes; values not yet text."""
    for school in store.district.schools.values():
        sessions = store.terms(school.sourced_id)
        if not sessions:
            continue
        day, last = min(one.first_day for one in sessions), max(one.last_day for one in sessions)
        while day <= last:
            holiday = holiday_on(store.district, day, school.sourced_id)
            free = holiday is not None or is_weekend(day)
            yield {
                "dcid": store.number("calendar day", f"{school.sourced_id} {day}"),
                "schoolid": store.number("school", school.sourced_id),
                "date_value": str(day),
                "insession": 0 if free else 1,
                "type": None,
                "note": holiday.title if holiday else None,
            }
            day += timedelta(days=1)


def largest_page(visit: XteVisit) -> int:
    """The most rows of one page: 100 in one district [D3:PSD] measured."""
    limits = visit.district.limits
    return limits.page_max or limits.page_size


def page(visit: XteVisit) -> int:
    """The page asked for, from 1."""
    return max(_argument(visit, "page", 1), 1)


def page_size(visit: XteVisit) -> int:
    """The rows of a page, lowered to the largest [I]; 0 asks for the largest."""
    most = largest_page(visit)
    return min(_argument(visit, "pagesize", most) or most, most)


def _argument(visit: XteVisit, name: str, default: int) -> int:
    given = visit.query.get(name)
    if given is None:
        return default
    if not given.isdecimal():
        raise Refusal(400, f"{name} must be a whole number", [{"field": name}])
    return int(given)


def _terms_of(store: Store, school: School) -> Iterable[Term]:
    number = store.number("school", school.sourced_id)
    terms = store.terms(school.sourced_id)
    for year in sorted({year_id(one) for one in terms}):
        held = [one for one in terms if year_id(one) == year]
        first, last = min(one.first_day for one in held), max(one.last_day for one in held)
        name = f"{year + YEAR_ZERO}-{year + YEAR_ZERO + 1}"
        dcid = store.number("term row", f"{school.sourced_id} {year}")
        yield Term(dcid, year * 100, number, year, name, 1, first, last)
        for one in held:
            dcid = store.number("term row", f"{school.sourced_id} {one.sourced_id}")
            own = store.term_id(school.sourced_id, one)
            yield Term(dcid, own, number, year, one.title, 2, one.first_day, one.last_day)


def _of_school(visit: XteVisit, given: str) -> list[Term]:
    rows = [one for one in term_rows(visit.store) if str(one.school) == given]
    if not rows and visit.district.numbers.name("school", int(given) if given.isdecimal() else 0) is None:
        raise Refusal(404, f"school {given} does not exist")
    return rows


def _rendered(term: Term) -> Json:
    return {
        "id": term.dcid,
        "school_id": term.school,
        "start_year": term.year + YEAR_ZERO,
        "portion": term.portion,
        "start_date": str(term.first_day),
        "end_date": str(term.last_day),
        "abbreviation": term.name[:6],
        "name": term.name,
    }
