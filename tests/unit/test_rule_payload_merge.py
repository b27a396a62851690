"""What a change makes of a stored rule: an id edits, no id adds, `_delete` removes, what is not mentioned stays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from kaizen.automation.actions.action_kind import CurrentNames
from kaizen.automation.payload.rules.serialize import UNLOCKED, dump_rule
from kaizen.automation.payload.rules.validate import RuleBody, changed_rule, new_rule
from kaizen.json_body.json_path import item
from tests.support.automation import Ground, body_of
from tests.support.rule_payloads import Payloads, changed, compare

P = "$.workflow_rules[0]"


class Stored:
    """A stored rule, and changes of it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.payloads = Payloads(ground)
        rule = new_rule(self.payloads.rule, ground.facts, item("workflow_rules"))
        assert isinstance(rule, RuleBody)
        self.body: dict[str, Any] = rule.body
        self.first, self.second = (condition["id"] for condition in self.body["conditions"])
        self.tags, self.task, self.mail = self.body["conditions"][0]["instant_actions"]["actions"]
        self.group = self.body["conditions"][0]["scheduled_actions"][0]["id"]

    def change(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the body after an accepted change."""
        rule = changed_rule(raw, self.body, self.ground.facts, item("workflow_rules"))
        assert isinstance(rule, RuleBody), body_of(rule)
        return rule.body

    def refuse(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return the error object of a refused change."""
        return body_of(changed_rule(raw, self.body, self.ground.facts, item("workflow_rules")))

    def in_first(self, **said: Any) -> dict[str, Any]:
        """Write a change of the first condition."""
        return {"conditions": [{"id": self.first, **said}]}

    def instant(self, *actions: dict[str, Any]) -> dict[str, Any]:
        """Write a change of the first condition's instant actions."""
        return self.in_first(instant_actions={"actions": list(actions)})

    def with_new_group(self, **group: Any) -> dict[str, Any]:
        """Write a change that adds a condition with one scheduled group, which brings an id along."""
        action = {"type": "tasks", "id": self.task["id"]}
        condition = {"sequence_number": 3, "instant_actions": {"actions": [action]}}
        return {"conditions": [{**condition, "scheduled_actions": [{"id": self.group, **group}]}]}


@pytest.fixture
def stored() -> Stored:
    return Stored(Ground())


def types(body: dict[str, Any], condition: int = 0) -> list[str]:
    """Name the instant actions of a condition."""
    return [action["type"] for action in body["conditions"][condition]["instant_actions"]["actions"]]


@dataclass(frozen=True)
class Edit:
    name: str
    change: Callable[[Stored], dict[str, Any]]
    path: str
    becomes: Callable[[Stored], Any]


EDITS = [
    Edit("a new name", lambda s: {"name": "Huge deals"}, "name", lambda s: "Huge deals"),
    Edit("an absent name", lambda s: {}, "name", lambda s: "Large deals"),
    Edit("a description of null", lambda s: {"description": None}, "description", lambda s: None),
    Edit("an absent description", lambda s: {}, "description", lambda s: "For the leadership"),
    Edit("another trigger", lambda s: {"execute_when": {"type": "create"}}, "execute_when.type", lambda s: "create"),
    Edit("the same module", lambda s: {"module": {"api_name": "Deals"}}, "module.api_name", lambda s: "Deals"),
    Edit("inactive", lambda s: {"status": {"active": False}}, "status.active", lambda s: False),
    Edit("no word of status", lambda s: {}, "status.active", lambda s: True),
    Edit("new criteria", lambda s: s.in_first(criteria_details={"criteria": compare("Stage", "equal", "Closed Won")}),
         "conditions.0.criteria_details.criteria.value", lambda s: "Closed Won"),
    Edit("criteria taken away",
         lambda s: {"conditions": [{"id": s.second, "_delete": None}, {"id": s.first, "criteria_details": None}]},
         "conditions.0.criteria_details.criteria", lambda s: None),
    Edit("no word of criteria", lambda s: s.in_first(), "conditions.0.criteria_details.criteria.value",
         lambda s: "300000"),
    Edit("conditions in another order",
         lambda s: {"conditions": [{"id": s.first, "sequence_number": 2}, {"id": s.second, "sequence_number": 1}]},
         "conditions.0.id", lambda s: s.second),
    Edit("a condition not mentioned", lambda s: s.in_first(), "conditions.1.id", lambda s: s.second),
    Edit("a delay of its own", lambda s: s.in_first(scheduled_actions=[
        {"id": s.group, "execute_after": {"period": "days", "unit": 3}}]),
        "conditions.0.scheduled_actions.0.execute_after", lambda s: {"period": "days", "unit": 3}),
    Edit("a group without a word of its delay", lambda s: s.in_first(scheduled_actions=[{"id": s.group}]),
         "conditions.0.scheduled_actions.0.execute_after", lambda s: {"period": "business_days", "unit": 30}),
    Edit("a group removed", lambda s: s.in_first(scheduled_actions=[{"id": s.group, "_delete": None}]),
         "conditions.0.scheduled_actions", lambda s: None),
    Edit("instant actions of null", lambda s: s.in_first(instant_actions=None),
         "conditions.0.instant_actions.actions.0", lambda s: s.tags),
    Edit("other tags in an action", lambda s: s.instant({**s.tags, "details": {"tags": [{"name": "Later"}]}}),
         "conditions.0.instant_actions.actions.0.details.tags.0.name", lambda s: "Later"),
    Edit("an edited action keeps its id", lambda s: s.instant({**s.tags, "details": {"tags": [{"name": "Later"}]}}),
         "conditions.0.instant_actions.actions.0.id", lambda s: s.tags["id"]),
    Edit("an associated action mentioned again", lambda s: s.instant({"type": "tasks", "id": s.task["id"]}),
         "conditions.0.instant_actions.actions.1", lambda s: s.task),
    Edit("a mentioned action without its type", lambda s: s.instant({"id": s.mail["id"]}),
         "conditions.0.instant_actions.actions.2", lambda s: s.mail),
    Edit("a trigger of null and conditions of null", lambda s: {"execute_when": None, "conditions": None},
         "execute_when.type", lambda s: "edit"),
]  # fmt: skip


@pytest.mark.source("reference: automation B.6")
@pytest.mark.parametrize("case", EDITS, ids=lambda case: case.name)
def test_a_change_leaves(case: Edit, stored: Stored) -> None:
    found: Any = stored.change(case.change(stored))
    for step in case.path.split("."):
        found = found[int(step) if step.isdigit() else step]

    assert found == case.becomes(stored)


@dataclass(frozen=True)
class Actions:
    name: str
    change: Callable[[Stored], dict[str, Any]]
    types: list[str]


BEFORE = ["add_tags", "tasks", "email_notifications"]
ACTIONS = [
    Actions("not mentioned", lambda s: s.in_first(), BEFORE),
    Actions("added without an id", lambda s: s.instant({**s.payloads.tag_action, "type": "remove_tags"}),
            [*BEFORE, "remove_tags"]),
    Actions("associated by the id of an entity", lambda s: s.instant(
        {"type": "field_updates", "id": str(s.payloads.update.id)}), [*BEFORE, "field_updates"]),
    Actions("removed with null", lambda s: s.instant({"id": s.tags["id"], "_delete": None}), BEFORE[1:]),
    Actions("removed with true", lambda s: s.instant({"id": s.mail["id"], "_delete": True}), BEFORE[:2]),
    Actions("replaced", lambda s: s.instant({"id": s.tags["id"], "_delete": None}, s.payloads.owner_action),
            [*BEFORE[1:], "assign_owner"]),
]  # fmt: skip


@pytest.mark.source("reference: automation B.6(5); Kaizen 215: e-mail and task still run after only tags were sent")
@pytest.mark.parametrize("case", ACTIONS, ids=lambda case: case.name)
def test_instant_actions_after_some_are(case: Actions, stored: Stored) -> None:
    assert types(stored.change(case.change(stored))) == case.types


@pytest.mark.source("reference: automation B.6(3)")
def test_a_condition_without_id_is_added_and_one_with_delete_is_removed(stored: Stored) -> None:
    new = changed(stored.payloads.rule)["conditions"][1] | {
        "criteria_details": {"criteria": compare("Stage", "equal", "x")}
    }

    body = stored.change({"conditions": [{**new, "sequence_number": 3}, {"id": stored.second, "_delete": None}]})

    assert [condition["sequence_number"] for condition in body["conditions"]] == [1, 3]
    assert body["conditions"][0]["id"] == stored.first
    assert body["conditions"][1]["id"] not in (stored.first, stored.second)


@pytest.mark.source("reference: automation B.6")
def test_the_last_instant_action_can_go_while_others_wait(stored: Stored) -> None:
    removed = [{"id": action["id"], "_delete": None} for action in (stored.tags, stored.task, stored.mail)]

    condition = stored.change(stored.instant(*removed))["conditions"][0]

    assert condition["instant_actions"] is None
    assert len(condition["scheduled_actions"]) == 1


@dataclass(frozen=True)
class Refusal:
    name: str
    change: Callable[[Stored], dict[str, Any]]
    code: str
    message: str
    details: dict[str, Any]


def at(api_name: str, path: str) -> dict[str, Any]:
    return {"api_name": api_name, "json_path": path}


_ACTION = f"{P}.conditions[0].instant_actions.actions"
REFUSALS = [
    Refusal("an unknown condition", lambda s: {"conditions": [{"id": "1"}]}, "INVALID_DATA",
            "This given conditionid seems to be invalid", at("id", f"{P}.conditions[0].id")),
    Refusal("an associate action without id", lambda s: s.instant({"id": s.tags["id"]}, {"type": "tasks"}),
            "DEPENDENT_FIELD_MISSING", "Dependent Field missing",
            {"dependee": at("type", f"{_ACTION}[1].type"), **at("id", f"{_ACTION}[1].id")}),
    Refusal("an action twice", lambda s: s.instant({"id": s.task["id"]}, {"id": s.task["id"]}), "DUPLICATE_DATA",
            "Duplicate action not allowed", at("actions", f"{_ACTION}[1]")),
    Refusal("criteria of another condition", lambda s: {"conditions": [
        {"id": s.first},
        {"id": s.second, "criteria_details": {"criteria": compare("Amount", "greater_than", "300000")}}]},
        "ALREADY_USED", "duplicate criteria details.",
        {**at("criteria_details", f"{P}.conditions[1].criteria_details"),
         "exists_in": at("criteria_details", f"{P}.conditions[0].criteria_details")}),
    Refusal("the last action removed", lambda s: {"conditions": [{"id": s.second, "instant_actions": {"actions": [
        {"id": str(s.payloads.update.id), "_delete": None}]}}]}, "CANNOT_REMOVE", "Actions cannot be empty", {}),
    Refusal("the last action of a group removed", lambda s: s.in_first(scheduled_actions=[
        {"id": s.group, "actions": [{"id": s.task["id"], "_delete": None}]}]),
        "CANNOT_REMOVE", "Actions cannot be empty", {}),
    Refusal("the seed's: from edit to delete with an action that delete does not have",
            lambda s: {"execute_when": {"type": "delete"}}, "AMBIGUITY_DURING_PROCESSING",
            "action not supported for this trigger",
            {"ambiguity_due_to": [at("type", f"{P}.execute_when.type"), at("type", f"{_ACTION}[0].type")]}),
    Refusal("repeat while actions wait", lambda s: {"execute_when": {"type": "edit", "details": {"repeat": True}}},
            "DEPENDENT_MISMATCH", "Dependent Field is not matching",
            {"dependee": at("repeat", f"{P}.execute_when.details.repeat"),
             **at("scheduled_actions", f"{P}.conditions[0].scheduled_actions")}),
    Refusal("an incomplete trigger", lambda s: {"execute_when": {"details": {"repeat": True}}}, "MANDATORY_NOT_FOUND",
            "Required field is missing", at("type", f"{P}.execute_when.type")),
    Refusal("a name of null", lambda s: {"name": None}, "MANDATORY_NOT_FOUND", "Required field is missing",
            at("name", f"{P}.name")),
]  # fmt: skip

_NEW_GROUP = f"{P}.conditions[0].scheduled_actions[0]"
OURS = [
    Refusal("a new condition with a group that has an id and no delay",
            lambda s: s.with_new_group(actions=[{"type": "tasks", "id": s.task["id"]}]), "MANDATORY_NOT_FOUND",
            "Required field is missing", at("execute_after", f"{_NEW_GROUP}.execute_after")),
    Refusal("a new condition with a group that has an id and no actions",
            lambda s: s.with_new_group(execute_after={"period": "days", "unit": 1}), "MANDATORY_NOT_FOUND",
            "Required field is missing", at("actions", f"{_NEW_GROUP}.actions")),
    Refusal("all conditions removed", lambda s: {"conditions": [
        {"id": s.first, "_delete": None}, {"id": s.second, "_delete": None}]},
        "CANNOT_REMOVE", "Conditions cannot be empty", {}),
    Refusal("another category", lambda s: {"execute_when": {"type": "date_or_datetime"}}, "NOT_ALLOWED",
            "The trigger category cannot be changed", at("type", f"{P}.execute_when.type")),
    Refusal("another module", lambda s: {"module": {"api_name": "Leads"}}, "NOT_ALLOWED",
            "The module cannot be changed", at("module", f"{P}.module")),
    Refusal("an unknown inline action", lambda s: s.instant({"type": "add_tags", "id": "5", "details": {}}),
            "INVALID_DATA", "the id given seems to be invalid", at("id", f"{_ACTION}[0].id")),
    Refusal("an unknown group", lambda s: s.in_first(scheduled_actions=[{"id": "5"}]), "INVALID_DATA",
            "the id given seems to be invalid", at("id", f"{P}.conditions[0].scheduled_actions[0].id")),
    Refusal("an action of another type under the same id", lambda s: s.instant({**s.tags, "type": "remove_tags"}),
            "INVALID_DATA", "invalid data", at("type", f"{_ACTION}[0].type")),
    Refusal("removal without an id", lambda s: s.instant({"type": "tasks", "_delete": None}), "MANDATORY_NOT_FOUND",
            "Required field is missing", at("id", f"{_ACTION}[0].id")),
    Refusal("removal with false", lambda s: s.instant({"id": s.tags["id"], "_delete": False}), "INVALID_DATA",
            "invalid data", at("_delete", f"{_ACTION}[0]._delete")),
    Refusal("an eleventh condition", lambda s: {"conditions": [
        {**s.payloads.rule["conditions"][1], "sequence_number": n} for n in range(3, 12)]},
        "LIMIT_EXCEEDED", "conditions limit exceeded", {**at("conditions", f"{P}.conditions"), "limit": 10}),
]  # fmt: skip


@pytest.mark.source("reference: automation F.3")
@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_a_change_is_refused_as_documented(case: Refusal, stored: Stored) -> None:
    said = stored.refuse(case.change(stored))

    assert said == {"code": case.code, "message": case.message, "details": case.details, "status": "error"}


@pytest.mark.source("assumed: the service documents no answer")
@pytest.mark.parametrize("case", OURS, ids=lambda case: case.name)
def test_a_change_is_refused_in_our_own_words(case: Refusal, stored: Stored) -> None:
    said = stored.refuse(case.change(stored))

    assert said == {"code": case.code, "message": case.message, "details": case.details, "status": "error"}


def shown(stored: Stored) -> dict[str, Any]:
    """Show the stored rule as GET does."""
    facts = stored.ground.facts
    document = stored.ground.put("workflow_rule", "Deals", stored.body["name"], stored.body)
    stamps = {"created_time": "t", "created_by": None, "modified_time": "t", "modified_by": None}
    names = CurrentNames(facts.users, facts.tags, lambda kind, number: f"now called {kind}")
    return dump_rule(document, stamps, None, names, whole=True)


@pytest.mark.source("reference: automation B.6: fetch the whole rule first, then change it by its ids")
def test_what_get_shows_can_be_sent_back_and_changes_nothing(stored: Stored) -> None:
    assert stored.change(shown(stored)) == stored.body


@pytest.mark.source("reference: automation A.3")
def test_a_rule_is_shown_with_its_state_and_current_names(stored: Stored) -> None:
    stored.ground.documents.pop(("tag", stored.payloads.priority.id))

    rule = shown(stored)

    tags, task, _ = rule["conditions"][0]["instant_actions"]["actions"]
    assert rule["lock"] == UNLOCKED
    assert (rule["editable"], rule["deletable"], rule["deprecated"], rule["category"]) == (True, True, False, "default")
    assert rule["status"] == {"active": True}
    assert task["name"] == "now called task"
    # A tag that is gone keeps the name under which it was chosen.
    assert tags["details"]["tags"][0]["name"] == "Priority"


@pytest.mark.source("assumed: unknown keys are not kept")
def test_what_no_rule_has_is_not_kept(stored: Stored) -> None:
    junk = {"junk": {"deep": [1]}}

    body = stored.change(
        {**junk, **stored.instant({"id": stored.task["id"], **junk}, {"id": stored.tags["id"], **junk})}
    )

    assert body == stored.body


@pytest.mark.source("assumed: a condition that the request does not mention has no place there, but an id")
@pytest.mark.parametrize("changes_first", [True, False])
def test_criteria_of_a_condition_that_is_not_mentioned_are_found_there(changes_first: bool, stored: Stored) -> None:
    mine, other = (stored.first, stored.second) if changes_first else (stored.second, stored.first)
    taken = stored.body["conditions"][1 if changes_first else 0]["criteria_details"]

    said = stored.refuse({"conditions": [{"id": mine, "criteria_details": taken}]})

    assert said["code"] == "ALREADY_USED"
    place = at("criteria_details", f"{P}.conditions[0].criteria_details")
    assert said["details"] == {**place, "exists_in": {"id": other}}
