"""Secrets by reference: `env:NAME` or `file:PATH`, read when a district's client is built and never before.

A value lives in the objects that sign; it is in no topic, repr, log line or command line. A file read anew with
each client makes rotation a change of the file and of district.config's time stamp.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adapters.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key and its secret. Neither is shown."""

    key: str = field(repr=False)
    secret: str = field(repr=False)


def resolve(reference: str, env: Mapping[str, str] = os.environ) -> str:
    """The value behind a reference. Misconfigured SIS_SECRET_MISSING when there is none."""
    scheme, _, name = reference.partition(":")
    value = ""
    if scheme == "env":
        value = env.get(name, "")
    elif scheme == "file":
        try:
            value = Path(name).read_text().strip()
        except (OSError, UnicodeDecodeError):
            value = ""
    if not value:
        raise Misconfigured(
            "SIS_SECRET_MISSING", {"reference": reference if scheme in ("env", "file") else ""}
        )
    return value
