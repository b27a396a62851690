"""Fields that are lists of objects: participants of an event, price ranges of a price book."""

from collections.abc import Callable, Mapping

from kaizen.fields.flaw import Flaw, expected
from kaizen.model.values import Json, Value


def read_objects(
    raw: Json, read_one: Callable[[Mapping[str, Json]], Value | Flaw], too_many: Flaw, *, most: int
) -> Value | Flaw:
    """Read a list of at most so many objects; an empty list is no value. A flaw names the element it is in."""
    if raw is None:
        return None
    if not isinstance(raw, list):
        return expected("jsonarray")
    if len(raw) > most:
        return too_many
    found: list[Value] = []
    for index, item in enumerate(raw):
        one = read_one(item) if isinstance(item, dict) else expected("jsonobject")
        if isinstance(one, Flaw):
            return one.inside(f"[{index}]", "")
        found.append(one)
    return tuple(found) or None
