"""Generated fields, records and criteria, for properties."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from kaizen.criteria.comparator_kinds import (
    COMPARATORS,
    EQUALITY,
    INCLUSION,
    MEMBERSHIP,
    ORDERED,
    RANGES,
    TEXTUAL,
    asserted,
)
from kaizen.criteria.special_values import AGES, COUNTED, DAYS, stands_for
from kaizen.criteria.tree import (
    ANY_VALUE,
    CURRENT_USER,
    CURRENT_USER_ROLE,
    Compare,
    Criteria,
    FieldRef,
    Group,
    Operand,
    SpecialValue,
    key_of,
)
from kaizen.fields.kinds import MANY, NUMERIC, ValueKind, compared_as, kind_of
from kaizen.model.catalog import Catalog, Field, Module, PickListValue
from kaizen.model.numbers import exact
from kaizen.model.values import Value
from kaizen.vocabulary.comparators import Comparator, GroupOperator
from kaizen.vocabulary.data_types import DataType

#: Where the role of a record's owner is found.
ROLE_OF_OWNER = ("Owner", "role")
STAGES = ("Qualification", "Id. Decision Makers", "Closed Lost", "Geschäft verloren")


def a_field(number: int, name: str, data_type: DataType, **more: Any) -> Field:
    """Make a field of a test module."""
    return Field(
        id=4876876000000100000 + number,
        api_name=name,
        field_label=name,
        data_type=data_type,
        column=f"c{number}",
        **more,
    )


def _stages() -> tuple[PickListValue, ...]:
    return tuple(
        PickListValue(n, stage.replace("Id.", "Identify"), stage, n + 1) for n, stage in enumerate(("-None-", *STAGES))
    )


#: Two fields of each kind, so that fields can be compared with each other.
FIELDS: tuple[Field, ...] = (
    a_field(1, "Name", DataType.TEXT),
    a_field(2, "Email", DataType.EMAIL, length=100),
    a_field(3, "Stage", DataType.PICKLIST, pick_list_values=_stages(), length=120),
    a_field(4, "Colours", DataType.MULTISELECTPICKLIST, length=1000),
    a_field(5, "Sizes", DataType.MULTISELECTPICKLIST, length=1000),
    a_field(6, "Seats", DataType.INTEGER, length=9),
    a_field(7, "Views", DataType.BIGINT, length=18),
    a_field(8, "Amount", DataType.CURRENCY, length=16, decimal_place=2),
    a_field(9, "Score", DataType.DOUBLE, length=16),
    a_field(10, "Active", DataType.BOOLEAN),
    a_field(11, "Partner", DataType.BOOLEAN),
    a_field(12, "Closing_Date", DataType.DATE),
    a_field(13, "Start_Date", DataType.DATE),
    a_field(14, "Seen_Time", DataType.DATETIME),
    a_field(15, "Called_Time", DataType.DATETIME),
    a_field(16, "Owner", DataType.OWNERLOOKUP, lookup_module="Users"),
    a_field(17, "Account_Name", DataType.LOOKUP, lookup_module="Accounts"),
    a_field(18, "Related", DataType.MULTISELECTLOOKUP),
    a_field(19, "Watchers", DataType.MULTIUSERLOOKUP),
    a_field(20, "Recurring_Activity", DataType.RRULE),
    a_field(21, "Total", DataType.FORMULA, formula_return_type=DataType.DOUBLE),
)


def a_module(name: str, number: int, *fields: Field) -> Module:
    """Make a test module."""
    return Module(4876876000000200000 + number, name, name, name, name, f"m{number}", fields)


DEALS = a_module("Deals", 1, *FIELDS)
ACCOUNTS = a_module(
    "Accounts",
    2,
    a_field(31, "Account_Name", DataType.TEXT),
    a_field(32, "Industry", DataType.PICKLIST),
    a_field(33, "Parent_Account", DataType.LOOKUP, lookup_module="Accounts"),
    a_field(34, "Annual_Revenue", DataType.CURRENCY),
)
USERS = a_module(
    "Users",
    3,
    a_field(41, "email", DataType.EMAIL),
    a_field(42, "last_name", DataType.TEXT),
    a_field(43, "role", DataType.LOOKUP, properties={"refers_to": "Roles"}),
)
CATALOG = Catalog(1, (DEALS, ACCOUNTS, USERS))

BY_KIND: Mapping[ValueKind, tuple[Field, ...]] = {
    kind: tuple(f for f in FIELDS if kind_of(compared_as(f)) is kind) for kind in ValueKind
}

# Letters whose case is odd: long and dotted ones, ones that depend on what follows, wide ones.
_LETTERS = "aAbB %_'\"\\;,(:1ßẞİıIΣσςéÉ\u0301Жж𐐀𐐨’\u00ad.ﬁ"  # noqa: RUF001 - they are meant


def _mostly(few: Sequence[Value], others: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    """Generate one of a few values most of the time, so that records and operands meet."""
    return st.one_of(st.sampled_from(few), st.sampled_from(few), others)


_TEXT = _mostly(
    ["a", "A b", "CLOSED lost", "ΟΔΟΣ"],
    st.one_of(
        st.sampled_from(["b", "B", "100%", "οδος 5", "straße", "STRASSE", *STAGES]),
        st.text(_LETTERS, min_size=1, max_size=5),
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=4),
    ),
)
#: Numbers of which a double tells none from its neighbour.
CLOSE: Sequence[Value] = [
    9_999_999_999_999_998,
    9_999_999_999_999_999,
    Decimal("9999999999999999.999999998"),
    Decimal("9999999999999999.999999999"),
    Decimal("-9999999999999999.999999999"),
    2**53,
    2**53 + 1,
    Decimal("9007199254740992.5"),
    Decimal("9007199254740992.500000001"),
]
_IDS = st.integers(4876876000000300000, 4876876000000300002)
_SCALARS: Mapping[ValueKind, st.SearchStrategy[Value]] = {
    ValueKind.TEXT: _TEXT,
    ValueKind.TEXTS: _TEXT,
    ValueKind.WHOLE: _mostly([0, 1, 2], st.sampled_from([-3, 2**53, 2**53 + 1, -(2**53) - 1, 10**18 - 1])),
    ValueKind.REAL: _mostly(
        [0, 1, Decimal("2.5")],
        st.one_of(
            st.sampled_from([-1, Decimal("0.1"), Decimal("-0.1"), Decimal("0.000000001"), 10**15, *CLOSE]),
            st.decimals(-(10**16), 10**16, allow_nan=False, places=9).map(exact),
            st.integers(-(10**16), 10**16),
        ),
    ),
    ValueKind.BOOLEAN: st.booleans(),
    ValueKind.DATE: st.sampled_from(["2024-02-28", "2024-02-29", "2024-03-01", "1999-12-31"]),
    ValueKind.DATETIME: st.sampled_from([0, -1, 1_700_000_000, 1_700_000_001]),
    ValueKind.REFERENCE: _IDS,
    ValueKind.REFERENCES: _IDS,
    ValueKind.OTHER: st.just({"RRULE": "FREQ=DAILY"}),
}


def values_of(kind: ValueKind) -> st.SearchStrategy[Value]:
    """Generate what a field of a kind can hold, nothing included."""
    one = _SCALARS[kind]
    if kind in MANY:
        return st.one_of(st.none(), st.lists(one, min_size=1, max_size=3).map(tuple))
    return st.one_of(st.none(), one, one, one)


def records(fields: Sequence[Field] = FIELDS) -> st.SearchStrategy[dict[str, Value]]:
    """Generate a record in which only some fields can hold something, with the caller's id."""
    values = {f.api_name: values_of(kind_of(compared_as(f))) for f in fields}
    callers = {CURRENT_USER[0]: _IDS, CURRENT_USER_ROLE[0]: st.none() | _IDS, key_of(ROLE_OF_OWNER): st.none() | _IDS}
    return st.fixed_dictionaries({**values, **callers})


# -- criteria as any part of the program may make them


def _like(text: Value) -> st.SearchStrategy[Value]:
    return st.sampled_from([f"{text}", f"%{text}", f"{text}%", f"%{text}%", "%", "%%"])


@cache
def _operands(kind: ValueKind, comparator: Comparator) -> st.SearchStrategy[Operand]:
    one = _SCALARS[kind]
    if comparator in (Comparator.LIKE, Comparator.NOT_LIKE) and kind in (ValueKind.TEXT, ValueKind.TEXTS):
        one = _TEXT.flatmap(_like)
    if kind is ValueKind.WHOLE:
        one = st.one_of(one, one, st.sampled_from([Decimal("0.5"), Decimal("-0.5"), *CLOSE, 10**300, -(10**300)]))
    several = st.lists(one, max_size=4).map(tuple)
    pair = st.tuples(one, one)
    usual = several if comparator in MEMBERSHIP | INCLUSION or kind in MANY else pair if comparator in RANGES else one
    if comparator in EQUALITY and usual is one:
        usual = st.one_of(one, one, several)
    odd = st.one_of(st.none(), st.just(""), one, several, pair, _SCALARS[ValueKind.TEXT], _SCALARS[ValueKind.WHOLE])
    choices: list[st.SearchStrategy[Operand]] = [usual] * 6 + [odd]
    if asserted(comparator).takes_field and kind not in MANY:
        alike = BY_KIND[ValueKind.WHOLE] + BY_KIND[ValueKind.REAL] if kind in NUMERIC else BY_KIND[kind]
        refs = [FieldRef((f.api_name,), compared_as(f)) for f in alike if kind is not ValueKind.OTHER]
        if kind is ValueKind.REFERENCE:
            refs.append(FieldRef(CURRENT_USER, DataType.OWNERLOOKUP))
        choices += [st.sampled_from(refs)] if refs else []
    return st.one_of(choices)


_OF_THE_ROLE: st.SearchStrategy[Criteria] = st.builds(
    Compare,
    st.just(ROLE_OF_OWNER),
    st.sampled_from([Comparator.EQUAL, Comparator.NOT_EQUAL]),
    st.one_of(st.just(FieldRef(CURRENT_USER_ROLE, DataType.LOOKUP)), st.lists(_IDS, max_size=3).map(tuple)),
    st.just(DataType.LOOKUP),
)


@cache
def _comparison(name: str, comparator: Comparator) -> st.SearchStrategy[Criteria]:
    data_type = compared_as(DEALS.by_name[name])
    if comparator in (Comparator.EMPTY, Comparator.NOT_EMPTY):
        return st.just(Compare((name,), comparator, None, data_type))
    operands = _operands(kind_of(data_type), comparator)
    return st.builds(Compare, st.just((name,)), st.just(comparator), operands, st.just(data_type))


@cache
def _comparisons(kinds: tuple[ValueKind, ...]) -> st.SearchStrategy[Criteria]:
    """Generate comparisons of fields of some kinds: equality often, odd comparators sometimes."""
    choices: list[st.SearchStrategy[Criteria]] = []
    for kind in kinds:
        for field in BY_KIND[kind]:
            usual = [_comparison(field.api_name, comparator) for comparator in sorted(COMPARATORS[kind])]
            any_at_all = [_comparison(field.api_name, comparator) for comparator in Comparator]
            equal = _comparison(field.api_name, Comparator.EQUAL)
            choices += [equal, equal, st.one_of(usual), st.one_of(usual), st.one_of(any_at_all)]
    if ValueKind.REFERENCE in kinds:
        choices.append(_OF_THE_ROLE)
    return st.one_of(choices)


def _tree(draw: st.DrawFn, leaves: st.SearchStrategy[Criteria], levels: int = 2) -> Criteria:
    """Draw a tree; `one_of` would flatten its branches, and then hardly ever choose a group."""
    if not levels or draw(st.integers(0, 2)) == 0:
        return draw(leaves)
    members = tuple(_tree(draw, leaves, levels - 1) for _ in range(draw(st.integers(0, 3))))
    return Group(draw(st.sampled_from(GroupOperator)), members)


@cache
def _rows(kinds: tuple[ValueKind, ...]) -> st.SearchStrategy[list[dict[str, Value]]]:
    return st.lists(records([f for kind in kinds for f in BY_KIND[kind]]), min_size=1, max_size=5)


@st.composite
def trees_and_records(draw: st.DrawFn) -> tuple[list[Criteria], list[dict[str, Value]]]:
    """Generate trees over the fields of one or two kinds, and records with values in these fields.

    The trees are also such as no reader would make: with foreign operands, with empty groups.
    """
    kinds = tuple(draw(st.lists(st.sampled_from(ValueKind), min_size=1, max_size=2, unique=True)))
    leaves = _comparisons(kinds)
    trees = [_tree(draw, leaves) for _ in range(draw(st.integers(1, 4)))]
    return trees, draw(_rows(kinds))


# -- criteria as they come out of a reader


def tokens() -> st.SearchStrategy[SpecialValue]:
    """Generate the special values of dates."""
    return st.one_of(
        st.sampled_from(sorted(DAYS)).map(SpecialValue),
        st.builds(SpecialValue, st.sampled_from(sorted(COUNTED)), st.integers(1, 400)),
        st.builds(SpecialValue, st.sampled_from(sorted(AGES)), st.integers(0, 400)),
    )


@cache
def _written(name: str) -> st.SearchStrategy[Criteria]:
    field = DEALS.by_name[name]
    data_type = compared_as(field)
    kind = kind_of(data_type)
    one = _SCALARS[kind].filter(lambda v: not (isinstance(v, str) and (not v or v.startswith("${") or v == "-None-")))
    if kind is ValueKind.TEXTS:
        one = one.filter(lambda v: ";" not in str(v) and str(v).strip() == v)

    def operands(comparator: Comparator) -> st.SearchStrategy[Operand]:
        if comparator in RANGES:
            return st.tuples(one, one)
        several = st.lists(one, min_size=1, max_size=4).map(tuple)
        if comparator in MEMBERSHIP | INCLUSION or kind in MANY:
            return several
        choices: list[st.SearchStrategy[Operand]] = [one, one]
        if comparator in TEXTUAL or (comparator in EQUALITY and kind is not ValueKind.BOOLEAN):
            choices.append(several)
        if stands_for(SpecialValue("TODAY"), kind) and comparator in EQUALITY | (ORDERED - RANGES):
            choices.append(tokens())
        if data_type is DataType.OWNERLOOKUP:
            choices.append(st.sampled_from([SpecialValue("CURRENTUSER"), SpecialValue("CURRENTUSERROLE")]))
        if comparator is Comparator.EQUAL:
            choices.append(st.just(ANY_VALUE))
        if asserted(comparator).takes_field:
            alike = BY_KIND[ValueKind.WHOLE] + BY_KIND[ValueKind.REAL] if kind in NUMERIC else BY_KIND[kind]
            choices.append(st.sampled_from([FieldRef((f.api_name,), compared_as(f)) for f in alike]))
        return st.one_of(choices)

    asked_if_empty = st.sampled_from([Comparator.EMPTY, Comparator.NOT_EMPTY]).map(
        lambda comparator: Compare((field.api_name,), comparator, None, data_type)
    )
    if kind is ValueKind.OTHER:
        return asked_if_empty
    compared = st.one_of(
        [
            st.builds(Compare, st.just((name,)), st.just(comparator), operands(comparator), st.just(data_type))
            for comparator in sorted(COMPARATORS[kind])
        ]
    )
    return st.one_of(compared, compared, compared, asked_if_empty)


def written_criteria() -> st.SearchStrategy[Criteria]:
    """Generate trees as the reader of rules' JSON makes them (those of triggers included)."""
    leaves = st.one_of([_written(f.api_name) for f in FIELDS])
    groups = lambda members: st.builds(  # noqa: E731 - one expression, used once
        Group, st.sampled_from(GroupOperator), st.lists(members, min_size=1, max_size=4).map(tuple)
    )
    return st.recursive(leaves, groups, max_leaves=6)


#: Any JSON at all.
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
