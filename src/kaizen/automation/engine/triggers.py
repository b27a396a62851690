"""What wakes a rule: the event, and for field_update rules which fields changed to what."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from kaizen.automation.engine_context import EngineContext
from kaizen.automation.triggers.kinds import TRIGGER_KINDS
from kaizen.criteria.holds import holds
from kaizen.criteria.tree import ALWAYS, ANY_VALUE, NEVER, Compare, Criteria, Group, Path
from kaizen.model.record import STAMPS, Change
from kaizen.model.rule import Rule, Trigger
from kaizen.model.values import Values
from kaizen.vocabulary.automation import Event
from kaizen.vocabulary.comparators import GroupOperator


def waits_for(rule: Rule, event: Event) -> bool:
    """Return whether an event can wake a rule at all."""
    return event in TRIGGER_KINDS[rule.trigger.type].events


def acts_once(rule: Rule) -> bool:
    """Return whether a rule acts for one record only the first time a condition of it matches."""
    return not rule.trigger.repeat and TRIGGER_KINDS[rule.trigger.type].recurs


def watches_fields(rule: Rule) -> bool:
    """Return whether the change of a field wakes a rule, and not the event alone."""
    return TRIGGER_KINDS[rule.trigger.type].watched is not None


def held_back(change: Change, context: EngineContext) -> bool:
    """Return whether a change is a workflow's own edit, which wakes no rules (reference: automation G.4)."""
    return change.event is Event.EDIT and change.origin.depth > context.cascade


def considered(change: Change, context: EngineContext) -> bool:
    """Return whether the rules consider a change: the caller did not turn them off, and something changed."""
    return not change.suppressed and not held_back(change, context) and really_changed(change)


def really_changed(change: Change) -> bool:
    """Return whether a write did anything; saving the same values again is not an edit."""
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

    def met(self, changed: frozenset[str] | None) -> Criteria:
        """Return what the new values must meet; "any change" is met where nothing is known of what changed."""
        if self.criteria is not None:
            return self.criteria
        return ALWAYS if changed is None or self.path[0] in changed else NEVER


@dataclass(frozen=True, slots=True)
class WatchedGroup:
    """Watched fields of which all (AND) or any (OR) must meet what is asked of them."""

    operator: GroupOperator
    members: tuple["Watched | WatchedGroup", ...]

    def met(self, changed: frozenset[str] | None) -> Criteria:
        """Return what the new values must meet."""
        return _joined(self.operator, [member.met(changed) for member in self.members])


@dataclass(frozen=True)
class FieldTrigger:
    """Which change of which fields wakes a field_update rule.

    A watched field wakes it when it changed and its new value meets what is asked. All of a group must be met, and
    one of them must wake; any of a group may (reference: automation B.2 T2, G.5).
    """

    root: Watched | WatchedGroup

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields whose change can wake the rule."""
        return frozenset(each.own for each in _watched(self.root) if each.own)

    @cached_property
    def must_change(self) -> frozenset[str]:
        """The fields that have to change, because all must hold and any change of these will do."""
        return frozenset(_musts(self.root))

    @cached_property
    def any_changes(self) -> frozenset[str]:
        """The fields of which any change will do."""
        return frozenset(each.path[0] for each in _watched(self.root) if each.criteria is None)

    def when_changed(self, name: str, changed: frozenset[str] | None = None) -> Criteria:
        """Return what must hold of the new values when one field changed.

        `changed` are all fields that did; where it is not known they might all have.
        """
        return _woken(self.root, name, changed)

    def wakes(self, name: str, changed: frozenset[str], values: Values) -> bool:
        """Return whether a changed field wakes the rule, given that new values meet what `when_changed` demands."""
        return self.any_changes <= changed or holds(self.when_changed(name, changed), values)

    def holds(self, changed: frozenset[str], values: Values) -> bool:
        """Return whether a change wakes the rule."""
        return any(holds(self.when_changed(name, changed), values) for name in self.fields & changed)


def field_trigger(trigger: Trigger, resolver: Callable[[Criteria], Criteria]) -> FieldTrigger:
    """Read what a field_update trigger watches; the resolver fixes values that depend on the day.

    `match_all` decides how the members of the outermost group are joined; the groups inside say it themselves.
    """
    criteria = trigger.criteria
    if not isinstance(criteria, Compare | Group):
        raise TypeError("a field_update rule must say which change wakes it")
    if isinstance(criteria, Group):
        criteria = Group(GroupOperator.AND if trigger.match_all else GroupOperator.OR, criteria.members)
    return FieldTrigger(_read(criteria, resolver))


def _read(criteria: Criteria, resolver: Callable[[Criteria], Criteria]) -> Watched | WatchedGroup:
    if isinstance(criteria, Group):
        return WatchedGroup(criteria.operator, tuple(_read(member, resolver) for member in criteria.members))
    return Watched(criteria.path, None if criteria.value == ANY_VALUE else resolver(criteria))


def _watched(node: Watched | WatchedGroup) -> Iterator[Watched]:
    if isinstance(node, Watched):
        yield node
    else:
        for member in node.members:
            yield from _watched(member)


def _musts(node: Watched | WatchedGroup) -> Iterator[str]:
    if isinstance(node, Watched):
        if node.criteria is None:
            yield node.path[0]
    elif node.operator is GroupOperator.AND:
        for member in node.members:
            yield from _musts(member)


def _woken(node: Watched | WatchedGroup, name: str, changed: frozenset[str] | None) -> Criteria:
    """Return what must hold of the new values for the change of a field to wake what watches it."""
    if isinstance(node, Watched):
        return node.met(changed) if node.own == name else NEVER
    woken = _joined(GroupOperator.OR, [_woken(member, name, changed) for member in node.members])
    return woken if node.operator is GroupOperator.OR else _joined(GroupOperator.AND, [woken, node.met(changed)])


def any_of(criteria: Iterable[Criteria]) -> Criteria:
    """Join criteria of which one must hold."""
    return _joined(GroupOperator.OR, criteria)


def _joined(operator: GroupOperator, members: Iterable[Criteria]) -> Criteria:
    """Join criteria in the plainest way: what decides alone stands alone, what says nothing is left out."""
    neutral, decisive = (ALWAYS, NEVER) if operator is GroupOperator.AND else (NEVER, ALWAYS)
    flat: dict[Criteria, None] = {}
    for member in members:
        inside = member.members if isinstance(member, Group) and member.operator is operator else (member,)
        flat |= dict.fromkeys(inside)
    if decisive in flat:
        return decisive
    asked = tuple(member for member in flat if member != neutral)
    return asked[0] if len(asked) == 1 else Group(operator, asked)
