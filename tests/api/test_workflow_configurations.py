"""What the rules of a module may be made of, as the configuration API says it."""

from typing import Any

import pytest

from tests.support.server import Crm

PATH = "workflow_configurations"
ALL = [
    "field_updates", "assign_owner", "add_tags", "remove_tags", "email_notifications", "tasks", "create_record",
    "create_connected_record", "add_meeting", "webhooks", "functions", "circuits", "flow",
]  # fmt: skip


def configuration(crm: Crm, module: str) -> dict[str, Any]:
    """Return the configuration of a module."""
    found: dict[str, Any] = crm.get(PATH, {"module": module}).json["workflow_configurations"]
    return found


@pytest.mark.source("reference: Kaizen 215: the configuration of Deals, thirteen actions each")
@pytest.mark.parametrize(("trigger", "name"), [("create_or_edit", "CreateorEdit"), ("field_update", "FieldUpdate")])
def test_the_triggers_of_deals_are_those_of_the_seed(trigger: str, name: str, crm: Crm) -> None:
    triggers = {each["api_name"]: each for each in configuration(crm, "Deals")["triggers"]}

    assert triggers[trigger] == {
        "api_name": trigger,
        "deprecated": False,
        "name": name,
        "scheduled_actions_supported": True,
        "actions": ALL,
    }


@pytest.mark.source("reference: automation D")
def test_an_action_says_its_limits(crm: Crm) -> None:
    actions = {each["api_name"]: each for each in configuration(crm, "Leads")["actions"]}

    assert actions["field_updates"] == {
        "is_clickable": True,
        "associate_action": True,
        "limit_per_action": None,
        "api_name": "field_updates",
        "supported_in_scheduled_action": True,
        "name": "Fieldupdate",
        "limit": 5,
    }
    assert (actions["add_tags"]["limit_per_action"], actions["add_tags"]["associate_action"]) == (10, False)
    assert (actions["convert"]["supported_in_scheduled_action"], actions["functions"]["name"]) == (False, "Deluge")


@pytest.mark.source("reference: automation D.1, the universal negatives")
@pytest.mark.parametrize("module", ["Leads", "Deals", "Contacts", "Accounts", "Tasks", "Quotes", "Invoices"])
def test_deletion_changes_nothing_and_waits_for_nothing(module: str, crm: Crm) -> None:
    triggers = {each["api_name"]: each for each in configuration(crm, module)["triggers"]}

    assert triggers["delete"]["actions"] == ["email_notifications", "webhooks", "functions"]
    assert triggers["delete"]["scheduled_actions_supported"] is False


@pytest.mark.source("reference: automation D.1: convert in three modules, no scores on Products")
def test_some_modules_differ(crm: Crm) -> None:
    def triggers(module: str) -> dict[str, Any]:
        return {each["api_name"]: each for each in configuration(crm, module)["triggers"]}

    converting = {
        m for m in ("Leads", "Deals", "Quotes", "Sales_Orders") if "convert" in triggers(m)["edit"]["actions"]
    }
    assert converting == {"Leads", "Quotes", "Sales_Orders"}
    assert "score_increase" not in triggers("Products")
    assert "create" not in triggers("Calls")
    (notes,) = configuration(crm, "Leads")["related_triggers_details"]
    assert [trigger["api_name"] for trigger in notes["triggers"]] == ["create", "create_or_edit", "edit", "delete"]
    assert notes["module"] == {
        "singular_label": "Note", "plural_label": "Notes", "api_name": "Notes", "name": "Notes",
        "id": crm.get("settings/modules/Notes").json["modules"][0]["id"],
    }  # fmt: skip


@pytest.mark.source("docs: getWorkflowConfigurations examples: every 400")
@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        ({}, "REQUIRED_PARAM_MISSING", "required param not found"),
        ({"module": "Dealz"}, "INVALID_MODULE", "The value provided to the param is Invalid"),
        ({"module": "Users"}, "INVALID_MODULE", "The value provided to the param is Invalid"),
    ],
)
def test_a_module_must_be_named(params: dict[str, str], code: str, message: str, crm: Crm) -> None:
    reply = crm.get(PATH, params)

    said = {"code": code, "details": {"param_name": "module"}, "message": message, "status": "error"}
    assert (reply.status, reply.json) == (400, said)


@pytest.mark.source("reference: automation C35: also under the settings")
def test_the_other_address_answers_the_same(crm: Crm) -> None:
    here = crm.get(PATH, {"module": "Deals"})
    there = crm.get(f"settings/automation/{PATH}", {"module": "Deals"})

    assert here.json == there.json
