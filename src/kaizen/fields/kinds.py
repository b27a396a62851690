"""The kinds of values: data types that are kept, compared and stored alike."""

from enum import StrEnum
from typing import Final

from kaizen.model.catalog import Field
from kaizen.vocabulary.data_types import MULTIPLE, NUMBERS, REFERENCES, TEXTS, WHOLE_NUMBERS, DataType


class Kind(StrEnum):
    """How a value is represented, and thereby how two of them compare."""

    TEXT = "text"  #: str, compared without case
    WHOLE = "whole"  #: int
    REAL = "real"  #: float
    BOOLEAN = "boolean"  #: bool
    DATE = "date"  #: ISO text, which sorts as dates do
    DATETIME = "datetime"  #: int, seconds since the epoch
    REFERENCE = "reference"  #: int, the id of another record
    TEXTS = "texts"  #: tuple of str; order does not matter
    REFERENCES = "references"  #: tuple of int; order does not matter
    OTHER = "other"  #: JSON that can only be empty or not


_KINDS: Final[dict[DataType, Kind]] = (
    dict.fromkeys(DataType, Kind.OTHER)
    | dict.fromkeys(TEXTS, Kind.TEXT)
    | dict.fromkeys(NUMBERS, Kind.REAL)
    | dict.fromkeys(WHOLE_NUMBERS, Kind.WHOLE)
    | dict.fromkeys(REFERENCES, Kind.REFERENCE)
    | dict.fromkeys(MULTIPLE, Kind.REFERENCES)
    | {
        DataType.MULTISELECTPICKLIST: Kind.TEXTS,
        DataType.BOOLEAN: Kind.BOOLEAN,
        DataType.DATE: Kind.DATE,
        DataType.DATETIME: Kind.DATETIME,
        DataType.LAYOUT: Kind.REFERENCE,
    }
)

NUMERIC: Final = frozenset({Kind.WHOLE, Kind.REAL})
ORDERED_KINDS: Final = NUMERIC | {Kind.DATE, Kind.DATETIME, Kind.TEXT}
MANY: Final = frozenset({Kind.TEXTS, Kind.REFERENCES})


def kind_of(data_type: DataType) -> Kind:
    """Say how values of a data type are represented and compared."""
    return _KINDS[data_type]


def compared_as(field: Field) -> DataType:
    """Say as which data type a field compares: a formula as what it returns, tags as the ids they are.

    The metadata calls two arrays by the type of their elements (reference: platform E.2 and B.12.14): `Tag` is
    `text` and `Participants` is `bigint`, both with the JSON type of an array.
    """
    if field.properties.get("json_type") == "jsonarray" and field.data_type in (DataType.TEXT, DataType.BIGINT):
        return DataType.MULTISELECTLOOKUP if field.data_type is DataType.TEXT else DataType.MULTIREMINDER
    if field.data_type is DataType.TEXT and field.api_name == "Tag":
        return DataType.MULTISELECTLOOKUP
    return field.compared_as


def kind_of_field(field: Field) -> Kind:
    """Say how a field's values are represented and compared."""
    return _KINDS[compared_as(field)]
