"""What differs between the versions when records are read and written."""

from typing import Any

import pytest

from kaizen.records.modules import line_items
from kaizen.server.records_api import activities
from tests.support.server import Crm

VERSIONS = ("v2", "v2.1", "v2.2", "v3", "v4", "v5", "v6", "v7", "v8")
ADA = {"Last_Name": "Lovelace"}


@pytest.mark.source("reference: platform B.5, B.6, B.9, I.1")
@pytest.mark.parametrize("version", VERSIONS)
def test_statuses_of_writes(crm: Crm, version: str) -> None:
    old = version == "v2"

    good = crm.post("Leads", {"data": [ADA]}, version=version)
    some = crm.post("Leads", {"data": [ADA, {}]}, version=version)
    none = crm.post("Leads", {"data": [{}]}, version=version)
    made = good.details()["id"]

    assert (good.status, some.status, none.status) == ((201, 202, 202) if old else (201, 207, 400))
    assert crm.put(f"Leads/{made}", {"data": [{"Last_Name": "x"}]}, version=version).status == 200
    assert crm.put(f"Leads/{made}", {"data": [{"Last_Name": ""}]}, version=version).status == (202 if old else 400)
    assert ("json_path" in none.details()) is not old
    assert ("$approval_state" in good.details()) is (version == "v8")
    gone = crm.delete("Leads", {"ids": f"{made},1"}, version=version)
    assert gone.status == (202 if old else 207)


@pytest.mark.source("reference: platform B.7, B.8, B.9")
@pytest.mark.parametrize("version", VERSIONS)
def test_lists(crm: Crm, version: str) -> None:
    crm.post("Leads", {"data": [ADA, ADA]})
    free = version.startswith("v2")

    everything = crm.get("Leads", version=version)
    chosen = crm.get("Leads", {"fields": "Last_Name", "per_page": 1}, version=version)
    far = crm.get("Leads", {"fields": "id", "page": 11}, version=version)

    assert everything.status == (200 if free else 400)
    assert set(chosen.json["data"][0]) == {"id", "Last_Name"}
    assert ("next_page_token" in chosen.json["info"]) is not free
    assert far.status == (204 if free else 400)


@pytest.mark.source("reference: platform B.10")
@pytest.mark.parametrize("version", VERSIONS)
def test_keys_of_the_system(crm: Crm, version: str) -> None:
    made = crm.post("Leads", {"data": [ADA]}).details()["id"]
    number = float(version[1:])

    (lead,) = crm.get(f"Leads/{made}", version=version).json["data"]

    first = {
        "$approval": 2.0,
        "$editable": 2.0,
        "$currency_symbol": 2.0,
        "$review_process": 2.1,
        "Layout": 2.1,
        "$approval_state": 3.0,
        "$locked_for_me": 4.0,
        "$layout_id": 4.0,
        "$orchestration": 4.0,
        "$pathfinder": 6.0,
    }
    assert {key: key in lead for key in first} == {key: number >= since for key, since in first.items()}
    assert ("$approved" in lead) is (number < 8)
    assert ("$state" in lead) is (number == 2)
    assert ("$converted" in lead) is (number < 4)


@pytest.mark.source("reference: platform B.8, B.10")
@pytest.mark.parametrize("version", VERSIONS)
def test_an_event_says_that_it_was_not_cancelled(crm: Crm, version: str) -> None:
    times = {"Start_DateTime": "2026-02-01T10:00:00Z", "End_DateTime": "2026-02-01T11:00:00Z"}
    made = crm.post("Events", {"data": [{"Event_Title": "E", **times}]}).details()["id"]
    task = crm.post("Tasks", {"data": [{"Subject": "T"}]}).details()["id"]

    asked = {"fields": "Event_Title,$event_cancelled"}
    assert crm.get("Events", asked, version=version).json["data"] == [
        {"id": made, "Event_Title": "E", "$event_cancelled": False}
    ]
    assert crm.get(f"Events/{made}", version=version).json["data"][0]["$event_cancelled"] is False
    assert "$event_cancelled" not in crm.get(f"Tasks/{task}", version=version).json["data"][0]


@pytest.mark.source("reference: platform B.9, C.15")
@pytest.mark.parametrize("version", VERSIONS)
def test_tags_have_colours_since_v4(crm: Crm, version: str) -> None:
    made = crm.post("Leads", {"data": [{**ADA, "Tag": [{"name": "hot", "color_code": "#F17574"}]}]}).details()["id"]

    (lead,) = crm.get(f"Leads/{made}", version=version).json["data"]

    assert ("color_code" in lead["Tag"][0]) is (float(version[1:]) >= 4)


@pytest.mark.source("reference: platform B.12 4, C.2")
def test_v2_takes_ids_without_braces(crm: Crm) -> None:
    account = crm.post("Accounts", {"data": [{"Account_Name": "Zylker"}]}).details()["id"]
    row = {"Last_Name": "C", "Account_Name": account, "Owner": str(crm.user.id), "Layout": ""}

    old = crm.post("Contacts", {"data": [row]}, version="v2")
    new = crm.post("Contacts", {"data": [row]})

    assert (old.codes(), new.status) == (["SUCCESS"], 400)
    (contact,) = crm.get(f"Contacts/{old.details()['id']}", version="v2").json["data"]
    assert contact["Account_Name"] == {"name": "Zylker", "id": account}
    assert contact["Owner"]["id"] == str(crm.user.id)


@pytest.mark.source("reference: platform C.10")
def test_line_items_have_two_generations_of_names(crm: Crm) -> None:
    product = crm.post("Products", {"data": [{"Product_Name": "P", "Product_Code": "X", "Qty_in_Stock": 7}]}).details()[
        "id"
    ]
    line = {"product": product, "quantity": 10, "list_price": 123, "Discount": 10}
    line |= {"line_tax": [{"name": "VAT", "percentage": 10}], "product_description": "best"}

    old = crm.post("Invoices", {"data": [{"Subject": "I", "Product_Details": [line]}]}, version="v2").details()["id"]
    lower = {"Product_Name": {"id": product}, "quantity": 10, "list_price": 123, "discount": "10%"}
    new = crm.post("Invoices", {"data": [{"Subject": "I", "Invoiced_Items": [lower]}]}).details()["id"]

    (shown_old,) = crm.get(f"Invoices/{old}", version="v2").json["data"]
    (shown_new,) = crm.get(f"Invoices/{old}").json["data"]
    (other,) = crm.get(f"Invoices/{new}").json["data"]
    (row,) = shown_old["Product_Details"]
    row.pop("id")
    assert isinstance(row["line_tax"][0].pop("id"), str)
    assert row == {
        "product": {"Product_Code": "X", "name": "P", "id": product},
        "quantity": 10,
        "list_price": 123,
        "unit_price": None,
        "total": 1230,
        "Discount": 10,
        "total_after_discount": 1220,
        "Tax": 122,
        "net_total": 1342,
        "line_tax": [{"name": "VAT", "percentage": 10, "value": 122}],
        "product_description": "best",
        "book": None,
        "quantity_in_stock": 7,
    }
    assert "Invoiced_Items" not in shown_old
    (modern,) = shown_new["Invoiced_Items"]
    assert modern["Product_Name"] == {"Product_Code": "X", "name": "P", "id": product}
    assert (modern["Total"], modern["Net_Total"], modern["Sequence_Number"]) == (1230, 1342, 1)
    assert modern["Parent_Id"]["id"] == old
    assert (shown_new["Sub_Total"], shown_new["Grand_Total"]) == (1342, 1342)
    assert (other["Invoiced_Items"][0]["Discount"], other["Grand_Total"]) == (123, 1107)


@pytest.mark.source("reference: platform C.10")
def test_the_head_has_taxes_discount_and_adjustment(crm: Crm) -> None:
    product = crm.post("Products", {"data": [{"Product_Name": "P", "Unit_Price": 100}]}).details()["id"]
    lines = [{"Product_Name": {"id": product}, "Quantity": 2}]
    head = {"Subject": "O", "Ordered_Items": lines, "Discount": 20, "Adjustment": -5}
    head["$line_tax"] = [{"name": "VAT", "percentage": 10}]

    made = crm.post("Sales_Orders", {"data": [head]}).details()["id"]
    crm.put(f"Sales_Orders/{made}", {"data": [{"Adjustment": 0}]})

    (order,) = crm.get(f"Sales_Orders/{made}").json["data"]
    assert [order[k] for k in ("Sub_Total", "Discount", "Tax", "Adjustment", "Grand_Total")] == [200, 20, 18, 0, 198]


@pytest.mark.source("reference: platform B.10, C.10")
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_the_taxes_of_a_document_are_kept_and_follow_its_lines(crm_on: Crm, version: str) -> None:
    product = crm_on.post("Products", {"data": [{"Product_Name": "P", "Unit_Price": 100}]}).details()["id"]
    names = line_items.LINES if version == "v8" else dict.fromkeys(line_items.LINES, "Product_Details")
    for module, lines in names.items():
        vendor = crm_on.post("Vendors", {"data": [{"Vendor_Name": "V"}]}).details()["id"]
        vat = {"name": "VAT", "percentage": 10}
        row = {"Subject": "O", "Vendor_Name": {"id": vendor}, lines: [line(version, product, 2)], "$line_tax": [vat]}

        made = crm_on.post(module, {"data": [row]}, version=version).details()["id"]
        first = shown(crm_on, module, made, version)
        crm_on.put(f"{module}/{made}", {"data": [{lines: [line(version, product, 3)]}]}, version=version)
        second = shown(crm_on, module, made, version)
        again = crm_on.put(f"{module}/{made}", {"data": [second]}, version=version)
        third = shown(crm_on, module, made, version)
        crm_on.put(f"{module}/{made}", {"data": [{"$line_tax": []}]}, version=version)
        last = shown(crm_on, module, made, version)

        (tax,) = first["$line_tax"]
        assert {**tax, "id": None} == {**vat, "value": 20, "id": None}
        assert (first["Tax"], first["Grand_Total"]) == (20, 220)
        assert second["$line_tax"] == [{**tax, "value": 50}]
        assert (second["Tax"], second["Grand_Total"]) == (50, 550)
        assert again.codes() == ["SUCCESS"]
        assert third == second
        assert (last["$line_tax"], last["Tax"], last["Grand_Total"]) == ([], 0, 500)


@pytest.mark.source("reference: platform C.10; assumed: taxes of one name are one tax")
def test_taxes_keep_their_ids(crm: Crm) -> None:
    product = crm.post("Products", {"data": [{"Product_Name": "P"}]}).details()["id"]
    vat, sales = {"name": "VAT", "percentage": 10}, {"name": "Sales", "percentage": 1, "id": "12"}
    item = {"Product_Name": {"id": product}, "Quantity": 1, "Line_Tax": [vat, sales]}
    row = {"Subject": "Q", "Quoted_Items": [item, item], "$line_tax": [vat]}

    made = crm.post("Quotes", {"data": [row]}).details()["id"]
    before = shown(crm, "Quotes", made, "v8")
    crm.put(f"Quotes/{made}", {"data": [{"Quoted_Items": [item]}]})
    after = shown(crm, "Quotes", made, "v8")

    (tax,) = before["$line_tax"]
    for line in (*before["Quoted_Items"], *after["Quoted_Items"]):
        assert [each["id"] for each in line["Line_Tax"]] == [tax["id"], "12"]
    assert len(after["Quoted_Items"]) == 3


def line(version: str, product: str, quantity: int) -> dict[str, Any]:
    """A line as a version names it."""
    if version == "v2":
        return {"product": product, "quantity": quantity}
    return {"Product_Name": {"id": product}, "Quantity": quantity}


def shown(crm: Crm, module: str, record_id: str, version: str) -> dict[str, Any]:
    """Read a record."""
    (record,) = crm.get(f"{module}/{record_id}", version=version).json["data"]
    assert isinstance(record, dict)
    return record


@pytest.mark.source("reference: platform C.11")
def test_calls_last_minutes_in_v2_and_hours_since(crm: Crm) -> None:
    call = {
        "Subject": "C",
        "Call_Type": "Outbound",
        "Call_Start_Time": "2026-01-05T08:00:00Z",
        "Call_Duration": "05:30",
    }

    old = crm.post("Calls", {"data": [call]}, version="v2").details()["id"]
    new = crm.post("Calls", {"data": [call]}).details()["id"]

    def shown(record_id: str, version: str) -> tuple[Any, Any]:
        (record,) = crm.get(f"Calls/{record_id}", version=version).json["data"]
        return record["Call_Duration"], record["Call_Duration_in_seconds"]

    assert (shown(old, "v2"), shown(old, "v8")) == (("05:30", 330), ("00:05", 330))
    assert shown(new, "v8") == ("05:30", 19800)


@pytest.mark.source("reference: platform C.1, C.11")
@pytest.mark.parametrize(
    ("changed", "code", "api_name"),
    [
        ({"Call_Duration": "00:00"}, "DEPENDENT_MISMATCH", "Call_Duration"),
        ({"Call_Duration": "long"}, "INVALID_DATA", "Call_Duration"),
        ({"Call_Duration": None}, "MANDATORY_NOT_FOUND", "Call_Duration"),
        ({"Call_Duration": "00:00", "Call_Type": "Missed"}, "SUCCESS", None),
        ({"Call_Duration": None, "Outgoing_Call_Status": "Scheduled"}, "MANDATORY_NOT_FOUND", "Who_Id"),
        (
            {"Call_Duration": None, "Outgoing_Call_Status": "Scheduled", "Who_Id": "$"},
            "DEPENDENT_MISMATCH",
            "Call_Start_Time",
        ),
        (
            {
                "Call_Duration": None,
                "Outbound_Call_Status": "Scheduled",
                "Who_Id": "$",
                "Call_Start_Time": "2026-01-06T09:00:00Z",
            },
            "SUCCESS",
            None,
        ),
    ],
)
def test_calls_have_rules_of_their_own(crm: Crm, changed: dict[str, Any], code: str, api_name: str | None) -> None:
    contact = crm.post("Contacts", {"data": [{"Last_Name": "C"}]}).details()["id"]
    call = {
        "Subject": "C",
        "Call_Type": "Outbound",
        "Call_Start_Time": "2026-01-05T08:00:00Z",
        "Call_Duration": "00:20",
    }
    row = {name: {"id": contact} if value == "$" else value for name, value in {**call, **changed}.items()}

    reply = crm.post("Calls", {"data": [row]}, version="v7")

    assert reply.codes() == [code]
    assert reply.details().get("api_name") == api_name


@pytest.mark.source("reference: platform C.11")
def test_events_have_participants(crm: Crm) -> None:
    lead = crm.post("Leads", {"data": [{"Last_Name": "L", "Email": "l@zylker.test"}]}).details()["id"]
    event = {"Event_Title": "E", "Start_DateTime": "2026-01-05T10:00:00Z", "End_DateTime": "2026-01-05T11:00:00Z"}
    people: list[dict[str, Any]] = [
        {"participant": lead, "type": "lead"},
        {"participant": str(crm.user.id), "type": "user"},
        {"participant": "x@zylker.test", "type": "email"},
    ]

    made = crm.post("Events", {"data": [{**event, "Participants": people}]}).details()["id"]
    many = crm.post("Events", {"data": [{**event, "Participants": people[2:] * 51}]})
    lost = crm.post("Events", {"data": [{**event, "Participants": [{"participant": "77", "type": "contact"}]}]})
    kind = crm.post("Events", {"data": [{**event, "Participants": [{"participant": lead, "type": "alien"}]}]})

    (shown,) = crm.get(f"Events/{made}").json["data"]
    found = [(p["participant"], p["type"], p["name"], p["Email"], p["invited"]) for p in shown["Participants"]]
    assert found == [
        (lead, "lead", "L", "l@zylker.test", False),
        (str(crm.user.id), "user", crm.user.full_name, crm.user.email, False),
        ("x@zylker.test", "email", None, "x@zylker.test", False),
    ]
    assert all(p["id"].isdecimal() for p in shown["Participants"])
    assert (many.codes(), many.json["data"][0]["message"]) == (
        ["LIMIT_EXCEEDED"],
        "Only 50 participants can be added to an event.",
    )
    assert lost.details() == {"api_name": "Participants", "json_path": "$.data[0].Participants"}
    assert kind.details()["json_path"] == "$.data[0].Participants[0].type"


@pytest.mark.source("reference: platform C.11")
def test_activities_are_related_to_records_of_any_module(crm: Crm) -> None:
    account = crm.post("Accounts", {"data": [{"Account_Name": "Zylker"}]}).details()["id"]
    contact = crm.post("Contacts", {"data": [{"Last_Name": "C"}]}).details()["id"]
    task = {"Subject": "T", "Who_Id": {"id": contact}, "What_Id": {"id": account}, "$se_module": "Accounts"}

    made = crm.post("Tasks", {"data": [task, {**task, "$se_module": "Deals"}]})

    assert made.codes() == ["SUCCESS", "INVALID_DATA"]
    assert made.details(index=1) == {"api_name": "What_Id", "json_path": "$.data[1].What_Id"}
    (shown,) = crm.get(f"Tasks/{made.details()['id']}").json["data"]
    assert (shown["What_Id"], shown["Who_Id"]) == ({"name": "Zylker", "id": account}, {"name": "C", "id": contact})
    assert shown["$se_module"] == "Accounts"


@pytest.mark.source("reference: platform B.1, B.9")
def test_modules_come_and_go_with_the_versions(crm: Crm) -> None:
    assert crm.get("Activities", {"fields": "id"}, version="v3").problem == (400, "INVALID_MODULE")
    assert crm.get("Quoted_Items", version="v2").problem == (400, "INVALID_MODULE")
    assert crm.get("Quoted_Items", {"fields": "id"}, version="v3").status == 204


@pytest.mark.source("reference: platform C.11")
def test_activities_of_all_kinds_are_one_list_in_v2(crm: Crm) -> None:
    event = {"Event_Title": "E", "Start_DateTime": "2026-01-05T10:00:00Z", "End_DateTime": "2026-01-05T11:00:00Z"}
    call = {"Subject": "C", "Call_Type": "Inbound", "Call_Start_Time": "2026-01-05T08:00:00Z", "Call_Duration": "05:30"}
    assert crm.get("Activities", version="v2").status == 204
    crm.post("Tasks", {"data": [{"Subject": "T"}]})
    made = crm.post("Events", {"data": [event]}).details()["id"]
    crm.post("Calls", {"data": [call]})

    first = crm.get("Activities", {"per_page": 2}, version="v2")
    second = crm.get("Activities", {"per_page": 2, "page": 2}, version="v2.1")
    (alone,) = crm.get(f"Activities/{made}", version="v2").json["data"]

    assert [row["Activity_Type"] for row in first.json["data"]] == ["Calls", "Events"]
    assert first.json["info"]["more_records"]
    assert [row["Subject"] for row in second.json["data"]] == ["T"]
    assert (alone["Event_Title"], alone["Activity_Type"]) == ("E", "Events")
    assert crm.post("Activities", {"data": [{}]}, version="v2").status == 400


@pytest.mark.source("assumed: a list that ends before its end says so")
def test_activities_say_when_they_end_at_their_reach(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activities, "_REACH", 2)
    crm.post("Tasks", {"data": [{"Subject": f"T{n}"} for n in range(3)]})

    last = crm.get("Activities", {"per_page": 1, "page": 2}, version="v2")
    beyond = crm.get("Activities", {"per_page": 1, "page": 3}, version="v2")

    assert last.json["info"]["more_records"] is True
    assert beyond.problem == (400, "LIMIT_REACHED")
