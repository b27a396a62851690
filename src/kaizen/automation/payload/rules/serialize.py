"""Rules as GET shows them (reference: automation A.3)."""

from collections.abc import Mapping

from kaizen.automation.actions.action_kind import CurrentNames, EntityForm, InlineForm
from kaizen.automation.actions.kinds import ACTION_KINDS
from kaizen.model.document import Document
from kaizen.model.people import User
from kaizen.model.values import Id, Json

UNLOCKED: Mapping[str, Json] = {"locked_by": None, "message": None, "status": False}


def dump_rule(
    document: Document, stamps: Mapping[str, Json], last_executed: str | None, names: CurrentNames, *, whole: bool
) -> dict[str, Json]:
    """Show a rule; `stamps` are its times and people, `whole` adds the conditions."""
    body = document.body
    free = not is_locked(body)
    shown: dict[str, Json] = {
        "created_time": stamps["created_time"],
        "execute_when": body["execute_when"],
        "editable": free,
        "module": body["module"],
        "deletable": free,
        "description": body["description"],
        "source": body.get("source", "API"),
        "created_by": stamps["created_by"],
        "last_executed_time": last_executed,
        "modified_time": stamps["modified_time"],
        "name": document.name,
        "modified_by": stamps["modified_by"],
        "lock": dump_lock(body, names.users),
        "id": str(document.id),
        "status": body["status"],
    }
    if whole:
        conditions = body["conditions"]
        shown["deprecated"] = False
        shown["category"] = "default"
        shown["conditions"] = [_renamed(condition, document.module, names) for condition in _list(conditions)]
    return shown


def is_locked(body: Mapping[str, Json]) -> bool:
    """Return whether a stored rule is locked."""
    lock = body.get("lock")
    return isinstance(lock, dict) and lock.get("status") is True


def dump_lock(body: Mapping[str, Json], users: Mapping[Id, User]) -> dict[str, Json]:
    """Show a rule's lock."""
    lock = body.get("lock")
    if not isinstance(lock, dict) or not is_locked(body):
        return dict(UNLOCKED)
    by = int(str(lock["locked_by"]))
    user = users.get(by)
    name = user.full_name if user else None
    return {"locked_by": {"name": name, "id": str(by)}, "message": lock.get("message"), "status": True}


def _renamed(raw: Json, module: str, names: CurrentNames) -> Json:
    condition = _object(raw)
    instant = condition.get("instant_actions")
    scheduled = condition.get("scheduled_actions")
    return {
        **condition,
        "instant_actions": None if instant is None else {"actions": _actions(_object(instant), module, names)},
        "scheduled_actions": None
        if scheduled is None
        else [{**_object(group), "actions": _actions(_object(group), module, names)} for group in _list(scheduled)],
    }


def _actions(block: Mapping[str, Json], module: str, names: CurrentNames) -> list[Json]:
    return [_action(_object(action), module, names) for action in _list(block["actions"])]


def _action(action: dict[str, Json], module: str, names: CurrentNames) -> Json:
    match ACTION_KINDS[str(action["type"])].form:
        case EntityForm(document=kind):
            return {**action, "name": names.entity(kind, int(str(action["id"]))) or action["name"]}
        case InlineForm(show=show):
            return {**action, "details": show(_object(action["details"]), module, names)}


def _object(raw: Json) -> dict[str, Json]:
    return raw if isinstance(raw, dict) else {}


def _list(raw: Json) -> list[Json]:
    return raw if isinstance(raw, list) else []
