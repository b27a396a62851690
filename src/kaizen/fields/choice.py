"""Pick lists: records hold actual values, clients may send display values, unknown values are kept as they are."""

from typing import Final

from kaizen.fields.flaw import Flaw, Reader, expected, too_long
from kaizen.fields.text import is_storable, text_operand
from kaizen.model.catalog import Field
from kaizen.model.values import Json, Value

#: What the service shows for "nothing chosen".
NONE_CHOSEN: Final = "-None-"

_NO_TEXT: Final = expected("text")
_NO_ARRAY: Final = expected("jsonarray")


def choice_reader(field: Field) -> Reader:
    """Make the reader of a pick list."""
    actual, longest, long = field.actual_values.get, field.length, too_long(field.length)

    def read(raw: Json) -> Value | Flaw:
        if type(raw) is not str:
            return None if raw is None else _NO_TEXT
        known = actual(raw)
        if known is not None and raw != NONE_CHOSEN:
            return known
        if not raw or raw == NONE_CHOSEN:
            return None
        if len(raw) > longest:
            return long
        return raw if is_storable(raw) else _NO_TEXT

    return read


def choices_reader(field: Field, *, joined: bool) -> Reader:
    """Make the reader of a multi-select pick list; `joined`: one text with `;` between the values will do."""
    read_one = choice_reader(field)

    def read(raw: Json) -> Value | Flaw:
        if joined and isinstance(raw, str):
            raw = [part.strip() for part in raw.split(";")]
        if not isinstance(raw, list):
            return None if raw is None or raw == "" else _NO_ARRAY
        chosen: dict[Value, None] = {}
        for index, item in enumerate(raw):
            one = read_one(item)
            if isinstance(one, Flaw):
                return one.inside(f"[{index}]", field.api_name)
            if one is not None:
                chosen[one] = None
        return tuple(chosen) or None

    return read


def choice_operand(field: Field, raw: Json) -> Value | Flaw:
    """Take a criterion's option, by its display value or its actual value."""
    value = text_operand(raw)
    if value == NONE_CHOSEN:
        return None
    return field.actual_values.get(value, value) if isinstance(value, str) else value
