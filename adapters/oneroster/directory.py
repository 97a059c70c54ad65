"""Categories and marking periods as a OneRoster service tells them. Holidays it has none [D:LONG]."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from adapters.contract import Directory
from adapters.errors import Gone
from adapters.oneroster.calls import Json
from adapters.oneroster.client import GradebookClient
from adapters.oneroster.mapping import id_of
from schemas.district import MarkingPeriod, SisCategory


def directory(client: GradebookClient, sections: Sequence[str | None], schools: Sequence[str]) -> Directory:
    """One list of categories per section (None: the district's), one of all marking periods, one of terms per school.

    A section without a list of its own is answered with the district's; a school that is not there has no periods.
    """
    found: list[SisCategory] = []
    for section in sections:
        found.extend(categories(client, section))
    periods = [row for row in client.grading_periods() if _stands(row)] if schools else []
    told: dict[str, tuple[MarkingPeriod, ...]] = {}
    for school in schools:
        try:
            terms = [row for row in client.terms(school) if _stands(row)]
        except Gone:
            continue
        told[school] = tuple(marking_periods(terms, periods))
    return Directory(categories=tuple(dict.fromkeys(found)), marking_periods=told)


def categories(client: GradebookClient, section: str | None) -> Iterator[SisCategory]:
    """The section's categories; the district's, good everywhere, where the SIS lists none by section."""
    try:
        rows = list(client.categories(section))
    except Gone:
        section = None
        rows = list(client.categories())
    titles = distinct({_sourced_id(row): (str(row.get("title") or ""), _code(row)) for row in rows})
    for row in rows:
        if _stands(row) and _sourced_id(row):
            yield SisCategory(id=_sourced_id(row), title=titles[_sourced_id(row)], sis_section=section)


def distinct(named: Mapping[str, tuple[str, str]]) -> Mapping[str, str]:
    """Titles by id, from (title, code) by id. Two that share a title have the code added in brackets, as Skyward
    itself asks for when it matches by name [D3:CANVAS-SKY].
    """
    used = [title for title, _ in named.values()]
    return {
        key: f"{title} ({code or key})" if used.count(title) > 1 else title
        for key, (title, code) in named.items()
    }


def marking_periods(terms: Iterable[Json], periods: Iterable[Json]) -> Iterator[MarkingPeriod]:
    """The grading periods below the terms; a term with none below is one itself."""
    below: dict[str, list[Json]] = {}
    for row in periods:
        below.setdefault(id_of(row.get("parent")), []).append(row)
    for term in terms:
        for row in below.get(_sourced_id(term), [term]):
            span = _span(row)
            if span is not None:
                title = str(row.get("title") or "")
                yield MarkingPeriod(id=_sourced_id(row), title=title, first_day=span[0], last_day=span[1])


def _span(row: Json) -> tuple[str, str] | None:
    """First and last day; the standard's end date is the day after the last [D:1ED12]."""
    try:
        first = date.fromisoformat(str(row.get("startDate"))[:10])
        last = date.fromisoformat(str(row.get("endDate"))[:10]) - timedelta(days=1)
    except ValueError:
        return None
    return (first.isoformat(), last.isoformat()) if first <= last else None


def _sourced_id(row: Json) -> str:
    return str(row.get("sourcedId") or "")


def _code(row: Json) -> str:
    metadata = row.get("metadata")
    return str(metadata.get("code") or "") if isinstance(metadata, dict) else ""


def _stands(row: Json) -> bool:
    return row.get("status") != "tobedeleted"
