"""The permissions of profiles, by the names that refusals give them (reference: platform F.2)."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from kaizen.model.catalog import Catalog, Module

MANAGE_PROFILES: Final = "Crm_Implied_Manage_Profiles"
MANAGE_ROLES: Final = "Crm_Implied_Manage_Roles"
MANAGE_USERS: Final = "Crm_Implied_Manage_Users"
MANAGE_WORKFLOW: Final = "Crm_Implied_Manage_Workflow"
CUSTOMIZE: Final = "Crm_Implied_Customize_Zoho_CRM"

#: What only administrators may do unless a profile says otherwise; also the order in which profiles show it.
ADMINISTRATIVE: Final = (MANAGE_USERS, MANAGE_PROFILES, MANAGE_ROLES, CUSTOMIZE, MANAGE_WORKFLOW)
#: Names of the same rights that single operations give them in their refusals.
_ALSO_CALLED: Final = {
    "Crm_Implied_Manage_ConnectedWorkflow": MANAGE_WORKFLOW,
    "Crm_Implied_manage_workflow": MANAGE_WORKFLOW,
}


class Verb(StrEnum):
    """What a profile permits in a module."""

    VIEW = "View"
    CREATE = "Create"
    EDIT = "Edit"
    DELETE = "Delete"


def on_module(module: Module, verb: Verb) -> str:
    """Return the permission for a verb on a module; rows of a subform belong to the module of their record."""
    return f"Crm_Implied_{verb}_{module.parent_module or module.api_name}"


def on_tags(module: Module) -> tuple[str, str]:
    """Return what tagging records asks for; profiles here have no permission of their own for tags."""
    edit = on_module(module, Verb.EDIT)
    return edit, edit.replace(f"_{Verb.EDIT}_", "_Tags_", 1)


def canonical(name: str) -> str:
    """Return the name by which profiles keep a permission."""
    return _ALSO_CALLED.get(name, name)


def governed(catalog: Catalog) -> Iterator[Module]:
    """Yield the modules whose records profiles permit."""
    return (m for m in catalog.modules if m.table and not m.parent_module and m.api_name != "Users")
