"""The steps of a delivery against a scripted PowerSchool: what is called, how often, and what is kept."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from adapters.calls import Caller
from adapters.contract import Job
from adapters.errors import Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.http import Reply
from adapters.powerschool import adapter as powerschool
from adapters.powerschool.adapter import PowerSchool
from adapters.powerschool.client import TABLE, Client
from schemas.desired import DesiredItem
from schemas.gradebook import RosterEntry, Score, Sis
from tests.unit.adapters.desk import district, scores
from tests.unit.adapters.powerschool.test_mapping import desired, read_back
from tests.unit.adapters.wire import Unsigned, Wire, answer

REMOTE = {"assignment": "900", "section": "41", "class": "1201", "teacher": "9"}
CREATED = Reply(201, {"location": "https://ps/ws/xte/section/assignment/900"}, b"")
LIST, ONE = "GET /ws/xte/section/assignment/", "GET /ws/xte/section/assignment/900"
PUT, DELETE = "PUT /ws/xte/section/assignment/900", "DELETE /ws/xte/section/assignment/900"
ROWS, BATCH = "GET /ws/schema/table/assignmentscore", "PUT /ws/xte/score"


def system(wire: Wire, policies: Mapping[str, str] | None = None, **options: str) -> PowerSchool:
    settings = district("https://ps", kind=Sis.POWERSCHOOL, auth="oauth2", options=options)
    client = Client(Caller(wire(), "https://ps/ws", Unsigned(), TABLE))
    return PowerSchool(
        client, replace(settings, policies=policies or {}), wire(), today=lambda: date(2026, 11, 25)
    )


def job(item: DesiredItem | None = None, remote: Mapping[str, str] = REMOTE, **changes: Any) -> Job:
    return Job(desired=item or desired(**changes), remote=remote)


def table(*rows: dict[str, Any]) -> Reply:
    return answer(200, {"record": [{"tables": {"assignmentscore": row}} for row in rows]})


def refusal(*students: int) -> Reply:
    errors = [
        {"field": f"Student.id [{n}]", "params": {"assignment_section_id": 41, "student_dcid": n}}
        for n in students
    ]
    return answer(409, {"message": "", "errors": errors})


# ---- create -----------------------------------------------------------------------------------------------------


def test_a_new_item_with_scores_is_three_calls_and_both_ids_are_kept() -> None:
    item = desired(scores=scores(**{"501": 5.0}))
    wire = Wire(CREATED, answer(200, read_back(item)), answer(200, {}))
    adapter = system(wire)
    remote = adapter.create(job(item, {}))
    assert remote == REMOTE
    sent = adapter.send_scores(job(item, remote), ["501"])
    assert sent.accepted == {"501": None} and sent.problems == ()
    assert wire.calls == ["POST /ws/xte/section/assignment/", ONE, BATCH]
    (row,) = wire.body()["assignment_scores"]
    assert (row["_assignmentsection"], row["studentsdcid"]) == ({"assignmentsectionid": 41}, 501)
    assert wire.query() == {"users_dcid": "9"}


@pytest.mark.parametrize(
    "reading", [Retry("SIS_BUSY"), UnknownOutcome("SIS_UNAVAILABLE"), Reply(404, {}, b""), answer(200, {})]
)
def test_a_create_stands_whatever_the_reading_after_it_says(reading: Any) -> None:
    item = desired(scores=scores(**{"501": 5.0}))
    wire = Wire(CREATED, reading)
    adapter = system(wire)
    remote = adapter.create(job(item, {}))
    assert remote == {"assignment": "900", "class": "1201", "teacher": "9"}
    adapter._last.forget()
    wire.replies += [answer(200, read_back(item)), answer(200, {})]
    adapter.send_scores(job(item, remote), ["501"])
    assert wire.calls[2:] == [ONE, BATCH]
    assert wire.body()["assignment_scores"][0]["_assignmentsection"] == {"assignmentsectionid": 41}


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(201, {}, b""), UnknownOutcome),
        (Reply(200, {}, b"<html>"), UnknownOutcome),
        (Reply(500, {}, b""), UnknownOutcome),
        (UnknownOutcome("SIS_UNAVAILABLE"), UnknownOutcome),
        (Reply(429, {"retry-after": "5"}, b""), Retry),
        (Retry("SIS_UNAVAILABLE"), Retry),
        (answer(409, {"message": "locked"}), Refused),
        (Reply(401, {}, b""), Misconfigured),
    ],
)
def test_a_create_is_never_repeated_by_itself(reply: Any, error: type[Exception]) -> None:
    wire = Wire(reply)
    with pytest.raises(error) as raised:
        system(wire).create(job(remote={}))
    assert type(raised.value) is error and len(wire.requests) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sis_teacher": None}, "SECTION_TEACHER_MISSING"),
        ({"sis_teacher": "x"}, "SECTION_TEACHER_MISSING"),
        ({"sis_section": "abc"}, "SECTION_NOT_IN_SIS"),
        ({"sis_category": "HW"}, "SIS_REFUSED_CATEGORY"),
    ],
)
def test_what_is_no_id_of_powerschools_is_refused_without_a_call(change: dict[str, Any], code: str) -> None:
    wire = Wire()
    with pytest.raises(Refused, match=code):
        system(wire).create(job(remote={}, **change))


def test_the_teacher_may_stand_in_the_section_id() -> None:
    wire = Wire(CREATED, Reply(404, {}, b""))
    remote = system(wire).create(job(remote={}, sis_section="1201:8", sis_teacher=None))
    assert remote["teacher"] == "8" and wire.query(0) == {"users_dcid": "8"}
    assert wire.body(0)["_assignmentsections"][0]["sectionsdcid"] == 1201


# ---- look up ----------------------------------------------------------------------------------------------------


def test_a_look_up_lists_the_section_whatever_the_item_is_called_now() -> None:
    """The lost create may have had another title: what it looked like stands in the intent, not in the decision."""
    item = desired()
    like, other = read_back(item), {**read_back(item, name="x"), "assignmentid": 901}
    younger = {**read_back(item), "assignmentid": 1000}
    elsewhere = {**read_back(item, sectionsdcid=1300), "assignmentid": 902}
    by_hand = {**read_back(item), "assignmentid": 903, "createdbyplugin": None}
    nameless = {**read_back(item), "assignmentid": None}
    wire = Wire(answer(200, [younger, other, elsewhere, by_hand, nameless, like]))
    adapter = system(wire)
    found = adapter.look_up(job(desired(title="renamed"), {}))
    assert [one.remote["assignment"] for one in found] == ["900", "901", "1000"]  # the oldest first
    draft = adapter.draft(item)
    assert [one.seen == draft.item.seen for one in found] == [True, False, True]
    assert [one.outline == draft.outline for one in found] == [True, False, True]
    assert wire.calls == [LIST] and wire.query() == {"users_dcid": "9", "section_ids": "1201"}


def test_what_another_item_has_is_told_by_ids_that_do_not_change() -> None:
    """Its ledger may lack the second id, or have been made by another teacher."""
    (found,) = system(Wire(answer(200, [read_back(desired())]))).look_up(job(remote={}, sis_teacher="8"))
    assert found.remote.items() <= {"assignment": "900", "class": "1201", "teacher": "9"}.items()


# ---- update -----------------------------------------------------------------------------------------------------


def test_a_changed_field_is_two_calls() -> None:
    old, new = desired(), desired(title="New")
    wire = Wire(answer(200, read_back(old)), answer(201))
    adapter = system(wire)
    assert adapter.read(job(new)).seen == adapter.draft(old).item.seen
    assert adapter.write(job(new)) == REMOTE
    assert wire.calls == [ONE, PUT]
    assert wire.query() == {"users_dcid": "9", "update_scores": "false"}
    assert wire.body()["_assignmentsections"][0]["name"] == "New"


def test_a_write_without_a_fresh_reading_reads_first() -> None:
    """SEND_LMS asks for no reading; what other sections hold must not be lost all the same."""
    found = read_back(desired())
    found["_assignmentsections"].append({"sectionsdcid": 1300, "name": "Theirs"})
    wire = Wire(answer(200, found), answer(201))
    system(wire).write(job())
    assert wire.calls == [ONE, PUT]
    assert wire.body()["_assignmentsections"][1] == {"sectionsdcid": 1300, "name": "Theirs"}


def test_a_changed_score_is_three_calls_and_alone() -> None:
    item = desired(scores=scores(**{"501": 5.0, "502": 6.0}))
    rows = (
        {"studentsdcid": "501", "actualscoreentered": "4", "isexempt": "0"},
        {"studentsdcid": "502"},
        {"studentsdcid": "503", "isexempt": "1"},
    )
    wire = Wire(answer(200, read_back(item)), table(*rows), answer(200, {}))
    adapter = system(wire)
    adapter.read(job(item))
    standing = adapter.read_scores(job(item))
    assert set(standing) == {"501", "503"}
    old = adapter.draft(desired(scores=scores(**{"501": 4.0})))
    assert standing["501"] == old.scores["501"].seen
    adapter.send_scores(job(item), ["501"])
    assert wire.calls == [ONE, ROWS, BATCH]
    assert wire.query(1)["q"] == "assignmentsectionid==41"
    assert [row["studentsdcid"] for row in wire.body()["assignment_scores"]] == [501]


def test_scores_read_go_by_the_lms_ids() -> None:
    students = (RosterEntry(student="lms-1", sis_student="501"),)
    wire = Wire(table({"studentsdcid": "501", "actualscoreentered": "4"}))
    assert set(system(wire).read_scores(job(students=students))) == {"lms-1"}


def test_an_item_kept_as_percent_takes_percents() -> None:
    item = desired(points=20.0, scores=scores(**{"501": 5.0}))
    wire = Wire(
        answer(200, read_back(item, scoretype="PERCENT")),
        table({"studentsdcid": "501", "actualscoreentered": "25"}),
        answer(200, {}),
    )
    adapter = system(wire)
    adapter.read(job(item))
    assert adapter.read_scores(job(item)) == {"501": adapter.draft(item).scores["501"].seen}
    adapter.send_scores(job(item), ["501"])
    (row,) = wire.body()["assignment_scores"]
    assert (row["scoretype"], row["actualscoreentered"]) == ("PERCENT", "25")


def test_a_type_that_takes_no_numbers_is_a_problem_of_each_score() -> None:
    item = desired(scores=scores(**{"501": 5.0}))
    wire = Wire(answer(200, read_back(item, scoretype="GRADESCALE")))
    adapter = system(wire)
    adapter.read(job(item))
    sent = adapter.send_scores(job(item), ["501"])
    assert [(p.student, p.code) for p in sent.problems] == [("501", "SCORE_NOT_ACCEPTED")]
    assert len(wire.requests) == 1


def test_checking_scores_can_be_left_out_by_the_district() -> None:
    assert system(Wire()).capabilities.reads_scores
    assert not system(Wire(), {"check_scores_in_sis": "no"}).capabilities.reads_scores


def test_the_lateness_can_be_stated() -> None:
    assert system(Wire()).capabilities.lateness == powerschool.CAPABILITIES.lateness == 180.0
    stated = system(Wire(), lateness_seconds="5", call_seconds="1").capabilities
    assert (stated.sendable, stated.lateness) == (3.0, 9.0)


@pytest.mark.parametrize("step", ["read", "write", "delete"])
def test_a_section_bound_anew_does_not_move_the_item(step: str) -> None:
    item = desired(sis_section="1300", sis_teacher="8")
    wire = Wire(answer(200, read_back(desired())), answer(204))
    adapter = system(wire)
    if step == "write":
        with pytest.raises(Refused, match="MOVE_BY_HAND"):
            adapter.write(job(item))
        assert wire.requests == []
        return
    getattr(adapter, step)(job(item))
    assert wire.query(0) == {"users_dcid": "9"}  # read where it stands, as the teacher who made it


# ---- gone -------------------------------------------------------------------------------------------------------


def test_an_item_that_is_not_there_is_gone_by_404_by_500_or_by_our_section_missing() -> None:
    with pytest.raises(Gone):
        system(Wire(Reply(404, {}, b""))).read(job())
    wire = Wire(Reply(500, {}, b""), answer(200, [{"assignmentid": 7}]))
    with pytest.raises(Gone):
        system(wire).read(job())
    assert wire.calls == [ONE, LIST]
    with pytest.raises(Gone):
        system(Wire(answer(200, read_back(desired(), sectionsdcid=1300)))).read(job())


def test_scores_need_the_second_id_and_nothing_is_guessed_without_it() -> None:
    item = desired(scores=scores(**{"501": 5.0}))
    half = {key: value for key, value in REMOTE.items() if key != "section"}
    for changes, error in (({"sectionsdcid": 1300}, Gone), ({"assignmentsectionid": None}, UnknownOutcome)):
        wire = Wire(answer(200, read_back(item, **changes)))
        with pytest.raises(error):
            system(wire).send_scores(job(item, half), ["501"])
        assert wire.calls == [ONE]


def test_a_500_of_an_item_that_is_listed_is_a_500() -> None:
    """The negative control: a server in trouble has not deleted anything."""
    wire = Wire(Reply(500, {}, b""), answer(200, [{"assignmentid": 900}]))
    with pytest.raises(UnknownOutcome):
        system(wire).read(job())


def test_scores_of_a_deleted_assignment_are_gone() -> None:
    item = desired(scores=scores(**{"501": 5.0}))
    wire = Wire(answer(500, {"message": "Missing AssignmentSection with id 41"}))
    with pytest.raises(Gone):
        system(wire).send_scores(job(item), ["501"])


# ---- delete -----------------------------------------------------------------------------------------------------


def test_a_delete_is_two_calls_and_forced() -> None:
    wire = Wire(answer(200, read_back(desired())), Reply(204, {}, b""))
    adapter = system(wire)
    adapter.read(job(deleted=True))
    adapter.delete(job(deleted=True))
    assert wire.calls == [ONE, DELETE]
    assert wire.query() == {"users_dcid": "9", "force": "true"}


def test_an_assignment_given_to_other_sections_loses_ours_alone() -> None:
    found = read_back(desired())
    found["_assignmentsections"].append({"sectionsdcid": 1300})
    wire = Wire(answer(200, found), answer(201))
    system(wire).delete(job(deleted=True))
    assert wire.calls == [ONE, PUT]
    assert wire.body()["_assignmentsections"] == [{"sectionsdcid": 1300}]


def test_nothing_to_delete_is_success() -> None:
    elsewhere = answer(200, read_back(desired(), sectionsdcid=1300))
    for replies in (
        [Reply(404, {}, b"")],
        [answer(200, read_back(desired())), Reply(404, {}, b"")],
        [elsewhere],
    ):
        system(Wire(*replies)).delete(job(deleted=True))


def test_a_school_without_terms_is_not_a_school_without_marking_periods() -> None:
    found = system(Wire(answer(200, {}), answer(200, {}))).directory([], ["100"])
    assert (found.marking_periods, found.days_off) == ({}, {"100": ()})


# ---- partial success --------------------------------------------------------------------------------------------


def batch(*students: int) -> list[str]:
    return [str(student) for student in students]


def sent_ids(wire: Wire) -> list[list[int]]:
    return [
        [row["studentsdcid"] for row in wire.body(n)["assignment_scores"]] for n in range(len(wire.requests))
    ]


def test_the_named_are_left_out_and_the_rest_is_sent_again() -> None:
    item = desired(scores=scores(**{"501": 5.0, "502": 6.0, "503": 7.0}))
    wire = Wire(refusal(502), answer(200, {}))
    sent = system(wire).send_scores(job(item), batch(501, 502, 503))
    assert sent_ids(wire) == [[501, 502, 503], [501, 503]]
    assert set(sent.accepted) == {"501", "503"}
    assert [(p.student, p.code) for p in sent.problems] == [("502", "STUDENT_NOT_IN_SECTION")]


def test_a_whole_batch_of_offenders_ends_after_one_call() -> None:
    item = desired(scores=scores(**{"501": 5.0, "502": 6.0}))
    wire = Wire(refusal(501, 502))
    sent = system(wire).send_scores(job(item), batch(501, 502))
    assert (sent.accepted, len(sent.problems), len(wire.requests)) == ({}, 2, 1)


@pytest.mark.parametrize("whole", [answer(409, {"message": "no"}), refusal(999)])
def test_a_refusal_that_names_nobody_of_ours_is_halved(whole: Reply) -> None:
    item = desired(scores=scores(**{"501": 5.0, "502": 6.0, "503": 7.0, "504": 8.0}))
    single = answer(400, {"message": "no"})
    ok = answer(200, {})
    wire = Wire(whole, ok, whole, single, ok)
    sent = system(wire).send_scores(job(item), batch(501, 502, 503, 504))
    assert sent_ids(wire) == [[501, 502, 503, 504], [501, 502], [503, 504], [503], [504]]
    assert set(sent.accepted) == {"501", "502", "504"}
    assert [(p.student, p.code) for p in sent.problems] == [("503", "SCORE_NOT_ACCEPTED")]


def test_a_closed_period_is_about_all_of_them_and_is_not_halved() -> None:
    item = desired(scores=scores(**{"501": 5.0, "502": 6.0}))
    wire = Wire(answer(409, {"message": "Term is locked"}))
    with pytest.raises(Refused, match="SIS_PERIOD_CLOSED"):
        system(wire).send_scores(job(item), batch(501, 502))
    assert len(wire.requests) == 1


def test_a_cleared_score_is_an_empty_entry_and_no_zero() -> None:
    item = desired(scores=(Score(student="501"),))
    wire = Wire(answer(200, {}))
    system(wire).send_scores(job(item), ["501"])
    (row,) = wire.body()["assignment_scores"]
    assert (row["actualscoreentered"], row["scorepoints"]) == ("", None)


# ---- directory, categories, self-test ---------------------------------------------------------------------------

CATEGORIES = [
    {"_name": "teachercategory", "teachercategoryid": 77, "name": "Homework", "isactive": True},
    {"id": 78, "name": "Labs"},
    {"teachercategoryid": 79, "name": "Old", "isactive": False},
    {
        "teachercategoryid": 80,
        "name": "Hidden",
        "_teachercategorysectionexcludeassociations": [
            {"id": 1, "TeacherCategoryid": 80, "sectionsdcid": 1201}
        ],
    },
]


def records(name: str, *rows: dict[str, Any]) -> Reply:
    return answer(200, {"record": [{"tables": {name: row}} for row in rows]})


def test_the_directory_holds_active_categories_terms_and_days_off() -> None:
    terms = records(
        "termbins",
        {
            "storecode": "Q2",
            "date1": "2026-10-26",
            "date2": "2027-01-15",
            "description": "Quarter 2",
            "islocked": "1",
        },
        {"storecode": "Q1", "date1": "2026-08-24", "date2": "2026-10-23"},
        {"storecode": "", "date1": "2026-08-24", "date2": "2026-10-23"},
    )
    days = records(
        "calendar_day",
        {"date_value": "2026-11-24", "insession": "false", "note": "Teacher day"},
        {"date_value": "2026-11-26", "insession": "0"},
        {"date_value": "2026-11-27", "insession": "0"},
        {"date_value": "2026-11-28", "insession": "0"},  # a Saturday
        {"date_value": "2026-11-30", "insession": "1"},
    )
    wire = Wire(terms, days, answer(200, CATEGORIES))
    found = system(wire).directory(["1201:9", "1300:9", "1400"], ["100"])
    assert [(one.id, one.title, one.sis_section) for one in found.categories] == [
        ("77", "Homework", "1201:9"),
        ("78", "Labs", "1201:9"),
        ("77", "Homework", "1300:9"),
        ("78", "Labs", "1300:9"),
        ("80", "Hidden", "1300:9"),
    ]
    assert wire.query() == {"users_dcid": "9", "year_id": "36"}  # once per teacher
    assert [(p.id, p.title, p.first_day, p.locked) for p in found.marking_periods["100"]] == [
        ("Q1", "Q1", "2026-08-24", False),
        ("Q2", "Quarter 2", "2026-10-26", True),
    ]
    assert wire.query(0)["projection"] == "*"
    assert [(d.first_day, d.last_day, d.title) for d in found.days_off["100"]] == [
        ("2026-11-24", "2026-11-24", "Teacher day"),
        ("2026-11-26", "2026-11-27", "No school"),
    ]
    assert wire.query(0)["q"] == "schoolid==100;termid=ge=3600;termid=le=3699"


def test_a_calendar_that_may_not_be_read_says_nothing_and_stops_nothing() -> None:
    wire = Wire(Reply(403, {}, b""), answer(200, CATEGORIES))
    found = system(wire).directory(["1201:9"], ["100"])
    assert len(found.categories) == 2 and found.marking_periods == {} == found.days_off
    with pytest.raises(Misconfigured, match="SIGN_IN"):
        system(Wire(Reply(401, {}, b""))).directory([], ["100"])


def test_the_year_can_be_stated() -> None:
    wire = Wire(answer(200, []))
    system(wire, year_id="35").directory(["1201:9"], [])
    assert wire.query()["year_id"] == "35"


def test_a_category_is_made_once() -> None:
    made = [*CATEGORIES, {"teachercategoryid": 90, "name": "Projects", "isactive": True}]
    wire = Wire(answer(200, CATEGORIES), answer(201), answer(200, made))
    assert system(wire).create_category("1201:9", "Projects").id == "90"
    assert wire.body(1)[0]["name"] == "Projects"
    wire = Wire(answer(200, made))
    assert system(wire).create_category("1201:9", "Projects").id == "90"
    with pytest.raises(Refused, match="SECTION_TEACHER_MISSING"):
        system(Wire()).create_category("1201", "Projects")
    with pytest.raises(Refused, match="SIS_REFUSED_CATEGORY"):
        system(Wire(answer(200, []), answer(201), answer(200, []))).create_category("1201:9", "Projects")


def test_the_self_test_names_what_is_missing() -> None:
    wire = Wire(
        answer(200, {}),
        answer(200, CATEGORIES),
        answer(200, []),
        answer(403, {"message": "no access to field assignmentscore.isexempt"}),
    )
    told = system(wire).check("1201:9")
    assert [(one.what, one.code) for one in told] == [
        ("sign-in", None),
        ("read metadata", None),
        ("read categories", None),
        ("list items", None),
        ("read scores", "SIS_PERMISSION_MISSING"),
    ]
    assert told[-1].params["permission"] == "assignmentscore.isexempt"
    assert [(one.what, one.code) for one in system(Wire(Reply(401, {}, b""))).check("1201:9")] == [
        ("sign-in", "SIS_SIGN_IN_FAILED")
    ]
    assert system(Wire(answer(200, {}))).check("1201")[-1].code == "SECTION_TEACHER_MISSING"
    assert len(system(Wire(answer(200, {}))).check(None)) == 2


# ---- connecting -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key_ref": "env:NOT_SET"}, "SIS_SECRET_MISSING"),
        ({"secret_ref": "plain secret"}, "SIS_SECRET_MISSING"),
        ({"base_url": "http://u:p@ps.example.org/"}, "SIS_ADDRESS_REFUSED"),
        ({"auth": "certificate"}, "SIS_SIGN_IN_FAILED"),
    ],
)
def test_settings_that_will_not_do_are_named(
    change: dict[str, Any], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SIS_KEY", "key")
    monkeypatch.setenv("TEST_SIS_SECRET", "secret")
    with pytest.raises(Misconfigured) as refused:
        powerschool.connect(
            district(
                **{"base_url": "https://ps.example.org", "kind": Sis.POWERSCHOOL, "auth": "oauth2", **change}
            ),
            lambda: None,
        )
    assert refused.value.code == code
    assert "plain secret" not in str(refused.value.params)


def test_a_connection_signs_in_and_calls_where_powerschool_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SIS_KEY", "key")
    monkeypatch.setenv("TEST_SIS_SECRET", "secret")
    adapter = powerschool.connect(
        district("https://ps.example.org/", kind=Sis.POWERSCHOOL, auth="oauth2"), lambda: None
    )
    wire = Wire(answer(200, {"access_token": "t", "expires_in": "3600"}), Reply(404, {}, b""))
    caller = adapter._client._caller
    caller._transport = caller._signer._transport = wire()  # type: ignore[attr-defined] # the signer is a Bearer
    with pytest.raises(Gone):
        adapter.read(job())
    assert [one.url.partition("?")[0] for one in wire.requests] == [
        "https://ps.example.org/oauth/access_token/",
        "https://ps.example.org/ws/xte/section/assignment/900",
    ]
    adapter.close()
