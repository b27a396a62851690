"""Exact numbers: a whole one is an int, one with a fraction a Decimal without trailing zeros; never a float.

Both compare, hash and show alike wherever they meet, so a number has one representation from the wire to the database.
"""

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Final, TypeAlias, TypeGuard

Number: TypeAlias = int | Decimal

#: For arithmetic that must lose no digit. Nothing is divided in it: a third would have no end.
EXACT: Final = Context(prec=MAX_PREC, rounding=ROUND_HALF_UP, Emin=MIN_EMIN, Emax=MAX_EMAX)

_KINDS: Final = (int, Decimal)
#: One in the last of so many places.
_UNITS: Final = tuple(Decimal(1).scaleb(-places) for places in range(10))
#: Powers of ten beyond which numbers are refused; JSON readers have always stopped about here.
_MOST_DIGITS: Final = 308


def exact(value: Decimal) -> Number:
    """Return a number in its one representation."""
    whole = value.to_integral_value(ROUND_DOWN)
    return int(whole) if whole == value else value.normalize(EXACT)


def rounded(value: Number, places: int, rounding: str = ROUND_HALF_UP) -> Number:
    """Round a number to decimal places, by default halves away from zero."""
    return value if isinstance(value, int) else exact(value.quantize(_UNITS[places], rounding, EXACT))


def cents(amount: Number) -> Number:
    """Round an amount of money to two places."""
    return rounded(amount, 2)


def share_of(amount: Number, percent: Number) -> Number:
    """Return so many percent of an amount, to the last digit; what is kept of it must be rounded first."""
    if isinstance(amount, int) and isinstance(percent, int):
        whole, rest = divmod(amount * percent, 100)
        return Decimal(amount * percent).scaleb(-2, EXACT) if rest else whole
    return EXACT.multiply(amount, percent).scaleb(-2, EXACT)


def read_decimal(text: str) -> Decimal:
    """Read a number of JSON that is not written as a whole one; raise ValueError for one of absurd size."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not -_MOST_DIGITS <= value.adjusted() <= _MOST_DIGITS and value:
        raise ValueError(text)
    return value


def read_number(text: str) -> Number:
    """Read such a number, of any size, in its one representation."""
    return exact(Decimal(text))


def digits(value: Number) -> str:
    """Write a number in plain digits."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def is_number(value: object) -> TypeGuard[Number]:
    """Return whether a value is a number; True and False are not."""
    return isinstance(value, _KINDS) and not isinstance(value, bool)
