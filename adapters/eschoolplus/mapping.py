"""eSchoolPLUS's dialect of OneRoster. Pure; the items and scores themselves are oneroster/mapping.py's."""

from collections.abc import Mapping

from adapters.oneroster.mapping import Dialect


def dialect(options: Mapping[str, str]) -> Dialect:
    """OneRoster 1.2 as it stands; scores are numbers [D3:CANVAS-ESP] unless the district takes textScore."""
    return Dialect(letters=options.get("letters") == "text")
