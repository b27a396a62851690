"""The ids of the service: text on the wire, whatever the caller holds on the way in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias


class Id(str):
    """An id as the service writes it; made from text or a whole number."""

    __slots__ = ()

    def __new__(cls, value: str | int) -> Id:
        # True is an int in Python, and no id.
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise TypeError(f"an id is text or a whole number, not {type(value).__name__}")
        text = str(value).strip()
        # Without this, "get the record with no id" would quietly become "list them all".
        if not text:
            raise ValueError("an id cannot be empty")
        return super().__new__(cls, text)


class Identified:
    """Anything that knows its id: a record, a user, a rule. As a value it is written as {"id": ...}."""

    __slots__ = ()

    @property
    def id(self) -> Id | None:
        """The id; None for what was never saved."""
        raise AttributeError("id")


IdLike: TypeAlias = str | int | Identified | Mapping[str, object]


def as_id(value: IdLike) -> Id:
    """Take the id out of an id, a record, or a mapping with the key `id`."""
    if isinstance(value, Id):
        return value
    if isinstance(value, str | int):
        return Id(value)
    found = value.id if isinstance(value, Identified) else value.get("id")
    if isinstance(found, str | int):
        return Id(found)
    raise ValueError(f"this {type(value).__name__} has no id; was it saved?")
