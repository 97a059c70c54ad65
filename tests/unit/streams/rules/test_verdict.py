"""The verdict on an item: what is checked, in which order, and that nothing makes it raise."""

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.district import DistrictConfig
from schemas.gradebook import ItemChanged, Score, ScoreFlag, SectionBound, Sis
from streams.rules import problem
from streams.rules.district_view import DistrictView
from streams.rules.problem import ORDER
from streams.rules.verdict import Accepted, Refused, decide, decide_without_title, with_title
from tests.unit.streams.rules.districts import BINDING, DISTRICT, ITEM, MAPPING, VIEW, with_sis


def codes(verdict: Accepted | Refused) -> list[str]:
    return [] if isinstance(verdict, Accepted) else [found.code for found in verdict.problems]


def judged(
    item: ItemChanged = ITEM, binding: SectionBound | None = BINDING, view: DistrictView | None = VIEW
) -> list[str]:
    return codes(decide(item, binding, MAPPING, view))


def test_an_item_in_order_is_accepted_with_its_category_and_local_day() -> None:
    assert decide(ITEM, BINDING, MAPPING, VIEW) == Accepted("LAB", "2025-11-24", ())


def test_an_instant_is_judged_by_the_districts_clocks() -> None:
    # 2026-01-24 04:59 UTC is 23:59 of the last day in New York, and the day after it in Berlin
    late = replace(ITEM, due=1_769_230_740_000)
    assert decide(late, BINDING, MAPPING, VIEW) == Accepted("LAB", "2026-01-23", ())
    berlin = DistrictView.of(replace(DISTRICT, time_zone="Europe/Berlin"))
    assert judged(late, view=berlin) == ["DUE_DATE_OUTSIDE_MARKING_PERIOD"]


def test_marks_the_system_loses_warn_and_do_not_refuse() -> None:
    scores = (Score(student="1", points=1.0, flags=(ScoreFlag.ABSENT,)), Score(student="2", points=0.0))
    marked = replace(ITEM, scores=scores, extra_credit=True)
    assert decide(marked, BINDING, MAPPING, VIEW) == Accepted("LAB", "2025-11-24", ("absent", "extra_credit"))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"published": False}, "ITEM_UNPUBLISHED"),
        ({"title": " "}, "TITLE_EMPTY"),
        ({"title": "a\x00"}, "TITLE_UNREADABLE"),
        ({"title": "x" * 51}, "TITLE_TOO_LONG"),
        ({"points": None}, "POINTS_MISSING"),
        ({"points": math.nan}, "POINTS_INVALID"),
        ({"points": 1e308}, "POINTS_TOO_HIGH"),
        ({"category": None}, "CATEGORY_REQUIRED"),
        ({"category": "gone"}, "CATEGORY_NOT_IN_SIS"),
        ({"due": None}, "DUE_DATE_MISSING"),
        ({"due": "10,5"}, "DUE_DATE_INVALID"),
        ({"due": "2025-12-25"}, "DUE_DATE_OUTSIDE_MARKING_PERIOD"),
    ],
)
def test_each_fault_of_an_item_has_its_code(changed: dict[str, object], expected: str) -> None:
    assert judged(replace(ITEM, **changed)) == [expected]  # type: ignore[arg-type] # names are the dataclass's own


@pytest.mark.parametrize(
    ("binding", "view", "expected"),
    [
        (BINDING, None, ["DISTRICT_UNKNOWN"]),
        (BINDING, DistrictView.of(replace(DISTRICT, entitled=False)), ["DISTRICT_NOT_ENTITLED"]),
        (None, VIEW, ["SECTION_NOT_BOUND"]),
        (replace(BINDING, sis=Sis.AERIES), VIEW, ["SECTION_WRONG_SIS"]),
        (replace(BINDING, school="low"), VIEW, ["SCHOOL_UNKNOWN"]),
        (None, None, ["DISTRICT_UNKNOWN", "SECTION_NOT_BOUND"]),
    ],
)
def test_each_fault_of_the_place_has_its_code(
    binding: SectionBound | None, view: DistrictView | None, expected: list[str]
) -> None:
    assert judged(binding=binding, view=view) == expected


def test_everything_wrong_is_listed_and_the_first_is_the_one_shown() -> None:
    wrong = replace(ITEM, published=False, title="x" * 60, points=-1.0, category=None, due="2025-12-25")
    view = DistrictView.of(replace(DISTRICT, entitled=False))
    verdict = decide(wrong, replace(BINDING, sis=Sis.AERIES), MAPPING, view)
    assert isinstance(verdict, Refused)
    assert verdict.first.code == "DISTRICT_NOT_ENTITLED"
    assert codes(verdict) == [
        "DISTRICT_NOT_ENTITLED",
        "SECTION_WRONG_SIS",
        "ITEM_UNPUBLISHED",
        "TITLE_TOO_LONG",
        "POINTS_INVALID",
        "CATEGORY_REQUIRED",
        "DUE_DATE_OUTSIDE_MARKING_PERIOD",
    ]


def test_a_category_of_another_section_is_not_in_this_one() -> None:
    worked = replace(ITEM, category="work")
    assert judged(worked) == []
    assert judged(worked, replace(BINDING, sis_section="s-2")) == ["CATEGORY_NOT_IN_SIS"]


def test_limits_are_the_systems_unless_the_district_states_its_own() -> None:
    half = replace(ITEM, points=7.5, title="x" * 50)
    skyward = with_sis(Sis.SKYWARD)
    bound = replace(BINDING, sis=Sis.SKYWARD)
    assert judged(half, bound, skyward) == ["TITLE_TOO_LONG", "POINTS_NOT_WHOLE"]
    stated = replace(DISTRICT.limits, title_max=60, whole_points=False, points_max=7.0)
    own = DistrictView.of(replace(DISTRICT, sis=replace(DISTRICT.sis, kind=Sis.SKYWARD), limits=stated))
    assert judged(half, bound, own) == ["POINTS_TOO_HIGH"]


def test_a_limit_that_no_title_could_meet_counts_as_not_stated() -> None:
    view = DistrictView.of(replace(DISTRICT, limits=replace(DISTRICT.limits, title_max=0, points_max=-1.0)))
    assert judged(view=view) == []


def test_a_district_whose_clocks_are_unknown_places_no_instant() -> None:
    view = DistrictView.of(replace(DISTRICT, time_zone="Mars/Olympus"))
    assert judged(view=view) == []
    assert judged(replace(ITEM, due=1_769_230_740_000), view=view) == ["DISTRICT_UNKNOWN"]


def test_an_unknown_door_is_judged_as_the_first() -> None:
    view = DistrictView.of(replace(DISTRICT, sis=replace(DISTRICT.sis, options={"door": "cellar"})))
    assert view.system.door == "oneroster-1.2"


def test_the_title_can_be_judged_apart_and_lands_in_its_place() -> None:
    wrong = replace(ITEM, title="", points=None, published=False)
    apart = decide_without_title(
        wrong.published, wrong.category, wrong.due, wrong.points, BINDING, MAPPING, VIEW
    )
    assert codes(apart) == ["ITEM_UNPUBLISHED", "POINTS_MISSING"]
    joined = with_title(apart, problem.Problem("TITLE_EMPTY"))
    assert joined == decide(wrong, BINDING, MAPPING, VIEW)


def test_a_view_is_a_key_of_its_own() -> None:
    again = DistrictView.of(DISTRICT)
    assert again != VIEW
    assert len({again, VIEW, VIEW}) == 2


ANY_ITEM = st.from_type(ItemChanged)
ANY_DISTRICT = st.from_type(DistrictConfig)
ANY_BINDING = st.from_type(SectionBound)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    item=ANY_ITEM,
    binding=st.none() | ANY_BINDING,
    config=st.none() | ANY_DISTRICT,
    mapping=st.dictionaries(st.text(), st.text()),
)
def test_no_item_and_no_configuration_makes_it_raise(
    item: ItemChanged, binding: SectionBound | None, config: DistrictConfig | None, mapping: dict[str, str]
) -> None:
    view = None if config is None else DistrictView.of(config)
    verdict = decide(item, binding, mapping, view)
    if isinstance(verdict, Refused):
        assert verdict.problems
        assert [ORDER.index(found.code) for found in verdict.problems] == sorted(
            ORDER.index(found.code) for found in verdict.problems
        )
        for found in verdict.problems:
            assert all(isinstance(value, str) for value in found.params.values())


@given(
    item=st.builds(
        replace,
        st.just(ITEM),
        title=st.text(max_size=80),
        category=st.sampled_from([None, "labs", "gone", "work"]),
        due=st.sampled_from([None, "2025-11-24", "2025-12-25", "x", 1_769_230_740_000]),
        points=st.sampled_from([None, 0.0, 7.5, -1.0, math.inf]),
        published=st.booleans(),
    )
)
def test_an_accepted_item_has_nothing_wrong_in_any_part(item: ItemChanged) -> None:
    verdict = decide(item, BINDING, MAPPING, VIEW)
    accepted = isinstance(verdict, Accepted)
    good = (
        item.published
        and item.category in ("labs", "work")
        and item.due in ("2025-11-24", 1_769_230_740_000)
        and item.points in (0.0, 7.5)
    )
    assert not accepted or good
    assert decide(item, BINDING, MAPPING, VIEW) == verdict
