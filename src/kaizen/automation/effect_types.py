"""What an action can ask to have done: a closed set, carried out by `records.reactions`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kaizen.model.values import Id, Value, Values


@dataclass(frozen=True, slots=True)
class SetFields:
    """Set fields of the record for which the rule fired (field updates, owner, tags)."""

    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class SetParentFields:
    """Set fields of a record that a lookup of the record for which the rule fired points to."""

    module: str  #: api_name of the parent's module
    record_id: Id
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class CreateTask:
    """Create the task that a task action defines, for the record that fired."""

    task_id: Id


@dataclass(frozen=True, slots=True)
class SendMail:
    """Render an e-mail notification for the record that fired and put it into the outbox."""

    notification_id: Id


Effect: TypeAlias = SetFields | SetParentFields | CreateTask | SendMail


def own_values(effect: Effect | None) -> Values:
    """Return the new values that an effect gives the record that fired."""
    match effect:
        case SetFields():
            return effect.values
        case SetParentFields() | CreateTask() | SendMail() | None:
            pass
    return {}
