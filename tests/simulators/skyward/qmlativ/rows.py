"""What an object of the Generic API is to the rest: rows to read and, for some, ways to change them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulators.commit_log import CommitLog
from tests.simulators.gradebook import Change
from tests.simulators.world import District, Json


@dataclass(frozen=True, slots=True)
class Row:
    """One object; ``school`` None is the whole district's."""

    school: str | None
    fields: Json


@dataclass(slots=True)
class Book:
    """The district with what only Qmlativ keeps: grade change requests and refused assignments."""

    district: District
    log: CommitLog
    requests: list[Json] = field(default_factory=list)
    errors: list[Json] = field(default_factory=list)

    def change(self, verb: str) -> Change:
        """A change that comes through the API."""
        return Change(self.district, self.log, "vendor", verb)

    def number(self, kind: str, name: str | None) -> int | None:
        """The id on the wire."""
        return None if name is None else self.district.numbers.of(kind, name)


class GenericError(Exception):
    """A refusal: status and the text of ``Message``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Kind:
    """One object: its id field, its rows (as they stood so many seconds ago), its changes.

    ``create`` takes checked fields and answers the new id; ``update`` takes the id and the fields given;
    ``delete`` takes the id and whether warnings are ignored.  ``find`` is a short way to one row.
    """

    name: str
    key: str
    rows: Callable[[Book, float], list[Row]]
    module: str | None = None
    create: Callable[[Book, Json], int] | None = None
    update: Callable[[Book, int, Json], None] | None = None
    delete: Callable[[Book, int, bool], None] | None = None
    find: Callable[[Book, int], Row | None] | None = None
