"""Rules, their actions, and a Kaizen server's own endpoints through the SDK against a real server."""

from itertools import count
from typing import Any

import pytest

from kaizen import F, errors, payloads

_NUMBERS = count(1)


class Desk:
    """One test's corner of the shared organisation: what it makes has a name of its own."""

    def __init__(self, crm: Any, number: int) -> None:
        self.crm = crm
        self.name = f"Matter {number}"
        self.rules: list[Any] = []

    def deal(self, **more: object) -> Any:
        """Make a deal that only this test's rules are about."""
        return self.crm.deals.create({"Deal_Name": self.name, "Stage": "Qualification", **more})

    def tag(self) -> str:
        """Make a tag for deals, for rules can only put on tags that are there."""
        self.crm.settings.tags.create("Deals", self.name).raise_for_errors()
        return self.name

    def task(self, subject: str = "Ask why") -> Any:
        """Make a workflow task."""
        return self.crm.automation.tasks.create(
            name=f"{subject} {self.name}",
            module="Deals",
            subject=f"{subject} {self.name}",
            due_in=(2, "business_days"),
            status="Not Started",
            priority="High",
        )

    def rule(self, **said: Any) -> Any:
        """Make a rule for the deals of this test."""
        rule = self.crm.automation.workflow_rules.create(
            **{"name": self.name, "module": "Deals", "on": "create", "when": F("Deal_Name") == self.name, **said}
        )
        self.rules.append(rule)
        return rule

    def tags_of(self, deal: Any) -> list[str]:
        """Name the tags of a deal."""
        return [tag["name"] for tag in deal.reload()["Tag"]]

    def tasks_of(self, deal: Any) -> list[str]:
        """Name the tasks about a deal."""
        tasks = self.crm.tasks.iter(fields=["Subject", "What_Id"])
        return [task["Subject"] for task in tasks if (task["What_Id"] or {}).get("id") == deal.id]


@pytest.fixture
def desk(real: Any) -> Any:
    made = Desk(real, next(_NUMBERS))
    yield made
    for rule in made.rules:
        real.automation.workflow_rules.delete_many([rule])


@pytest.mark.source("reference: automation A to C; Kaizen 215, step 6")
def test_a_rule_from_keywords_acts_now_and_in_thirty_business_days(desk: Desk) -> None:
    task = desk.task()
    rule = desk.rule(
        on="field_update",
        watch=F("Stage") == "Closed Lost",
        when=(F("Amount") > 30000) & (F("Deal_Name") == desk.name),
        then=[payloads.add_tags(desk.tag())],
        later=[payloads.after(30, "business_days", payloads.task(task))],
    )
    deal = desk.deal(Amount=50000)

    deal["Stage"] = "Closed Lost"
    deal.save()

    assert desk.tags_of(deal) == [desk.name]
    assert desk.tasks_of(deal) == []
    [waiting] = desk.crm.control.queue.list(record_id=deal.id)
    assert (waiting.kind, waiting.rule_name, waiting.state) == ("tasks", desk.name, "pending")
    turned = desk.crm.control.clock.advance(business_days=30)
    assert [one["outcome"] for one in turned.carried_out if one["record_id"] == deal.id] == ["done"]
    assert desk.tasks_of(deal) == [f"Ask why {desk.name}"]
    assert [one.state for one in desk.crm.control.queue.iter(record_id=deal.id, state="all")] == ["done"]
    day = desk.crm.control.clock.get().now[:10]
    usage = desk.crm.automation.workflow_rules.usage(rule, "2026-01-01", day)
    assert (usage.trigger_count, usage.conditions[0]["usage_count"]) == (1, 1)


@pytest.mark.source("reference: automation A.3, B.6")
def test_the_life_of_a_rule(desk: Desk) -> None:
    rules = desk.crm.automation.workflow_rules
    made = desk.rule(then=[payloads.add_tags(desk.tag())], description="to mark them")

    read = rules.get(made)
    assert (read.name, read.description, read.status.active) == (desk.name, "to mark them", True)
    assert desk.name in {rule.name for rule in rules.iter(module="Deals")}
    condition = read.conditions[0]
    rules.update(
        made,
        name=f"{desk.name}, renamed",
        conditions=[
            payloads.condition(id=condition["id"], sequence_number=1, when=F("Deal_Name") == f"{desk.name}, other")
        ],
    )
    changed = rules.get(made)
    assert changed.name == f"{desk.name}, renamed"
    assert changed.conditions[0]["criteria_details"]["criteria"]["value"] == f"{desk.name}, other"
    # What the change did not mention is still there.
    assert changed.conditions[0]["instant_actions"]["actions"][0]["type"] == "add_tags"
    assert rules.update(None, {"id": made.id, "description": None}).id == made.id
    assert rules.get(made).description is None

    assert desk.tags_of(desk.deal(Deal_Name=f"{desk.name}, other")) == [desk.name]
    rules.deactivate(made)
    assert rules.get(made).status.active is False
    assert desk.tags_of(desk.deal(Deal_Name=f"{desk.name}, other")) == []
    rules.activate(made)
    assert rules.get(made).status.active is True

    rules.delete(made)
    with pytest.raises(errors.NotFound):
        rules.get(made)


@pytest.mark.source("reference: automation A.2")
def test_several_rules_are_deleted_in_one_call(desk: Desk) -> None:
    then = [payloads.add_tags(desk.tag())]
    rules = [desk.rule(name=f"{desk.name} {number}", then=then) for number in range(3)]

    result = desk.crm.automation.workflow_rules.delete_many(rules)

    assert result.raise_for_errors().ids == [rule.id for rule in rules]
    desk.rules.clear()
    assert [one.ok for one in desk.crm.automation.workflow_rules.delete_many(["4150868000000000001"])] == [False]


@pytest.mark.source("reference: automation B.4: the queue of a rule that is switched off")
def test_a_rule_switched_off_takes_its_queue_with_it_when_asked(desk: Desk) -> None:
    rule = desk.rule(
        then=[payloads.add_tags(desk.tag())], later=[payloads.after(2, "days", payloads.task(desk.task()))]
    )
    deal = desk.deal()
    assert len(desk.crm.control.queue.list(rule_id=rule.id)) == 1

    desk.crm.automation.workflow_rules.deactivate(rule, delete_schedule_action=True)

    assert len(desk.crm.control.queue.list(rule_id=rule.id)) == 0
    assert [one.state for one in desk.crm.control.queue.list(record_id=deal.id, state="all")] == ["cancelled"]


@pytest.mark.source("reference: automation C.1, C.2")
def test_field_updates_and_tasks(desk: Desk) -> None:
    updates, tasks = desk.crm.automation.field_updates, desk.crm.automation.tasks
    update = updates.create(name=desk.name, module="Deals", field="Next_Step", value="Call")
    task = desk.task()
    rule = desk.rule(then=[payloads.field_update(update), payloads.task(task)])

    first = desk.deal()
    updates.update(update, name=desk.name, module="Deals", field="Next_Step", value="Write")
    tasks.update(
        task,
        name=f"Tell them {desk.name}",
        module="Deals",
        subject=f"Tell them {desk.name}",
        due_in=(1, "days"),
        status="Not Started",
        priority="Low",
    )
    second = desk.deal()

    assert [deal.reload()["Next_Step"] for deal in (first, second)] == ["Call", "Write"]
    assert [*desk.tasks_of(first), *desk.tasks_of(second)] == [f"Ask why {desk.name}", f"Tell them {desk.name}"]
    assert updates.get(update).field.api_name == "Next_Step"
    assert desk.name in {each.name for each in updates.iter(module="Deals")}
    assert tasks.get(task).associated is True
    with pytest.raises(errors.BadRequest) as held:
        tasks.delete(task)
    assert held.value.status == 400
    desk.crm.automation.workflow_rules.delete(rule)
    desk.rules.clear()
    tasks.delete(task)
    assert updates.delete_many([update]).raise_for_errors().ids == [update.id]


@pytest.mark.source("reference: automation C.3")
def test_e_mail_notifications_and_the_outbox(desk: Desk) -> None:
    template = desk.crm.control.create_email_template(
        name=desk.name, module="Deals", subject="Look at ${!Deals.Deal_Name}", content="<p>${!Deals.Stage}</p>"
    )
    mails = desk.crm.automation.email_notifications
    mail = mails.create(
        name=desk.name,
        module=desk.crm.settings.module("Deals"),
        template=template,
        to=[{"type": "record_owner"}],
        bulk_email=False,
    )
    desk.rule(then=[payloads.email_notification(mail)])

    deal = desk.deal()

    [sent] = [each for each in desk.crm.control.outbox.iter() if each.record_id == deal.id]
    assert (sent.subject, sent.state, sent.to) == (
        f"Look at {desk.name}",
        "kept",
        [desk.crm.users.current().email],
    )
    assert "Qualification" in desk.crm.control.outbox.get(sent).content
    assert mails.get(mail).template.id == template.id
    mails.update(mail, name=f"{desk.name} anew", to=[{"type": "email", "details": {"email": "boss@example.com"}}])
    other = desk.deal()
    [told] = [each.to for each in desk.crm.control.outbox.iter() if each.record_id == other.id]
    assert told == ["boss@example.com"]


@pytest.mark.source("assumed: the trace and the report of a module's rules")
def test_why_a_rule_did_or_did_not_act(desk: Desk) -> None:
    rule = desk.rule(
        on="create_or_edit",
        when=(F("Amount") >= 1000) & (F("Deal_Name") == desk.name),
        then=[payloads.add_tags(desk.tag())],
    )
    deal = desk.deal(Amount=10)
    desk.crm.deals.update(deal, {"Amount": 5000}, trigger=[])
    desk.crm.deals.update(deal, {"Amount": 6000})

    changes = desk.crm.control.trace("Deals", deal)

    said = [
        (change.event, entry["reason"])
        for change in reversed(changes)
        if change.source == "crm_api"
        for entry in change.rules
        if entry["rule"]["id"] == rule.id
    ]
    assert said == [("create", "CRITERIA_FALSE"), ("edit", "TRIGGER_SUPPRESSED"), ("edit", "FIRED")]
    [unmet] = [e for c in changes for e in c.rules if e["rule"]["id"] == rule.id and e["reason"] == "CRITERIA_FALSE"]
    assert unmet["explanation"] == "Amount is 10, expected: greater equal 1000"
    [report] = [each for each in desk.crm.control.rules("Deals") if each.id == rule.id]
    # The rule's own tag is a change too, and wakes nothing.
    assert (report.fired, report.reasons) == (1, {"CRITERIA_FALSE": 1, "TRIGGER_SUPPRESSED": 2, "FIRED": 1})
    assert [action["done"] for action in report.actions] == [1]


@pytest.mark.source("reference: automation D")
def test_configurations(real: Any) -> None:
    found = real.automation.configurations("Deals")

    assert "field_update" in {trigger["api_name"] for trigger in found.triggers}
    with pytest.raises(errors.BadRequest):
        real.automation.configurations("Unicorns")


@pytest.mark.source("reference: automation B, F")
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"on": "sunrise"}, "INVALID_DATA"),
        ({"when": F("Charm") == 1}, "INVALID_DATA"),
        ({"then": [payloads.add_tags("a tag that nobody made")]}, "INVALID_DATA"),
        ({"then": []}, "MANDATORY_NOT_FOUND"),
        ({"module": "Unicorns"}, "INVALID_DATA"),
        (
            {
                "on": "create_or_edit",
                "repeat": True,
                "later": [payloads.after(2, "days", payloads.add_tags("Priority"))],
            },
            "DEPENDENT_MISMATCH",
        ),
    ],
)
def test_a_rule_that_cannot_be(said: dict[str, Any], code: str, real: Any) -> None:
    # Whoever comes first makes it; for the others it is a duplicate, and there.
    real.settings.tags.create("Deals", "Priority")
    whole = {
        "name": "none such",
        "module": "Deals",
        "on": "create",
        "then": [payloads.add_tags("Priority")],
        **said,
    }

    with pytest.raises(errors.BadRequest) as refused:
        real.automation.workflow_rules.create(**whole)

    assert (refused.value.code, refused.value.status) == (code, 400)
    assert refused.value.details


@pytest.mark.source("assumed: the clock of a server with --clock")
def test_the_clock(real: Any) -> None:
    before = real.control.clock.get()
    assert before.mode == "virtual"

    turned = real.control.clock.advance(days=1, hours=2)

    assert turned.epoch == before.epoch + 26 * 3600
    assert turned.was == before.now
    assert real.control.clock.set(turned.now).epoch == turned.epoch
    with pytest.raises(errors.BadRequest):
        real.control.clock.advance(fortnights=1)
    with pytest.raises(errors.BadRequest):
        real.control.clock.set("soon")
