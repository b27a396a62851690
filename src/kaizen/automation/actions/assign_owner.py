"""Assigning an owner: a user, the next of several, a member of a role, or a user the record names."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from kaizen.automation.actions.action_context import ActionContext, ActionResult, failed, id_in, nothing_to_do
from kaizen.automation.actions.action_kind import ActionGround, ActionKind, CurrentNames, InlineForm, Touched
from kaizen.automation.actions.action_payload import ActionPayload
from kaizen.automation.actions.target import target_of, touched
from kaizen.automation.merge_fields import MergeField, only_token
from kaizen.automation.reading import merge_field_check, references
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.automation.reading.stored_body import object_in, objects_in
from kaizen.json_body import json_types
from kaizen.json_body.errors import INVALID, invalid, missing, not_run, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Module
from kaizen.model.rule import RuleAction
from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import ActionType
from kaizen.vocabulary.codes import Code

_OWNER: Final = "Owner"
#: Options of the payload that this server stores and says it does not carry out.
_NOT_CARRIED_OUT: Final = ("notify", "apply_assignment_threshold", "user_availability_based_on")
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


def _read(payload: ActionPayload) -> dict[str, Json]:
    """Read whom an assignment goes to, and whose owner it sets: the record's, or that of a record behind a lookup."""
    if not payload.details.has("module"):
        raise missing(payload.details.path / "module")
    home, lookup = payload.module, None
    # The service's sample says it twice, inside the details and beside them.
    for part in (payload.details, payload.related):
        if lookup is None and part.has("lookup_field"):
            lookup, home = payload.parent(part.given["lookup_field"], part.path / "lookup_field")
    payload.check_home(home)
    stored = {"module": references.shown(home), **_read_assignment(payload, home)}
    return stored | ({"lookup_field": references.shown(lookup)} if lookup else {})


def _read_assignment(payload: ActionPayload, home: Module) -> dict[str, Json]:
    given, place, context = payload.details.given, payload.details.path, payload.context
    at_targets = place / "assign_to"
    if given.get("assign_to") is None:
        raise missing(at_targets)
    elements = json_types.sequence(given["assign_to"], at_targets)
    if not elements:
        raise invalid(at_targets)
    if len(elements) > MOST_TARGETS:
        raise refused(Code.LIMIT_EXCEEDED, at_targets, limit=MOST_TARGETS)
    targets: list[Json] = [
        _target(element, at_targets / index, payload.module, context) for index, element in enumerate(elements)
    ]
    # What follows is kept and shown; the trace of an assignment says what of it this server does not carry out.
    stored: dict[str, Json] = {"assign_to": targets}
    for key in ("notify", "apply_assignment_threshold"):
        stored[key] = given.get(key) is not None and json_types.boolean(given[key], place / key)
    _check_related(given.get("related_records"), place / "related_records", home, context)
    stored["related_records"] = None
    stored["user_availability_based_on"] = _availability(given, place / "user_availability_based_on")
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


def _title(details: Mapping[str, Json]) -> str:
    """Return the name of an assignment as the service shows it: whom it assigns to."""
    names: dict[str, list[str]] = {"user": [], "role": [], "field": []}
    targets = details.get("assign_to")
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


def _show(details: dict[str, Json], _module: str, names: CurrentNames) -> dict[str, Json]:
    """Show the details with the users as they are called now."""
    targets: list[Json] = [_named_now(target, names) for target in objects_in(details["assign_to"])]
    return {**details, "assign_to": targets}


def _named_now(target: Mapping[str, Json], names: CurrentNames) -> Json:
    resource = object_in(target["resource"])
    user = names.users.get(int(str(resource["id"]))) if target["type"] == "user" else None
    return {**target, "resource": {**resource, "name": user.full_name}} if user else dict(target)


def _ask(action: RuleAction, context: ActionContext) -> ActionResult:
    """Ask for the new owner.

    Users who are inactive or unconfirmed are skipped; if no user is left, the owner stays
    (reference: automation B.5.1).
    """
    target = target_of(context, action.details, (_OWNER,))
    if isinstance(target, ActionResult):
        return target
    candidates = _candidates(action, context)
    if isinstance(candidates, ActionResult):
        return candidates
    able = [each for each in dict.fromkeys(candidates) if context.engine.may_own(each)]
    if not able:
        return nothing_to_do("no user to assign to is active and confirmed; the owner stays")
    # One candidate needs no turn: the ledger of turns is only written when there is a choice.
    turn = context.engine.next_turn(action.id) if len(able) > 1 else 0
    outcome = target.set({_OWNER: able[turn % len(able)]})
    left_out = [option for option in _NOT_CARRIED_OUT if action.details.get(option)]
    return outcome._replace(detail=f"not carried out by this server: {', '.join(left_out)}") if left_out else outcome


def _candidates(action: RuleAction, context: ActionContext) -> list[Id] | ActionResult:
    found: list[Id] = []
    assign_to = action.details.get("assign_to")
    for each in assign_to if isinstance(assign_to, list | tuple) else ():
        if not isinstance(each, Mapping):
            return failed("assign_to contains something that is not an object")
        match each.get("type"):
            case "user":
                user = id_in(each.get("resource"))
                found += [user] if user is not None else []
            case "role":
                role = id_in(each.get("resource"))
                found += context.engine.members(role) if role is not None else ()
            case "merge_field":
                found += _held_by_record(each.get("details"), context)
            case other:
                return failed(f"assigning to a {other} is not carried out by this server")
    return found


def _held_by_record(details: Json, context: ActionContext) -> tuple[Id, ...]:
    token = only_token(str(details.get("api_name"))) if isinstance(details, Mapping) else None
    value = context.read(token.path) if isinstance(token, MergeField) else None
    return (value,) if isinstance(value, int) and not isinstance(value, bool) else ()


def _touches(action: RuleAction, ground: ActionGround) -> Iterable[Touched]:
    return touched(ground, action.details, (_OWNER,))


KIND: Final = ActionKind(
    type=ActionType.ASSIGN_OWNER,
    order=2,
    form=InlineForm(read=_read, title=_title, show=_show, more={"related_details": None}),
    prepare=lambda action: partial(_ask, action),
    touches=_touches,
)
