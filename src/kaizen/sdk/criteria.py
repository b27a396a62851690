"""Criteria written in Python, for rules and for searches: `F("Amount") >= 5000`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final

from kaizen.sdk.errors import Misuse
from kaizen.sdk.ids import Identified, as_id
from kaizen.sdk.wire import text_of

#: What stands for "no value" and "any value" in a rule.
EMPTY: Final = "${EMPTY}"
NOT_EMPTY: Final = "${NOTEMPTY}"
ANY_VALUE: Final = "${ANYVALUE}"

#: The comparators that the search has, under its names for them (reference: platform D.2).
_SEARCH: Final = {
    "equal": "equals",
    "not_equal": "not_equal",
    "starts_with": "starts_with",
    "in": "in",
    "between": "between",
    "greater_than": "greater_than",
    "greater_equal": "greater_equal",
    "less_than": "less_than",
    "less_equal": "less_equal",
}


#: How the search says "no value", and where it does.
_NULL: Final = "null"
_READ_NULL: Final = ("equals", "not_equal", "in")


class Criteria:
    """A comparison, or a group of them; `&` and `|` join two."""

    __slots__ = ()

    def __and__(self, other: Criteria) -> Criteria:
        return _join("AND", self, other)

    def __or__(self, other: Criteria) -> Criteria:
        return _join("OR", self, other)

    def __bool__(self) -> bool:
        # `a and b` would quietly throw one of them away.
        raise TypeError("join criteria with & and |, not with `and` and `or`")

    def to_rule(self) -> dict[str, Any]:
        """Write it as rules and views have it."""
        raise TypeError(f"{type(self).__name__} cannot be used as criteria by itself")

    def to_search(self) -> str:
        """Write it as the search has it, values escaped; raises ValueError for what a search cannot do."""
        raise TypeError(f"{type(self).__name__} cannot be used as criteria by itself")


@dataclass(frozen=True, slots=True)
class Comparison(Criteria):
    """One field against one value, or several."""

    field: str
    comparator: str
    value: object

    def to_rule(self) -> dict[str, Any]:
        """Write it as rules and views have it."""
        return {"comparator": self.comparator, "field": {"api_name": self.field}, "value": _rule_value(self.value)}

    def to_search(self) -> str:
        """Write it as the search has it."""
        name = _SEARCH.get(self.comparator)
        if name is None:
            raise Misuse(f"a search has no comparator {self.comparator!r}; it has {', '.join(_SEARCH)}")
        if self.value == NOT_EMPTY:
            return f"({self.field}:not_equal:{_NULL})"
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        if _NULL in values and name in _READ_NULL:
            raise Misuse(f"a search reads {_NULL!r} as no value; starts_with({_NULL!r}) finds the text")
        return f"({self.field}:{name}:{','.join(_escaped(value) for value in values)})"


@dataclass(frozen=True, slots=True)
class Group(Criteria):
    """Several criteria, all of them (AND) or any of them (OR)."""

    operator: str
    members: tuple[Criteria, ...]

    def to_rule(self) -> dict[str, Any]:
        """Write it as rules and views have it."""
        return {"group_operator": self.operator, "group": [member.to_rule() for member in self.members]}

    def to_search(self) -> str:
        """Write it as the search has it."""
        return f"({self.operator.lower().join(member.to_search() for member in self.members)})"


class Field:
    """A field by its API name; comparing it makes criteria."""

    __slots__ = ("api_name",)
    __hash__ = None  # type: ignore[assignment]  # its == makes criteria, so it cannot be looked up by

    def __init__(self, api_name: str) -> None:
        self.api_name = api_name

    def __eq__(self, value: object) -> Comparison:  # type: ignore[override]  # the point of it
        return Comparison(self.api_name, "equal", EMPTY if value is None else value)

    def __ne__(self, value: object) -> Comparison:  # type: ignore[override]  # as above
        return Comparison(self.api_name, "equal", NOT_EMPTY) if value is None else self._compare("not_equal", value)

    def __lt__(self, value: object) -> Comparison:
        return self._compare("less_than", value)

    def __le__(self, value: object) -> Comparison:
        return self._compare("less_equal", value)

    def __gt__(self, value: object) -> Comparison:
        return self._compare("greater_than", value)

    def __ge__(self, value: object) -> Comparison:
        return self._compare("greater_equal", value)

    def between(self, low: object, high: object) -> Comparison:
        """From `low` to `high`, both included."""
        return self._compare("between", (low, high))

    def not_between(self, low: object, high: object) -> Comparison:
        """Below `low` or above `high`."""
        return self._compare("not_between", (low, high))

    def in_(self, *values: object) -> Comparison:
        """One of the values."""
        return self._compare("in", values)

    def not_in(self, *values: object) -> Comparison:
        """None of the values."""
        return self._compare("not_in", values)

    def contains(self, text: str) -> Comparison:
        """The text anywhere in it."""
        return self._compare("contains", text)

    def not_contains(self, text: str) -> Comparison:
        """The text nowhere in it."""
        return self._compare("not_contains", text)

    def starts_with(self, text: str) -> Comparison:
        """The text at its beginning."""
        return self._compare("starts_with", text)

    def ends_with(self, text: str) -> Comparison:
        """The text at its end."""
        return self._compare("ends_with", text)

    def changes(self) -> Comparison:
        """Any change of the field; for a rule that waits for a field."""
        return self._compare("equal", ANY_VALUE)

    def is_empty(self) -> Comparison:
        """No value."""
        return self._compare("equal", EMPTY)

    def is_not_empty(self) -> Comparison:
        """Some value."""
        return self._compare("equal", NOT_EMPTY)

    def __str__(self) -> str:
        return self.api_name

    def __repr__(self) -> str:
        return f"F({self.api_name!r})"

    def _compare(self, comparator: str, value: object) -> Comparison:
        return Comparison(self.api_name, comparator, value)


F = Field


def _join(operator: str, *parts: Criteria) -> Group:
    # a & b & c is one group of three: the service limits how deep groups go.
    members: list[Criteria] = []
    for part in parts:
        members.extend(part.members if isinstance(part, Group) and part.operator == operator else [part])
    return Group(operator, tuple(members))


def _rule_value(value: object) -> object:
    if isinstance(value, tuple):
        return [_rule_value(item) for item in value]
    if isinstance(value, Identified):
        return {"id": str(as_id(value))}
    if isinstance(value, dt.date):
        return text_of(value)
    return value


def _escaped(value: object) -> str:
    if value is None or value == EMPTY:
        return _NULL
    text = str(as_id(value)) if isinstance(value, Identified) else text_of(value)
    # A backslash is doubled only where it would otherwise escape what follows, or the end.
    return re.sub(r"[(),]|\\(?=[(),\\]|$)", lambda found: f"\\{found[0]}", text)
