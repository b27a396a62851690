"""JSON with values in it that nothing can be kept of: everything around them is read all the same."""

import json
from collections.abc import Sequence
from typing import Any, Final

from kaizen.fields.text import is_storable
from kaizen.model.numbers import read_decimal
from kaizen.model.values import Json, Unreadable

#: Digits of a whole number; Python itself reads 4,300 at most.
_MOST_DIGITS: Final = 400


def decode_leniently(raw: bytes) -> Json:
    """Decode JSON, with `Unreadable` in the place of each value that cannot be kept.

    Such are text with half a surrogate pair, with U+0000 or with bytes that are not UTF-8, objects with such a key, and
    numbers of absurd size. Raise ValueError for what is not JSON, RecursionError for what is nested too
    deeply.
    """
    found: Json = _checked(_DECODER.decode(raw.decode("utf-8", "surrogateescape")))
    return found


def _checked(value: Any) -> Any:
    if isinstance(value, str):
        return value if is_storable(value) else Unreadable(value)
    if isinstance(value, list):
        return [_checked(item) for item in value]
    if isinstance(value, dict):
        return {key: _checked(item) for key, item in value.items()}
    return value


def _object(pairs: Sequence[tuple[str, Any]]) -> Any:
    bad = next((key for key, _ in pairs if not is_storable(key)), None)
    return dict(pairs) if bad is None else Unreadable(bad)


def _decimal(text: str) -> Any:
    try:
        return read_decimal(text)
    except ValueError:
        return Unreadable(text)


def _whole(text: str) -> Any:
    return int(text) if len(text) <= _MOST_DIGITS else Unreadable(text)


def _no_json(text: str) -> Any:
    raise ValueError(text)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_decimal, parse_int=_whole, parse_constant=_no_json
)
