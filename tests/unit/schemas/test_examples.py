"""Every record has examples, every example is a record, and the awkward ones are among them."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from schemas import desired, district, gradebook, ledger, results, state
from schemas.codec import decode, encode
from schemas.gradebook import Change, GradebookChange, ItemChanged, ScoresChanged
from schemas.jsonlines import Line, LineRefused, read_lines
from schemas.plain_json import read_record
from schemas.registry import FileSchemas
from schemas.topics import all_topics

FOLDER = Path(gradebook.__file__).parent / "examples"
MODULES = (desired, district, gradebook, ledger, results, state)
KINDS = {
    name: kind
    for module in MODULES
    for name, kind in vars(module).items()
    if isinstance(kind, type) and is_dataclass(kind)
}
RECORDS = sorted(FileSchemas().ids)


def examples(record: str) -> list[Any]:
    """The records of one file, read as strictly as a publisher's lines are."""
    lines = (FOLDER / f"{record}.jsonl").read_text().splitlines()
    if record == "GradebookChange":
        read = list(read_lines(lines, now=0, source=f"{record}.jsonl"))
        refused = [str(one) for one in read if isinstance(one, LineRefused)]
        assert refused == []
        return [one.change for one in read if isinstance(one, Line)]
    return [read_record(KINDS[record], json.loads(line)) for line in lines if not line.startswith("#")]


def test_every_record_has_examples_and_every_file_belongs_to_one() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == RECORDS
    assert sorted({record for topic in all_topics() for record in topic.schema}) == RECORDS


@pytest.mark.parametrize("record", RECORDS)
def test_every_example_survives_the_wire(record: str) -> None:
    found = examples(record)
    assert len(found) >= 2
    for one in found:
        assert decode(KINDS[record], encode(one)) == one


@pytest.mark.parametrize("record", RECORDS)
def test_every_example_says_what_it_shows(record: str) -> None:
    lines = (FOLDER / f"{record}.jsonl").read_text().splitlines()
    assert [line.startswith("# ") for line in lines] == [i % 2 == 0 for i in range(len(lines))]


def test_every_kind_of_change_and_every_word_has_an_example() -> None:
    seen = [one for record in RECORDS for example in examples(record) for one in _walk(example)]
    words = {word for word in seen if isinstance(word, StrEnum)}
    kinds = {value for module in MODULES for value in vars(module).values() if isinstance(value, type)}
    enums = [kind for kind in kinds if issubclass(kind, StrEnum) and kind is not StrEnum]
    assert {kind.__name__: set(kind) - words for kind in enums} == {kind.__name__: set() for kind in enums}
    assert {type(one) for one in seen if is_dataclass(one)} >= set(Change.__args__)


def test_the_awkward_ones_are_there() -> None:
    changes = [one.change for one in examples("GradebookChange") if isinstance(one, GradebookChange)]
    items = [one for one in changes if isinstance(one, ItemChanged)]
    told = [one for one in changes if isinstance(one, ScoresChanged)]
    scores = [score for item in items for score in item.scores or ()]
    scores += [score for one in told for score in one.scores]
    titles = [item.title for item in items]
    assert {63, 200} <= {len(title) for title in titles}
    assert any("👩" in title for title in titles) and any("\u05e9" in title for title in titles)
    assert {None, str, int} <= {type(item.due) if item.due is not None else None for item in items}
    assert any(item.scores == () for item in items) and any(item.scores is None for item in items)
    assert any(score.points == 0 for score in scores)
    assert any(score.points is None and not score.letter and not score.flags for score in scores)
    assert max(len(one.scores) for one in told) >= 100


def test_the_same_instant_written_three_ways_is_one() -> None:
    changes = [one.change for one in examples("GradebookChange")]
    dues = [one.due for one in changes if isinstance(one, ItemChanged) and isinstance(one.due, int)]
    assert len(dues) == 3 and len(set(dues)) == 1


def _walk(value: Any) -> Iterator[Any]:
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from _walk(getattr(value, field.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from _walk(one)
