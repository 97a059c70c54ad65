"""What every OneRoster adapter does alike: ids of our making, and a PUT that may be repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.contract import Candidate, Capabilities, Directory, Draft, Finding, Found, Job, Sent
from adapters.errors import Gone, Misconfigured, Refused
from adapters.http import Transport
from adapters.last_read import LastRead
from adapters.oneroster import checks, mapping
from adapters.oneroster.calls import Json, reference
from adapters.oneroster.client import GradebookClient
from adapters.oneroster.directory import directory
from adapters.oneroster.mapping import Dialect
from schemas.desired import DesiredItem
from schemas.district import DistrictConfig, SisCategory
from schemas.gradebook import Score
from schemas.policies import CHECK_SCORES
from schemas.results import ScoreProblem


class OneRosterAdapter:
    """One district's gradebook. `base` is what references are written with."""

    def __init__(
        self,
        client: GradebookClient,
        base: str,
        district: DistrictConfig,
        transport: Transport,
        capabilities: Capabilities,
        dialect: Dialect,
    ) -> None:
        self._gradebook = client
        self._base = base
        self._transport = transport
        self._dialect = dialect
        self._zone = ZoneInfo(district.time_zone)
        self._last = LastRead()
        self._schools = {school.id: school.sis_school or school.id for school in district.schools}
        checked = district.policies.get(CHECK_SCORES) != "no"
        self.capabilities = replace(capabilities, reads_scores=checked)

    def draft(self, desired: DesiredItem) -> Draft:
        """Hashes of the decision."""
        return mapping.draft(desired, self._dialect)

    def read(self, job: Job) -> Found:
        """GET lineItem."""
        found = self._gradebook.line_item(item_id(job))
        if found.get("status") == "tobedeleted":
            raise Gone
        self._last.keep(item_id(job), found)
        return Found(
            seen=mapping.read_item(found, self._zone, self._dialect),
            modified=str(found.get("dateLastModified") or ""),
        )

    def read_scores(self, job: Job) -> Mapping[str, str]:
        """GET results of the item, all pages; empty cells are left out."""
        lms_ids = {sis: lms for lms, sis in mapping.roster(job.desired)[0].items()}
        standing: dict[str, str] = {}
        section = job.remote.get("class", job.desired.sis_section)
        for row in self._gradebook.results(section, item_id(job)):
            sis_id = mapping.id_of(row.get("student"))
            seen = mapping.score_seen(row) if row.get("status") != "tobedeleted" else ""
            if sis_id and seen:
                standing[lms_ids.get(sis_id, sis_id)] = seen
        return standing

    def write(self, job: Job) -> Mapping[str, str]:
        """PUT lineItem. MOVE_BY_HAND where the SIS does not let an item change its section.

        A PUT replaces the whole: without a description of ours, what a teacher wrote there goes back as it was read.
        """
        desired = job.desired
        standing = self._last.of(item_id(job)) or {}
        self._last.forget()
        fields = {
            **mapping.line_item(desired, item_id(job), self._dialect),
            "class": reference(self._base, "classes", "class", desired.sis_section),
            "category": reference(self._base, "categories", "category", self._category(desired)),
        }
        if standing.get("description"):
            fields.setdefault("description", standing["description"])
        if self._dialect.v12:  # 1.1 has no such field [D:LONG]
            school = self._schools.get(desired.school, desired.school)
            fields["school"] = reference(self._base, "schools", "org", school)
        try:
            self._gradebook.put_line_item(fields)
        except Refused as refusal:
            if refusal.code == "SECTION_NOT_IN_SIS" and moved(job):
                raise Refused("MOVE_BY_HAND") from None
            raise
        return {"lineItem": item_id(job), "class": desired.sis_section}

    def create(self, job: Job) -> Mapping[str, str]:
        """Never asked for: the ids are ours."""
        raise Misconfigured("SIS_NOT_SUPPORTED")

    def look_up(self, job: Job) -> Sequence[Candidate]:
        """Never asked for: the ids are ours."""
        raise Misconfigured("SIS_NOT_SUPPORTED")

    def send_scores(self, job: Job, students: Sequence[str]) -> Sent:
        """PUT result of each; DELETE where a score is taken back."""
        scores = {score.student: score for score in job.desired.content.scores or ()}
        accepted: dict[str, str | None] = {}
        problems: list[ScoreProblem] = []
        for student, row in self._rows(job, [scores[student] for student in students]).items():
            try:
                self._send_one(job, scores[student], row)
            except Refused as refusal:
                problems.append(ScoreProblem(student=student, code=refusal.code, params=refusal.params))
            else:
                accepted[student] = None
        return Sent(accepted=accepted, problems=tuple(problems))

    def delete(self, job: Job) -> None:
        """DELETE lineItem; its results go with it [I]. A 404 for an item that stands is a SIS that cannot delete."""
        try:
            self._gradebook.delete_line_item(item_id(job))
        except Gone:
            if self._stands(job):
                raise Refused("DELETE_BY_HAND") from None

    def directory(self, sections: Sequence[str], schools: Sequence[str]) -> Directory:
        """Categories of the sections, marking periods of the schools."""
        listed = sections if self._dialect.lists_by_section or not sections else [None]
        return directory(self._gradebook, listed, schools)

    def create_category(self, section: str, title: str) -> SisCategory:
        """Never asked for: categories are the district's."""
        raise Misconfigured("SIS_NOT_SUPPORTED")

    def check(self, section: str | None) -> Sequence[Finding]:
        """Sign in, read what a delivery reads."""
        return checks.check(self._gradebook, section, by_section=self._dialect.lists_by_section)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _category(self, desired: DesiredItem) -> str:
        return desired.sis_category

    def _rows(self, job: Job, scores: Sequence[Score]) -> dict[str, Json]:
        """Result rows by LMS student id."""
        item, desired = item_id(job), job.desired
        ids, _ = mapping.roster(desired)
        decided = datetime.fromtimestamp(desired.decided_at / 1000, self._zone)
        same = {
            "status": "active",
            "dateLastModified": mapping.stamp(desired.decided_at),
            "lineItem": reference(self._base, "lineItems", "lineItem", item),
            "scoreDate": decided.date().isoformat(),
        }
        new_id = mapping.result_ids(item)
        return {
            score.student: {
                "sourcedId": job.remote.get(f"result:{score.student}") or new_id(score.student),
                "student": reference(self._base, "users", "user", ids.get(score.student, score.student)),
                **same,
                **(mapping.result(score, self._dialect) or mapping.blank(score, self._dialect)),
            }
            for score in scores
        }

    def _send_one(self, job: Job, score: Score, row: Json) -> None:
        if mapping.result(score, self._dialect) is None:
            self._take_back(row["sourcedId"])
            return
        try:
            self._gradebook.put_result(row)
        except Gone:
            # the item or the student: only a reading tells
            if not self._stands(job):
                raise
            raise Refused("STUDENT_NOT_IN_SECTION") from None

    def _take_back(self, result: str) -> None:
        """DELETE result. A 404 for one that stands is a SIS that cannot delete."""
        try:
            self._gradebook.delete_result(result)
        except Gone:
            try:
                found = self._gradebook.result(result)
            except Gone:
                return
            if found.get("status") != "tobedeleted":
                raise Refused("CLEAR_BY_HAND") from None

    def _stands(self, job: Job) -> bool:
        try:
            self.read(job)
        except Gone:
            return False
        return True


def item_id(job: Job) -> str:
    """Our id of the job's item."""
    return job.remote.get("lineItem") or mapping.line_item_id(job.desired, job.life)


def moved(job: Job) -> bool:
    """Whether the section was bound anew since the item was written."""
    return job.remote.get("class", job.desired.sis_section) != job.desired.sis_section
