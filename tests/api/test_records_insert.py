"""POST /{Module}: what is kept, what is refused, and with which words."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.server import Crm

ADA = {"Last_Name": "Lovelace"}


@dataclass(frozen=True)
class Refused:
    """One row that is not kept, and why."""

    name: str
    row: dict[str, Any]
    code: str
    details: dict[str, Any]
    module: str = "Leads"
    message: str | None = None
    version: str = "v8"


def at(api_name: str, path: str | None = None, **more: Any) -> dict[str, Any]:
    """The position of a problem in the first row."""
    return {"api_name": api_name, "json_path": f"$.data[0].{path or api_name}", **more}


def wrong(api_name: str, expected: str, path: str | None = None) -> dict[str, Any]:
    """The details of a value of the wrong type."""
    return at(api_name, path, expected_data_type=expected)


REFUSED = [
    Refused("nothing mandatory", {"Company": "ABC"}, "MANDATORY_NOT_FOUND", at("Last_Name")),
    Refused("an empty mandatory text", {"Last_Name": ""}, "MANDATORY_NOT_FOUND", at("Last_Name")),
    Refused("a mandatory null", {"Last_Name": None}, "MANDATORY_NOT_FOUND", at("Last_Name")),
    Refused(
        "a number for a text", {"Last_Name": 5}, "INVALID_DATA", wrong("Last_Name", "text"), message="invalid data"
    ),
    Refused("a long text", {"Last_Name": "x" * 81}, "INVALID_DATA", at("Last_Name", maximum_length=80)),
    Refused("no address", {**ADA, "Email": "ada"}, "INVALID_DATA", wrong("Email", "email")),
    Refused("no phone number", {**ADA, "Phone": "+-"}, "INVALID_DATA", wrong("Phone", "phone")),
    Refused("no web address", {**ADA, "Website": "two words"}, "INVALID_DATA", wrong("Website", "website")),
    Refused("text for a number", {**ADA, "No_of_Employees": "5"}, "INVALID_DATA", wrong("No_of_Employees", "integer")),
    Refused("true for a number", {**ADA, "No_of_Employees": True}, "INVALID_DATA", wrong("No_of_Employees", "integer")),
    Refused(
        "too many digits", {**ADA, "No_of_Employees": 10**9}, "INVALID_DATA", at("No_of_Employees", maximum_length=9)
    ),
    Refused("text for money", {**ADA, "Annual_Revenue": "1"}, "INVALID_DATA", wrong("Annual_Revenue", "double")),
    Refused("text for a boolean", {**ADA, "Email_Opt_Out": "true"}, "INVALID_DATA", wrong("Email_Opt_Out", "boolean")),
    Refused(
        "no calendar day",
        {"Deal_Name": "D", "Stage": "Qualification", "Closing_Date": "2026-02-30"},
        "INVALID_DATA",
        wrong("Closing_Date", "date"),
        module="Deals",
    ),
    Refused(
        "no moment",
        {"Event_Title": "E", "Start_DateTime": "2026-01-01", "End_DateTime": "2026-01-01T10:00:00Z"},
        "INVALID_DATA",
        wrong("Start_DateTime", "datetime"),
        module="Events",
    ),
    Refused("a bare id", {**ADA, "Owner": "1"}, "INVALID_DATA", wrong("Owner", "jsonobject")),
    Refused(
        "nobody has that id",
        {**ADA, "Owner": {"id": "1"}},
        "INVALID_DATA",
        at("Owner"),
        message="the id given seems to be invalid",
    ),
    Refused(
        "a lookup to nothing",
        {"Last_Name": "C", "Account_Name": {"id": "123456789"}},
        "INVALID_DATA",
        at("Account_Name"),
        module="Contacts",
        message="the id given seems to be invalid",
    ),
    Refused(
        "an id of letters",
        {"Last_Name": "C", "Account_Name": {"id": "abc"}},
        "INVALID_DATA",
        at("Account_Name"),
        module="Contacts",
        message="the id given seems to be invalid",
    ),
    Refused("a layout that is none", {**ADA, "Layout": {"id": "5"}}, "INVALID_DATA", at("Layout")),
    Refused("tags that are no list", {**ADA, "Tag": "hot"}, "INVALID_DATA", wrong("Tag", "jsonarray")),
    Refused("a tag without a name", {**ADA, "Tag": [{}]}, "MANDATORY_NOT_FOUND", at("name", "Tag[0].name")),
    Refused(
        "a tag with a forbidden character", {**ADA, "Tag": [{"name": "a<b"}]}, "INVALID_DATA", at("name", "Tag[0].name")
    ),
    Refused(
        "eleven tags",
        {**ADA, "Tag": [{"name": f"t{i}"} for i in range(11)]},
        "LIMIT_EXCEEDED",
        at("Tag", limit=10),
    ),
    Refused(
        "a tag that does not exist",
        {**ADA, "Tag": [{"id": "77"}]},
        "INVALID_DATA",
        at("id", "Tag[0].id"),
        message="invalid tag id",
    ),
    Refused(
        "a probability above 100",
        {"Deal_Name": "D", "Stage": "Qualification", "Probability": 101},
        "INVALID_DATA",
        at("Probability"),
        module="Deals",
        message="Given Probability is not valid",
    ),
    Refused(
        "a stage that the pipeline does not have",
        {"Deal_Name": "D", "Stage": "Dreaming"},
        "MAPPING_MISMATCH",
        at("Stage", mapped_field=at("Pipeline")),
        module="Deals",
    ),
    Refused(
        "a pipeline that the layout does not have",
        {"Deal_Name": "D", "Stage": "Qualification", "Pipeline": "Other"},
        "MAPPING_MISMATCH",
        at("Pipeline", mapped_field=at("Layout")),
        module="Deals",
    ),
    Refused(
        "an event that ends before it starts",
        {"Event_Title": "E", "Start_DateTime": "2026-01-01T10:00:00Z", "End_DateTime": "2026-01-01T09:00:00Z"},
        "INVALID_DATA",
        at("End_DateTime"),
        module="Events",
        message="The field value given for End_DateTime is invalid",
    ),
    Refused(
        "a relation without its module",
        {"Subject": "T", "What_Id": {"id": "5"}},
        "DEPENDENT_FIELD_MISSING",
        at("$se_module", dependee=at("What_Id")),
        module="Tasks",
    ),
    Refused(
        "a relation to a module that is none",
        {"Subject": "T", "What_Id": {"id": "5"}, "$se_module": "Nothing"},
        "INVALID_DATA",
        at("$se_module"),
        module="Tasks",
    ),
    Refused(
        "a price book without ranges",
        {"Price_Book_Name": "P"},
        "MANDATORY_NOT_FOUND",
        at("Pricing_Details"),
        module="Price_Books",
    ),
    Refused(
        "a price range without its end",
        {"Price_Book_Name": "P", "Pricing_Details": [{"from_range": 1, "discount": 0}]},
        "MANDATORY_NOT_FOUND",
        at("to_range", "Pricing_Details[0].to_range"),
        module="Price_Books",
    ),
    Refused(
        "a rule of repetition that is none",
        {"Subject": "T", "Recurring_Activity": {"RRULE": "FREQ=SOMETIMES"}},
        "INVALID_DATA",
        {"api_name": "RRULE", "json_path": "$.data[0].Recurring_Activity.RRULE"},
        module="Tasks",
        message="The field value given for RRULE is invalid",
    ),
    Refused(
        "v2 says no path",
        {**ADA, "No_of_Employees": "5"},
        "INVALID_DATA",
        {"expected_data_type": "integer", "api_name": "No_of_Employees"},
        version="v2",
    ),
]


@pytest.mark.source("reference: platform C.1, C.2, C.11, C.15, G.4; docs: createRecords examples")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_row_is_refused(case: Refused, crm: Crm) -> None:
    reply = crm.post(case.module, {"data": [case.row]}, version=case.version)

    (element,) = reply.json["data"]
    assert (element["code"], element["details"]) == (case.code, case.details)
    assert element["status"] == "error"
    assert case.message in (None, element["message"])
    assert reply.status == (202 if case.version == "v2" else 400)
    assert crm.get(case.module, {"fields": "id"}).status == 204


@dataclass(frozen=True)
class Kept:
    """One row that is kept, and what it reads as."""

    name: str
    row: dict[str, Any]
    shown: dict[str, Any]
    module: str = "Leads"
    version: str = "v8"


KEPT = [
    Kept("the name is made of its parts", {"First_Name": "Ada", **ADA}, {"Full_Name": "Ada Lovelace"}),
    Kept("no pick", {**ADA, "Rating": "-None-"}, {"Rating": None}),
    Kept("a pick nobody knew", {**ADA, "Rating": "Very hot"}, {"Rating": "Very hot"}),
    Kept("unknown and read-only fields are ignored", {**ADA, "Wrong": 1, "Full_Name": "X"}, {"Full_Name": "Lovelace"}),
    Kept("keys of the system are ignored", {**ADA, "$approved": True, "$anything": {}}, {"Last_Name": "Lovelace"}),
    Kept(
        "stamps of the client are ignored", {**ADA, "Created_Time": "x"}, {"Created_Time": "2026-01-05T09:00:00+00:00"}
    ),
    Kept("a boolean is never empty", {**ADA, "Email_Opt_Out": None}, {"Email_Opt_Out": False}),
    Kept("money is rounded to its places", {**ADA, "Annual_Revenue": 10.006}, {"Annual_Revenue": 10.01}),
    Kept("a whole amount has no point", {**ADA, "Annual_Revenue": 10.0}, {"Annual_Revenue": 10}),
    Kept(
        "a display value becomes the actual one",
        {"Deal_Name": "D", "Stage": "Identify Decision Makers"},
        {"Stage": "Id. Decision Makers", "Probability": 60},
        module="Deals",
    ),
    Kept(
        "what a deal takes from its stage",
        {"Deal_Name": "D", "Stage": "Qualification", "Amount": 250},
        {"Probability": 10, "Expected_Revenue": 25, "Pipeline": "Standard (Standard)"},
        module="Deals",
    ),
    Kept("a bigint", {"Account_Name": "A", "Account_Number": "10023"}, {"Account_Number": 10023}, module="Accounts"),
    Kept(
        "a bigint is text in v2",
        {"Account_Name": "A", "Account_Number": 10023},
        {"Account_Number": "10023"},
        module="Accounts",
        version="v2",
    ),
    Kept(
        "a recurrence is put in order",
        {"Subject": "T", "Recurring_Activity": {"RRULE": "INTERVAL=10;UNTIL=2026-08-14;FREQ=DAILY;DTSTART=2026-07-03"}},
        {"Recurring_Activity": {"RRULE": "FREQ=DAILY;INTERVAL=10;UNTIL=2026-08-14;DTSTART=2026-07-03"}},
        module="Tasks",
    ),
    Kept(
        "a task that is done",
        {"Subject": "T", "Status": "Completed"},
        {"Closed_Time": "2026-01-05T09:00:00+00:00"},
        module="Tasks",
    ),
    Kept("a new task waits", {"Subject": "T"}, {"Status": "Not Started", "Closed_Time": None}, module="Tasks"),
    Kept(
        "an auto-number",
        {"Subject": "C", "Status": "New", "Case_Origin": "Email"},
        {"Case_Number": "1"},
        module="Cases",
    ),
    Kept(
        "price ranges",
        {
            "Price_Book_Name": "P",
            "Pricing_Model": "Flat",
            "Pricing_Details": [{"from_range": 1, "to_range": 9, "discount": 5}],
        },
        {"Pricing_Details": [{"from_range": 1, "to_range": 9, "discount": 5}]},
        module="Price_Books",
    ),
]


@pytest.mark.source("reference: platform B.4, C.1, C.2, C.11")
@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.name)
def test_a_row_is_kept(case: Kept, crm: Crm) -> None:
    reply = crm.post(case.module, {"data": [case.row]}, version=case.version)
    assert (reply.status, reply.codes()) == (201, ["SUCCESS"])

    (record,) = crm.get(f"{case.module}/{reply.details()['id']}", version=case.version).json["data"]
    assert {name: record[name] for name in case.shown} == case.shown


@pytest.mark.source("reference: platform C.1; docs: createRecords examples")
def test_a_kept_row_answers_with_its_stamps(crm: Crm) -> None:
    reply = crm.post("Leads", {"data": [ADA]})

    me = {"name": crm.user.full_name, "id": str(crm.user.id)}
    (element,) = reply.json["data"]
    record_id = element["details"].pop("id")
    assert element == {
        "code": "SUCCESS",
        "details": {
            "Created_Time": "2026-01-05T09:00:00+00:00",
            "Modified_Time": "2026-01-05T09:00:00+00:00",
            "Created_By": me,
            "Modified_By": me,
            "$approval_state": "approved",
        },
        "message": "record added",
        "status": "success",
    }
    assert len(record_id) == 19
    assert record_id.isdecimal()


@pytest.mark.source("reference: platform B.5, B.6")
def test_a_bad_row_does_not_stop_its_neighbours(crm_on: Crm) -> None:
    reply = crm_on.post("Leads", {"data": [ADA, {}, 7, {**ADA, "Email": 1}, {"Last_Name": "Babbage"}]})

    assert reply.status == 207
    assert reply.codes() == ["SUCCESS", "MANDATORY_NOT_FOUND", "INVALID_DATA", "INVALID_DATA", "SUCCESS"]
    assert reply.details(index=2) == {"expected_data_type": "jsonobject", "api_name": "data", "json_path": "$.data[2]"}
    names = [row["Last_Name"] for row in crm_on.get("Leads", {"fields": "Last_Name"}).json["data"]]
    assert sorted(names) == ["Babbage", "Lovelace"]


#: What no database keeps, as a client writes it, and the field and the type that the refusal names.
UNREADABLE = [
    (b'"Last_Name": "\\ud83d"', "Last_Name", {"expected_data_type": "text"}),
    (b'"Last_Name": "L", "Email": "a\\u0000@b.co"', "Email", {"expected_data_type": "email"}),
    (b'"Last_Name": "L", "Description": "x\xe9"', "Description", {"expected_data_type": "text"}),
    (b'"Last_Name": "L", "Annual_Revenue": 1e999', "Annual_Revenue", {"expected_data_type": "double"}),
    (b'"Last_Name": "L", "No_of_Employees": ' + b"1" * 5000, "No_of_Employees", {"expected_data_type": "integer"}),
    (b'"Last_Name": "L", "Owner": {"id": "\\udc00"}', "Owner", {}),
    (b'"Last_Name": "L", "Email_Opt_Out": {"\\udc00": 1}', "Email_Opt_Out", {"expected_data_type": "boolean"}),
]


@pytest.mark.source("reference: platform B.5, B.6")
@pytest.mark.parametrize(("row", "name", "why"), UNREADABLE, ids=lambda part: str(part)[:50])
def test_a_value_that_cannot_be_kept_is_a_refused_row(row: bytes, name: str, why: dict[str, Any], crm_on: Crm) -> None:
    rows = b'[{"Last_Name": "Before"}, {' + row + b'}, {"Last_Name": "After"}]'
    refusal = {**why, "api_name": name, "json_path": f"$.data[1].{name}"}

    inserted = crm_on.post("Leads", b'{"data": ' + rows + b"}")
    upserted = crm_on.post("Leads/upsert", b'{"data": ' + rows + b', "duplicate_check_fields": ["Email"]}')

    for reply in (inserted, upserted):
        assert (reply.status, reply.codes()) == (207, ["SUCCESS", "INVALID_DATA", "SUCCESS"])
        assert reply.details(index=1) == refusal
    kept = [row["Last_Name"] for row in crm_on.get("Leads", {"fields": "Last_Name"}).json["data"]]
    assert kept == ["After", "Before"] * 2


@pytest.mark.source("reference: platform B.5, B.6")
def test_a_row_with_a_name_that_cannot_be_kept_is_refused(crm: Crm) -> None:
    reply = crm.post("Leads", b'{"data": [{"Last_Name": "L", "\\ud83d": 1}, {"Last_Name": "Kept"}]}')

    assert (reply.status, reply.codes()) == (207, ["INVALID_DATA", "SUCCESS"])
    assert reply.details() == {"expected_data_type": "jsonobject", "api_name": "data", "json_path": "$.data[0]"}


@pytest.mark.source("reference: platform B.6, I.3")
def test_all_that_is_wrong_with_a_row_is_said_at_once_in_v8(crm: Crm) -> None:
    row = {"Email": "x", "No_of_Employees": "y"}

    (element,) = crm.post("Leads", {"data": [row]}).json["data"]
    (first,) = crm.post("Leads", {"data": [row]}, version="v7").json["data"]

    assert element["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    assert element["message"] == "Multiple errors in the request"
    assert [(e["code"], e["details"]["api_name"]) for e in element["details"]["errors"]] == [
        ("MANDATORY_NOT_FOUND", "Last_Name"),
        ("INVALID_DATA", "Email"),
        ("INVALID_DATA", "No_of_Employees"),
    ]
    assert (first["code"], first["details"]["api_name"]) == ("MANDATORY_NOT_FOUND", "Last_Name")


@pytest.mark.source("reference: platform C.1")
def test_a_layout_that_is_named_asks_for_its_own_mandatory_fields(crm: Crm) -> None:
    (layout,) = crm.get("settings/layouts", {"module": "Leads"}).json["layouts"]
    named = {**ADA, "Layout": {"id": layout["id"]}}

    refused = crm.post("Leads", {"data": [named]})
    kept = crm.post("Leads", {"data": [{**named, "Company": "ABC"}]})

    assert (refused.codes(), refused.details()["api_name"]) == (["MANDATORY_NOT_FOUND"], "Company")
    assert kept.codes() == ["SUCCESS"]


@pytest.mark.source("reference: platform C.1")
def test_a_new_record_belongs_to_the_caller_or_to_whom_the_request_names(crm: Crm) -> None:
    mine = {**ADA, "Owner": {"id": str(crm.user.id), "name": "whatever"}}
    reply = crm.post("Leads", {"data": [ADA, mine]})

    owners = [row["Owner"]["id"] for row in crm.get("Leads", {"fields": "Owner"}).json["data"]]
    assert reply.status == 201
    assert owners == [str(crm.user.id)] * 2


@dataclass(frozen=True)
class Whole:
    """A request that is refused before its rows are looked at."""

    name: str
    body: Any
    status: int
    code: str
    details: dict[str, Any]
    wrapped: bool = False
    version: str = "v8"
    module: str = "Leads"
    absent: dict[str, Any] = field(default_factory=dict)


def rows(count: int) -> list[dict[str, Any]]:
    """So many good rows."""
    return [ADA] * count


TOO_MANY = {"maximum_length": 100, "api_name": "data"}
TRIGGERS = ["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
APPLICABLE = [
    "layout_rules",
    "range_validation",
    "assignment_rules",
    "function_validation_rule",
    "criteria_validation_rule",
    "global_map_dependency",
    "territory_subordinates",
]

WHOLE = [
    Whole("101 rows", {"data": rows(101)}, 400, "LIMIT_EXCEEDED", TOO_MANY, wrapped=True),
    Whole("101 rows in v2", {"data": rows(101)}, 400, "LIMIT_EXCEEDED", TOO_MANY, version="v2"),
    Whole("no rows", {"data": []}, 400, "MANDATORY_NOT_FOUND", {"api_name": "data", "json_path": "$.data"}),
    Whole("no wrapper", {"rows": rows(1)}, 400, "MANDATORY_NOT_FOUND", {"api_name": "data", "json_path": "$.data"}),
    Whole("no body", None, 400, "MANDATORY_NOT_FOUND", {"api_name": "data", "json_path": "$.data"}),
    Whole(
        "an object for the rows",
        {"data": ADA},
        400,
        "INVALID_DATA",
        {"expected_data_type": "jsonarray", "api_name": "data", "json_path": "$.data"},
    ),
    Whole("no JSON", b'{"data":', 400, "INVALID_DATA", {"expected_data_type": "jsonobject"}),
    Whole("an array", [ADA], 400, "INVALID_DATA", {"expected_data_type": "jsonobject"}),
    Whole(
        "an automation that is none",
        {"data": rows(1), "trigger": ["workflow", "magic"]},
        400,
        "INVALID_DATA",
        {"supported_values": TRIGGERS, "api_name": "trigger", "json_path": "$.trigger[1]"},
        wrapped=True,
    ),
    Whole(
        "a trigger that is no list",
        {"data": rows(1), "trigger": "workflow"},
        400,
        "INVALID_DATA",
        {"expected_data_type": "jsonarray", "api_name": "trigger", "json_path": "$.trigger"},
        wrapped=True,
    ),
    Whole(
        "a feature that is none",
        {"data": rows(1), "apply_feature_execution": [{"name": "magic"}]},
        400,
        "INVALID_DATA",
        {"supported_values": APPLICABLE, "api_name": "name", "json_path": "$.apply_feature_execution[0].name"},
        wrapped=True,
    ),
    Whole(
        "a feature without a name",
        {"data": rows(1), "skip_feature_execution": [{}]},
        400,
        "MANDATORY_NOT_FOUND",
        {"api_name": "name", "json_path": "$.skip_feature_execution[0].name"},
        wrapped=True,
    ),
    Whole(
        "an assignment rule that is no id",
        {"data": rows(1), "lar_id": "abc"},
        400,
        "INVALID_DATA",
        {"api_name": "lar_id", "json_path": "$.lar_id"},
        wrapped=True,
    ),
    Whole(
        "an assignment rule, of which there are none",
        {"data": rows(1), "lar_id": "4876876000000000001"},
        400,
        "INVALID_DATA",
        {"api_name": "lar_id", "json_path": "$.lar_id"},
        wrapped=True,
    ),
    Whole(
        "no such module",
        {"data": rows(1)},
        400,
        "INVALID_MODULE",
        {"resource_path_index": 0},
        module="Nothing",
        wrapped=True,
    ),
    Whole(
        "the case of a module counts",
        {"data": rows(1)},
        400,
        "INVALID_MODULE",
        {"resource_path_index": 0},
        module="leads",
        wrapped=True,
    ),
    Whole(
        "rows of a subform",
        {"data": rows(1)},
        400,
        "INVALID_MODULE",
        {"resource_path_index": 0},
        module="Quoted_Items",
        wrapped=True,
    ),
    Whole(
        "users have their own endpoint",
        {"data": rows(1)},
        400,
        "INVALID_MODULE",
        {"resource_path_index": 0},
        module="Users",
        wrapped=True,
    ),
    Whole(
        "a module we do not serve",
        {"data": rows(1)},
        501,
        "NOT_IMPLEMENTED",
        {"resource_path_index": 0},
        module="Visits",
    ),
]


@pytest.mark.source("reference: platform B.2, B.6, C.1, G.3")
@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
def test_a_request_is_refused_whole(case: Whole, crm: Crm) -> None:
    reply = crm.post(case.module, case.body, version=case.version)

    problem = reply.json["data"][0] if case.wrapped else reply.json
    assert (reply.status, problem["code"], problem["details"]) == (case.status, case.code, case.details)
    assert crm.get("Leads", {"fields": "id"}).status == 204


@pytest.mark.source("reference: platform C.1")
def test_a_hundred_rows_are_kept(crm_on: Crm) -> None:
    reply = crm_on.post("Leads", {"data": rows(100), "trigger": []})

    assert (reply.status, set(reply.codes())) == (201, {"SUCCESS"})
    assert len({row["details"]["id"] for row in reply.json["data"]}) == 100
    assert crm_on.get("Leads", {"fields": "id"}).json["info"]["count"] == 100
