"""Runs of decisions, and the mass-change brake on them.

A run that may be too much is decided as always, but what it puts out is kept back until it is whole: then it goes
out, or every item that was routed is held. All other decisions go out at once.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from schemas.codec import decode, encode
from schemas.gradebook import SyncMode
from schemas.results import Outcome, SyncResult
from schemas.state import ItemState
from streams.districts import Districts
from streams.intake.brake import Exceeded, Lately, judge, past_of
from streams.intake.fold import NEW_ITEM
from streams.intake.memory import Section
from streams.intake.route import Routed, hold
from streams.rules.policies import LEAST
from streams.stage import Batch


@dataclass(slots=True)
class Draft:
    """What a run put out so far."""

    section: Section
    automatic: bool
    #: Row before the first decision of each item that was routed.
    before: dict[bytes, bytes | None] = field(default_factory=dict)
    #: Item, desired item as encoded, and whether a later one of the item leaves it be.
    desired: list[tuple[bytes, bytes, bool]] = field(default_factory=list)
    #: Results as encoded; with its item when the result says that it is queued.
    told: list[tuple[bytes | None, bytes]] = field(default_factory=list)
    _routing: bytes | None = None

    def desire(self, item: bytes, value: bytes, *, kept: bool) -> None:
        """An item is routed. Its result is the next one told; its new row is not in memory yet."""
        self.before.setdefault(item, self.section.items.get(item))
        self.desired.append((item, value, kept))
        self._routing = item

    def tell(self, value: bytes) -> None:
        """A result."""
        self.told.append((self._routing, value))
        self._routing = None


@dataclass(slots=True)
class Runs:
    """The runs of one partition. `send` takes a desired item, `tell` a result, both as encoded, to go out; `row`
    makes an item's row.
    """

    districts: Districts
    send: Callable[[Section, bytes, bytes, bool], None]
    tell: Callable[[Section, bytes], None]
    row: Callable[[ItemState], bytes]
    #: Sections of which the batch has so many changes that what automatic mode decides of them is one run.
    crowded: set[bytes] = field(default_factory=set)
    #: Runs under way, by section.
    drafts: dict[bytes, Draft] = field(default_factory=dict)
    _lately: Lately = field(default_factory=Lately)
    _clicked: bool = False

    def begin(self, batch: Batch, sections: Mapping[bytes, Section]) -> None:
        """A batch begins."""
        if batch.records:
            self._lately.now(batch.records[0].timestamp)
        self.crowded = set()
        for key, records in Counter(record.key for record in batch.records).items():
            if key is not None and (routed := records + len(self._lately.of(key))) > LEAST:
                section = sections.get(key)
                tenant = _tenant(key) if section is None else section.tenant
                view = self.districts.get(tenant)
                if view is not None and routed > view.brake.least:
                    self.crowded.add(key)

    def watch(self, section: Section) -> None:
        """A change of a section comes, which may be crowded."""
        if section.key in self.crowded:
            self._draft(section, automatic=True)

    @contextmanager
    def run(self, section: Section, items: int, *, clicked: bool, approved: bool) -> Iterator[None]:
        """Decisions about so many items. What a person asks for is a run by itself, and goes when it was approved;
        what nobody clicked for is part of the batch's run.
        """
        if not clicked:
            if items > _least(section):
                self._draft(section, automatic=True)
            yield
            return
        self._settle(section)  # what automatic mode decided comes first
        if not approved and items > _least(section):
            self._draft(section, automatic=False)
        self._clicked = True
        try:
            yield
        finally:
            self._clicked = False
            self._settle(section)

    def looks(self, section: Section, item: bytes) -> bool:
        """Whether a decision about the item can matter to the brake: of a small section only those on new items do,
        unless a run is under way.
        """
        return bool(self.drafts) or item not in section.items or len(section.items) > _least(section)

    def keep_desired(self, section: Section, item: bytes, value: bytes, *, kept: bool) -> bool:
        """Keep back a desired item that belongs to a run; False when it is to go out now."""
        draft = self.drafts.get(section.key) if self.drafts else None
        if draft is not None:
            draft.desire(item, value, kept=kept)
            return True
        if not self._clicked:
            self._lately.note(section.key, item, section.items.get(item))
        return False

    def keep_told(self, section: Section, value: bytes) -> bool:
        """Likewise a result."""
        draft = self.drafts.get(section.key)
        if draft is not None:
            draft.tell(value)
        return draft is not None

    def settle(self) -> None:
        """The batch ends: every run goes out or is held."""
        for draft in list(self.drafts.values()):
            self._settle(draft.section)

    def _draft(self, section: Section, *, automatic: bool) -> None:
        fits = section.ready is not None and (not automatic or section.ready.mode is SyncMode.AUTO)
        if fits and section.key not in self.drafts:
            self.drafts[section.key] = Draft(section, automatic)

    def _settle(self, section: Section) -> None:
        draft = self.drafts.pop(section.key, None)
        if draft is None:
            return
        exceeded = self._exceeded(draft)
        if exceeded is None:
            self._let_go(draft)
            return
        queued: dict[bytes, bytes] = {}
        for item, value in draft.told:
            if item is None:
                self.tell(section, value)
            else:
                queued[item] = value
        for item, value in queued.items():
            self._hold(section, item, draft.before[item], decode(SyncResult, value), exceeded)

    def _let_go(self, draft: Draft) -> None:
        for item, value, kept in draft.desired:
            self.send(draft.section, item, value, kept)
        for _, value in draft.told:
            self.tell(draft.section, value)
        if draft.automatic:
            for item, row in draft.before.items():
                self._lately.note(draft.section.key, item, row)

    def _exceeded(self, draft: Draft) -> Exceeded | None:
        section = draft.section
        if section.ready is None:
            return None
        run = {item: past_of(row) for item, row in draft.before.items()}
        lately = self._lately.of(section.key) if draft.automatic else {}
        # by itself, and as the end of what began in earlier batches: made and then changed is both
        for before in (run, {**run, **lately}) if lately else (run,):
            changes = ((past, past_of(section.items.get(item))) for item, past in before.items())
            exceeded = judge(changes, section.ready.view.brake)
            if exceeded is not None:
                return exceeded
        return None

    def _hold(
        self, section: Section, item: bytes, row: bytes | None, queued: SyncResult, exceeded: Exceeded
    ) -> None:
        before, state = NEW_ITEM if row is None else decode(ItemState, row), section.item(item)
        held = hold(before, Routed(state, None, queued), exceeded.params(state.fingerprint))
        result: SyncResult | None = held.result
        if state.fingerprint == "":  # refused in the end, and told so
            held = replace(held, state=replace(held.state, held=before.held))
            result = None
        elif state.deleted and not before.routed:  # came and went within the run
            held = replace(held, state=replace(held.state, held=before.held))
            result = replace(queued, outcome=Outcome.OBSERVED, fingerprint=None)
        section.keep(item, self.row(held.state))
        if result is not None:
            self.tell(section, encode(result))


def _tenant(key: bytes) -> str:
    return unquote(key.split(b"/")[0].decode(errors="replace"))


def _least(section: Section) -> int:
    """A run of no more items is never held."""
    return sys.maxsize if section.ready is None else section.ready.view.brake.least
