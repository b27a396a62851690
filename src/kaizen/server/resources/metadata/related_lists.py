"""The related lists of a module (reference: platform E.5)."""

from collections.abc import Iterator
from typing import Final

from kaizen.model.catalog import Module
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.resources.shared.metadata import answered, module_of
from kaizen.vocabulary.codes import Code

#: Lists that show another module than the one of their name.
_SHOWS: Final = {
    "Activities_History": "Activities",
    "Calls_History": "Calls",
    "Child_Accounts": "Accounts",
    "Child_Campaigns": "Campaigns",
    "Child_Contacts": "Contacts",
    "Events_History": "Events",
    "Invited_Events": "Events",
    "Stage_History": "DealHistory",
    "Tasks_History": "Tasks",
}
#: No list here is hidden or on its way out.
_VISIBLE: Final = "visible"
_STATUSES: Final = (_VISIBLE, "user_hidden", "scheduled_for_deletion")
_OPERATIONS: Final = ("edit", "create", "bulk_edit", "delete", "disassociate", "assign")


def list_related_lists(uow: UnitOfWork, call: Call) -> Answer:
    """Answer the related lists of a module."""
    module, statuses = _module(uow, call), params.names(call, "status")
    if not set(statuses) <= set(_STATUSES):
        details: dict[str, Json] = {"param_name": "status", "supported_values": list(_STATUSES)}
        raise RequestRefusedError(Problem(Code.INVALID_DATA, details, "The status given is invalid."))
    if statuses and _VISIBLE not in statuses:
        return Answer(204)
    return answered(
        uow,
        call,
        (module,),
        ("related_lists", module.id),
        lambda: {"related_lists": list(related_lists(uow, call, module))},
    )


def get_related_list(uow: UnitOfWork, call: Call) -> Answer:
    """Answer one related list of a module."""
    module = _module(uow, call)
    number = str(params.path_id(call))
    return answered(
        uow,
        call,
        (module,),
        ("related_list", number),
        lambda: {"related_lists": [x for x in related_lists(uow, call, module) if x["id"] == number]},
    )


def _module(uow: UnitOfWork, call: Call) -> Module:
    module = module_of(uow, call, param_name="module")
    if not module.api_supported:
        message = "the given module is not supported for this api"
        raise RequestRefusedError(Problem(Code.NOT_SUPPORTED, {"param_name": "module"}, message))
    return module


def related_lists(uow: UnitOfWork, call: Call, module: Module) -> Iterator[dict[str, Json]]:
    """Show the related lists that a version knows."""
    listed = module.properties.get("related_lists")
    number = 0
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict) and call.dialect.is_within(entry.get("since"), entry.get("until")):
            number += 1
            yield _show(uow, call, module, entry, number)


def _show(uow: UnitOfWork, call: Call, module: Module, entry: dict[str, Json], number: int) -> dict[str, Json]:
    api_name = str(entry["api_name"])
    shows = uow.catalog.by_name.get(_SHOWS.get(api_name, api_name))
    label = api_name.removesuffix("__s").replace("_", " ")
    shown: Json = None
    if shows:
        by_name = call.dialect.related_modules_by_name
        shown = shows.api_name if by_name else {"api_name": shows.api_name, "id": str(shows.id)}
    return {
        "id": str(entry["id"]),
        "api_name": api_name,
        "name": label,
        "display_label": label,
        "module": shown,
        "type": "default",
        "href": f"{module.api_name}/{{ENTITYID}}/{api_name}",
        "sequence_number": str(number),
        "action": None,
        "personality_name": None,
        "connectedmodule": None,
        "linkingmodule": None,
        "connectedlookupApiName": None,
        "customize_sort": False,
        "customize_fields": False,
        "customize_display_label": False,
        "record_operations": dict.fromkeys(_OPERATIONS, False),
        "visible": True,
        "status": _VISIBLE,
        "sort_by": None,
        "sort_order": None,
        "fields": [],
        "parent_related_lists": [],
    }


_READ: Final = ("ZohoCRM.settings.related_lists.READ",)
_OUT_OF_SCOPE: Final = "invalid oauth scope to access this URL"

ROUTES: Final = (
    Route(
        "GET",
        "settings/related_lists",
        list_related_lists,
        _READ,
        operation="getRelatedLists",
        out_of_scope=_OUT_OF_SCOPE,
    ),
    Route(
        "GET",
        "settings/related_lists/{id}",
        get_related_list,
        _READ,
        operation="getRelatedListById",
        out_of_scope=_OUT_OF_SCOPE,
    ),
)
