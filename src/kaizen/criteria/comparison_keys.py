"""Values in the form in which they compare: text without case, nothing of a foreign kind.

And the patterns of `like`: `%` at either end, and nowhere else.
"""

from collections.abc import Callable
from typing import Final

from kaizen.criteria.normal_tests import Form
from kaizen.fields.kinds import ValueKind
from kaizen.fields.text import fold
from kaizen.model.numbers import is_number
from kaizen.model.values import Value


def comparable(kind: ValueKind, value: Value) -> Value:
    """Return one value in the form in which it is compared; None if it is empty or not of this kind."""
    return _FORMS[kind](value)


def comparables(kind: ValueKind, value: Value) -> tuple[Value, ...]:
    """Return one or several values in the form in which they are compared."""
    form = _FORMS[kind]
    values = value if isinstance(value, tuple) else (value,)
    return tuple(part for part in map(form, values) if part is not None)


def form_of(pattern: str) -> tuple[Form, str]:
    """Return the form of a pattern and its text: `%x%` contains x."""
    begins, ends = pattern.startswith("%"), pattern.endswith("%")
    if begins and ends:
        return Form.CONTAINS, pattern[1:-1]
    if begins:
        return Form.ENDS, pattern[1:]
    if ends:
        return Form.STARTS, pattern[:-1]
    return Form.IS, pattern


def _text(value: Value) -> Value:
    return fold(value) or None if isinstance(value, str) else None


def _number(value: Value) -> Value:
    return value if is_number(value) else None


def _boolean(value: Value) -> Value:
    return value if isinstance(value, bool) else None


def _date(value: Value) -> Value:
    return value if isinstance(value, str) else None


def _whole(value: Value) -> Value:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


_FORMS: Final[dict[ValueKind, Callable[[Value], Value]]] = {
    ValueKind.TEXT: _text,
    ValueKind.TEXTS: _text,
    ValueKind.WHOLE: _number,
    ValueKind.REAL: _number,
    ValueKind.BOOLEAN: _boolean,
    ValueKind.DATE: _date,
    ValueKind.DATETIME: _whole,
    ValueKind.REFERENCE: _whole,
    ValueKind.REFERENCES: _whole,
    ValueKind.OTHER: lambda _value: None,
}
