"""What a comparator is: the fields that can be compared so, the values it takes, and two readings of what it asks.

The plain readings (`one`, `several`) are for one record at a time, the normal form (`test`, `form`, `test_of_sets`) for
the fast ways: generated Python and SQL. Neither is made from the other, so that each checks the other.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from kaizen.criteria.comparison_keys import comparable, comparables, form_of
from kaizen.criteria.normal_tests import Form, Test
from kaizen.fields.kinds import ORDERED_KINDS, ValueKind
from kaizen.fields.words import NONE, has_word_starting, has_words, is_number, number_of, words_of
from kaizen.model.values import Value
from kaizen.vocabulary.comparators import Comparator

#: Whether one value that is there satisfies an operand: (kind, value as it compares, operand).
OfOne: TypeAlias = Callable[[ValueKind, Any, Value], bool]
#: Whether several values that are there satisfy those of an operand.
OfSeveral: TypeAlias = Callable[[frozenset[Any], frozenset[Any]], bool]
#: The form that the text of an operand asks for, and the text that remains of it.
FormOf: TypeAlias = Callable[[str], tuple[Form, str]]


class Takes(Enum):
    """How many values stand behind a comparator."""

    ONE = "one"
    ONE_OR_MORE = "one_or_more"  #: a list is an alternative of several
    PAIR = "pair"
    LIST = "list"
    SHORT_LIST = "short_list"


def _no_one(_kind: ValueKind, _mine: Any, _operand: Value) -> bool:
    return False


def _no_several(_elements: frozenset[Any], _wanted: frozenset[Any]) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ComparatorKind:
    """One comparator. What denies another says only which, and holds exactly where that one does not."""

    type: Comparator
    #: Fields that can be compared so in rules and views (reference: automation B.3); none: they do not have it.
    fields: frozenset[ValueKind]
    takes: Takes = Takes.ONE
    denies: Comparator | None = None
    takes_field: bool = False  #: another field's value can stand behind it
    in_triggers: bool = True  #: the criteria of a field_update trigger know it (reference: automation B.3)
    one: OfOne = _no_one
    several: OfSeveral = _no_several
    test: Test | None = None  #: on a field with one value; EQUAL: equal to any operand
    form: FormOf | None = None  #: instead of a test, and on a field with several values
    test_of_sets: Test | None = None  #: on a field with several values


# -- the plain readings


def _is_one_of(kind: ValueKind, mine: Any, operand: Value) -> bool:
    if isinstance(operand, tuple):
        return mine in comparables(kind, operand)
    return bool(mine == comparable(kind, operand))


def _is_between(kind: ValueKind, mine: Any, operand: Value) -> bool:
    bounds: tuple[Any, ...] = comparables(kind, operand)
    return kind in ORDERED_KINDS and len(bounds) == 2 and bool(bounds[0] <= mine <= bounds[1])


def _in_order(compares: Callable[[Any, Any], bool]) -> OfOne:
    def test(kind: ValueKind, mine: Any, operand: Value) -> bool:
        bound = comparable(kind, operand)
        return kind in ORDERED_KINDS and bound is not None and compares(mine, bound)

    return test


def _of_form(has_form: Callable[[str, str], bool]) -> OfOne:
    def test(kind: ValueKind, mine: Any, operand: Value) -> bool:
        return kind is ValueKind.TEXT and any(has_form(mine, str(text)) for text in comparables(kind, operand))

    return test


def _has_element_of_form(has_form: Callable[[str, str], bool]) -> OfSeveral:
    def test(elements: frozenset[Any], wanted: frozenset[Any]) -> bool:
        return any(isinstance(e, str) and has_form(e, text) for e in elements for text in wanted)

    return test


def _looks_like(mine: str, pattern: str) -> bool:
    begins, ends = pattern.startswith("%"), pattern.endswith("%")
    if begins and ends:
        return pattern[1:-1] in mine
    if begins:
        return mine.endswith(pattern[1:])
    return mine.startswith(pattern[:-1]) if ends else mine == pattern


def _have_one_in_common(elements: frozenset[Any], wanted: frozenset[Any]) -> bool:
    return not elements.isdisjoint(wanted)


# -- the normal forms


def _form(form: Form) -> FormOf:
    return lambda text: (form, text)


def _words(text: str) -> tuple[Form, str]:
    words = words_of(text)
    return (Form.CONTAINS, text) if words == NONE else (Form.WORDS, words)


def _number(text: str) -> tuple[Form, str]:
    number = number_of(text)
    return (Form.NUMBER, number) if number else (Form.CONTAINS, text)


def _words_begun(text: str) -> tuple[Form, str]:
    form, words = _words(text)
    return (form, words.rstrip()) if form is Form.WORDS else (form, words)


# -- the declarations

_NUMBERS: Final = frozenset({ValueKind.WHOLE, ValueKind.REAL, ValueKind.DATE, ValueKind.DATETIME})
_TEXT: Final = frozenset({ValueKind.TEXT})
_SETS: Final = frozenset({ValueKind.TEXTS, ValueKind.REFERENCES})


def _order(comparator: Comparator, compares: Callable[[Any, Any], bool], test: Test) -> ComparatorKind:
    return ComparatorKind(comparator, _NUMBERS, takes_field=True, one=_in_order(compares), test=test)


def _textual(
    comparator: Comparator, has_form: Callable[[str, str], bool], form: FormOf, *, takes_field: bool
) -> ComparatorKind:
    return ComparatorKind(
        comparator,
        _TEXT,
        takes_field=takes_field,
        one=_of_form(has_form),
        several=_has_element_of_form(has_form),
        form=form,
    )


def _only_searched(comparator: Comparator, has_form: Callable[[str, str], bool], form: FormOf) -> ComparatorKind:
    return ComparatorKind(
        comparator,
        frozenset(),
        in_triggers=False,
        one=_of_form(has_form),
        several=_has_element_of_form(has_form),
        form=form,
    )


_EQUAL: Final = ComparatorKind(
    Comparator.EQUAL,
    frozenset(ValueKind),
    Takes.ONE_OR_MORE,
    takes_field=True,
    one=_is_one_of,
    several=operator.eq,
    test=Test.EQUAL,
    test_of_sets=Test.SAME_SET,
)
_IN: Final = ComparatorKind(
    Comparator.IN,
    _TEXT | _NUMBERS | _SETS | {ValueKind.REFERENCE},
    Takes.LIST,
    takes_field=True,
    one=_is_one_of,
    several=_have_one_in_common,
    test=Test.EQUAL,
    test_of_sets=Test.ANY_OF,
)
_LIKE: Final = _textual(Comparator.LIKE, _looks_like, form_of, takes_field=False)
_STARTS_WITH: Final = _textual(Comparator.STARTS_WITH, str.startswith, _form(Form.STARTS), takes_field=True)
_ENDS_WITH: Final = _textual(Comparator.ENDS_WITH, str.endswith, _form(Form.ENDS), takes_field=True)
_CONTAINS: Final = ComparatorKind(
    Comparator.CONTAINS,
    _TEXT | _SETS,
    takes_field=True,
    one=_of_form(operator.contains),
    several=_have_one_in_common,
    form=_form(Form.CONTAINS),
    test_of_sets=Test.ANY_OF,
)
_HAS_WORDS: Final = _only_searched(Comparator.HAS_WORDS, has_words, _words)
_HAS_WORD_STARTING: Final = _only_searched(Comparator.HAS_WORD_STARTING, has_word_starting, _words_begun)
_SAME_NUMBER: Final = _only_searched(Comparator.SAME_NUMBER, is_number, _number)
_BETWEEN: Final = ComparatorKind(Comparator.BETWEEN, _NUMBERS, Takes.PAIR, one=_is_between, test=Test.BETWEEN)
_INCLUDE_ANY: Final = ComparatorKind(
    Comparator.INCLUDE_ANY,
    frozenset({ValueKind.REFERENCES}),
    Takes.SHORT_LIST,
    in_triggers=False,
    several=_have_one_in_common,
    test_of_sets=Test.ANY_OF,
)
_INCLUDE_ALL: Final = ComparatorKind(
    Comparator.INCLUDE_ALL,
    frozenset({ValueKind.REFERENCES}),
    Takes.SHORT_LIST,
    in_triggers=False,
    several=frozenset.issuperset,
    test_of_sets=Test.ALL_OF,
)
_EMPTY: Final = ComparatorKind(Comparator.EMPTY, frozenset(), test=Test.EMPTY)


def _denial(comparator: Comparator, of: ComparatorKind, *, in_triggers: bool = True) -> ComparatorKind:
    return ComparatorKind(comparator, of.fields, of.takes, denies=of.type, in_triggers=in_triggers and of.in_triggers)


COMPARATOR_KINDS: Final[Mapping[Comparator, ComparatorKind]] = {
    kind.type: kind
    for kind in (
        _EQUAL,
        _denial(Comparator.NOT_EQUAL, _EQUAL),
        _LIKE,
        _denial(Comparator.NOT_LIKE, _LIKE),
        _STARTS_WITH,
        _ENDS_WITH,
        _CONTAINS,
        _denial(Comparator.NOT_CONTAINS, _CONTAINS),
        _order(Comparator.LESS_THAN, operator.lt, Test.LESS),
        _order(Comparator.LESS_EQUAL, operator.le, Test.LESS_EQUAL),
        _order(Comparator.GREATER_THAN, operator.gt, Test.GREATER),
        _order(Comparator.GREATER_EQUAL, operator.ge, Test.GREATER_EQUAL),
        _BETWEEN,
        _denial(Comparator.NOT_BETWEEN, _BETWEEN, in_triggers=False),
        _IN,
        _denial(Comparator.NOT_IN, _IN),
        _INCLUDE_ALL,
        _INCLUDE_ANY,
        _denial(Comparator.EXCLUDE_ALL, _INCLUDE_ANY),
        _denial(Comparator.EXCLUDE_ANY, _INCLUDE_ALL),
        _EMPTY,
        _denial(Comparator.NOT_EMPTY, _EMPTY),
        _HAS_WORDS,
        _HAS_WORD_STARTING,
        _SAME_NUMBER,
    )
}

# -- what follows from the declarations

#: What each negated comparator denies: it holds exactly where the other does not, so also for an empty field.
DENIES: Final = {kind.type: kind.denies for kind in COMPARATOR_KINDS.values() if kind.denies is not None}
#: By the kind of field: what rules and views allow.
COMPARATORS: Final = {
    kind: frozenset(each.type for each in COMPARATOR_KINDS.values() if kind in each.fields) for kind in ValueKind
}
NOT_IN_TRIGGERS: Final = frozenset(kind.type for kind in COMPARATOR_KINDS.values() if not kind.in_triggers)


def asserted(comparator: Comparator) -> ComparatorKind:
    """Return the comparator itself, or what it denies."""
    return COMPARATOR_KINDS[DENIES.get(comparator, comparator)]


def _that(holds: Callable[[ComparatorKind], bool]) -> frozenset[Comparator]:
    return frozenset(comparator for comparator in Comparator if holds(asserted(comparator)))


_BOUNDS: Final = frozenset({Test.LESS, Test.LESS_EQUAL, Test.GREATER, Test.GREATER_EQUAL, Test.BETWEEN})
ORDERED: Final = _that(lambda kind: kind.test in _BOUNDS)
TEXTUAL: Final = _that(lambda kind: kind.form is not None)
EQUALITY: Final = _that(lambda kind: kind.takes is Takes.ONE_OR_MORE)
RANGES: Final = _that(lambda kind: kind.takes is Takes.PAIR)
MEMBERSHIP: Final = _that(lambda kind: kind.takes is Takes.LIST)
INCLUSION: Final = _that(lambda kind: kind.takes is Takes.SHORT_LIST)
