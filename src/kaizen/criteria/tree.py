"""The criteria tree: comparisons and groups, with values that may depend on the day, the caller or the record."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from kaizen.model.values import Value
from kaizen.vocabulary.comparators import Comparator, GroupOperator
from kaizen.vocabulary.data_types import DataType

#: From the record's module through lookups to a field: ("Amount",) or ("Account_Name", "Industry").
Path: TypeAlias = tuple[str, ...]

#: The pseudo field under which the caller's user id is found.
CURRENT_USER: Path = ("$current_user",)

#: The pseudo field under which the id of the caller's role is found.
CURRENT_USER_ROLE: Path = ("$current_user_role",)


@dataclass(frozen=True, slots=True)
class SpecialValue:
    """A value that depends on the day: `${TODAY}`, `${LAST_N_DAYS:7}`, `${AGEINDAYS}+3`; resolved before use."""

    name: str  #: without `${}`: TODAY, THISWEEK, LAST_N_DAYS, AGEINDAYS, ...
    number: int | None = None


@dataclass(frozen=True, slots=True)
class FieldRef:
    """The value of another field of the same record (or CURRENT_USER)."""

    path: Path
    data_type: DataType | None = None  #: as it compares; None: as the field it is compared with


class UnresolvedTokenError(ValueError):
    """A value that depends on the day reached an evaluation; criteria.resolve comes first."""


Operand: TypeAlias = Value | SpecialValue | FieldRef


@dataclass(frozen=True, slots=True)
class Compare:
    """One field against one value.

    `value` is in the server's representation (see model.values). `between` and `not_between` hold a tuple of
    two, `in`, `not_in` and the include/exclude set a tuple. `empty` and `not_empty` hold None. `equal` and
    `not_equal` of a field with one value hold one, or a tuple of which any will do.
    An empty field satisfies every negated comparator (not_equal, not_in, not_contains, not_like, not_between,
    exclude_*) and no other, `empty` apart. Text is compared without case; `like` knows `%` at either end only.
    An empty operand (None, no text, no values) equals, begins, ends and precedes nothing, so it too satisfies the
    negated comparators only. What a kind of value has no comparator for, no value of it satisfies.

    A field with several values is a set: `equal` is the same set; `in`, `contains` and `include_any` ask for one
    element in common, `include_all` for all; the textual comparators for one element that has the form.
    `exclude_all` denies `include_any`, `exclude_any` denies `include_all`.

    A FieldRef stands for one value: behind comparators that say so (`takes_field`) and those that deny them, on
    fields with one value. A whole number compares with one that has a fraction.
    """

    path: Path
    comparator: Comparator
    value: Operand
    data_type: DataType  #: of the field, as it compares


@dataclass(frozen=True, slots=True)
class Group:
    """All (AND) or any (OR) of the members."""

    operator: GroupOperator
    members: tuple["Criteria", ...]


Criteria: TypeAlias = Compare | Group


#: What holds for every record, and what for none.
ALWAYS: Criteria = Group(GroupOperator.AND, ())
NEVER: Criteria = Group(GroupOperator.OR, ())

#: The token of a field_update trigger that any change satisfies.
ANY_VALUE = SpecialValue("ANYVALUE")


def leaves(criteria: Criteria) -> Iterator[Compare]:
    """Yield every comparison of a tree."""
    match criteria:
        case Compare():
            yield criteria
        case Group():
            for member in criteria.members:
                yield from leaves(member)


def paths(criteria: Criteria) -> frozenset[Path]:
    """Return the fields that a tree reads."""
    read = set()
    for leaf in leaves(criteria):
        read.add(leaf.path)
        if isinstance(leaf.value, FieldRef):
            read.add(leaf.value.path)
    return frozenset(read)


def key_of(path: Path) -> str:
    """Return the key of a path in flat values: `Account_Name.Industry`."""
    return ".".join(path)
