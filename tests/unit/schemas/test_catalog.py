"""The error catalog: the exact texts, plain words, and an answer for everything."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import codec
from schemas.catalog import UNKNOWN, Entry, FixedBy, catalog, errors_page, explain
from schemas.gradebook import Sis

ROOT = Path(__file__).parents[3]
ESP = Sis.ESCHOOLPLUS
DUE = "DUE_DATE_OUTSIDE_MARKING_PERIOD"

#: design/product.md, section 1, to the letter.
EXACT = {
    "CATEGORY_REQUIRED": (
        "A category is required. To sync, first assign a category to this assignment, then sync again.",
        "Adjust your mapping or create a new grading category on the Configuration page of your Teacher App.",
    ),
    "CHANGED_IN_SIS": (
        (
            "This assignment cannot be synced. A change has been detected in the SIS. To sync, first delete this "
            "assignment in eSchoolPlus, then sync again."
        ),
        (
            "The assignment was edited from the eSchool gradebook. Clear all grades in your eSchool gradebook and "
            "delete the item there, then sync it again."
        ),
    ),
    DUE: (
        (
            "The assignment could not be created. Please make sure the assignment due date is within your "
            "eSchoolPlus marking period for the section."
        ),
        (
            "The due date is outside the grading period for this course in eSchool, or this day is a holiday or "
            "no-school day in eSchool. Adjust the due date, then sync again."
        ),
    ),
}
INTAKE = [
    "CATEGORY_REQUIRED",
    "CATEGORY_NOT_IN_SIS",
    "DUE_DATE_OUTSIDE_MARKING_PERIOD",
    "DUE_DATE_MISSING",
    "DUE_DATE_INVALID",
    "TITLE_EMPTY",
    "TITLE_TOO_LONG",
    "TITLE_UNREADABLE",
    "POINTS_MISSING",
    "POINTS_INVALID",
    "POINTS_TOO_HIGH",
    "POINTS_NOT_WHOLE",
    "ITEM_UNPUBLISHED",
    "ITEM_UNKNOWN",
    "ITEM_DELETED",
    "SECTION_NOT_BOUND",
    "SECTION_WRONG_SIS",
    "SCHOOL_UNKNOWN",
    "DISTRICT_UNKNOWN",
    "DISTRICT_NOT_ENTITLED",
    "APPROVAL_OUTDATED",
    "MASS_CHANGE_HELD",
    "ITEM_TOO_LARGE",
    "SCORE_INVALID",
]
DELIVERY = [
    "CHANGED_IN_SIS",
    "DELETED_IN_SIS",
    "SIS_UNAVAILABLE",
    "SIS_BUSY",
    "SIS_SIGN_IN_FAILED",
    "SIS_PERMISSION_MISSING",
    "SIS_REFUSED_DUE_DATE",
    "SIS_REFUSED_CATEGORY",
    "SIS_REFUSED_TITLE",
    "SIS_REFUSED",
    "SECTION_NOT_IN_SIS",
    "SECTION_AMBIGUOUS_IN_SIS",
    "SECTION_TEACHER_MISSING",
    "TEACHER_NOT_OF_SECTION",
    "SIS_PERIOD_CLOSED",
    "MOVE_BY_HAND",
    "NEEDS_REVIEW",
    "OUTCOME_UNKNOWN",
    "IN_QUEUE",
    "QUIET_HOURS",
    "SCORES_NOT_ACCEPTED",
    "STUDENT_NOT_IN_SECTION",
    "SCORE_NOT_ACCEPTED",
    "DELETE_BY_HAND",
    "CLEAR_BY_HAND",
    "SIS_PARTNER_KEY_REFUSED",
    "SIS_ADDRESS_REFUSED",
    "SIS_SECRET_MISSING",
    "SIS_ANSWER_UNREADABLE",
    "SIS_NOT_SUPPORTED",
]
DEAD = ["NULL_KEY", "WRONG_KEY", "WRONG_PARTITION", "VENDOR_DATA"]
JARGON = re.compile(
    r"\b(HTTP|API|JSON|OAuth\w*|status code|timeout|payload|token|exception|null|4\d\d|5\d\d|\w+_\w+)\b"
)


def for_teachers() -> Iterator[Entry]:
    """The entries that are no dead letters."""
    return (entry for entry in catalog().values() if entry.stage != "dead letter")


@pytest.mark.parametrize("code", EXACT)
def test_the_exact_texts_are_exact(code: str) -> None:
    told = explain(code, {}, ESP)
    assert (told.message, told.solution) == EXACT[code]


@pytest.mark.parametrize(
    ("sis", "long", "short"),
    [
        (Sis.ESCHOOLPLUS, "eSchoolPlus", "eSchool"),
        (Sis.POWERSCHOOL, "PowerSchool", "PowerSchool"),
        (Sis.SKYWARD, "Skyward", "Skyward"),
        (Sis.INFINITE_CAMPUS, "Infinite Campus", "Campus"),
        (Sis.AERIES, "Aeries", "Aeries"),
    ],
)
def test_each_system_has_its_names_in_them(sis: Sis, long: str, short: str) -> None:
    told = explain("CHANGED_IN_SIS", {}, sis)
    assert f"first delete this assignment in {long}, then" in told.message
    assert f"edited from the {short} gradebook. Clear all grades in your {short} gradebook" in told.solution


@pytest.mark.parametrize(
    ("cause", "more", "said"),
    [
        ("outside", {}, "Here 2026-12-24 is in no marking period of the section."),
        (
            "locked",
            {"period": "Quarter 2"},
            "Here 2026-12-24 is in a marking period that is closed: Quarter 2.",
        ),
        ("day_off", {"day_off_title": "Winter break"}, "Here 2026-12-24 is a no-school day: Winter break."),
    ],
)
def test_which_of_the_reasons_and_the_nearest_date_follow_the_exact_text(
    cause: str, more: dict[str, str], said: str
) -> None:
    told = explain(DUE, {"cause": cause, "due": "2026-12-24", "nearest": "2026-12-18", **more}, ESP)
    assert told.message == EXACT[DUE][0]
    assert told.solution == f"{EXACT[DUE][1]} {said} The nearest valid date is 2026-12-18."


def test_no_nearest_date_is_no_sentence_about_it() -> None:
    told = explain(DUE, {"cause": "outside", "due": "2026-12-24"}, ESP)
    assert told.solution == f"{EXACT[DUE][1]} Here 2026-12-24 is in no marking period of the section."


def test_one_of_thirty_scores() -> None:
    told = explain("SCORES_NOT_ACCEPTED", {"refused": "1", "total": "30"}, ESP)
    assert told.message == "1 of 30 scores not accepted"
    assert explain("SCORES_NOT_ACCEPTED", {"refused": "1"}, ESP).message == "Some scores were not accepted"


def test_every_code_of_the_flow_is_there() -> None:
    stages: dict[str, set[str]] = {}
    for entry in catalog().values():
        stages.setdefault(entry.stage, set()).add(entry.code)
    assert stages["intake"] == set(INTAKE)
    assert stages["delivery"] == set(DELIVERY)
    assert stages["status"] == {"NO_PROGRESS", UNKNOWN}
    assert stages["dead letter"] >= set(DEAD)


@pytest.mark.parametrize("module", ["schemas", "streams", "adapters"])
def test_every_reason_the_code_refuses_with_is_explained(module: str) -> None:
    sources = [path.read_text() for path in (ROOT / module).rglob("*.py")]
    raised = {code for text in sources for code in re.findall(r'\bRefused\(\s*"([A-Z_]+)"', text)}
    assert raised <= catalog().keys()
    assert module != "schemas" or {"TOMBSTONE", "MALFORMED"} <= raised
    assert codec.Refused.__doc__ is not None


def test_every_reason_in_the_codecs_own_list_is_explained() -> None:
    listed = set(re.findall(r"\b[A-Z]{3,}(?:_[A-Z]+)*\b", codec.Refused.__doc__ or "")) - {"MAX_RECORD"}
    assert len(listed) == 10 and listed <= catalog().keys()


@pytest.mark.parametrize("sis", [*Sis, None])
def test_texts_are_plain_whole_sentences(sis: Sis | None) -> None:
    for entry in for_teachers():
        told = explain(entry.code, {}, sis)
        for text in (told.message, told.solution):
            assert not JARGON.search(text), text
            assert "{" not in text and "  " not in text and text[0].isupper(), text
            assert "the the" not in text and "your the" not in text, text
        assert told.solution.endswith(".")


def test_who_waits_is_retried_and_who_must_act_is_told_to_sync_again() -> None:
    for entry in for_teachers():
        if entry.fixed_by is FixedBy.WAIT:
            assert entry.retried, entry.code
        if entry.fixed_by is FixedBy.TEACHER:
            assert not entry.retried, entry.code


@given(
    code=st.one_of(st.sampled_from(sorted(catalog())), st.text()),
    params=st.dictionaries(
        st.one_of(
            st.sampled_from(["due", "cause", "sis", "nearest", "limit", "refused", "0", ""]), st.text()
        ),
        st.one_of(st.text(), st.sampled_from(["{sis}", "{0.__class__}", "%s", "AERIES", "day_off"])),
    ),
    sis=st.one_of(st.none(), st.sampled_from(Sis)),
)
def test_nothing_makes_it_raise(code: str, params: dict[str, str], sis: Sis | None) -> None:
    told = explain(code, params, sis)
    assert told.message and told.solution
    assert (told.message + told.solution).isprintable()


@pytest.mark.parametrize("code", ["NO_SUCH_CODE", "", "drop table", "<b>", "A" * 100])
def test_an_unknown_code_is_explained_in_general_words(code: str) -> None:
    told = explain(code, {"x": "y"}, ESP)
    assert told.message == "This could not be synced."
    assert told.code == (code if code == "NO_SUCH_CODE" else UNKNOWN)
    assert told.fixed_by is FixedBy.ADMINISTRATOR


def test_a_parameter_cannot_speak_for_the_catalog() -> None:
    told = explain(DUE, {"due": "{sis}\n\u202e" + "x" * 500, "cause": "outside"}, ESP)
    assert "{sis}\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}xxx" in told.solution
    assert len(told.solution) < len(EXACT[DUE][1]) + 300


def test_both_sides_of_a_wrong_connection_are_named_as_people_know_them() -> None:
    told = explain("SECTION_WRONG_SIS", {"sis": "AERIES", "district_sis": "INFINITE_CAMPUS"}, ESP)
    assert "The section says Aeries; the district uses Infinite Campus." in told.message
    assert "says" not in explain("SECTION_WRONG_SIS", {"sis": "OTHER", "district_sis": "AERIES"}, ESP).message


def test_the_page_of_errors_is_the_catalog() -> None:
    page = (ROOT / "docs" / "errors.md").read_text()
    assert page == errors_page(), "run: python -m schemas.catalog > docs/errors.md"


def test_a_catalog_that_says_too_much_or_twice_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = '[[error]]\ncode = "A"\nstage = "intake"\nmessage = "{m}"\nsolution = "Do."\nfixed_by = "teacher"\n'
    row += "retried = false\n"
    for text, why in (
        (row.replace("{m}", "M.") * 2, "given twice"),
        (row.replace("{m}", "{gone}"), "no text"),
    ):
        (tmp_path / "catalog.toml").write_text(text)
        monkeypatch.setattr("schemas.catalog._FILE", tmp_path / "catalog.toml")
        with pytest.raises(ValueError, match=why):
            catalog.__wrapped__()
