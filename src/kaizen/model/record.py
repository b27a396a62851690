"""A record, and one change of it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from kaizen.model.values import Id, Values
from kaizen.vocabulary.automation import Event

#: Fields that every write sets: a change of nothing else is no change to a rule.
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


@dataclass(frozen=True, init=False)
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
    origin: Origin = DIRECT
    #: Automations the caller asked for: None is all of them, empty is none.
    trigger: frozenset[str] | None = None
    #: The change of the same write that left the record as it was before this one: the log keeps the difference to it.
    #: 0: the log keeps the whole state. It says how the change is kept, not what it is.
    base: Id = field(default=0, compare=False)

    def __init__(
        self,
        id: Id,
        module: str,
        record_id: Id,
        event: Event,
        at: int,
        actor_id: Id,
        before: Values | None,
        after: Values | None,
        origin: Origin = DIRECT,
        trigger: frozenset[str] | None = None,
        base: Id = 0,
        *,
        changed: frozenset[str] | None = None,
    ) -> None:
        """Make a change; `changed` spares finding out what differs where it is known."""
        # Every row of every write makes one: ten guarded assignments would cost it three times as much.
        vars(self).update(
            id=id,
            module=module,
            record_id=record_id,
            event=event,
            at=at,
            actor_id=actor_id,
            before=before,
            after=after,
            origin=origin,
            trigger=trigger,
            base=base,
        )
        if changed is not None:
            vars(self)["changed"] = changed

    @cached_property
    def changed(self) -> frozenset[str]:
        """Api names of the fields whose value differs."""
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
