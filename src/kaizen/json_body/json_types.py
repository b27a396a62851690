"""JSON values narrowed to what the definition of a body asks for: type, length, closed sets."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, TypeVar

from kaizen.fields.reference import id_of
from kaizen.fields.text import is_storable
from kaizen.json_body.errors import every, invalid, missing, wrong_type
from kaizen.json_body.json_path import JsonPath
from kaizen.model.values import Id, Json

T = TypeVar("T")

#: Of a whole number that is given as text, with its sign; nothing here counts farther.
_LONGEST_NUMBER: Final = 19


def mapping(raw: object, place: JsonPath) -> Mapping[str, Json]:
    """Take a JSON object."""
    if not isinstance(raw, dict):
        raise wrong_type(place, "jsonobject")
    return raw


def sequence(raw: object, place: JsonPath) -> Sequence[Json]:
    """Take a JSON array."""
    if not isinstance(raw, list):
        raise wrong_type(place, "jsonarray")
    return raw


def each(elements: Sequence[Json], place: JsonPath, read: Callable[[Json, JsonPath], T]) -> tuple[T, ...]:
    """Read every element of a list; `place` is that of the list."""
    return every(enumerate(elements), lambda element: read(element[1], place / element[0]), place.problems)


def text(raw: object, place: JsonPath, *, longest: int = 0, too_long: str | None = None) -> str:
    """Take a text of at most `longest` characters (0: any length)."""
    if not isinstance(raw, str) or not is_storable(raw):
        raise wrong_type(place, "text")
    if longest and len(raw) > longest:
        raise invalid(place, place.wording.too_long if too_long is None else too_long, maximum_length=longest)
    return raw


def name(raw: object, place: JsonPath, *, longest: int, too_long: str | None = None) -> str:
    """Take the name of an entity: a text that is not blank and holds no control characters, without outer spaces."""
    payload = None if raw is None else text(raw, place, longest=longest, too_long=too_long).strip()
    if not payload:
        raise missing(place)
    if not payload.isprintable():
        raise invalid(place, "Special characters found")
    return payload


def boolean(raw: object, place: JsonPath) -> bool:
    """Take true or false."""
    if not isinstance(raw, bool):
        raise wrong_type(place, "boolean")
    return raw


def whole(raw: object, place: JsonPath) -> int:
    """Take a whole number, also as text (the service's samples show both)."""
    if isinstance(raw, str):
        digits = raw.removeprefix("-")
        if len(raw) <= _LONGEST_NUMBER and digits.isascii() and digits.isdecimal():
            return int(raw)
    # True is an int in Python but not on the wire.
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise wrong_type(place, "integer")
    return raw


def one_of(raw: object, place: JsonPath, supported: Collection[str], message: str | None = None) -> str:
    """Take a text of a closed set."""
    payload = text(raw, place)
    if payload not in supported:
        wording = place.wording.not_listed if message is None else message
        raise invalid(place, wording, supported_values=list(supported))
    return payload


def bigint(raw: object, place: JsonPath, *, longest: int = 19) -> Id | None:
    """Take an id that must look like one: digits, at most so many; None when no entity can have it."""
    if isinstance(raw, str):
        if not (raw.isascii() and raw.isdecimal()):
            raise wrong_type(place, "bigint")
        if len(raw) > longest:
            raise invalid(place, place.wording.too_long, maximum_length=longest)
    return identifier(raw, place)


def identifier(raw: object, place: JsonPath) -> Id | None:
    """Take an id, as decimal text or number; None when no entity can have it."""
    number = id_of(raw) if isinstance(raw, str | int) else None
    if number is None and not isinstance(raw, str):
        raise wrong_type(place, "bigint")
    return number
