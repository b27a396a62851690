"""What wakes a rule: the event, and for field_update rules which fields changed to what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kaizen.automation.engine_context import EngineContext
from kaizen.criteria.tree import ANY_VALUE, Compare, Criteria, Group, Path, leaves
from kaizen.model.record import Change
from kaizen.model.rule import Rule, Trigger
from kaizen.vocabulary.automation import Event, TriggerType
from kaizen.vocabulary.comparators import GroupOperator

#: Fields that every write sets: a change of nothing else is no change to a rule.
STAMPS: Final = frozenset({"Modified_By", "Modified_Time", "Last_Activity_Time"})

_EVENTS: Final[Mapping[TriggerType, frozenset[Event]]] = {
    TriggerType.CREATE: frozenset({Event.CREATE}),
    TriggerType.EDIT: frozenset({Event.EDIT}),
    TriggerType.CREATE_OR_EDIT: frozenset({Event.CREATE, Event.EDIT}),
    TriggerType.DELETE: frozenset({Event.DELETE}),
    TriggerType.FIELD_UPDATE: frozenset({Event.EDIT}),
}
#: Triggers that can hold more than once for one record.
_RECURRING: Final = frozenset({TriggerType.EDIT, TriggerType.CREATE_OR_EDIT, TriggerType.FIELD_UPDATE})


def waits_for(rule: Rule, event: Event) -> bool:
    """Return whether an event can wake a rule at all."""
    return event in _EVENTS[rule.trigger.type]


def acts_once(rule: Rule) -> bool:
    """Return whether a rule acts for one record only the first time a condition of it matches."""
    return not rule.trigger.repeat and rule.trigger.type in _RECURRING


def held_back(change: Change, context: EngineContext) -> bool:
    """Return whether a change is a workflow's own edit, which wakes no rules (reference: workflow rules G.4)."""
    return change.event is Event.EDIT and change.origin.depth > context.cascade


def considered(change: Change, context: EngineContext) -> bool:
    """Return whether the rules look at a change at all: nobody asked them not to, and something really changed."""
    return not change.suppressed and not held_back(change, context) and really_changed(change)


def really_changed(change: Change) -> bool:
    """Return whether a write did anything; saving the same values again is no edit."""
    return change.event is not Event.EDIT or bool(change.changed - STAMPS)


@dataclass(frozen=True, slots=True)
class Watched:
    """One field that a field_update rule watches, and what its new value must meet."""

    path: Path
    criteria: Criteria | None  #: None: any change will do

    @property
    def own(self) -> str | None:
        """The field of the record itself; None: the value lies behind a lookup and cannot change here."""
        return self.path[0] if len(self.path) == 1 else None


@dataclass(frozen=True, slots=True)
class FieldTrigger:
    """Which change of which fields wakes a field_update rule.

    How the groups of its criteria nest does not matter: `match_all` alone says whether all or any must hold
    (reference: workflow rules B.2, T2).
    """

    watched: tuple[Watched, ...]
    match_all: bool

    @property
    def fields(self) -> frozenset[str]:
        """The fields whose change can wake the rule."""
        return frozenset(each.own for each in self.watched if each.own)

    @property
    def must_change(self) -> frozenset[str]:
        """The fields that have to change, because all must hold and any change of these will do."""
        return frozenset(w.path[0] for w in self.watched if w.criteria is None) if self.match_all else frozenset()

    def when_changed(self, name: str) -> Criteria | None:
        """Return what must hold of the new values when one field changed; None: nothing more."""
        if self.match_all:
            return _joined(GroupOperator.AND, [w.criteria for w in self.watched if w.criteria is not None])
        about = [w.criteria for w in self.watched if w.own == name]
        demands = [criteria for criteria in about if criteria is not None]
        return _joined(GroupOperator.OR, demands) if len(demands) == len(about) else None

    def holds(self, changed: frozenset[str], meets: Callable[[Criteria], bool]) -> bool:
        """Return whether a change wakes the rule; `meets` says whether criteria hold of the new values."""
        if not changed & self.fields:
            return False
        if self.match_all:
            return self.must_change <= changed and all(w.criteria is None or meets(w.criteria) for w in self.watched)
        return any(w.own in changed and (w.criteria is None or meets(w.criteria)) for w in self.watched)


def field_trigger(trigger: Trigger, resolver: Callable[[Criteria], Criteria]) -> FieldTrigger:
    """Read what a field_update trigger watches; the resolver fixes values that depend on the day."""
    if not isinstance(trigger.criteria, Compare | Group):
        raise TypeError("a field_update rule must say which change wakes it")
    watched = (Watched(c.path, None if c.value == ANY_VALUE else resolver(c)) for c in leaves(trigger.criteria))
    return FieldTrigger(tuple(watched), trigger.match_all)


def _joined(operator: GroupOperator, members: list[Criteria]) -> Criteria | None:
    if len(members) < 2:
        return members[0] if members else None
    return Group(operator, tuple(members))
