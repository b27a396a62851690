"""Criteria of rules through the API: lists of alternatives, the caller and his role, and values that mean nothing."""

from dataclasses import dataclass
from typing import Any

import pytest

from kaizen.vocabulary.scopes import EVERYTHING
from tests.support.automation_client import Automation, made
from tests.support.rule_payloads import compare
from tests.support.server import Crm


def details_of(automation: Automation, rule_id: str) -> Any:
    """Read the criteria of a rule's only condition."""
    return automation.get(rule_id)["conditions"][0]["criteria_details"]["criteria"]


def ruled(automation: Automation, criteria: Any, name: str = "Rule") -> str:
    """Make a rule that marks deals on edits that satisfy criteria."""
    update = {"type": "field_updates", "id": automation.update(f"Update of {name}", "marked")}
    condition = {
        "sequence_number": 1,
        "criteria_details": {"criteria": criteria},
        "instant_actions": {"actions": [update]},
    }
    return made(automation.post(automation.rule_payload(name, conditions=[condition])), "workflow_rules")


@dataclass(frozen=True)
class Listed:
    name: str
    criteria: dict[str, Any]
    marked: list[str]  #: which of the deals in the three stages it marks


STAGES = ["Qualification", "Closed Won", "Closed Lost"]
LISTED = [
    Listed("any of them", compare("Stage", "equal", ["Closed Won", "Closed Lost"]), ["Closed Won", "Closed Lost"]),
    Listed("none of them", compare("Stage", "not_equal", ["Closed Won", "Closed Lost"]), ["Qualification"]),
    Listed("one alone", compare("Stage", "equal", ["Closed Won"]), ["Closed Won"]),
    Listed("numbers", compare("Amount", "equal", [1, 2]), ["Qualification", "Closed Won"]),
    Listed("dates", compare("Closing_Date", "not_equal", ["2026-03-01"]), []),
    Listed("users", compare("Owner", "equal", [{"id": "1"}, {"name": "${CURRENTUSER}"}]), STAGES),
    Listed("no such users", compare("Owner", "not_equal", [{"id": "1"}, {"name": "${CURRENTUSER}"}]), []),
]


@pytest.mark.source("docs: OAS workflow-rules: POST, the value of equal and not_equal")
@pytest.mark.parametrize("case", LISTED, ids=lambda case: case.name)
def test_a_list_means_any_of_its_values_and_is_shown_as_it_came(case: Listed, crm: Crm) -> None:
    automation = Automation(crm)
    rule_id = ruled(automation, case.criteria)
    deals = {stage: automation.deal(Stage=stage, Amount=n) for n, stage in enumerate(STAGES, 1)}

    for deal in deals.values():
        automation.edit(deal, Description="x")

    shown = details_of(automation, rule_id)
    assert (shown["comparator"], shown["value"]) == (case.criteria["comparator"], case.criteria["value"])
    assert automation.put(rule_id, automation.get(rule_id)).status == 200
    assert [stage for stage, deal in deals.items() if automation.value(deal, "Next_Step") == "marked"] == case.marked


@pytest.mark.source(
    "docs: OAS workflow-rules: POST, the value of equal and not_equal; a role stands behind fields that name users"
)
def test_the_callers_role_is_that_of_the_owner(crm_on: Crm) -> None:
    automation = Automation(crm_on)
    caller = crm_on.get("users", {"type": "CurrentUser"}).json["users"][0]
    other_role = next(
        role["id"] for role in crm_on.get("settings/roles").json["roles"] if role["id"] != caller["role"]["id"]
    )
    criteria = compare("Owner", "equal", {"id": "${CURRENTUSERROLE}", "name": "Mine"})
    rule_id = ruled(automation, criteria)
    tokens = {
        role: _colleague(crm_on, role, f"{n}@example.com") for n, role in enumerate((caller["role"]["id"], other_role))
    }
    marked = {}

    for role, token in tokens.items():
        deal = automation.deal()
        assert crm_on.put(f"Deals/{deal}", {"data": [{"Description": "x"}]}, token=token).status == 200
        marked[role] = automation.value(deal, "Next_Step")

    assert details_of(automation, rule_id)["value"] == criteria["value"]
    assert marked == {caller["role"]["id"]: "marked", other_role: None}


def _colleague(crm: Crm, role: str, email: str) -> str:
    profile = crm.get("settings/profiles").json["profiles"][0]["id"]
    user = {"last_name": "Doe", "email": email, "role": role, "profile": profile}
    number = made(crm.post("users", {"users": [user]}), "users")
    crm.control("POST", f"users/{number}/confirm")
    return crm.token(*EVERYTHING, user_id=int(number))


@pytest.mark.source("assumed: nothing is accepted that cannot run or be sent back")
@pytest.mark.parametrize("field", ["Owner", "Account_Name", "Stage", "Amount", "Closing_Date"])
@pytest.mark.parametrize("value", [{"id": None}, {"id": None, "name": "Ada"}, {}])
def test_an_object_without_an_id_is_no_value(field: str, value: Any, crm: Crm) -> None:
    automation = Automation(crm)
    payload = automation.rule_payload("Rule", {"type": "field_updates", "id": automation.update()})
    payload["conditions"][0]["criteria_details"] = {"criteria": compare(field, "equal", value)}

    reply = automation.post(payload)

    assert reply.status == 400
    row = reply.json["workflow_rules"][0]
    place = "$.workflow_rules[0].conditions[0].criteria_details.criteria.value"
    assert (row["code"], row["details"]["json_path"]) == ("INVALID_DATA", place)
    assert automation.names() == []


@pytest.mark.source("assumed: nothing is accepted that cannot run or be sent back")
@pytest.mark.parametrize(
    ("field", "value"),
    [("Owner.role.name", "CEO"), ("Owner.profile.name", "Administrator"), ("Created_By.role.name", "ceo")],
)
def test_the_role_and_the_profile_of_a_user_are_compared_by_name(field: str, value: str, crm: Crm) -> None:
    automation = Automation(crm)
    rule_id = ruled(automation, compare(field, "equal", value))
    deal = automation.deal()

    automation.edit(deal, Description="x")
    shown = details_of(automation, rule_id)
    again = ruled(automation, shown, "Again")

    assert automation.crm.get(f"Deals/{deal}").json["data"][0]["Next_Step"] == "marked"
    assert shown["field"] == {"api_name": field}
    assert details_of(automation, again) == shown
