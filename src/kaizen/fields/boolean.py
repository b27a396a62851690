"""True and false."""

from typing import Final

from kaizen.fields.flaw import Flaw, expected
from kaizen.model.values import Json, Value

_NO_BOOLEAN: Final = expected("boolean")


def read_boolean(raw: Json) -> Value | Flaw:
    """Take true or false; nothing is false, because a boolean is never empty (reference: platform D.1)."""
    if raw is None:
        return False
    return raw if isinstance(raw, bool) else _NO_BOOLEAN


def boolean_operand(raw: Json) -> Value | Flaw:
    """Take a criterion's true or false, which may be text."""
    if isinstance(raw, str):
        return {"true": True, "false": False}.get(raw.lower(), _NO_BOOLEAN)
    return raw if isinstance(raw, bool) or raw is None else _NO_BOOLEAN
