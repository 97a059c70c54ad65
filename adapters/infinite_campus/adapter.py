"""The Infinite Campus adapter, and how many calls each step costs.

The line item's id is ours and unique in all Campus [D:IC-PUSH], so a PUT may be repeated. There is no bulk call: one
result per PUT [D:IC-PUSH], after the line item. n is the number of scores that changed.

    new item with n scores      PUT lineItem, n x PUT result                                      1 + n
    new item without scores     PUT lineItem                                                      1
    nothing changed             none                                                              0
    n scores changed            GET lineItem, GET results, n x PUT result                         2 + n
    a field changed             GET lineItem, PUT lineItem                                        2
    both                        GET lineItem, GET results, PUT lineItem, n x PUT result           3 + n
    a score cleared             as changed, with DELETE result in PUT's place
    deleted                     GET lineItem, DELETE                                              2
    directory                   GET categories per section (1.1: one); GET gradingPeriods, GET terms per school
    check                       GET lineItem, categories, results of a section, gradingPeriods    4

A PUT or DELETE answered 404 that does not say what is missing costs one reading more, to tell the item from the
student, or a Campus that deletes nothing from one where there was nothing.

Calls go one after another in school hours and by a few otherwise (schemas/systems.toml, adapters/timetable.py).
"""

from adapters.addresses import AddressPolicy
from adapters.contract import Capabilities
from adapters.errors import Misconfigured
from adapters.http import CALL_SECONDS, Pace, Transport
from adapters.infinite_campus import mapping
from adapters.infinite_campus.auth import signers
from adapters.infinite_campus.client import ACTIONS, bases, campus_of
from adapters.oneroster.adapter import OneRosterAdapter
from adapters.oneroster.calls import Caller
from adapters.oneroster.client import GradebookClient
from schemas.desired import DesiredItem
from schemas.district import DistrictConfig
from schemas.gradebook import Sis
from schemas.systems import doors

CAPABILITIES = Capabilities(
    vendor_ids=True,
    deletes=True,
    detects_edits=True,
    reads_scores=True,
    scores_per_call=1,
    searchable=True,
    marker=True,  # our id is the marker
    calendar=True,
)


class InfiniteCampus(OneRosterAdapter):
    """One district's Campus."""

    def _category(self, desired: DesiredItem) -> str:
        return mapping.category(desired.sis_category, v12=self._dialect.v12)


def connect(district: DistrictConfig, pace: Pace) -> InfiniteCampus:
    """The adapter of a district's connection; `pace` is waited for before each call.

    Misconfigured when address, secret or door will not do.
    """
    sis = district.sis
    policy = AddressPolicy(allow_private=sis.allow_private_addresses)
    policy.check_url(sis.base_url)
    door = sis.options.get("door", mapping.V12)
    if door not in doors(Sis.INFINITE_CAMPUS):
        raise Misconfigured("SIS_NOT_SUPPORTED")
    transport = Transport(
        policy,
        slots=max(sis.concurrency, 1),
        seconds=float(sis.options.get("call_seconds", CALL_SECONDS)),
        ca_file=sis.options.get("ca_file"),
        pace=pace,
    )
    campus = campus_of(sis.base_url)
    version = "v1p2" if door == mapping.V12 else "v1p1"
    gradebook, rostering = signers(campus, version, sis, transport)
    base, rosters = bases(campus, door, sis.options)
    client = GradebookClient(
        Caller(transport, base, gradebook, ACTIONS), Caller(transport, rosters, rostering, ACTIONS)
    )
    return InfiniteCampus(client, base, district, transport, CAPABILITIES, mapping.dialect(door))
