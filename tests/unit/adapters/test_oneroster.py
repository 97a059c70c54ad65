"""The dialect and its signatures, without a server."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote

import orjson
import pytest
from authlib.oauth1.rfc5849.client_auth import ClientAuth
from authlib.oauth1.rfc5849.signature import construct_base_string
from authlib.oauth1.rfc5849.util import escape

from adapters.credentials import Credentials, resolve
from adapters.errors import DeliveryError, Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.eschoolplus.auth import OAuth1, oauth2
from adapters.eschoolplus.client import ACTIONS, WRITE_SCORES, Client
from adapters.http import Reply, Request, Transport
from adapters.oneroster.calls import Caller, base_of, told
from adapters.oneroster.client import DELETE_ITEM, READ_ITEM, READ_SCORES, WRITE_ITEM

PAIR = Credentials("dpf43f3p2l4k3l03", "kd94hf93k423kf44&%")
URL = "https://photos.example.net/photos/r%20v?file=vacation.jpg&size=original&empty="


def fields(header: str) -> dict[str, str]:
    pairs = (pair.split("=", 1) for pair in header.removeprefix("OAuth ").split(", "))
    return {name: unquote(value.strip('"')) for name, value in pairs}


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
@pytest.mark.parametrize("url", [URL, "https://a.example:8443/x/y?limit=10&offset=0", "http://a.example:80"])
def test_a_signature_is_the_one_authlib_computes(method: str, url: str) -> None:
    signer = OAuth1(PAIR, method, clock=lambda: 1191242096.7, nonce=lambda: "kllo9940pd9333jh")
    signed = fields(signer.headers("GET", url)["Authorization"])
    told_pairs = [(name, value) for name, value in signed.items() if name != "oauth_signature"]
    query = [pair.partition("=")[::2] for pair in url.partition("?")[2].split("&") if pair]
    base = construct_base_string("GET", url, [*told_pairs, *query])
    key = f"{escape(PAIR.secret)}&".encode()
    digest = hmac.new(key, base.encode(), hashlib.sha1 if method.endswith("SHA1") else hashlib.sha256)
    assert signed["oauth_signature"] == base64.b64encode(digest.digest()).decode()


def test_and_the_whole_header_of_authlibs_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("authlib.oauth1.rfc5849.client_auth.generate_timestamp", lambda: "1191242096")
    monkeypatch.setattr("authlib.oauth1.rfc5849.client_auth.generate_nonce", lambda: "nonce")
    _, headers, _ = ClientAuth(PAIR.key, PAIR.secret).sign("PUT", URL, {}, "")
    ours = OAuth1(PAIR, "HMAC-SHA1", clock=lambda: 1191242096, nonce=lambda: "nonce").headers("PUT", URL)
    assert fields(ours["Authorization"]) == fields(headers["Authorization"])


def test_no_nonce_is_used_twice_and_no_secret_is_shown() -> None:
    signer = OAuth1(PAIR, "HMAC-SHA1")
    headers = [signer.headers("GET", URL)["Authorization"] for _ in range(50)]
    assert len({fields(header)["oauth_nonce"] for header in headers}) == 50
    assert PAIR.secret not in repr(PAIR) + repr(signer) + str(headers)


class Scripted:
    """A transport that answers from a list."""

    def __init__(self, *replies: Reply | DeliveryError) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []

    def exchange(self, request: Request, *, seconds: float | None = None) -> Reply:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, DeliveryError):
            raise reply
        return reply

    def __call__(self) -> Transport:
        return cast("Transport", self)


def token(text: str = "t1", **more: Any) -> Reply:
    return Reply(200, {}, orjson.dumps({"access_token": text, "token_type": "Bearer", **more}))


def test_a_token_is_kept_until_shortly_before_its_end_even_if_that_is_a_string() -> None:
    now = [0.0]
    wire = Scripted(token("t1", expires_in="3600"), token("t2", expires_in=3600))
    signer = oauth2(PAIR, "https://x/token", wire(), lambda: now[0])
    assert signer.headers("GET", URL) == signer.headers("GET", URL) == {"Authorization": "Bearer t1"}
    now[0] = 3575.0
    assert signer.headers("GET", URL) == {"Authorization": "Bearer t2"}
    assert len(wire.requests) == 2
    assert b"grant_type=client_credentials" in (wire.requests[0].body or b"")


@pytest.mark.parametrize(
    "reply", [Reply(401, {}, b""), Reply(200, {}, b"<html>"), token("a\r\nb"), token("")]
)
def test_no_token_is_a_failed_sign_in_and_not_asked_again_at_once(reply: Reply) -> None:
    now = [0.0]
    wire = Scripted(reply)
    signer = oauth2(PAIR, "https://x/token", wire(), lambda: now[0])
    for _ in range(5):
        with pytest.raises(Misconfigured, match="SIS_SIGN_IN_FAILED"):
            signer.headers("GET", URL)
    assert len(wire.requests) == 1
    now[0] = 1.0
    with pytest.raises(Misconfigured):
        signer.headers("GET", URL)
    assert len(wire.requests) == 2


def test_a_token_another_thread_renewed_meanwhile_is_kept() -> None:
    wire = Scripted(token("t1"), token("t2"), token("t3"))
    signer = oauth2(PAIR, "https://x/token", wire())
    signer.headers("GET", URL)

    def renews() -> None:
        signer.headers("GET", URL)
        assert signer.renewed()
        signer.headers("GET", URL)

    other = threading.Thread(target=renews)
    other.start()
    other.join(10)
    assert signer.renewed()
    assert signer.headers("GET", URL) == {"Authorization": "Bearer t2"}
    assert len(wire.requests) == 2


def test_a_token_server_that_is_down_is_no_wrong_password() -> None:
    with pytest.raises(Retry, match="SIS_UNAVAILABLE"):
        oauth2(PAIR, "https://x/token", Scripted(Reply(503, {}, b""))()).headers("GET", URL)


# ---- answers ----------------------------------------------------------------------------------------------------

STATUS = {
    "imsx_codeMajor": "failure",
    "imsx_description": "dueDate: closed",
    "imsx_CodeMinor": {
        "imsx_codeMinorField": [
            {"imsx_codeMinorFieldName": "dueDate", "imsx_codeMinorFieldValue": "invaliddata"}
        ]
    },
}


@pytest.mark.parametrize(
    "body", [STATUS, {"imsx_StatusInfo": STATUS}, {"imsx_statusInfo": STATUS}, [STATUS]], ids=str
)
def test_an_error_body_is_read_flat_wrapped_or_listed(body: Any) -> None:
    said = told(orjson.dumps(body))
    assert (said.minor, said.about, said.description) == ("invaliddata", "dueDate", "dueDate: closed")
    assert "closed" not in repr(said)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"3", b'{"imsx_CodeMinor": 5}', b"\xff\xfe", b"null"]
)
def test_any_other_body_tells_nothing(body: bytes) -> None:
    assert told(body).minor == ""


class Unsigned:
    def headers(self, method: str, url: str) -> dict[str, str]:
        return {}

    def renewed(self) -> bool:
        return False


def client(wire: Scripted) -> Client:
    return Client(Caller(wire(), "https://x/ims", Unsigned(), ACTIONS))


def page(*ids: str, **headers: str) -> Reply:
    return Reply(200, headers, orjson.dumps({"results": [{"sourcedId": one} for one in ids]}))


def test_all_pages_are_read_however_few_each_holds() -> None:
    total = {"x-total-count": "5"}
    wire = Scripted(page("1", "2", **total), page("3", "4", **total), page("5", **total))
    assert [row["sourcedId"] for row in client(wire).results("c", "l")] == list("12345")
    assert [request.url.rpartition("offset=")[2] for request in wire.requests] == ["0", "2", "4"]


def test_a_link_or_a_short_page_says_that_it_was_the_last() -> None:
    linked = Scripted(page("1", link='<u>; rel="next"'), page("2", link='<u>; rel="first"'))
    assert len(list(client(linked).results("c", "l"))) == 2
    assert len(list(client(Scripted(page("1", "2"))).results("c", "l"))) == 2


def test_a_list_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.oneroster.calls.MAX_PAGES", 5)
    with pytest.raises(UnknownOutcome, match="UNREADABLE"):
        list(client(Scripted(page("1", **{"x-total-count": "999999"}))).results("c", "l"))


ITEM = {"sourcedId": "l"}
CALLS: dict[str, Callable[[Client], object]] = {
    READ_ITEM: lambda c: c.line_item("l"),
    WRITE_ITEM: lambda c: c.put_line_item(ITEM),
    DELETE_ITEM: lambda c: c.delete_line_item("l"),
    READ_SCORES: lambda c: list(c.results("c", "l")),
    WRITE_SCORES: lambda c: c.post_results("l", []),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, Misconfigured, "SIS_SIGN_IN_FAILED"),
        (403, Misconfigured, "SIS_PERMISSION_MISSING"),
        (429, Retry, "SIS_BUSY"),
        (500, UnknownOutcome, "SIS_UNAVAILABLE"),
        (503, UnknownOutcome, "SIS_UNAVAILABLE"),
        (599, UnknownOutcome, "SIS_UNAVAILABLE"),
        (302, Misconfigured, "SIS_ADDRESS_REFUSED"),
        (418, Refused, "SIS_REFUSED"),
    ],
)
def test_a_status_means_the_same_for_every_call(
    call: str, status: int, error: type[DeliveryError], code: str
) -> None:
    with pytest.raises(error) as raised:
        CALLS[call](client(Scripted(Reply(status, {}, b""))))
    assert raised.value.code == code


def test_and_404_means_what_the_call_was_for() -> None:
    missing = Reply(404, {}, b"")
    for call in (READ_ITEM, WRITE_ITEM, READ_SCORES, WRITE_SCORES):
        with pytest.raises(Gone):
            CALLS[call](client(Scripted(missing)))
    CALLS[DELETE_ITEM](client(Scripted(missing)))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"sourcedIdPairs": 4}', b"\xff"])
def test_an_unreadable_answer_is_an_unknown_outcome(body: bytes) -> None:
    with pytest.raises(UnknownOutcome):
        client(Scripted(Reply(200, {}, body))).post_results("l", [])


def test_the_tail_is_added_where_it_is_missing() -> None:
    assert base_of("https://x/plus360api/v1/abc/", "ims/oneroster/v1p2") == (
        "https://x/plus360api/v1/abc/ims/oneroster/v1p2"
    )
    assert base_of("https://x/ims/oneroster/v1p1/", "ims/oneroster/v1p2") == "https://x/ims/oneroster/v1p1"


def test_a_secret_comes_from_a_file_or_the_environment_and_is_never_empty(tmp_path: Any) -> None:
    file = tmp_path / "secret"
    file.write_text(" s3cret\n")
    assert resolve(f"file:{file}", {}) == "s3cret"
    assert resolve("env:X", {"X": "y"}) == "y"
    for bad in ("env:X", f"file:{file}.no", "s3cret", "", f"file:{tmp_path}"):
        with pytest.raises(Misconfigured) as missing:
            resolve(bad, {"X": ""})
        assert "s3cret" not in str(missing.value.params)
