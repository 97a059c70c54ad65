"""The oracle: was anything lost, did anything go back, was anything committed too early?

It believes three witnesses and no code of ours: the producer's own log (oracle_log), the raw topics, decoded by
its own Avro (oracle_topics), and offsets sampled during the run (oracle_samples); with delivery in the run, also
the simulator's commit log (oracle_deliveries). What must be is worked out by brute force (oracle_expected).
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.oracle_avro import read
from tests.support.oracle_expected import Item, desired_points, fold, has_heard, state_points
from tests.support.oracle_log import ITEM_KINDS, Accepted, ItemId, Kind, Log
from tests.support.oracle_samples import Needed, Sample, commits_back, early_commits
from tests.support.oracle_topics import StateRow, Topics, read_topics

_ROW_STATES = {
    "QUEUED": "QUEUED",
    "PROGRESS": "QUEUED",
    "SUPERSEDED": "QUEUED",
    "SUCCESSFUL": "SUCCESSFUL",
    "ERROR": "ERROR",
}
_RESULTS, _STATE = "sync.results", "gradebook.state"


@dataclass(slots=True)
class Verdict:
    """`lost` maps an accepted event's place to what is missing of it; `order` lists keys whose newest record is
    older than what was accepted for them.
    """

    accepted: int
    lost: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    order: set[str] = field(default_factory=set)
    early_commits: int = 0
    commits_back: int = 0
    duplicates: int = 0
    samples: int = 0

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing gone back, nothing committed early or back."""
        return not (self.lost or self.order or self.early_commits or self.commits_back)

    def line(self, **figures: Any) -> str:
        """One JSON line with the figures of the run."""
        missing = Counter(what for several in self.lost.values() for what in several)
        return json.dumps(
            {
                **figures,
                "accepted": self.accepted,
                "lost": len(self.lost),
                "lost_by": dict(missing),
                "order": len(self.order),
                "early_commits": self.early_commits,
                "commits_back": self.commits_back,
                "samples": self.samples,
                "duplicates": self.duplicates,
            }
        )

    def examples(self, log: Log, count: int = 5) -> str:
        """A few of what is missing, for a failed test."""
        sent = {one.place: one.sent for one in log.events}
        few = sorted(self.lost.items())[:count]
        figures = f"early commits {self.early_commits}, commits gone back {self.commits_back}"
        return "\n".join(
            [figures]
            + [f"{place} {sorted(what)} {sent[place]}" for place, what in few]
            + sorted(self.order)[:count]
        )

    def miss(self, one: Accepted, what: str) -> None:
        """An accepted event has no such trace."""
        self.lost.setdefault(one.place, set()).add(what)


def judge(bootstrap: str, prefix: str, log: Log, samples: Sequence[Sample] = ()) -> Verdict:
    """Read the topics whose names begin so, and say what became of every accepted event."""
    return Oracle(log, read_topics(bootstrap, prefix)).verdict([one.without(prefix) for one in samples])


class Oracle:
    """Holds the accepted events to what stands on the topics."""

    def __init__(self, log: Log, topics: Topics) -> None:
        self.log = log
        self.topics = topics
        self.by_item = log.by_item()
        self.expected = {item: fold(events) for item, events in self.by_item.items()}
        self._syncs = list(log.named_by_syncs())
        self._needed: list[Needed] = []

    def verdict(self, samples: list[Sample]) -> Verdict:
        """Every check, over everything."""
        verdict = Verdict(len(self.log), samples=len(samples))
        self._answers(verdict)
        self._memory(verdict)
        self._rows(verdict)
        self._desired(verdict)
        verdict.early_commits = early_commits(samples, self._needed)
        verdict.commits_back = commits_back(samples)
        return verdict

    # ------------------------------------------------------------ every event has its answer

    def _answers(self, verdict: Verdict) -> None:
        """A result that names the event's own offset, or a dead letter that does."""
        first: dict[tuple[int, int, ItemId], int] = {}
        told: Counter[tuple[int, int, ItemId, int]] = Counter()
        for result in self.topics.results:
            key = result.partition, result.revision, result.id
            first.setdefault(key, result.offset)
            told[*key, result.step] += 1
        verdict.duplicates = sum(count - 1 for count in told.values())
        asked = [(one, one.sent.id) for one in self.log.events if one.sent.kind in ITEM_KINDS]
        for one, item in [*asked, *self._syncs]:
            if one.place in self.topics.dead:
                continue
            at = first.get((*one.place, item))
            if at is None:
                verdict.miss(one, "result")
            else:
                self._needed.append(Needed(*one.place, _RESULTS, one.partition, at))
        for one in self.log.events:
            if one.sent.kind is Kind.POISON and one.place not in self.topics.dead:
                verdict.miss(one, "dead letter")

    # ------------------------------------------------------------ intake's memory

    def _memory(self, verdict: Verdict) -> None:
        """gradebook.state knew of each event before it was committed, and its newest record is the newest truth."""
        for one in self.log.events:
            history = self._history(one)
            if history is None:
                continue
            heard = next((row for row in history if has_heard(row, one.sent)), None)
            if heard is None:
                verdict.miss(one, "state")
                continue
            self._needed.append(Needed(*one.place, _STATE, heard.partition, heard.offset))
            if not has_heard(history[-1], one.sent):
                verdict.order.add(f"state {one.sent.tenant}/{one.sent.section}/{one.sent.item}")
                verdict.miss(one, "state")
        for item, want in self.expected.items():
            history = self.topics.items.get(item, [])
            if history and not _holds(read("ItemState", history[-1].value), want):
                verdict.miss(self.by_item[item][-1], "state content")

    def _history(self, one: Accepted) -> list[StateRow] | None:
        sent = one.sent
        if sent.kind in ITEM_KINDS:
            return self.topics.items.get(sent.id, [])
        if sent.kind in {Kind.BOUND, Kind.MAPPING}:
            return self.topics.sections.get((sent.tenant, sent.section), [])
        return None

    # ------------------------------------------------------------ the status log

    def _rows(self, verdict: Verdict) -> None:
        """Each row has heard of its newest event and shows the newest attempt."""
        attempts: dict[ItemId, tuple[int, int, str]] = {}
        for result in self.topics.results:
            order = result.revision, result.step
            if result.outcome != "OBSERVED" and order > attempts.get(result.id, (-1, -1, ""))[:2]:
                attempts[result.id] = *order, result.outcome
        for item, events in self.by_item.items():
            row = self.topics.rows.get(item)
            last = events[-1]
            if row is None or row["heard"] < last.offset:
                verdict.miss(last, "row")
                continue
            if row["version"] < self.expected[item].fields[0]:
                verdict.order.add(f"row {'/'.join(item)}")
            attempt = attempts.get(item)
            shown = "NOT_YET_SYNCED" if attempt is None else _ROW_STATES[attempt[2]]
            if row["state"] != shown:
                verdict.miss(last, "row state")

    # ------------------------------------------------------------ what the SIS should have

    def _desired(self, verdict: Verdict) -> None:
        """Automatic: exactly the newest. By click: at least what was known at the last click."""
        bound = self._bindings()
        for item, want in self.expected.items():
            binding = bound.get(item[:2])
            if binding is None or not want.syncable or want.fields[0] < 0:
                continue
            events = self.by_item[item]
            if binding.sent.automatic:
                self._check_desired(verdict, binding, want, events[-1], exact=True)
        newest = {item: click for click, item in self._syncs}  # in order: the last click counts
        for item, click in newest.items():
            self._check_click(verdict, bound, item=item, click=click)

    def _check_click(
        self, verdict: Verdict, bound: dict[tuple[str, str], Accepted], *, item: ItemId, click: Accepted
    ) -> None:
        binding = bound.get(item[:2])
        known = fold(one for one in self.by_item.get(item, []) if one.offset < click.offset)
        if binding is None or known.deleted or not known.syncable or known.fields[0] < 0:
            return
        self._check_desired(verdict, binding, known, click, exact=False, item=item)

    def _check_desired(
        self,
        verdict: Verdict,
        binding: Accepted,
        want: Item,
        last: Accepted,
        *,
        exact: bool,
        item: ItemId | None = None,
    ) -> None:
        item = item or last.sent.id
        newest = self.topics.desired.get((binding.sent.sis, item))
        if newest is None:
            verdict.miss(last, "desired")
            return
        if newest["version"] < want.fields[0] or newest["revision"] < last.offset:
            verdict.order.add(f"desired {'/'.join(item)}")
            verdict.miss(last, "desired")
        if exact and not _desires(newest, want):
            verdict.miss(last, "desired content")

    def _bindings(self) -> dict[tuple[str, str], Accepted]:
        """The newest binding of each section."""
        bound: dict[tuple[str, str], Accepted] = {}
        for one in self.log.events:
            place = one.sent.tenant, one.sent.section
            if one.sent.kind is Kind.BOUND and (
                place not in bound or one.sent.stamp > bound[place].sent.stamp
            ):
                bound[place] = one
        return bound


def _holds(state: dict[str, Any], want: Item) -> bool:
    content = state["content"] or {}
    return (
        content.get("title", "") == want.title
        and state["deleted"] == want.deleted
        and state_points(state) == want.points()
    )


def _desires(desired: dict[str, Any], want: Item) -> bool:
    if desired["deleted"] or want.deleted:
        return bool(desired["deleted"] == want.deleted)
    return desired["content"]["title"] == want.title and desired_points(desired) == want.points()
