"""The kinds of values: data types that are kept, compared and stored alike."""

from enum import StrEnum
from typing import Final

from kaizen.model.catalog import Field
from kaizen.vocabulary.data_types import MULTIPLE, NUMBERS, REFERENCES, TEXTS, WHOLE_NUMBERS, DataType


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


_KINDS: Final[dict[DataType, ValueKind]] = (
    dict.fromkeys(DataType, ValueKind.OTHER)
    | dict.fromkeys(TEXTS, ValueKind.TEXT)
    | dict.fromkeys(NUMBERS, ValueKind.REAL)
    | dict.fromkeys(WHOLE_NUMBERS, ValueKind.WHOLE)
    | dict.fromkeys(REFERENCES, ValueKind.REFERENCE)
    | dict.fromkeys(MULTIPLE, ValueKind.REFERENCES)
    | {
        DataType.MULTISELECTPICKLIST: ValueKind.TEXTS,
        DataType.BOOLEAN: ValueKind.BOOLEAN,
        DataType.DATE: ValueKind.DATE,
        DataType.DATETIME: ValueKind.DATETIME,
        DataType.LAYOUT: ValueKind.REFERENCE,
    }
)

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
