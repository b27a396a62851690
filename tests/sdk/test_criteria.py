"""Criteria written in Python."""

import datetime as dt
from dataclasses import dataclass

import pytest

from kaizen import Entity, F
from kaizen.sdk.criteria import Criteria


@dataclass(frozen=True)
class Case:
    name: str
    criteria: Criteria
    search: str


SEARCHES = [
    Case("equality", F("Company") == "Zylker", "(Company:equals:Zylker)"),
    Case("inequality", F("Company") != "Zylker", "(Company:not_equal:Zylker)"),
    Case("brackets and commas are escaped", F("Plate") == "TN-01 (A), B", r"(Plate:equals:TN-01 \(A\)\, B)"),
    Case("a colon is not", F("URL") == "http://x", "(URL:equals:http://x)"),
    Case("a backslash at the end is", F("Path") == "C:\\", r"(Path:equals:C:\\)"),
    Case("a backslash in the middle is not", F("Path") == r"C:\a", r"(Path:equals:C:\a)"),
    Case("a backslash before a bracket is", F("Path") == r"a\(", r"(Path:equals:a\\\()"),
    Case("a list", F("Stage").in_("Open", "Closed, Won"), r"(Stage:in:Open,Closed\, Won)"),
    Case("a range", F("Amount").between(1, 2.5), "(Amount:between:1,2.5)"),
    Case("a truth", F("Active") == True, "(Active:equals:true)"),  # noqa: E712 - makes criteria
    Case("a day", F("Closing_Date") >= dt.date(2026, 1, 2), "(Closing_Date:greater_equal:2026-01-02)"),
    Case("a user", F("Owner") == Entity({"id": "9"}), "(Owner:equals:9)"),
    Case("no value", F("Email").is_empty(), "(Email:equals:null)"),
    Case("no value, written as None", F("Email") == None, "(Email:equals:null)"),  # noqa: E711 - makes criteria
    Case("some value", F("Email").is_not_empty(), "(Email:not_equal:null)"),
    Case("no value or one of some", F("Email").in_(None, "a@b.co"), "(Email:in:null,a@b.co)"),
    Case("text that begins like no value", F("Name").starts_with("null"), "(Name:starts_with:null)"),
    Case("both", (F("A") == 1) & (F("B") < 2), "((A:equals:1)and(B:less_than:2))"),
    Case(
        "three in one group",
        (F("A") == 1) & (F("B") == 2) & (F("C") == 3),
        "((A:equals:1)and(B:equals:2)and(C:equals:3))",
    ),
    Case(
        "groups in groups",
        ((F("A") == 1) | (F("B") == 2)) & (F("C") == 3),
        "(((A:equals:1)or(B:equals:2))and(C:equals:3))",
    ),
]


@pytest.mark.source("reference: platform D.2")
@pytest.mark.parametrize("case", SEARCHES, ids=lambda case: case.name)
def test_to_search(case: Case) -> None:
    assert case.criteria.to_search() == case.search


@pytest.mark.source("reference: platform D.2")
@pytest.mark.parametrize("criteria", [F("A").contains("x"), F("A").not_in("x"), F("A") == "null"])
def test_what_a_search_cannot_do_is_refused_before_it_is_sent(criteria: Criteria) -> None:
    with pytest.raises(ValueError, match=r"a search has no comparator|reads .null. as no value"):
        criteria.to_search()


@pytest.mark.source("reference: automation B.3")
def test_to_rule() -> None:
    criteria = (F("Amount") > 30000) & (F("Stage").in_("Closed Lost") | F("Owner").is_not_empty())

    assert criteria.to_rule() == {
        "group_operator": "AND",
        "group": [
            {"comparator": "greater_than", "field": {"api_name": "Amount"}, "value": 30000},
            {
                "group_operator": "OR",
                "group": [
                    {"comparator": "in", "field": {"api_name": "Stage"}, "value": ["Closed Lost"]},
                    {"comparator": "equal", "field": {"api_name": "Owner"}, "value": "${NOTEMPTY}"},
                ],
            },
        ],
    }


@pytest.mark.source("reference: automation B.2, T2")
def test_any_change_of_a_field() -> None:
    assert F("Stage").changes().to_rule()["value"] == "${ANYVALUE}"


@pytest.mark.source("assumed: `and` between criteria would lose one of them")
def test_criteria_have_no_truth() -> None:
    with pytest.raises(TypeError, match="join criteria with & and"):
        (F("A") == 1) and (F("B") == 2)
