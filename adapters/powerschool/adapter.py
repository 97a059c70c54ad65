"""The PowerSchool adapter, and how many calls each step costs.

PowerSchool chooses the ids and answers a create without a body, so the create protocol is needed; no field takes a
marker of ours, so a look-up compares name, due date, points and category.

    new item with scores        POST assignment, GET assignment, PUT scores                       3 calls
    new item without scores     POST assignment, GET assignment                                   2
    nothing changed             none                                                              0
    a score changed             GET assignment, GET scores, PUT scores (that one only)            3
    a field changed             GET assignment, PUT assignment                                    2
    both                        GET assignment, GET scores, PUT, PUT scores                       4
    deleted                     GET assignment, DELETE                                            2
    unknown create              GET the section's assignments                                     1

The GET after a create learns the assignmentsectionid: scores hang on that one, and Location gives the other
[D3:PSD]. If it fails the create stands all the same, and the id is asked for when scores are sent. The GET before a
PUT is the protocol's own reading: a PUT replaces every section of the assignment, so what is not ours goes back as
it was read. An assignment that a teacher gave to further sections loses ours alone when it is deleted (PUT).

A score batch is all or nothing: 409 names the students who are not assigned this work, and the rest is sent again
without them (one call more). A refusal that names nobody is halved until the offenders stand alone.

Ids. `sis_section` is SECTIONS.DCID, alone or as "SECTIONS.DCID:USERS.DCID"; the acting teacher is `sis_teacher`, or
else the one after the colon. Directory, categories and self-test know no other teacher than that. Students are
STUDENTS.DCID. remote: "assignment", "section" (assignmentsectionid), "class" (SECTIONS.DCID), "teacher".

Options: `score_type` points | percent; `letters` = scale: letters are entered as they are, where a grade scale takes
them; `comments` = nested: the server is known to take ASSIGNMENTSCORECOMMENT inside a score, whose key is [I];
`year_id` where the school year is not the calendar's.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from adapters import batches
from adapters.addresses import AddressPolicy
from adapters.calls import Caller, Json
from adapters.contract import Candidate, Capabilities, Directory, Draft, Finding, Found, Job, Sent
from adapters.credentials import Credentials, resolve
from adapters.errors import DeliveryError, Gone, Refused, UnknownOutcome
from adapters.http import CALL_SECONDS, Pace, Transport
from adapters.last_read import LastRead
from adapters.powerschool import cells, directory, mapping
from adapters.powerschool.auth import TOKEN, signer
from adapters.powerschool.client import TABLE, Client
from adapters.powerschool.refusals import READ_SCORES, Broken
from schemas.desired import DesiredItem
from schemas.district import DistrictConfig, SisCategory
from schemas.policies import CHECK_SCORES
from schemas.results import ScoreProblem

#: Seconds a server may take to show a create after the calls around it ended; nothing is published [I].
LATE = 60.0

CAPABILITIES = Capabilities(
    vendor_ids=False,
    deletes=True,
    detects_edits=True,
    reads_scores=True,
    scores_per_call=500,  # no cap is published [I]; one section fits
    searchable=True,
    marker=False,
    creates_categories=True,
    teachers_categories=True,
    calendar=True,
).within(CALL_SECONDS, LATE)
#: Columns of ASSIGNMENTSCORE that a comparison needs.
_COLUMNS = ("studentsdcid", "actualscoreentered", "actualscorekind", "scorepoints", "isexempt")


class PowerSchool:
    """One district's PowerSchool."""

    def __init__(
        self,
        client: Client,
        district: DistrictConfig,
        transport: Transport,
        today: Callable[[], date] | None = None,
    ) -> None:
        self._client = client
        self._transport = transport
        zone = ZoneInfo(district.time_zone)
        self._today = today or (lambda: datetime.now(zone).date())
        self._last = LastRead()
        options = district.sis.options
        self._year = options.get("year_id", "")
        self._ways = cells.Ways(
            percent=options.get("score_type") == "percent",
            letters=options.get("letters") == "scale",
            comments=options.get("comments") == "nested",
        )
        checks = district.policies.get(CHECK_SCORES) != "no"
        call = float(options.get("call_seconds", CALL_SECONDS))
        late = float(options.get("lateness_seconds", LATE))
        self.capabilities = replace(CAPABILITIES.within(call, late), reads_scores=checks)

    def draft(self, desired: DesiredItem) -> Draft:
        """Hashes of the decision."""
        return mapping.draft(desired, self._ways)

    def read(self, job: Job) -> Found:
        """GET assignment. One that is there without our section is gone for us."""
        section, teacher = _where(job)
        found = self._read(teacher, section, job.remote["assignment"])
        element = mapping.element_of(found, section)
        if element is None:
            raise Gone
        return Found(seen=mapping.item_seen(element))

    def read_scores(self, job: Job) -> Mapping[str, str]:
        """ASSIGNMENTSCORE rows of our section's assignment, all pages; empty cells are left out."""
        section_id = self._section_id(job)
        kind, possible = self._kind(job), job.desired.content.points or 0.0
        lms_ids = {sis: lms for lms, sis in mapping.roster(job.desired).items() if sis}
        standing: dict[str, str] = {}
        where = f"assignmentsectionid=={section_id}"
        for row in self._client.table(READ_SCORES, "assignmentscore", where, _COLUMNS):
            student = str(row.get("studentsdcid") or "")
            seen = cells.score_seen(row, kind, possible)
            if student and seen:
                standing[lms_ids.get(student, student)] = seen
        return standing

    def create(self, job: Job) -> Mapping[str, str]:
        """POST assignment, and a GET that learns the second id."""
        section, teacher = _place(job.desired)
        assignment = self._client.create(teacher, mapping.created(_sendable(job.desired), self._ways))
        remote = {"assignment": assignment, "class": section, "teacher": teacher}
        with suppress(DeliveryError):  # it is made, whatever this reading says
            remote |= _ids(self._read(teacher, section, assignment), section)
        return remote

    def look_up(self, job: Job) -> Sequence[Candidate]:
        """Assignments of the section; those of no plugin are nobody's create, where that is told.

        Of the ids only those that never change hands: told apart by them from what is another item's of ours.
        """
        section, teacher = _place(job.desired)
        candidates = []
        for found in self._client.assignments(teacher, section):
            element = mapping.element_of(found, section)
            assignment = str(found.get("assignmentid") or "")
            by_hand = "createdbyplugin" in found and not found["createdbyplugin"]
            if element is None or not assignment or by_hand:
                continue
            remote = {"assignment": assignment, "class": section}
            candidates.append(
                Candidate(
                    remote=remote,
                    seen=mapping.item_seen(element),
                    outline=mapping.outline(element),
                    age=assignment.zfill(12),
                )
            )
        return sorted(candidates, key=lambda one: one.age)

    def write(self, job: Job) -> Mapping[str, str]:
        """PUT assignment: the whole of it, ours in its place."""
        section, teacher = _place(job.desired)
        if job.remote.get("class", section) != section:
            raise Refused("MOVE_BY_HAND")
        assignment = job.remote["assignment"]
        ours = mapping.section_fields(_sendable(job.desired), self._ways)
        found = self._last.of(assignment) or self._read(teacher, section, assignment)
        if mapping.element_of(found, section) is None:
            raise Gone
        self._last.forget()
        self._client.replace(teacher, assignment, mapping.replaced(found, section, ours))
        return {"assignment": assignment, "class": section, "teacher": teacher, **_ids(found, section)}

    def send_scores(self, job: Job, students: Sequence[str]) -> Sent:
        """PUT scores of these students, in the unit the item has in PowerSchool."""
        teacher = _where(job)[1]
        section_id = self._section_id(job)
        kind, possible = self._kind(job), job.desired.content.points or 0.0
        ids, wanted = mapping.roster(job.desired), set(students)
        rows: dict[str, Json] = {}
        problems: list[ScoreProblem] = []
        for score in job.desired.content.scores or ():
            if score.student not in wanted:
                continue
            try:
                fields = cells.told(score, kind, possible, self._ways)
            except ValueError as reason:
                params = {"reason": str(reason)}
                problems.append(ScoreProblem(student=score.student, code="SCORE_NOT_ACCEPTED", params=params))
                continue
            rows[score.student] = {
                "_assignmentsection": {"assignmentsectionid": int(section_id)},
                "studentsdcid": int(ids.get(score.student) or score.student),
                **fields,
            }
        sent = batches.send(rows, lambda batch: self._put(teacher, batch), "studentsdcid")
        return replace(sent, problems=(*problems, *sent.problems))

    def delete(self, job: Job) -> None:
        """DELETE assignment with its scores; only ours out of it when other sections have it too."""
        section, teacher = _where(job)
        assignment = job.remote["assignment"]
        try:
            found = self._last.of(assignment) or self._read(teacher, section, assignment)
        except Gone:
            return
        self._last.forget()
        if mapping.element_of(found, section) is None:
            return
        if mapping.others(found, section):
            self._client.replace(teacher, assignment, mapping.replaced(found, section, None))
        else:
            self._client.delete(teacher, assignment)

    def directory(self, sections: Sequence[str], schools: Sequence[str]) -> Directory:
        """Categories per section, TERMBINS and CALENDAR_DAY per school."""
        return directory.read(self._client, self._this_year(), sections, schools)

    def create_category(self, section: str, title: str) -> SisCategory:
        """POST teacher_category, unless the teacher has one of that name; a reading then tells its id."""
        teacher = mapping.place(section)[1]
        if not teacher:
            raise Refused("SECTION_TEACHER_MISSING")
        standing = self._category(section, title)
        if standing is None:
            fields = {"name": title, "isactive": True, "isinfinalgrades": True, "usersdcid": int(teacher)}
            self._client.create_category(teacher, fields)
            standing = self._category(section, title)
        if standing is None:
            raise Refused("SIS_REFUSED_CATEGORY")
        return standing

    def check(self, section: str | None) -> Sequence[Finding]:
        """The self-test."""
        return directory.check(self._client, self._this_year(), section)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _category(self, section: str, title: str) -> SisCategory | None:
        known = directory.categories(self._client, self._this_year(), (section,))
        return next((one for one in known if one.title == title), None)

    def _this_year(self) -> int:
        return int(self._year) if self._year.isdigit() else mapping.school_year(self._today())

    def _read(self, teacher: str, section: str, assignment: str) -> Json:
        """The assignment, kept for the write that may follow. A 500 may hide that it is deleted: the list tells."""
        try:
            found = self._client.assignment(teacher, assignment)
        except Broken:
            listed = self._client.assignments(teacher, section)
            if all(str(one.get("assignmentid")) != assignment for one in listed):
                raise Gone from None
            raise
        self._last.keep(assignment, found)
        return found

    def _section_id(self, job: Job) -> str:
        known = job.remote.get("section")
        if known:
            return known
        section, teacher = _where(job)
        assignment = job.remote["assignment"]
        found = self._last.of(assignment) or self._read(teacher, section, assignment)
        if mapping.element_of(found, section) is None:
            raise Gone
        given = _ids(found, section).get("section")
        if given is None:
            raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
        return given

    def _put(self, teacher: str, batch: Mapping[str, Json]) -> Sent:
        self._client.put_scores(teacher, batch.values())
        return Sent(accepted=dict.fromkeys(batch))

    def _kind(self, job: Job) -> str:
        """Score type of the item as it stands (a teacher may have changed it, and it was kept), or as we wrote it."""
        found = self._last.of(job.remote["assignment"])
        element = mapping.element_of(found, _where(job)[0]) if found else None
        standing = element.get("scoretype") if element else None
        return str(standing or mapping.score_type(job.desired, self._ways))


def _place(desired: DesiredItem) -> tuple[str, str]:
    """Section and acting teacher. Refused when one is missing or no number: nothing is sent then."""
    section, teacher = mapping.place(desired.sis_section)
    teacher = desired.sis_teacher or teacher
    if not mapping.is_id(section):
        raise Refused("SECTION_NOT_IN_SIS")
    if not mapping.is_id(teacher):
        raise Refused("SECTION_TEACHER_MISSING")
    return section, teacher


def _where(job: Job) -> tuple[str, str]:
    """Where the item stands: a section bound anew does not move it. MOVE_BY_HAND when nobody known may act there."""
    section, teacher = _place(job.desired)
    stands = job.remote.get("class", section)
    if stands == section:
        return section, teacher
    if "teacher" not in job.remote:
        raise Refused("MOVE_BY_HAND")
    return stands, job.remote["teacher"]


def _sendable(desired: DesiredItem) -> DesiredItem:
    if not mapping.is_id(desired.sis_category):
        raise Refused("SIS_REFUSED_CATEGORY")
    return desired


def _ids(found: Json, section: str) -> dict[str, str]:
    element = mapping.element_of(found, section) or {}
    given = element.get("assignmentsectionid")
    return {} if given is None else {"section": str(given)}


def connect(district: DistrictConfig, pace: Pace) -> PowerSchool:
    """The adapter of a district's connection; `pace` is waited for before each call.

    Misconfigured when address, secret or method will not do.
    """
    sis = district.sis
    policy = AddressPolicy(allow_private=sis.allow_private_addresses)
    policy.check_url(sis.base_url)
    credentials = Credentials(resolve(sis.key_ref), resolve(sis.secret_ref))
    transport = Transport(
        policy,
        slots=max(sis.concurrency, 1),
        seconds=float(sis.options.get("call_seconds", CALL_SECONDS)),
        ca_file=sis.options.get("ca_file"),
        pace=pace,
    )
    base = sis.base_url.rstrip("/")
    signing = signer(sis.auth, credentials, sis.token_url or f"{base}/{TOKEN}", transport)
    return PowerSchool(Client(Caller(transport, f"{base}/ws", signing, TABLE)), district, transport)
