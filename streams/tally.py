"""What a stage did in a batch, counted in plain numbers, and told to the metrics once per batch: a labelled counter
costs as much as folding a common change.
"""

from collections import Counter

from streams import metrics


class Tally:
    """One partition's, of one stage."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self.results: Counter[tuple[str, str | None]] = Counter()
        self.letters: Counter[str] = Counter()
        #: Desired items by system.
        self.routed: Counter[str] = Counter()
        self.stalled = 0

    def tell(self) -> None:
        """To the metrics; begins anew."""
        for (outcome, code), count in self.results.items():
            metrics.RESULTS.labels(self._stage, outcome, metrics.code_label(code)).inc(count)
        for code, count in self.letters.items():
            metrics.DEAD_LETTERS.labels(self._stage, metrics.code_label(code)).inc(count)
        for sis, count in self.routed.items():
            metrics.ROUTED.labels(sis).inc(count)
        if self.stalled:
            metrics.WATCHDOG_ERRORS.inc(self.stalled)
        self.results.clear()
        self.letters.clear()
        self.routed.clear()
        self.stalled = 0
