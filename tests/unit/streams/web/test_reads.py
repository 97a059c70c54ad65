"""Reading: rows chosen and sorted, as CSV, one item, its attempts, the red dot, the district at a glance."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from schemas.codec import encode
from schemas.gradebook import ItemKind, Sis
from schemas.keys import section_key
from schemas.results import Outcome, ScoreProblem, ScoreReceipt, SeenMark, StatusRow, SyncResult
from streams.web.attempts import PLACES_KEPT, AttemptPlaces, Attempts, Unanswered
from streams.web.choosing import Choice, Sort, choose
from streams.web.sheet import inert, sheet
from tests.unit.streams.web.bench import SECTION, STATUS, WHOLE, Web
from tests.unit.streams.web.conftest import NewWeb
from tests.unit.streams.web.logs import AT, EVERY_KIND, FAILED, GONE, NEVER, PARTLY, PLAIN, QUEUED, log
from tests.unit.streams.web.sign import teacher

ROWS = (
    replace(PLAIN, item="a", title="banana", kind=ItemKind.TEST, changed_at=3),
    replace(FAILED, item="b", title="Apple", changed_at=2, last_success_at=None),
    replace(QUEUED, item="c", title="cherry", changed_at=1),
)


def _ids(rows: list[StatusRow]) -> str:
    return "".join(row.item for row in rows)


@pytest.mark.parametrize(
    ("sort", "up", "down"),
    [
        (Sort.FIRST_SEEN, "abc", "cba"),
        (Sort.TITLE, "bac", "cab"),
        (Sort.STATE, "bca", "acb"),
        (Sort.KIND, "bca", "abc"),
        (Sort.CHANGED, "cba", "abc"),
        (Sort.LAST_SUCCESS, "bac", "acb"),
    ],
)
def test_rows_are_sorted(sort: Sort, up: str, down: str) -> None:
    assert _ids(choose(ROWS, Choice(sort=sort))) == up
    assert _ids(choose(ROWS, Choice(sort=sort, descending=True))) == down


def test_rows_are_chosen_over_the_api(web: Web) -> None:
    def items(query: str) -> list[str]:
        return [row["item"] for row in web.get(f"{STATUS}?{query}").json()["rows"]]

    assert items("state=Error") == ["item-3"]
    assert items("state=Error&state=Queued") == ["item-2", "item-3"]
    assert items("state=Error&code=CATEGORY_REQUIRED") == ["item-3"]
    assert items("code=OTHER") == []
    assert items("kind=test") == []
    assert items("title=ESSAY&deleted=true&sort=first_seen&descending=true")[0] == "item-5"
    assert web.get(f"{STATUS}?state=Error").json()["counts"]["Successful"] == 2, "counts are of all"
    for bad in ("state=error", "sort=colour", "kind=ASSIGNMENT", f"title={'x' * 201}"):
        assert web.get(f"{STATUS}?{bad}").status_code == 422


# ---- CSV -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "  =1",
        "\t=1",
        "\r=1",
        "\n@x",
        "\ufeff=1",
        "＝1",
        "＠x",
        "|calc",
        "%0A=1",
        "\N{MINUS SIGN}1",
    ],
)
def test_no_cell_is_a_formula(title: str) -> None:
    rows = list(csv.reader(io.StringIO(sheet([replace(PLAIN, title=title, item=title)]).decode("utf-8-sig"))))
    assert [cell[0] for cell in rows[1][:2]] == ["'", "'"]


@pytest.mark.parametrize("title", ["Essay", "1 = 1", "a-b", "Ünit 3: 100%", 'say "hi", twice', "数学"])
def test_an_ordinary_title_stays_as_it_is(title: str) -> None:
    rows = list(csv.reader(io.StringIO(sheet([replace(PLAIN, title=title)]).decode("utf-8-sig"))))
    assert rows[1][1] == title


def test_control_and_direction_marks_do_not_reach_a_spreadsheet() -> None:
    for hostile in ("a\x00b", "a\x1b[31mb", "a\u202eb", "a\u2028b", "a\r\nb", "a\u200bb"):
        assert inert(hostile).isprintable()
    assert sheet([replace(PLAIN, title="\ud800")])


def test_the_sheet_over_the_api(web: Web) -> None:
    told = web.get(f"{SECTION}/status.csv?state=Error")
    assert told.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert told.headers["content-disposition"] == 'attachment; filename="status-log.csv"'
    rows = list(csv.reader(io.StringIO(told.content.decode("utf-8-sig"))))
    assert (rows[0][0], len(rows), rows[1][6]) == ("Item", 2, "CATEGORY_REQUIRED")
    assert len({len(row) for row in rows}) == 1


# ---- an item and its attempts ----------------------------------------------------------------------------------

RESULT = SyncResult(
    tenant="north",
    section="algebra",
    item="item-4",
    revision=3,
    step=0,
    outcome=Outcome.QUEUED,
    version=3,
    at=AT,
    kind=ItemKind.ASSIGNMENT,
    title="Essay",
    sis=Sis.ESCHOOLPLUS,
    run="web-1",
)
DONE = replace(
    RESULT,
    step=2,
    outcome=Outcome.SUCCESSFUL,
    at=AT + 5,
    code="SCORES_NOT_ACCEPTED",
    params={"refused": "1", "total": "2"},
    problems=(ScoreProblem(student="student-7", code="SCORE_ABOVE_MAXIMUM", params={"maximum": "10"}),),
    receipt=PLAIN.receipt,
    scores=(
        ScoreReceipt(student="student-6", sis_id="R6"),
        ScoreReceipt(student="student-7", code="SCORE_ABOVE_MAXIMUM"),
    ),
)


class Topic:
    """sync.results without a broker."""

    def __init__(self, *results: SyncResult) -> None:
        self.places, self.dead, self.closed = AttemptPlaces(), False, False
        self.values: list[bytes | None] = []
        for result in results:
            self.add(result)

    def add(self, result: SyncResult) -> None:
        value = encode(result)
        self.places.apply(5, len(self.values), section_key(result.tenant, result.section), value)
        self.values.append(value)

    def read(self, partition: int, offsets: Any) -> list[bytes | None]:
        assert partition == 5
        if self.dead:
            raise Unanswered
        return [self.values[offset] for offset in offsets]

    def close(self) -> None:
        self.closed = True


def test_an_item_has_its_row_deleted_or_not(web: Web) -> None:
    assert web.get(f"{SECTION}/items/item-4").json()["problems"][0]["student"] == "student-7"
    assert web.get(f"{SECTION}/items/item-5").json()["deleted"] is True
    assert web.get(f"{SECTION}/items/none").status_code == 404
    assert web.call("GET", f"{SECTION}/items/item-4", token=teacher("teacher-9")).status_code == 404


def test_attempts_are_told_oldest_first_with_a_receipt(new_web: NewWeb) -> None:
    other = replace(RESULT, item="item-9")
    topic = Topic(RESULT, other, replace(RESULT, item="", seen_by="teacher-1"), DONE, DONE)
    web = new_web(attempts=Attempts(topic.places, topic))  # type: ignore[arg-type]
    web.show(log(rows=[*EVERY_KIND, replace(PLAIN, item="item-8", next_try_at=AT + 60_000)]))
    told = web.get(f"{SECTION}/items/item-4/attempts").json()
    assert [one["outcome"] for one in told["attempts"]] == ["queued", "successful"]
    receipt = told["receipt"]
    assert (receipt["action"], receipt["sis_ids"], receipt["calls"]) == ("create", {"lineItem": "L1"}, 2)
    assert [(one["student"], one["accepted"], one["sis_id"]) for one in receipt["score_outcomes"]] == [
        ("student-6", True, "R6"),
        ("student-7", False, None),
    ]
    assert receipt["score_outcomes"][1]["error"]["message"]
    waiting = web.get(f"{SECTION}/items/item-8/attempts").json()
    assert (waiting["attempts"], waiting["next_try"]["epoch_ms"]) == ([], AT + 60_000)


def test_attempts_wait_for_their_own_topic_and_keep_nothing_else_waiting(new_web: NewWeb) -> None:
    topic = Topic(RESULT)
    web = new_web(attempts=Attempts(topic.places, topic))  # type: ignore[arg-type]
    web.show()
    web.results.said = replace(WHOLE, caught_up=False)
    assert web.get(STATUS).status_code == 200
    assert web.get(f"{SECTION}/items/item-4/attempts").json()["code"] == "CATCHING_UP"
    web.results.said = WHOLE
    topic.dead = True
    assert web.get(f"{SECTION}/items/item-4/attempts").status_code == 503
    topic.dead = False
    assert web.get(f"{SECTION}/items/item-4/attempts").status_code == 200


def test_places_are_bounded_and_the_newest_stay() -> None:
    topic = Topic()
    key, value = section_key("north", "algebra"), encode(RESULT)
    for offset in range(PLACES_KEPT + 10):
        topic.places.apply(5, offset, key, value)
    found = topic.places.of("north", "algebra", "item-4")
    assert found is not None
    assert found[1][-1] == PLACES_KEPT + 9
    assert len(found[1]) <= 60
    assert topic.places.of("north", "none", "item-4") is None


# ---- the red dot -----------------------------------------------------------------------------------------------


def test_the_dot_is_per_teacher_and_goes_when_the_log_was_seen(web: Web) -> None:
    def dots(error: int | None, **seen: int) -> list[bool]:
        marks = [SeenMark(teacher=name.replace("_", "-"), seen_at=at) for name, at in seen.items()]
        web.views.status.apply(section_key("north", "algebra"), None)
        web.show(log(seen=marks, last_error_at=error))
        return [
            web.call("GET", f"{SECTION}/unseen", token=teacher(one)).json()["unseen"]
            for one in ("teacher-1", "teacher-2")
        ]

    assert dots(None) == [False, False]
    assert dots(AT) == [True, True]
    assert dots(AT, teacher_1=AT) == [False, True]
    assert dots(AT + 1, teacher_1=AT) == [True, True]
    assert dots(AT, teacher_1=AT, teacher_2=AT + 9) == [False, False]


def test_the_dot_over_all_of_a_teacher_s_sections(web: Web) -> None:
    for name, teachers in (("geometry", ["teacher-1"]), ("art", ["teacher-2"]), ("music", ["teacher-1"])):
        web.bind("north", name, *teachers)
        web.show(log(section=name, last_error_at=AT if name != "music" else None))
    told = web.call("GET", "/v1/districts/north/unseen", token=teacher()).json()
    assert told == {"unseen": True, "sections": ["geometry"]}


# ---- the district ----------------------------------------------------------------------------------------------


def test_failures_are_grouped_by_cause(web: Web) -> None:
    many = [replace(FAILED, item=f"i{n}") for n in range(211)]
    web.show(log(section="big", rows=many))
    web.show(log(section="fine", rows=[PLAIN, NEVER, replace(GONE, code="X", item="z")]))
    told = web.get("/v1/districts/north/overview").json()
    assert (told["sections"], told["sections_with_errors"]) == (3, 2)
    assert [one["section"] for one in told["worst"]] == ["big", "algebra"]
    first, second = told["causes"]
    assert (first["code"], first["items"], first["sections"]) == ("CATEGORY_REQUIRED", 212, 2)
    assert first["message"].startswith("A category is required")
    assert (second["code"], second["state"], second["items"]) == ("SCORES_NOT_ACCEPTED", "Successful", 1)
    assert web.get("/v1/districts/north/overview?listed=1").json()["worst"][0]["section"] == "big"


def test_the_overview_is_the_administrator_s(web: Web) -> None:
    assert web.call("GET", "/v1/districts/north/overview", token=teacher()).status_code == 404
    assert web.get("/v1/districts/south/overview").status_code == 404


def test_a_replaced_part_is_counted_anew(web: Web) -> None:
    web.get("/v1/districts/north/overview")
    web.show(log(rows=[replace(PARTLY, revision=9), *EVERY_KIND[:1]], updated_at=AT + 1))
    told = web.get("/v1/districts/north/overview").json()
    assert [one["code"] for one in told["causes"]] == ["SCORES_NOT_ACCEPTED"]
