"""A shorter title that a teacher still recognises."""

import unicodedata

_JOINERS = "\u200d\ufe0e\ufe0f"
_LOOSE_END = " ,;:-–—/(["
_LEAST = 4


def shorter(title: str, limit: int) -> str:
    """A title of at most `limit` code points, cut between words.

    Words with a digit are kept first, the later ones before the earlier, so that "Case Study … Part 2" and
    "Case Study … Part 3" stay two titles. Cut inside a word only when not even the first one fits.
    """
    words = title.split()
    kept, room = _numbered(words, limit)
    for at, word in enumerate(words):
        if at in kept:
            continue
        if len(word) + (1 if kept else 0) > room:
            break
        room -= len(word) + (1 if kept else 0)
        kept.add(at)
    if words and 0 not in kept and room > _LEAST:
        # a number alone says too little: as much of the first word as there is room for
        words[0] = _cut(words[0], room - 1 if kept else room)
        kept.add(0)
    text = " ".join(words[at] for at in sorted(kept)).rstrip(_LOOSE_END)
    return text or _cut(title.strip(), limit).rstrip()


def _numbered(words: list[str], limit: int) -> tuple[set[int], int]:
    """Places of the words with digits that fit, and the code points left."""
    kept: set[int] = set()
    room = limit
    for at in reversed(range(len(words))):
        if not _has_digit(words[at]):
            continue
        for group in ([at - 1, at], [at]):
            if group[0] < 0 or (len(group) == 2 and not _names_number(words[at - 1], words[at])):
                continue
            cost = sum(len(words[place]) + 1 for place in group if place not in kept) - (0 if kept else 1)
            if cost <= room:
                kept.update(group)
                room -= cost
                break
    return kept, room


def _names_number(word: str, numbered: str) -> bool:
    """Part 2, Unit 10, Chapter 3: the number means nothing without its word."""
    return word.isalpha() and len(word) <= 8 and numbered[0].isdigit()


def _has_digit(word: str) -> bool:
    return any(char.isdigit() for char in word)


def _cut(text: str, limit: int) -> str:
    """The first `limit` code points, fewer where that would tear an accent or an emoji from its base."""
    end = limit
    while 0 < end < len(text) and (
        unicodedata.combining(text[end]) or text[end] in _JOINERS or text[end - 1] == "\u200d"
    ):
        end -= 1
    return text[: end or limit]
