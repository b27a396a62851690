"""Every refusal that the service's examples give for making and changing task actions."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.automation_client import TASKS, Automation
from tests.support.rule_payloads import DROP, changed
from tests.support.server import Crm

T = "$.tasks[0]"
MISSING = "MANDATORY_NOT_FOUND", "Required field is missing"
WRONG_TYPE = "INVALID_DATA", "Invalid data type"
MISMATCH = "DEPENDENT_MISMATCH", "Dependent Field is not matching"
#: Too long, for a new task; of a change the service says it in fewer words.
TOO_LONG = "INVALID_DATA", "The field given seems to be invalid"
TOO_LONG_CHANGE = "INVALID_DATA", "Invalid data"
TWENTY = "1" * 20
SUBJECT, DUE = "field_mappings.0", "field_mappings.1"


def at(path: str, **more: Any) -> dict[str, Any]:
    """Say a place below the task."""
    name = path.rsplit(".", maxsplit=1)[-1].partition("[")[0]
    return {"api_name": name, "json_path": f"{T}.{path}", **more}


def reference(place: str) -> list["Row"]:
    """Write what is refused of the keys of a module or field, as an object and not as a list of one."""
    shown = place.replace("field_mappings.0", "field_mappings[0]")
    return [
        Row(f"{place} name type", (place, {"api_name": 5}), WRONG_TYPE,
            at(f"{shown}.api_name", expected_data_type="text"), is_object=True),
        Row(f"{place} id type", (f"{place}.id", "x"), WRONG_TYPE,
            at(f"{shown}.id", expected_data_type="bigint"), is_object=True),
        Row(f"{place} id length", (f"{place}.id", TWENTY), TOO_LONG,
            at(f"{shown}.id", maximum_length=19), is_object=True),
    ]  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One refusal: what is changed of an acceptable payload, and the answer."""

    name: str
    change: tuple[str, Any]
    said: tuple[str, str]
    details: dict[str, Any]
    is_object: bool = False  #: whether it stands under the root key alone, not in a list


ROWS = [
    Row("name missing", ("name", DROP), MISSING, at("name")),
    Row("name type", ("name", 5), WRONG_TYPE, at("name", expected_data_type="text")),
    Row("name length", ("name", "x" * 256), TOO_LONG, at("name", maximum_length=255)),
    Row("module missing", ("module", DROP), MISSING, at("module")),
    Row("module type", ("module", "Deals"), WRONG_TYPE, at("module", expected_data_type="jsonobject")),
    *reference("module"),
    Row("unknown module id", ("module", {"id": "99"}), ("INVALID_DATA", "the tabId given seems to be invalid"),
        at("module.id")),
    Row("module without tasks", ("module", {"api_name": "Users"}),
        ("INVALID_MODULE", "the module name given seems to be invalid"), at("module.api_name")),
    Row("notify type", ("notify", "x"), WRONG_TYPE, at("notify", expected_data_type="boolean")),
    Row("notify null", ("notify", None), ("INVALID_DATA", "please specify notify value"),
        at("notify", expected_data_type="boolean")),
    Row("mappings missing", ("field_mappings", DROP), MISSING, at("field_mappings")),
    Row("mappings type", ("field_mappings", {}), WRONG_TYPE, at("field_mappings", expected_data_type="jsonarray")),
    Row("too many mappings", ("field_mappings", [{}] * 21), TOO_LONG, at("field_mappings", maximum_length=20)),
    Row("field type", (f"{SUBJECT}.field", "x"), WRONG_TYPE,
        at("field_mappings[0].field", expected_data_type="jsonobject")),
    *reference(f"{SUBJECT}.field"),
    Row("field of nothing", (f"{SUBJECT}.field", {}), ("EXPECTED_FIELD_MISSING", "Specify atleast one field"),
        {"expected_fields": [at("field_mapping[0].field.id"), at("field_mapping[0].field.api_name")]}),
    Row("unknown field id", (f"{SUBJECT}.field", {"id": "99"}),
        ("INVALID_DATA", "the fieldId given seems to be invalid"), at("field_mappings[0].field.id")),
    Row("type missing", (f"{SUBJECT}.type", DROP), MISSING, at("field_mappings[0].type")),
    Row("type type", (f"{SUBJECT}.type", 5), WRONG_TYPE, at("field_mappings[0].type", expected_data_type="text")),
    Row("type unsupported", (f"{SUBJECT}.type", "x"), ("INVALID_DATA", "Invalid data"),
        at("field_mappings[0].type", supported_values=["static", "merge_field", "execution_time"])),
    Row("type of another field", (f"{DUE}.type", "static"), MISMATCH,
        {"dependee": at("field_mappings[1].field.api_name"), **at("field_mappings[1].type")}),
    Row("value missing", (f"{SUBJECT}.value", DROP), MISSING, at("field_mappings[0].value")),
    Row("value null", (f"{SUBJECT}.value", None), ("MANDATORY_NOT_FOUND", "mandatory field is not given"),
        at("field_mapping[0].value")),
    Row("value type", (f"{SUBJECT}.value", 5), WRONG_TYPE, at("field_mappings[0].value", expected_data_type="text")),
    Row("value of another type", (f"{SUBJECT}.value", ["x"]), ("DEPENDENT_MISMATCH", "Type and value is mismatched"),
        {"dependee": at("field_mappings[0].type"), **at("field_mappings[0].value")}),
    Row("value that must be an object", ("field_mappings.4",
        {"field": {"api_name": "Owner"}, "type": "static", "value": "x"}), ("INVALID_DATA", "data type not supported"),
        at("field_mappings[4].value", expected_data_type="jsonobject")),
    Row("value longer than its field", ("field_mappings.2.value", "x" * 300),
        ("INVALID_DATA", "The length of the value exceeded the max limit"),
        at("field_mappings[2].value", maximum_length=120)),
    Row("subject length", (f"{SUBJECT}.value", "x" * 151), ("DEPENDENT_MISMATCH", "the given value is invalid"),
        {"dependee": at("field_mapping[0].field.api_name"), **at("field_mapping[0].value"), "maximum_length": 150}),
    Row("unknown merge field", ("field_mappings.4",
        {"field": {"api_name": "Description"}, "type": "merge_field", "value": "${!Deals.Nope}"}),
        ("INVALID_DATA", "Unsupported mergefield provided"), at("field_mappings[4].value")),
    Row("period", (f"{DUE}.value.period", "x"), ("INVALID_DATA", "Invalid date Period"),
        at("field_mappings[1].value.period")),
    Row("sign", (f"{DUE}.value.sign", "x"), ("INVALID_DATA", "please specify valid due date"),
        at("field_mapping[1].value.sign")),
    Row("time", (f"{DUE}.value.time", "x"), ("INVALID_DATA", "The given value seems to be invalid"),
        at("field_mappings[1].value.time")),
    Row("no subject", (SUBJECT, DROP), ("REQUIRED_DATA_NOT_FOUND", "The required data missing"),
        {"sub_json_path": "field.api_name", "api_name": "api_name", "json_path": f"{T}.field_mappings",
         "value": "Subject"}),
]  # fmt: skip


def refused(row: Row, said: tuple[str, str]) -> dict[str, Any]:
    code, message = said
    element = {"code": code, "message": message, "details": row.details, "status": "error"}
    return {"tasks": element if row.is_object else [element]}


@pytest.mark.source("docs: createWorkflowTasks examples: every 400")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_new_task_is_refused(row: Row, crm: Crm) -> None:
    body = changed(Automation(crm).task_payload(), row.change)

    reply = crm.post(TASKS, {"tasks": [body]})

    assert (reply.status, reply.json) == (400, refused(row, row.said))
    assert crm.get(TASKS).status == 204


@pytest.mark.source("docs: updateWorkflowTaskById, updateWorkflowTask examples: every 400")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("way", ["in the path", "in the body"])
def test_a_change_of_a_task_is_refused(row: Row, way: str, crm: Crm) -> None:
    number = Automation(crm).task("Old")
    body = changed(Automation(crm).task_payload(), row.change)

    if way == "in the path":
        reply = crm.put(f"{TASKS}/{number}", {"tasks": [body]})
    else:
        reply = crm.put(TASKS, {"tasks": [{**body, "id": number}]})

    said = TOO_LONG_CHANGE if row.said is TOO_LONG else row.said
    assert (reply.status, reply.json) == (400, refused(row, said))
    assert crm.get(f"{TASKS}/{number}").json["tasks"][0]["name"] == "Old"


@pytest.mark.source("docs: createWorkflowTasks, updateWorkflowTaskById examples: an ambiguous field")
@pytest.mark.parametrize(("method", "key"), [("POST", "field_mapping"), ("PUT", "field_mappings")])
def test_a_field_by_two_fields_is_ambiguous(method: str, key: str, crm: Crm) -> None:
    automation = Automation(crm)
    fields = {each["api_name"]: each["id"] for each in crm.get("settings/fields", {"module": "Tasks"}).json["fields"]}
    body = changed(automation.task_payload(), (f"{SUBJECT}.field", {"api_name": "Subject", "id": fields["Status"]}))

    path = TASKS if method == "POST" else f"{TASKS}/{automation.task('Old')}"
    reply = crm.crm(method, path, {"tasks": [body]})

    assert reply.codes("tasks") == ["AMBIGUITY_DURING_PROCESSING"]
    assert reply.details("tasks") == {"ambiguity_due_to": [at(f"{key}[0].field.id"), at(f"{key}[0].field.api_name")]}


@pytest.mark.source("docs: getTaskById examples: every 400")
@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("feature_type", "INVALID_DATA", "the given feature name is invalid"),
        ("module", "INVALID_MODULE", "The value provided to the param is Invalid"),
    ],
)
def test_a_bad_parameter_of_one_task_is_refused(name: str, code: str, message: str, crm: Crm) -> None:
    reply = crm.get(f"{TASKS}/{Automation(crm).task()}", {name: "nope"})

    said = {"code": code, "details": {"param_name": name}, "message": message, "status": "error"}
    assert (reply.status, reply.json) == (400, said)
