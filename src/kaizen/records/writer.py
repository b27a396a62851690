"""How automation asks for records to be written: the inner, trusted part of the write pipeline, as a protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from kaizen.model.catalog import Module
from kaizen.model.record import Change, Origin
from kaizen.model.values import Id, Values
from kaizen.records.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class AutomationSettings:
    """How automation behaves on this server; settings of the process, not of the organisation."""

    #: How many steps of workflow-made edits may wake edit rules again; 0: none (reference: automation G.4).
    cascade: int = 0
    #: Whether mails are queued for delivery; False: they stay in the outbox, where they can be read.
    deliver_mail: bool = False


class Edit(NamedTuple):
    """New values for fields of one record."""

    record_id: Id
    values: Values
    origin: Origin
    after: Change | None = None  #: the change that left the record as it is, where that is known

    @property
    def base(self) -> Id:
        """The change to which the log may keep the difference; 0: none. A difference itself cannot be a base."""
        return self.after.id if self.after is not None and not self.after.base else 0


class Writer(Protocol):
    """Writes a record without asking who may, derives what follows, and carries out what the write sets off."""

    @property
    def automation(self) -> AutomationSettings: ...

    def edit(self, uow: UnitOfWork, module: Module, edits: Sequence[Edit], *, actor_id: Id) -> list[Change | None]:
        """Set fields of records, each record once; None if the record is gone or nothing changed.

        The changes are kept and their own automation carried out before this returns.
        """

    def create(
        self,
        uow: UnitOfWork,
        module: Module,
        values: Values,
        *,
        actor_id: Id,
        origin: Origin,
        trigger: frozenset[str] | None = None,
    ) -> Change:
        """Create one record; the change is kept and its own automation carried out before this returns."""
