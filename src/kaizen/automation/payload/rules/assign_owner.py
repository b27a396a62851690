"""The details of assign_owner: to whom records go, and what else the service could do with it."""

from collections.abc import Mapping
from typing import Final

from kaizen.automation.reading import merge_field_check, references
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.json_body import json_types
from kaizen.json_body.errors import INVALID, invalid, missing, not_run, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Module
from kaizen.model.values import Id, Json
from kaizen.vocabulary.codes import Code

MOST_TARGETS: Final = 5
#: Whom the service can assign to, and of them whom this server can.
_TYPES: Final = ("user", "role", "group", "assignment_rule", "profile", "merge_field", "criteria")
_RUN: Final = frozenset({"user", "role", "merge_field"})
_AVAILABILITIES: Final = ("online_status",)
_ACTIVITIES: Final = ("Events", "Calls", "Tasks")
#: Whose records can follow their parent to its new owner (reference: automation B.5.1).
_RELATED: Final[Mapping[str, tuple[str, ...]]] = {
    "Accounts": (*_ACTIVITIES, "Contacts", "Deals"),
    "Contacts": (*_ACTIVITIES, "Deals"),
}
_MODULE: Final = references.Wording(INVALID)


def read_assignment(
    payload: Mapping[str, Json], place: JsonPath, module: Module, home: Module, context: PayloadContext
) -> dict[str, Json]:
    """Check whom an assignment goes to, and give the form in which it is kept.

    `module` is the rule's, `home` that of the record which gets the owner: the same, or a parent's.
    """
    at_targets = place / "assign_to"
    if payload.get("assign_to") is None:
        raise missing(at_targets)
    elements = json_types.sequence(payload["assign_to"], at_targets)
    if not elements:
        raise invalid(at_targets)
    if len(elements) > MOST_TARGETS:
        raise refused(Code.LIMIT_EXCEEDED, at_targets, limit=MOST_TARGETS)
    targets: list[Json] = [
        _target(element, at_targets / index, module, context) for index, element in enumerate(elements)
    ]
    # What follows is kept and shown; the trace of an assignment says what of it this server does not carry out.
    stored: dict[str, Json] = {"assign_to": targets}
    for key in ("notify", "apply_assignment_threshold"):
        stored[key] = payload.get(key) is not None and json_types.boolean(payload[key], place / key)
    _check_related(payload.get("related_records"), place / "related_records", home, context)
    stored["related_records"] = None
    stored["user_availability_based_on"] = _availability(payload, place / "user_availability_based_on")
    return stored


def _check_related(raw: Json, place: JsonPath, home: Module, context: PayloadContext) -> None:
    if raw is None:
        return
    allowed = _RELATED.get(home.api_name, _ACTIVITIES)
    elements = json_types.sequence(raw, place)
    for index, element in enumerate(elements):
        if references.module(element, place / index, context.catalog, _MODULE).api_name not in allowed:
            raise invalid(place / index)
    if elements:
        raise not_run(place, "owner changes of related records")


def _availability(payload: Mapping[str, Json], place: JsonPath) -> list[Json] | None:
    raw = payload.get(place.name)
    if raw is None:
        return None
    named = {
        json_types.one_of(element, place / index, _AVAILABILITIES, INVALID)
        for index, element in enumerate(json_types.sequence(raw, place))
    }
    return list[Json](sorted(named)) or None


def title(details: Mapping[str, Json]) -> str:
    """Name an assignment as the service names it: after whom it assigns to."""
    names: dict[str, list[str]] = {"user": [], "role": [], "field": []}
    targets = details["assign_to"]
    for target in targets if isinstance(targets, list) else ():
        match target:
            case {"type": "merge_field", "details": {"api_name": token}}:
                names["field"].append(str(token))
            case {"type": kind, "resource": {"name": name}}:
                names[str(kind)].append(str(name))
            case _:
                pass
    return "; ".join(f"To {kind}s : {', '.join(group)}" for kind, group in names.items() if group)


def _target(raw: Json, place: JsonPath, module: Module, context: PayloadContext) -> dict[str, Json]:
    payload = json_types.mapping(raw, place)
    at_type = place / "type"
    if payload.get("type") is None:
        raise missing(at_type)
    kind = json_types.one_of(payload["type"], at_type, _TYPES, INVALID)
    if kind not in _RUN:
        raise not_run(at_type, f"assignments to {kind}")
    if kind == "merge_field":
        return _named_by_record(payload, place / "details", module, context)
    at_resource = place / "resource"
    if payload.get("resource") is None:
        raise missing(at_resource)
    resource = json_types.mapping(payload["resource"], at_resource)
    at_id = at_resource / "id"
    if resource.get("id") is None:
        raise missing(at_id)
    number = json_types.identifier(resource["id"], at_id)
    name = _name(kind, number, context)
    if number is None or name is None:
        raise invalid(at_id, "Invalid User ID" if kind == "user" else INVALID)
    return {"resource": {"name": name, "id": str(number), "type": kind}, "details": None, "type": kind}


def _named_by_record(
    payload: Mapping[str, Json], place: JsonPath, module: Module, context: PayloadContext
) -> dict[str, Json]:
    if payload.get("details") is None:
        raise missing(place)
    at = place / "api_name"
    token = json_types.mapping(payload["details"], place).get("api_name")
    if token is None:
        raise missing(at)
    if not merge_field_check.names_user(json_types.text(token, at), module, context.catalog):
        raise invalid(at)
    return {"resource": None, "details": {"api_name": token}, "type": "merge_field"}


def _name(kind: str, number: Id | None, context: PayloadContext) -> str | None:
    if number is None:
        return None
    if kind == "user":
        user = context.users.get(number)
        return user.full_name if user else None
    role = context.document("role", number)
    return role.name if role else None
