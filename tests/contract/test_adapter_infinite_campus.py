"""What a Campus is sent is valid by 1EdTech's own file of OneRoster 1.2."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapters.contract import Job
from adapters.infinite_campus import adapter as campus
from schemas.gradebook import Score, ScoreFlag, Sis
from tests.unit.adapters.desk import desired, district
from tests.unit.adapters.network import Wire, reply

SERVICE = "onerosterv1p2gradebookservice_openapi3_v1p0.json"
EVERY_KIND = (
    Score(student="a", points=7.25, comment="well done"),
    Score(student="b", points=0.0),
    Score(student="c", flags=(ScoreFlag.EXCUSED,)),
    Score(student="d", flags=(ScoreFlag.MISSING,)),
    Score(student="e", points=3.0, flags=(ScoreFlag.LATE, ScoreFlag.INCOMPLETE)),
    Score(student="f", flags=(ScoreFlag.COLLECTED,)),
    Score(student="g/é %", points=1.0, flags=(ScoreFlag.ABSENT,)),
)


def errors(third_party: Path, schema: str, body: Any) -> list[str]:
    document = json.loads((third_party / "1edtech" / SERVICE).read_text())
    rule = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    checker = jsonschema.FormatChecker(["date-time", "date"])
    found = jsonschema.Draft202012Validator(rule, format_checker=checker).iter_errors(body)
    return [error.message for error in found]


def test_every_body_is_valid_by_1edtechs_own_file(monkeypatch: pytest.MonkeyPatch, third_party: Path) -> None:
    wire = Wire(lambda _: reply(201)).plug(monkeypatch)
    secrets = {"vendor_key": "env:TEST_SIS_VENDOR_KEY", "vendor_secret": "env:TEST_SIS_VENDOR_SECRET"}
    adapter = campus.connect(
        district(
            "https://x.example.org/campus",
            kind=Sis.INFINITE_CAMPUS,
            auth="oauth2",
            options=secrets,
        ),
        lambda: None,
    )
    job = Job(desired=desired(scores=EVERY_KIND, description="d"), remote={})
    adapter.write(job)
    for score in EVERY_KIND:
        adapter.send_scores(job, [score.student])
    item, *results = wire.bodies()
    assert errors(third_party, "SingleLineItemDType", item) == []
    assert [errors(third_party, "SingleResultDType", body) for body in results] == [[]] * len(EVERY_KIND)
    # the negative control: the file does refuse
    del item["lineItem"]["class"]["href"]
    results[0]["result"]["late"] = True
    assert errors(third_party, "SingleLineItemDType", item)
    assert errors(third_party, "SingleResultDType", results[0])
