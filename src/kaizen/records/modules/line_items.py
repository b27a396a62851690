"""The arithmetic of quotes, orders and invoices, and the two generations of names their lines have."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import localcontext
from types import MappingProxyType
from typing import Final

from kaizen.model.numbers import EXACT, Number, cents, is_number, read_number, share_of
from kaizen.model.values import Json, Value, Values

#: Inventory module -> the field that holds its lines.
LINES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Quotes": "Quoted_Items",
        "Sales_Orders": "Ordered_Items",
        "Purchase_Orders": "Purchase_Items",
        "Invoices": "Invoiced_Items",
    }
)

#: The name all four fields had in v2.
OLD_LINES: Final = "Product_Details"

#: v2 name of a line's value -> the name it has since (reference: platform C.10). Requests of every version
#: may use either.
MODERN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "product": "Product_Name",
        "quantity": "Quantity",
        "list_price": "List_Price",
        "unit_price": "Unit_Price",
        "discount": "Discount",
        "product_description": "Description",
        "line_tax": "Line_Tax",
        "book": "Price_Book_Name",
        "total": "Total",
        "total_after_discount": "Total_After_Discount",
        "net_total": "Net_Total",
    }
)

#: The name a line's value had in v2, by the name it has since.
OLD: Final[Mapping[str, str]] = MappingProxyType(
    {new: old for old, new in MODERN.items() if old != "discount"} | {"Discount": "Discount", "Tax": "Tax"}
)

#: Where a discount given in percent waits until the line's total is known.
PERCENT: Final = "$discount_percent"

_SHARE: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{0,9})?")


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums in the head of a quote, an order or an invoice."""

    sub_total: Number
    grand_total: Number


def modern_names(module: str, row: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the wire row of an inventory module with its lines under the names used since v2.1."""
    field = LINES.get(module)
    if field is None:
        return row
    # The prose of the service calls the field of purchase orders otherwise than its metadata does.
    given = next((k for k in (field, OLD_LINES, "Purchased_Items") if k in row), None)
    if given is None:
        return row
    lines = row[given]
    renamed = {k: v for k, v in row.items() if k not in (OLD_LINES, "Purchased_Items")}
    renamed[field] = [_modern_line(line) for line in lines] if isinstance(lines, list) else lines
    return renamed


def _modern_line(line: Json) -> Json:
    if not isinstance(line, dict):
        return line
    renamed = {MODERN.get(key, key): value for key, value in line.items()}
    discount = renamed.get("Discount")
    if isinstance(discount, str) and discount.endswith("%"):
        share = _number(discount[:-1])
        if share is not None:
            del renamed["Discount"]
            renamed[PERCENT] = share
    return renamed


def _number(text: str) -> Number | None:
    share = read_number(text) if _SHARE.fullmatch(text) else None
    return share if share is not None and share <= 100 else None


def price_line(line: Values, unit_price: Number | None) -> dict[str, Value]:
    """Return one line with its totals; the list price defaults to the product's price."""
    priced = dict(line)
    if priced.get("List_Price") is None:
        priced["List_Price"] = unit_price if unit_price is not None else 0
    priced["Unit_Price"] = unit_price if unit_price is not None else priced.get("Unit_Price")
    percent = priced.pop(PERCENT, None)
    with localcontext(EXACT):
        total = _money(priced.get("Quantity")) * _money(priced["List_Price"])
        discount = share_of(total, _money(percent)) if percent is not None else _money(priced.get("Discount"))
        after = total - discount
        taxes, tax = _taxed(priced.get("Line_Tax"), after)
        net = after + tax
    return priced | {
        "Discount": cents(discount),
        "Total": cents(total),
        "Total_After_Discount": cents(after),
        "Line_Tax": taxes,
        "Tax": cents(tax),
        "Net_Total": cents(net),
    }


def _taxed(given: object, amount: Number) -> tuple[Value, Number]:
    """Work out each tax of a line and their sum."""
    if not isinstance(given, tuple | list):
        return None, 0
    taxes: list[Value] = []
    tax: Number = 0
    for each in given:
        if isinstance(each, Mapping):
            value = share_of(amount, _money(each.get("percentage")))
            tax += value
            taxes.append({**each, "value": cents(value)})
    return tuple(taxes) or None, tax


def totals(lines: Iterable[Values], discount: Value, tax: Value, adjustment: Value) -> Totals:
    """Add the lines up: `Grand_Total = Sub_Total - Discount + Tax + Adjustment`."""
    with localcontext(EXACT):
        sub_total = _sum_of(lines)
        grand_total = sub_total - _money(discount) + _money(tax) + _money(adjustment)
    return Totals(cents(sub_total), cents(grand_total))


def header_taxes(taxes: Value, lines: Iterable[Values], discount: Value) -> tuple[Value, Number]:
    """Work out each tax of the whole document (its `$line_tax`) and their sum."""
    with localcontext(EXACT):
        worked_out, tax = _taxed(taxes, _sum_of(lines) - _money(discount))
    return worked_out, cents(tax)


def _sum_of(lines: Iterable[Values]) -> Number:
    return sum((_money(line.get("Net_Total")) for line in lines), 0)


def _money(value: Value) -> Number:
    return value if is_number(value) else 0
