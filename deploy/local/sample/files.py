"""The sample as files: name -> text, the same every time."""

import json
from typing import Any

from deploy.local.sample.district import district
from deploy.local.sample.events import changes
from deploy.local.sample.expected import expected
from deploy.local.sample.plan import SAMPLE
from deploy.local.sample.sis import seed
from schemas.jsonlines import to_line
from streams.district_file import show


def texts() -> dict[str, str]:
    """Every generated file of deploy/config/sample."""
    return {
        "district.toml": show(district()),
        "changes.jsonl": "".join(f"{to_line(change)}\n" for change in changes()),
        "sis.json": _readable(seed()),
        "expected.json": _readable(expected()),
    }


def differing() -> list[str]:
    """Names of files that are not as they would be written."""
    return [name for name, text in texts().items() if not _holds(name, text)]


def write() -> None:
    """Write them all."""
    for name, text in texts().items():
        (SAMPLE / name).write_text(text, encoding="utf-8")


def _holds(name: str, text: str) -> bool:
    path = SAMPLE / name
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _readable(document: dict[str, Any]) -> str:
    """JSON with one short row per line, so that a change shows where it is."""
    lines = []
    for key, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n".join(f"    {_flat(row)}" for row in value)
            lines.append(f"  {json.dumps(key)}: [\n{rows}\n  ]")
        else:
            lines.append(f"  {json.dumps(key)}: {_flat(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _flat(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        head = json.dumps({key: one for key, one in value.items() if key != "items"}, ensure_ascii=False)
        rows = ",\n".join(f"      {json.dumps(row, ensure_ascii=False)}" for row in value["items"])
        return head[:-1] + f', "items": [\n{rows}\n    ]}}'
    return text
