"""The engine agrees with a plain reading of the rules, and the trace agrees with the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaizen.automation.effect_types import SetFields
from kaizen.automation.engine.react import react
from kaizen.automation.engine.reasons import PastChange, reasons
from kaizen.automation.reaction import Fired, Reaction
from kaizen.automation.rule_book import RuleBook
from kaizen.automation.triggers.kinds import TRIGGER_KINDS
from kaizen.criteria.holds import holds
from kaizen.criteria.resolve import resolve
from kaizen.criteria.tree import ANY_VALUE, CURRENT_USER, CURRENT_USER_ROLE, Criteria, Group, SpecialValue, key_of
from kaizen.model.calendar import BusinessCalendar
from kaizen.model.record import Change, Origin
from kaizen.model.rule import Condition, FieldUpdate, Rule, RuleAction, Trigger
from kaizen.model.values import Id, Value
from kaizen.vocabulary.automation import ActionType, Event, Reason, TriggerType
from kaizen.vocabulary.comparators import GroupOperator
from tests.support.rules import (
    ADA,
    BOB,
    CATALOG,
    CYD,
    ORGANISATION,
    RECORD,
    USERS,
    World,
    all_of,
    any_of,
    change,
    compare,
)

STAGES = ["A", "B", "C"]
STEPS = ["x", "y"]

stages = st.sampled_from([None, *STAGES])
records = st.fixed_dictionaries(
    {
        "Stage": stages,
        "Next_Step": st.sampled_from([None, *STEPS]),
        "Amount": st.sampled_from([None, 1, 2, 3]),
        "Modified_Time": st.integers(0, 3),
        "Owner": st.sampled_from([None, ADA, BOB, CYD]),
    }
)
comparisons = st.one_of(
    st.builds(compare, st.just("Stage"), st.sampled_from(["equal", "not_equal"]), st.sampled_from(STAGES)),
    st.builds(compare, st.just("Next_Step"), st.sampled_from(["equal", "contains"]), st.sampled_from(STEPS)),
    st.builds(compare, st.just("Amount"), st.sampled_from(["less_than", "greater_equal"]), st.just(2)),
    st.builds(compare, st.just("Account_Name.Industry"), st.just("equal"), st.sampled_from(["Mining", "Shipping"])),
    st.builds(compare, st.just("Stage"), st.just("empty")),
    st.builds(compare, st.just("Stage"), st.sampled_from(["equal", "not_equal"]), st.just(("A", "c"))),
    st.builds(
        compare,
        st.just("Owner"),
        st.sampled_from(["equal", "not_equal"]),
        st.sampled_from([SpecialValue("CURRENTUSERROLE"), SpecialValue("CURRENTUSER"), (BOB, CYD)]),
    ),
)
joined = st.lists(comparisons, min_size=2, max_size=3).flatmap(
    lambda members: st.sampled_from([all_of(*members), any_of(*members)])
)
criteria = st.one_of(st.none(), comparisons, joined)
watched = st.one_of(
    comparisons,
    st.builds(compare, st.sampled_from(["Stage", "Amount"]), st.just("equal"), st.just(ANY_VALUE)),
)
watches = st.recursive(
    watched,
    lambda members: st.builds(
        lambda join, few: join(*few),
        st.sampled_from([all_of, any_of]),
        st.lists(members, min_size=2, max_size=3),
    ),
    max_leaves=5,
)


@dataclass(frozen=True)
class Play:
    """A rule book, a change, and what the engine may ask."""

    book: RuleBook
    change: Change
    world: World


@st.composite
def plays(draw: st.DrawFn) -> Play:
    ids = count(1)
    updates: dict[Id, FieldUpdate] = {}

    def action() -> RuleAction:
        if draw(st.booleans()):
            tags = draw(st.lists(st.integers(900, 903), max_size=2))
            kind = draw(st.sampled_from([ActionType.ADD_TAGS, ActionType.REMOVE_TAGS]))
            return RuleAction(next(ids), kind, details={"tags": [{"id": str(tag)} for tag in tags]})
        name, value = draw(st.sampled_from([("Stage", "A"), ("Stage", "B"), ("Next_Step", "x"), ("Gone", "x")]))
        update = FieldUpdate(next(ids), name, "Deals", name, value)
        updates[update.id] = update
        return RuleAction(update.id, ActionType.FIELD_UPDATES)

    def conditions() -> tuple[Condition, ...]:
        return tuple(
            Condition(next(ids), number, draw(criteria), tuple(action() for _ in range(draw(st.integers(0, 2)))))
            for number in range(1, draw(st.integers(1, 3)) + 1)
        )

    def rule(order: int) -> Rule:
        kind = draw(st.sampled_from([kind.type for kind in TRIGGER_KINDS.values()]))
        watch = draw(watches) if TRIGGER_KINDS[kind].watched else None
        trigger = Trigger(kind, draw(st.booleans()), watch, draw(st.booleans()))
        problem = draw(st.sampled_from(["", "", "", "", "a field is gone"]))
        return Rule(next(ids), "r", "Deals", trigger, conditions(), draw(st.integers(0, 5)) > 0, order, problem)

    rules = tuple(rule(order) for order in range(draw(st.integers(1, 6))))
    ran = frozenset((r.id, c.id, RECORD) for r in rules for c in r.conditions if draw(st.booleans()))
    origin = draw(st.sampled_from([Origin(), Origin("workflow", 1, 1, ran), Origin("workflow", 1, 10, ran)]))
    before, after = draw(st.tuples(st.none() | records, st.none() | records).filter(any))
    trigger = draw(st.sampled_from([None, None, None, frozenset({"workflow"}), frozenset[str]()]))
    # What is only just being created has used up nothing.
    used_up = {r.id: 77 for r in rules if draw(st.integers(0, 3)) == 0} if before is not None else {}
    related = {"Account_Name.Industry": draw(st.sampled_from([None, "Mining", "Shipping"]))}
    role_of_owner = USERS[after["Owner"]].role_id if after is not None and after["Owner"] else None
    if after is None and before is not None and before["Owner"]:
        role_of_owner = USERS[before["Owner"]].role_id
    related["Owner.role"] = role_of_owner or None
    world = World(used_up, related, cascade=draw(st.sampled_from([0, 10])))
    made = change(before, after, origin=origin, trigger=trigger)
    made = made._replace(actor_id=draw(st.sampled_from([ADA, BOB])))
    return Play(RuleBook(1, 1, rules, updates), made, world)


def wakes(rule: Rule, change: Change, values: Mapping[str, Value]) -> bool:
    kind, changed = rule.trigger.type, change.changed
    if not TRIGGER_KINDS[kind].watched:
        return change.event.value in {"create_or_edit": ("create", "edit")}.get(kind.value, (kind.value,))
    watch: Any = rule.trigger.criteria
    if change.event is not Event.EDIT:
        return False
    if isinstance(watch, Group):
        watch = (all_of if rule.trigger.match_all else any_of)(*watch.members)

    def met(tree: Criteria) -> bool:
        """Say whether the new values meet what is asked."""
        if isinstance(tree, Group):
            return (all if tree.operator is GroupOperator.AND else any)(map(met, tree.members))
        return tree.path[0] in changed if tree.value == ANY_VALUE else holds(asked(tree), values)

    def woken(tree: Criteria) -> bool:
        """Say whether a field that changed and meets what is asked wakes the rule."""
        if isinstance(tree, Group):
            return any(map(woken, tree.members)) and (tree.operator is GroupOperator.OR or met(tree))
        return tree.path[0] in changed and len(tree.path) == 1 and met(tree)

    return woken(watch)


def asked(value: object) -> Criteria | None:
    """Give the criteria of a rule with the caller's pseudo fields in them."""
    return value and resolve(value, date(2025, 11, 24), ORGANISATION, BusinessCalendar())  # type: ignore[return-value, arg-type]  # rules hold criteria as objects


def seen(play: Play) -> dict[str, Value]:
    """Return all that criteria can look at."""
    actor = play.change.actor_id
    caller = {key_of(CURRENT_USER): actor, key_of(CURRENT_USER_ROLE): USERS[actor].role_id or None}
    return {**play.change.last_state, **play.world.related, **caller}


def plainly(play: Play) -> tuple[list[tuple[Id, Id]], dict[str, Value]]:
    """Return which rules match with which condition, and the record they leave, by asking one rule after another."""
    change, world = play.change, play.world
    matched: list[tuple[Id, Id]] = []
    original = seen(play)
    values = dict(original)
    held = change.event is Event.EDIT and (change.origin.depth > world.cascade or change.changed <= {"Modified_Time"})
    for rule in play.book.rules:
        if change.suppressed or held or not rule.active or rule.problem or not wakes(rule, change, original):
            continue
        won = next((c for c in rule.conditions if holds(asked(c.criteria), values)), None)
        recurring = rule.trigger.type not in (TriggerType.CREATE, TriggerType.DELETE)
        used_up = recurring and not rule.trigger.repeat and rule.id in world.used_up
        if won is None or used_up or (rule.id, won.id, RECORD) in change.origin.ran or change.origin.depth >= 10:
            continue
        matched.append((rule.id, won.id))
        if change.event is not Event.DELETE:
            act(won, play.book, values)
    return matched, {k: v for k, v in values.items() if k in change.last_state.keys() | {"Tag"} and v is not None}


def act(condition: Condition, book: RuleBook, values: dict[str, Value]) -> None:
    updates = [book.entity(FieldUpdate, a.id) for a in condition.instant if a.type is ActionType.FIELD_UPDATES]
    values |= {u.field: u.value for u in updates if u.field in CATALOG.by_name["Deals"].by_name}
    for action in condition.instant:
        tags: Any = values.get("Tag") or ()
        details: Any = action.details
        named = [int(tag["id"]) for tag in details.get("tags", ())]
        if action.type is ActionType.ADD_TAGS:
            values["Tag"] = (*tags, *(tag for tag in dict.fromkeys(named) if tag not in tags)) or None
        if action.type is ActionType.REMOVE_TAGS:
            values["Tag"] = tuple(tag for tag in tags if tag not in named) or None


def left(change: Change, fired: tuple[Fired, ...]) -> dict[str, Value]:
    values = dict(change.last_state)
    for each in fired:
        if isinstance(each.effect, SetFields):
            values |= each.effect.values
    return {k: v for k, v in values.items() if v is not None}


@pytest.mark.source("reference: automation G.3 to G.5")
@given(plays())
def test_the_engine_agrees_with_asking_one_rule_after_another(play: Play) -> None:
    reaction = react(play.change, play.book, play.world.context())

    matched, values = plainly(play)
    assert [(m.rule_id, m.condition_id) for m in reaction.matched] == matched
    assert left(play.change, reaction.fired) == values


@pytest.mark.source("reference: automation H 2")
@given(plays())
def test_the_trace_agrees_with_what_the_engine_did(play: Play) -> None:
    surroundings = play.world.context()
    reaction: Reaction = react(play.change, play.book, surroundings)

    entries = reasons(
        PastChange(play.change, reaction, play.world.related, play.world.used_up), play.book, surroundings
    )

    by_reason: dict[str, set[Id]] = {reason: set() for reason in Reason}
    for entry in entries:
        by_reason[entry.reason].add(entry.rule_id)
    assert {entry.rule_id for entry in entries} == {rule.id for rule in play.book.rules}
    assert [(e.rule_id, e.condition_id) for e in entries if e.reason is Reason.FIRED] == [
        (m.rule_id, m.condition_id) for m in reaction.matched
    ]
    assert by_reason[Reason.LOOP_GUARD] == {rule_id for rule_id, _ in reaction.guarded}
    assert by_reason[Reason.REPEAT_CONSUMED] <= play.world.used_up.keys()
    assert by_reason[Reason.RULE_BROKEN] == {rule_id for rule_id, _ in reaction.broken}
    for entry in entries:
        # Whatever is said not to hold is shown not to hold.
        assert entry.reason is not Reason.CRITERIA_FALSE or entry.details["comparisons"]
    original = seen(play)
    assert all(wakes(play.book.by_id[rule_id], play.change, original) for rule_id in reaction.triggered)
