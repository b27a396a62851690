"""Exact numbers in SQLite, which has none with a fraction: text that sorts, groups and indexes as the numbers do.

The first character says the sign and how many digits stand before the point: `T1200.5` is 1200.5, `P0.05` is 0.05.
Digits of negative numbers are taken from nine and closed by `~`, so that what is smaller sorts first: `K8799.4~` is
-1200.5. A number has exactly one such text.
"""

from decimal import Decimal
from typing import Final

from kaizen.model.numbers import Number

_ZERO: Final = "P"
#: No number that is kept has more digits before its point, and no sum of such numbers.
_MOST: Final = 40
#: First characters by the count of digits before the point, of positive and of negative numbers.
_POSITIVE: Final = [chr(ord(_ZERO) + count) for count in range(_MOST + 1)]
_NEGATIVE: Final = [chr(ord(_ZERO) - 1 - count) for count in range(_MOST + 1)]
_LARGER, _SMALLER = "~", "!"
_FROM_NINE: Final = str.maketrans("0123456789", "9876543210")
_CLOSED: Final = "~"


def encode(value: Number) -> str:
    """Write a number as its column holds it."""
    text = str(value)
    if "1" <= text < ":" and "E" not in text:  # it begins with a digit above zero, as most do
        point = text.find(".")
        count = point if point > 0 else len(text)
        return _POSITIVE[count] + text if count <= _MOST else _LARGER
    text = f"{value:f}" if isinstance(value, Decimal) else text
    if text[0] != "-":
        return _ZERO + text
    count = len(text.partition(".")[0].lstrip("-0"))
    return f"{_NEGATIVE[count]}{text[1:].translate(_FROM_NINE)}{_CLOSED}" if count <= _MOST else _SMALLER


def decode(text: str) -> Number:
    """Read what `encode` wrote."""
    digits = digits_of(text)
    return Decimal(digits) if "." in digits else int(digits)


def digits_of(text: str) -> str:
    """Return the number that `encode` wrote in plain digits."""
    return text[1:] if text >= _ZERO else "-" + text[1:-1].translate(_FROM_NINE)
