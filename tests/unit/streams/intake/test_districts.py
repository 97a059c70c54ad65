"""Districts as intake sees them: the newest good configuration counts, a bad record changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import encode
from schemas.directory import key_of
from schemas.district import DayOff, DistrictDirectory, Limits, MarkingPeriod, School, SisCategory
from streams.districts import Districts
from tests.support.flow import district


def _known() -> Districts:
    known = Districts()
    known.take(b"demo", encode(district()))
    return known


def test_the_newest_configuration_counts() -> None:
    known = _known()
    known.take(b"demo", encode(district(entitled=False)))

    view = known.get("demo")
    assert view is not None
    assert not view.entitled


def test_the_view_is_the_same_object_until_its_configuration_changes() -> None:
    known = _known()
    before = known.get("demo")
    known.take(b"other", encode(district("other")))

    assert known.get("demo") is before


def test_a_tombstone_removes_the_district() -> None:
    known = _known()
    known.take(b"demo", None)

    assert known.get("demo") is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, encode(district(entitled=False))),
        (b"demo", b"junk"),
        (b"demo", b""),
        (b"\xff", None),
        (b"demo/high", None),
        (b"demo/high", encode(district(entitled=False))),
        (b"other", encode(district(entitled=False))),
        (b"dem%6f", None),
    ],
)
def test_a_record_that_is_none_is_counted_and_changes_nothing(key: bytes | None, value: bytes | None) -> None:
    known = _known()
    before = known.get("demo")

    known.take(key, value)

    assert known.get("demo") is before
    assert known.get("other") is None
    assert known.refused == 1


def test_a_district_with_an_id_that_needs_encoding_is_found() -> None:
    known = Districts()
    known.take(b"a%2Fb", encode(district("a/b")))

    assert known.get("a/b") is not None


_WORDS = st.sampled_from(
    ["", "Mars/Olympus", "\x00", "../../etc/passwd", "x" * 5_000, "2026-13-40", "refuse"]
)
_PERIODS = st.builds(
    MarkingPeriod, id=_WORDS, title=_WORDS, first_day=_WORDS, last_day=_WORDS, locked=st.booleans()
)
_SCHOOLS = st.builds(
    School,
    id=_WORDS,
    title=_WORDS,
    marking_periods=st.lists(_PERIODS, max_size=2).map(tuple),
    days_off=st.lists(st.builds(DayOff, first_day=_WORDS, last_day=_WORDS, title=_WORDS), max_size=2).map(
        tuple
    ),
    school_days=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=3).map(tuple),
)


@given(
    _WORDS,
    st.lists(_SCHOOLS, max_size=2).map(tuple),
    st.builds(
        Limits,
        title_max=st.none() | st.integers(-5, 5),
        points_max=st.none() | st.floats(),
        whole_points=st.booleans(),
    ),
    st.dictionaries(_WORDS, _WORDS, max_size=2),
)
def test_nothing_that_a_configuration_may_say_is_an_exception(
    zone: str, schools: tuple[School, ...], limits: Limits, policies: dict[str, str]
) -> None:
    known = Districts()

    known.take(b"demo", encode(district(time_zone=zone, schools=schools, limits=limits, policies=policies)))

    assert known.get("demo") is not None


def test_what_the_sis_tells_is_in_the_view_once_it_is_told() -> None:
    config = district(categories=())
    told = DistrictDirectory(
        tenant="demo",
        sis=config.sis.kind,
        base_url=config.sis.base_url,
        sis_section="1042",
        read_at=1,
        categories=(SisCategory(id="HW", title="Homework", sis_section="1042"),),
    )
    known = Districts()
    known.take(b"demo", encode(config))
    before = known.get("demo")
    assert before is not None and before.categories("1042") == frozenset()
    known.take(key_of(told), encode(told))
    view = known.get("demo")
    assert view is not None and view.categories("1042") == {"HW"}
    known.take(b"demo", encode(district(categories=())))
    view = known.get("demo")
    assert view is not None and view.categories("1042") == {"HW"}, "a file does not wipe what the SIS told"
