"""1EdTech's OpenAPI files of OneRoster 1.2 as a judge of replies."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

FILES = ("onerosterv1p2gradebookservice_openapi3_v1p0.json", "onerosterv1p2rostersservice_openapi3_v1p0.json")


class Standard:
    """The OpenAPI files, asked whether a reply is right."""

    def __init__(self, folder: Path) -> None:
        self._files = [json.loads((folder / name).read_text()) for name in FILES]

    def problems(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """What is wrong with a reply; nothing when it is valid."""
        document, operation = self._operation(method, path)
        answers = operation["responses"]
        described = answers.get(str(status), answers["default"])
        content = described.get("content")
        if content is None:
            return [f"{status} has no body in the standard"] if body else []
        schema = content["application/json"]["schema"]
        checker = Draft4Validator(
            schema | {"components": document["components"]},
            format_checker=FormatChecker(["date", "date-time"]),
        )
        return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(json.loads(body))]

    def _operation(self, method: str, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
        given = path.partition("?")[0].split("/")
        for document in self._files:
            for template, operations in document["paths"].items():
                parts = template.split("/")
                fits = len(parts) == len(given) and all(
                    want in ("{", got) or want.startswith("{") for want, got in zip(parts, given, strict=True)
                )
                if fits and method.lower() in operations:
                    return document, operations[method.lower()]
        raise LookupError(f"{method} {path} is not in the standard")
