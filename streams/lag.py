"""How long a stage has been behind: since when its oldest unfinished record was there to be read."""

from collections import deque

from streams.stage import TopicPartition


class Lag:
    """Asked about once a second. A record counts from when its partition's end was first seen behind it."""

    def __init__(self) -> None:
        self._marks: dict[TopicPartition, deque[tuple[float, int]]] = {}

    def age(self, tp: TopicPartition, finished: int, end: int, now: float) -> float:
        """Seconds since the record at `finished` was first seen; 0 when `end`, the end of the log, is not behind it."""
        marks = self._marks.setdefault(tp, deque())
        if not marks or end > marks[-1][1]:
            marks.append((now, end))
        while marks and marks[0][1] <= finished:
            marks.popleft()
        return now - marks[0][0] if marks else 0.0

    def keep(self, mine: set[TopicPartition]) -> None:
        """Forget partitions that are not ours any more."""
        for tp in self._marks.keys() - mine:
            del self._marks[tp]
