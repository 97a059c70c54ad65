"""The common results the short way: Queued and Observed, folded into rows that stay bytes.

They are nine results of ten that intake writes. `take` answers False for every other, having done nothing; a test
holds it to `fold.fold_row` over random rows and results.
"""

from schemas import shape, splice
from schemas.registry import schemas
from schemas.results import Outcome, RowState
from streams.status.log import SectionLog
from streams.status.rows import COMMON_ROW

_RESULT = shape.resolve(schemas().current("SyncResult").schema)
_OBSERVED = splice.symbol(list(Outcome).index(Outcome.OBSERVED))
_QUEUED = splice.symbol(list(Outcome).index(Outcome.QUEUED))
_ROW_QUEUED = splice.symbol(list(RowState).index(RowState.QUEUED))
_ROW_NEW = splice.symbol(list(RowState).index(RowState.NOT_YET_SYNCED))
_NEVER = splice.long(-1)
_NO_SUCCESS = splice.NULL + _NEVER + splice.NULL
_NO_ERROR = b"\x00\x00\x00\x00\x00"


def _of(name: str) -> bytes:
    return shape.pattern(shape.field_type(_RESULT, name))


def _kept(pattern: bytes) -> bytes:
    return b"(" + pattern + b")"


#: Groups: item, revision, outcome, version, at, kind, title, deleted, SIS.
_COMMON_RESULT = shape.compiled(
    [
        _kept(shape.string(shortest=1)),
        _kept(_of("revision")),
        b"\x00",
        b"([" + _OBSERVED + _QUEUED + b"])",
        _kept(_of("version")),
        _kept(_of("at")),
        _kept(_of("kind")),
        _kept(_of("title")),
        _kept(_of("deleted")),
        _kept(_of("sis")),
        _of("run"),
        rb"\x00\x00\x00",
        _of("fingerprint"),
        rb"\x00\x00\x00\x00",
    ]
)


def take(log: SectionLog, value: bytes) -> bytes | None:
    """Fold a result into its section's log: the item whose row changed, b"" when none did; None when it is not a
    common one.
    """
    if not value.startswith(log.result_prefix):
        return None
    match = _COMMON_RESULT.fullmatch(value, len(log.result_prefix))
    if match is None:
        return None
    item, revision, outcome, version, at, kind, title, deleted, sis = match.groups()
    before = log.row(item)
    head = (item, kind, title)
    if before is None:
        if outcome == _QUEUED:
            tail = (
                _ROW_QUEUED,
                deleted,
                version,
                revision,
                revision,
                b"\x00",
                at,
                _NO_SUCCESS,
                sis,
                _NO_ERROR,
            )
        else:
            tail = (_ROW_NEW, deleted, version, revision, _NEVER, _NEVER, at, _NO_SUCCESS, sis, _NO_ERROR)
    else:
        row = COMMON_ROW.match(before)
        if row is None:
            return None
        if not splice.greater(revision, row[7]):
            return None
        if row[7] != row[8] and not splice.greater(revision, row[8]):
            return None
        if outcome == _QUEUED:
            tail = (_ROW_QUEUED, deleted, version, revision, revision, b"\x00", at, row[11], sis, _NO_ERROR)
        else:
            tail = (
                row[4],
                deleted,
                version,
                revision,
                row[8],
                row[9],
                row[10],
                row[11],
                sis,
                before[row.end() :],
            )
    log.put(item, b"".join(head + tail), at)
    return item if outcome == _QUEUED else b""
