"""The steps of a delivery against a scripted Aeries: what is called, how often, and what is kept."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from adapters.aeries import adapter as aeries
from adapters.aeries.adapter import Aeries
from adapters.aeries.client import TABLE, Client
from adapters.calls import Caller
from adapters.contract import Job
from adapters.errors import Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.http import Reply
from schemas.desired import DesiredItem
from schemas.gradebook import RosterEntry, Score, ScoreFlag, Sis
from tests.unit.adapters.aeries.test_mapping import BOOKS, UNIQUE, desired, read_back
from tests.unit.adapters.desk import district, scores
from tests.unit.adapters.wire import Unsigned, Wire, answer

API = "/aeries/api/v5"
REMOTE = {"assignment": UNIQUE, "gradebook": "4321", "class": "4321"}
POST, PUT = f"POST {API}/gradebooks/4321/Assignments", f"PUT {API}/gradebooks/Assignments/{UNIQUE}"
ONE, LIST = f"GET {API}/gradebooks/Assignments/{UNIQUE}", f"GET {API}/gradebooks/4321/assignments"
BOOK, ROWS = f"GET {API}/gradebooks/4321", f"GET {API}/gradebooks/4321/assignments/12/scores"
SCORES = f"POST {API}/gradebooks/assignments/{UNIQUE}/Scores"
CATEGORIES = {
    "GradebookNumber": 4321,
    "AssignmentCategories": [{"Code": "T", "Description": "Tests"}, {"Code": "H", "Description": "Homework"}],
}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def system(
    wire: Wire, clock: Clock | None = None, policies: Mapping[str, str] | None = None, **options: str
) -> Aeries:
    settings = replace(
        district("https://a/aeries", kind=Sis.AERIES, auth="certificate", options=options),
        policies=policies or {},
    )
    client = Client(Caller(wire(), f"https://a{API}", Unsigned(), TABLE))
    return Aeries(client, settings, wire(), clock or Clock())


def job(item: DesiredItem | None = None, remote: Mapping[str, str] = REMOTE, **changes: Any) -> Job:
    return Job(desired=item or desired(**changes), remote=remote, marker="marker-1")


def standing(**values: float | None) -> Reply:
    """Every score of the assignment, as each score call answers."""
    return answer(200, [{"StudentID": int(who[1:]), "NumberCorrect": value} for who, value in values.items()])


# ---- create -----------------------------------------------------------------------------------------------------


def test_a_new_item_with_scores_is_two_calls_and_one_for_the_categories() -> None:
    item = desired(scores=scores(**{"501": 5.0}))
    wire = Wire(answer(200, CATEGORIES), answer(201, [read_back(item)]), standing(s501=5.0))
    adapter = system(wire)
    remote = adapter.create(job(item, {}))
    assert remote == REMOTE
    sent = adapter.send_scores(job(item, remote), ["501"])
    assert sent.accepted == {"501": None} and sent.problems == ()
    assert wire.calls == [BOOK, POST, SCORES]
    assert wire.body() == [{"StudentID": 501, "NumberCorrect": 5.0}]
    assert wire.body(1)["ExternalID"] == "marker-1"


def test_categories_are_read_once_a_minute_and_anew_for_one_not_seen() -> None:
    clock = Clock()
    made = answer(201, [read_back(desired())])
    wire = Wire(answer(200, CATEGORIES), made, made)
    adapter = system(wire, clock)
    for _ in range(2):
        adapter.create(job(remote={}))
    assert wire.calls == [BOOK, POST, POST]
    wire.replies += [answer(200, CATEGORIES)]
    with pytest.raises(Refused, match="SIS_REFUSED_CATEGORY"):
        adapter.create(job(remote={}, sis_category="X"))
    assert wire.calls[3:] == [BOOK]
    clock.now += aeries.CATEGORY_SECONDS + 1
    wire.replies += [answer(200, CATEGORIES), made]
    adapter.create(job(remote={}))
    assert wire.calls[4:] == [BOOK, POST]


@pytest.mark.parametrize("code", ["", "X", "HW", "h"])
def test_a_category_that_is_not_there_is_never_sent(code: str) -> None:
    """Aeries would file the item under its first category without a word."""
    wire = Wire(answer(200, CATEGORIES))
    with pytest.raises(Refused, match="SIS_REFUSED_CATEGORY"):
        system(wire).create(job(remote={}, sis_category=code))
    assert POST not in wire.calls


def test_an_item_that_came_back_under_another_category_is_looked_up() -> None:
    wrong = read_back(desired(), AssignmentCategory={"Code": "T"})
    wire = Wire(answer(200, CATEGORIES), answer(201, [wrong]))
    adapter = system(wire)
    with pytest.raises(UnknownOutcome):
        adapter.create(job(remote={}))
    wire.replies += [answer(200, CATEGORIES), answer(201, [read_back(desired())])]
    adapter.create(job(remote={}))
    assert wire.calls[2:] == [BOOK, POST]  # and what was believed of the categories is forgotten


def test_of_linked_gradebooks_ours_is_taken() -> None:
    rows = [read_back(desired(), GradebookNumber=n, UniqueID=f"u{n}") for n in (4320, 4321)]
    remote = system(Wire(answer(200, CATEGORIES), answer(201, rows))).create(job(remote={}))
    assert remote["assignment"] == "u4321"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer(201, []), UnknownOutcome),
        (answer(201, [{}]), UnknownOutcome),
        (answer(201, [{"UniqueID": "a"}, {"UniqueID": "b"}]), UnknownOutcome),
        (answer(201), UnknownOutcome),
        (Reply(500, {}, b""), UnknownOutcome),
        (UnknownOutcome("SIS_UNAVAILABLE"), UnknownOutcome),
        (Reply(429, {}, b""), Retry),
        (answer(400, {"Message": "Description"}), Refused),
        (answer(401, {"Message": ""}), Misconfigured),
    ],
)
def test_a_create_is_never_repeated_by_itself(reply: Any, error: type[Exception]) -> None:
    wire = Wire(answer(200, CATEGORIES), reply)
    with pytest.raises(error) as raised:
        system(wire).create(job(remote={}))
    assert type(raised.value) is error and wire.calls == [BOOK, POST]


@pytest.mark.parametrize("lost", [Reply(503, {}, b""), UnknownOutcome("SIS_UNAVAILABLE")])
def test_a_reading_that_is_lost_leaves_no_doubt_about_the_create(lost: Any) -> None:
    wire = Wire(lost)
    with pytest.raises(Retry) as raised:
        system(wire).create(job(remote={}))
    assert not isinstance(raised.value, UnknownOutcome) and wire.calls == [BOOK]


def test_a_section_named_by_school_and_number_is_found_once() -> None:
    clock = Clock()
    book = {**CATEGORIES, "GradebookNumber": 4321}
    made = answer(201, [read_back(desired())])
    wire = Wire(answer(200, [book]), answer(200, CATEGORIES), made, made)
    adapter = system(wire, clock)
    for _ in range(2):
        assert adapter.create(job(remote={}, sis_section="994_1001"))["gradebook"] == "4321"
    assert wire.calls == [f"GET {API}/schools/994/sections/1001/gradebooks", BOOK, POST, POST]
    clock.now += aeries.GRADEBOOK_SECONDS + 1
    wire.replies += [answer(200, [book]), answer(200, CATEGORIES), made]
    adapter.create(job(remote={}, sis_section="994_1001"))
    assert len(wire.calls) == 7


@pytest.mark.parametrize(
    ("section", "books", "code"),
    [
        ("994_1001", [], "SECTION_NOT_IN_SIS"),
        ("994_1001", BOOKS, "SECTION_AMBIGUOUS_IN_SIS"),
        ("nowhere", None, "SECTION_NOT_IN_SIS"),
    ],
)
def test_a_section_without_one_gradebook_is_refused(section: str, books: Any, code: str) -> None:
    wire = Wire(*([] if books is None else [answer(200, books)]))
    with pytest.raises(Refused, match=code):
        system(wire).create(job(remote={}, sis_section=section))


# ---- look up ----------------------------------------------------------------------------------------------------


def test_a_lost_create_is_found_by_its_marker_alone() -> None:
    ours = read_back(desired(), Description="renamed there")
    like = read_back(desired(), ExternalID="another", UniqueID="u2")
    older = read_back(desired(), UniqueID="u3", AssignmentNumber=3)
    wire = Wire(answer(200, [like, ours, older]))
    adapter = system(wire)
    found = adapter.look_up(job(remote={}))
    assert [one.remote["assignment"] for one in found] == ["u3", UNIQUE]
    assert found[1].remote == REMOTE and found[1].seen != adapter.draft(desired()).item.seen
    assert wire.calls == [LIST]


# ---- update -----------------------------------------------------------------------------------------------------


def test_a_changed_field_is_two_calls_and_keeps_the_teachers_fields() -> None:
    old, new = desired(), desired(title="New")
    wire = Wire(answer(200, read_back(old)), answer(200, [read_back(new)]))
    adapter = system(wire)
    assert adapter.read(job(new)).seen == adapter.draft(old).item.seen
    assert adapter.write(job(new)) == REMOTE
    assert wire.calls == [ONE, PUT]
    body = wire.body()
    assert (body["Comment"], body["GradingCompleted"]) == ("Bring a pencil", True)
    assert body["UpdateLinkedGradebooksToo"] is False


def test_a_write_without_a_fresh_reading_reads_first() -> None:
    clock = Clock()
    wire = Wire(
        answer(200, read_back(desired())), answer(200, read_back(desired(), Comment="x")), answer(200)
    )
    adapter = system(wire, clock)
    adapter.read(job())
    clock.now += 11
    adapter.write(job())
    assert wire.calls == [ONE, ONE, PUT]
    assert wire.body()["Comment"] == "x"


def test_a_reading_serves_one_write() -> None:
    found = answer(200, read_back(desired()))
    wire = Wire(found, answer(200), found, answer(200))
    adapter = system(wire)
    for _ in range(2):
        adapter.write(job())
    assert wire.calls == [ONE, PUT, ONE, PUT]


def test_a_changed_score_is_three_calls_and_alone() -> None:
    item = desired(scores=scores(**{"501": 5.0, "502": 6.0}))
    rows = [
        {"StudentID": 501, "NumberCorrect": 4},
        {"StudentID": 502, "NumberCorrect": None, "Mark": ""},
        {"StudentID": 503, "NumberCorrect": None, "Mark": "NA"},
    ]
    wire = Wire(answer(200, read_back(item)), answer(200, rows), standing(s501=5.0, s502=None))
    adapter = system(wire)
    adapter.read(job(item))
    found = adapter.read_scores(job(item))
    assert set(found) == {"501", "503"}
    assert found["501"] == adapter.draft(desired(scores=scores(**{"501": 4.0}))).scores["501"].seen
    adapter.send_scores(job(item), ["501"])
    assert wire.calls == [ONE, ROWS, SCORES]
    assert wire.body() == [{"StudentID": 501, "NumberCorrect": 5.0}]


def test_a_renumbered_assignment_is_read_by_its_new_number() -> None:
    wire = Wire(answer(200, read_back(desired(), AssignmentNumber=77)), answer(200, []))
    students = (RosterEntry(student="lms-1", sis_student="501"),)
    assert system(wire).read_scores(job(students=students)) == {}
    assert wire.calls == [ONE, ROWS.replace("/12/", "/77/")]


def test_without_a_number_no_score_is_read() -> None:
    wire = Wire(answer(200, read_back(desired(), AssignmentNumber=None)))
    with pytest.raises(UnknownOutcome):
        system(wire).read_scores(job())
    assert wire.calls == [ONE]


def test_scores_read_go_by_the_lms_ids() -> None:
    students = (RosterEntry(student="lms-1", sis_student="501"),)
    wire = Wire(answer(200, read_back(desired())), standing(s501=4.0))
    assert set(system(wire).read_scores(job(students=students))) == {"lms-1"}


def test_checking_scores_can_be_left_out_by_the_district() -> None:
    assert system(Wire()).capabilities.reads_scores
    assert not system(Wire(), policies={"check_scores_in_sis": "no"}).capabilities.reads_scores


def test_the_lateness_can_be_stated() -> None:
    assert system(Wire()).capabilities.lateness == aeries.CAPABILITIES.lateness == 180.0
    stated = system(Wire(), lateness_seconds="5", call_seconds="1").capabilities
    assert (stated.sendable, stated.lateness) == (3.0, 9.0)


def test_another_gradebook_is_a_move_that_aeries_cannot_make() -> None:
    wire = Wire()
    with pytest.raises(Refused, match="MOVE_BY_HAND"):
        system(wire).write(job(sis_section="5000"))
    assert wire.requests == []
    # the same gradebook by another name is no move
    wire = Wire(answer(200, [{"GradebookNumber": 4321}]), answer(200, read_back(desired())), answer(200))
    assert system(wire).write(job(sis_section="994_1001"))["class"] == "994_1001"


@pytest.mark.parametrize("code", ["", "HW"])
def test_a_code_of_another_length_is_refused_without_a_put(code: str) -> None:
    wire = Wire()
    with pytest.raises(Refused, match="SIS_REFUSED_CATEGORY"):
        system(wire).write(job(sis_category=code))


def test_what_is_not_there_is_gone() -> None:
    item = desired(scores=scores(**{"501": 5.0}))
    for step in ("read", "read_scores", "write"):
        with pytest.raises(Gone):
            getattr(system(Wire(Reply(404, {}, b""))), step)(job(item))
    with pytest.raises(Gone):
        system(Wire(Reply(404, {}, b""))).send_scores(job(item), ["501"])


def test_there_is_no_delete() -> None:
    wire = Wire()
    adapter = system(wire)
    assert not adapter.capabilities.deletes and not adapter.capabilities.creates_categories
    with pytest.raises(Refused, match="DELETE_BY_HAND"):
        adapter.delete(job(deleted=True))
    with pytest.raises(Refused):
        adapter.create_category("4321", "Projects")


# ---- partial success --------------------------------------------------------------------------------------------


def test_a_student_the_answer_does_not_list_is_named() -> None:
    item = desired(scores=(*scores(**{"501": 5.0, "502": 6.0}), Score(student="503")))
    wire = Wire(standing(s501=5.0))
    sent = system(wire).send_scores(job(item), ["501", "502", "503"])
    assert set(sent.accepted) == {"501", "503"}  # an empty cell may be no row
    assert [(p.student, p.code) for p in sent.problems] == [("502", "STUDENT_NOT_IN_SECTION")]


def test_a_refused_array_is_halved_until_the_offender_stands_alone() -> None:
    item = desired(scores=scores(**{"501": 5.0, "502": 6.0, "503": 7.0, "504": 8.0}))
    refused = answer(400, {"Message": "Student is not in the gradebook"})
    everybody = standing(s501=5.0, s502=6.0, s503=7.0, s504=8.0)
    wire = Wire(refused, everybody, refused, refused, everybody)
    sent = system(wire).send_scores(job(item), ["501", "502", "503", "504"])
    assert [[row["StudentID"] for row in wire.body(n)] for n in range(5)] == [
        [501, 502, 503, 504],
        [501, 502],
        [503, 504],
        [503],
        [504],
    ]
    assert set(sent.accepted) == {"501", "502", "504"}
    assert [(p.student, p.code) for p in sent.problems] == [("503", "STUDENT_NOT_IN_SECTION")]


def test_a_student_named_by_number_is_left_out_at_once() -> None:
    item = desired(scores=scores(**{"501": 5.0, "502": 6.0, "503": 7.0}))
    wire = Wire(answer(400, {"Message": "StudentID 502 not found"}), standing(s501=5.0, s503=7.0))
    sent = system(wire).send_scores(job(item), ["501", "502", "503"])
    assert [row["StudentID"] for row in wire.body()] == [501, 503]
    assert [(p.student, p.code) for p in sent.problems] == [("502", "STUDENT_NOT_IN_SECTION")]


def test_an_excused_student_never_gets_a_zero() -> None:
    item = desired(scores=(Score(student="501", points=0.0, flags=(ScoreFlag.EXCUSED,)),))
    wire = Wire(standing(s501=None))
    system(wire).send_scores(job(item), ["501"])
    assert wire.body() == [{"StudentID": 501, "NumberCorrect": None}]


# ---- directory, self-test, connecting ---------------------------------------------------------------------------


def test_the_directory_holds_categories_the_shortest_terms_and_days_off() -> None:
    terms = [
        {"TermCode": "Y", "TermDescription": "Year", "StartDate": "2026-08-20", "EndDate": "2027-06-01"},
        {"TermCode": "F", "TermDescription": "Fall", "StartDate": "2026-08-20", "EndDate": "2026-12-18"},
        {"TermCode": "S", "TermDescription": "", "StartDate": "2027-01-05T00:00:00", "EndDate": "2027-06-01"},
        {"TermCode": "1", "TermDescription": "None", "StartDate": "0001-01-01", "EndDate": "0001-01-01"},
    ]
    days = [
        {"CalendarDate": "2026-11-26T00:00:00", "HolidayCode": "#"},
        {"CalendarDate": "2026-11-27", "HolidayCode": "# "},
        {"CalendarDate": "2026-11-30", "HolidayCode": "$"},
        {"CalendarDate": "2026-12-01", "HolidayCode": "%"},
        {"CalendarDate": "2026-12-02", "HolidayCode": "+"},
        {"CalendarDate": "2026-12-03", "HolidayCode": ""},
        {"CalendarDate": "2026-12-05", "HolidayCode": "@"},  # a Saturday
    ]
    wire = Wire(answer(200, terms), answer(200, days), answer(200, CATEGORIES))
    found = system(wire).directory(["4321"], ["994"])
    assert [(one.id, one.title, one.sis_section) for one in found.categories] == [
        ("T", "Tests", "4321"),
        ("H", "Homework", "4321"),
    ]
    assert [(p.id, p.title, p.first_day) for p in found.marking_periods["994"]] == [
        ("F", "Fall", "2026-08-20"),
        ("S", "S", "2027-01-05"),
    ]
    assert [(d.first_day, d.last_day, d.title) for d in found.days_off["994"]] == [
        ("2026-11-26", "2026-11-27", "Holiday"),
        ("2026-11-30", "2026-11-30", "Staff development"),
    ]


def test_a_calendar_that_may_not_be_read_leaves_its_school_out() -> None:
    wire = Wire(answer(200, []), answer(403, {"Message": "Calendar"}))
    found = system(wire).directory([], ["994"])
    assert (found.marking_periods, found.days_off) == ({}, {})


def test_the_self_test_names_what_is_missing() -> None:
    lacks = answer(403, {"Message": "no access to Gradebook Scores"})
    wire = Wire(answer(200, []), answer(200, []), answer(200, CATEGORIES), answer(200, []), lacks)
    told = system(wire).check("4321")
    assert [(one.what, one.code) for one in told] == [
        ("sign-in", None),
        ("read marking periods", None),
        ("read calendar", None),
        ("read categories", None),
        ("list items", None),
        ("read scores", "SIS_PERMISSION_MISSING"),
    ]
    assert told[-1].params["permission"] == "Gradebook Scores"
    assert wire.calls[0] == f"GET {API}/schools/school-1/terms"
    allowed = Wire(
        answer(200, []), answer(200, []), answer(200, CATEGORIES), answer(200, []), Reply(404, {}, b"")
    )
    assert all(one.code is None for one in system(allowed).check("4321"))
    (only,) = system(Wire(Reply(401, {}, b""))).check("4321")
    assert (only.what, only.code) == ("sign-in", "SIS_SIGN_IN_FAILED")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret_ref": "env:NOT_SET"}, "SIS_SECRET_MISSING"),
        ({"base_url": "http://u:p@a.example.org/"}, "SIS_ADDRESS_REFUSED"),
        ({"auth": "oauth2"}, "SIS_SIGN_IN_FAILED"),
    ],
)
def test_settings_that_will_not_do_are_named(
    change: dict[str, Any], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SIS_SECRET", "477abe9e7d27439681d62f4e0de1f5e1")
    settings = {"base_url": "https://a.example.org", "kind": Sis.AERIES, "auth": "certificate", **change}
    with pytest.raises(Misconfigured) as refused:
        aeries.connect(district(**settings), lambda: None)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://d.aeries.net/aeries/", "https://d.aeries.net/aeries/api/v5"),
        ("https://d.aeries.net/aeries/api/v5", "https://d.aeries.net/aeries/api/v5"),
        ("https://api.v5.example.org/x", "https://api.v5.example.org/x/api/v5"),
    ],
)
def test_a_connection_needs_no_key_and_finds_the_api(
    url: str, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SIS_SECRET", "477abe9e7d27439681d62f4e0de1f5e1")
    adapter = aeries.connect(district(url, kind=Sis.AERIES, auth="certificate", key_ref=""), lambda: None)
    assert adapter._client._caller.base == base
    adapter.close()
