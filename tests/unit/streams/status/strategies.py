"""Random results of one section, as Hypothesis makes them."""

from hypothesis import strategies as st

from schemas.gradebook import ItemKind, Sis
from schemas.results import Outcome, Receipt, ScoreProblem, SyncResult

_receipts = st.builds(
    Receipt,
    action=st.sampled_from(["created", "unchanged"]),
    remote=st.just({"lineItem": "9"}),
    calls=st.integers(0, 3),
    scores_sent=st.just(2),
    scores_accepted=st.just(2),
    scores_total=st.just(2),
)


@st.composite
def results(draw: st.DrawFn, items: tuple[str, ...] = ("i1", "i2")) -> SyncResult:
    """A result that the flow could tell. What a revision says of the item is the same in all its results."""
    item = draw(st.sampled_from(items))
    revision = draw(st.integers(0, 6))
    outcome = draw(st.sampled_from(list(Outcome)))
    step = draw(st.integers(0, 5)) if outcome not in (Outcome.OBSERVED, Outcome.QUEUED) else 0
    failed = outcome is Outcome.ERROR
    return SyncResult(
        tenant="d",
        section="s",
        item=item,
        revision=revision,
        step=step,
        outcome=outcome,
        version=revision,
        at=1_790_000_000_000 + 10 * revision + step,
        kind=ItemKind.TEST,
        title=f"Lab {revision}" + ("é" if revision == 5 else "") + ("x" * 250 if revision == 6 else ""),
        deleted=revision % 2 == 1,
        sis=Sis.AERIES if revision else None,
        code=f"CODE_{step}" if failed else None,
        params={"limit": "50"} if failed else {},
        fingerprint=f"f{revision}" if outcome is Outcome.SUCCESSFUL else None,
        problems=(ScoreProblem(student="s1", code="SCORE_NOT_ACCEPTED"),) if failed and step % 2 else (),
        receipt=draw(_receipts) if outcome is Outcome.SUCCESSFUL and step == 2 else None,
    )
