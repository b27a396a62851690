"""The `$`-keys that records carry beside their fields, by version (reference: platform B.10)."""

from kaizen.model.catalog import Module
from kaizen.model.people import Organisation
from kaizen.model.values import Json
from kaizen.server.http.versions import Dialect

_APPROVAL: dict[str, Json] = {"delegate": False, "approve": False, "reject": False, "resubmit": False}
_REVIEW: dict[str, Json] = {"approve": False, "reject": False, "resubmit": False}

#: First version that shows them, and what they are here: nothing is locked, shared, merged or under review.
_SINCE: tuple[tuple[float, dict[str, Json]], ...] = (
    (
        2.0,
        {"$approval": _APPROVAL, "$editable": True, "$process_flow": False, "$followed": False},
    ),
    (2.1, {"$review": None, "$review_process": _REVIEW}),
    (3.0, {"$approval_state": "approved"}),
    (
        4.0,
        {
            "$approval": {**_APPROVAL, "takeover": False},
            "$orchestration": False,
            "$in_merge": False,
            "$field_states": None,
            "$sharing_permission": "full_access",
            "$locked_for_me": False,
            "$zia_visions": None,
            "$zia_owner_assignment": "owner_recommendation_unavailable",
            "$wizard_connection_path": None,
        },
    ),
    (6.0, {"$pathfinder": False}),
)


def system_keys(dialect: Dialect, module: Module, organisation: Organisation) -> dict[str, Json]:
    """Return the keys that are the same on every record of a module."""
    keys: dict[str, Json] = {"$currency_symbol": organisation.currency_symbol}
    for since, more in _SINCE:
        if dialect.number >= since:
            keys |= more
    if dialect.number < 8:
        keys["$approved"] = True
    if dialect.number < 2.1:
        keys["$state"] = "save"
        if module.api_name == "Leads":
            keys["$converted_detail"] = {}
    if module.api_name == "Events":
        keys["$event_cancelled"] = False  # meetings are cancelled by an operation that is not served
    if dialect.number >= 3 and module.subforms:
        keys["$has_more"] = {field.api_name: False for field in module.subforms}
    return keys
