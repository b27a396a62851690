"""Records that point at records of their own module: no record may be its own ancestor."""

from collections.abc import Iterable, Sequence

from kaizen.criteria.tree import Compare
from kaizen.model.catalog import Field, Module
from kaizen.model.claim import Claim
from kaizen.model.problem import Problem, position
from kaizen.model.values import Id
from kaizen.records.draft import Draft
from kaizen.records.ports import Column, Query, RecordStore, UnitOfWork
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType


def refuse_cycles(uow: UnitOfWork, module: Module, field: Field, drafts: Sequence[Draft]) -> None:
    """Refuse the rows that would make a record its own ancestor, also together with rows before them."""
    moving = [d for d in drafts if not d.problems and d.record_id and isinstance(d.values.get(field.api_name), int)]
    if not moving:
        return
    if any(draft.before is not None for draft in moving):
        # Two that move at once could each hang below the other; nothing hangs below a new record yet.
        uow.claim([Claim(f"hierarchy of {module.api_name}.{field.api_name}")])
    parents = _stored_ancestors(uow, module, field, {_parent(d, field) for d in moving})
    for draft in drafts:
        if draft.problems or not draft.record_id or field.api_name not in draft.values:
            continue
        if _reaches(parents, _parent(draft, field), draft.record_id):
            where = position(field.api_name, draft.path(field.api_name))
            draft.refuse(Problem(Code.INVALID_DATA, where))
        else:
            parents[draft.record_id] = _parent(draft, field)


def lies_below(uow: UnitOfWork, module: Module, field: Field, record_id: Id, other: Id) -> bool:
    """Return whether a record is another one or has it among its ancestors."""
    return _reaches(_stored_ancestors(uow, module, field, (record_id,)), record_id, other)


def _parent(draft: Draft, field: Field) -> Id | None:
    parent = draft.values[field.api_name]
    return parent if isinstance(parent, int) else None


def _reaches(parents: dict[Id, Id | None], start: Id | None, wanted: Id) -> bool:
    seen: set[Id] = set()
    at = start
    while at is not None and at not in seen:
        if at == wanted:
            return True
        seen.add(at)
        at = parents.get(at)
    return False


def _stored_ancestors(
    uow: RecordStore, module: Module, field: Field, start: Iterable[Id | None]
) -> dict[Id, Id | None]:
    """Return the parent of each given record, of its parent, and so on: one query a generation."""
    parents: dict[Id, Id | None] = {}
    column = Column((field.api_name,))
    wanted = {record_id for record_id in start if record_id is not None}
    while wanted:
        among = Compare(("id",), Comparator.IN, tuple(sorted(wanted)), DataType.BIGINT)
        rows = uow.select(Query(module.api_name, (Column(("id",)), column), among, limit=len(wanted)))
        parents |= dict.fromkeys(wanted)
        above: set[Id] = set()
        for row in rows:
            parent, record_id = row[column.key], row["id"]
            if isinstance(record_id, int) and isinstance(parent, int):
                parents[record_id] = parent
                above.add(parent)
        wanted = above - parents.keys()
    return parents
