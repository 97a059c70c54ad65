"""A shorter title that a teacher still recognises, and would type."""

import re
import unicodedata

_JOINERS = "\u200d\ufe0e\ufe0f"
_LOOSE_END = " ,;:-–—/([{&+"
_AROUND = "()[]{}\"'.,;:!?"
#: Words that a number behind them makes one of a series: of these the last one tells two titles apart.
_SERIES = frozenset(
    {"act", "activity", "assignment", "attempt", "block", "book", "ch", "chapter", "class", "day", "draft", "essay",
     "exam", "exercise", "form", "group", "homework", "hw", "lab", "lesson", "level", "module", "no", "notes", "number",
     "packet", "paper", "part", "period", "phase", "problem", "project", "pt", "quarter", "question", "quiz", "reading",
     "report", "retake", "review", "round", "scene", "section", "semester", "session", "set", "stage", "step", "task",
     "test", "topic", "unit", "version", "vol", "volume", "week", "wk", "worksheet"}
)  # fmt: skip
#: A number behind one of these says where to look, or what it is worth.
_NO_SERIES = frozenset({"page", "pages", "p", "pp", "pg", "points", "pts", "of", "due", "to"})
#: Words that nothing ends with.
_DANGLING = frozenset(
    {"a", "an", "and", "at", "by", "de", "del", "due", "for", "from", "in", "into", "la", "of", "on", "or", "per",
     "the", "through", "to", "using", "vs", "with", "y"}
)  # fmt: skip
_COUNT = re.compile(r"\d{1,4}")
# 3, IV, B: what may follow a word of _SERIES
_PLACE = re.compile(r"\d[\d.\-/]*[a-z]?|[IVX]{1,4}|[A-H]")
_LONGEST_NAME = 12
_LEAST = 4


def shorter(title: str, limit: int) -> str:
    """A title of at most `limit` code points: the beginning, cut between words, and the number at its end.

    A list of numbers becomes its first "to" its last. Of the numbers that would be cut off one is kept with its word,
    so that "Case Study … Part 2" and "Case Study … Part 3" stay two titles. Cut inside a word only when not even the
    first one fits.
    """
    words = _without_lists(title.split())
    if len(" ".join(words)) <= limit:
        return " ".join(words)
    kept = _fitting(words, limit)
    place = _telling(words, kept)
    if place is not None:
        begin, tail = place
        room = max(limit - len(tail) - 1, 0)
        head = _tidy(words[: min(_fitting(words, room), begin)]) or _cut(words[0], room)
        # a number alone says too little
        if begin > 0 and room >= min(_LEAST, len(words[0])):
            return f"{head} {tail}"
    return _tidy(words[:kept]) or _cut(title.strip(), limit).rstrip()


def _fitting(words: list[str], limit: int) -> int:
    """How many of the first words fit."""
    used = -1
    for count, word in enumerate(words):
        used += 1 + len(word)
        if used > limit:
            return count
    return len(words)


def _without_lists(words: list[str]) -> list[str]:
    """Three and more numbers in a row as the first and the last."""
    result: list[str] = []
    at = 0
    while at < len(words):
        end, numbers = at, 0
        while end < len(words) and (words[end][0].isdigit() or (numbers and words[end] in ("and", "&"))):
            numbers += words[end][0].isdigit()
            end += 1
        if numbers >= 3 and words[end - 1][0].isdigit():
            result += [words[at].rstrip(",;"), "to", words[end - 1]]
        else:
            result += words[at : max(end, at + 1)]
        at = max(end, at + 1)
    return result


def _telling(words: list[str], kept: int) -> tuple[int, str] | None:
    """Where the number is that tells the title from others of its kind, and what to say of it; None when it is among
    the words kept, or there is none.
    """
    bare = [word.strip(_AROUND) for word in words]
    numbered = [at for at, word in enumerate(bare) if any(map(str.isdigit, word))]
    series = [at for at in range(1, len(bare)) if _is_series(bare[at - 1], words[at - 1], bare[at])]
    series += [at for at, word in enumerate(bare) if word[:1] == "#" and word[1:2].isdigit()]
    last = len(bare) - 1
    if last in numbered and _COUNT.fullmatch(bare[last]) and bare[last - 1].lower() not in _NO_SERIES:
        series.append(last)
    if series:
        at = max(series)
    elif numbered and numbered[0] >= kept:
        at = numbered[0]
    else:
        return None
    if at < kept:
        return None
    name = bare[at - 1] if at else ""
    named = bare[at][0] != "#" and (
        name.lower() in _SERIES or (name.istitle() and len(name) <= _LONGEST_NAME)
    )
    return (at - 1, f"{name} {bare[at]}") if named else (at, bare[at])


def _is_series(name: str, word: str, place: str) -> bool:
    """Whether the place counts what the name before it says, with nothing but blanks between."""
    return name.lower() in _SERIES and word[-1] not in ",;:)" and _PLACE.fullmatch(place) is not None


def _tidy(words: list[str]) -> str:
    """The words without an end that waits for more: a bracket, a dash, a preposition."""
    text, before = " ".join(words), ""
    while text != before:
        before = text
        if text.count("(") > text.count(")"):
            text = text[: text.rindex("(")]
        text = text.rstrip(_LOOSE_END)
        head, _, last = text.rpartition(" ")
        if last.strip(_AROUND).lower() in _DANGLING:
            text = head
    return text


def _cut(text: str, limit: int) -> str:
    """The first `limit` code points, fewer where that would tear an accent or an emoji from its base."""
    end = limit
    while 0 < end < len(text) and (
        unicodedata.combining(text[end]) or text[end] in _JOINERS or text[end - 1] == "\u200d"
    ):
        end -= 1
    return text[: end or limit]
