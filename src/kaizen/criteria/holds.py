"""Whether one record satisfies criteria: the plain reading of the tree that every faster way must agree with."""

import operator
from collections.abc import Callable
from typing import Any, Final

from kaizen.criteria.comparison_keys import are_numbers, comparable, comparables, form_of
from kaizen.criteria.tree import ANY_VALUE, Compare, Criteria, FieldRef, SpecialValue, UnresolvedTokenError, key_of
from kaizen.fields.kinds import MANY, ORDERED_KINDS, ValueKind, kind_of
from kaizen.model.values import Value, Values
from kaizen.vocabulary.comparators import DENIES, REFERABLE, Comparator, GroupOperator


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
    if comparator not in REFERABLE or kind in MANY or isinstance(other, tuple):
        return False
    if isinstance(found, float) is not isinstance(other, float) and are_numbers(found, other):
        kind = ValueKind.REAL
    return _satisfies(comparator, kind, found, other)


def _satisfies(comparator: Comparator, kind: ValueKind, found: Value, operand: Value) -> bool:
    """Apply a comparator that denies nothing."""
    if comparator is Comparator.EMPTY:
        return found is None
    if found is None or operand is None:
        return False
    if kind in MANY:
        set_test = _OF_SETS.get(comparator)
        elements, wanted = frozenset(comparables(kind, found)), frozenset(comparables(kind, operand))
        return set_test is not None and bool(elements and wanted) and set_test(elements, wanted)
    test, mine = _OF_ONE.get(comparator), comparable(kind, found)
    return test is not None and mine is not None and test(kind, mine, operand)


def _is_one_of(kind: ValueKind, mine: Any, operand: Value) -> bool:
    if isinstance(operand, tuple):
        return mine in comparables(kind, operand)
    return bool(mine == comparable(kind, operand))


def _is_between(kind: ValueKind, mine: Any, operand: Value) -> bool:
    bounds: tuple[Any, ...] = comparables(kind, operand)
    return kind in ORDERED_KINDS and len(bounds) == 2 and bool(bounds[0] <= mine <= bounds[1])


def _in_order(compares: Callable[[Any, Any], bool]) -> Callable[[ValueKind, Any, Value], bool]:
    def test(kind: ValueKind, mine: Any, operand: Value) -> bool:
        bound = comparable(kind, operand)
        return kind in ORDERED_KINDS and bound is not None and compares(mine, bound)

    return test


def _of_form(has_form: Callable[[str, str], bool]) -> Callable[[ValueKind, Any, Value], bool]:
    def test(kind: ValueKind, mine: Any, operand: Value) -> bool:
        return kind is ValueKind.TEXT and any(has_form(mine, str(text)) for text in comparables(kind, operand))

    return test


def _has_element_of_form(has_form: Callable[[str, str], bool]) -> Callable[[frozenset[Any], frozenset[Any]], bool]:
    def test(elements: frozenset[Any], wanted: frozenset[Any]) -> bool:
        return any(isinstance(e, str) and has_form(e, text) for e in elements for text in wanted)

    return test


def _looks_like(mine: str, pattern: str) -> bool:
    form, text = form_of(pattern)
    return mine == text if form is Comparator.EQUAL else _HAS_FORM[form](mine, text)


_HAS_FORM: Final[dict[Comparator, Callable[[str, str], bool]]] = {
    Comparator.STARTS_WITH: str.startswith,
    Comparator.ENDS_WITH: str.endswith,
    Comparator.CONTAINS: operator.contains,
    Comparator.LIKE: _looks_like,
}
_OF_ONE: Final[dict[Comparator, Callable[[ValueKind, Any, Value], bool]]] = {
    Comparator.EQUAL: _is_one_of,
    Comparator.IN: _is_one_of,
    Comparator.BETWEEN: _is_between,
    Comparator.LESS_THAN: _in_order(operator.lt),
    Comparator.LESS_EQUAL: _in_order(operator.le),
    Comparator.GREATER_THAN: _in_order(operator.gt),
    Comparator.GREATER_EQUAL: _in_order(operator.ge),
} | {comparator: _of_form(has_form) for comparator, has_form in _HAS_FORM.items()}
_OF_SETS: Final[dict[Comparator, Callable[[frozenset[Any], frozenset[Any]], bool]]] = {
    comparator: _has_element_of_form(has_form) for comparator, has_form in _HAS_FORM.items()
} | {
    Comparator.EQUAL: operator.eq,
    Comparator.IN: lambda elements, wanted: not elements.isdisjoint(wanted),
    Comparator.CONTAINS: lambda elements, wanted: not elements.isdisjoint(wanted),
    Comparator.INCLUDE_ANY: lambda elements, wanted: not elements.isdisjoint(wanted),
    Comparator.INCLUDE_ALL: frozenset.issuperset,
}
