"""What intake remembers: rows as bytes, keys it would write itself, a share per section made once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Refused, decode, encode
from schemas.gradebook import RosterEntry
from schemas.keys import item_key, section_key
from schemas.state import ItemState, SectionState
from streams.intake.fold import NEW_ITEM, NEW_SECTION
from streams.intake.memory import Memory, Section, split, written
from streams.rules.district_view import DistrictView
from tests.support.flow import district
from tests.unit.streams.intake.scenes import bound, item

IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
VIEW = DistrictView.of(district())
STATE = replace(NEW_SECTION, binding=bound(), binding_version=1)
ROW = encode(replace(NEW_ITEM, version=1, content=item()))


@given(IDS, IDS, IDS)
def test_every_key_that_is_written_is_split_again(tenant: str, section: str, name: str) -> None:
    parent = section_key(tenant, section)

    assert split(parent) == (parent, None)
    assert split(item_key(tenant, section, name)) == (
        parent,
        item_key(tenant, section, name)[len(parent) + 1 :],
    )


@pytest.mark.parametrize(
    "key",
    [b"", b"/", b"d", b"d/", b"d//i", b"d/s/i/j", b"d/s/%2f", b"d/s/%", b"d/s/a b", b"\xff/s", b"d/%C3"],
)
def test_a_key_that_nobody_would_write_is_refused(key: bytes) -> None:
    with pytest.raises(Refused) as refused:
        split(key)

    assert refused.value.code == "WRONG_KEY"


def test_rows_come_back_under_their_keys() -> None:
    memory = Memory()
    memory.load(b"d/s", encode(STATE))
    memory.load(b"d/s/i1", ROW)

    assert memory.row(b"d/s") == encode(STATE)
    assert memory.row(b"d/s/i1") == ROW
    assert memory.row(b"d/s/i2") is None
    assert memory.row(b"d/other") is None
    assert memory.sections[b"d/s"].item(b"i1") == decode(ItemState, ROW)


def test_a_section_that_was_only_looked_at_has_no_row() -> None:
    memory = Memory()
    memory.section(b"d/s", "d", "s")

    assert memory.row(b"d/s") is None
    assert list(written(memory.sections[b"d/s"])) == []


@pytest.mark.parametrize(
    ("key", "row", "code"),
    [
        (b"d/s", ROW, "WRONG_SCHEMA"),
        (b"d/s/i1", encode(STATE), "WRONG_SCHEMA"),
        (b"d/s/i1", b"", "EMPTY_VALUE"),
        (b"d/s", encode(STATE) + b"x", "TRAILING_BYTES"),
        (b"nokey", ROW, "WRONG_KEY"),
    ],
)
def test_a_bad_row_is_refused_and_leaves_everything_as_it_was(key: bytes, row: bytes, code: str) -> None:
    memory = Memory()

    with pytest.raises(Refused) as refused:
        memory.load(key, row)

    assert refused.value.code == code
    assert memory.sections == {}


def test_a_row_that_cannot_be_read_is_forgotten_when_it_is_asked_for() -> None:
    memory = Memory()
    memory.load(b"d/s/i1", ROW[:-2])
    section = memory.sections[b"d/s"]

    assert section.item(b"i1") == NEW_ITEM
    assert section.items == {}


def test_what_changed_is_written_once() -> None:
    section = Section(b"d/s", "d", "s")
    section.alter(STATE)
    section.keep(b"i1", b"old")
    section.keep(b"i1", ROW)

    assert list(written(section)) == [(b"d/s", encode(STATE)), (b"d/s/i1", ROW)]
    assert list(written(section)) == []


def test_the_same_state_again_is_no_change() -> None:
    section = Section(b"d/s", "d", "s", STATE)

    section.alter(replace(STATE))

    assert not section.changed


def test_a_section_whose_row_fits_no_record_keeps_the_state_it_had() -> None:
    section = Section(b"d/s", "d", "s", STATE)
    roster = tuple(RosterEntry(student="x" * 1_000 + str(n)) for n in range(1_100))

    with pytest.raises(Refused) as refused:
        section.alter(replace(STATE, roster=roster))

    assert refused.value.code == "VENDOR_DATA"
    assert (section.state, section.changed) == (STATE, False)


def test_a_section_is_made_ready_once_per_configuration_and_state() -> None:
    section = Section(b"d/s", "d", "s", STATE)
    section.prepare(VIEW)
    first = section.ready

    section.prepare(VIEW)
    assert section.ready is first
    section.prepare(DistrictView.of(district()))
    assert section.ready is not first
    section.alter(replace(STATE, mapping_version=2))
    assert section.ready is None


@pytest.mark.parametrize(("state", "view"), [(STATE, None), (NEW_SECTION, VIEW)])
def test_a_section_without_district_or_binding_is_not_ready(
    state: SectionState, view: DistrictView | None
) -> None:
    section = Section(b"d/s", "d", "s", state)

    section.prepare(view)

    assert section.ready is None
