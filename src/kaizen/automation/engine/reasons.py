"""Why each rule of a module did or did not act on one change, worked out afterwards from what was kept of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kaizen.automation.effect_types import own_values
from kaizen.automation.engine.prepared_rule import PreparedRule, Resolver, prepare_rule, resolver_at, why
from kaizen.automation.engine.triggers import FieldTrigger, acts_once, any_of, really_changed, waits_for
from kaizen.automation.engine_context import EngineContext
from kaizen.automation.reaction import Action, Fired, Reaction, TraceEntry
from kaizen.automation.rule_book import RuleBook
from kaizen.criteria.explain import explain
from kaizen.criteria.holds import holds
from kaizen.criteria.tree import CURRENT_USER, CURRENT_USER_ROLE, Criteria, key_of
from kaizen.model.record import Change
from kaizen.model.rule import Condition, Rule
from kaizen.model.values import Id, Json, Value
from kaizen.vocabulary.automation import Reason


@dataclass(frozen=True, slots=True)
class PastChange:
    """What was kept of one change."""

    change: Change
    reaction: Reaction
    related: Mapping[str, Value]  #: what criteria saw behind lookups
    used_up: Mapping[Id, Id]  #: rules that earlier changes of the record used up: rule -> change


def reasons(past: PastChange, book: RuleBook, context: EngineContext) -> list[TraceEntry]:
    """Return for every rule of the module why it did or did not act, in the order of the rules.

    A rule whose conditions were looked at has an entry for each condition.
    """
    if is_scheduled_run(past):
        return [_ran(book, past.reaction)]
    return list(_Account(past, book, context).entries())


def is_scheduled_run(past: PastChange) -> bool:
    """Return whether a kept change only records that scheduled actions ran."""
    return not past.reaction.matched and any(fired.group_id for fired in past.reaction.fired)


def _ran(book: RuleBook, reaction: Reaction) -> TraceEntry:
    first = reaction.fired[0]
    rule = book.by_id.get(first.rule_id)
    details: dict[str, Json] = {"actions": [_action(book, fired) for fired in reaction.fired], "scheduled_run": True}
    return TraceEntry(first.rule_id, rule.name if rule else "", Reason.FIRED, first.condition_id, details)


class _Account:
    """The rules of one change, one after the other, with the values each of them saw."""

    def __init__(self, past: PastChange, book: RuleBook, context: EngineContext) -> None:
        self._past = past
        self._book = book
        self._resolver: Resolver = resolver_at(past.change.at, context)
        self._won = {matched.rule_id: matched.condition_id for matched in past.reaction.matched}
        self._broken = dict(past.reaction.broken)
        self._guarded = dict(past.reaction.guarded)
        actor = past.change.actor_id
        self._values: dict[str, Value] = {
            **past.change.last_state,
            **past.related,
            key_of(CURRENT_USER): actor,
            key_of(CURRENT_USER_ROLE): context.role_of(actor) or None,
        }

    def entries(self) -> Iterator[TraceEntry]:
        """Go through the rules in their order."""
        for rule in self._book.by_module.get(self._past.change.module, ()):
            try:
                yield from list(self._of(rule))
            except Exception as error:  # a rule that cannot be read is an answer too
                yield _entry(rule, Reason.RULE_BROKEN, why=why(error))
            for fired in self._past.reaction.fired:
                if fired.rule_id == rule.id:
                    self._values |= own_values(fired.effect)

    def _of(self, rule: Rule) -> Iterator[TraceEntry]:
        change = self._past.change
        if not rule.active:
            yield _entry(rule, Reason.RULE_INACTIVE)
        elif not waits_for(rule, change.event):
            yield _entry(rule, Reason.OTHER_EVENT, waits_for=rule.trigger.type.value, event=change.event.value)
        elif change.suppressed:
            yield _entry(rule, Reason.TRIGGER_SUPPRESSED, by="trigger")
        elif self._past.reaction.held:
            yield _entry(rule, Reason.TRIGGER_SUPPRESSED, by=self._past.reaction.held)
        elif not really_changed(change):
            yield _entry(rule, Reason.FIELD_NOT_CHANGED, fields=[])
        elif rule.id in self._broken:
            yield _entry(rule, Reason.RULE_BROKEN, why=self._broken[rule.id])
        else:
            yield from self._looked_at(rule, prepare_rule(rule, self._resolver))

    def _looked_at(self, rule: Rule, prepared: PreparedRule) -> Iterator[TraceEntry]:
        """Go through the conditions of a rule that the event can wake."""
        won = self._won.get(rule.id)
        if (
            won is None
            and prepared.trigger is not None
            and (asleep := self._asleep(rule, prepared.trigger)) is not None
        ):
            yield asleep
            return
        branches = iter(prepared.branches)
        for branch in branches:
            if branch.condition.id == won or (won is None and self._meets(branch.criteria)):
                yield self._met(rule, branch.condition)
                break
            yield _entry(rule, Reason.CRITERIA_FALSE, branch.condition, **self._failing("condition", branch.criteria))
        if won is not None:
            for branch in branches:
                yield _entry(rule, Reason.EARLIER_CONDITION_WON, branch.condition, won=str(won))

    def _asleep(self, rule: Rule, trigger: FieldTrigger) -> TraceEntry | None:
        """Return why a field_update rule was not triggered; None if it was."""
        changed = self._past.change.changed
        if trigger.holds(changed, self._values):
            return None
        moved = trigger.fields & changed
        demands = [trigger.when_changed(name) for name in sorted(moved)]
        unchanged = trigger.must_change - changed if moved else trigger.fields
        if not unchanged and any(map(self._meets, demands)):
            # It would have been awake had these changed too.
            unchanged = trigger.any_changes - changed
        if unchanged or not moved:
            return _entry(rule, Reason.FIELD_NOT_CHANGED, fields=list[Json](sorted(unchanged)))
        return _entry(rule, Reason.CRITERIA_FALSE, None, **self._failing("trigger", any_of(demands)))

    def _met(self, rule: Rule, condition: Condition) -> TraceEntry:
        """Return the outcome of a rule with a condition that was met."""
        reaction = self._past.reaction
        if rule.id in self._won:
            fired: list[Json] = [_action(self._book, each) for each in reaction.fired if each.rule_id == rule.id]
            scheduled: list[Json] = [
                {
                    "type": each.action.type.value,
                    "id": str(each.action.id),
                    "name": name_of(self._book, each.action),
                    "group_id": str(each.group_id),
                    "due_at": each.due_at,
                }
                for each in reaction.scheduled
                if each.rule_id == rule.id
            ]
            return _entry(rule, Reason.FIRED, condition, actions=fired, scheduled=scheduled)
        if rule.id in self._guarded:
            return _entry(rule, Reason.LOOP_GUARD, condition, why=self._guarded[rule.id])
        if acts_once(rule):
            by = self._past.used_up.get(rule.id)
            return _entry(rule, Reason.REPEAT_CONSUMED, condition, change_id=str(by) if by else None)
        # The user's role may have changed since: criteria that compare with it may hold now and not then.
        return _entry(rule, Reason.CRITERIA_FALSE, condition, indexed="condition", comparisons=[])

    def _meets(self, criteria: Criteria | None) -> bool:
        return criteria is None or holds(criteria, self._values)

    def _failing(self, indexed: str, criteria: Criteria | None) -> dict[str, Json]:
        found = [] if criteria is None else explain(criteria, self._values)
        return {"part": indexed, "comparisons": found}


def _entry(rule: Rule, reason: Reason, condition: Condition | None = None, **details: Json) -> TraceEntry:
    return TraceEntry(rule.id, rule.name, reason, condition.id if condition is not None else None, details)


def _action(book: RuleBook, fired: Fired) -> Json:
    return {
        "type": fired.action.type.value,
        "id": str(fired.action.id),
        "name": name_of(book, fired.action),
        "group_id": str(fired.group_id) if fired.group_id else None,
        "outcome": fired.outcome,
        "detail": fired.detail or None,
    }


def name_of(book: RuleBook, action: Action) -> str:
    """Return the name of an action: that of its entity, or the one in the rule."""
    entity = book.entities.get(action.id)
    return action.name if entity is None else entity.name
