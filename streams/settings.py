"""What a stream worker is told by its environment. The cluster: schemas/cluster.py."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from streams.status.watchdog import PATIENCE_MS
from streams.tuning import Tuning

_PREFIX = "GRADEBOOK_SYNC_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`group` is the consumer group; `patience_ms` how long a row may stand in Queued without a word;
    `metrics_port` serves metrics on the loopback, 0 for none.
    """

    group: str = "gradebook-sync.streams"
    patience_ms: int = PATIENCE_MS
    metrics_port: int = 0
    tuning: Tuning = field(default_factory=Tuning)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """GRADEBOOK_SYNC_GROUP, _PATIENCE_MS, _METRICS_PORT, and _TUNING_<NAME> for each number of streams/tuning.py.

        ValueError names the variable that is no number.
        """
        defaults = Tuning()
        tuned: dict[str, Any] = {
            row.name: _number(env, f"{_PREFIX}TUNING_{row.name.upper()}", getattr(defaults, row.name))
            for row in fields(Tuning)
        }
        return cls(
            group=env.get(f"{_PREFIX}GROUP", "gradebook-sync.streams"),
            patience_ms=int(_number(env, f"{_PREFIX}PATIENCE_MS", PATIENCE_MS)),
            metrics_port=int(_number(env, f"{_PREFIX}METRICS_PORT", 0)),
            tuning=Tuning(**tuned),
        )


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name)
    if text is None:
        return default
    try:
        return type(default)(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}, which is no number") from None
