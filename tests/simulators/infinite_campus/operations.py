"""The operations Campus has (sis-apis 4.3): no bulk POST, categories are read only, two spellings in 1.1."""

from dataclasses import replace

from tests.simulators.call import Reply
from tests.simulators.infinite_campus.dialects import ALL_ONES
from tests.simulators.oneroster import rendering, routes
from tests.simulators.oneroster.exchange import Exchange
from tests.simulators.oneroster.lists import list_reply, one_reply
from tests.simulators.oneroster.reads import CATEGORY, Ids, class_of, unknown
from tests.simulators.world import Category

_OWN = Category(ALL_ONES, "Uncategorized", modified="2023-06-30T00:00:00.000Z")
_UNSUPPORTED = {"putCategory", "deleteCategory"}


def _get_categories(exchange: Exchange, ids: Ids) -> Reply:
    """The constant one [D:IC-PUSH]."""
    if ids:
        class_of(exchange.district, ids[0])
    return list_reply(exchange, "categories", [rendering.category(_OWN, exchange.links)], CATEGORY)


def _get_category(exchange: Exchange, ids: Ids) -> Reply:
    if ids[0] != ALL_ONES:
        raise unknown("category", ids[0])
    return one_reply(exchange, "category", rendering.category(_OWN, exchange.links), CATEGORY)


_OF_1P1 = {
    "getAllCategories": _get_categories,
    "getCategory": _get_category,
    "getCategoriesForClass": _get_categories,
}

_OPERATIONS = [one for one in routes.OPERATIONS if one.method != "POST" and one.name not in _UNSUPPORTED]
V1P2 = routes.Table(_OPERATIONS)
V1P1 = routes.Table(
    (replace(one, act=_OF_1P1.get(one.name, one.act)) for one in _OPERATIONS), {"lineitems": "lineItems"}
)
