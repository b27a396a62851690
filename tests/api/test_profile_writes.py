"""Profiles and roles made, changed and deleted, and what that does to what their users may do."""

from dataclasses import replace
from typing import Any

import pytest

from kaizen.model.values import Json
from kaizen.store.unit_of_work import Unit
from tests.support.rights import id_of_person, person
from tests.support.server import Crm, Reply

VERSIONS = pytest.mark.parametrize("version", ["v2", "v3", "v6", "v8"])
PROFILES = pytest.mark.source("docs: cloneProfile, updateProfile, patchProfile, deleteProfile examples")
ROLES = pytest.mark.source("docs: updateRole, updateRoles, deleteRole examples")


def ids(crm: Crm, kind: str) -> dict[str, str]:
    return {each["name"]: each["id"] for each in crm.get(f"settings/{kind}").json[kind]}


def clone(crm: Crm, of: str = "Standard", version: str = "v8", **row: Any) -> Reply:
    path = f"settings/profiles/{ids(crm, 'profiles')[of]}/actions/clone"
    return crm.post(path, {"profiles": [{"name": "Sellers", **row}]}, version=version)


def whole(crm: Crm, number: str) -> dict[str, Any]:
    (found,) = crm.get(f"settings/profiles/{number}").json["profiles"]
    assert isinstance(found, dict)
    return found


def permission(crm: Crm, number: str, name: str) -> dict[str, Any]:
    return next(each for each in whole(crm, number)["permissions_details"] if each["name"] == name)


def put(crm: Crm, number: str, row: dict[str, Any], method: str = "PUT") -> Reply:
    return crm.crm(method, f"settings/profiles/{number}", {"profiles": [row]})


def said(reply: Reply, key: str = "profiles") -> tuple[int, str, str, dict[str, Any]]:
    (each,) = reply.json.get(key, [reply.json])
    return reply.status, each["code"], each["message"], each["details"]


@PROFILES
@VERSIONS
def test_a_clone_permits_what_its_source_does(crm: Crm, version: str) -> None:
    reply = clone(crm, version=version, description="Cloned")

    assert said(reply)[:3] == (201, "SUCCESS", "profile created successfully")
    made = whole(crm, reply.details("profiles")["id"])
    source = whole(crm, ids(crm, "profiles")["Standard"])
    assert (made["name"], made["description"], made["custom"]) == ("Sellers", "Cloned", True)
    assert made["created_by"]["id"] == str(crm.user.id)
    enabled = [[each["enabled"] for each in profile["permissions_details"]] for profile in (made, source)]
    assert enabled[0] == enabled[1]


NAME = {"api_name": "name", "json_path": "$.profiles[0].name"}
CHARACTERS = "Profile name should not contain the following special character(s) : #, %, &, (, ), *, ^"


@PROFILES
@pytest.mark.parametrize(
    ("row", "code", "message"),
    [
        ({"name": None}, "MANDATORY_NOT_FOUND", "required field not found"),
        ({"name": "standard"}, "DUPLICATE_DATA", "duplicate data"),
        ({"name": "a#b"}, "INVALID_DATA", CHARACTERS),
    ],
)
def test_what_is_wrong_with_a_clone(crm: Crm, row: dict[str, Any], code: str, message: str) -> None:
    assert said(clone(crm, **row)) == (400, code, message, NAME)


@PROFILES
def test_there_are_25_profiles(crm: Crm) -> None:
    made = [clone(crm, name=f"Profile {number}") for number in range(24)]

    assert [reply.status for reply in made] == [201] * 23 + [404]
    assert made[-1].json["code"] == "PROFILE_LIMIT_EXCEEDED"
    assert made[-1].json["details"] == {"limit": 25}


@PROFILES
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_permission_that_is_taken_away_is_gone_at_once(crm: Crm, method: str) -> None:
    number = clone(crm).details("profiles")["id"]
    token = person(crm, "Seller")

    def become(unit: Any) -> None:
        user = unit.users[int(id_of_person_in(unit, "Seller"))]
        unit.update_user(replace(user, profile_id=int(number), profile_name="Sellers"))

    crm.store.write_now(become)
    assert crm.get("Leads", {"fields": "Last_Name"}, token=token).status == 204
    view = permission(crm, number, "Crm_Implied_View_Leads")
    row = {"name": "Callers", "permissions_details": [{"id": view["id"], "enabled": False}]}

    assert said(put(crm, number, row, method))[:3] == (200, "SUCCESS", "profile updated successfully")
    assert crm.get("Leads", {"fields": "Last_Name"}, token=token).problem == (403, "NO_PERMISSION")
    edit = permission(crm, number, "Crm_Implied_Edit_Leads")
    assert (edit["enabled"], edit["parent_permissions"]) == (False, [view["id"]])
    assert crm.get(f"users/{id_of_person(crm, 'Seller')}").json["users"][0]["profile"]["name"] == "Callers"


def id_of_person_in(unit: Any, name: str) -> str:
    return str(next(user.id for user in unit.users.values() if user.last_name == name))


DETAIL = {"api_name": "id", "json_path": "$.profiles[0].permissions_details[0].id"}


@PROFILES
@pytest.mark.parametrize(
    ("details", "message", "where"),
    [
        ([{"id": "1", "enabled": True}], "Invalid permission ID", DETAIL),
        (
            "all",
            "invalid data",
            {
                "expected_data_type": "jsonarray",
                "api_name": "permissions_details",
                "json_path": "$.profiles[0].permissions_details",
            },
        ),
    ],
)
def test_what_is_wrong_with_permissions(crm: Crm, details: Any, message: str, where: dict[str, Any]) -> None:
    number = clone(crm).details("profiles")["id"]

    assert said(put(crm, number, {"permissions_details": details})) == (400, "INVALID_DATA", message, where)


@PROFILES
def test_nothing_is_permitted_on_what_may_not_be_viewed(crm: Crm) -> None:
    number = clone(crm).details("profiles")["id"]
    view, edit = (permission(crm, number, f"Crm_Implied_{verb}_Leads")["id"] for verb in ("View", "Edit"))
    put(crm, number, {"permissions_details": [{"id": view, "enabled": False}]})

    message = "Child permission can not be enabled, since its parent permission is disabled"
    reply = put(crm, number, {"permissions_details": [{"id": edit, "enabled": True}]})
    assert said(reply) == (400, "INVALID_DATA", message, DETAIL)


@PROFILES
def test_profiles_of_the_system_stay(crm: Crm) -> None:
    number = ids(crm, "profiles")["Standard"]
    where = {"resource_path_index": 2}

    updated, deleted = put(crm, number, {"name": "x"}), crm.delete(f"settings/profiles/{number}")
    assert said(updated) == (400, "NOT_ALLOWED", "System profile cannot be updated", where)
    assert said(deleted) == (400, "NOT_ALLOWED", "System profile cannot be deleted", where)


@PROFILES
def test_a_profile_is_deleted_when_its_users_have_another(crm: Crm) -> None:
    person(crm, "Seller")
    number = ids(crm, "profiles")["Seller"]
    path, standard = f"settings/profiles/{number}", ids(crm, "profiles")["Standard"]

    message = "Users in the profile need to be transferred. transfer_to param is mandatory."
    assert said(crm.delete(path)) == (400, "MANDATORY_NOT_FOUND", message, {"param": "transfer_to"})
    bad = "the id given seems to be invalid or already deleted"
    assert said(crm.delete(path, {"transfer_to": "5"})) == (400, "INVALID_DATA", bad, {"id": "5"})
    reply = crm.delete(path, {"transfer_to": standard})
    assert said(reply) == (200, "SUCCESS", "Profile deleted", {"id": number})
    (user,) = crm.get(f"users/{id_of_person(crm, 'Seller')}").json["users"]
    assert user["profile"] == {"name": "Standard", "id": standard}
    assert said(crm.delete(path)) == (400, "INVALID_DATA", bad, {"resource_path_index": 2})


@PROFILES
def test_profiles_and_roles_are_changed_by_those_who_may(crm: Crm) -> None:
    token = person(crm, "Standard_user")
    profile, role = ids(crm, "profiles")["Standard"], ids(crm, "roles")["Manager"]
    body = {"profiles": [{"name": "x"}]}

    for reply in (
        crm.post(f"settings/profiles/{profile}/actions/clone", body, token=token),
        crm.put(f"settings/profiles/{profile}", body, token=token),
        crm.delete(f"settings/profiles/{profile}", token=token),
    ):
        details = {"permissions": ["Crm_Implied_Manage_Profiles"]}
        assert said(reply) == (403, "NO_PERMISSION", "permission denied", details)
    for reply in (
        crm.put(f"settings/roles/{role}", {"roles": [{"name": "x"}]}, token=token),
        crm.delete(f"settings/roles/{role}", token=token),
    ):
        assert reply.problem == (403, "NO_PERMISSION")


def add_role(crm: Crm, name: str, above: str) -> str:
    reply = crm.post("settings/roles", {"roles": [{"name": name, "reporting_to": {"id": above}}]})
    return str(reply.details("roles")["id"])


def role(crm: Crm, number: str) -> dict[str, Any]:
    (found,) = crm.get(f"settings/roles/{number}").json["roles"]
    assert isinstance(found, dict)
    return found


@ROLES
@VERSIONS
@pytest.mark.parametrize("many", [False, True])
def test_a_role_is_changed(crm: Crm, version: str, many: bool) -> None:
    roles = ids(crm, "roles")
    number = add_role(crm, "Seller", roles["Manager"])
    row = {"name": "Senior", "description": "d", "share_with_peers": True, "reporting_to": {"id": roles["CEO"]}}
    person(crm, "One", role=int(number))

    path = "settings/roles" if many else f"settings/roles/{number}"
    reply = crm.put(path, {"roles": [{**row, **({"id": number} if many else {})}]}, version=version)
    assert said(reply, "roles") == (200, "SUCCESS", "Role updated", {"id": number})
    shown = role(crm, number)
    assert (shown["name"], shown["description"], shown["share_with_peers"]) == ("Senior", "d", True)
    assert shown["reporting_to"]["name"] == "CEO"
    assert crm.get(f"users/{id_of_person(crm, 'One')}").json["users"][0]["role"]["name"] == "Senior"


@ROLES
@pytest.mark.parametrize(
    ("row", "code", "message"),
    [
        ({"name": "x" * 201}, "INVALID_DATA", "Invalid role name"),
        ({"name": "CEO"}, "DUPLICATE_DATA", "Failed to add role since role with same name is already exist"),
        ({"reporting_to": {"id": "own"}}, "INVALID_DATA", "the id given seems to be invalid or already deleted"),
        ({"reporting_to": {"id": "below"}}, "INVALID_DATA", "the id given seems to be invalid or already deleted"),
    ],
)
def test_what_is_wrong_with_a_change_of_a_role(crm: Crm, row: dict[str, Any], code: str, message: str) -> None:
    number = ids(crm, "roles")["Manager"]
    places = {"own": number, "below": add_role(crm, "Seller", number)}
    if "reporting_to" in row:
        row = {"reporting_to": {"id": places[row["reporting_to"]["id"]]}}

    assert said(crm.put(f"settings/roles/{number}", {"roles": [row]}), "roles")[:3] == (400, code, message)


@ROLES
def test_a_role_is_deleted_when_all_that_was_its_has_another(crm: Crm) -> None:
    roles = ids(crm, "roles")
    number = add_role(crm, "Lead", roles["Manager"])
    below = add_role(crm, "Seller", number)
    person(crm, "One", role=int(number))
    path = f"settings/roles/{number}"

    where = {"api_name": "transfer_to_id", "json_path": "$.roles[0].transfer_to_id"}
    for given in ({}, {"transfer_to_id": number}, {"transfer_to_id": "5"}):
        assert said(crm.delete(path, given), "roles") == (400, "INVALID_DATA", "invalid transferToId", where)
    reply = crm.delete(path, {"transfer_to_id": below})
    assert said(reply, "roles") == (200, "SUCCESS", "Role Deleted", {"id": number})
    assert crm.get(f"users/{id_of_person(crm, 'One')}").json["users"][0]["role"]["id"] == below
    assert role(crm, below)["reporting_to"]["id"] == roles["Manager"]
    assert said(crm.delete(f"settings/roles/{roles['CEO']}", {"transfer_to_id": below}), "roles")[1] == "NOT_ALLOWED"


@pytest.mark.source("assumed: who manages users is no administrator thereby")
def test_nobody_makes_himself_an_administrator(crm: Crm) -> None:
    token = person(crm, "Manager_of_users")

    def permit(unit: Any) -> None:
        profile = next(each for each in unit.documents("profile") if each.name == "Manager_of_users")
        body = {**profile.body, "denied": []}
        unit.put_document(replace(profile, body=body))

    crm.store.write_now(permit)
    own, administrator = id_of_person(crm, "Manager_of_users"), ids(crm, "profiles")["Administrator"]
    row = {"users": [{"profile": {"id": administrator}}]}

    assert crm.put(f"users/{own}", row, token=token).problem == (403, "NO_PERMISSION")
    assert crm.put(f"users/{crm.user.id}", {"users": [{"first_name": "x"}]}, token=token).problem[0] == 403
    assert crm.delete(f"users/{crm.user.id}", token=token).problem == (403, "NO_PERMISSION")


# -- nobody gives more than he has

MANAGERS = ("Crm_Implied_Manage_Users", "Crm_Implied_Manage_Profiles", "Crm_Implied_Customize_Zoho_CRM")
NO_MORE = pytest.mark.source("assumed: who manages users, profiles or fields does not thereby get more rights")


def manager(crm: Crm, *denied: str, fields: dict[str, str] | None = None) -> str:
    """Add somebody who manages users, profiles and fields, and lacks some permissions; return a token of his."""
    token = person(crm, "Manager_of_all", denied, fields)

    def permit(unit: Unit) -> None:
        profile = next(each for each in unit.documents("profile") if each.name == "Manager_of_all")
        kept: list[Json] = [name for name in profile.body["denied"] if name not in MANAGERS]
        unit.put_document(replace(profile, body={**profile.body, "denied": kept}))

    crm.store.write_now(permit)
    return token


def lacking(*names: str) -> tuple[int, str, str, dict[str, Any]]:
    return 403, "NO_PERMISSION", "permission denied", {"permissions": list(names)}


@NO_MORE
def test_nobody_raises_his_own_profile(crm: Crm) -> None:
    token = manager(crm, "Crm_Implied_Delete_Deals")
    own = ids(crm, "profiles")["Manager_of_all"]
    wanted = permission(crm, own, "Crm_Implied_Delete_Deals")["id"]
    other = permission(crm, own, "Crm_Implied_Delete_Leads")["id"]

    def set_to(number: str, *, enabled: bool) -> Reply:
        row = {"permissions_details": [{"id": number, "enabled": enabled}]}
        return crm.put(f"settings/profiles/{own}", {"profiles": [row]}, token=token)

    assert said(set_to(wanted, enabled=True)) == lacking("Crm_Implied_Delete_Deals")
    assert permission(crm, own, "Crm_Implied_Delete_Deals")["enabled"] is False
    # What he has he may take away, and is without it from then on.
    assert set_to(other, enabled=True).status == 200
    assert set_to(other, enabled=False).status == 200
    assert said(set_to(other, enabled=True)) == lacking("Crm_Implied_Delete_Leads")


@NO_MORE
def test_nobody_clones_a_profile_that_gives_more(crm: Crm) -> None:
    token = manager(crm, "Crm_Implied_Delete_Deals")
    profiles = ids(crm, "profiles")

    def clone_of(name: str) -> Reply:
        row = {"profiles": [{"name": "Mine"}]}
        return crm.post(f"settings/profiles/{profiles[name]}/actions/clone", row, token=token)

    others = ("Crm_Implied_Manage_Roles", "Crm_Implied_Manage_Workflow")
    assert said(clone_of("Administrator")) == lacking("Crm_Implied_Delete_Deals", *others)
    assert said(clone_of("Standard")) == lacking("Crm_Implied_Delete_Deals")
    assert clone_of("Manager_of_all").status == 201


@NO_MORE
def test_nobody_gives_a_user_a_profile_with_more(crm: Crm) -> None:
    token = manager(crm, "Crm_Implied_Delete_Deals")
    own, profiles = id_of_person(crm, "Manager_of_all"), ids(crm, "profiles")
    standard = {"profile": {"id": profiles["Standard"]}}
    role = ids(crm, "roles")["Manager"]
    new = {"last_name": "New", "email": "new@example.com", "role": role, **standard}

    assert said(crm.put(f"users/{own}", {"users": [standard]}, token=token)) == lacking("Crm_Implied_Delete_Deals")
    assert said(crm.post("users", {"users": [new]}, token=token)) == lacking("Crm_Implied_Delete_Deals")
    made = crm.post("users", {"users": [{**new, "profile": profiles["Manager_of_all"]}]}, token=token)
    assert made.status == 201

    fresh = str(clone(crm).details("profiles")["id"])
    path = f"settings/profiles/{fresh}"
    assert crm.put(f"users/{own}", {"users": [{"profile": profiles["Manager_of_all"]}]}).status == 200
    transfer = {"transfer_to": profiles["Standard"]}
    assert said(crm.delete(path, transfer, token=token)) == lacking("Crm_Implied_Delete_Deals")


@NO_MORE
def test_nobody_makes_a_field_visible_for_himself(crm: Crm) -> None:
    token = manager(crm, fields={"Deals.Amount": "hidden", "Deals.Next_Step": "read_only"})
    own = ids(crm, "profiles")["Manager_of_all"]
    (amount,) = (
        each for each in crm.get("settings/fields", {"module": "Deals"}).json["fields"] if each["api_name"] == "Amount"
    )

    row = {"fields": [{"profiles": [{"id": own, "permission_type": "read_only"}]}]}
    path = f"settings/fields/{amount['id']}"
    assert crm.crm("PATCH", path, row, {"module": "Deals"}, token=token).problem == (403, "NO_PERMISSION")
    # Nor by another profile.
    clone_of_standard = crm.post(
        f"settings/profiles/{ids(crm, 'profiles')['Standard']}/actions/clone",
        {"profiles": [{"name": "M"}]},
        token=token,
    )
    assert clone_of_standard.problem == (403, "NO_PERMISSION")
    assert crm.crm("PATCH", path, row, {"module": "Deals"}).status == 200
