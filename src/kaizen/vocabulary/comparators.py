"""The comparators of criteria, spelled as the rules and views API spells them."""

from enum import StrEnum
from typing import Final


class Comparator(StrEnum):
    """How a criterion compares a field with a value."""

    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    LIKE = "like"
    NOT_LIKE = "not_like"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    LESS_THAN = "less_than"
    LESS_EQUAL = "less_equal"
    GREATER_THAN = "greater_than"
    GREATER_EQUAL = "greater_equal"
    BETWEEN = "between"
    NOT_BETWEEN = "not_between"
    IN = "in"
    NOT_IN = "not_in"
    INCLUDE_ALL = "include_all"
    INCLUDE_ANY = "include_any"
    EXCLUDE_ALL = "exclude_all"
    EXCLUDE_ANY = "exclude_any"
    #: Not on the wire as comparators: `${EMPTY}` and `${NOTEMPTY}` are values there.
    EMPTY = "empty"
    NOT_EMPTY = "not_empty"


class GroupOperator(StrEnum):
    """How a group joins its members."""

    AND = "AND"
    OR = "OR"


ORDERED: Final = frozenset(
    {
        Comparator.LESS_THAN,
        Comparator.LESS_EQUAL,
        Comparator.GREATER_THAN,
        Comparator.GREATER_EQUAL,
        Comparator.BETWEEN,
        Comparator.NOT_BETWEEN,
    }
)
TEXTUAL: Final = frozenset(
    {
        Comparator.LIKE,
        Comparator.NOT_LIKE,
        Comparator.STARTS_WITH,
        Comparator.ENDS_WITH,
        Comparator.CONTAINS,
        Comparator.NOT_CONTAINS,
    }
)

#: What each negated comparator denies: it holds exactly where the other does not, so also for an empty field.
DENIES: Final = {
    Comparator.NOT_EQUAL: Comparator.EQUAL,
    Comparator.NOT_LIKE: Comparator.LIKE,
    Comparator.NOT_CONTAINS: Comparator.CONTAINS,
    Comparator.NOT_BETWEEN: Comparator.BETWEEN,
    Comparator.NOT_IN: Comparator.IN,
    Comparator.EXCLUDE_ALL: Comparator.INCLUDE_ANY,
    Comparator.EXCLUDE_ANY: Comparator.INCLUDE_ALL,
    Comparator.NOT_EMPTY: Comparator.EMPTY,
}

#: What the value of another field can stand behind; the others take lists or patterns.
REFERABLE: Final = frozenset(
    {
        Comparator.EQUAL,
        Comparator.IN,
        Comparator.LESS_THAN,
        Comparator.LESS_EQUAL,
        Comparator.GREATER_THAN,
        Comparator.GREATER_EQUAL,
        Comparator.STARTS_WITH,
        Comparator.ENDS_WITH,
        Comparator.CONTAINS,
    }
)
