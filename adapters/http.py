"""HTTP to a SIS, by the lean path of `requests`: its HTTPAdapter without a Session.

A Session reads proxy and netrc settings on every call, follows redirects and keeps cookies: slow, and not wanted
(reference/delivery.md section 5). This is the seam where another transport could take over.

    https, unless the district allows private addresses     addresses.py, on the address that is dialled
    no proxies, no redirects, no cookies, no retries        a 3xx is an answer like any other
    one deadline for the whole call, body included          deadlines.py
    a cap on the answer's size                              unreadable above it
    Host header and TLS name stay the URL's                 only the dialled address is pinned
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import certifi
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError
from urllib3.util import Timeout
from urllib3.util.connection import create_connection

from adapters.addresses import AddressPolicy, refused
from adapters.deadlines import Call, Deadlines
from adapters.errors import DeliveryError, Misconfigured, Retry, UnknownOutcome

#: Largest answer read, in bytes. A page of 10,000 results is some 6 MB.
MAX_ANSWER = 16 * 1024 * 1024
#: Seconds for a whole call, unless the connection says otherwise.
CALL_SECONDS = 30.0
AGENT = "gradebook-sync"

#: Waits until the district's rate allows one more call.
Pace = Callable[[], None]

_DEADLINES = Deadlines()
_here = threading.local()


@dataclass(frozen=True, slots=True)
class Request:
    """A call to make. Its repr shows neither headers nor body."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read to its end. Header names are in lower case; the repr shows the status only."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def calls_made() -> int:
    """Calls this thread has made since it began: what one item cost is the difference."""
    return getattr(_here, "calls", 0)


@contextmanager
def not_after(seconds: float) -> Iterator[None]:
    """Within it, this thread begins no call later than so many seconds from now: after a wait for the district's
    rate, a slow call before it, or a pause of the whole process.
    """
    _here.last = time.monotonic() + seconds
    try:
        yield
    finally:
        _here.last = None


def too_late() -> bool:
    """Whether a call of this thread may no longer begin."""
    last: float | None = getattr(_here, "last", None)
    return last is not None and time.monotonic() > last


class Transport:
    """Connections to one district's SIS; at most `slots` are kept open. Used by many threads at once."""

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        slots: int = 8,
        seconds: float = CALL_SECONDS,
        ca_file: str | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._policy = policy
        self._pace = pace
        self._seconds = seconds
        self._wire = _Wire(policy, slots, ca_file)

    def exchange(self, request: Request, *, seconds: float | None = None) -> Reply:
        """Send and read the whole answer within `seconds`.

        Raises Retry (nothing was sent), UnknownOutcome (it may have been), Misconfigured (this address is not
        called).
        """
        self._policy.check_url(request.url)
        if self._pace is not None:
            self._pace()
        if too_late():
            raise Retry("SIS_UNAVAILABLE", breaks=False)
        _here.calls = calls_made() + 1
        call = _DEADLINES.start(seconds or self._seconds)
        _here.call = call
        try:
            return self._wire.reply(request, call)
        except DeliveryError:
            raise
        except (HTTPError, OSError, ValueError) as error:
            raise _named(error, call) from None
        finally:
            _here.call = None
            _DEADLINES.end(call)
            call.release()

    def close(self) -> None:
        """Close the idle connections."""
        self._wire.close()


class _Wire(HTTPAdapter):
    """requests' adapter with connections that dial the checked address and can be cut.

    Its `send` prepares, looks up a pool, and builds a Response with cookies for every call; `reply` does without.
    """

    def __init__(self, policy: AddressPolicy, slots: int, ca_file: str | None) -> None:
        self._ca_file = ca_file or certifi.where()
        super().__init__(pool_connections=4, pool_maxsize=slots)
        self.poolmanager.pool_classes_by_scheme = _pools(policy)
        self._pools: dict[str, HTTPConnectionPool] = {}

    def reply(self, request: Request, call: Call) -> Reply:
        origin, target = _split(request.url)
        raw = self._pool(origin).urlopen(
            request.method,
            target,
            body=request.body,
            headers={"Accept-Encoding": "identity", "User-Agent": AGENT, **request.headers},
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            timeout=Timeout(total=call.remaining()),
        )
        try:
            body = raw.read(MAX_ANSWER + 1)
            if call.expired or len(body) > MAX_ANSWER:
                raise UnknownOutcome("SIS_UNAVAILABLE" if call.expired else "SIS_ANSWER_UNREADABLE")
            return Reply(raw.status, {name.lower(): value for name, value in raw.headers.items()}, body)
        except BaseException:
            raw.close()
            raise
        finally:
            raw.release_conn()

    def _pool(self, origin: str) -> HTTPConnectionPool:
        pool = self._pools.get(origin)
        if pool is None:
            parts = urlsplit(origin)
            # one TLS context for the process: reading the bundle takes longer than a call
            tls = {"ssl_context": _tls(self._ca_file)} if parts.scheme == "https" else {}
            pool = self.poolmanager.connection_from_host(parts.hostname, parts.port, parts.scheme, tls)
            self._pools[origin] = pool
        return pool


class _Dialled:
    """A connection that dials the address the policy allowed, and tells the call under way how to cut it."""

    policy: AddressPolicy
    guard: Any = None

    def _new_conn(self: Any) -> Any:
        call: Call = _here.call
        address = self.policy.address_of(self.host, self.port, seconds=min(call.remaining(), 5.0))
        try:
            made = create_connection(
                (address, self.port), timeout=call.remaining(), socket_options=self.socket_options
            )
        except OSError:
            raise NewConnectionError(self, "no connection") from None
        # a second handle on the same socket: TLS takes the first one over, this one can always shut it down
        self.guard = call.guard = made.dup()
        return made

    def request(self: Any, *args: Any, **kwargs: Any) -> None:
        _here.call.guard = self.guard
        super().request(*args, **kwargs)  # type: ignore[misc] # of the connection this is mixed into

    def send(self: Any, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if too_late():
            raise UnknownOutcome("SIS_UNAVAILABLE")  # the process was frozen meanwhile
        super().send(data)  # type: ignore[misc]

    def close(self: Any) -> None:
        guard, self.guard = self.guard, None
        call: Call | None = getattr(_here, "call", None)
        if guard is not None and call is not None and call.guard is guard:
            call.orphaned = True  # the body may still be on its way: http.client closes before it is read
        elif guard is not None:
            guard.close()
        super().close()  # type: ignore[misc]


def _pools(policy: AddressPolicy) -> dict[str, type[HTTPConnectionPool]]:
    bound = {"policy": policy}
    http = type("_Http", (_Dialled, HTTPConnection), bound)
    https = type("_Https", (_Dialled, HTTPSConnection), bound)
    return {
        "http": type("_HttpPool", (HTTPConnectionPool,), {"ConnectionCls": http}),
        "https": type("_HttpsPool", (HTTPSConnectionPool,), {"ConnectionCls": https}),
    }


@cache
def _tls(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


def _split(url: str) -> tuple[str, str]:
    """Origin, and what is asked of it."""
    end = url.index("/", url.index("://") + 3) if url.count("/") > 2 else len(url)
    return url[:end], url[end:] or "/"


def _named(error: Exception, call: Call) -> DeliveryError:
    if isinstance(error, SSLError | ssl.CertificateError):
        return Misconfigured("SIS_ADDRESS_REFUSED", {"reason": "certificate"})
    if isinstance(error, NewConnectionError) or (isinstance(error, ConnectTimeoutError) and not call.expired):
        return Retry("SIS_UNAVAILABLE")
    if isinstance(error, ValueError) and not isinstance(error, HTTPError):
        return refused("malformed")
    return UnknownOutcome("SIS_UNAVAILABLE")
