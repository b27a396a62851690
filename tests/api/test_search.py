"""GET /{Module}/search and /{Module}/actions/count."""

from dataclasses import dataclass
from typing import Any

import pytest

from kaizen.server.records_api import searching
from tests.support.server import Crm, Reply

LEADS = [
    {
        "Last_Name": "Lovelace",
        "First_Name": "Ada",
        "Company": "Analytical Engines Inc",
        "Email": "ada@zylker.test",
        "Phone": "+1 (555) 123-4567",
        "No_of_Employees": 10,
        "Rating": "Active",
    },
    {
        "Last_Name": "Babbage",
        "Company": "Analytical, Engines (London)",
        "Secondary_Email": "ADA@zylker.test",
        "Mobile": "0555.123.45.67",
        "No_of_Employees": 25,
        "Email_Opt_Out": True,
    },
    {"Last_Name": "Byron", "Company": "Poems", "No_of_Employees": 25, "Rating": "Acquired", "Website": "byron.test"},
]


@dataclass(frozen=True)
class Found:
    params: dict[str, str]
    names: list[str]


def criteria(text: str, *names: str) -> Found:
    return Found({"criteria": text}, list(names))


FOUND = [
    criteria("Last_Name:equals:Byron", "Byron"),
    criteria("(Last_Name:equals:byron)", "Byron"),
    criteria("Company:equals:Analytical", "Babbage", "Lovelace"),
    criteria("Company:starts_with:poe", "Byron"),
    criteria(r"(Company:equals:Analytical\, Engines \(London\))", "Babbage"),
    criteria("No_of_Employees:equals:25", "Byron", "Babbage"),
    criteria("No_of_Employees:between:5,20", "Lovelace"),
    criteria("No_of_Employees:greater_than:10", "Byron", "Babbage"),
    criteria("No_of_Employees:in:10,11", "Lovelace"),
    criteria("Rating:equals:Active", "Lovelace"),
    criteria("Rating:in:Active,Acquired", "Byron", "Lovelace"),
    criteria("Email_Opt_Out:equals:true", "Babbage"),
    criteria("Created_Time:equals:2026-01-05", "Byron", "Babbage", "Lovelace"),
    criteria("Created_Time:greater_than:2026-01-05T14:29:59+05:30", "Byron", "Babbage", "Lovelace"),
    criteria("Created_Time:less_than:2026-01-05T14:29:59+05:30"),
    criteria("((Last_Name:equals:Byron)or(Last_Name:starts_with:Lo))", "Byron", "Lovelace"),
    criteria("((No_of_Employees:equals:25) and (Rating:equals:Acquired))", "Byron"),
    criteria("Converted__s:equals:false", "Byron", "Babbage", "Lovelace"),
    criteria("Email:equals:null", "Byron", "Babbage"),
    criteria("Email:not_equal:null", "Lovelace"),
    criteria("Rating:in:null,Acquired", "Byron", "Babbage"),
    criteria("Website:equals:null", "Babbage", "Lovelace"),
    criteria("((Mobile:equals:null)and(Website:equals:null))", "Lovelace"),
    Found({"email": "ADA@ZYLKER.test"}, ["Babbage", "Lovelace"]),
    Found({"email": "ada"}, []),
    Found({"phone": "15551234567"}, ["Lovelace"]),
    Found({"phone": "+1-555-123-4567"}, ["Lovelace"]),
    Found({"phone": "05551234567"}, ["Babbage"]),
    Found({"phone": "555"}, []),
    Found({"word": "engi"}, ["Babbage", "Lovelace"]),
    Found({"word": "londo"}, ["Babbage"]),
    Found({"word": "ngines"}, []),
    Found({"word": "ada"}, ["Babbage", "Lovelace"]),
    Found({"criteria": "Last_Name:equals:Byron", "email": "ada@zylker.test"}, ["Byron"]),
    Found({"email": "ada@zylker.test", "word": "poems"}, ["Babbage", "Lovelace"]),
    Found({"word": "poems", "converted": "true"}, []),
    Found({"word": "poem*"}, ["Byron"]),
    Found({"word": "poems", "approval_state": "approved"}, ["Byron"]),
    Found({"word": "poems", "approval_state": "review_process_pending"}, []),
    criteria("Owner:equals:Administrator", "Byron", "Babbage", "Lovelace"),
    criteria("Owner:in:Nobody,administrator", "Byron", "Babbage", "Lovelace"),
    criteria("Owner:not_equal:Administrator"),
]


@pytest.mark.source("reference: platform D.2")
def test_what_is_searched_is_found_at_once(crm_on: Crm) -> None:
    assert crm_on.post("Leads", {"data": LEADS}).status == 201

    for case in FOUND:
        reply = crm_on.get("Leads/search", {"fields": "Last_Name", **case.params})
        names = [row["Last_Name"] for row in reply.json["data"]] if reply.content else []
        assert (names, reply.status) == (case.names, 200 if case.names else 204), case.params
        count = crm_on.get("Leads/actions/count", dict(case.params))
        assert count.json == {"count": len(case.names)}, case.params


@dataclass(frozen=True)
class Refused:
    name: str
    params: dict[str, Any]
    code: str
    details: dict[str, Any] | None = None
    message: str | None = None
    module: str = "Leads"
    version: str = "v8"


WORDS = (
    "unable to process your request. please verify whether you have entered proper method name, parameter and "
    "parameter values."
)
NOT_SEARCHED = "module not suppoted for search"
NOT_COUNTED = "the given module is not supported for count"
UNKNOWN_TO_V2 = "api not supported in this version"
KINDS = ("AllUsers", "NotConfirmedUsers", "AdminUsers", "DeletedUsers", "CurrentUser")

REFUSED = [
    Refused(
        "nothing",
        {},
        "EXPECTED_PARAM_MISSING",
        {"param_names": ["criteria", "email", "phone", "word"]},
        "one of the expected parameter is missing",
    ),
    Refused(
        "nothing in v2", {}, "REQUIRED_PARAM_MISSING", {}, "Required data is missing to do the search", version="v2"
    ),
    Refused("no grammar", {"criteria": "hello"}, "INVALID_QUERY", {"param_name": "criteria"}, "Invalid query formed"),
    Refused(
        "an unknown field",
        {"criteria": "Nothing:equals:1"},
        "INVALID_QUERY",
        {"reason": "the field is not available for search", "api_name": "Nothing"},
        "the field is not available for search",
    ),
    Refused("an unknown operator", {"criteria": "Last_Name:like:x"}, "INVALID_QUERY", None, "invalid operator found"),
    Refused(
        "an operator of another type",
        {"criteria": "Email:greater_than:x"},
        "INVALID_QUERY",
        {"operator": "greater_than", "reason": "The operator is not valid for the field type", "api_name": "Email"},
        "invalid operator found",
    ),
    Refused(
        "a wrong value",
        {"criteria": "No_of_Employees:equals:x"},
        "INVALID_QUERY",
        {
            "expected_data_type": "integer",
            "reason": "invalid value for search",
            "api_name": "No_of_Employees",
            "value": "x",
        },
        "invalid value for search",
    ),
    Refused(
        "a wrong date",
        {"criteria": "Closing_Date:equals:asadsa"},
        "INVALID_QUERY",
        {
            "expected_data_type": "date",
            "reason": "invalid value for search",
            "api_name": "Closing_Date",
            "value": "asadsa",
        },
        "Invalid query formed",
        module="Deals",
    ),
    Refused("a field that is not kept", {"criteria": "Owner.nothing:equals:x"}, "INVALID_QUERY"),
    Refused("a word of no state", {"word": "ab", "approval_state": "maybe"}, "INVALID_REQUEST", {}, WORDS),
    Refused("a word of no conversion", {"word": "ab", "converted": "maybe"}, "INVALID_REQUEST", {}, WORDS),
    Refused("activities", {"word": "ab"}, "NOT_SUPPORTED", {"module": "Activities"}, NOT_SEARCHED, module="Activities"),
    Refused(
        "101 values",
        {"criteria": "No_of_Employees:in:" + ",".join("1" * 101)},
        "INVALID_QUERY",
        {"api_name": "No_of_Employees"},
        'Only 100 values are allowed in "IN" criteria',
    ),
    Refused(
        "16 criteria",
        {"criteria": "(" + "or".join(["(Last_Name:equals:x)"] * 16) + ")"},
        "CRITERIA_LIMIT_EXCEEDED",
        {},
        "no of criterium that can be given exceed the limit 15",
    ),
    Refused("fifty levels", {"criteria": "(" * 50 + "Last_Name:equals:x" + ")" * 50}, "INVALID_QUERY"),
    Refused(
        "a short word", {"word": "a"}, "INVALID_DATA", {"param_name": "word"}, "provide atleast 2 letters for search"
    ),
    Refused("a strange word", {"word": "a<b"}, "INVALID_DATA", None, "special characters are not allowed"),
    Refused("a wildcard inside", {"word": "ab*c"}, "INVALID_DATA", None, "special characters are not allowed"),
    Refused(
        "two wildcards",
        {"word": "ab*c*"},
        "INVALID_DATA",
        None,
        "More than one wildcard(*) not allowed in a searchword",
    ),
    Refused("a short number", {"phone": "1-2"}, "INVALID_QUERY", {"param_name": "phone"}, "Invalid query formed"),
    Refused("letters for a number", {"phone": "call me"}, "INVALID_QUERY", {"param_name": "phone"}),
    Refused("no such kind of field", {"phone": "12345"}, "FIELD_TYPE_UNAVAILABLE", {}, module="Deals"),
    Refused(
        "too far",
        {"word": "ab", "page": 11},
        "LIMIT_REACHED",
        {"limit": "2000"},
        "maximum response iteration limit reached",
    ),
    Refused("no module", {"word": "ab"}, "INVALID_MODULE", {"resource_path_index": 0}, module="Nothing"),
]


@pytest.mark.source("reference: platform D.2, G.4; docs: getRecordCount, searchRecords examples")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_search_is_refused(case: Refused, crm: Crm) -> None:
    reply = crm.get(f"{case.module}/search", case.params, version=case.version)

    assert reply.problem == (400, case.code)
    assert case.details is None or reply.json["details"] == case.details
    assert case.message in (None, reply.json["message"])


@pytest.mark.source("reference: platform D.2")
def test_results_come_in_pages_without_tokens(crm: Crm) -> None:
    crm.post("Leads", {"data": [{"Last_Name": f"N{i}"} for i in range(3)]})

    first = crm.get("Leads/search", {"word": "N", "criteria": "Last_Name:starts_with:N", "per_page": 2})
    second = crm.get("Leads/search", {"criteria": "Last_Name:starts_with:N", "per_page": 2, "page": 2})
    by_name = {"criteria": "Last_Name:starts_with:N", "sort_by": "Last_Name", "sort_order": "asc"}
    old = crm.get("Leads/search", by_name, version="v2")

    assert first.json["info"] == {
        "per_page": 2,
        "count": 2,
        "page": 1,
        "more_records": True,
        "sort_by": "id",
        "sort_order": "desc",
        "call": False,
        "email": False,
    }
    assert (second.json["info"]["count"], second.json["info"]["more_records"]) == (1, False)
    assert old.json["info"] == {"per_page": 200, "count": 3, "page": 1, "more_records": False}
    assert [row["Last_Name"] for row in old.json["data"]] == ["N0", "N1", "N2"]
    assert "Company" in first.json["data"][0]


@pytest.mark.source("reference: platform D.2")
@pytest.mark.parametrize("found_by", [{"word": "Reach"}, {"phone": "555123"}])
def test_a_search_says_when_it_ends_at_its_reach(
    found_by: dict[str, str], crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "REACH", 4)
    leads = [{"Last_Name": f"Reach {n}", "Phone": "555-123"} for n in range(5)]

    def page(number: int) -> Reply:
        return crm.get("Leads/search", {**found_by, "per_page": 2, "page": number})

    crm.post("Leads", {"data": leads[:4]})
    ends_there = page(2).json["info"]["more_records"]
    crm.post("Leads", {"data": leads[4:]})

    assert ends_there is False
    assert [page(n).json["info"]["more_records"] for n in (1, 2)] == [True, True]
    assert page(3).problem == (400, "LIMIT_REACHED")
    assert page(3).json["details"] == {"limit": "4"}
    assert crm.get("Leads/actions/count", found_by).json == {"count": 5}


@pytest.mark.source("reference: platform A.9, D.2")
def test_a_search_needs_two_scopes_since_v2_1(crm: Crm) -> None:
    one = crm.token("ZohoCRM.modules.leads.READ")
    both = crm.token("ZohoCRM.modules.leads.READ", "ZohoSearch.securesearch.READ")
    asked = {"word": "nobody"}

    assert crm.get("Leads/search", asked, token=one).problem == (401, "OAUTH_SCOPE_MISMATCH")
    assert crm.get("Leads/actions/count", asked, token=one).problem == (401, "OAUTH_SCOPE_MISMATCH")
    assert crm.get("Leads/search", asked, token=both).status == 204
    assert crm.get("Leads/search", asked, token=one, version="v2").status == 204
    assert crm.get("Deals/search", asked, token=both).problem == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.source("reference: platform C.17")
def test_all_records_are_counted(crm: Crm) -> None:
    crm.post("Leads", {"data": LEADS})
    (view, *_) = crm.get("settings/custom_views", {"module": "Leads"}).json["custom_views"]

    both = crm.get("Leads/actions/count", {"cvid": view["id"], "word": "ab"})

    assert crm.get("Leads/actions/count").json == {"count": 3}
    assert crm.get("Leads/actions/count", {"cvid": view["id"]}).json == {"count": 3}
    assert crm.get("Deals/actions/count").json == {"count": 0}
    assert both.problem == (400, "AMBIGUITY_DURING_PROCESSING")
    assert both.json["details"] == {"ambiguity_due_to": [{"param_name": "cvid"}, {"param_name": "word"}]}


@dataclass(frozen=True)
class Uncounted:
    name: str
    module: str
    code: str
    details: dict[str, Any]
    message: str
    params: dict[str, Any] | None = None
    version: str = "v8"


UNCOUNTED = [
    Uncounted(
        "a version without", "Leads", "API_NOT_SUPPORTED", {"supported_version": "v2.1"}, UNKNOWN_TO_V2, version="v2"
    ),
    Uncounted("rows of a subform", "Quoted_Items", "NOT_SUPPORTED", {"module": "Quoted_Items"}, NOT_COUNTED),
    Uncounted("three modules", "Activities", "NOT_SUPPORTED", {"module": "Activities"}, NOT_COUNTED),
    Uncounted(
        "beyond the reach",
        "Leads",
        "LIMIT_REACHED",
        {"limit": "2000"},
        "maximum response iteration limit reached",
        {"page": 11},
    ),
    Uncounted("an unknown word", "Leads", "INVALID_REQUEST", {}, WORDS, {"converted": "perhaps"}),
]


@pytest.mark.source("docs: getRecordCount examples")
@pytest.mark.parametrize("case", UNCOUNTED, ids=lambda case: case.name)
def test_a_count_is_refused(case: Uncounted, crm: Crm) -> None:
    reply = crm.get(f"{case.module}/actions/count", case.params, version=case.version)

    assert reply.problem == (400, case.code)
    assert (reply.json["details"], reply.json["message"]) == (case.details, case.message)


@pytest.mark.source("docs: getRecordCount examples")
def test_users_are_counted_by_kind(crm: Crm) -> None:
    person = {"last_name": "Doe", "email": "doe@example.test", "role": str(crm.user.role_id)}
    person["profile"] = str(crm.user.profile_id)
    assert crm.post("users", {"users": [person]}).status == 201

    counts = {kind: crm.get("Users/actions/count", {"type": kind}).json["count"] for kind in KINDS}

    assert counts == {"AllUsers": 2, "NotConfirmedUsers": 1, "AdminUsers": 2, "DeletedUsers": 0, "CurrentUser": 1}
    assert crm.get("Users/actions/count", {"criteria": "last_name:equals:Doe"}).json == {"count": 1}


@pytest.mark.source("reference: platform D.2")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"criteria": "(Last_Name:equals:T 7)"}, ["Engine T-7"]),
        ({"criteria": "(Last_Name:equals:7 t)"}, []),
        ({"criteria": "(Last_Name:equals:engine)"}, ["Engine T-7", "Engine T 79"]),
        ({"criteria": "(Last_Name:equals:eng)"}, []),
        ({"word": "T 7"}, ["Engine T-7", "Engine T 79"]),
        ({"word": "ngine"}, []),
        ({"word": "o'b"}, ["O'Brien"]),
        ({"phone": "+44 (20) 79-460"}, ["O'Brien"]),
        ({"phone": "44 20 79"}, ["Engine T 79"]),
        ({"phone": "4420"}, []),
    ],
)
def test_words_are_found_whole_or_begun(crm_on: Crm, asked: dict[str, str], found: list[str]) -> None:
    names = {"Engine T-7": None, "Engine T 79": "442079", "O'Brien": "44-2079460"}
    leads = [{"Last_Name": name, "Phone": phone} for name, phone in names.items()]
    assert crm_on.post("Leads", {"data": leads}).status == 201

    answer = crm_on.get("Leads/search", {**asked, "fields": "Last_Name", "sort_by": "id", "sort_order": "asc"})

    assert [row["Last_Name"] for row in answer.json["data"]] == found if found else answer.status == 204


@pytest.mark.source("docs: searchRecords examples: subform records by the api name of the module of the subform")
def test_rows_of_a_subform_are_found_by_its_module(crm_on: Crm) -> None:
    product = crm_on.post("Products", {"data": [{"Product_Name": "Chair"}]}).details()["id"]
    line = {"Product_Name": {"id": product}, "Quantity": 4, "Description": "oak wood"}
    crm_on.post("Quotes", {"data": [{"Subject": "Q", "Quoted_Items": [line]}]})

    found = crm_on.get("Quoted_Items/search", {"criteria": "Quantity:equals:4", "fields": "Quantity"})

    assert [row["Quantity"] for row in found.json["data"]] == [4]


@pytest.mark.source("docs: searchRecords examples")
def test_what_is_found_can_be_sorted_by_any_field(crm: Crm) -> None:
    crm.post("Leads", {"data": LEADS})

    by_company = {"criteria": "Last_Name:not_equal:nobody", "sort_by": "Company", "sort_order": "asc"}
    found = crm.get("Leads/search", {**by_company, "fields": "Company"})

    assert [row["Company"] for row in found.json["data"]] == sorted(lead["Company"] for lead in LEADS)
