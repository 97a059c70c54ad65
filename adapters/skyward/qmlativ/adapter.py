"""Qmlativ by its Generic API, and how many calls each step costs.

The SIS gives the ids, and creating is not repeatable: the create protocol applies. AssignmentSyncKey carries the
marker; that Skyward keeps what is written there is a guess [I], and a district where it does not says so with the
option `marker_kept = "no"`: items are then looked up by title, due date, points and category. Scores are written one
row per call [I]; n is the number of scores that changed. A list ends with a page that brings nothing new: two calls.

    new item with n scores      PUT Assignment, n x PUT StudentAssignment                         1 + n
    new item without scores     PUT Assignment                                                    1
    nothing changed             none                                                              0
    n scores changed            GET Assignment, list StudentAssignment, n x POST (or PUT)         3 + n
    a field changed             GET Assignment, POST Assignment                                   2
    both                        GET, list, POST Assignment, n x POST StudentAssignment            4 + n
    deleted                     GET Assignment, DELETE                                            2
    look-up after a lost create list Assignment of the section                                    2
    directory                   list GradebookCategory; list GradingPeriod and its configuration per school
    check                       GET Assignment, lists of categories, clarifiers, scores, periods  5

The district's clarifiers are listed once, before the first late or incomplete score. Score rows are read before they
are written unless the item was created a moment ago; with `check_scores_in_sis = no` the writing step reads them.
A row whose creation was not answered is not made again by this process before the lateness is over.
A student's `sis_student` is the StudentSectionID here: the only student id a row has [D3:RQ].
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from adapters import checks
from adapters.contract import Candidate, Capabilities, Directory, Draft, Finding, Found, Job, Sent
from adapters.errors import DeliveryError, Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.http import CALL_SECONDS, Transport
from adapters.oneroster.adapter import moved
from adapters.oneroster.calls import Json, Signer
from adapters.oneroster.mapping import draft, roster
from adapters.skyward.qmlativ import client as calls
from adapters.skyward.qmlativ import mapping
from adapters.skyward.qmlativ.client import ASSIGNMENT, STUDENT_ASSIGNMENT, Client
from adapters.skyward.qmlativ.rows import Rows
from schemas.desired import DesiredItem
from schemas.district import DistrictConfig, MarkingPeriod, SisCategory
from schemas.gradebook import Score, ScoreFlag
from schemas.policies import CHECK_SCORES
from schemas.results import ScoreProblem

#: Seconds a server may take to show a create after the calls around it ended; nothing is published [I].
LATE = 60.0

CAPABILITIES = Capabilities(
    vendor_ids=False,
    deletes=True,
    detects_edits=True,
    reads_scores=True,
    scores_per_call=1,
    searchable=True,
    marker=True,
    calendar=True,
).within(CALL_SECONDS, LATE)
#: An id that no object has.
NOBODY = "0"


class Qmlativ:
    """One district's Qmlativ."""

    def __init__(self, client: Client, district: DistrictConfig, transport: Transport) -> None:
        options = district.sis.options
        self._client = client
        self._transport = transport
        self._options = options
        self._zone = ZoneInfo(district.time_zone)
        self._lock = threading.Lock()
        self._clarified: Mapping[ScoreFlag, str] | None = None
        late = float(options.get("lateness_seconds", LATE))
        call = float(options.get("call_seconds", CALL_SECONDS))
        self.capabilities = replace(
            CAPABILITIES.within(call, late),
            reads_scores=district.policies.get(CHECK_SCORES) != "no",
            marker=options.get("marker_kept") != "no",
        )
        self._rows = Rows(late)  # doubts begin when their call has ended

    def draft(self, desired: DesiredItem) -> Draft:
        """Hashes of the decision."""
        return draft(desired, mapping.DIALECT)

    def read(self, job: Job) -> Found:
        """GET Assignment. `modified` is ModifiedTime."""
        found = self._client.read(calls.READ_ITEM, ASSIGNMENT, _item(job), mapping.ITEM_FIELDS)
        if found.get("IsDeleted") is True:
            raise Gone
        return Found(seen=mapping.read_item(found, self._zone), modified=str(found.get("ModifiedTime") or ""))

    def read_scores(self, job: Job) -> Mapping[str, str]:
        """List StudentAssignment of the item; empty rows are left out."""
        lms_ids = {sis: lms for lms, sis in roster(job.desired)[0].items()}
        standing: dict[str, str] = {}
        for row in self._read_rows(job):
            student, seen = str(row.get("StudentSectionID") or ""), mapping.read_cell(row)
            if student and seen:
                standing[lms_ids.get(student, student)] = seen
        return standing

    def create(self, job: Job) -> Mapping[str, str]:
        """PUT Assignment, once."""
        fields = mapping.new_assignment(job.desired, self._marker(job))
        made = self._client.create(calls.CREATE_ITEM, ASSIGNMENT, fields)
        self._rows.keep(made, {})
        return {"assignment": made, "class": job.desired.sis_section}

    def write(self, job: Job) -> Mapping[str, str]:
        """POST Assignment. MOVE_BY_HAND where Skyward does not let an item change its section [I]."""
        fields = mapping.assignment(job.desired, self._marker(job))
        try:
            self._client.update(calls.UPDATE_ITEM, ASSIGNMENT, _item(job), fields)
        except Refused as refusal:
            if refusal.code == "SECTION_NOT_IN_SIS" and moved(job):
                raise Refused("MOVE_BY_HAND") from None
            raise
        if moved(job):
            self._rows.forget(_item(job))  # other students, other rows
        return {"assignment": _item(job), "class": job.desired.sis_section}

    def look_up(self, job: Job) -> Sequence[Candidate]:
        """List Assignment of the section: those with the marker, or all where it is not kept."""
        section = job.desired.sis_section
        rows = self._client.find(
            calls.FIND_ITEMS, ASSIGNMENT, mapping.ITEM_FIELDS, {"SectionID": mapping.ident(section)}
        )
        return tuple(
            Candidate(
                remote={"assignment": str(row.get(ASSIGNMENT.key)), "class": section},
                seen=mapping.read_item(row, self._zone),
                age=str(row.get("CreatedTime") or ""),
            )
            for row in rows
            if row.get("IsDeleted") is not True and self._may_be(row, job)
        )

    def send_scores(self, job: Job, students: Sequence[str]) -> Sent:
        """One row each: POST to the row the student has, PUT a new one otherwise."""
        scores = {score.student: score for score in job.desired.content.scores or ()}
        ids, _ = roster(job.desired)
        accepted: dict[str, str | None] = {}
        problems: list[ScoreProblem] = []
        for student in students:
            try:
                self._send(job, ids.get(student, student), scores[student])
            except Refused as refusal:
                problems.append(ScoreProblem(student=student, code=refusal.code, params=refusal.params))
            except DeliveryError:
                self._rows.forget(_item(job))  # whether the row stands is to be read
                raise
            else:
                accepted[student] = None
        return Sent(accepted=accepted, problems=tuple(problems))

    def delete(self, job: Job) -> None:
        """DELETE Assignment; its rows go with it [I]."""
        self._client.delete(calls.DELETE_ITEM, ASSIGNMENT, _item(job))

    def directory(self, sections: Sequence[str], schools: Sequence[str]) -> Directory:
        """The district's categories, which hold for every section; marking periods of each school's entity."""
        listed = self._categories() if sections else iter(())
        return Directory(
            categories=tuple(mapping.categories(listed)),
            marking_periods={school: tuple(self._periods(school)) for school in schools},
        )

    def create_category(self, section: str, title: str) -> SisCategory:
        """Never asked for: categories are the district's."""
        raise Misconfigured("SIS_NOT_SUPPORTED")

    def check(self, section: str | None) -> Sequence[Finding]:
        """Sign in, read what a delivery reads."""
        return checks.findings(self._probes(section))

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _send(self, job: Job, student: str, score: Score) -> None:
        fields = mapping.cell(score, self._clarifiers(score))
        row = self._known_rows(job).get(student)
        try:
            if row is None:
                row = self._new_row(job, student, fields)
            if row is not None:
                self._client.update(calls.UPDATE_SCORE, STUDENT_ASSIGNMENT, row, fields)
        except Gone:
            self.read(job)  # Gone, when it is the item
            self._rows.forget(_item(job))
            raise Refused("STUDENT_NOT_IN_SECTION") from None

    def _new_row(self, job: Job, student: str, fields: Json) -> str | None:
        """PUT StudentAssignment; the row to update instead when Skyward made one by itself.

        Retry while an earlier PUT of it may still take effect.
        """
        if self._rows.doubtful(_item(job), student):
            raise Retry("SIS_UNAVAILABLE", breaks=False)
        whose = {
            "AssignmentID": mapping.ident(_item(job)),
            "SectionID": mapping.ident(job.desired.sis_section),
            "StudentSectionID": mapping.ident(student),
        }
        try:
            made = self._client.create(calls.CREATE_SCORE, STUDENT_ASSIGNMENT, {**whose, **fields})
        except Refused as refusal:
            self._rows.forget(_item(job))
            there = None if refusal.params.get("reason") != "exists" else self._known_rows(job).get(student)
            if there is None:
                raise
            return there
        except UnknownOutcome:
            self._rows.doubt(_item(job), student)
            raise
        self._rows.add(_item(job), student, made)
        return None

    def _known_rows(self, job: Job) -> Mapping[str, str]:
        known = self._rows.of(_item(job))
        if known is None:
            self._read_rows(job)
            known = self._rows.of(_item(job))
        return known or {}

    def _read_rows(self, job: Job) -> Sequence[Json]:
        equal = {ASSIGNMENT.key: mapping.ident(_item(job))}
        rows = tuple(self._client.find(calls.READ_SCORES, STUDENT_ASSIGNMENT, mapping.SCORE_FIELDS, equal))
        self._rows.keep(
            _item(job), {str(row.get("StudentSectionID")): str(row[STUDENT_ASSIGNMENT.key]) for row in rows}
        )
        return rows

    def _clarifiers(self, score: Score) -> Mapping[ScoreFlag, str]:
        if not mapping.wants_clarifiers([score]):
            return {}
        with self._lock:
            if self._clarified is None:
                rows = self._client.find(calls.READ_CLARIFIERS, calls.CLARIFIER, mapping.CLARIFIER_FIELDS)
                self._clarified = mapping.clarifiers(rows, self._options)
            return self._clarified

    def _categories(self) -> Iterator[Json]:
        return self._client.find(calls.READ_CATEGORIES, calls.CATEGORY, mapping.CATEGORY_FIELDS)

    def _periods(self, school: str) -> Iterator[MarkingPeriod]:
        config = self._client.find(
            calls.READ_PERIODS, calls.CONFIG, ("GradingPeriodEditExtensionDays",), entity=school
        )
        days = mapping.extension_days(config)
        rows = self._client.find(calls.READ_PERIODS, calls.PERIOD, mapping.PERIOD_FIELDS, entity=school)
        return mapping.marking_periods(rows, days, datetime.now(self._zone).date())

    def _probes(self, section: str | None) -> Iterator[tuple[str, checks.Probe]]:
        client = self._client
        nobody = {ASSIGNMENT.key: mapping.ident(NOBODY)}
        yield (
            calls.READ_ITEM,
            lambda: client.read(calls.READ_ITEM, ASSIGNMENT, NOBODY, mapping.ITEM_FIELDS),
        )
        yield calls.READ_CATEGORIES, lambda: _first(self._categories())
        yield (
            calls.READ_CLARIFIERS,
            lambda: _first(client.find(calls.READ_CLARIFIERS, calls.CLARIFIER, mapping.CLARIFIER_FIELDS)),
        )
        yield (
            calls.READ_SCORES,
            lambda: _first(client.find(calls.READ_SCORES, STUDENT_ASSIGNMENT, mapping.SCORE_FIELDS, nobody)),
        )
        if section is not None:
            equal = {"SectionID": mapping.ident(section)}
            yield (
                calls.FIND_ITEMS,
                lambda: _first(client.find(calls.FIND_ITEMS, ASSIGNMENT, mapping.ITEM_FIELDS, equal)),
            )
        yield (
            calls.READ_PERIODS,
            lambda: _first(client.find(calls.READ_PERIODS, calls.PERIOD, mapping.PERIOD_FIELDS)),
        )

    def _marker(self, job: Job) -> str:
        return job.marker if self.capabilities.marker else ""

    def _may_be(self, row: Json, job: Job) -> bool:
        return not self.capabilities.marker or row.get("AssignmentSyncKey") == job.marker


def _item(job: Job) -> str:
    return job.remote.get("assignment", NOBODY)


def _first(rows: Iterator[object]) -> None:
    for _ in islice(rows, 1):
        return


def connected(district: DistrictConfig, transport: Transport, signer: Signer) -> Qmlativ:
    """The adapter of a connection. The base ends in `API` [D3:RQ]; `entity` and `school_year` are options."""
    options = district.sis.options
    client = Client(
        transport,
        district.sis.base_url.rstrip("/"),
        signer,
        options.get("entity", calls.DISTRICT),
        options.get("school_year", ""),
    )
    return Qmlativ(client, district, transport)
