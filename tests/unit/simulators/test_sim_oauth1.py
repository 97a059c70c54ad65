"""OAuth 1, signed by authlib: an independent client that real vendors use."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests
from authlib.integrations.requests_client import OAuth1Auth
from authlib.oauth1 import ClientAuth
from authlib.oauth1.rfc5849.signature import generate_signature_base_string

from tests.simulators.call import Call
from tests.simulators.oauth1 import NotSignedInError, OAuth1Gate, signature_base
from tests.simulators.vendor import line_item
from tests.simulators.world import OAuth1Profile
from tests.unit.simulators.conftest import School

METHODS = ("HMAC-SHA1", "HMAC-SHA256")


def _sha256(client: Any, request: Any) -> str:
    key = f"{client.client_secret}&".encode()
    text = generate_signature_base_string(request).encode()
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


ClientAuth.register_signature_method("HMAC-SHA256", _sha256)


@pytest.fixture
def web() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def _signed(method: str = "HMAC-SHA1", **changes: str) -> OAuth1Auth:
    who = {"client_id": "OneRoster_ABC_123", "client_secret": "demo-secret"} | changes
    return OAuth1Auth(**who, signature_method=method, force_include_body=True)


def _url(school: School, path: str) -> str:
    return f"{school.vendor.base}/ims/oneroster/v1p2{path}"


@pytest.mark.parametrize("method", METHODS)
def test_a_signed_read_with_awkward_parameters_is_let_in(
    school: School, web: requests.Session, method: str
) -> None:
    query = {"filter": "title='a b&c=d/é'", "sort": "title", "limit": "7"}
    answer = web.get(_url(school, "/lineItems"), params=query, auth=_signed(method), timeout=10)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("method", METHODS)
def test_a_signed_write_is_let_in(school: School, web: requests.Session, method: str) -> None:
    url = _url(school, "/lineItems/a%20b")
    answer = web.put(url, json={"lineItem": line_item("a b")}, auth=_signed(method), timeout=10)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_secret_is_refused(school: School, web: requests.Session, method: str) -> None:
    answer = web.get(_url(school, "/lineItems"), auth=_signed(method, client_secret="other"), timeout=10)
    assert answer.status_code == 401
    assert "imsx_codeMajor" in answer.json()
    assert "WWW-Authenticate" in answer.headers


def test_an_unknown_key_is_refused(school: School, web: requests.Session) -> None:
    answer = web.get(_url(school, "/lineItems"), auth=_signed(client_id="nobody"), timeout=10)
    assert answer.status_code == 401


@pytest.mark.parametrize("method", METHODS)
def test_a_nonce_is_good_for_one_call(school: School, web: requests.Session, method: str) -> None:
    request = requests.Request("GET", _url(school, "/lineItems"), auth=_signed(method)).prepare()
    statuses = [web.send(request, timeout=10).status_code for _ in range(2)]
    assert statuses == [200, 401]


@pytest.mark.parametrize("offset", [-400, 400])
@pytest.mark.parametrize("method", METHODS)
def test_a_timestamp_outside_the_window_is_refused(
    school: School, web: requests.Session, method: str, offset: float
) -> None:
    school.sim.clock(school.code, offset)
    answer = web.get(_url(school, "/lineItems"), auth=_signed(method), timeout=10)
    assert answer.status_code == 401
    assert "window" in answer.json()["imsx_description"]


def test_a_signature_does_not_cover_another_address(school: School, web: requests.Session) -> None:
    request = requests.Request("GET", _url(school, "/lineItems?limit=1"), auth=_signed()).prepare()
    request.url = _url(school, "/lineItems?limit=2")
    assert web.send(request, timeout=10).status_code == 401


def test_a_body_that_does_not_match_its_hash_is_refused(school: School, web: requests.Session) -> None:
    request = requests.Request(
        "PUT", _url(school, "/lineItems/x"), json={"lineItem": line_item("x")}, auth=_signed()
    ).prepare()
    request.body = (request.body or b"").replace(b"100", b"999")  # type: ignore[arg-type]
    assert web.send(request, timeout=10).status_code == 401
    assert school.commits() == []


def test_a_method_the_profile_does_not_allow_is_refused(
    opened: Any, seed: dict[str, Any], web: requests.Session
) -> None:
    seed["auth"]["oauth1"]["signature_methods"] = ["HMAC-SHA1"]
    school = opened(seed)
    answer = web.get(_url(school, "/lineItems"), auth=_signed("HMAC-SHA256"), timeout=10)
    assert answer.status_code == 401


def test_the_base_string_is_that_of_the_rfc() -> None:
    """The worked example of RFC 5849 section 3.4.1.1."""
    call = Call(
        method="POST",
        path="/request",
        query="b5=%3D%253D&a3=a&c%40=&a2=r%20b",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=b"c2&a3=2+q",
        origin="http://EXAMPLE.com:80",
    )
    given = {
        "oauth_consumer_key": "9djdj82h48djs9d2",
        "oauth_token": "kkk9d7dh3k39sjv7",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131201",
        "oauth_nonce": "7d8f3e4a",
        "oauth_signature": "bYT5CMsGcbgUdFHObYMEfcx6bsw%3D",
    }
    assert signature_base(call, given) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540"
        "%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3D"
        "HMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


@pytest.mark.parametrize(
    "header",
    [
        "",
        "OAuth",
        "OAuth realm",
        'OAuth oauth_consumer_key="k", oauth_consumer_key="k"',
        'OAuth oauth_consumer_key="k", oauth_signature_method="PLAINTEXT", oauth_signature="s%26"',
        'OAuth oauth_consumer_key="k", oauth_signature_method="HMAC-SHA1", oauth_timestamp="soon"',
        'OAuth oauth_consumer_key="k", oauth_signature_method="HMAC-SHA1", oauth_timestamp="0", oauth_version="2"',
        (
            'OAuth oauth_consumer_key="k", oauth_signature_method="HMAC-SHA1", oauth_timestamp="0",'
            ' oauth_nonce="n", oauth_signature="***"'
        ),
    ],
)
def test_a_broken_header_is_refused(header: str) -> None:
    gate = OAuth1Gate(OAuth1Profile("k", "s"), lambda: 0.0)
    with pytest.raises(NotSignedInError):
        gate.check(Call("GET", "/x", "", {"Authorization": header}, b"", "http://h"))


def test_nonces_are_forgotten_after_the_window() -> None:
    now = time.time()
    gate = OAuth1Gate(OAuth1Profile("k", "s", timestamp_window=10), lambda: now)
    for step in range(50):
        now += 10
        signed = OAuth1Auth("k", "s", signature_method="HMAC-SHA1")
        nonce, stamp = f"n{step}", str(int(now))
        params = dict(signed.get_oauth_params(nonce, stamp))
        base = signature_base(Call("GET", "/x", "", {}, b"", "http://h"), params)
        params["oauth_signature"] = base64.b64encode(hmac.digest(b"s&", base.encode(), "sha1")).decode()
        header = "OAuth " + ", ".join(f'{key}="{quote(value, safe="")}"' for key, value in params.items())
        gate.check(Call("GET", "/x", "", {"Authorization": header}, b"", "http://h"))
    assert len(gate._used) <= 4
