"""Metadata says what the caller may do, and leaves out what his profile hides from him."""

from typing import Any

import pytest

from tests.support.rights import id_of_person, person
from tests.support.server import Crm

pytestmark = pytest.mark.source("assumed: a profile that hides records and fields hides what they are made of")

SELLER = ("Crm_Implied_Create_Deals", "Crm_Implied_Delete_Deals")
BLIND = tuple(f"Crm_Implied_{verb}_Deals" for verb in ("View", "Create", "Edit", "Delete"))
OF_DEALS = {"module": "Deals"}
AMOUNT = {"Deals.Amount": "hidden"}


def module(crm: Crm, token: str, name: str = "Deals") -> dict[str, Any]:
    (one,) = crm.get(f"settings/modules/{name}", token=token).json["modules"]
    assert isinstance(one, dict)
    listed = next(m for m in crm.get("settings/modules", token=token).json["modules"] if m["api_name"] == name)
    flags = ("viewable", "creatable", "editable", "deletable", "visible")
    assert [one[flag] for flag in flags] == [listed[flag] for flag in flags]
    return one


def may(crm: Crm, token: str, name: str = "Deals") -> list[bool]:
    found = module(crm, token, name)
    return [found[flag] for flag in ("viewable", "creatable", "editable", "deletable")]


def test_modules_say_what_the_caller_may(crm: Crm) -> None:
    seller, blind = person(crm, "Seller", SELLER), person(crm, "Blind", BLIND)

    assert may(crm, crm.access_token) == [True, True, True, True]
    assert may(crm, seller) == [True, False, True, False]
    assert may(crm, seller, "Leads") == [True, True, True, True]
    assert may(crm, blind) == [False, False, False, False]
    assert (module(crm, blind)["visible"], module(crm, seller)["visible"]) == (False, True)


def names(crm: Crm, path: str, token: str) -> set[str]:
    """Return every api_name in an answer, however deep."""
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            found.add(str(value.get("api_name")))
            for each in value.values():
                look(each)
        elif isinstance(value, list):
            for each in value:
                look(each)
        else:
            found.add(str(value))

    reply = crm.get(path, OF_DEALS, token=token)
    assert reply.status == 200
    look(reply.json)
    return found


def test_a_hidden_field_is_nowhere_in_metadata(crm: Crm) -> None:
    token = person(crm, "Seller", (), AMOUNT)
    view = crm.get("settings/custom_views", OF_DEALS).json["custom_views"][0]["id"]
    for path in ("settings/fields", "settings/layouts", "settings/modules/Deals", f"settings/custom_views/{view}"):
        # The administrator first, whose answer must not be kept for the other.
        assert "Amount" in names(crm, path, crm.access_token)
        assert "Amount" not in names(crm, path, token)


def test_a_hidden_field_is_none(crm: Crm) -> None:
    token = person(crm, "Seller", (), AMOUNT)
    fields = crm.get("settings/fields", OF_DEALS).json["fields"]
    amount = next(each["id"] for each in fields if each["api_name"] == "Amount")

    assert crm.get(f"settings/fields/{amount}", OF_DEALS).status == 200
    assert crm.get(f"settings/fields/{amount}", OF_DEALS, token=token).status == 204
    shown = crm.get("settings/fields", OF_DEALS, token=token).json["fields"]
    assert len(shown) == len(fields) - 1


@pytest.mark.parametrize("path", ["fields", "layouts", "custom_views", "related_lists"])
def test_a_module_that_may_not_be_viewed_is_closed(path: str, crm: Crm) -> None:
    token = person(crm, "Blind", BLIND)

    reply = crm.get(f"settings/{path}", OF_DEALS, token=token)

    assert reply.problem == (403, "NO_PERMISSION")
    assert reply.json["details"] == {"permissions": ["Crm_Implied_View_Deals"]}
    assert crm.get(f"settings/{path}", {"module": "Leads"}, token=token).status == 200


def test_nothing_of_it_is_included(crm: Crm) -> None:
    token = person(crm, "Blind", BLIND)
    query = {"include": "fields,layouts,related_lists,custom_view"}
    modules = {m["api_name"]: m for m in crm.get("settings/modules", query, token=token).json["modules"]}

    assert [modules["Deals"][name] for name in ("fields", "layouts", "related_lists", "custom_view")] == [
        [],
        [],
        [],
        [],
    ]
    assert modules["Leads"]["fields"]


def test_a_change_of_the_profile_is_seen_at_once(crm: Crm) -> None:
    token = person(crm, "Seller", SELLER)
    profile = crm.get(f"users/{id_of_person(crm, 'Seller')}").json["users"][0]["profile"]["id"]
    assert may(crm, token)[1] is False
    details = crm.get(f"settings/profiles/{profile}").json["profiles"][0]["permissions_details"]
    create = next(each["id"] for each in details if each["name"] == SELLER[0])

    row = {"permissions_details": [{"id": create, "enabled": True}]}
    assert crm.put(f"settings/profiles/{profile}", {"profiles": [row]}).status == 200

    assert may(crm, token)[1] is True
