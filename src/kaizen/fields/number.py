"""Whole and real numbers: digits, decimal places, and numbers that arrive as text."""

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Final

from kaizen.fields.flaw import Flaw, Reader, expected, too_long
from kaizen.model.catalog import Field
from kaizen.model.numbers import Number, exact, is_number, read_decimal, rounded
from kaizen.model.values import Json, Value

_MOST_PLACES: Final = 9
_ROUNDING: Final = {"round_up": ROUND_UP, "round_down": ROUND_DOWN}

#: What no whole operand reaches, and none with a fraction: a criterion may ask for more than any field holds.
_BEYOND_WHOLE: Final = 2**63
_BEYOND_REAL: Final = 10**309

_WHOLE_TEXT: Final = re.compile(r"-?[0-9]{1,30}")
_NUMBER_TEXT: Final = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?")

_NO_PROBABILITY: Final = Flaw(message="Given Probability is not valid")


def whole_reader(field: Field, most_digits: int, *, text_too: bool) -> Reader:
    """Make the reader of whole numbers; `most_digits` fit whatever the field's length says."""
    digits = min(field.length, most_digits)
    beyond, long = 10**digits, too_long(digits)
    wrong = expected(field.data_type.value)
    probability = field.api_name == "Probability"

    def read(raw: Json) -> Value | Flaw:
        # `type` and not isinstance: True is an int in Python but not on the wire.
        if type(raw) is not int:
            if raw is None:
                return None
            if not text_too or not isinstance(raw, str):
                return wrong
            if not raw:
                return None
            if not _WHOLE_TEXT.fullmatch(raw):
                return wrong
            raw = int(raw)
        if probability and not 0 <= raw <= 100:
            return _NO_PROBABILITY
        return raw if -beyond < raw < beyond else long

    return read


def real_reader(field: Field, digits: int) -> Reader:
    """Make the reader of numbers with so many digits before the point; decimals beyond the places are rounded."""
    beyond, long, wrong = 10**digits, too_long(digits), expected("double")
    probability = field.api_name == "Probability"
    places, rounding = _rounding(field)

    def read(raw: Json) -> Value | Flaw:
        value: Number
        if type(raw) is int:
            value = raw
        elif type(raw) is Decimal:
            value = rounded(raw, places, rounding)
        else:
            return None if raw is None else wrong
        if probability and not 0 <= value <= 100:
            return _NO_PROBABILITY
        return value if -beyond < value < beyond else long

    return read


def number_operand(raw: Json, *, real: bool, data_type: str) -> Value | Flaw:
    """Take a criterion's number, which may be numeric text."""
    if isinstance(raw, str):
        text = raw.strip()
        if not text:
            return None
        raw = _number(text) if _NUMBER_TEXT.fullmatch(text) else text
    if raw is None:
        return None
    beyond = _BEYOND_REAL if real else _BEYOND_WHOLE
    if not is_number(raw) or not -beyond < raw < beyond:
        return expected(data_type)
    return exact(raw) if isinstance(raw, Decimal) else raw


def _number(text: str) -> Json:
    try:
        return int(text) if _WHOLE_TEXT.fullmatch(text) else read_decimal(text)
    except ValueError:
        return text


def write_bigint_as_text(value: Value) -> Json:
    """Show a bigint as decimal text (reference: platform B.4, v2)."""
    return None if value is None else str(value)


def _rounding(field: Field) -> tuple[int, str]:
    """Return the decimal places of a field and its rounding: to the nearest by default."""
    places = _MOST_PLACES if field.decimal_place is None else min(field.decimal_place, _MOST_PLACES)
    currency = field.properties.get("currency")
    if not isinstance(currency, dict):
        return places, ROUND_HALF_UP
    precision = currency.get("precision")
    if isinstance(precision, int) and not isinstance(precision, bool) and 0 <= precision <= places:
        places = precision
    return places, _ROUNDING.get(str(currency.get("rounding_option")), ROUND_HALF_UP)
