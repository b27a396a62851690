"""Whether one record satisfies criteria: the plain reading of the tree that every faster way must agree with."""

from kaizen.criteria.comparator_kinds import COMPARATOR_KINDS, DENIES
from kaizen.criteria.comparison_keys import comparable, comparables
from kaizen.criteria.tree import ANY_VALUE, Compare, Criteria, FieldRef, SpecialValue, UnresolvedTokenError, key_of
from kaizen.fields.kinds import MANY, ValueKind, kind_of
from kaizen.model.values import Value, Values
from kaizen.vocabulary.comparators import Comparator, GroupOperator


def holds(criteria: Criteria | None, values: Values) -> bool:
    """Return whether values satisfy criteria; None is satisfied by every record.

    `values` is flat: the value behind `("Account_Name", "Industry")` is found under `Account_Name.Industry`.
    Raise UnresolvedTokenError for a value that depends on the day, ANY_VALUE apart, which every record satisfies.
    """
    if criteria is None:
        return True
    if isinstance(criteria, Compare):
        return _compare(criteria, values)
    every = criteria.operator is GroupOperator.AND
    for member in criteria.members:
        if holds(member, values) is not every:
            return not every
    return every


def _compare(leaf: Compare, values: Values) -> bool:
    if isinstance(leaf.value, SpecialValue):
        if leaf.value == ANY_VALUE:
            return True
        raise UnresolvedTokenError(leaf.value.name)
    comparator, kind = leaf.comparator, kind_of(leaf.data_type)
    denied = DENIES.get(comparator)
    found = values.get(key_of(leaf.path))
    if isinstance(leaf.value, FieldRef):
        satisfied = _satisfies_field(denied or comparator, kind, found, values.get(key_of(leaf.value.path)))
    else:
        satisfied = _satisfies(denied or comparator, kind, found, leaf.value)
    return satisfied if denied is None else not satisfied


def _satisfies_field(comparator: Comparator, kind: ValueKind, found: Value, other: Value) -> bool:
    """Apply a comparator to the values of two fields."""
    if not COMPARATOR_KINDS[comparator].takes_field or kind in MANY or isinstance(other, tuple):
        return False
    return _satisfies(comparator, kind, found, other)


def _satisfies(comparator: Comparator, kind: ValueKind, found: Value, operand: Value) -> bool:
    """Apply a comparator that denies nothing."""
    if comparator is Comparator.EMPTY:
        return found is None
    if found is None or operand is None:
        return False
    asked = COMPARATOR_KINDS[comparator]
    if kind in MANY:
        elements, wanted = frozenset(comparables(kind, found)), frozenset(comparables(kind, operand))
        return bool(elements and wanted) and asked.several(elements, wanted)
    mine = comparable(kind, found)
    return mine is not None and asked.one(kind, mine, operand)
