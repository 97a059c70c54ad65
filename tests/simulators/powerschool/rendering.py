"""Assignments and categories as PowerSchool sends them [D3:PSD] [D:PS-XTE]."""

from tests.simulators.calendar import locked
from tests.simulators.powerschool.bodies import DEFAULTS
from tests.simulators.powerschool.store import Store, TeacherCategory, assignment_id, owner_of
from tests.simulators.world import Json, LineItem


def assignment(store: Store, sections: list[LineItem]) -> Json:
    """The read shape of an assignment; ``sections`` are those to show, at least one."""
    number = assignment_id(sections[0])
    native = sections[0].native or {}
    return {
        "_name": "assignment",
        "_id": number,
        "assignmentid": number,
        "hasstandards": False,
        "standardscoringmethod": native.get("standardscoringmethod"),
        "calculationrelationship": None,
        "_assignmentsections": [_section(store, one) for one in sections],
    }


def category(store: Store, found: TeacherCategory) -> Json:
    """The read shape of a category; ``color`` is "1" to "7" [D3:PSD]."""
    kept = found.category
    native = kept.native or {}
    own = owner_of(kept) is not None
    shown = [one.number for one in store.categories_of(found.teacher)]
    hidden = store.excluded_from(found)
    return {
        "_name": "teachercategory",
        "teachercategoryid": found.number,
        "districtteachercategoryid": None if own else store.number("category", kept.sourced_id),
        "usersdcid": store.number("teacher", found.teacher),
        "name": kept.title,
        "description": native.get("description"),
        "color": _color(found),
        "displayposition": shown.index(found.number) + 1 if found.number in shown else 0,
        "isactive": kept.active,
        "isinfinalgrades": native.get("isinfinalgrades", True),
        "isusermodifiable": own,
        "isdefaultpublishscores": True,
        "categorytype": "user" if own else "district",
        "defaultscoretype": "POINTS",
        "defaultscoreentrypoints": 10,
        "defaulttotalvalue": 10,
        "defaultweight": 1,
        "defaultextracreditpoints": 0,
        "defaultpublishoption": "Immediately",
        "defaultDaysBeforeDue": 0,
        "defaultpublishstate": "Immediately",
        "_teachercategorysectionexcludeassociations": [
            {
                "id": store.number("exclusion", f"{found.number} {one}"),
                "TeacherCategoryid": found.number,
                "sectionsdcid": store.number("section", one),
            }
            for one in hidden
        ],
    }


def total_points(item: LineItem) -> float | None:
    """Points times weight."""
    if item.result_value_max is None:
        return None
    return item.result_value_max * float(str((item.native or {}).get("weight", DEFAULTS["weight"])))


def _section(store: Store, item: LineItem) -> Json:
    native = DEFAULTS | (item.native or {})
    limited = native.get("students")
    return {
        "_name": "assignmentsection",
        "_id": int(item.sourced_id),
        "assignmentsectionid": int(item.sourced_id),
        "sectionsdcid": store.number("section", item.class_id),
        "name": item.title,
        "description": item.description,
        "duedate": item.due_date,
        "scoretype": native["scoretype"],
        "scoreentrypoints": item.result_value_max,
        "totalpointvalue": total_points(item),
        **{key: native[key] for key in DEFAULTS},
        "islocked": locked(store.district, item),
        "publisheddate": item.assign_date,
        "_assignmentcategoryassociations": _categories(store, item),
        "_assignmentstandardassociations": [],
        "_assignmentstudentassociations": [
            {"studentsdcid": store.number("student", one)}
            for one in (limited if isinstance(limited, list) else [])
        ],
    }


def _categories(store: Store, item: LineItem) -> list[Json]:
    found = store.category_of(item)
    if found is None:
        return []
    return [
        {
            "_name": "assignmentcategoryassociation",
            "assignmentcategoryassocid": store.number("association", item.sourced_id),
            "teachercategoryid": found.number,
            "isprimary": True,
            "_teachercategory": {
                "_name": "teachercategory",
                "name": found.category.title,
                "color": _color(found),
            },
        }
    ]


def _color(found: TeacherCategory) -> str:
    return str((found.category.native or {}).get("color") or found.number % 7 + 1)
