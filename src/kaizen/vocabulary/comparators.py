"""The comparators of criteria, spelled as the rules and views API spells them."""

from enum import StrEnum


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
    #: Not on the wire as comparators: what `equals` on text, `word` and `phone` of a search ask.
    HAS_WORDS = "has_words"
    HAS_WORD_STARTING = "has_word_starting"
    SAME_NUMBER = "same_number"


class GroupOperator(StrEnum):
    """How a group joins its members."""

    AND = "AND"
    OR = "OR"
