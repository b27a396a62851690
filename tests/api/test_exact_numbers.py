"""Amounts and other numbers keep every digit from a request to the database and back, on both databases."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.support.automation_client import Automation, made
from tests.support.rule_payloads import compare
from tests.support.server import Crm, Reply


def exactly(reply: Reply) -> Any:
    """Decode an answer with the digits it was sent with."""
    return json.loads(reply.content, parse_float=Decimal)


def send(crm: Crm, module: str, *rows: str) -> list[str]:
    """Insert records written as JSON and return their ids."""
    reply = crm.post(module, f'{{"data":[{",".join(rows)}]}}'.encode())
    assert reply.status == 201, reply.content
    return [row["details"]["id"] for row in reply.json["data"]]


@dataclass(frozen=True)
class Number:
    """A number as it is sent, and as it is answered."""

    sent: str
    shown: str

    def __str__(self) -> str:
        return self.sent


#: Of an amount with two places.
AMOUNTS = [
    Number("30000", "30000"),
    Number("1200.5", "1200.5"),
    Number("1200.50", "1200.5"),
    Number("1e3", "1000"),
    Number("5.0", "5"),
    Number("1.5e-1", "0.15"),
    Number("0.1", "0.1"),
    Number("9999999999999999", "9999999999999999"),
    Number("-9999999999999999", "-9999999999999999"),
    Number("9999999999999999.99", "9999999999999999.99"),
    Number("1.005", "1.01"),
    Number("-1.005", "-1.01"),
    Number("1200.505", "1200.51"),
    Number("2.675", "2.68"),
    Number("1.0049999999999999999999999999", "1"),
]


@pytest.mark.source("reference: platform C.2")
def test_an_amount_is_answered_with_the_digits_it_was_sent_with(crm_on: Crm) -> None:
    ids = send(crm_on, "Accounts", *(f'{{"Account_Name":"{n}","Annual_Revenue":{n.sent}}}' for n in AMOUNTS))

    found = [crm_on.get(f"Accounts/{record}", {"fields": "Annual_Revenue"}).content.decode() for record in ids]

    assert [text.partition('"Annual_Revenue":')[2].rstrip("]}") for text in found] == [n.shown for n in AMOUNTS]


@pytest.mark.source("reference: platform C.2")
@pytest.mark.parametrize(
    "amount", ["10000000000000000", "9999999999999999.995", "1e16", "-1e300", "123456789012345678.5"]
)
def test_an_amount_of_too_many_digits_is_refused(amount: str, crm: Crm) -> None:
    body = f'{{"data":[{{"Account_Name":"A","Annual_Revenue":{amount}}},{{"Account_Name":"B"}}]}}'

    reply = crm.post("Accounts", body.encode())

    assert reply.codes() == ["INVALID_DATA", "SUCCESS"]
    assert reply.details() == {
        "maximum_length": 16,
        "api_name": "Annual_Revenue",
        "json_path": "$.data[0].Annual_Revenue",
    }


@pytest.mark.source("assumed: a hostile value is refused like any other wrong one")
@pytest.mark.parametrize("amount", ["1e309", "-1e99999999999999999999", "1e-99999999", "1" * 5_000])
def test_a_number_of_absurd_size_is_refused_in_its_place(amount: str, crm: Crm) -> None:
    body = f'{{"data":[{{"Account_Name":"A","Annual_Revenue":{amount}}},{{"Account_Name":"B"}}]}}'

    reply = crm.post("Accounts", body.encode())

    assert reply.codes() == ["INVALID_DATA", "SUCCESS"]
    assert reply.details()["json_path"] == "$.data[0].Annual_Revenue"


@pytest.fixture
def rated(crm_on: Crm) -> Crm:
    """A server whose accounts have a number with nine places."""
    wanted = {"field_label": "Rate", "data_type": "double", "length": 16, "decimal_place": 9}
    assert crm_on.post("settings/fields", {"fields": [wanted]}, {"module": "Accounts"}).status == 201
    return crm_on


#: In ascending order; a binary fraction would not tell neighbours apart.
RATES = [
    "-9999999999999999.999999999",
    "-9999999999999999.999999998",
    "-0.000000001",
    "0",
    "0.1",
    "9007199254740992",
    "9007199254740992.5",
    "9007199254740993",
    "9999999999999999.999999998",
    "9999999999999999.999999999",
]


@pytest.mark.source("assumed: criteria mean one thing wherever they are evaluated")
def test_numbers_are_compared_sorted_and_summed_to_the_last_digit(rated: Crm) -> None:
    send(rated, "Accounts", *(f'{{"Account_Name":"{n}","Rate":{rate}}}' for n, rate in enumerate(RATES)))

    def names(query: str) -> list[str]:
        reply = rated.post("coql", {"select_query": f"select Account_Name, Rate from Accounts where {query}"})
        return [row["Account_Name"] for row in reply.json["data"]] if reply.status == 200 else []

    everything = [str(n) for n in range(len(RATES))]
    assert names("id is not null order by Rate") == everything
    assert names("id is not null order by Rate desc") == everything[::-1]
    for n, rate in enumerate(RATES):
        assert names(f"Rate = {rate}") == [str(n)]
        assert names(f"Rate < {rate}") == everything[:n]
        assert names(f"Rate >= {rate}") == everything[n:]
        assert names(f"Rate in ({rate}, 77)") == [str(n)]
        reply = rated.get("Accounts/search", {"criteria": f"(Rate:equals:{rate})"})
        assert [row["Account_Name"] for row in reply.json["data"]] == [str(n)]
    summed = rated.post("coql", {"select_query": "select SUM(Rate), AVG(Rate), MAX(Rate) from Accounts where Rate > 1"})
    assert exactly(summed)["data"] == [
        {
            "SUM(Rate)": Decimal("47021597764222977.499999997"),
            "AVG(Rate)": Decimal("9404319552844595.499999999"),
            "MAX(Rate)": Decimal("9999999999999999.999999999"),
        }
    ]


@pytest.mark.source("assumed: criteria mean one thing wherever they are evaluated")
def test_rules_compare_and_write_to_the_last_digit(crm_on: Crm) -> None:
    office = Automation(crm_on)
    update = {**office.update_payload(), "field": {"api_name": "Amount"}, "value": "9999999999999998.985"}
    action = {
        "type": "field_updates",
        "id": made(crm_on.post("settings/automation/field_updates", {"field_updates": [update]}), "field_updates"),
    }
    criteria = compare("Amount", "greater_than", 9999999999999998)
    condition = {
        "sequence_number": 1,
        "criteria_details": {"criteria": criteria},
        "instant_actions": {"actions": [action]},
    }
    office.rule("Large", conditions=[condition])
    deals = [office.deal(), office.deal()]

    for deal, amount in zip(deals, (9999999999999998, 9999999999999999), strict=True):
        office.edit(deal, Amount=amount)

    found = [exactly(crm_on.get(f"Deals/{deal}"))["data"][0]["Amount"] for deal in deals]
    assert found == [9999999999999998, Decimal("9999999999999998.99")]
    trace = exactly(crm_on.control("GET", f"records/Deals/{deals[1]}/trace"))["trace"]
    assert trace[0]["changed"]["Amount"] == {"old": 9999999999999999, "new": Decimal("9999999999999998.99")}


@pytest.mark.source("reference: platform C.10")
def test_a_quote_adds_up_to_the_last_digit(crm_on: Crm) -> None:
    product = made(crm_on.post("Products", {"data": [{"Product_Name": "P"}]}), "data")
    taxes = '[{"name":"Vat","percentage":0.1}]'
    numbers = '"Quantity":3,"List_Price":3333333333333333.35,"Discount":0.05'
    line = f'{{"Product_Name":{{"id":"{product}"}},{numbers},"Line_Tax":{taxes}}}'

    (quote,) = send(crm_on, "Quotes", f'{{"Subject":"Q","Quoted_Items":[{line}],"Adjustment":-0.01}}')

    found = exactly(crm_on.get(f"Quotes/{quote}"))["data"][0]
    (item,) = found["Quoted_Items"]
    assert (item["Total"], item["Total_After_Discount"]) == (Decimal("10000000000000000.05"), 10000000000000000)
    assert item["Line_Tax"][0] == {**item["Line_Tax"][0], "percentage": Decimal("0.1"), "value": 10000000000000}
    assert (item["Net_Total"], found["Sub_Total"]) == (10010000000000000, 10010000000000000)
    assert found["Grand_Total"] == Decimal("10009999999999999.99")


@pytest.mark.source("assumed: percentages of a price book are numbers like any other")
def test_price_ranges_keep_their_digits(crm_on: Crm) -> None:
    ranges = '[{"from_range":0.1,"to_range":9999999999999999.99,"discount":12.345}]'
    (book,) = send(crm_on, "Price_Books", f'{{"Price_Book_Name":"B","Pricing_Details":{ranges}}}')

    (found,) = exactly(crm_on.get(f"Price_Books/{book}"))["data"][0]["Pricing_Details"]

    wanted = {"from_range": Decimal("0.1"), "to_range": Decimal("9999999999999999.99"), "discount": Decimal("12.345")}
    assert {name: found[name] for name in wanted} == wanted
