"""Signing in to Skyward.

token    SMS 2.0: `POST {base}/token`, key and secret as Basic AND as user name and password of a form with
grant_type=password [D3:T4E]
oauth2   Qmlativ: client credentials [D3:RQ]. By OneRoster the token URL cannot be told from the base, so the
district's settings state it [D3:EDLINK-Q]; the Generic API has it at `{base}/oauth/token` [D3:RQ]
"""

from adapters.addresses import refused
from adapters.credentials import Credentials, resolve
from adapters.errors import Misconfigured
from adapters.http import Request, Transport
from adapters.tokens import Bearer, basic, client_credentials
from schemas.district import SisConnection


def signer(sis: SisConnection, transport: Transport, scopes: str = "", below: str = "") -> Bearer:
    """The signer of a connection. `below`: path of the token when no URL is stated, "" for none."""
    credentials = Credentials(resolve(sis.key_ref), resolve(sis.secret_ref))
    base = sis.base_url.rstrip("/")
    match sis.auth:
        case "token":
            return Bearer(password(credentials, sis.token_url or f"{base}/token"), transport)
        case "oauth2":
            if not sis.token_url and not below:
                raise refused("token_url")
            where = sis.token_url or f"{base}/{below}"
            return Bearer(client_credentials(credentials, where, scopes), transport)
    raise Misconfigured("SIS_SIGN_IN_FAILED", {"status": "auth"})


def password(credentials: Credentials, url: str) -> Request:
    """SMS 2.0's request for a token: the same pair twice [D3:T4E]."""
    form = {"grant_type": "password", "username": credentials.key, "password": credentials.secret}
    return basic(credentials, url, form)
