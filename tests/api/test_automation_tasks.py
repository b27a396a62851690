"""The task actions API."""

from typing import Any

import pytest

from tests.support.automation_client import RULES, TASKS, Automation, made
from tests.support.server import Crm

_ASSOCIATED = "is associated with at least one of Approval Process/Workflow Rules/Blueprint"


@pytest.fixture
def automation(crm: Crm) -> Automation:
    return Automation(crm)


@pytest.mark.source("reference: automation A.2, C.2")
def test_a_task_is_created_changed_both_ways_and_deleted(automation: Automation) -> None:
    crm = automation.crm

    created = crm.post(TASKS, {"tasks": [automation.task_payload()]})
    number = made(created, "tasks")
    by_path = crm.put(f"{TASKS}/{number}", {"tasks": [automation.task_payload("Two")]})
    by_body = crm.put(TASKS, {"tasks": [{**automation.task_payload("Two"), "id": number, "notify": True}]})
    shown = crm.get(f"{TASKS}/{number}").json["tasks"][0]
    deleted = crm.delete(TASKS, {"ids": number})

    replies = (created, by_path, by_body, deleted)
    assert [(reply.status, reply.json["tasks"][0]["message"]) for reply in replies] == [
        (201, "task created successfully"),
        (200, "task updated successfully"),
        (200, "task updated successfully"),
        (200, "task deleted successfully"),
    ]
    assert (shown["name"], shown["notify"]) == ("Two", True)
    assert crm.get(f"{TASKS}/{number}").status == 204


@pytest.mark.source("assumed: nothing asks for a name of its own, as C.1 does for field updates")
def test_tasks_may_share_a_name(automation: Automation) -> None:
    assert automation.task("Call") != automation.task("Call")


@pytest.mark.source("reference: automation C.2, A.3")
def test_a_task_is_shown_with_all_its_keys(automation: Automation) -> None:
    number = automation.task()

    shown = automation.crm.get(f"{TASKS}/{number}").json["tasks"][0]
    listed = automation.crm.get(TASKS).json["tasks"][0]

    assert shown.keys() == listed.keys() == {
        "created_time", "lock_status", "editable", "module", "related_module", "deletable", "source", "created_by",
        "notify", "feature_type", "field_mappings", "modified_time", "associated", "modified_by", "name", "id",
    }  # fmt: skip
    assert shown["field_mappings"][1]["display_value"] == "Trigger Date plus 5 business day(s)"
    assert listed["module"]["plural_label"] == "Deals"


@pytest.mark.source("reference: automation F.6: the messages of one and of many differ")
def test_what_a_rule_uses_is_not_deleted(automation: Automation) -> None:
    crm, number = automation.crm, automation.task()
    rule_id = automation.lost_deal_rule("One", {"type": "tasks", "id": number})

    one, several = crm.delete(f"{TASKS}/{number}"), crm.delete(TASKS, {"ids": number})
    crm.delete(f"{RULES}/{rule_id}")

    said = {"code": "NOT_ALLOWED", "status": "error"}
    assert (one.status, one.json) == (
        400,
        {**said, "details": {"resource_path_index": 3}, "message": f"Task {_ASSOCIATED}"},
    )
    assert (several.status, several.json) == (
        400,
        {"tasks": [{**said, "details": {"id": number}, "message": f"the specified task {_ASSOCIATED}"}]},
    )
    assert crm.delete(f"{TASKS}/{number}").status == 200


@pytest.mark.source("reference: automation F.6")
@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", TASKS, {"tasks": {}}, {"code": "INVALID_DATA", "message": "invalid data",
                                        "details": {"api_name": "tasks", "json_path": "$.tasks"}}),
        ("GET", f"{TASKS}/letters", None, {"code": "INVALID_DATA", "details": {"resource_path_index": 3},
                                           "message": "the id given seems to be invalid"}),
        ("PUT", f"{TASKS}/7", {"tasks": [{}]}, {"code": "INVALID_DATA", "details": {"resource_path_index": 3},
                                                "message": "the id given seems to be invalid"}),
        ("DELETE", TASKS, None, {"code": "REQUIRED_PARAM_MISSING", "details": {"param_name": "ids"},
                                 "message": "One of the expected parameter is missing"}),
    ],
)  # fmt: skip
def test_a_request_that_names_nothing_is_refused(
    method: str, path: str, body: Any, said: dict[str, Any], crm: Crm
) -> None:
    reply = crm.crm(method, path, body)

    assert (reply.status, reply.json) == (400, {**said, "status": "error"})


@pytest.mark.source("reference: automation F.1, F.6: the content's refusals are wrapped in a list")
def test_a_refused_task_leaves_nothing(automation: Automation) -> None:
    payload = automation.task_payload()
    payload["field_mappings"] = payload["field_mappings"][1:]

    reply = automation.crm.post(TASKS, {"tasks": [payload]})

    assert (reply.status, reply.codes("tasks")) == (400, ["REQUIRED_DATA_NOT_FOUND"])
    assert reply.details("tasks")["value"] == "Subject"
    assert automation.crm.get(TASKS).status == 204


@pytest.mark.source("reference: automation F.6")
def test_who_does_not_manage_automation_is_refused(automation: Automation) -> None:
    reply = automation.crm.post(TASKS, {}, token=automation.colleague("Standard"))

    assert reply.problem == (403, "NO_PERMISSION")
    assert reply.json["details"] == {"permissions": ["Crm_Implied_Manage_Workflow", "WorkFlow_Tasks"]}


@pytest.mark.source("docs: deleteTaskById examples: 403")
def test_who_does_not_manage_automation_deletes_no_task(automation: Automation) -> None:
    reply = automation.crm.delete(f"{TASKS}/{automation.task()}", token=automation.colleague("Standard"))

    assert (reply.status, reply.json) == (
        403,
        {
            "code": "NO_PERMISSION",
            "details": {"permissions": ["Crm_Implied_manage_workflow"]},
            "message": "permission denied",
            "status": "error",
        },
    )


@pytest.mark.source("reference: automation C.2")
def test_the_task_is_created_as_it_says(automation: Automation) -> None:
    number = automation.task("Call the customer")
    automation.rule("One", {"type": "tasks", "id": number})

    automation.edit(automation.deal(), Description="x")

    fields = "Subject,Due_Date,Status,Priority"
    (task,) = automation.crm.get("Tasks", {"fields": fields}).json["data"]
    # Five business days after Monday, the 5th of January.
    assert (task["Subject"], task["Due_Date"]) == ("Call the customer", "2026-01-12")
    assert (task["Status"], task["Priority"]) == ("Not Started", "High")
