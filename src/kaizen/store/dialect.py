"""What differs between SQLite and PostgreSQL, so that every statement is written once.

Statements bind with `?`; the PostgreSQL session turns them into its own marks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import msgspec

from kaizen.model.catalog import Field
from kaizen.model.numbers import Number
from kaizen.store import sqlite_numbers
from kaizen.vocabulary.data_types import MULTIPLE, REAL_NUMBERS, REFERENCES, WHOLE_NUMBERS, DataType

_to_json: Final = msgspec.json.Encoder().encode


class ColumnKind(Enum):
    """How a column holds its value."""

    INTEGER = "integer"  #: whole numbers, ids, date-times
    REAL = "real"  #: numbers that may have a fraction, exactly
    FLAG = "flag"
    TEXT = "text"  #: text, and dates as ISO text
    JSON = "json"  #: several or structured values as JSON text


_INTEGERS: Final = (
    WHOLE_NUMBERS
    | REFERENCES
    | {DataType.DATETIME, DataType.LAYOUT, DataType.MULTI_MODULE_LOOKUP, DataType.CONSENT_LOOKUP}
)
_STRUCTURED: Final = MULTIPLE | {
    DataType.RRULE,
    DataType.ALARM,
    DataType.MULTIREMINDER,
    DataType.EVENT_REMINDER,
    DataType.LINETAX,
    DataType.FILEUPLOAD,
    DataType.IMAGEUPLOAD,
    DataType.TERRITORIES,
}


def kind_of(field: Field) -> ColumnKind:
    """Return the kind of column that holds a field's value."""
    data_type = field.compared_as
    # Tags and participants are lists on the wire whatever data type the metadata gives them.
    if field.properties.get("json_type") == "jsonarray" or field.api_name == "Tag" or data_type in _STRUCTURED:
        return ColumnKind.JSON
    if data_type in _INTEGERS:
        return ColumnKind.INTEGER
    if data_type in REAL_NUMBERS or data_type is DataType.ROLLUP_SUMMARY:
        return ColumnKind.REAL
    if data_type is DataType.BOOLEAN:
        return ColumnKind.FLAG
    return ColumnKind.TEXT


def quoted(name: str) -> str:
    """Quote one of our own physical names."""
    return f'"{name}"'


@dataclass(frozen=True)
class SqlDialect:
    """One database's words."""

    name: str
    types: Mapping[ColumnKind, str]
    serial: str  #: type of a primary key that the database counts up
    table_suffix: str  #: what follows the columns of CREATE TABLE
    folded: str  #: pattern: text without case, `{}` is the expression
    lists: Mapping[ColumnKind, str]  #: the SELECT whose rows are the members of one bound list
    listed: Callable[[Sequence[Any]], Any]  #: how such a list is bound
    ascending: str  #: after a sort key: nulls first
    descending: str  #: after a sort key: nulls last
    lock_rows: str  #: after a SELECT whose rows the caller will change; empty: whoever writes is alone
    keep_rows: str  #: after a SELECT whose rows nobody else may delete
    skip_locked: str  #: the same as lock_rows for those that nobody else has locked
    stored_number: Callable[[Number], Any]  #: how a number lies in a REAL column, and is bound to compare with it
    read_number: Callable[[Any], Number] | None  #: reads it back; None: the session has done so
    as_number: str  #: pattern: a whole number as a REAL column would hold it, `{0}` is the expression
    sum: str  #: pattern: the exact sum of whole or REAL numbers, as a REAL column would hold it
    average: str  #: the same of their average, rounded to nine places, halves away from zero

    def fold(self, expression: str) -> str:
        """Return the expression's text without case, as indexes hold it."""
        return self.folded.format(expression)

    def among(self, expression: str, kind: ColumnKind = ColumnKind.INTEGER) -> str:
        """Return the condition that an expression is one of a bound list (bind `listed(values)`)."""
        return f"{expression} IN ({self.lists[kind]})"

    def ddl(self, statement: str) -> str:
        """Fill in the types of a CREATE TABLE written with {integer}, {real}, {flag}, {text}, {serial} and {end}."""
        words = {kind.value: word for kind, word in self.types.items()}
        return statement.format(**words, serial=self.serial, end=self.table_suffix)


def _as_json(values: Sequence[Any]) -> str:
    return _to_json(values).decode()


SQLITE: Final = SqlDialect(
    name="sqlite",
    types={
        ColumnKind.INTEGER: "INTEGER",
        ColumnKind.REAL: "TEXT",  # SQLite has no exact number with a fraction: see store.sqlite_numbers
        ColumnKind.FLAG: "INTEGER",
        ColumnKind.TEXT: "TEXT",
        ColumnKind.JSON: "TEXT",
    },
    serial="INTEGER PRIMARY KEY",
    table_suffix=" STRICT",
    folded="kz_lower({})",
    lists=dict.fromkeys(ColumnKind, "SELECT value FROM json_each(?)"),
    listed=_as_json,
    ascending="ASC",  # SQLite sorts nulls before everything
    descending="DESC",
    lock_rows="",
    keep_rows="",
    skip_locked="",
    stored_number=sqlite_numbers.encode,
    read_number=sqlite_numbers.decode,
    as_number="kz_number({0})",
    sum="kz_sum({0})",
    average="kz_average({0})",
)

POSTGRES: Final = SqlDialect(
    name="postgres",
    types={
        ColumnKind.INTEGER: "BIGINT",
        ColumnKind.REAL: "NUMERIC",
        ColumnKind.FLAG: "BOOLEAN",
        ColumnKind.TEXT: 'TEXT COLLATE "C"',
        ColumnKind.JSON: 'TEXT COLLATE "C"',
    },
    serial="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    table_suffix="",
    # The C locale folds ASCII only; ICU folds as Python does.
    folded='(lower(({}) COLLATE "und-x-icu") COLLATE "C")',
    lists={
        ColumnKind.INTEGER: "SELECT unnest(?::bigint[])",
        ColumnKind.REAL: "SELECT unnest(?::numeric[])",
        ColumnKind.FLAG: "SELECT unnest(?::boolean[])",
        ColumnKind.TEXT: "SELECT unnest(?::text[])",
        ColumnKind.JSON: "SELECT unnest(?::text[])",
    },
    listed=list,
    ascending="ASC NULLS FIRST",
    descending="DESC NULLS LAST",
    lock_rows=" FOR NO KEY UPDATE",
    keep_rows=" FOR KEY SHARE",
    skip_locked=" FOR UPDATE SKIP LOCKED",
    stored_number=Decimal,
    read_number=None,
    as_number="{0}",
    sum="SUM({0}::numeric)",
    # Whole units of the last place: the quotient of two numerics has as many digits as the server thinks fit.
    average=(
        "(sign(SUM({0}::numeric)) * 0.000000001"
        " * div(abs(SUM({0}::numeric)) * 2000000000 + COUNT({0}), 2 * COUNT({0})::numeric))"
    ),
)
