"""Whatever is sent: never a fault of ours, always an answer that OpenAPI describes, and nothing of it repeated."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.web.auth.buckets import Rate
from streams.web.openapi import document
from tests.unit.streams.web import bench, contract
from tests.unit.streams.web.bench import WHOLE, Web
from tests.unit.streams.web.logs import log
from tests.unit.streams.web.sign import bearer, operator, publisher, teacher

_ENDLESS = Rate(1e9, 1e9)
_OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
    if not path.endswith("/events")  # a stream does not end by itself
]
_TEXT = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            "..",
            "a/b",
            "%00",
            "\x00",
            "<script>",
            "' OR 1=1",
            "\u202e",
            "=cmd|x",
            "item-3",
            "algebra",
            "x" * 1500,
        ]
    ),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)
_FIELDS = st.sampled_from(
    [
        "items",
        "item",
        "fingerprint",
        "choice",
        "up_to",
        "categories",
        "category",
        "sis_category",
        "sections",
        "token",
    ]
)
_BODY = st.dictionaries(_FIELDS, _JSON, max_size=3) | _JSON


@pytest.fixture(scope="module")
def hostile() -> Any:
    web = bench.make(
        WHOLE, bench.settings(reads=_ENDLESS, commands=_ENDLESS, failures=_ENDLESS, development_login=True)
    )
    with web.client:
        web.show(log())
        web.bind("north", "algebra", "teacher-1")
        yield web


@pytest.mark.parametrize(("method", "path", "operation"), _OPERATIONS, ids=lambda one: str(one)[:40])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_request_ends_in_a_fault(
    hostile: Web, method: str, path: str, operation: dict[str, Any], data: st.DataObject
) -> None:
    named = {"tenant": "north", "section": "algebra", "item": "item-3"}
    filled = path
    for name in ("tenant", "section", "item", "review"):
        told = data.draw(_TEXT | st.just(named.get(name, "r")))
        filled = filled.replace(f"{{{name}}}", quote(told, safe=""))
    query = data.draw(
        st.dictionaries(st.sampled_from(["after", "limit", "state", "sort", "title", "wait", "token"]), _TEXT)
    )
    query["wait"] = "0"
    token = data.draw(st.sampled_from([teacher(), operator(), publisher(), "a.b.c"]))
    body = None if method == "GET" else json.dumps(data.draw(_BODY)).encode()
    answer = hostile.client.request(
        method,
        filled,
        params=query,
        content=body,
        headers={**bearer(token), "Content-Type": "application/json"},
    )
    assert answer.status_code < 500 or (answer.status_code == 503 and answer.json()["code"] != "FAULT")
    contract.check(method, filled, answer)
    kind, sniffed = answer.headers.get("content-type", ""), answer.headers.get("x-content-type-options")
    assert b"<script>" not in answer.content or ("json" in kind and sniffed == "nosniff")
    assert b"Traceback" not in answer.content
