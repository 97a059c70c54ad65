"""A bearer token: fetched by one thread while the others wait for it, kept until shortly before its end."""

import base64
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote_plus, urlencode

import orjson

from adapters.backoff import retry_after
from adapters.credentials import Credentials
from adapters.errors import DeliveryError, Misconfigured, Retry
from adapters.http import Reply, Request, Transport

#: Seconds before its end at which a token is no longer used.
MARGIN = 30.0
#: Seconds between fetches after one that failed.
REST = 1.0
#: Life of a token that names none, in seconds.
DEFAULT_LIFE = 3600.0


def client_credentials(credentials: Credentials, url: str, scopes: str = "") -> Request:
    """The usual request for a token: Basic at the token URL [D:1ED12]. `scopes` are joined by spaces."""
    form = {"grant_type": "client_credentials"}
    return basic(credentials, url, form | {"scope": scopes} if scopes else form)


def basic(credentials: Credentials, url: str, form: Mapping[str, str]) -> Request:
    """A form sent to the token URL with key and secret as Basic credentials."""
    pair = f"{quote_plus(credentials.key)}:{quote_plus(credentials.secret)}"
    headers = {
        "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
        "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
        "Accept": "application/json",
    }
    return Request("POST", url, headers, urlencode(form).encode())


class Bearer:
    """Signs with the token that `asks` (a request to the token URL) is answered with."""

    def __init__(
        self, asks: Request, transport: Transport, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._asks = asks
        self._transport = transport
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0
        self._used = threading.local()
        self._refused: tuple[DeliveryError, float] | None = None

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """The Authorization header, after fetching a token if there is none."""
        with self._lock:
            if not self._token or self._clock() >= self._until:
                self._fetch_once()
            token = self._used.token = self._token
        return {"Authorization": f"Bearer {token}"}

    def renewed(self) -> bool:
        """Forget the token this thread used, unless another thread has fetched a newer one meanwhile."""
        with self._lock:
            if self._token == self._used.token:
                self._token = ""
        return True

    def _fetch_once(self) -> None:
        """Who waited for a fetch that failed does not try again at once: its failure is theirs."""
        if self._refused is not None and self._clock() < self._refused[1]:
            raise self._refused[0]
        try:
            self._fetch()
        except DeliveryError as error:
            self._refused = (error, self._clock() + REST)
            raise
        self._refused = None

    def _fetch(self) -> None:
        reply = self._transport.exchange(self._asks)
        if reply.status == 429 or reply.status >= 500:
            code = "SIS_BUSY" if reply.status == 429 else "SIS_UNAVAILABLE"
            raise Retry(code, retry_after(reply.headers.get("retry-after")), breaks=reply.status != 429)
        self._token, life = _token_of(reply)
        self._until = self._clock() + max(life - MARGIN, 1.0)


def _token_of(reply: Reply) -> tuple[str, float]:
    """Token and life in seconds, which some servers send as a string."""
    try:
        document = orjson.loads(reply.body) if reply.status == 200 else {}
        token = document["access_token"]
        life = float(document.get("expires_in") or DEFAULT_LIFE)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise Misconfigured("SIS_SIGN_IN_FAILED", {"status": str(reply.status)}) from None
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise Misconfigured("SIS_SIGN_IN_FAILED", {"status": str(reply.status)})
    return token, life
