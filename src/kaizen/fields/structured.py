"""Values with parts: subform rows, files, taxes."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from kaizen.fields.flaw import NO_SUCH_ID, Flaw, Reader, expected
from kaizen.fields.reference import id_of
from kaizen.fields.text import is_storable
from kaizen.model.numbers import exact
from kaizen.model.values import Id, Json, Value
from kaizen.vocabulary.codes import Code

#: Rows of one subform of one record (reference: platform C.2).
MOST_ROWS: Final = 200

_DEEPEST: Final = 10
_NO_ARRAY: Final = expected("jsonarray")
_NO_OBJECT: Final = expected("jsonobject")
_TOO_MANY_ROWS: Final = Flaw({"limit": MOST_ROWS}, code=Code.LIMIT_EXCEEDED)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a subform as a client sent it."""

    id: Id | None  #: an existing row
    removed: bool  #: the client asked to take the row away
    values: Mapping[str, Value]


Rows: TypeAlias = tuple[Row, ...]


def read_array(raw: Json) -> Value | Flaw:
    """Read a list of anything: what is inside keeps its shape, and lists become tuples."""
    return _read(raw, list, _NO_ARRAY)


def read_object(raw: Json) -> Value | Flaw:
    """Read an object of anything."""
    return _read(raw, dict, _NO_OBJECT)


def _read(raw: Json, wanted: type[Json], wrong: Flaw) -> Value | Flaw:
    if raw is None or raw == "":
        return None
    if not isinstance(raw, wanted):
        return wrong
    try:
        return _frozen(raw, _DEEPEST)
    except ValueError:
        return wrong


def read_rows(readers: Mapping[str, Reader], raw: Json) -> Rows | Flaw:
    """Read a subform's rows with the readers of its row module; unknown and read-only keys are left out.

    The trail of a flaw leads to the bad part: `[1].Quantity`.
    """
    if raw is None:
        return ()
    if not isinstance(raw, list):
        return _NO_ARRAY
    if len(raw) > MOST_ROWS:
        return _TOO_MANY_ROWS
    rows: list[Row] = []
    for index, item in enumerate(raw):
        if not isinstance(item, dict):
            return _NO_OBJECT.inside(f"[{index}]", "")
        row_id = None
        if item.get("id") is not None:
            row_id = id_of(item["id"])
            if row_id is None:
                return NO_SUCH_ID.inside(f"[{index}].id", "id")
        values: dict[str, Value] = {}
        for name, part in item.items():
            reader = readers.get(name)
            if reader is None:
                continue
            value = reader(part)
            if isinstance(value, Flaw):
                return value.inside(f"[{index}].{name}", name)
            values[name] = value
        rows.append(Row(row_id, "_delete" in item, values))
    return tuple(rows)


def write_structured(value: Value) -> Json:
    """Show a structured value: its tuples are lists again."""
    if isinstance(value, tuple):
        return [write_structured(item) for item in value]
    if isinstance(value, Mapping):
        return {key: write_structured(item) for key, item in value.items()}
    return value


def _frozen(raw: Json, levels: int) -> Value:
    """Turn lists into tuples; raise ValueError for what is too deep or cannot be stored."""
    if isinstance(raw, str):
        if not is_storable(raw):
            raise ValueError
        return raw
    if isinstance(raw, list | dict) and not levels:
        raise ValueError
    if isinstance(raw, list):
        return tuple(_frozen(item, levels - 1) for item in raw) or None
    if isinstance(raw, dict):
        if not all(map(is_storable, raw)):
            raise ValueError
        return {key: _frozen(item, levels - 1) for key, item in raw.items()}
    if raw is not None and not isinstance(raw, int | Decimal):
        raise ValueError  # unreadable
    value = exact(raw) if isinstance(raw, Decimal) else raw
    if value is not None and not -(2**63) <= value < 2**63:
        raise ValueError
    return value
