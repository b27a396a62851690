"""What a new rule may say, and how it is refused: code, message and details of every row."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from kaizen.automation.payload.rules.validate import RuleBody, new_rule
from kaizen.json_body.json_path import JsonPath, item
from kaizen.model.problem import Problem
from kaizen.model.values import Json
from kaizen.vocabulary.workflow_types import TRIGGER_TYPES
from tests.support.automation import Ground, body_of
from tests.support.rule_payloads import DROP, Payloads, changed, compare

P = "$.workflow_rules[0]"
A = f"{P}.conditions[0].instant_actions.actions[0]"
S = f"{P}.conditions[0].scheduled_actions[0]"
_FIRST = "conditions.0.instant_actions.actions.0"
_GROUP = "conditions.0.scheduled_actions.0"
_CRITERIA = "conditions.0.criteria_details"
_DETAILS = f"{P}.conditions[0].criteria_details"


@pytest.fixture
def ground() -> Ground:
    return Ground()


@pytest.fixture
def payloads(ground: Ground) -> Payloads:
    return Payloads(ground)


def accepted(raw: Any, ground: Ground) -> dict[str, Any]:
    """Return the stored body of a rule that is accepted."""
    rule = new_rule(raw, ground.facts, item("workflow_rules"))
    assert isinstance(rule, RuleBody), body_of(rule)
    return rule.body


def refused(raw: Any, ground: Ground) -> dict[str, Any]:
    """Return the error object of a rule that is refused."""
    return body_of(new_rule(raw, ground.facts, item("workflow_rules")))


def at(api_name: str, path: str) -> dict[str, Json]:
    return {"api_name": api_name, "json_path": path}


def needs(dependee: dict[str, Json], api_name: str, path: str) -> dict[str, Any]:
    return {"dependee": dependee, **at(api_name, path)}


Change = tuple[str, Any]


@dataclass(frozen=True)
class Case:
    name: str
    changes: tuple[Change, ...] | Callable[[Payloads], tuple[Change, ...]]
    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)

    def payload(self, payloads: Payloads) -> dict[str, Any]:
        changes = self.changes(payloads) if callable(self.changes) else self.changes
        return changed(payloads.rule, *changes)


INVALID, MISSING = "INVALID_DATA", "MANDATORY_NOT_FOUND"
REQUIRED, NEEDED = "Required field is missing", "Dependent Field missing"
_TYPE_OF_RULE = at("type", f"{P}.execute_when.type")

DOCUMENTED = [
    Case("P2 a name that is no text", (("name", 7),), INVALID, "Invalid data type",
         {**at("name", f"{P}.name"), "expected_data_type": "text"}),
    Case("P3 an unknown trigger", (("execute_when.type", "sometimes"),), INVALID, "invalid data",
         {**at("type", f"{P}.execute_when.type"), "supported_values": list(TRIGGER_TYPES)}),
    Case("P5 an inline action without details", ((_FIRST, {"type": "add_tags"}),), "DEPENDENT_FIELD_MISSING", NEEDED,
         needs(at("type", f"{A}.type"), "details", f"{A}.details")),
    Case("P6 repeat missing", (("execute_when.details", {}),), "DEPENDENT_FIELD_MISSING", NEEDED,
         needs(_TYPE_OF_RULE, "repeat", f"{P}.execute_when.details.repeat")),
    Case("P7 a delay without unit", ((f"{_GROUP}.execute_after", {"period": "days"}),), "DEPENDENT_FIELD_MISSING",
         NEEDED, needs(at("execute_after", f"{S}.execute_after"), "unit", f"{S}.execute_after.unit")),
    Case("P7 a delay without period", ((f"{_GROUP}.execute_after", {"unit": 1}),), "DEPENDENT_FIELD_MISSING",
         NEEDED, needs(at("execute_after", f"{S}.execute_after"), "period", f"{S}.execute_after.period")),
    Case("P8 an associate action without id", ((_FIRST, {"type": "tasks"}),), "DEPENDENT_FIELD_MISSING", NEEDED,
         needs(at("type", f"{A}.type"), "id", f"{A}.id")),
    Case("P9 an empty module reference", lambda p: ((_FIRST, changed(p.owner_action, ("details.module", {}))),),
         "EXPECTED_FIELD_MISSING", "Specify atleast one field",
         {"expected_fields": [at("api_name", f"{A}.details.module.api_name"), at("id", f"{A}.details.module.id")]}),
    Case("P10 an empty delay", ((f"{_GROUP}.execute_after", {}),), "EXPECTED_FIELD_MISSING",
         "Specify atleast one field",
         {"expected_fields": [at("period", f"{S}.execute_after.period"), at("unit", f"{S}.execute_after.unit")]}),
    Case("P12 no name", (("name", DROP),), MISSING, REQUIRED, at("name", f"{P}.name")),
    Case("P13 no module", (("module", DROP),), MISSING, REQUIRED, at("module", f"{P}.module")),
    Case("P14 no trigger", (("execute_when", DROP),), MISSING, REQUIRED, at("execute_when", f"{P}.execute_when")),
    Case("P15 a relation without its kind", ((f"{_CRITERIA}.relational_criteria", {"criteria": None}),), MISSING,
         REQUIRED, at("module_selection", f"{_DETAILS}.relational_criteria.module_selection")),
    Case("P17 a circuit without details", ((_FIRST, {"type": "circuits", "name": "x"}),), MISSING, REQUIRED,
         at("details", f"{A}.details")),
    Case("P17 a circuit that is not named", ((_FIRST, {"type": "circuits", "name": "x", "details": {}}),), MISSING,
         REQUIRED, at("details", f"{A}.details")),
    Case("P18 no actions at all",
         (("conditions.0.instant_actions", DROP), ("conditions.0.scheduled_actions", DROP)), MISSING, REQUIRED,
         at("instant_actions", f"{P}.conditions[0].instant_actions")),
    Case("P20 an action not for the trigger",
         lambda p: (("execute_when", {"type": "delete"}), (_FIRST, p.owner_action)), "AMBIGUITY_DURING_PROCESSING",
         "action not supported for this trigger", {"ambiguity_due_to": [_TYPE_OF_RULE, at("type", f"{A}.type")]}),
    Case("P21 an action not for the module", ((_FIRST, {"type": "convert", "details": {}}),),
         "AMBIGUITY_DURING_PROCESSING", "action not supported for this module",
         {"ambiguity_due_to": [at("module", f"{P}.module"), at("type", f"{A}.type")]}),
    Case("P21 an entity of another module", lambda p: ((_FIRST, {"type": "tasks", "id": str(p.of_leads.id)}),),
         "AMBIGUITY_DURING_PROCESSING", "action not supported for this module",
         {"ambiguity_due_to": [at("module", f"{P}.module"), at("type", f"{A}.type")]}),
    Case("P23 a tag by the id of one and the name of another",
         lambda p: ((f"{_FIRST}.details.tags.0", {"name": "Priority", "id": str(p.later.id)}),),
         "AMBIGUITY_DURING_PROCESSING", "Ambiguity during processing",
         {"ambiguity_due_to": [at("name", f"{A}.details.tags[0].name"), at("id", f"{A}.details.tags[0].id")]}),
    Case("P24 two add_tags in one block", lambda p: (("conditions.0.instant_actions.actions.3", p.tag_action),),
         "LIMIT_EXCEEDED", "actions limit exceeded",
         {**at("actions", f"{P}.conditions[0].instant_actions.actions"), "limit": 1}),
    Case("P25 eleven conditions",
         lambda p: (("conditions", [{**p.rule["conditions"][1], "sequence_number": n} for n in range(1, 12)]),),
         "LIMIT_EXCEEDED", "conditions limit exceeded", {**at("conditions", f"{P}.conditions"), "limit": 10}),
    Case("P27 scheduled actions on delete",
         lambda p: (
             ("execute_when", {"type": "delete"}),
             ("conditions.0.instant_actions", DROP),
             (f"{_GROUP}.actions", [{"type": "email_notifications", "id": str(p.mail.id)}]),
         ),
         "NOT_ALLOWED", "The unsupported action is given", at("type", f"{S}.actions[0].type")),
    Case("P28 a related module that is not asked for",
         ((f"{_CRITERIA}.relational_criteria", {"module_selection": "all", "module": {"api_name": "Calls"}}),),
         "DEPENDENT_MISMATCH", "Dependent Field is not matching",
         needs(at("module_selection", f"{_DETAILS}.relational_criteria.module_selection"),
               "module", f"{_DETAILS}.relational_criteria.module")),
    Case("P29 repeat with scheduled actions", (("execute_when.details.repeat", True),), "DEPENDENT_MISMATCH",
         "Dependent Field is not matching",
         needs(at("repeat", f"{P}.execute_when.details.repeat"), "scheduled_actions",
               f"{P}.conditions[0].scheduled_actions")),
    Case("P30 an unknown module", (("module", {"api_name": "Dealz"}),), INVALID,
         "the module name given seems to be invalid", at("module", f"{P}.module")),
    Case("P31 special characters", (("name", "Large <deals>"),), INVALID, "Special characters found",
         at("name", f"{P}.name")),
    Case("P32 a long name", (("name", "x" * 101),), INVALID, "value too long",
         {**at("name", f"{P}.name"), "maximum_length": 100}),
    Case("P33 created inactive", (("status", {"active": False}),), INVALID, "invalid data",
         at("active", f"{P}.status.active")),
    Case("P34 no action type", ((_FIRST, {"id": "1"}),), INVALID, "invalid data", at("type", f"{A}.type")),
    Case("P34 an unknown action type", ((_FIRST, {"type": "sing"}),), INVALID, "invalid data",
         at("type", f"{A}.type")),
    Case("P36 an unknown tag", ((f"{_FIRST}.details.tags.0", {"name": "Nobody"}),), INVALID, "invalid data",
         at("tags", f"{A}.details.tags[0]")),
    Case("P36 a tag of another module", lambda p: ((f"{_FIRST}.details.tags.0", {"id": str(p.elsewhere.id)}),),
         INVALID, "invalid data", at("tags", f"{A}.details.tags[0]")),
    Case("P37 no tags", ((f"{_FIRST}.details.tags", []),), INVALID, "Tags array cannot be empty",
         at("tags", f"{A}.details.tags")),
    Case("P45 tags taken away where all are replaced",
         lambda p: (
             (f"{_FIRST}.details.over_write", True),
             ("conditions.1.instant_actions.actions.0", {**p.tag_action, "type": "remove_tags"}),
         ),
         INVALID, "Remove tag not supported with Overwrite Add Tag",
         at("type", f"{P}.conditions[1].instant_actions.actions[0].type")),
    Case("two conditions with the same criteria",
         (("conditions.1.criteria_details.criteria", compare("Amount", "greater_than", "300000")),),
         "ALREADY_USED", "duplicate criteria details.",
         {**at("criteria_details", f"{P}.conditions[1].criteria_details"),
          "exists_in": at("criteria_details", f"{P}.conditions[0].criteria_details")}),
    Case("the same action twice in a block",
         lambda p: (("conditions.0.instant_actions.actions.3", {"type": "tasks", "id": str(p.task.id)}),),
         "DUPLICATE_DATA", "Duplicate action not allowed",
         at("actions", f"{P}.conditions[0].instant_actions.actions[3]")),
    Case("the trigger's module by the id of another",
         (("module", {"api_name": "Deals", "id": "4876876000000002175"}),), "AMBIGUITY_DURING_PROCESSING",
         "Ambiguity during processing",
         {"ambiguity_due_to": [at("id", f"{P}.module.id"), at("api_name", f"{P}.module.api_name")]}),
    Case("a module reference without either key", (("module", {}),), "EXPECTED_FIELD_MISSING",
         "Specify atleast one field",
         {"expected_fields": [at("api_name", f"{P}.module.api_name"), at("id", f"{P}.module.id")]}),
]  # fmt: skip

#: What brings an id along as if it were there already, and leaves out what a new one must have.
_NOT_WHOLE = [
    Case(f"{name} with an id", lambda p, change=change: (change(p),), "MANDATORY_NOT_FOUND",
         "Required field is missing", at(key, f"{P}.conditions[0]{path}.{key}"))
    for name, key, path, change in (
        ("a group without a delay", "execute_after", ".scheduled_actions[0]",
         lambda p: (_GROUP, {"id": "7", "actions": [{"type": "tasks", "id": str(p.task.id)}]})),
        ("a group without actions", "actions", ".scheduled_actions[0]",
         lambda p: (_GROUP, {"id": "7", "execute_after": {"period": "days", "unit": 1}})),
        ("a group with an empty list of actions", "actions", ".scheduled_actions[0]",
         lambda p: (_GROUP, {"id": "7", "execute_after": {"period": "days", "unit": 1}, "actions": []})),
        ("a group of nothing", "execute_after", ".scheduled_actions[0]", lambda p: (_GROUP, {"id": "7"})),
        ("a condition without a number", "sequence_number", "",
         lambda p: ("conditions.0", {"id": "7", "instant_actions": {"actions": [p.tag_action]}})),
    )
]  # fmt: skip

OURS = [
    *_NOT_WHOLE,
    Case("a trigger that the module does not have", (("execute_when", {"type": "missed_call"}),), INVALID,
         "invalid data", {**_TYPE_OF_RULE, "supported_values": [
             "create", "create_or_edit", "edit", "field_update", "section_update", "delete", "date_or_datetime",
             "score_increase", "score_decrease", "score_update"]}),
    Case("a trigger that is legal but not run", (("execute_when", {"type": "section_update"}),), "NOT_IMPLEMENTED",
         "this server does not run rules with the trigger section_update yet", _TYPE_OF_RULE),
    Case("events of a related module",
         (("execute_when", {"type": "create", "details": {"trigger_module": {"api_name": "Notes"}}}),),
         "NOT_IMPLEMENTED", "this server does not run rules on events of Notes yet",
         at("trigger_module", f"{P}.execute_when.details.trigger_module")),
    Case("an associate action that is legal but not carried out", ((_FIRST, {"type": "webhooks", "id": "7"}),),
         "NOT_IMPLEMENTED", "this server does not run the action webhooks yet", at("type", f"{A}.type")),
    Case("an inline action that is legal but not carried out", ((_FIRST, {"type": "create_record", "details": {}}),),
         "NOT_IMPLEMENTED", "this server does not run the action create_record yet", at("type", f"{A}.type")),
    Case("a circuit", ((_FIRST, {"type": "circuits", "name": "x", "details": {"circuit_id": "7"}}),),
         "NOT_IMPLEMENTED", "this server does not run the action circuits yet", at("type", f"{A}.type")),
    Case("an unknown entity", ((_FIRST, {"type": "tasks", "id": "99"}),), INVALID,
         "the id given seems to be invalid", at("id", f"{A}.id")),
    Case("an id beyond all numbers", ((_FIRST, {"type": "tasks", "id": "9" * 30}),), INVALID,
         "the id given seems to be invalid", at("id", f"{A}.id")),
    Case("a field_update trigger without criteria", (("execute_when", {"type": "field_update"}),),
         "DEPENDENT_FIELD_MISSING", NEEDED,
         needs(_TYPE_OF_RULE, "criteria", f"{P}.execute_when.details.criteria")),
    *(
        Case(f"a change of {name} behind a lookup",
             (("execute_when", {"type": "field_update", "details": {"criteria": criteria}}),),
             "AMBIGUITY_DURING_PROCESSING", "Criteria not supported for this trigger",
             {"ambiguity_due_to": [_TYPE_OF_RULE, at("criteria", f"{P}.execute_when.details.criteria")]})
        for name, criteria in (
            ("one field", compare("Account_Name.Industry", "equal", "${ANYVALUE}")),
            ("several fields", {"group_operator": "AND", "group": [
                compare("Account_Name.Industry", "equal", "Mining"), compare("Owner.email", "equal", "a@b.cd")]}),
        )
    ),
    Case("an unknown user", lambda p: ((_FIRST, changed(p.owner_action, ("details.assign_to.0.resource.id", "5"))),),
         INVALID, "Invalid User ID", at("id", f"{A}.details.assign_to[0].resource.id")),
    Case("an assignment to a group",
         lambda p: ((_FIRST, changed(p.owner_action, ("details.assign_to.0.type", "group"))),),
         "NOT_IMPLEMENTED", "this server does not run assignments to group yet",
         at("type", f"{A}.details.assign_to[0].type")),
    Case("a field of the record that is no user",
         lambda p: ((_FIRST, changed(p.owner_action, ("details.assign_to.0",
             {"type": "merge_field", "details": {"api_name": "${!Deals.Amount}"}}))),),
         INVALID, "invalid data", at("api_name", f"{A}.details.assign_to[0].details.api_name")),
    Case("related records that follow no deal",
         lambda p: ((_FIRST, changed(p.owner_action, ("details.related_records", [{"api_name": "Leads"}]))),),
         INVALID, "invalid data", at("related_records", f"{A}.details.related_records[0]")),
    Case("related records",
         lambda p: ((_FIRST, changed(p.owner_action, ("details.related_records", [{"api_name": "Tasks"}]))),),
         "NOT_IMPLEMENTED", "this server does not run owner changes of related records yet",
         at("related_records", f"{A}.details.related_records")),
    Case("an unknown availability",
         lambda p: ((_FIRST, changed(p.owner_action, ("details.user_availability_based_on", ["mood"]))),),
         INVALID, "invalid data", {**at("user_availability_based_on", f"{A}.details.user_availability_based_on[0]"),
                                   "supported_values": ["online_status"]}),
    Case("two conditions of one number", (("conditions.1.sequence_number", 1),), INVALID, "duplicate data",
         at("sequence_number", f"{P}.conditions[1].sequence_number")),
    Case("a condition without a number", (("conditions.0.sequence_number", DROP),), MISSING, REQUIRED,
         at("sequence_number", f"{P}.conditions[0].sequence_number")),
    Case("a wait that is too long", ((f"{_GROUP}.execute_after", {"period": "hours", "unit": 100}),), INVALID,
         "invalid data", {**at("unit", f"{S}.execute_after.unit"), "range": {"from": 0, "to": 99}}),
    Case("an unknown period", ((f"{_GROUP}.execute_after", {"period": "moons", "unit": 1}),), INVALID,
         "invalid data", {**at("period", f"{S}.execute_after.period"), "supported_values": [
             "minutes", "hours", "days", "weeks", "months", "years", "business_hours", "business_days"]}),
    Case("a group without actions", ((f"{_GROUP}.actions", []),), MISSING, REQUIRED, at("actions", f"{S}.actions")),
    Case("six groups",
         lambda p: (("conditions.0.scheduled_actions", p.rule["conditions"][0]["scheduled_actions"] * 6),),
         "LIMIT_EXCEEDED", "schedule actions limit exceeded",
         {**at("scheduled_actions", f"{P}.conditions[0].scheduled_actions"), "limit": 5}),
    Case("an unknown field in criteria", ((f"{_CRITERIA}.criteria.field.api_name", "Amont"),), INVALID,
         "invalid data", at("api_name", f"{P}.conditions[0].criteria_details.criteria.field.api_name")),
    Case("criteria of related modules", ((f"{_CRITERIA}.relational_criteria", {"module_selection": "all"}),),
         "AMBIGUITY_DURING_PROCESSING", "Criteria not supported for this trigger",
         {"ambiguity_due_to": [_TYPE_OF_RULE,
                               at("relational_criteria", f"{P}.conditions[0].criteria_details.relational_criteria")]}),
    Case("no conditions", (("conditions", []),), INVALID, "invalid data", at("conditions", f"{P}.conditions")),
    Case("a new condition that is removed", (("conditions.0._delete", None), ("conditions.0.id", "7")), INVALID,
         "invalid data", at("_delete", f"{P}.conditions[0]._delete")),
    Case("a lock's message without the lock", (("lock", {"status": False, "message": "no"}),), "DEPENDENT_MISMATCH",
         "Dependent Field is not matching", needs(at("status", f"{P}.lock.status"), "message", f"{P}.lock.message")),
]  # fmt: skip


@pytest.mark.source("reference: automation F.2")
@pytest.mark.parametrize("case", DOCUMENTED, ids=lambda case: case.name)
def test_a_new_rule_is_refused_as_documented(case: Case, ground: Ground, payloads: Payloads) -> None:
    said = refused(case.payload(payloads), ground)

    assert said == {"code": case.code, "message": case.message, "details": case.details, "status": "error"}


@pytest.mark.source("assumed: the service documents no answer")
@pytest.mark.parametrize("case", OURS, ids=lambda case: case.name)
def test_a_new_rule_is_refused_in_our_own_words(case: Case, ground: Ground, payloads: Payloads) -> None:
    said = refused(case.payload(payloads), ground)

    assert said == {"code": case.code, "message": case.message, "details": case.details, "status": "error"}


@pytest.mark.source("reference: automation B.4, P42")
def test_business_days_need_business_hours(ground: Ground, payloads: Payloads) -> None:
    ground.business_hours = False

    assert refused(payloads.rule, ground)["code"] == "FEATURE_DISABLED"
    assert accepted(changed(payloads.rule, (f"{_GROUP}.execute_after.period", "days")), ground)


@pytest.mark.source("reference: automation A.3, B.4")
def test_an_accepted_rule_is_kept_in_the_form_in_which_it_is_shown(ground: Ground, payloads: Payloads) -> None:
    body = accepted(payloads.rule, ground)

    deals = {"api_name": "Deals", "id": ground.id_of("Deals")}
    first, second = body["conditions"]
    tags, task, mail = first["instant_actions"]["actions"]
    assert body["module"] == deals
    assert body["execute_when"] == {"details": {"trigger_module": deals, "repeat": False}, "type": "edit"}
    assert first["criteria_details"] == {
        "relational_criteria": {"module_selection": None, "criteria": None, "module": None},
        "criteria": {
            "comparator": "greater_than",
            "field": {"api_name": "Amount", "id": ground.id_of("Deals", "Amount")},
            "type": "value",
            "value": "300000",
        },
    }
    assert tags["name"] == "Priority"
    assert tags["details"] == {
        "module": deals,
        "tags": [{"name": "Priority", "id": str(payloads.priority.id), "color_code": "#F17574"}],
        "over_write": False,
    }
    assert (task["id"], task["name"]) == (str(payloads.task.id), "Call the customer")
    assert mail["related_details"] is None
    assert first["scheduled_actions"][0]["execute_after"] == {"period": "business_days", "unit": 30}
    assert second["scheduled_actions"] is None
    assert second["criteria_details"]["criteria"] is None


@pytest.mark.source("reference: automation A.1")
def test_conditions_groups_and_inline_actions_get_ids_of_their_own(ground: Ground, payloads: Payloads) -> None:
    raw = changed(
        payloads.rule,
        ("conditions.0.id", "11"),
        (f"{_GROUP}.id", "12"),
        (f"{_FIRST}.id", "13"),
    )

    first = accepted(raw, ground)["conditions"][0]

    given = {first["id"], first["scheduled_actions"][0]["id"], first["instant_actions"]["actions"][0]["id"]}
    assert len(given) == 3
    assert not given & {"11", "12", "13"}


def watching(criteria: Any, **details: Any) -> dict[str, Any]:
    return {"type": "field_update", "details": {"criteria": criteria, **details}}


@dataclass(frozen=True)
class Accepted:
    name: str
    changes: tuple[Change, ...] | Callable[[Payloads], tuple[Change, ...]]
    path: str
    stored: Any


ACCEPTED = [
    Accepted("C20 overwrite without its underscore", ((f"{_FIRST}.details.overwrite", True),),
             f"{_FIRST}.details.over_write", True),
    Accepted("C20 a module beside the details", ((f"{_FIRST}.module", "Deals"),), f"{_FIRST}.type", "add_tags"),
    Accepted("C15 criteria_details null", ((_CRITERIA, None), ("conditions.1", DROP)), f"{_CRITERIA}.criteria", None),
    Accepted("C16 two minutes", ((f"{_GROUP}.execute_after", {"period": "minutes", "unit": 2}),),
             f"{_GROUP}.execute_after.unit", 2),
    Accepted("C11 the trigger's spelling of a period",
             ((f"{_GROUP}.execute_after", {"period": "b_days", "unit": "3"}),),
             f"{_GROUP}.execute_after", {"period": "business_days", "unit": 3}),
    Accepted("a tag whatever the case of its name", ((f"{_FIRST}.details.tags.0", {"name": "pRIORITY"}),),
             f"{_FIRST}.name", "Priority"),
    Accepted("a tag named twice", ((f"{_FIRST}.details.tags.1", {"name": "Priority"}),), f"{_FIRST}.name", "Priority"),
    Accepted("C10 any value as comparator",
             (("execute_when", {"type": "field_update", "details": {"criteria":
                 {"field": {"api_name": "Stage"}, "comparator": "${ANYVALUE}"}}}),),
             "execute_when.details.criteria.value", "${ANYVALUE}"),
    Accepted("a change of the record where something lies behind a lookup",
             (("execute_when", {"type": "field_update", "details": {"match_all": True, "criteria":
                 {"group_operator": "AND", "group": [compare("Stage", "equal", "Closed Lost"),
                                                     compare("Account_Name.Industry", "equal", "Mining")]}}}),),
             "execute_when.details.criteria.group.1.field.api_name", "Account_Name.Industry"),
    Accepted("a watched change that says itself that all must hold",
             (("execute_when", watching({"group_operator": "and", "group": [
                 compare("Stage", "equal", "Closed Lost"), compare("Amount", "equal", 1)]})),),
             "execute_when.details.match_all", True),
    Accepted("a watched change that says itself that any will do",
             (("execute_when", watching({"group_operator": "or", "group": [
                 compare("Stage", "equal", "Closed Lost"), compare("Amount", "equal", 1)]})),),
             "execute_when.details.match_all", False),
    Accepted("a watched change of which any part will do, whatever joins it",
             (("execute_when", watching({"group_operator": "and", "group": [
                 compare("Stage", "equal", "Closed Lost"), compare("Amount", "equal", 1)]}, match_all=False)),),
             "execute_when.details.match_all", False),
    Accepted("a watched change of one field",
             (("execute_when", watching(compare("Stage", "equal", "Closed Lost"))),),
             "execute_when.details.match_all", False),
    Accepted("the smallest status", (("status", {"active": True}),), "status.active", True),
    Accepted("a name with the characters of the seed", (("name", "VP Alert - High Value Deal."),), "name",
             "VP Alert - High Value Deal."),
    Accepted("mail at the recipient's best time", (("conditions.0.instant_actions.actions.2.related_details",
             {"best_time": True}),), "conditions.0.instant_actions.actions.2.related_details", {"best_time": True}),
    Accepted("an owner whom the record names",
             lambda p: ((_FIRST, changed(p.owner_action, ("details.assign_to.0",
                 {"type": "merge_field", "details": {"api_name": "${!Deals.Created_By}"}}))),),
             f"{_FIRST}.details.assign_to.0.type", "merge_field"),
    Accepted("an availability", lambda p: ((_FIRST, changed(p.owner_action,
             ("details.user_availability_based_on", ["online_status"]))),),
             f"{_FIRST}.details.user_availability_based_on", ["online_status"]),
    Accepted("no related records", lambda p: ((_FIRST, changed(p.owner_action, ("details.related_records", []))),),
             f"{_FIRST}.details.related_records", None),
    Accepted("the name of an assignment", lambda p: ((_FIRST, p.owner_action),), f"{_FIRST}.name",
             "To users : Jane Doe"),
    Accepted("a field update of the account",
             lambda p: ((_FIRST, {"type": "field_updates", "id": str(p.of_accounts.id),
                                  "related_details": {"lookup_field": {"api_name": "Account_Name"}}}),),
             f"{_FIRST}.details.module.api_name", "Accounts"),
]  # fmt: skip


@pytest.mark.source("reference: automation B.2 to B.5, appendix 1")
@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_a_rule_is_accepted(case: Accepted, ground: Ground, payloads: Payloads) -> None:
    changes = case.changes(payloads) if callable(case.changes) else case.changes

    found: Any = accepted(changed(payloads.rule, *changes), ground)
    for step in case.path.split("."):
        found = found[int(step) if step.isdigit() else step]

    assert found == case.stored


@pytest.mark.source("reference: automation B.5.1")
def test_a_parents_owner_is_assigned_through_its_lookup(ground: Ground, payloads: Payloads) -> None:
    lookup = {"api_name": "Account_Name"}
    action = changed(
        payloads.owner_action, ("details.module", {"api_name": "Accounts"}), ("details.lookup_field", lookup)
    )

    stored = accepted(changed(payloads.rule, (_FIRST, action)), ground)["conditions"][0]["instant_actions"]["actions"][
        0
    ]

    assert stored["details"]["module"]["api_name"] == "Accounts"
    assert stored["details"]["lookup_field"] == {
        "api_name": "Account_Name",
        "id": ground.id_of("Deals", "Account_Name"),
    }


@pytest.mark.source("assumed: ours; what a client that asks for all problems will be told")
def test_the_problems_of_all_elements_of_a_rule_can_be_gathered(ground: Ground, payloads: Payloads) -> None:
    gathered: list[Problem] = []
    place = JsonPath(problems=gathered) / "workflow_rules" / 0
    first, second = changed(payloads.rule), changed(payloads.rule)["conditions"][0]
    actions = first["conditions"][0]["instant_actions"]["actions"]
    first["conditions"][0]["instant_actions"]["actions"] = [{**actions[0], "name": 7}, {**actions[0], "name": 8}]
    first["conditions"].append({**second, "sequence_number": "second"})

    assert isinstance(new_rule(first, ground.facts, place), Problem)
    assert [problem.details["json_path"] for problem in gathered] == [
        f"{A}.name",
        f"{P}.conditions[0].instant_actions.actions[1].name",
        f"{P}.conditions[2].sequence_number",
    ]
