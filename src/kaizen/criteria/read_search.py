"""Criteria of the search parameter: `((Last_Name:starts_with:M) and (Email:equals:m@example.com))`.

(reference: platform D.2)
"""

from collections.abc import Sequence
from typing import Final

from kaizen.criteria.field_paths import MOST_HOPS, Reference, find, target_of
from kaizen.criteria.tree import Compare, Criteria, Group
from kaizen.fields.choice import NONE_CHOSEN
from kaizen.fields.conversion import operand
from kaizen.fields.flaw import Flaw
from kaizen.fields.kinds import ValueKind, kind_of
from kaizen.fields.reference import id_of
from kaizen.fields.text import is_storable
from kaizen.model.catalog import Catalog, Module
from kaizen.model.problem import Problem, RequestRefusedError, expected_type
from kaizen.model.values import Json, Value
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator, GroupOperator
from kaizen.vocabulary.data_types import DataType

MOST_COMPARISONS: Final = 15
MOST_VALUES: Final = 100
#: Brackets inside brackets. Fifteen criteria joined two by two need fewer.
DEEPEST: Final = 20

_WORDS: Final = {
    "equals": Comparator.EQUAL,
    "not_equal": Comparator.NOT_EQUAL,
    "starts_with": Comparator.STARTS_WITH,
    "in": Comparator.IN,
    "between": Comparator.BETWEEN,
    "greater_than": Comparator.GREATER_THAN,
    "greater_equal": Comparator.GREATER_EQUAL,
    "less_than": Comparator.LESS_THAN,
    "less_equal": Comparator.LESS_EQUAL,
}
_EQUALITY: Final = frozenset({"equals", "not_equal"})
_RANGE: Final = _EQUALITY | {"in", "between", "greater_than", "greater_equal", "less_than", "less_equal"}
_OPERATORS: Final[dict[ValueKind, frozenset[str]]] = {
    ValueKind.TEXT: _EQUALITY | {"starts_with", "in"},
    ValueKind.TEXTS: _EQUALITY | {"starts_with", "in"},
    ValueKind.WHOLE: _RANGE,
    ValueKind.REAL: _RANGE,
    ValueKind.DATE: _RANGE,
    ValueKind.DATETIME: _RANGE,
    ValueKind.BOOLEAN: _EQUALITY,
    ValueKind.REFERENCE: _EQUALITY | {"in"},
    ValueKind.REFERENCES: frozenset(),
    ValueKind.OTHER: frozenset(),
}
#: Text kinds that know less, or more exactly, than text does.
_OPERATORS_OF_TYPE: Final = {
    DataType.TEXTAREA: _EQUALITY | {"starts_with"},
    DataType.PICKLIST: _EQUALITY | {"in"},
    DataType.AUTONUMBER: _EQUALITY | {"in"},
}
#: The word for an empty field.
_NOTHING: Final = "null"
_PICK_LISTS: Final = frozenset({DataType.PICKLIST, DataType.MULTISELECTPICKLIST})
_NULL_TESTS: Final = {Comparator.EQUAL: Comparator.EMPTY, Comparator.NOT_EQUAL: Comparator.NOT_EMPTY}
#: Text in which `equals` finds a part: searching `ABC` also finds `ABC Inc`.
_FOUND_BY_PART: Final = frozenset({DataType.TEXT, DataType.TEXTAREA})

#: Why a criterion is refused, in the service's words (docs: getRecordCount examples).
NOT_AVAILABLE: Final = "the field is not available for search"
_WRONG_OPERATOR: Final = "invalid operator found"
_NOT_OF_TYPE: Final = "The operator is not valid for the field type"
_WRONG_VALUE: Final = "invalid value for search"


def read_search(text: str, module: Module, catalog: Catalog) -> Criteria | Problem:
    """Read the criteria of a search in a module's records."""
    try:
        return _Reading(text, module, catalog).criteria()
    except RequestRefusedError as refused:
        return refused.problem


class _Reading:
    def __init__(self, text: str, module: Module, catalog: Catalog) -> None:
        self._text, self._at = text, 0
        self._module, self._catalog = module, catalog
        self._comparisons = 0

    def criteria(self) -> Criteria:
        if not is_storable(self._text):
            raise _refused({"param_name": "criteria"})
        self._skip_spaces()
        # The brackets around all of it may be missing, and a lone comparison needs none.
        read = self._joined(DEEPEST, end="") if self._next() == "(" else self._comparison(self._rest())
        self._skip_spaces()
        if self._at != len(self._text):
            raise _refused({"param_name": "criteria"})
        return read

    def _joined(self, levels: int, end: str) -> Criteria:
        """Read members with `and` and `or` between them, from left to right, up to a bracket (or to the end)."""
        members, joined_by = [self._member(levels)], GroupOperator.AND
        while True:
            self._skip_spaces()
            if self._next() == end:
                return members[0] if len(members) == 1 else Group(joined_by, tuple(members))
            operator = self._operator()
            if len(members) > 1 and operator is not joined_by:
                members = [Group(joined_by, tuple(members))]
            members.append(self._member(levels))
            joined_by = operator

    def _member(self, levels: int) -> Criteria:
        """Read `(...)`: a comparison, or members again."""
        self._skip_spaces()
        if self._next() != "(" or not levels:
            raise _refused({"param_name": "criteria"})
        self._at += 1
        self._skip_spaces()
        if self._next() != "(":
            return self._comparison(self._up_to_bracket())
        read = self._joined(levels - 1, end=")")
        self._at += 1
        return read

    def _operator(self) -> GroupOperator:
        for operator in GroupOperator:
            if self._text[self._at : self._at + len(operator)].upper() == operator:
                self._at += len(operator)
                return operator
        raise _refused({"param_name": "criteria"})

    def _up_to_bracket(self) -> str:
        """Take what stands before the bracket that closes this one; brackets that close again belong to it."""
        start, open_brackets = self._at, 1
        while self._at < len(self._text):
            match self._text[self._at]:
                case "\\":
                    self._at += 1
                case "(":
                    open_brackets += 1
                case ")":
                    open_brackets -= 1
                case _:
                    pass
            self._at += 1
            if not open_brackets:
                return self._text[start : self._at - 1]
        raise _refused({"param_name": "criteria"})

    def _rest(self) -> str:
        rest, self._at = self._text[self._at :], len(self._text)
        return rest

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip_spaces(self) -> None:
        while self._next().isspace():
            self._at += 1

    # -- one comparison

    def _comparison(self, text: str) -> Criteria:
        self._comparisons += 1
        if self._comparisons > MOST_COMPARISONS:
            raise RequestRefusedError(Problem(Code.CRITERIA_LIMIT_EXCEEDED))
        name, separator, rest = text.partition(":")
        word, separator, said = rest.partition(":")
        if not separator:
            raise _refused({"param_name": "criteria"})
        name, word = name.strip(), word.strip()
        names = tuple(name.split("."))
        reference = find(self._catalog, self._module, names) if len(names) <= MOST_HOPS + 1 else None
        if reference is None:
            raise _refused({"api_name": name, "reason": NOT_AVAILABLE}, NOT_AVAILABLE)
        kind = kind_of(reference.data_type)
        if word not in _OPERATORS_OF_TYPE.get(reference.data_type, _OPERATORS[kind]):
            raise _refused({"api_name": name, "operator": word, "reason": _NOT_OF_TYPE}, _WRONG_OPERATOR)
        return self._compare(reference, kind, _WORDS[word], said)

    def _compare(self, reference: Reference, kind: ValueKind, comparator: Comparator, said: str) -> Criteria:
        if comparator in _NULL_TESTS and _is_nothing(reference, said):
            return Compare(reference.path, _NULL_TESTS[comparator], None, reference.data_type)
        if kind is ValueKind.REFERENCE and (named := self._by_name(reference, comparator, said)) is not None:
            return named
        if comparator is Comparator.IN:
            return self._among(reference, _split(said))
        value: Value
        if comparator is Comparator.BETWEEN:
            value = self._bounds(reference, _split(said))
        else:
            value = self._one(reference, _unescaped(said))
            value = (value,) if kind is ValueKind.TEXTS else value
        if comparator is Comparator.EQUAL and reference.data_type in _FOUND_BY_PART:
            comparator = Comparator.HAS_WORDS
        return Compare(reference.path, comparator, value, reference.data_type)

    def _by_name(self, reference: Reference, comparator: Comparator, said: str) -> Criteria | None:
        """Read a lookup that is compared with names instead of ids: `Account_Name:in:Zylker,Zoho`.

        None: no value is a name, or what the lookup holds has none.
        """
        target = target_of(reference.field, self._catalog)
        parts = _split(said) if comparator is Comparator.IN else [_unescaped(said)]
        names = [part.strip() for part in parts if id_of(part.strip()) is None and not _is_nothing(reference, part)]
        if target is None or not any(names):
            return None
        name = find(self._catalog, self._module, (*reference.path, target.display_field))
        if name is None or kind_of(name.data_type) is not ValueKind.TEXT:
            return None
        if comparator is not Comparator.IN:
            return Compare(name.path, comparator, names[0], name.data_type)
        named = Compare(name.path, comparator, tuple(names), name.data_type)
        rest = [part for part in parts if part.strip() not in names]
        return Group(GroupOperator.OR, (named, self._among(reference, rest))) if rest else named

    def _among(self, reference: Reference, parts: Sequence[str]) -> Criteria:
        """Read the values of an `in`; one of them may be nothing."""
        if len(parts) > MOST_VALUES:
            name = ".".join(reference.path)
            raise _refused({"api_name": name}, f'Only {MOST_VALUES} values are allowed in "IN" criteria')
        path, data_type = reference.path, reference.data_type
        values = tuple(self._one(reference, part) for part in parts if not _is_nothing(reference, part))
        among = Compare(path, Comparator.IN, values, data_type)
        if len(values) == len(parts):
            return among
        empty = Compare(path, Comparator.EMPTY, None, data_type)
        return Group(GroupOperator.OR, (among, empty)) if values else empty

    def _bounds(self, reference: Reference, parts: Sequence[str]) -> tuple[Value, ...]:
        if len(parts) != 2:
            details: dict[str, Json] = {"api_name": reference.path[-1], "operator": "between", "reason": _WRONG_VALUE}
            raise _refused(details, _WRONG_VALUE)
        return tuple(self._one(reference, part) for part in parts)

    def _one(self, reference: Reference, text: str) -> Value:
        value = operand(reference.field, text.strip())
        if isinstance(value, Flaw) or value is None:
            wanted = reference.data_type
            details: dict[str, Json] = {**expected_type(wanted.value), "reason": _WRONG_VALUE}
            # The two rows of the service differ in the message of a date and of everything else.
            message = "" if wanted is DataType.DATE else _WRONG_VALUE
            raise _refused({"api_name": reference.path[-1], **details, "value": text.strip()}, message)
        return value


def _is_nothing(reference: Reference, said: str) -> bool:
    """Return whether a value stands for an empty field; pick lists have a second word for it."""
    words = (_NOTHING, NONE_CHOSEN) if reference.data_type in _PICK_LISTS else (_NOTHING,)
    return said.strip() in words


def _refused(details: dict[str, Json], message: str = "") -> RequestRefusedError:
    return RequestRefusedError(Problem(Code.INVALID_QUERY, details, message))


def _split(text: str) -> list[str]:
    """Split a list of values at its commas; a backslash makes one belong to the value."""
    parts, start, at = [], 0, 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == ",":
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [_unescaped(part) for part in (*parts, text[start:])]


def _unescaped(text: str) -> str:
    """Take away the backslashes before brackets, commas and backslashes; others belong to the value."""
    if "\\" not in text:
        return text
    plain, at = [], 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in ("(", ")", ",", "\\"):
            at += 1
        plain.append(text[at])
        at += 1
    return "".join(plain)
