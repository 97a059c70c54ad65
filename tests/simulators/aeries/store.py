"""The gradebook of a district in Aeries' terms: gradebooks, category codes, assignment numbers, GUIDs.

One line item of the world is one assignment of one gradebook; its id is the UniqueID, its title the Description,
its description the Comment. ``native`` holds what only Aeries has.
"""

from dataclasses import replace
from itertools import count
from string import ascii_uppercase, digits
from uuid import uuid4

from tests.simulators.gradebook import rename
from tests.simulators.world import Category, District, LineItem, SchoolClass, Session

TERM_LETTERS = "FSTABCDE"


class Store:
    """Finds things by Aeries' numbers; also tells the neutral views what they are called."""

    def __init__(self, district: District) -> None:
        """Take the district over: ids and dates become Aeries'."""
        self.district = district
        self._codes = _codes(district)
        self._teachers = district.teachers()
        self._owners = {
            name: str(one.gradebook.get("sharedWith", name)) for name, one in district.classes.items()
        }
        for name in self._owners.values():
            district.numbers.of("gradebook", name)
        district.keeps_days = True
        district.id_style = lambda _letter, _running: str(uuid4())
        self._taken: dict[str, int] = {}
        rename(district, self._taken_over, lambda one: replace(one, sourced_id=str(uuid4())))

    def number(self, kind: str, name: str) -> int:
        """The number of a thing of the seed; kind gradebook is told by a class that it feeds."""
        return self.district.numbers.of(kind, self._owners[name] if kind == "gradebook" else name)

    def gradebook(self, number: str) -> SchoolClass | None:
        """The class of a gradebook."""
        name = self.district.numbers.name("gradebook", int(number)) if number.isdecimal() else None
        return self.district.classes.get(name or "")

    def owner(self, section: SchoolClass) -> SchoolClass:
        """The class whose gradebook feeds a section: itself, or the one it shares with."""
        return self.district.classes.get(self._owners[section.sourced_id], section)

    def sections(self, owner: SchoolClass) -> list[SchoolClass]:
        """The sections that a gradebook feeds."""
        return [one for name, one in self.district.classes.items() if self._owners[name] == owner.sourced_id]

    def students(self, class_id: str) -> list[str]:
        """The students of a gradebook, named by its class."""
        feeds = self.sections(self.district.classes[class_id])
        return [student for one in feeds for student in self.district.members(one.sourced_id)]

    def has(self, class_id: str, student: str) -> bool:
        """Whether a student is in a gradebook, named by its class."""
        feeds = self.sections(self.district.classes[class_id])
        return any(self.district.enrolled(one.sourced_id, student) for one in feeds)

    def teachers(self, section: SchoolClass) -> list[str]:
        """Who teaches a class, the first one first."""
        return self._teachers.get(section.sourced_id, [])

    def linked(self, section: SchoolClass) -> list[SchoolClass]:
        """The other gradebooks linked with one: same group, school and teacher [D:AER-GB]."""
        group = section.gradebook.get("linkedGroup", 0)
        return [
            one
            for one in self.district.classes.values()
            if group
            and one.sourced_id != section.sourced_id
            and self.owner(one) is one
            and one.gradebook.get("linkedGroup", 0) == group
            and one.school_id == section.school_id
            and self.teachers(one)[:1] == self.teachers(section)[:1]
        ]

    def categories(self, section: SchoolClass) -> list[Category]:
        """The categories of a gradebook, in order."""
        return [
            one
            for one in self.district.categories.of()
            if section.category_ids is None or one.sourced_id in section.category_ids
        ]

    def code(self, category: str) -> str:
        """The one-letter code of a category."""
        return self._codes.get(category, "")

    def category(self, section: SchoolClass, code: object) -> Category | None:
        """The category of a gradebook with that code."""
        return next((one for one in self.categories(section) if self.code(one.sourced_id) == code), None)

    def item(self, section: SchoolClass, number: str) -> LineItem | None:
        """The assignment with that number, which the teacher may have changed."""
        listed = self.district.line_items.of(section.sourced_id)
        return next((one for one in listed if str(assignment_number(one)) == number), None)

    def next_number(self, class_id: str) -> int:
        """The number after the highest of a gradebook; one is never used twice."""
        held = [assignment_number(one) for one in self.district.line_items.of(class_id)]
        self._taken[class_id] = max(self._taken.get(class_id, 0), *held, 0) + 1
        return self._taken[class_id]

    def coded_sessions(self, school: str) -> list[tuple[str, Session]]:
        """The terms (F, S, T, ...) and marking periods (1, 2, ...) of a school, each with its TermCode."""
        sessions = [one for one in self.district.sessions.values() if one.school_id in (None, school)]
        terms, periods = iter(TERM_LETTERS), count(1)
        return [(next(terms) if one.kind == "term" else str(next(periods)), one) for one in sessions]

    def keys(self, kind: str, name: str, section: str | None = None) -> dict[str, str]:
        """What a thing of the seed is called on the wire."""
        if kind == "category":
            return {"AssignmentCategoryCode": self.code(name)}
        if kind == "section":
            return {
                "GradebookNumber": str(self.number("gradebook", name)),
                "SectionNumber": str(self.number("section", name)),
                "SchoolCode": str(self.number("school", self.district.classes[name].school_id)),
            }
        if kind == "session":
            school = self.district.sessions[name].school_id or next(iter(self.district.schools))
            codes = {one.sourced_id: code for code, one in self.coded_sessions(school)}
            return {"TermCode": codes[name]}
        names = {"student": "StudentID", "teacher": "StaffID", "school": "SchoolCode"}
        return {names[kind]: str(self.number(kind, name))}

    def item_ids(self, item: LineItem) -> dict[str, str]:
        """The ids of an assignment."""
        return {
            "UniqueID": item.sourced_id,
            "AssignmentNumber": str(assignment_number(item)),
            "GradebookNumber": str(self.number("gradebook", item.class_id)),
        }

    def external_id(self, item: LineItem) -> str | None:
        """ExternalID."""
        return item.external_id

    def _taken_over(self, item: LineItem) -> LineItem:
        self._taken[item.class_id] = self._taken.get(item.class_id, 0) + 1
        return replace(
            item,
            sourced_id=str(uuid4()),
            due_date=self.district.kept_moment(item.due_date),
            assign_date=self.district.kept_moment(item.assign_date),
            native={"AssignmentNumber": self._taken[item.class_id]},
        )


def assignment_number(item: LineItem) -> int:
    """AssignmentNumber."""
    return int(str((item.native or {}).get("AssignmentNumber", 0)))


def number_correct_possible(item: LineItem) -> float:
    """NumberCorrectPossible: its own, or the points where there is none [D:AER-GB]."""
    own = (item.native or {}).get("NumberCorrectPossible")
    return float(str(own)) if own else item.result_value_max or 0


def _codes(district: District) -> dict[str, str]:
    given = district.codes
    codes: dict[str, str] = {}
    for one in district.categories.of():
        free = [*one.title.upper()[:1], *ascii_uppercase, *digits]
        taken = {*codes.values(), *given.values()}
        codes[one.sourced_id] = given.get(one.sourced_id) or next(each for each in free if each not in taken)
    return codes
