"""Qmlativ's Generic API: the SIS gives the ids, PUT creates, POST updates."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from adapters.contract import Job, Sent
from adapters.errors import DeliveryError, Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.skyward import adapter as skyward
from adapters.skyward.qmlativ import client as calls
from adapters.skyward.qmlativ import mapping
from adapters.skyward.qmlativ.adapter import CAPABILITIES, Qmlativ
from adapters.skyward.qmlativ.client import ACTIONS, ASSIGNMENT, RIGHTS, object_of, said
from adapters.skyward.qmlativ.rows import KEPT, TRUSTED, Rows
from schemas.gradebook import RosterEntry, Score, ScoreFlag, Sis
from streams.district_checks import names_secret
from tests.unit.adapters.desk import desired, district, scores
from tests.unit.adapters.network import Wire, reply
from tests.unit.adapters.skyward.shelf import Shelf, query

BASE = "https://sky.example.org/District/API"
CHICAGO = ZoneInfo("America/Chicago")
IDS = {"sis_section": "77", "sis_category": "5"}


def connected(policies: Mapping[str, str] | None = None, **options: str) -> Qmlativ:
    made = district(BASE, kind=Sis.SKYWARD, auth="oauth2", options={"door": "qmlativ-generic", **options})
    from dataclasses import replace

    return cast("Qmlativ", skyward.connect(replace(made, policies=dict(policies or {})), lambda: None))


def job(remote: Mapping[str, str] | None = None, marker: str = "m-1", **changes: Any) -> Job:
    students = tuple(RosterEntry(student=who, sis_student=str(n)) for n, who in enumerate("abcdef", 901))
    return Job(
        desired=desired(**{"students": students, **IDS, **changes}), remote=remote or {}, marker=marker
    )


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def wire(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(shelf).plug(monkeypatch)


def sent_all(adapter: Qmlativ, work: Job) -> Sent:
    return adapter.send_scores(work, [score.student for score in work.desired.content.scores or ()])


def made(adapter: Qmlativ, **changes: Any) -> Job:
    """An item that stands, with its scores."""
    new = job(**changes)
    work = Job(desired=new.desired, remote=adapter.create(new), marker=new.marker)
    sent_all(adapter, work)
    return work


# ---- calls ------------------------------------------------------------------------------------------------------


def test_each_step_costs_what_the_docstring_says(wire: Wire, shelf: Shelf) -> None:
    adapter = connected()

    def cost(step: Callable[[], object]) -> list[str]:
        wire.requests.clear()
        step()
        return [line.partition(" ")[0] for line in wire.lines()]

    three = scores(a=1.0, b=2.0, c=3.0)
    work = job(scores=three)
    remote: dict[str, str] = {}
    assert cost(lambda: remote.update(adapter.create(work))) == ["PUT"]
    work = job(remote, scores=three)
    assert cost(lambda: sent_all(adapter, work)) == ["PUT"] * 3
    again = job(remote, title="New", scores=three)
    assert cost(lambda: adapter.read(again)) == ["GET"]
    assert cost(lambda: adapter.read_scores(again)) == ["POST", "POST"]
    assert cost(lambda: adapter.write(again)) == ["POST"]
    assert cost(lambda: sent_all(adapter, again)) == ["POST"] * 3
    assert cost(lambda: adapter.look_up(again)) == ["POST", "POST"]
    assert cost(lambda: adapter.delete(again)) == ["DELETE"]
    assert len(shelf.rows["StudentAssignment"]) == 3
    assert shelf.rows["Assignment"] == {}
    assert len(wire.tokens) == 1
    assert set(shelf.entities) == {"1"}


def test_addresses_and_queries_are_the_generic_apis(wire: Wire) -> None:
    adapter = connected(entity="20", school_year="2027")
    work = made(adapter, scores=())
    adapter.read(work)
    adapter.delete(work)
    create, read, delete = wire.requests
    item = work.remote["assignment"]
    assert create.url.partition("?")[0] == f"{BASE}/Generic/20/Gradebook/Assignment"
    assert (
        read.url.partition("?")[0] == delete.url.partition("?")[0] == f"{create.url.partition('?')[0]}/{item}"
    )
    assert query(read)["searchFields"] == [",".join(mapping.ITEM_FIELDS)]
    assert query(delete)["ignoreWarnings"] == ["true"]
    assert all(query(request)["SchoolYearID"] == ["2027"] for request in wire.requests)
    assert wire.tokens[0].url == f"{BASE}/oauth/token"


def test_a_creation_says_what_an_item_is_and_bears_the_marker(wire: Wire, shelf: Shelf) -> None:
    adapter = connected()
    remote = adapter.create(job(points=20.0, description="d", title="A  title"))
    row = shelf.rows["Assignment"][remote["assignment"]]
    assert row | {"AssignmentID": 0} == {
        "AssignmentID": 0,
        "SectionID": 77,
        "CategoryID": 5,
        "Name": "A title",
        "Description": "d",
        "AssignedDate": "2026-11-20",
        "DueDate": "2026-11-20",
        "MaxScore": 20,
        "AssignmentSyncKey": "m-1",
        "Weight": 1,
        "UseGradeMarkScoring": False,
    }
    assert type(row["MaxScore"]) is int
    row["Weight"] = 3
    adapter.write(job(remote))
    assert row["Weight"] == 3  # the teacher's from then on


# ---- the creation's outcome -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [reply(200, {}), reply(201, {"Assignment": {}}), reply(200), reply(500), reply(503), reply(408),
     reply(201, {"AssignmentID": None})],
    ids=lambda one: str(one.status),
)  # fmt: skip
def test_an_answer_that_proves_nothing_is_an_unknown_outcome(wire: Wire, answer: Any) -> None:
    wire.answers = lambda _: answer
    with pytest.raises(UnknownOutcome):
        connected().create(job())
    assert len(wire.requests) == 1  # and is not repeated


@pytest.mark.parametrize(
    ("status", "message", "code", "params"),
    [
        (400, "Invalid assignment group", "SIS_REFUSED_CATEGORY", {}),
        (400, "Name is too long", "SIS_REFUSED_TITLE", {}),
        (409, "The maximum must be a whole number", "POINTS_NOT_WHOLE", {}),
        (422, "The grading period is closed", "SIS_REFUSED_DUE_DATE", {"cause": "closed"}),
        (400, "DueDate is required", "SIS_REFUSED_DUE_DATE", {}),
        (400, "?", "SIS_REFUSED", {"status": "400"}),
        (404, "Section", "SECTION_NOT_IN_SIS", {}),
    ],
)
@pytest.mark.parametrize("key", ["Message", "ErrorText"])
def test_a_refused_creation_made_nothing_and_says_why(
    wire: Wire, status: int, message: str, code: str, params: dict[str, str], key: str
) -> None:
    wire.answers = lambda _: reply(status, {key: message})
    with pytest.raises(Refused) as refused:
        connected().create(job())
    assert (refused.value.code, refused.value.params) == (code, params)


def test_the_look_up_knows_an_item_by_its_marker_over_all_pages(wire: Wire, shelf: Shelf) -> None:
    shelf.page = 2
    adapter = connected()
    for _ in range(5):
        shelf.add("Assignment", SectionID=77, Name="Title of item-1", AssignmentSyncKey="other")
    ours = adapter.create(job())
    shelf.rows["Assignment"][ours["assignment"]] |= {"Name": "Renamed there", "CreatedTime": "t1"}
    shelf.add("Assignment", SectionID=78, AssignmentSyncKey="m-1")
    shelf.add("Assignment", SectionID=77, AssignmentSyncKey="m-1", IsDeleted=True)
    (found,) = adapter.look_up(job())
    assert (found.remote, found.age) == (ours, "t1")
    assert found.seen != adapter.draft(job().desired).item.seen


def test_a_server_that_ignores_the_search_is_not_believed(wire: Wire, shelf: Shelf) -> None:
    adapter = connected()
    ours = adapter.create(job())
    other = shelf.add("Assignment", SectionID=78, AssignmentSyncKey="m-1")
    rows = list(shelf.rows["Assignment"].values())
    wire.answers = lambda _: reply(200, {"Objects": rows})  # the same page for ever, too
    assert [one.remote for one in adapter.look_up(job())] == [ours]
    assert other not in ours.values()
    assert len(wire.requests) == 3


def test_where_the_sync_key_is_not_kept_every_item_of_the_section_is_a_candidate(
    wire: Wire, shelf: Shelf
) -> None:
    adapter = connected(marker_kept="no")
    assert not adapter.capabilities.marker
    remote = adapter.create(job())
    assert "AssignmentSyncKey" not in shelf.rows["Assignment"][remote["assignment"]]
    shelf.add("Assignment", SectionID=77, Name="Other")
    found = adapter.look_up(job())
    assert [one.seen == adapter.draft(job().desired).item.seen for one in found] == [True, False]


def test_no_option_is_taken_for_a_secret() -> None:
    """The district file demands a reference of an option that is named like one."""
    options = (
        "entity",
        "school_year",
        "late_clarifier",
        "incomplete_clarifier",
        "marker_kept",
        "lateness_seconds",
    )
    assert not any(names_secret(option) for option in options)
    assert names_secret("vendor_key")


def test_a_list_that_never_ends_or_is_none_is_given_up(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_PAGES", 3)
    count = iter(range(1000))
    wire.answers = lambda _: reply(200, {"Objects": [{"AssignmentID": next(count), "SectionID": 77}]})
    with pytest.raises(UnknownOutcome):
        connected().look_up(job())
    wire.answers = lambda _: reply(200, {"Objects": None})
    with pytest.raises(UnknownOutcome):
        connected().look_up(job())


# ---- answers ----------------------------------------------------------------------------------------------------

STEPS: dict[str, Callable[[Qmlativ], object]] = {
    "read": lambda a: a.read(job({"assignment": "1"})),
    "read_scores": lambda a: a.read_scores(job({"assignment": "1"})),
    "create": lambda a: a.create(job()),
    "look_up": lambda a: a.look_up(job()),
    "write": lambda a: a.write(job({"assignment": "1"})),
    "delete": lambda a: a.delete(job({"assignment": "1"})),
    "scores": lambda a: sent_all(a, job({"assignment": "1"}, scores=scores(a=1.0))),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("status", "error", "code", "requests"),
    [
        (401, Misconfigured, "SIS_SIGN_IN_FAILED", 2),
        (403, Misconfigured, "SIS_PERMISSION_MISSING", 2),
        (429, Retry, "SIS_BUSY", 1),
        (500, UnknownOutcome, "SIS_UNAVAILABLE", 1),
        (503, UnknownOutcome, "SIS_UNAVAILABLE", 1),
        (302, Misconfigured, "SIS_ADDRESS_REFUSED", 1),
    ],
)
def test_a_status_means_the_same_for_every_step(
    wire: Wire, step: str, status: int, error: type[DeliveryError], code: str, requests: int
) -> None:
    wire.answers = lambda _: reply(status)
    with pytest.raises(error) as raised:
        STEPS[step](connected())
    assert (type(raised.value), raised.value.code, len(wire.requests)) == (error, code, requests)


def test_403_is_an_ended_token_and_one_sign_in_mends_it(wire: Wire, shelf: Shelf) -> None:
    tokens = iter(["old", "new"])
    wire.signs_in = lambda _: reply(200, {"access_token": next(tokens), "expires_in": 3600})
    wire.answers = lambda request: (
        reply(403) if request.headers["Authorization"] == "Bearer old" else shelf(request)
    )
    assert connected().create(job())["assignment"] in shelf.rows["Assignment"]
    assert len(shelf.rows["Assignment"]) == 1


def test_every_call_has_a_permission_to_name(wire: Wire) -> None:
    kinds = {value for name, value in vars(calls).items() if name.isupper() and isinstance(value, str)}
    assert set(RIGHTS) == {kind for kind in kinds if " " in kind}
    for kind, right in RIGHTS.items():
        error = ACTIONS[kind, 403](reply(403), None)  # type: ignore[arg-type] # the text plays no part
        assert isinstance(error, Misconfigured)
        assert (error.params["permission"], error.whole_district) == (right, False)


def test_an_item_not_there_or_marked_deleted_is_gone(wire: Wire, shelf: Shelf) -> None:
    adapter = connected()
    with pytest.raises(Gone):
        adapter.read(job({"assignment": "7"}))
    with pytest.raises(Gone):
        adapter.write(job({"assignment": "7"}))
    with pytest.raises(Gone):
        adapter.read(job())
    work = made(adapter)
    shelf.rows["Assignment"][work.remote["assignment"]]["IsDeleted"] = True
    with pytest.raises(Gone):
        adapter.read(work)
    adapter.delete(job({"assignment": "7"}))


@pytest.mark.parametrize("status", [400, 409, 422])
def test_an_item_skyward_will_not_delete_is_the_teachers(wire: Wire, status: int) -> None:
    wire.answers = lambda _: reply(status, {"Message": "CanDelete"})
    with pytest.raises(Refused, match="DELETE_BY_HAND"):
        connected().delete(job({"assignment": "1"}))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"Message": "a"}', "a"),
        (b'[{"ErrorNumber": 1, "ErrorText": "b"}]', "b"),
        (b'{"Message": "a", "ErrorText": "b"}', "a b"),
        (b'{"imsx_description": "c"}', "c"),
        (b"<html>", ""),
        (b"[]", ""),
        (b"3", ""),
    ],
)
def test_an_error_body_is_read_leniently(body: bytes, words: str) -> None:
    assert said(body).description == words


@pytest.mark.parametrize(
    "document", [{"AssignmentID": 1}, {"Assignment": {"AssignmentID": 1}}, {"Objects": [{"AssignmentID": 1}]}]
)
def test_an_object_is_found_bare_or_in_an_envelope(document: dict[str, Any]) -> None:
    assert object_of(document, ASSIGNMENT) == {"AssignmentID": 1}
    assert object_of({"x": [], "y": 1}, ASSIGNMENT) is None


# ---- scores -----------------------------------------------------------------------------------------------------

LATE_AND_INCOMPLETE = {ScoreFlag.LATE: "31", ScoreFlag.INCOMPLETE: "32"}


@pytest.mark.parametrize(
    ("score", "fields"),
    [
        (Score(student="s", points=7.25), {"Score": 7.25}),
        (Score(student="s", points=0.0), {"Score": 0.0}),
        (Score(student="s"), {}),
        (Score(student="s", points=4.0, flags=(ScoreFlag.EXCUSED,)), {"NoCount": True}),
        (Score(student="s", flags=(ScoreFlag.MISSING,)), {"IsMissing": True}),
        (Score(student="s", points=1.0, flags=(ScoreFlag.MISSING,)), {"Score": 1.0, "IsMissing": True}),
        (Score(student="s", points=5.0, flags=(ScoreFlag.LATE,)), {"Score": 5.0, "ScoreClarifierID": 31}),
        (
            Score(student="s", points=5.0, flags=(ScoreFlag.LATE, ScoreFlag.INCOMPLETE)),
            {"Score": 5.0, "ScoreClarifierID": 32},
        ),
        (Score(student="s", flags=(ScoreFlag.COLLECTED,)), {"SubmissionStatus": "Submitted"}),
        (
            Score(student="s", flags=(ScoreFlag.LATE,)),
            {"SubmissionStatus": "Submitted", "ScoreClarifierID": 31},
        ),
        (Score(student="s", flags=(ScoreFlag.ABSENT,)), {}),
        (Score(student="s", points=1.0, comment="c"), {"Score": 1.0, "Comments": "c"}),
    ],
)
def test_each_mark_has_its_field_and_every_other_is_taken_back(score: Score, fields: dict[str, Any]) -> None:
    empty = {"Score": None, "NoCount": False, "IsMissing": False, "ScoreClarifierID": None, "Comments": ""}
    assert mapping.cell(score, LATE_AND_INCOMPLETE) == empty | fields
    assert mapping.cell(score, {})["ScoreClarifierID"] is None


def test_a_letter_is_a_problem_and_no_number(wire: Wire) -> None:
    drafted = connected().draft(job(scores=(Score(student="a", letter="B"),)).desired)
    assert [problem.code for problem in drafted.problems] == ["SCORE_NOT_ACCEPTED"]


@pytest.mark.parametrize(
    "score",
    [
        Score(student="a", points=7.25),
        Score(student="a", points=0.0),
        Score(student="a", flags=(ScoreFlag.EXCUSED,)),
        Score(student="a", flags=(ScoreFlag.MISSING,)),
        Score(student="a", flags=(ScoreFlag.COLLECTED,)),
    ],
)
def test_what_was_sent_reads_back_as_itself(wire: Wire, score: Score) -> None:
    adapter = connected()
    work = made(adapter, scores=(score,))
    drafted = adapter.draft(work.desired)
    assert adapter.read(work).seen == drafted.item.seen
    expected = {"a": drafted.scores["a"].seen} if drafted.scores["a"].seen else {}
    assert adapter.read_scores(work) == expected


CLARIFIERS = [
    {"ScoreClarifierID": 1, "Code": "LATE", "Description": "Late, no credit", "NoCount": True},
    {"ScoreClarifierID": 2, "Code": "LT", "Description": "Late"},
    {"ScoreClarifierID": 3, "Code": "INC", "Description": "incomplete", "IsMissing": True},
    {"ScoreClarifierID": 4, "Code": "X", "Description": "Not finished"},
]


def test_a_clarifier_that_would_not_count_is_never_used_and_an_option_names_one() -> None:
    assert mapping.clarifiers(CLARIFIERS, {}) == {ScoreFlag.LATE: "2"}
    assert mapping.clarifiers(CLARIFIERS, {"incomplete_clarifier": "x"})[ScoreFlag.INCOMPLETE] == "4"
    assert mapping.clarifiers(CLARIFIERS, {"late_clarifier": "none of these"}) == {}


def test_clarifiers_are_listed_once_and_only_when_needed(wire: Wire, shelf: Shelf) -> None:
    late = shelf.add("ScoreClarifier", Code="L", Description="Late")
    adapter = connected()
    made(adapter, scores=scores(a=1.0))
    assert not any("ScoreClarifier" in line for line in wire.lines())
    flagged = (
        Score(student="a", points=1.0, flags=(ScoreFlag.LATE,)),
        Score(student="b", flags=(ScoreFlag.LATE,)),
    )
    made(adapter, scores=flagged)
    assert sum("ScoreClarifier/1/" in line for line in wire.lines()) == 1
    assert [row["ScoreClarifierID"] for row in shelf.rows["StudentAssignment"].values()][1:] == [
        int(late)
    ] * 2


# ---- rows are never made twice ----------------------------------------------------------------------------------


def test_a_lost_reply_to_a_score_makes_no_second_row(wire: Wire, shelf: Shelf) -> None:
    adapter = connected()
    remote = adapter.create(job())
    work = job(remote, scores=scores(a=1.0))
    lost: list[int] = []

    def losing(request: Any) -> Any:
        answer = shelf(request)
        if request.method == "PUT" and not lost:
            lost.append(1)
            return reply(500)
        return answer

    wire.answers = losing
    with pytest.raises(UnknownOutcome):
        sent_all(adapter, work)
    assert sent_all(adapter, work).problems == ()
    assert len(shelf.rows["StudentAssignment"]) == 1


def test_a_row_that_comes_late_is_waited_for_and_not_made_again(wire: Wire, shelf: Shelf) -> None:
    adapter = connected()
    remote = adapter.create(job())
    work = job(remote, scores=scores(a=1.0))
    shelf.refusals["PUT", "StudentAssignment"] = reply(503)
    with pytest.raises(UnknownOutcome):
        sent_all(adapter, work)
    del shelf.refusals["PUT", "StudentAssignment"]
    with pytest.raises(Retry) as waits:
        sent_all(adapter, work)
    assert (type(waits.value), waits.value.breaks) == (Retry, False)
    shelf.add("StudentAssignment", AssignmentID=int(remote["assignment"]), StudentSectionID=901, Score=1.0)
    assert sent_all(adapter, work).problems == ()
    assert len(shelf.rows["StudentAssignment"]) == 1


def test_after_the_lateness_it_is_made_again(wire: Wire, shelf: Shelf) -> None:
    """The negative control of waiting."""
    adapter = connected(lateness_seconds="0", call_seconds="0")
    work = job(adapter.create(job()), scores=scores(a=1.0))
    shelf.refusals["PUT", "StudentAssignment"] = reply(503)
    with pytest.raises(UnknownOutcome):
        sent_all(adapter, work)
    shelf.refusals.clear()
    assert sent_all(adapter, work).problems == ()


def test_the_lateness_can_be_stated(wire: Wire) -> None:
    assert connected().capabilities.lateness == CAPABILITIES.lateness == 180.0
    stated = connected(lateness_seconds="5", call_seconds="1").capabilities
    assert (stated.sendable, stated.lateness) == (3.0, 9.0)


def test_doubts_are_about_one_row_and_end() -> None:
    now = [0.0]
    rows = Rows(10.0, lambda: now[0])
    rows.doubt("1", "s")
    assert (rows.doubtful("1", "s"), rows.doubtful("1", "t"), rows.doubtful("2", "s")) == (True, False, False)
    now[0] = 10.0
    assert not rows.doubtful("1", "s")
    rows.doubt("1", "t")
    assert list(rows._doubts) == [("1", "t")]


def test_another_process_reads_the_rows_before_it_writes(wire: Wire, shelf: Shelf) -> None:
    work = made(connected(), scores=scores(a=1.0))
    changed = job(work.remote, scores=scores(a=2.0, b=3.0))
    assert sent_all(connected({"check_scores_in_sis": "no"}), changed).problems == ()
    assert sorted(row["Score"] for row in shelf.rows["StudentAssignment"].values()) == [2.0, 3.0]


def test_a_row_skyward_made_by_itself_is_updated(wire: Wire, shelf: Shelf) -> None:
    adapter = connected()
    remote = adapter.create(job())
    shelf.add("StudentAssignment", AssignmentID=int(remote["assignment"]), StudentSectionID=901, Score=None)
    shelf.refusals["PUT", "StudentAssignment"] = reply(400, {"Message": "A row already exists"})
    assert sent_all(adapter, job(remote, scores=scores(a=2.0))).problems == ()
    assert [row["Score"] for row in shelf.rows["StudentAssignment"].values()] == [2.0]


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (400, "The student is not in the section", "STUDENT_NOT_IN_SECTION"),
        (422, "Too high", "SCORE_NOT_ACCEPTED"),
        (400, "Grading period closed", "SIS_REFUSED_DUE_DATE"),
        (400, "already exists", "SCORE_NOT_ACCEPTED"),
        (404, "?", "STUDENT_NOT_IN_SECTION"),
    ],
)
def test_a_refused_score_is_one_students_problem(
    wire: Wire, shelf: Shelf, status: int, message: str, code: str
) -> None:
    adapter = connected()
    remote = adapter.create(job())
    shelf.refusals["PUT", "StudentAssignment"] = reply(status, {"Message": message})
    sent = sent_all(adapter, job(remote, scores=scores(a=2.0)))
    assert ([(p.student, p.code) for p in sent.problems], sent.accepted) == ([("a", code)], {})


def test_a_score_of_a_deleted_item_is_gone(wire: Wire, shelf: Shelf) -> None:
    adapter = connected()
    work = made(adapter, scores=scores(a=1.0))
    shelf.rows["Assignment"].clear()
    shelf.rows["StudentAssignment"].clear()
    with pytest.raises(Gone):
        sent_all(adapter, work)


def test_a_row_that_vanished_is_read_anew(wire: Wire, shelf: Shelf) -> None:
    adapter = connected()
    work = made(adapter, scores=scores(a=1.0))
    shelf.rows["StudentAssignment"].clear()
    assert sent_all(adapter, work).problems[0].code == "STUDENT_NOT_IN_SECTION"
    assert sent_all(adapter, work).problems == ()
    assert len(shelf.rows["StudentAssignment"]) == 1


def test_rows_are_trusted_a_while_and_forgotten_after_a_move() -> None:
    now = [0.0]
    rows = Rows(10.0, lambda: now[0])
    rows.add("1", "s", "r")
    assert rows.of("1") is None
    rows.keep("1", {})
    rows.add("1", "s", "r")
    assert rows.of("1") == {"s": "r"}
    now[0] = TRUSTED
    assert rows.of("1") is None
    rows.keep("1", {"s": "r"})
    rows.forget("1")
    assert rows.of("1") is None
    for n in range(KEPT + 5):
        rows.keep(str(n), {})
    assert (rows.of("0"), rows.of(str(KEPT))) == (None, {})


def test_an_item_moved_to_another_section_has_other_rows(wire: Wire, shelf: Shelf) -> None:
    adapter = connected()
    work = made(adapter, scores=scores(a=1.0))
    moved = job(work.remote, sis_section="78", scores=scores(a=1.0))
    assert adapter.write(moved)["class"] == "78"
    wire.requests.clear()
    sent_all(adapter, moved)
    assert "StudentAssignment/1/" in wire.lines()[0]


# ---- directory and self-test ------------------------------------------------------------------------------------


def test_categories_that_share_a_description_have_their_code_in_brackets(wire: Wire, shelf: Shelf) -> None:
    ids = [
        shelf.add("GradebookCategory", Code=code, Description=text)
        for code, text in (("QZ", "Quiz"), ("Q2", "Quiz"), ("LB", "Lab"))
    ]
    found = connected().directory(["77"], [])
    assert [(one.id, one.title, one.sis_section) for one in found.categories] == [
        (ids[0], "Quiz (QZ)", None),
        (ids[1], "Quiz (Q2)", None),
        (ids[2], "Lab", None),
    ]


PERIOD = {"GradingPeriodID": 9, "Code": "Q1", "StartDate": "2026-08-17T00:00:00", "EndDate": "2026-10-16"}


@pytest.mark.parametrize(
    ("today", "extension", "locked"),
    [("2026-10-16", 0, False), ("2026-10-17", 0, True), ("2026-10-23", 7, False), ("2026-10-24", 7, True)],
)
def test_a_period_is_open_until_its_end_and_the_extension_days(
    today: str, extension: int, locked: bool
) -> None:
    (period,) = mapping.marking_periods([PERIOD, {"EndDate": "?"}], extension, date.fromisoformat(today))
    assert (period.id, period.title, period.first_day, period.locked) == ("9", "Q1", "2026-08-17", locked)


@pytest.mark.parametrize(
    ("rows", "days"),
    [([], 0), ([{}, {"GradingPeriodEditExtensionDays": 5}], 5), ([{"GradingPeriodEditExtensionDays": -3}], 0),
     ([{"GradingPeriodEditExtensionDays": True}], 0)],
)  # fmt: skip
def test_extension_days_are_the_first_stated(rows: list[dict[str, Any]], days: int) -> None:
    assert mapping.extension_days(rows) == days


def test_marking_periods_are_those_of_the_schools_entity(wire: Wire, shelf: Shelf) -> None:
    shelf.add("GradingPeriod", Description="Quarter 1", StartDate="2026-08-17", EndDate="2026-10-16")
    shelf.add("GradebookConfigEntityGroupYear", GradingPeriodEditExtensionDays=36500)
    (period,) = connected().directory([], ["20"]).marking_periods["20"]
    assert (period.title, period.locked, set(shelf.entities)) == ("Quarter 1", False, {"20"})


def test_the_self_test_writes_nothing_and_names_what_is_missing(wire: Wire, shelf: Shelf) -> None:
    shelf.refusals["POST", "StudentAssignment"] = reply(403)
    found = connected().check("77")
    assert [(one.what, one.code) for one in found] == [
        ("sign-in", None),
        ("read item", None),
        ("read categories", None),
        ("read clarifiers", None),
        ("read scores", "SIS_PERMISSION_MISSING"),
        ("find items", None),
        ("read marking periods", None),
    ]
    assert found[4].params["permission"] == "Gradebook, StudentAssignment: read"
    assert all(line.startswith("GET") or "/1/500" in line for line in wire.lines())
    wire.signs_in = lambda _: reply(401)
    assert [one.code for one in connected().check(None)] == ["SIS_SIGN_IN_FAILED"]
