"""GET: one record, lists, pages, order, fields."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.server import Crm


def leads(crm: Crm, count: int = 3) -> list[str]:
    """Make leads a minute apart and return their ids."""
    ids = []
    for number in range(count):
        ids.append(crm.post("Leads", {"data": [{"Last_Name": f"L{number}"}]}).details()["id"])
        crm.advance(minutes=1)
    return ids


def names(crm: Crm, version: str = "v8", **params: Any) -> list[str]:
    """List the last names of leads."""
    reply = crm.get("Leads", {"fields": "Last_Name", **params}, version=version)
    return [row["Last_Name"] for row in reply.json["data"]] if reply.content else []


@pytest.mark.source("reference: platform B.5, C.6")
def test_an_unknown_record_is_an_empty_answer(crm: Crm) -> None:
    for version in ("v2", "v8"):
        reply = crm.get("Leads/4876876000000000001", version=version)
        assert (reply.status, reply.content) == (204, b"")
    assert crm.get("Leads", {"fields": "id"}).status == 204


@pytest.mark.source("assumed: a malformed id is 400 INVALID_DATA")
@pytest.mark.parametrize("bad", ["abc", "-1", "1e5", "99999999999999999999", "0"])
def test_an_id_that_is_none_is_refused(crm: Crm, bad: str) -> None:
    reply = crm.get(f"Leads/{bad}")

    assert reply.problem == (400, "INVALID_DATA")
    assert reply.json["message"] == "the id given seems to be invalid"


@pytest.mark.source("reference: platform B.4, B.8, B.10, C.6")
def test_a_record_alone_shows_everything(crm: Crm) -> None:
    account = crm.post("Accounts", {"data": [{"Account_Name": "Zylker"}]}).details()["id"]
    row = {"Deal_Name": "D", "Stage": "Qualification", "Amount": 2.5, "Account_Name": {"id": account}}
    made = crm.post("Deals", {"data": [{**row, "Tag": [{"name": "hot"}]}]}).details()["id"]

    (deal,) = crm.get(f"Deals/{made}").json["data"]

    me = {"name": crm.user.full_name, "id": str(crm.user.id), "email": crm.user.email}
    module = crm.store.read_now(lambda unit: unit.catalog).by_name["Deals"]
    assert set(module.by_name) <= deal.keys()
    assert deal["id"] == made
    assert deal["Account_Name"] == {"name": "Zylker", "id": account}
    assert deal["Owner"] == deal["Created_By"] == deal["Modified_By"] == me
    assert [tag["name"] for tag in deal["Tag"]] == ["hot"]
    assert (deal["Amount"], deal["Contact_Name"], deal["Locked__s"]) == (2.5, None, False)
    assert deal["Layout"] == {"name": "Standard", "display_label": "Standard", "id": str(module.layouts[0].id)}
    assert deal["$approval_state"] == "approved"
    assert deal["$currency_symbol"] == "$"


@pytest.mark.source("reference: platform C.2, B.4")
def test_times_are_shown_in_the_callers_zone(make_crm: Any) -> None:
    crm = make_crm()
    crm.put(f"users/{crm.user.id}", {"users": [{"time_zone": "Asia/Kolkata"}]})
    row = {"Event_Title": "E", "Start_DateTime": "2026-07-01T10:00:00-05:00", "End_DateTime": "2026-07-01T15:30:00Z"}

    made = crm.post("Events", {"data": [row]})

    (event,) = crm.get(f"Events/{made.details()['id']}").json["data"]
    assert event["Start_DateTime"] == "2026-07-01T20:30:00+05:30"
    assert event["End_DateTime"] == "2026-07-01T21:00:00+05:30"
    assert made.details()["Created_Time"] == "2026-01-05T14:30:00+05:30"


@pytest.mark.source("reference: platform B.8, C.6")
def test_a_list_shows_the_fields_that_are_asked_for(crm: Crm) -> None:
    leads(crm, 1)

    (row,) = crm.get("Leads", {"fields": "Last_Name,Owner, Nothing,Tag,$approval_state,Layout,"}).json["data"]

    assert set(row) == {"id", "Last_Name", "Owner", "Tag", "$approval_state", "Layout"}
    assert row["Tag"] == []


@pytest.mark.source("reference: platform B.8")
def test_lists_leave_subforms_out(crm: Crm) -> None:
    product = crm.post("Products", {"data": [{"Product_Name": "P"}]}).details()["id"]
    crm.post("Quotes", {"data": [{"Subject": "Q", "Quoted_Items": [{"Product_Name": {"id": product}, "Quantity": 1}]}]})

    (row,) = crm.get("Quotes", {"fields": "Subject,Quoted_Items"}).json["data"]
    (old,) = crm.get("Quotes", version="v2").json["data"]

    assert set(row) == {"id", "Subject"}
    assert "Product_Details" not in old


@dataclass(frozen=True)
class Refused:
    name: str
    params: dict[str, Any]
    code: str
    details: dict[str, Any]
    version: str = "v8"
    status: int = 400


FIELDS = {"fields": "id"}
REFUSED = [
    Refused("no fields", {}, "REQUIRED_PARAM_MISSING", {"param_name": "fields"}),
    Refused("no fields in v3", {}, "REQUIRED_PARAM_MISSING", {"param_name": "fields"}, version="v3"),
    Refused(
        "51 fields",
        {"fields": ",".join(f"f{i}" for i in range(51))},
        "LIMIT_EXCEEDED",
        {"limit": 50, "param_name": "fields"},
    ),
    Refused("page 11", {**FIELDS, "page": 11}, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": 2000}),
    Refused(
        "an unknown order",
        {**FIELDS, "sort_by": "Company"},
        "INVALID_DATA",
        {"param_name": "sort_by", "supported_values": ["id", "Created_Time", "Modified_Time"]},
    ),
    Refused(
        "an unknown direction",
        {**FIELDS, "sort_order": "up"},
        "INVALID_DATA",
        {"param_name": "sort_order", "supported_values": ["asc", "desc"]},
    ),
    Refused("an unknown view", {**FIELDS, "cvid": "77"}, "INVALID_DATA", {"param_name": "cvid"}),
    Refused("ids that are none", {**FIELDS, "ids": "1,abc"}, "INVALID_DATA", {"param_name": "ids"}),
    Refused("a territory", {**FIELDS, "territory_id": "1"}, "TERRITORY_NOT_ENABLED", {}, status=403),
]


@pytest.mark.source("reference: platform B.7, B.8, C.6, G.3")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_list_is_refused(case: Refused, crm: Crm) -> None:
    reply = crm.get("Leads", case.params, version=case.version)

    assert reply.problem == (case.status, case.code)
    assert reply.json["details"] == case.details


@pytest.mark.source("reference: platform C.6")
def test_lists_are_ordered(crm_on: Crm) -> None:
    first, _, _ = leads(crm_on)
    crm_on.put(f"Leads/{first}", {"data": [{"Company": "ABC"}]})

    assert names(crm_on) == ["L2", "L1", "L0"]
    assert names(crm_on, sort_order="asc") == ["L0", "L1", "L2"]
    assert names(crm_on, sort_by="Modified_Time") == ["L0", "L2", "L1"]
    assert names(crm_on, sort_by="Created_Time", sort_order="asc") == ["L0", "L1", "L2"]
    assert names(crm_on, version="v2", sort_by="Company") == ["L1", "L2", "L0"]
    assert names(crm_on, version="v2") == ["L2", "L1", "L0"]


@pytest.mark.source("reference: platform B.7, C.6")
def test_lists_are_narrowed(crm_on: Crm) -> None:
    first, second, _ = leads(crm_on)

    assert names(crm_on, ids=f"{first},{second},") == ["L1", "L0"]
    assert names(crm_on, converted="true") == []
    assert names(crm_on, converted="both") == ["L2", "L1", "L0"]
    assert names(crm_on, version="v2", approved="false") == []


@pytest.mark.source("reference: platform B.2, B.5")
def test_nothing_newer_is_no_content(crm: Crm) -> None:
    first, _, _ = leads(crm)
    since = {"If-Modified-Since": "2026-01-05T09:00:30+00:00"}
    later = {"If-Modified-Since": "2026-01-05T09:30:00+00:00"}

    newer = crm.get("Leads", {"fields": "Last_Name"}, headers=since)

    assert [row["Last_Name"] for row in newer.json["data"]] == ["L2", "L1"]
    assert crm.get("Leads", {"fields": "Last_Name"}, headers=later).status == 304
    assert crm.get(f"Leads/{first}", headers=since).status == 304
    assert crm.get(f"Leads/{first}", headers={"If-Modified-Since": "2026-01-05T08:59:59+00:00"}).status == 200


@pytest.mark.source("reference: platform B.7")
def test_pages_follow_each_other_by_number_and_by_token(crm: Crm) -> None:
    leads(crm, 5)
    by_number = [names(crm, per_page=2, page=page) for page in (1, 2, 3, 4)]

    query: dict[str, Any] = {"fields": "Last_Name", "per_page": 2}
    by_token, token = [], None
    while True:
        reply = crm.get("Leads", {**query, "page_token": token})
        by_token.append([row["Last_Name"] for row in reply.json["data"]])
        token = reply.json["info"]["next_page_token"]
        if not reply.json["info"]["more_records"]:
            break

    assert by_number == [["L4", "L3"], ["L2", "L1"], ["L0"], []]
    assert by_token == by_number[:3]
    assert token is None
    assert reply.json["info"] | {"previous_page_token": "..."} == {
        "call": False,
        "per_page": 2,
        "next_page_token": None,
        "count": 1,
        "sort_by": "id",
        "page": 3,
        "previous_page_token": "...",
        "page_token_expiry": None,
        "sort_order": "desc",
        "email": False,
        "more_records": False,
    }


@pytest.mark.source("reference: platform B.7, B.9")
def test_v2_has_no_tokens_and_no_cap(crm: Crm) -> None:
    leads(crm, 2)

    reply = crm.get("Leads", {"per_page": 5000, "page": 1, "page_token": "x"}, version="v2")

    assert reply.json["info"] == {"per_page": 200, "count": 2, "page": 1, "more_records": False}
    assert crm.get("Leads", {"page": 50}, version="v2").status == 204


@pytest.mark.source("reference: platform C.6, E.4")
def test_the_view_of_all_records_is_no_condition(crm: Crm) -> None:
    leads(crm, 2)
    (view, *_) = crm.get("settings/custom_views", {"module": "Leads"}).json["custom_views"]

    assert names(crm, cvid=view["id"]) == ["L1", "L0"]
    both = crm.get("Leads", {"fields": "id", "cvid": view["id"], "sort_by": "id"})
    assert both.problem == (400, "AMBIGUITY_DURING_PROCESSING")


@pytest.mark.source("reference: platform E.1: line items answer lists like modules")
def test_rows_of_subforms_are_read_like_records(crm_on: Crm) -> None:
    product = crm_on.post("Products", {"data": [{"Product_Name": "P", "Product_Code": "X"}]}).details()["id"]
    line = {"Product_Name": {"id": product}, "Quantity": 4}
    quote = crm_on.post("Quotes", {"data": [{"Subject": "Q", "Quoted_Items": [line]}]}).details()["id"]

    (row,) = crm_on.get("Quoted_Items", {"fields": "Quantity,Product_Name,Parent_Id"}).json["data"]
    (alone,) = crm_on.get(f"Quoted_Items/{row['id']}").json["data"]
    (short,) = crm_on.get("Quoted_Items", {"fields": "Product_Name,Quantity"}).json["data"]

    shown_product = {"Product_Code": "X", "name": "P", "id": product}
    for shown in (row, alone):
        assert [shown[key] for key in ("Quantity", "Product_Name", "Parent_Id")] == [
            4,
            shown_product,
            {"name": "Q", "id": quote},
        ]
    assert short == {"id": row["id"], "Product_Name": shown_product, "Quantity": 4}
