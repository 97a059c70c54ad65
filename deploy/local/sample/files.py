"""The samples as files, the same every time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.local.sample.district import district
from deploy.local.sample.districts import SampleDistrict, districts
from deploy.local.sample.events import changes
from deploy.local.sample.expected import expected
from deploy.local.sample.plan import SAMPLE
from deploy.local.sample.sis import seed
from schemas.jsonlines import to_line
from streams.district_file import show


def texts(sample: SampleDistrict) -> dict[str, str]:
    """The generated files of one district."""
    return {
        "district.toml": show(district(sample)),
        "changes.jsonl": "".join(f"{to_line(change)}\n" for change in changes(sample)),
        "sis.json": _readable(seed(sample)),
        "expected.json": _readable(expected(sample)),
    }


def differing() -> list[str]:
    """Names of files of deploy/config/sample that are not as they would be written."""
    return [str(path.relative_to(SAMPLE)) for path, text in _all() if not _holds(path, text)]


def write() -> None:
    """Write them all."""
    for path, text in _all():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _all() -> Iterator[tuple[Path, str]]:
    for sample in districts():
        for name, text in texts(sample).items():
            yield sample.folder / name, text


def _holds(path: Path, text: str) -> bool:
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
