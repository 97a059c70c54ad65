"""The Aeries adapter, and how many calls each step costs.

Aeries chooses the ids and a create may not be repeated, so the create protocol is needed; ExternalID takes our
marker, and a look-up knows the item by that alone.

    new item with scores        POST assignment, POST scores                                      2 calls
    new item without scores     POST assignment                                                   1
    nothing changed             none                                                              0
    a score changed             GET assignment, GET scores, POST scores (that one only)           3
    a field changed             GET assignment, PUT assignment                                    2
    both                        GET assignment, GET scores, PUT, POST scores                      4
    deleted                     none: there is no delete, the row says what to do by hand         0
    unknown create              GET the gradebook's assignments                                   1

and for the first create of a gradebook within CATEGORY_SECONDS one GET of its categories: Aeries files an item under
its first category when the code is bad or missing [D:AER-GB], so none is sent unchecked, and one that came back under
another code is an outcome to look up. The GET before a PUT is the protocol's own reading: Comment and
GradingCompleted go back as read. AssignmentNumber is never kept, a teacher may renumber; UniqueID never changes.

A score array refused as a whole is sent again without the students its Message names by number, or halved until the
offenders stand alone. The answer lists every score of the
assignment: a student who is not on the list is not in the section.

Ids. `sis_section` is a GradebookNumber, "4321", or SchoolCode_SectionNumber as Aeries' OneRoster has it, "994_1001":
then its gradebook is found with one more call per GRADEBOOK_SECONDS, and when it has several, `sis_teacher`
(TeacherNumber) and the due date must leave one. Students are StudentID, categories the one-character Code.
remote: "assignment" (UniqueID), "gradebook", "class" (the sis_section it was made for).

DatabaseYear is never sent: a bad value falls back to another year without a word [D:AER-BUILD].
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from adapters import batches
from adapters.addresses import AddressPolicy
from adapters.aeries import directory, mapping
from adapters.aeries.auth import signer
from adapters.aeries.client import TABLE, Client
from adapters.calls import Caller, Json
from adapters.contract import Candidate, Capabilities, Directory, Draft, Finding, Found, Job, Sent
from adapters.credentials import resolve
from adapters.errors import Refused, Retry, UnknownOutcome
from adapters.http import CALL_SECONDS, Pace, Transport
from adapters.last_read import LastRead
from adapters.remembered import Remembered
from schemas.desired import DesiredItem
from schemas.district import DistrictConfig, SisCategory
from schemas.policies import CHECK_SCORES
from schemas.results import ScoreProblem

#: Seconds for which a gradebook's categories, and a section's gradebook, are taken as read.
CATEGORY_SECONDS, GRADEBOOK_SECONDS = 60.0, 300.0

#: Seconds a server may take to show a create after the calls around it ended; nothing is published [I].
LATE = 60.0

CAPABILITIES = Capabilities(
    vendor_ids=False,
    deletes=False,  # none is documented
    detects_edits=True,
    reads_scores=True,
    scores_per_call=500,  # no cap is given [I]; one section fits
    searchable=True,
    marker=True,
    creates_categories=False,
    calendar=True,
).within(CALL_SECONDS, LATE)


class Aeries:
    """One district's Aeries."""

    def __init__(
        self,
        client: Client,
        district: DistrictConfig,
        transport: Transport,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._transport = transport
        self._last = LastRead(clock)
        self._schools = [school.sis_school or school.id for school in district.schools]
        self._codes = Remembered(self._read_codes, CATEGORY_SECONDS, clock)
        self._gradebooks = Remembered(self._read_gradebooks, GRADEBOOK_SECONDS, clock)
        checks = district.policies.get(CHECK_SCORES) != "no"
        options = district.sis.options
        call = float(options.get("call_seconds", CALL_SECONDS))
        late = float(options.get("lateness_seconds", LATE))
        self.capabilities = replace(CAPABILITIES.within(call, late), reads_scores=checks)

    def draft(self, desired: DesiredItem) -> Draft:
        """Hashes of the decision."""
        return mapping.draft(desired)

    def read(self, job: Job) -> Found:
        """GET assignment."""
        return Found(seen=mapping.item_seen(self._read(job.remote["assignment"])))

    def read_scores(self, job: Job) -> Mapping[str, str]:
        """GET scores by the number the assignment has now; empty cells are left out."""
        unique = job.remote["assignment"]
        number = (self._last.of(unique) or self._read(unique)).get("AssignmentNumber")
        if number is None:
            raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
        lms_ids = {sis: lms for lms, sis in mapping.roster(job.desired).items() if sis}
        standing: dict[str, str] = {}
        for row in self._client.scores(job.remote["gradebook"], str(number)):
            student, seen = str(row.get("StudentID") or ""), mapping.score_seen(row)
            if student and seen:
                standing[lms_ids.get(student, student)] = seen
        return standing

    def create(self, job: Job) -> Mapping[str, str]:
        """POST assignment, under a category known to be there."""
        desired = job.desired
        try:
            gradebook = self._gradebook(desired)
            self._check_category(gradebook, desired.sis_category)
        except UnknownOutcome as error:
            raise Retry(error.code, error.after) from None  # of a reading: nothing was made
        rows = self._client.create(gradebook, mapping.created(desired, job.marker))
        if len(rows) > 1:
            rows = [row for row in rows if str(row.get("GradebookNumber")) == gradebook]
        if len(rows) != 1 or not rows[0].get("UniqueID"):
            raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
        if mapping.category(rows[0]) not in ("", desired.sis_category):
            self._codes.forget(gradebook)
            raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
        return _remote(rows[0], gradebook, desired)

    def look_up(self, job: Job) -> Sequence[Candidate]:
        """Assignments that carry our marker."""
        gradebook = self._gradebook(job.desired)
        candidates = []
        for found in self._client.assignments(gradebook):
            if str(found.get("ExternalID") or "") == job.marker and found.get("UniqueID"):
                seen = mapping.item_seen(found)
                age = str(found.get("AssignmentNumber") or "").zfill(12)
                candidates.append(
                    Candidate(remote=_remote(found, gradebook, job.desired), seen=seen, age=age)
                )
        return sorted(candidates, key=lambda one: one.age)

    def write(self, job: Job) -> Mapping[str, str]:
        """PUT assignment, with the teacher's own fields as they stand."""
        desired, unique = job.desired, job.remote["assignment"]
        moved = job.remote.get("class") != desired.sis_section
        if moved and self._gradebook(desired) != job.remote["gradebook"]:
            raise Refused("MOVE_BY_HAND")
        _sendable(desired)
        found = self._last.of(unique) or self._read(unique)
        self._last.forget()
        self._client.replace(unique, mapping.replaced(desired, found, job.marker))
        return {"assignment": unique, "gradebook": job.remote["gradebook"], "class": desired.sis_section}

    def send_scores(self, job: Job, students: Sequence[str]) -> Sent:
        """POST scores of these students."""
        ids, wanted = mapping.roster(job.desired), set(students)
        rows: dict[str, Json] = {
            score.student: {
                "StudentID": int(ids.get(score.student) or score.student),
                "NumberCorrect": mapping.number(score),
            }
            for score in job.desired.content.scores or ()
            if score.student in wanted
        }
        unique = job.remote["assignment"]
        return batches.send(rows, lambda batch: self._post(unique, batch), "StudentID")

    def delete(self, job: Job) -> None:
        """Aeries has no call for it."""
        raise Refused("DELETE_BY_HAND")

    def directory(self, sections: Sequence[str], schools: Sequence[str]) -> Directory:
        """Categories per section's gradebook; terms and calendar per school."""
        return directory.read(self._client, self._only_gradebook, sections, schools)

    def create_category(self, section: str, title: str) -> SisCategory:
        """Categories can only be read."""
        raise Refused("SIS_REFUSED_CATEGORY")

    def check(self, section: str | None) -> Sequence[Finding]:
        """The self-test."""
        return directory.check(self._client, self._only_gradebook, self._schools, section)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _post(self, unique: str, batch: Mapping[str, Json]) -> Sent:
        standing = {str(row.get("StudentID")) for row in self._client.post_scores(unique, [*batch.values()])}
        out = [
            student
            for student, row in batch.items()
            if row["NumberCorrect"] is not None and str(row["StudentID"]) not in standing
        ]
        return Sent(
            accepted={student: None for student in batch if student not in out},
            problems=tuple(ScoreProblem(student=one, code="STUDENT_NOT_IN_SECTION") for one in out),
        )

    def _read(self, unique: str) -> Json:
        found = self._client.assignment(unique)
        self._last.keep(unique, found)
        return found

    def _read_codes(self, gradebook: str) -> frozenset[str]:
        return frozenset(str(row.get("Code")) for row in self._client.categories(gradebook))

    def _read_gradebooks(self, section: tuple[str, str]) -> list[Json]:
        return self._client.gradebooks(*section)

    def _check_category(self, gradebook: str, code: str) -> None:
        """Refused when the gradebook has no such category; a code that was there a moment ago is believed."""
        if code not in self._codes.get(gradebook, lambda known: code in known):
            raise Refused("SIS_REFUSED_CATEGORY")

    def _gradebook(self, desired: DesiredItem) -> str:
        return self._only_gradebook(desired.sis_section, desired.sis_teacher or "", desired.due_date)

    def _only_gradebook(self, sis_section: str, teacher: str = "", due: str = "") -> str:
        """GradebookNumber of a section. Refused when there is none, or more than one fits."""
        number = mapping.gradebook(sis_section)
        if number is not None:
            return number
        named = mapping.school_section(sis_section)
        if named is None:
            raise Refused("SECTION_NOT_IN_SIS")
        fitting = mapping.fitting(self._gradebooks.get(named), teacher, due)
        if not fitting:
            raise Refused("SECTION_NOT_IN_SIS")
        if len(fitting) > 1:
            raise Refused("SECTION_AMBIGUOUS_IN_SIS", {"count": str(len(fitting))})
        return fitting[0]


def _sendable(desired: DesiredItem) -> None:
    """A code of one character, or Aeries cannot have it."""
    if len(desired.sis_category) != 1:
        raise Refused("SIS_REFUSED_CATEGORY")


def _remote(found: Json, gradebook: str, desired: DesiredItem) -> Mapping[str, str]:
    return {"assignment": str(found["UniqueID"]), "gradebook": gradebook, "class": desired.sis_section}


def connect(district: DistrictConfig, pace: Pace) -> Aeries:
    """The adapter of a district's connection; `pace` is waited for before each call.

    Misconfigured when address, certificate or method will not do.
    """
    sis = district.sis
    policy = AddressPolicy(allow_private=sis.allow_private_addresses)
    policy.check_url(sis.base_url)
    signing = signer(sis.auth, resolve(sis.secret_ref))
    transport = Transport(
        policy,
        slots=max(sis.concurrency, 1),
        seconds=float(sis.options.get("call_seconds", CALL_SECONDS)),
        ca_file=sis.options.get("ca_file"),
        pace=pace,
    )
    return Aeries(Client(Caller(transport, _base(sis.base_url), signing, TABLE)), district, transport)


def _base(url: str) -> str:
    """`/api/v5` is added unless the address already names a version."""
    plain = url.rstrip("/")
    return plain if "/api/v" in urlsplit(plain).path.lower() else f"{plain}/api/v5"
