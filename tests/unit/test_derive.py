"""What follows from other fields, module by module."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from kaizen.model.catalog import Catalog, Field
from kaizen.model.values import Value
from kaizen.records.modules.derive import Derivation, defaults, numbered, own, stamp_change, stamps_of_new, steps
from kaizen.standard import new_organisation
from kaizen.vocabulary.data_types import DataType

NOW = 1_767_603_600
ZONE = ZoneInfo("Asia/Kolkata")


@cache
def catalog() -> Catalog:
    """The catalog of a new organisation."""
    return new_organisation(
        organisation_name="Zylker",
        admin_email="ada@zylker.test",
        admin_last_name="Ada",
        time_zone="UTC",
        zgid="60001",
        id_prefix=4876876000,
        now=NOW,
    ).catalog


@dataclass(frozen=True)
class Case:
    name: str
    module: str
    given: dict[str, Value]
    expected: dict[str, Value]
    before: dict[str, Value] | None = None
    prices: dict[int, float] = field(default_factory=dict)


def seconds(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[misc,arg-type]  # the parts of a moment


CASES = [
    Case("a full name", "Leads", {"First_Name": "Ada", "Last_Name": "King"}, {"Full_Name": "Ada King"}),
    Case("no first name", "Contacts", {"Last_Name": "King"}, {"Full_Name": "King"}),
    Case(
        "the name follows a change of one part",
        "Leads",
        {"First_Name": "A."},
        {"Full_Name": "A. King"},
        before={"First_Name": "Ada", "Last_Name": "King", "Full_Name": "Ada King"},
    ),
    Case(
        "probability and revenue follow the stage",
        "Deals",
        {"Stage": "Negotiation/Review", "Amount": 1000},
        {
            "Probability": 90,
            "Expected_Revenue": 900,
            "Stage_Modified_Time": NOW,
            "Forecast_Category__s": "Pipeline",
        },
    ),
    Case(
        "a probability that is given stays",
        "Deals",
        {"Stage": "Qualification", "Amount": 1000, "Probability": 55},
        {"Probability": 55, "Expected_Revenue": 550},
    ),
    Case("without an amount there is no revenue", "Deals", {"Stage": "Qualification"}, {"Expected_Revenue": None}),
    Case(
        "another amount changes the revenue and not the probability",
        "Deals",
        {"Amount": 200},
        {"Probability": 55, "Expected_Revenue": 110, "Stage_Modified_Time": 5},
        before={"Stage": "Qualification", "Amount": 100, "Probability": 55, "Stage_Modified_Time": 5},
    ),
    Case(
        "a deal that moves takes the probability of its new stage",
        "Deals",
        {"Stage": "Closed Lost"},
        {"Probability": 0, "Expected_Revenue": 0, "Forecast_Category__s": "Omitted", "Stage_Modified_Time": NOW},
        before={"Stage": "Qualification", "Amount": 100, "Probability": 55, "Stage_Modified_Time": 5},
    ),
    Case("a task that is done has a closing time", "Tasks", {"Status": "Completed"}, {"Closed_Time": NOW}),
    Case(
        "a task that is opened again has none",
        "Tasks",
        {"Status": "In Progress"},
        {"Closed_Time": None},
        before={"Status": "Completed", "Closed_Time": 5},
    ),
    Case(
        "a done task that is edited keeps it",
        "Tasks",
        {"Subject": "Other"},
        {"Closed_Time": 5},
        before={"Status": "Completed", "Closed_Time": 5},
    ),
    Case(
        "an all-day event lasts from midnight to midnight of the caller",
        "Events",
        {"All_day": True, "Start_DateTime": seconds(2026, 1, 5, 20, 0), "End_DateTime": seconds(2026, 1, 6, 20, 0)},
        {"Start_DateTime": seconds(2026, 1, 5, 18, 30), "End_DateTime": seconds(2026, 1, 6, 18, 30)},
    ),
    Case(
        "a quote adds up",
        "Quotes",
        {"Quoted_Items": ({"Product_Name": 7, "Quantity": 2},), "Discount": 1, "Adjustment": Decimal("0.5")},
        {"Sub_Total": 20, "Grand_Total": Decimal("19.5")},
        prices={7: 10},
    ),
    Case(
        "the taxes of a quote are of its sum",
        "Quotes",
        {"Quoted_Items": ({"Product_Name": 7, "Quantity": 2},), "$line_tax": ({"name": "VAT", "percentage": 10},)},
        {"$line_tax": ({"name": "VAT", "percentage": 10, "value": 2},), "Tax": 2, "Grand_Total": 22},
        prices={7: 10},
    ),
    Case(
        "taxes that are taken away are nothing",
        "Quotes",
        {"$line_tax": None},
        {"$line_tax": None, "Tax": 0, "Grand_Total": 0},
        before={"$line_tax": ({"name": "VAT", "percentage": 10, "value": 2},), "Tax": 2},
    ),
    Case("a quote that never had taxes has none", "Quotes", {"$line_tax": None}, {"Tax": None}),
    Case("a module without rules stays as it is", "Vendors", {"Vendor_Name": "V"}, {"Vendor_Name": "V"}),
]


@pytest.mark.source("reference: platform C.1, C.2, C.6, C.10, C.11")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fields_follow_each_other(case: Case) -> None:
    module = catalog().by_name[case.module]
    values = {**(case.before or {}), **case.given}
    derivation = Derivation(module, values, case.given, case.before, NOW, ZONE, case.prices)

    for step in steps(module):
        step(derivation)

    assert {name: values.get(name) for name in case.expected} == case.expected


@pytest.mark.source("reference: platform B.8, C.1")
def test_a_new_record_has_no_empty_boolean_and_the_defaults_of_its_fields() -> None:
    start = defaults(catalog().by_name["Deals"])

    assert start["Locked__s"] is False
    assert start["Pipeline"] == "Standard (Standard)"
    assert start["Layout"] == catalog().by_name["Deals"].layouts[0].id
    assert defaults(catalog().by_name["Products"])["Product_Active"] is True


@pytest.mark.source("reference: platform C.1, C.3")
def test_stamps_say_who_and_when() -> None:
    values = stamps_of_new(7, 100)
    own(values, 7)
    stamp_change(values, 8, 200)

    assert values == {
        "Owner": 7,
        "Created_By": 7,
        "Created_Time": 100,
        "Modified_By": 8,
        "Modified_Time": 200,
        "Last_Activity_Time": 200,
    }


@pytest.mark.source("reference: platform C.1")
def test_an_owner_that_is_given_stays() -> None:
    values: dict[str, Value] = {"Owner": 9}
    own(values, 7)

    assert values["Owner"] == 9


@pytest.mark.source("reference: platform E.1")
def test_auto_numbers_are_written_with_prefix_and_suffix() -> None:
    plain = Field(1, "Number", "Number", DataType.AUTONUMBER, "number")
    dressed = Field(1, "N", "N", DataType.AUTONUMBER, "n", properties={"auto_number": {"prefix": "Q-", "suffix": None}})

    assert (numbered(plain, 12), numbered(dressed, 12)) == ("12", "Q-12")
