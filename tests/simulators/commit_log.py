"""The oracle: an append-only file of JSON lines, one per object the SIS committed.

A line is handed to the operating system, unbuffered, before the reply leaves, so that ``kill -9`` of the
simulator loses nothing it answered for.  Every line has::

    seq        1, 2, 3, ... without gaps, going on over restarts with the same file
    request    the same number for all lines of one request (a bulk POST commits many objects)
    at         wall clock, UTC
    district   code
    by         vendor (through the API) or sis (an edit made by the test's hand)
    verb       put, post, delete, edit
    kind       lineItem, result, category, enrolment, session, holiday
    sourcedId  of the object
    created    true when the object did not exist before
    changed    false when the commit said what was there already
    content    the object after the commit (null after a delete), in the words of OneRoster and the ids of the seed
               in every system; ``externalId`` is the client's own id where the system has a field for it, ``native``
               what only that system keeps (PowerSchool's assignmentid, Aeries' AssignmentNumber)

Only file offsets are held in memory, so that a long run does not grow the process by its log.
"""

import io
import json
import os
import tempfile
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.simulators.world import Json, utc_text

_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Commit:
    """What one object went through."""

    district: str
    by: str
    verb: str
    kind: str
    sourced_id: str
    created: bool
    changed: bool
    content: object


class CommitLog:
    """Appends commits and reads them back from the file."""

    def __init__(self, path: Path | None = None) -> None:
        """Without a path the file is temporary and gone at the end."""
        self._file = _opened(path)
        self._starts = array("Q")
        self._request = 0
        self._index()

    def append(self, commits: list[Commit]) -> None:
        """Write the commits of one request in one unbuffered go."""
        self._request += 1
        at = utc_text(int(time.time() * 1000))
        written = bytearray()
        for commit in commits:
            self._starts.append(self._end + len(written))
            written += _encode(self._line(commit, at)).encode() + b"\n"
        self._file.write(written)
        self._end += len(written)

    def read(self, after: int = 0, district: str | None = None, limit: int = 100_000) -> Iterator[Json]:
        """The commits with a seq above ``after``, oldest first, from at most ``limit`` lines of the log."""
        first = max(after, 0)
        if first >= len(self._starts):
            return
        last = first + limit
        end = self._starts[last] if last < len(self._starts) else self._end
        for line in os.pread(
            self._file.fileno(), end - self._starts[first], self._starts[first]
        ).splitlines():
            found: Json = json.loads(line)
            if district in (None, found["district"]):
                yield found

    def everything(self, district: str) -> Iterator[Json]:
        """All commits of a district, oldest first, a part of the file at a time."""
        for after in range(0, len(self._starts), 10_000):
            yield from self.read(after, district, 10_000)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _line(self, commit: Commit, at: str) -> Json:
        return {
            "seq": len(self._starts),
            "request": self._request,
            "at": at,
            "district": commit.district,
            "by": commit.by,
            "verb": commit.verb,
            "kind": commit.kind,
            "sourcedId": commit.sourced_id,
            "created": commit.created,
            "changed": commit.changed,
            "content": commit.content,
        }

    def _index(self) -> None:
        start = 0
        for line in io.BytesIO(os.pread(self._file.fileno(), os.fstat(self._file.fileno()).st_size, 0)):
            if not line.endswith(b"\n"):
                # A power cut may tear the last line; it was never answered for.
                self._file.truncate(start)
                break
            self._starts.append(start)
            start += len(line)
            self._request = int(json.loads(line)["request"])
        self._end = start


def _opened(path: Path | None) -> IO[bytes]:
    if path is None:
        return tempfile.TemporaryFile("a+b", buffering=0)
    return path.open("a+b", buffering=0)
