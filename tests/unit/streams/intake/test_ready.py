"""Verdicts kept by field say together what the rules say of the whole item."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from schemas import splice
from schemas.codec import encode
from schemas.gradebook import CategoryMapping, RosterEntry, RosterStatus, Sis
from schemas.state import SectionState
from streams.intake.fold import NEW_SECTION
from streams.intake.ready import Ready, encoded_students
from streams.rules.category import mapping_of
from streams.rules.district_view import DistrictView
from streams.rules.verdict import Accepted, decide_without_title
from tests.support.flow import TENANT, district
from tests.unit.streams.intake.scenes import bound

VIEW = DistrictView.of(district())
MAPPED = (CategoryMapping(category="hw", sis_category="H"), CategoryMapping(category="x", sis_category=""))
STATES = [
    replace(NEW_SECTION, binding=binding, mapping=mapping)
    for binding in (bound(), replace(bound(), school="none"), replace(bound(), sis=Sis.AERIES))
    for mapping in ((), MAPPED)
]


def _ready(state: SectionState) -> Ready:
    assert state.binding is not None
    return Ready.of(TENANT, "s", state, state.binding, VIEW)


@given(
    st.sampled_from(STATES),
    st.sampled_from([None, "", "hw", "x", "other"]),
    st.sampled_from([None, "2026-10-05", "2031-10-05", "5 May", 1_791_000_000_000, -1]),
    st.sampled_from([None, 0.0, 10.0, -1.0, 1e9]),
    st.booleans(),
)
def test_field_by_field_is_the_verdict_on_the_whole(
    state: SectionState, category: str | None, due: str | int | None, points: float | None, published: bool
) -> None:
    ready = _ready(state)
    whole = decide_without_title(
        published, category, due, points, state.binding, mapping_of(state.mapping), VIEW
    )

    value = splice.optional_double(points) + (splice.TRUE if published else splice.FALSE)
    parts = ready.categories[splice.optional(category)], ready.days[splice.due(due)], ready.values[value]

    if isinstance(whole, Accepted):
        assert parts == (splice.string(whole.sis_category), splice.string(whole.due_date), b"")
    else:
        assert None in parts


def test_the_verdicts_kept_are_bounded() -> None:
    days = _ready(STATES[1]).days
    for instant in range(2_000):
        days[splice.due(1_791_000_000_000 + instant)]
        assert len(days) <= 512


def test_another_configuration_judges_anew() -> None:
    state = STATES[1]
    assert state.binding is not None
    closed = DistrictView.of(replace(district(), schools=()))

    assert _ready(state).days[splice.due("2026-10-05")] is not None
    assert Ready.of(TENANT, "s", state, state.binding, closed).categories[splice.optional("hw")] is None


def test_students_are_encoded_as_the_codec_does() -> None:
    students = (
        RosterEntry(student="s1", sis_student="1"),
        RosterEntry(student="é", status=RosterStatus.DROPPED),
    )
    # the roster is the last field of a section's state but one, which is empty
    assert encode(replace(NEW_SECTION, roster=students)).endswith(encoded_students(students) + b"\x00")
    assert encoded_students(()) == b"\x00"
