"""The ids of the service: text on the wire, whatever the caller holds on the way in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from kaizen.sdk.errors import Misuse
from kaizen.sdk.rows import told


class Id(str):
    """An id as the service writes it; made from text or a whole number."""

    __slots__ = ()

    def __new__(cls, value: str | int) -> Id:
        # True is an int in Python, and no id.
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise Misuse(f"an id must be text or a whole number, not {told(value)}")
        text = str(value).strip()
        # Without this, "get the record with no id" would quietly become "list them all".
        if not text:
            raise Misuse("an id cannot be empty")
        return super().__new__(cls, text)


class Identified:
    """Anything that knows its id: a record, a user, a rule. As a value it is written as {"id": ...}."""

    __slots__ = ()

    @property
    def id(self) -> Id:
        """The id; what was never saved has none, and raises."""
        raise AttributeError("id")


IdLike: TypeAlias = str | int | Identified | Mapping[str, object]


def as_id(value: IdLike) -> Id:
    """Take the id out of an id, a record, or a mapping with the key `id`; raises Misuse for anything else."""
    if isinstance(value, Id):
        return value
    if isinstance(value, str | int):
        return Id(value)
    found = value.get("id") if isinstance(value, Mapping) else getattr(value, "id", None)
    if isinstance(found, str | int) and isinstance(value, Identified | Mapping):
        return Id(found)
    if isinstance(value, Identified | Mapping):
        raise Misuse(f"this {type(value).__name__} has no id; was it saved?")
    raise Misuse(f"expected an id (text, a whole number, a record, or a mapping with `id`), not {told(value)}")
