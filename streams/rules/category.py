"""Categories: where the section's mapping sends an item's LMS category in the SIS."""

from collections.abc import Collection, Iterable, Mapping

from schemas.gradebook import CategoryMapping
from streams.rules.problem import CATEGORY_NOT_IN_SIS, CATEGORY_REQUIRED, Problem, shown


def sis_category(
    category: str | None, mapping: Mapping[str, str], known: Collection[str] = ()
) -> str | Problem:
    """The SIS category id an item goes to.

    `mapping` is LMS category id -> SIS category id; `known` are the SIS categories of the section, empty when the
    district's are not known. Ids are compared exactly: another case, space or Unicode form is another category.
    """
    if not category:
        return Problem(CATEGORY_REQUIRED)
    target = mapping.get(category)
    if not target:
        return Problem(CATEGORY_REQUIRED, {"category": shown(category)})
    if known and target not in known:
        return Problem(CATEGORY_NOT_IN_SIS, {"category": shown(category), "sis_category": shown(target)})
    return target


def mapping_of(categories: Iterable[CategoryMapping]) -> dict[str, str]:
    """A MappingChanged's list as `sis_category` reads it; of two rows for one category the last counts."""
    return {row.category: row.sis_category for row in categories}
