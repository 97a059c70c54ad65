"""Items and scores as PowerSchool is told them, and read back."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.powerschool import cells, mapping
from adapters.powerschool.cells import PERCENT, POINTS, Ways
from schemas.desired import DesiredItem
from schemas.gradebook import RosterEntry, RosterStatus, Score, ScoreFlag
from tests.unit.adapters import desk
from tests.unit.adapters.desk import scores

FLAG_FIELDS = ("islate", "iscollected", "isexempt", "ismissing", "isabsent", "isincomplete")


def desired(item: str = "item-1", **changes: Any) -> DesiredItem:
    return desk.desired(item, **{"sis_section": "1201", "sis_category": "77", "sis_teacher": "9", **changes})


@pytest.mark.parametrize(
    ("day", "year"), [("2026-11-20", 36), ("2027-06-30", 36), ("2027-07-01", 37), ("2026-01-02", 35)]
)
def test_year_id_plus_1990_is_the_autumn(day: str, year: int) -> None:
    assert mapping.school_year(date.fromisoformat(day)) == year


def test_a_section_may_name_its_teacher() -> None:
    assert mapping.place("1201") == ("1201", "")
    assert mapping.place("1201:9") == ("1201", "9")


def test_an_item_is_one_element_of_the_body() -> None:
    body = mapping.created(desired(title="A  b\nc", points=12.5), Ways())
    assert body == {
        "_assignmentsections": [
            {
                "sectionsdcid": 1201,
                "name": "A b c",
                "duedate": "2026-11-20",
                "scoretype": "POINTS",
                "scoreentrypoints": 12.5,
                "weight": 1.0,
                "totalpointvalue": 12.5,
                "extracreditpoints": 0.0,
                "iscountedinfinalgrade": True,
                "_assignmentcategoryassociations": [{"teachercategoryid": 77, "isprimary": True}],
                "_assignmentstandardassociations": [],
            }
        ]
    }


def test_extra_credit_asks_for_nothing_and_is_never_a_percent() -> None:
    item = desired(points=5.0)
    extra = mapping.section_fields(
        replace(item, content=replace(item.content, extra_credit=True)), Ways(percent=True)
    )
    assert (extra["scoreentrypoints"], extra["totalpointvalue"], extra["extracreditpoints"]) == (
        0.0,
        0.0,
        5.0,
    )
    assert extra["scoretype"] == POINTS


def test_the_total_is_always_points_times_weight() -> None:
    fields = mapping.section_fields(desired(points=7.0), Ways())
    assert fields["totalpointvalue"] == fields["scoreentrypoints"] * fields["weight"]


def test_a_long_description_is_cut_where_the_column_ends() -> None:
    assert len(mapping.section_fields(desired(description="d" * 5000), Ways())["description"]) == 4000


def read_back(item: DesiredItem, **changes: Any) -> dict[str, Any]:
    """An assignment as a reading shows it: ours, and what the server adds."""
    element = mapping.created(item, Ways())["_assignmentsections"][0]
    association = {"teachercategoryid": 77, "isprimary": True, "assignmentcategoryassocid": 5}
    return {
        "_name": "assignment",
        "_id": 900,
        "assignmentid": 900,
        "hasstandards": False,
        "standardscoringmethod": "GradeScale",
        "_assignmentsections": [
            {
                **element,
                "_id": 41,
                "assignmentsectionid": 41,
                "islocked": False,
                "publisheddate": "2026-11-01",
                "publishoption": "Immediately",
                "isscorespublish": False,
                "_assignmentcategoryassociations": [
                    {**association, "_teachercategory": {"name": "Homework", "color": "2"}}
                ],
                **changes,
            }
        ],
    }


def seen(found: dict[str, Any]) -> str:
    element = mapping.element_of(found, "1201")
    assert element is not None
    return mapping.item_seen(element)


def test_an_item_read_back_shows_what_was_sent() -> None:
    item = desired(points=10.0)
    expected = mapping.draft(item, Ways()).item.seen
    assert seen(read_back(item)) == expected
    assert seen(read_back(item, scoreentrypoints=10, weight=1, duedate="2026-11-20T00:00:00")) == expected
    assert seen(read_back(item, weight=None, iscountedinfinalgrade=None, extracreditpoints=None)) == expected
    assert seen(read_back(item, isscorespublish=True)) == expected  # publishing is the teacher's


@pytest.mark.parametrize(
    "edit",
    [
        {"name": "x"},
        {"duedate": "2026-11-21"},
        {"scoreentrypoints": 11},
        {"weight": 2},
        {"scoretype": "PERCENT"},
        {"extracreditpoints": 1},
        {"iscountedinfinalgrade": False},
        {"_assignmentcategoryassociations": [{"teachercategoryid": 78, "isprimary": True}]},
        {"_assignmentcategoryassociations": []},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_an_edit_made_there_shows(edit: dict[str, Any]) -> None:
    item = desired()
    assert seen(read_back(item, **edit)) != mapping.draft(item, Ways()).item.seen


def test_only_name_date_points_and_category_tell_a_lost_create() -> None:
    item = desired()
    ours = mapping.draft(item, Ways()).outline
    assert outlined(read_back(item, weight=3, iscountedinfinalgrade=False)) == ours
    for edit in ({"name": "x"}, {"duedate": "2026-11-21"}, {"scoreentrypoints": 9}):
        assert outlined(read_back(item, **edit)) != ours


def outlined(found: dict[str, Any]) -> str:
    return mapping.outline(found["_assignmentsections"][0])


def test_a_put_carries_back_what_is_not_ours() -> None:
    item = desired()
    found = read_back(item, _assignmentstandardassociations=[{"standardid": 3}])
    other = {"sectionsdcid": 1300, "name": "Theirs", "islocked": True, "assignmentsectionid": 42}
    found["_assignmentsections"].append(other)
    body = mapping.replaced(found, "1201", mapping.section_fields(desired(title="New"), Ways()))
    assert body["standardscoringmethod"] == "GradeScale"
    mine, theirs = body["_assignmentsections"]
    assert theirs == {"sectionsdcid": 1300, "name": "Theirs", "assignmentsectionid": 42}
    assert (mine["name"], mine["assignmentsectionid"], mine["isscorespublish"]) == ("New", 41, False)
    assert mine["_assignmentstandardassociations"] == [{"standardid": 3}]
    assert not {"islocked", "publisheddate", "_id"} & set(mine)
    assert mine["_assignmentcategoryassociations"] == [
        {"teachercategoryid": 77, "isprimary": True, "assignmentcategoryassocid": 5}
    ]


def test_a_new_category_replaces_the_primary_and_leaves_a_second_one() -> None:
    rows = [
        {"teachercategoryid": 77, "isprimary": True, "assignmentcategoryassocid": 5},
        {"teachercategoryid": 80, "isprimary": False, "assignmentcategoryassocid": 6},
    ]
    found = read_back(desired(), _assignmentcategoryassociations=rows)
    ours = mapping.section_fields(desired(sis_category="79"), Ways())
    (mine,) = mapping.replaced(found, "1201", ours)["_assignmentsections"]
    assert mine["_assignmentcategoryassociations"] == [{"teachercategoryid": 79, "isprimary": True}, rows[1]]


def test_leaving_a_section_out_removes_it_alone() -> None:
    found = read_back(desired())
    found["_assignmentsections"].append({"sectionsdcid": 1300})
    assert mapping.others(found, "1201")
    assert mapping.replaced(found, "1201", None)["_assignmentsections"] == [{"sectionsdcid": 1300}]
    assert not mapping.others(read_back(desired()), "1201")


# ---- scores -----------------------------------------------------------------------------------------------------


def flags(*names: str) -> dict[str, bool]:
    return {name: name in names for name in FLAG_FIELDS}


EMPTY = {"actualscoreentered": "", "actualscorekind": "REAL_SCORE", "scoretype": POINTS, "scorepoints": None}


@pytest.mark.parametrize(
    ("score", "fields"),
    [
        (Score(student="1", points=0.0), {"actualscoreentered": "0", "scorepoints": 0.0, **flags()}),
        (Score(student="1", points=7.25), {"actualscoreentered": "7.25", "scorepoints": 7.25, **flags()}),
        (Score(student="1", points=12.0), {"actualscoreentered": "12", "scorepoints": 12.0, **flags()}),
        (Score(student="1"), None),
        (Score(student="1", comment="only words"), None),
        (Score(student="1", flags=(ScoreFlag.EXCUSED,)), flags("isexempt")),
        (Score(student="1", points=0.0, flags=(ScoreFlag.EXCUSED,)), flags("isexempt")),
        (Score(student="1", flags=(ScoreFlag.COLLECTED,)), flags("iscollected")),
        (Score(student="1", flags=(ScoreFlag.MISSING,)), flags("ismissing")),
        (Score(student="1", flags=(ScoreFlag.ABSENT,)), flags("isabsent")),
        (
            Score(student="1", points=5.0, flags=(ScoreFlag.LATE, ScoreFlag.INCOMPLETE)),
            {"actualscoreentered": "5", "scorepoints": 5.0, **flags("islate", "isincomplete")},
        ),
    ],
)
def test_each_kind_of_score(score: Score, fields: dict[str, Any] | None) -> None:
    told = cells.score_fields(score, POINTS, 10.0, Ways())
    assert told == (None if fields is None else {**EMPTY, **fields})


def test_every_flag_is_said_even_when_it_is_not_set() -> None:
    """A flag that was cleared in the LMS must be cleared there too."""
    assert set(FLAG_FIELDS) <= set(cells.blank(POINTS))
    assert set(cells.FLAGS) == set(ScoreFlag)


def test_a_percent_item_is_typed_in_percent_and_compared_in_points() -> None:
    fields = cells.told(Score(student="1", points=10.0), PERCENT, 30.0, Ways())
    assert (fields["actualscoreentered"], fields["scorepercent"]) == ("33.333333", 33.333333)
    assert "scorepoints" not in fields
    row = {"actualscoreentered": "33.333333", "actualscorekind": "REAL_SCORE"}
    assert cells.score_seen(row, PERCENT, 30.0) == cells.score_seen(
        {"actualscoreentered": "10"}, POINTS, 30.0
    )


def test_a_percent_of_nothing_and_other_types_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="percent"):
        cells.told(Score(student="1", points=1.0), PERCENT, 0.0, Ways())
    with pytest.raises(ValueError, match="score type"):
        cells.told(Score(student="1", points=1.0), "GRADESCALE", 10.0, Ways())


def test_comments_and_letters_go_only_where_the_district_says_so() -> None:
    score = Score(student="1", points=1.0, comment="see me")
    assert "_assignmentscorecomment" not in cells.told(score, POINTS, 10.0, Ways())
    assert cells.told(score, POINTS, 10.0, Ways(comments=True))["_assignmentscorecomment"] == {
        "commentvalue": "see me"
    }
    letter = Score(student="1", letter="B+")
    with pytest.raises(ValueError, match="letter"):
        cells.told(letter, POINTS, 10.0, Ways())
    assert cells.told(letter, POINTS, 10.0, Ways(letters=True))["actualscoreentered"] == "B+"


@given(st.floats(0, 99999), st.sampled_from([POINTS, PERCENT]))
def test_what_is_sent_reads_back_as_itself(points: float, kind: str) -> None:
    fields = cells.told(Score(student="1", points=round(points, 2)), kind, 100.0, Ways())
    row = {key: str(value) for key, value in fields.items() if value is not None}
    assert cells.score_seen(row, kind, 100.0) == cells.score_seen(fields, kind, 100.0) != ""


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"actualscoreentered": "", "scorepoints": ""},
        {"actualscoreentered": None, "scorepoints": None, "isexempt": "0"},
        {"isexempt": "false", "ismissing": "true"},
        {"actualscorekind": "SCORE_CODE"},
    ],
    ids=str,
)
def test_an_unscored_row_is_an_empty_cell(row: dict[str, Any]) -> None:
    assert cells.score_seen(row, POINTS, 10.0) == ""


def test_a_code_a_letter_an_exemption_and_a_number_are_four_things() -> None:
    rows: list[dict[str, Any]] = [
        {"actualscoreentered": "5", "actualscorekind": "SCORE_CODE"},
        {"actualscoreentered": "5", "actualscorekind": "REAL_SCORE"},
        {"actualscoreentered": "A"},
        {"isexempt": "1"},
    ]
    assert len({cells.score_seen(row, POINTS, 10.0) for row in rows}) == 4
    assert cells.score_seen({"scorepoints": "5"}, POINTS, 10.0) == cells.score_seen(rows[1], POINTS, 10.0)


def test_draft_leaves_out_the_dropped_and_names_who_cannot_be_told() -> None:
    students = (
        RosterEntry(student="lms-1", sis_student="501"),
        RosterEntry(student="gone", status=RosterStatus.DROPPED),
    )
    told = mapping.draft(
        desired(
            students=students,
            scores=(
                *scores(lms_1=5.0, gone=1.0),
                Score(student="no number", points=1.0),
                Score(student="502", letter="A"),
                Score(student="503", points=float("nan")),
                Score(student="504"),
            ),
        ),
        Ways(),
    )
    assert set(told.scores) == {"lms-1", "504"}
    assert told.blanks == {"504"}
    assert [(p.student, p.code) for p in told.problems] == [
        ("no number", "STUDENT_NOT_IN_SECTION"),
        ("502", "SCORE_NOT_ACCEPTED"),
        ("503", "SCORE_NOT_ACCEPTED"),
    ]


def test_other_points_possible_send_every_score_again_and_a_new_title_none() -> None:
    base = mapping.draft(desired(scores=scores(**{"501": 5.0})), Ways())
    same = mapping.draft(desired(scores=scores(**{"501": 5.0}), title="x", description="d"), Ways())
    other = mapping.draft(desired(scores=scores(**{"501": 5.0}), points=20.0), Ways())
    assert same.scores == base.scores and same.item != base.item
    assert other.scores["501"].sent != base.scores["501"].sent
    assert other.scores["501"].seen == base.scores["501"].seen


def test_a_description_is_sent_and_never_compared() -> None:
    plain, described = mapping.draft(desired(), Ways()), mapping.draft(desired(description="d"), Ways())
    assert plain.item.seen == described.item.seen and plain.item.sent != described.item.sent


def test_a_decision_with_ids_that_are_no_numbers_has_a_draft_all_the_same() -> None:
    assert mapping.draft(desired(sis_category="", deleted=True), Ways()).item.seen
