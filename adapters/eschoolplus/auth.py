"""Signing in to eSchoolPLUS: per API profile OAuth 1.0 (the default) or OAuth 2.0 [D:ESP-PROF].

OAuth1 signs with HMAC-SHA1, or HMAC-SHA256 where the profile says so [D:ESP-PROF]; a JSON body is no part of the
signature (RFC 5849 3.4.1.3). OAuth2 is client credentials, Basic at the token URL, which the profile page shows and
`{base}/token` stands for otherwise [I].
"""

import base64
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit

import orjson

from adapters.backoff import retry_after
from adapters.credentials import Credentials
from adapters.errors import DeliveryError, Misconfigured, Retry
from adapters.http import Reply, Request, Transport

#: Scopes of the calls made [D:LONG].
SCOPES = " ".join(
    f"https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.{verb}"
    for verb in ("readonly", "createput", "createpost", "delete")
)
#: Seconds before its end at which a token is no longer used.
MARGIN = 30.0
#: Seconds between fetches after one that failed.
REST = 1.0
#: Life of a token that names none, in seconds.
DEFAULT_LIFE = 3600.0
_DIGESTS = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}


def _escape(text: str) -> str:
    return quote(text, safe="~")


class OAuth1:
    """Signs each call anew; there is nothing to renew. A test holds it to authlib's signatures and RFC 5849's.

    Written out because the library draws 30 random numbers and parses the URL four times per call.
    """

    def __init__(
        self,
        credentials: Credentials,
        method: str,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._key = (_escape(credentials.secret) + "&").encode()
        self._digest = _DIGESTS[method]
        self._fixed = {"oauth_consumer_key": credentials.key, "oauth_signature_method": method}
        self._clock = clock
        self._nonce = nonce

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """The Authorization header."""
        told = {
            **self._fixed,
            "oauth_nonce": self._nonce(),
            "oauth_timestamp": str(int(self._clock())),
            "oauth_version": "1.0",
        }
        told["oauth_signature"] = self._signature(method, url, told)
        pairs = ", ".join(f'{name}="{_escape(value)}"' for name, value in told.items())
        return {"Authorization": f"OAuth {pairs}"}

    def _signature(self, method: str, url: str, told: Mapping[str, str]) -> str:
        """RFC 5849 3.4.1: method, base URI without a default port, all parameters sorted."""
        where, _, query = url.partition("?")
        parts = urlsplit(where)
        default = {"https": 443, "http": 80}[parts.scheme]
        host = (parts.hostname or "") + ("" if parts.port in (None, default) else f":{parts.port}")
        pairs = [*told.items(), *parse_qsl(query, keep_blank_values=True)]
        sorted_pairs = sorted((_escape(name), _escape(value)) for name, value in pairs)
        parameters = "&".join(f"{name}={value}" for name, value in sorted_pairs)
        base = "&".join((method, _escape(f"{parts.scheme}://{host}{parts.path or '/'}"), _escape(parameters)))
        return base64.b64encode(hmac.digest(self._key, base.encode(), self._digest)).decode()

    def renewed(self) -> bool:
        """A refused signature is refused again: the pair or the method is wrong."""
        return False


class OAuth2:
    """A token, fetched by one thread while the others wait for it, kept until shortly before its end."""

    def __init__(
        self,
        credentials: Credentials,
        token_url: str,
        transport: Transport,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._credentials = credentials
        self._token_url = token_url
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
        pair = f"{quote_plus(self._credentials.key)}:{quote_plus(self._credentials.secret)}"
        headers = {
            "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
            "Accept": "application/json",
        }
        form = urlencode({"grant_type": "client_credentials", "scope": SCOPES}).encode()
        reply = self._transport.exchange(Request("POST", self._token_url, headers, form))
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


def signer(method: str, credentials: Credentials, token_url: str, transport: Transport) -> OAuth1 | OAuth2:
    """The signer of a connection's `auth`: oauth1-hmac-sha1, oauth1-hmac-sha256, oauth2."""
    match method:
        case "oauth1-hmac-sha1" | "oauth1":
            return OAuth1(credentials, "HMAC-SHA1")
        case "oauth1-hmac-sha256":
            return OAuth1(credentials, "HMAC-SHA256")
        case "oauth2":
            return OAuth2(credentials, token_url, transport)
    raise Misconfigured("SIS_SIGN_IN_FAILED", {"status": "auth"})
