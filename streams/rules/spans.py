"""Arithmetic of day spans: pairs (first, last) of ordinals, both included."""

from collections.abc import Iterable, Sequence

Span = tuple[int, int]


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same days as few disjoint spans in order."""
    result: list[Span] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return tuple(result)


def minus(spans: Sequence[Span], holes: Sequence[Span]) -> tuple[Span, ...]:
    """The days of `spans` in none of `holes`. Both disjoint and in order, as `merged` leaves them."""
    result: list[Span] = []
    at = 0
    for first, last in spans:
        rest = first
        while at < len(holes) and holes[at][1] < rest:
            at += 1
        for hole_first, hole_last in holes[at:]:
            if hole_first > last:
                break
            if hole_first > rest:
                result.append((rest, hole_first - 1))
            rest = hole_last + 1
        if rest <= last:
            result.append((rest, last))
    return tuple(result)
