"""Profiles and what they permit (reference: platform F.2)."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from kaizen.access.permissions import MANAGE_PROFILES, governed
from kaizen.access.rights import denied_by
from kaizen.model.document import Document
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call, Route
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.resources.organisation.profile_writes import (
    BAD_PROFILE,
    MOST_PROFILES,
    clone_profile,
    delete_profile,
    permissions_of,
    update_profile,
)
from kaizen.server.resources.shared.guards import for_managers
from kaizen.server.resources.shared.stamps import STAMPS, stamps
from kaizen.vocabulary.codes import Code

#: Modules that are called as they were before they were renamed.
_OLD_NAMES: Final = {"Deals": "Potentials"}

_ONLY_TYPE: Final = "normal_profile"
_TYPES: Final = (_ONLY_TYPE, "private_profile", "portal_profile")
_MORE_TYPES: Final = re.compile("(Lite|Support)(,(Lite|Support))*")


def show_profile(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    """Show a profile; by itself with what it permits, module by module."""
    custom = document.body.get("custom") is True
    # No user created the profiles that an organisation begins with.
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
    given = permissions_of(uow)
    denied = denied_by(document, uow.catalog)
    everything: list[Json] = [
        {
            "id": str(each.id),
            "name": each.name,
            "display_label": each.label,
            "module": each.module.api_name if each.module else None,
            "enabled": each.name not in denied,
            "customizable": custom,
            "parent_permissions": [str(each.parent)] if each.parent else None,
        }
        for each in given
    ]
    categories: list[Json] = [
        {
            "name": _OLD_NAMES.get(m.api_name, m.api_name.replace("_", "")),
            "display_label": m.plural_label,
            "module": m.api_name,
            "permissions_details": [str(each.id) for each in given if each.module is m],
        }
        for m in governed(uow.catalog)
    ]
    setup: Json = {
        "name": "setup",
        "display_label": "Setup",
        "permissions_details": [str(each.id) for each in given if each.module is None],
    }
    return {
        **shown,
        "permissions_details": everything,
        "sections": [{"name": "module", "categories": categories}, {"name": "setup", "categories": [setup]}],
        "_default_view": None,
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
    bad_id=BAD_PROFILE,
    get_refuses_unknown=True,
)

_CREATE: Final = ("ZohoCRM.settings.profiles.CREATE",)
_UPDATE: Final = ("ZohoCRM.settings.profiles.UPDATE",)
_ITEM: Final = "settings/profiles/{id}"
_WRITES: Final = (
    Route("POST", f"{_ITEM}/actions/clone", clone_profile, _CREATE, True, "v2", "cloneProfile"),
    Route("PUT", _ITEM, update_profile, _UPDATE, True, "v2", "updateProfile"),
    Route("PATCH", _ITEM, update_profile, _UPDATE, True, "v6", "patchProfile"),
    Route("DELETE", _ITEM, delete_profile, ("ZohoCRM.settings.profiles.DELETE",), True, "v2", "deleteProfile"),
)

ROUTES: Final = tuple(
    for_managers(
        [*PROFILES.routes(), *_WRITES],
        MANAGE_PROFILES,
        message=Code.NO_PERMISSION.message,
        operations={"GET settings/profiles": "getProfiles", f"GET {_ITEM}": "getProfile"},
    )
)
