"""POST /v1/changes: the same events as over Kafka, one outcome for each, and twice is once."""

import json
import struct
from dataclasses import replace
from typing import Any

import pytest

from schemas.codec import encode
from schemas.gradebook import GradebookChange, ItemChanged, ItemKind, Score, ScoresChanged
from streams.web.changes import AVRO, BODY_BYTES, EVENTS_AT_MOST, JSON, LINES
from tests.unit.streams.web.bench import Web
from tests.unit.streams.web.sign import NOW, admin, bearer, operator, publisher, teacher

ITEM: dict[str, Any] = {
    "tenant": "north",
    "section": "algebra",
    "event": "e1",
    "version": 1,
    "type": "ItemChanged",
    "item": "i1",
    "kind": "assignment",
    "title": "Essay",
}
RECORD = GradebookChange(
    tenant="north",
    section="algebra",
    event="e1",
    version=1,
    occurred_at=int(NOW * 1000),
    change=ItemChanged(item="i1", kind=ItemKind.ASSIGNMENT, title="Essay"),
)


def _send(web: Web, body: Any, kind: str = JSON, token: str | None = None, status: int = 200) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {**bearer(token or publisher()), "Content-Type": kind}
    answer = web.client.post("/v1/changes", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def _frames(*values: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(value)) + value for value in values)


def _outcomes(told: Any) -> list[str]:
    return [one["outcome"] for one in told["events"]]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, json.dumps(ITEM).encode()),
        (JSON, json.dumps([ITEM]).encode()),
        ("application/json; charset=utf-8", json.dumps([ITEM]).encode()),
        (LINES, json.dumps(ITEM).encode() + b"\n\n"),
        (AVRO, _frames(encode(RECORD))),
    ],
)
def test_every_form_publishes_the_same_record(web: Web, kind: str, body: bytes) -> None:
    told = _send(web, body, kind)
    assert told["accepted"] == 1
    assert told["events"][0]["event"] == "e1"
    assert web.log.events == [RECORD]


def test_each_event_has_its_own_outcome_and_a_bad_one_hinders_no_other(web: Web) -> None:
    told = _send(
        web,
        [
            ITEM,
            {**ITEM, "event": "e2", "kind": "asignment"},
            {**ITEM, "event": "e3", "tenant": "south"},
            {**ITEM, "event": "e4", "item": "x" * 2000},
            {**ITEM, "event": "e5", "version": -1},
            "no object",
            {**ITEM, "event": "e6", "item": "i2"},
        ],
    )
    assert _outcomes(told) == ["accepted", *["refused"] * 5, "accepted"]
    assert [one["code"] for one in told["events"]] == [
        *(None, "MALFORMED", "NOT_YOURS", "VENDOR_DATA", "MALFORMED", "MALFORMED", None)
    ]
    assert "Did you mean ASSIGNMENT?" in told["events"][1]["fix"]
    assert [one.event for one in web.log.events] == ["e1", "e6"]


def test_an_event_that_comes_twice_is_published_once(web: Web) -> None:
    assert _outcomes(_send(web, [ITEM, ITEM])) == ["accepted", "duplicate"]
    assert _outcomes(_send(web, [ITEM])) == ["duplicate"]
    assert len(web.log.records) == 1


def test_an_event_id_with_another_content_is_refused(web: Web) -> None:
    _send(web, [ITEM])
    told = _send(web, [{**ITEM, "title": "Another"}])
    assert (told["events"][0]["outcome"], told["events"][0]["code"]) == ("refused", "EVENT_ID_REUSED")
    assert _outcomes(_send(web, [{**ITEM, "section": "geometry"}])) == ["accepted"], "ids are a section's own"


def test_what_is_not_acknowledged_is_unknown_and_may_be_sent_again(web: Web) -> None:
    web.log.acknowledges = False
    assert _outcomes(_send(web, [ITEM])) == ["unknown"]
    web.log.acknowledges = True
    assert _outcomes(_send(web, [ITEM])) == ["accepted"]
    assert _outcomes(_send(web, [ITEM])) == ["duplicate"]


def test_an_event_without_a_name_has_one_by_its_content(web: Web) -> None:
    nameless = {name: value for name, value in ITEM.items() if name != "event"}
    first = _send(web, [nameless])["events"][0]["event"]
    web.clock.now += 5
    again = _send(web, [nameless])["events"][0]
    assert (again["event"], again["outcome"]) == (first, "duplicate")


def test_who_may_publish(web: Web) -> None:
    for token in (teacher(), admin()):
        _send(web, [ITEM], token=token, status=404)
    answer = web.client.post("/v1/changes", json=[ITEM])
    assert answer.status_code == 401
    assert _outcomes(_send(web, [{**ITEM, "tenant": "south"}], token=operator())) == ["accepted"]
    assert _outcomes(_send(web, [ITEM], token=publisher(tenant="south"))) == ["refused"]
    assert len(web.log.records) == 1


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (JSON, b"", 422),
        (JSON, b"[]", 422),
        (JSON, b"nonsense", 422),
        (JSON, b"[" * 100_000, 422),
        (JSON, b'[{"tenant": "a", "tenant": "b"}]', 422),
        (JSON, b"\xff", 422),
        (JSON, json.dumps([ITEM] * (EVENTS_AT_MOST + 1)).encode(), 422),
        (LINES, b"\n\n", 422),
        (AVRO, b"", 422),
        (AVRO, b"\x00\x00", 422),
        (AVRO, b"\xff\xff\xff\xff", 422),
        (AVRO, struct.pack(">I", 50) + b"x", 422),
        (AVRO, b"\x00\x00\x00\x00" * (EVENTS_AT_MOST + 1), 422),
        ("text/plain", b"[]", 415),
        ("application/x-www-form-urlencoded", b"a=1", 415),
        ("", b"[]", 415),
        (JSON, b" " * (BODY_BYTES + 1), 413),
    ],
)
def test_what_is_no_batch(web: Web, kind: str, body: bytes, status: int) -> None:
    _send(web, body, kind, status=status)
    assert not web.log.records


def test_a_bad_avro_record_is_refused_by_itself(web: Web) -> None:
    good = encode(RECORD)
    told = _send(
        web, _frames(good, good[:-2], good + b"x", b"", b"\x01" + good[1:], b"\x00\xff\xff\xff\xff"), AVRO
    )
    assert _outcomes(told) == ["accepted", *["refused"] * 5]
    assert [one["code"] for one in told["events"][1:]] == [
        *("MALFORMED", "TRAILING_BYTES", "EMPTY_VALUE", "BAD_MAGIC", "UNKNOWN_SCHEMA")
    ]


def test_a_refusal_says_nothing_of_a_student(web: Web, capfd: pytest.CaptureFixture[str]) -> None:
    """The canary of reference/security.md, through every way to be refused."""
    canary = {"student": "Zxqv Canary", "points": 97.25, "comment": "Zxqv 078-05-1120"}
    scores = {**ITEM, "type": "ScoresChanged", "scores": [canary]}
    del scores["kind"], scores["title"]
    bad = [
        {**scores, "scores": [{**canary, "points": "Zxqv"}]},
        {**scores, "scores": [{**canary, "Zxqv": 1}]},
        {**scores, "scores": "Zxqv"},
        {**scores, "tenant": "south"},
        {**scores, "version": -1},
    ]
    told = [_send(web, bad)]
    change = ScoresChanged(item="i1", scores=(Score(student="Zxqv", points=97.25),))
    told.append(_send(web, _frames(encode(replace(RECORD, change=change))[:-1]), AVRO))
    told.append(_send(web, b'[{"comment": "Zxqv"', status=422))
    assert "Zxqv" not in json.dumps(told)
    assert "97.25" not in json.dumps(told)
    assert "Zxqv" not in web.get("/metrics").text
    said = capfd.readouterr()
    assert "Zxqv" not in said.out + said.err
