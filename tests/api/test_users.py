"""Users: reading, adding, changing and deleting them."""

from typing import Any

import pytest

from kaizen.server.resources.organisation.user_kinds import KINDS
from kaizen.vocabulary.scopes import EVERYTHING
from tests.support.server import Crm

Row = dict[str, Any]


def ids_of(crm: Crm, path: str, key: str) -> dict[str, str]:
    return {entry["name"]: entry["id"] for entry in crm.get(path).json[key]}


def row(crm: Crm, **changed: Any) -> Row:
    """A user who can be added; None leaves a key out."""
    given = {
        "last_name": "Byron",
        "first_name": "Ada",
        "email": "ada@example.com",
        "role": {"id": ids_of(crm, "settings/roles", "roles")["Manager"]},
        "profile": ids_of(crm, "settings/profiles", "profiles")["Standard"],
        **changed,
    }
    return {name: value for name, value in given.items() if value is not None}


def add(crm: Crm, **changed: Any) -> str:
    reply = crm.post("users", {"users": [row(crm, **changed)]})
    assert reply.status == 201, reply.content
    return str(reply.details("users")["id"])


def confirmed(crm: Crm, **changed: Any) -> str:
    user_id = add(crm, **changed)
    assert crm.control("POST", f"users/{user_id}/confirm").status == 200
    return user_id


def user(crm: Crm, user_id: object, version: str = "v8") -> Row:
    (found,) = crm.get(f"users/{user_id}", version=version).json["users"]
    assert isinstance(found, dict)
    return found


def names(crm: Crm, **params: object) -> list[str]:
    reply = crm.get("users", params)
    return [] if reply.status == 204 else [found["last_name"] for found in reply.json["users"]]


@pytest.mark.source("reference: platform F.1, B.12 11")
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_a_user_has_all_that_clients_read(crm: Crm, version: str) -> None:
    shown = user(crm, crm.user.id, version)

    assert shown["email"] == crm.user.email
    assert shown["status"] == "active"
    assert shown["confirm"] is True
    assert shown["territories"] == []
    for key in ("role", "profile", "created_by", "Modified_By"):
        assert shown[key].keys() == {"name", "id"}, key
    for tab in ("normal_tab", "selected_tab"):
        assert shown["theme"][tab].keys() == {"font_color", "background"}
    assert shown["customize_info"]["show_detail_view"] is True


#: The keys of the example.
KEYS = """
    $current_shift $next_shift $shift_effective_from Modified_By Modified_Time Reporting_To alias confirm created_by
    created_time customize_info date_format decimal_separator email first_name full_name id image_link last_name locale
    microsoft personal_account phone profile role sandboxDeveloper status status_reason__s theme type__s zuid
"""
CUSTOMIZE_KEYS = """
    bc_view notes_desc show_detail_view show_home show_left_panel show_right_panel unpin_recent_item
"""
THEME_KEYS = "background new_background normal_tab screen selected_tab type"


@pytest.mark.source("docs: getUsers, getSingleUser examples")
def test_a_user_has_the_keys_of_the_example(crm: Crm) -> None:
    listed = crm.get("users").json

    shown = user(crm, crm.user.id)
    assert listed["users"] == [shown]
    assert listed["info"] == {"per_page": 200, "count": 1, "page": 1, "more_records": False}
    assert set(KEYS.split()) <= shown.keys()
    assert sorted(shown["customize_info"]) == CUSTOMIZE_KEYS.split()
    assert sorted(shown["theme"]) == THEME_KEYS.split()


@pytest.mark.source("reference: platform B.9, user keys")
@pytest.mark.parametrize(
    ("version", "key"), [("v2", "type"), ("v3", "name_format"), ("v4", "type__s"), ("v8", "name_format__s")]
)
def test_keys_of_users_were_renamed_with_v4(crm: Crm, version: str, key: str) -> None:
    assert key in user(crm, crm.user.id, version)


@pytest.mark.source("reference: platform F.1")
def test_a_new_user_is_unconfirmed(crm: Crm) -> None:
    reply = crm.post("users", {"users": [row(crm, phone="123", time_zone="Asia/Kolkata")]})

    assert reply.status == 201
    assert reply.json["users"][0]["message"] == "User added"
    shown = user(crm, reply.details("users")["id"])
    assert shown["full_name"] == "Ada Byron"
    assert (shown["confirm"], shown["status"], shown["zuid"]) == (False, "disabled", None)
    assert shown["role"]["name"] == "Manager"
    assert shown["profile"]["name"] == "Standard"
    assert shown["phone"] == "123"
    assert shown["time_zone"] == "Asia/Kolkata"
    assert shown["offset"] == 5.5 * 3600 * 1000
    assert shown["created_by"]["id"] == str(crm.user.id)


@pytest.mark.source("reference: platform F.1, types")
def test_users_are_listed_by_kind(crm: Crm) -> None:
    admin = crm.user.last_name
    confirmed(crm, last_name="Active", email="a@example.com")
    add(crm, last_name="Invited", email="b@example.com")
    gone = confirmed(crm, last_name="Gone", email="c@example.com")
    off = confirmed(crm, last_name="Off", email="d@example.com")
    crm.delete(f"users/{gone}")
    crm.put(f"users/{off}", {"users": [{"status": "disabled"}]})

    assert {kind: names(crm, type=kind) for kind in (*KINDS, "CurrentUser")} == {
        "AllUsers": [admin, "Active", "Invited", "Off"],
        "ActiveUsers": [admin, "Active"],
        "AllActiveUsers": [admin, "Active"],
        "ActiveLiteUser": [],
        "ActiveAndDeactive": [admin, "Active", "Invited", "Off"],
        "DeactiveUsers": ["Invited", "Off"],
        "ConfirmedUsers": [admin, "Active", "Off"],
        "NotConfirmedUsers": ["Invited"],
        "DeletedUsers": ["Gone"],
        "ActiveConfirmedUsers": [admin, "Active"],
        "AdminUsers": [admin],
        "ActiveConfirmedAdmins": [admin],
        "CurrentUser": [admin],
        "DeveloperUsers": [],
        "ParentRoleUsers": [],
        "ChildRoleUsers": ["Active", "Invited", "Off"],
        "SubordinateRoleUsers": ["Active", "Invited", "Off"],
        "ConfirmedReportingUsers": [],
    }
    assert names(crm) == [admin, "Active", "Invited", "Off"]


@pytest.mark.source("docs: getUsers operation; that the role itself does not count is assumed")
def test_users_are_listed_by_the_roles_around_one(crm: Crm) -> None:
    roles = ids_of(crm, "settings/roles", "roles")
    lowest = {"name": "Seller", "reporting_to": {"id": roles["Manager"]}}
    seller = crm.post("settings/roles", {"roles": [lowest]}).details("roles")["id"]
    manager = confirmed(crm, last_name="Manager", email="m@example.com")
    confirmed(crm, last_name="Seller", email="s@example.com", role={"id": seller}, Reporting_To={"id": manager})

    def around(role: str) -> list[list[str]]:
        return [
            names(crm, type=kind, role_id=role)
            for kind in ("ParentRoleUsers", "ChildRoleUsers", "SubordinateRoleUsers")
        ]

    assert around(roles["CEO"]) == [[], ["Manager"], ["Manager", "Seller"]]
    assert around(roles["Manager"]) == [[crm.user.last_name], ["Seller"], ["Seller"]]
    assert around(seller) == [["Manager"], [], []]
    assert names(crm, type="ConfirmedReportingUsers") == ["Manager", "Seller"]
    refused = crm.get("users", {"type": "ChildRoleUsers", "role_id": "12"})
    assert (refused.problem, refused.json["details"]) == ((400, "INVALID_DATA"), {"param_name": "role_id"})


@pytest.mark.source("docs: getUsers, getSingleUser operations")
def test_some_fields_of_users_are_shown(crm: Crm) -> None:
    asked = {"fields": "last_name,email,nothing"}
    shown = {"id": str(crm.user.id), "last_name": crm.user.last_name, "email": crm.user.email}

    assert crm.get("users", asked).json["users"] == [shown]
    assert crm.get(f"users/{crm.user.id}", asked).json["users"] == [shown]


@pytest.mark.source("docs: getUsers operation; that there are regular users only is assumed")
def test_users_are_listed_by_their_type(crm: Crm) -> None:
    assert names(crm, type__s="Regular User") == [crm.user.last_name]
    assert names(crm, type__s="Team User") == []
    assert crm.get("users", {"type__s": "Robot"}).problem == (400, "INVALID_DATA")


@pytest.mark.source("docs: getUsers examples")
def test_there_are_no_queries_for_users(crm: Crm) -> None:
    assert crm.get("users", {"query_id": "12"}).json == {
        "code": "INVALID_DATA",
        "details": {"param_name": "query_id"},
        "message": "Invalid queryId",
        "status": "error",
    }
    assert crm.get("users", {"child_data": "{}"}).json == {
        "code": "DEPENDENT_PARAM_MISSING",
        "details": {"dependee": {"param_name": "child_data"}, "param_name": "query_id"},
        "message": "Dependent Param missing",
        "status": "error",
    }


@pytest.mark.source("reference: platform F.1, B.7")
def test_users_come_in_pages_and_by_ids(crm: Crm) -> None:
    first, second = (add(crm, last_name=name, email=f"{name}@example.com") for name in ("One", "Two"))

    reply = crm.get("users", {"page": 2, "per_page": 2})

    assert [found["last_name"] for found in reply.json["users"]] == ["Two"]
    assert reply.json["info"] == {"per_page": 2, "count": 1, "page": 2, "more_records": False}
    assert names(crm, ids=f"{second},{first},12") == ["One", "Two"]
    assert crm.get("users", {"page": 9}).status == 204


@pytest.mark.source("reference: platform B.2, E")
def test_users_that_are_not_sent(crm: Crm) -> None:
    later = {"If-Modified-Since": "2026-02-01T00:00:00+00:00"}

    assert crm.get("users", headers=later).status == 304
    assert crm.get(f"users/{crm.user.id}", headers=later).status == 304
    assert crm.get("users/4876876000000000001").status == 204
    assert crm.get("users/letters").problem == (400, "INVALID_DATA")
    assert crm.get("users", {"type": "Strangers"}).problem == (400, "INVALID_DATA")
    assert crm.get("users", token=crm.token("ZohoCRM.settings.ALL")).problem == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.source("reference: platform F.1, errors")
@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"last_name": None, "first_name": None}, "MANDATORY_NOT_FOUND", "Last Name is required"),
        ({"last_name": " ", "first_name": None}, "MANDATORY_NOT_FOUND", "Last Name is required"),
        ({"email": None}, "MANDATORY_NOT_FOUND", "required field not found"),
        ({"role": None}, "MANDATORY_NOT_FOUND", "required field not found"),
        ({"profile": None}, "MANDATORY_NOT_FOUND", "required field not found"),
        ({"email": "nobody"}, "INVALID_DATA", "Invalid Email Id. Please choose a different email id"),
        ({"email": 7}, "INVALID_DATA", "Invalid Email Id. Please choose a different email id"),
        ({"role": {"id": "12"}}, "INVALID_DATA", "INVALID_DATA"),
        ({"profile": "letters"}, "INVALID_DATA", "INVALID_DATA"),
        ({"first_name": "<b>"}, "INVALID_DATA", "Special Characters Found"),
        ({"first_name": "x" * 41}, "INVALID_DATA", "invalid data"),
        ({"phone": 12345}, "INVALID_DATA", "invalid data"),
        ({"dob": "1815-13-10"}, "INVALID_DATA", "invalid data"),
        ({"time_zone": "Mars/Olympus"}, "INVALID_DATA", "Give a proper time zone value"),
        ({"time_zone": "../etc/passwd"}, "INVALID_DATA", "Give a proper time zone value"),
        # Files of the machine's zone data, and no zones.
        ({"time_zone": "posixrules"}, "INVALID_DATA", "Give a proper time zone value"),
        ({"time_zone": "localtime"}, "INVALID_DATA", "Give a proper time zone value"),
        ({"time_format": "ticks"}, "INVALID_DATA", "Pattern not matched"),
        (
            {"number_separator": "Dash"},
            "INVALID_DATA",
            "Invalid data. Valid values are Comma/Period/Space (Not case-sensitive)",
        ),
        (
            {"number_separator": "period"},
            "MAPPING_MISMATCH",
            "the number separator and decimal separator values should not be same",
        ),
        ({"created_by": {"id": "1"}}, "NOT_SUPPORTED", "Created by & Modified by fields cannot be updated by api"),
        ({"type__s": "System User"}, "NOT_SUPPORTED", "type__s is cannot be updated by api"),
        ({"Reporting_To": {"id": "12"}}, "INVALID_DATA", "invalid data"),
        ({"status": "gone"}, "INVALID_DATA", "Pattern not matched"),
        ({"status": True}, "INVALID_DATA", "Pattern not matched"),
    ],
)
def test_a_bad_user_is_refused(crm: Crm, changed: Row, code: str, message: str) -> None:
    reply = crm.post("users", {"users": [row(crm, **changed)]})

    assert reply.status == 400
    assert reply.codes("users") == [code]
    assert reply.json["users"][0]["message"] == message
    assert len(names(crm)) == 1


@pytest.mark.source("reference: platform F.1, errors")
def test_an_address_is_given_once(crm: Crm) -> None:
    first = add(crm)

    reply = crm.post("users", {"users": [row(crm, email="ADA@example.com")]})

    assert reply.json["users"][0]["message"] == "Failed to add user since same email id is already present"
    assert reply.codes("users") == ["DUPLICATE_DATA"]
    crm.delete(f"users/{first}")
    assert add(crm) != first


@pytest.mark.source("reference: platform F.1")
def test_a_user_is_changed(crm: Crm) -> None:
    user_id = confirmed(crm)

    reply = crm.put(f"users/{user_id}", {"users": [{"last_name": "Lovelace", "first_name": None, "mobile": "1"}]})

    assert reply.status == 200
    assert reply.json["users"][0]["message"] == "User updated"
    shown = user(crm, user_id)
    assert (shown["full_name"], shown["mobile"], shown["role"]["name"]) == ("Lovelace", "1", "Manager")


@pytest.mark.source("docs: createUser examples, request; updateUser operation: null clears a last name")
def test_a_user_needs_one_name(crm_on: Crm) -> None:
    crm = crm_on
    invitation = {"COMPANYNAME": "ZohoCRM", "DISPLAYNAME": "User 1"}
    ada = confirmed(crm, last_name=None, **{"$invitation_details": invitation})

    shown = user(crm, ada)
    assert (shown["first_name"], shown["last_name"], shown["full_name"]) == ("Ada", None, "Ada")
    both = crm.put(f"users/{ada}", {"users": [{"last_name": "Byron"}]})
    only_last = crm.put(f"users/{ada}", {"users": [{"first_name": None}]})
    none = crm.put(f"users/{ada}", {"users": [{"last_name": None}]})
    assert [reply.status for reply in (both, only_last, none)] == [200, 200, 400]
    assert none.details("users") == {"api_name": "last_name", "json_path": "$.users[0].last_name"}
    assert user(crm, ada)["full_name"] == "Byron"


@pytest.mark.source("reference: platform B.1: empty is null")
def test_records_and_searches_know_users_without_a_last_name(crm_on: Crm) -> None:
    ada = confirmed(crm_on, last_name=None)
    lead = {"Last_Name": "Lead", "Owner": {"id": ada}}
    lead_id = crm_on.post("Leads", {"data": [lead]}).details()["id"]

    (record,) = crm_on.get(f"Leads/{lead_id}").json["data"]
    rows = crm_on.post("coql", {"select_query": f"select Owner from Leads where id = {lead_id}"}).json["data"]
    found = crm_on.get("Users/search", {"criteria": "(first_name:equals:Ada)"}).json["users"]

    assert record["Owner"]["name"] == "Ada"
    assert rows[0]["Owner"]["name"] == "Ada"
    assert [each["id"] for each in found] == [ada]


@pytest.mark.source("reference: platform F.1")
def test_users_are_changed_by_the_ids_of_the_body(crm: Crm) -> None:
    user_id = confirmed(crm)

    reply = crm.put(
        "users", {"users": [{"id": user_id, "city": "London"}, {"id": "12", "city": "Rome"}, {"city": "Bern"}]}
    )

    assert reply.status == 207
    assert reply.codes("users") == ["SUCCESS", "INVALID_DATA", "MANDATORY_NOT_FOUND"]
    assert user(crm, user_id)["city"] == "London"


@pytest.mark.source("reference: platform F.1, G.6")
def test_what_becomes_of_a_user(crm: Crm) -> None:
    invited = add(crm, email="invited@example.com")
    off = {"users": [{"status": "disabled"}]}
    on = {"users": [{"status": "active"}]}

    assert crm.put(f"users/{invited}", on).codes("users") == ["INVALID_REQUEST"]
    assert crm.put(f"users/{invited}", {"users": [{"email": "new@example.com"}]}).codes("users") == ["SUCCESS"]
    member = confirmed(crm)
    assert crm.put(f"users/{member}", on).codes("users") == ["ID_ALREADY_ACTIVE"]
    assert crm.put(f"users/{member}", off).codes("users") == ["SUCCESS"]
    assert crm.put(f"users/{member}", off).codes("users") == ["ID_ALREADY_DEACTIVATED"]
    assert crm.put(f"users/{member}", on).codes("users") == ["SUCCESS"]
    changed = crm.put(f"users/{member}", {"users": [{"email": "other@example.com"}]})
    assert changed.codes("users") == ["EMAIL_UPDATE_NOT_ALOWED"]
    reply = crm.delete(f"users/{member}")
    assert (reply.status, reply.json["users"][0]["message"]) == (200, "User deleted")
    assert user(crm, member)["status"] == "deleted"
    again = crm.delete(f"users/{member}")
    assert (again.status, again.codes("users")) == (400, ["ID_ALREADY_DELETED"])
    assert again.details("users") == {"json_path": "$.users[0].id", "id": member}
    assert crm.put(f"users/{member}", on).problem == (400, "NOT_ALLOWED")


@pytest.mark.source("reference: platform F.1, primary contact; deleteUser examples")
def test_the_primary_contact_stays(crm: Crm) -> None:
    gone = crm.delete(f"users/{crm.user.id}")
    assert (gone.status, gone.codes("users")) == (400, ["INVALID_REQUEST"])
    old = crm.delete(f"users/{crm.user.id}", version="v2")
    assert (old.status, old.codes("users")) == (202, ["INVALID_REQUEST"])
    assert crm.delete("users/4876876000000000001").problem == (400, "INVALID_DATA")
    reply = crm.put(f"users/{crm.user.id}", {"users": [{"status": "disabled"}]})
    assert reply.codes("users") == ["INVALID_REQUEST"]


@pytest.mark.source("assumed: platform A.10, who manages users")
def test_managing_users_takes_an_administrator(crm: Crm) -> None:
    member = confirmed(crm)
    token = crm.token("ZohoCRM.users.ALL", user_id=int(member))

    refused = crm.post("users", {"users": [row(crm, email="x@example.com")]}, token=token)
    assert refused.problem == (403, "NO_PERMISSION")
    assert refused.json["details"] == {"permissions": ["Crm_Implied_Manage_Users"]}
    assert crm.delete(f"users/{crm.user.id}", token=token).problem == (403, "NO_PERMISSION")
    admin = {"users": [{"profile": str(crm.user.profile_id)}]}
    assert crm.put(f"users/{member}", admin, token=token).problem == (403, "NO_PERMISSION")
    assert crm.put(f"users/{member}", {"users": [{"city": "Paris"}]}, token=token).status == 200


@pytest.mark.source("assumed: an organisation that nobody administers is locked for ever")
def test_the_last_administrator_stays_one(crm_on: Crm) -> None:
    crm = crm_on
    standard = ids_of(crm, "settings/profiles", "profiles")["Standard"]
    whole = {"profile": str(crm.user.profile_id)}
    other = confirmed(crm, **whole)
    one_more = row(crm, email="third@example.com", **whole)
    hers = crm.token(*EVERYTHING, user_id=int(other))
    demote, off = {"users": [{"profile": standard}]}, {"users": [{"status": "disabled"}]}
    said = "the last active administrator cannot be deactivated, deleted or given another profile"

    # Of two one may go; whoever is left may not, by her own hand or by another's.
    assert crm.put(f"users/{crm.user.id}", demote).codes("users") == ["SUCCESS"]
    for reply in (
        crm.put(f"users/{other}", demote, token=hers),
        crm.put("users", {"users": [{"id": other, "profile": standard}]}, token=hers),
        crm.delete(f"users/{other}", token=hers),
    ):
        assert (reply.status, reply.codes("users"), reply.json["users"][0]["message"]) == (400, ["NOT_ALLOWED"], said)
        assert reply.details("users") == {"id": other}
    assert crm.put(f"users/{other}", off, token=hers).codes("users") == ["INVALID_REQUEST"]
    assert crm.put(f"users/{other}", {"users": [{"city": "Paris"}]}, token=hers).status == 200

    # Somebody who is invited, deactivated or deleted administers nothing.
    invited = crm.post("users", {"users": [one_more]}, token=hers)
    third = invited.details("users")["id"]
    assert crm.delete(f"users/{other}", token=hers).codes("users") == ["NOT_ALLOWED"]
    assert crm.control("POST", f"users/{third}/confirm", token=hers).status == 200
    assert crm.delete(f"users/{other}", token=hers).codes("users") == ["SUCCESS"]


@pytest.mark.source("assumed: a deactivated administrator comes back by an administrator's hand only")
def test_nobody_else_brings_a_deactivated_administrator_back(crm: Crm) -> None:
    member = confirmed(crm)
    other = confirmed(crm, email="other@example.com", profile=str(crm.user.profile_id))
    token = crm.token(*EVERYTHING, user_id=int(member))
    on = {"users": [{"status": "active"}]}
    assert crm.put(f"users/{other}", {"users": [{"status": "disabled"}]}).status == 200

    assert crm.put(f"users/{other}", on, token=token).problem == (403, "NO_PERMISSION")
    assert crm.put("users", {"users": [{"id": other, "status": "active"}]}, token=token).problem == (
        403,
        "NO_PERMISSION",
    )
    assert crm.control("POST", f"users/{other}/confirm", token=token).problem == (403, "NO_PERMISSION")
    # Nor does an invitation that was followed long ago.
    assert crm.control("POST", f"users/{other}/confirm").problem == (400, "NOT_ALLOWED")
    assert user(crm, other)["status"] == "disabled"
    assert crm.put(f"users/{other}", on).status == 200


@pytest.mark.source("reference: platform B.4")
def test_times_are_shown_in_the_zone_of_the_caller(crm: Crm) -> None:
    member = confirmed(crm, time_zone="Asia/Kolkata")
    token = crm.token("ZohoCRM.users.READ", user_id=int(member))

    (shown,) = crm.get(f"users/{member}", token=token).json["users"]

    assert shown["created_time"] == "2026-01-05T14:30:00+05:30"


@pytest.mark.source("docs: updateUser operation: customize_info, theme, default_tab_group")
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_how_a_user_wants_the_interface_is_kept(version: str, crm_on: Crm) -> None:
    path = f"users/{crm_on.user.id}"
    first = user(crm_on, crm_on.user.id, version)
    header = {"background": "#123456", "font_color": "#abcdef"}
    wanted = {
        "customize_info": {"notes_desc": True, "show_left_panel": False},
        "theme": {"type": "custom", "background": "#00ff00", "normal_tab": {"font_color": "#010203"}, "header": header},
        "default_tab_group": 3,
    }

    assert crm_on.put(path, {"users": [wanted]}, version=version).codes("users") == ["SUCCESS"]
    shown = user(crm_on, crm_on.user.id, version)
    assert shown["customize_info"] == {**first["customize_info"], "notes_desc": True, "show_left_panel": False}
    assert shown["theme"] == {
        **first["theme"],
        "type": "custom",
        "background": "#00ff00",
        "normal_tab": {**first["theme"]["normal_tab"], "font_color": "#010203"},
        "header": header,
    }
    assert shown["default_tab_group"] == "3"

    # What is shown can be sent back, what is not mentioned stays, and null gives the usual back.
    assert crm_on.put(path, {"users": [{name: shown[name] for name in wanted}]}).codes("users") == ["SUCCESS"]
    assert {name: user(crm_on, crm_on.user.id, version)[name] for name in wanted} == {n: shown[n] for n in wanted}
    assert crm_on.put(path, {"users": [{"theme": {"background": None, "header": None}}]}).codes("users") == ["SUCCESS"]
    theme = user(crm_on, crm_on.user.id, version)["theme"]
    assert (theme["background"], theme["type"], "header" in theme) == (first["theme"]["background"], "custom", False)
    assert crm_on.put(path, {"users": [dict.fromkeys(wanted)]}).codes("users") == ["SUCCESS"]
    assert {name: user(crm_on, crm_on.user.id, version)[name] for name in wanted} == {n: first[n] for n in wanted}


#: What an interface cannot look like: the part, the value, the details beside its place.
UNSEEN: list[tuple[str, Any, Row]] = [
    ("customize_info", 1, {"api_name": "customize_info", "expected_data_type": "jsonobject"}),
    ("customize_info.notes_desc", "yes", {"api_name": "notes_desc", "expected_data_type": "boolean"}),
    ("theme", [], {"api_name": "theme", "expected_data_type": "jsonobject"}),
    ("theme.background", "green", {"api_name": "background"}),
    ("theme.background", 5, {"api_name": "background", "expected_data_type": "text"}),
    ("theme.normal_tab", "#000000", {"api_name": "normal_tab", "expected_data_type": "jsonobject"}),
    ("theme.header.font_color", "#00", {"api_name": "font_color"}),
    ("theme.type", "dark", {"api_name": "type", "supported_values": ["default", "custom"]}),
    ("default_tab_group", "first", {"api_name": "default_tab_group", "expected_data_type": "integer"}),
    ("default_tab_group", -1, {"api_name": "default_tab_group", "range": {"from": 0, "to": 2**31 - 1}}),
]


@pytest.mark.source("docs: updateUser operation: customize_info, theme, default_tab_group")
@pytest.mark.parametrize(("part", "value", "details"), UNSEEN)
def test_an_interface_that_cannot_be_is_refused(part: str, value: Any, details: Row, crm: Crm) -> None:
    for name in reversed(part.split(".")):
        value = {name: value}

    reply = crm.put(f"users/{crm.user.id}", {"users": [value]})

    assert (reply.status, reply.codes("users")) == (400, ["INVALID_DATA"])
    assert reply.details("users") == {**details, "json_path": f"$.users[0].{part}"}


@pytest.mark.source("docs: updateUser operation: image_link")
def test_the_picture_of_a_user_is_kept(crm: Crm) -> None:
    path, link = f"users/{crm.user.id}", "https://example.com/ada.png"

    assert user(crm, crm.user.id)["image_link"] is None
    assert crm.put(path, {"users": [{"image_link": link}]}).codes("users") == ["SUCCESS"]
    assert user(crm, crm.user.id)["image_link"] == link


@pytest.mark.source("docs: updateUser operation: FEATURE_NOT_ENABLED")
def test_who_is_not_confirmed_has_no_interface_yet(crm: Crm) -> None:
    invited = add(crm)

    reply = crm.put(f"users/{invited}", {"users": [{"customize_info": {"show_home": True}}]})
    same = crm.put(f"users/{invited}", {"users": [{"customize_info": user(crm, invited)["customize_info"]}]})

    assert (reply.status, reply.codes("users"), reply.details("users")) == (400, ["FEATURE_NOT_ENABLED"], {})
    assert reply.json["users"][0]["message"] == "User is not confirmed so customization information cannot be updated"
    assert same.codes("users") == ["SUCCESS"]
