"""The arithmetic of inventory documents, and both generations of names."""

from dataclasses import dataclass, field

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
        {"Quantity": 10.0, "List_Price": 123.0, "Discount": 10.0, "Line_Tax": VAT},
        {"Total": 1230.0, "Total_After_Discount": 1220.0, "Tax": 122.0, "Net_Total": 1342.0},
    ),
    Line(
        "the list price defaults to the product's price",
        {"Quantity": 2.0},
        {"List_Price": 5.5, "Unit_Price": 5.5, "Total": 11.0, "Net_Total": 11.0, "Discount": 0.0},
        unit_price=5.5,
    ),
    Line("no price is nothing", {"Quantity": 2.0}, {"List_Price": 0.0, "Total": 0.0, "Net_Total": 0.0}),
    Line(
        "a discount in percent is of the total",
        {"Quantity": 4.0, "List_Price": 25.0, PERCENT: 10.0},
        {"Discount": 10.0, "Total_After_Discount": 90.0, "Net_Total": 90.0},
    ),
    Line(
        "several taxes add up, each with its value",
        {"Quantity": 1.0, "List_Price": 200.0, "Line_Tax": (*VAT, {"name": "Sales", "percentage": 2.5})},
        {
            "Tax": 25.0,
            "Net_Total": 225.0,
            "Line_Tax": (
                {"name": "VAT", "percentage": 10, "value": 20.0},
                {"name": "Sales", "percentage": 2.5, "value": 5.0},
            ),
        },
    ),
    Line("tenths are tenths", {"Quantity": 3.0, "List_Price": 0.1}, {"Total": 0.3}),
    Line("halves of a cent round away from zero", {"Quantity": 1.0, "List_Price": 2.675}, {"Total": 2.68}),
    Line("large numbers stay exact", {"Quantity": 1e15, "List_Price": 1e15}, {"Total": 1e30}),
]


@pytest.mark.source("reference: platform C.10")
@pytest.mark.parametrize("case", LINES, ids=lambda case: case.name)
def test_a_line_is_priced(case: Line) -> None:
    priced = price_line(case.line, case.unit_price)

    assert {key: priced[key] for key in case.shown} == case.shown
    assert PERCENT not in priced


@pytest.mark.source("reference: platform C.10")
def test_the_head_adds_up_its_lines() -> None:
    lines: list[dict[str, Value]] = [{"Net_Total": 1342.0}, {"Net_Total": 58.0}]

    sums = totals(lines, discount=100.0, tax=13.0, adjustment=-0.5)

    assert (sums.sub_total, sums.grand_total) == (1400.0, 1312.5)


@pytest.mark.source("reference: platform C.10")
def test_taxes_of_the_head_are_of_the_discounted_sum() -> None:
    lines: list[dict[str, Value]] = [{"Net_Total": 110.0}]

    assert header_taxes(VAT, lines, 10.0) == (({"name": "VAT", "percentage": 10, "value": 10.0},), 10.0)
    assert header_taxes(None, lines, 10.0) == (None, 0.0)


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
        {"Ordered_Items": [{PERCENT: 12.5}, {"Discount": "x%"}, {"Discount": "120%"}]},
    ),
    Names("what is no list is left for the reader to refuse", "Quotes", {"Product_Details": 5}, {"Quoted_Items": 5}),
    Names("lines that are no objects too", "Quotes", {"Quoted_Items": [1]}, {"Quoted_Items": [1]}),
    Names("other modules are left alone", "Leads", {"Product_Details": [{}]}, {"Product_Details": [{}]}),
]


@pytest.mark.source("reference: platform C.10")
@pytest.mark.parametrize("case", NAMES, ids=lambda case: case.name)
def test_both_generations_of_names_are_taken(case: Names) -> None:
    assert modern_names(case.module, case.row) == case.modern
