"""The create protocol, for systems that give the ids: one item, however often a reply is lost. Pure.

    INTENT to the ledger, acknowledged      not acknowledged: no call; acknowledged late: written anew
    one POST, soon or not at all            the id it gives goes to the ledger: the crosswalk
    an outcome nobody knows                 the intent stays, and the next try is a LOOK_UP, not a POST

A look-up waits until the lost create has either shown up or never will (`Capabilities.lateness`), then reads the
section, all pages. With a marker field, ours are those that carry the marker; without one, those with the name, due
date, points and category that were sent, and that belong to no other item of ours.

    none    it never arrived: a new intent, a new POST
    one     it is ours: adopted
    more    by marker: the oldest is adopted, and an alarm tells of the others; never is one deleted
            without: NEEDS_REVIEW, and a person chooses (ADOPT: the oldest found; SEND_LMS: none of them, create it)

The limit: a create delayed beyond the lateness of its system is found by no reading, and is there twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from adapters.contract import Candidate
from adapters.errors import Retry
from adapters.protocol import PATIENCE, REVIEW, End, Work
from schemas.desired import DesiredItem
from schemas.gradebook import Choice
from schemas.keys import item_key
from schemas.ledger import Intent, LedgerEntry
from schemas.results import Outcome

#: Seconds the broker may take for an intent that a POST follows; part of the time a lateness leaves for calls.
FRESH = 5.0


class OutcomeUnknown(Retry):
    """Too early to look, or what is found may be another's: later."""

    def __init__(self, after: float | None = None) -> None:
        super().__init__("OUTCOME_UNKNOWN", after, breaks=False, alone=True)


def marker(desired: DesiredItem, life: int) -> str:
    """Eighteen characters that name the item's present life and tell an outsider nothing."""
    key = item_key(desired.tenant, desired.section, desired.item)
    return f"gs{blake2b(key + b'/%d' % life, digest_size=8, key=desired.tenant.encode()[:64]).hexdigest()}"


def intend(work: Work, at: int) -> Work:
    """What the ledger must hold before the POST."""
    before = work.entry.intent
    intent = Intent(
        revision=work.desired.revision,
        attempt=1 if before is None else before.attempt + 1,
        marker=marker(work.desired, work.entry.life) if work.can.marker else _outline(work),
        at=at,
        fingerprint=work.draft.item.seen,
        section=work.desired.sis_section,
        teacher=work.desired.sis_teacher,
    )
    return replace(work, entry=replace(work.entry, intent=intent))


def where_created(work: Work) -> DesiredItem:
    """The decision, in the section that the lost create was for: it may have been bound anew since."""
    intent = work.entry.intent
    if intent is None or not intent.section:
        return work.desired
    return replace(work.desired, sis_section=intent.section, sis_teacher=intent.teacher)


def known(work: Work) -> Mapping[str, str]:
    """The SIS's ids of the item; of one that may have been written under an id of ours, the section it then is in."""
    intent = work.entry.intent
    if work.entry.remote or intent is None or not (work.can.vendor_ids and intent.section):
        return work.entry.remote
    return {"class": intent.section}


def _outline(work: Work) -> str:
    """What a lost create is known by where nothing marks it."""
    return work.draft.outline or work.draft.item.seen


def not_made(work: Work) -> Work:
    """The SIS said that the POST did nothing."""
    return replace(work, entry=replace(work.entry, intent=None))


def await_lateness(work: Work, now: int) -> None:
    """OutcomeUnknown while a lost create may still show up. `now` in milliseconds."""
    intent = work.entry.intent
    if intent is None:
        return
    left = intent.at / 1000 + work.can.lateness - now / 1000
    if left > 0:
        raise OutcomeUnknown(left)


def sendable(work: Work, now: int) -> float:
    """Seconds in which the create may still be sent. `now` in milliseconds."""
    intent = work.entry.intent
    return 0.0 if intent is None else (intent.at - now) / 1000 + work.can.sendable


def after_look_up(work: Work, found: Sequence[Candidate], others: Iterable[LedgerEntry]) -> Work:
    """`others`: the entries of the section's other items."""
    intent = work.entry.intent
    if intent is None:
        return work
    if not work.can.marker:
        others = tuple(others)
        found = _like_ours(found, intent, others)
        if found and _rivals(intent, others) and work.entry.tries < PATIENCE:
            raise OutcomeUnknown  # it may be theirs: they will know soon
    choice = work.desired.choice if work.entry.conflict == REVIEW else None
    if not found or choice is Choice.SEND_LMS:
        left = None if work.desired.deleted else intent
        return replace(work, absent=True, entry=replace(work.entry, intent=left, conflict=None))
    oldest = min(found, key=lambda one: one.age)
    sure = work.can.marker or (len(found) == 1 and not _rivals(intent, others))
    if not sure and choice is None:
        end = End(Outcome.ERROR, "unchanged", REVIEW, {"found": str(len(found))})
        return replace(work, entry=replace(work.entry, conflict=REVIEW), end=end)
    return _adopted(replace(work, surplus=len(found) - 1 if work.can.marker else 0), oldest, intent)


def _like_ours(
    found: Sequence[Candidate], intent: Intent, others: Sequence[LedgerEntry]
) -> Sequence[Candidate]:
    """Those that show what was sent, without those known to be another item's."""
    taken = [other.remote.items() for other in others if other.remote]
    return [
        one
        for one in found
        if (one.outline or one.seen) == intent.marker
        and not any(one.remote.items() <= remote for remote in taken)
    ]


def _rivals(intent: Intent, others: Iterable[LedgerEntry]) -> bool:
    """Another item that looks the same is being created as well."""
    return any(
        other.intent is not None and not other.remote and other.intent.marker == intent.marker
        for other in others
    )


def _adopted(work: Work, one: Candidate, intent: Intent) -> Work:
    """What stands there is what the intent sent; a later decision's changes are still to be sent."""
    as_sent = one.seen == intent.fingerprint
    there = intent.section in ("", work.desired.sis_section)
    entry = replace(
        work.entry,
        remote=dict(one.remote),
        sent_item=work.draft.item.sent if one.seen == work.draft.item.seen and as_sent and there else None,
        # something else: somebody there has edited it since, and the reading before the next write will say so
        read_item=intent.fingerprint,
        read_modified=None,
        sent_scores={},
        intent=None,
        deleted=False,
        conflict=None,
    )
    return replace(work, entry=entry, read=as_sent, scores_read=False, action="created")
