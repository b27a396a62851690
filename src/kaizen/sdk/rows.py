"""What a caller hands in as rows: what is none is told before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from kaizen.sdk.errors import Misuse

T = TypeVar("T")


def as_row(given: object) -> dict[str, Any]:
    """Take a row as a new dict; raises Misuse for what is no mapping."""
    if isinstance(given, Mapping):
        # dict(): a record among the values is a lookup, but a record in this place is a row.
        return dict(given)
    hint = "; to write many rows, use create_many, update_many or upsert" if isinstance(given, list | tuple) else ""
    raise Misuse(f"expected a mapping of names to values, not {told(given)}{hint}")


def each_of(given: Iterable[T]) -> Iterator[T]:
    """Go through several rows or ids; raises Misuse for a single one, of which Python would go through the parts."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise Misuse(f"expected a list or another iterable, not {told(given)}")
    return iter(given)


def told(given: object) -> str:
    """Describe a value for a message, without showing all of it."""
    if given is None:
        return "None"
    text = repr(given)
    return f"{type(given).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
