"""From a row of a CSV file to the fields of a record."""

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from kaizen.cli.mapping import Source
from kaizen.cli.numbers import key_text, product, read_decimal
from kaizen.cli.tables import Row, Table

#: Finds a record by the natural key of its module: (module, key) -> id, or None.
Find = Callable[[str, str], str | None]


class RowProblemError(Exception):
    """This row cannot be used; the text says which column and why."""


class Translator:
    """Turns rows into records for one module, whose field types are known from its metadata."""

    def __init__(self, data_types: Mapping[str, str], joins: Mapping[str, Table], find: Find) -> None:
        self._types = data_types
        self._joins = joins
        self._indexes: dict[tuple[str, str], dict[str, Row]] = {}
        self._find = find

    def record(self, row: Row, fields: Mapping[str, Source]) -> dict[str, Any]:
        """Translate one row; fields without a value are left out.

        Raises:
            RowProblemError: a value does not fit its field, or a record it points to does not exist.
        """
        record = {}
        for name, source in fields.items():
            value = self._value(row, name, source)
            if value is not None:
                record[name] = value
        return record

    def key(self, row: Row, match: str, source: Source) -> str:
        """Translate the natural key of a row, by which its record is found.

        Raises:
            RowProblemError: it is empty, or it does not fit its field.
        """
        value = self._value(row, match, source)
        if value is None or not str(value).strip():
            raise RowProblemError(f"{match}: {_empty_key(row, source)}")
        return key_text(value)

    def _value(self, row: Row, name: str, source: Source) -> Any:
        if not applies(source.only, row):
            return None
        text = self._text(row, source)
        if text == "":
            return None
        if source.lookup:
            found = self._find(source.lookup, text)
            if found is None:
                raise RowProblemError(f'{name}: there is no record of {source.lookup} with the key "{text}"')
            return {"id": found}
        return self._typed(name, text, source.multiply)

    def _text(self, row: Row, source: Source) -> str:
        if source.choose:
            return chosen(source.choose, row.cells[source.by])
        if source.format:
            return _formatted(source.format, row, source.values)
        text = row.cells[source.column]
        text = source.values.get(text, text)
        if source.join and text:
            joined = self._index(source.join, source.key).get(text)
            if joined is None:
                raise RowProblemError(f'{source.column}: {source.join} has no line where {source.key} is "{text}"')
            text = joined.cells[source.take]
        if source.part and text:
            words = text.split()
            text = words[-1] if source.part == "last" else " ".join(words[:-1])
        return text

    def _index(self, file: str, key: str) -> dict[str, Row]:
        if (file, key) not in self._indexes:
            self._indexes[file, key] = {row.cells[key]: row for row in self._joins[file].rows}
        return self._indexes[file, key]

    def _typed(self, name: str, text: str, multiply: Decimal | None) -> Any:
        match self._types.get(name, "text"):
            case "integer" | "bigint" | "double" | "currency" | "percent" as kind:
                return _number(name, text, multiply, whole=kind in ("integer", "bigint"))
            case "boolean":
                if text.lower() in ("true", "yes", "1", "false", "no", "0"):
                    return text.lower() in ("true", "yes", "1")
                raise RowProblemError(f'{name}: "{text}" is neither true nor false')
            case "date":
                return day(text, name).isoformat()
            case _:
                return text


def _empty_key(row: Row, source: Source) -> str:
    empty = [f'"{column}"' for column in sorted(source.columns) if not row.cells[column]]
    if not empty:
        return "the key is empty"
    return f"the key column {empty[0]} is empty" if len(empty) == 1 else f"the key columns {', '.join(empty)} are empty"


def _number(name: str, text: str, multiply: Decimal | None, *, whole: bool) -> int | Decimal:
    """Read a number, keeping every digit of it and of the product."""
    number = read_decimal(text)
    if number is None:
        raise RowProblemError(f'{name}: "{text}" is not a number')
    if multiply is not None:
        number = product(number, multiply)
    if number == number.to_integral_value():
        return int(number)
    if whole:
        raise RowProblemError(f'{name}: "{text}" is not a whole number')
    return number


def day(text: str, name: str) -> dt.date:
    """Read a date as `YYYY-MM-DD`.

    Raises:
        RowProblemError: it is none.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise RowProblemError(f'{name}: "{text}" is not a date (YYYY-MM-DD)') from error


def applies(only: Mapping[str, tuple[str, ...]], row: Row) -> bool:
    """Return whether a row is one of those meant by `only`."""
    return all(row.cells[column] in values for column, values in only.items())


def chosen(choices: tuple[str, ...], key: str) -> str:
    """Choose by a hash: the same key always gives the same choice."""
    digest = hashlib.sha256(key.encode()).digest()
    return choices[int.from_bytes(digest[:4]) % len(choices)]


def slug(text: str) -> str:
    """Make a name fit for an address: `Moses Frase` is `moses.frase`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", ".", plain.lower()).strip(".")


def _formatted(template: str, row: Row, values: Mapping[str, str]) -> str:
    """Fill `{column}` and `{column:slug}`; a template whose columns are all empty is empty."""
    found: list[str] = []

    def fill(match: re.Match[str]) -> str:
        column, _, how = match[1].partition(":")
        text = row.cells[column]
        text = values.get(text, text)
        found.append(text)
        return slug(text) if how == "slug" else text

    text = re.sub(r"\{([^}]*)\}", fill, template)
    # A deal without an account is called by the rest of its name.
    return text.removeprefix(" - ").removesuffix(" - ") if any(found) else ""
