"""JSON values narrowed to what the definition of a payload asks for: type, length, closed sets."""

from collections.abc import Collection, Mapping, Sequence

from kaizen.automation.payload.reading.errors import REQUIRED, WRONG_DATA, invalid, missing, wrong_type
from kaizen.automation.payload.reading.json_path import JsonPath
from kaizen.fields.reference import id_of
from kaizen.fields.text import is_storable
from kaizen.model.values import Id, Json


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


def text(raw: object, place: JsonPath, *, longest: int = 0, too_long: str = WRONG_DATA) -> str:
    """Take a text of at most `longest` characters (0: any length)."""
    if not isinstance(raw, str) or not is_storable(raw):
        raise wrong_type(place, "text")
    if longest and len(raw) > longest:
        raise invalid(place, too_long, maximum_length=longest)
    return raw


def name(raw: object, place: JsonPath, *, longest: int, too_long: str = WRONG_DATA, none_given: str = REQUIRED) -> str:
    """Take the name of an entity: a text that is not blank and holds no control characters, without outer spaces."""
    payload = None if raw is None else text(raw, place, longest=longest, too_long=too_long).strip()
    if not payload:
        raise missing(place, none_given)
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
    if isinstance(raw, str) and len(raw) < 20 and raw.removeprefix("-").isascii() and raw.removeprefix("-").isdigit():
        return int(raw)
    # True is an int in Python but not on the wire.
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise wrong_type(place, "integer")
    return raw


def one_of(raw: object, place: JsonPath, supported: Collection[str], message: str = WRONG_DATA) -> str:
    """Take a text of a closed set."""
    payload = text(raw, place)
    if payload not in supported:
        raise invalid(place, message, supported_values=list(supported))
    return payload


def identifier(raw: object, place: JsonPath) -> Id | None:
    """Take an id, as decimal text or number; None when no entity can have it."""
    number = id_of(raw) if isinstance(raw, str | int) else None
    if number is None and not isinstance(raw, str):
        raise wrong_type(place, "bigint")
    return number
