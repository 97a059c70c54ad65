"""A review says what a click would do, and does nothing."""

from schemas.gradebook import ApprovedItem, ItemDeleted, ReviewRequested, Score, ScoreFlag, SyncRequested
from schemas.results import ReviewedItem
from streams.intake.review import REVIEWED_AT_MOST
from tests.unit.streams.intake.scenes import MAPPED, Scene, bound, item, manual

ALL = ReviewRequested(review="q")


def _rows(scene: Scene, question: ReviewRequested = ALL) -> dict[str, ReviewedItem]:
    (review,) = scene.tell(question).reviews
    return {row.item: row for row in review.items}


def test_it_tells_what_would_be_sent_and_why_not() -> None:
    scene = manual()
    scene.tell(item("good"), item("bad", category=None))

    rows = _rows(scene)

    assert (rows["good"].code, rows["good"].sis_category, rows["good"].due_date) == (None, "H", "2026-10-05")
    assert (rows["bad"].code, rows["bad"].fingerprint) == ("CATEGORY_REQUIRED", "")


def test_it_writes_to_no_topic_but_its_own_and_changes_no_state() -> None:
    scene = manual()
    scene.tell(item())

    told = scene.tell(ALL)

    assert [row.topic for row in told.out.rows] == ["sync.reviews"]


def test_what_it_shows_can_be_approved_until_the_item_changes() -> None:
    scene = manual()
    scene.tell(item())
    shown = _rows(scene)["i1"]
    approval = SyncRequested(run="r", approved=(ApprovedItem(item="i1", fingerprint=shown.fingerprint),))

    assert scene.tell(approval).outcomes == [("i1", "QUEUED", None)]
    assert scene.tell(item(title="Lab 2"), approval).outcomes[-1] == ("i1", "ERROR", "APPROVAL_OUTDATED")
    assert scene.tell(MAPPED, approval).desired() == []


def test_a_draft_would_not_be_sent_and_is_no_error() -> None:
    scene = manual()
    scene.tell(item(published=False))

    row = _rows(scene)["i1"]

    assert (row.code, row.fingerprint) == (None, "")


def test_an_item_asked_about_by_name_is_told_even_when_unknown() -> None:
    rows = _rows(manual(), ReviewRequested(review="q", items=("nope",)))

    assert (rows["nope"].code, rows["nope"].title) == ("ITEM_UNKNOWN", "nope")


def test_deleted_items_are_told_when_the_system_has_them() -> None:
    scene = manual()
    scene.tell(item("sent"), SyncRequested(run="r"), item("never"))
    scene.tell(ItemDeleted(item="sent"), ItemDeleted(item="never"))

    rows = _rows(scene)

    assert list(rows) == ["sent"]
    assert rows["sent"].deleted


def test_marks_the_system_would_lose_are_named() -> None:
    scene = manual()
    scene.tell(item(scores=(Score(student="s1", letter="A", flags=(ScoreFlag.LATE, ScoreFlag.ABSENT)),)))

    assert _rows(scene)["i1"].lost == ("absent", "letter")


def test_an_unbound_section_says_so_of_every_item() -> None:
    scene = Scene()
    scene.tell(item("i1"), item("i2"))

    assert {row.code for row in _rows(scene).values()} == {"SECTION_NOT_BOUND"}


def test_it_lists_no_more_than_it_has_room_for_and_counts_all() -> None:
    scene = Scene()
    scene.tell(bound(), *(item(f"i{n}", scores=()) for n in range(REVIEWED_AT_MOST + 5)))

    (review,) = scene.tell(ALL).reviews

    assert (len(review.items), review.total) == (REVIEWED_AT_MOST, REVIEWED_AT_MOST + 5)
