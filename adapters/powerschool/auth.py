"""Signing in to PowerSchool: OAuth 2.0 client credentials of the installed plugin [D3:TEAM].

No scope: what the plugin may do stands in its plugin.xml, field by field. `expires_in` is a string, and the same
token comes back until its end [D3:APISIO] [D3:DRUPAL]: a 401 after a new sign-in is a wrong pair. The pair is made
when the plugin is installed; a new one is made on its Data Provider Configuration page [D:PSADM].
"""

from adapters.credentials import Credentials
from adapters.errors import Misconfigured
from adapters.http import Transport
from adapters.tokens import Bearer, client_credentials

#: Below the server's address; the slash at its end belongs to it [D3:TEAM].
TOKEN = "oauth/access_token/"  # noqa: S105 - a path, not a secret


def signer(method: str, credentials: Credentials, token_url: str, transport: Transport) -> Bearer:
    """The signer of a connection's `auth`. Misconfigured for any other than oauth2."""
    if method != "oauth2":
        raise Misconfigured("SIS_SIGN_IN_FAILED", {"status": "auth"})
    return Bearer(client_credentials(credentials, token_url), transport)
