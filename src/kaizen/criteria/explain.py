"""Why criteria do not hold for a record: the comparisons that failed, what they wanted and what they found."""

from datetime import UTC
from decimal import Decimal

from kaizen.criteria.holds import holds
from kaizen.criteria.tree import Compare, Criteria, FieldRef, Operand, SpecialValue, key_of
from kaizen.fields.kinds import ValueKind, kind_of
from kaizen.fields.moment import EARLIEST, LATEST, show_instant
from kaizen.model.values import Json, Value, Values


def explain(criteria: Criteria, values: Values) -> list[Json]:
    """Return the comparisons because of which criteria do not hold; none when they hold.

    Each is `{field, comparator, expected, found}`, with ids as text and moments in UTC; one that compares with
    another field also has `expected_field`. Of an AND these are the members that fail, of an OR all there are.
    """
    if holds(criteria, values):
        return []
    if isinstance(criteria, Compare):
        return [_failed(criteria, values)]
    return [reason for member in criteria.members for reason in explain(member, values)]


def _failed(leaf: Compare, values: Values) -> Json:
    kind = kind_of(leaf.data_type)
    shown: dict[str, Json] = {
        "field": key_of(leaf.path),
        "comparator": leaf.comparator.value,
        "expected": _shown(kind, _expected(leaf.value, values)),
        "found": _shown(kind, values.get(key_of(leaf.path))),
    }
    if isinstance(leaf.value, FieldRef):
        shown["expected_field"] = key_of(leaf.value.path)
    return shown


def _expected(operand: Operand, values: Values) -> Value:
    if isinstance(operand, FieldRef):
        return values.get(key_of(operand.path))
    return operand.name if isinstance(operand, SpecialValue) else operand


def _shown(kind: ValueKind, value: Value) -> Json:
    if isinstance(value, tuple):
        return [_shown(kind, part) for part in value]
    if isinstance(value, int) and kind in (ValueKind.REFERENCE, ValueKind.REFERENCES):
        return str(value)
    if isinstance(value, int) and kind is ValueKind.DATETIME and EARLIEST <= value <= LATEST:
        return show_instant(value, UTC)
    return value if isinstance(value, bool | int | Decimal | str) else None
