"""Some rules of one module for one event, compiled together."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeAlias, TypeVar

from kaizen.automation.engine.prepared_rule import PreparedRule, is_dated, prepare_rule, resolver_at, why
from kaizen.automation.engine_context import EngineContext
from kaizen.automation.schedule import midnight
from kaizen.criteria.compile import compile_set
from kaizen.criteria.tree import Criteria, Path, paths
from kaizen.model.calendar import BusinessCalendar
from kaizen.model.rule import Rule
from kaizen.model.values import Id, Values

K = TypeVar("K", bound=Hashable)

#: A rule, and which of its branches.
Slot: TypeAlias = tuple[Id, int]


class Reader(Protocol):
    """Criteria, by what they read."""

    @property
    def related(self) -> frozenset[Path]:
        """Paths that lead behind lookups."""

    @property
    def read(self) -> frozenset[str]:
        """The record's own fields, lookups on the way included, and the caller's pseudo fields."""


class CompiledCriteria(Generic[K]):
    """A set of criteria without those that cannot be compiled; these are noted in `broken`."""

    def __init__(self, entries: Mapping[K, Criteria | None], broken: dict[K, str]) -> None:
        try:
            self._set = compile_set(entries)
        except Exception:  # one by one, because a broken rule must not take the others along
            good = dict(entries)
            for key, criteria in entries.items():
                try:
                    compile_set({key: criteria})
                except Exception as error:
                    broken[key] = why(error)
                    del good[key]
            self._set = compile_set(good)
        self.related = frozenset(path for path in self._set.paths if len(path) > 1)
        self.read = frozenset(path[0] for path in self._set.paths)

    def matches(self, values: Values) -> list[K]:
        """Return the keys whose criteria hold."""
        return self._set.matches(values)


@dataclass(frozen=True, slots=True)
class _Day:
    """For when day-dependent criteria are right: a half-open span of moments, and the calendar of their weeks."""

    begins: int
    ends: int
    calendar: BusinessCalendar

    def holds(self, at: int, context: EngineContext) -> bool:
        """Return whether it is that day, and the calendar is the same."""
        return self.begins <= at < self.ends and self.calendar == context.calendar


@dataclass(frozen=True)
class RuleSegment:
    """Some rules, compiled. It knows them by id, so that it serves whatever stands before them or between them."""

    rules: Mapping[Id, Rule]
    prepared: Mapping[Id, PreparedRule]  #: those that are not broken
    conditions: CompiledCriteria[Slot]  #: of the rules that the event alone wakes
    #: For each field the rules that its change can wake, with what must hold then.
    updates: Mapping[str, CompiledCriteria[Id]]
    watchers: CompiledCriteria[Slot]  #: of the rules that changes of fields wake, if these look at the record alone
    plain: frozenset[Id]  #: the rules of `watchers`
    broken: Mapping[Id, str]  #: and why
    day: _Day | None  #: None: nothing depends on it

    def right_at(self, at: int, context: EngineContext) -> bool:
        """Return whether the criteria still mean what they meant when they were compiled."""
        return self.day is None or self.day.holds(at, context)


def compile_segment(rules: Iterable[Rule], at: int, context: EngineContext) -> RuleSegment:
    """Compile rules, whatever is wrong with some of them."""
    chosen = {rule.id: rule for rule in rules}
    resolver = resolver_at(at, context)
    broken: dict[Id, str] = {}
    prepared: dict[Id, PreparedRule] = {}
    for rule in chosen.values():
        try:
            prepared[rule.id] = prepare_rule(rule, resolver)
        except Exception as error:  # whatever is wrong with one rule, the others work
            broken[rule.id] = why(error)
    while True:
        conditions, updates, failed = _compile(prepared.values())
        if not failed:
            break
        broken |= failed
        prepared = {number: each for number, each in prepared.items() if number not in failed}
    watchers, plain = _compile_watchers(prepared.values())
    dated = any(is_dated(each.rule) for each in prepared.values())
    day = _day_of(at, context) if dated else None
    return RuleSegment(chosen, prepared, conditions, updates, watchers, plain, broken, day)


def _compile(
    prepared: Iterable[PreparedRule],
) -> tuple[CompiledCriteria[Slot], dict[str, CompiledCriteria[Id]], dict[Id, str]]:
    """Compile what woke-by-event rules demand and what field_update rules watch; the last part: broken rules."""
    slots: dict[Slot, Criteria | None] = {}
    by_field: dict[str, dict[Id, Criteria | None]] = {}
    for each in prepared:
        number = each.rule.id
        if each.trigger is None:
            slots |= {(number, place): branch.criteria for place, branch in enumerate(each.branches)}
        else:
            for name in each.trigger.fields:
                by_field.setdefault(name, {})[number] = each.trigger.when_changed(name)
    failed: dict[Id, str] = {}
    failed_slots: dict[Slot, str] = {}
    conditions = CompiledCriteria(slots, failed_slots)
    failed |= {number: reason for (number, _), reason in failed_slots.items()}
    updates = {name: CompiledCriteria(entries, failed) for name, entries in by_field.items()}
    return conditions, updates, failed


def _compile_watchers(prepared: Iterable[PreparedRule]) -> tuple[CompiledCriteria[Slot], frozenset[Id]]:
    """Compile the conditions of field_update rules that look at the record alone, and say whose these are."""
    slots: dict[Slot, Criteria | None] = {}
    for each in prepared:
        if each.trigger is not None and not any(_looks_further(branch.criteria) for branch in each.branches):
            slots |= {(each.rule.id, place): branch.criteria for place, branch in enumerate(each.branches)}
    failed: dict[Slot, str] = {}
    watchers = CompiledCriteria(slots, failed)
    return watchers, frozenset(number for number, _ in slots) - {number for number, _ in failed}


def _looks_further(criteria: Criteria | None) -> bool:
    return criteria is not None and any(len(path) > 1 for path in paths(criteria))


def _day_of(at: int, context: EngineContext) -> _Day:
    zone = context.organisation.zone
    today = datetime.fromtimestamp(at, zone).date()
    return _Day(midnight(today, zone), midnight(today + timedelta(days=1), zone), context.calendar)
