"""Assignment groups: a vendor's category is the Skyward category of the same description [D3:CANVAS-SKY].

Skyward keeps a crosswalk from the vendor's id to its own (VendorCategory [D3:RQ]), so a line item may name either.
"""

from collections import Counter
from dataclasses import replace

from tests.simulators.call import Reply
from tests.simulators.oneroster import bodies, rendering, routes
from tests.simulators.oneroster.exchange import Exchange
from tests.simulators.oneroster.fields import refuse
from tests.simulators.oneroster.lists import one_reply
from tests.simulators.oneroster.reads import CATEGORY, Ids, unknown
from tests.simulators.world import Category, District, Json


def code_of(district: District, category: Category) -> str:
    """The code of a category."""
    return district.codes.get(category.sourced_id, category.sourced_id)


def group_names(district: District) -> dict[str, str]:
    """What the group of each category must be called, by its id."""
    listed = district.categories.of()
    shared = Counter(one.title for one in listed)
    return {
        one.sourced_id: one.title if shared[one.title] == 1 else f"{one.title} ({code_of(district, one)})"
        for one in listed
    }


def with_native_category(district: District, given: Json) -> Json:
    """A line item with Skyward's own id for the vendor's."""
    named = str(given.get("category", ""))
    return given | {"category": district.category_aliases.get(named, named)}


def _put_category(exchange: Exchange, ids: Ids) -> Reply:
    """PUT /categories/{id}: finds the Skyward category of that name, never makes one [I]."""
    district = exchange.district
    given = bodies.single(exchange.call, bodies.CATEGORY)
    if given["sourcedId"] != ids[0]:
        refuse("sourcedId", f"must be {ids[0]} as in the address")
    # Square brackets are brackets too.
    wanted = str(given["title"]).strip().replace("[", "(").replace("]", ")")
    found = next((name for name, title in group_names(district).items() if title == wanted), None)
    if found is None:
        refuse("title", "invalid assignment group", 422)
    if ids[0] in district.categories and ids[0] != found:
        refuse("sourcedId", "is another category of Skyward", 422)
    district.category_aliases[ids[0]] = found
    return Reply(201)


def _get_category(exchange: Exchange, ids: Ids) -> Reply:
    """GET /categories/{id}, by either id."""
    district = exchange.district
    native = district.categories.get(district.category_aliases.get(ids[0], ids[0]))
    if native is None:
        raise unknown("category", ids[0])
    body = rendering.category(native, exchange.links) | {"sourcedId": ids[0]}
    return one_reply(exchange, "category", body, CATEGORY)


def _delete_category(exchange: Exchange, ids: Ids) -> Reply:
    """DELETE /categories/{id}: ends the vendor's name of a category, never the category [I]."""
    if exchange.district.category_aliases.pop(ids[0], None) is None:
        raise unknown("category", ids[0])
    return Reply(204)


_ACTS = {
    "putCategory": _put_category,
    "getCategory": _get_category,
    "deleteCategory": _delete_category,
}
_OPERATIONS = [replace(one, act=_ACTS.get(one.name, one.act)) for one in routes.OPERATIONS]
V1P2 = routes.Table(_OPERATIONS)
#: 1.1 has no bulk POST [D:LONG].
V1P1 = routes.Table((one for one in _OPERATIONS if one.method != "POST"), {"lineitems": "lineItems"})
