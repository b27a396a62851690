"""What each kind of action asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from kaizen.automation.actions.action_kind import ActionGround, Touched
from kaizen.automation.actions.kinds import ACTION_KINDS
from kaizen.automation.effect_types import CreateTask, Effect, SendMail, SetFields, SetParentFields
from kaizen.automation.engine.react import react
from kaizen.automation.reaction import Fired
from kaizen.model.rule import EmailNotification, EmailTemplate, FieldMapping, RuleAction, TaskDefinition
from kaizen.model.values import Value
from tests.support.rules import (
    ADA,
    BOB,
    CATALOG,
    CYD,
    DOT,
    SALES,
    Rules,
    World,
    action,
    add_tags,
    condition,
    created,
    deleted,
    identify,
    new_id,
    remove_tags,
)

RED, BLUE, *MORE = (identify(5_000_000 + n) for n in range(12))
PARENT = identify(7_500_000)


def fire(rules: Rules, fired: RuleAction, values: Mapping[str, Value], world: World | None = None) -> Fired:
    rules.add("create", condition(None, fired))
    (found,) = react(created(**values), rules.book(), (world or World()).context()).fired
    assert changed_by(found.effect) <= allowed(fired, rules)
    return found


def changed_by(effect: Effect | None) -> set[tuple[str, str]]:
    """Return the fields that an effect changes, with their modules; it is said of new records elsewhere."""
    match effect:
        case SetFields():
            return {("Deals", name) for name in effect.values}
        case SetParentFields():
            return {(effect.module, name) for name in effect.values}
        case CreateTask() | SendMail() | None:
            return set()


def allowed(fired: RuleAction, rules: Rules) -> set[tuple[str, str]]:
    """Return the fields of records that are there already that an action says it touches."""
    touched = touched_by(fired, rules)
    return {(each.module, name) for each in touched if not each.creates for name in each.fields}


def touched_by(fired: RuleAction, rules: Rules) -> tuple[Touched, ...]:
    ground = ActionGround(CATALOG.by_name["Deals"], CATALOG, rules.book())
    return tuple(ACTION_KINDS[fired.type].touches(fired, ground))


@dataclass(frozen=True)
class Case:
    name: str
    action: RuleAction
    values: Mapping[str, Value]
    effect: Effect | None
    outcome: str = "done"
    world: Mapping[str, Any] = field(default_factory=dict)


TAGS = [
    Case("tags are added", add_tags(RED), {"Tag": (BLUE,)}, SetFields({"Tag": (BLUE, RED)})),
    Case("to none", add_tags(RED, BLUE), {}, SetFields({"Tag": (RED, BLUE)})),
    Case("that are there", add_tags(RED), {"Tag": (RED,)}, None, "nothing_to_do"),
    Case("instead of others", add_tags(RED, over_write=True), {"Tag": (BLUE,)}, SetFields({"Tag": (RED,)})),
    Case("up to ten", add_tags(RED), {"Tag": tuple(MORE[:9])}, SetFields({"Tag": (*MORE[:9], RED)})),
    Case("not an eleventh", add_tags(RED), {"Tag": tuple(MORE)}, None, "failed"),
    Case("eleventh that is there", add_tags(MORE[0]), {"Tag": tuple(MORE)}, None, "nothing_to_do"),
    Case("instead of ten", add_tags(RED, over_write=True), {"Tag": tuple(MORE)}, SetFields({"Tag": (RED,)})),
    Case("without naming any", add_tags(), {}, None, "failed"),
    Case("tags are removed", remove_tags(RED), {"Tag": (RED, BLUE)}, SetFields({"Tag": (BLUE,)})),
    Case("the last tag is removed", remove_tags(RED), {"Tag": (RED,)}, SetFields({"Tag": None})),
    Case("tags that are not there", remove_tags(RED), {"Tag": (BLUE,)}, None, "nothing_to_do"),
]


def to(*targets: Mapping[str, Any], **more: Any) -> RuleAction:
    return action("assign_owner", assign_to=list(targets), **more)


def user(number: int) -> Mapping[str, Any]:
    return {"type": "user", "resource": {"id": str(number)}}


def from_field(token: str) -> Mapping[str, Any]:
    return {"type": "merge_field", "details": {"api_name": token}}


OWNED = {"Owner": ADA, "Created_By": CYD, "Account_Name": PARENT}
OWNERS = [
    Case("a user", to(user(BOB)), OWNED, SetFields({"Owner": BOB})),
    Case("the owner already", to(user(ADA)), OWNED, None, "nothing_to_do"),
    Case("an inactive user", to(user(DOT)), OWNED, None, "nothing_to_do"),
    Case("a user who is not there", to(user(1)), OWNED, None, "nothing_to_do"),
    Case("an active one of two", to(user(DOT), user(BOB)), OWNED, SetFields({"Owner": BOB})),
    Case("a role", to({"type": "role", "resource": {"id": str(SALES)}}), {"Owner": ADA}, SetFields({"Owner": BOB})),
    Case("a field", to(from_field("${!Deals.Created_By}")), OWNED, SetFields({"Owner": CYD})),
    Case("an empty field", to(from_field("${!Deals.Modified_By}")), OWNED, None, "nothing_to_do"),
    Case(
        "a field behind a lookup",
        to(from_field("${!Deals.Account_Name.Owner}")),
        OWNED,
        SetFields({"Owner": BOB}),
        world={"Account_Name.Owner": BOB},
    ),
    Case("something we do not know", to({"type": "profile", "resource": {"id": "1"}}), OWNED, None, "failed"),
    Case(
        "of the parent",
        to(user(BOB), lookup_field={"api_name": "Account_Name"}),
        OWNED,
        SetParentFields("Accounts", PARENT, {"Owner": BOB}),
        world={"Account_Name.Owner": ADA},
    ),
]


@pytest.mark.source("reference: automation B.5.1, B.5.7")
@pytest.mark.parametrize("case", [*TAGS, *OWNERS], ids=lambda case: case.name)
def test_an_inline_action_asks_for(case: Case) -> None:
    fired = fire(Rules(), case.action, case.values, World(related=case.world))

    assert (fired.effect, fired.outcome) == (case.effect, case.outcome)


@dataclass(frozen=True)
class Update:
    name: str
    field: str
    value: Value
    values: Mapping[str, Value]
    effect: Effect | None
    outcome: str = "done"
    more: Mapping[str, Any] = field(default_factory=dict)


UPDATES = [
    Update("a new value", "Next_Step", "Call", {}, SetFields({"Next_Step": "Call"})),
    Update("the value that is there", "Next_Step", "Call", {"Next_Step": "Call"}, None, "nothing_to_do"),
    Update("no value", "Next_Step", None, {"Next_Step": "Call"}, SetFields({"Next_Step": None})),
    Update("no value where none is", "Next_Step", None, {}, None, "nothing_to_do"),
    Update("another owner", "Owner", BOB, {"Owner": ADA}, SetFields({"Owner": BOB})),
    Update("an inactive owner", "Owner", DOT, {"Owner": ADA}, None, "nothing_to_do"),
    Update("a field that is gone", "Score", 1, {}, None, "failed"),
    Update(
        "a field with those that follow",
        "Pipeline",
        "Standard",
        {"Stage": "Closed Won"},
        SetFields({"Pipeline": "Standard", "Stage": "Qualification"}),
        more={"dependents": (("Stage", "Qualification"),)},
    ),
    Update(
        "only those that follow",
        "Pipeline",
        "Standard",
        {"Pipeline": "Standard"},
        SetFields({"Stage": "Qualification"}),
        more={"dependents": (("Stage", "Qualification"),)},
    ),
    Update(
        "values beside those that are there",
        "Type",
        ("b", "c"),
        {"Type": ("a", "b")},
        SetFields({"Type": ("a", "b", "c")}),
        more={"append": True},
    ),
    Update("values instead of them", "Type", ("b",), {"Type": ("a",)}, SetFields({"Type": ("b",)})),
]


@pytest.mark.source("reference: automation C.1")
@pytest.mark.parametrize("case", UPDATES, ids=lambda case: case.name)
def test_a_field_update_asks_for(case: Update) -> None:
    rules = Rules()

    fired = fire(rules, rules.field_update(case.field, case.value, **case.more), case.values)

    assert (fired.effect, fired.outcome) == (case.effect, case.outcome)


@pytest.mark.source("reference: automation C.1; that nothing is written is assumed")
@pytest.mark.parametrize(("gone", "outcome"), [(frozenset[int](), "done"), (frozenset({PARENT}), "failed")])
def test_a_field_update_to_a_record_that_is_gone_fails(gone: frozenset[int], outcome: str) -> None:
    rules = Rules()

    fired = fire(rules, rules.field_update("Account_Name", PARENT), {}, World(gone=gone))

    assert (fired.effect is None, fired.outcome) == (bool(gone), outcome)
    assert fired.detail == (f"there is no record {PARENT} that Account_Name can hold" if gone else "")


PARENTS: list[tuple[str, str, Mapping[str, Value], Mapping[str, Value], Effect | None, str]] = [
    ("of the parent", "Account_Name", OWNED, {}, SetParentFields("Accounts", PARENT, {"Phone": "1"}), "done"),
    ("that it has already", "Account_Name", OWNED, {"Account_Name.Phone": "1"}, None, "nothing_to_do"),
    ("of no parent", "Account_Name", {}, {}, None, "nothing_to_do"),
    ("behind something else", "Stage", {"Stage": "x"}, {}, None, "failed"),
    ("of another module", "Contact_Name", {"Contact_Name": PARENT}, {}, None, "failed"),
]


@pytest.mark.source("reference: automation B.5, C.1")
@pytest.mark.parametrize(
    ("lookup", "values", "related", "effect", "outcome"), [case[1:] for case in PARENTS], ids=[c[0] for c in PARENTS]
)
def test_a_field_update_of_a_parent_asks_for_a_value(
    lookup: str, values: Mapping[str, Value], related: Mapping[str, Value], effect: Effect | None, outcome: str
) -> None:
    rules = Rules()
    update = rules.field_update("Phone", "1", "Accounts")

    fired = fire(
        rules,
        action("field_updates", update.id, related={"lookup_field": {"api_name": lookup}}),
        values,
        World(related=related),
    )

    assert (fired.effect, fired.outcome) == (effect, outcome)


@pytest.mark.source("reference: automation B.5.1")
def test_several_users_own_records_in_turn() -> None:
    rules, world = Rules(), World()
    rules.add("create", condition(None, to(user(BOB), user(CYD), user(DOT))))
    book = rules.book()

    owners = [react(created(Owner=ADA), book, world.context()).fired[0].effect for _ in range(3)]

    assert owners == [SetFields({"Owner": each}) for each in (BOB, CYD, BOB)]


@pytest.mark.source("assumed: what is not carried out is said")
def test_options_of_an_assignment_that_are_not_carried_out_are_said() -> None:
    fired = fire(Rules(), to(user(BOB), notify=True, apply_assignment_threshold=False), OWNED)

    assert (fired.outcome, fired.detail) == ("done", "not carried out by this server: notify")


@pytest.mark.source("assumed: the ledger of turns is not written without a choice")
def test_one_user_takes_no_turn() -> None:
    world = World()

    fire(Rules(), to(user(BOB), user(DOT)), OWNED, world)

    assert world.turns == {}


@pytest.mark.source("reference: automation C.2, C.3")
def test_tasks_and_mails_are_named_not_made() -> None:
    rules = Rules()
    template = EmailTemplate(new_id(), "t", "Deals", "s", "c")
    rules.entities[template.id] = template
    task = rules.entity("tasks", TaskDefinition(new_id(), "Call", "Deals", ()))
    mail = rules.entity("email_notifications", EmailNotification(new_id(), "Alert", "Deals", template.id, ()))

    assert fire(rules, task, {}).effect == CreateTask(task.id)
    assert fire(Rules(entities=rules.entities), mail, {}).effect == SendMail(mail.id)


def of_parent(lookup: str) -> dict[str, Any]:
    return {"lookup_field": {"api_name": lookup}}


@pytest.mark.source("assumed: what an action may change is known without asking it")
def test_an_action_says_what_it_touches() -> None:
    rules = Rules()
    stage = rules.field_update("Stage", "Closed Won", dependents=(("Probability", 100),))
    phone = rules.field_update("Phone", "1", "Accounts")
    task = rules.entity("tasks", TaskDefinition(new_id(), "Call", "Deals", (FieldMapping("Subject", "static", "x"),)))

    def touched(fired: RuleAction) -> Any:
        return touched_by(fired, rules)

    own = Touched("Deals", frozenset({"Tag"}))
    assert [*touched(add_tags(RED)), *touched(remove_tags(RED))] == [own, own]
    assert touched(stage) == (Touched("Deals", frozenset({"Stage", "Probability"})),)
    assert touched(action("field_updates", phone.id, related=of_parent("Account_Name"))) == (
        Touched("Accounts", frozenset({"Phone"}), through="Account_Name"),
    )
    assert touched(to(user(BOB))) == (Touched("Deals", frozenset({"Owner"})),)
    assert touched(to(user(BOB), **of_parent("Account_Name"))) == (
        Touched("Accounts", frozenset({"Owner"}), through="Account_Name"),
    )
    fields = frozenset({"Subject", "Owner", "What_Id", "Who_Id"})
    assert touched(task) == (Touched("Tasks", fields, creates=True),)
    assert touched(action("email_notifications")) == touched(action("field_updates")) == ()
    assert touched(to(user(BOB), **of_parent("Gone"))) == ()


@pytest.mark.source("assumed: what an action names can be missing")
@pytest.mark.parametrize("kind", ["tasks", "email_notifications", "field_updates"])
def test_an_action_whose_entity_is_gone_fails(kind: str) -> None:
    assert fire(Rules(), action(kind), {}).outcome == "failed"


@pytest.mark.source("reference: automation G.5")
def test_a_deleted_record_takes_no_action_but_mail() -> None:
    rules = Rules()
    rules.add("delete", condition(None, add_tags(RED)))

    (fired,) = react(deleted({"Owner": ADA}), rules.book(), World().context()).fired

    assert (fired.effect, fired.outcome) == (None, "failed")
