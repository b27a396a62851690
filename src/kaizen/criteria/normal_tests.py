"""What can be asked of a field: the few tests and forms of text that all comparators come down to."""

from enum import StrEnum


class Test(StrEnum):
    """What is asked of a field; all but the first four are false for an empty one."""

    ALWAYS = "always"
    NEVER = "never"
    EMPTY = "empty"
    FILLED = "filled"
    EQUAL = "equal"  #: one operand
    ONE_OF = "one_of"  #: two operands or more
    LESS = "less"
    LESS_EQUAL = "less_equal"
    GREATER = "greater"
    GREATER_EQUAL = "greater_equal"
    BETWEEN = "between"  #: two operands
    FORM = "form"  #: text of any of the forms
    SAME_SET = "same_set"  #: several values: the same elements
    ANY_OF = "any_of"  #: several values: an element in common
    ALL_OF = "all_of"  #: several values: all operands among them


class Form(StrEnum):
    """A form that text can have."""

    IS = "is"
    STARTS = "starts"
    ENDS = "ends"
    CONTAINS = "contains"
    NUMBER = "number"  #: is these letters and digits, whatever separates them
    WORDS = "words"  #: has words, each between spaces (`fields.words`)
