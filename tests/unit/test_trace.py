"""Why each rule did or did not act on a change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from kaizen.automation.engine.react import react
from kaizen.automation.engine.reasons import PastChange, reasons
from kaizen.automation.reaction import TraceEntry
from kaizen.model.record import Change, Origin
from kaizen.model.rule import Rule
from kaizen.model.values import Value
from tests.support.rules import (
    ADA,
    RECORD,
    Rules,
    World,
    add_tags,
    all_of,
    any_of,
    change,
    changed_to,
    compare,
    condition,
    edited,
    equal,
    identify,
    rule,
)

HOT = identify(5_000_000)
DEAL: Mapping[str, Value] = {"Deal_Name": "Big", "Amount": 45000, "Stage": "Qualification", "Owner": ADA}
LOST = {**DEAL, "Stage": "Closed Lost"}
EDIT = edited(DEAL, Stage="Closed Lost")


def traced(past: Change, rules: Rules, world: World | None = None) -> list[TraceEntry]:
    world = world or World()
    book, surroundings = rules.book(), world.context()
    reaction = react(past, book, surroundings)
    return reasons(PastChange(past, reaction, world.related, world.used_up), book, surroundings)


@dataclass(frozen=True)
class Case:
    name: str
    rule: Rule
    reasons: list[str]
    details: Mapping[str, Any] = field(default_factory=dict)
    change: Change = EDIT
    world: World = field(default_factory=World)


TAG = add_tags(HOT)
ONCE = rule("edit", condition(None, TAG), repeat=False)
IN_CIRCLES = rule("edit", condition(None, TAG))
ON_LOST = changed_to("Stage", "Closed Lost")


def failing(name: str, comparator: str, expected: Any, found: Any, part: str = "condition") -> Mapping[str, Any]:
    failed = {"field": name, "comparator": comparator, "expected": expected, "found": found}
    return {"part": part, "comparisons": [failed]}


CASES = [
    Case("it acted", rule("edit", condition(None, TAG)), ["FIRED"]),
    Case("it is not active", rule("edit", condition(None, TAG), active=False), ["RULE_INACTIVE"]),
    Case(
        "it waits for another event",
        rule("create", condition(None, TAG)),
        ["OTHER_EVENT"],
        {"waits_for": "create", "event": "edit"},
    ),
    Case(
        "the caller asked for no rules",
        rule("edit", condition(None, TAG)),
        ["TRIGGER_SUPPRESSED"],
        {"by": "trigger"},
        change(DEAL, LOST, trigger=frozenset()),
    ),
    Case(
        "a rule made the change",
        rule("edit", condition(None, TAG)),
        ["TRIGGER_SUPPRESSED"],
        {"by": "cascade"},
        change(DEAL, LOST, origin=Origin("workflow", 1, 1)),
    ),
    Case("nothing changed", rule("edit", condition(None, TAG)), ["FIELD_NOT_CHANGED"], {"fields": []}, edited(DEAL)),
    Case(
        "its field did not change",
        rule("field_update", condition(None, TAG), watch=changed_to("Amount")),
        ["FIELD_NOT_CHANGED"],
        {"fields": ["Amount"]},
    ),
    Case(
        "one of its fields did not change and all must",
        rule("field_update", condition(None, TAG), watch=all_of(ON_LOST, changed_to("Amount")), match_all=True),
        ["FIELD_NOT_CHANGED"],
        {"fields": ["Amount"]},
    ),
    Case(
        "its field changed to something else",
        rule("field_update", condition(None, TAG), watch=changed_to("Stage", "Closed Won")),
        ["CRITERIA_FALSE"],
        failing("Stage", "equal", "Closed Won", "Closed Lost", "trigger"),
    ),
    Case(
        "a field of an inner group did not change",
        rule(
            "field_update",
            condition(None, TAG),
            watch=any_of(changed_to("Amount", 1), all_of(ON_LOST, changed_to("Next_Step"))),
        ),
        ["FIELD_NOT_CHANGED"],
        {"fields": ["Next_Step"]},
    ),
    Case(
        "an inner group of what it watches does not hold",
        rule(
            "field_update",
            condition(None, TAG),
            watch=all_of(ON_LOST, any_of(equal("Amount", 1), equal("Next_Step", "x"))),
            match_all=True,
        ),
        ["CRITERIA_FALSE"],
        {
            "part": "trigger",
            "comparisons": [
                {"field": "Amount", "comparator": "equal", "expected": 1, "found": 45000},
                {"field": "Next_Step", "comparator": "equal", "expected": "x", "found": None},
            ],
        },
    ),
    Case(
        "its criteria do not hold",
        rule("edit", condition(compare("Amount", "greater_than", 300000), TAG)),
        ["CRITERIA_FALSE"],
        failing("Amount", "greater_than", 300000, 45000),
    ),
    Case(
        "what lies behind a lookup does not hold",
        rule("edit", condition(equal("Account_Name.Industry", "Shipping"), TAG)),
        ["CRITERIA_FALSE"],
        failing("Account_Name.Industry", "equal", "Shipping", "Mining"),
        world=World(related={"Account_Name.Industry": "Mining"}),
    ),
    Case(
        "it acted before",
        ONCE,
        ["REPEAT_CONSUMED"],
        {"change_id": "77"},
        world=World(used_up={ONCE.id: 77}),
    ),
    Case(
        "it runs in circles",
        IN_CIRCLES,
        ["LOOP_GUARD"],
        change=change(
            DEAL,
            LOST,
            origin=Origin("workflow", 1, 1, frozenset({(IN_CIRCLES.id, IN_CIRCLES.conditions[0].id, RECORD)})),
        ),
        world=World(cascade=5),
    ),
    Case(
        "it is broken",
        rule("edit", condition(None, TAG), problem="no field Score in Deals"),
        ["RULE_BROKEN"],
        {"why": "no field Score in Deals"},
    ),
    Case(
        "an earlier condition won",
        rule("edit", condition(equal("Stage", "x"), TAG), condition(None, TAG), condition(None, TAG)),
        ["CRITERIA_FALSE", "FIRED", "EARLIER_CONDITION_WON"],
    ),
]


@pytest.mark.source("reference: automation H 2")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_trace_says(case: Case) -> None:
    entries = traced(case.change, Rules([case.rule]), case.world)

    assert [entry.reason for entry in entries] == case.reasons
    assert {key: entries[0].details.get(key) for key in case.details} == case.details


@pytest.mark.source("reference: automation H 2")
def test_criteria_are_explained_with_the_values_that_the_rule_saw() -> None:
    rules = Rules()
    rules.add("edit", condition(None, rules.field_update("Stage", "Closed Won")))
    rules.add("edit", condition(equal("Stage", "Closed Lost"), TAG))

    entries = traced(EDIT, rules)

    assert entries[1].details["comparisons"] == failing("Stage", "equal", "Closed Lost", "Closed Won")["comparisons"]


@pytest.mark.source("reference: automation H 2")
def test_an_entry_of_a_rule_that_fired_tells_how_its_actions_went() -> None:
    entries = traced(EDIT, Rules([rule("edit", condition(None, TAG, add_tags()))]))

    actions: Any = entries[0].details["actions"]
    assert [(each["type"], each["outcome"]) for each in actions] == [("add_tags", "done"), ("add_tags", "failed")]
