"""The `$`-keys that records carry beside their fields, by version (reference: platform B.10)."""

from typing import Final

from kaizen.access.permissions import Verb
from kaizen.access.rights import ModuleRights
from kaizen.model.catalog import Module
from kaizen.model.people import Organisation
from kaizen.model.values import Json
from kaizen.server.http.versions import Dialect


def system_keys(dialect: Dialect, module: Module, organisation: Organisation) -> dict[str, Json]:
    """Return the keys that are the same on every record of a module."""
    keys: dict[str, Json] = {"$currency_symbol": organisation.currency_symbol, **dialect.system_keys}
    if dialect.converted_detail and module.api_name == "Leads":
        keys["$converted_detail"] = {}
    if module.api_name == "Events":
        keys["$event_cancelled"] = False  # meetings are cancelled by an operation that is not served
    if module.api_name == "Notes":
        keys["$attachments"] = None  # files are kept by operations that are not served
    if dialect.has_more and module.subforms:
        keys["$has_more"] = {field.api_name: False for field in module.subforms}
    return keys


EDITABLE: Final = "$editable"
#: The keys that say what the caller may do with a record.
PERMITTED: Final = frozenset({EDITABLE, "$sharing_permission"})


def permitted_keys(dialect: Dialect, rights: ModuleRights) -> dict[str, Json]:
    """Return what these keys say of a record whose owner does not stand in the way."""
    edits, deletes = rights.may(Verb.EDIT), rights.may(Verb.DELETE)
    said: dict[str, Json] = {
        EDITABLE: edits,
        "$sharing_permission": "full_access" if edits and deletes else "read_write" if edits else "read_only",
    }
    return {key: value for key, value in said.items() if key in dialect.system_keys}
