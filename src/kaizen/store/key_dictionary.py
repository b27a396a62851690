"""What many rows of the log would repeat is kept once, as a heading, and the rows name it by its number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

from kaizen.model.values import Id, Value, Values
from kaizen.store.json_text import from_text, to_text, tuples
from kaizen.store.session import Session, must_write
from kaizen.store.snapshots import Snapshots

#: The keys of a dictionary, or what else a row repeats.
Heading: TypeAlias = tuple[Any, ...]

#: A database with so many headings has no kinds of rows: from there on each says itself what it would have named.
MOST: Final = 6_000
#: How many of them only dictionaries may take, so that many rules do not use up what records need.
RESERVED: Final = 1_000
#: Sets of rules are only added while there are fewer headings than these: there can be very many sets.
MOST_WITH_SETS: Final = 3_000

#: The heading of a set of rules begins with this.
_RULES: Final = "rules"


@dataclass(frozen=True, slots=True)
class _Headings:
    """All headings that a database has."""

    numbers: Mapping[Heading, int] = field(default_factory=dict)
    named: Mapping[int, Heading] = field(default_factory=dict)


class KeyDictionary:
    """The headings of one unit: what it packs and unpacks.

    The states of records in the log of changes are most of what a write has to write, and what rules did to them
    most of the rest: without what is the same in each they take half the room, and a commit half the time.
    """

    def __init__(self, session: Session, snapshots: Snapshots) -> None:
        self._session = session
        self._snapshots = snapshots
        self.numbers: Final[dict[Heading, int]] = {}  #: of the headings that this unit used

    def packed(self, values: Values) -> str:
        """Write values as JSON: the number of their heading, then the values alone."""
        names = tuple(values)
        number = self.numbers.get(names) or self.number(names)
        return to_text([number, *values.values()] if number else values)

    def unpacked(self, text: str) -> dict[str, Value]:
        """Read what `packed` wrote."""
        packed = from_text(text)
        if isinstance(packed, list):
            number, *values = packed
            packed = dict(zip(self.heading(number), values, strict=True))
        return {name: tuples(value) for name, value in packed.items()}

    def set_number(self, rules: Sequence[Id]) -> int:
        """Return the number of a set of rules; 0: there are too many headings to add one for it."""
        heading = (_RULES, *rules)
        return self.numbers.get(heading) or self.number(heading, min(MOST_WITH_SETS, MOST - RESERVED))

    def rules(self, number: int) -> tuple[Id, ...]:
        """Return the rules of the set with a number."""
        return self.heading(number)[1:]

    def sets_with(self, rule_id: Id) -> list[int]:
        """Return the numbers of all sets with a rule."""
        named = self._learn().named
        return [number for number, heading in named.items() if heading[:1] == (_RULES,) and rule_id in heading]

    def number(self, heading: Heading, most: int | None = None) -> int:
        """Return the number of a heading that JSON can hold; 0: there are `most` already."""
        number = self.numbers.get(heading)
        if number is None:
            number = self._headings.numbers.get(heading) or self._new_heading(heading, MOST if most is None else most)
            self.numbers[heading] = number
        return number

    def heading(self, number: int) -> Heading:
        """Return the heading with a number."""
        known = self._headings.named.get(number)
        return self._learn().named[number] if known is None else known

    @property
    def _headings(self) -> _Headings:
        """The headings that this process knows. They never change, so none need know what others added."""
        found = self._snapshots.get("headings", ())
        return cast(_Headings, found) if found is not None else self._learn()

    def _new_heading(self, heading: Heading, most: int) -> int:
        known = self._headings
        if len(known.numbers) >= most:
            return 0
        must_write(self._session)
        text = (to_text(heading),)
        # Another process may have it, and two that add it at once have it twice: neither waits for the other.
        rows = self._session.rows("SELECT number FROM kz_heading WHERE names = ? ORDER BY number LIMIT 1", text)
        rows = rows or self._session.rows("INSERT INTO kz_heading (names) VALUES (?) RETURNING number", text)
        number = int(rows[0][0])
        self._know(_Headings({**known.numbers, heading: number}, {**known.named, number: heading}))
        return number

    def _learn(self) -> _Headings:
        """Read all headings that this unit can see."""
        rows = self._session.rows("SELECT number, names FROM kz_heading ORDER BY number")
        named = {number: cast(Heading, tuples(from_text(text))) for number, text in rows}
        return self._know(_Headings({heading: number for number, heading in named.items()}, named))

    def _know(self, known: _Headings) -> _Headings:
        self._snapshots.keep("headings", (), known)
        return known
