"""One request and one reply, free of any web framework, so that a SIS is a plain function between the two."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came over the wire; ``path`` and ``query`` are still percent-encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    origin: str


@dataclass(slots=True)
class Reply:
    """What the SIS answers; the server may still drop it when a fault switch says so."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
