"""Skyward's dialect of OneRoster. Pure; the items and scores themselves are oneroster/mapping.py's.

Points only: a number, no letter; the maximum whole, the score as it is [D3:OTUS-SKY]. SMS 2.0 does not take excused
scores [D3:OTUS-SKY]: such a cell stays or becomes empty, since the number would count. Which version its OneRoster is,
nobody says; 1.1 is the one that leaves out what 1.1 does not know, and a path that names v1p2 says otherwise [I].
"""

from adapters.oneroster.mapping import Dialect, marks_of
from schemas.gradebook import Sis
from schemas.systems import system

SMS, QMLATIV, GENERIC = "sms-oneroster", "qmlativ-oneroster", "qmlativ-generic"
#: Path of the OneRoster service below the base [I]; the option `oneroster_path` states another.
TAIL = "ims/oneroster/v1p1"


def dialect(door: str, base: str) -> Dialect:
    """The dialect of a OneRoster door. KeyError: no such door."""
    return Dialect(marks=marks_of(system(Sis.SKYWARD, door)), v12="v1p2" in base, whole_max=True, clears=True)


def version(base: str) -> str:
    """The version a base names, as scopes spell it."""
    return "v1p2" if "v1p2" in base else "v1p1"
