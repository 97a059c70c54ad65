"""School years and the district by number."""

from tests.simulators.world import District

DISTRICT_ID = 1


def year_of(district: District) -> int:
    """The year of the first session there is."""
    years = [one.school_year for one in district.sessions.values()]
    return number_of_year(years[0]) if years else 1


def number_of_year(school_year: str) -> int:
    """A school year that is written in digits is its own number."""
    return int(school_year) if school_year.isdecimal() else 1
