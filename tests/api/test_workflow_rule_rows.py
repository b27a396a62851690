"""Every refusal that the service's examples give for making workflow rules, of what this server runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.automation_client import RULES, Automation
from tests.support.rule_payloads import DROP, changed, compare
from tests.support.server import Crm

P = "$.workflow_rules[0]"
C = f"{P}.conditions[0]"
A = f"{C}.instant_actions.actions[0]"
S = f"{C}.scheduled_actions[0]"
ACTION, CONDITION = "conditions.0.instant_actions.actions.0", "conditions.0"
MISSING = "MANDATORY_NOT_FOUND", "Required field is missing"
INVALID = "INVALID_DATA", "invalid data"
NEEDED = "DEPENDENT_FIELD_MISSING", "Dependent Field missing"
MISMATCH = "DEPENDENT_MISMATCH", "Dependent Field is not matching"
SPECIFY = "EXPECTED_FIELD_MISSING", "Specify atleast one field"


def at(path: str, **more: Any) -> dict[str, Any]:
    """Say a place; its name is the last key of the path."""
    return {"api_name": path.rsplit(".", maxsplit=1)[-1].partition("[")[0], "json_path": path, **more}


def needs(path: str, dependee: str) -> dict[str, Any]:
    return {"dependee": at(dependee), **at(path)}


class Ground:
    """What the rows of the table name: actions and tags that are there, and an acceptable rule."""

    def __init__(self, crm: Crm) -> None:
        self.automation = Automation(crm)
        self.updates = [{"type": "field_updates", "id": self.automation.update(f"U{n}")} for n in range(6)]
        self.of_leads = {"type": "field_updates", "id": self.automation.update("L", module="Leads")}
        self.tag, self.other = self.automation.tag("criteria"), self.automation.tag("other")
        target = {"type": "user", "resource": {"id": str(crm.user.id)}}
        self.owner = {"type": "assign_owner", "details": {"module": {"api_name": "Deals"}, "assign_to": [target]}}

    def rule(self) -> dict[str, Any]:
        """Describe an acceptable rule with an instant and a scheduled action."""
        group = {"execute_after": {"period": "days", "unit": 1}, "actions": [self.updates[0]]}
        payload = self.automation.rule_payload("New", self.updates[0])
        payload["execute_when"] = {"type": "edit", "details": {"repeat": False}}
        payload["conditions"][0]["scheduled_actions"] = [group]
        return payload


def tagged(*tags: dict[str, Any], kind: str = "add_tags") -> dict[str, Any]:
    return {"type": kind, "details": {"tags": list(tags)}}


@dataclass(frozen=True)
class Row:
    """One refusal: what is changed of an acceptable rule, and the answer."""

    name: str
    change: Callable[[Ground], tuple[tuple[str, Any], ...]]
    said: tuple[str, str]
    details: dict[str, Any]


ROWS = [
    Row("name type", lambda g: (("name", 5),), ("INVALID_DATA", "Invalid data type"),
        at(f"{P}.name", expected_data_type="text")),
    Row("name missing", lambda g: (("name", DROP),), MISSING, at(f"{P}.name")),
    Row("name length", lambda g: (("name", "x" * 101),), ("INVALID_DATA", "value too long"),
        at(f"{P}.name", maximum_length=100)),
    Row("name with special characters", lambda g: (("name", "a<b"),), ("INVALID_DATA", "Special characters found"),
        at(f"{P}.name")),
    Row("module missing", lambda g: (("module", DROP),), MISSING, at(f"{P}.module")),
    Row("module unknown", lambda g: (("module", {"api_name": "X"}),),
        ("INVALID_DATA", "the module name given seems to be invalid"), at(f"{P}.module")),
    Row("module id unknown", lambda g: (("module", {"id": "77"}),),
        ("INVALID_DATA", "the module name given seems to be invalid"), at(f"{P}.module")),
    Row("created inactive", lambda g: (("status", {"active": False}),), INVALID, at(f"{P}.status.active")),
    Row("trigger missing", lambda g: (("execute_when", DROP),), MISSING, at(f"{P}.execute_when")),
    Row("repeat missing", lambda g: (("execute_when", {"type": "edit", "details": {}}),), NEEDED,
        needs(f"{P}.execute_when.details.repeat", f"{P}.execute_when.type")),
    Row("repeat missing with all details", lambda g: (("execute_when", {"type": "edit"}),), NEEDED,
        needs(f"{P}.execute_when.details.repeat", f"{P}.execute_when.type")),
    Row("too many conditions", lambda g: (("conditions", [{}] * 11),),
        ("LIMIT_EXCEEDED", "conditions limit exceeded"), at(f"{P}.conditions", limit=10)),
    Row("relational criteria without a selection",
        lambda g: ((f"{CONDITION}.criteria_details", {"relational_criteria": {"criteria": None}}),), MISSING,
        at(f"{C}.criteria_details.relational_criteria.module_selection")),
    Row("relational criteria with a module not asked for",
        lambda g: ((f"{CONDITION}.criteria_details",
                    {"relational_criteria": {"module_selection": "all", "module": {"api_name": "Deals"}}}),), MISMATCH,
        needs(f"{C}.criteria_details.relational_criteria.module",
              f"{C}.criteria_details.relational_criteria.module_selection")),
    Row("criteria of another condition",
        lambda g: (("conditions.1", {"sequence_number": 2, "instant_actions": {"actions": [g.updates[0]]}}),),
        ("ALREADY_USED", "duplicate criteria details."),
        at(f"{P}.conditions[1].criteria_details", exists_in=at(f"{C}.criteria_details"))),
    Row("action type missing", lambda g: ((ACTION, {"id": g.updates[0]["id"]}),), INVALID, at(f"{A}.type")),
    Row("action without id", lambda g: ((ACTION, {"type": "field_updates"}),), NEEDED,
        needs(f"{A}.id", f"{A}.type")),
    Row("action without details", lambda g: ((ACTION, {"type": "assign_owner"}),), NEEDED,
        needs(f"{A}.details", f"{A}.type")),
    Row("circuit without details", lambda g: ((ACTION, {"type": "circuits"}),), MISSING, at(f"{A}.details")),
    Row("action of another module", lambda g: ((ACTION, g.of_leads),),
        ("AMBIGUITY_DURING_PROCESSING", "action not supported for this module"),
        {"ambiguity_due_to": [at(f"{P}.module"), at(f"{A}.type")]}),
    Row("action that the module does not have", lambda g: ((ACTION, {"type": "retweet", "details": {}}),),
        ("AMBIGUITY_DURING_PROCESSING", "action not supported for this module"),
        {"ambiguity_due_to": [at(f"{P}.module"), at(f"{A}.type")]}),
    Row("action that the trigger does not have",
        lambda g: (("execute_when", {"type": "delete"}), (ACTION, g.owner), (f"{CONDITION}.scheduled_actions", DROP)),
        ("AMBIGUITY_DURING_PROCESSING", "action not supported for this trigger"),
        {"ambiguity_due_to": [at(f"{P}.execute_when.type"), at(f"{A}.type")]}),
    Row("too many actions", lambda g: ((f"{CONDITION}.instant_actions.actions", g.updates),),
        ("LIMIT_EXCEEDED", "actions limit exceeded"), at(f"{C}.instant_actions.actions", limit=5)),
    Row("owner of no module", lambda g: ((ACTION, changed(g.owner, ("details.module", {}))),), SPECIFY,
        {"expected_fields": [at(f"{A}.details.module.api_name"), at(f"{A}.details.module.id")]}),
    Row("unknown tag", lambda g: ((ACTION, tagged({"name": "nope"})),), INVALID,
        {**at(f"{A}.details.tags[0]"), "api_name": "tags"}),
    Row("unknown tag id", lambda g: ((ACTION, tagged({"id": "9"})),), INVALID,
        {**at(f"{A}.details.tags[0]"), "api_name": "tags"}),
    Row("tag of two tags", lambda g: ((ACTION, tagged({"name": "criteria", "id": g.other})),),
        ("AMBIGUITY_DURING_PROCESSING", "Ambiguity during processing"),
        {"ambiguity_due_to": [at(f"{A}.details.tags[0].name"), at(f"{A}.details.tags[0].id")]}),
    Row("no tags", lambda g: ((ACTION, tagged()),), ("INVALID_DATA", "Tags array cannot be empty"),
        at(f"{A}.details.tags")),
    Row("delay without a unit",
        lambda g: ((f"{CONDITION}.scheduled_actions.0.execute_after", {"period": "days"}),), NEEDED,
        needs(f"{S}.execute_after.unit", f"{S}.execute_after")),
    Row("delay of nothing", lambda g: ((f"{CONDITION}.scheduled_actions.0.execute_after", {}),), SPECIFY,
        {"expected_fields": [at(f"{S}.execute_after.period"), at(f"{S}.execute_after.unit")]}),
    Row("delay missing, with an id of the group",
        lambda g: ((f"{CONDITION}.scheduled_actions.0", {"id": "7", "actions": [g.updates[0]]}),), MISSING,
        at(f"{S}.execute_after")),
    Row("scheduled actions of a rule that repeats", lambda g: (("execute_when.details.repeat", True),), MISMATCH,
        needs(f"{C}.scheduled_actions", f"{P}.execute_when.details.repeat")),
]  # fmt: skip


@pytest.fixture
def ground(crm: Crm) -> Ground:
    return Ground(crm)


def refused(row: Row) -> dict[str, Any]:
    code, message = row.said
    return {"workflow_rules": [{"code": code, "message": message, "details": row.details, "status": "error"}]}


@pytest.mark.source("docs: postWorkflowRule examples: every 400 of what this server runs")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_new_rule_is_refused(row: Row, ground: Ground) -> None:
    reply = ground.automation.post(changed(ground.rule(), *row.change(ground)))

    assert (reply.status, reply.json) == (400, refused(row))
    assert ground.automation.names() == []


@pytest.mark.source("docs: postWorkflowRule examples: a trigger that nothing has; automation B.2: which there are")
def test_an_unknown_trigger_is_refused_with_all_that_there_are(ground: Ground) -> None:
    reply = ground.automation.post(changed(ground.rule(), ("execute_when", {"type": "x"})))

    (said,) = reply.json["workflow_rules"]
    assert (reply.status, said["code"], said["message"]) == (400, *INVALID)
    supported = said["details"].pop("supported_values")
    assert said["details"] == at(f"{P}.execute_when.type")
    assert (len(supported), supported[:3], supported[-1]) == (
        63,
        ["create", "edit", "create_or_edit"],
        "tw_send_message",
    )


@pytest.mark.source("docs: postWorkflowRule examples: criteria are part of the rule")
def test_the_acceptable_rule_is_accepted(ground: Ground) -> None:
    criteria = {"criteria": compare("Stage", "equal", ["Closed Won", "Closed Lost"])}

    assert ground.automation.post(changed(ground.rule(), (f"{CONDITION}.criteria_details", criteria))).status == 201
    assert ground.automation.crm.get(RULES).status == 200
