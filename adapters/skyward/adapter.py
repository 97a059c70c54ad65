"""Skyward by OneRoster: SMS 2.0 and Qmlativ, and how many calls each step costs. The Generic API: qmlativ/adapter.py.

The line item's id is ours, so a PUT may be repeated. No bulk call is known [I]: one result per call. n is the number
of scores that changed.

    new item with n scores      PUT lineItem, n x PUT result                                      1 + n
    new item without scores     PUT lineItem                                                      1
    nothing changed             none                                                              0
    n scores changed            GET lineItem, GET results, n x PUT result                         2 + n
    a field changed             GET lineItem, PUT lineItem                                        2
    both                        GET lineItem, GET results, PUT lineItem, n x PUT result           3 + n
    a score cleared             as changed, with DELETE result in PUT's place
    deleted                     GET lineItem, DELETE                                              2
    directory                   GET categories per section; GET gradingPeriods, GET terms per school
    check                       GET lineItem, categories, results of a section, gradingPeriods    4

The LMS wins over what a teacher typed in Skyward only after the teacher said so: vendors overwrite [D3:OTUS-SKY], the
protocol reads first. The district must switch "Use Grade When Posting Secondary Gradebook Assignment Scores" off
[D3:OTUS-SKY]; no call shows it. Categories that share a title are listed with their code in brackets [D3:CANVAS-SKY].
"""

from adapters.addresses import AddressPolicy
from adapters.contract import Adapter, Capabilities
from adapters.errors import Misconfigured
from adapters.http import CALL_SECONDS, Pace, Transport
from adapters.oneroster.adapter import OneRosterAdapter
from adapters.oneroster.calls import Caller, base_of, scopes
from adapters.oneroster.client import GradebookClient
from adapters.skyward import mapping
from adapters.skyward.auth import signer
from adapters.skyward.client import ACTIONS
from adapters.skyward.qmlativ import adapter as qmlativ
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


def connect(district: DistrictConfig, pace: Pace) -> Adapter:
    """The adapter of the door the district names; `pace` is waited for before each call.

    Misconfigured when address, secret, method or door will not do.
    """
    sis = district.sis
    policy = AddressPolicy(allow_private=sis.allow_private_addresses)
    policy.check_url(sis.base_url)
    door = sis.options.get("door", mapping.SMS)
    if door not in doors(Sis.SKYWARD):
        raise Misconfigured("SIS_NOT_SUPPORTED")
    transport = Transport(
        policy,
        slots=max(sis.concurrency, 1),
        seconds=float(sis.options.get("call_seconds", CALL_SECONDS)),
        ca_file=sis.options.get("ca_file"),
        pace=pace,
    )
    if door == mapping.GENERIC:
        return qmlativ.connected(district, transport, signer(sis, transport, below="oauth/token"))
    return _by_oneroster(district, door, transport)


def _by_oneroster(district: DistrictConfig, door: str, transport: Transport) -> OneRosterAdapter:
    sis = district.sis
    base = base_of(sis.base_url, sis.options.get("oneroster_path", mapping.TAIL))
    stem = mapping.version(base)
    wanted = scopes(stem, "gradebook.readonly", "gradebook.createput", "gradebook.delete")
    gradebook = Caller(transport, base, signer(sis, transport, wanted), ACTIONS)
    # apart: a key without rostering still delivers
    rostering = Caller(
        transport,
        base.replace("/oneroster/gradebook/", "/oneroster/rostering/"),  # one base in 1.1 [D:LONG]
        signer(sis, transport, scopes(stem, "roster.readonly")),
        ACTIONS,
    )
    client = GradebookClient(gradebook, rostering)
    return OneRosterAdapter(client, base, district, transport, CAPABILITIES, mapping.dialect(door, base))
