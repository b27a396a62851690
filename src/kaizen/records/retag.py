"""What becomes of records when one of the tags of their module goes: it is taken off, or another takes its place."""

from typing import Final

from kaizen.criteria.tree import Compare
from kaizen.model.catalog import Module
from kaizen.model.values import Id
from kaizen.records.ports import Column, Query, UnitOfWork
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType

TAG: Final = "Tag"
_AT_ONCE: Final = 1000


def wearing(tag_id: Id) -> Compare:
    """Make the criterion that holds for records with a tag."""
    # Tags are kept as ids, so they compare as references do, whatever data type the metadata gives the field.
    return Compare((TAG,), Comparator.INCLUDE_ANY, (tag_id,), DataType.MULTISELECTLOOKUP)


def count_tagged(uow: UnitOfWork, module: Module, tag_id: Id) -> int:
    """Count the records with a tag."""
    return uow.count(module.api_name, wearing(tag_id))


def replace_tag(uow: UnitOfWork, module: Module, tag_id: Id, by: Id | None = None) -> int:
    """Take a tag off all records, giving them another instead when one is named; return how many had it.

    This is housekeeping, no edit of the records: their times stay and no rule is woken.
    """
    column = Column((TAG,))
    query = Query(module.api_name, (column,), wearing(tag_id), limit=_AT_ONCE)
    changed = 0
    # Each record loses the tag, so the next page is always the first.
    while found := uow.select(query):
        for row in found:
            tags = row[column.key]
            kept = [tag for tag in tags if tag != tag_id] if isinstance(tags, tuple) else []
            if by is not None and by not in kept:
                kept.append(by)
            uow.update(module, int(str(row["id"])), {TAG: tuple(kept) or None})
        changed += len(found)
    return changed
