"""Dataclasses of the model as rows of a table with the same columns."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from enum import Enum
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, TypeVar, get_origin, get_type_hints

from kaizen.store.dialect import quoted
from kaizen.store.json_text import converter, from_text, to_text
from kaizen.store.session import Insertion, Row, Session, must_write

T = TypeVar("T")


class Shape(Generic[T]):
    """A table whose columns are the fields of one dataclass; tuples and mappings are JSON text."""

    def __init__(self, kind: type[T], table: str, key: tuple[str, ...] = ("id",)) -> None:
        hints = get_type_hints(kind)
        self.kind = kind
        self.table = table
        self.names = tuple(f.name for f in fields(kind))  # type: ignore[arg-type]  # T is a dataclass
        self._get = attrgetter(*self.names)
        self._key = key
        types = [hints[name] for name in self.names]
        self._enums = tuple(i for i, t in enumerate(types) if isinstance(t, type) and issubclass(t, Enum))
        self._json = tuple(i for i, t in enumerate(types) if _is_json(t))
        self._flags = tuple(i for i, t in enumerate(types) if t is bool)
        self._back = tuple((i, convert) for i, t in enumerate(types) if (convert := converter(t)))

    @cached_property
    def insertion(self) -> Insertion:
        """Where new rows go."""
        return Insertion(self.table, self.names)

    @cached_property
    def upsert(self) -> str:
        """The statement that inserts a row or replaces the one with the same key."""
        rest = ", ".join(f"{quoted(n)} = excluded.{quoted(n)}" for n in self.names if n not in self._key)
        return f"{self.insertion.text} ON CONFLICT ({', '.join(self._key)}) DO UPDATE SET {rest}"

    @cached_property
    def select(self) -> str:
        """The beginning of a SELECT whose rows `item` reads."""
        return f"SELECT {', '.join(quoted(n) for n in self.names)} FROM {self.table} "

    def put(self, session: Session, item: T) -> None:
        """Insert or replace one row."""
        must_write(session)
        session.run(self.upsert, self.row(item))

    def find(self, session: Session, column: str, value: object) -> T | None:
        """Return the one item whose column has a value."""
        rows = session.rows(f"{self.select}WHERE {column} = ?", (value,))
        return self.item(rows[0]) if rows else None

    def row(self, item: T) -> Row:
        """Return an item's row."""
        row: list[Any] = list(self._get(item))
        for i in self._json:
            row[i] = to_text(row[i])
        for i in self._enums:
            row[i] = row[i].value
        return tuple(row)

    def item(self, row: Row) -> T:
        """Return a row's item."""
        values: list[Any] = list(row)
        for i in self._json:
            values[i] = from_text(values[i])
        for i in self._flags:
            values[i] = bool(values[i])
        for i, convert in self._back:
            values[i] = convert(values[i])
        return self.kind(*values)

    def items(self, rows: Iterable[Row]) -> list[T]:
        """Return the items of rows."""
        return [self.item(row) for row in rows]


def _is_json(hint: Any) -> bool:
    origin = get_origin(hint)
    return isinstance(origin, type) and issubclass(origin, tuple | Mapping)
