"""The contract: OpenAPI 3.1, committed, valid, and what is answered is what it says."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError
from openapi_spec_validator import validate

from streams.web.openapi import document, text
from tests.unit.streams.web import contract

COMMITTED = Path(__file__).parents[4] / "docs" / "openapi.json"


def test_the_committed_document_is_that_of_the_code() -> None:
    assert COMMITTED.read_text() == text(), "run: python -m streams.web.openapi > docs/openapi.json"


def test_it_is_openapi_3_1_and_valid() -> None:
    validate(document())
    assert document()["openapi"].startswith("3.1")
    operations = [one for methods in document()["paths"].values() for one in methods.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names))
    assert all(one.get("description") for one in operations)


def test_every_route_with_data_asks_who_is_there() -> None:
    open_to_all = {"/live", "/ready", "/metrics", "/launch", "/v1/launch", "/v1/session/end"}
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            assert bool(operation.get("security")) is (path not in open_to_all), path


@dataclass
class Answer:
    status_code: int
    told: Any

    @property
    def content(self) -> bytes:
        return json.dumps(self.told).encode()


def test_the_check_of_answers_does_notice() -> None:
    """Negative control of every other test here."""
    contract.check(
        "GET", "/v1/me", Answer(200, {"id": "a", "role": "teacher", "tenants": None, "teaches": []})
    )
    with pytest.raises(ValidationError):
        contract.check(
            "GET", "/v1/me", Answer(200, {"id": "a", "role": "king", "tenants": None, "teaches": []})
        )
    with pytest.raises(ValidationError):
        contract.check("GET", "/v1/me", Answer(401, {"message": "x"}))
    with pytest.raises(AssertionError, match="not described"):
        contract.check("GET", "/v1/me", Answer(418, {}))
