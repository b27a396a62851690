"""The criteria of the search parameter: brackets, escapes, operators by type, refusals."""

from typing import Any

import pytest

from kaizen.criteria.read_search import read_search
from kaizen.criteria.tree import Compare, Criteria, Group
from kaizen.model.problem import Problem
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator as Is
from kaizen.vocabulary.comparators import GroupOperator
from kaizen.vocabulary.data_types import DataType
from tests.support.strategies import CATALOG, DEALS, a_field, a_module

LEADS = a_module(
    "Leads", 1, *DEALS.fields, a_field(60, "Description", DataType.TEXTAREA), a_field(61, "Number", DataType.AUTONUMBER)
)


def leaf(name: str, comparator: Is, value: Any, data_type: DataType) -> Compare:
    return Compare(tuple(name.split(".")), comparator, value, data_type)


def both(*members: Criteria) -> Group:
    return Group(GroupOperator.AND, members)


def either(*members: Criteria) -> Group:
    return Group(GroupOperator.OR, members)


A, B, C = (leaf("Seats", Is.EQUAL, n, DataType.INTEGER) for n in (1, 2, 3))
_A, _B, _C = "(Seats:equals:1)", "(Seats:equals:2)", "(Seats:equals:3)"

READ: list[tuple[str, Criteria]] = [
    ("Seats:equals:1", A),
    ("(Seats:equals:1)", A),
    (" ( Seats : equals : 1 ) ", A),
    (f"({_A} and {_B})", both(A, B)),
    (f"{_A} and {_B}", both(A, B)),
    (f"({_A}AND{_B}and{_C})", both(A, B, C)),
    (f"({_A} or {_B} and {_C})", both(either(A, B), C)),
    (f"({_A} and ({_B} or {_C}))", both(A, either(B, C))),
    (f"(({_A} and {_B}) or {_C})", either(both(A, B), C)),
    (f"(({_A} and {_B}) and {_C})", both(both(A, B), C)),
    (f"(({_A}))", A),
    ("(Name:equals:Acme)", leaf("Name", Is.HAS_WORDS, "Acme", DataType.TEXT)),
    ("(Name:not_equal:Acme)", leaf("Name", Is.NOT_EQUAL, "Acme", DataType.TEXT)),
    ("Name:starts_with:A:b", leaf("Name", Is.STARTS_WITH, "A:b", DataType.TEXT)),
    (r"(Name:starts_with:Acme \(UK\)\, Ltd)", leaf("Name", Is.STARTS_WITH, "Acme (UK), Ltd", DataType.TEXT)),
    ("(Name:starts_with:Acme (UK))", leaf("Name", Is.STARTS_WITH, "Acme (UK)", DataType.TEXT)),
    (r"(Name:starts_with:C:\temp\\)", leaf("Name", Is.STARTS_WITH, "C:\\temp\\", DataType.TEXT)),
    (r"(Name:in:a\,b,c)", leaf("Name", Is.IN, ("a,b", "c"), DataType.TEXT)),
    ("(Name:equals:null)", leaf("Name", Is.EMPTY, None, DataType.TEXT)),
    ("(Name:not_equal: null )", leaf("Name", Is.NOT_EMPTY, None, DataType.TEXT)),
    ("(Name:starts_with:null)", leaf("Name", Is.STARTS_WITH, "null", DataType.TEXT)),
    ("(Name:equals:Null)", leaf("Name", Is.HAS_WORDS, "Null", DataType.TEXT)),
    ("(Email:equals:null)", leaf("Email", Is.EMPTY, None, DataType.EMAIL)),
    ("(Email:not_equal:null)", leaf("Email", Is.NOT_EMPTY, None, DataType.EMAIL)),
    ("(Email:in:null)", leaf("Email", Is.EMPTY, None, DataType.EMAIL)),
    (
        "(Email:in:a@b.co, null)",
        either(leaf("Email", Is.IN, ("a@b.co",), DataType.EMAIL), leaf("Email", Is.EMPTY, None, DataType.EMAIL)),
    ),
    (
        "(Seats:in:null,1)",
        either(leaf("Seats", Is.IN, (1,), DataType.INTEGER), leaf("Seats", Is.EMPTY, None, DataType.INTEGER)),
    ),
    ("(Description:not_equal:null)", leaf("Description", Is.NOT_EMPTY, None, DataType.TEXTAREA)),
    ("(Stage:equals:null)", leaf("Stage", Is.EMPTY, None, DataType.PICKLIST)),
    ("(Colours:equals:null)", leaf("Colours", Is.EMPTY, None, DataType.MULTISELECTPICKLIST)),
    ("(Colours:not_equal:-None-)", leaf("Colours", Is.NOT_EMPTY, None, DataType.MULTISELECTPICKLIST)),
    ("(Email:equals:ada@example.com)", leaf("Email", Is.EQUAL, "ada@example.com", DataType.EMAIL)),
    ("(Description:equals:word)", leaf("Description", Is.HAS_WORDS, "word", DataType.TEXTAREA)),
    ("(Stage:equals:Identify Decision Makers)", leaf("Stage", Is.EQUAL, "Id. Decision Makers", DataType.PICKLIST)),
    ("(Stage:equals:-None-)", leaf("Stage", Is.EMPTY, None, DataType.PICKLIST)),
    ("(Colours:starts_with:re)", leaf("Colours", Is.STARTS_WITH, ("re",), DataType.MULTISELECTPICKLIST)),
    ("(Amount:between:1,2.5)", leaf("Amount", Is.BETWEEN, (1.0, 2.5), DataType.CURRENCY)),
    ("(Amount:greater_equal:1)", leaf("Amount", Is.GREATER_EQUAL, 1.0, DataType.CURRENCY)),
    ("(Active:equals:true)", leaf("Active", Is.EQUAL, True, DataType.BOOLEAN)),
    ("(Closing_Date:less_than:2024-02-29)", leaf("Closing_Date", Is.LESS_THAN, "2024-02-29", DataType.DATE)),
    ("(Seen_Time:greater_than:1970-01-01T00:00:05+00:00)", leaf("Seen_Time", Is.GREATER_THAN, 5, DataType.DATETIME)),
    ("(Owner:equals:12)", leaf("Owner", Is.EQUAL, 12, DataType.OWNERLOOKUP)),
    ("(Owner:equals:null)", leaf("Owner", Is.EMPTY, None, DataType.OWNERLOOKUP)),
    ("(Owner:not_equal:null)", leaf("Owner", Is.NOT_EMPTY, None, DataType.OWNERLOOKUP)),
    ("(Owner.email:equals:a@b.co)", leaf("Owner.email", Is.EQUAL, "a@b.co", DataType.EMAIL)),
    ("(Total:greater_than:1)", leaf("Total", Is.GREATER_THAN, 1.0, DataType.DOUBLE)),
    ("(id:equals:12)", leaf("id", Is.EQUAL, 12, DataType.BIGINT)),
]


@pytest.mark.source("reference: platform D.2")
@pytest.mark.parametrize(("text", "expected"), READ)
def test_search_criteria_are_read(text: str, expected: Criteria) -> None:
    assert read_search(text, LEADS, CATALOG) == expected


PARAMETER = {"param_name": "criteria"}
UNKNOWN = "the field is not available for search"
OPERATOR = "The operator is not valid for the field type"
VALUE = "invalid value for search"

BAD: list[tuple[str, Code, dict[str, Any]]] = [
    ("", Code.INVALID_QUERY, PARAMETER),
    ("Seats", Code.INVALID_QUERY, PARAMETER),
    ("Seats:equals", Code.INVALID_QUERY, PARAMETER),
    ("(Seats:equals:1", Code.INVALID_QUERY, PARAMETER),
    ("(Seats:equals:1))", Code.INVALID_QUERY, PARAMETER),
    (f"({_A} nor {_B})", Code.INVALID_QUERY, PARAMETER),
    (f"({_A} and )", Code.INVALID_QUERY, PARAMETER),
    (f"{_A} and Seats:equals:2", Code.INVALID_QUERY, PARAMETER),
    ("(" * 50_000, Code.INVALID_QUERY, PARAMETER),
    ("(" * 30 + "Seats:equals:1" + ")" * 30, Code.INVALID_QUERY, PARAMETER),
    ("(Name:equals:a\0)", Code.INVALID_QUERY, PARAMETER),
    ("(No_Such:equals:1)", Code.INVALID_QUERY, {"api_name": "No_Such", "reason": UNKNOWN}),
    (
        "(Seats:equal:1)",
        Code.INVALID_QUERY,
        {"api_name": "Seats", "operator": "equal", "reason": OPERATOR},
    ),
    (
        "(Stage:starts_with:a)",
        Code.INVALID_QUERY,
        {"api_name": "Stage", "operator": "starts_with", "reason": OPERATOR},
    ),
    (
        "(Number:starts_with:a)",
        Code.INVALID_QUERY,
        {"api_name": "Number", "operator": "starts_with", "reason": OPERATOR},
    ),
    (
        "(Description:in:a)",
        Code.INVALID_QUERY,
        {"api_name": "Description", "operator": "in", "reason": OPERATOR},
    ),
    (
        "(Recurring_Activity:equals:a)",
        Code.INVALID_QUERY,
        {"api_name": "Recurring_Activity", "operator": "equals", "reason": OPERATOR},
    ),
    (
        "(Seats:equals:many)",
        Code.INVALID_QUERY,
        {"api_name": "Seats", "expected_data_type": "integer", "reason": VALUE, "value": "many"},
    ),
    (
        "(Name:equals:)",
        Code.INVALID_QUERY,
        {"api_name": "Name", "expected_data_type": "text", "reason": VALUE, "value": ""},
    ),
    (
        "(Seats:between:1)",
        Code.INVALID_QUERY,
        {"api_name": "Seats", "operator": "between", "reason": VALUE},
    ),
    ("(" + " and ".join([_A] * 16) + ")", Code.CRITERIA_LIMIT_EXCEEDED, {}),
    ("(Seats:in:" + ",".join(["1"] * 101) + ")", Code.INVALID_QUERY, {"api_name": "Seats"}),
]


@pytest.mark.source("reference: platform D.2")
@pytest.mark.parametrize(("text", "code", "details"), BAD, ids=lambda part: str(part)[:40])
def test_bad_search_criteria_are_refused(text: str, code: Code, details: dict[str, Any]) -> None:
    problem = read_search(text, LEADS, CATALOG)

    assert isinstance(problem, Problem)
    assert (problem.code, problem.details) == (code, details)


@pytest.mark.source("reference: platform D.2")
def test_the_messages_of_the_limits_are_the_services() -> None:
    many = read_search("(" + " or ".join([_A] * 16) + ")", LEADS, CATALOG)
    values = read_search("(Seats:in:" + ",".join(["1"] * 101) + ")", LEADS, CATALOG)

    assert isinstance(many, Problem)
    assert many.text == "no of criterium that can be given exceed the limit 15"
    assert isinstance(values, Problem)
    assert values.text == 'Only 100 values are allowed in "IN" criteria'
