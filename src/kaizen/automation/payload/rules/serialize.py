"""Rules as GET shows them (reference: automation A.3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kaizen.automation.payload.rules import tags
from kaizen.model.document import Document
from kaizen.model.people import User
from kaizen.model.values import Id, Json
from kaizen.vocabulary.workflow_types import ASSOCIATE_TYPES

UNLOCKED: Mapping[str, Json] = {"locked_by": None, "message": None, "status": False}


@dataclass(frozen=True)
class Names:
    """What the things that rules refer to are called now; stored names may be older."""

    users: Mapping[Id, User]
    tags: Mapping[str, Mapping[Id, Document]]
    entity: Callable[[str, Id], str | None]  #: by action type and id: of field updates, tasks, e-mail notifications


def dump_rule(
    document: Document, stamps: Mapping[str, Json], last_executed: str | None, names: Names, *, whole: bool
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


def _renamed(raw: Json, module: str, names: Names) -> Json:
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


def _actions(block: Mapping[str, Json], module: str, names: Names) -> list[Json]:
    return [_action(_object(action), module, names) for action in _list(block["actions"])]


def _action(action: dict[str, Json], module: str, names: Names) -> Json:
    if action["type"] in ASSOCIATE_TYPES:
        return {**action, "name": names.entity(str(action["type"]), int(str(action["id"]))) or action["name"]}
    details = _object(action["details"])
    if "tags" in details:
        known = names.tags.get(module, {})
        tags = [_tag(_object(tag), known) for tag in _list(details["tags"])]
        # Where tags are removed the service shows it too, and never means anything by it.
        over_write = details.get("over_write", False)
        return {**action, "details": {**details, "tags": tags, "over_write": over_write}}
    if "assign_to" in details:
        targets = [_target(_object(target), names.users) for target in _list(details["assign_to"])]
        return {**action, "details": {**details, "assign_to": targets}}
    return action


def _tag(tag: dict[str, Json], known: Mapping[Id, Document]) -> Json:
    current = known.get(int(str(tag["id"])))
    return tags.shown(current) if current else tag


def _target(target: dict[str, Json], users: Mapping[Id, User]) -> Json:
    resource = _object(target["resource"])
    user = users.get(int(str(resource["id"]))) if target["type"] == "user" else None
    return {**target, "resource": {**resource, "name": user.full_name}} if user else target


def _object(raw: Json) -> dict[str, Json]:
    return raw if isinstance(raw, dict) else {}


def _list(raw: Json) -> list[Json]:
    return raw if isinstance(raw, list) else []
