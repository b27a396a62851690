"""Field metadata, custom fields, and pick lists that grow."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.server import Crm

LEADS = {"module": "Leads"}
#: Containers that clients index into.
CONTAINERS = {
    "unique": dict,
    "lookup": dict,
    "multiselectlookup": dict,
    "multi_module_lookup": dict,
    "formula": dict,
    "currency": dict,
    "auto_number": dict,
    "rollup_summary": dict,
    "pick_list_values": list,
    "convert_mapping": dict,
    "view_type": dict,
    "operation_type": dict,
    "profiles": list,
    "layout_associations": list,
}
JSON_TYPES = {"string", "integer", "double", "boolean", "jsonobject", "jsonarray"}


def fields(crm: Crm, module: str, version: str = "v8") -> dict[str, dict[str, Any]]:
    reply = crm.get("settings/fields", {"module": module}, version=version)
    return {field["api_name"]: field for field in reply.json["fields"]}


def make(crm: Crm, *rows: dict[str, object], module: str = "Leads") -> list[str]:
    reply = crm.post("settings/fields", {"fields": list(rows)}, {"module": module})
    assert reply.status == 201, reply.content
    return [row["details"]["id"] for row in reply.json["fields"]]


def member(crm: Crm) -> str:
    """Return the token of a user who is no administrator."""
    standard = crm.get("settings/profiles").json["profiles"][1]["id"]
    role = crm.get("settings/roles").json["roles"][1]["id"]
    row = {"last_name": "Byron", "email": "ada@example.com", "role": role, "profile": standard}
    user_id = crm.post("users", {"users": [row]}).details("users")["id"]
    crm.control("POST", f"users/{user_id}/confirm")
    return crm.token("ZohoCRM.settings.ALL", user_id=int(user_id))


@pytest.mark.source("reference: platform E.2, B.12 7")
@pytest.mark.parametrize("version", ["v2", "v2.1", "v8"])
@pytest.mark.parametrize("module", ["Leads", "Deals", "Events", "Quotes", "Notes", "Users"])
def test_containers_are_never_null(crm: Crm, module: str, version: str) -> None:
    for name, shown in fields(crm, module, version).items():
        for key, kind in CONTAINERS.items():
            assert isinstance(shown[key], kind), (name, key)
        assert shown["json_type"] in JSON_TYPES
        assert isinstance(shown["length"], int)
        assert shown["view_type"].keys() == {"view", "edit", "create", "quick_create"}


@pytest.mark.source("reference: modules.json")
def test_metadata_says_what_a_field_is(crm: Crm) -> None:
    leads = fields(crm, "Leads")

    assert len(leads) == 65
    assert leads["Company"]["length"] == 200
    assert leads["Company"]["convert_mapping"] == {"Contacts": None, "Deals": None, "Accounts": "Account_Name"}
    assert leads["Last_Name"]["system_mandatory"] is True
    assert leads["Company"]["system_mandatory"] is False
    assert leads["Full_Name"]["display_field"] is True
    assert set(leads["Full_Name"]["operation_type"].values()) == {False}
    assert set(leads["Email"]["operation_type"].values()) == {True}
    assert leads["Annual_Revenue"]["currency"] == {"rounding_option": "normal", "precision": 2}
    assert leads["Annual_Revenue"]["json_type"] == "double"
    assert leads["Tag"]["json_type"] == "jsonarray"


#: The keys of every field, whatever its data type.
KEYS = """
id api_name field_label display_label data_type json_type length decimal_place ui_type display_type generated_type
type system_mandatory required read_only field_read_only custom_field visible virtual_field webhook searchable
sortable filterable mass_update separator display_field operation_type view_type unique default_value
pick_list_values pick_list_values_sorted_lexically enable_colour_code colour_code_enabled_by_system
global_picklist lookup multiselectlookup multiuserlookup multi_module_lookup formula currency auto_number
rollup_summary association_details associated_module convert_mapping crypt external private
hipaa_compliance_enabled hipaa_compliance tooltip history_tracking history_tracking_enabled created_source
created_time modified_time businesscard_supported blueprint_supported layout_associations profiles
sharing_properties email_parser customizable_properties display_format display_format_properties parent_field
child_fields additional_column column_name table_name refer_from_field range address public
"""


@pytest.mark.source("reference: platform E.2, object keys")
@pytest.mark.parametrize("module", ["Leads", "Quotes", "Users"])
def test_a_field_has_every_key(crm: Crm, module: str) -> None:
    for name, shown in fields(crm, module).items():
        assert set(KEYS.split()) - shown.keys() == set(), name


@pytest.mark.source("reference: platform E.2")
def test_metadata_says_where_a_field_comes_from(crm: Crm) -> None:
    make(crm, {"field_label": "Mine", "data_type": "text"})
    leads = fields(crm, "Leads")

    assert [leads[name]["generated_type"] for name in ("Company", "Mine")] == ["default", "custom"]
    assert [leads[name]["required"] for name in ("Company", "Last_Name")] == [False, True]
    assert leads["Company"]["table_name"] == leads["Mine"]["table_name"] != fields(crm, "Deals")["Amount"]["table_name"]


@pytest.mark.source("reference: platform E.2, include; assumed: the one permission that a profile has here")
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_permissions_come_when_asked_for(crm: Crm, version: str) -> None:
    asked = {**LEADS, "include": "allowed_permissions_to_update"}
    key = asked["include"]

    plain = fields(crm, "Leads", version)
    shown = {f["api_name"]: f for f in crm.get("settings/fields", asked, version=version).json["fields"]}
    (alone,) = crm.get(f"settings/fields/{shown['Company']['id']}", asked, version=version).json["fields"]

    assert not any(key in field for field in plain.values())
    assert shown["Company"][key] == {"read_write": True, "read_only": False, "hidden": False}
    assert shown["Full_Name"][key] == {"read_write": False, "read_only": True, "hidden": False}
    assert alone == shown["Company"]
    assert crm.get("settings/fields", {**LEADS, "include": "nothing"}).problem == (400, "INVALID_DATA")


@pytest.mark.source("docs: official SDKs: they add `$line_tax` to the fields they are told of")
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_what_is_kept_under_a_system_key_is_no_field(crm: Crm, version: str) -> None:
    (module,) = crm.get("settings/modules/Quotes", {"include": "fields"}, version=version).json["modules"]

    assert "$line_tax" not in fields(crm, "Quotes", version)
    assert "$line_tax" not in {field["api_name"] for field in module.get("fields", [])}


@pytest.mark.source("reference: platform E.2, textarea")
def test_long_text_has_a_style(crm: Crm) -> None:
    styles = {
        (module, name): shown["textarea"]
        for module in ("Leads", "Quoted_Items", "Cases")
        for name, shown in fields(crm, module).items()
        if "textarea" in shown or shown["data_type"] == "textarea"
    }

    assert styles[("Leads", "Description")] == {"type": "large"}
    assert styles[("Quoted_Items", "Description")] == {"type": "small"}
    assert {style["type"] for style in styles.values()} == {"small", "large"}


@pytest.mark.source("reference: platform B.9, lookups")
@pytest.mark.parametrize(("version", "whole"), [("v2", False), ("v2.1", True), ("v8", True)])
def test_a_lookup_names_its_module(crm: Crm, version: str, whole: bool) -> None:
    deals = fields(crm, "Deals", version)
    accounts = crm.get("settings/modules/Accounts").json["modules"][0]["id"]

    target = deals["Account_Name"]["lookup"]["module"]
    assert target == ({"api_name": "Accounts", "id": accounts} if whole else "Accounts")
    assert deals["Owner"]["lookup"] == {}


@pytest.mark.source("reference: platform E.2, pick lists")
def test_a_pick_list_value_by_version(crm: Crm) -> None:
    (old,) = (v for v in fields(crm, "Deals", "v2")["Stage"]["pick_list_values"] if v["sequence_number"] == 4)
    (new,) = (v for v in fields(crm, "Deals", "v8")["Stage"]["pick_list_values"] if v["sequence_number"] == 4)

    assert old["display_value"] == new["display_value"] == "Identify Decision Makers"
    assert old["actual_value"] == new["actual_value"] == "Id. Decision Makers"
    assert old["maps"] == []
    assert new["reference_value"] == "Id. Decision Makers"
    assert (new["probability"], new["forecast_type"]) == (60, "Open")
    assert new["forecast_category"]["name"] == "Pipeline"


@pytest.mark.source("reference: platform E.2; official SDKs: they ask for the fields of associated_module.module")
def test_line_items_name_the_module_of_their_rows(crm: Crm) -> None:
    assert fields(crm, "Quotes")["Quoted_Items"]["associated_module"]["module"] == "Quoted_Items"
    old = fields(crm, "Quotes", "v2")
    assert old["Product_Details"]["subform"] is None
    assert "Quoted_Items" not in old


@pytest.mark.source("reference: modules.json, Notes")
def test_the_parent_of_a_note_may_be_of_many_modules(crm: Crm) -> None:
    parent = fields(crm, "Notes")["Parent_Id"]["multi_module_lookup"]

    assert {"Leads", "Deals", "Solutions"} <= {module["api_name"] for module in parent["modules"]}


@pytest.mark.source("reference: platform E")
def test_one_field(crm: Crm) -> None:
    company = fields(crm, "Leads")["Company"]

    assert crm.get(f"settings/fields/{company['id']}", LEADS).json["fields"] == [company]
    assert crm.get(f"settings/fields/{company['id']}", {"module": "Deals"}).status == 204
    assert crm.get("settings/fields/letters", LEADS).problem == (400, "INVALID_DATA")


@pytest.mark.source("reference: platform E")
@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({}, (400, "REQUIRED_PARAM_MISSING")),
        ({"module": ""}, (400, "REQUIRED_PARAM_MISSING")),
        ({"module": "Nope"}, (400, "INVALID_MODULE")),
        ({"module": "leads"}, (400, "INVALID_MODULE")),
        ({"module": "Leads", "type": "some"}, (400, "INVALID_DATA")),
    ],
)
def test_a_bad_request_for_fields_is_refused(crm: Crm, params: dict[str, str], problem: tuple[int, str]) -> None:
    assert crm.get("settings/fields", params).problem == problem


@pytest.mark.source("reference: platform E.2, type")
@pytest.mark.parametrize(("kind", "status"), [("used", 200), ("all", 200), ("unused", 204)])
def test_all_fields_are_in_use(crm: Crm, kind: str, status: int) -> None:
    assert crm.get("settings/fields", {"module": "Leads", "type": kind}).status == status


@pytest.mark.source("reference: platform E, modules without fields")
def test_a_module_without_fields_has_no_content(crm: Crm) -> None:
    assert crm.get("settings/fields", {"module": "Visits"}).status == 204


@dataclass(frozen=True)
class Made:
    """A field that can be made, and what the metadata then says of it."""

    row: dict[str, Any]
    shows: dict[str, Any] = field(default_factory=dict)


MADE = [
    Made({"data_type": "text"}, {"length": 255, "json_type": "string"}),
    Made(
        {"data_type": "text", "length": 50, "unique": {"case_sensitive": False}}, {"unique": {"case_sensitive": False}}
    ),
    Made({"data_type": "textarea"}, {"length": 2000, "textarea": {"type": "small"}}),
    Made({"data_type": "textarea", "length": 50000}, {"length": 50000, "textarea": {"type": "rich_text"}}),
    Made({"data_type": "textarea", "textarea": {"type": "large"}}, {"length": 32000}),
    Made({"data_type": "email"}, {"length": 100}),
    Made({"data_type": "phone"}, {"length": 30}),
    Made({"data_type": "website"}, {"length": 450}),
    Made({"data_type": "integer", "length": 5}, {"length": 5, "json_type": "integer"}),
    Made({"data_type": "bigint"}, {"length": 18, "json_type": "string"}),
    Made({"data_type": "double", "decimal_place": 4}, {"decimal_place": 4, "json_type": "double"}),
    Made(
        {"data_type": "currency", "currency": {"rounding_option": "round_up", "precision": 3}},
        {"decimal_place": 3, "currency": {"rounding_option": "round_up", "precision": 3}},
    ),
    Made({"data_type": "percent"}, {"length": 5, "json_type": "double"}),
    Made({"data_type": "boolean"}, {"json_type": "boolean"}),
    Made({"data_type": "date"}, {"json_type": "string"}),
    Made({"data_type": "datetime"}, {"json_type": "string"}),
    Made(
        {"data_type": "autonumber", "auto_number": {"prefix": "L-", "start_number": "100", "suffix": "-x"}},
        {"auto_number": {"prefix": "L-", "start_number": 100, "suffix": "-x"}},
    ),
    Made(
        {"data_type": "text", "tooltip": {"name": "info_icon", "value": "Why"}},
        {"tooltip": {"name": "info_icon", "value": "Why"}},
    ),
    Made({"data_type": "text", "filterable": False}, {"filterable": False}),
]


@pytest.mark.source("reference: platform E.2, create")
@pytest.mark.parametrize("case", MADE, ids=lambda case: str(case.row)[:60])
def test_a_custom_field_is_made(crm: Crm, case: Made) -> None:
    (field_id,) = make(crm, {"field_label": "My New Field", **case.row})

    shown = fields(crm, "Leads")["My_New_Field"]
    assert shown["id"] == field_id
    assert shown["custom_field"] is True
    assert shown["data_type"] == case.row["data_type"]
    assert shown["created_time"] == "2026-01-05T09:00:00+00:00"
    assert shown | case.shows == shown


@pytest.mark.source("reference: platform E.2, pick lists")
def test_a_pick_list_begins_with_nothing(crm: Crm) -> None:
    values = [{"display_value": "Hot"}, {"display_value": "Cold", "actual_value": "C"}]
    make(
        crm,
        {"field_label": "One", "data_type": "picklist", "pick_list_values": values},
        {"field_label": "Many", "data_type": "multiselectpicklist", "pick_list_values": values},
    )

    leads = fields(crm, "Leads")
    shown = {name: [v["display_value"] for v in leads[name]["pick_list_values"]] for name in ("One", "Many")}
    assert shown == {"One": ["-None-", "Hot", "Cold"], "Many": ["Hot", "Cold"]}
    assert leads["One"]["pick_list_values"][2]["actual_value"] == "C"
    assert leads["Many"]["json_type"] == "jsonarray"


@pytest.mark.source("reference: platform E.2, lookup")
@pytest.mark.parametrize("by", ["api_name", "id"])
def test_a_lookup_leads_to_another_module(crm: Crm, by: str) -> None:
    products = crm.get("settings/modules/Products").json["modules"][0]
    lookup = {"module": {by: products[by]}, "display_label": "Interested Leads"}
    make(crm, {"field_label": "Product Wanted", "data_type": "lookup", "lookup": lookup})

    shown = fields(crm, "Leads")["Product_Wanted"]["lookup"]
    assert shown["module"] == {"api_name": "Products", "id": products["id"]}
    assert shown["display_label"] == "Interested Leads"


@dataclass(frozen=True)
class Named:
    """A label, and the api_name made of it."""

    label: str
    api_name: str


@pytest.mark.source("assumed: platform E.2, default api_name")
@pytest.mark.parametrize(
    "case",
    [
        Named("Close Value", "Close_Value"),
        Named("Size (m²)", "Size_m"),
        Named("3rd party", "Field_3rd_party"),
        Named("名前", "Field"),
    ],
    ids=lambda case: case.label,
)
def test_an_api_name_is_made_of_the_label(crm: Crm, case: Named) -> None:
    make(crm, {"field_label": case.label, "data_type": "text"})

    assert case.api_name in fields(crm, "Leads")


@pytest.mark.source("assumed: platform E.2, names are made unique with digits")
def test_labels_that_would_share_an_api_name_get_numbers(crm: Crm) -> None:
    make(crm, {"field_label": "A-B", "data_type": "text"}, {"field_label": "A B", "data_type": "text"})

    assert {"A_B", "A_B1"} <= fields(crm, "Leads").keys()


@pytest.mark.source("reference: platform E.2")
def test_an_api_name_can_be_chosen(crm: Crm) -> None:
    make(crm, {"field_label": "Anything", "data_type": "text", "api_name": "Chosen_1"})

    assert fields(crm, "Leads")["Chosen_1"]["field_label"] == "Anything"


@dataclass(frozen=True)
class Bad:
    """A field that cannot be made."""

    row: object
    code: str
    at: str = ""
    more: dict[str, Any] = field(default_factory=dict)


TEXT = {"field_label": "New", "data_type": "text"}
PICK = {"field_label": "New", "data_type": "picklist"}
BAD = [
    Bad("text", "INVALID_DATA"),
    Bad({"data_type": "text"}, "MANDATORY_NOT_FOUND", "field_label"),
    Bad({"field_label": "New"}, "MANDATORY_NOT_FOUND", "data_type"),
    Bad({**TEXT, "field_label": 5}, "INVALID_DATA", "field_label", {"expected_data_type": "text"}),
    Bad({**TEXT, "field_label": "x" * 51}, "INVALID_DATA", "field_label", {"maximum_length": 50}),
    Bad({**TEXT, "field_label": "company"}, "DUPLICATE_DATA", "field_label"),
    Bad({**TEXT, "data_type": "magic"}, "INVALID_DATA", "data_type"),
    Bad({**TEXT, "data_type": ["text"]}, "INVALID_DATA", "data_type"),
    Bad({**TEXT, "data_type": "formula"}, "NOT_IMPLEMENTED", "data_type"),
    Bad({**TEXT, "data_type": "subform"}, "NOT_IMPLEMENTED", "data_type"),
    Bad({**TEXT, "length": 256}, "DEPENDENT_MISMATCH", "length", {"range": {"from": 1, "to": 255}}),
    Bad({**TEXT, "length": 0}, "INVALID_DATA", "length"),
    Bad({**TEXT, "length": "long"}, "INVALID_DATA", "length", {"expected_data_type": "integer"}),
    Bad({**TEXT, "data_type": "boolean", "length": 9}, "DEPENDENT_MISMATCH", "length"),
    Bad(
        {**TEXT, "data_type": "textarea", "length": 77},
        "DEPENDENT_MISMATCH",
        "length",
        {"supported_values": [2000, 32000, 50000]},
    ),
    Bad({**TEXT, "data_type": "double", "decimal_place": 10}, "INVALID_DATA", "decimal_place"),
    Bad({**TEXT, "api_name": "1st"}, "INVALID_DATA", "api_name"),
    Bad({**TEXT, "api_name": "a__b"}, "INVALID_DATA", "api_name"),
    Bad({**TEXT, "api_name": "ends_"}, "INVALID_DATA", "api_name"),
    Bad({**TEXT, "api_name": "COMPANY"}, "DUPLICATE_DATA", "api_name"),
    Bad({**TEXT, "api_name": "trigger"}, "RESERVED_KEYWORD_NOT_ALLOWED", "api_name"),
    Bad({**TEXT, "crypt": {"mode": "decryption"}}, "NOT_IMPLEMENTED", "crypt"),
    Bad({**TEXT, "default_value": "x"}, "NOT_IMPLEMENTED", "default_value"),
    Bad({**TEXT, "required": True}, "NOT_IMPLEMENTED", "required"),
    Bad(
        {**TEXT, "association_details": {"related_field": {"api_name": "Phone"}}},
        "NOT_IMPLEMENTED",
        "association_details",
    ),
    Bad({**TEXT, "range": {"from": 1, "to": 5}}, "NOT_IMPLEMENTED", "range"),
    Bad({**TEXT, "system_mandatory": True}, "NOT_IMPLEMENTED", "system_mandatory"),
    Bad({**TEXT, "history_tracking_enabled": True}, "NOT_IMPLEMENTED", "history_tracking_enabled"),
    Bad({**TEXT, "encrypt_case": "uppercase"}, "NOT_IMPLEMENTED", "encrypt_case"),
    Bad({**TEXT, "data_type": "boolean", "unique": {"case_sensitive": False}}, "DEPENDENT_MISMATCH", "unique"),
    Bad({**TEXT, "profiles": [{"id": "5"}]}, "INVALID_DATA", "id"),
    Bad(
        {**TEXT, "tooltip": {"name": "static_text", "value": "x" * 36}}, "INVALID_DATA", "value", {"maximum_length": 35}
    ),
    Bad(PICK, "EXPECTED_DEPENDENT_FIELD_MISSING", "data_type"),
    Bad({**PICK, "pick_list_values": "a"}, "INVALID_DATA", "pick_list_values", {"expected_data_type": "jsonarray"}),
    Bad({**PICK, "pick_list_values": ["a"]}, "INVALID_DATA", "pick_list_values", {"expected_data_type": "jsonobject"}),
    Bad({**PICK, "pick_list_values": [{}]}, "MANDATORY_NOT_FOUND", "display_value"),
    Bad(
        {**PICK, "pick_list_values": [{"display_value": "a"}, {"display_value": "A"}]},
        "DUPLICATE_DATA",
        "display_value",
    ),
    Bad({**PICK, "pick_list_values": [{"display_value": "x" * 121}]}, "INVALID_DATA", "display_value"),
    Bad({**PICK, "global_picklist": {"id": "1"}}, "NOT_IMPLEMENTED", "global_picklist"),
    Bad({**TEXT, "data_type": "lookup"}, "EXPECTED_DEPENDENT_FIELD_MISSING", "data_type"),
    Bad({**TEXT, "data_type": "lookup", "lookup": {}}, "MANDATORY_NOT_FOUND", "module"),
    Bad({**TEXT, "data_type": "lookup", "lookup": {"module": {"api_name": "Nope"}}}, "INVALID_DATA", "api_name"),
    Bad({**TEXT, "data_type": "lookup", "lookup": {"module": {"api_name": "Visits"}}}, "INVALID_DATA", "api_name"),
    Bad({**TEXT, "data_type": "autonumber"}, "EXPECTED_DEPENDENT_FIELD_MISSING", "data_type"),
]


@pytest.mark.source("reference: platform E.2, errors; error catalogue: postFields")
@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case.code} {case.at} {str(case.row)[:50]}")
def test_a_bad_field_is_refused_and_its_neighbour_made(crm: Crm, case: Bad) -> None:
    before = len(fields(crm, "Leads"))
    good = {"field_label": "Good", "data_type": "date"}

    reply = crm.post("settings/fields", {"fields": [case.row, good]}, LEADS)

    assert reply.status == 207
    assert reply.codes("fields") == [case.code, "SUCCESS"]
    details = reply.details("fields")
    if case.at:
        assert details["api_name"] == case.at
        assert details["json_path"].startswith("$.fields[0]")
    assert details | case.more == details
    assert len(fields(crm, "Leads")) == before + 1


@pytest.mark.source("reference: platform E.2, limits")
def test_a_module_has_two_unique_fields_at_most(crm: Crm) -> None:
    unique = {"data_type": "text", "unique": {"case_sensitive": False}}
    make(crm, {"field_label": "U1", **unique}, {"field_label": "U2", **unique})

    reply = crm.post("settings/fields", {"fields": [{"field_label": "U3", **unique}]}, LEADS)

    assert reply.status == 400
    assert reply.codes("fields") == ["LIMIT_EXCEEDED"]
    assert reply.details("fields")["limit"] == 2
    assert [each["api_name"] for each in reply.details("fields")["limit_due_to"]] == ["U1", "U2"]


@pytest.mark.source("reference: platform E.2, limits")
def test_a_module_has_one_auto_number(crm: Crm) -> None:
    number = {"field_label": "Number", "data_type": "autonumber", "auto_number": {"start_number": 1}}

    reply = crm.post("settings/fields", {"fields": [number]}, {"module": "Cases"})

    assert reply.codes("fields") == ["LIMIT_EXCEEDED"]
    assert reply.details("fields")["limit_due_to"][0]["api_name"] == "Case_Number"


@pytest.mark.source("reference: platform E.2, B.2")
@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        (None, "MANDATORY_NOT_FOUND", {"api_name": "fields"}),
        ({}, "MANDATORY_NOT_FOUND", {"api_name": "fields"}),
        ({"fields": {}}, "INVALID_DATA", {"expected_data_type": "jsonarray"}),
        ({"fields": [TEXT] * 6}, "INVALID_DATA", {"maximum_length": 5}),
    ],
)
def test_a_bad_envelope_is_refused_whole(crm: Crm, body: object, code: str, detail: dict[str, object]) -> None:
    reply = crm.post("settings/fields", body, LEADS)

    assert reply.problem == (400, code)
    assert reply.json["details"] | detail == reply.json["details"]


@pytest.mark.source("reference: platform E.2, B.1, A.9")
def test_who_may_make_fields_and_where(crm: Crm) -> None:
    body = {"fields": [TEXT]}

    assert crm.post("settings/fields", body).problem == (400, "REQUIRED_PARAM_MISSING")
    assert crm.post("settings/fields", body, {"module": "Nope"}).problem == (400, "INVALID_MODULE")
    assert crm.post("settings/fields", body, {"module": "Visits"}).problem == (400, "NOT_SUPPORTED")
    assert crm.post("settings/fields", body, {"module": "Users"}).problem == (400, "NOT_SUPPORTED")
    assert crm.post("settings/fields", body, LEADS, version="v5").problem == (400, "API_NOT_SUPPORTED")
    assert crm.post("settings/fields", body, LEADS, token=member(crm)).problem == (403, "NO_PERMISSION")
    reading = crm.token("ZohoCRM.settings.fields.READ")
    assert crm.post("settings/fields", body, LEADS, token=reading).problem == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.source("reference: platform E.2, PATCH")
def test_a_pick_list_grows(crm: Crm) -> None:
    industry = fields(crm, "Accounts")["Industry"]
    used = industry["pick_list_values"]
    changes = [{"id": used[1]["id"], "display_value": "Renamed"}, {"display_value": "Marketing"}]

    reply = crm.crm(
        "PATCH",
        "settings/fields",
        {"fields": [{"id": industry["id"], "pick_list_values": changes}]},
        {"module": "Accounts"},
    )

    assert reply.status == 200
    assert reply.json["fields"][0]["message"] == "field updated"
    shown = fields(crm, "Accounts")["Industry"]["pick_list_values"]
    assert len(shown) == len(used) + 1
    assert (shown[1]["display_value"], shown[1]["actual_value"]) == ("Renamed", used[1]["actual_value"])
    assert (shown[-1]["actual_value"], shown[-1]["sequence_number"]) == ("Marketing", len(shown))


@pytest.mark.source("assumed: a value that is there already is left as it is")
def test_a_known_value_is_not_doubled(crm: Crm) -> None:
    source = fields(crm, "Leads")["Lead_Source"]

    reply = crm.crm(
        "PATCH",
        f"settings/fields/{source['id']}",
        {"fields": [{"pick_list_values": [{"actual_value": "Partner"}]}]},
        LEADS,
    )

    assert reply.status == 200
    assert fields(crm, "Leads")["Lead_Source"]["pick_list_values"] == source["pick_list_values"]


@pytest.mark.source("reference: platform E.2, stages")
def test_a_new_stage_brings_its_probability(crm: Crm) -> None:
    stage = fields(crm, "Deals")["Stage"]
    value = {"display_value": "Engaging", "probability": 30, "forecast_type": "Open"}

    crm.crm("PATCH", f"settings/fields/{stage['id']}", {"fields": [{"pick_list_values": [value]}]}, {"module": "Deals"})

    shown = fields(crm, "Deals")["Stage"]["pick_list_values"][-1]
    assert shown | value == shown


@pytest.mark.source("reference: platform E.2, PATCH")
def test_a_label_is_changed(crm: Crm) -> None:
    (field_id,) = make(crm, TEXT)

    reply = crm.crm("PATCH", "settings/fields", {"fields": [{"id": field_id, "field_label": "Newer"}]}, LEADS)

    assert reply.status == 200
    assert fields(crm, "Leads")["New"]["field_label"] == "Newer"


@pytest.mark.source("reference: platform E.2, PATCH")
@pytest.mark.parametrize(
    ("row", "code", "at"),
    [
        ({"field_label": "New"}, "MANDATORY_NOT_FOUND", "id"),
        ({"id": "12", "field_label": "New"}, "INVALID_DATA", "id"),
        ({"id": ..., "data_type": "email"}, "NOT_ALLOWED", "data_type"),
        ({"id": ..., "field_label": "Email"}, "DUPLICATE_DATA", "field_label"),
        ({"id": ..., "pick_list_values": [{"display_value": "x"}]}, "DEPENDENT_MISMATCH", "pick_list_values"),
    ],
)
def test_a_bad_change_is_refused(crm: Crm, row: dict[str, object], code: str, at: str) -> None:
    company = fields(crm, "Leads")["Company"]
    if row.get("id") is ...:
        row = {**row, "id": company["id"]}

    reply = crm.crm("PATCH", "settings/fields", {"fields": [row]}, LEADS)

    assert reply.status == 400
    assert reply.codes("fields") == [code]
    assert reply.details("fields")["api_name"] == at
    assert fields(crm, "Leads")["Company"] == company


UNCHANGEABLE: list[tuple[str, Any]] = [
    ("unique", {"case_sensitive": False}),
    ("unique", {"_disable": None}),
    ("required", True),
    ("system_mandatory", True),
    ("length", 5),
    ("lookup", {"query_details": {"criteria": None}}),
    ("api_name", "Firm"),
    ("visible", False),
    ("decimal_place", 2),
    ("currency", {"precision": "3"}),
    ("history_tracking_enabled", True),
    ("history_tracking", {"duration_configuration": "days"}),
    ("sharing_properties", {"share_preference_enabled": True}),
    ("global_picklist", {"id": "5"}),
    ("formula", {"expression": "1"}),
    ("enable_record_state", True),
]


@pytest.mark.source("assumed: what this server cannot change yet it says, and changes nothing")
@pytest.mark.parametrize(("name", "value"), UNCHANGEABLE)
@pytest.mark.parametrize("way", ["in the body", "in the path"])
def test_what_cannot_be_changed_yet_answers_501(name: str, value: Any, way: str, crm: Crm) -> None:
    company = fields(crm, "Leads")["Company"]
    row = {name: value, "field_label": "Renamed"}

    if way == "in the body":
        reply = crm.crm("PATCH", "settings/fields", {"fields": [{"id": company["id"], **row}]}, LEADS)
    else:
        reply = crm.crm("PATCH", f"settings/fields/{company['id']}", {"fields": [row]}, LEADS)

    assert reply.status == 501
    assert (reply.codes("fields"), reply.details("fields")["api_name"]) == (["NOT_IMPLEMENTED"], name)
    assert fields(crm, "Leads")["Company"] == company


@pytest.mark.source("assumed: a field that is sent back as it was shown stays as it is")
@pytest.mark.parametrize("module", ["Deals", "Tasks"])
def test_every_field_can_be_sent_back_as_it_is_shown(module: str, crm: Crm) -> None:
    before = fields(crm, module)

    for at in range(0, len(before), 5):
        some = list(before.values())[at : at + 5]
        reply = crm.crm("PATCH", "settings/fields", {"fields": some}, {"module": module})
        assert reply.status == 200, reply.content

    def without_time(shown: dict[str, Any]) -> dict[str, Any]:
        return {name: {**each, "modified_time": None} for name, each in shown.items()}

    assert without_time(fields(crm, module)) == without_time(before)


@pytest.mark.source("reference: platform E.2, PATCH")
@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"id": "12", "display_value": "x"}, "INVALID_DATA"),
        ({"actual_value": "Partner", "display_value": "Chat"}, "DUPLICATE_DATA"),
        ({"display_value": "partner"}, "DUPLICATE_DATA"),
        ({"actual_value": "Partner", "_delete": None}, "NOT_IMPLEMENTED"),
        ({"actual_value": "Partner", "colour_code": "#ffffff"}, "NOT_IMPLEMENTED"),
        ({"actual_value": "Partner", "sequence_number": 1}, "NOT_IMPLEMENTED"),
    ],
)
def test_a_bad_pick_list_change_is_refused(crm: Crm, value: dict[str, object], code: str) -> None:
    source = fields(crm, "Leads")["Lead_Source"]

    reply = crm.crm("PATCH", f"settings/fields/{source['id']}", {"fields": [{"pick_list_values": [value]}]}, LEADS)

    assert reply.codes("fields") == [code]
    assert fields(crm, "Leads")["Lead_Source"] == source


#: A field, a value that it takes, and one that it refuses.
AGREE = [
    ({"data_type": "text", "length": 5}, "12345", "123456"),
    ({"data_type": "textarea"}, "x" * 2000, "x" * 2001),
    ({"data_type": "email"}, "ada@example.com", "ada"),
    ({"data_type": "integer", "length": 3}, 999, 1000),
    ({"data_type": "boolean"}, True, "perhaps"),
    ({"data_type": "date"}, "2026-01-31", "2026-02-31"),
    ({"data_type": "datetime"}, "2026-01-31T10:00:00+00:00", "2026-01-31"),
    ({"data_type": "multiselectpicklist", "pick_list_values": [{"display_value": "A"}]}, ["A"], "A"),
]


@pytest.mark.source("reference: platform B.12 14, metadata and records agree")
@pytest.mark.parametrize(("row", "good", "bad"), AGREE, ids=lambda value: str(value)[:30])
def test_records_hold_what_the_metadata_says(crm: Crm, row: dict[str, object], good: object, bad: object) -> None:
    make(crm, {"field_label": "Mine", **row})
    lead = {"Last_Name": "Ada", "Company": "Zylker"}

    reply = crm.post("Leads", {"data": [{**lead, "Mine": good}, {**lead, "Mine": bad}]})

    assert reply.codes() == ["SUCCESS", "INVALID_DATA"]
    assert reply.details(index=1)["api_name"] == "Mine"
    (record,) = crm.get(f"Leads/{reply.details()['id']}").json["data"]
    assert record["Mine"] == good


@pytest.mark.source("reference: platform C.4, unique fields")
def test_no_two_records_share_a_unique_value(crm: Crm) -> None:
    make(crm, {"field_label": "Mine", "data_type": "text", "unique": {"case_sensitive": False}})
    rows = [{"Last_Name": "Ada", "Company": "Zylker", "Mine": value} for value in ("One", "one")]

    assert crm.post("Leads", {"data": rows}).codes() == ["SUCCESS", "DUPLICATE_DATA"]


@pytest.mark.source("reference: platform E.2, autonumber")
def test_an_auto_number_counts(crm: Crm) -> None:
    number = {"prefix": "L-", "start_number": 7, "suffix": None}
    make(crm, {"field_label": "Number", "data_type": "autonumber", "auto_number": number})
    rows = [{"Last_Name": name, "Company": "Zylker"} for name in ("Ada", "Bob")]

    ids = [row["details"]["id"] for row in crm.post("Leads", {"data": rows}).json["data"]]

    assert [crm.get(f"Leads/{each}").json["data"][0]["Number"] for each in ids] == ["L-7", "L-8"]


@pytest.mark.source("reference: platform B.8")
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_lists_show_the_beginning_of_rich_text(crm: Crm, version: str) -> None:
    style = {"textarea": {"type": "rich_text"}}
    make(
        crm,
        {"field_label": "Rich", "data_type": "textarea", **style},
        {"field_label": "Plain", "data_type": "textarea"},
    )
    long = "<b>" + "x" * 600
    row = {"Last_Name": "Ada", "Company": "Zylker", "Rich": long, "Plain": long}
    made = crm.post("Leads", {"data": [row, {**row, "Rich": None}]})

    (alone,) = crm.get(f"Leads/{made.details()['id']}", version=version).json["data"]
    for path, params in (("Leads", {}), ("Leads/search", {"criteria": "Last_Name:equals:Ada"})):
        shown = crm.get(path, {"fields": "Rich,Plain", "sort_order": "asc", **params}, version=version).json["data"]
        assert [(each["Rich"], each["Plain"]) for each in shown] == [(long[:500], long), (None, long)]
    assert (alone["Rich"], alone["Plain"]) == (long, long)
