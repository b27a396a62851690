"""A compiled rule set: order, size, and what it does with odd rules and odd values."""

from decimal import Decimal

import pytest

from kaizen.criteria.compile import compile_set
from kaizen.criteria.holds import holds
from kaizen.criteria.tree import Compare, Criteria, Group, Path
from kaizen.model.values import Values
from kaizen.vocabulary.comparators import Comparator as Is
from kaizen.vocabulary.comparators import GroupOperator
from kaizen.vocabulary.data_types import DataType


def stage(value: str) -> Compare:
    return Compare(("Stage",), Is.EQUAL, value, DataType.PICKLIST)


def above(amount: float) -> Compare:
    return Compare(("Amount",), Is.GREATER_THAN, amount, DataType.CURRENCY)


def both(*members: Criteria) -> Group:
    return Group(GroupOperator.AND, members)


def either(*members: Criteria) -> Group:
    return Group(GroupOperator.OR, members)


@pytest.mark.source("assumed: the order of rules is theirs, not the index's")
def test_matches_come_in_the_order_of_the_rules() -> None:
    compiled = compile_set({"c": above(1), "a": stage("New"), "x": stage("Old"), "b": None})

    assert compiled.matches({"Stage": "new", "Amount": 5}) == ["c", "a", "b"]
    assert len(compiled) == 4


@pytest.mark.source("assumed: a rule acts once however many ways it matches")
def test_a_rule_that_matches_in_two_ways_is_reported_once() -> None:
    owner = Compare(("Owner",), Is.EQUAL, 7, DataType.OWNERLOOKUP)
    compiled = compile_set({1: either(stage("New"), owner), 2: either(stage("New"), stage("NEW"))})

    assert compiled.matches({"Stage": "New", "Owner": 7}) == [1, 2]
    assert compiled.matches({"Stage": "Old", "Owner": 7}) == [1]


@pytest.mark.source("assumed: the engine asks which fields a set reads")
def test_a_set_knows_the_fields_it_reads() -> None:
    industry: Path = ("Account_Name", "Industry")
    compiled = compile_set({1: both(stage("New"), Compare(industry, Is.NOT_EMPTY, None, DataType.PICKLIST)), 2: None})

    assert compiled.paths == {("Stage",), industry}
    assert compiled.matches({"Stage": "New", "Account_Name.Industry": "Banking"}) == [1, 2]
    assert compile_set({}).matches({}) == []
    assert compile_set({}).paths == frozenset()


@pytest.mark.source("assumed: text of users never becomes code")
@pytest.mark.parametrize(
    "text", ["'); raise SystemExit #", '"""', "\\", "{0}", "__import__('os')", "\n return", "\u2028"]
)
def test_text_of_users_is_only_ever_compared(text: str) -> None:
    criteria = both(Compare((text,), Is.EQUAL, text, DataType.TEXT), Compare((text,), Is.CONTAINS, text, DataType.TEXT))
    compiled = compile_set({text: criteria, "not": Compare((text,), Is.NOT_EQUAL, text, DataType.TEXT)})

    assert compiled.matches({text: text}) == [text]
    assert compiled.matches({}) == ["not"]


@pytest.mark.source("assumed: deep criteria are slow, not impossible")
def test_criteria_deeper_than_pythons_parser_goes_are_evaluated() -> None:
    tree: Criteria = above(10)
    for _ in range(150):
        tree = either(both(tree, above(1)), stage("Never"))

    compiled = compile_set({1: tree})

    assert compiled.matches({"Amount": 11}) == [1]
    assert compiled.matches({"Amount": 9}) == []


@pytest.mark.source("assumed: one odd value must not take the other rules along")
@pytest.mark.parametrize("values", [{"Stage": 5, "Amount": 5}, {"Stage": "New", "Amount": "much"}, {"Stage": ["New"]}])
def test_a_value_of_a_foreign_type_is_left_to_the_interpreter(values: Values) -> None:
    rules: dict[int, Criteria] = {1: stage("New"), 2: above(1), 3: both(stage("New"), above(1))}

    assert compile_set(rules).matches(values) == [key for key, tree in rules.items() if holds(tree, values)]


@pytest.mark.source("assumed: rule sets grow")
def test_a_large_set_of_rules_without_any_equality_is_compiled() -> None:
    compiled = compile_set({number: above(number) for number in range(5_000)})

    assert compiled.matches({"Amount": Decimal("3.5")}) == [0, 1, 2, 3]


@pytest.mark.source("assumed: a long list is not filed under each of its values")
def test_a_rule_with_a_long_list_is_compiled() -> None:
    many = Compare(("Stage",), Is.IN, tuple(f"Stage {n}" for n in range(500)), DataType.PICKLIST)

    compiled = compile_set({1: many, 2: both(many, above(1))})

    assert compiled.matches({"Stage": "stage 499", "Amount": 2}) == [1, 2]
