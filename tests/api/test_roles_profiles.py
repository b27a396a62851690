"""settings/roles and settings/profiles."""

import json
from typing import Any

import pytest

from tests.support.automation_client import Automation
from tests.support.server import Crm


def roles(crm: Crm, version: str = "v8") -> dict[str, dict[str, Any]]:
    return {role["name"]: role for role in crm.get("settings/roles", version=version).json["roles"]}


@pytest.mark.source("reference: platform F.2")
def test_an_organisation_begins_with_two_roles(crm: Crm) -> None:
    found = roles(crm)

    assert list(found) == ["CEO", "Manager"]
    assert found["CEO"]["reporting_to"] is None
    assert found["Manager"]["reporting_to"] == {"name": "CEO", "id": found["CEO"]["id"]}


@pytest.mark.source("docs: getRoles, getRole, getProfiles, getProfile examples")
def test_roles_and_profiles_have_the_keys_of_the_examples(crm: Crm) -> None:
    role_keys = """
        api_name created_by__s created_time__s description display_label forecast_manager id modified_by__s
        modified_time__s name reporting_to share_with_peers
    """
    profile_keys = """
        api_name created_by created_time custom description display_label id modified_by modified_time name type
    """
    role = roles(crm)["CEO"]
    profile = crm.get("settings/profiles").json["profiles"][0]
    whole = crm.get(f"settings/profiles/{profile['id']}").json["profiles"][0]

    assert set(role_keys.split()) <= role.keys()
    assert crm.get(f"settings/roles/{role['id']}").json["roles"] == [role]
    assert set(profile_keys.split()) <= profile.keys()
    assert {*profile, "permissions_details", "sections"} <= whole.keys()


@pytest.mark.source("reference: platform B.9, role keys")
@pytest.mark.parametrize(("version", "key"), [("v2", "created_by"), ("v5", "created_by"), ("v6", "created_by__s")])
def test_the_stamps_of_roles_were_renamed_with_v6(crm: Crm, version: str, key: str) -> None:
    assert roles(crm, version)["CEO"][key]["id"] == str(crm.user.id)


@pytest.mark.source("reference: platform F.2")
def test_a_role_is_added(crm: Crm) -> None:
    above = roles(crm)["Manager"]["id"]

    reply = crm.post("settings/roles", {"roles": [{"name": "Seller", "reporting_to": {"id": above}}]})

    assert reply.status == 201
    assert reply.json["roles"][0]["message"] == "Role added"
    made = crm.get(f"settings/roles/{reply.details('roles')['id']}").json["roles"][0]
    assert made["name"] == made["display_label"] == "Seller"
    assert made["reporting_to"] == {"name": "Manager", "id": above}
    assert made["share_with_peers"] is False


@pytest.mark.source("assumed: without reporting_to a role reports to the highest")
def test_a_role_reports_to_the_highest_when_nothing_is_said(crm: Crm) -> None:
    crm.post("settings/roles", {"roles": [{"name": "Seller"}]})

    assert roles(crm)["Seller"]["reporting_to"]["name"] == "CEO"


def at(name: str, path: str = "", **more: Any) -> dict[str, Any]:
    """Say where in the first element something is wrong."""
    return {**more, "api_name": name, "json_path": f"$.roles[0].{path or name}"}


@pytest.mark.source(
    "docs: createRoles examples; the documentation says the same; the place of the role above is assumed"
)
@pytest.mark.parametrize(
    ("row", "code", "message", "details"),
    [
        ({"name": "x" * 201}, "INVALID_DATA", "Invalid role name", at("name", maximum_length=200)),
        ({}, "MANDATORY_NOT_FOUND", "required field not found", at("name")),
        ({"name": "  "}, "MANDATORY_NOT_FOUND", "required field not found", at("name")),
        ({"name": 7}, "INVALID_DATA", "invalid data", at("name", expected_data_type="text")),
        (
            {"name": "A#1"},
            "INVALID_DATA",
            "Role name should not contain the following special character(s):#",
            at("name"),
        ),
        (
            {"name": "manager"},
            "DUPLICATE_DATA",
            "Failed to add role since role with same name is already exist",
            at("name"),
        ),
        (
            {"name": "Seller", "reporting_to": {"id": "12"}},
            "INVALID_DATA",
            "the id given seems to be invalid or already deleted",
            at("reporting_to", "reporting_to.id"),
        ),
        (
            {"name": "Seller", "reporting_to": "above"},
            "INVALID_DATA",
            "the id given seems to be invalid or already deleted",
            at("reporting_to", "reporting_to.id"),
        ),
        (
            {"name": "Seller", "share_with_peers": "yes"},
            "INVALID_DATA",
            "invalid data",
            at("share_with_peers", expected_data_type="boolean"),
        ),
        (
            {"name": "Seller", "description": "x" * 251},
            "INVALID_DATA",
            "invalid data",
            at("description", maximum_length=250),
        ),
    ],
)
def test_a_bad_role_is_refused(
    crm: Crm, row: dict[str, object], code: str, message: str, details: dict[str, Any]
) -> None:
    reply = crm.post("settings/roles", {"roles": [row]})

    refused = {"code": code, "message": message, "details": details, "status": "error"}
    assert (reply.status, reply.json) == (400, {"roles": [refused]})
    assert len(roles(crm)) == 2


@pytest.mark.source("docs: createRoles operation: one role a request")
def test_roles_are_added_one_at_a_time(crm: Crm) -> None:
    reply = crm.post("settings/roles", {"roles": [{"name": "Seller"}, {"name": "Buyer"}]})

    assert (reply.problem, reply.json["details"]["maximum_length"]) == ((400, "INVALID_DATA"), 1)


@pytest.mark.source("docs: getRoles, getRole, getProfiles examples")
def test_the_first_roles_and_profiles_are_described(crm: Crm) -> None:
    (ceo,) = crm.get(f"settings/roles/{roles(crm)['CEO']['id']}").json["roles"]
    shown = [*roles(crm).values(), ceo, *crm.get("settings/profiles").json["profiles"]]

    assert [each["description"] for each in shown] == [
        "Users with this role have access to the data owned by all other users.",
        "Users belonging to this role cannot see data for admin users.",
        "Users with this role have access to the data owned by all other users.",
        (
            "This profile will have all the permissions. Users with Administrator profile will be able to view and "
            "manage all the data within the organization account by default."
        ),
        "This profile will have all the permissions except administrative privileges.",
    ]


@pytest.mark.source("reference: platform F.2")
def test_an_organisation_begins_with_two_profiles(crm: Crm) -> None:
    found = crm.get("settings/profiles", version="v2").json["profiles"]

    assert [profile["name"] for profile in found] == ["Administrator", "Standard"]
    assert all(profile["created_by"] is None and profile["category"] is False for profile in found)


@pytest.mark.source("reference: platform F.2")
def test_one_profile_lists_its_permissions(crm: Crm) -> None:
    standard = crm.get("settings/profiles").json["profiles"][1]

    whole = crm.get(f"settings/profiles/{standard['id']}").json["profiles"][0]

    by_name = {permission["name"]: permission for permission in whole["permissions_details"]}
    assert by_name["Crm_Implied_View_Leads"]["enabled"] is True
    assert len({permission["id"] for permission in by_name.values()}) == len(by_name)
    section, setup = whole["sections"]
    assert (section["name"], setup["name"]) == ("module", "setup")
    assert by_name["Crm_Implied_Manage_Profiles"]["enabled"] is False
    deals = next(category for category in section["categories"] if category["module"] == "Deals")
    assert (deals["name"], deals["display_label"]) == ("Potentials", "Deals")
    view, edit = by_name["Crm_Implied_View_Deals"], by_name["Crm_Implied_Edit_Deals"]
    assert (view["parent_permissions"], edit["parent_permissions"]) == (None, [view["id"]])
    categories = [*section["categories"], *setup["categories"]]
    listed = [each for category in categories for each in category["permissions_details"]]
    assert sorted(listed) == sorted(permission["id"] for permission in by_name.values())


@pytest.mark.source("reference: platform E; docs: getRole operation")
def test_an_unknown_role_is_no_content(crm: Crm) -> None:
    assert crm.get("settings/roles/4876876000000000001").status == 204


@pytest.mark.source("docs: getProfile examples")
@pytest.mark.parametrize("number", ["4876876000000000001", "letters"])
def test_an_unknown_profile_is_refused(number: str, crm: Crm) -> None:
    reply = crm.get(f"settings/profiles/{number}")

    assert (reply.status, reply.json) == (
        400,
        {
            "code": "INVALID_DATA",
            "details": {"resource_path_index": 2},
            "message": "the id given seems to be invalid or already deleted",
            "status": "error",
        },
    )


EQUAL = {"field": {"api_name": "name"}, "comparator": "equal", "value": "Administrator", "type": "value"}
OTHER = {**EQUAL, "value": "standard"}


@pytest.mark.source("docs: getProfiles examples and operation; the comparator contains is assumed")
@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["Administrator", "Standard"]),
        ({"type": "normal_profile"}, ["Administrator", "Standard"]),
        ({"type": "portal_profile"}, []),
        ({"include_types": "Lite,Support"}, ["Administrator", "Standard"]),
        ({"page": "2", "per_page": "1"}, ["Standard"]),
        ({"filters": json.dumps(EQUAL)}, ["Administrator"]),
        ({"filters": json.dumps({"group_operator": "or", "group": [EQUAL, EQUAL]})}, ["Administrator"]),
        ({"filters": json.dumps({"group_operator": "or", "group": [EQUAL, OTHER]})}, ["Administrator", "Standard"]),
        ({"filters": json.dumps({"group_operator": "and", "group": [EQUAL, OTHER]})}, []),
        ({"filters": json.dumps({**EQUAL, "comparator": "contains", "value": "STAND"})}, ["Standard"]),
    ],
)
def test_profiles_are_chosen(params: dict[str, str], names: list[str], crm: Crm) -> None:
    reply = crm.get("settings/profiles", params)

    assert [each["name"] for each in (reply.json["profiles"] if reply.status == 200 else ())] == names
    if names and "page" not in params:
        assert reply.json["info"] == {
            "page": 1,
            "per_page": 200,
            "count": len(names),
            "more_records": False,
            "license_limit": 25,
        }


@pytest.mark.source("docs: getProfiles examples")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "odd_profile"),
        ("include_types", "Heavy"),
        ("filters", "Administrator"),
        ("filters", "{}"),
        ("filters", json.dumps({"group_operator": "or", "group": []})),
        ("filters", json.dumps({**EQUAL, "comparator": "between"})),
        ("filters", json.dumps({**EQUAL, "field": {"api_name": "type"}})),
    ],
)
def test_a_bad_choice_of_profiles_is_refused(name: str, value: str, crm: Crm) -> None:
    reply = crm.get("settings/profiles", {name: value})

    assert (reply.status, reply.json) == (
        400,
        {"code": "INVALID_DATA", "details": {"param_name": name}, "message": "invalid data", "status": "error"},
    )


@pytest.mark.source("docs: getProfiles, getProfile examples")
def test_profiles_are_read_by_those_who_manage_them(crm: Crm) -> None:
    profile = crm.get("settings/profiles").json["profiles"][0]["id"]
    token = Automation(crm).colleague("Standard")

    for path in ("settings/profiles", f"settings/profiles/{profile}"):
        reply = crm.get(path, token=token)
        assert (reply.status, reply.json) == (
            403,
            {
                "code": "NO_PERMISSION",
                "details": {"permissions": ["Crm_Implied_Manage_Profiles"]},
                "message": "permission denied",
                "status": "error",
            },
        )


@pytest.mark.source("docs: getProfiles examples")
def test_profiles_are_not_patched_all_at_once(crm: Crm) -> None:
    assert crm.crm("PATCH", "settings/profiles", {}).json == {
        "code": "INVALID_REQUEST_METHOD",
        "details": {},
        "message": "The http request method type is not a valid one",
        "status": "error",
    }
