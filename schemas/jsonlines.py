"""Changes as JSON lines, the way a publisher writes them by hand: one flat object per line.

    {"tenant": "d1", "section": "s1", "version": 3, "type": "ItemDeleted", "item": "7"}

Forgiving to write: `event` and `occurred_at` may be left out, an instant may be an ISO 8601 date-time with its
offset, enum words may be small, blank lines and lines that begin with # are passed over. Strict to check: nothing
is coerced, unknown and repeated fields are refused. A refusal says where, what and how to mend it, and quotes
nothing that may be a student's.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from difflib import get_close_matches
from hashlib import sha256
from typing import Any, NoReturn, get_args

from schemas.codec import encode
from schemas.gradebook import Change, GradebookChange, Score
from schemas.keys import section_key
from schemas.plain_json import SHOWN, BadField, instant, kind_of, quoted, read_record, told, unknown

#: Longest line read, in characters.
MAX_LINE = 4_000_000
_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Change)}
_ENVELOPE = ("tenant", "section", "event", "version", "occurred_at", "actor", "type")
#: Ids inside a change that must say something.
_IDS = ("item", "run", "review", "teacher", "sis_section", "school")
_OUR_WORDS = {*_ENVELOPE, *(field.name for kind in (*_KINDS.values(), Score) for field in fields(kind))}
# what would steer a terminal, or turn a line into two: C1 controls, direction marks, line separators, halves
_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class LineRefused(Exception):
    """A line that is no change: `line` counts from 1, `path` is the field, `what` is wrong and `fix` mends it."""

    def __init__(self, line: int, path: str, what: str, fix: str, source: str = "") -> None:
        self.line, self.path, self.what, self.fix, self.source = line, path, what, fix, source
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.source else f"line {self.line}"
        where = f"{place}: {self.path}" if self.path else place
        return f"{where}: {self.what}. {self.fix}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line read: its number, the change, and the record to publish."""

    number: int
    change: GradebookChange
    key: bytes
    value: bytes


def read_lines(lines: Iterable[str | bytes], now: int, source: str = "") -> Iterator[Line | LineRefused]:
    """What each line says, in order; a bad one is yielded, not raised. `now`: milliseconds since the epoch."""
    for number, text in enumerate(lines, start=1):
        try:
            if line := read_line(text, now, number, source):
                yield line
        except LineRefused as refused:
            yield refused


def read_line(text: str | bytes, now: int, number: int = 1, source: str = "") -> Line | None:
    """The line's change and its record; None for a blank line or a comment. LineRefused says what is wrong."""
    try:
        if not (written := _decoded(text).strip().removeprefix("\ufeff").strip()) or written.startswith("#"):
            return None
        change = _change(_object(written), now)
        return Line(number, change, section_key(change.tenant, change.section), _encoded(change))
    except BadField as bad:
        problem = bad.path, bad.what, bad.fix
    # raised out here, so that nothing the line held hangs on to it
    raise LineRefused(number, *problem, source)


def to_line(record: Any) -> str:
    """A record as one line of JSON; of a GradebookChange the very line a publisher would write.

    It says all that the record says, scores too: it is for a terminal, not for a log.
    """
    if isinstance(record, GradebookChange):
        flat = {name: getattr(record, name) for name in ("tenant", "section", "event", "version")}
        flat["occurred_at"] = instant(record.occurred_at)
        flat |= {} if record.actor is None else {"actor": record.actor}
        flat |= {"type": type(record.change).__name__} | told(record.change)
    else:
        flat = told(record)
    return _UNSAFE.sub(_escaped, json.dumps(flat, ensure_ascii=False, allow_nan=False))


def _decoded(text: str | bytes) -> str:
    if len(text) > MAX_LINE:
        raise BadField(
            "", f"longer than {MAX_LINE:,} characters", "Split the scores over several ScoresChanged lines."
        )
    if isinstance(text, str):
        return text
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        at = error.start
    raise BadField("", f"not UTF-8 at byte {at + 1}", "Save the file as UTF-8.")


def _object(text: str) -> dict[str, Any]:
    fix = "Write one JSON object per line."
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise BadField("", f"not JSON at column {error.colno} ({error.msg})", fix) from None
    except RecursionError:
        raise BadField("", "nested too deeply", fix) from None
    except ValueError:
        raise BadField("", "a number of too many digits", "Write a number as people do.") from None
    if not isinstance(document, dict):
        raise BadField("", f"{kind_of(document)} is not an object", fix)
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            # only words of ours are shown: a made-up one may be a name
            raise BadField(
                name if name in _OUR_WORDS else "", "a field is given twice", "Keep one of the two."
            )
        found[name] = value
    return found


def _no_constant(_: str) -> NoReturn:
    raise BadField("", "NaN and Infinity are not JSON", "Write a number or null.")


def _change(document: dict[str, Any], now: int) -> GradebookChange:
    kind = _kind(document.get("type"))
    known = {*_ENVELOPE, *(field.name for field in fields(kind))}
    for name in document:
        if name not in known:
            raise unknown(name, "", known)
    told_nothing = {name for name in ("event", "occurred_at") if document.get(name) is None}
    change = read_record(kind, {name: value for name, value in document.items() if name not in _ENVELOPE})
    envelope = {name: document[name] for name in _ENVELOPE[:-1] if name in document.keys() - told_nothing}
    given = {name: value for name, value in (("event", ""), ("occurred_at", now)) if name in told_nothing}
    whole: GradebookChange = read_record(GradebookChange, envelope, change=change, **given)
    _refuse_empty(whole, told_nothing)
    return _with_event(whole) if "event" in told_nothing else whole


def _refuse_empty(whole: GradebookChange, told_nothing: set[str]) -> None:
    for record, names in ((whole, ("tenant", "section", "event")), (whole.change, _IDS)):
        for name in names:
            if getattr(record, name, None) == "" and name not in told_nothing:
                raise BadField(name, "is empty", "Give its id.")
    if whole.version < 0:
        raise BadField("version", "is below 0", "Versions start at 0 and grow with every change.")


def _with_event(change: GradebookChange) -> GradebookChange:
    """The same line is the same event, whenever it is published."""
    content = [change.tenant, change.section, change.version, change.actor, type(change.change).__name__]
    text = json.dumps([*content, told(change.change)], sort_keys=True)
    values = {field.name: getattr(change, field.name) for field in fields(change)}
    return GradebookChange(**values | {"event": f"line-{sha256(text.encode()).hexdigest()[:32]}"})


def _kind(name: Any) -> type[Any]:
    if name is None:
        raise BadField("type", "is missing", f"Write one of {', '.join(_KINDS)}.")
    if not isinstance(name, str):
        raise BadField("type", f"{kind_of(name)} is not text", f"Write one of {', '.join(_KINDS)}.")
    if name not in _KINDS:
        near = get_close_matches(
            name[:SHOWN].lower(), {kind.lower(): kind for kind in _KINDS}, n=1, cutoff=0.5
        )
        likely = next((kind for kind in _KINDS if near and kind.lower() == near[0]), None)
        fix = f"Did you mean {likely}?" if likely else f"Write one of {', '.join(_KINDS)}."
        raise BadField("type", f"{quoted(name)} is no kind of change", fix)
    return _KINDS[name]


def _encoded(change: GradebookChange) -> bytes:
    try:
        return encode(change)
    except ValueError:  # everything else about it was checked
        raise BadField(
            "", "too large for one record", "Split the scores over several ScoresChanged lines."
        ) from None


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
