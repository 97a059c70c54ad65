"""What one item's next call is: desired minus ledger. Pure: values in, values out; engine.py makes the calls.

    in the SIS?   no   WRITE -> SCORES                                a system that gives ids: CREATE (creation.py)
                  ?    LOOK_UP                                        after a create whose outcome is unknown
                  yes  READ -> READ_SCORES -> WRITE -> SCORES         each only when there is something it is needed for
    deleted       READ -> DELETE

A step that is done is kept in the ledger entry, so a later try goes on where the last one stopped. A READ that shows
something else than we left there ends the decision with CHANGED_IN_SIS or DELETED_IN_SIS; nothing is written until a
decision brings the teacher's choice:

    SEND_LMS   the LMS's copy: item and every score are sent
    KEEP_SIS   the SIS's copy stays and is what later readings are held against; nothing is sent
    ADOPT      the item's fields stay as the SIS has them; the scores are the LMS's

After CHANGED_IN_SIS a teacher may also delete the item in the SIS, as the message says, and sync again; and after
DELETED_IN_SIS, sync again: the item is then created anew, under a new id of ours. An item found missing with no
such message before is never created anew by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from adapters.contract import Capabilities, Draft, Found, Sent
from schemas.desired import DesiredItem
from schemas.gradebook import Choice
from schemas.ledger import Intent, LedgerEntry
from schemas.results import Outcome, ScoreProblem

CHANGED = "CHANGED_IN_SIS"
DELETED = "DELETED_IN_SIS"
REVIEW = "NEEDS_REVIEW"

#: Tries after which a row shows an error; trying goes on, and a later success has the higher step.
PATIENCE = 8


class Step(StrEnum):
    """One call."""

    READ = "READ"
    READ_SCORES = "READ_SCORES"
    WRITE = "WRITE"
    SCORES = "SCORES"
    DELETE = "DELETE"
    #: Of systems that give the ids: needs an intent in the ledger first, and a look-up after an unknown outcome.
    CREATE = "CREATE"
    LOOK_UP = "LOOK_UP"


@dataclass(frozen=True, slots=True)
class End:
    """The decision ended. `action` is the receipt's word."""

    outcome: Outcome
    action: str
    code: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[ScoreProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One attempt at one decision.

    `entry` moves on with every step. `inherited` says that an earlier owner may have begun with the item without
    leaving a trace in the ledger. `read` and `scores_read` are set by this attempt's readings or made needless by its
    own writing. `told`: what each call said of its scores. `absent`: a look-up found nothing, so a create may be sent
    again. `surplus`: items found that carry our marker beside the one adopted.
    """

    desired: DesiredItem
    draft: Draft
    entry: LedgerEntry
    can: Capabilities
    inherited: bool = False
    reborn: bool = False
    absent: bool = False
    surplus: int = 0
    read: bool = False
    scores_read: bool = False
    scores_done: bool = False
    action: str | None = None
    calls: int = 0
    sent: int = 0
    problems: tuple[ScoreProblem, ...] = ()
    told: tuple[Sent, ...] = ()
    end: End | None = None


def blank_entry(desired: DesiredItem) -> LedgerEntry:
    """The ledger of an item nobody has told the SIS about."""
    return LedgerEntry(
        tenant=desired.tenant,
        section=desired.section,
        item=desired.item,
        generation=0,
        sequence=0,
        revision=-1,
        step=0,
        trying=-1,
        tries=0,
        next_try_at=None,
        intent=None,
        life=0,
        remote={},
        sent_item=None,
        sent_scores={},
        read_item=None,
        read_modified=None,
        deleted=False,
        conflict=None,
        outcome=None,
        code=None,
        params={},
        problems=(),
        receipt=None,
    )


def begin(work: Work) -> Work:
    """Before the first step: SEND_LMS makes everything look unsent, so that all of it is sent."""
    if work.desired.choice is Choice.SEND_LMS and not work.desired.deleted:
        sent = {student: f".{_seen(mark)}" for student, mark in work.entry.sent_scores.items()}
        entry = replace(work.entry, sent_item=None, sent_scores=sent)
        return replace(work, entry=entry, read=True, scores_read=True)
    return work


def next_step(work: Work) -> Step | End:
    """The next call, or how the decision ended."""
    if work.end is not None:
        return work.end
    if work.desired.deleted:
        return _removal(work)
    if not work.entry.remote:
        if work.can.vendor_ids:
            return Step.WRITE
        return Step.LOOK_UP if work.entry.intent and not work.absent else Step.CREATE
    changed = work.entry.sent_item != work.draft.item.sent
    scores = () if work.scores_done else pending(work)
    if not (changed or scores or work.entry.conflict):
        return ended(work)
    if work.can.detects_edits and not work.read:
        return Step.READ
    reads = scores or work.desired.choice is Choice.KEEP_SIS or work.entry.conflict
    if reads and work.can.reads_scores and not work.scores_read:
        return Step.READ_SCORES
    if work.desired.choice is Choice.KEEP_SIS:
        return End(Outcome.SUCCESSFUL, "kept")
    if changed:
        return Step.WRITE
    return Step.SCORES if scores else ended(work)


def _removal(work: Work) -> Step | End:
    entry = work.entry
    if not entry.remote and entry.intent and not work.can.vendor_ids:
        return Step.LOOK_UP
    if not entry.remote and not (work.can.vendor_ids and (work.inherited or entry.intent)):
        return End(Outcome.SUCCESSFUL, work.action or "unchanged")
    if not work.can.deletes:
        return End(Outcome.ERROR, "unchanged", "DELETE_BY_HAND")
    if work.desired.choice in (Choice.KEEP_SIS, Choice.ADOPT):
        if entry.remote and work.can.detects_edits and not work.read:
            return Step.READ  # what is kept is what later readings are held against
        return End(Outcome.SUCCESSFUL, "kept")
    guarded = work.can.detects_edits and work.desired.choice is not Choice.SEND_LMS
    if entry.remote and guarded and not work.read:
        return Step.READ
    return Step.DELETE


def pending(work: Work) -> tuple[str, ...]:
    """Students whose score differs from the one the SIS last accepted, `scores_per_call` at most."""
    known = work.entry.sent_scores
    refused = {problem.student for problem in work.problems}
    waiting = (
        student
        for student, prints in work.draft.scores.items()
        if student not in refused
        and _sent(known.get(student, "")) != prints.sent
        and not (student in work.draft.blanks and student not in known)
    )
    return tuple(student for _, student in zip(range(work.can.scores_per_call), waiting, strict=False))


def ended(work: Work) -> End:
    """All that could be done is done: are all scores in?"""
    problems = work.draft.problems + work.problems
    action = work.action or "unchanged"
    if not problems:
        return End(Outcome.SUCCESSFUL, action)
    params = {"refused": str(len(problems)), "total": str(total(work))}
    return End(Outcome.ERROR, action, "SCORES_NOT_ACCEPTED", params, problems)


def total(work: Work) -> int:
    """Scores that should stand in the SIS."""
    if work.desired.deleted:
        return 0
    return len(work.draft.scores) - len(work.draft.blanks) + len(work.draft.problems)


def accepted(work: Work) -> int:
    """Scores that do."""
    known = work.entry.sent_scores
    return sum(
        1
        for student, prints in work.draft.scores.items()
        if student not in work.draft.blanks and _sent(known.get(student, "")) == prints.sent
    )


def after_read(work: Work, found: Found | None) -> Work:
    """`found` is None when the SIS has no such item."""
    if found is None:
        return _missing(replace(work, read=True))
    entry = work.entry
    work = replace(work, read=True)
    same_stamp = bool(found.modified) and found.modified == entry.read_modified
    entry = replace(entry, read_modified=found.modified or None)
    if same_stamp or found.seen == entry.read_item:
        return replace(work, entry=entry)
    if work.desired.choice in (Choice.KEEP_SIS, Choice.ADOPT):
        kept = replace(entry, read_item=found.seen, sent_item=work.draft.item.sent)
        action = "kept" if work.desired.choice is Choice.KEEP_SIS else "adopted"
        return replace(work, entry=kept, action=action)
    if not work.desired.deleted and found.seen == work.draft.item.seen:
        # both sides came to the same: nothing would be overwritten
        return replace(work, entry=replace(entry, read_item=found.seen))
    return _conflict(replace(work, entry=replace(entry, read_modified=None)), CHANGED)


def _missing(work: Work) -> Work:
    if work.desired.deleted:
        gone = replace(work.entry, remote={}, deleted=True, conflict=None)
        return replace(work, entry=gone, end=End(Outcome.SUCCESSFUL, "deleted"))
    if work.desired.choice is Choice.KEEP_SIS:
        return replace(work, end=End(Outcome.SUCCESSFUL, "kept"))
    if work.entry.conflict:
        # the teacher deleted it there, as CHANGED_IN_SIS asks, or synced again after DELETED_IN_SIS
        return replace(work, entry=_reborn(work.entry), scores_read=True)
    return _conflict(work, DELETED)


def _reborn(entry: LedgerEntry) -> LedgerEntry:
    """To be created under a new id: one that somebody deleted in the SIS is answered 404 ever after."""
    return replace(_forgotten(entry), life=entry.life + 1)


def _forgotten(entry: LedgerEntry) -> LedgerEntry:
    return replace(
        entry, remote={}, sent_item=None, sent_scores={}, read_item=None, read_modified=None, conflict=None
    )


def _conflict(work: Work, code: str, problems: tuple[ScoreProblem, ...] = ()) -> Work:
    end = End(Outcome.ERROR, "unchanged", code, problems=problems)
    return replace(work, entry=replace(work.entry, conflict=code), end=end)


def after_read_scores(work: Work, standing: Mapping[str, str]) -> Work:
    """Compare what stands with what we left there, for the scores about to be overwritten.

    An empty cell holds nothing to overwrite, and one that shows what would be sent loses nothing.
    """
    work = replace(work, scores_read=True)
    known = dict(work.entry.sent_scores)
    keep = work.desired.choice is Choice.KEEP_SIS
    edited: list[str] = []
    for student, prints in work.draft.scores.items():
        there = standing.get(student, "")
        mark = known.get(student, "")
        if not mark and student in work.draft.blanks:
            continue  # the LMS has nothing to say about this cell
        if keep:
            known[student] = f"{prints.sent}.{there}"
        elif not there or there == _seen(mark) or _sent(mark) == prints.sent:
            continue
        elif there != prints.seen:
            edited.append(student)
    work = replace(work, entry=replace(work.entry, sent_scores=known))
    if keep:
        kept = replace(work.entry, sent_item=work.draft.item.sent, conflict=None)
        return replace(work, entry=kept, end=End(Outcome.SUCCESSFUL, "kept"))
    if edited and work.desired.choice is not Choice.ADOPT:
        return _conflict(work, CHANGED, tuple(ScoreProblem(student=s, code=CHANGED) for s in edited))
    return work


def after_write(work: Work, remote: Mapping[str, str]) -> Work:
    """The item is in; what it held before of scores is known or none."""
    entry = work.entry
    created = not entry.remote
    moved = not created and entry.remote.get("class") != remote.get("class")
    kept = {} if created else entry.remote
    entry = replace(
        entry,
        remote={**kept, **remote},
        sent_item=work.draft.item.sent,
        read_item=work.draft.item.seen,
        read_modified=None,
        sent_scores={} if created or moved else entry.sent_scores,
        intent=None,
        deleted=False,
    )
    return replace(
        work,
        entry=entry,
        read=True,
        scores_read=work.scores_read or created,
        action=work.action or ("created" if created else "updated"),
    )


def after_scores(work: Work, students: tuple[str, ...], sent: Sent) -> Work:
    """Remember the accepted; the refused are not in the ledger, so a later decision sends them again."""
    marks = dict(work.entry.sent_scores)
    remote = dict(work.entry.remote)
    for student, given in sent.accepted.items():
        prints = work.draft.scores[student]
        marks[student] = f"{prints.sent}.{prints.seen}"
        if given is not None:
            remote[f"result:{student}"] = given
    work = replace(
        work,
        entry=replace(work.entry, sent_scores=marks, remote=remote),
        problems=work.problems + sent.problems,
        told=(*work.told, sent),
        sent=work.sent + len(students),
        action=work.action or "updated",
    )
    return replace(work, scores_done=not pending(work))


def after_delete(work: Work) -> Work:
    """The item and its scores are out."""
    entry = replace(_forgotten(work.entry), deleted=True, intent=None)
    return replace(work, entry=entry, end=End(Outcome.SUCCESSFUL, "deleted"))


def after_gone(work: Work, step: Step) -> Work:
    """A write found no item where one should be, or an id of ours that is used up.

    A PUT that creates gets one new id; if that is unknown too, it is the section that the SIS does not have.
    """
    if step is Step.DELETE:
        return after_delete(work)
    if step in (Step.CREATE, Step.LOOK_UP):
        return replace(work, end=End(Outcome.ERROR, "unchanged", "SECTION_NOT_IN_SIS"))
    creates = not work.entry.remote or work.desired.choice is Choice.SEND_LMS
    if step is not Step.WRITE or not creates:
        return _conflict(work, DELETED)
    if work.reborn:
        return replace(work, end=End(Outcome.ERROR, "unchanged", "SECTION_NOT_IN_SIS"))
    return replace(work, entry=_reborn(work.entry), reborn=True, scores_read=True)


def after_unknown(work: Work, step: Step, at: int) -> Work:
    """A create that may have taken effect: a delete must not believe that there is nothing to delete."""
    if step is not Step.WRITE or work.entry.remote:
        return work
    intent = Intent(
        revision=work.desired.revision,
        attempt=work.entry.tries,
        marker="",
        at=at,
        fingerprint=work.desired.fingerprint,
        section=work.desired.sis_section,
        teacher=work.desired.sis_teacher,
    )
    return replace(work, entry=replace(work.entry, intent=intent))


def _sent(mark: str) -> str:
    return mark.partition(".")[0]


def _seen(mark: str) -> str:
    return mark.partition(".")[2]
