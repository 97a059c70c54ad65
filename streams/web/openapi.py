"""`python -m streams.web.openapi > docs/openapi.json`: the API as OpenAPI 3.1, which a test compares."""

import json
import sys
from typing import Any

from streams.web.app import Sources, Views, create_app
from streams.web.auth.issuers import KEY_BYTES, OWN, Trust, shared_key
from streams.web.settings import WebSettings


class _Nowhere:
    """No broker is asked to describe the routes."""

    async def publish(self, records: object) -> list[bool]:
        return []

    async def close(self) -> None:
        """Nothing is open."""


def document() -> dict[str, Any]:
    """As every installation has it: without the development login."""
    trust = Trust(audience=OWN, leeway=0, issuers={}, session_key=shared_key(bytes(KEY_BYTES)))
    described: dict[str, Any] = create_app(
        Views(), Sources([], _Nowhere()), WebSettings(trust=trust)
    ).openapi()
    return described


def text() -> str:
    """The text of docs/openapi.json."""
    return json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
