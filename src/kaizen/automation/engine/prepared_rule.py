"""One rule that waits for an event: its criteria read, and fixed to the day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kaizen.automation.actions.dispatch import ActionStep, steps
from kaizen.automation.engine.triggers import FieldTrigger, acts_once, field_trigger, watches_fields
from kaizen.automation.engine_context import EngineContext
from kaizen.automation.reaction import Matched
from kaizen.criteria.resolve import depends_on_day, resolve
from kaizen.criteria.tree import Compare, Criteria, Group
from kaizen.model.rule import Condition, Rule

#: Resolves the values of a tree that depend on the day.
Resolver = Callable[[Criteria], Criteria]


class BrokenRuleError(Exception):
    """A rule that cannot run, for a reason that was found when it was read."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One condition of a rule, with its criteria as they are today."""

    condition: Condition
    criteria: Criteria | None
    matched: Matched  #: what is said of it when it wins
    steps: tuple[ActionStep, ...]  #: its instant actions in the order in which they run


@dataclass(frozen=True, slots=True)
class PreparedRule:
    """One rule that an event can wake."""

    rule: Rule
    branches: tuple[Branch, ...]
    trigger: FieldTrigger | None = None  #: only for field_update rules


def prepare_rule(rule: Rule, resolver: Resolver) -> PreparedRule:
    """Narrow and resolve the criteria of a rule."""
    if rule.problem:
        raise BrokenRuleError(rule.problem)
    branches = tuple(_branch(rule, condition, resolver) for condition in rule.conditions)
    if not watches_fields(rule):
        return PreparedRule(rule, branches)
    return PreparedRule(rule, branches, field_trigger(rule.trigger, resolver))


def resolver_at(at: int, context: EngineContext) -> Resolver:
    """Return what fixes day-dependent values to the organisation's day at a moment."""
    organisation = context.organisation
    today = datetime.fromtimestamp(at, organisation.zone).date()
    return lambda criteria: resolve(criteria, today, organisation, context.calendar)


def is_dated(rule: Rule) -> bool:
    """Return whether criteria of a rule depend on the day."""
    trees = (rule.trigger.criteria, *(condition.criteria for condition in rule.conditions))
    return any(depends_on_day(tree) for tree in trees if isinstance(tree, Compare | Group))


def why(error: Exception) -> str:
    """Return in one line why a rule is broken."""
    return str(error) if isinstance(error, BrokenRuleError) else f"{type(error).__name__}: {error}"


def _branch(rule: Rule, condition: Condition, resolver: Resolver) -> Branch:
    matched = Matched(rule.id, condition.id, acts_once(rule))
    return Branch(
        condition, _criteria_of(condition, resolver), matched, steps(condition.instant, rule.id, condition.id)
    )


def _criteria_of(condition: Condition, resolver: Resolver) -> Criteria | None:
    if condition.criteria is None:
        return None
    if not isinstance(condition.criteria, Compare | Group):
        raise TypeError(f"{type(condition.criteria).__name__} is not criteria")
    return resolver(condition.criteria)
