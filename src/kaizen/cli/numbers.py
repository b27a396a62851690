"""Numbers as people write them in files and options, exact to the last digit."""

from decimal import Context, Decimal, InvalidOperation
from typing import Final

_MOST_DIGITS: Final = 100
#: No product of two numbers of so many digits is rounded.
_EXACT: Final = Context(prec=4 * _MOST_DIGITS)


def read_decimal(text: str) -> Decimal | None:
    """Read a number; None for a text that is not a number, or one of more than a hundred digits."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    fits = number.is_finite() and len(text) <= _MOST_DIGITS and abs(number.adjusted()) <= _MOST_DIGITS
    return number if fits else None


def product(one: Decimal, other: Decimal) -> Decimal:
    """Multiply without rounding."""
    return _EXACT.multiply(one, other)


def key_text(value: object) -> str:
    """Write the value of a key field, so that the same number is the same text wherever it was read."""
    if isinstance(value, float | Decimal):
        return format(_EXACT.normalize(Decimal(str(value))), "f")
    return str(value)
