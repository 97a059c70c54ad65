"""What was written stays readable: every schema against everything released, and what a breach looks like."""

import copy
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.compatibility import differences, main, problems, release
from schemas.registry import HERE, NAMESPACE, FileSchemas, current_schema

Edit = Callable[[dict[str, Any]], None]
SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "org.gradebooksync.Thing",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "count", "type": "long"},
        {"name": "note", "type": ["null", "string"], "default": None},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
        {
            "name": "choice",
            "type": {"type": "enum", "name": "Choice", "symbols": ["X", "Y"], "default": "X"},
        },
    ],
}


def edited(edit: Edit) -> dict[str, Any]:
    """The schema with a change."""
    changed = copy.deepcopy(SCHEMA)
    edit(changed)
    return changed


def _add_bare(schema: dict[str, Any]) -> None:
    schema["fields"].append({"name": "more", "type": "string"})


def _add_with_default(schema: dict[str, Any]) -> None:
    schema["fields"].append({"name": "more", "type": ["null", "string"], "default": None})


def _remove(name: str) -> Edit:
    def edit(schema: dict[str, Any]) -> None:
        schema["fields"] = [field for field in schema["fields"] if field["name"] != name]

    return edit


def _retype(name: str, kind: Any) -> Edit:
    def edit(schema: dict[str, Any]) -> None:
        next(field for field in schema["fields"] if field["name"] == name)["type"] = kind

    return edit


def _rename(schema: dict[str, Any]) -> None:
    schema["name"] = "org.gradebooksync.Thong"


def _symbols(name: str, *symbols: str) -> Edit:
    def edit(schema: dict[str, Any]) -> None:
        next(field for field in schema["fields"] if field["name"] == name)["type"]["symbols"] = list(symbols)

    return edit


BREACHES: dict[str, Edit] = {
    "a field added without a default": _add_bare,
    "a field removed that had no default": _remove("id"),
    "a type changed": _retype("count", "string"),
    "a number widened": _retype("count", "double"),
    "a number narrowed": _retype("count", "int"),
    "null no longer allowed": _retype("note", "string"),
    "a third kind in a union": _retype("note", ["null", "string", "long"]),
    "an enum narrowed": _symbols("kind", "A"),
    "an enum widened without a default": _symbols("kind", "A", "B", "C"),
    "a record renamed": _rename,
}
ALLOWED: dict[str, Edit] = {
    "nothing": lambda _: None,
    "a field added with a default": _add_with_default,
    "a field removed that had a default": _remove("note"),
    "an enum with a default widened": _symbols("choice", "X", "Y", "Z"),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_found(name: str) -> None:
    assert differences(SCHEMA, edited(BREACHES[name]))
    assert differences(edited(BREACHES[name]), SCHEMA)


@pytest.mark.parametrize("name", ALLOWED)
def test_what_both_can_read_is_allowed(name: str) -> None:
    assert differences(SCHEMA, edited(ALLOWED[name])) == []


def test_a_difference_says_which_reader_and_where() -> None:
    (found,) = differences(SCHEMA, edited(_add_bare))
    assert found == "new cannot read old at /fields/5: more"


def test_every_schema_is_released_and_compatible_with_all_that_was() -> None:
    assert problems() == []


# ---- on a copy of our own files -----------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> FileSchemas:
    """Our schemas, to be changed at will."""
    for name in ("avro", "released"):
        shutil.copytree(HERE / name, tmp_path / name)
    shutil.copy(HERE / "registry.toml", tmp_path)
    return FileSchemas(tmp_path)


def change_avsc(files: FileSchemas, record: str, edit: Edit) -> None:
    """Change a record's .avsc."""
    path = files.folder / "avro" / f"{NAMESPACE}.{record}.avsc"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))


def test_a_changed_avsc_asks_to_be_released(files: FileSchemas) -> None:
    change_avsc(files, "SyncResult", _add_with_default)
    (found,) = problems(files)
    assert found == (
        "SyncResult: its .avsc is not released. Run `python -m schemas.compatibility release SyncResult`, "
        "then add a new id to its list in registry.toml"
    )


def test_a_change_far_inside_is_found_in_every_record_that_holds_it(files: FileSchemas) -> None:
    change_avsc(files, "Score", _add_bare)
    broken = {found.partition(" ")[0] for found in problems(files) if "cannot read" in found}
    assert broken >= {"GradebookChange", "ItemState", "DesiredItem"}


def test_a_compatible_change_is_released_and_then_all_is_well(files: FileSchemas) -> None:
    before = (files.folder / "released" / "SyncResult" / "2.avsc").read_text()
    change_avsc(files, "SyncResult", _add_with_default)
    assert release("SyncResult", files) == files.folder / "released" / "SyncResult" / "3.avsc"
    registry = files.folder / "registry.toml"
    registry.write_text(
        registry.read_text().replace("SyncResult = [601, 602]", "SyncResult = [601, 602, 603]")
    )
    again = FileSchemas(files.folder)
    assert problems(again) == []
    assert again.current("SyncResult").id == 603
    assert (files.folder / "released" / "SyncResult" / "2.avsc").read_text() == before


def test_a_breach_cannot_be_released(files: FileSchemas) -> None:
    change_avsc(files, "SyncResult", _add_bare)
    with pytest.raises(ValueError, match="SyncResult against its version 1: new cannot read old"):
        release("SyncResult", files)
    assert not (files.folder / "released" / "SyncResult" / "3.avsc").exists()


def test_what_did_not_change_is_not_released_again(files: FileSchemas) -> None:
    with pytest.raises(ValueError, match="version 2 is the"):
        release("SyncResult", files)


def test_an_unsafe_schema_is_not_released(files: FileSchemas) -> None:
    change_avsc(
        files,
        "SyncResult",
        lambda schema: schema["fields"].append(
            {"name": "x", "type": {"type": "array", "items": "null"}, "default": []}
        ),
    )
    with pytest.raises(ValueError, match="take no bytes"):
        release("SyncResult", files)


def test_versions_before_the_last_count_too(files: FileSchemas) -> None:
    """Transitive: version 4 must get on with version 1, though version 3 lies between."""
    change_avsc(files, "SyncResult", _remove("run"))
    folder = files.folder / "released" / "SyncResult"
    (folder / "3.avsc").write_text(json.dumps(_unmarked(current_schema("SyncResult", files.folder))))
    change_avsc(files, "SyncResult", lambda schema: schema["fields"].append(_RUN_AS_NUMBER))
    registry = files.folder / "registry.toml"
    registry.write_text(
        registry.read_text().replace("SyncResult = [601, 602]", "SyncResult = [601, 602, 603]")
    )
    found = [one for one in problems(FileSchemas(files.folder)) if "cannot read" in one]
    assert found and all(re.search("against its version [12]:", one) for one in found)


_RUN_AS_NUMBER = {"name": "run", "type": ["null", "long"], "default": None}


def _unmarked(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if not key.startswith("__")}


def test_the_command_says_how_things_stand(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert main(["release", "SyncResult"]) == 1
    assert main(["relase"]) == 2
    told = capsys.readouterr()
    assert "compatible" in told.out and "not released: SyncResult" in told.err and "usage" in told.err


def test_every_released_folder_has_an_id_for_every_version() -> None:
    for record, ids in FileSchemas().ids.items():
        versions = sorted(int(path.stem) for path in (HERE / "released" / record).iterdir())
        assert versions == list(range(1, len(ids) + 1))
    assert {path.name for path in (HERE / "released").iterdir()} == set(FileSchemas().ids)
