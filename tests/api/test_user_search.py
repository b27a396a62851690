"""GET /users/search and /Users/search."""

from collections.abc import Mapping

import pytest

from kaizen.server.records_api import user_search
from tests.api.test_users import add, confirmed
from tests.support.server import Crm

#: Where users are searched, by version.
ADDRESSES = {"v2": "users/search", "v8": "Users/search"}

FOUND: list[tuple[Mapping[str, str], list[str]]] = [
    ({"criteria": "last_name:equals:byron"}, ["Byron"]),
    ({"criteria": "((email:equals:admin@example.com)or(first_name:starts_with:A))"}, ["Byron", "Administrator"]),
    ({"criteria": "confirm:equals:false"}, ["Invited"]),
    ({"email": "ADA@example.com"}, ["Byron"]),
    ({"phone": "555-12"}, ["Byron"]),
    ({"word": "invi"}, ["Invited"]),
    ({"word": "example", "type": "NotConfirmedUsers"}, ["Invited"]),
    ({"word": "example", "type": "ActiveUsers"}, ["Byron", "Administrator"]),
    ({"word": "gone"}, []),
    ({"word": "gone", "type": "DeletedUsers"}, ["Gone"]),
    ({"word": "nobody"}, []),
]


def people(crm: Crm) -> None:
    """Add some users to the administrator."""
    confirmed(crm, phone="555 12")
    add(crm, last_name="Invited", first_name=None, email="invited@example.com")
    crm.delete(f"users/{add(crm, last_name='Gone', email='gone@example.com')}")


@pytest.mark.source("reference: platform B.12 15, D.2")
@pytest.mark.parametrize(("version", "path"), ADDRESSES.items())
def test_users_are_searched_as_records_are(crm_on: Crm, version: str, path: str) -> None:
    people(crm_on)

    for params, names in FOUND:
        reply = crm_on.get(path, params, version=version)
        shown = [found["last_name"] for found in reply.json["users"]] if reply.status == 200 else []
        assert (reply.status, shown) == (200 if names else 204, names), params


@pytest.mark.source("reference: platform D.2")
def test_users_who_are_found_come_page_by_page(crm: Crm) -> None:
    people(crm)

    first = crm.get("Users/search", {"word": "example", "per_page": 2}).json
    second = crm.get("Users/search", {"word": "example", "per_page": 2, "page": 2}).json

    assert (len(first["users"]), first["info"]["more_records"]) == (2, True)
    assert (len(second["users"]), second["info"]["more_records"]) == (1, False)
    assert first["users"][0].keys() == crm.get(f"users/{crm.user.id}").json["users"][0].keys()


@pytest.mark.source("reference: platform D.2")
def test_a_search_for_users_of_a_kind_reaches_all_of_that_kind(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    people(crm)
    monkeypatch.setattr(user_search, "REACH", 1)
    asked = {"word": "example", "per_page": 1}

    (oldest,) = crm.get("Users/search", {**asked, "type": "AdminUsers"}).json["users"]
    more = crm.get("Users/search", asked).json["info"]["more_records"]

    assert (oldest["last_name"], more) == ("Administrator", True)
    assert crm.get("Users/search", {**asked, "page": 2}).problem == (400, "LIMIT_REACHED")


@pytest.mark.source("reference: platform A.9, D.2")
@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "EXPECTED_PARAM_MISSING"),
        ({"criteria": "wrong:equals:x"}, "INVALID_QUERY"),
        ({"word": "example", "type": "Nobody"}, "INVALID_DATA"),
        ({"word": "example", "page": "11"}, "LIMIT_REACHED"),
    ],
)
def test_a_search_for_users_is_refused_as_one_for_records(crm: Crm, params: Mapping[str, str], code: str) -> None:
    assert crm.get("Users/search", params).problem == (400, code)


@pytest.mark.source("reference: platform A.9")
def test_a_search_for_users_needs_two_scopes_since_v2_1(crm: Crm) -> None:
    alone, both = crm.token("ZohoCRM.users.READ"), crm.token("ZohoCRM.users.READ", "ZohoSearch.securesearch.READ")
    asked = {"word": "admin"}

    assert crm.get("Users/search", asked, token=alone).problem == (401, "OAUTH_SCOPE_MISMATCH")
    assert crm.get("Users/search", asked, token=both).status == 200
    assert crm.get("users/search", asked, token=alone, version="v2").status == 200
