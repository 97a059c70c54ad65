"""The eSchoolPLUS adapter, and how many calls each step costs.

The line item's id is ours, so a PUT may be repeated; a lost reply costs a repetition and never a second item.

    new item with scores        PUT lineItem, POST results                                        2 calls
    new item without scores     PUT lineItem                                                      1
    nothing changed             none                                                              0
    a score changed             GET lineItem, GET results, POST results (that score only)         3
    a field changed             GET lineItem, PUT lineItem                                        2
    both                        GET lineItem, GET results, PUT, POST                              4
    deleted                     GET lineItem, DELETE                                              2

There is no reading after a write: what a later GET must show is computed from what was sent (`Prints.seen`), so the
one GET before the next write finds every edit made since. GET results stands before scores that might overwrite some
typed in the SIS (district policy `check_scores_in_sis = no` leaves it out). dateLastModified decides nothing alone: a
stamp may move without a change of ours being touched. It is kept, and an unchanged stamp ends the comparison early.

Scores the bulk call leaves out (it answers id pairs, so a missing pair is a refusal without a reason) are asked about
one by one, at most ASKED per call, to name the reason. A batch refused as a whole is halved until the offenders
stand alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.addresses import AddressPolicy
from adapters.contract import Capabilities, Draft, Found, Job, Sent
from adapters.credentials import Credentials, resolve
from adapters.errors import Gone, Refused
from adapters.eschoolplus import mapping
from adapters.eschoolplus.auth import signer
from adapters.eschoolplus.client import ACTIONS, Client
from adapters.http import CALL_SECONDS, Pace, Transport
from adapters.oneroster import Caller, Json, base_of, reference
from schemas.desired import DesiredItem
from schemas.district import DistrictConfig
from schemas.gradebook import Score
from schemas.results import ScoreProblem

#: Refused scores of one call whose reason is asked for.
ASKED = 5
#: Path of the OneRoster service below the profile's base [I]; the option `oneroster_path` states another.
TAIL = "ims/oneroster/v1p2"

CAPABILITIES = Capabilities(
    vendor_ids=True,
    deletes=True,
    detects_edits=True,
    reads_scores=True,
    scores_per_call=500,  # no public cap [I]; one section fits
    searchable=True,
    marker=True,  # our id is the marker
)


class ESchoolPlus:
    """One district's eSchoolPLUS."""

    def __init__(self, client: Client, base: str, district: DistrictConfig, transport: Transport) -> None:
        self._client = client
        self._base = base
        self._transport = transport
        self._zone = ZoneInfo(district.time_zone)
        self._schools = {school.id: school.sis_school or school.id for school in district.schools}
        checks = district.policies.get("check_scores_in_sis") != "no"
        self.capabilities = replace(CAPABILITIES, reads_scores=checks)
        self._letters = district.sis.options.get("letters") == "text"

    def draft(self, desired: DesiredItem) -> Draft:
        """Hashes of the decision."""
        return mapping.draft(desired, letters=self._letters)

    def read(self, job: Job) -> Found:
        """GET lineItem."""
        found = self._client.line_item(_id(job))
        if found.get("status") == "tobedeleted":
            raise Gone
        return Found(
            seen=mapping.read_item(found, self._zone), modified=str(found.get("dateLastModified") or "")
        )

    def read_scores(self, job: Job) -> Mapping[str, str]:
        """GET results of the item, all pages; empty cells are left out."""
        lms_ids = {sis: lms for lms, sis in mapping.roster(job.desired)[0].items()}
        standing: dict[str, str] = {}
        for row in self._client.results(job.remote.get("class", job.desired.sis_section), _id(job)):
            student = row.get("student")
            sis_id = str(student.get("sourcedId")) if isinstance(student, dict) else ""
            seen = mapping.score_seen(row) if row.get("status") != "tobedeleted" else ""
            if sis_id and seen:
                standing[lms_ids.get(sis_id, sis_id)] = seen
        return standing

    def write(self, job: Job) -> Mapping[str, str]:
        """PUT lineItem."""
        desired = job.desired
        school = self._schools.get(desired.school, desired.school)
        self._client.put_line_item(
            {
                **mapping.line_item(desired, _id(job)),
                "class": reference(self._base, "classes", "class", desired.sis_section),
                "school": reference(self._base, "schools", "org", school),
                "category": reference(self._base, "categories", "category", desired.sis_category),
            }
        )
        return {"lineItem": _id(job), "class": desired.sis_section}

    def send_scores(self, job: Job, students: Sequence[str]) -> Sent:
        """POST results of these students."""
        scores = {score.student: score for score in job.desired.content.scores or ()}
        rows = self._results(job, [scores[student] for student in students])
        accepted: dict[str, str | None] = {}
        problems: list[ScoreProblem] = []
        self._send(_id(job), rows, accepted, problems)
        return Sent(accepted=accepted, problems=tuple(problems))

    def delete(self, job: Job) -> None:
        """DELETE lineItem; its results go with it [I]."""
        self._client.delete_line_item(_id(job))

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _results(self, job: Job, scores: Sequence[Score]) -> dict[str, Json]:
        """The rows of a bulk call, by LMS student id."""
        item, desired = _id(job), job.desired
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
                **(mapping.result(score, letters=self._letters) or mapping.blank(score)),
            }
            for score in scores
        }

    def _send(
        self, item: str, rows: dict[str, Json], accepted: dict[str, str | None], problems: list[ScoreProblem]
    ) -> None:
        try:
            given = self._client.post_results(item, list(rows.values()))
        except Refused as refusal:
            if len(rows) > 1:
                students = list(rows)
                half = len(rows) // 2
                for part in (students[:half], students[half:]):
                    self._send(item, {student: rows[student] for student in part}, accepted, problems)
            else:
                problems += [ScoreProblem(student=student, code=refusal.code) for student in rows]
            return
        asked = 0
        for student, fields in rows.items():
            supplied = fields["sourcedId"]
            if supplied in given:
                accepted[student] = given[supplied] if given[supplied] != supplied else None
                continue
            asked += 1
            why = self._client.why_not(fields) if asked <= ASKED else "SCORE_NOT_ACCEPTED"
            if why is None:
                accepted[student] = None
            else:
                problems.append(ScoreProblem(student=student, code=why))


def _id(job: Job) -> str:
    return job.remote.get("lineItem") or mapping.line_item_id(job.desired, job.life)


def connect(district: DistrictConfig, pace: Pace) -> ESchoolPlus:
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
    base = base_of(sis.base_url, sis.options.get("oneroster_path", TAIL))
    token_url = sis.token_url or f"{sis.base_url.rstrip('/')}/token"
    signing = signer(sis.auth, credentials, token_url, transport)
    return ESchoolPlus(Client(Caller(transport, base, signing, ACTIONS)), base, district, transport)
