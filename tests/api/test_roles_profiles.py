"""settings/roles and settings/profiles."""

from typing import Any

import pytest

from tests.support.server import Crm


def roles(crm: Crm, version: str = "v8") -> dict[str, dict[str, Any]]:
    return {role["name"]: role for role in crm.get("settings/roles", version=version).json["roles"]}


@pytest.mark.source("reference: platform F.2")
def test_an_organisation_begins_with_two_roles(crm: Crm) -> None:
    found = roles(crm)

    assert list(found) == ["CEO", "Manager"]
    assert found["CEO"]["reporting_to"] is None
    assert found["Manager"]["reporting_to"] == {"name": "CEO", "id": found["CEO"]["id"]}


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


@pytest.mark.source("reference: error catalogue, createRoles")
@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ({}, "MANDATORY_NOT_FOUND", "name"),
        ({"name": "  "}, "MANDATORY_NOT_FOUND", "name"),
        ({"name": 7}, "INVALID_DATA", "name"),
        ({"name": "A#1"}, "INVALID_DATA", "name"),
        ({"name": "manager"}, "DUPLICATE_DATA", "name"),
        ({"name": "Seller", "reporting_to": {"id": "12"}}, "INVALID_DATA", "reporting_to"),
        ({"name": "Seller", "share_with_peers": "yes"}, "INVALID_DATA", "share_with_peers"),
    ],
)
def test_a_bad_role_is_refused(crm: Crm, row: dict[str, object], code: str, field: str) -> None:
    reply = crm.post("settings/roles", {"roles": [row]})

    assert reply.status == 400
    assert reply.codes("roles") == [code]
    assert reply.details("roles") | {"api_name": field, "json_path": f"$.roles[0].{field}"} == reply.details("roles")
    assert len(roles(crm)) == 2


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
    (section,) = whole["sections"]
    listed = [each for category in section["categories"] for each in category["permissions_details"]]
    assert sorted(listed) == sorted(permission["id"] for permission in by_name.values())


@pytest.mark.source("reference: platform E")
@pytest.mark.parametrize("path", ["settings/roles/4876876000000000001", "settings/profiles/4876876000000000001"])
def test_an_unknown_role_or_profile_is_no_content(crm: Crm, path: str) -> None:
    assert crm.get(path).status == 204
