"""What one change makes the rules of its module do."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from kaizen.automation.actions.action_context import ActionContext
from kaizen.automation.actions.dispatch import action_of
from kaizen.automation.effect_types import own_values
from kaizen.automation.engine.prepared_rule import Branch, PreparedRule, why
from kaizen.automation.engine.rule_index import CALLER, RuleIndex, index_for
from kaizen.automation.engine.rule_segment import Reader
from kaizen.automation.engine.triggers import held_back, really_changed
from kaizen.automation.engine_context import EngineContext
from kaizen.automation.reaction import HELD, NOTHING, Fired, Matched, Reaction, Scheduled
from kaizen.automation.rule_book import RuleBook
from kaizen.automation.schedule import due_at
from kaizen.criteria.holds import holds
from kaizen.criteria.tree import CURRENT_USER, CURRENT_USER_ROLE, Path, key_of, paths
from kaizen.model.record import Change, Origin
from kaizen.model.rule import ScheduledGroup
from kaizen.model.values import Id, Value, Values
from kaizen.vocabulary.automation import Event

#: How many workflow steps one chain of changes may have, whatever the settings (reference: automation G.4).
DEEPEST: Final = 10


def react(change: Change, book: RuleBook, context: EngineContext, index: RuleIndex | None = None) -> Reaction:
    """Return what a change sets off; `index` is what `index_for` says of it, where that is known.

    Which rules wake is decided on the change itself; their conditions are asked in the order of the rules,
    and see the values that earlier rules gave (reference: automation G.3).
    """
    if change.suppressed:
        return NOTHING
    if index is None:
        index = index_for(book, change.module, change.event, change.at, context)
    if not index or not really_changed(change):
        return NOTHING
    if held_back(change, context):
        return HELD
    return respond(change, book, context, index)


def respond(change: Change, book: RuleBook, context: EngineContext, index: RuleIndex) -> Reaction:
    """Return what a change sets off that the rules look at, as `considered` says."""
    view = None if index.looks_only_at_record else _View(change, context)
    updated = index.updated(change.changed, view.read_by) if view is not None and index.woken_by_fields else ()
    branches = index.won(change.last_state if view is None else view.read_by(index)) if index.woken_by_event else {}
    if not (branches or updated or index.broken):
        return NOTHING
    return _Run(change, book, context, index, view or _View(change, context)).react(branches, updated)


def follow(change: Change, reaction: Reaction) -> Origin:
    """Return the origin of the writes that a reaction makes."""
    before, record_id = change.origin, change.record_id
    ran = frozenset([(rule_id, condition_id, record_id) for rule_id, condition_id, _ in reaction.matched])
    return Origin("workflow", before.chain or change.id, before.depth + 1, before.ran | ran if before.ran else ran)


class _View:
    """The values criteria look at: the record's own as they are by now, and those behind lookups, when asked for."""

    def __init__(self, change: Change, context: EngineContext) -> None:
        self._change = change
        self._context = context
        self._own: Values = change.last_state
        self._extra: dict[str, Value] = {}
        self._asked: set[Path] = set()
        self._flat: dict[str, Value] | None = None

    @property
    def own(self) -> Values:
        """The record's own values."""
        return self._own

    def read_by(self, reader: Reader) -> Values:
        """Return the values by path that some criteria read."""
        if not reader.related and CALLER.isdisjoint(reader.read):
            return self._own
        return self.with_related(reader.related)

    def with_related(self, wanted: frozenset[Path]) -> Values:
        """Return all values by path, those behind lookups and the caller's included."""
        missing = wanted - self._asked
        if missing:
            self._extra |= self._context.related(self._change.module, self._own, missing)
            self._asked |= missing
            self._flat = None
        if self._flat is None:
            self._flat = {**self._own, **self._caller, **self._extra}
        return self._flat

    def write(self, values: Values) -> None:
        """Take new values of the record; what lies behind a lookup that moved is forgotten."""
        self._own = {**self._own, **values}
        self._asked = {path for path in self._asked if path[0] not in values}
        self._flat = None

    @cached_property
    def _caller(self) -> Values:
        actor = self._change.actor_id
        return {key_of(CURRENT_USER): actor, key_of(CURRENT_USER_ROLE): self._context.role_of(actor) or None}


class _Run:
    """The rules of one change on their way."""

    def __init__(self, change: Change, book: RuleBook, context: EngineContext, index: RuleIndex, view: _View) -> None:
        self._change = change
        self._book = book
        self._context = context
        self._index = index
        self._view = view
        self._is_there = change.event is not Event.DELETE
        self._action_context: ActionContext | None = None  #: None: it must be seen anew
        self._used_up: Mapping[Id, Id] | None = None
        self._broken: dict[Id, str] = dict(index.broken)
        self._matched: list[Matched] = []
        self._fired: list[Fired] = []
        self._scheduled: list[Scheduled] = []
        self._guarded: list[tuple[Id, str]] = []
        self._won: Mapping[int, Branch] = {}  #: the winning conditions of rules, by place

    def react(self, branches: Mapping[int, Branch], updated: Sequence[int]) -> Reaction:
        """Go through the rules that are awake, in their order: by place, those of `branches` and those of `updated`.

        The former are woken by the event, each with its winning condition, the latter by fields that changed.
        """
        awake = self._awake(branches, updated)
        # The first write of a chain has nothing to guard against.
        is_guarded = self._change.origin.depth > 0 or bool(self._broken)
        while awake:
            place = awake.pop(0)
            branch = self._won.get(place) or self._first_branch(self._index.prepared[place])
            if branch is None:
                continue
            if (is_guarded or branch.matched.consumes) and not self._may_act(branch.matched):
                continue
            written = self._act(branch)
            if written:
                if not self._index.read.isdisjoint(written):
                    branches = self._index.won(self._view.read_by(self._index))
                awake = [later for later in self._awake(branches, updated) if later > place]
        return Reaction(
            tuple(self._matched),
            tuple(self._index.prepared[place].rule.id for place in updated),
            tuple(self._fired),
            tuple(self._scheduled),
            tuple(self._broken.items()),
            tuple(self._guarded),
        )

    def _awake(self, branches: Mapping[int, Branch], updated: Sequence[int]) -> list[int]:
        """Return the places of the rules that are awake, but for those of which it is known that no condition holds."""
        if not updated:
            self._won = branches
            return sorted(branches)
        plain, won = self._index.plain, self._index.won_by_fields(self._view.read_by)
        self._won = {**won, **branches}
        return sorted({*branches, *(place for place in updated if place in won or place not in plain)})

    def _first_branch(self, prepared: PreparedRule) -> Branch | None:
        """Return the winning condition of a field_update rule that is awake."""
        try:
            for branch in prepared.branches:
                if branch.criteria is None:
                    return branch
                related = frozenset(path for path in paths(branch.criteria) if len(path) > 1)
                if holds(branch.criteria, self._view.with_related(related)):
                    return branch
        except Exception as error:  # a broken rule is an entry of the trace, never a failed write
            self._broken[prepared.rule.id] = why(error)
        return None

    def _may_act(self, matched: Matched) -> bool:
        """Return whether a rule that matched may act: not broken, not used up, not running in circles."""
        rule_id, record_id, origin = matched.rule_id, self._change.record_id, self._change.origin
        if rule_id in self._broken:
            return False
        if matched.consumes:
            if self._used_up is None:
                self._used_up = self._context.consumed(record_id)
            if rule_id in self._used_up:
                return False
        if origin.ran and (rule_id, matched.condition_id, record_id) in origin.ran:
            self._guarded.append((rule_id, "the condition already ran for this record in this chain of changes"))
            return False
        if origin.depth >= DEEPEST:
            self._guarded.append((rule_id, f"the chain of changes is already {DEEPEST} workflow steps long"))
            return False
        return True

    def _act(self, branch: Branch) -> list[str]:
        """Carry out a condition that won; return the fields that its instant actions set."""
        self._matched.append(branch.matched)
        written: list[str] = []
        for step in branch.steps:
            if self._is_there or step.runs_when_deleted:
                fired = step.fire_safely(self._action_context or self._look())
            else:
                fired = step.failed("the record is deleted")
            self._fired.append(fired)
            if values := own_values(fired.effect):
                self._view.write(values)
                self._action_context = None
                written += values
        for group in branch.condition.scheduled:
            self._schedule(group, branch.matched)
        return written

    def _look(self) -> ActionContext:
        """Return the context of the next action."""
        change, values = self._change, self._view.own
        self._action_context = ActionContext(change.module, change.record_id, values, self._book, self._context)
        return self._action_context

    def _schedule(self, group: ScheduledGroup, matched: Matched) -> None:
        rule_id, condition_id, _ = matched
        calendar, zone = self._context.calendar, self._context.organisation.zone
        try:
            due = due_at(self._change.at, group.period, group.unit, calendar, zone)
        except (ValueError, OverflowError) as error:
            reason = f"it never becomes due: {error}"
            for action in group.actions:
                self._fired.append(Fired(rule_id, condition_id, group.id, action_of(action), None, "failed", reason))
            return
        self._scheduled += (Scheduled(rule_id, condition_id, group.id, action_of(a), due) for a in group.actions)
