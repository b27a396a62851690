"""How a field's values are read from the wire, shown there, and taken as operands: one function per field.

Code that reads or shows many rows makes the functions once (see the plans of `records` and `records_api`), so that a
value costs one look-up and one call.
"""

from collections.abc import Mapping
from datetime import tzinfo

from kaizen.fields.boolean import boolean_operand
from kaizen.fields.choice import choice_operand
from kaizen.fields.flaw import Flaw, Reader, Writer, expected
from kaizen.fields.kinds import DATA_TYPES, ValueKind, compared_as, kind_of
from kaizen.fields.moment import date_operand, datetime_operand, datetime_writer
from kaizen.fields.number import number_operand, write_bigint_as_text
from kaizen.fields.reference import reference_operand
from kaizen.fields.structured import read_array, write_structured
from kaizen.fields.text import text_operand
from kaizen.model.catalog import Field, Module
from kaizen.model.problem import Problem
from kaizen.model.values import Json, Value
from kaizen.vocabulary.data_types import DataType

#: Kinds that the records API shows, because their names must be looked up.
SHOWN_BY_NAME = frozenset({ValueKind.REFERENCE, ValueKind.REFERENCES})


def read(field: Field, raw: Json, json_path: str, *, bare_ids: bool = False) -> Value | Problem:
    """Check and convert one value from the wire (reference: platform C.2); `json_path` is the field's own."""
    value = reader_of(field, bare_ids=bare_ids)(raw)
    return value.at(field.api_name, json_path) if isinstance(value, Flaw) else value


def reader_of(field: Field, *, bare_ids: bool = False) -> Reader:
    """Return the function that reads a field; with `bare_ids` as in v2 (ids without objects, `a;b` lists)."""
    data_type = compared_as(field) if field.data_type in (DataType.TEXT, DataType.BIGINT) else field.data_type
    if field.data_type is DataType.BIGINT and data_type is not DataType.BIGINT:
        # Participants: their own module reads what is in the list.
        return read_array
    return DATA_TYPES[data_type].reader(field, bare_ids)


def readers_of(module: Module, *, bare_ids: bool = False) -> Mapping[str, Reader]:
    """Return the readers of all fields that a client may write, by api_name."""
    return {f.api_name: reader_of(f, bare_ids=bare_ids) for f in module.fields if takes_input(f)}


def takes_input(field: Field) -> bool:
    """Return whether a client's value is looked at; a record's image is only set through its own endpoint."""
    return field.writable and field.data_type is not DataType.PROFILEIMAGE


def write(field: Field, value: Value, zone: tzinfo, *, bigint_as_text: bool = False) -> Json:
    """Show one value in a caller's zone; lookups come out as bare ids, their names are for the records to add."""
    return writer_of(field, zone, bigint_as_text=bigint_as_text)(value)


def writer_of(field: Field, zone: tzinfo, *, bigint_as_text: bool = False) -> Writer:
    """Return the function that shows a field's values; `unchanged` where they are JSON already."""
    data_type = compared_as(field)
    match kind_of(data_type):
        case ValueKind.DATETIME:
            return datetime_writer(zone)
        case ValueKind.WHOLE if bigint_as_text and data_type is DataType.BIGINT:
            return write_bigint_as_text
        case ValueKind.TEXTS | ValueKind.REFERENCES | ValueKind.OTHER:
            return write_structured
        case (
            ValueKind.TEXT | ValueKind.WHOLE | ValueKind.REAL | ValueKind.BOOLEAN | ValueKind.DATE | ValueKind.REFERENCE
        ):
            return unchanged


def unchanged(value: Value) -> Json:
    """Show a value that is kept as the wire has it."""
    return value  # type: ignore[return-value]  # only given for kinds that are kept as JSON scalars


def operand(field: Field, raw: Json) -> Value | Flaw:
    """Take one value of a criterion on a field; numbers and booleans may be text, a date-time field takes dates.

    None is "empty". A date against a date-time field stays ISO text and means that whole day (see criteria.resolve).
    """
    data_type = compared_as(field)
    match kind_of(data_type):
        case ValueKind.TEXT | ValueKind.TEXTS:
            if data_type in (DataType.PICKLIST, DataType.MULTISELECTPICKLIST):
                return choice_operand(field, raw)
            return text_operand(raw)
        case ValueKind.WHOLE:
            return number_operand(raw, real=False, data_type=data_type.value)
        case ValueKind.REAL:
            return number_operand(raw, real=True, data_type="double")
        case ValueKind.BOOLEAN:
            return boolean_operand(raw)
        case ValueKind.DATE:
            return date_operand(raw)
        case ValueKind.DATETIME:
            return datetime_operand(raw)
        case ValueKind.REFERENCE | ValueKind.REFERENCES:
            return reference_operand(raw)
        case ValueKind.OTHER:
            return None if raw is None or raw == "" else expected(data_type.value)
