"""What is compiled again when rules change, and what is taken over."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kaizen.automation.engine.rule_index import EMPTY_INDEX, RuleIndex, compile_index, index_for, take_over
from kaizen.automation.engine.rule_segment import RuleSegment
from kaizen.criteria.tree import SpecialValue
from kaizen.model.calendar import BusinessCalendar
from kaizen.model.rule import Rule
from kaizen.model.values import Id
from kaizen.vocabulary.automation import Event
from tests.support.rules import NOW, Rules, World, add_tags, compare, condition, rule

TAG = 900
MANY = 200


def rule_for(amount: int) -> Rule:
    return rule("edit", condition(compare("Amount", "equal", amount), add_tags(TAG)))


def planned(
    rules: Sequence[Rule], before: RuleIndex = EMPTY_INDEX, *, at: int = NOW, world: World | None = None
) -> RuleIndex:
    return compile_index(rules, Event.EDIT, at, (world or World()).context(), before)


def compiled_anew(plan: RuleIndex, before: RuleIndex) -> list[Id]:
    """Name the rules in segments that the earlier plan does not have."""
    known: list[RuleSegment] = [indexed.segment for indexed in before.segments]
    return [number for indexed in plan.segments if indexed.segment not in known for number in indexed.segment.rules]


@pytest.mark.source("assumed: one changed rule costs what one rule costs")
def test_a_changed_rule_alone_is_compiled_again() -> None:
    rules = [rule_for(amount) for amount in range(MANY)]
    before = planned(rules)

    rules[7] = replace(rule_for(5000), id=rules[7].id)
    after = planned(rules, before)

    assert compiled_anew(after, before) == [rules[7].id]
    assert after.won({"Amount": 7}) == {}
    assert list(after.won({"Amount": 5000})) == [7]
    assert list(after.won({"Amount": 8})) == [8]


@pytest.mark.source("assumed: removing a rule, switching it off and moving it cost nothing")
def test_what_is_not_there_any_more_needs_no_compiling() -> None:
    rules = [rule_for(amount) for amount in range(MANY)]
    before = planned(rules)

    fewer = [*reversed(rules[10:]), replace(rules[0], active=False)]
    after = planned(fewer, before)

    assert compiled_anew(after, before) == []
    assert after.won({"Amount": 5}) == {}
    assert list(after.won({"Amount": 10})) == [MANY - 11]


@pytest.mark.source("assumed: a write must not look into a hundred small sets of rules")
def test_the_blocks_stay_few_and_the_work_small() -> None:
    rules = [rule_for(amount) for amount in range(MANY)]
    plan, work = planned(rules), 0

    for amount in range(MANY):
        rules[amount] = replace(rules[amount], name="changed")
        before, plan = plan, planned(rules, plan)
        work += len(compiled_anew(plan, before))

        assert len(plan.segments) <= 5
    assert work < 24 * MANY
    assert [each.rule.name for each in plan.prepared] == ["changed"] * MANY


@pytest.mark.source("assumed: one changed rule costs what one rule costs")
def test_a_book_takes_over_what_was_compiled_from_those_before_it() -> None:
    rules, context = Rules(), World().context()
    for amount in range(3):
        rules.add("edit", condition(compare("Amount", "equal", float(amount)), add_tags(TAG)))
    first, second, third = rules.book(), rules.book(), rules.book()
    before = index_for(first, "Deals", Event.EDIT, NOW, context)

    take_over(second, first)  # nothing is asked of the second
    take_over(third, second)

    assert compiled_anew(index_for(third, "Deals", Event.EDIT, NOW, context), before) == []


DATED = SpecialValue("THISWEEK")


@pytest.mark.source("reference: automation B.3: tokens mean the day of the organisation")
@pytest.mark.parametrize(
    ("later", "calendar", "again"),
    [
        (0, BusinessCalendar(), False),
        (24 * 3600, BusinessCalendar(), True),
        (0, BusinessCalendar(week_starts_on=6), True),
    ],
    ids=["the same day", "the next day", "weeks begin on another day"],
)
def test_criteria_that_depend_on_the_day_are_compiled_for_it(
    later: int, calendar: BusinessCalendar, again: bool
) -> None:
    rules = Rules()
    rules.add("edit", condition(compare("Closing_Date", "equal", DATED), add_tags(TAG)))
    book = rules.book()
    before = index_for(book, "Deals", Event.EDIT, NOW, World().context())

    after = index_for(book, "Deals", Event.EDIT, NOW + later, World(calendar=calendar).context())

    assert (after is before) is not again
    assert bool(compiled_anew(after, before)) is again


@pytest.mark.source("assumed: only what depends on the day is compiled every day")
def test_a_new_day_leaves_the_other_rules_alone() -> None:
    rules = [rule_for(amount) for amount in range(MANY)]
    undated = planned(rules)
    dated = rule("edit", condition(compare("Closing_Date", "equal", DATED), add_tags(TAG)))
    before = planned([*rules, dated], undated)

    after = planned([*rules, dated], before, at=NOW + 24 * 3600)

    assert compiled_anew(after, before) == [dated.id]
