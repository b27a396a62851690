"""Every refusal that the service's examples give for making and changing field updates."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.automation_client import UPDATES, Automation
from tests.support.rule_payloads import DROP, changed
from tests.support.server import Crm

F = "$.field_updates[0]"
FOLLOWER = f"{F}.dependent_fields[0]"
MISSING = "MANDATORY_NOT_FOUND", "Required field is missing"
WRONG_TYPE = "INVALID_DATA", "Invalid data type"
WRONG_DATA = "INVALID_DATA", "Invalid data"
MISMATCH = "DEPENDENT_MISMATCH", "Dependent Field is not matching"
NEEDED = "DEPENDENT_FIELD_MISSING", "Dependent Field missing"
NOT_ALLOWED = "NOT_ALLOWED", "This key is not supported for this particular action"
TWENTY = "1" * 20


def at(api_name: str, path: str = "", **more: Any) -> dict[str, Any]:
    return {"api_name": api_name, "json_path": path or f"{F}.{api_name}", **more}


@dataclass(frozen=True)
class Row:
    """One refusal: what is changed of an acceptable payload, and the answer."""

    name: str
    of: str  #: of which payload: text, pipeline, owner
    change: tuple[str, Any]
    said: tuple[str, str]
    details: dict[str, Any]
    of_changes: bool = True  #: whether a change is refused for it too


ROWS = [
    Row("name missing", "text", ("name", DROP), MISSING, at("name"), of_changes=False),
    Row("name type", "text", ("name", 5), WRONG_TYPE, at("name", expected_data_type="text")),
    Row("name length", "text", ("name", "x" * 256), WRONG_DATA, at("name", maximum_length=255)),
    Row("module missing", "text", ("module", DROP), MISSING, at("module"), of_changes=False),
    Row("module type", "text", ("module", "Deals"), WRONG_TYPE, at("module", expected_data_type="jsonobject")),
    Row("module id type", "text", ("module", {"id": "x", "api_name": "Deals"}), WRONG_TYPE,
        at("id", f"{F}.module.id", expected_data_type="bigint")),
    Row("module id of no type", "text", ("module", {"id": [], "api_name": "Deals"}), WRONG_TYPE,
        at("id", f"{F}.module.id", expected_data_type="bigint")),
    Row("module id length", "text", ("module", {"id": TWENTY, "api_name": "Deals"}), WRONG_DATA,
        at("id", f"{F}.module.id", maximum_length=19)),
    Row("module name type", "text", ("module", {"api_name": 5}), WRONG_TYPE,
        at("api_name", f"{F}.module.api_name", expected_data_type="text")),
    Row("field missing", "text", ("field", DROP), MISSING, at("field")),
    Row("field type", "text", ("field", "x"), WRONG_TYPE, at("field", expected_data_type="jsonobject")),
    Row("field id type", "text", ("field", {"id": "x", "api_name": "Next_Step"}), WRONG_TYPE,
        at("id", f"{F}.field.id", expected_data_type="bigint")),
    Row("field id length", "text", ("field", {"id": TWENTY, "api_name": "Next_Step"}), WRONG_DATA,
        at("id", f"{F}.field.id", maximum_length=19)),
    Row("field name type", "text", ("field", {"api_name": 5}), WRONG_TYPE,
        at("api_name", f"{F}.field.api_name", expected_data_type="text")),
    Row("value missing", "text", ("value", DROP), MISSING, at("value"), of_changes=False),
    Row("value type", "text", ("value", 5), WRONG_TYPE, at("value", expected_data_type="text")),
    Row("value length", "text", ("value", "x" * 1000), WRONG_DATA, at("value", maximum_length=255)),
    Row("value that does not fit", "text", ("value", "x" * 200), MISMATCH,
        {"dependee": at("field"), **at("value")}),
    Row("no such option", "stage", ("value", "Nope"), MISMATCH, {"dependee": at("field"), **at("value")}),
    Row("type missing", "text", ("type", DROP), MISSING, at("type"), of_changes=False),
    Row("type type", "text", ("type", 5), WRONG_TYPE, at("type", expected_data_type="text")),
    Row("type unsupported", "text", ("type", "x"), WRONG_DATA, at("type", supported_values=["static"])),
    Row("feature type", "text", ("feature_type", 5), WRONG_TYPE, at("feature_type", expected_data_type="text")),
    Row("feature unsupported", "text", ("feature_type", "x"), WRONG_DATA,
        at("feature_type", supported_values=["workflow"])),
    Row("update_type type", "text", ("update_type", 5), WRONG_TYPE, at("update_type", expected_data_type="text")),
    Row("update_type unsupported", "text", ("update_type", "x"), WRONG_DATA,
        at("update_type", supported_values=["overwrite", "append"])),
    Row("related records of another field", "text", ("related_records", [{"api_name": "Tasks"}]), NOT_ALLOWED,
        at("related_records")),
    Row("threshold of another field", "text", ("apply_assignment_threshold", True), NOT_ALLOWED,
        at("apply_assignment_threshold")),
    Row("notify of another field", "text", ("notify", True), NOT_ALLOWED, at("notify"), of_changes=False),
    Row("threshold type", "owner", ("apply_assignment_threshold", "x"), WRONG_TYPE,
        at("apply_assignment_threshold", expected_data_type="boolean")),
    Row("notify type", "owner", ("notify", "x"), WRONG_TYPE, at("notify", expected_data_type="boolean")),
    Row("notify type of another field", "text", ("notify", "x"), WRONG_TYPE,
        at("notify", expected_data_type="boolean")),
    Row("no word of related records", "owner", ("related_records", DROP), NEEDED,
        {"dependee": at("field"), **at("related_records")}),
    Row("no word of notify", "owner", ("notify", DROP), NEEDED, {"dependee": at("field"), **at("notify")},
        of_changes=False),
    Row("related records type", "owner", ("related_records", {}), WRONG_TYPE,
        at("related_records", expected_data_type="jsonarray")),
    Row("too many related records", "owner", ("related_records", [{"api_name": "Tasks"}] * 6), WRONG_DATA,
        at("related_records", maximum_length=5)),
    Row("related record name type", "owner", ("related_records", [{"api_name": 5}]), WRONG_TYPE,
        at("api_name", f"{F}.related_records[0].api_name", expected_data_type="text")),
    Row("related record id type", "owner", ("related_records", [{"api_name": "Tasks", "id": "x"}]), WRONG_TYPE,
        at("id", f"{F}.related_records[0].id", expected_data_type="bigint")),
    Row("no followers", "pipeline", ("dependent_fields", DROP), NEEDED,
        {"dependee": at("field"), **at("dependent_fields")}),
    Row("followers type", "pipeline", ("dependent_fields", {}), WRONG_TYPE,
        at("dependent_fields", expected_data_type="jsonarray")),
    Row("two followers", "pipeline", ("dependent_fields", [{}, {}]), WRONG_DATA,
        at("dependent_fields", maximum_length=1)),
    Row("follower without field", "pipeline", ("dependent_fields.0.field", DROP), MISSING,
        at("field", f"{FOLLOWER}.field")),
    Row("follower field type", "pipeline", ("dependent_fields.0.field", "x"), WRONG_TYPE,
        at("field", f"{FOLLOWER}.field", expected_data_type="jsonobject")),
    Row("follower name type", "pipeline", ("dependent_fields.0.field", {"api_name": 5}), WRONG_TYPE,
        at("api_name", f"{FOLLOWER}.field.api_name", expected_data_type="text")),
    Row("follower id type", "pipeline", ("dependent_fields.0.field", {"api_name": "Stage", "id": "x"}), WRONG_TYPE,
        at("id", f"{FOLLOWER}.field.id", expected_data_type="bigint")),
    Row("follower id length", "pipeline", ("dependent_fields.0.field", {"api_name": "Stage", "id": TWENTY}),
        WRONG_DATA, at("id", f"{FOLLOWER}.field.id", maximum_length=19)),
    Row("follower without value", "pipeline", ("dependent_fields.0.value", DROP), MISSING,
        at("value", f"{FOLLOWER}.value")),
    Row("follower value type", "pipeline", ("dependent_fields.0.value", 5), WRONG_TYPE,
        at("value", f"{FOLLOWER}.value", expected_data_type="text")),
    Row("follower value length", "pipeline", ("dependent_fields.0.value", "x" * 256), WRONG_DATA,
        at("value", f"{FOLLOWER}.value", maximum_length=255)),
]  # fmt: skip


def payload(crm: Crm, of: str) -> dict[str, Any]:
    """Describe an acceptable field update."""
    text = {**Automation(crm).update_payload("New"), "feature_type": "workflow"}
    owner = {"field": {"api_name": "Owner"}, "value": {"id": str(crm.user.id)}}
    follower = {"field": {"api_name": "Stage"}, "value": "Qualification"}
    pipeline = {"field": {"api_name": "Pipeline"}, "value": "Standard (Standard)", "dependent_fields": [follower]}
    return {
        "text": text,
        "stage": {**text, "field": {"api_name": "Stage"}, "value": "Closed Lost"},
        "owner": {**text, **owner, "notify": False, "related_records": None},
        "pipeline": {**text, **pipeline},
    }[of]


def refused(row: Row) -> dict[str, Any]:
    code, message = row.said
    return {"field_updates": [{"code": code, "message": message, "details": row.details, "status": "error"}]}


@pytest.mark.source("docs: createFieldUpdates examples: every 400")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_new_field_update_is_refused(row: Row, crm: Crm) -> None:
    body = changed(payload(crm, row.of), row.change)

    reply = crm.post(UPDATES, {"field_updates": [body]})

    assert (reply.status, reply.json) == (400, refused(row))
    assert crm.get(UPDATES).status == 204


@pytest.mark.source("docs: updateFieldUpdateById examples: every 400")
@pytest.mark.parametrize("row", [row for row in ROWS if row.of_changes], ids=lambda row: row.name)
def test_a_change_of_a_field_update_is_refused(row: Row, crm: Crm) -> None:
    number = Automation(crm).update("Old")
    body = changed(payload(crm, row.of), row.change)

    reply = crm.put(f"{UPDATES}/{number}", {"field_updates": [body]})

    assert (reply.status, reply.json) == (400, refused(row))
    assert crm.get(f"{UPDATES}/{number}").json["field_updates"][0]["name"] == "Old"


@pytest.mark.source("docs: updateFieldUpdateById examples: notify has a place without index")
def test_a_change_names_notify_without_the_index(crm: Crm) -> None:
    number = Automation(crm).update("Old")
    place = {"api_name": "notify", "json_path": "$.field_updates.notify"}

    foreign = crm.put(f"{UPDATES}/{number}", {"field_updates": [{**payload(crm, "text"), "notify": True}]})
    absent = crm.put(f"{UPDATES}/{number}", {"field_updates": [changed(payload(crm, "owner"), ("notify", DROP))]})

    code, message = NOT_ALLOWED
    assert (foreign.status, foreign.json) == (
        400,
        {"code": code, "details": place, "message": message, "status": "error"},
    )
    code, message = NEEDED
    assert absent.json["field_updates"] == [
        {"code": code, "details": {"dependee": at("field"), **place}, "message": message, "status": "error"}
    ]


@pytest.mark.source("docs: getFieldUpdates operation: what include_inner_details adds")
@pytest.mark.parametrize(
    ("asked", "added"),
    [
        ("field_label", {"field_label": "Stage"}),
        ("data_type", {"data_type": "picklist"}),
        ("enable_colour_code", {"enable_colour_code": False}),
    ],
)
def test_details_of_the_field_are_shown_when_asked_for(asked: str, added: dict[str, Any], crm: Crm) -> None:
    reply = crm.post(UPDATES, {"field_updates": [payload(crm, "stage")]})
    number = reply.details("field_updates")["id"]

    plain = crm.get(f"{UPDATES}/{number}").json["field_updates"][0]
    inside = crm.get(f"{UPDATES}/{number}", {"include_inner_details": asked}).json["field_updates"][0]

    assert inside == {**plain, "field": {**plain["field"], **added}}
