"""Users who are refused: the rows of the example files of createUser, updateUser and updateSingleUser."""

from pathlib import Path
from typing import Any

import pytest

from kaizen.server.resources.organisation import user_preferences
from kaizen.standard.data import read
from tests.api.test_users import Row, add, confirmed, ids_of, row, user
from tests.support.server import Crm, Reply, settings_for


def at(name: str, path: str = "", **more: Any) -> Row:
    """Say where in the first element something is wrong."""
    return {**more, "api_name": name, "json_path": f"$.users[0].{path or name}"}


def element(code: str, message: str, details: Row) -> Row:
    """Describe the one element of an answer that refuses it."""
    return {"users": [{"code": code, "details": details, "message": message, "status": "error"}]}


def change(crm: Crm, user_id: object, by_path: bool, **changed: Any) -> Reply:
    """Change a user, whom the path names or the body."""
    if by_path:
        return crm.put(f"users/{user_id}", {"users": [changed]})
    return crm.put("users", {"users": [{"id": str(user_id), **changed}]})


by_path = pytest.mark.parametrize("by_path", [False, True], ids=["updateUser", "updateSingleUser"])

NO_NUMBER = "Invalid data. Valid values are Comma/Period/Space (Not case-sensitive)"
NO_DECIMAL = "Invalid data. Valid values are Comma/Period (Not case-sensitive)"
SAME = "the number separator and decimal separator values should not be same"

#: What a user is refused for, new or changed.
WRONG_VALUES: list[tuple[Row, Row]] = [
    ({"time_zone": "Mars"}, element("INVALID_DATA", "Give a proper time zone value", at("time_zone"))),
    ({"profile": {"id": "12"}}, element("INVALID_DATA", "INVALID_DATA", at("profile"))),
    ({"role": {"id": "letters"}}, element("INVALID_DATA", "INVALID_DATA", at("role"))),
    ({"locale": "xx_YY"}, element("INVALID_DATA", "INVALID_DATA", at("locale"))),
    ({"country_locale": "xx_YY"}, element("INVALID_DATA", "INVALID_DATA", at("country_locale"))),
    ({"first_name": "<b>"}, element("INVALID_DATA", "Special Characters Found", at("first_name"))),
    ({"time_format": "ticks"}, element("INVALID_DATA", "Pattern not matched", at("time_format"))),
    (
        {"distance_preference__s": "Leagues"},
        element("INVALID_DATA", "Pattern not matched", at("distance_preference__s")),
    ),
    ({"status": "gone"}, element("INVALID_DATA", "Pattern not matched", at("status"))),
    (
        {"number_separator": "Period"},
        element("MAPPING_MISMATCH", SAME, at("decimal_separator", mapped_field=at("number_separator"))),
    ),
    ({"number_separator": "Dash"}, element("INVALID_DATA", NO_NUMBER, at("number_separator"))),
    ({"decimal_separator": "Space"}, element("INVALID_DATA", NO_DECIMAL, at("decimal_separator"))),
    ({"name_format__s": "Nick"}, element("INVALID_DATA", "Valid name format should be given", at("name_format__s"))),
    (
        {"sort_order_preference__s": "Nick"},
        element("INVALID_DATA", "Valid sort order preference should be given", at("sort_order_preference__s")),
    ),
    ({"language": "xx_YY"}, element("INVALID_DATA", "Give a proper language code", at("language"))),
    ({"date_format": "today"}, element("INVALID_DATA", "Valid date format should be given", at("date_format"))),
]


@pytest.mark.source("docs: createUser examples; reference: OAS users, messages")
@pytest.mark.parametrize(("wrong", "answer"), WRONG_VALUES)
def test_a_new_user_with_a_wrong_value_is_refused(wrong: Row, answer: Row, crm: Crm) -> None:
    reply = crm.post("users", {"users": [row(crm, **wrong)]})

    assert (reply.status, reply.json) == (400, answer)


@by_path
@pytest.mark.source("docs: updateUser, updateSingleUser examples; reference: OAS users, messages")
@pytest.mark.parametrize(("wrong", "answer"), WRONG_VALUES)
def test_a_user_who_changes_to_a_wrong_value_is_refused(wrong: Row, answer: Row, by_path: bool, crm: Crm) -> None:
    reply = change(crm, crm.user.id, by_path, **wrong)

    assert (reply.status, reply.json) == (400, answer)


SHIFT = "$current_shift"
NEXT = "$next_shift"
EFFECTIVE = "$shift_effective_from"
NIGHT = {"id": "12", "name": "Night"}

#: This server keeps no shifts: no id is right.
SHIFTS: list[tuple[Row, Row]] = [
    (
        {NEXT: NIGHT},
        element("DEPENDENT_MISMATCH", "Dependent Field value should not be null", at(EFFECTIVE, dependee=at(NEXT))),
    ),
    (
        {NEXT: NIGHT, EFFECTIVE: "2026-01-05"},
        element("INVALID_DATA", "Shift effective from date should be greater than Current Shift date", at(EFFECTIVE)),
    ),
    (
        {NEXT: NIGHT, EFFECTIVE: "2026-07-06"},
        element(
            "INVALID_DATA",
            "invalid data",
            at(EFFECTIVE, expected_data_type="Maximum time period is six months to move shift"),
        ),
    ),
    (
        {NEXT: NIGHT, EFFECTIVE: "soon"},
        element("INVALID_DATA", "invalid data", at(EFFECTIVE, expected_data_type="date")),
    ),
    ({SHIFT: NIGHT}, element("INVALID_REQUEST", "Invalid current shift id", at(SHIFT, f"{SHIFT}.id"))),
    (
        {NEXT: NIGHT, EFFECTIVE: "2026-07-05"},
        element("INVALID_REQUEST", "Invalid next shift id", at(NEXT, f"{NEXT}.id")),
    ),
    (
        {SHIFT: NIGHT, NEXT: NIGHT, EFFECTIVE: "2026-07-05"},
        element("NOT_ALLOWED", "current shift and next shift should not be same", at(f"{NEXT}.id")),
    ),
]


@pytest.mark.source("docs: createUser, updateUser, updateSingleUser examples")
@pytest.mark.parametrize(("wrong", "answer"), SHIFTS)
def test_nobody_works_in_shifts(wrong: Row, answer: Row, crm: Crm) -> None:
    replies = [crm.post("users", {"users": [row(crm, **wrong)]})]
    replies += [change(crm, crm.user.id, by_path, **wrong) for by_path in (False, True)]

    assert [(reply.status, reply.json) for reply in replies] == [(400, answer)] * 3


@pytest.mark.source("docs: getUsers examples: without a shift all three are null")
def test_no_shift_is_said_with_null(crm: Crm) -> None:
    none = dict.fromkeys((SHIFT, NEXT, EFFECTIVE))

    assert crm.post("users", {"users": [row(crm) | none]}).status == 201
    assert change(crm, crm.user.id, True, **none).status == 200


@pytest.mark.source("docs: createUser examples")
@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        (
            {"created_by": {"id": "12", "name": "Nobody"}},
            element("NOT_SUPPORTED", "Created by & Modified by fields cannot be updated by api", at("created_by")),
        ),
        ({"type__s": "Regular User"}, element("NOT_SUPPORTED", "type__s is cannot be updated by api", at("type__s"))),
        (
            {"type__s": "Digital Employee"},
            element("NOT_ALLOWED", "The specified user type is not allowed", at("type__s")),
        ),
        (
            {"email": "nobody"},
            element("INVALID_DATA", "Invalid Email Id. Please choose a different email id", {"api_name": "email"}),
        ),
        (
            {"email": "ada@Zoho.com"},
            element(
                "INVALID_DATA",
                "Email Id should not contain @zoho.com. Please choose a different email id",
                {"api_name": "email"},
            ),
        ),
        (
            {"email": "ADMIN@example.com"},
            element("DUPLICATE_DATA", "Failed to add user since same email id is already present", {}),
        ),
    ],
)
def test_a_user_who_cannot_be_added_is_refused(wrong: Row, answer: Row, crm: Crm) -> None:
    reply = crm.post("users", {"users": [row(crm, **wrong)]})

    assert (reply.status, reply.json) == (400, answer)


@pytest.mark.source("docs: createUser examples")
def test_an_organisation_without_a_name_adds_no_users(tmp_path: Path) -> None:
    crm = Crm(settings_for(str(tmp_path / "nameless.db"), org_name=""))
    try:
        reply = crm.post("users", {"users": [row(crm)]})
    finally:
        crm.close()

    assert (reply.status, reply.json) == (400, element("MANDATORY_NOT_FOUND", "Company Name is required", {}))


@by_path
@pytest.mark.source("docs: updateUser, updateSingleUser examples and operation; reference: OAS users, messages")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name_format__s", "Last Name,First Name,Salutation"),
        ("sort_order_preference__s", "Last Name,First Name"),
        ("language", "de_DE"),
        ("time_zone", "Asia/Kolkata"),
        ("signature", "Best regards"),
    ],
)
def test_some_preferences_are_changed_by_oneself_only(name: str, value: str, by_path: bool, crm: Crm) -> None:
    other = confirmed(crm)
    as_shown = user(crm, other)[name]

    refused = change(crm, other, by_path, **{name: value})
    kept = change(crm, other, by_path, **{name: as_shown})
    own = change(crm, crm.user.id, by_path, **{name: value})

    message = f"Cannot update the {name} of another User"
    assert (refused.status, refused.json) == (400, element("NOT_ALLOWED", message, {"api_name": name}))
    assert (kept.status, own.status) == (200, 200)
    assert (user(crm, other)[name], user(crm, crm.user.id)[name]) == (as_shown, value)


@pytest.mark.source("assumed: null gives a preference back")
def test_a_preference_is_given_back(crm: Crm) -> None:
    usual = user(crm, crm.user.id)
    said = {"time_format": "hh:mm a", "distance_preference__s": "Miles", "number_separator": "space", "phone": "1"}

    change(crm, crm.user.id, True, **said)
    assert said | {"number_separator": "Space"} == {name: user(crm, crm.user.id)[name] for name in said}
    change(crm, crm.user.id, True, **dict.fromkeys(said))

    assert user(crm, crm.user.id) == usual


@pytest.mark.source("assumed: every published preference is checked")
def test_every_choice_has_its_message_and_its_usual_value() -> None:
    for name, choices in read("user_preferences").items():
        assert user_preferences.USUAL[name] in choices
        assert user_preferences._NO_CHOICE[name]


FLAT = {"details": {"resource_path_index": 1}, "message": "the id given seems to be invalid", "status": "error"}


@pytest.mark.source("docs: updateUser, updateSingleUser, deleteUser examples")
def test_a_user_who_is_not_there(crm: Crm) -> None:
    """With the id in the body there is no place in the path to name."""
    gone = confirmed(crm)
    crm.delete(f"users/{gone}")

    by_path = [change(crm, user_id, True, city="Rome") for user_id in ("12", gone)]
    by_body = [change(crm, user_id, False, city="Rome") for user_id in ("12", gone)]
    deleted = [crm.delete(f"users/{user_id}") for user_id in ("12", gone)]
    nobody = crm.put("users", {"users": [{"city": "Rome"}]})

    assert [reply.json for reply in by_path] == [{"code": "INVALID_DATA", **FLAT}, {"code": "NOT_ALLOWED", **FLAT}]
    assert [reply.json for reply in by_body] == [
        element("INVALID_DATA", "the id given seems to be invalid", at("id")),
        element("CANNOT_UPDATE_DELETED_USER", "Deleted user cannot be updated", {}),
    ]
    assert [reply.json for reply in deleted] == [
        {"code": "INVALID_DATA", **FLAT},
        element("ID_ALREADY_DELETED", "User is already deleted", {"json_path": "$.users[0].id", "id": gone}),
    ]
    assert nobody.json == element("MANDATORY_NOT_FOUND", "required field not found", at("id"))


@pytest.mark.source("docs: createUser, updateUser, updateSingleUser examples")
def test_how_many_users_one_request_names(crm: Crm) -> None:
    def too_many(most: int) -> Row:
        details = {"maximum_length": most, "api_name": "users", "json_path": "$.users"}
        return {"code": "INVALID_DATA", "details": details, "message": "invalid data", "status": "error"}

    two = {"users": [row(crm), row(crm, email="two@example.com")]}

    assert crm.post("users", two).json == too_many(1)
    assert crm.put(f"users/{crm.user.id}", two).json == too_many(1)
    assert crm.put("users", {"users": [{"id": str(crm.user.id)}] * 11}).json == too_many(10)


@by_path
@pytest.mark.source("docs: updateUser, updateSingleUser examples; operation: what the id of a deactivated user means")
def test_whether_a_user_is_active(by_path: bool, crm: Crm) -> None:
    other = confirmed(crm)
    which = {"id": other, "json_path": "$.users[0].id"}

    assert change(crm, other, by_path, status="active").json == element(
        "ID_ALREADY_ACTIVE", "User is already active", which
    )
    assert change(crm, other, by_path, status="inactive").status == 200
    assert change(crm, other, by_path, status="inactive").json == element(
        "ID_ALREADY_DEACTIVATED", "User is already deactivated", {"api_name": "id", "id": other}
    )


@by_path
@pytest.mark.source("docs: updateUser, updateSingleUser examples (two rows have each other's body)")
def test_the_primary_contact_and_oneself_stay_active(by_path: bool, crm: Crm) -> None:
    administrator = confirmed(crm, profile=ids_of(crm, "settings/profiles", "profiles")["Administrator"])
    token = crm.token("ZohoCRM.users.ALL", user_id=int(administrator))
    off = {"users": [{"id": administrator, "status": "inactive"}]}
    own = crm.put(f"users/{administrator}" if by_path else "users", off, token=token)

    assert change(crm, crm.user.id, by_path, status="inactive").json == element(
        "INVALID_REQUEST",
        "Primary Contact cannot be deactivated",
        {"id": str(crm.user.id), "json_path": "$.users[0].id"},
    )
    assert own.json == element("INVALID_REQUEST", "You can't perform this action over logged in user", {})


@pytest.mark.source("docs: deleteUser operation; the documentation says the same")
def test_the_primary_contact_is_not_deleted(crm: Crm) -> None:
    which = {"id": str(crm.user.id), "json_path": "$.users[0].id"}

    reply = crm.delete(f"users/{crm.user.id}")

    assert reply.json == element("INVALID_REQUEST", "Primary contact cannot be deleted", which)


@by_path
@pytest.mark.source("docs: updateUser, updateSingleUser examples")
@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        (
            {"Modified_By": {"id": "12", "name": "Nobody"}},
            element("NOT_SUPPORTED", "Created by & Modified by fields cannot be updated by api", at("Modified_By")),
        ),
        ({"type__s": "Team User"}, element("NOT_SUPPORTED", "type__s is cannot be updated by api", at("type__s"))),
        (
            {"reinvite": True},
            element("INVALID_REQUEST", "Reinvite is not allowed for a confirmed user", {"api_name": "reinvite"}),
        ),
        (
            {"email": "other@example.com"},
            element("EMAIL_UPDATE_NOT_ALOWED", "Cannot update email of a confirmed CRM User", {"api_name": "email"}),
        ),
        (
            {"share_among_subordinates": True},
            element("FEATURE_NOT_AVAILABLE", "Share among Subordinates Feature is not available", {}),
        ),
    ],
)
def test_what_nobody_changes_of_a_confirmed_user(wrong: Row, answer: Row, by_path: bool, crm: Crm) -> None:
    reply = change(crm, confirmed(crm), by_path, **wrong)

    assert (reply.status, reply.json) == (400, answer)


@by_path
@pytest.mark.source("docs: updateUser, updateSingleUser examples; that others may be invited again is assumed")
def test_what_changes_of_an_invited_user(by_path: bool, crm: Crm) -> None:
    invited = add(crm)

    taken = change(crm, invited, by_path, email="ADMIN@example.com")

    assert taken.json == element("DUPLICATE_DATA", "Email already exists", at("email"))
    assert change(crm, invited, by_path, email="new@example.com", reinvite=True).status == 200
    assert user(crm, invited)["email"] == "new@example.com"
    assert change(crm, invited, by_path, status="active").json == element(
        "INVALID_REQUEST", "invalid request", at("status")
    )


@pytest.mark.source("docs: createUser, updateUser, updateSingleUser, deleteUser examples")
def test_users_are_managed_by_those_who_may(crm: Crm) -> None:
    token = crm.token("ZohoCRM.users.ALL", user_id=int(confirmed(crm)))
    admin = crm.user.id

    for reply in (
        crm.post("users", {"users": [row(crm, email="x@example.com")]}, token=token),
        crm.put("users", {"users": [{"id": str(admin), "city": "Rome"}]}, token=token),
        crm.put(f"users/{admin}", {"users": [{"city": "Rome"}]}, token=token),
        crm.delete(f"users/{admin}", token=token),
    ):
        assert (reply.status, reply.json) == (
            403,
            {
                "code": "NO_PERMISSION",
                "details": {"permissions": ["Crm_Implied_Manage_Users"]},
                "message": "permission denied",
                "status": "error",
            },
        )
