"""Signing in to eSchoolPLUS: per API profile OAuth 1.0 (the default) or OAuth 2.0 [D:ESP-PROF].

OAuth1 signs with HMAC-SHA1, or HMAC-SHA256 where the profile says so [D:ESP-PROF]; a JSON body is no part of the
signature (RFC 5849 3.4.1.3). OAuth2 is client credentials, Basic at the token URL, which the profile page shows and
`{base}/token` stands for otherwise [I].
"""

import base64
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, quote, urlsplit

from adapters.credentials import Credentials
from adapters.errors import Misconfigured
from adapters.http import Transport
from adapters.oneroster.calls import scopes
from adapters.tokens import Bearer, client_credentials

#: Scopes of the calls made [D:LONG].
SCOPES = scopes(
    "v1p2", "gradebook.readonly", "gradebook.createput", "gradebook.createpost", "gradebook.delete"
)
#: Of marking periods [D:1ED12]: asked for apart, so that a profile without it still delivers.
ROSTER_SCOPES = scopes("v1p2", "roster.readonly")
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


def oauth2(
    credentials: Credentials,
    token_url: str,
    transport: Transport,
    clock: Callable[[], float] = time.monotonic,
    wanted: str = SCOPES,
) -> Bearer:
    """Client credentials with the scopes of the calls made."""
    return Bearer(client_credentials(credentials, token_url, wanted), transport, clock)


def signer(
    method: str, credentials: Credentials, token_url: str, transport: Transport, wanted: str = SCOPES
) -> OAuth1 | Bearer:
    """The signer of a connection's `auth`: oauth1-hmac-sha1, oauth1-hmac-sha256, oauth2."""
    match method:
        case "oauth1-hmac-sha1" | "oauth1":
            return OAuth1(credentials, "HMAC-SHA1")
        case "oauth1-hmac-sha256":
            return OAuth1(credentials, "HMAC-SHA256")
        case "oauth2":
            return oauth2(credentials, token_url, transport, wanted=wanted)
    raise Misconfigured("SIS_SIGN_IN_FAILED", {"status": "auth"})
