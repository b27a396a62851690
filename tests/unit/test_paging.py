"""Pages by number and by token."""

from dataclasses import dataclass, field

import pytest

from kaizen.model.people import Actor, User
from kaizen.model.problem import RequestRefusedError
from kaizen.server.http import paging
from kaizen.server.http.call import Call
from kaizen.server.http.paging import TOKEN_LIFE
from kaizen.server.http.versions import DIALECTS

NOW = 1_767_603_600


def a_call(version: str = "v8", user: int = 1, path: str = "Leads", **query: str) -> Call:
    """Make a call for a list."""
    actor = Actor(User(user, "a@b.c", "A"))
    return Call("GET", path, DIALECTS[version], actor, {}, query, {}, page_key=b"key")


def token_for(call: Call, number: int = 1) -> str:
    """Return the token of the page after page `number`."""
    per_page = int(call.query.get("per_page", "200"))
    page = paging.Page(number, per_page)
    info = paging.record_info(call, page, per_page, True, now=NOW, sort_by="id", sort_order="desc")
    return str(info["next_page_token"])


def refusal(call: Call, now: int = NOW) -> tuple[str, dict[str, object]]:
    """Return why a page is refused."""
    with pytest.raises(RequestRefusedError) as refused:
        paging.record_page(call, now)
    return refused.value.problem.code.value, dict(refused.value.problem.details)


@dataclass(frozen=True)
class Case:
    name: str
    query: dict[str, str]
    refused: str
    version: str = "v8"
    details: dict[str, object] = field(default_factory=dict)


REFUSED = [
    Case("page 11 of 200", {"page": "11"}, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", details={"limit": 2000}),
    Case(
        "page 201 of 10", {"page": "201", "per_page": "10"}, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", "v3", {"limit": 2000}
    ),
    Case("201 a page", {"per_page": "201"}, "INVALID_DATA", "v3", {"param_name": "per_page", "maximum_value": 200}),
    Case("none a page", {"per_page": "0"}, "INVALID_DATA", "v8", {"param_name": "per_page", "minimum_value": 1}),
    Case("page 0", {"page": "0"}, "INVALID_DATA", "v3", {"param_name": "page", "minimum_value": 1}),
    Case("page -1", {"page": "-1"}, "INVALID_DATA", "v2", {"param_name": "page", "minimum_value": 1}),
    Case(
        "a page of letters",
        {"page": "x"},
        "INVALID_DATA",
        "v8",
        {"param_name": "page", "expected_data_type": "integer"},
    ),
    Case("half a page", {"page": "1.5"}, "INVALID_DATA", "v8", {"param_name": "page", "expected_data_type": "integer"}),
    Case(
        "an endless page",
        {"page": "9" * 40},
        "INVALID_DATA",
        "v2",
        {"param_name": "page", "expected_data_type": "integer"},
    ),
    Case("a token of nobody", {"page_token": "abc"}, "TOKEN_BOUND_DATA_MISMATCH", details={"param_name": "page_token"}),
    Case(
        "a token beyond ASCII", {"page_token": "é€"}, "TOKEN_BOUND_DATA_MISMATCH", details={"param_name": "page_token"}
    ),
]


@pytest.mark.source("reference: platform B.7")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_page_that_cannot_be_had(case: Case) -> None:
    assert refusal(a_call(case.version, **case.query)) == (case.refused, case.details)


@pytest.mark.source("reference: platform B.7, B.9")
def test_old_versions_have_no_cap_and_cut_an_over_large_page() -> None:
    page = paging.record_page(a_call("v2", page="50", per_page="500"), NOW)

    assert (page.offset, page.per_page) == (49 * 200, 200)


@pytest.mark.source("recorded: official SDKs, v2 searches from page 0")
def test_page_0_of_the_old_versions_is_the_first() -> None:
    assert paging.page_of(a_call("v2", page="0")) == paging.Page(1, 200)


@pytest.mark.source("reference: platform B.7")
def test_the_last_page_by_number_ends_at_record_2000() -> None:
    assert paging.record_page(a_call(page="10"), NOW).offset == 1800


@pytest.mark.source("reference: platform B.7")
def test_a_token_leads_to_the_next_page_and_beyond_the_cap() -> None:
    call = a_call(fields="Last_Name", per_page="100")

    page = paging.record_page(a_call(fields="Last_Name", per_page="100", page_token=token_for(call, 20)), NOW)

    assert (page.number, page.offset, page.per_page) == (21, 2000, 100)


BOUND = [
    Case("another user", {}, ""),
    Case("another size", {"per_page": "50"}, ""),
    Case("another order", {"sort_by": "id"}, ""),
]


@pytest.mark.source("reference: platform B.7")
@pytest.mark.parametrize("case", BOUND, ids=lambda case: case.name)
def test_a_token_is_bound_to_user_and_parameters(case: Case) -> None:
    token = token_for(a_call(fields="Last_Name"))
    user = 2 if case.name == "another user" else 1

    asked = a_call(user=user, page_token=token, **{"fields": "Last_Name", **case.query})

    assert refusal(asked) == ("TOKEN_BOUND_DATA_MISMATCH", {"param_name": "page_token"})


@pytest.mark.source("assumed: a token of one list must not open another")
def test_a_token_is_bound_to_its_list() -> None:
    token = token_for(a_call())

    assert refusal(a_call(path="Deals", page_token=token))[0] == "TOKEN_BOUND_DATA_MISMATCH"


@pytest.mark.source("reference: platform B.7")
def test_a_token_expires_after_a_day() -> None:
    token = token_for(a_call())

    assert paging.record_page(a_call(page_token=token), NOW + TOKEN_LIFE).number == 2
    assert refusal(a_call(page_token=token), NOW + TOKEN_LIFE + 1) == (
        "EXPIRED_VALUE",
        {"api_name": "page_token", "json_path": "$.query.page_token"},
    )


@pytest.mark.source("reference: platform B.7")
def test_a_token_excludes_a_page_number() -> None:
    assert refusal(a_call(page="2", page_token=token_for(a_call())))[0] == "AMBIGUITY_DURING_PROCESSING"


@pytest.mark.source("reference: platform B.7")
def test_tokens_end_at_record_100000() -> None:
    assert paging.record_page(a_call(page_token=token_for(a_call(), 499)), NOW).offset == 99_800
    assert refusal(a_call(page_token=token_for(a_call(), 500))) == (
        "PAGINATION_LIMIT_EXCEEDED",
        {"param_name": "page_token"},
    )


@pytest.mark.source("reference: platform B.7")
def test_the_info_of_each_generation() -> None:
    page = paging.Page(2, 10)

    old = paging.record_info(a_call("v2"), page, 10, True, now=NOW, sort_by="id", sort_order="asc")
    new = paging.record_info(a_call("v8"), page, 10, False, now=NOW, sort_by="id", sort_order="asc")

    assert old == {"per_page": 10, "count": 10, "page": 2, "more_records": True}
    assert {k: v for k, v in new.items() if k != "previous_page_token"} == {
        "call": False,
        "per_page": 10,
        "next_page_token": None,
        "count": 10,
        "sort_by": "id",
        "page": 2,
        "page_token_expiry": None,
        "sort_order": "asc",
        "email": False,
        "more_records": False,
    }


@pytest.mark.source("reference: platform B.7")
def test_one_row_more_than_a_page_says_that_another_follows() -> None:
    page = paging.Page(2, 3)

    assert page.of([1, 2, 3, 4, 5, 6, 7]) == ([4, 5, 6], True)
    assert page.of([1, 2, 3, 4, 5, 6]) == ([4, 5, 6], False)
    assert page.of([1, 2, 3]) == ([], False)
