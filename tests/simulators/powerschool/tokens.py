"""The token of a plugin: ``POST /oauth/access_token/`` with Basic client id and secret [D3:TEAM] [D3:PSGO].

There are no scopes. ``expires_in`` is a string of seconds [D3:APISIO], the token at most 64 characters
[D:PSDD], and the same one keeps coming back until it ends [D3:DRUPAL]: what is sent is the rest of its life
[I].
"""

import secrets

from tests.simulators.call import Reply
from tests.simulators.oauth2 import OAuth2Gate, Token
from tests.simulators.own_api import json_reply

ADDRESS = "/oauth/access_token"


class TokenDesk(OAuth2Gate):
    """Gives out the one token of a district's plugin, and checks it."""

    def _scopes(self, form: dict[str, list[str]]) -> frozenset[str] | None:
        return frozenset()

    def _give(self, scopes: frozenset[str]) -> Reply:
        now = self._now()
        living = [(value, token) for value, token in self._tokens.items() if token.expires_at > now]
        if not living:
            living = [(secrets.token_hex(32), Token(scopes, now + self._profile.expires_in))]
            self._tokens = dict(living)
        value, token = living[0]
        body = {
            "access_token": value,
            "token_type": "Bearer",
            "expires_in": str(int(token.expires_at - now)),
        }
        return json_reply(200, body, {"Cache-Control": "no-store"})
