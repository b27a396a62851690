"""Text, and text of a certain form: e-mail addresses, phone numbers, web addresses."""

import re
from collections.abc import Callable
from typing import Final

from kaizen.fields.flaw import Flaw, Reader, expected, too_long
from kaizen.model.catalog import Field
from kaizen.model.values import Json, Value

#: Every pattern is linear: a repeated group begins with a character that what precedes it cannot be.
_PHONE: Final = re.compile(r"\+?[ (]{0,2}[0-9A-Za-z]+(?:[ .\-(),;#]{1,4}[0-9A-Za-z]+)*[);# ]{0,2}")
_WEBSITE: Final = re.compile(
    r"(?:(?:https?|ftp)://)?[^\s/?#.:@\"<>()\[\]{}|\\^`,;]+(?:\.[^\s/?#.:@\"<>()\[\]{}|\\^`,;]+)+(?::\d{1,5})?(?:[/?#]\S*)?",
    re.IGNORECASE,
)

is_phone: Final = _PHONE.fullmatch
is_website: Final = _WEBSITE.fullmatch

#: The longest text a criterion takes (reference: automation B.3).
LONGEST_OPERAND: Final = 255

#: Brings text to the form in which case does not count; the only definition of it. SQLite gets this very function,
#: PostgreSQL's `lower(x COLLATE "und-x-icu")` agrees with it for every character of Unicode 14 and in every context.
fold: Final[Callable[[str], str]] = str.lower

_NO_TEXT: Final = expected("text")
_LONG_OPERAND: Final = too_long(LONGEST_OPERAND)


def is_storable(text: str) -> bool:
    """Return whether every database can keep a text: it holds no NUL and no lone half of a surrogate pair."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def text_reader(field: Field) -> Reader:
    """Make the reader of a text field; empty text is None."""
    longest, long = field.length, too_long(field.length)

    def read(raw: Json) -> Value | Flaw:
        if type(raw) is not str:
            return None if raw is None else _NO_TEXT
        if not raw:
            return None
        if len(raw) > longest:
            return long
        return raw if is_storable(raw) else _NO_TEXT

    return read


def formed_text_reader(field: Field, matches: Callable[[str], object]) -> Reader:
    """Make the reader of text that has a form."""
    longest, long, wrong = field.length, too_long(field.length), expected(field.data_type.value)

    def read(raw: Json) -> Value | Flaw:
        if type(raw) is not str:
            return None if raw is None else wrong
        if not raw:
            return None
        if len(raw) > longest:
            return long
        return raw if matches(raw) and is_storable(raw) else wrong

    return read


def text_operand(raw: Json) -> Value | Flaw:
    """Take a criterion's text; empty is None."""
    if raw is None:
        return None
    if not isinstance(raw, str):
        return _NO_TEXT
    if len(raw) > LONGEST_OPERAND:
        return _LONG_OPERAND
    return (raw or None) if is_storable(raw) else _NO_TEXT
