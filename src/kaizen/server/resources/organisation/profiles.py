"""Profiles and what they permit (reference: platform F.2)."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from kaizen.model.catalog import Module
from kaizen.model.document import Document
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.resources.shared.guards import for_managers
from kaizen.server.resources.shared.stamps import STAMPS, stamps
from kaizen.vocabulary.codes import Code

#: Where the ids of permissions begin, among the fixed ones of every organisation.
_FIRST_PERMISSION: Final = 8_000_001
_VERBS: Final = ("View", "Create", "Edit", "Delete")
#: Modules that are called as they were before they were renamed.
_OLD_NAMES: Final = {"Deals": "Potentials"}

MOST_PROFILES: Final = 200
_ONLY_TYPE: Final = "normal_profile"
_TYPES: Final = (_ONLY_TYPE, "private_profile", "portal_profile")
_MORE_TYPES: Final = re.compile("(Lite|Support)(,(Lite|Support))*")


def show_profile(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    """Show a profile; by itself with what it permits, module by module."""
    custom = document.body.get("custom") is True
    # The profiles an organisation begins with were made by nobody.
    made = stamps(uow, call, document) if custom else dict.fromkeys(STAMPS)
    shown: dict[str, Json] = {
        "id": str(document.id),
        "name": document.name,
        "display_label": document.body.get("display_label"),
        "api_name": document.name.replace(" ", "_"),
        "category": custom,
        "custom": custom,
        "default": not custom,
        "type": _ONLY_TYPE,
        "description": document.body.get("description"),
        **made,
    }
    if not whole:
        return shown
    modules = [m for m in uow.catalog.modules if m.table and not m.parent_module and m.api_name != "Users"]
    first = uow.organisation.id_prefix * 10**9 + _FIRST_PERMISSION
    permissions = {m.api_name: list(_permissions(m, first + 10 * at)) for at, m in enumerate(modules)}
    categories: list[Json] = [
        {
            "name": _OLD_NAMES.get(m.api_name, m.api_name.replace("_", "")),
            "display_label": m.plural_label,
            "module": m.api_name,
            "permissions_details": [permission["id"] for permission in permissions[m.api_name]],
        }
        for m in modules
    ]
    everything: list[Json] = [permission for listed in permissions.values() for permission in listed]
    return {
        **shown,
        "permissions_details": everything,
        "sections": [{"name": "module", "categories": categories}],
        "_default_view": None,
    }


def _permissions(module: Module, first: Id) -> Iterator[dict[str, Json]]:
    # Profiles permit everything so far.
    for index, verb in enumerate(_VERBS):
        yield {
            "id": str(first + index),
            "name": f"Crm_Implied_{verb}_{module.api_name}",
            "display_label": verb,
            "module": module.api_name,
            "enabled": True,
            "customizable": False,
            # Nobody changes or deletes what he does not see.
            "parent_permissions": [str(first)] if index else None,
        }


def _choose(uow: UnitOfWork, call: Call, documents: Sequence[Document]) -> Sequence[Document]:
    if call.query.get("type", _ONLY_TYPE) not in _TYPES:
        raise _bad_parameter("type")
    if not _MORE_TYPES.fullmatch(call.query.get("include_types", "Lite")):
        raise _bad_parameter("include_types")
    if call.query.get("type", _ONLY_TYPE) != _ONLY_TYPE:
        return ()
    if "filters" not in call.query:
        return documents
    try:
        wanted = msgspec.json.decode(call.query["filters"])
        return [document for document in documents if _is_wanted(document.name, wanted)]
    except (msgspec.MsgspecError, RecursionError):
        raise _bad_parameter("filters") from None


def _is_wanted(name: str, wanted: object) -> bool:
    """Return whether filters, which speak of names only, let a profile through."""
    match wanted:
        case {"group_operator": "or" | "and" as operator, "group": [_, *_] as group}:
            inside = [_is_wanted(name, each) for each in group]
            return any(inside) if operator == "or" else all(inside)
        case {"field": {"api_name": "name"}, "comparator": "equal", "value": str(value)}:
            return name.casefold() == value.casefold()
        case {"field": {"api_name": "name"}, "comparator": "contains", "value": str(value)}:
            return value.casefold() in name.casefold()
        case _:
            raise _bad_parameter("filters")


def _bad_parameter(name: str) -> RequestRefusedError:
    return RequestRefusedError(Problem(Code.INVALID_DATA, {"param_name": name}))


def _license(*_: object) -> dict[str, Json]:
    return {"license_limit": MOST_PROFILES}


def _refuse(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
    # No verb of profiles takes rows.
    return Problem(Code.NOT_SUPPORTED)


PROFILES: Final = Resource(
    path="settings/profiles",
    envelope="profiles",
    scope="ZohoCRM.settings.profiles",
    kind="profile",
    parse=_refuse,
    dump=show_profile,
    messages=Messages(created="", updated="profile updated successfully", deleted="Profile deleted"),
    verbs=("list", "get"),
    choose=_choose,
    extra_info=_license,
    bad_id="the id given seems to be invalid or already deleted",
    get_refuses_unknown=True,
)

ROUTES: Final = tuple(
    for_managers(
        PROFILES.routes(),
        "Crm_Implied_Manage_Profiles",
        message=Code.NO_PERMISSION.message,
        operations={"GET settings/profiles": "getProfiles", "GET settings/profiles/{id}": "getProfile"},
    )
)
