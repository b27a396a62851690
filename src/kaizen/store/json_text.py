"""JSON text in columns, and dataclasses of the model from it.

msgspec writes the model's dataclasses and named tuples as they are, but cannot read types that refer to themselves
(`Json`, `Value`).
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from kaizen.model.numbers import read_number
from kaizen.model.values import Value, Values

T = TypeVar("T")
_Converter = Callable[[Any], Any]

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
from_text: Final[Callable[[str], Any]] = msgspec.json.Decoder(float_hook=read_number).decode


def to_text(value: object) -> str:
    """Write any value of the model as compact JSON."""
    return _encode(value).decode()


def tuples(value: Any) -> Value:
    """Turn the arrays of decoded JSON into tuples, as field values hold them."""
    if isinstance(value, list):
        return tuple(tuples(v) for v in value)
    if isinstance(value, dict):
        return {key: tuples(v) for key, v in value.items()}
    return cast(Value, value)


def present(values: Values) -> dict[str, Value]:
    """Leave out the empty values."""
    return {key: value for key, value in values.items() if value is not None}


def rebuild(kind: type[T], data: Any) -> T:
    """Build a dataclass of the model from its decoded JSON; fields that are missing keep their defaults."""
    return cast(T, _converter(kind)(data))


def rebuild_text(kind: type[T], text: str) -> T:
    """Build a dataclass of the model from its JSON text."""
    return rebuild(kind, from_text(text))


def _as_it_is(value: Any) -> Any:
    return value


def converter(hint: Any) -> _Converter | None:
    """Return what turns decoded JSON into a value of this type; None: it is one already."""
    found = _converter(hint)
    return None if found is _as_it_is else found


def _converter(hint: Any) -> _Converter:
    if isinstance(hint, type) and get_origin(hint) is None:
        return _of_class(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        return _of_tuple(arguments)
    if origin is frozenset:
        member = _converter(arguments[0])
        return lambda value: frozenset(member(v) for v in value)
    if origin in (Union, UnionType):
        return _of_union(tuple(a for a in arguments if a is not NoneType))
    if isinstance(origin, type) and issubclass(origin, Mapping) and _holds_tuples(arguments[1]):
        return tuples
    return _as_it_is


@cache
def _of_class(kind: type[Any]) -> _Converter:
    if issubclass(kind, Enum):
        return kind
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _of_named_tuple(kind)
    if not is_dataclass(kind):
        return _as_it_is
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind)]
    odd = [(name, convert) for name in names if (convert := converter(hints[name]))]

    def build(data: dict[str, Any]) -> Any:
        data = dict(data)
        for name, convert in odd:
            if name in data:
                data[name] = convert(data[name])
        return kind(**data)

    return build


def _of_named_tuple(kind: type[Any]) -> _Converter:
    members = [_converter(hint) for hint in get_type_hints(kind).values()]
    return lambda value: kind(*(convert(v) for convert, v in zip(members, value, strict=False)))


def _of_tuple(arguments: tuple[Any, ...]) -> _Converter:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        member = _converter(arguments[0])
        return tuple if member is _as_it_is else (lambda value: tuple(member(v) for v in value))
    members = [_converter(a) for a in arguments]
    return lambda value: tuple(convert(v) for convert, v in zip(members, value, strict=True))


def _of_union(kinds: tuple[Any, ...]) -> _Converter:
    if len(kinds) == 1:
        only = converter(kinds[0])
        return (lambda value: None if value is None else only(value)) if only else _as_it_is
    if not all(is_dataclass(kind) for kind in kinds):
        return _as_it_is
    # The dataclasses of a union are told apart by the names of their fields.
    by_names = {frozenset(f.name for f in fields(kind)): _of_class(kind) for kind in kinds}
    return lambda value: None if value is None else by_names[frozenset(value)](value)


def _holds_tuples(hint: Any) -> bool:
    return any(get_origin(a) is tuple for a in get_args(hint))
