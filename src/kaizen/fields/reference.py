"""Ids, and lookups to records and users: on the wire an object with an id, kept as the id."""

import re
from typing import Final

from kaizen.fields.flaw import NO_SUCH_ID, Flaw, Reader, expected
from kaizen.model.catalog import Field
from kaizen.model.values import Id, Json, Value

_ID: Final = re.compile(r"[0-9]{1,19}")
_LARGEST: Final = 2**63 - 1

_NO_OBJECT: Final = expected("jsonobject")
_NO_ARRAY: Final = expected("jsonarray")


def id_of(raw: Json) -> Id | None:
    """Turn an id from the wire, text or number, into a number; None if it is not an id."""
    if type(raw) is str:
        if not _ID.fullmatch(raw):
            return None
        raw = int(raw)
    if type(raw) is not int:
        return None
    return raw if 0 < raw <= _LARGEST else None


def referred_id(raw: Json) -> Id | None:
    """Read a reference, `{"id": ...}` or a bare id; None: it names nothing."""
    return id_of(raw.get("id") if isinstance(raw, dict) else raw)


def reference_reader(field: Field, *, bare: bool) -> Reader:
    """Make the reader of a lookup, owner or user field; `bare`: an id without its object will do.

    Whether anything has the id is for the records to say.
    """
    del field  # every lookup reads alike

    def read(raw: Json) -> Value | Flaw:
        if type(raw) is dict:
            raw = raw.get("id")
            if raw is None:
                return NO_SUCH_ID
        elif raw is None or raw == "":
            return None
        elif not bare or type(raw) is bool or not isinstance(raw, str | int):
            return _NO_OBJECT
        found = id_of(raw)
        return NO_SUCH_ID if found is None else found

    return read


def references_reader(field: Field) -> Reader:
    """Make the reader of a multi-select lookup: an array of `{<linking field>: {"id"}}` or of `{"id"}`."""

    def read(raw: Json) -> Value | Flaw:
        if not isinstance(raw, list):
            return None if raw is None or raw == "" else _NO_ARRAY
        chosen: dict[Value, None] = {}
        for index, item in enumerate(raw):
            if not isinstance(item, dict):
                return _NO_OBJECT.inside(f"[{index}]", field.api_name)
            if "_delete" in item:
                continue
            found = _linked_id(item)
            if found is None:
                return NO_SUCH_ID.inside(f"[{index}]", field.api_name)
            chosen[found] = None
        return tuple(chosen) or None

    return read


def reference_operand(raw: Json) -> Value | Flaw:
    """Take a criterion's `{id, name?}` or id."""
    if isinstance(raw, dict):
        raw = raw.get("id")
        if raw is None:
            return NO_SUCH_ID
    elif raw is None or raw == "":
        return None
    elif isinstance(raw, bool) or not isinstance(raw, str | int):
        return _NO_OBJECT
    found = id_of(raw)
    return NO_SUCH_ID if found is None else found


def _linked_id(item: dict[str, Json]) -> Id | None:
    """Find the target's id; beside the linking object, `id` is the id of the link."""
    for value in item.values():
        if isinstance(value, dict):
            return id_of(value.get("id"))
    return id_of(item.get("id"))
