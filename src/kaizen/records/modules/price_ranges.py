"""The price ranges of a price book."""

from collections.abc import Mapping
from typing import Final

from kaizen.fields.flaw import NO_SUCH_ID, Flaw, expected
from kaizen.fields.reference import id_of
from kaizen.model.numbers import is_number, rounded
from kaizen.model.values import Json, Value
from kaizen.records.modules.read_objects import read_objects
from kaizen.vocabulary.codes import Code

#: What every range needs (reference: platform C.1, system-mandatory fields).
_NEEDED: Final = ("from_range", "to_range", "discount")
_NUMBERS: Final = (*_NEEDED, "unit_price")
_LARGEST: Final = 10**16
_PLACES: Final = 9
_MOST: Final = 200


def read_pricing(raw: Json) -> Value | Flaw:
    """Take `[{from_range, to_range, discount}]`."""
    return read_objects(raw, _range, Flaw({"limit": _MOST}, code=Code.LIMIT_EXCEEDED), most=_MOST)


def _range(item: Mapping[str, Json]) -> dict[str, Value] | Flaw:
    kept: dict[str, Value] = {}
    for name in _NUMBERS:
        value = item.get(name)
        if value is None:
            if name in _NEEDED:
                return Flaw(code=Code.MANDATORY_NOT_FOUND).inside(f".{name}", name)
            continue
        if not is_number(value) or not -_LARGEST < value < _LARGEST:
            return expected("double").inside(f".{name}", name)
        kept[name] = rounded(value, _PLACES)
    if item.get("id") is not None:
        row_id = id_of(item["id"])
        if row_id is None:
            return NO_SUCH_ID.inside(".id", "id")
        kept["id"] = row_id
    return kept
