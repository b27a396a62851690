"""Addresses of servers without the passwords that are in them, for messages, logs and tracebacks."""

import re
from typing import Final
from urllib.parse import unquote

HIDDEN: Final = "***"
#: `scheme://user:PASSWORD@`, up to the last @: whoever did not encode a sign in it still expects it to be hidden.
_IN_ADDRESS: Final = re.compile(r"(://[^:/?#@\s]*:)(\S*)(?=@)")
#: `?password=PASSWORD`, and what libpq calls the one of a key.
_IN_PARAMETER: Final = re.compile(r"\b((?:ssl)?password=)([^&\s'\"]*)", re.IGNORECASE)
#: A shorter one would be found in the midst of other words.
_FOUND_FROM: Final = 4


def without_password(address: str) -> str:
    """Return an address, or a text that holds one, with its passwords hidden."""
    return _IN_PARAMETER.sub(rf"\1{HIDDEN}", _IN_ADDRESS.sub(rf"\1{HIDDEN}", address))


def without_password_of(address: str, text: str) -> str:
    """Return a text in which the passwords of an address are hidden wherever they stand."""
    text = without_password(text)
    for password in _passwords(address):
        text = text.replace(password, HIDDEN)
    return text


def _passwords(address: str) -> list[str]:
    """Return the passwords of an address, as they stand there and as they are meant."""
    found = [match[2] for pattern in (_IN_ADDRESS, _IN_PARAMETER) for match in pattern.finditer(address)]
    both = {password for each in found for password in (each, unquote(each)) if len(password) >= _FOUND_FROM}
    return sorted(both, key=len, reverse=True)
