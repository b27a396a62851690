"""A record, and one change of it."""

from typing import Final, NamedTuple

from kaizen.model.values import Id, Values
from kaizen.vocabulary.automation import Event

#: Fields that every write sets: a change of nothing else is not a change to a rule.
STAMPS: Final = frozenset({"Modified_By", "Modified_Time", "Last_Activity_Time"})


class Origin(NamedTuple):
    """Where a write comes from: a client's request, or a workflow action of a chain of changes."""

    source: str = "crm_api"  #: crm_api, workflow
    chain: Id = 0  #: id of the change that began the chain; 0: this write begins one
    depth: int = 0  #: how many workflow steps lie before this write
    #: Rules and conditions that ran in this chain, per record: (rule, condition, record).
    ran: frozenset[tuple[Id, Id, Id]] = frozenset()


#: A client's own write.
DIRECT: Final = Origin()


class Change(NamedTuple):
    """One record before and after one write."""

    id: Id
    module: str
    record_id: Id
    event: Event
    at: int  #: seconds since the epoch
    actor_id: Id
    before: Values | None  #: None for a create
    after: Values | None  #: None for a delete
    origin: Origin = DIRECT
    #: Automation that the caller requested: None is all of it, empty is none.
    trigger: frozenset[str] | None = None
    #: The change of the same write that left the record as it was before this one: the log keeps the difference to it.
    #: 0: the log keeps the whole state. It says how the change is kept, not what it is.
    base: Id = 0
    #: `changed`, where the write knows it anyway; it saves finding out.
    difference: frozenset[str] | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Change) and self[:_FACTS] == other[:_FACTS]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:_FACTS])

    @property
    def changed(self) -> frozenset[str]:
        """Api names of the fields whose value differs."""
        if self.difference is not None:
            return self.difference
        old, new = self.before or {}, self.after or {}
        changed = [name for name, value in new.items() if old.get(name) != value]
        if not new.keys() >= old.keys():
            changed += [name for name, value in old.items() if name not in new and value is not None]
        return frozenset(changed)

    @property
    def last_state(self) -> Values:
        """The state that criteria look at: after the write, or the last one before a delete."""
        state = self.after if self.after is not None else self.before
        return state or {}

    @property
    def suppressed(self) -> bool:
        """Whether the caller asked that no workflow rule runs."""
        return self.trigger is not None and "workflow" not in self.trigger


#: How many fields say what a change is; those after them say how it is kept and found.
_FACTS: Final = Change._fields.index("base")
