"""The rules API: create, change, read, list, delete, with its statuses and messages."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.automation_client import RULES, Automation, made
from tests.support.rule_payloads import compare
from tests.support.server import Crm

BAD_ID = {
    "code": "INVALID_DATA",
    "details": {"resource_path_index": 3},
    "message": "the id given seems to be invalid",
    "status": "error",
}


@pytest.fixture
def automation(crm: Crm) -> Automation:
    return Automation(crm)


@pytest.mark.source("reference: automation A.2")
def test_a_rule_is_created_changed_and_deleted(automation: Automation) -> None:
    crm, action = automation.crm, {"type": "field_updates", "id": automation.update()}

    created = automation.post(automation.rule_payload("One", action))
    rule_id = created.details("workflow_rules")["id"]
    by_path = automation.put(rule_id, {"name": "Two", "id": "999"})
    by_body = crm.put(RULES, {"workflow_rules": [{"id": rule_id, "name": "Three"}]})
    name = automation.get(rule_id)["name"]
    deleted = crm.delete(f"{RULES}/{rule_id}")

    def succeeded(message: str) -> dict[str, Any]:
        return {
            "workflow_rules": [{"code": "SUCCESS", "details": {"id": rule_id}, "message": message, "status": "success"}]
        }

    assert (created.status, created.json) == (201, succeeded("workflow created"))
    assert (by_path.status, by_path.json) == (200, succeeded("workflow updated"))
    assert (by_body.status, by_body.json) == (200, succeeded("workflow updated"))
    assert name == "Three"
    assert (deleted.status, deleted.json) == (200, succeeded("workflow deleted"))
    assert crm.get(f"{RULES}/{rule_id}").status == 204


@pytest.mark.source("reference: automation A.3")
def test_a_rule_is_shown_with_all_its_keys(automation: Automation) -> None:
    rule_id = automation.rule("One")

    listed = automation.crm.get(RULES).json["workflow_rules"][0]
    inside = automation.crm.get(RULES, {"include_inner_details": "true"}).json["workflow_rules"][0]
    whole = automation.get(rule_id)

    outer = {
        "created_time", "execute_when", "editable", "module", "deletable", "description", "source", "created_by",
        "last_executed_time", "modified_time", "name", "modified_by", "lock", "id", "status",
    }  # fmt: skip
    assert listed.keys() == outer
    assert whole.keys() == inside.keys() == outer | {"deprecated", "category", "conditions"}
    assert (whole["source"], whole["last_executed_time"]) == ("API", None)
    assert whole["created_time"] == "2026-01-05T09:00:00+00:00"


@pytest.mark.source("docs: OAS workflow-rules: getWorkflowRuleById: an action that removes tags")
def test_both_tag_actions_say_whether_they_replace_what_is_there(automation: Automation) -> None:
    tags = [{"name": "Hot", "id": automation.tag("Hot")}]
    actions = [{"type": kind, "details": {"tags": tags}} for kind in ("add_tags", "remove_tags")]
    rule_id = automation.rule("One", *actions)

    shown = automation.get(rule_id)["conditions"][0]["instant_actions"]["actions"]

    assert [action["details"]["over_write"] for action in shown] == [False, False]
    assert automation.put(rule_id, automation.get(rule_id)).status == 200


@dataclass(frozen=True)
class Shape:
    name: str
    method: str
    path: str
    body: Any


BAD_SHAPES = [
    Shape("no body", "POST", RULES, None),
    Shape("no root key", "POST", RULES, {"rules": []}),
    Shape("an object instead of a list", "POST", RULES, {"workflow_rules": {}}),
    Shape("an empty list", "POST", RULES, {"workflow_rules": []}),
    Shape("two rules", "POST", RULES, {"workflow_rules": [{}, {}]}),
    Shape("two changes", "PUT", RULES, {"workflow_rules": [{}, {}]}),
]


@pytest.mark.source("reference: automation F.2 P1; B.1 for more than one rule is assumed")
@pytest.mark.parametrize("shape", BAD_SHAPES, ids=lambda shape: shape.name)
def test_a_wrong_root_is_refused_without_wrapper(shape: Shape, crm: Crm) -> None:
    reply = crm.crm(shape.method, shape.path, shape.body)

    assert reply.status == 400
    assert reply.json == {
        "code": "INVALID_DATA",
        "details": {"api_name": "workflow_rules", "json_path": "$.workflow_rules"},
        "message": "invalid data",
        "status": "error",
    }


@pytest.mark.source("reference: automation F.1: a refusal of the content is wrapped, and nothing is kept")
def test_a_refused_rule_leaves_nothing(automation: Automation) -> None:
    reply = automation.post(automation.rule_payload("One", {"type": "tasks"}))

    assert (reply.status, reply.codes("workflow_rules")) == (400, ["DEPENDENT_FIELD_MISSING"])
    assert automation.names() == []


@pytest.mark.source("assumed: what is legal but not run answers 501 with our own code")
def test_a_trigger_that_is_not_run_answers_501(automation: Automation) -> None:
    action = {"type": "field_updates", "id": automation.update()}

    reply = automation.post(automation.rule_payload("One", action, execute_when={"type": "score_increase"}))

    assert (reply.status, reply.codes("workflow_rules")) == (501, ["NOT_IMPLEMENTED"])


@dataclass(frozen=True)
class Unknown:
    name: str
    method: str
    rule_id: str
    status: int


@pytest.mark.source("reference: automation A.2, F.3, F.4; letters as id are assumed to be the same")
@pytest.mark.parametrize(
    "case",
    [
        Unknown("change", "PUT", "4876876000000000001", 400),
        Unknown("delete", "DELETE", "4876876000000000001", 400),
        Unknown("change of letters", "PUT", "rule", 400),
        Unknown("delete of a huge number", "DELETE", "9" * 25, 400),
    ],
    ids=lambda case: case.name,
)
def test_an_unknown_rule_in_the_path_is_refused(case: Unknown, crm: Crm) -> None:
    body = {"workflow_rules": [{"name": "x"}]} if case.method == "PUT" else None

    reply = crm.crm(case.method, f"{RULES}/{case.rule_id}", body)

    assert (reply.status, reply.json) == (case.status, BAD_ID)


@pytest.mark.source("reference: automation F.3")
@pytest.mark.parametrize(
    ("row", "code", "message"),
    [
        ({"name": "x"}, "MANDATORY_NOT_FOUND", "The workflow processid is mandatory"),
        ({"id": "1"}, "INVALID_DATA", "the id given seems to be invalid"),
        ({"id": [1]}, "INVALID_DATA", "the id given seems to be invalid"),
    ],
)
def test_a_change_by_body_must_name_a_rule(row: dict[str, Any], code: str, message: str, crm: Crm) -> None:
    reply = crm.put(RULES, {"workflow_rules": [row]})

    details = {"api_name": "id", "json_path": "$.workflow_rules[0].id"}
    said = {"code": code, "details": details, "message": message, "status": "error"}
    assert (reply.status, reply.json) == (400, {"workflow_rules": [said]})


@pytest.mark.source("reference: automation A.2, F.4, C1")
def test_several_rules_are_deleted(automation: Automation) -> None:
    crm = automation.crm
    first, second, third = (automation.rule(name) for name in ("One", "Two", "Three"))

    mixed = crm.delete(RULES, {"ids": f"{first},1,{second},"})
    failed = crm.delete(RULES, {"ids": "1,2,x"})
    good = crm.delete(RULES, {"ids": third})

    assert mixed.status == 207
    assert [(row["code"], row["message"], row["status"]) for row in mixed.json["workflow_rules"]] == [
        ("SUCCESS", "WorkFlow Rule deleted successfully", "success"),
        ("INVALID_DATA", "the id given seems to be invalid", "error"),
        ("SUCCESS", "WorkFlow Rule deleted successfully", "success"),
    ]
    assert mixed.details("workflow_rules", 1) == {"id": "1"}
    assert (failed.status, failed.codes("workflow_rules")) == (400, ["INVALID_DATA"] * 3)
    assert (good.status, good.codes("workflow_rules")) == (200, ["SUCCESS"])


@pytest.mark.source("reference: automation F.4")
@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, {"code": "REQUIRED_PARAM_MISSING", "details": {"param_name": "ids"},
              "message": "One of the expected parameter is missing", "status": "error"}),
        ({"ids": ",".join(str(n) for n in range(1, 12))},
         {"code": "INVALID_DATA", "details": {"maximum_length": 10, "param_name": "ids"},
          "message": "Ids maximum length exceeded", "status": "error"}),
    ],
)  # fmt: skip
def test_ids_to_delete_are_checked(params: dict[str, str], said: dict[str, Any], crm: Crm) -> None:
    reply = crm.delete(RULES, params)

    assert (reply.status, reply.json) == (400, said)


@dataclass(frozen=True)
class Listing:
    name: str
    params: dict[str, Any]
    names: list[str]


LISTINGS = [
    Listing("all", {}, ["Calls", "Mails", "Leads first"]),
    Listing("of a module", {"module": "Leads"}, ["Leads first"]),
    Listing("active", {"status_active": "true"}, ["Calls", "Leads first"]),
    Listing("inactive", {"status_active": "false"}, ["Mails"]),
    Listing("on a trigger", {"execute_on": "create"}, ["Leads first"]),
    Listing("by a part of the name", {"filter": '{"field":{"api_name":"name"},"comparator":"contains","value":"AL"}'},
            ["Calls"]),
    Listing("last changed first", {"sort_by": "modified_time", "sort_order": "desc"},
            ["Mails", "Leads first", "Calls"]),
    Listing("a page", {"per_page": 1, "page": 2}, ["Mails"]),
    Listing("nothing", {"execute_on": "tw_mention_on"}, []),
]  # fmt: skip


@pytest.mark.source("reference: automation A.2")
@pytest.mark.parametrize("case", LISTINGS, ids=lambda case: case.name)
def test_rules_are_listed(case: Listing, automation: Automation) -> None:
    automation.rule("Calls")
    mails = automation.rule("Mails")
    update = {"type": "field_updates", "id": automation.update("Of leads", module="Leads")}
    automation.rule("Leads first", update, module={"api_name": "Leads"}, execute_when={"type": "create"})
    automation.crm.advance(hours=1)
    automation.put(mails, {"status": {"active": False}})

    assert automation.names(**case.params) == case.names


@pytest.mark.source("reference: automation A.2: the info block")
def test_a_list_says_how_it_is_paged(automation: Automation) -> None:
    for name in ("One", "Two"):
        automation.rule(name)

    info = automation.crm.get(RULES, {"per_page": 1}).json["info"]

    assert info == {"per_page": 1, "count": 1, "page": 1, "more_records": True}


BAD_VALUE = "The value provided to the param is Invalid"


@pytest.mark.source("reference: automation F.4")
@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("module", "Dealz", "INVALID_MODULE"),
        ("sort_order", "up", "INVALID_DATA"),
        ("sort_by", "name", "INVALID_DATA"),
        ("execute_on", "sometimes", "INVALID_DATA"),
        ("status_active", "maybe", "INVALID_DATA"),
        ("include_inner_details", "all", "INVALID_DATA"),
        ("filter", "name", "INVALID_DATA"),
        ("filter", '{"field":{"api_name":"id"},"comparator":"contains","value":"1"}', "INVALID_DATA"),
    ],
)
def test_a_bad_parameter_of_the_list_is_refused(name: str, value: str, code: str, crm: Crm) -> None:
    reply = crm.get(RULES, {name: value})

    said = {"code": code, "details": {"param_name": name}, "message": BAD_VALUE, "status": "error"}
    assert (reply.status, reply.json) == (400, said)


@pytest.mark.source("reference: automation B.1: unique per module; the body of the answer is assumed")
def test_a_name_is_used_once_in_a_module(automation: Automation) -> None:
    first, second = automation.rule("One"), automation.rule("Two")

    again = automation.put(second, {"name": "One"})
    same = automation.put(first, {"name": "One"})

    assert (again.status, again.codes("workflow_rules")) == (400, ["ALREADY_USED"])
    assert again.details("workflow_rules") == {"api_name": "name", "json_path": "$.workflow_rules[0].name"}
    assert same.status == 200


@pytest.mark.source("reference: automation B.6: Kaizen 215's edit to delete with an assignment kept")
def test_the_whole_rule_is_checked_after_a_change(automation: Automation) -> None:
    owner = {
        "type": "assign_owner",
        "details": {
            "module": {"api_name": "Deals"},
            "assign_to": [{"type": "user", "resource": {"id": str(automation.crm.user.id)}}],
        },
    }
    rule_id = automation.rule("One", owner)
    before = automation.get(rule_id)

    reply = automation.put(rule_id, {"execute_when": {"type": "delete"}})

    assert (reply.status, reply.codes("workflow_rules")) == (400, ["AMBIGUITY_DURING_PROCESSING"])
    assert reply.json["workflow_rules"][0]["message"] == "action not supported for this trigger"
    assert automation.get(rule_id) == before


@pytest.mark.source("reference: automation B.6: fetch the whole rule first, then change it by its ids")
def test_what_get_answers_can_be_put_back(automation: Automation) -> None:
    automation.tag("Priority")
    task = automation.task()
    rule_id = automation.lost_deal_rule("Lost", {"type": "tasks", "id": task})
    automation.put(rule_id, {"description": "x", "conditions": [{
        "id": automation.get(rule_id)["conditions"][0]["id"],
        "instant_actions": {"actions": [{"type": "add_tags", "details": {"tags": [{"name": "Priority"}]}}]},
        "criteria_details": {"criteria": compare("Amount", "greater_than", 5)},
    }]})  # fmt: skip
    before = automation.get(rule_id)

    reply = automation.put(rule_id, before)

    assert reply.status == 200
    assert automation.get(rule_id) == before


def _sorry(rule_id: str) -> dict[str, Any]:
    sorry = "Sorry, you cannot perform this operation as the record is locked."
    return {"code": "NOT_ALLOWED", "details": {"id": rule_id}, "message": sorry, "status": "error"}


class TestLock:
    """A locked rule is changed by whoever locked it, and deleted by nobody."""

    @pytest.fixture
    def locked(self, automation: Automation) -> str:
        rule_id = automation.rule("One")
        automation.put(rule_id, {"lock": {"status": True, "message": "in audit"}})
        return rule_id

    @pytest.mark.source("reference: automation A.3")
    def test_is_shown_with_who_locked_it(self, automation: Automation, locked: str) -> None:
        rule = automation.get(locked)

        me = {"name": automation.crm.user.full_name, "id": str(automation.crm.user.id)}
        assert rule["lock"] == {"locked_by": me, "message": "in audit", "status": True}
        assert (rule["editable"], rule["deletable"]) == (False, False)

    @pytest.mark.source("reference: automation F.3, F.4, C33")
    def test_keeps_others_from_changing_it(self, automation: Automation, locked: str) -> None:
        change = automation.put(locked, {"name": "Mine"}, token=automation.colleague())

        assert (change.status, change.json) == (400, {"workflow_rules": [_sorry(locked)]})

    @pytest.mark.source("docs: OAS workflow-rules: deleteWorkflowRuleById and deleteWorkflowRules: NotAllowed")
    @pytest.mark.parametrize("caller", ["who locked it", "somebody else"])
    def test_keeps_everybody_from_deleting_it(self, caller: str, automation: Automation, locked: str) -> None:
        crm, free = automation.crm, automation.rule("Free")
        how: dict[str, Any] = {"token": automation.colleague()} if caller == "somebody else" else {}

        one = crm.delete(f"{RULES}/{locked}", **how)
        several = crm.delete(RULES, {"ids": f"{locked},{free}"}, **how)

        assert (one.status, one.json) == (400, {**BAD_ID, "code": "NOT_ALLOWED"})
        assert several.status == 207
        assert [row["code"] for row in several.json["workflow_rules"]] == ["NOT_ALLOWED", "SUCCESS"]
        assert several.json["workflow_rules"][0] == _sorry(locked)
        assert automation.names() == ["One"]

    @pytest.mark.source("assumed: who locked a rule unlocks it before it is deleted")
    def test_is_deleted_once_it_is_unlocked(self, automation: Automation, locked: str) -> None:
        automation.put(locked, {"lock": {"status": False}})

        assert automation.crm.delete(f"{RULES}/{locked}").status == 200

    @pytest.mark.source("assumed: who locked may go on, and another administrator may unlock")
    def test_can_be_undone(self, automation: Automation, locked: str) -> None:
        other = automation.colleague()

        mine = automation.put(locked, {"name": "Still mine"})
        unlocked = automation.put(locked, {"lock": {"status": False}}, token=other)

        assert (mine.status, unlocked.status) == (200, 200)
        assert automation.get(locked)["lock"] == {"locked_by": None, "message": None, "status": False}
        assert automation.put(locked, {"name": "Anybody's"}, token=other).status == 200


@pytest.mark.source("reference: automation F.2 P49, F.3, C30")
@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("POST", RULES, "MANAGE_WORKFLOW"),
        ("PUT", RULES, "Crm_Implied_Manage_Workflow"),
        ("GET", RULES, "Crm_Implied_Manage_Workflow"),
        ("GET", f"{RULES}/actions/rules_count", "Crm_Implied_Manage_Workflow"),
        ("DELETE", f"{RULES}/1", "Crm_Implied_Manage_Workflow"),
    ],
)
def test_who_does_not_manage_automation_is_refused(
    method: str, path: str, permission: str, automation: Automation
) -> None:
    reply = automation.crm.crm(
        method, path, {} if method in ("POST", "PUT") else None, token=automation.colleague("Standard")
    )

    assert reply.status == 403
    assert reply.json == {
        "code": "NO_PERMISSION",
        "details": {"permissions": [permission]},
        "message": "feature not available in this edition",
        "status": "error",
    }


@pytest.mark.source("reference: automation A.2: scopes")
@pytest.mark.parametrize(
    ("method", "operation"), [("POST", "CREATE"), ("PUT", "UPDATE"), ("GET", "READ"), ("DELETE", "DELETE")]
)
def test_each_operation_needs_its_scope(method: str, operation: str, crm: Crm) -> None:
    group = "ZohoCRM.settings.workflow_rules"
    fits = crm.token(f"{group}.{operation}")
    others = crm.token(*(f"{group}.{each}" for each in ("CREATE", "UPDATE", "READ", "DELETE") if each != operation))

    assert crm.crm(method, RULES, token=others).problem == (401, "OAUTH_SCOPE_MISMATCH")
    assert crm.crm(method, RULES, token=fits).status in (204, 400)


class TestQueue:
    """What is queued follows the changes of its rule."""

    @pytest.fixture
    def rule_id(self, automation: Automation) -> str:
        rule_id = automation.lost_deal_rule("Lost", {"type": "tasks", "id": automation.task()})
        automation.edit(automation.deal(), Stage="Closed Lost")
        assert automation.queued(rule_id) == 1
        return rule_id

    @pytest.mark.source("reference: automation G.7")
    @pytest.mark.parametrize(("status", "left"), [
        ({"active": False, "delete_schedule_action": True}, 0),
        ({"active": False, "delete_schedule_action": False}, 1),
        ({"active": False}, 1),
        ({"active": True, "delete_schedule_action": True}, 1),
    ])  # fmt: skip
    def test_is_dropped_when_a_deactivation_says_so(
        self, status: dict[str, bool], left: int, automation: Automation, rule_id: str
    ) -> None:
        assert automation.put(rule_id, {"status": status}).status == 200
        assert automation.queued(rule_id) == left

    @pytest.mark.source("assumed: reference leaves these open, automation G.7")
    def test_goes_with_the_rule(self, automation: Automation, rule_id: str) -> None:
        automation.crm.delete(f"{RULES}/{rule_id}")

        assert automation.queued(rule_id) == 0

    @pytest.mark.source("assumed: reference leaves these open, automation G.7")
    def test_goes_with_its_group_and_stays_when_the_delay_changes(self, automation: Automation, rule_id: str) -> None:
        condition = automation.get(rule_id)["conditions"][0]
        group = {"id": condition["scheduled_actions"][0]["id"]}

        def change(**said: Any) -> None:
            change = {"conditions": [{"id": condition["id"], "scheduled_actions": [{**group, **said}]}]}
            assert automation.put(rule_id, change).status == 200

        change(execute_after={"period": "days", "unit": 1})
        after_change = automation.queued(rule_id)
        change(_delete=None)

        assert (after_change, automation.queued(rule_id)) == (1, 0)

    @pytest.mark.source("assumed: reference leaves these open, automation G.7")
    def test_goes_with_its_action(self, automation: Automation, rule_id: str) -> None:
        condition = automation.get(rule_id)["conditions"][0]
        group = condition["scheduled_actions"][0]
        actions = [
            {"id": group["actions"][0]["id"], "_delete": None},
            {"type": "tasks", "id": automation.task("Other")},
        ]

        reply = automation.put(rule_id, {"conditions": [
            {"id": condition["id"], "scheduled_actions": [{"id": group["id"], "actions": actions}]}]})  # fmt: skip

        assert reply.status == 200
        assert automation.queued(rule_id) == 0


@pytest.mark.source("assumed: a changed execute_when lets the rule act again, automation G.5")
def test_a_new_trigger_makes_used_up_records_count_again(automation: Automation) -> None:
    update = {"type": "field_updates", "id": automation.update(value="Call")}
    when = {"type": "edit", "details": {"repeat": False}}
    rule_id = automation.rule("Once", update, execute_when=when)
    deal = automation.deal()

    def acts() -> bool:
        automation.edit(deal, Next_Step="-", Description=f"{automation.crm.advance(minutes=1)}")
        return bool(automation.value(deal, "Next_Step") == "Call")

    first, second = acts(), acts()
    automation.put(rule_id, {"description": "nothing about the trigger"})
    third = acts()
    automation.put(rule_id, {"execute_when": {"type": "create_or_edit", "details": {"repeat": False}}})
    fourth = acts()

    usage = automation.crm.get(
        f"{RULES}/{rule_id}/actions/usage", {"executed_from": "2026-01-01", "executed_till": "2026-01-31"}
    )
    assert (first, second, third, fourth) == (True, False, False, True)
    assert usage.json["workflow_rules"][0]["reset_time"] is not None


@pytest.mark.source("assumed: a copy of what another organisation's GET answered is a new rule")
def test_a_shown_rule_can_be_created_again(automation: Automation) -> None:
    rule_id = automation.rule("One")

    copy = made(automation.post({**automation.get(rule_id), "name": "Two"}), "workflow_rules")

    theirs, ours = automation.get(rule_id)["conditions"][0], automation.get(copy)["conditions"][0]
    assert ours["id"] != theirs["id"]
    assert ours["instant_actions"] == theirs["instant_actions"]
