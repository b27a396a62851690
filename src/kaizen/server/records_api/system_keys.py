"""The `$`-keys that records carry beside their fields, by version (reference: platform B.10)."""

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
    if dialect.has_more and module.subforms:
        keys["$has_more"] = {field.api_name: False for field in module.subforms}
    return keys
