"""Users who are refused: the rows of the example files of createUser, updateUser and updateSingleUser."""

from pathlib import Path
from typing import Any

import pytest

from kaizen.server.resources.organisation import user_preferences
from kaizen.standard.data import read
from tests.api.test_users import Row, confirmed, row, user
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
