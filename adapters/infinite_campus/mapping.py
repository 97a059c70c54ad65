"""Infinite Campus's dialect of OneRoster. Pure; the items and scores themselves are oneroster/mapping.py's.

    1.1   one category for everything, the "all ones" id [D:IC-PUSH]; the teacher files the work by hand in Campus, so
          the category an item is read with later is theirs and no edit. No school, no late or incomplete marks. A
          score is required, so "handed in, not graded" is not told: one LMS's arrived as a 0 [D3:SPPS].
    1.2   a real category, required, never the "all ones" id [D:IC-PUSH]; late, missing, incomplete as booleans [I].

Student ids differ between the versions: 1.1 has "s" before them [D:IC-12]. They are sent as the roster states them.

What Campus makes of a result [I] over [D3:COLUMBUS]: exempt is X (not counted), not submitted is M (counts 0),
submitted is T, late and incomplete are L and I, graded is the number alone. M beside a number other than 0 would undo
the number, so it stays unsaid there. A cleared score is neither of these: as
"not submitted" it would count 0, so it is taken back with deleteResult [D:1ED12]. The grading period stays unsaid:
Campus works it out from the due date [D:IC-PUSH].
"""

from adapters.errors import Refused
from adapters.oneroster.mapping import Dialect, marks_of
from schemas.gradebook import Sis
from schemas.systems import system

V12, V11 = "oneroster-1.2", "oneroster-1.1"
#: The category that 1.1 answers for everything [D:IC-PUSH].
ALL_ONES = "11111111-1111-1111-1111-111111111111"


def dialect(door: str) -> Dialect:
    """The dialect of a door. KeyError: no such door."""
    v12 = door == V12
    return Dialect(
        marks=marks_of(system(Sis.INFINITE_CAMPUS, door)),
        v12=v12,
        whole_max=True,  # [D3:OTUS-IC]
        sees_category=v12,
        clears=True,
        lists_by_section=v12,
        missing_is_zero=True,  # [D3:COLUMBUS]
    )


def category(wanted: str, *, v12: bool) -> str:
    """The category's id to send. Refused where 1.2 would be sent none or the "all ones" id."""
    if not v12:
        return ALL_ONES
    if not wanted or wanted == ALL_ONES:
        raise Refused("SIS_REFUSED_CATEGORY")
    return wanted
