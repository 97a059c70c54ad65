"""The house has three floors and two quiet rooms; this reads every import in the tree and holds it to the plan.

Read with ast, so an import inside a function counts too, and so does importlib.import_module("a.name").
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A rule or a fold is a function of its arguments: no pipeline, no clock, no chance, no machine.
PIPELINE = frozenset({"faust", "mode", "kafka", "aiokafka", "confluent_kafka"})
OUTSIDE = frozenset({"os", "time", "random", "secrets", "socket", "subprocess", "asyncio", "threading"})
WEB = frozenset({"fastapi", "starlette", "uvicorn", "pydantic"})
CLOCK_CALLS = frozenset({"now", "utcnow", "today"})


@dataclass(frozen=True, slots=True)
class Rule:
    """`names` (top-level packages) that files matching `files` may not import; `pure` forbids the clock as well."""

    files: tuple[str, ...]
    names: frozenset[str]
    why: str
    pure: bool = False


RULES = (
    Rule(("streams/**/*.py",), frozenset({"adapters"}), "the flow and the systems meet only in topics"),
    Rule(("adapters/**/*.py",), frozenset({"streams"}), "the flow and the systems meet only in topics"),
    Rule(("schemas/**/*.py",), frozenset({"streams", "adapters"}), "the language is the ground floor"),
    Rule(
        ("streams/**/*.py", "adapters/**/*.py", "schemas/**/*.py"),
        frozenset({"deploy", "tests"}),
        "neither is in the installed package",
    ),
    Rule(
        ("streams/rules/**/*.py", "streams/**/fold.py", "adapters/**/fold.py"),
        PIPELINE | OUTSIDE | {"requests", "logging", "structlog"},
        "rules and folds are values in, values out",
        pure=True,
    ),
    Rule(
        (
            *(
                f"streams/web/auth/{name}.py"
                for name in ("access", "buckets", "people", "sessions", "tokens")
            ),
            *(
                f"streams/web/{name}.py"
                for name in ("changes", "choosing", "mapping", "overview", "reviewing", "sheet", "timeline")
            ),
        ),
        PIPELINE | OUTSIDE | WEB | {"requests", "logging", "structlog"},
        "what the API decides is decided apart from the API",
        pure=True,
    ),
)


def violations(root: Path) -> list[str]:
    """One line per broken rule in the tree below `root`: file, line, what and why."""
    found = set()
    for rule in RULES:
        for path in sorted({path for pattern in rule.files for path in root.glob(pattern)}):
            for line, what in _broken(rule, path, path.relative_to(root)):
                found.add((str(path.relative_to(root)), line, f"{what}: {rule.why}"))
    return [f"{path}:{line} {what}" for path, line, what in sorted(found)]


def _broken(rule: Rule, path: Path, relative: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_bytes(), filename=str(path))):
        for name in _imported(node, relative.parts[:-1]):
            if name.partition(".")[0] in rule.names:
                yield getattr(node, "lineno", 0), f"imports {name}"
        if rule.pure and (asked := _asks_outside(node)):
            yield getattr(node, "lineno", 0), f"calls {asked}()"


def _imported(node: ast.AST, package: tuple[str, ...]) -> list[str]:
    """Dotted names that this node imports, relative ones resolved against the file's package."""
    match node:
        case ast.Import(names=aliases):
            return [alias.name for alias in aliases]
        case ast.ImportFrom(module=module, names=aliases, level=level):
            base = [*package[: len(package) - level + 1]] if level else []
            stem = ".".join([*base, *([module] if module else [])])
            return [stem or alias.name for alias in aliases]
        case ast.Call(
            func=ast.Attribute(attr=name) | ast.Name(id=name), args=[ast.Constant(value=str(target)), *_]
        ):
            return [target] if name in {"import_module", "__import__"} else []
    return []


def _asks_outside(node: ast.AST) -> str | None:
    """Name of a call that reads a clock or a file, whatever object it is made on."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK_CALLS:
            return name
        case ast.Call(func=ast.Name(id="open")):
            return "open"
    return None


def test_every_import_in_the_tree_keeps_to_the_plan() -> None:
    assert violations(ROOT) == []


@pytest.mark.parametrize(
    ("path", "source", "reported"),
    [
        (
            "streams/app.py",
            "def f():\n    import adapters.worker",
            "streams/app.py:2 imports adapters.worker",
        ),
        (
            "streams/app.py",
            "from importlib import import_module\nimport_module('adapters')",
            ":2 imports adapters",
        ),
        ("streams/web/app.py", "from ... import adapters", "imports adapters"),
        ("adapters/aeries/client.py", "from streams.rules import verdict", "imports streams.rules"),
        ("schemas/codec.py", "import adapters as a", "imports adapters"),
        ("adapters/worker.py", "from tests.support import kafka", "imports tests.support"),
        ("streams/rules/calendar.py", "import faust", "imports faust"),
        ("streams/rules/calendar.py", "from os import environ", "imports os"),
        ("streams/rules/calendar.py", "import datetime as d\nd.datetime.now(d.UTC)", ":2 calls now()"),
        ("streams/rules/calendar.py", "from datetime import date\ndate.today()", ":2 calls today()"),
        ("streams/intake/fold.py", "import random", "imports random"),
        ("streams/status/fold.py", "open('x')", "calls open()"),
        ("adapters/fold.py", "import time", "imports time"),
        ("streams/web/auth/access.py", "from fastapi import Request", "imports fastapi"),
    ],
)
def test_a_breach_is_reported(tmp_path: Path, path: str, source: str, reported: str) -> None:
    _write(tmp_path, path, source)
    found = violations(tmp_path)
    assert len(found) == 1
    assert reported in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("streams/app.py", "import faust, os, time\nfrom schemas import events\nfrom .rules import verdict"),
        (
            "streams/rules/calendar.py",
            "from datetime import date, time\nfrom zoneinfo import ZoneInfo\nfrom . import x",
        ),
        ("adapters/worker.py", "from schemas.topics import TOPICS\nimport time"),
        ("tests/e2e/test_all.py", "import streams, adapters, deploy"),
        ("deploy/local/stack.py", "import streams, adapters"),
    ],
)
def test_what_the_plan_allows_is_not_reported(tmp_path: Path, path: str, source: str) -> None:
    _write(tmp_path, path, source)
    assert violations(tmp_path) == []


def test_folders_that_do_not_exist_yet_break_no_rule(tmp_path: Path) -> None:
    assert violations(tmp_path) == []


def _write(root: Path, path: str, source: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True)
    target.write_text(source)
