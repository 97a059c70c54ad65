"""JSON lines by hand: forgiving to write, strict to check, and silent about students."""

import json
import traceback
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from schemas.codec import decode
from schemas.gradebook import (
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemKind,
    LogSeen,
    Score,
    ScoreFlag,
    ScoresChanged,
)
from schemas.jsonlines import Line, LineRefused, read_line, read_lines, to_line
from schemas.keys import section_key
from schemas.records import from_avro
from schemas.registry import schemas
from tests.unit.schemas.generated import values
from tests.unit.schemas.test_examples import RECORDS, examples

NOW = 1_700_000_000_000
CANARY = "Zxqv Canary 97.25"
DELETED: dict[str, Any] = {
    "tenant": "d1",
    "section": "s1",
    "version": 3,
    "type": "ItemDeleted",
    "item": "7",
}
ITEM: dict[str, Any] = {**DELETED, "type": "ItemChanged", "kind": "TEST", "title": "Quiz"}
SCORES: dict[str, Any] = {**DELETED, "type": "ScoresChanged"}


def read(document: Any) -> GradebookChange:
    """The change of one line."""
    line = read_line(json.dumps(document), NOW)
    assert line is not None
    return line.change


def refusal(document: Any) -> LineRefused:
    """Why a line is refused."""
    text = document if isinstance(document, str | bytes) else json.dumps(document)
    with pytest.raises(LineRefused) as caught:
        read_line(text, NOW, 14, "changes.jsonl")
    return caught.value


def item(**fields: Any) -> ItemChanged:
    """The item of a line."""
    change = read({**ITEM, **fields}).change
    assert isinstance(change, ItemChanged)
    return change


# ---- what may be written -----------------------------------------------------------------------------------------


def test_a_flat_line_is_a_record_with_its_key() -> None:
    line = read_line(json.dumps({**DELETED, "event": "e1", "occurred_at": 5, "actor": "t1"}), NOW, 3)
    assert line is not None
    change = GradebookChange(
        tenant="d1",
        section="s1",
        event="e1",
        version=3,
        occurred_at=5,
        actor="t1",
        change=ItemDeleted(item="7"),
    )
    assert (line.number, line.change, line.key) == (3, change, section_key("d1", "s1"))
    assert decode(GradebookChange, line.value) == change


def test_an_omitted_event_is_the_same_for_the_same_content_whenever_it_is_read() -> None:
    text = json.dumps(DELETED)
    first, later = read_line(text, NOW), read_line(f"  {text}\r\n", NOW + 1)
    assert first and later and first.change.event == later.change.event
    assert (first.change.occurred_at, later.change.occurred_at) == (NOW, NOW + 1)
    others = [{**DELETED, name: "9"} for name in ("tenant", "section", "item", "actor")]
    others += [{**DELETED, "version": 4}, {**DELETED, "type": "ItemRestored"}]
    events = {read(other).event for other in others}
    assert len(events) == len(others) and first.change.event not in events


def test_null_for_what_may_be_omitted_is_omitted() -> None:
    assert read({**DELETED, "event": None, "occurred_at": None, "actor": None}) == read(DELETED)


@pytest.mark.parametrize("text", ["", "  \n", "# a comment", "\ufeff", b"", "\t# {"])
def test_blank_lines_and_comments_are_passed_over(text: str | bytes) -> None:
    assert read_line(text, NOW) is None


def test_a_byte_order_mark_and_bytes_are_read() -> None:
    assert read_line(b"\xef\xbb\xbf" + json.dumps(DELETED).encode(), NOW)


@pytest.mark.parametrize(
    ("due", "told"),
    [
        ("2026-11-24", "2026-11-24"),
        ("2028-02-29", "2028-02-29"),
        (None, None),
        (1_795_000_000_000, 1_795_000_000_000),
        (0, 0),
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-24T23:59:00-05:00", 1_795_582_740_000),
        ("2026-11-25T04:59Z", 1_795_582_740_000),
        ("2026-11-25t04:59:00.0009z", 1_795_582_740_000),
        ("2026-11-25 10:29:00+0530", 1_795_582_740_000),
        ("1969-12-31T23:59:59.9995Z", -1),
    ],
)
def test_a_due_date_is_a_day_or_a_moment(due: Any, told: Any) -> None:
    assert item(due=due).due == told


def test_words_may_be_small_and_whole_numbers_are_numbers() -> None:
    change = read(
        {**SCORES, "scores": [{"student": "p1", "points": 10, "flags": ["late", "Missing"]}]}
    ).change
    score = Score(student="p1", points=10.0, flags=(ScoreFlag.LATE, ScoreFlag.MISSING))
    assert change == ScoresChanged(item="7", scores=(score,))
    assert item(kind="discussion").kind is ItemKind.DISCUSSION


def test_absent_null_zero_and_an_empty_list_stay_four_things() -> None:
    assert item().scores is None and item(scores=None).scores is None and item(scores=[]).scores == ()
    scores = read({**SCORES, "scores": [{"student": "a"}, {"student": "b", "points": 0}]}).change
    assert isinstance(scores, ScoresChanged) and [one.points for one in scores.scores] == [None, 0.0]


def test_bad_lines_do_not_keep_good_ones_from_being_read() -> None:
    lines = [json.dumps(DELETED), "{", "", json.dumps({**DELETED, "version": 4})]
    found = list(read_lines(lines, NOW, "f.jsonl"))
    assert [type(one) for one in found] == [Line, LineRefused, Line]
    assert str(found[1]).startswith("f.jsonl:2: not JSON at column 2")


# ---- what is refused, and how --------------------------------------------------------------------------------------

REFUSED: list[tuple[Any, str]] = [
    (
        {**ITEM, "due": "2026-11-24T23:59:00"},
        'due: "2026-11-24T23:59:00" is not one moment: its offset is missing. End it with Z, or',
    ),
    (
        {**ITEM, "due": "2026-02-30"},
        'due: "2026-02-30" is not a day of the calendar. Write a day that exists, or null.',
    ),
    (
        {**ITEM, "due": "tomorrow"},
        'due: "tomorrow" is not a date. Write a date such as 2026-11-24, a date-time with its offset such as ',
    ),
    ({**ITEM, "due": "20261124"}, 'due: "20261124" is not a date.'),
    ({**ITEM, "due": "2026-W48-2"}, "is not a date."),
    ({**ITEM, "due": "2026-11-24T25:00:00Z"}, "is not a moment that exists."),
    ({**ITEM, "due": True}, "due: true is not a date."),
    ({**ITEM, "due": 1.5}, "due: 1.5 is not a date."),
    ({**ITEM, "due": 2**63}, "due: is too large a number."),
    ({**ITEM, "points": "10"}, 'points: "10" is not a number. Write a number such as 10, or null.'),
    ({**ITEM, "points": True}, "points: true is not a number."),
    (json.dumps(ITEM)[:-1] + ', "points": 1e999}', "points: is too large a number."),
    (json.dumps(ITEM)[:-1] + ', "points": NaN}', "NaN and Infinity are not JSON. Write a number or null."),
    ({**ITEM, "published": "false"}, 'published: "false" is not true or false. Write true or false.'),
    ({**ITEM, "published": 0}, "published: 0 is not true or false."),
    ({**ITEM, "title": 5}, "title: 5 is not text. Put it in quotes."),
    ({**ITEM, "title": None}, "title: null is not text."),
    (
        {**ITEM, "title": "\ud83d"},
        "title: holds half a character (a lone surrogate). Write the character itself.",
    ),
    ({**ITEM, "kind": "TSET"}, 'kind: "TSET" is not one of ASSIGNMENT, TEST, DISCUSSION. Did you mean TEST?'),
    ({**ITEM, "tittle": "x"}, '"tittle": is an unknown field. Did you mean title?'),
    ({**ITEM, "zzz": 1}, '"zzz": is an unknown field. The fields here are '),
    ({**DELETED, "title": "x"}, '"title": is an unknown field.'),
    ({**DELETED, "type": "ItemDelted"}, 'type: "ItemDelted" is no kind of change. Did you mean ItemDeleted?'),
    ({**DELETED, "type": 5}, "type: a number is not text."),
    (
        {name: value for name, value in DELETED.items() if name != "type"},
        "type: is missing. Write one of ItemChanged, ",
    ),
    (
        {name: value for name, value in DELETED.items() if name != "version"},
        'version: is missing. Add "version".',
    ),
    ({name: value for name, value in DELETED.items() if name != "item"}, 'item: is missing. Add "item".'),
    ({**DELETED, "version": "3"}, 'version: "3" is not a whole number.'),
    ({**DELETED, "version": 3.0}, "version: 3.0 is not a whole number."),
    ({**DELETED, "version": -1}, "version: is below 0."),
    ({**DELETED, "version": 2**63}, "version: is too large a number."),
    ({**DELETED, "tenant": ""}, "tenant: is empty. Give its id."),
    ({**DELETED, "item": ""}, "item: is empty. Give its id."),
    ({**DELETED, "event": ""}, "event: is empty."),
    ({**DELETED, "item": 7}, "item: 7 is not text. Put it in quotes."),
    (
        {**DELETED, "occurred_at": "2026-11-24"},
        'occurred_at: "2026-11-24" is not a date. Write a date-time with its offset such as 2026-11-24T23:59:00-05:00.',
    ),
    ({**SCORES, "scores": None}, "scores: null is not a list. Write [...]."),
    ({**SCORES, "scores": {}}, "scores: an object is not a list."),
    (
        {**SCORES, "scores": [5]},
        "scores[0]: a number is not an object. Write {...} with student, points, letter, flags, comment.",
    ),
    ({**SCORES, "scores": [{}]}, "scores[0].student: is missing."),
    (
        {**SCORES, "scores": [{"student": "a"}] * 3 + [{"student": "a", "points": "ten"}]},
        "scores[3].points: text is not a number. Write a number such as 10, or null.",
    ),
    ("[]", "a list is not an object. Write one JSON object per line."),
    ("7", "a number is not an object."),
    ('{"a": 1} {"b": 2}', "not JSON at column 10 (Extra data)."),
    ("{'a': 1}", "not JSON at column 2 ("),
    ("[" * 100_000, "nested too deeply."),
    ('{"version": ' + "9" * 5000 + "}", "a number of too many digits."),
    (json.dumps(DELETED)[:-1] + ', "version": 4}', "version: a field is given twice. Keep one of the two."),
    (b"\xff\xfe{\x00", "not UTF-8 at byte 1. Save the file as UTF-8."),
    ({**ITEM, "title": "x" * 1_000_001}, "too large for one record. Split the scores"),
    (" " * 4_000_001, "longer than 4,000,000 characters."),
]


@pytest.mark.parametrize(("document", "said"), REFUSED, ids=lambda value: str(value)[:50])
def test_a_refusal_says_where_what_and_how_to_mend_it(document: Any, said: str) -> None:
    refused = refusal(document)
    text = str(refused)
    assert said in text
    assert text.startswith("changes.jsonl:14: ") and "\n" not in text and len(text) < 400
    assert refused.line == 14 and refused.fix and refused.what


@pytest.mark.parametrize(
    "scores",
    [
        CANARY,
        {CANARY: 97.25},
        [CANARY],
        [{CANARY: 97.25}],
        [{"student": "p1", "points": CANARY}],
        [{"student": "p1", "flags": CANARY}],
        [{"student": "p1", "flags": [CANARY]}],
        [{"student": "p1", "comment": [CANARY]}],
        [{"student": "p1", "comment": CANARY + "\ud800"}],
        [{"student": "p1", "letter": {"name": CANARY}}],
        [{"student": {"name": CANARY}}],
        [{"student": 9725}],
    ],
)
def test_nothing_below_scores_is_ever_quoted(scores: Any) -> None:
    for document in ({**SCORES, "scores": scores}, {**ITEM, "scores": scores}):
        _says_nothing(refusal(document))


@pytest.mark.parametrize("cut", [20, 80, 120, 135])
def test_a_broken_line_is_not_quoted(cut: int) -> None:
    text = json.dumps({**SCORES, "scores": [{"student": "p1", "comment": CANARY}]})
    _says_nothing(refusal(text[:cut]))
    _says_nothing(refusal(text.replace('"p1",', '"p1", "comment": "' + CANARY + '", ')))
    _says_nothing(refusal(text.encode()[:cut] + b"\xff"))


def _says_nothing(refused: LineRefused) -> None:
    told = "".join(traceback.format_exception(refused)) + repr(refused.__dict__)
    assert "Canary" not in told and "97" not in str(refused)
    assert refused.__context__ is None and refused.__cause__ is None


def test_a_foreign_value_elsewhere_is_shown_short_and_safe() -> None:
    text = str(refusal({**DELETED, "\u202e\x1b[31m" + "x" * 500: 1}))
    assert text.isprintable() and len(text) < 250


def test_below_the_roster_no_value_is_quoted_either() -> None:
    document = {**DELETED, "type": "RosterChanged", "students": [{"student": "p1", "status": CANARY}]}
    del document["item"]
    refused = refusal(document)
    assert refused.path == "students[0].status"
    _says_nothing(refused)


# ---- and back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", examples("GradebookChange"), ids=lambda one: type(one.change).__name__)
def test_a_change_told_as_a_line_is_the_same_change(change: GradebookChange) -> None:
    line = read_line(to_line(change), NOW)
    assert line is not None and line.change == change


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(fields=values(schemas().current("GradebookChange").schema))
def test_any_change_is_told_as_one_line_and_what_could_be_written_is_the_same(fields: dict[str, Any]) -> None:
    change = from_avro(GradebookChange, fields)
    text = to_line(change)
    assert len(text.splitlines()) == 1
    (line,) = read_lines([text], NOW)
    if isinstance(line, LineRefused):
        # an id that says nothing, an event of the past, or a due date or number that Avro holds and JSON cannot
        not_finite = line.path.endswith("points") and "is not a number" in line.what
        assert line.what in {"is empty", "is below 0"} or line.path == "due" or not_finite
    else:
        assert line.change == change


def test_a_number_json_cannot_hold_is_still_told() -> None:
    change = replace(read(DELETED), change=replace(item(), points=float("nan")))
    assert '"points": "nan"' in to_line(change)


def test_a_moment_beyond_the_calendar_is_told_as_a_number() -> None:
    assert f'"occurred_at": {2**62}' in to_line(replace(read(DELETED), occurred_at=2**62))


def test_a_line_cannot_steer_the_terminal_it_is_shown_on() -> None:
    teacher = "a\u202eb\x9b31m\u2028c\x1b"
    text = to_line(replace(read(DELETED), change=LogSeen(teacher=teacher)))
    assert text.isprintable()
    line = read_line(text, NOW)
    assert line is not None and line.change.change == LogSeen(teacher=teacher)


@pytest.mark.parametrize("record", RECORDS)
def test_every_record_can_be_told(record: str) -> None:
    for one in examples(record):
        assert json.loads(to_line(one))
