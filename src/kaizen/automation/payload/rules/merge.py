"""The result of a change of a stored rule: an id edits, no id adds, `_delete` removes, the rest stays.

(reference: automation B.6.)
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from kaizen.automation.payload.rules.parse import (
    MOST_CONDITIONS,
    MOST_GROUPS,
    ActionDraft,
    ConditionDraft,
    GroupDraft,
    RuleDraft,
    fresh_action,
    fresh_condition,
    fresh_group,
    too_many_conditions,
    too_many_groups,
)
from kaizen.json_body.errors import RefusedError, invalid, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.problem import UNKNOWN_ID, Problem
from kaizen.model.values import Id
from kaizen.vocabulary.automation import ASSOCIATE_TYPES
from kaizen.vocabulary.codes import Code

D = TypeVar("D", ActionDraft, GroupDraft, ConditionDraft)


def merged(old: RuleDraft, new: RuleDraft) -> RuleDraft:
    """Put a change over a stored rule; the whole must be checked afterwards like a new one."""
    clears = new.clears_description
    return RuleDraft(
        place=new.place,
        name=new.name or old.name,
        description=new.description if clears or new.description is not None else old.description,
        module=new.module or old.module,
        trigger=new.trigger or old.trigger,
        conditions=_conditions(old.conditions or (), new.conditions, new.place / "conditions"),
        active=old.active if new.active is None else new.active,
        lock=new.lock or old.lock,
    )


def _conditions(
    old: Sequence[ConditionDraft], new: Sequence[ConditionDraft] | None, place: JsonPath
) -> tuple[ConditionDraft, ...]:
    stored = [replace(each, mentioned=False) for each in old]
    found = _elements(stored, new or (), _condition, fresh_condition, "This given conditionid seems to be invalid")
    if not found:
        raise RefusedError(Problem(Code.CANNOT_REMOVE, {}, "Conditions cannot be empty"))
    if len(found) > MOST_CONDITIONS:
        raise too_many_conditions(place)
    return found


def _condition(old: ConditionDraft, new: ConditionDraft) -> ConditionDraft:
    instant = _actions(old.instant or (), new.instant)
    scheduled = _elements(old.scheduled or (), new.scheduled or (), _group, fresh_group, UNKNOWN_ID)
    if len(scheduled) > MOST_GROUPS:
        raise too_many_groups(new.place / "scheduled_actions")
    if not instant and not scheduled:
        raise _nothing_left()
    replaces = new.criteria_details is not None
    return ConditionDraft(
        place=new.place,
        id=old.id,
        has_id=True,
        sequence_number=new.sequence_number or old.sequence_number,
        criteria_details=new.criteria_details if replaces else old.criteria_details,
        instant=instant or None,
        scheduled=scheduled or None,
        stored_criteria=not replaces,
    )


def _group(old: GroupDraft, new: GroupDraft) -> GroupDraft:
    actions = _actions(old.actions or (), new.actions)
    if not actions:
        raise _nothing_left()
    return GroupDraft(
        place=new.place,
        id=old.id,
        has_id=True,
        execute_after=new.execute_after or old.execute_after,
        actions=actions,
        stored=new.execute_after is None,
    )


def _actions(old: Sequence[ActionDraft], new: Sequence[ActionDraft] | None) -> tuple[ActionDraft, ...]:
    return _elements(old, new or (), _action, fresh_action, UNKNOWN_ID, may_add=_names_an_entity)


def _names_an_entity(action: ActionDraft) -> bool:
    return action.payload.get("type") in ASSOCIATE_TYPES


def _action(old: ActionDraft, new: ActionDraft) -> ActionDraft:
    if new.payload.get("type") not in (None, old.payload["type"]):
        raise invalid(new.place / "type")
    if new.payload.get("details") is None and new.payload.get("related_details") is None:
        # Mentioned without new details it stays what it is; what it refers to need not be looked up again.
        name = old.payload["name"] if _names_an_entity(old) else new.payload.get("name") or old.payload["name"]
        return replace(old, place=new.place, payload={**old.payload, "name": name})
    payload = {**old.payload, **{key: value for key, value in new.payload.items() if value is not None}}
    return replace(old, place=new.place, payload=payload, stored=False)


def _nothing_left() -> RefusedError:
    return RefusedError(Problem(Code.CANNOT_REMOVE, {}, "Actions cannot be empty"))


def _elements(
    old: Sequence[D],
    new: Sequence[D],
    edit: Callable[[D, D], D],
    fresh: Callable[[D], D],
    unknown: str,
    may_add: Callable[[D], bool] = lambda element: False,
) -> tuple[D, ...]:
    """Merge one list; `may_add` says whether an id that is not there yet is an addition (a reference to an entity)."""
    kept: dict[Id, D | None] = {element.id: element for element in old if element.id is not None}
    mentioned: set[Id] = set()
    added: list[D] = []
    for element in new:
        if not element.has_id:
            added.append(fresh(element))
            continue
        stored = kept.get(element.id) if element.id is not None else None
        if element.id is None or (stored is None and (element.remove or not may_add(element))):
            raise invalid(element.place / "id", unknown)
        if element.id in mentioned:
            raise refused(Code.DUPLICATE_DATA, element.place, _duplicate(element))
        mentioned.add(element.id)
        if stored is None:
            added.append(fresh(element))
        elif element.remove:
            kept[element.id] = None
        else:
            kept[element.id] = edit(stored, element)
    return tuple([element for element in kept.values() if element is not None] + added)


def _duplicate(element: ActionDraft | GroupDraft | ConditionDraft) -> str:
    return "Duplicate action not allowed" if isinstance(element, ActionDraft) else "duplicate data"
