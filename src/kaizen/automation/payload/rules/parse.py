"""A rule as a client describes it, narrowed to the types of its definition but not yet understood.

What is stored has the same form, so it is read by the same functions; `stored` marks the parts that a change keeps:
what they refer to was resolved when they came in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from kaizen.json_body import json_types
from kaizen.json_body.errors import expected_one_of, invalid, missing, needed_by, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import ASSOCIATE_TYPES
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.workflow_types import TRIGGER_TYPES

LONGEST_NAME: Final = 100
LONGEST_DESCRIPTION: Final = 1000
MOST_CONDITIONS: Final = 10
MOST_GROUPS: Final = 5
MOST_ACTIONS: Final = 50


@dataclass(frozen=True, slots=True)
class ActionDraft:
    """One action of a block."""

    place: JsonPath
    payload: Mapping[str, Json]
    id: Id | None = None
    has_id: bool = False  #: an id was given, perhaps one that names nothing
    remove: bool = False
    stored: bool = False


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """Actions that run after a delay; None stands for what an update does not mention."""

    place: JsonPath
    id: Id | None = None
    has_id: bool = False
    execute_after: Mapping[str, Json] | None = None
    actions: tuple[ActionDraft, ...] | None = None
    remove: bool = False
    stored: bool = False


@dataclass(frozen=True, slots=True)
class ConditionDraft:
    """One branch; None stands for what an update does not mention."""

    place: JsonPath
    id: Id | None = None
    has_id: bool = False
    sequence_number: int | None = None
    criteria_details: Mapping[str, Json] | None = None
    instant: tuple[ActionDraft, ...] | None = None
    scheduled: tuple[GroupDraft, ...] | None = None
    remove: bool = False
    stored_criteria: bool = False
    mentioned: bool = True  #: by the request; an update leaves the others of its rule as they are


@dataclass(frozen=True, slots=True)
class TriggerDraft:
    """`execute_when`."""

    place: JsonPath
    type: str
    details: Mapping[str, Json]
    stored: bool = False


@dataclass(frozen=True, slots=True)
class LockDraft:
    """`lock`."""

    place: JsonPath
    status: bool
    message: str | None


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """One rule; None stands for what an update does not mention."""

    place: JsonPath
    name: str | None = None
    description: str | None = None
    clears_description: bool = False
    module: Mapping[str, Json] | None = None
    trigger: TriggerDraft | None = None
    conditions: tuple[ConditionDraft, ...] | None = None
    active: bool | None = None
    lock: LockDraft | None = None


def fresh_condition(draft: ConditionDraft) -> ConditionDraft:
    """Take a condition as a new one: ids that it brings along from another rule mean nothing here.

    So it must be whole: what an edit may leave out is missing.
    """
    if draft.sequence_number is None and not draft.remove:
        raise missing(draft.place / "sequence_number")
    scheduled = draft.scheduled
    return replace(
        draft,
        id=None,
        instant=_fresh_actions(draft.instant),
        scheduled=None if scheduled is None else tuple(fresh_group(group) for group in scheduled),
    )


def fresh_group(draft: GroupDraft) -> GroupDraft:
    """Take a scheduled group as a new one; it must be whole."""
    if draft.execute_after is None and not draft.remove:
        raise missing(draft.place / "execute_after")
    if not draft.actions and not draft.remove:
        raise missing(draft.place / "actions")
    return replace(draft, id=None, actions=_fresh_actions(draft.actions))


def fresh_action(draft: ActionDraft) -> ActionDraft:
    """Take an action as a new one; the id of an associate action is its entity's."""
    return draft if draft.payload.get("type") in ASSOCIATE_TYPES else replace(draft, id=None)


def _fresh_actions(drafts: tuple[ActionDraft, ...] | None) -> tuple[ActionDraft, ...] | None:
    return None if drafts is None else tuple(fresh_action(draft) for draft in drafts)


def parse_rule(raw: object, place: JsonPath, *, new: bool, stored: bool = False) -> RuleDraft:
    """Check a rule against its definition: what is mandatory, types, lengths, closed sets.

    `new` is False for an update, in which nothing but identity is mandatory.
    """
    payload = json_types.mapping(raw, place)
    name = _name(payload, place / "name", new)
    description = payload.get("description")
    if description is not None:
        json_types.text(description, place / "description", longest=LONGEST_DESCRIPTION)
    module = _object(payload, place, "module", mandatory=new)
    trigger = _trigger(_object(payload, place, "execute_when", mandatory=new), place / "execute_when", stored)
    conditions = _conditions(payload, place / "conditions", new, stored)
    active = _active(payload.get("status"), place / "status")
    if new and active is False:
        raise invalid(place / "status" / "active")
    return RuleDraft(
        place,
        name,
        str(description) if description is not None else None,
        "description" in payload and description is None,
        module,
        trigger,
        conditions,
        active,
        _lock(payload.get("lock"), place / "lock"),
    )


def _name(payload: Mapping[str, Json], place: JsonPath, new: bool) -> str | None:
    if not new and "name" not in payload:
        return None
    raw = payload.get("name")
    if raw is None:
        raise missing(place)
    name = json_types.text(raw, place, longest=LONGEST_NAME).strip()
    if not name:
        raise missing(place)
    return name


def _object(payload: Mapping[str, Json], place: JsonPath, key: str, *, mandatory: bool) -> Mapping[str, Json] | None:
    raw = payload.get(key)
    if raw is None:
        if mandatory:
            raise missing(place / key)
        return None
    return json_types.mapping(raw, place / key)


def _trigger(payload: Mapping[str, Json] | None, place: JsonPath, stored: bool) -> TriggerDraft | None:
    if payload is None:
        return None
    at_type, at_details = place / "type", place / "details"
    if payload.get("type") is None:
        raise missing(at_type)
    trigger_type = json_types.one_of(payload["type"], at_type, TRIGGER_TYPES)
    details = json_types.mapping(payload["details"], at_details) if payload.get("details") is not None else {}
    for flag in ("repeat", "match_all"):
        if details.get(flag) is not None:
            json_types.boolean(details[flag], at_details / flag)
    return TriggerDraft(place, trigger_type, details, stored)


def _conditions(
    payload: Mapping[str, Json], place: JsonPath, new: bool, stored: bool
) -> tuple[ConditionDraft, ...] | None:
    raw = payload.get("conditions")
    if raw is None:
        if new:
            raise missing(place)
        return None
    elements = json_types.sequence(raw, place)
    if new and not elements:
        raise invalid(place)
    if len(elements) > MOST_CONDITIONS:
        raise too_many_conditions(place)
    return json_types.each(elements, place, lambda element, at: _condition(element, at, stored))


def too_many_conditions(place: JsonPath) -> Exception:
    """Refuse more conditions than a rule may have."""
    return refused(Code.LIMIT_EXCEEDED, place, "conditions limit exceeded", limit=MOST_CONDITIONS)


def too_many_groups(place: JsonPath) -> Exception:
    """Refuse more scheduled groups than a condition may have."""
    return refused(Code.LIMIT_EXCEEDED, place, "schedule actions limit exceeded", limit=MOST_GROUPS)


def too_many_actions(place: JsonPath, limit: int) -> Exception:
    """Refuse more actions than a block may have."""
    return refused(Code.LIMIT_EXCEEDED, place, "actions limit exceeded", limit=limit)


def _condition(raw: object, place: JsonPath, stored: bool) -> ConditionDraft:
    payload = json_types.mapping(raw, place)
    has_id, number = _identity(payload, place)
    remove = _removes(payload, place)
    sequence_number = None
    if payload.get("sequence_number") is not None:
        sequence_number = json_types.whole(payload["sequence_number"], place / "sequence_number")
        if sequence_number < 1:
            raise invalid(place / "sequence_number", "Invalid sequence number is given")
    elif not has_id:
        raise missing(place / "sequence_number")
    criteria_details = _object(payload, place, "criteria_details", mandatory=False)
    if criteria_details is None and "criteria_details" in payload:
        criteria_details = {}
    return ConditionDraft(
        place,
        number,
        has_id,
        sequence_number,
        criteria_details,
        _instant(payload.get("instant_actions"), place / "instant_actions", stored),
        _groups(payload.get("scheduled_actions"), place / "scheduled_actions", stored),
        remove,
        stored,
    )


def _identity(payload: Mapping[str, Json], place: JsonPath) -> tuple[bool, Id | None]:
    raw = payload.get("id")
    if raw is None:
        return False, None
    return True, json_types.identifier(raw, place / "id")


def _removes(payload: Mapping[str, Json], place: JsonPath) -> bool:
    if "_delete" not in payload:
        return False
    # The service's samples write null; true says the same (reference: automation B.6).
    if payload["_delete"] is not None and payload["_delete"] is not True:
        raise invalid(place / "_delete")
    if payload.get("id") is None:
        raise missing(place / "id")
    return True


def _instant(raw: object, place: JsonPath, stored: bool) -> tuple[ActionDraft, ...] | None:
    if raw is None:
        return None
    payload = json_types.mapping(raw, place)
    return _actions(payload.get("actions"), place / "actions", stored)


def _actions(raw: object, place: JsonPath, stored: bool) -> tuple[ActionDraft, ...] | None:
    if raw is None:
        return None
    elements = json_types.sequence(raw, place)
    if len(elements) > MOST_ACTIONS:
        raise too_many_actions(place, MOST_ACTIONS)
    return json_types.each(elements, place, lambda element, at: _action(element, at, stored))


def _action(raw: object, place: JsonPath, stored: bool) -> ActionDraft:
    payload = json_types.mapping(raw, place)
    has_id, number = _identity(payload, place)
    if not isinstance(payload.get("type"), str | None):
        raise invalid(place / "type")
    for key in ("details", "related_details"):
        _object(payload, place, key, mandatory=False)
    if payload.get("name") is not None:
        json_types.text(payload["name"], place / "name", longest=255)
    return ActionDraft(place, payload, number, has_id, _removes(payload, place), stored)


def _groups(raw: object, place: JsonPath, stored: bool) -> tuple[GroupDraft, ...] | None:
    if raw is None:
        return None
    elements = json_types.sequence(raw, place)
    if len(elements) > MOST_GROUPS:
        raise too_many_groups(place)
    return json_types.each(elements, place, lambda element, at: _group(element, at, stored))


def _group(raw: object, place: JsonPath, stored: bool) -> GroupDraft:
    payload = json_types.mapping(raw, place)
    has_id, number = _identity(payload, place)
    remove = _removes(payload, place)
    execute_after = _object(payload, place, "execute_after", mandatory=not has_id)
    if execute_after is not None:
        _delay(execute_after, place / "execute_after")
    actions = _actions(payload.get("actions"), place / "actions", stored)
    if not actions and not has_id:
        raise missing(place / "actions")
    return GroupDraft(place, number, has_id, execute_after, actions, remove, stored)


def _delay(payload: Mapping[str, Json], place: JsonPath) -> None:
    keys = ("period", "unit")
    absent = [key for key in keys if payload.get(key) is None]
    if len(absent) == len(keys):
        raise expected_one_of(place / key for key in keys)
    if absent:
        raise needed_by(place / absent[0], place)


def _active(raw: object, place: JsonPath) -> bool | None:
    if raw is None:
        return None
    payload = json_types.mapping(raw, place)
    if payload.get("delete_schedule_action") is not None:
        # What becomes of the queue is not part of the rule; see `empties_queue`.
        json_types.boolean(payload["delete_schedule_action"], place / "delete_schedule_action")
    return json_types.boolean(payload["active"], place / "active") if payload.get("active") is not None else None


def empties_queue(payload: Mapping[str, Json]) -> bool:
    """Return whether an accepted change asks that what the rule has queued is dropped; only a deactivation can."""
    match payload.get("status"):
        case {"active": False, "delete_schedule_action": True}:
            return True
        case _:
            return False


def _lock(raw: object, place: JsonPath) -> LockDraft | None:
    if raw is None:
        return None
    payload = json_types.mapping(raw, place)
    if payload.get("status") is None:
        raise missing(place / "status")
    status = json_types.boolean(payload["status"], place / "status")
    message = payload.get("message")
    if message is not None:
        message = json_types.text(message, place / "message", longest=255)
    return LockDraft(place, status, message)
