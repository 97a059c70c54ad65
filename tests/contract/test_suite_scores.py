"""Every door: what becomes of each mark (schemas/systems.toml), of each empty cell, and of each student."""

from typing import Any

import pytest

from schemas.gradebook import Score, ScoreFlag
from schemas.results import Outcome
from schemas.systems import Holding
from tests.contract.bench import Bench
from tests.unit.adapters.desk import scores

#: Flags that stand in place of a number, and those beside one. Collected says that there is no number yet.
ALONE = (ScoreFlag.EXCUSED, ScoreFlag.MISSING, ScoreFlag.COLLECTED)
BESIDE = (ScoreFlag.LATE, ScoreFlag.INCOMPLETE, ScoreFlag.ABSENT)


def held(bench: Bench, mark: str) -> bool:
    return bench.door.system.marks[mark] is not Holding.LOST


@pytest.mark.parametrize("flag", ALONE)
def test_a_mark_without_a_number_arrives_or_is_left_out_and_is_never_a_zero(
    bench: Bench, flag: ScoreFlag
) -> None:
    bench.sync(scores=(Score(student="stu-1", flags=(flag,)), Score(student="stu-2", points=4.0)))
    assert bench.numbers == {"stu-2": 4.0}
    assert (flag.lower() in bench.cells.get("stu-1", {"flags": []})["flags"]) == held(bench, flag.lower())
    assert bench.deliver(scores=(Score(student="stu-1", flags=(flag,)), *scores(stu_2=4.0)))[1] == 0


@pytest.mark.parametrize("flag", BESIDE)
def test_a_mark_beside_a_number_arrives_or_is_left_out_and_the_number_stands(
    bench: Bench, flag: ScoreFlag
) -> None:
    bench.sync(scores=(Score(student="stu-1", points=3.5, flags=(flag,)),))
    assert bench.numbers == {"stu-1": 3.5}
    assert (flag.lower() in bench.cells["stu-1"]["flags"]) == held(bench, flag.lower())


def test_an_excused_students_number_does_not_count(bench: Bench) -> None:
    bench.sync(scores=(Score(student="stu-1", points=4.0, flags=(ScoreFlag.EXCUSED,)),))
    assert bench.numbers == {}


def test_a_mark_taken_back_is_taken_back(bench: Bench) -> None:
    bench.sync(scores=(Score(student="stu-1", points=3.5, flags=(ScoreFlag.LATE,)),))
    bench.sync(scores=scores(stu_1=3.5))
    assert (bench.numbers, bench.cells["stu-1"]["flags"]) == ({"stu-1": 3.5}, [])


def test_a_comment_arrives_or_is_left_out(bench: Bench) -> None:
    bench.sync(scores=(Score(student="stu-1", points=3.5, comment="see me"),))
    assert bench.numbers == {"stu-1": 3.5}
    assert bench.cells["stu-1"]["comment"] == ("see me" if held(bench, "comment") else None)


def test_a_letter_that_cannot_be_told_is_named_and_the_others_are_in(bench: Bench) -> None:
    result, _ = bench.deliver(scores=(Score(student="stu-1", letter="B+"), *scores(stu_2=4.0)))
    assert not held(bench, "letter")
    assert (result.code, [(p.student, p.code) for p in result.problems]) == (
        "SCORES_NOT_ACCEPTED",
        [("stu-1", "SCORE_NOT_ACCEPTED")],
    )
    assert bench.numbers == {"stu-2": 4.0}


@pytest.mark.parametrize("mark", ["comment", "letter"])
def test_a_mark_that_an_option_brings(bench: Bench, mark: str) -> None:
    """systems.toml says with which option; a letter the item cannot hold is named, and the number beside it is in."""
    wanted = bench.door.system.mapped_when.get(mark)
    if wanted is None:
        pytest.skip("no option brings it")
    name, _, value = wanted.partition("=")
    bench.options = {name: value}
    told = (
        Score(student="stu-1", letter="INC")
        if mark == "letter"
        else Score(student="stu-1", points=3.0, comment="well")
    )
    result, _ = bench.deliver(scores=(told, *scores(stu_2=4.0)))
    assert bench.numbers["stu-2"] == 4.0
    if result.outcome is Outcome.SUCCESSFUL:
        assert bench.cells["stu-1"]["comment" if mark == "comment" else "text"] == (
            told.comment or told.letter
        )
    else:
        assert mark == "letter"
        assert [(one.student, one.code) for one in result.problems] == [("stu-1", "SCORE_NOT_ACCEPTED")]


def test_extra_credit(bench: Bench) -> None:
    """Where it has a place, nobody loses by not doing it: 0 points are asked."""
    bench.sync(extra_credit=True, scores=scores(stu_1=3.0))
    if held(bench, "extra_credit"):
        assert (bench.item["points"], bench.item["native"]["extracreditpoints"]) == (0.0, 10.0)
    else:
        assert bench.item["points"] == 10.0
    assert bench.numbers == {"stu-1": 3.0}


def test_a_cleared_score_is_emptied_and_an_always_empty_one_not_sent(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=5.0, stu_2=None))
    assert set(bench.cells) == {"stu-1"}
    result, _ = bench.deliver(scores=scores(stu_1=None, stu_2=None))
    assert held(bench, "cleared")
    assert (result.outcome, bench.numbers, set(bench.cells) - {"stu-1"}) == (Outcome.SUCCESSFUL, {}, set())
    assert "missing" not in bench.cells.get("stu-1", {"flags": []})["flags"]
    bench.sync(scores=scores(stu_1=0.0, stu_2=None))
    assert bench.numbers == {"stu-1": 0.0}


def test_a_score_is_not_sent_for_a_cell_that_nobody_spoke_of(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=5.0))
    bench.put_in("stu-2", 3.0)
    bench.sync(scores=scores(stu_1=6.0))
    assert bench.numbers == {"stu-1": 6.0, "stu-2": 3.0}


# ---- the roster -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stranger", ["stu-4", "nobody"], ids=["of another section", "of no section"])
def test_one_student_refused_the_others_are_in(bench: Bench, stranger: str) -> None:
    told: dict[str, Any] = {"stu_1": 5.0, stranger: 1.0, "stu_2": 6.0, "stu_3": 7.0}
    result, _ = bench.deliver(scores=scores(**told))
    assert (result.outcome, result.code) == (Outcome.ERROR, "SCORES_NOT_ACCEPTED")
    assert dict(result.params) == {"refused": "1", "total": "4"}
    assert [(p.student, p.code) for p in result.problems] == [(stranger, "STUDENT_NOT_IN_SECTION")]
    assert result.receipt is not None
    assert (result.receipt.scores_accepted, result.receipt.scores_total) == (3, 4)
    assert bench.numbers == {"stu-1": 5.0, "stu-2": 6.0, "stu-3": 7.0}


def test_a_refused_student_who_is_enrolled_later_is_the_only_one_sent(bench: Bench) -> None:
    told = scores(stu_1=5.0, stu_4=1.0, stu_2=6.0)
    bench.deliver(scores=told)
    bench.edit("add_student", class_="class-1", student="stu-4")
    result, calls = bench.deliver(scores=told)
    assert result.outcome is Outcome.SUCCESSFUL
    assert result.receipt is not None and result.receipt.scores_sent == 1
    assert calls == bench.cost("read", "standing", scores=1, rows=2)
    assert bench.numbers == {"stu-1": 5.0, "stu-2": 6.0, "stu-4": 1.0}


def test_two_students_refused_among_four(bench: Bench) -> None:
    result, _ = bench.deliver(scores=scores(stu_4=1.0, stu_1=5.0, nobody=2.0, stu_2=6.0))
    assert {problem.student for problem in result.problems} == {"stu-4", "nobody"}
    assert bench.numbers == {"stu-1": 5.0, "stu-2": 6.0}


def test_dropped_students_are_not_sent_and_no_problem(bench: Bench) -> None:
    bench.sync(scores=scores(stu_2=5.0, stu_4=1.0), dropped=["stu-4"])
    assert bench.numbers == {"stu-2": 5.0}


def test_a_student_dropped_moved_and_added_again(bench: Bench) -> None:
    both = scores(stu_1=5.0, stu_2=6.0)
    bench.sync(scores=both)
    bench.edit("drop_student", class_="class-1", student="stu-2")
    # the LMS knows already: nothing to send, and nobody refused
    assert bench.deliver(scores=scores(stu_1=5.0, stu_2=7.0), dropped=["stu-2"])[1] == 0
    # moved: the same student in another section has an item there
    bench.edit("add_student", class_="class-2", student="stu-2")
    bench.sync("item-2", section="class-2", category="cat-hw", school="school-2", scores=scores(stu_2=3.0))
    bench.edit("add_student", class_="class-1", student="stu-2")
    result = bench.sync(scores=scores(stu_1=5.0, stu_2=8.0))
    assert result.receipt is not None and result.receipt.scores_sent >= 1
    (first,) = [one["id"] for one in bench.items if one["title"] == "Title of item-1"]
    assert {who: row["value"] for who, row in bench.cells_of(first).items()} == {"stu-1": 5.0, "stu-2": 8.0}
