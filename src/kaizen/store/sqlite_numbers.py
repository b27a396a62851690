"""Exact numbers in SQLite, which has none with a fraction: text that sorts, groups and indexes as the numbers do.

The first character says the sign and how many digits stand before the point, the rest are the digits: `T12005` is
1200.5, `P05` is 0.05, `P` is 0. Digits of negative numbers are taken from nine and closed by `~`, so that what is
smaller sorts first: `K87994~` is -1200.5. A number has exactly one such text.
"""

from decimal import Decimal
from typing import Final

from kaizen.model.numbers import EXACT, Number

#: The first character of zero; each digit before the point moves one on, or below zero one back.
_ZERO: Final = ord("P")
#: No number that is kept has so many digits before its point, and no sum of such numbers.
_BEYOND: Final = 40
_FROM_NINE: Final = str.maketrans("0123456789", "9876543210")
_CLOSED: Final = "~"


def encode(value: Number) -> str:
    """Write a number as its column holds it."""
    if type(value) is int and 0 < value < 10**_BEYOND:
        digits = str(value)
        return f"{chr(_ZERO + len(digits))}{digits}"
    whole, _, fraction = f"{Decimal(value):f}".partition(".")
    negative, digits = whole[0] == "-", whole.lstrip("-0")
    if len(digits) > _BEYOND:
        return "!" if negative else _CLOSED
    if negative:
        return f"{chr(_ZERO - 1 - len(digits))}{(digits + fraction).translate(_FROM_NINE)}{_CLOSED}"
    return f"{chr(_ZERO + len(digits))}{digits}{fraction}"


def decode(text: str) -> Number:
    """Read what `encode` wrote."""
    units, places = units_of(text)
    return Decimal(units).scaleb(-places, EXACT) if places else units


def units_of(text: str) -> tuple[int, int]:
    """Return the digits of a number as a whole one, and how many of them stand behind the point."""
    count, digits = ord(text[0]) - _ZERO, text[1:]
    if count >= 0:
        return int(digits or 0), len(digits) - count
    digits = digits[:-1].translate(_FROM_NINE)
    return -int(digits or 0), len(digits) + 1 + count
