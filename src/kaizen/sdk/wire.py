"""Requests and answers as values, and the JSON between them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from kaizen.sdk.errors import Misuse
from kaizen.sdk.ids import Identified, as_id

N = TypeVar("N", float, Decimal)

#: Methods that may be sent twice without changing what once would have done.
REPLAYABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})


class Host(Enum):
    """Which of the service's addresses a path belongs to."""

    API = "api"  #: below {api}/crm/{version}
    CONTROL = "control"  #: below {api}/kaizen/v1
    ACCOUNTS = "accounts"  #: below {accounts}/oauth


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call, before it is known where the API is and which token goes with it."""

    method: str
    path: str
    host: Host = Host.API
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None  #: sent as JSON unless None
    form: Mapping[str, str] | None = None  #: sent as a form; for the accounts server
    replayable: bool | None = None  #: None: by method
    first_version: int | None = None  #: the first API version that has this operation
    patience: float = 0.0  #: seconds that an answer may take, where that is more than the configured time
    deadline: float | None = None  #: seconds that an answer may take, where that is less; then it is sent once only

    @property
    def may_repeat(self) -> bool:
        """Return whether sending this twice has the same effect as sending it once."""
        return self.method in REPLAYABLE if self.replayable is None else self.replayable


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    content: bytes
    headers: Mapping[str, str]  #: looked up in lower case
    method: str
    url: str  #: without the query: it may hold names and addresses of people
    received_at: float = 0.0  #: seconds since the epoch


def path_of(*segments: str) -> str:
    """Join path segments, quoting each so that no value can lead to another address."""
    with _sendable():
        return "/".join(quote(segment, safe="") for segment in segments)


def query_of(values: Mapping[str, str]) -> str:
    """Write parameters as in a query or a form."""
    with _sendable():
        return urlencode(values)


def csv_of(values: Iterable[object] | str | None) -> str | None:
    """Write a list parameter: names or ids with commas between."""
    if values is None:
        return None
    return values if isinstance(values, str) else ",".join(str(value) for value in values)


def params_of(**values: object) -> dict[str, str]:
    """Write query parameters, leaving out what is None."""
    return {name: text_of(value) for name, value in values.items() if value is not None}


def text_of(value: object) -> str:
    """Write one parameter as the service reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return moment_of(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        # Never with an exponent: the grammars of search and COQL have none.
        return format(_finite(value) if isinstance(value, Decimal) else Decimal(repr(_finite(value))), "f")
    return str(value)


def moment_of(value: dt.datetime) -> str:
    """Write a moment: ISO 8601, whole seconds, with its offset."""
    if value.tzinfo is None:
        raise Misuse(f"{value!r} has no time zone; give it one (tzinfo=...)")
    return value.replace(microsecond=0).isoformat()


def read_moment(text: str) -> dt.datetime:
    """Read a moment as the service writes it."""
    return dt.datetime.fromisoformat(text)


def encode(value: object) -> bytes:
    """Write JSON: moments with offset, records and users as {"id"}, decimals as numbers."""
    with _sendable():
        return _encoder.encode(plain(value))


def decode(content: bytes) -> object:
    """Read JSON; raises ValueError when it is not JSON."""
    found: object = _decoder.decode(content)
    return found


def read_number(text: str) -> float | Decimal:
    """Read a number with a fraction or an exponent: as a float where that keeps every digit, else as a Decimal."""
    number = float(text)
    if len(text) <= _DIGITS_OF_A_FLOAT and "e" not in text and "E" not in text:
        return number
    exact = Decimal(text)
    return number if Decimal(repr(number)) == exact else exact


def plain(value: object) -> object:
    """Turn a value into what JSON has; raises ValueError or TypeError for what it has not.

    Written out here because the encoder would take some values its own way: a moment without an offset, a
    fraction of a second, and infinity (as null) would all reach the service silently changed.
    """
    kind = type(value)
    if kind in _AS_IS:
        return value
    if kind is dict:
        return _plain_items(value)  # type: ignore[arg-type]  # kind says so
    if kind is list or kind is tuple:
        return [plain(item) for item in value]  # type: ignore[attr-defined]  # kind says so
    return _plain_rarer(value)


def _plain_items(values: Mapping[str, object]) -> dict[str, object]:
    return {name: item if type(item) in _AS_IS else plain(item) for name, item in values.items()}


def _plain_rarer(value: object) -> object:
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, dt.datetime):
        return moment_of(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Identified):
        return {"id": str(as_id(value))}
    if isinstance(value, Decimal):
        return _finite(value)
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return _plain_items(value)
    if isinstance(value, Set | Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(item) for item in value]
    raise Misuse(f"{type(value).__name__} cannot be written as JSON: {value!r}")


@contextmanager
def _sendable() -> Iterator[None]:
    """Refuse text with half a character in it (a lone surrogate), as broken input files have it."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise Misuse(f"{error.object!r} cannot be sent: there is half a character at {error.start}") from None


def _finite(value: N) -> N:
    if not math.isfinite(value):
        raise Misuse(f"{value} cannot be sent: it is not a finite number")
    return value


#: Every decimal number of so many digits survives the way through a binary float.
_DIGITS_OF_A_FLOAT: Final = 15
_AS_IS: Final = frozenset({str, int, bool, type(None)})
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder: msgspec.json.Decoder[object] = msgspec.json.Decoder(float_hook=read_number)
