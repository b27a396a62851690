"""Dictionaries as arrays: those of a kind share their keys, which are kept once, as a heading."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kaizen.model.values import Value, Values
from kaizen.store.base import Opened, Tables
from kaizen.store.json_text import from_text, to_text, tuples

#: A database with so many headings has no kinds: from there on new dictionaries are kept with their keys.
MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Headings:
    """All headings that a database has."""

    numbers: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    names: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


class HeadingTables(Tables):
    """What families of tables use that keep many dictionaries.

    The states of records in the log of changes are most of what a write has to write: without their keys they take
    half the room, and a commit half the time.
    """

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
        self._numbers: dict[tuple[str, ...], int] = {}  #: of the headings that this unit used

    def _packed(self, values: Values) -> str:
        """Write values as JSON: the number of their heading, then the values alone."""
        names = tuple(values)
        number = self._numbers.get(names)
        if number is None:
            number = self._headings.numbers.get(names) or self._new_heading(names)
            self._numbers[names] = number
        return to_text([number, *values.values()] if number else values)

    def _unpacked(self, text: str) -> dict[str, Value]:
        """Read what `_packed` wrote."""
        packed = from_text(text)
        if isinstance(packed, list):
            number, *values = packed
            packed = dict(zip(self._headings.names[number], values, strict=True))
        return {name: tuples(value) for name, value in packed.items()}

    @property
    def _headings(self) -> _Headings:
        return self._snapshot("headings", self._load_headings)

    def _new_heading(self, names: tuple[str, ...]) -> int:
        """Keep a heading and return its number; 0: there are too many."""
        known = self._headings
        if len(known.numbers) >= MOST:
            return 0
        self._must_write()
        rows = self._session.rows("INSERT INTO kz_heading (names) VALUES (?) RETURNING number", (to_text(names),))
        number = int(rows[0][0])
        self._next_version("headings")
        self._publish("headings", _Headings({**known.numbers, names: number}, {**known.names, number: names}))
        return number

    def _load_headings(self) -> _Headings:
        rows = self._session.rows("SELECT number, names FROM kz_heading ORDER BY number")
        names = {number: tuple(from_text(text)) for number, text in rows}
        return _Headings({heading: number for number, heading in names.items()}, names)
