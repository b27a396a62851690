"""What many rows of the log would repeat is kept once, as a heading, and the rows name it by its number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

from kaizen.model.values import Value, Values
from kaizen.store.base import Opened, Tables
from kaizen.store.json_text import from_text, to_text, tuples

#: The keys of a dictionary, or what else a row repeats.
Heading: TypeAlias = tuple[Any, ...]

#: A database with so many headings has no kinds of rows: from there on each says itself what it would have named.
MOST: Final = 6_000
#: How many of them only dictionaries may take, so that many rules do not use up what records need.
RESERVED: Final = 1_000


@dataclass(frozen=True, slots=True)
class _KeyDictionary:
    """All headings that a database has."""

    numbers: Mapping[Heading, int] = field(default_factory=dict)
    named: Mapping[int, Heading] = field(default_factory=dict)


class KeyDictionaryTables(Tables):
    """What families of tables use that keep much of the same.

    The states of records in the log of changes are most of what a write has to write, and what rules did to them
    most of the rest: without what is the same in each they take half the room, and a commit half the time.
    """

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
        self._numbers: dict[Heading, int] = {}  #: of the headings that this unit used

    def _packed(self, values: Values) -> str:
        """Write values as JSON: the number of their heading, then the values alone."""
        names = tuple(values)
        number = self._numbers.get(names) or self._number(names)
        return to_text([number, *values.values()] if number else values)

    def _unpacked(self, text: str) -> dict[str, Value]:
        """Read what `_packed` wrote."""
        packed = from_text(text)
        if isinstance(packed, list):
            number, *values = packed
            packed = dict(zip(self._heading(number), values, strict=True))
        return {name: tuples(value) for name, value in packed.items()}

    def _number(self, heading: Heading, most: int | None = None) -> int:
        """Return the number of a heading that JSON can hold; 0: there are `most` already."""
        number = self._numbers.get(heading)
        if number is None:
            number = self._headings.numbers.get(heading) or self._new_heading(heading, MOST if most is None else most)
            self._numbers[heading] = number
        return number

    def _heading(self, number: int) -> Heading:
        """Return the heading with a number."""
        known = self._headings.named.get(number)
        return self._learn().named[number] if known is None else known

    @property
    def _headings(self) -> _KeyDictionary:
        """The headings that this process knows. They never change, so none need know what others added."""
        found = self._snapshots.get("headings", ())
        return cast(_KeyDictionary, found) if found is not None else self._learn()

    def _new_heading(self, heading: Heading, most: int) -> int:
        known = self._headings
        if len(known.numbers) >= most:
            return 0
        self._must_write()
        text = (to_text(heading),)
        # Another process may have it, and two that add it at once have it twice: neither waits for the other.
        rows = self._session.rows("SELECT number FROM kz_heading WHERE names = ? ORDER BY number LIMIT 1", text)
        rows = rows or self._session.rows("INSERT INTO kz_heading (names) VALUES (?) RETURNING number", text)
        number = int(rows[0][0])
        self._know(_KeyDictionary({**known.numbers, heading: number}, {**known.named, number: heading}))
        return number

    def _learn(self) -> _KeyDictionary:
        """Read all headings that this unit can see."""
        rows = self._session.rows("SELECT number, names FROM kz_heading ORDER BY number")
        named = {number: cast(Heading, tuples(from_text(text))) for number, text in rows}
        return self._know(_KeyDictionary({heading: number for number, heading in named.items()}, named))

    def _know(self, known: _KeyDictionary) -> _KeyDictionary:
        self._snapshots.keep("headings", (), known)
        return known
