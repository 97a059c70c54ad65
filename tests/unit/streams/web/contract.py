"""Every answer a test gets is held to OpenAPI: a status that is described, and a body of its schema."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from streams.web.openapi import document

_NOWHERE = (400, 404)  # a host that is not ours, a path that is no route


@cache
def _document() -> dict[str, Any]:
    return document()


@cache
def _routes() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    # the longer pattern first, so that /status.csv is not a section's anything
    paths = sorted(_document()["paths"].items(), key=lambda one: -len(one[0]))
    return [
        (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]*", re.escape(path))), methods) for path, methods in paths
    ]


@cache
def _registry() -> Registry[Any]:
    empty: Registry[Any] = Registry()
    filled: Registry[Any] = empty.with_resource("urn:api", DRAFT202012.create_resource(_document()))
    return filled


def _operations(method: str, path: str) -> Iterator[dict[str, Any]]:
    for pattern, methods in _routes():
        if pattern.fullmatch(path) and method.lower() in methods:
            yield methods[method.lower()]


def check(method: str, path: str, answer: Any) -> None:
    """Raises AssertionError, or jsonschema's ValidationError, when the answer is not as described."""
    plain = path.partition("?")[0]
    operation = next(_operations(method, plain), None)
    if operation is None:
        assert answer.status_code in (*_NOWHERE, 405, 200, 422), f"{method} {unquote(plain)} is not described"
        return
    described = operation["responses"].get(str(answer.status_code))
    if described is None:
        assert answer.status_code == 400, f"{method} {plain}: {answer.status_code} is not described"
        return
    content = described.get("content", {}).get("application/json")
    if content is None or not answer.content:
        return
    body = json.loads(answer.content)
    Draft202012Validator(_rooted(content["schema"]), registry=_registry()).validate(body)


def _rooted(schema: Any) -> Any:
    """References start at the document."""
    if isinstance(schema, dict):
        return {
            name: f"urn:api{value}" if name == "$ref" else _rooted(value) for name, value in schema.items()
        }
    return [_rooted(one) for one in schema] if isinstance(schema, list) else schema
