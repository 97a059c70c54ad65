"""Who sits in which section: made-up ids in the LMS and in the SIS."""

from dataclasses import dataclass
from typing import Final

PER_SECTION: Final = 25
#: Dropped the section: still in the LMS's roster, no longer in the SIS's.
DROPPED: Final = frozenset({("geo-6", 7)})
#: Came last week: in the LMS already, in the SIS not yet.
NEWCOMERS: Final = frozenset({("mus-6", 24), ("phy-1", 17), ("amlit-2", 17), ("econ-6", 17)})


@dataclass(frozen=True, slots=True)
class Student:
    """One seat of a section. `place` counts from 0 within it."""

    id: str
    sis_id: str
    place: int
    dropped: bool
    newcomer: bool


def students(section: str, position: int, count: int = PER_SECTION) -> list[Student]:
    """The section's students, 25 at most; `position` is the section's own place among all sections."""
    first = position * PER_SECTION
    return [
        Student(
            id=f"stu-{first + place + 1:03d}",
            sis_id=f"9{(first + place + 1) * 7919 % 100_000:05d}",
            place=place,
            dropped=(section, place) in DROPPED,
            newcomer=(section, place) in NEWCOMERS,
        )
        for place in range(count)
    ]
