"""What each data type is: how its values are represented, kept, read and shown; and the kinds that are alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, TypeAlias

from kaizen.fields.boolean import read_boolean
from kaizen.fields.choice import choice_reader, choices_reader
from kaizen.fields.email_address import is_email_address
from kaizen.fields.flaw import Reader
from kaizen.fields.moment import read_date, read_datetime
from kaizen.fields.number import real_reader, whole_reader
from kaizen.fields.recurrence import read_recurrence
from kaizen.fields.reference import reference_reader, references_reader
from kaizen.fields.reminder import read_alarm, read_reminders
from kaizen.fields.structured import read_array, read_object
from kaizen.fields.text import formed_text_reader, is_phone, is_website, text_reader
from kaizen.model.catalog import Field
from kaizen.vocabulary.data_types import DataType


class ValueKind(StrEnum):
    """How a value is represented, and thereby how two of them compare."""

    TEXT = "text"  #: str, compared without case
    WHOLE = "whole"  #: int
    REAL = "real"  #: int, or Decimal where there is a fraction
    BOOLEAN = "boolean"  #: bool
    DATE = "date"  #: ISO text, which sorts as dates do
    DATETIME = "datetime"  #: int, seconds since the epoch
    REFERENCE = "reference"  #: int, the id of another record
    TEXTS = "texts"  #: tuple of str; order does not matter
    REFERENCES = "references"  #: tuple of int; order does not matter
    OTHER = "other"  #: JSON that can only be empty or not


class ColumnKind(Enum):
    """How a column of a database holds a value."""

    INTEGER = "integer"  #: whole numbers, ids, date-times
    REAL = "real"  #: numbers that may have a fraction, exactly
    FLAG = "flag"
    TEXT = "text"  #: text, and dates as ISO text
    JSON = "json"  #: several or structured values as JSON text


#: Makes the reader of a field; the second argument: in the manner of v2 (ids without objects, `a;b` lists).
MakeReader: TypeAlias = Callable[[Field, bool], Reader]


@dataclass(frozen=True, slots=True)
class NewFieldFacts:
    """What the fields that clients make of one data type have in common."""

    ui_type: int
    length: int
    longest: int = 0  #: 0: the length cannot be chosen
    decimals: int | None = None  #: places behind the point when none are asked for
    unique: bool = False  #: may be made unique


@dataclass(frozen=True, slots=True)
class DataTypeKind:
    """One data type."""

    type: DataType
    values: ValueKind
    column: ColumnKind
    json_type: str  #: as the metadata calls it (reference: platform E.2)
    reader: MakeReader
    new: NewFieldFacts | None = None  #: None: clients cannot make fields of it


def _with(read: Reader) -> MakeReader:
    """Read every field alike."""
    return lambda _field, _bare: read


def _by_field(make: Callable[[Field], Reader]) -> MakeReader:
    """Read as the field says; versions make no difference."""
    return lambda field, _bare: make(field)


def _text(data_type: DataType, reader: MakeReader, new: NewFieldFacts | None = None) -> DataTypeKind:
    return DataTypeKind(data_type, ValueKind.TEXT, ColumnKind.TEXT, "string", reader, new)


def _formed(data_type: DataType, matches: Callable[[str], object], new: NewFieldFacts) -> DataTypeKind:
    return _text(data_type, lambda field, _bare: formed_text_reader(field, matches), new)


def _whole(data_type: DataType, json_type: str, digits: int, ui_type: int, *, text_too: bool) -> DataTypeKind:
    return DataTypeKind(
        data_type,
        ValueKind.WHOLE,
        ColumnKind.INTEGER,
        json_type,
        lambda field, _bare: whole_reader(field, digits, text_too=text_too),
        NewFieldFacts(ui_type, digits, digits, unique=True),
    )


def _real(data_type: DataType, digits: int, new: NewFieldFacts) -> DataTypeKind:
    reader = _by_field(lambda field: real_reader(field, digits))
    return DataTypeKind(data_type, ValueKind.REAL, ColumnKind.REAL, "double", reader, new)


def _reference(data_type: DataType, new: NewFieldFacts | None = None) -> DataTypeKind:
    return DataTypeKind(
        data_type,
        ValueKind.REFERENCE,
        ColumnKind.INTEGER,
        "jsonobject",
        lambda field, bare: reference_reader(field, bare=bare),
        new,
    )


def _references(data_type: DataType) -> DataTypeKind:
    return DataTypeKind(data_type, ValueKind.REFERENCES, ColumnKind.JSON, "jsonarray", _by_field(references_reader))


def _other(data_type: DataType, column: ColumnKind, json_type: str, read: Reader) -> DataTypeKind:
    return DataTypeKind(data_type, ValueKind.OTHER, column, json_type, _with(read))


DATA_TYPES: Final[Mapping[DataType, DataTypeKind]] = {
    kind.type: kind
    for kind in (
        _text(DataType.TEXT, _by_field(text_reader), NewFieldFacts(1, 255, 255, unique=True)),
        _text(DataType.TEXTAREA, _by_field(text_reader), NewFieldFacts(3, 2000)),
        _formed(DataType.EMAIL, is_email_address, NewFieldFacts(25, 100, 100, unique=True)),
        _formed(DataType.PHONE, is_phone, NewFieldFacts(33, 30, 30, unique=True)),
        _formed(DataType.WEBSITE, is_website, NewFieldFacts(21, 450, 450)),
        _text(DataType.PICKLIST, _by_field(choice_reader), NewFieldFacts(2, 120)),
        DataTypeKind(
            DataType.MULTISELECTPICKLIST,
            ValueKind.TEXTS,
            ColumnKind.JSON,
            "jsonarray",
            lambda field, bare: choices_reader(field, joined=bare),
            NewFieldFacts(100, 120),
        ),
        _text(DataType.AUTONUMBER, _by_field(text_reader), NewFieldFacts(111, 255)),
        _whole(DataType.INTEGER, "integer", 9, 32, text_too=False),
        _whole(DataType.BIGINT, "string", 18, 52, text_too=True),
        _real(DataType.DOUBLE, 16, NewFieldFacts(38, 16, 16, decimals=2)),
        _real(DataType.CURRENCY, 16, NewFieldFacts(36, 16, 16, decimals=2)),
        _real(DataType.PERCENT, 5, NewFieldFacts(39, 5, decimals=2)),
        DataTypeKind(
            DataType.BOOLEAN,
            ValueKind.BOOLEAN,
            ColumnKind.FLAG,
            "boolean",
            _with(read_boolean),
            NewFieldFacts(301, 5),
        ),
        DataTypeKind(DataType.DATE, ValueKind.DATE, ColumnKind.TEXT, "string", _with(read_date), NewFieldFacts(24, 20)),
        DataTypeKind(
            DataType.DATETIME,
            ValueKind.DATETIME,
            ColumnKind.INTEGER,
            "string",
            _with(read_datetime),
            NewFieldFacts(333, 120),
        ),
        _reference(DataType.LOOKUP, NewFieldFacts(133, 120)),
        _reference(DataType.OWNERLOOKUP),
        _reference(DataType.USERLOOKUP),
        _reference(DataType.LAYOUT),
        _references(DataType.MULTISELECTLOOKUP),
        _references(DataType.MULTIUSERLOOKUP),
        _other(DataType.MULTI_MODULE_LOOKUP, ColumnKind.INTEGER, "jsonobject", read_object),
        _other(DataType.CONSENT_LOOKUP, ColumnKind.INTEGER, "jsonobject", read_object),
        _other(DataType.SUBFORM, ColumnKind.TEXT, "jsonarray", read_array),
        # What formulas and summaries hold compares as what they return.
        _other(DataType.FORMULA, ColumnKind.TEXT, "double", read_object),
        _other(DataType.ROLLUP_SUMMARY, ColumnKind.REAL, "double", read_object),
        _other(DataType.PROFILEIMAGE, ColumnKind.TEXT, "string", read_object),
        _other(DataType.FILEUPLOAD, ColumnKind.JSON, "jsonarray", read_array),
        _other(DataType.IMAGEUPLOAD, ColumnKind.JSON, "jsonarray", read_array),
        _other(DataType.TERRITORIES, ColumnKind.JSON, "jsonarray", read_array),
        _other(DataType.LINETAX, ColumnKind.JSON, "jsonarray", read_array),
        _other(DataType.RRULE, ColumnKind.JSON, "jsonobject", read_recurrence),
        _other(DataType.ALARM, ColumnKind.JSON, "jsonobject", read_alarm),
        _other(DataType.MULTIREMINDER, ColumnKind.JSON, "jsonarray", read_reminders),
        _other(DataType.EVENT_REMINDER, ColumnKind.JSON, "jsonarray", read_reminders),
    )
}

#: For what is asked of every value.
_KINDS: Final = {data_type: kind.values for data_type, kind in DATA_TYPES.items()}

NUMERIC: Final = frozenset({ValueKind.WHOLE, ValueKind.REAL})
ORDERED_KINDS: Final = NUMERIC | {ValueKind.DATE, ValueKind.DATETIME, ValueKind.TEXT}
MANY: Final = frozenset({ValueKind.TEXTS, ValueKind.REFERENCES})


def kind_of(data_type: DataType) -> ValueKind:
    """Return how values of a data type are represented and compared."""
    return _KINDS[data_type]


def compared_as(field: Field) -> DataType:
    """Return the data type as which a field is compared: of a formula that of its result, of tags that of ids.

    The metadata calls two arrays by the type of their elements (reference: platform E.2 and B.12.14): `Tag` is
    `text` and `Participants` is `bigint`, both with the JSON type of an array.
    """
    if field.properties.get("json_type") == "jsonarray" and field.data_type in (DataType.TEXT, DataType.BIGINT):
        return DataType.MULTISELECTLOOKUP if field.data_type is DataType.TEXT else DataType.MULTIREMINDER
    if field.data_type is DataType.TEXT and field.api_name == "Tag":
        return DataType.MULTISELECTLOOKUP
    return field.compared_as


def kind_of_field(field: Field) -> ValueKind:
    """Return how a field's values are represented and compared."""
    return _KINDS[compared_as(field)]
