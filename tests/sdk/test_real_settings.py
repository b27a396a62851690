"""Users, the organisation and its metadata through the SDK against a real server."""

from itertools import count
from typing import Any

import pytest

from kaizen import errors
from tests.support.server import KaizenProcess

_NUMBERS = count(1)


@pytest.fixture
def number() -> int:
    """A number that only one test has: the server is shared."""
    return next(_NUMBERS)


def named(entities: Any, name: str) -> Any:
    """Pick one by its name."""
    [found] = [each for each in entities if each.name == name]
    return found


@pytest.mark.source("docs: Kaizen 18: the current user's details")
def test_the_current_user_and_the_organisation(real: Any, kaizen: KaizenProcess) -> None:
    user = real.users.current()

    assert (user.id, user.email) == (kaizen.credentials["user_id"], kaizen.credentials["user_email"])
    assert user.role.name == "CEO"
    assert user["profile"]["name"] == "Administrator"
    assert real.users.get(user).full_name == user.full_name
    assert real.org.get().zgid == kaizen.credentials["org_id"]


@pytest.mark.source("reference: platform F.1")
def test_the_life_of_a_user(real: Any, number: int) -> None:
    role = named(real.settings.roles(), "Manager")
    profile = named(real.settings.profiles(), "Standard")
    email = f"byron{number}@example.com"
    made = real.users.create({"last_name": "Byron", "email": email, "role": role, "profile": profile})

    assert [user.email for user in real.users.list(type="NotConfirmedUsers") if user.id == made.id] == [email]
    real.control.confirm_user(made)
    assert real.users.get(made).status == "active"
    real.users.update(made, {"first_name": "Ada"})
    assert real.users.get(made).full_name == "Ada Byron"
    assert [user.full_name for user in real.users.iter(type="ActiveUsers") if user.id == made.id] == ["Ada Byron"]
    real.users.delete(made)
    assert made.id not in {user.id for user in real.users.iter(type="ActiveUsers")}


@pytest.mark.source("reference: platform F.1: one user a call")
def test_several_users_and_one_who_is_there_already(real: Any, number: int) -> None:
    role, profile = named(real.settings.roles(), "Manager"), named(real.settings.profiles(), "Standard")
    rows = [
        {"last_name": name, "email": f"{name}{number}@example.com", "role": role.id, "profile": profile.id}
        for name in ("ada", "bob", "ada")
    ]

    result = real.users.create_many(rows)

    assert [one.code for one in result] == ["SUCCESS", "SUCCESS", "DUPLICATE_DATA"]
    changed = real.users.update_many({"id": one.id, "city": "Bath"} for one in result.succeeded)
    assert [one.ok for one in changed] == [True, True]
    assert real.users.get(result[1].id)["city"] == "Bath"


@pytest.mark.source("reference: platform E")
def test_modules_fields_and_layouts(real: Any) -> None:
    assert {"Leads", "Deals", "Tasks"} <= {module.api_name for module in real.settings.modules()}
    deals = real.settings.module("Deals")
    assert real.settings.module(deals.id).api_name == "Deals"
    stage = next(field for field in real.settings.fields("Deals") if field.api_name == "Stage")
    assert "Closed Lost" in {value["actual_value"] for value in real.settings.field("Deals", stage).pick_list_values}
    [layout] = real.settings.layouts("Deals")
    assert real.settings.layout("Deals", layout).name == layout.name
    with pytest.raises(errors.BadRequest):
        real.settings.fields("Unicorns")
    with pytest.raises(errors.NotFound):
        real.settings.field("Deals", 1)


@pytest.mark.source("reference: platform E.3")
def test_custom_fields(real: Any, number: int) -> None:
    label, choice = f"Engine {number}", f"Fuel {number}"
    made = real.settings.create_fields(
        "Leads",
        [
            {"field_label": label, "data_type": "integer", "length": 9},
            {
                "field_label": choice,
                "data_type": "picklist",
                "pick_list_values": [{"display_value": "Coal", "actual_value": "Coal"}],
            },
        ],
    ).raise_for_errors()

    name, fuel = f"Engine_{number}", f"Fuel_{number}"
    lead = real.leads.create({"Last_Name": "L", "Company": "C", name: 42, fuel: "Coal"})
    assert dict(real.leads.get(lead, fields=[name, fuel])).items() >= {name: 42, fuel: "Coal"}.items()
    real.settings.update_fields(
        "Leads", [{"id": made[1].id, "pick_list_values": [{"display_value": "Steam", "actual_value": "Steam"}]}]
    ).raise_for_errors()
    shown = {value["actual_value"] for value in real.settings.field("Leads", made[1].id).pick_list_values}
    assert shown == {"-None-", "Coal", "Steam"}
    assert real.leads.update(lead, {fuel: "Steam"}).id == lead.id
    refused = real.settings.create_fields("Leads", [{"field_label": "x", "data_type": "telepathy"}])
    assert [one.ok for one in refused] == [False]
