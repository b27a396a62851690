"""Rows as a caller hands them in: invalid ones are refused before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from kaizen.sdk.errors import Misuse

T = TypeVar("T")


def as_row(given: object) -> dict[str, Any]:
    """Return a row as a new dict; raises Misuse for anything but a mapping."""
    if isinstance(given, Mapping):
        # dict(): a record among the values is a lookup, but a record in this place is a row.
        return dict(given)
    hint = "; to write many rows, use create_many, update_many or upsert" if isinstance(given, list | tuple) else ""
    raise Misuse(f"expected a mapping of names to values, not {told(given)}{hint}")


def each_of(given: Iterable[T]) -> Iterator[T]:
    """Iterate over rows or ids; raises Misuse for a single one, whose parts Python would iterate over."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise Misuse(f"expected a list or another iterable, not {told(given)}")
    return iter(given)


def told(given: object) -> str:
    """Describe a value for a message, without showing all of it."""
    if given is None:
        return "None"
    text = repr(given)
    return f"{type(given).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
