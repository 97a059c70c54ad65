"""How long to wait before the next try: arithmetic only; who waits, and on which clock, is elsewhere."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Longest wait a SIS may ask for, in seconds. Servers have been seen to ask for weeks.
RETRY_AFTER_MAX = 900.0


def full_jitter(tries: int, draw: float, *, base: float = 1.0, cap: float = 300.0) -> float:
    """Seconds before try `tries` + 1, `draw` in [0, 1): anywhere up to base * 2^tries, at most `cap`.

    Full jitter spreads the items of a district that failed together.
    """
    ceiling = min(cap, base * 2.0 ** min(max(tries, 0), 30))
    return float(draw * ceiling)


def retry_after(value: str | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float | None:
    """Seconds a Retry-After header asks for: a number or a date, capped. None for none, nonsense or the past."""
    if value is None:
        return None
    text = value.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now()).total_seconds()
    if seconds != seconds or seconds <= 0:  # noqa: PLR0124 - NaN is a number to float()
        return None
    return min(seconds, RETRY_AFTER_MAX)
