"""What eSchoolPLUS alone asks of its adapter: 1EdTech's schemas, the due date's instant, its error bodies."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import jsonschema
import orjson
import pytest

from adapters.contract import Job
from adapters.errors import Misconfigured
from adapters.eschoolplus import adapter as eschoolplus
from adapters.eschoolplus.client import ACTIONS, OPERATIONS
from adapters.http import Reply, Request, Transport
from schemas.gradebook import RosterEntry, Score, ScoreFlag
from tests.simulators.client import Simulator
from tests.unit.adapters.desk import desired, district

SERVICE = "onerosterv1p2gradebookservice_openapi3_v1p0.json"


class Recorder:
    """A transport that keeps requests and answers as a server that takes everything."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def exchange(self, request: Request, *, seconds: float | None = None) -> Reply:
        self.requests.append(request)
        if request.method != "POST":
            return Reply(201, {}, b"")
        rows = orjson.loads(request.body or b"")["results"]
        pairs = [{"suppliedSourcedId": r["sourcedId"], "allocatedSourcedId": r["sourcedId"]} for r in rows]
        return Reply(201, {}, orjson.dumps({"sourcedIdPairs": pairs}))

    def bodies(self) -> list[Any]:
        return [orjson.loads(request.body or b"") for request in self.requests]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setenv("TEST_SIS_KEY", "key")
    monkeypatch.setenv("TEST_SIS_SECRET", "secret")
    return Recorder()


def connected(recorder: Recorder, **sis: Any) -> eschoolplus.ESchoolPlus:
    made = eschoolplus.connect(district("https://esp.example.org/plus360api/v1/abc", **sis), lambda: None)
    made._client._caller._transport = cast("Transport", recorder)
    return made


EVERY_KIND = (
    Score(student="a", points=7.25, comment="well done"),
    Score(student="b", points=0.0),
    Score(student="c", flags=(ScoreFlag.EXCUSED,)),
    Score(student="d", flags=(ScoreFlag.MISSING,)),
    Score(student="e", points=3.0, flags=(ScoreFlag.LATE, ScoreFlag.INCOMPLETE)),
    Score(student="f", flags=(ScoreFlag.COLLECTED,)),
    Score(student="g/é %", points=1.0, flags=(ScoreFlag.ABSENT,)),
    Score(student="h"),
    Score(student="i", letter="B+"),
)


def errors(third_party: Path, schema: str, body: Any) -> list[str]:
    document = json.loads((third_party / "1edtech" / SERVICE).read_text())
    rule = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    checker = jsonschema.FormatChecker(["date-time", "date"])
    found = jsonschema.Draft202012Validator(rule, format_checker=checker).iter_errors(body)
    return [error.message for error in found]


def test_every_body_is_valid_by_1edtechs_own_file(recorder: Recorder, third_party: Path) -> None:
    adapter = connected(recorder, options={"letters": "text"})
    job = Job(
        desired=desired(
            scores=EVERY_KIND,
            description="d",
            students=(RosterEntry(student="a", sis_student="SIS 1"),),
        ),
        remote={},
    )
    adapter.write(job)
    adapter.send_scores(job, [score.student for score in EVERY_KIND])
    item, results = recorder.bodies()
    assert errors(third_party, "SingleLineItemDType", item) == []
    assert errors(third_party, "ResultSetDType", results) == []
    assert len(results["results"]) == len(EVERY_KIND)
    # the negative control: the file does refuse
    del item["lineItem"]["class"]["href"]
    results["results"][0]["late"] = True
    assert errors(third_party, "SingleLineItemDType", item)
    assert errors(third_party, "ResultSetDType", results)


def test_references_are_absolute_and_ids_are_encoded(recorder: Recorder) -> None:
    adapter = connected(recorder)
    adapter.write(Job(desired=desired(sis_section="a/b c"), remote={}))
    (request,) = recorder.requests
    section = recorder.bodies()[0]["lineItem"]["class"]
    base = "https://esp.example.org/plus360api/v1/abc/ims/oneroster/v1p2"
    assert section == {"href": f"{base}/classes/a%2Fb%20c", "sourcedId": "a/b c", "type": "class"}
    assert request.url.startswith(f"{base}/lineItems/")


def test_the_due_date_is_noon_utc(recorder: Recorder) -> None:
    connected(recorder).write(Job(desired=desired(due_date="2026-12-18"), remote={}))
    assert recorder.bodies()[0]["lineItem"]["dueDate"] == "2026-12-18T12:00:00.000Z"


def test_a_school_known_by_another_id_there_goes_by_that_id(recorder: Recorder) -> None:
    adapter = connected(recorder)
    adapter.write(Job(desired=desired(school="not-listed"), remote={}))
    assert recorder.bodies()[0]["lineItem"]["school"]["sourcedId"] == "not-listed"


def test_no_id_of_ours_can_be_read_back(recorder: Recorder) -> None:
    adapter = connected(recorder)
    job = Job(desired=desired(scores=(Score(student="Zxqv", points=1.0),)), remote={})
    adapter.write(job)
    adapter.send_scores(job, ["Zxqv"])
    row = recorder.bodies()[1]["results"][0]
    assert "Zxqv" not in row["sourcedId"]
    assert "item-1" not in recorder.requests[0].url


def test_the_same_decision_is_the_same_bytes(recorder: Recorder) -> None:
    """A repeated PUT changes nothing: no clock, no chance in a body."""
    job = Job(desired=desired(scores=EVERY_KIND[:3]), remote={})
    for _ in range(2):
        connected(recorder).send_scores(job, ["a", "b", "c"])
    assert recorder.requests[0].body == recorder.requests[1].body


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key_ref": "env:NOT_SET"}, "SIS_SECRET_MISSING"),
        ({"secret_ref": "file:/no/such/file"}, "SIS_SECRET_MISSING"),
        ({"secret_ref": "plain secret"}, "SIS_SECRET_MISSING"),
        ({"base_url": "http://u:p@esp.example.org/"}, "SIS_ADDRESS_REFUSED"),
        ({"auth": "none"}, "SIS_SIGN_IN_FAILED"),
    ],
)
def test_settings_that_will_not_do_are_named(recorder: Recorder, change: dict[str, Any], code: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        eschoolplus.connect(district(**{"base_url": "https://esp.example.org/x", **change}), lambda: None)
    assert refused.value.code == code
    assert "plain secret" not in str(refused.value.params)


def test_the_table_names_a_permission_for_every_call() -> None:
    for call in OPERATIONS:
        judge = ACTIONS[call, 403]
        error = judge(Reply(403, {}, b""), None)  # type: ignore[arg-type] # the text plays no part
        assert isinstance(error, Misconfigured)
        assert error.params["permission"] == OPERATIONS[call]


# ---- directory and self-test, against its simulator --------------------------------------------------------------

SEED = Path(__file__).parents[1] / "simulators/examples/district.json"
PAIRS = {
    "oauth1-hmac-sha1": ("OneRoster_ABC_123", "demo-secret"),
    "oauth2": ("demo-client", "demo-client-secret"),
}


@pytest.fixture(params=PAIRS)
def live(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Simulator, eschoolplus.ESchoolPlus]]:
    """A simulator and an adapter signed in to it by one of its methods."""
    for name, value in zip(("KEY", "SECRET"), PAIRS[request.param], strict=True):
        monkeypatch.setenv(f"TEST_SIS_{name}", value)
    with Simulator("eschoolplus", seed=SEED) as simulator:
        adapter = eschoolplus.connect(district(simulator.base("abc"), auth=request.param), lambda: None)
        yield simulator, adapter
        adapter.close()


def test_the_directory_is_what_the_sis_says(live: tuple[Simulator, eschoolplus.ESchoolPlus]) -> None:
    found = live[1].directory(["class-1"], ["school-1", "nowhere"])
    assert [(one.id, one.title, one.sis_section) for one in found.categories] == [
        ("cat-hw", "Homework", "class-1"),
        ("cat-test", "Tests", "class-1"),
    ]
    (school,) = found.marking_periods
    assert [(one.id, one.first_day, one.last_day) for one in found.marking_periods[school]] == [
        ("mp-1", "2026-08-17", "2026-10-16"),
        ("mp-2", "2026-10-19", "2026-12-18"),
    ]


def test_the_self_test_names_the_missing_permission(live: tuple[Simulator, eschoolplus.ESchoolPlus]) -> None:
    simulator, adapter = live
    assert {one.code for one in adapter.check("class-1")} == {None}
    simulator.fault("abc", kind="forbid", method="GET", path="results")
    (missing,) = [one for one in adapter.check("class-1") if one.code is not None]
    assert (missing.what, missing.code) == ("read scores", "SIS_PERMISSION_MISSING")
    assert missing.params["permission"] == "getResultsForLineItemForClass"


def test_a_wrong_secret_is_one_finding(
    live: tuple[Simulator, eschoolplus.ESchoolPlus], monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator, _ = live
    monkeypatch.setenv("TEST_SIS_SECRET", "wrong")
    auth = "oauth2" if "client" in os.environ["TEST_SIS_KEY"] else "oauth1-hmac-sha1"
    stranger = eschoolplus.connect(district(simulator.base("abc"), auth=auth), lambda: None)
    assert [(one.what, one.code) for one in stranger.check(None)] == [("sign-in", "SIS_SIGN_IN_FAILED")]
    stranger.close()


@pytest.mark.parametrize("asked", ["create", "look_up"])
def test_ids_of_our_own_need_no_create_and_no_look_up(recorder: Recorder, asked: str) -> None:
    with pytest.raises(Misconfigured, match="SIS_NOT_SUPPORTED"):
        getattr(connected(recorder), asked)(Job(desired=desired(), remote={}))
    assert recorder.requests == []
