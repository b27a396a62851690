"""What one change makes the rules do: effects now, entries for later, and what was considered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kaizen.automation.effect_types import Effect
from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import ActionType


class Action(NamedTuple):
    """Which action of a rule; how it is defined stands in the rule book."""

    id: Id  #: of the entity for associate actions, else of the inline action
    type: ActionType
    name: str = ""  #: empty: as the entity is called


class Fired(NamedTuple):
    """One action of one condition that matched; its effect is None when there was nothing to do."""

    rule_id: Id
    condition_id: Id
    group_id: Id  #: 0: instant; else the scheduled group that came due
    action: Action
    effect: Effect | None
    outcome: str = "done"  #: done, nothing_to_do, failed
    detail: str = ""


class Scheduled(NamedTuple):
    """One action to queue."""

    rule_id: Id
    condition_id: Id
    group_id: Id
    action: Action
    due_at: int


class Matched(NamedTuple):
    """One rule that fired, with the condition that won."""

    rule_id: Id
    condition_id: Id
    consumes: bool  #: the ledger must note (rule, record): repeat is false


class Reaction(NamedTuple):
    """Everything one change asks for. Empty for most changes."""

    matched: tuple[Matched, ...] = ()
    #: field_update rules whose trigger held, matched or not. Of the other triggers the event says it all,
    #: and a thousand of them must cost a write nothing.
    triggered: tuple[Id, ...] = ()
    fired: tuple[Fired, ...] = ()  #: instant actions in order
    scheduled: tuple[Scheduled, ...] = ()
    #: Rules that could not be evaluated, and why.
    broken: tuple[tuple[Id, str], ...] = ()
    #: Rules that the guard against loops held back: (rule, why).
    guarded: tuple[tuple[Id, str], ...] = ()
    #: Why no rule was considered although the caller did not suppress them: `cascade`; empty: they were.
    held: str = ""

    def __bool__(self) -> bool:
        """Whether anything at all happened."""
        return bool(self.matched or self.triggered or self.fired or self.broken or self.guarded or self.held)


NOTHING: Final = Reaction()
#: To an edit by a workflow rule, where such edits wake no rules.
HELD: Final = Reaction(held="cascade")


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """Why one rule did or did not act on one change."""

    rule_id: Id
    rule_name: str
    reason: str  #: a vocabulary.automation.Reason
    condition_id: Id | None = None
    #: CRITERIA_FALSE: the comparison that failed and the value found; FIRED: actions and outcomes; ...
    details: Mapping[str, Json] = field(default_factory=dict)
