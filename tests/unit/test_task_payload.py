"""What a task action may say, and how it is refused."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kaizen.automation.payload.actions.action_body import ActionBody
from kaizen.automation.payload.actions.task import dump_task, read_task
from kaizen.json_body.json_path import item
from kaizen.model.catalog import Catalog, Field
from kaizen.vocabulary.data_types import DataType
from tests.support.automation import Ground, body_of
from tests.support.rule_payloads import DROP, changed

T = "$.tasks[0]"
CONTACT, ACCOUNT = 4876876000700000001, 4876876000700000002
DUE = {"period": "business_days", "unit": "3", "trigger_field": "${CURRENTTIME}", "sign": "plus"}


def mapped(api_name: str, value: Any, kind: str = "static") -> dict[str, Any]:
    return {"field": {"api_name": api_name}, "type": kind, "value": value}


TASK: dict[str, Any] = {
    "module": {"api_name": "Leads"},
    "notify": True,
    "name": "Call",
    "feature_type": "workflow",
    "field_mappings": [
        mapped("Subject", "Call"),
        mapped("Due_Date", DUE, "execution_time"),
        mapped("Status", "Not Started"),
        mapped("Priority", "High"),
        mapped("Description", "About ${!Leads.First_Name}${!Leads.Last_Name}", "merge_field"),
    ],
}


@pytest.fixture
def ground() -> Ground:
    """An organisation with two unique fields on tasks, a contact and an account."""
    ground = Ground(records={("Contacts", CONTACT), ("Accounts", ACCOUNT), ("se_module", ACCOUNT)})
    tasks = ground.catalog.by_name["Tasks"]
    extra = (
        Field(91, "Serial", "Serial", DataType.TEXT, "serial", custom=True, unique=True),
        Field(92, "Moment", "Moment", DataType.DATETIME, "moment", custom=True, unique=True),
    )
    wider = replace(tasks, fields=(*tasks.fields, *extra))
    ground.catalog = Catalog(2, tuple(wider if module is tasks else module for module in ground.catalog.modules))
    return ground


def read(raw: Any, ground: Ground, stored: dict[str, Any] | None = None) -> Any:
    return read_task(raw, stored, ground.facts, item("tasks"))


def accepted(raw: Any, ground: Ground, stored: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the stored body of a task action that is accepted."""
    found = read(raw, ground, stored)
    assert isinstance(found, ActionBody), body_of(found)
    return found.body


def at(api_name: str, path: str = "") -> dict[str, Any]:
    return {"api_name": api_name, "json_path": f"{T}.{path or api_name}"}


def misspelt(index: int, path: str) -> dict[str, Any]:
    """Give a place in a mapping as the service gives some: without the last letter of `field_mappings`."""
    return at(path.rsplit(".", maxsplit=1)[-1], f"field_mapping[{index}].{path}")


def mapping(index: int, path: str) -> dict[str, Any]:
    return at(path.rsplit(".", maxsplit=1)[-1], f"field_mappings[{index}].{path}")


@dataclass(frozen=True)
class Case:
    name: str
    changes: tuple[tuple[str, Any], ...]
    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)


INVALID, MISSING, REQUIRED = "INVALID_DATA", "MANDATORY_NOT_FOUND", "Required field is missing"
_SUBJECT, _DUE = "field_mappings.0", "field_mappings.1"

DOCUMENTED = [
    Case("no module", (("module", DROP),), MISSING, REQUIRED, at("module")),
    Case("no mappings", (("field_mappings", DROP),), MISSING, REQUIRED, at("field_mappings")),
    Case("no name", (("name", DROP),), MISSING, REQUIRED, at("name")),
    Case("a mapping without type", ((f"{_SUBJECT}.type", DROP),), MISSING, REQUIRED, mapping(0, "type")),
    Case("a mapping without value", ((f"{_SUBJECT}.value", DROP),), MISSING, REQUIRED, mapping(0, "value")),
    Case("a module that is no object", (("module", []),), INVALID, "Invalid data type",
         {**at("module"), "expected_data_type": "jsonobject"}),
    Case("notify that is no boolean", (("notify", 1),), INVALID, "Invalid data type",
         {**at("notify"), "expected_data_type": "boolean"}),
    Case("notify without value", (("notify", None),), INVALID, "please specify notify value",
         {**at("notify"), "expected_data_type": "boolean"}),
    Case("mappings that are no list", (("field_mappings", {}),), INVALID, "Invalid data type",
         {**at("field_mappings"), "expected_data_type": "jsonarray"}),
    Case("another type of mapping", ((f"{_SUBJECT}.type", "guess"),), INVALID, "Invalid data",
         {**mapping(0, "type"), "supported_values": ["static", "merge_field", "execution_time"]}),
    Case("an unknown module id", (("module", {"id": "1"}),), INVALID, "the tabId given seems to be invalid",
         at("id", "module.id")),
    Case("a module without tasks", (("module", {"api_name": "Users"}),), "INVALID_MODULE",
         "the module name given seems to be invalid", at("api_name", "module.api_name")),
    Case("an unknown field", ((f"{_SUBJECT}.field", {"id": "1"}),), INVALID, "the fieldId given seems to be invalid",
         mapping(0, "field.id")),
    Case("a field without a name", ((f"{_SUBJECT}.field", {}),), "EXPECTED_FIELD_MISSING",
         "Specify atleast one field",
         {"expected_fields": [misspelt(0, "field.id"), misspelt(0, "field.api_name")]}),
    Case("a field by two fields", ((f"{_SUBJECT}.field.id", "4876876000003000236"),), "AMBIGUITY_DURING_PROCESSING",
         "Ambiguity while processing the request",
         {"ambiguity_due_to": [misspelt(0, "field.id"), misspelt(0, "field.api_name")]}),
    Case("a fixed due date", ((_DUE, mapped("Due_Date", "2026-01-01")),), "DEPENDENT_MISMATCH",
         "Dependent Field is not matching", {"dependee": mapping(1, "field.api_name"), **mapping(1, "type")}),
    Case("a time for a text", ((_SUBJECT, mapped("Subject", DUE, "execution_time")),), "DEPENDENT_MISMATCH",
         "Dependent Field is not matching", {"dependee": mapping(0, "field.api_name"), **mapping(0, "type")}),
    Case("a value that does not fit", (("field_mappings.3.value", "Urgent!"),), "DEPENDENT_MISMATCH",
         "Type and value is mismatched", {"dependee": mapping(3, "type"), **mapping(3, "value")}),
    Case("a long subject", ((f"{_SUBJECT}.value", "x" * 151),), "DEPENDENT_MISMATCH", "the given value is invalid",
         {"dependee": misspelt(0, "field.api_name"), **misspelt(0, "value"), "maximum_length": 150}),
    Case("a value longer than the field", ((f"{_SUBJECT}.value", "x" * 256),), INVALID,
         "The length of the value exceeded the max limit", {**mapping(0, "value"), "maximum_length": 255}),
    Case("no subject", ((_SUBJECT, DROP),), "REQUIRED_DATA_NOT_FOUND", "The required data missing",
         {"sub_json_path": "field.api_name", "api_name": "api_name", "json_path": f"{T}.field_mappings",
          "value": "Subject"}),
    Case("a due date in hours", ((f"{_DUE}.value.period", "hours"),), INVALID, "Invalid date Period",
         mapping(1, "value.period")),
    Case("a due date of no sign", ((f"{_DUE}.value.sign", "about"),), INVALID, "please specify valid due date",
         misspelt(1, "value.sign")),
    Case("a due date with a time", ((f"{_DUE}.value.time", "10:00"),), INVALID,
         "The given value seems to be invalid", mapping(1, "value.time")),
    Case("an unknown token", (("field_mappings.4.value", "${!Leads.Shoe_Size}"),), INVALID,
         "Unsupported mergefield provided", mapping(4, "value")),
    Case("a token of a module that no lookup leads to", (("field_mappings.4.value", "${!Quotes.Subject}"),), INVALID,
         "Unsupported mergefield provided", mapping(4, "value")),
    Case("a token that is misspelt", (("field_mappings.4.value", "Dear ${Leads.Last_Name}"),), INVALID,
         "Unsupported mergefield provided", mapping(4, "value")),
]  # fmt: skip

OURS = [
    *(
        Case(f"a unique field by a {kind}", (("field_mappings.5", mapped(name, value, kind)),), INVALID,
             "the fieldId given seems to be invalid", mapping(5, "field.api_name"))
        for name, value, kind in (("Serial", "1", "static"), ("Serial", "${!Leads.Company}", "merge_field"),
                                  ("Moment", DUE, "execution_time"))
    ),
    Case("a contact who does not exist", (("field_mappings.5", mapped("Who_Id", {"id": "5"})),), "DEPENDENT_MISMATCH",
         "Type and value is mismatched", {"dependee": mapping(5, "type"), **mapping(5, "value")}),
    Case("a contact who is an account", (("field_mappings.5", mapped("Who_Id", {"id": str(ACCOUNT)})),),
         "DEPENDENT_MISMATCH", "Type and value is mismatched",
         {"dependee": mapping(5, "type"), **mapping(5, "value")}),
    Case("an unknown module name", (("module", {"api_name": "Leadz"}),), "INVALID_MODULE",
         "the module name given seems to be invalid", at("api_name", "module.api_name")),
    Case("a mandatory field without a value", ((f"{_SUBJECT}.value", ""),), "DEPENDENT_MISMATCH",
         "Type and value is mismatched", {"dependee": mapping(0, "type"), **mapping(0, "value")}),
    *(
        Case(f"an empty value for {name}", (("field_mappings.5", mapped(name, value)),), "DEPENDENT_MISMATCH",
             "Type and value is mismatched", {"dependee": mapping(5, "type"), **mapping(5, "value")})
        for name, value in (("Description", ""), ("Who_Id", {}))
    ),
    *(
        Case(f"{text!r} merged into {name}", (("field_mappings.5", mapped(name, text, "merge_field")),),
             "DEPENDENT_MISMATCH", "Type and value is mismatched",
             {"dependee": mapping(5, "type"), **mapping(5, "value")})
        for name, text in (("Who_Id", "Ada"), ("Owner", "${!Leads.Owner} and co"), ("Exchange_Rate", "5"),
                           ("Who_Id", "${CURRENTUSER}"), ("Exchange_Rate", "${CURRENTTIME}"), ("Owner", "${EMPTY}"),
                           ("What_Id", "${!Leads.id}"), ("Owner", "${!Leads.Owner.id}"))
    ),
    Case("an empty status", (("field_mappings.2.value", ""),), "DEPENDENT_MISMATCH",
         "Type and value is mismatched", {"dependee": mapping(2, "type"), **mapping(2, "value")}),
    Case("a field that takes no input", ((_SUBJECT, mapped("Created_Time", DUE, "execution_time")),), INVALID,
         "the fieldId given seems to be invalid", mapping(0, "field.api_name")),
    Case("a field mapped twice", (("field_mappings.5", mapped("Subject", "Again")),), "DUPLICATE_DATA",
         "duplicate data", mapping(5, "field")),
    Case("21 mappings", (("field_mappings", [mapped("Subject", "x")] * 21),), INVALID,
         "The field given seems to be invalid", {**at("field_mappings"), "maximum_length": 20}),
    Case("a unit that is none", ((f"{_DUE}.value.unit", "soon"),), INVALID, "Invalid data type",
         {**mapping(1, "value.unit"), "expected_data_type": "integer"}),
    Case("counted from a text", ((f"{_DUE}.value.trigger_field", "${!Leads.Company}"),), INVALID,
         "Unsupported mergefield provided", mapping(1, "value.trigger_field")),
    Case("a token that is no text", (("field_mappings.4.value", 5),), "DEPENDENT_MISMATCH",
         "Type and value is mismatched", {"dependee": mapping(4, "type"), **mapping(4, "value")}),
    Case("a repetition", (("field_mappings.5", mapped("Recurring_Activity", "x")),), "NOT_IMPLEMENTED",
         "this server does not run mappings of RRULE fields yet", mapping(5, "field.api_name")),
]  # fmt: skip


@pytest.mark.source("reference: automation F.6")
@pytest.mark.parametrize("case", DOCUMENTED, ids=lambda case: case.name)
def test_a_task_is_refused_as_documented(case: Case, ground: Ground) -> None:
    said = body_of(read(changed(TASK, *case.changes), ground))

    assert said == {"code": case.code, "message": case.message, "details": case.details, "status": "error"}


@pytest.mark.source("assumed: the service documents no answer")
@pytest.mark.parametrize("case", OURS, ids=lambda case: case.name)
def test_a_task_is_refused_in_our_own_words(case: Case, ground: Ground) -> None:
    said = body_of(read(changed(TASK, *case.changes), ground))

    assert said == {"code": case.code, "message": case.message, "details": case.details, "status": "error"}


@pytest.mark.source("reference: automation C24: the official sample has a name and another subject")
def test_the_name_need_not_be_the_subject(ground: Ground) -> None:
    assert accepted(changed(TASK, ("name", "NewTask")), ground)["name"] == "NewTask"


@pytest.mark.source("reference: automation C.2: a task is related to a record")
def test_a_task_is_related_to_records_that_exist(ground: Ground) -> None:
    related = (
        ("field_mappings.5", mapped("Who_Id", {"id": str(CONTACT)})),
        ("field_mappings.6", mapped("What_Id", {"id": str(ACCOUNT)})),
    )

    *_, who, what = accepted(changed(TASK, *related), ground)["field_mappings"]

    assert (who["value"], what["value"]) == ({"id": str(CONTACT)}, {"id": str(ACCOUNT)})


@pytest.mark.source("reference: automation C.2, A.3")
def test_a_task_is_shown_with_its_values_in_words(ground: Ground) -> None:
    reminder = {"period": "hours", "unit": 2, "sign": "minus", "trigger_field": "${!Tasks.Due_Date}"}
    raw = changed(
        TASK,
        ("field_mappings.5", mapped("Send_Notification_Email", True)),
        ("field_mappings.6", mapped("Owner", {"id": str(ground.agent.id)})),
        ("field_mappings.7", mapped("Remind_At", reminder, "execution_time")),
    )

    stored = accepted(raw, ground)
    shown = dump_task(stored, ground.catalog.by_name["Leads"], ground.facts, labelled=False)

    words = {each["field"]["api_name"]: (each["display_value"], each["value"]) for each in shown["field_mappings"]}
    assert words["Due_Date"] == ("Trigger Date plus 3 business day(s)", DUE)
    assert words["Subject"] == ("Call", "Call")
    assert words["Send_Notification_Email"] == ("true", "true")
    assert words["Owner"] == ("Jane Doe", {"name": "Jane Doe", "id": str(ground.agent.id)})
    assert words["Remind_At"][1] == {**reminder, "unit": "2", "notify_type": "popup"}
    assert accepted(shown, ground, stored) == stored


@pytest.mark.source("reference: automation B.4: business periods only where business hours are configured")
def test_business_days_need_business_hours(ground: Ground) -> None:
    ground.business_hours = False

    assert body_of(read(TASK, ground))["code"] == "FEATURE_DISABLED"


@pytest.mark.source("docs: updateWorkflowTaskById examples: what is mandatory")
@pytest.mark.parametrize("key", ["name", "module", "field_mappings"])
def test_a_change_says_a_task_anew(key: str, ground: Ground) -> None:
    stored = accepted(TASK, ground)

    said = body_of(read(changed(TASK, (key, DROP)), ground, stored))

    assert (said["code"], said["message"], said["details"]) == (MISSING, REQUIRED, at(key))


@pytest.mark.source("assumed: who says nothing of notify leaves it as it is")
def test_a_change_keeps_whether_the_owner_is_told(ground: Ground) -> None:
    stored = accepted(TASK, ground)

    assert accepted(changed(TASK, ("notify", DROP), ("name", "Two")), ground, stored) == {**stored, "name": "Two"}
