"""A district from JSON, read strictly: an unknown key, a wrong type or a dangling id is refused by name.

Shape (``examples/district.json`` is a small whole one; only ``code``, ``auth`` and ``schools`` must be
there)::

    code           "abc"                        the profile code in the address
    timezone       "America/Chicago"            default UTC; a due date counts by its day there
    auth           {"oauth1": {"consumer_key", "secret", "signature_methods": ["HMAC-SHA1"],
                               "timestamp_window": 300},
                    "oauth2": {"client_id", "client_secret", "expires_in": 3600, "scopes": [...] or left out},
                    "certificate": {"value": 32 characters}}       (Aeries)
                   a way in that is left out is not accepted
    subscriptions  ["lineItems", "putResult"]   ticked endpoints, default all (see eschoolplus.system)
    denied         ["putResult"]                rights taken away, in the system's words (see its package)
    limits         {"title_cap": 50, "result_value_max": null, "page_size": 100, "page_max": null,
                    "bulk_max": null, "max_concurrent": null, "requests_per_second": null, "retry_after": null,
                    "peak": null, "peak_concurrent": null}       "07:00-16:00" on the district's wall: its own cap
    switches       {"wrapped_errors": false,                     error body inside imsx_StatusInfo
                    "bulk_refusal": "per_item",                  or "all_or_nothing" (see oneroster.writes)
                    "allocate_ids": "sis",                       or "vendor": bulk POST keeps supplied ids
                    "put_after_sis_delete": "refuse",            404 for an item deleted in the SIS, or "recreate"
                    "flags_need_score": false,                   missing/late without a number are 422
                    "closed_period_locks_scores": false,         scores of items in closed periods are 422
                    "inactive_categories": "refuse",             PowerSchool: 409 for them, or "accept"
                    "section_ids_header": false,                 PowerSchool: AssignmentSectionIds after a create
                    "omitted_score_fields": "keep",              PowerSchool: or "clear" what a score leaves out
                    "read_dates": "day",                         Aeries: or "midnight", a date-time
                    "campus_...", "skyward_...", "qmlativ_..."}  see infinite_campus, skyward, skyward.qmlativ
    marks          ["A", "INC"]                 alpha marks the district defined, for textScore
    numbers        {"class-1": 7001}            ids for systems that know things by number; the rest are counted
                                                up (see numbering; ``/_sim/districts/{code}/directory`` tells all)
    codes          {"cat-hw": "H"}              short codes for systems that have them, default by order
    clarifiers     [{"code", "description", "missing": false, "noCount": false}]   special marks of Qmlativ
    schools        [{"sourcedId", "title"}]
    terms          [{"sourcedId", "title", "firstDay", "lastDay", "schoolYear", "school": null}]
    gradingPeriods the same, with "locked": false and "parent": a term or null; days are both inclusive here
    holidays       [{"date", "title", "school": null}]
    categories     [{"sourcedId", "title", "weight": null, "active": true}]
    classes        [{"sourcedId", "title", "school", "categories": null for all or a list,
                     "students": [ids], "teachers": [ids], "gradebook": {} (see aeries)}]
    lineItems      OneRoster bodies of assignments that are there already (not in the commit log)
    results        likewise

Without ``terms`` one term is made around the grading periods of all schools, since a class must have one.
"""

import re
from collections.abc import Callable
from dataclasses import fields
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.simulators import seed_values as values
from tests.simulators.numbering import Numbers
from tests.simulators.oneroster import bodies
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.world import (
    Auth,
    Category,
    CertificateProfile,
    Clarifier,
    District,
    Enrolment,
    Holiday,
    Json,
    Limits,
    OAuth1Profile,
    OAuth2Profile,
    School,
    SchoolClass,
    Session,
    Switches,
    VendorProfile,
)

KEYS = frozenset(
    [
        "code",
        "timezone",
        "auth",
        "subscriptions",
        "denied",
        "limits",
        "switches",
        "marks",
        "numbers",
        "codes",
        "clarifiers",
        "schools",
        "terms",
        "gradingPeriods",
        "holidays",
        "categories",
        "classes",
        "lineItems",
        "results",
    ]
)
SETTINGS = ("auth", "subscriptions", "denied", "limits", "switches", "marks")
PEAK = re.compile(r"\d\d:\d\d-\d\d:\d\d")
SWITCH_WORDS = {
    "bulk_refusal": ("per_item", "all_or_nothing"),
    "allocate_ids": ("sis", "vendor"),
    "put_after_sis_delete": ("refuse", "recreate"),
    "inactive_categories": ("refuse", "accept"),
    "omitted_score_fields": ("keep", "clear"),
    "skyward_excluded": ("ignore", "refuse", "keep"),
    "qmlativ_second_row": ("refuse", "update"),
    "qmlativ_rows": ("on_demand", "with_assignment"),
    "qmlativ_create_reply": ("object", "id"),
    "read_dates": ("day", "midnight"),
}

CERTIFICATE_LENGTH = 32

Settings = TypeVar(
    "Settings", Limits, Switches, OAuth1Profile, OAuth2Profile, VendorProfile, CertificateProfile
)


def district_from(given: object) -> District:
    """A district ready to serve."""
    seed = values.mapping("district", given)
    values.only("district", seed, KEYS)
    code = values.text(seed, "code")
    district = District(code=code, auth=_auth(seed), timezone=_timezone(seed), numbers=_numbers(seed))
    district.codes = {key: values.text(_codes(seed), key) for key in _codes(seed)}
    apply_settings(district, {key: seed[key] for key in SETTINGS if key in seed and key != "auth"})
    if "clarifiers" in seed:
        district.clarifiers = _clarifiers(seed)
    _set_up_schools(district, seed)
    _set_up_classes(district, seed)
    _set_up_gradebook(district, seed)
    _count(district)
    return district


def apply_settings(district: District, given: object) -> None:
    """Replace subscriptions, auth.vendor, denied, limits, switches or marks; also used while the district is served."""
    settings = values.mapping("settings", given)
    values.only("settings", settings, SETTINGS)
    if "auth" in settings:
        renewed = values.mapping("auth", settings["auth"])
        values.only("auth (while served)", renewed, {"vendor"})
        _renew(district.auth, renewed)
    if "limits" in settings:
        district.limits = _settings(Limits, "limits", settings["limits"], district.limits)
        if district.limits.peak is not None and not PEAK.fullmatch(district.limits.peak):
            values.refuse("limits.peak", "must be like 07:00-16:00")
    if "switches" in settings:
        district.switches = _settings(Switches, "switches", settings["switches"], district.switches)
        _check_words(district.switches)
    if "subscriptions" in settings:
        ticked = settings["subscriptions"]
        district.subscriptions = None if ticked is None else frozenset(values.texts("subscriptions", ticked))
    if "denied" in settings:
        district.denied = frozenset(values.texts("denied", settings["denied"]))
    if "marks" in settings:
        district.marks = frozenset(values.texts("marks", settings["marks"]))


def _set_up_schools(district: District, seed: Json) -> None:
    stamp = district.stamp()
    for one in values.rows(seed, "schools", {"sourcedId", "title"}):
        name = values.text(one, "sourcedId")
        district.schools[name] = School(name, values.text(one, "title"), stamp)
    common = {"sourcedId", "title", "firstDay", "lastDay", "schoolYear", "school"}
    for one in values.rows(seed, "terms", common):
        _add_session(district, _session(one, "term", stamp))
    for one in values.rows(seed, "gradingPeriods", common | {"locked", "parent"}):
        _add_session(district, _session(one, "gradingPeriod", stamp))
    sessions = list(district.sessions.values())
    if sessions and not any(one.kind == "term" for one in sessions):
        first = min(sessions, key=lambda one: one.first_day)
        last = max(one.last_day for one in sessions)
        made = Session("term", "Year", "term", first.first_day, last, first.school_year, modified=stamp)
        district.sessions[made.sourced_id] = made
    for one in values.rows(seed, "holidays", {"date", "title", "school"}):
        district.holidays.append(
            Holiday(
                values.day_of("holidays.date", one.get("date")),
                values.text(one, "title"),
                _school(district, one),
            )
        )


def _set_up_classes(district: District, seed: Json) -> None:
    stamp = district.stamp()
    for one in values.rows(seed, "categories", {"sourcedId", "title", "weight", "active"}):
        weight = one.get("weight")
        name = values.text(one, "sourcedId")
        number = None if weight is None else float(str(weight))
        active = values.truth("categories.active", one.get("active", True))
        made = Category(name, values.text(one, "title"), number, modified=stamp, active=active)
        district.categories.put(name, made)
    keys = {"sourcedId", "title", "school", "categories", "students", "teachers", "gradebook"}
    for one in values.rows(seed, "classes", keys):
        name, school = values.text(one, "sourcedId"), _school(district, one)
        if school is None:
            values.refuse(f"classes {name}", "has no school")
        listed = one.get("categories")
        allowed = None if listed is None else frozenset(values.texts("classes.categories", listed))
        settings = _gradebook(name, one.get("gradebook", {}))
        district.classes[name] = SchoolClass(
            name, values.text(one, "title"), school, allowed, stamp, settings
        )
        for role in ("student", "teacher"):
            for person in values.texts(f"classes.{role}s", one.get(f"{role}s", [])):
                district.enrolments[name, person] = Enrolment(f"E-{name}-{person}", person, name, role, stamp)

    for one_class in district.classes.values():
        shared = one_class.gradebook.get("sharedWith", one_class.sourced_id)
        if shared not in district.classes:
            values.refuse(f"classes {one_class.sourced_id} gradebook.sharedWith", f"{shared} does not exist")


def _set_up_gradebook(district: District, seed: Json) -> None:
    try:
        for one in values.array("lineItems", seed.get("lineItems", [])):
            item = bodies.line_item(bodies.checked(bodies.LINE_ITEM, one))
            district.line_items.put(item.sourced_id, _stamped(district, item), item.class_id)
        for one in values.array("results", seed.get("results", [])):
            given = bodies.checked(bodies.RESULT, one)
            owner = district.line_items.get(str(given["lineItem"]))
            if owner is None:
                values.refuse("results", f"line item {given['lineItem']} does not exist")
            found = bodies.result(given, owner.class_id)
            district.results.put(found.sourced_id, _stamped(district, found), found.line_item_id)
            district.cells[found.line_item_id, found.student_id] = found.sourced_id
    except RefusalError as refusal:
        raise values.BadSeedError(refusal.description) from refusal


def _gradebook(name: str, given: object) -> Json:
    where = f"classes {name} gradebook"
    settings = values.mapping(where, given)
    values.only(where, settings, {"linkedGroup", "sharedWith", "minMax", "rubric", "weights"})
    for key in settings.keys() & {"rubric", "weights"}:
        values.truth(f"{where}.{key}", settings[key])
    for key, value in (("linkedGroup", 0), ("minMax", [0, 0]), ("sharedWith", "")):
        if type(settings.get(key, value)) is not type(value):
            values.refuse(f"{where}.{key}", f"must be a {type(value).__name__}")
    return settings


def _count(district: District) -> None:
    # In the order of the seed, so that numbers do not depend on which call comes first.
    for kind, names in (
        ("school", list(district.schools)),
        ("session", list(district.sessions)),
        ("category", [one.sourced_id for one in district.categories.of()]),
        ("section", list(district.classes)),
    ):
        for name in names:
            district.numbers.of(kind, name)
    for one in district.enrolments.values():
        district.numbers.of(one.role, one.user_id)


def _numbers(seed: Json) -> Numbers:
    given = values.mapping("numbers", seed.get("numbers", {}))
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int):
            values.refuse(f"numbers.{key}", "must be a whole number")
    return Numbers({key: int(str(value)) for key, value in given.items()})


def _clarifiers(seed: Json) -> tuple[Clarifier, ...]:
    return tuple(
        Clarifier(
            values.text(one, "code"),
            values.text(one, "description"),
            values.truth("clarifiers.missing", one.get("missing", False)),
            values.truth("clarifiers.noCount", one.get("noCount", False)),
        )
        for one in values.rows(seed, "clarifiers", {"code", "description", "missing", "noCount"})
    )


def _codes(seed: Json) -> Json:
    return values.mapping("codes", seed.get("codes", {}))


def _auth(seed: Json) -> Auth:
    given = values.mapping("auth", seed.get("auth"))
    values.only("auth", given, {"oauth1", "oauth2", "vendor", "certificate"})
    auth = Auth()
    if "oauth1" in given:
        auth.oauth1 = _settings(OAuth1Profile, "auth.oauth1", given["oauth1"], OAuth1Profile("", ""))
        unknown = set(auth.oauth1.signature_methods) - {"HMAC-SHA1", "HMAC-SHA256"}
        if unknown:
            values.refuse("auth.oauth1.signature_methods", f"{sorted(unknown)} are not known")
    if "oauth2" in given:
        auth.oauth2 = _settings(OAuth2Profile, "auth.oauth2", given["oauth2"], OAuth2Profile("", ""))
    _renew(auth, given)
    if "certificate" in given:
        base = CertificateProfile("")
        auth.certificate = _settings(CertificateProfile, "auth.certificate", given["certificate"], base)
        if len(auth.certificate.value) != CERTIFICATE_LENGTH:
            values.refuse("auth.certificate.value", f"must have {CERTIFICATE_LENGTH} characters")
    return auth


def _renew(auth: Auth, given: Json) -> None:
    if "vendor" in given:
        auth.vendor = _settings(VendorProfile, "auth.vendor", given["vendor"], auth.vendor)
        if auth.vendor.expires_on is not None:
            values.day_of("auth.vendor.expires_on", auth.vendor.expires_on)


def _timezone(seed: Json) -> ZoneInfo:
    try:
        return ZoneInfo(str(seed.get("timezone", "UTC")))
    except (ZoneInfoNotFoundError, ValueError) as error:
        message = f"timezone: {seed['timezone']!r} is not known"
        raise values.BadSeedError(message) from error


def _session(given: Json, kind: str, stamp: str) -> Session:
    return Session(
        sourced_id=values.text(given, "sourcedId"),
        title=values.text(given, "title"),
        kind=kind,
        first_day=values.day_of(f"{kind}.firstDay", given.get("firstDay")),
        last_day=values.day_of(f"{kind}.lastDay", given.get("lastDay")),
        school_year=values.text(given, "schoolYear"),
        locked=values.truth(f"{kind}.locked", given.get("locked", False)),
        school_id=None if given.get("school") is None else values.text(given, "school"),
        parent_id=None if given.get("parent") is None else values.text(given, "parent"),
        modified=stamp,
    )


def _add_session(district: District, made: Session) -> None:
    if made.school_id is not None and made.school_id not in district.schools:
        values.refuse(f"{made.kind} {made.sourced_id}", f"school {made.school_id} does not exist")
    if made.last_day < made.first_day:
        values.refuse(f"{made.kind} {made.sourced_id}", "ends before it starts")
    district.sessions[made.sourced_id] = made


def _school(district: District, given: Json) -> str | None:
    name = given.get("school")
    if name is None:
        return None
    if name not in district.schools:
        values.refuse("school", f"{name} does not exist")
    return str(name)


def _settings(kind: Callable[..., Settings], where: str, given: object, base: Settings) -> Settings:
    known = {one.name: getattr(base, one.name) for one in fields(base)}
    changes = values.mapping(where, given)
    values.only(where, changes, known)
    for key, value in changes.items():
        before = known[key]
        if isinstance(value, list):
            changes = changes | {key: tuple(values.texts(f"{where}.{key}", value))}
        elif before is not None and value is not None and type(before) is not type(value):
            values.refuse(f"{where}.{key}", f"must be a {type(before).__name__}")
    return kind(**(known | changes))


def _stamped(district: District, thing: bodies.Kept) -> bodies.Kept:
    return bodies.stamped(thing, district.stamp())


def _check_words(switches: Switches) -> None:
    for name, words in SWITCH_WORDS.items():
        if getattr(switches, name) not in words:
            values.refuse(f"switches.{name}", f"must be one of {', '.join(words)}")
