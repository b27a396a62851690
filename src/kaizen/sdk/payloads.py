"""The payloads of workflow automation, written with keywords (reference: automation B and C).

Every function returns a plain dict as the API has it, so that you can inspect it, change it, or replace it by one
of your own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from kaizen.sdk.criteria import Criteria
from kaizen.sdk.errors import Misuse
from kaizen.sdk.ids import Identified, IdLike, as_id

Payload: TypeAlias = dict[str, Any]
#: Something named by its API name, its id, or an object with either.
Reference: TypeAlias = str | int | Identified | Mapping[str, Any]

#: Triggers that must say whether they act again on a record for which they acted before.
_REPEATABLE: Final = frozenset({"edit", "create_or_edit", "field_update"})


class Unset:
    """Stands for a keyword that was not given, where None means something."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()


def add_tags(*names: str, over_write: bool = False) -> Payload:
    """Add tags to the record; with `over_write` they replace those it has."""
    return {"type": "add_tags", "details": {"tags": [{"name": name} for name in names], "over_write": over_write}}


def remove_tags(*names: str) -> Payload:
    """Remove tags from the record."""
    return {"type": "remove_tags", "details": {"tags": [{"name": name} for name in names]}}


def assign_owner(module: Reference, *users: IdLike, notify: bool = False) -> Payload:
    """Assign the record to a user, or to several in turn."""
    assigned = [{"type": "user", "resource": {"id": as_id(user)}} for user in users]
    return {
        "type": "assign_owner",
        "details": {"module": reference(module), "assign_to": assigned, "related_records": None, "notify": notify},
    }


def field_update(action: IdLike) -> Payload:
    """Run an existing field update."""
    return {"type": "field_updates", "id": as_id(action)}


def email_notification(action: IdLike) -> Payload:
    """Send an existing e-mail notification."""
    return {"type": "email_notifications", "id": as_id(action)}


def task(action: IdLike) -> Payload:
    """Create a task from an existing workflow task."""
    return {"type": "tasks", "id": as_id(action)}


def after(unit: int, period: str, *actions: Mapping[str, Any]) -> Payload:
    """Run actions later: `after(30, "business_days", task(id))`."""
    return {"execute_after": {"period": period, "unit": unit}, "actions": [dict(action) for action in actions]}


def condition(
    *,
    when: Criteria | Mapping[str, Any] | None = None,
    then: Iterable[Mapping[str, Any]] = (),
    later: Iterable[Mapping[str, Any]] = (),
    sequence_number: int | None = None,
    id: IdLike | None = None,  # the wire's name for it
) -> Payload:
    """Write a condition of a rule: which records, what at once, what later."""
    written: Payload = {"criteria_details": {"criteria": criteria_of(when)}}
    if id is not None:
        written["id"] = as_id(id)
    if sequence_number is not None:
        written["sequence_number"] = sequence_number
    instant, scheduled = [dict(action) for action in then], [dict(group) for group in later]
    if instant:
        written["instant_actions"] = {"actions": instant}
    if scheduled:
        written["scheduled_actions"] = scheduled
    return written


def rule(
    *,
    name: str | None = None,
    module: Reference | None = None,
    on: str | Mapping[str, Any] | None = None,
    watch: Criteria | Mapping[str, Any] | None = None,
    match_all: bool | None = None,
    repeat: bool = False,
    when: Criteria | Mapping[str, Any] | None = None,
    then: Iterable[Mapping[str, Any]] = (),
    later: Iterable[Mapping[str, Any]] = (),
    conditions: Iterable[Mapping[str, Any]] | None = None,
    description: str | Unset | None = UNSET,
    active: bool | None = None,
    delete_schedule_action: bool | None = None,
) -> Payload:
    """Write a rule; what is not given is left out, so that the same keywords serve for an update.

    `on` is the trigger; `watch` is the change of a field that triggers a "field_update" rule, and `match_all`
    whether all that it joins must hold (by default what joined it says so: all of `a & b`). `when`, `then`
    and `later` are the only condition; several are given as `conditions`, first match wins.
    """
    written: Payload = {}
    if name is not None:
        written["name"] = name
    if not isinstance(description, Unset):
        written["description"] = description
    if module is not None:
        written["module"] = reference(module)
    if on is not None:
        written["execute_when"] = _trigger(on, watch, match_all, repeat)
    elif watch is not None:
        raise Misuse("watch can only be used with on='field_update'")
    instant, scheduled = list(then), list(later)
    if conditions is not None:
        if when is not None or instant or scheduled:
            raise Misuse("give either conditions, or when, then and later for a single one")
        written["conditions"] = [
            {"sequence_number": number, **given} for number, given in enumerate(conditions, start=1)
        ]
    elif when is not None or instant or scheduled:
        written["conditions"] = [condition(when=when, then=instant, later=scheduled, sequence_number=1)]
    if active is not None:
        written["status"] = {"active": active}
        if delete_schedule_action is not None:
            written["status"]["delete_schedule_action"] = delete_schedule_action
    return written


def field_update_entity(
    *,
    name: str | None = None,
    module: Reference | None = None,
    field: Reference | None = None,
    value: object = UNSET,
    **more: object,
) -> Payload:
    """Write a field update: which field of which module gets which value."""
    written = _named(name, module, more)
    if field is not None:
        written["field"] = reference(field)
    if not isinstance(value, Unset):
        written["type"] = "static"
        written["value"] = value
    return written


def task_entity(
    *,
    name: str | None = None,
    module: Reference | None = None,
    subject: str | None = None,
    due_in: tuple[int, str] | None = None,
    status: str | None = None,
    priority: str | None = None,
    field_mappings: Iterable[Mapping[str, Any]] = (),
    **more: object,
) -> Payload:
    """Write a workflow task; `due_in` is like (2, "business_days") from the day the rule acts."""
    written = _named(name, module, more)
    mappings = [
        mapping(field, value)
        for field, value in (("Subject", subject), ("Status", status), ("Priority", priority))
        if value is not None
    ]
    if due_in is not None:
        unit, period = due_in
        moment = {"period": period, "unit": str(unit), "sign": "plus", "trigger_field": "${CURRENTTIME}"}
        mappings.append(mapping("Due_Date", moment, type="execution_time"))
    mappings.extend(dict(given) for given in field_mappings)
    if mappings:
        written["field_mappings"] = mappings
    return written


def email_notification_entity(
    *,
    name: str | None = None,
    module: Reference | None = None,
    template: Reference | None = None,
    to: Iterable[Mapping[str, Any]] | None = None,
    cc: Iterable[Mapping[str, Any]] = (),
    bcc: Iterable[Mapping[str, Any]] = (),
    **more: object,
) -> Payload:
    """Write an e-mail notification; recipients are objects `{type, details}`."""
    written = _named(name, module, more)
    if template is not None:
        written["template"] = reference(template)
    if to is not None:
        recipients = {"to": list(to), "cc": list(cc), "bcc": list(bcc)}
        written["recipients"] = {kind: people for kind, people in recipients.items() if people}
    return written


def mapping(field: Reference, value: object, type: str = "static") -> Payload:  # `type` is the wire's name
    """Write the value of a field of a created record; `type` is static, merge_field or execution_time."""
    return {"field": reference(field), "type": type, "value": value}


def reference(given: Reference) -> Payload:
    """Write a reference as the service reads it: digits are an id, other text is an API name."""
    if isinstance(given, Identified):
        return {"id": as_id(given)}
    if isinstance(given, Mapping):
        return dict(given)
    text = str(given)
    return {"id": text} if text.isdecimal() else {"api_name": text}


def criteria_of(given: Criteria | Mapping[str, Any] | None) -> Payload | None:
    """Write criteria as a rule has them."""
    if given is None:
        return None
    return given.to_rule() if isinstance(given, Criteria) else dict(given)


def unwrapped(payload: Mapping[str, Any], envelope: str) -> Payload:
    """Take the one object out of a whole request body; leave an object by itself as it is."""
    if payload.keys() != {envelope}:
        return dict(payload)
    inner = payload[envelope]
    if not isinstance(inner, list | tuple) or len(inner) != 1:
        raise Misuse(f"{envelope} must contain exactly one object")
    return dict(inner[0])


def _trigger(
    on: str | Mapping[str, Any], watch: Criteria | Mapping[str, Any] | None, match_all: bool | None, repeat: bool
) -> Payload:
    if isinstance(on, Mapping):
        return dict(on)
    details: Payload = {}
    if on in _REPEATABLE:
        details["repeat"] = repeat
    if watch is not None and (criteria := criteria_of(watch)) is not None:
        details["criteria"] = criteria
        joined_by_and = str(criteria.get("group_operator")).upper() == "AND"
        details["match_all"] = joined_by_and if match_all is None else match_all
    return {"type": on, "details": details}


def _named(name: str | None, module: Reference | None, more: Mapping[str, object]) -> Payload:
    written: Payload = {}
    if name is not None:
        written["name"] = name
    if module is not None:
        written["module"] = reference(module)
        written["feature_type"] = "workflow"
    written.update(more)
    return written
