"""The eSchoolPLUS adapter, and how many calls each step costs.

The line item's id is ours, so a PUT may be repeated; a lost reply costs a repetition and never a second item.

    new item with scores        PUT lineItem, POST results                                        2 calls
    new item without scores     PUT lineItem                                                      1
    nothing changed             none                                                              0
    a score changed             GET lineItem, GET results, POST results (that score only)         3
    a field changed             GET lineItem, PUT lineItem                                        2
    both                        GET lineItem, GET results, PUT, POST                              4
    deleted                     GET lineItem, DELETE                                              2
    directory                   GET categories per section; GET gradingPeriods, GET terms per school
    check                       GET lineItem, categories, results of a section, gradingPeriods    4

There is no reading after a write: what a later GET must show is computed from what was sent (`Prints.seen`), so the
one GET before the next write finds every edit made since. GET results stands before scores that might overwrite some
typed in the SIS (district policy `check_scores_in_sis = no` leaves it out). dateLastModified decides nothing alone: a
stamp may move without a change of ours being touched. It is kept, and an unchanged stamp ends the comparison early.

Scores the bulk call leaves out (it answers id pairs, so a missing pair is a refusal without a reason) are asked about
one by one, at most ASKED per call, to name the reason. A batch refused as a whole is halved until the offenders
stand alone.
"""

from collections.abc import Sequence

from adapters.addresses import AddressPolicy
from adapters.contract import Capabilities, Job, Sent
from adapters.credentials import Credentials, resolve
from adapters.errors import Refused
from adapters.eschoolplus.auth import ROSTER_SCOPES, signer
from adapters.eschoolplus.client import ACTIONS, Client
from adapters.eschoolplus.mapping import dialect
from adapters.http import CALL_SECONDS, Pace, Transport
from adapters.oneroster.adapter import OneRosterAdapter, item_id
from adapters.oneroster.calls import Caller, Json, base_of
from schemas.district import DistrictConfig
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
    calendar=True,
)


class ESchoolPlus(OneRosterAdapter):
    """One district's eSchoolPLUS."""

    def __init__(self, client: Client, base: str, district: DistrictConfig, transport: Transport) -> None:
        super().__init__(client, base, district, transport, CAPABILITIES, dialect(district.sis.options))
        self._client = client

    def send_scores(self, job: Job, students: Sequence[str]) -> Sent:
        """POST results of these students."""
        scores = {score.student: score for score in job.desired.content.scores or ()}
        rows = self._rows(job, [scores[student] for student in students])
        accepted: dict[str, str | None] = {}
        problems: list[ScoreProblem] = []
        self._send(item_id(job), rows, accepted, problems)
        return Sent(accepted=accepted, problems=tuple(problems))

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
    rosters = signer(sis.auth, credentials, token_url, transport, ROSTER_SCOPES)
    client = Client(Caller(transport, base, signing, ACTIONS), Caller(transport, base, rosters, ACTIONS))
    return ESchoolPlus(client, base, district, transport)
