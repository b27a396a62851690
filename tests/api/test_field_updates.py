"""The field updates API."""

from typing import Any

import pytest

from tests.support.automation_client import RULES, UPDATES, Automation, made
from tests.support.server import Crm

ASSOCIATED = "This field update is associated with at least one of Approval Process/Workflow Rules/Blueprint"


#: A change names its field, whatever it changes.
NEXT_STEP = {"field": {"api_name": "Next_Step"}}


@pytest.fixture
def automation(crm: Crm) -> Automation:
    return Automation(crm)


@pytest.mark.source("reference: automation A.2, C.1")
def test_a_field_update_is_created_changed_and_deleted(automation: Automation) -> None:
    crm = automation.crm

    created = crm.post(UPDATES, {"field_updates": [automation.update_payload()]})
    number = made(created, "field_updates")
    changed = crm.put(f"{UPDATES}/{number}", {"field_updates": [{**NEXT_STEP, "value": "Write"}]})
    shown = crm.get(f"{UPDATES}/{number}").json["field_updates"][0]
    deleted = crm.delete(f"{UPDATES}/{number}")

    replies = (created, changed, deleted)
    assert [(reply.status, reply.json["field_updates"][0]["message"]) for reply in replies] == [
        (201, "fieldupdate created successfully"),
        (200, "fieldupdate updated successfully"),
        (200, "field update deleted successfully"),
    ]
    assert shown["value"] == "Write"
    assert crm.get(f"{UPDATES}/{number}").status == 204
    assert crm.get(UPDATES).status == 204


@pytest.mark.source("reference: automation C.1")
def test_a_field_update_is_shown_with_all_its_keys(automation: Automation) -> None:
    automation.update()

    whole = automation.crm.get(UPDATES, {"include_inner_details": "data_type,field_label"}).json["field_updates"][0]
    listed = automation.crm.get(UPDATES).json["field_updates"][0]

    assert listed.keys() == {
        "created_time", "update_type", "lock_status", "apply_assignment_threshold", "editable", "module",
        "related_module", "deletable", "source", "type", "created_by", "notify", "feature_type", "modified_time",
        "field", "associated", "related_records", "name", "modified_by", "id", "value",
    }  # fmt: skip
    assert listed["field"].keys() == {"api_name", "id"}
    assert whole["field"].keys() == {"api_name", "id", "ui_type", "data_type", "field_label"}
    assert whole["module"].keys() == {"api_name", "id", "singular_label", "plural_label", "moduleName"}


@pytest.mark.source(
    "reference: automation C.1: a name is unique in the organisation; the answer is that of custom views"
)
def test_no_two_field_updates_have_the_same_name(automation: Automation) -> None:
    crm, one = automation.crm, automation.update("One")
    two = automation.update("Two", module="Leads")
    taken = {
        "code": "DUPLICATE_DATA",
        "details": {"api_name": "name", "json_path": "$.field_updates[0].name"},
        "message": "duplicate data",
        "status": "error",
    }

    created = crm.post(UPDATES, {"field_updates": [automation.update_payload("One", module="Leads")]})
    renamed = crm.put(f"{UPDATES}/{two}", {"field_updates": [{"name": "One", "field": {"api_name": "Description"}}]})
    kept = crm.put(f"{UPDATES}/{one}", {"field_updates": [{**NEXT_STEP, "name": "One", "value": "Write"}]})

    assert (created.status, created.json) == (400, {"field_updates": [taken]})
    assert (renamed.status, renamed.json) == (400, {"field_updates": [taken]})
    assert kept.status == 200


@pytest.mark.source("reference: automation C: an associated entity is not deleted")
def test_what_a_rule_uses_is_not_deleted(automation: Automation) -> None:
    crm, used, unused = automation.crm, automation.update("Used"), automation.update("Unused")
    rule_id = automation.rule("One", {"type": "field_updates", "id": used})

    shown = {row["name"]: row["associated"] for row in crm.get(UPDATES).json["field_updates"]}
    one = crm.delete(f"{UPDATES}/{used}")
    several = crm.delete(UPDATES, {"ids": f"1,{used},{unused}"})
    crm.delete(f"{RULES}/{rule_id}")
    freed = crm.delete(f"{UPDATES}/{used}")

    assert shown == {"Used": True, "Unused": False}
    assert one.status == 400
    assert one.json == {
        "code": "NOT_ALLOWED", "details": {"resource_path_index": 3}, "message": ASSOCIATED, "status": "error",
    }  # fmt: skip
    assert several.status == 207
    assert [(row["code"], row["message"]) for row in several.json["field_updates"]] == [
        ("INVALID_DATA", "the id given seems to be invalid"),
        ("NOT_ALLOWED", ASSOCIATED),
        ("SUCCESS", "field update deleted successfully"),
    ]
    assert several.details("field_updates", 1) == {"id": used}
    assert freed.status == 200


@pytest.mark.source("reference: automation F.5")
@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", UPDATES, {}, {"code": "INVALID_DATA", "message": "invalid data",
                               "details": {"api_name": "field_updates", "json_path": "$.field_updates"}}),
        ("PUT", f"{UPDATES}/7", {"field_updates": [{}]},
         {"code": "INVALID_DATA", "details": {"resource_path_index": 3},
          "message": "the id given seems to be invalid"}),
        ("PUT", UPDATES, {"field_updates": [{}]},
         {"code": "REQUIRED_PARAM_MISSING", "details": {"param_name": "id"},
          "message": "the id given seems to be invalid"}),
        ("DELETE", f"{UPDATES}/7", None,
         {"code": "INVALID_DATA", "details": {"resource_path_index": 3},
          "message": "the id given seems to be invalid"}),
        ("DELETE", UPDATES, None, {"code": "REQUIRED_PARAM_MISSING", "details": {"param_name": "ids"},
                                   "message": "One of the expected parameter is missing"}),
    ],
)  # fmt: skip
def test_a_request_that_names_nothing_is_refused(
    method: str, path: str, body: Any, said: dict[str, Any], crm: Crm
) -> None:
    reply = crm.crm(method, path, body)

    assert (reply.status, reply.json) == (400, {**said, "status": "error"})


@pytest.mark.source("reference: automation C.1; getFieldUpdates examples")
@pytest.mark.parametrize(
    ("name", "value", "code", "message"),
    [
        ("feature_type", "action", "INVALID_DATA", "the given feature name is invalid"),
        ("module", "Dealz", "INVALID_MODULE", "The value provided to the param is Invalid"),
        ("sort_by", "name", "INVALID_DATA", "The value provided to the param is Invalid"),
        ("sort_order", "up", "INVALID_DATA", "The value provided to the param is Invalid"),
        ("include_inner_details", "x", "INVALID_DATA", "The value provided to the param is Invalid"),
        ("include_inner_details", "true", "INVALID_DATA", "The value provided to the param is Invalid"),
        ("include_inner_details", "data_type,x", "INVALID_DATA", "The value provided to the param is Invalid"),
        ("related_module", "Dealz", "INVALID_MODULE", "The value provided to the param is Invalid"),
        ("filter", "Deal", "INVALID_DATA", "The value provided to the param is Invalid"),
    ],
)
def test_a_bad_parameter_is_refused(name: str, value: str, code: str, message: str, crm: Crm) -> None:
    reply = crm.get(UPDATES, {name: value})

    said = {"code": code, "details": {"param_name": name}, "message": message, "status": "error"}
    assert (reply.status, reply.json) == (400, said)


@pytest.mark.source("reference: automation C")
@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"module": "Leads"}, ["Lead"]),
        ({"feature_type": "workflow"}, ["Deal", "Lead"]),
        ({"feature_type": "blueprint"}, []),
        ({"feature_type": "scoring_rule"}, []),
        ({"related_module": "Notes"}, []),
        ({"filter": '{"field":{"api_name":"name"},"comparator":"contains","value":"lea"}'}, ["Lead"]),
        ({"sort_by": "modified_time", "sort_order": "desc"}, ["Lead", "Deal"]),
        ({"per_page": 1}, ["Deal"]),
    ],
)
def test_field_updates_are_listed(params: dict[str, Any], names: list[str], automation: Automation) -> None:
    automation.update("Deal")
    automation.update("Lead", module="Leads")

    reply = automation.crm.get(UPDATES, params)

    assert [row["name"] for row in reply.json["field_updates"]] == names if names else reply.status == 204


@pytest.mark.source("reference: automation F.5")
def test_who_does_not_manage_automation_is_refused(automation: Automation) -> None:
    reply = automation.crm.get(UPDATES, token=automation.colleague("Standard"))

    wanted = ["Crm_Implied_Manage_Workflow", "Crm_Implied_Customize_Zoho_CRM", "Crm_Implied_Manage_ConnectedWorkflow"]
    assert reply.problem == (403, "NO_PERMISSION")
    assert reply.json["details"] == {"permissions": wanted}


@pytest.mark.source("reference: automation G.7: an edited action is used as it is now")
def test_a_changed_field_update_acts_as_changed(automation: Automation) -> None:
    number = automation.update(value="Call")
    automation.rule("One", {"type": "field_updates", "id": number})
    deal = automation.deal()

    automation.crm.put(f"{UPDATES}/{number}", {"field_updates": [{**NEXT_STEP, "value": "Write"}]})
    automation.edit(deal, Description="x")

    assert automation.value(deal, "Next_Step") == "Write"


@pytest.mark.source("reference: automation C.1: append adds to what is chosen")
def test_a_pipeline_takes_its_stage_along(automation: Automation) -> None:
    follower = {"field": {"api_name": "Stage"}, "value": "Proposal/Price Quote"}
    body = {
        **automation.update_payload(),
        "field": {"api_name": "Pipeline"},
        "value": "Standard (Standard)",
        "dependent_fields": [follower],
    }
    number = made(automation.crm.post(UPDATES, {"field_updates": [body]}), "field_updates")
    automation.rule("One", {"type": "field_updates", "id": number})
    deal = automation.deal()

    automation.edit(deal, Description="x")

    assert automation.value(deal, "Stage") == "Proposal/Price Quote"


def to_account(account: str) -> dict[str, Any]:
    return {"field": {"api_name": "Account_Name"}, "value": {"id": account}}


@pytest.mark.source("reference: automation C.1: a value must fit its field")
def test_a_lookup_is_set_to_a_record_of_its_module_only(automation: Automation) -> None:
    account, deal = automation.account(), automation.deal()

    codes = [
        automation.crm.post(UPDATES, {"field_updates": [{**automation.update_payload(f"To {n}"), **to_account(n)}]})
        for n in (account, deal, "123")
    ]

    assert [reply.codes("field_updates") for reply in codes] == [["SUCCESS"], *[["DEPENDENT_MISMATCH"]] * 2]


@pytest.mark.source("assumed: an action whose record is gone by now fails and writes nothing")
def test_a_field_update_to_a_deleted_record_writes_nothing(automation: Automation) -> None:
    old, new, deal = automation.account(), automation.account(), automation.deal()
    body = {**automation.update_payload(), **to_account(new)}
    update = made(automation.crm.post(UPDATES, {"field_updates": [body]}), "field_updates")
    automation.rule("One", {"type": "field_updates", "id": update})
    automation.crm.delete(f"Accounts/{new}")

    automation.edit(deal, Account_Name={"id": old})

    (action,) = automation.fired(deal)
    assert (action["outcome"], action["detail"]) == ("failed", f"there is no record {new} that Account_Name can hold")
    assert automation.value(deal, "Account_Name")["id"] == old
