"""A record, and one change of it."""

from dataclasses import dataclass, field
from functools import cached_property

from kaizen.model.values import Id, Values
from kaizen.vocabulary.automation import Event


@dataclass(frozen=True, slots=True)
class Record:
    """One record of one module."""

    module: str  #: api_name
    id: Id
    values: Values


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a write comes from: a client's request, or a workflow action of a chain of changes."""

    source: str = "crm_api"  #: crm_api, workflow
    chain: Id = 0  #: id of the change that began the chain; 0: this write begins one
    depth: int = 0  #: how many workflow steps lie before this write
    #: Rules and conditions that ran in this chain, per record: (rule, condition, record).
    ran: frozenset[tuple[Id, Id, Id]] = frozenset()


@dataclass(frozen=True)
class Change:
    """One record before and after one write."""

    id: Id
    module: str
    record_id: Id
    event: Event
    at: int  #: seconds since the epoch
    actor_id: Id
    before: Values | None  #: None for a create
    after: Values | None  #: None for a delete
    origin: Origin = field(default_factory=Origin)
    #: Automations the caller asked for: None is all of them, empty is none.
    trigger: frozenset[str] | None = None

    @cached_property
    def changed(self) -> frozenset[str]:
        """Api names of the fields whose value differs."""
        old, new = self.before or {}, self.after or {}
        return frozenset(k for k in old.keys() | new.keys() if old.get(k) != new.get(k))

    @property
    def last_state(self) -> Values:
        """The state that criteria look at: after the write, or the last one before a delete."""
        state = self.after if self.after is not None else self.before
        return state or {}

    @property
    def suppressed(self) -> bool:
        """Whether the caller asked that no workflow rule runs."""
        return self.trigger is not None and "workflow" not in self.trigger
