"""What one comparison asks, with comparators, kinds and operands brought to few forms.

The fast ways to evaluate criteria (generated Python, SQL) are written against these forms; holds is not, so that
each checks the other.
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Any, Final

from kaizen.criteria.comparator_kinds import COMPARATOR_KINDS, DENIES, FormOf
from kaizen.criteria.comparison_keys import comparables
from kaizen.criteria.normal_tests import Form, Test
from kaizen.criteria.tree import ANY_VALUE, Compare, FieldRef, SpecialValue, UnresolvedTokenError
from kaizen.fields.kinds import MANY, NUMERIC, ORDERED_KINDS, ValueKind, kind_of
from kaizen.model.values import Value
from kaizen.vocabulary.comparators import Comparator


@dataclass(frozen=True, slots=True)
class NormalForm:
    """One comparison in its plainest form; operands are comparable values, each only once."""

    test: Test
    kind: ValueKind
    negated: bool = False  #: true exactly where the test is false
    operands: tuple[Value, ...] = ()
    ref: FieldRef | None = None  #: instead of operands, or of the text of a form
    forms: tuple[tuple[Form, str], ...] = ()

    @property
    def ref_kind(self) -> ValueKind:
        """The kind of the field that is compared with."""
        return kind_of(self.ref.data_type) if self.ref is not None and self.ref.data_type is not None else self.kind


#: Kinds whose values are whole and fit 64 bits, as the columns do that hold them.
_WHOLE: Final = frozenset({ValueKind.WHOLE, ValueKind.DATETIME, ValueKind.REFERENCE})
_LEAST, _MOST = -(2**63), 2**63 - 1


def normal_form_of(leaf: Compare) -> NormalForm:
    """Bring a comparison to its plainest form; raise UnresolvedTokenError for a value that depends on the day."""
    kind = kind_of(leaf.data_type)
    if isinstance(leaf.value, SpecialValue):
        if leaf.value == ANY_VALUE:
            return NormalForm(Test.ALWAYS, kind)
        raise UnresolvedTokenError(leaf.value.name)
    denied = DENIES.get(leaf.comparator)
    if isinstance(leaf.value, FieldRef):
        plain = _against_field(denied or leaf.comparator, kind, leaf.value)
    else:
        plain = _against_value(denied or leaf.comparator, kind, leaf.value)
    return plain if denied is None else _denied(plain)


def _denied(meaning: NormalForm) -> NormalForm:
    opposite = {
        Test.ALWAYS: Test.NEVER,
        Test.NEVER: Test.ALWAYS,
        Test.EMPTY: Test.FILLED,
        Test.FILLED: Test.EMPTY,
    }.get(meaning.test)
    if opposite is not None:
        return NormalForm(opposite, meaning.kind)
    return NormalForm(meaning.test, meaning.kind, True, meaning.operands, meaning.ref, meaning.forms)


def _against_field(comparator: Comparator, kind: ValueKind, ref: FieldRef) -> NormalForm:
    never = NormalForm(Test.NEVER, kind)
    other = kind if ref.data_type is None else kind_of(ref.data_type)
    declared = COMPARATOR_KINDS[comparator]
    if not declared.takes_field or kind in MANY or kind is ValueKind.OTHER:
        return never
    if other is not kind and {other, kind} != NUMERIC:
        return never
    if declared.form is not None:
        return NormalForm(Test.FORM, kind, ref=ref, forms=(declared.form(""),)) if kind is ValueKind.TEXT else never
    if declared.test is None or (declared.test is not Test.EQUAL and kind not in ORDERED_KINDS):
        return never
    return NormalForm(declared.test, kind, ref=ref)


def _against_value(comparator: Comparator, kind: ValueKind, value: Value) -> NormalForm:
    never = NormalForm(Test.NEVER, kind)
    if comparator is Comparator.EMPTY:
        return NormalForm(Test.EMPTY, kind)
    wanted = comparables(kind, value)
    if not wanted:
        return never
    declared = COMPARATOR_KINDS[comparator]
    if kind in MANY and declared.test_of_sets is not None:
        return NormalForm(declared.test_of_sets, kind, operands=tuple(dict.fromkeys(wanted)))
    if declared.form is not None:
        return _textual(declared.form, kind, wanted)
    if kind in MANY or declared.test is None:
        return never
    if declared.test is Test.EQUAL:
        once = tuple(dict.fromkeys(wanted))
        if kind in _WHOLE:
            once = tuple(value for value in once if isinstance(value, int) and _LEAST <= value <= _MOST)
        if not once:
            return never
        return NormalForm(Test.EQUAL if len(once) == 1 else Test.ONE_OF, kind, operands=once)
    if kind not in ORDERED_KINDS:
        return never
    if declared.test is Test.BETWEEN:
        if len(wanted) != 2:
            return never
        return _between_whole(kind, *wanted) if kind in _WHOLE else NormalForm(Test.BETWEEN, kind, operands=wanted)
    if isinstance(value, tuple):
        return never
    if kind in _WHOLE:
        return _order_whole(declared.test, kind, wanted[0])
    return NormalForm(declared.test, kind, operands=wanted)


def _order_whole(test: Test, kind: ValueKind, bound: Any) -> NormalForm:
    """Compare whole numbers with a bound that may have a fraction, or be none that they can reach."""
    if isinstance(bound, int) and _LEAST <= bound <= _MOST:
        return NormalForm(test, kind, operands=(bound,))
    if test in (Test.LESS, Test.LESS_EQUAL):
        return _between_whole(kind, _LEAST, ceil(bound) - 1 if test is Test.LESS else floor(bound))
    return _between_whole(kind, floor(bound) + 1 if test is Test.GREATER else ceil(bound), _MOST)


def _between_whole(kind: ValueKind, low: Any, high: Any) -> NormalForm:
    least, most = max(ceil(low), _LEAST), min(floor(high), _MOST)
    return NormalForm(Test.BETWEEN, kind, operands=(least, most)) if least <= most else NormalForm(Test.NEVER, kind)


def _textual(form: FormOf, kind: ValueKind, wanted: tuple[Value, ...]) -> NormalForm:
    if kind not in (ValueKind.TEXT, ValueKind.TEXTS):
        return NormalForm(Test.NEVER, kind)
    pairs = [form(text) for text in wanted if isinstance(text, str)]
    if (Form.CONTAINS, "") in pairs:
        return NormalForm(Test.FILLED, kind)
    return NormalForm(Test.FORM, kind, forms=tuple(dict.fromkeys(pairs)))
