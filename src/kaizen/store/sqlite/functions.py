"""What SQLite cannot do by itself: text without case as Python has it, and arithmetic with exact numbers."""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kaizen.fields.text import fold
from kaizen.fields.words import words_of
from kaizen.model.numbers import EXACT, Number, exact
from kaizen.store.stored_numbers import decode, digits_of, encode

if TYPE_CHECKING:
    import apsw

#: Places to which an average is rounded.
AVERAGE_PLACES: Final = 9


def _number_of(value: "apsw.SQLiteValue") -> Number | None:
    """Return the number that a column holds: encoded, whole, or as it was before numbers were kept exactly."""
    match value:
        case str():
            return decode(value)
        case float():
            # The shortest digits that mean this binary fraction are those which were asked to be kept.
            return exact(Decimal(repr(value)))
        case int():
            return value
        case _:
            return None


class _Total:
    """Adds numbers up, to the last digit: those with as many digits behind the point together."""

    def __init__(self) -> None:
        self._units: dict[int, int] = {}
        self.count = 0

    def step(self, *values: "apsw.SQLiteValue") -> None:
        """Add the value of one row; what is empty does not count."""
        (value,) = values
        if isinstance(value, str):
            whole, _, fraction = digits_of(value).partition(".")
            units, places = int(whole + fraction), len(fraction)
        elif isinstance(value, int):
            units, places = value, 0
        else:
            return
        self._units[places] = self._units.get(places, 0) + units
        self.count += 1

    @property
    def sum(self) -> Decimal:
        """All together."""
        total = Decimal(0)
        for places, units in self._units.items():
            total = EXACT.add(total, Decimal(units).scaleb(-places, EXACT))
        return total


class _Sum(_Total):
    def final(self) -> str | None:
        """Return the sum; None: there were no numbers."""
        return encode(exact(self.sum)) if self.count else None


class _Average(_Total):
    def final(self) -> str | None:
        """Return the average; None: there were no numbers."""
        return encode(average(self.sum, self.count)) if self.count else None


def average(total: Decimal, count: int) -> Number:
    """Divide, and round halves away from zero."""
    units = int(total.scaleb(AVERAGE_PLACES, EXACT).copy_abs())
    whole = (2 * units + count) // (2 * count)
    return exact(Decimal(-whole if total < 0 else whole).scaleb(-AVERAGE_PLACES, EXACT))


def register(connection: "apsw.Connection") -> None:
    """Register the functions that our statements use on a connection."""
    connection.create_scalar_function("kz_lower", _fold, 1, deterministic=True)
    connection.create_scalar_function("kz_words", _words, 1, deterministic=True)
    connection.create_scalar_function("kz_number", _encoded, 1, deterministic=True)
    connection.create_aggregate_function("kz_sum", _Sum, 1)
    connection.create_aggregate_function("kz_average", _Average, 1)


def _encoded(*values: "apsw.SQLiteValue") -> "apsw.SQLiteValue":
    number = _number_of(values[0])
    return None if number is None else encode(number)


def _words(*values: "apsw.SQLiteValue") -> "apsw.SQLiteValue":
    (text,) = values
    return words_of(text) if isinstance(text, str) else text


def _fold(*values: "apsw.SQLiteValue") -> "apsw.SQLiteValue":
    (text,) = values
    return fold(text) if isinstance(text, str) else text
