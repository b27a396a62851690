"""Criteria in the JSON of rules and views: what is read, what is refused and where, and how it is shown."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from kaizen.criteria.dump_json import dump_json
from kaizen.criteria.read_json import read_json
from kaizen.criteria.tree import ANY_VALUE, CURRENT_USER, Compare, Criteria, FieldRef, Group, SpecialValue
from kaizen.json_body.json_path import JsonPath
from kaizen.model.problem import Problem
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator as Is
from kaizen.vocabulary.comparators import GroupOperator
from kaizen.vocabulary.data_types import DataType
from tests.support.strategies import CATALOG, DEALS, a_field, a_module

AT = JsonPath("$.workflow_rules[0].conditions[0].criteria_details") / "criteria"
AMOUNT = str(DEALS.by_name["Amount"].id)
STAGE = str(DEALS.by_name["Stage"].id)


def wire(name: str, comparator: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": {"api_name": name}, "comparator": comparator, "value": value, **more}


def leaf(name: str, comparator: Is, value: Any) -> Compare:
    return Compare(tuple(name.split(".")), comparator, value, TYPES[name])


TYPES = {f.api_name: f.compared_as for f in DEALS.fields} | {
    "Account_Name.Industry": DataType.PICKLIST,
    "Account_Name.Parent_Account.Industry": DataType.PICKLIST,
    "Owner.email": DataType.EMAIL,
    "Owner.role": DataType.LOOKUP,
    "id": DataType.BIGINT,
}


def read(raw: Json, *, trigger: bool = False) -> Criteria | Problem | None:
    return read_json(raw, AT, DEALS, CATALOG, trigger=trigger)


READ: list[tuple[dict[str, Any], Criteria]] = [
    (wire("Amount", "greater_than", "300000"), leaf("Amount", Is.GREATER_THAN, 300000)),
    (wire("Amount", "between", [1, "2"]), leaf("Amount", Is.BETWEEN, (1, 2))),
    (wire("Seats", "in", [1, "2"]), leaf("Seats", Is.IN, (1, 2))),
    (wire("Stage", "equal", "Negotiation/Review"), leaf("Stage", Is.EQUAL, "Negotiation/Review")),
    (wire("Stage", "equal", "Identify Decision Makers"), leaf("Stage", Is.EQUAL, "Id. Decision Makers")),
    (wire("Stage", "in", ["Closed Lost"]), leaf("Stage", Is.IN, ("Closed Lost",))),
    (wire("Name", "contains", ["a", "b"]), leaf("Name", Is.CONTAINS, ("a", "b"))),
    (wire("Name", "starts_with", "a"), leaf("Name", Is.STARTS_WITH, "a")),
    (wire("Active", "equal", "true"), leaf("Active", Is.EQUAL, True)),
    (wire("Closing_Date", "less_than", "2024-02-29"), leaf("Closing_Date", Is.LESS_THAN, "2024-02-29")),
    (wire("Closing_Date", "equal", "${THISMONTH}"), leaf("Closing_Date", Is.EQUAL, SpecialValue("THISMONTH"))),
    (
        wire("Closing_Date", "less_equal", "${DUEINDAYS}+7"),
        leaf("Closing_Date", Is.LESS_EQUAL, SpecialValue("DUEINDAYS", 7)),
    ),
    (wire("Seen_Time", "equal", "${LAST_N_DAYS:7}"), leaf("Seen_Time", Is.EQUAL, SpecialValue("LAST_N_DAYS", 7))),
    (wire("Seen_Time", "greater_than", "1970-01-01T00:00:09Z"), leaf("Seen_Time", Is.GREATER_THAN, 9)),
    (wire("Seen_Time", "equal", "2024-02-29"), leaf("Seen_Time", Is.EQUAL, "2024-02-29")),
    (wire("Owner", "equal", {"id": "12", "name": "Ada"}), leaf("Owner", Is.EQUAL, 12)),
    (wire("Owner", "in", [{"id": "12"}, "13"]), leaf("Owner", Is.IN, (12, 13))),
    (wire("Owner", "equal", {"name": "${CURRENTUSER}"}), leaf("Owner", Is.EQUAL, SpecialValue("CURRENTUSER"))),
    (
        wire("Owner", "equal", "${CURRENTUSER}", type="pre_defined"),
        leaf("Owner", Is.EQUAL, SpecialValue("CURRENTUSER")),
    ),
    (wire("Owner", "equal", {"id": "${CURRENTUSERROLE}"}), leaf("Owner", Is.EQUAL, SpecialValue("CURRENTUSERROLE"))),
    (wire("Stage", "equal", ["a", "b"]), leaf("Stage", Is.EQUAL, ("a", "b"))),
    (wire("Stage", "not_equal", ["a"]), leaf("Stage", Is.NOT_EQUAL, ("a",))),
    (wire("Amount", "equal", [1, "2"]), leaf("Amount", Is.EQUAL, (1, 2))),
    (wire("Closing_Date", "equal", ["2024-02-29"]), leaf("Closing_Date", Is.EQUAL, ("2024-02-29",))),
    (wire("Owner", "equal", [{"id": "12"}, {"id": "13", "name": "Ada"}]), leaf("Owner", Is.EQUAL, (12, 13))),
    (wire("Owner", "equal", [{"name": "${CURRENTUSER}"}]), leaf("Owner", Is.EQUAL, SpecialValue("CURRENTUSER"))),
    (
        wire("Owner", "equal", [{"name": "${CURRENTUSER}"}, {"id": "12"}]),
        Group(GroupOperator.OR, (leaf("Owner", Is.EQUAL, SpecialValue("CURRENTUSER")), leaf("Owner", Is.EQUAL, (12,)))),
    ),
    (
        wire("Owner", "not_equal", [{"id": "12"}, {"id": "${CURRENTUSERROLE}", "name": "Sales"}]),
        Group(
            GroupOperator.AND,
            (leaf("Owner", Is.NOT_EQUAL, SpecialValue("CURRENTUSERROLE")), leaf("Owner", Is.NOT_EQUAL, (12,))),
        ),
    ),
    (
        wire("Owner.role", "equal", {"id": "${CURRENTUSERROLE}"}),
        leaf("Owner.role", Is.EQUAL, SpecialValue("CURRENTUSERROLE")),
    ),
    (wire("Colours", "equal", "red;blue"), leaf("Colours", Is.EQUAL, ("red", "blue"))),
    (wire("Colours", "contains", "red"), leaf("Colours", Is.CONTAINS, ("red",))),
    (wire("Related", "include_all", [{"id": "1"}, {"id": "2"}]), leaf("Related", Is.INCLUDE_ALL, (1, 2))),
    (wire("Stage", "equal", "${EMPTY}"), leaf("Stage", Is.EMPTY, None)),
    (wire("Stage", "not_equal", "${EMPTY}"), leaf("Stage", Is.NOT_EMPTY, None)),
    (wire("Amount", "equal", "${NOTEMPTY}"), leaf("Amount", Is.NOT_EMPTY, None)),
    (wire("Amount", "not_equal", "${NOTEMPTY}"), leaf("Amount", Is.EMPTY, None)),
    (wire("Owner", "equal", None), leaf("Owner", Is.EMPTY, None)),
    (wire("Recurring_Activity", "equal", "${EMPTY}"), leaf("Recurring_Activity", Is.EMPTY, None)),
    (wire("Account_Name__r.Industry", "equal", "Banking"), leaf("Account_Name.Industry", Is.EQUAL, "Banking")),
    (wire("Account_Name.Industry", "equal", "Banking"), leaf("Account_Name.Industry", Is.EQUAL, "Banking")),
    (
        wire("Account_Name__r.Parent_Account__r.Industry", "equal", "x"),
        leaf("Account_Name.Parent_Account.Industry", Is.EQUAL, "x"),
    ),
    (wire("Owner.email", "ends_with", "@example.com"), leaf("Owner.email", Is.ENDS_WITH, "@example.com")),
    (wire("id", "equal", "4876876000000123456"), leaf("id", Is.EQUAL, 4876876000000123456)),
    (
        wire("Name", "equal", "${!Deals.Email}", type="merge_field"),
        leaf("Name", Is.EQUAL, FieldRef(("Email",), DataType.EMAIL)),
    ),
    (
        wire("Seats", "less_than", {"api_name": "Amount"}, type="field"),
        leaf("Seats", Is.LESS_THAN, FieldRef(("Amount",), DataType.CURRENCY)),
    ),
    ({"field": "Stage", "comparator": "equal", "value": "a"}, leaf("Stage", Is.EQUAL, "a")),
    ({"field": {"id": AMOUNT}, "comparator": "equal", "value": 1}, leaf("Amount", Is.EQUAL, 1)),
    ({"field": {"api_name": "Amount", "id": AMOUNT}, "comparator": "equal", "value": 1}, leaf("Amount", Is.EQUAL, 1)),
    (
        {
            "group_operator": "and",
            "group": [
                wire("Seats", "equal", 1),
                {"group_operator": "OR", "group": [wire("Views", "equal", 2), wire("Seats", "equal", 3)]},
            ],
        },
        Group(
            GroupOperator.AND,
            (
                leaf("Seats", Is.EQUAL, 1),
                Group(GroupOperator.OR, (leaf("Views", Is.EQUAL, 2), leaf("Seats", Is.EQUAL, 3))),
            ),
        ),
    ),
]


@pytest.mark.source("reference: automation B.3")
@pytest.mark.parametrize(("raw", "expected"), READ, ids=lambda part: str(part)[:60])
def test_criteria_are_read(raw: dict[str, Any], expected: Criteria) -> None:
    assert read(raw) == expected


@pytest.mark.source(
    "assumed: a group has 2 to 25 entries (automation B.3); OAS inventory-templates filters by one of 1"
)
@pytest.mark.parametrize("operator", ["AND", "OR"])
def test_a_group_of_one_is_read(operator: str) -> None:
    raw = {"group_operator": operator, "group": [wire("Views", "equal", 2)]}

    assert read(raw) == Group(GroupOperator(operator), (leaf("Views", Is.EQUAL, 2),))


@pytest.mark.source("reference: automation B.3")
def test_no_criteria_is_every_record() -> None:
    assert read(None) is None


@pytest.mark.source("reference: automation B.2, B.3")
@pytest.mark.parametrize(
    "raw",
    [wire("Stage", "equal", "${ANYVALUE}"), {"field": {"api_name": "Stage"}, "comparator": "${ANYVALUE}"}],
)
def test_any_value_is_known_in_triggers_only(raw: dict[str, Any]) -> None:
    assert read(raw, trigger=True) == leaf("Stage", Is.EQUAL, ANY_VALUE)
    assert isinstance(read(raw), Problem)


@dataclass(frozen=True)
class Bad:
    name: str
    raw: Any
    at: str  #: below the criteria
    code: Code = Code.INVALID_DATA
    details: dict[str, Any] = field(default_factory=dict)  #: those that must be among the problem's
    trigger: bool = False

    def __str__(self) -> str:
        return self.name


ONE = wire("Seats", "equal", 1)


def nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = ONE
    for _ in range(levels):
        inner = {"group_operator": "AND", "group": [inner, ONE]}
    return inner


BAD = [
    Bad("not an object", "Amount > 5", "", details={"expected_data_type": "jsonobject", "api_name": "criteria"}),
    Bad("a list", [], "", details={"expected_data_type": "jsonobject"}),
    Bad("no field", {"comparator": "equal", "value": 1}, ".field", Code.MANDATORY_NOT_FOUND),
    Bad("no comparator", {"field": "Seats", "value": 1}, ".comparator", Code.MANDATORY_NOT_FOUND),
    Bad("no value", {"field": "Seats", "comparator": "equal"}, ".value", Code.MANDATORY_NOT_FOUND),
    Bad("an unknown field", wire("No_Such", "equal", 1), ".field.api_name"),
    Bad("an unknown field behind a lookup", wire("Account_Name.No_Such", "equal", 1), ".field.api_name"),
    Bad("a path through no lookup", wire("Stage.Name", "equal", 1), ".field.api_name"),
    Bad("a path of four", wire("Account_Name.Parent_Account.Parent_Account.Industry", "equal", 1), ".field.api_name"),
    Bad("an unknown id", {"field": {"id": "12"}, "comparator": "equal", "value": 1}, ".field.id"),
    Bad("no id at all", {"field": {"id": [1]}, "comparator": "equal", "value": 1}, ".field.id"),
    Bad("a name of a foreign type", {"field": {"api_name": 5}, "comparator": "equal", "value": 1}, ".field.api_name"),
    Bad("a field of a foreign type", {"field": 5, "comparator": "equal", "value": 1}, ".field"),
    Bad("an unknown comparator", wire("Seats", "is", 1), ".comparator"),
    Bad("our own comparator", wire("Seats", "empty", 1), ".comparator"),
    Bad("a comparator of another type", wire("Stage", "less_than", "a"), ".comparator"),
    Bad("a comparator of a foreign type", wire("Stage", 5, "a"), ".comparator", details={"expected_data_type": "text"}),
    Bad("not_between in a trigger", wire("Seats", "not_between", [1, 2]), ".comparator", trigger=True),
    Bad("text for a number", wire("Amount", "equal", "much"), ".value", details={"expected_data_type": "double"}),
    Bad("a number for text", wire("Name", "equal", 5), ".value", details={"expected_data_type": "text"}),
    Bad("a list for one", wire("Amount", "less_than", [1]), ".value"),
    Bad("a list of truths", wire("Active", "equal", [True]), ".value", details={"expected_data_type": "boolean"}),
    Bad("an empty list of alternatives", wire("Stage", "equal", []), ".value", details={"minimum_length": 1}),
    Bad("501 alternatives", wire("Seats", "equal", [1] * 501), ".value", Code.LIMIT_EXCEEDED, {"limit": 500}),
    Bad("a bad alternative", wire("Seats", "equal", [1, "x"]), ".value[1]"),
    Bad("a day among alternatives", wire("Closing_Date", "equal", ["${TODAY}"]), ".value[0]"),
    Bad("nothing among alternatives", wire("Owner", "not_equal", [{"id": "1"}, None]), ".value[1]"),
    Bad("no id of a user", wire("Owner", "equal", {"id": None}), ".value"),
    Bad("a name without an id", wire("Owner", "equal", {"id": None, "name": "Ada"}), ".value"),
    Bad("no id for text", wire("Name", "equal", {"id": None}), ".value", details={"expected_data_type": "text"}),
    Bad("no id for a number", wire("Amount", "not_equal", {"id": None}), ".value"),
    Bad("an object that says a day", wire("Closing_Date", "equal", {"name": "${TODAY}"}), ".value"),
    Bad("the caller and somebody else", wire("Owner", "equal", {"id": "12", "name": "${CURRENTUSER}"}), ".value"),
    Bad("the caller for an account", wire("Account_Name", "equal", {"name": "${CURRENTUSER}"}), ".value"),
    Bad("the caller's role for an account", wire("Account_Name", "equal", {"id": "${CURRENTUSERROLE}"}), ".value"),
    Bad("the caller for a role", wire("Owner.role", "equal", {"name": "${CURRENTUSER}"}), ".value"),
    Bad("one for a list", wire("Stage", "in", "a"), ".value", details={"expected_data_type": "jsonarray"}),
    Bad("an empty list", wire("Stage", "in", []), ".value"),
    Bad(
        "a bad item",
        wire("Seats", "in", [1, "x"]),
        ".value[1]",
        details={"expected_data_type": "integer", "api_name": "value"},
    ),
    Bad("nothing in a list", wire("Seats", "in", [None]), ".value[0]"),
    Bad("three ends", wire("Seats", "between", [1, 2, 3]), ".value", Code.LIMIT_EXCEEDED),
    Bad("one end", wire("Seats", "between", [1]), ".value"),
    Bad("501 values", wire("Seats", "in", [1] * 501), ".value", Code.LIMIT_EXCEEDED, {"limit": 500}),
    Bad("six lookups to include", wire("Related", "include_any", [{"id": "1"}] * 6), ".value", Code.LIMIT_EXCEEDED),
    Bad("256 characters", wire("Name", "equal", "x" * 256), ".value", details={"maximum_length": 255}),
    Bad("an unknown special value", wire("Closing_Date", "equal", "${SOMEDAY}"), ".value"),
    Bad("a day for text", wire("Name", "equal", "${TODAY}"), ".value"),
    Bad("a count without a number", wire("Closing_Date", "equal", "${LAST_N_DAYS}"), ".value"),
    Bad("a day for a list", wire("Closing_Date", "in", ["${TODAY}"]), ".value[0]"),
    Bad("less than nothing", wire("Seats", "less_than", "${EMPTY}"), ".value"),
    Bad("any value in a condition", wire("Seats", "equal", "${ANYVALUE}"), ".value"),
    Bad("a value for what can only be empty", wire("Recurring_Activity", "equal", "x"), ".value"),
    Bad("an unknown type of value", {**ONE, "type": "magic"}, ".type"),
    Bad("a merge field of another module", wire("Name", "equal", "${!Leads.Email}", type="merge_field"), ".value"),
    Bad("a merge field of another kind", wire("Name", "equal", "${!Deals.Amount}", type="merge_field"), ".value"),
    Bad("a pattern from a field", wire("Name", "like", "${!Deals.Email}", type="merge_field"), ".value"),
    Bad("no operator", {"group": [ONE, ONE]}, ".group_operator", Code.MANDATORY_NOT_FOUND),
    Bad("an unknown operator", {"group_operator": "XOR", "group": [ONE]}, ".group_operator"),
    Bad("an operator of a foreign type", {"group_operator": 1, "group": [ONE]}, ".group_operator"),
    Bad("no group", {"group_operator": "AND"}, ".group", Code.MANDATORY_NOT_FOUND),
    Bad("a group that is no list", {"group_operator": "AND", "group": ONE}, ".group"),
    Bad("an empty group", {"group_operator": "AND", "group": []}, ".group"),
    Bad("26 entries", {"group_operator": "AND", "group": [ONE] * 26}, ".group", Code.LIMIT_EXCEEDED, {"limit": 25}),
    Bad("a bad member", {"group_operator": "AND", "group": [ONE, wire("Seats", "equal", "x")]}, ".group[1].value"),
    Bad("fifty levels", nested(50), ".group[0]" * 25),
    Bad("a thousand levels", nested(900), ".group[0]" * 25),
]


@pytest.mark.source("reference: automation B.3, F.2; issue: bad input")
@pytest.mark.parametrize("bad", BAD, ids=str)
def test_bad_criteria_are_refused_where_they_are_wrong(bad: Bad) -> None:
    problem = read(bad.raw, trigger=bad.trigger)

    assert isinstance(problem, Problem)
    assert (problem.code, problem.details["json_path"]) == (bad.code, AT.path + bad.at)
    assert problem.details.items() >= bad.details.items()


@pytest.mark.source("reference: automation F.2")
def test_a_name_and_an_id_of_different_fields_are_ambiguous() -> None:
    problem = read({"field": {"api_name": "Amount", "id": STAGE}, "comparator": "equal", "value": 1})

    assert isinstance(problem, Problem)
    assert problem.code is Code.AMBIGUITY_DURING_PROCESSING
    assert problem.details == {
        "ambiguity_due_to": [
            {"api_name": "api_name", "json_path": f"{AT.path}.field.api_name"},
            {"api_name": "id", "json_path": f"{AT.path}.field.id"},
        ]
    }


@pytest.mark.source("reference: automation F.2")
def test_a_field_without_name_and_id_is_missing_both() -> None:
    problem = read({"field": {}, "comparator": "equal", "value": 1})

    assert isinstance(problem, Problem)
    assert problem.code is Code.EXPECTED_FIELD_MISSING
    assert [place["api_name"] for place in problem.details["expected_fields"]] == ["api_name", "id"]  # type: ignore[union-attr, call-overload, index]


@pytest.mark.source("assumed: five lookups; reference: automation F.2 for the code and its details")
def test_criteria_over_many_lookups_are_refused() -> None:
    lookups = [a_field(50 + n, f"Account_{n}", DataType.LOOKUP, lookup_module="Accounts") for n in range(6)]
    module = a_module("Wide", 9, *lookups)
    five, six = ([wire(f"Account_{n}.Industry", "equal", "x") for n in range(count)] for count in (5, 6))

    assert isinstance(read_json({"group_operator": "OR", "group": [*five, *five]}, AT, module, CATALOG), Group)
    problem = read_json({"group_operator": "OR", "group": six}, AT, module, CATALOG)

    assert isinstance(problem, Problem)
    assert problem.code is Code.LOOKUP_LIMIT_EXCEEDED
    assert problem.details == {"limit": 5, "lookupFields": [f"Account_{n}" for n in range(6)]}


SHOWN: list[tuple[Criteria, Json]] = [
    (
        leaf("Amount", Is.GREATER_THAN, 300000),
        {"comparator": "greater_than", "field": {"api_name": "Amount", "id": AMOUNT}, "value": 300000, "type": "value"},
    ),
    (
        Group(GroupOperator.OR, (leaf("Stage", Is.NOT_EMPTY, None),)),
        {
            "group_operator": "OR",
            "group": [
                {
                    "comparator": "equal",
                    "field": {"api_name": "Stage", "id": STAGE},
                    "value": "${NOTEMPTY}",
                    "type": "value",
                }
            ],
        },
    ),
]


@pytest.mark.source("reference: automation A.3, B.3")
@pytest.mark.parametrize(("criteria", "shown"), SHOWN)
def test_criteria_are_shown(criteria: Criteria, shown: Json) -> None:
    assert dump_json(criteria, DEALS, CATALOG) == shown


@pytest.mark.source("reference: automation B.3, platform D.3")
@pytest.mark.parametrize(
    ("criteria", "value"),
    [
        (leaf("Owner", Is.EQUAL, FieldRef(CURRENT_USER)), {"name": "${CURRENTUSER}"}),
        (leaf("Owner", Is.EQUAL, SpecialValue("CURRENTUSERROLE")), {"id": "${CURRENTUSERROLE}"}),
        (leaf("Stage", Is.EQUAL, ("a", "b")), ["a", "b"]),
        (leaf("Owner", Is.IN, (12, 13)), [{"id": "12", "name": "Ada"}, {"id": "13"}]),
        (leaf("Seen_Time", Is.LESS_THAN, 0), "1970-01-01T00:00:00+00:00"),
        (leaf("Closing_Date", Is.EQUAL, SpecialValue("AGEINDAYS", 3)), "${AGEINDAYS}+3"),
        (leaf("Name", Is.EQUAL, FieldRef(("Email",), DataType.EMAIL)), "${!Deals.Email}"),
    ],
)
def test_a_value_is_shown_as_it_could_have_been_sent(criteria: Criteria, value: Json) -> None:
    shown = dump_json(criteria, DEALS, CATALOG, name_of=lambda _path, target: "Ada" if target == 12 else None)

    assert isinstance(shown, dict)
    assert shown["value"] == value


@pytest.mark.source("reference: platform D.3")
def test_v2_names_fields_by_plain_text() -> None:
    criteria = Group(GroupOperator.AND, (leaf("Account_Name.Industry", Is.EQUAL, "Banking"),))

    assert dump_json(criteria, DEALS, CATALOG, field_as_text=True) == {
        "group_operator": "and",
        "group": [{"comparator": "equal", "field": "Account_Name__r.Industry", "value": "Banking"}],
    }
    assert dump_json(None, DEALS, CATALOG) is None
