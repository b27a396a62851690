"""Profiles and what they permit (reference: platform F.2)."""

from collections.abc import Iterator
from typing import Final

from kaizen.model.catalog import Module
from kaizen.model.document import Document
from kaizen.model.problem import Problem
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.resources.shared.stamps import person
from kaizen.vocabulary.codes import Code

#: Where the ids of permissions begin, among the fixed ones of every organisation.
_FIRST_PERMISSION: Final = 8_000_001
_VERBS: Final = ("View", "Create", "Edit", "Delete")


def show_profile(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    """Show a profile; by itself with what it permits, module by module."""
    custom = document.body.get("custom") is True
    shown: dict[str, Json] = {
        "id": str(document.id),
        "name": document.name,
        "display_label": document.body.get("display_label"),
        "api_name": document.name.replace(" ", "_"),
        "category": custom,
        "custom": custom,
        "default": not custom,
        "type": "normal_profile",
        "description": document.body.get("description"),
        # The profiles an organisation begins with were made by nobody.
        "created_by": person(uow, document.created_by) if custom else None,
        "created_time": None,
        "modified_by": person(uow, document.modified_by) if custom else None,
        "modified_time": None,
    }
    if not whole:
        return shown
    modules = [m for m in uow.catalog.modules if m.table and not m.parent_module and m.api_name != "Users"]
    first = uow.organisation.id_prefix * 10**9 + _FIRST_PERMISSION
    permissions = {m.api_name: list(_permissions(m, first + 10 * at)) for at, m in enumerate(modules)}
    categories: list[Json] = [
        {
            "name": m.plural_label,
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
        "sections": [{"name": "Module Permissions", "categories": categories}],
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
            "parent_permissions": None,
        }


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
    paged=False,
)

ROUTES: Final = tuple(PROFILES.routes())
