"""The gradebook of a district in PowerSchool's terms: numbers for everybody, assignments over several sections.

One line item of the world is one assignment section; ``native`` holds ``assignmentid`` and the fields only
PowerSchool has.  ``yearid`` counts from 1990: year 36 begins in autumn 2026 [D3:TEAM].
"""

from dataclasses import dataclass, replace
from itertools import count

from tests.simulators.gradebook import rename
from tests.simulators.world import Category, District, LineItem, Session

FIRST_ASSIGNMENT = 500_001
FIRST_SECTION = 700_000
FIRST_SCORE = 900_000
YEAR_ZERO = 1990
_JOINED = "\n"


@dataclass(frozen=True, slots=True)
class TeacherCategory:
    """A category in the hands of one teacher; a teacher has a copy of each district category in use."""

    number: int
    teacher: str
    category: Category


class Store:
    """Finds things by PowerSchool's numbers; also tells the neutral views what they are called."""

    def __init__(self, district: District) -> None:
        """Take the district over: ids and dates become PowerSchool's."""
        self.district = district
        self._assignments = count(FIRST_ASSIGNMENT)
        self._sections: dict[int, list[str]] = {}
        self._teachers = district.teachers()
        district.keeps_days = True
        district.id_style = _new_id
        # numbered before anybody asks: a client may name a category it learnt from an earlier run
        for teacher in dict.fromkeys(one for named in self._teachers.values() for one in named):
            for category in district.categories.of():
                self._category(teacher, category)
        rename(district, self._taken_over, lambda one: replace(one, sourced_id=district.allocate("R")))

    # Numbers

    def class_of(self, dcid: int) -> str | None:
        """The class with this SECTIONS.DCID."""
        return self.district.numbers.name("section", dcid)

    def student_of(self, dcid: int) -> str | None:
        """The student with this STUDENTS.DCID."""
        return self.district.numbers.name("student", dcid)

    def teacher_of(self, dcid: int) -> str | None:
        """The teacher with this USERS.DCID."""
        return self.district.numbers.name("teacher", dcid)

    def number(self, kind: str, name: str) -> int:
        """The DCID of a thing of the seed."""
        return self.district.numbers.of(kind, name)

    # Assignments

    def new_assignment(self) -> int:
        """An assignment id."""
        return next(self._assignments)

    def join(self, item: LineItem) -> None:
        """Remember a section of an assignment."""
        self._sections.setdefault(assignment_id(item), []).append(item.sourced_id)

    def remember(self, item: LineItem) -> None:
        """Take in a section that was made before the store was: its assignment's number is not given again."""
        self.join(item)
        self._assignments = count(max(next(self._assignments), assignment_id(item) + 1))

    def sections_of(self, assignment: int) -> list[LineItem]:
        """The sections of an assignment that are still there."""
        found = (self.district.line_items.get(one) for one in self._sections.get(assignment, ()))
        return [one for one in found if one is not None]

    def known_assignment(self, assignment: int) -> bool:
        """Whether this was ever the id of an assignment."""
        return assignment in self._sections

    def has(self, item: LineItem, student: str) -> bool:
        """Whether a student has this assignment: sits in the section, and is not left out of it."""
        limited = (item.native or {}).get("students")
        named = not isinstance(limited, list) or student in limited
        return named and self.district.enrolled(item.class_id, student)

    def teaches(self, teacher: str, class_id: str) -> bool:
        """Whether the teacher has that section."""
        found = self.district.enrolments.get((class_id, teacher))
        return found is not None and found.role == "teacher"

    # Categories

    def categories_of(self, teacher: str, lag: float = 0.0) -> list[TeacherCategory]:
        """A teacher's categories: the district's that some section of theirs has, and their own."""
        shown = self.district.categories.as_of(lag)
        return [
            self._category(teacher, one)
            for one in shown
            if owner_of(one) in (None, teacher) and (owner_of(one) or self._in_some_class(teacher, one))
        ]

    def category(self, number: int) -> TeacherCategory | None:
        """The category with this teachercategoryid."""
        teacher, _, name = (self.district.numbers.name("teachercategory", number) or "").partition(_JOINED)
        found = self.district.categories.get(name)
        return TeacherCategory(number, teacher, found) if found is not None else None

    def category_of(self, item: LineItem) -> TeacherCategory | None:
        """The category of an assignment, in the hands of the teacher it was made for."""
        made_for = (item.native or {}).get("teacher")
        found = self.district.categories.get(item.category_id)
        teacher = str(made_for) if made_for else self.first_teacher(item.class_id)
        return None if found is None or teacher is None else self._category(teacher, found)

    def excluded_from(self, found: TeacherCategory) -> list[str]:
        """The teacher's sections in which a category is hidden."""
        return [
            one.sourced_id
            for one in self.district.classes.values()
            if self.teaches(found.teacher, one.sourced_id)
            and one.category_ids is not None
            and owner_of(found.category) is None
            and found.category.sourced_id not in one.category_ids
        ]

    def first_teacher(self, class_id: str) -> str | None:
        """The teacher of a class who was named first."""
        return next(iter(self._teachers.get(class_id, ())), None)

    def _category(self, teacher: str, found: Category) -> TeacherCategory:
        number = self.number("teachercategory", f"{teacher}{_JOINED}{found.sourced_id}")
        return TeacherCategory(number, teacher, found)

    def _in_some_class(self, teacher: str, found: Category) -> bool:
        return any(
            one.category_ids is None or found.sourced_id in one.category_ids
            for one in self.district.classes.values()
            if self.teaches(teacher, one.sourced_id)
        )

    # Terms

    def terms(self, school: str) -> list[Session]:
        """The terms of a school."""
        return [
            one
            for one in self.district.sessions.values()
            if one.kind == "term" and one.school_id in (None, school)
        ]

    def term_id(self, school: str, term: Session) -> int:
        """TERMS.ID: the year id times 100, plus the place among the terms of that year [D3:TEAM]."""
        year = year_id(term)
        names = [one.sourced_id for one in self.terms(school) if year_id(one) == year]
        return year * 100 + names.index(term.sourced_id) + 1

    # The neutral views

    def keys(self, kind: str, name: str, section: str | None = None) -> dict[str, str]:
        """What a thing of the seed is called on the wire."""
        if kind == "category":
            teacher = self.first_teacher(section) if section else None
            found = self.district.categories.get(name)
            if teacher is not None and found is not None:
                return {"teachercategoryid": str(self._category(teacher, found).number)}
            return {"districtteachercategoryid": str(self.number("category", name))}
        if kind == "session":
            return self._session_keys(self.district.sessions[name])
        field = {
            "student": "studentsdcid",
            "teacher": "users_dcid",
            "section": "sectionsdcid",
            "school": "schoolid",
        }[kind]
        return {field: str(self.number(kind, name))}

    def item_ids(self, item: LineItem) -> dict[str, str]:
        """Both ids of an assignment in a section."""
        return {"assignmentid": str(assignment_id(item)), "assignmentsectionid": item.sourced_id}

    def external_id(self, item: LineItem) -> str | None:
        """PowerSchool has no field for it (sis-apis 8.1)."""
        return None

    def _session_keys(self, session: Session) -> dict[str, str]:
        if session.kind == "gradingPeriod":
            return {"storecode": session.title}
        school = session.school_id or next(iter(self.district.schools))
        return {"termid": str(self.term_id(school, session))}

    def _taken_over(self, item: LineItem) -> LineItem:
        taken = replace(
            item,
            sourced_id=self.district.allocate("L"),
            due_date=self.district.kept_moment(item.due_date),
            assign_date=self.district.kept_moment(item.assign_date),
            native={"assignmentid": self.new_assignment(), "scoretype": "POINTS"},
        )
        self.join(taken)
        return taken


def assignment_id(item: LineItem) -> int:
    """The assignmentid of a section."""
    return int(str((item.native or {})["assignmentid"]))


def owner_of(category: Category) -> str | None:
    """The teacher who made a category; None for one of the district."""
    found = (category.native or {}).get("teacher")
    return None if found is None else str(found)


def year_id(session: Session) -> int:
    """TERMS.YEARID; the seed names a school year by the year it ends in."""
    return int(session.school_year) - 1 - YEAR_ZERO


def _new_id(letter: str, running: int) -> str:
    return str({"L": FIRST_SECTION, "R": FIRST_SCORE}[letter] + running)
