"""What one change makes the rules of its module do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from kaizen.automation.effect_types import SetFields
from kaizen.automation.engine.react import DEEPEST, follow, react
from kaizen.automation.reaction import NOTHING, Reaction
from kaizen.criteria.tree import Compare, SpecialValue
from kaizen.model.record import Change, Origin
from kaizen.model.rule import EmailNotification, EmailTemplate, Rule, TaskDefinition
from kaizen.model.values import Value
from kaizen.vocabulary.comparators import Comparator
from tests.support.rules import (
    ADA,
    NOW,
    RECORD,
    Rules,
    World,
    add_tags,
    after,
    all_of,
    any_of,
    change,
    changed_to,
    compare,
    condition,
    created,
    deleted,
    edited,
    equal,
    identify,
    new_id,
    remove_tags,
    rule,
)

HOT, COLD, LOST = (identify(5_000_000 + n) for n in range(3))
DEAL: Mapping[str, Value] = {"Deal_Name": "Big", "Amount": 45000, "Stage": "Qualification", "Owner": ADA}


def reaction_to(change: Change, *rules: Rule, world: World | None = None) -> Reaction:
    return react(change, Rules(list(rules)).book(), (world or World()).context())


def always(trigger: str, **more: object) -> Rule:
    return rule(trigger, condition(None, add_tags(HOT)), **more)  # type: ignore[arg-type]  # passed through


# -- which events wake which rules


@dataclass(frozen=True)
class Wakes:
    trigger: str
    on_create: bool
    on_edit: bool
    on_delete: bool


WAKES = [
    Wakes("create", True, False, False),
    Wakes("edit", False, True, False),
    Wakes("create_or_edit", True, True, False),
    Wakes("delete", False, False, True),
]


@pytest.mark.source("reference: automation B.2")
@pytest.mark.parametrize("case", WAKES, ids=lambda case: case.trigger)
def test_an_event_wakes_the_rules_that_wait_for_it(case: Wakes) -> None:
    waiting = always(case.trigger)

    assert bool(reaction_to(created(**DEAL), waiting).matched) == case.on_create
    assert bool(reaction_to(edited(DEAL, Amount=1), waiting).matched) == case.on_edit
    assert bool(reaction_to(deleted(DEAL), waiting).matched) == case.on_delete


QUIET: list[tuple[str, Change]] = [
    ("the request asked for no automation", change(None, DEAL, trigger=frozenset())),
    ("the request asked for another automation", change(None, DEAL, trigger=frozenset({"blueprint"}))),
    ("the same values were saved again", edited(DEAL)),
    ("only stamps changed", edited(DEAL, Modified_Time=NOW, Modified_By=ADA)),
    ("another module's record was made", created("Leads", Last_Name="Doe")),
]


@pytest.mark.source("reference: automation G.1")
@pytest.mark.parametrize("quiet", [case[1] for case in QUIET], ids=[case[0] for case in QUIET])
def test_nothing_happens_when(quiet: Change) -> None:
    assert reaction_to(quiet, always("create_or_edit")) == NOTHING


@pytest.mark.source("reference: automation G.1")
def test_an_inactive_rule_does_nothing() -> None:
    assert reaction_to(created(**DEAL), always("create", active=False)) == NOTHING


# -- field_update


@dataclass(frozen=True)
class Update:
    name: str
    rule: Rule
    edit: Mapping[str, Value]
    wakes: bool
    before: Mapping[str, Value] = field(default_factory=lambda: DEAL)


def watching(watch: object, match_all: bool = False) -> Rule:
    return rule("field_update", condition(None, add_tags(HOT)), watch=watch, match_all=match_all)  # type: ignore[arg-type]  # criteria


LOST_STAGE = changed_to("Stage", "Closed Lost")
AMOUNT = changed_to("Amount")
BIG = compare("Amount", "greater_equal", 30000)
BOTH = all_of(LOST_STAGE, BIG)
SMALL = {**DEAL, "Amount": 5}
NEXT = changed_to("Next_Step", "x")
A_AND_EITHER = all_of(LOST_STAGE, any_of(BIG, NEXT))
A_OR_BOTH = any_of(LOST_STAGE, all_of(BIG, NEXT))

UPDATES = [
    Update("the field changes to the value", watching(LOST_STAGE), {"Stage": "Closed Lost"}, True),
    Update("text is compared without case", watching(LOST_STAGE), {"Stage": "CLOSED LOST"}, True),
    Update("it changes to another value", watching(LOST_STAGE), {"Stage": "Closed Won"}, False),
    Update("another field changes", watching(LOST_STAGE), {"Amount": 1}, False),
    Update(
        "the field had the value already",
        watching(LOST_STAGE),
        {"Amount": 1},
        False,
        {**DEAL, "Stage": "Closed Lost"},
    ),
    Update("any value: a new one", watching(changed_to("Stage")), {"Stage": "Closed Won"}, True),
    Update("any value: cleared", watching(changed_to("Stage")), {"Stage": None}, True),
    Update("any value: another field", watching(changed_to("Stage")), {"Amount": 1}, False),
    Update("any of two: the one that changed holds", watching(BOTH), {"Amount": 50000}, True),
    Update("any of two: the one that changed does not", watching(BOTH), {"Amount": 5}, False),
    Update("any of two: another one holds unchanged", watching(BOTH), {"Stage": "Closed Won"}, False),
    Update("all: one changed, both hold", watching(BOTH, True), {"Stage": "Closed Lost"}, True),
    Update("all: one changed, the other fails", watching(BOTH, True), {"Amount": 50000}, False),
    Update("all: neither changed", watching(BOTH, True), {"Deal_Name": "x"}, False, {**DEAL, "Stage": "Closed Lost"}),
    Update(
        "all, whatever joins the outermost group", watching(any_of(*BOTH.members), True), {"Stage": "Closed Lost"}, True
    ),
    Update(
        "all: any value of a field that did not change",
        watching(all_of(LOST_STAGE, changed_to("Amount")), True),
        {"Stage": "Closed Lost"},
        False,
    ),
    Update(
        "all: any value of a field that did",
        watching(all_of(LOST_STAGE, changed_to("Amount")), True),
        {"Stage": "Closed Lost", "Amount": 1},
        True,
    ),
    Update(
        "two values of one field",
        watching(any_of(LOST_STAGE, changed_to("Stage", "Closed Won"))),
        {"Stage": "Closed Won"},
        True,
    ),
    Update("A and (B or C): A changed, B held", watching(A_AND_EITHER, True), {"Stage": "Closed Lost"}, True),
    Update(
        "A and (B or C): A and C",
        watching(A_AND_EITHER, True),
        {"Stage": "Closed Lost", "Next_Step": "x"},
        True,
        SMALL,
    ),
    Update("A and (B or C): A alone", watching(A_AND_EITHER, True), {"Stage": "Closed Lost"}, False, SMALL),
    Update("A and (B or C): C alone", watching(A_AND_EITHER, True), {"Next_Step": "x"}, False),
    Update(
        "A and (B or C): C changed, A held before",
        watching(A_AND_EITHER, True),
        {"Next_Step": "x"},
        True,
        {**SMALL, "Stage": "Closed Lost"},
    ),
    Update("A or (B and C): A alone", watching(A_OR_BOTH), {"Stage": "Closed Lost"}, True),
    Update("A or (B and C): C alone", watching(A_OR_BOTH), {"Next_Step": "x"}, False, SMALL),
    Update(
        "A or (B and C): C changed, B held before",
        watching(A_OR_BOTH),
        {"Next_Step": "x"},
        True,
    ),
    Update(
        "A or (B and any value of C): C did not change",
        watching(any_of(LOST_STAGE, all_of(BIG, changed_to("Next_Step")))),
        {"Amount": 50000},
        False,
    ),
    Update(
        "A or (B and any value of C): both changed",
        watching(any_of(LOST_STAGE, all_of(BIG, changed_to("Next_Step")))),
        {"Amount": 50000, "Next_Step": None},
        True,
        {**DEAL, "Next_Step": "x"},
    ),
]


@pytest.mark.source("reference: automation B.2 T2, G.5")
@pytest.mark.parametrize("case", UPDATES, ids=lambda case: case.name)
def test_a_field_update_rule_wakes_when_its_field_changes_to_its_value(case: Update) -> None:
    reaction = reaction_to(edited(case.before, **case.edit), case.rule)

    assert bool(reaction.matched) == case.wakes
    assert (case.rule.id in reaction.triggered) == case.wakes


@pytest.mark.source("reference: automation G.6 step 3")
def test_a_field_update_rule_does_not_wake_on_create() -> None:
    assert reaction_to(created(**{**DEAL, "Stage": "Closed Lost"}), watching(LOST_STAGE)) == NOTHING


# -- conditions


def tagging(*conditions: object) -> Rule:
    return rule("create", *(condition(c, add_tags(HOT)) for c in conditions))  # type: ignore[arg-type]  # criteria


CONDITIONS: list[tuple[str, Rule, int | None]] = [
    ("the first that holds", tagging(equal("Stage", "Qualification"), BIG), 1),
    ("a later one when the first does not hold", tagging(equal("Stage", "x"), BIG, None), 2),
    ("one without criteria holds always", tagging(equal("Stage", "x"), None), 2),
    ("none", tagging(equal("Stage", "x"), equal("Stage", "y")), None),
]


@pytest.mark.source("reference: automation G.3")
@pytest.mark.parametrize(("_name", "tried", "wins"), CONDITIONS, ids=[case[0] for case in CONDITIONS])
def test_the_first_condition_that_holds_wins(_name: str, tried: Rule, wins: int | None) -> None:
    reaction = reaction_to(created(**DEAL), tried)

    won = [matched.condition_id for matched in reaction.matched]
    assert won == ([] if wins is None else [tried.conditions[wins - 1].id])
    assert len(reaction.fired) == len(won)


@pytest.mark.source("reference: automation G.11")
def test_a_field_update_rule_without_a_matching_condition_is_only_triggered() -> None:
    idle = rule("field_update", condition(equal("Deal_Name", "x"), add_tags(HOT)), watch=LOST_STAGE)

    assert reaction_to(edited(DEAL, Stage="Closed Lost"), idle) == Reaction(triggered=(idle.id,))


@pytest.mark.source("reference: automation G.5")
def test_a_delete_rule_looks_at_the_last_state() -> None:
    rules = Rules()
    mail = rules.entity("email_notifications", _notification(rules))
    rules.add("delete", condition(equal("Stage", "Qualification"), mail))

    reaction = react(deleted(DEAL), rules.book(), World().context())

    assert [fired.outcome for fired in reaction.fired] == ["done"]


@pytest.mark.source("reference: automation B.3")
def test_the_current_user_is_whoever_made_the_change() -> None:
    mine = rule("create", condition(equal("Owner", SpecialValue("CURRENTUSER")), add_tags(HOT)))

    assert reaction_to(created(**DEAL), mine).matched
    assert not reaction_to(created(**{**DEAL, "Owner": identify(1)}), mine).matched


@pytest.mark.source("reference: automation B.3")
def test_criteria_see_values_behind_lookups() -> None:
    shipping = rule("create", condition(equal("Account_Name.Industry", "Shipping"), add_tags(HOT)))
    world = World(related={"Account_Name.Industry": "Shipping"})

    assert reaction_to(created(**DEAL), shipping, world=world).matched
    assert not reaction_to(created(**DEAL), shipping).matched


@pytest.mark.source("reference: automation G.9")
def test_criteria_of_the_day_are_right_again_after_midnight() -> None:
    rules = Rules()
    rules.add("create", condition(equal("Closing_Date", SpecialValue("TODAY")), add_tags(HOT)))
    book, surroundings = rules.book(), World().context()
    due_today = {**DEAL, "Closing_Date": "2025-11-24"}

    days = [bool(react(change(None, due_today, at=NOW + n * 86400), book, surroundings).matched) for n in (0, 1, 0)]

    assert days == [True, False, True]


# -- order


@pytest.mark.source("reference: automation G.3")
def test_rules_run_in_their_order_and_all_of_them() -> None:
    first = rule("create", condition(None, add_tags(HOT)), order=1)
    second = rule("create_or_edit", condition(None, add_tags(COLD)), order=2)

    reaction = reaction_to(created(**DEAL), second, first)

    assert [matched.rule_id for matched in reaction.matched] == [first.id, second.id]
    assert [fired.effect for fired in reaction.fired] == [SetFields({"Tag": (HOT,)}), SetFields({"Tag": (HOT, COLD)})]


@pytest.mark.source("reference: automation G.3")
def test_field_update_rules_and_edit_rules_share_one_order() -> None:
    watch = rule("field_update", condition(None, add_tags(HOT)), watch=changed_to("Stage"), order=2)
    edits = [rule("edit", condition(None, add_tags(COLD)), order=1), rule("edit", condition(None), order=3)]

    reaction = reaction_to(edited(DEAL, Stage="Closed Lost"), watch, *edits)

    assert [matched.rule_id for matched in reaction.matched] == [edits[0].id, watch.id, edits[1].id]


@pytest.mark.source("reference: automation G.3")
def test_actions_of_a_condition_run_fields_first_then_tags_mail_and_task() -> None:
    rules = Rules()
    task, mail = rules.entity("tasks", _task()), rules.entity("email_notifications", _notification(rules))
    fields = rules.field_update("Next_Step", "Call")
    rules.add("create", condition(None, task, mail, add_tags(HOT), fields))

    reaction = react(created(**DEAL), rules.book(), World().context())

    kinds = [fired.action.type.value for fired in reaction.fired]
    assert kinds == ["field_updates", "add_tags", "email_notifications", "tasks"]


@pytest.mark.source("reference: automation G.3")
def test_later_rules_see_what_earlier_rules_wrote() -> None:
    rules = Rules()
    rules.add("create", condition(None, rules.field_update("Stage", "Closed Lost")))
    on_lost = rules.add("create", condition(equal("Stage", "Closed Lost"), add_tags(LOST)))
    rules.add("create", condition(equal("Stage", "Qualification"), add_tags(HOT)))

    reaction = react(created(**DEAL), rules.book(), World().context())

    assert [matched.rule_id for matched in reaction.matched][1:] == [on_lost.id]


@pytest.mark.source("reference: automation G.3")
@pytest.mark.parametrize("through_lookup", [False, True], ids=["of the record", "of a record behind it"])
def test_later_field_update_rules_see_what_earlier_ones_wrote(through_lookup: bool) -> None:
    rules, beside = Rules(), [equal("Account_Name.Industry", "Retail")] if through_lookup else []
    rules.add("field_update", condition(equal("Next_Step", "x"), add_tags(HOT)), watch=AMOUNT)
    writes = rules.add("field_update", condition(None, rules.field_update("Next_Step", "x")), watch=AMOUNT)
    met = rules.add("field_update", condition(all_of(equal("Next_Step", "x"), *beside), add_tags(LOST)), watch=AMOUNT)
    rules.add("field_update", condition(all_of(equal("Next_Step", "y"), *beside), add_tags(HOT)), watch=AMOUNT)
    world = World(related={"Account_Name.Industry": "Retail"})

    reaction = react(edited({**DEAL, "Next_Step": "y"}, Amount=1), rules.book(), world.context())

    assert [matched.rule_id for matched in reaction.matched] == [writes.id, met.id]
    assert len(reaction.triggered) == 4


@pytest.mark.source("reference: automation G.3")
def test_earlier_rules_do_not_see_what_later_rules_write() -> None:
    rules = Rules()
    rules.add("create", condition(equal("Stage", "Closed Lost"), add_tags(LOST)))
    writes = rules.add("create", condition(None, rules.field_update("Stage", "Closed Lost")))

    reaction = react(created(**DEAL), rules.book(), World().context())

    assert [matched.rule_id for matched in reaction.matched] == [writes.id]


@pytest.mark.source("reference: automation G.3")
def test_what_an_earlier_rule_writes_wakes_no_field_update_rule() -> None:
    rules = Rules()
    rules.add("edit", condition(None, rules.field_update("Stage", "Closed Lost")))
    rules.add("field_update", condition(None, add_tags(LOST)), watch=LOST_STAGE)

    reaction = react(edited(DEAL, Amount=1), rules.book(), World().context())

    assert len(reaction.matched) == 1
    assert reaction.triggered == ()


# -- once for each record


@pytest.mark.source("reference: automation G.5")
@pytest.mark.parametrize("trigger", ["create_or_edit", "edit"])
def test_a_rule_that_does_not_repeat_consumes_its_shot_with_the_first_match(trigger: str) -> None:
    once = always(trigger, repeat=False)
    edit = edited(DEAL, Amount=1)

    assert [matched.consumes for matched in reaction_to(edit, once).matched] == [True]
    assert reaction_to(edit, once, world=World(used_up={once.id: 1})) == NOTHING


@pytest.mark.source("reference: automation G.5")
def test_a_rule_that_repeats_consumes_nothing() -> None:
    again = always("edit")

    reaction = reaction_to(edited(DEAL, Amount=1), again, world=World(used_up={again.id: 1}))

    assert [matched.consumes for matched in reaction.matched] == [False]


@pytest.mark.source("reference: automation G.5")
def test_a_create_rule_needs_no_ledger() -> None:
    assert [m.consumes for m in reaction_to(created(**DEAL), always("create", repeat=False)).matched] == [False]


# -- what workflows write


BY_WORKFLOW = Origin("workflow", chain=1, depth=1)


@pytest.mark.source("reference: automation G.4")
@pytest.mark.parametrize(("cascade", "acts"), [(0, False), (1, True)])
def test_edits_made_by_rules_wake_rules_only_where_cascades_are_on(cascade: int, acts: bool) -> None:
    edit = change(DEAL, {**DEAL, "Amount": 1}, origin=BY_WORKFLOW)

    reaction = reaction_to(edit, always("edit"), world=World(cascade=cascade))

    assert bool(reaction.matched) == acts
    assert reaction.held == ("" if acts else "cascade")


@pytest.mark.source("reference: automation G.4")
def test_records_made_by_rules_wake_create_rules() -> None:
    assert reaction_to(change(None, DEAL, origin=BY_WORKFLOW), always("create")).matched


@pytest.mark.source("reference: automation G.4")
def test_a_condition_never_runs_twice_for_a_record_in_one_chain() -> None:
    again = always("edit")
    ran = frozenset({(again.id, again.conditions[0].id, RECORD)})
    edit = change(DEAL, {**DEAL, "Amount": 1}, origin=Origin("workflow", 1, 1, ran))

    reaction = reaction_to(edit, again, world=World(cascade=9))

    assert not reaction.matched
    assert [rule_id for rule_id, _ in reaction.guarded] == [again.id]


@pytest.mark.source("reference: automation G.4")
@pytest.mark.parametrize(("depth", "acts"), [(DEEPEST - 1, True), (DEEPEST, False)])
def test_a_chain_ends_after_ten_steps(depth: int, acts: bool) -> None:
    reaction = reaction_to(change(None, DEAL, origin=Origin("workflow", 1, depth)), always("create"))

    assert bool(reaction.matched) == acts
    assert bool(reaction.guarded) != acts


@pytest.mark.source("reference: automation G.4")
def test_writes_of_a_reaction_know_their_chain() -> None:
    first = always("create")
    begun = created(**DEAL)

    origin = follow(begun, reaction_to(begun, first))

    assert origin == Origin("workflow", begun.id, 1, frozenset({(first.id, first.conditions[0].id, RECORD)}))


# -- later


@pytest.mark.source("reference: automation G.7")
def test_scheduled_actions_fall_due_counted_from_the_change() -> None:
    tag = add_tags(HOT)
    later = rule("create", condition(None, scheduled=[after("business_days", 30, tag), after("hours", 0, tag)]))

    scheduled = reaction_to(created(**DEAL), later).scheduled

    assert [each.due_at - NOW for each in scheduled] == [42 * 86400, 0]  # 5 January 2026, 10:00


# -- what cannot be evaluated


class _Odd:
    """No criteria at all."""


_UNTYPED = Compare(("Stage",), Comparator.EQUAL, "x", "colour")  # type: ignore[arg-type]  # the point

BROKEN: list[tuple[str, Callable[[], Rule]]] = [
    ("a field it names is gone", lambda: always("create", problem="no field Score in Deals")),
    ("its criteria are no criteria", lambda: rule("create", condition(_Odd(), add_tags(HOT)))),  # type: ignore[arg-type]  # the point
    ("its criteria have an unknown data type", lambda: rule("create", condition(_UNTYPED, add_tags(HOT)))),
    ("a later condition of it cannot be compiled", lambda: rule("create", condition(), condition(_UNTYPED))),
    ("a special value is unknown", lambda: rule("create", condition(equal("Closing_Date", SpecialValue("SOMEDAY"))))),
]


@pytest.mark.source("reference: automation G.8")
@pytest.mark.parametrize("make", [case[1] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_rule_that_cannot_be_evaluated_is_broken_and_the_others_work(make: Callable[[], Rule]) -> None:
    broken, good = make(), always("create")

    reaction = reaction_to(created(**DEAL), broken, good)

    assert [rule_id for rule_id, _ in reaction.broken] == [broken.id]
    assert [matched.rule_id for matched in reaction.matched] == [good.id]


@pytest.mark.source("reference: automation G.8")
@pytest.mark.parametrize("watch", [None, _UNTYPED], ids=["no field", "an unknown data type"])
def test_a_field_update_rule_that_watches_nothing_that_can_be_is_broken(watch: Compare | None) -> None:
    broken = rule("field_update", condition(None, add_tags(HOT)), watch=watch)

    assert [rule_id for rule_id, _ in reaction_to(edited(DEAL, Stage="x"), broken).broken] == [broken.id]


@pytest.mark.source("reference: automation G.8")
def test_a_field_update_rule_whose_criteria_cannot_be_evaluated_is_broken() -> None:
    broken = rule("field_update", condition(_UNTYPED, add_tags(HOT)), watch=LOST_STAGE)
    good = rule("field_update", condition(None, add_tags(HOT)), watch=LOST_STAGE)

    reaction = reaction_to(edited(DEAL, Stage="Closed Lost"), broken, good)

    assert [rule_id for rule_id, _ in reaction.broken] == [broken.id]
    assert [matched.rule_id for matched in reaction.matched] == [good.id]


@pytest.mark.source("reference: automation G.8")
def test_a_failing_action_stops_no_other() -> None:
    rules = Rules()
    rules.add("create", condition(None, *(add_tags(*(new_id() for _ in range(11))), remove_tags(HOT), add_tags(COLD))))

    reaction = react(created(**{**DEAL, "Tag": (HOT,)}), rules.book(), World().context())

    assert [fired.outcome for fired in reaction.fired] == ["failed", "done", "done"]
    assert reaction.fired[-1].effect == SetFields({"Tag": (COLD,)})


def _task() -> object:
    return TaskDefinition(new_id(), "Feedback", "Deals", ())


def _notification(rules: Rules) -> object:
    template = EmailTemplate(new_id(), "Lost", "Deals", "Lost", "<p>Lost</p>")
    rules.entities[template.id] = template
    return EmailNotification(new_id(), "Alert", "Deals", template.id, ())
