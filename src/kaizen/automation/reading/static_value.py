"""Fixed values for a field, as field updates and mappings give them: read for the field, kept in one wire form."""

from datetime import UTC
from decimal import Decimal
from typing import Final

from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.fields.choice import NONE_CHOSEN
from kaizen.fields.conversion import operand, read
from kaizen.fields.flaw import Flaw
from kaizen.fields.kinds import ValueKind, kind_of_field
from kaizen.fields.moment import show_instant
from kaizen.model.catalog import Field, Module
from kaizen.model.problem import Problem
from kaizen.model.values import Json, Value
from kaizen.vocabulary.data_types import USER_REFERENCES, DataType

#: Kinds of which a value can also be given as text ("50", "true").
_ALSO_AS_TEXT: Final = frozenset({ValueKind.WHOLE, ValueKind.REAL, ValueKind.BOOLEAN})


class UnfitError(Exception):
    """The value does not fit the field."""


def fitting(raw: Json, field: Field, module: Module, context: PayloadContext) -> Json:
    """Check a value for a field and give it in the form in which it is kept; raise UnfitError."""
    value = value_of(raw, field)
    if isinstance(value, Problem):
        raise UnfitError
    if value is None and field.mandatory:
        raise UnfitError
    if value is None:
        return None
    kind = kind_of_field(field)
    match kind:
        case ValueKind.REFERENCE:
            if not isinstance(value, int) or not _exists(value, field, module, context):
                raise UnfitError
            return {"id": str(value)}
        case ValueKind.DATETIME:
            return show_instant(value, UTC) if isinstance(value, int) else None
        case ValueKind.TEXTS:
            chosen = list(value) if isinstance(value, tuple) else []
            if not all(_offered(str(one), field) for one in chosen):
                raise UnfitError
            return [str(one) for one in chosen]
        case ValueKind.REFERENCES | ValueKind.OTHER:
            raise UnfitError
        case ValueKind.TEXT | ValueKind.WHOLE | ValueKind.REAL | ValueKind.BOOLEAN | ValueKind.DATE:
            if field.data_type is DataType.PICKLIST and not _offered(str(value), field):
                raise UnfitError
            return value if isinstance(value, bool | int | Decimal | str) else None


def value_of(raw: Json, field: Field) -> Value | Problem:
    """Read a fixed value as records hold it; numbers and booleans may be text."""
    if isinstance(raw, str) and kind_of_field(field) in _ALSO_AS_TEXT:
        taken = operand(field, raw)
        if isinstance(taken, Flaw):
            return taken.at(field.api_name, "$")
        # An operand may be larger and have more decimals than the field.
        return read(field, taken, "$") if isinstance(taken, bool | int | Decimal) else None
    return read(field, raw, "$")


def _offered(value: str, field: Field) -> bool:
    return value == NONE_CHOSEN or not field.pick_list_values or value in field.actual_values


def _exists(number: int, field: Field, module: Module, context: PayloadContext) -> bool:
    if field.data_type in USER_REFERENCES:
        return number in context.users
    if field.data_type is DataType.LAYOUT:
        return any(layout.id == number for layout in module.layouts)
    # A record may be deleted until the value is written: the action looks again then.
    return context.has_record(field.lookup_module or "", number)
