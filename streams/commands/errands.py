"""What only delivery's code can do, done by it in a process of its own: the two meet nowhere but in words."""

import json
import os
import subprocess
import sys
from typing import Any

from schemas.catalog import explain
from schemas.cluster import Cluster
from schemas.gradebook import Sis
from streams.commands.exits import FAULT, Stop

#: Seconds an errand may take: a few calls to a SIS that may be slow.
SECONDS = 180.0


def run(cluster: Cluster, errand: str, *words: str) -> dict[str, Any]:
    """Its answer. Stop when it could not be carried out."""
    command = [sys.executable, "-m", "adapters.errand", errand, "--", *words]
    environment = os.environ | cluster.environment()
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Stop(FAULT, f"the SIS was asked, and no answer came in {SECONDS:.0f} seconds.") from None
    if done.returncode != 0:
        raise Stop(FAULT, f"asking the SIS ended with code {done.returncode} ({_last(done.stderr)}).")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def sentences(told: dict[str, Any], sis: Sis) -> tuple[str, str]:
    """What a code of delivery means, and what to do about it and by whom."""
    known = explain(told["code"], told["params"], sis)
    return f"{known.message} [{known.code}]", f"{known.solution} Who can fix it: {known.fixed_by}."


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else "it said nothing"
