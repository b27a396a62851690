"""What a field update may say, and how it is refused."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from kaizen.automation.payload.actions.action_body import ActionBody
from kaizen.automation.payload.actions.field_update import dump_field_update, read_field_update
from kaizen.json_body.json_path import item
from kaizen.model.catalog import Catalog, Field
from kaizen.vocabulary.data_types import DataType
from tests.support.automation import Ground, body_of
from tests.support.rule_payloads import DROP, changed

F = "$.field_updates[0]"
ACCOUNT, CONTACT = 4876876000700000001, 4876876000700000002
STAGE: dict[str, Any] = {
    "name": "To qualification",
    "module": {"api_name": "Deals"},
    "field": {"api_name": "Stage"},
    "value": "Qualification",
    "type": "static",
    "feature_type": "workflow",
}


@pytest.fixture
def ground() -> Ground:
    """An organisation with a multi-select and a unique field on deals."""
    ground = Ground(records={("Accounts", ACCOUNT), ("Contacts", CONTACT)})
    deals = ground.catalog.by_name["Deals"]
    extra = (
        Field(91, "Colours", "Colours", DataType.MULTISELECTPICKLIST, "colours", custom=True),
        Field(92, "Serial", "Serial", DataType.TEXT, "serial", custom=True, unique=True),
        Field(93, "Score", "Score", DataType.INTEGER, "score", length=9, custom=True),
    )
    wider = replace(deals, fields=(*deals.fields, *extra))
    modules = tuple(wider if module is deals else module for module in ground.catalog.modules)
    ground.catalog = Catalog(2, modules)
    return ground


def read(raw: Any, ground: Ground, stored: dict[str, Any] | None = None) -> Any:
    return read_field_update(raw, stored, ground.facts, item("field_updates"))


def accepted(raw: Any, ground: Ground, stored: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the stored body of a field update that is accepted."""
    found = read(raw, ground, stored)
    assert isinstance(found, ActionBody), body_of(found)
    return found.body


def at(api_name: str, path: str = "") -> dict[str, Any]:
    return {"api_name": api_name, "json_path": f"{F}.{path or api_name}"}


@dataclass(frozen=True)
class Case:
    name: str
    changes: tuple[tuple[str, Any], ...]
    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)


INVALID, MISSING, REQUIRED = "INVALID_DATA", "MANDATORY_NOT_FOUND", "Required field is missing"
NOT_SUPPORTED = "This key is not supported for this particular action"
OWNER = (("field", {"api_name": "Owner"}), ("value", {"id": "4876876000009000003"}))
PIPELINE = (("field", {"api_name": "Pipeline"}), ("value", "Standard (Standard)"))

DOCUMENTED = [
    Case("no name", (("name", DROP),), MISSING, REQUIRED, at("name")),
    Case("no module", (("module", DROP),), MISSING, REQUIRED, at("module")),
    Case("no field", (("field", DROP),), MISSING, REQUIRED, at("field")),
    Case("no value", (("value", DROP),), MISSING, REQUIRED, at("value")),
    Case("no type", (("type", DROP),), MISSING, REQUIRED, at("type")),
    Case("a name that is no text", (("name", 1),), INVALID, "Invalid data type",
         {**at("name"), "expected_data_type": "text"}),
    Case("a name that is too long", (("name", "x" * 256),), INVALID, "Invalid data",
         {**at("name"), "maximum_length": 255}),
    Case("a module that is no object", (("module", "Deals"),), INVALID, "Invalid data type",
         {**at("module"), "expected_data_type": "jsonobject"}),
    Case("a module id that is no id", (("module", {"id": True}),), INVALID, "Invalid data type",
         {**at("id", "module.id"), "expected_data_type": "bigint"}),
    Case("a field that is no object", (("field", "Stage"),), INVALID, "Invalid data type",
         {**at("field"), "expected_data_type": "jsonobject"}),
    Case("another type", (("type", "dynamic"),), INVALID, "Invalid data",
         {**at("type"), "supported_values": ["static"]}),
    Case("another update type", (("update_type", "mix"),), INVALID, "Invalid data",
         {**at("update_type"), "supported_values": ["overwrite", "append"]}),
    Case("another feature", (("feature_type", "action"),), INVALID, "Invalid data",
         {**at("feature_type"), "supported_values": ["workflow"]}),
    Case("notify that is no boolean", (("notify", "yes"),), INVALID, "Invalid data type",
         {**at("notify"), "expected_data_type": "boolean"}),
    Case("dependent fields that are no list", (*PIPELINE, ("dependent_fields", {})), INVALID, "Invalid data type",
         {**at("dependent_fields"), "expected_data_type": "jsonarray"}),
    Case("a module by two modules", (("module", {"api_name": "Deals", "id": "4876876000000002175"}),),
         "AMBIGUITY_DURING_PROCESSING", "The given moduleid seems to be invalid",
         {"ambiguity_due_to": [at("id", "module.id"), at("api_name", "module.api_name")]}),
    Case("a field by two fields", (("field", {"api_name": "Stage", "id": "4876876000003000182"}),),
         "AMBIGUITY_DURING_PROCESSING", "The field api name seems to be invalid",
         {"ambiguity_due_to": [at("id", "field.id"), at("api_name", "field.api_name")]}),
    Case("notify for another field than the owner", (("notify", True),), "NOT_ALLOWED", NOT_SUPPORTED, at("notify")),
    Case("related records for another field than the owner", (("related_records", [{"api_name": "Events"}]),),
         "NOT_ALLOWED", NOT_SUPPORTED, at("related_records")),
    Case("a threshold for another field than the owner", (("apply_assignment_threshold", True),),
         "NOT_ALLOWED", NOT_SUPPORTED, at("apply_assignment_threshold")),
    Case("a threshold where there are none",
         (*OWNER, ("notify", False), ("related_records", None), ("apply_assignment_threshold", True)),
         "NOT_ALLOWED", NOT_SUPPORTED, at("apply_assignment_threshold")),
    Case("an owner without related records", (*OWNER, ("notify", True)), "DEPENDENT_FIELD_MISSING",
         "Dependent Field missing", {"dependee": at("field"), **at("related_records")}),
    Case("an owner without notify", (*OWNER, ("related_records", None)), "DEPENDENT_FIELD_MISSING",
         "Dependent Field missing", {"dependee": at("field"), **at("notify")}),
    Case("a pipeline without its stage", PIPELINE, "DEPENDENT_FIELD_MISSING", "Dependent Field missing",
         {"dependee": at("field"), **at("dependent_fields")}),
    Case("a dependent without field", (*PIPELINE, ("dependent_fields", [{"value": "Qualification"}])), MISSING,
         REQUIRED, at("field", "dependent_fields[0].field")),
    Case("a dependent without value", (*PIPELINE, ("dependent_fields", [{"field": {"api_name": "Stage"}}])), MISSING,
         REQUIRED, at("value", "dependent_fields[0].value")),
    Case("a value that is none of the field's", (("value", "Somewhere"),), "DEPENDENT_MISMATCH",
         "Dependent Field is not matching", {"dependee": at("field"), **at("value")}),
    Case("a lookup to a record that does not exist",
         (("field", {"api_name": "Account_Name"}), ("value", {"id": "123"})), "DEPENDENT_MISMATCH",
         "Dependent Field is not matching", {"dependee": at("field"), **at("value")}),
    Case("a lookup to a record of another module",
         (("field", {"api_name": "Account_Name"}), ("value", {"id": str(CONTACT)})), "DEPENDENT_MISMATCH",
         "Dependent Field is not matching", {"dependee": at("field"), **at("value")}),
    Case("a value of the wrong kind", (("field", {"api_name": "Amount"}), ("value", [1])), "DEPENDENT_MISMATCH",
         "Dependent Field is not matching", {"dependee": at("field"), **at("value")}),
]  # fmt: skip

OURS = [
    *(
        Case(f"{key} {value!r} for another field", ((key, value),), "NOT_ALLOWED", NOT_SUPPORTED, at(key))
        for key, value in (("related_records", []), ("notify", None), ("apply_assignment_threshold", None))
    ),
    *(
        Case(f"{value!r} for a mandatory field", (("field", {"api_name": name}), ("value", value)),
             "DEPENDENT_MISMATCH", "Dependent Field is not matching", {"dependee": at("field"), **at("value")})
        for name, value in (("Stage", None), ("Stage", "-None-"), ("Deal_Name", None), ("Deal_Name", ""))
    ),
    *(
        Case(f"{value!r} as text, which {name} cannot hold", (("field", {"api_name": name}), ("value", value)),
             "DEPENDENT_MISMATCH", "Dependent Field is not matching", {"dependee": at("field"), **at("value")})
        for name, value in (("Amount", "1" + "0" * 16), ("Amount", "9999999999999999.995"), ("Amount", "1e20"),
                            ("Score", "12.5"), ("Score", "1000000000"), ("Probability", "101"))
    ),
    Case("a pipeline that clears its stage",
         (*PIPELINE, ("dependent_fields", [{"field": {"api_name": "Stage"}, "value": None}])), "DEPENDENT_MISMATCH",
         "Dependent Field is not matching",
         {"dependee": at("field", "dependent_fields[0].field"), **at("value", "dependent_fields[0].value")}),
    Case("an unknown module", (("module", {"api_name": "Dealz"}),), INVALID,
         "the module name given seems to be invalid", at("module")),
    Case("an unknown field", (("field", {"api_name": "Stages"}),), INVALID, "The field given seems to be invalid",
         at("field")),
    Case("a unique field", (("field", {"api_name": "Serial"}), ("value", "1")), INVALID,
         "The field given seems to be invalid", at("field")),
    Case("a field that the server computes", (("field", {"api_name": "Expected_Revenue"}), ("value", 1)), INVALID,
         "The field given seems to be invalid", at("field")),
    Case("a multi-select without a word how", (("field", {"api_name": "Colours"}), ("value", ["red"])),
         "DEPENDENT_FIELD_MISSING", "Dependent Field missing", {"dependee": at("field"), **at("update_type")}),
    Case("an unknown owner", (("field", {"api_name": "Owner"}), ("value", {"id": "5"}), ("notify", False),
                              ("related_records", None)),
         "DEPENDENT_MISMATCH", "Dependent Field is not matching", {"dependee": at("field"), **at("value")}),
    Case("a stage that brings another", (("dependent_fields", [{"field": {"api_name": "Type"}, "value": "x"}]),),
         "DEPENDENT_MISMATCH", "Dependent Field is not matching", {"dependee": at("field"), **at("dependent_fields")}),
    Case("another dependent than the stage", (*PIPELINE, ("dependent_fields", [
        {"field": {"api_name": "Type"}, "value": "New Business"}])), "DEPENDENT_MISMATCH",
        "Dependent Field is not matching", {"dependee": at("field"), **at("field", "dependent_fields[0].field")}),
    Case("a related module", (("related_module", {"api_name": "Notes"}),), "NOT_IMPLEMENTED",
         "this server does not run actions on a related module yet", at("related_module")),
]  # fmt: skip


@pytest.mark.source("reference: automation F.5")
@pytest.mark.parametrize("case", DOCUMENTED, ids=lambda case: case.name)
def test_a_field_update_is_refused_as_documented(case: Case, ground: Ground) -> None:
    said = body_of(read(changed(STAGE, *case.changes), ground))

    assert said == {"code": case.code, "message": case.message, "details": case.details, "status": "error"}


@pytest.mark.source("assumed: the service documents no answer")
@pytest.mark.parametrize("case", OURS, ids=lambda case: case.name)
def test_a_field_update_is_refused_in_our_own_words(case: Case, ground: Ground) -> None:
    said = body_of(read(changed(STAGE, *case.changes), ground))

    assert said == {"code": case.code, "message": case.message, "details": case.details, "status": "error"}


@dataclass(frozen=True)
class Value:
    name: str
    field: str
    value: Any
    stored: Any
    extra: tuple[tuple[str, Any], ...] = ()


VALUES = [
    Value("null clears", "Next_Step", None, None),
    Value("text", "Next_Step", "Call", "Call"),
    Value("a whole number as text", "Score", "50", 50),
    Value("a number as text with more decimals than the field", "Amount", "-1.005", Decimal("-1.01")),
    Value("money as a number", "Amount", 10, 10.0),
    Value("a date", "Closing_Date", "2026-01-31", "2026-01-31"),
    Value("several added", "Colours", ["red", "blue"], ["red", "blue"], (("update_type", "append"),)),
    Value("a record", "Account_Name", {"id": str(ACCOUNT), "name": "any"}, {"id": str(ACCOUNT)}),
    Value("a user", "Owner", {"id": "4876876000009000003", "name": "any"}, {"id": "4876876000009000003"},
          (("notify", True), ("related_records", None))),
]  # fmt: skip


@pytest.mark.source("reference: automation C.1")
@pytest.mark.parametrize("case", VALUES, ids=lambda case: case.name)
def test_a_value_is_kept(case: Value, ground: Ground) -> None:
    raw = changed(STAGE, ("field", {"api_name": case.field}), ("value", case.value), *case.extra)

    assert accepted(raw, ground)["value"] == case.stored


@pytest.mark.source("reference: automation C.1")
def test_a_pipeline_brings_its_stage(ground: Ground) -> None:
    follower = {"field": {"api_name": "Stage"}, "value": "Qualification"}

    body = accepted(changed(STAGE, *PIPELINE, ("dependent_fields", [follower])), ground)

    stage = {"api_name": "Stage", "id": ground.id_of("Deals", "Stage")}
    assert body["dependent_fields"] == [{"field": stage, "value": "Qualification"}]


@pytest.mark.source("assumed: an update merges, as for rules")
def test_a_change_keeps_what_it_does_not_mention(ground: Ground) -> None:
    stored = accepted(STAGE, ground)

    body = accepted({"name": "Renamed", "field": STAGE["field"]}, ground, stored)

    assert body == {**stored, "name": "Renamed"}


@pytest.mark.source("assumed: the value belongs to the field")
def test_another_field_needs_its_own_value(ground: Ground) -> None:
    stored = accepted(STAGE, ground)

    said = body_of(read({"field": {"api_name": "Amount"}}, ground, stored))

    assert (said["code"], said["details"]) == (MISSING, at("value"))


@pytest.mark.source("assumed: rules of its module name it")
def test_the_module_never_changes(ground: Ground) -> None:
    stored = accepted(STAGE, ground)

    said = body_of(read({"module": {"api_name": "Leads"}, "field": STAGE["field"]}, ground, stored))

    assert (said["code"], said["message"]) == ("NOT_ALLOWED", "The module cannot be changed")


@pytest.mark.source("reference: automation C.1: the GET item")
def test_what_get_shows_can_be_sent_back(ground: Ground) -> None:
    for raw in (STAGE, changed(STAGE, *OWNER, ("notify", True), ("related_records", None))):
        stored = accepted(raw, ground)
        shown = dump_field_update(stored, ground.catalog.by_name["Deals"], ground.facts, whole=True)

        assert shown["field"]["ui_type"] is not None
        assert shown["module"]["singular_label"] == "Deal"
        assert accepted(shown, ground, stored) == stored
