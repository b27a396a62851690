"""The arithmetic of inventory documents, and both generations of names."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from kaizen.model.values import Json, Value
from kaizen.records.modules.line_items import PERCENT, header_taxes, modern_names, price_line, totals


@dataclass(frozen=True)
class Line:
    name: str
    line: dict[str, Value]
    shown: dict[str, Value]
    unit_price: float | None = None


VAT: Value = ({"name": "VAT", "percentage": 10},)

LINES = [
    Line(
        "quantity, price, discount and tax",
        {"Quantity": 10, "List_Price": 123, "Discount": 10, "Line_Tax": VAT},
        {"Total": 1230, "Total_After_Discount": 1220, "Tax": 122, "Net_Total": 1342},
    ),
    Line(
        "the list price defaults to the product's price",
        {"Quantity": 2},
        {"List_Price": Decimal("5.5"), "Unit_Price": Decimal("5.5"), "Total": 11, "Net_Total": 11, "Discount": 0},
        unit_price=Decimal("5.5"),
    ),
    Line("no price is nothing", {"Quantity": 2}, {"List_Price": 0, "Total": 0, "Net_Total": 0}),
    Line(
        "a discount in percent is of the total",
        {"Quantity": 4, "List_Price": 25, PERCENT: 10},
        {"Discount": 10, "Total_After_Discount": 90, "Net_Total": 90},
    ),
    Line(
        "several taxes add up, each with its value",
        {"Quantity": 1, "List_Price": 200, "Line_Tax": (*VAT, {"name": "Sales", "percentage": Decimal("2.5")})},
        {
            "Tax": 25,
            "Net_Total": 225,
            "Line_Tax": (
                {"name": "VAT", "percentage": 10, "value": 20},
                {"name": "Sales", "percentage": Decimal("2.5"), "value": 5},
            ),
        },
    ),
    Line("tenths are tenths", {"Quantity": 3, "List_Price": Decimal("0.1")}, {"Total": Decimal("0.3")}),
    Line(
        "halves of a cent round away from zero",
        {"Quantity": 1, "List_Price": Decimal("2.675")},
        {"Total": Decimal("2.68")},
    ),
    Line(
        "every digit of a product counts",
        {"Quantity": Decimal("9999999999999999.99"), "List_Price": Decimal("9999999999999999.99")},
        {"Total": 99999999999999999800000000000000},
    ),
    Line("large numbers stay exact", {"Quantity": 10**15, "List_Price": 10**15}, {"Total": 10**30}),
]


@pytest.mark.source("reference: platform C.10")
@pytest.mark.parametrize("case", LINES, ids=lambda case: case.name)
def test_a_line_is_priced(case: Line) -> None:
    priced = price_line(case.line, case.unit_price)

    assert {key: priced[key] for key in case.shown} == case.shown
    assert PERCENT not in priced


@pytest.mark.source("reference: platform C.10")
def test_the_head_adds_up_its_lines() -> None:
    lines: list[dict[str, Value]] = [{"Net_Total": 1342}, {"Net_Total": 58}]

    sums = totals(lines, discount=100, tax=13, adjustment=-Decimal("0.5"))

    assert (sums.sub_total, sums.grand_total) == (1400, Decimal("1312.5"))


@pytest.mark.source("reference: platform C.10")
def test_taxes_of_the_head_are_of_the_discounted_sum() -> None:
    lines: list[dict[str, Value]] = [{"Net_Total": 110}]

    assert header_taxes(VAT, lines, 10) == (({"name": "VAT", "percentage": 10, "value": 10},), 10)
    assert header_taxes(None, lines, 10) == (None, 0)


@dataclass(frozen=True)
class Names:
    name: str
    module: str
    row: dict[str, Json]
    modern: dict[str, Json] = field(default_factory=dict)


NAMES = [
    Names(
        "v2 names",
        "Quotes",
        {"Subject": "Q", "Product_Details": [{"product": "1", "quantity": 2, "list_price": 3, "line_tax": []}]},
        {"Subject": "Q", "Quoted_Items": [{"Product_Name": "1", "Quantity": 2, "List_Price": 3, "Line_Tax": []}]},
    ),
    Names(
        "names since v2.1 stay",
        "Invoices",
        {"Invoiced_Items": [{"Product_Name": {"id": "1"}, "Quantity": 2}]},
        {"Invoiced_Items": [{"Product_Name": {"id": "1"}, "Quantity": 2}]},
    ),
    Names("the prose's name", "Purchase_Orders", {"Purchased_Items": []}, {"Purchase_Items": []}),
    Names(
        "a discount in percent is put aside",
        "Sales_Orders",
        {"Ordered_Items": [{"discount": "12.5%"}, {"Discount": "x%"}, {"Discount": "120%"}]},
        {"Ordered_Items": [{PERCENT: Decimal("12.5")}, {"Discount": "x%"}, {"Discount": "120%"}]},
    ),
    Names("what is no list is left for the reader to refuse", "Quotes", {"Product_Details": 5}, {"Quoted_Items": 5}),
    Names("lines that are no objects too", "Quotes", {"Quoted_Items": [1]}, {"Quoted_Items": [1]}),
    Names("other modules are left alone", "Leads", {"Product_Details": [{}]}, {"Product_Details": [{}]}),
]


@pytest.mark.source("reference: platform C.10")
@pytest.mark.parametrize("case", NAMES, ids=lambda case: case.name)
def test_both_generations_of_names_are_taken(case: Names) -> None:
    assert modern_names(case.module, case.row) == case.modern
