"""The transport against sockets that misbehave."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import certifi
import pytest

from adapters import http
from adapters.addresses import AddressPolicy
from adapters.errors import Misconfigured, Retry, UnknownOutcome
from adapters.http import Request, Transport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Serve = Callable[[socket.socket, bytes], None]


class Peer:
    """Answers each connection's requests with a function; keeps what it read."""

    def __init__(self, serve: Serve) -> None:
        self.heads: list[bytes] = []
        self.connections = 0
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while head := connection.recv(65536):
                self.heads.append(head)
                self._serve(connection, head)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def peer() -> Iterator[Callable[[Serve], Peer]]:
    made: list[Peer] = []

    def start(serve: Serve) -> Peer:
        made.append(Peer(serve))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(AddressPolicy(allow_private=True), seconds=0.4)
    yield made
    made.close()


def answer(text: bytes) -> Serve:
    return lambda connection, _: connection.sendall(text)


def dripping(text: bytes) -> Serve:
    def serve(connection: socket.socket, _: bytes) -> None:
        for byte in text:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return serve


def test_one_connection_serves_many_calls(peer: Callable[[Serve], Peer], transport: Transport) -> None:
    server = peer(answer(OK))
    before = http.calls_made()
    for _ in range(5):
        assert transport.exchange(Request("GET", server.url + "/x?a=1")).body == b"{}"
    assert (server.connections, http.calls_made() - before) == (1, 5)
    assert server.heads[0].startswith(b"GET /x?a=1 HTTP/1.1\r\nHost: 127.0.0.1:")


@pytest.mark.parametrize(
    "serve",
    [
        lambda connection, _: connection.recv(1),
        dripping(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 200),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + b"x" * 200),
        dripping(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 200),
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 50),
    ],
    ids=["silent", "head", "length", "until close", "chunked"],
)
def test_a_call_ends_at_its_deadline_whatever_drips(
    peer: Callable[[Serve], Peer], transport: Transport, serve: Serve
) -> None:
    server = peer(serve)
    began = time.monotonic()
    with pytest.raises(UnknownOutcome):
        transport.exchange(Request("GET", server.url))
    assert 0.3 < time.monotonic() - began < 1.5


def test_a_slow_answer_within_the_deadline_is_read_whole(peer: Callable[[Serve], Peer]) -> None:
    """The negative control of the deadline."""
    server = peer(dripping(OK))
    patient = Transport(AddressPolicy(allow_private=True), seconds=10)
    assert patient.exchange(Request("GET", server.url)).body == b"{}"
    patient.close()


def test_a_redirect_is_an_answer_and_is_not_followed(
    peer: Callable[[Serve], Peer], transport: Transport
) -> None:
    inside = peer(answer(OK))
    server = peer(
        answer(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % inside.url.encode())
    )
    assert transport.exchange(Request("GET", server.url)).status == 302
    assert inside.connections == 0


def test_proxies_of_the_environment_are_ignored(
    peer: Callable[[Serve], Peer], transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = peer(answer(OK)), peer(answer(OK))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    transport.exchange(Request("GET", server.url))
    assert (proxy.connections, server.connections) == (0, 1)


def test_an_answer_above_the_cap_is_not_kept(
    peer: Callable[[Serve], Peer], monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> None:
    monkeypatch.setattr(http, "MAX_ANSWER", 100)
    server = peer(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"x" * 101))
    with pytest.raises(UnknownOutcome, match="SIS_ANSWER_UNREADABLE"):
        transport.exchange(Request("GET", server.url))
    small = peer(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 100))
    assert len(transport.exchange(Request("GET", small.url)).body) == 100


def test_a_refused_connection_was_never_sent(transport: Transport) -> None:
    with pytest.raises(Retry) as refused:
        transport.exchange(Request("PUT", "http://127.0.0.1:1/", body=b"{}"))
    assert not isinstance(refused.value, UnknownOutcome)


def test_a_reset_after_sending_may_have_taken_effect(
    peer: Callable[[Serve], Peer], transport: Transport
) -> None:
    server = peer(lambda connection, _: connection.close())
    with pytest.raises(UnknownOutcome):
        transport.exchange(Request("PUT", server.url, body=b"{}"))
    assert server.connections == 1  # not sent again by itself


def test_a_private_address_is_refused_before_a_byte_is_sent(peer: Callable[[Serve], Peer]) -> None:
    server = peer(answer(OK))
    public = Transport(AddressPolicy())
    for url in (f"https://127.0.0.1:{server.port}", "https://localhost:8443/", "https://127.0.0.1/"):
        with pytest.raises(Misconfigured):
            public.exchange(Request("GET", url))
    assert server.connections == 0


def test_the_address_is_pinned_and_the_host_header_stays(
    peer: Callable[[Serve], Peer], monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> None:
    """The name is looked up once per connection, and what is dialled is what was checked."""
    server = peer(answer(OK))
    asked: list[str] = []

    def lookup(host: str, port: int, seconds: float) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    monkeypatch.setattr("adapters.addresses._lookup", lookup)
    url = f"http://sis.example.org:{server.port}/"
    for _ in range(2):
        assert transport.exchange(Request("GET", url)).status == 200
    assert asked == ["sis.example.org"]
    assert f"Host: sis.example.org:{server.port}".encode() in server.heads[0]


def test_a_certificate_nobody_vouches_for_is_refused(
    peer: Callable[[Serve], Peer], tmp_path: object, transport: Transport
) -> None:
    server = peer(answer(OK))  # plain text where TLS is expected
    with pytest.raises((Misconfigured, UnknownOutcome)):
        transport.exchange(Request("GET", server.url.replace("http", "https")))
    assert http._tls(certifi.where()).verify_mode is ssl.CERT_REQUIRED
    assert http._tls(certifi.where()).check_hostname


def test_nothing_of_a_call_is_in_its_words(transport: Transport) -> None:
    request = Request("PUT", "http://127.0.0.1:1/canary", {"Authorization": "canary"}, b"canary")
    with pytest.raises(Retry) as failed:
        transport.exchange(request)
    told = repr(request) + repr(failed.value) + str(failed.value.__cause__)
    assert "canary" not in told
    assert failed.value.__suppress_context__


def test_a_call_that_would_begin_too_late_is_not_made(peer: Callable[[Serve], Peer]) -> None:
    """Asked after the wait for the district's rate, which may be what took so long."""
    one = peer(answer(OK))
    transport = Transport(AddressPolicy(allow_private=True), pace=lambda: time.sleep(0.02))
    with http.not_after(0.01), pytest.raises(Retry) as told:
        transport.exchange(Request("POST", one.url))
    assert (type(told.value), told.value.breaks, one.connections) == (Retry, False, 0)
    with http.not_after(10.0):
        assert transport.exchange(Request("POST", one.url)).status == 200
    transport.close()


def test_a_call_that_began_in_time_and_was_held_up_is_not_sent(peer: Callable[[Serve], Peer]) -> None:
    """Asked again before each part goes to the kernel: a process may freeze anywhere."""

    class Slow(AddressPolicy):
        def address_of(self, host: str, port: int, **limits: float) -> str:
            time.sleep(0.05)
            return super().address_of(host, port, **limits)

    one = peer(answer(OK))
    transport = Transport(Slow(allow_private=True))
    with http.not_after(0.02), pytest.raises(UnknownOutcome):
        transport.exchange(Request("POST", one.url, body=b"{}"))
    transport.close()
    assert one.heads == []
