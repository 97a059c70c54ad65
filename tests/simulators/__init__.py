"""Stand-ins of the student information systems, with an oracle of what they really committed.

They are written from ``shared/reference/sis-apis.md`` alone, never from the adapters, so that a test in which
both agree means something.  Each behaviour carries the tag of that file: ``[D:...]`` documented, ``[D3:...]``
documented by a third party, ``[I]`` inferred (then it sits behind a switch where a real server could differ).

Start one::

    python -m tests.simulators eschoolplus --port 8360 [--log commits.jsonl] [--seed district.json]

It prints ``ready http://127.0.0.1:8360`` when it listens (port 0 picks a free one), and ends on SIGTERM.
Tests use :class:`tests.simulators.client.Simulator`, which does this in a subprocess.

A request walks this street::

    server       finds the district, counts the call, applies caps and fault switches
      traffic      counters, concurrency cap, requests per second        faults/mishaps   the switches
    eschoolplus  infinite_campus  skyward         what only this SIS does: addresses, sign-in, rights, rules
      oauth1 oauth2
    oneroster    what every OneRoster gradebook does: door, routes, bodies, lists, reads, writes, error bodies;
                 a dialect words one version, 1.1 or 1.2, the way one SIS does
    powerschool aeries   systems with an API of their own
      own_api checks     what those have in common: table of routes, bodies, refusals, checks of fields
      numbering          numbers for things the seed knows by id
      gradebook    the only place that changes state: commits and writes the commit log
      world        the state
    neutral      the gradebook and the directory of any system in one shape
    control      the test's hand under ``/_sim``: seed, faults, edits made "in the SIS", state, commits

``infinite_campus`` (1.1 and 1.2), ``skyward.sms`` (1.1 and 1.2) and ``skyward.qmlativ`` (Generic API, 1.1 and
1.2) say in their docstrings what a seed can switch. A further SIS is a folder beside ``eschoolplus`` with an
object of :class:`tests.simulators.server.System`, and a row in ``systems``. The shape of a district in JSON is
in :mod:`tests.simulators.seeding`.
"""
