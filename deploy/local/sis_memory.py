"""The simulated SIS keeps its gradebook in memory; its commit log is on disk. Before each start the two are joined:
the seed is the sample, with every assignment and score that the log says was committed.
"""

import json
from typing import Any

from deploy.local.layout import Layout, sample

Row = dict[str, Any]

_REFERENCES = {
    "class": "class",
    "school": "org",
    "category": "category",
    "gradingPeriod": "academicSession",
    "academicSession": "academicSession",
    "lineItem": "lineItem",
    "student": "user",
}


def write_seed(layout: Layout) -> None:
    """Write what the simulator starts from."""
    seed = json.loads(sample("sis.json").read_text())
    items, results = committed(layout)
    seed["lineItems"], seed["results"] = items, results
    layout.seed.write_text(json.dumps(seed, ensure_ascii=False))


def committed(layout: Layout) -> tuple[list[Row], list[Row]]:
    """Line items and results that stand, by the log; a torn last line was never answered for."""
    standing: dict[str, dict[str, Row]] = {"lineItem": {}, "result": {}}
    lines = layout.commits.read_bytes().split(b"\n")[:-1] if layout.commits.exists() else []
    for line in lines:
        commit = json.loads(line)
        held = standing.get(commit["kind"])
        if held is None:
            continue
        held.pop(commit["sourcedId"], None)
        if commit["content"] is not None:
            held[commit["sourcedId"]] = _body(commit["sourcedId"], commit["content"])
    return list(standing["lineItem"].values()), list(standing["result"].values())


def _body(sourced_id: str, content: Row) -> Row:
    """The OneRoster body of a committed object: ids become references again."""
    body: Row = {"sourcedId": sourced_id}
    for key, value in content.items():
        kind = _REFERENCES.get(key)
        body[key] = value if kind is None else _reference(kind, str(value))
    return {key: value for key, value in body.items() if value is not None}


def _reference(kind: str, name: str) -> Row:
    return {"href": f"http://127.0.0.1/{kind}/{name}", "sourcedId": name, "type": kind}
