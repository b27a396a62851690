"""What the engine may ask of a unit of work."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from kaizen.automation.engine_context import EngineContext
from kaizen.criteria.tree import Path
from kaizen.model.people import may_own
from kaizen.model.values import Id, Value, Values
from kaizen.records.hierarchy import lies_below
from kaizen.records.ports import UnitOfWork
from kaizen.records.query import has_record
from kaizen.records.related import Related

#: Answers what lies behind lookups: (module, values, paths) -> values by key.
Look: TypeAlias = Callable[[str, Values, frozenset[Path]], Mapping[str, Value]]


class RelatedReads:
    """Values behind lookups, with a note of those that were looked at for the present change."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.related = Related(uow)
        self._values: dict[str, Value] = {}

    def __call__(self, module: str, values: Values, paths: frozenset[Path]) -> Mapping[str, Value]:
        """Answer the engine."""
        found = self.related.values(module, values, paths)
        self._values |= found
        return found

    def take(self) -> Mapping[str, Value]:
        """Return what was looked at since the last time."""
        values, self._values = self._values, {}
        return values


def build_context(
    uow: UnitOfWork,
    related: Look,
    cascade: int,
    *,
    consumed: Callable[[Id], Mapping[Id, Id]] | None = None,
    settle: Callable[[], None] = lambda: None,
) -> EngineContext:
    """Return the context of the reactions of one unit of work.

    `consumed` says which rules a record has used up, if that is known better than the database knows it; `settle`
    writes what waits, before other records are looked at.
    """
    there: dict[tuple[str, Id], bool] = {}

    def members(role_id: Id) -> tuple[Id, ...]:
        return tuple(sorted(user.id for user in uow.users.values() if user.role_id == role_id and may_own(user)))

    def role_of(user_id: Id) -> Id:
        user = uow.users.get(user_id)
        return user.role_id if user is not None else 0

    def is_there(module: str, record_id: Id) -> bool:
        # No record is deleted while rules react, and the same update asks for each record of a batch.
        found = there.get((module, record_id))
        if found is None:
            found = there[module, record_id] = has_record(uow, module, record_id)
        return found

    def below(module: str, lookup: str, record_id: Id, other: Id) -> bool:
        settle()
        found = uow.catalog.by_name[module]
        return lies_below(uow, found, found.by_name[lookup], record_id, other)

    return EngineContext(
        now=uow.now,
        organisation=uow.organisation,
        catalog=uow.catalog,
        calendar=uow.calendar,
        consumed=consumed or uow.consumed,
        related=related,
        may_own=lambda user_id: may_own(uow.users.get(user_id)),
        members=members,
        next_turn=uow.next_turn,
        role_of=role_of,
        has_record=is_there,
        lies_below=below,
        has_tag=lambda module, tag: tag in uow.tags.get(module, {}),
        cascade=cascade,
    )
