"""To whom users report: the rows of the example files of users about Reporting_To."""

from typing import Any

import pytest

from tests.api.test_user_refusals import at, by_path, change, element
from tests.api.test_users import Row, add, confirmed, ids_of, row, user
from tests.support.server import Crm

TO = "Reporting_To"
ABOVE = "Reporting manager should be from parent roles or from the same role to which the current user belongs"
MANAGER_LEFT = "the user must be updated with new eligible reporting manager because of changing user role"
REPORTS_LEFT = (
    "the user must be updated with new eligible reporting manager and the subordinates  who are going to report to "
    "a user in a role below them, because of new role change are need to transfer to new eligible reporting manager"
)


def expected(what: str) -> Row:
    """Describe a refusal that says what was expected."""
    return element("INVALID_DATA", "invalid data", {"expected_data_type": what})


def role(crm: Crm, name: str, below: str) -> Row:
    """Make a role below another one."""
    made = {"name": name, "reporting_to": {"id": ids_of(crm, "settings/roles", "roles")[below]}}
    return {"id": crm.post("settings/roles", {"roles": [made]}).details("roles")["id"]}


def member(crm: Crm, name: str, **changed: Any) -> str:
    """Add a user who has confirmed."""
    return confirmed(crm, last_name=name, email=f"{name.lower()}@example.com", **changed)


@pytest.mark.source("docs: createUser, updateUser examples")
def test_users_report_to_their_own_role_or_one_above(crm: Crm) -> None:
    seller = role(crm, "Seller", "Manager")
    manager = member(crm, "Manager")
    first = member(crm, "First", role=seller, Reporting_To={"id": manager})
    second = add(crm, role=seller, Reporting_To=first)

    assert user(crm, first)[TO] == {"name": "Ada Manager", "id": manager}
    assert user(crm, second)[TO]["id"] == first
    assert change(crm, first, True, Reporting_To={"id": str(crm.user.id), "name": "x"}).status == 200
    assert change(crm, first, True, Reporting_To=None).status == 200
    assert user(crm, first)[TO] is None


@pytest.mark.source("docs: createUser examples; which manager is invalid is assumed")
def test_a_new_user_reports_to_nobody_else(crm: Crm) -> None:
    seller = member(crm, "Seller", role=role(crm, "Seller", "Manager"))
    invited = add(crm, last_name="Invited", email="invited@example.com")
    gone = member(crm, "Gone")
    crm.delete(f"users/{gone}")

    def answer(manager: object) -> Any:
        return crm.post("users", {"users": [row(crm, Reporting_To=manager)]}).json

    assert [answer(manager) for manager in ({"id": "12"}, "letters", {"name": "Ada"})] == [
        expected("Valid userid should be given")
    ] * 3
    assert [answer({"id": manager}) for manager in (seller, invited)] == [expected("Invalid Reporting Manager")] * 2
    assert answer({"id": gone}) == element(
        "NOT_ALLOWED", "the id given seems to be already deleted", at(TO, f"{TO}.id")
    )


@by_path
@pytest.mark.source("docs: updateUser, updateSingleUser examples")
def test_nobody_reports_to_somebody_below(by_path: bool, crm: Crm) -> None:
    seller = member(crm, "Seller", role=role(crm, "Seller", "Manager"))
    upper, lower, lowest = member(crm, "Upper"), member(crm, "Lower"), member(crm, "Lowest")
    change(crm, lower, True, Reporting_To=upper)
    change(crm, lowest, True, Reporting_To=lower)

    def answer(manager: str) -> Any:
        return change(crm, upper, by_path, Reporting_To={"id": manager, "name": "x"}).json

    assert answer("12") == expected("Valid userid should be given")
    assert answer(upper) == expected("ReportingTo Id should not be the same as userId")
    assert answer(seller) == element("INVALID_DATA", ABOVE, {"api_name": TO})
    for below in (lower, lowest):
        assert answer(below) == element(
            "INVALID_DATA", "the reporting manager must be superior in reporting hierarchy", at("id", f"{TO}.id")
        )


@by_path
@pytest.mark.source("docs: updateUser, updateSingleUser examples")
def test_a_change_of_role_leaves_nobody_behind(by_path: bool, crm: Crm) -> None:
    roles = {name: {"id": found} for name, found in ids_of(crm, "settings/roles", "roles").items()}
    seller = role(crm, "Seller", "Manager")
    upper, lower = member(crm, "Upper"), member(crm, "Lower")
    change(crm, lower, True, Reporting_To=upper)

    down = change(crm, upper, by_path, role=seller)
    up = change(crm, lower, by_path, role=roles["CEO"])

    assert down.json == element("CONFLICTING_DATA_FOUND", REPORTS_LEFT, at(TO))
    assert up.json == element("CONFLICTING_DATA_FOUND", MANAGER_LEFT, at(TO))
    assert change(crm, lower, by_path, role=roles["CEO"], Reporting_To={"id": str(crm.user.id)}).status == 200
    assert change(crm, upper, by_path, role=seller).status == 200


@pytest.mark.source("assumed: what GET shows can be sent back")
def test_a_manager_who_left_can_be_sent_back(crm: Crm) -> None:
    upper, lower = member(crm, "Upper"), member(crm, "Lower")
    change(crm, lower, True, Reporting_To=upper)
    change(crm, upper, True, status="inactive")

    assert change(crm, lower, True, Reporting_To=user(crm, lower)[TO], city="Rome").status == 200
