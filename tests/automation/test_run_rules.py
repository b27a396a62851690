"""What a write sets off becomes visible with the write."""

import gc
from dataclasses import dataclass

import pytest

from kaizen.automation.actions import email_notifications
from kaizen.model.record import Change, Origin
from kaizen.model.rule import EmailNotification, EmailTemplate, FieldMapping, Recipient, RuleAction, TaskDefinition
from kaizen.model.values import Id, Value
from kaizen.records.ports import UnitOfWork
from kaizen.records.reactions.usage import trigger_count
from kaizen.records.writer import AutomationSettings, Edit
from kaizen.vocabulary.automation import ActionType, Event
from tests.automation.conftest import Shop
from tests.support.rules import ADA, BOB, NOW, action, add_tags, after, condition, equal, new_id

DEAL: dict[str, Value] = {"Deal_Name": "Big", "Amount": 45000, "Stage": "Qualification", "Owner": BOB}


def follow_up(shop: Shop, *mappings: FieldMapping, module: str = "Deals") -> RuleAction:
    due = FieldMapping("Due_Date", "execution_time", {"period": "business_days", "unit": "2", "sign": "plus"})
    subject = FieldMapping("Subject", "merge_field", "Call about ${!Deals.Deal_Name}")
    return shop.rules.entity("tasks", TaskDefinition(new_id(), "Follow up", module, (subject, due, *mappings)))


def alert(shop: Shop, *to: Recipient, subject: str = "Lost: ${!Deals.Deal_Name}", **more: object) -> RuleAction:
    template = EmailTemplate(new_id(), "Lost", "Deals", subject, "<p>${!Deals.Amount}</p>")
    shop.rules.entities[template.id] = template
    notification = EmailNotification(new_id(), "Alert", "Deals", template.id, to, **more)  # type: ignore[arg-type]  # passed through
    return shop.rules.entity("email_notifications", notification)


@pytest.mark.source("reference: automation G.2")
def test_all_effects_are_visible_with_the_write(shop: Shop) -> None:
    hot = shop.tag("Hot")
    mail = alert(shop, Recipient("record_owner"))
    update = shop.rules.field_update("Next_Step", "Call")
    shop.rules.add("create", condition(None, follow_up(shop), mail, add_tags(hot), update))
    shop.in_force()

    deal = shop.record(shop.create(**DEAL))

    assert deal is not None
    assert (deal["Next_Step"], deal["Tag"]) == ("Call", (hot,))
    assert [task["Subject"] for task in shop.tasks()] == ["Call about Big"]
    assert [(m.to, m.subject, m.content) for m in shop.mails()] == [
        (("bob@zylker.test",), "Lost: Big", "<p>$45,000.00</p>")
    ]


@pytest.mark.source("reference: automation G.2")
def test_nothing_is_left_of_a_write_that_is_rolled_back(shop: Shop) -> None:
    shop.rules.add("create", condition(None, follow_up(shop), alert(shop, Recipient("record_owner"))))
    shop.in_force()

    def write_and_fail(uow: UnitOfWork) -> None:
        shop.pipeline.create(uow, uow.catalog.by_name["Deals"], DEAL, actor_id=ADA, origin=Origin())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        shop.store.write_now(write_and_fail)

    assert shop.tasks() == []
    assert shop.mails() == []


@dataclass(frozen=True, slots=True)
class Unheard:
    """An effect that nothing carries out."""

    notification_id: Id


@pytest.mark.source("assumed: what was not carried out is not shown as done")
def test_an_effect_that_nothing_carries_out_is_a_failed_action(
    quick_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = alert(quick_shop, Recipient("record_owner"))
    quick_shop.rules.add("create", condition(None, mail, quick_shop.rules.field_update("Next_Step", "Call")))
    quick_shop.in_force()
    monkeypatch.setattr(email_notifications, "SendMail", Unheard)

    deal = quick_shop.create(**DEAL)

    (change,) = (kept for kept in quick_shop.history(deal) if kept.change.event is Event.CREATE)
    assert {fired.action.type: fired.outcome for fired in change.reaction.fired} == {
        ActionType.FIELD_UPDATES: "done",
        ActionType.EMAIL_NOTIFICATIONS: "failed",
    }
    assert (quick_shop.record(deal) or {})["Next_Step"] == "Call"


@pytest.mark.source("assumed: the history of a record holds what it was after each change, whoever made it")
def test_the_history_of_a_record_holds_each_state_of_a_chain(shop: Shop) -> None:
    shop.set_up(AutomationSettings(cascade=2))
    tag = shop.tag("Called")
    shop.rules.add("create", condition(None, shop.rules.field_update("Next_Step", "Call")))
    shop.rules.add("edit", condition(equal("Next_Step", "Call"), shop.rules.field_update("Description", "Called")))
    shop.rules.add("edit", condition(equal("Description", "Called"), add_tags(tag)), repeat=False)
    shop.in_force()

    deal = shop.create(**DEAL)

    states = [kept.change.after or {} for kept in reversed(shop.history(deal))]
    assert [(s["Deal_Name"], s.get("Next_Step"), s.get("Description"), s.get("Tag")) for s in states] == [
        ("Big", None, None, None),
        ("Big", "Call", None, None),
        ("Big", "Call", "Called", (tag,)),
    ]
    earlier = [kept.change.before for kept in reversed(shop.history(deal))]
    assert earlier == [None, *states[:-1]]


@pytest.mark.source("reference: automation C.2")
def test_a_task_belongs_to_the_owner_of_the_record_and_is_related_to_it(shop: Shop) -> None:
    shop.rules.add("create", condition(None, follow_up(shop)))
    shop.in_force()

    deal = shop.create(**DEAL)

    (task,) = shop.tasks()
    assert (task["Owner"], task["What_Id"]) == (BOB, deal)
    assert task["Due_Date"] == "2025-11-26"


@pytest.mark.source("reference: automation C.2")
def test_a_task_of_a_contact_is_about_that_contact(shop: Shop) -> None:
    shop.rules.add("create", condition(None, follow_up(shop, module="Contacts")), module="Contacts")
    shop.in_force()

    contact = shop.create("Contacts", Last_Name="Doe", Owner=BOB)

    (task,) = shop.tasks()
    assert (task["Who_Id"], task.get("What_Id")) == (contact, None)


@pytest.mark.source("reference: automation G.11")
def test_field_updates_of_several_rules_are_one_write(shop: Shop) -> None:
    hot = shop.tag("Hot")
    shop.rules.add("create", condition(None, shop.rules.field_update("Next_Step", "Call")))
    shop.rules.add("create", condition(None, shop.rules.field_update("Description", "x"), add_tags(hot)))
    shop.in_force()

    history = shop.history(shop.create(**DEAL))

    assert len(history) == 2
    assert history[0].change.changed >= {"Next_Step", "Description", "Tag"}
    assert history[0].change.origin.depth == 1


@pytest.mark.source("reference: automation H 2")
def test_every_change_is_kept_with_or_without_rules(shop: Shop) -> None:
    deal = shop.create(**DEAL)
    shop.edit(deal, Amount=1)
    shop.delete(deal)

    assert [kept.change.event.value for kept in shop.history(deal)] == ["delete", "edit", "create"]


@pytest.mark.source("reference: automation G.5")
def test_a_rule_that_does_not_repeat_acts_once_for_each_record(shop: Shop) -> None:
    shop.rules.add("create_or_edit", condition(None, follow_up(shop)), repeat=False)
    shop.in_force()

    deal = shop.create(**DEAL)
    shop.edit(deal, Amount=1)
    shop.create(**DEAL)

    assert len(shop.tasks()) == 2


@pytest.mark.source("reference: automation B.5.1")
def test_owners_take_turns_over_restarts_of_the_engine(shop: Shop) -> None:
    users = [{"type": "user", "resource": {"id": str(user)}} for user in (ADA, BOB)]
    shop.rules.add("create", condition(None, action("assign_owner", assign_to=users)))
    shop.in_force()

    deals = [shop.record(shop.create(**{**DEAL, "Owner": BOB})) for _ in range(3)]

    assert [deal["Owner"] for deal in deals if deal] == [ADA, BOB, ADA]


@pytest.mark.source("reference: automation C.1")
def test_a_field_update_reaches_the_parent_behind_a_lookup(shop: Shop) -> None:
    account = shop.create("Accounts", Account_Name="Zylker")
    update = shop.rules.field_update("Industry", "Shipping", "Accounts")
    in_parent = action("field_updates", update.id, related={"lookup_field": {"api_name": "Account_Name"}})
    shop.rules.add("create", condition(None, in_parent))
    shop.in_force()

    shop.create(**DEAL, Account_Name=account)
    shop.create(**DEAL)

    parent = shop.record(account, "Accounts")
    assert parent is not None
    assert parent["Industry"] == "Shipping"


@pytest.mark.source("assumed: an edit of a parent by a rule is a workflow's own edit too, automation G.4")
@pytest.mark.parametrize(("cascade", "step"), [(0, None), (1, "Call")])
def test_edits_of_a_parent_wake_its_rules_only_where_cascades_are_on(
    cascade: int, step: str | None, shop: Shop
) -> None:
    shop.set_up(AutomationSettings(cascade=cascade))
    update = shop.rules.field_update("Industry", "Shipping", "Accounts")
    in_parent = action("field_updates", update.id, related={"lookup_field": {"api_name": "Account_Name"}})
    shop.rules.add("create", condition(None, in_parent))
    of_account = shop.rules.field_update("Description", "Call", "Accounts")
    shop.rules.add("edit", condition(None, of_account), module="Accounts")
    shop.in_force()
    account = shop.create("Accounts", Account_Name="Zylker")

    shop.create(**DEAL, Account_Name=account)

    parent = shop.record(account, "Accounts")
    assert parent is not None
    assert (parent["Industry"], parent.get("Description")) == ("Shipping", step)


@pytest.mark.source("assumed: what a client may not do to parents a rule may not either")
def test_no_rule_makes_a_record_its_own_ancestor(shop: Shop) -> None:
    top = shop.create("Accounts", Account_Name="Top")
    middle = shop.create("Accounts", Account_Name="Middle", Parent_Account=top)
    bottom = shop.create("Accounts", Account_Name="Bottom", Parent_Account=middle)
    other = shop.create("Accounts", Account_Name="Other")
    update = shop.rules.field_update("Parent_Account", middle, "Accounts")
    shop.rules.add("edit", condition(None, update), module="Accounts")
    shop.in_force()

    edits = [Edit(each, {"Website": "x"}, Origin()) for each in (top, middle, bottom, other)]
    shop.store.write_now(lambda uow: shop.pipeline.edit(uow, uow.catalog.by_name["Accounts"], edits, actor_id=ADA))

    parents = [(shop.record(each, "Accounts") or {})["Parent_Account"] for each in (top, middle, bottom, other)]
    assert parents == [None, top, middle, middle]
    fired = [kept.reaction.fired for kept in shop.history(top, "Accounts")[:1]]
    assert [(each.outcome, each.detail) for (each,) in fired] == [
        ("failed", f"with {middle} in Parent_Account the record would be its own ancestor")
    ]


@pytest.mark.source("reference: automation B.3")
def test_criteria_look_behind_lookups_for_a_whole_batch(shop: Shop) -> None:
    shop.rules.add("create", condition(equal("Account_Name.Industry", "Shipping"), follow_up(shop)))
    shop.in_force()
    shipping = shop.create("Accounts", Account_Name="A", Industry="Shipping")
    mining = shop.create("Accounts", Account_Name="B", Industry="Mining")

    deals = [shop.create(**DEAL, Account_Name=account) for account in (shipping, mining, shipping, None)]

    assert {task["What_Id"] for task in shop.tasks()} == {deals[0], deals[2]}
    assert shop.history(deals[1])[0].related == {"Account_Name.Industry": "Mining"}


@pytest.mark.source("reference: automation G.3")
def test_a_rule_sees_what_a_rule_gave_another_record_of_the_same_write(shop: Shop) -> None:
    seen = shop.tag("Seen", "Accounts")
    hot = shop.rules.field_update("Rating", "Hot", "Accounts")
    shop.rules.add("edit", condition(equal("Industry", "Shipping", "Accounts"), hot), module="Accounts")
    behind = equal("Parent_Account.Rating", "Hot", "Accounts")
    shop.rules.add("edit", condition(behind, add_tags(seen)), module="Accounts")
    shop.in_force()
    parent = shop.create("Accounts", Account_Name="A")
    child = shop.create("Accounts", Account_Name="B", Parent_Account=parent)
    other = shop.create("Accounts", Account_Name="C", Parent_Account=child)
    edits = [Edit(each, {"Industry": "Shipping"}, Origin()) for each in (parent, child)]
    edits.append(Edit(other, {"Industry": "Mining"}, Origin()))

    def write(uow: UnitOfWork) -> None:
        shop.pipeline.edit(uow, uow.catalog.by_name["Accounts"], edits, actor_id=ADA)

    shop.store.write_now(write)

    found = {each: shop.record(each, "Accounts") or {} for each in (parent, child, other)}
    assert [values["Rating"] for values in found.values()] == ["Hot", "Hot", None]
    assert [values["Tag"] for values in found.values()] == [None, (seen,), (seen,)]


@pytest.mark.source("reference: automation G.3")
def test_a_rule_changes_a_record_as_a_rule_of_another_left_it(shop: Shop) -> None:
    industry = shop.rules.field_update("Industry", "Shipping", "Accounts")
    in_parent = action("field_updates", industry.id, related={"lookup_field": {"api_name": "Parent_Account"}})
    shop.rules.add("edit", condition(equal("Website", "child", "Accounts"), in_parent), module="Accounts")
    call = shop.rules.field_update("Description", "Call", "Accounts")
    shop.rules.add("edit", condition(equal("Website", "parent", "Accounts"), call), module="Accounts")
    shop.in_force()
    parent = shop.create("Accounts", Account_Name="A")
    child = shop.create("Accounts", Account_Name="B", Parent_Account=parent)
    edits = [Edit(child, {"Website": "child"}, Origin()), Edit(parent, {"Website": "parent"}, Origin())]

    shop.store.write_now(lambda uow: shop.pipeline.edit(uow, uow.catalog.by_name["Accounts"], edits, actor_id=ADA))

    last = shop.history(parent, "Accounts")[0].change
    assert last.before is not None
    assert last.after is not None
    assert (last.before.get("Industry"), last.before.get("Description")) == ("Shipping", None)
    assert (last.after["Industry"], last.after["Description"]) == ("Shipping", "Call")


@pytest.mark.source("assumed: each entry of a record's history begins where the one before it ended")
def test_a_unique_value_sets_off_what_the_next_edit_of_the_write_sees(shop_of_unique_tickers: Shop) -> None:
    shop = shop_of_unique_tickers
    shop.set_up(AutomationSettings(cascade=1))
    industry = shop.rules.field_update("Industry", "Shipping", "Accounts")
    in_parent = action("field_updates", industry.id, related={"lookup_field": {"api_name": "Parent_Account"}})
    shop.rules.add("edit", condition(equal("Ticker_Symbol", "CHILD", "Accounts"), in_parent), module="Accounts")
    ticker = shop.rules.field_update("Ticker_Symbol", "CHILD", "Accounts")
    shop.rules.add("edit", condition(equal("Website", "child", "Accounts"), ticker), module="Accounts")
    updates = [
        shop.rules.field_update(name, value, "Accounts")
        for name, value in (("Industry", "Mining"), ("Industry", "Banking"), ("Description", "Called"))
    ]
    shop.rules.add("edit", condition(equal("Phone", "1", "Accounts"), *updates), module="Accounts", repeat=False)
    shop.in_force()
    parent = shop.create("Accounts", Account_Name="A", Industry="Banking")
    child = shop.create("Accounts", Account_Name="B", Parent_Account=parent)
    edits = [Edit(child, {"Website": "child"}, Origin()), Edit(parent, {"Phone": "1"}, Origin())]

    shop.store.write_now(lambda uow: shop.pipeline.edit(uow, uow.catalog.by_name["Accounts"], edits, actor_id=ADA))

    history = [kept.change for kept in reversed(shop.history(parent, "Accounts"))]
    assert [change.before for change in history] == [None, *(change.after for change in history[:-1])]
    assert [(change.after or {})["Industry"] for change in history] == ["Banking", "Banking", "Shipping", "Banking"]
    assert (shop.record(parent, "Accounts") or {})["Industry"] == "Banking"


@pytest.mark.source("reference: automation G.2")
def test_the_records_of_a_write_get_what_their_rules_ask_for_each(shop: Shop) -> None:
    big, small = shop.tag("Big"), shop.tag("Small")
    shop.rules.add("edit", condition(equal("Stage", "Closed Won"), add_tags(big)), repeat=False)
    shop.rules.add("edit", condition(equal("Stage", "Closed Lost"), add_tags(small), follow_up(shop)))
    shop.in_force()
    deals = [shop.create(**DEAL) for _ in range(4)]
    stages = ("Closed Won", "Closed Lost", "Closed Won", "Qualification")
    edits = [Edit(deal, {"Stage": stage}, Origin()) for deal, stage in zip(deals, stages, strict=True)]

    shop.store.write_now(lambda uow: shop.pipeline.edit(uow, uow.catalog.by_name["Deals"], edits, actor_id=ADA))

    tags = [(shop.record(deal) or {}).get("Tag") for deal in deals]
    assert tags == [(big,), (small,), (big,), None]
    assert [task["What_Id"] for task in shop.tasks()] == [deals[1]]
    assert [len(shop.history(deal)) for deal in deals] == [3, 3, 3, 1]
    assert [shop.history(deal)[0].change.origin.chain for deal in deals[:3]] == [
        shop.history(deal)[1].change.id for deal in deals[:3]
    ]


@pytest.mark.source("reference: automation G.11")
def test_usage_counts_triggers_conditions_and_actions(shop: Shop) -> None:
    nobody = alert(shop, Recipient("email", address="not an address"))
    counted = shop.rules.add("create", condition(equal("Stage", "Qualification"), follow_up(shop), nobody))
    shop.in_force()
    for stage in ("Qualification", "Closed Won", "Qualification"):
        shop.create(**{**DEAL, "Stage": stage})

    day = "2025-11-24"
    rows = shop.store.read_now(lambda uow: uow.usage(counted.id, day, day))
    won = counted.conditions[0]
    task, mail = won.instant
    assert {(c.condition_id, c.action_id): (c.success, c.failure) for c in rows} == {
        (won.id, 0): (2, 0),
        (won.id, task.id): (2, 0),
        (won.id, mail.id): (0, 2),
    }
    assert shop.store.read_now(lambda uow: trigger_count(uow, counted.id, day, day)) == 3


@pytest.mark.source("reference: automation G.7")
def test_scheduled_actions_wait_in_the_queue(shop: Shop) -> None:
    task = follow_up(shop)
    later = shop.rules.add("create", condition(None, scheduled=[after("business_days", 30, task)]))
    shop.in_force()

    deal = shop.create(**DEAL)

    (queued,) = shop.store.read_now(lambda uow: uow.queued())
    assert (queued.rule_id, queued.action_id, queued.record_id) == (later.id, task.id, deal)
    assert (queued.kind, queued.due_at - NOW) == ("tasks", 42 * 86400)


@pytest.mark.source("reference: automation G.7")
def test_a_deleted_record_takes_its_queue_along(shop: Shop) -> None:
    shop.rules.add("create", condition(None, scheduled=[after("days", 1, follow_up(shop))]))
    shop.in_force()
    deal = shop.create(**DEAL)

    shop.delete(deal)

    (queued,) = shop.store.read_now(lambda uow: uow.queued())
    assert (queued.state.value, queued.last_error) == ("cancelled", "RECORD_DELETED")


@pytest.mark.source("assumed: what a request needed is gone when it is answered")
def test_nothing_of_a_write_waits_for_the_garbage_collector(shop: Shop) -> None:
    shop.rules.add("create", condition(None, follow_up(shop), add_tags(shop.tag("Hot"))))
    shop.in_force()
    shop.create(**DEAL)

    def changes() -> int:
        return sum(isinstance(each, Change) for each in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = changes()
        shop.create(**DEAL)
        assert changes() == before
    finally:
        gc.enable()
