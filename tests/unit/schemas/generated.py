"""Avro values made from a schema: whatever a writer of that schema may write, for Hypothesis to choose from."""

from typing import Any

from hypothesis import strategies as st

#: Any text UTF-8 can hold.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def values(schema: Any, named: dict[str, st.SearchStrategy[Any]] | None = None) -> st.SearchStrategy[Any]:
    """A strategy of values as fastavro writes them; records in a union of several are `(full name, fields)`."""
    named = {} if named is None else named
    if isinstance(schema, list):
        return st.one_of([_branch(branch, schema, named) for branch in schema])
    if isinstance(schema, str):
        return named[schema] if schema in named else _primitive(schema)
    match schema["type"]:
        case "record":
            fields = {field["name"]: values(field["type"], named) for field in schema["fields"]}
            named[schema["name"]] = st.fixed_dictionaries(fields)
            return named[schema["name"]]
        case "enum":
            named[schema["name"]] = st.sampled_from(schema["symbols"])
            return named[schema["name"]]
        case "array":
            return st.lists(values(schema["items"], named), max_size=3)
        case "map":
            return st.dictionaries(TEXT, values(schema["values"], named), max_size=3)
        case inner:
            return values(inner, named)


def _branch(
    branch: Any, union: list[Any], named: dict[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[Any]:
    strategy = values(branch, named)
    records = [one for one in union if isinstance(one, dict) and one["type"] == "record"]
    if len(records) < 2:
        return strategy
    name = branch["name"]
    return strategy.map(lambda fields: (name, fields))


def _primitive(name: str) -> st.SearchStrategy[Any]:
    made: dict[str, st.SearchStrategy[Any]] = {
        "null": st.none(),
        "boolean": st.booleans(),
        "int": st.integers(-(2**31), 2**31 - 1),
        "long": st.integers(-(2**63), 2**63 - 1),
        "double": st.floats(allow_nan=False),
        "string": TEXT,
    }
    return made[name]
