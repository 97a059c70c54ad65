"""Calls on a teacher's categories [D:PS-XTE].

Inactive ones are listed too [D3:PSD] measured. Bodies are arrays, as described [D:PS-XTE]; a single object is
taken as well [I]. Creating answers with the list of what was made [I]. A category of the district cannot be changed,
nor one in use deleted: 409 [I].
"""

from dataclasses import replace

from tests.simulators.call import Reply
from tests.simulators.checks import Check, FieldError, fields, ignored, or_null, text, truth
from tests.simulators.own_api import Refusal, json_reply
from tests.simulators.powerschool import rendering
from tests.simulators.powerschool.access import XteVisit, acting_teacher, whole_argument
from tests.simulators.powerschool.store import TeacherCategory, owner_of
from tests.simulators.powerschool.terms import term_rows
from tests.simulators.world import Category, Json

Ids = tuple[str, ...]
NAME_CAP = 50

_BODY: dict[str, Check] = {
    "name": text(NAME_CAP),
    "description": or_null(text()),
    "color": text(),
    "isactive": truth,
    "isinfinalgrades": truth,
    **dict.fromkeys(
        (
            "_name",
            "id",
            "teachercategoryid",
            "districtteachercategoryid",
            "usersdcid",
            "displayposition",
            "isusermodifiable",
            "isdefaultpublishscores",
            "categorytype",
            "defaultscoretype",
            "defaultscoreentrypoints",
            "defaulttotalvalue",
            "defaultweight",
            "defaultextracreditpoints",
            "defaultpublishoption",
            "defaultDaysBeforeDue",
            "defaultpublishstate",
            "_teachercategorysectionexcludeassociations",
        ),
        ignored,
    ),
}
_NATIVE = ("description", "color", "isinfinalgrades")


def list_categories(visit: XteVisit, _ids: Ids) -> Reply:
    """GET /ws/xte/teacher_category: ``users_dcid`` and ``year_id`` are both needed; another year has none [I]."""
    teacher = acting_teacher(visit)
    year = whole_argument(visit, "year_id")
    years = {one.year for one in term_rows(visit.store)}
    found = visit.store.categories_of(teacher, visit.plan.lag) if year in years or not years else []
    return json_reply(200, [rendering.category(visit.store, one) for one in found])


def read_category(visit: XteVisit, ids: Ids) -> Reply:
    """GET /ws/xte/teacher_category/{id}."""
    return json_reply(200, rendering.category(visit.store, _category(visit, ids[0])))


def create_categories(visit: XteVisit, _ids: Ids) -> Reply:
    """POST /ws/xte/teacher_category."""
    teacher = acting_teacher(visit)
    bodies = [fields("category", one, _BODY, ("name",)) for one in _listed(visit)]
    for one in bodies:
        _check_name(visit, teacher, str(one["name"]), None)
    change = visit.change("post")
    made = []
    for one in bodies:
        name = f"{teacher}-category-{visit.store.number('own category', str(one['name']))}"
        change.put_category(_changed(Category(name, "", native={"teacher": teacher}), one))
        made.append(name)
    change.write()
    found = [one for one in visit.store.categories_of(teacher) if one.category.sourced_id in made]
    return json_reply(201, [rendering.category(visit.store, one) for one in found])


def update_category(visit: XteVisit, ids: Ids) -> Reply:
    """PUT /ws/xte/teacher_category/{id}: ``term_id`` is needed too; 404 for one that is not there [I]."""
    teacher = acting_teacher(visit)
    term, known = whole_argument(visit, "term_id"), {one.id for one in term_rows(visit.store)}
    if known and term not in known:
        raise Refusal(404, f"term {term} does not exist")
    found = _own(visit, teacher, ids[0])
    listed = _listed(visit)
    if len(listed) != 1:
        raise Refusal(400, "the body must hold one category")
    given = fields("category", listed[0], _BODY)
    if "name" in given:
        _check_name(visit, teacher, str(given["name"]), found)
    change = visit.change("put")
    change.put_category(_changed(found.category, given))
    change.write()
    return json_reply(200, rendering.category(visit.store, _category(visit, ids[0])))


def delete_category(visit: XteVisit, ids: Ids) -> Reply:
    """DELETE /ws/xte/teacher_category/{id}."""
    found = _own(visit, acting_teacher(visit), ids[0])
    if any(one.category_id == found.category.sourced_id for one in visit.district.line_items.of()):
        raise Refusal(409, "The category is in use")
    change = visit.change("delete")
    change.delete_category(found.category.sourced_id)
    change.write()
    return Reply(200)


def _listed(visit: XteVisit) -> list[object]:
    given = visit.body()
    return given if isinstance(given, list) else [given]


def _category(visit: XteVisit, given: str) -> TeacherCategory:
    found = visit.store.category(int(given)) if given.isdecimal() else None
    if found is None:
        raise Refusal(404, f"teacher category {given} does not exist")
    return found


def _own(visit: XteVisit, teacher: str, given: str) -> TeacherCategory:
    found = _category(visit, given)
    if found.teacher != teacher:
        raise Refusal(403, "the category belongs to another user")
    if owner_of(found.category) is None:
        raise Refusal(409, "a category of the district cannot be changed by a teacher")
    return found


def _check_name(visit: XteVisit, teacher: str, name: str, own: TeacherCategory | None) -> None:
    if not name.strip():
        raise FieldError("name", "must not be blank")
    for one in visit.store.categories_of(teacher):
        if one.category.title == name and (own is None or one.number != own.number):
            raise FieldError("name", "is the name of another category")


def _changed(before: Category, given: Json) -> Category:
    native = dict(before.native or {}) | {key: given[key] for key in _NATIVE if key in given}
    return replace(
        before,
        title=str(given.get("name", before.title)),
        active=bool(given.get("isactive", before.active)),
        native=native,
    )
