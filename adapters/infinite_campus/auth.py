"""Signing in to Infinite Campus: OAuth 2 client credentials only [D:IC-CONN] [D:IC-OR], and a second header.

Every gradebook call carries `x-vendor-authorization: {vendorKey}:{vendorSecret}` as well; absent, it is answered 401
[D:IC-CONN]. Rostering calls do not get it. Key and secret of the partner age out after a year [D:IC-LI], which is why
they are references like the others: the options `vendor_key` and `vendor_secret`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from adapters.credentials import Credentials, resolve
from adapters.errors import Misconfigured
from adapters.http import AGENT, Transport
from adapters.oneroster.calls import scopes
from adapters.tokens import Bearer, client_credentials
from schemas.district import SisConnection

HEADER = "x-vendor-authorization"


@dataclass(frozen=True, slots=True)
class Partnered:
    """A bearer token and the partner's own credentials beside it."""

    bearer: Bearer
    partner: str = field(repr=False)

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """Both headers."""
        return {**self.bearer.headers(method, url), HEADER: self.partner}

    def renewed(self) -> bool:
        """Another token may help; another partner secret comes with new settings only."""
        return self.bearer.renewed()


def token_url(campus: str, sis: SisConnection) -> str:
    """`{campus}/oauth2/token?appName={app}` [D:IC-CONN]; the option `app_name` states the app."""
    plain = sis.token_url or f"{campus}/oauth2/token"
    app = quote(sis.options.get("app_name", AGENT), safe="")
    return plain if "?" in plain else f"{plain}?appName={app}"


def signers(campus: str, version: str, sis: SisConnection, transport: Transport) -> tuple[Partnered, Bearer]:
    """The signers of gradebook and of rostering calls. Misconfigured without one of the four secrets.

    Scopes are the standard's [I]; those of rostering are asked for apart, so that a connection without them delivers.
    """
    if sis.auth != "oauth2":
        raise Misconfigured("SIS_SIGN_IN_FAILED", {"status": "auth"})
    credentials = Credentials(resolve(sis.key_ref), resolve(sis.secret_ref))
    partner = f"{resolve(sis.options.get('vendor_key', ''))}:{resolve(sis.options.get('vendor_secret', ''))}"
    if not (partner.isascii() and partner.isprintable()):
        raise Misconfigured("SIS_PARTNER_KEY_REFUSED")  # no header can carry it
    where = token_url(campus, sis)
    gradebook = scopes(version, "gradebook.readonly", "gradebook.createput", "gradebook.delete")
    rostering = scopes(version, "roster.readonly")
    return (
        Partnered(Bearer(client_credentials(credentials, where, gradebook), transport), partner),
        Bearer(client_credentials(credentials, where, rostering), transport),
    )
