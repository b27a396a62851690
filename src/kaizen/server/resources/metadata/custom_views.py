"""The views of a module (reference: platform E.4): the one of all records, which every module has."""

from collections.abc import Iterator
from typing import Final

from kaizen.model.catalog import Module
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import paging, params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.resources.shared.metadata import answered, hidden_from, module_of

_COLUMNS: Final = 7  #: how many fields a default view shows
#: The headings under which the console lists views.
_TRANSLATION: Final[dict[str, Json]] = {
    "public_views": "Public Views",
    "other_users_views": "Other User's Views",
    "shared_with_me": "Shared With Me",
    "created_by_me": "Created By Me",
}


def list_views(uow: UnitOfWork, call: Call) -> Answer:
    """Answer the views of a module."""
    module = module_of(uow, call)
    page = paging.page_of(call)

    def make() -> dict[str, Json]:
        shown, more = page.of(list(_views(module)))
        rows: list[Json] = [_show(uow, call, module, entry) for entry in shown]
        if not rows:
            return {}
        default = next(str(entry["id"]) for entry in _views(module))
        info = {**paging.info(page, len(rows), more), "default": default, "translation": _TRANSLATION}
        return {"custom_views": rows, "info": info}

    return answered(uow, call, (module,), ("custom_views", module.id, page), make)


def get_view(uow: UnitOfWork, call: Call) -> Answer:
    """Answer one view with its fields."""
    module = module_of(uow, call)
    number = params.path_id(call)
    found = next((entry for entry in _views(module) if entry["id"] == number), None)
    if found is None:
        return Answer(204)

    def make() -> dict[str, Json]:
        return {"custom_views": [_whole(uow, call, module, found)], "info": {"translation": _TRANSLATION}}

    return answered(uow, call, (module,), ("custom_view", number), make)


def default_view(uow: UnitOfWork, call: Call, module: Module) -> dict[str, Json] | None:
    """Show the view a module opens with; None for a module without views."""
    for entry in _views(module):
        return _whole(uow, call, module, entry)
    return None


def _views(module: Module) -> Iterator[dict[str, Json]]:
    listed = module.properties.get("views")
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict):
            yield entry


def _show(uow: UnitOfWork, call: Call, module: Module, entry: dict[str, Json]) -> dict[str, Json]:
    return {
        "id": str(entry["id"]),
        "name": entry["name"],
        "display_value": entry["name"],
        "system_name": entry["system_name"],
        "system_defined": True,
        "default": True,
        "category": "public_views",
        "access_type": "public",
        "shared_type": "public",
        "shared_to": None,
        "favorite": None,
        "locked": False,
        "offline": True,
        "module": {"api_name": module.api_name, "id": str(module.id)},
        "created_by": None,
        "created_time": None,
        "modified_by": None,
        "modified_time": None,
        "last_accessed_time": None,
        "sort_by": None,
        "sort_order": None,
    }


def _whole(uow: UnitOfWork, call: Call, module: Module, entry: dict[str, Json]) -> dict[str, Json]:
    hidden = hidden_from(uow, call, module)
    shown = [f for f in module.fields if _in_lists(f.properties.get("shown_in"))][:_COLUMNS]
    shown = [f for f in shown if f.api_name not in hidden]
    fields: list[Json] = [{"api_name": f.api_name, "id": str(f.id), "_pin": False} for f in shown]
    more: dict[str, Json] = {"criteria": None, "$modified_criteria": False, "fields": fields, "shared_details": None}
    return {**_show(uow, call, module, entry), **more}


def _in_lists(shown_in: Json) -> bool:
    return isinstance(shown_in, list) and "view" in shown_in


_READ: Final = ("ZohoCRM.settings.custom_views.READ",)
_OUT_OF_SCOPE: Final = "invalid oauth scope to access this URL"

ROUTES: Final = (
    Route("GET", "settings/custom_views", list_views, _READ, operation="getCustomViews", out_of_scope=_OUT_OF_SCOPE),
    Route(
        "GET", "settings/custom_views/{id}", get_view, _READ, operation="getCustomViewById", out_of_scope=_OUT_OF_SCOPE
    ),
)
