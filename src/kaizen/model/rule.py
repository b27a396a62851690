"""Workflow rules and the actions they name, as the engine reads them.

The payloads as clients wrote them are documents (see records.ports); these are what the documents mean.
Criteria are typed as `object` here because `model` lies below `criteria`; the engine narrows them once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from kaizen.model.values import Id, Json, Value
from kaizen.vocabulary.automation import ActionType, Period, TriggerType


class Entity(Protocol):
    """What the rule book knows by id: a rule, or what rules and actions name."""

    @property
    def id(self) -> Id: ...

    @property
    def name(self) -> str: ...

    @property
    def module(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a rule is considered."""

    type: TriggerType
    #: False: the rule acts for a record only the first time one of its conditions matches.
    repeat: bool = False
    #: field_update only: which change fires the rule (a criteria tree over the new values).
    criteria: object | None = None
    #: field_update only: all comparisons must hold, not any one that changed.
    match_all: bool = False


@dataclass(frozen=True, slots=True)
class RuleAction:
    """One action inside a rule: a reference to an entity, or an inline definition."""

    id: Id  #: of the entity for associate actions, else of this inline action
    type: ActionType
    name: str = ""
    details: Mapping[str, Json] = field(default_factory=dict)
    related_details: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScheduledGroup:
    """Actions that run after a delay."""

    id: Id
    period: Period
    unit: int
    actions: tuple[RuleAction, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A numbered branch of a rule: the first whose criteria hold wins."""

    id: Id
    sequence_number: int
    criteria: object | None  #: a criteria tree, or None: every record
    instant: tuple[RuleAction, ...] = ()
    scheduled: tuple[ScheduledGroup, ...] = ()


class PlacedAction(NamedTuple):
    """One action of a rule, with where it stands."""

    condition: Condition
    group: ScheduledGroup | None  #: None: it runs at once
    action: RuleAction


@dataclass(frozen=True, slots=True)
class Rule:
    """One workflow rule."""

    id: Id
    name: str
    module: str
    trigger: Trigger
    conditions: tuple[Condition, ...]  #: by sequence_number
    active: bool = True
    order: int = 0  #: position among the module's rules
    problem: str = ""  #: why the rule cannot run (a field it names is gone); empty: it can

    def actions(self) -> Iterator[PlacedAction]:
        """Yield every action, condition by condition, those that run at once before those that wait."""
        for condition in self.conditions:
            for action in condition.instant:
                yield PlacedAction(condition, None, action)
            for group in condition.scheduled:
                for action in group.actions:
                    yield PlacedAction(condition, group, action)


@dataclass(frozen=True, slots=True)
class FieldUpdate:
    """A field update action: what value a field gets."""

    id: Id
    name: str
    module: str
    field: str
    value: Value
    append: bool = False  #: multi-select only: add to what is there
    dependents: tuple[tuple[str, Value], ...] = ()  #: fields that follow (Pipeline takes Stage along)


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """What one field of a new record gets: a fixed value, a text with merge tokens, or a time."""

    field: str
    type: str  #: static, merge_field, execution_time
    value: Json


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """A task action: the task it creates for the record that fired."""

    id: Id
    name: str
    module: str
    mappings: tuple[FieldMapping, ...]
    notify: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a mail: a user, a role, an e-mail field of the record, its owner, or a literal address."""

    type: str  #: user, role, field, record_owner, email
    id: Id = 0
    address: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class EmailNotification:
    """An e-mail notification action."""

    id: Id
    name: str
    module: str
    template_id: Id
    to: tuple[Recipient, ...]
    cc: tuple[Recipient, ...] = ()
    bcc: tuple[Recipient, ...] = ()
    sender: Recipient | None = None
    reply_to: Recipient | None = None
    bulk: bool = False  #: one mail to all instead of one mail each


@dataclass(frozen=True, slots=True)
class EmailTemplate:
    """Subject and text of a mail, with merge tokens."""

    id: Id
    name: str
    module: str
    subject: str
    content: str  #: HTML
