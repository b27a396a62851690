"""An index that takes over what an earlier one compiled says the same as one compiled from nothing."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaizen.automation.engine.react import react
from kaizen.automation.engine.rule_index import EMPTY_INDEX, RuleIndex, compile_index
from kaizen.automation.rule_book import RuleBook
from kaizen.model.record import Change
from kaizen.model.rule import Rule
from kaizen.model.values import Value
from kaizen.vocabulary.automation import Event
from tests.support.rules import NOW, World, add_tags, changed_to, compare, condition, edited, rule

DAY = 24 * 3600
STAGES = ("Qualification", "Negotiation/Review", "Closed Won", "Closed Lost")


def some_rule(dice: Random) -> Rule:
    """Make a rule of any kind: on the event or on a field, dated or not, with one or two conditions, or broken."""
    stage = compare("Stage", "equal", dice.choice(STAGES))
    criteria = (stage, compare("Amount", "greater_than", dice.randrange(5)), None)
    conditions = [
        condition(dice.choice(criteria), add_tags(dice.randrange(900, 904))) for _ in range(dice.choice((1, 2)))
    ]
    problem = "a field is gone" if not dice.randrange(10) else ""
    if dice.random() < 0.5:
        return rule("field_update", *conditions, watch=dice.choice((stage, changed_to("Amount"))), problem=problem)
    return rule(dice.choice(("edit", "create_or_edit", "create")), *conditions, problem=problem)


def another_book(rules: Sequence[Rule], dice: Random) -> list[Rule]:
    """Change a few rules: take some out, replace some, put some in, switch some off or on, move one."""
    changed = list(rules)
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(changed) + 1)
        what = dice.randrange(5) if at < len(changed) else 0
        match what:
            case 0:
                changed.insert(at, some_rule(dice))
            case 1:
                del changed[at]
            case 2:
                changed[at] = replace(some_rule(dice), id=changed[at].id)
            case 3:
                changed[at] = replace(changed[at], active=not changed[at].active)
            case _:
                changed.insert(0, changed.pop(at))
    return changed


def a_change(dice: Random) -> Change:
    before: dict[str, Value] = {"Stage": dice.choice(STAGES), "Amount": dice.randrange(5)}
    return edited(before, Stage=dice.choice(STAGES), Amount=dice.randrange(5))


def said(plan: RuleIndex, rules: Sequence[Rule], change: Change) -> object:
    """Return what the engine makes of a change by a plan."""
    ordered = tuple(replace(each, order=place) for place, each in enumerate(rules))
    return react(change, RuleBook(1, 1, ordered), World().context(), plan)


@pytest.mark.source("assumed: architecture: a change of rules makes a new rule book")
@given(seed=st.integers(0, 2**32), size=st.integers(0, 40))
@settings(max_examples=60)
def test_taking_over_changes_nothing(seed: int, size: int) -> None:
    dice, world = Random(seed), World()
    rules: list[Rule] = [some_rule(dice) for _ in range(size)]
    plan = EMPTY_INDEX
    for _ in range(12):
        rules = another_book(rules, dice)
        plan = compile_index(rules, Event.EDIT, NOW, world.context(), plan)
        afresh = compile_index(rules, Event.EDIT, NOW, world.context())

        assert [each.rule.id for each in plan.prepared] == [each.rule.id for each in afresh.prepared]
        assert plan.broken == afresh.broken
        for change in (a_change(dice) for _ in range(5)):
            assert said(plan, rules, change) == said(afresh, rules, change)
