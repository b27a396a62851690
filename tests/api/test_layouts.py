"""GET settings/layouts."""

from typing import Any

import pytest

from tests.support.server import Crm


def layout(crm: Crm, module: str, version: str = "v8") -> dict[str, Any]:
    (found,) = crm.get("settings/layouts", {"module": module}, version=version).json["layouts"]
    assert isinstance(found, dict)
    return found


def fields(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {field["api_name"]: field for section in found["sections"] for field in section["fields"]}


@pytest.mark.source("reference: platform E.3")
@pytest.mark.parametrize(("version", "status", "tab"), [("v2", 0, 2), ("v8", "active", "left_to_right")])
def test_a_layout_by_version(crm: Crm, version: str, status: object, tab: object) -> None:
    found = layout(crm, "Leads", version)

    assert found["name"] == "Standard"
    assert found["status"] == status
    assert all(section["tab_traversal"] == tab for section in found["sections"])
    assert [section["sequence_number"] for section in found["sections"]] == list(range(1, len(found["sections"]) + 1))


@pytest.mark.source("reference: platform B.12, 9")
def test_the_layout_of_leads_says_what_becomes_of_them(crm: Crm) -> None:
    mapping = layout(crm, "Leads")["convert_mapping"]

    assert mapping.keys() == {"Contacts", "Deals", "Accounts"}
    assert mapping["Contacts"]["id"] == layout(crm, "Contacts")["id"]
    required = {field["api_name"]: field["required"] for field in mapping["Deals"]["fields"]}
    assert required == {
        "Amount": False,
        "Deal_Name": True,
        "Closing_Date": True,
        "Stage": True,
        "Pipeline": True,
    }


@pytest.mark.source("reference: platform E.3")
@pytest.mark.parametrize(
    ("module", "field", "required"),
    [("Leads", "Company", True), ("Leads", "Last_Name", True), ("Leads", "Email", False), ("Deals", "Pipeline", True)],
)
def test_a_layout_says_what_is_mandatory(crm: Crm, module: str, field: str, required: bool) -> None:
    assert fields(layout(crm, module))[field]["required"] is required


@pytest.mark.source("reference: platform E.3, E.6")
def test_the_pipeline_has_its_stages(crm: Crm) -> None:
    (pipeline,) = fields(layout(crm, "Deals"))["Pipeline"]["pick_list_values"]

    assert pipeline["actual_value"] == "Standard (Standard)"
    assert len(pipeline["maps"]) == 9
    assert pipeline["maps"][0]["actual_value"] == "Qualification"
    assert pipeline["maps"][0]["forecast_type"] == "Open"


@pytest.mark.source("reference: platform E.3")
def test_line_items_have_a_section_of_their_own(crm: Crm) -> None:
    (section,) = (s for s in layout(crm, "Quotes")["sections"] if s["isSubformSection"])

    assert [field["api_name"] for field in section["fields"]] == ["Quoted_Items"]
    assert section["properties"]["maximum_rows"] == 200


@pytest.mark.source("assumed: custom fields lie at the end of the first section")
def test_a_custom_field_is_on_the_layout(crm: Crm) -> None:
    crm.post("settings/fields", {"fields": [{"field_label": "Score", "data_type": "integer"}]}, {"module": "Leads"})

    assert layout(crm, "Leads")["sections"][0]["fields"][-1]["api_name"] == "Score"


@pytest.mark.source("reference: platform E.3")
def test_one_layout(crm: Crm) -> None:
    found = layout(crm, "Leads")
    params = {"module": "Leads"}

    assert crm.get(f"settings/layouts/{found['id']}", params).json["layouts"] == [found]
    assert crm.get("settings/layouts/4876876000000000001", params).status == 204
    assert crm.get("settings/layouts", {"module": "Notes"}).status == 204
    assert crm.get("settings/layouts").problem == (400, "REQUIRED_PARAM_MISSING")
    assert crm.get("settings/layouts", {"module": "Nope"}).problem == (400, "INVALID_MODULE")
    assert crm.get("settings/layouts/letters", params).problem == (400, "INVALID_DATA")
