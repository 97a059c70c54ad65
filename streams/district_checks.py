"""What a district file's values must be beyond their types: addresses, secrets, zones, calendars."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

from schemas.district import DayOff, MarkingPeriod, School
from schemas.hours import Hours
from schemas.policies import CHECK_SCORES, NONE, PEAK_CONCURRENCY, PEAK_HOURS, QUIET_HOURS
from streams.district_lines import Path
from streams.district_table import Report, Table, near
from streams.rules.calendar import SchoolCalendar
from streams.rules.policies import DUE_ON_DAY_OFF, LEAST, MOST, NUMBERS, OFF, POLICIES

#: Ports a SIS on a public address is reached on; delivery dials no other.
PUBLIC_PORTS = (443, 8443, 9443)
#: Calls at once that a file may ask for.
MAX_CONCURRENCY = 64
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE
)
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:/[^\s\x00]{1,400}")
_SECRET_NAME = re.compile(r"(?:^|_)(?:secret|password|passwd|token|certificate|key)$", re.IGNORECASE)
# files of the zone database that are no places
_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})


def check_zone(table: Table, key: str, zone: str) -> None:
    """An IANA name: not an abbreviation, not an offset."""
    if zone and zone not in _zones():
        fix = near(zone, _zones(), "Use a name such as America/New_York.")
        table.problem(key, "is no time zone of the IANA list", fix)


@cache
def _zones() -> tuple[str, ...]:
    # the well-known continents first: a near miss should not end at an old alias
    names = available_timezones() - _NO_ZONES
    return tuple(sorted(names, key=lambda name: ("/" not in name, name)))


def check_reference(table: Table, key: str, reference: str) -> None:
    """A secret stands elsewhere. The value found here is never repeated: it may be the secret."""
    if reference and not is_reference(reference):
        table.problem(
            key,
            "must say where the value is, not the value itself",
            f'Write {key} = "env:NAME" or {key} = "file:/absolute/path"; if the value was a secret, change it.',
        )


def is_reference(text: str) -> bool:
    """env:NAME or file:/PATH, which may be shown; anything else might be the secret."""
    return _REFERENCE.fullmatch(text) is not None


def names_secret(option: str) -> bool:
    """Whether an option is named like something that is secret."""
    return _SECRET_NAME.search(option) is not None


def check_options(table: Table, options: dict[str, str]) -> None:
    """An option named like a secret is held to the same rule."""
    for name, value in options.items():
        if names_secret(name):
            check_reference(table, name, value)


def check_url(table: Table, key: str, url: str | None, *, private: bool) -> None:
    """An address delivery may call. Its content is not repeated: it might hold a password."""
    if not url:
        return
    found = _url_problem(url, private=private)
    if found is not None:
        table.problem(key, *found)


def _url_problem(url: str, *, private: bool) -> tuple[str, str] | None:
    shape = "Write it as https://host/path."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no address", shape
    if parts.scheme == "http" and not private:
        return "is not encrypted", "Use https://; http:// only with allow_private_addresses = true."
    if parts.scheme not in ("http", "https") or not url.isascii() or any(char in url for char in ' \\"<>'):
        return "is no web address", shape
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return "holds a user name or password", "Remove it; credentials go to key_ref and secret_ref."
    if parts.query or parts.fragment:
        return "has a query or fragment", "End the address with its path."
    return _host_problem(parts, port, private=private)


def _host_problem(parts: SplitResult, port: int | None, *, private: bool) -> tuple[str, str] | None:
    host = parts.hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if _HOST.fullmatch(host) is None or len(host) > 253:
            return "has no proper host name", "Use the host's full name, in ASCII, such as sis.example.org."
        inside = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
    else:
        inside = not address.is_global
    if inside and not private:
        return "is an address inside a network", "Use a public one, or set allow_private_addresses = true."
    if port is not None and (port == 0 or (not private and port not in PUBLIC_PORTS)):
        return "has a port that is not allowed", f"Use one of {', '.join(map(str, PUBLIC_PORTS))}."
    return None


def check_unique(report: Report, what: str, ids: Iterable[tuple[object, Path]]) -> None:
    """No two rows with one id."""
    seen: dict[object, Path] = {}
    for one, path in ids:
        if one in seen:
            line = report.line(seen[one])
            report.add(path, f"is the id of another {what} too, on line {line}", "Give each its own.")
        else:
            seen[one] = path


def check_order(table: Table, first: date, last: date) -> bool:
    """Whether the first day is not after the last."""
    if last < first:
        table.problem("last_day", f"{last} is before first_day {first}", "Swap the two, or correct one.")
        return False
    return True


def check_overlaps(report: Report, periods: Sequence[tuple[MarkingPeriod, Path]]) -> None:
    """No day lies in two marking periods of a school. `periods` hold good dates; ISO dates sort as text."""
    reach: tuple[MarkingPeriod, Path] | None = None
    for period, path in sorted(periods, key=lambda row: (row[0].first_day, row[0].last_day)):
        if reach is not None and period.first_day <= reach[0].last_day:
            other = f'"{reach[0].title}" (line {report.line(reach[1])}), which ends {reach[0].last_day}'
            report.add(
                (*path, "first_day"),
                f"{period.first_day} is still inside {other}",
                "Let one begin after the other ends.",
            )
        if reach is None or period.last_day > reach[0].last_day:
            reach = (period, path)


def check_school_days(
    report: Report,
    periods: Sequence[tuple[MarkingPeriod, Path]],
    days_off: tuple[DayOff, ...],
    school_days: tuple[int, ...],
) -> None:
    """Each marking period has a day with school."""
    for period, path in periods:
        alone = MarkingPeriod(
            id=period.id, title=period.title, first_day=period.first_day, last_day=period.last_day
        )
        school = School(id="", title="", marking_periods=(alone,), days_off=days_off, school_days=school_days)
        if not SchoolCalendar.of(school, {DUE_ON_DAY_OFF: "refuse"}).free:
            report.add(
                path, f'"{period.title}" has no day with school', "Check its dates, day_off and school_days."
            )


def check_policies(table: Table) -> dict[str, str]:
    """The policies that the file states: intake's and delivery's."""
    known = {**POLICIES, CHECK_SCORES: ("yes", "no")}
    stated = {name: table.choice(name, values) for name, values in known.items() if table.has(name)}
    stated |= {name: table.whole_or(name, OFF, LEAST, MOST) for name in NUMBERS if table.has(name)}
    for name, words in ((QUIET_HOURS, ()), (PEAK_HOURS, (NONE,))):
        if table.has(name):
            stated[name] = _hours(table, name, words)
    calls = table.whole(PEAK_CONCURRENCY, 1, MAX_CONCURRENCY)
    stated |= {} if calls is None else {PEAK_CONCURRENCY: str(calls)}
    table.close()
    return {name: value for name, value in stated.items() if value is not None}


def _hours(table: Table, key: str, words: Sequence[str]) -> str | None:
    """A span of hours, or one of the words; None, noted, when it is neither."""
    text = table.text(key, example="22:00-05:00")
    if not text or text in words:
        return text or None
    try:
        return str(Hours.parse(text))
    except ValueError:
        others = "".join(f', or "{word}"' for word in words)
        table.problem(
            key,
            "is no span of hours",
            f'Write it as {key} = "22:00-05:00", by the district\'s clocks{others}.',
        )
        return None
