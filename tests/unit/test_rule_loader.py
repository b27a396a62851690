"""The rule book that documents describe; what no longer makes sense is a problem of one rule only."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kaizen.automation.payload.rules.validate import RuleBody, new_rule
from kaizen.automation.rule_loader import build_book
from kaizen.criteria.tree import ANY_VALUE, Compare
from kaizen.json_body.json_path import item
from kaizen.model.catalog import Catalog
from kaizen.model.document import Document
from kaizen.model.rule import (
    EmailNotification,
    EmailTemplate,
    FieldMapping,
    FieldUpdate,
    Recipient,
    TaskDefinition,
    Trigger,
)
from kaizen.vocabulary.automation import ActionType, Period, TriggerType
from tests.support.automation import Ground
from tests.support.rule_payloads import Payloads, changed


class World:
    """A stored rule with everything that rules can have."""

    def __init__(self) -> None:
        self.ground = Ground()
        self.payloads = Payloads(self.ground)
        self.rule = self.store(self.payloads.rule)

    def store(self, payload: dict[str, Any]) -> Document:
        """Keep a rule that is accepted."""
        rule = new_rule(payload, self.ground.facts, item("workflow_rules"))
        assert isinstance(rule, RuleBody), rule
        return self.ground.put("workflow_rule", rule.module, rule.name, rule.body)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.source("reference: automation A.1, B.4")
def test_a_stored_rule_means_what_was_sent(world: World) -> None:
    (rule,) = build_book(7, world.ground.catalog, {"workflow_rule": [world.rule]}).rules

    first, second = rule.conditions
    (group,) = first.scheduled
    assert (rule.id, rule.name, rule.module, rule.active, rule.problem) == (
        world.rule.id, "Large deals", "Deals", True, "",
    )  # fmt: skip
    assert rule.trigger == Trigger(TriggerType.EDIT, repeat=False)
    assert isinstance(first.criteria, Compare)
    assert first.criteria.value == 300000
    assert [action.type for action in first.instant] == [
        ActionType.ADD_TAGS, ActionType.TASKS, ActionType.EMAIL_NOTIFICATIONS,
    ]  # fmt: skip
    assert (group.period, group.unit) == (Period.BUSINESS_DAYS, 30)
    assert group.actions[0].id == world.payloads.task.id
    assert second.criteria is None


@pytest.mark.source("reference: automation B.2 T2")
def test_a_field_update_trigger_keeps_its_criteria(world: World) -> None:
    criteria = {"field": {"api_name": "Stage"}, "comparator": "equal", "value": "${ANYVALUE}"}
    when = {"type": "field_update", "details": {"criteria": criteria, "match_all": True, "repeat": False}}
    stored = world.store(changed(world.payloads.rule, ("name", "Other"), ("execute_when", when)))

    (rule,) = build_book(1, world.ground.catalog, {"workflow_rule": [stored]}).rules

    assert isinstance(rule.trigger.criteria, Compare)
    assert rule.trigger.criteria.value == ANY_VALUE
    assert rule.trigger.match_all


@pytest.mark.source("reference: automation G.3: in creation order unless reordered, new rules last")
def test_rules_are_in_the_order_in_which_they_run(world: World) -> None:
    second, third = (world.store(changed(world.payloads.rule, ("name", name))) for name in ("Second", "Third"))
    moved = replace(third, body={**third.body, "order": 1})

    book = build_book(1, world.ground.catalog, {"workflow_rule": [world.rule, second, moved]})

    assert [rule.name for rule in book.by_module["Deals"]] == ["Third", "Large deals", "Second"]


def without_amount(world: World) -> Catalog:
    """Take a field away that the rule's criteria name."""
    deals = world.ground.catalog.by_name["Deals"]
    fewer = replace(deals, fields=tuple(field for field in deals.fields if field.api_name != "Amount"))
    return Catalog(2, tuple(fewer if module is deals else module for module in world.ground.catalog.modules))


def without_deals(world: World) -> Catalog:
    """Take the rule's module away."""
    return Catalog(2, tuple(module for module in world.ground.catalog.modules if module.api_name != "Deals"))


@pytest.mark.source("assumed: architecture: a broken rule is a trace entry, never a failed write")
@pytest.mark.parametrize(("catalog_of", "says"), [
    (without_amount, "its criteria no longer fit the module: invalid data at $.conditions[0].criteria_details"),
    (without_deals, "there is no module Deals"),
])  # fmt: skip
def test_a_rule_that_lost_what_it_names_says_so(
    catalog_of: Callable[[World], Catalog], says: str, world: World
) -> None:
    catalog = catalog_of(world)

    (rule,) = build_book(1, catalog, {"workflow_rule": [world.rule]}).rules

    assert rule.problem.startswith(says)
    # It waits for its events as before, so that the trace of a change can tell.
    assert (rule.active, rule.trigger.type, rule.conditions) == (True, TriggerType.EDIT, ())


def broken(path: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: changed(body, (path, value))


@pytest.mark.source("assumed: documents of another making")
@pytest.mark.parametrize(
    "change",
    [
        broken("execute_when", None),
        broken("execute_when.type", "sometimes"),
        broken("conditions.0.sequence_number", "first"),
        broken("conditions.0.id", None),
        broken("conditions.0.instant_actions.actions.0.type", "sing"),
        broken("conditions.0.scheduled_actions.0.execute_after", {}),
        broken("status", []),
        lambda body: {},
    ],
)
def test_an_unreadable_rule_is_a_problem_and_the_others_are_read(
    change: Callable[[dict[str, Any]], dict[str, Any]], world: World
) -> None:
    unreadable = replace(world.rule, id=1, body=change(copy.deepcopy(dict(world.rule.body))))

    first, second = build_book(1, world.ground.catalog, {"workflow_rule": [unreadable, world.rule]}).rules

    assert "cannot be read" in first.problem
    assert second.problem == ""


@pytest.mark.source("reference: automation C.1 to C.3")
def test_actions_mean_what_was_stored(world: World) -> None:
    put = world.ground.put
    deals = {"api_name": "Deals", "id": "1"}
    stage = {"field": {"api_name": "Stage", "id": "2"}, "value": "Qualification"}
    update = put("field_update", "Deals", "U", {
        "module": deals, "field": {"api_name": "Pipeline", "id": "3"}, "value": "Standard (Standard)",
        "update_type": None, "dependent_fields": [stage],
    })  # fmt: skip
    subject = {"field": {"api_name": "Subject", "id": "4"}, "type": "static", "value": "Call"}
    task = put("task", "Deals", "T", {"module": deals, "notify": True, "field_mappings": [subject]})
    template = put("email_template", "Deals", "E", {"module": deals, "subject": "S", "content": "C"})
    mail = put("email_notification", "Deals", "N", {
        "template": {"id": str(template.id)}, "bulk_email": True, "reply_to": None,
        "from_address": {"type": "user", "resource": {"id": "9"}},
        "recipients": {
            "to": [{"type": "record_owner", "details": None}, {"type": "user", "details": {"id": "8"}}],
            "cc": [{"type": "field", "details": {"api_name": "Email"}}],
            "bcc": [{"type": "email", "details": {"email": "a@b.cd"}}],
        },
    })  # fmt: skip

    book = build_book(1, world.ground.catalog, {
        "field_update": [update], "task": [task], "email_notification": [mail], "email_template": [template],
    })  # fmt: skip

    dependents = (("Stage", "Qualification"),)
    pipeline = FieldUpdate(update.id, "U", "Deals", "Pipeline", "Standard (Standard)", dependents=dependents)
    assert book.entities == {
        update.id: pipeline,
        task.id: TaskDefinition(task.id, "T", "Deals", (FieldMapping("Subject", "static", "Call"),), notify=True),
        template.id: EmailTemplate(template.id, "E", "Deals", "S", "C"),
        mail.id: EmailNotification(
            mail.id,
            "N",
            "Deals",
            template.id,
            to=(Recipient("record_owner"), Recipient("user", id=8)),
            cc=(Recipient("field", field="Email"),),
            bcc=(Recipient("email", address="a@b.cd"),),
            sender=Recipient("user", id=9),
            bulk=True,
        ),
    }


@pytest.mark.source("reference: automation C: what is associated is not deleted")
def test_the_book_knows_what_is_in_use(world: World) -> None:
    template = world.ground.put("email_template", "Deals", "E")
    mail = world.ground.put("email_notification", "Deals", "N", {"template": {"id": str(template.id)}})
    payloads = world.payloads
    broken_rule = replace(world.rule, id=1, body={**world.rule.body, "execute_when": None})

    used = build_book(1, world.ground.catalog, {"workflow_rule": [broken_rule], "email_notification": [mail]}).used

    assert used == {payloads.task.id, payloads.mail.id, payloads.update.id, template.id}


@pytest.mark.source("assumed: an action that cannot be read is missing when it is carried out")
def test_an_action_that_lost_its_field_is_left_out(world: World) -> None:
    gone = world.ground.put("field_update", "Deals", "U", {"field": {"api_name": "Gone", "id": "3"}, "value": "x"})
    foreign = world.ground.put("task", "Nowhere", "T", {"field_mappings": []})

    book = build_book(1, world.ground.catalog, {"field_update": [gone], "task": [foreign]})

    assert book.entities == {}


@pytest.mark.source("assumed: a changed document costs what reading one document costs")
def test_a_later_book_takes_over_what_did_not_change(world: World) -> None:
    second = world.store(changed(world.payloads.rule, ("name", "Second")))
    documents = {"workflow_rule": [world.rule, second], "task": [world.payloads.task]}
    before = build_book(1, world.ground.catalog, documents)

    # As another process would send it: equal, but not the same object.
    same = replace(world.rule, body=copy.deepcopy(world.rule.body))
    renamed = replace(second, name="Renamed")
    after = build_book(2, world.ground.catalog, {**documents, "workflow_rule": [same, renamed]}, before)
    fewer = build_book(3, world.ground.catalog, {"workflow_rule": [renamed]}, after)

    assert after.by_id[same.id] is before.by_id[same.id]
    assert after.by_id[renamed.id].name == "Renamed"
    assert after.used == before.used
    assert [rule.name for rule in fewer.rules] == ["Renamed"]
    assert fewer.rules[0] is after.by_id[renamed.id]


@pytest.mark.source("assumed: what rules mean hangs on the fields there are")
def test_a_book_for_another_catalog_takes_over_nothing(world: World) -> None:
    before = build_book(1, world.ground.catalog, {"workflow_rule": [world.rule]})

    (rule,) = build_book(2, without_amount(world), {"workflow_rule": [world.rule]}, before).rules

    assert not before.rules[0].problem
    assert rule.problem
