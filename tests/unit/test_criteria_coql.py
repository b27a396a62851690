"""COQL: what a query means, and the error of each way to get it wrong."""

from dataclasses import replace
from typing import Any

import pytest

from kaizen.criteria.coql_query import CoqlLimits, CoqlQuery
from kaizen.criteria.coql_reserved import RESERVED
from kaizen.criteria.coql_tokens import MOST_WORDS, tokens_of
from kaizen.criteria.read_coql import read_coql
from kaizen.criteria.tree import Compare, Criteria, Group
from kaizen.model.catalog import Catalog
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.server.http.versions import DIALECTS
from kaizen.standard.catalog import standard_catalog
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator as Is
from kaizen.vocabulary.comparators import GroupOperator
from kaizen.vocabulary.data_types import DataType
from tests.support.strategies import ACCOUNTS, CATALOG, DEALS, USERS, a_field, a_module

HIDDEN = replace(a_module("Hidden", 7, a_field(71, "Name", DataType.TEXT)), api_supported=False)
WIDE = a_module(
    "Wide",
    8,
    a_field(81, "Description", DataType.TEXTAREA),
    a_field(82, "Items", DataType.SUBFORM),
    a_field(83, "Order", DataType.TEXT),
    a_field(84, "Done", DataType.FORMULA, formula_return_type=DataType.BOOLEAN),
    *(a_field(90 + n, f"Account_{n}", DataType.LOOKUP, lookup_module="Accounts") for n in range(17)),
    *(a_field(120 + n, f"Number_{n}", DataType.INTEGER) for n in range(11)),
)
MODULES = Catalog(1, (DEALS, ACCOUNTS, USERS, HIDDEN, WIDE))
TYPES = {f.api_name: f.compared_as for m in (WIDE, DEALS) for f in m.fields} | {
    "id": DataType.BIGINT,
    "Account_Name.Industry": DataType.PICKLIST,
}


def read(query: str, limits: CoqlLimits | None = None) -> CoqlQuery | Problem:
    return read_coql(query, MODULES, limits or CoqlLimits())


def parsed(query: str) -> CoqlQuery:
    found = read(query)
    assert isinstance(found, CoqlQuery), found
    return found


def leaf(name: str, comparator: Is, value: Any) -> Compare:
    return Compare(tuple(name.split(".")), comparator, value, TYPES[name])


def both(*members: Criteria) -> Group:
    return Group(GroupOperator.AND, members)


def filled(name: str, comparator: Is, value: Any) -> Group:
    return both(leaf(name, comparator, value), leaf(name, Is.NOT_EMPTY, None))


A, B, C = (leaf("Seats", Is.EQUAL, n) for n in (1, 2, 3))

WHERE: list[tuple[str, Criteria]] = [
    ("Seats = 1", A),
    ("(Seats = 1)", A),
    ("((Seats = 1))", A),
    ("Seats = 1 and Seats = 2", both(A, B)),
    ("Seats=1 OR Seats=2", Group(GroupOperator.OR, (A, B))),
    ("((Seats = 1 and Seats = 2) and Seats = 3)", both(both(A, B), C)),
    ("(Seats = 1 and Seats = 2) or Seats = 3", Group(GroupOperator.OR, (both(A, B), C))),
    ("Name = 'O''Brien'", leaf("Name", Is.EQUAL, "O'Brien")),
    ('Name = "say ""hi"""', leaf("Name", Is.EQUAL, 'say "hi"')),
    (r"Name = 'O\'Brien'", leaf("Name", Is.EQUAL, "O'Brien")),
    ("Name = 'null'", leaf("Name", Is.EQUAL, "null")),
    ("Name in ('x', 'null')", leaf("Name", Is.IN, ("x", "null"))),
    ("Stage = Advertisement", leaf("Stage", Is.EQUAL, "Advertisement")),
    ("Stage = 'Identify Decision Makers'", leaf("Stage", Is.EQUAL, "Id. Decision Makers")),
    ("'Stage' != 'x'", filled("Stage", Is.NOT_EQUAL, "x")),
    ("Name like 'A%'", leaf("Name", Is.LIKE, "A%")),
    ("Name not like '%A%'", filled("Name", Is.NOT_LIKE, "%A%")),
    ("Stage in ('a', 'b')", leaf("Stage", Is.IN, ("a", "b"))),
    ("Stage NOT IN ('a')", filled("Stage", Is.NOT_IN, ("a",))),
    ("Name is null", leaf("Name", Is.EMPTY, None)),
    ("Name IS NOT NULL", leaf("Name", Is.NOT_EMPTY, None)),
    ("Amount >= 2.5", leaf("Amount", Is.GREATER_EQUAL, 2.5)),
    ("Amount<-1", leaf("Amount", Is.LESS_THAN, -1.0)),
    ("Amount = '3'", leaf("Amount", Is.EQUAL, 3.0)),
    ("Amount between 1 and 2", leaf("Amount", Is.BETWEEN, (1.0, 2.0))),
    ("(Amount not between 1 and 2 and Seats = 1)", both(filled("Amount", Is.NOT_BETWEEN, (1.0, 2.0)), A)),
    ("Closing_Date < 2024-02-29", leaf("Closing_Date", Is.LESS_THAN, "2024-02-29")),
    ("Seen_Time > '1970-01-01T05:30:01+05:30'", leaf("Seen_Time", Is.GREATER_THAN, 1)),
    ("Seen_Time > 1970-01-01T00:00:01+00:00", leaf("Seen_Time", Is.GREATER_THAN, 1)),
    ("Active = true", leaf("Active", Is.EQUAL, True)),
    ("Active = 'false'", leaf("Active", Is.EQUAL, False)),
    ("Owner = '4876876000000300001'", leaf("Owner", Is.EQUAL, 4876876000000300001)),
    ("Owner in (1, 2)", leaf("Owner", Is.IN, (1, 2))),
    ("id != 12", filled("id", Is.NOT_EQUAL, 12)),
    ("Colours = 'red;blue'", leaf("Colours", Is.EQUAL, ("red", "blue"))),
    ("Account_Name.Industry = 'Banking'", leaf("Account_Name.Industry", Is.EQUAL, "Banking")),
    ("!Deals.Account_Name.Industry = 'Banking'", leaf("Account_Name.Industry", Is.EQUAL, "Banking")),
]


@pytest.mark.source("reference: platform D.1")
@pytest.mark.parametrize(("condition", "expected"), WHERE)
def test_conditions_are_read(condition: str, expected: Criteria) -> None:
    assert parsed(f"SELECT Name FROM Deals WHERE {condition}").where == expected


@pytest.mark.source("reference: platform D.1")
def test_a_formula_of_truth_may_be_null() -> None:
    assert parsed("select Done from Wide where Done is null").where == Compare(
        ("Done",), Is.EMPTY, None, DataType.BOOLEAN
    )


@pytest.mark.source("reference: platform D.1")
def test_columns_are_named_as_they_are_written_or_by_their_alias() -> None:
    query = parsed(
        "select Name, Account_Name.Industry, Amount as \"the sum\", Stage Phase, 'Owner.email' "
        "from Deals where id is not null"
    )

    assert [(c.key, c.path) for c in query.columns] == [
        ("Name", ("Name",)),
        ("Account_Name.Industry", ("Account_Name", "Industry")),
        ("the sum", ("Amount",)),
        ("Phase", ("Stage",)),
        ("Owner.email", ("Owner", "email")),
    ]
    assert (query.module, query.limit, query.offset, query.is_grouped) == (DEALS, 200, 0, False)


@pytest.mark.source("reference: platform D.1")
def test_aggregates_groups_and_order_are_read() -> None:
    query = parsed(
        "select Stage, COUNT(id), SUM(Amount) as total from Deals where id is not null "
        "group by Stage order by total desc, Stage limit 10 offset 20"
    )

    assert [(c.key, c.aggregate) for c in query.columns] == [("Stage", ""), ("COUNT(id)", "COUNT"), ("total", "SUM")]
    assert [group.path for group in query.group_by] == [("Stage",)]
    assert [(column.key, descending) for column, descending in query.order] == [("total", True), ("Stage", False)]
    assert (query.limit, query.offset, query.is_grouped) == (10, 20, True)


@pytest.mark.source("reference: platform D.1")
@pytest.mark.parametrize(
    ("bounds", "limit", "offset"),
    [("", 200, 0), ("limit 5", 5, 0), ("LIMIT 5 OFFSET 7", 5, 7), ("limit 7, 5", 5, 7), ("offset 7", 200, 7)],
)
def test_bounds_are_read(bounds: str, limit: int, offset: int) -> None:
    query = parsed(f"select Name from Deals where id is not null {bounds}")

    assert (query.limit, query.offset) == (limit, offset)


@pytest.mark.source("reference: platform D.1")
def test_a_custom_view_is_named_after_the_module() -> None:
    assert (
        parsed("select Name from Deals#4876876000000087545 where id is not null").custom_view_id == 4876876000000087545
    )


@pytest.mark.source("reference: platform D.1")
def test_a_name_that_is_a_word_of_the_language_stands_in_quotes() -> None:
    query = parsed("select 'Order' from Wide where 'Order' = 'x'")

    assert query.columns[0].path == ("Order",)


@pytest.mark.source("reference: platform D.1")
def test_no_reserved_word_is_the_name_of_a_standard_field_or_module() -> None:
    standard = standard_catalog(lambda suffix: suffix)

    names = {field.api_name.lower() for module in standard.modules for field in module.fields}
    assert RESERVED.isdisjoint(names)
    assert RESERVED.isdisjoint(module.api_name.lower() for module in standard.modules)


@pytest.mark.source("reference: platform D.1")
@pytest.mark.parametrize("word", ["External", "Table", "KEY", "order", "Group", "Key.Name", "true", "Sum", "Condition"])
@pytest.mark.parametrize(
    "text",
    [
        "select {} from Deals where id is not null",
        "select Name, {} from Deals where id is not null",
        "select SUM({}) from Deals where id is not null",
        "select Name from {} where id is not null",
        "select Name from Deals where {} = 'x'",
        "select Name from Deals where (id is not null and {} is null)",
        "select COUNT(id) from Deals where id is not null group by {}",
        "select Name from Deals where id is not null order by {} desc",
    ],
)
def test_a_reserved_word_is_no_name_without_quotes(word: str, text: str) -> None:
    bare, in_quotes = (read(text.format(name)) for name in (word, f"'{word}'"))

    assert isinstance(bare, Problem)
    assert (bare.code, bare.details) == (Code.SYNTAX_ERROR, {"near": word})
    assert isinstance(in_quotes, Problem)
    assert in_quotes.code in (Code.INVALID_QUERY, Code.INVALID_MODULE)


@pytest.mark.source("reference: platform D.1")
def test_a_reserved_word_may_be_an_alias_and_a_value() -> None:
    query = parsed("select Stage, AVG(Amount) avg from Deals where Stage = Open group by Stage order by avg")

    assert [column.key for column, _ in query.order] == ["avg"]


def query(columns: str = "Name", where: str = "id is not null", rest: str = "", module: str = "Deals") -> str:
    return f"select {columns} from {module} where {where} {rest}"


DEEP = "(" * 60 + "Seats = 1" + ")" * 60
SYNTAX, INVALID = Code.SYNTAX_ERROR, Code.INVALID_QUERY
PARSING = "error occured while parsing the query"
OPERATOR = "invalid operator found"

BAD: list[tuple[str, Code, str, dict[str, Any] | None]] = [
    ("", SYNTAX, PARSING, {"near": ""}),
    ("hello", SYNTAX, PARSING, {"near": "hello"}),
    ("delete from Deals where id = 1", SYNTAX, "given coql query not supported", {}),
    ("insert into Deals", SYNTAX, "given coql query not supported", {}),
    ("select Name from Deals", SYNTAX, "missing clause", {"clause": "where"}),
    ("select Name", SYNTAX, "missing clause", {"clause": "from"}),
    ("select Name, FROM Deals where id = 1", SYNTAX, "unexpected token", {"line": 1, "column": 14, "near": "FROM"}),
    (
        "select Name,\n  , Stage from Deals where id = 1",
        SYNTAX,
        "unexpected token",
        {"line": 2, "column": 3, "near": ","},
    ),
    ("select Name from where id = 1", SYNTAX, PARSING, {"near": "where"}),
    (query("*"), SYNTAX, "unexpected token", None),
    (query(where="not (Seats = 1)"), SYNTAX, "operator not supported", {"operator": "not"}),
    (query(where="Seats is 1"), SYNTAX, "operator not supported", {"operator": "is"}),
    (query(where="Seats <> 1"), SYNTAX, "operator not supported", {"operator": "<>"}),
    (query(where="Seats equals 1"), SYNTAX, "operator not supported", {"operator": "equals"}),
    (query(where="Seats = 1 and Seats = 2 and Seats = 3"), SYNTAX, PARSING, {"near": "and"}),
    (query(where="((Seats  =  1"), SYNTAX, PARSING, {"near": "where ((Seats  =  1"}),
    (query(where="Seats = 'x"), SYNTAX, PARSING, {"near": "'x "}),
    (query(where="Seats in ()"), SYNTAX, "unexpected token", None),
    (query(where="Seats in (1 2)"), SYNTAX, "unexpected token", None),
    (query(where="Seats between 1 or 2"), SYNTAX, PARSING, {"near": "or"}),
    (query(where="Seats in (select id from Deals where id = 1)"), SYNTAX, "given coql query not supported", {}),
    (query(where=DEEP), SYNTAX, PARSING, {"near": "("}),
    (query(rest="group Stage"), SYNTAX, "unexpected token", None),
    (query(rest="limit 1 nonsense"), SYNTAX, "unexpected token", None),
    (query(module="Nowhere"), Code.INVALID_MODULE, "the given module is not supported in api", {}),
    (query(module="Hidden"), Code.INVALID_MODULE, "the given module is not supported in api", {}),
    (query(module="Deals#all"), INVALID, "Invalid query formed", {"cvid": "all"}),
    (query("No_Such"), INVALID, "unsupported column", {"column_name": "No_Such"}),
    (query("name"), INVALID, "unsupported column", {"column_name": "name"}),
    (query("Items", module="Wide"), INVALID, "unsupported column", {"column_name": "Items"}),
    (query("'What_Id->Leads.Last_Name'"), INVALID, "Invalid query formed", {"module": "Leads"}),
    (query("'What_Id->Wide.Order'"), INVALID, "unsupported column", {"column_name": "What_Id->Wide.Order"}),
    (query("'Stage->Wide.Order'"), INVALID, "unsupported column", {"column_name": "Stage->Wide.Order"}),
    (query("'Account_Name->Wide.Order'"), INVALID, "unsupported column", {"column_name": "Account_Name->Wide.Order"}),
    (query("What_Id->Wide.Order"), SYNTAX, "unexpected token", None),
    (query("SUM(Stage)"), INVALID, "unsupported column", {"column_name": "Stage"}),
    (query("!Leads.Name"), INVALID, "Invalid query formed", {"module": "Leads"}),
    (query(where="No_Such = 1"), INVALID, "unsupported column", {"column_name": "No_Such", "clause": "where"}),
    (query(rest="order by No_Such"), INVALID, "unsupported column", {"column_name": "No_Such", "clause": "order by"}),
    (
        query(where="Name > 'a'"),
        INVALID,
        "Invalid query formed",
        {"reason": OPERATOR, "column_name": "Name", "operator": ">"},
    ),
    (
        query(where="Active != true"),
        INVALID,
        "Invalid query formed",
        {"reason": OPERATOR, "column_name": "Active", "operator": "!="},
    ),
    (
        query(where="Active is null"),
        INVALID,
        "Invalid query formed",
        {"reason": OPERATOR, "column_name": "Active", "operator": "is null"},
    ),
    (
        query(where="Name not like 'A%'"),
        INVALID,
        "Invalid query formed",
        {"reason": OPERATOR, "column_name": "Name", "operator": "not like"},
    ),
    (
        query(where="Seats = many"),
        INVALID,
        "Invalid query formed",
        {"reason": "invalid value found", "column_name": "Seats", "operator": "="},
    ),
    *(
        (query(where=where), INVALID, "Invalid query formed", {})
        for where in (
            "Seats = null",
            "Name = NULL",
            "Name in (null)",
            "Name in ('x', null)",
            "Name not in (null, 'x')",
            "Seats in (1, null)",
            "Seats between null and 2",
            "Seats between 1 and null",
            "Name like null",
        )
    ),
    (
        query("Order", where="Description is not null", module="Wide").replace("Order", "'Order'"),
        INVALID,
        "unsupported column in criteria",
        {"cv_criteria": False, "column_name": "Description", "value": "${NOTEMPTY}", "operator": "is not null"},
    ),
    (
        query(where="Related in (1, 2)"),
        INVALID,
        "unsupported column in criteria",
        {"cv_criteria": False, "column_name": "Related", "value": ["1", "2"], "operator": "in"},
    ),
    (query(rest="limit s"), INVALID, "limit given seems to be invalid", {"limit": "s"}),
    (query(rest="limit 1 offset x"), INVALID, "offset given seems to be invalid", {"offset": "x"}),
    (query(rest="limit 1 offset -1"), INVALID, "offset given seems to be invalid", {"offset": "-1"}),
    (query(rest="limit 0"), Code.INVALID_DATA, "limit should be greater than 0", {}),
    (query(rest="limit -3"), Code.INVALID_DATA, "limit should be greater than 0", {}),
    (query(rest="limit 2001"), Code.LIMIT_EXCEEDED, "limit exceeded", {"limit": 2000}),
    (query(rest="limit 2000 offset 98001"), Code.LIMIT_EXCEEDED, "limit exceeded", {"limit": 100000}),
    (
        query("Name, Stage as Name"),
        INVALID,
        (
            "column name or property name given in select columns without alias name "
            "cannot be an alias name for other select columns"
        ),
        {"column_name": "Stage", "alias": "Name"},
    ),
    (
        query("Name as ''"),
        Code.INVALID_ALIAS,
        "alias name cannot be an empty string",
        {"column_name": "Name", "alias": ""},
    ),
    (
        query("Name as x, Stage x"),
        Code.DUPLICATE_ALIAS,
        "same alias cannot refer more than one column",
        {"referred_columns": ["Name", "Stage"], "alias": "x"},
    ),
    (query("Name, Name"), Code.DUPLICATE_DATA, "duplicate select column", {"column_name": "Name"}),
    (
        query("MAX(Amount), MAX(Amount) x"),
        Code.DUPLICATE_DATA,
        "duplicate aggregate function",
        {"column_name": "Amount", "aggregate": "MAX"},
    ),
    (
        query("Stage", rest="group by Stage, Stage"),
        Code.DUPLICATE_DATA,
        "duplicate group by column",
        {"column_name": "Stage"},
    ),
    (query(rest="order by Stage, Stage"), Code.DUPLICATE_DATA, "duplicate order by column", {"column_name": "Stage"}),
    (
        query("count(id)"),
        Code.INVALID_DATA,
        "invalid data",
        {"reason": "unsupported aggregate function", "column": "count(id)"},
    ),
    (query("Name, COUNT(id)"), INVALID, "Invalid query formed", {"column_name": "Name"}),
    (query("Stage", rest="group by Stage order by Name"), INVALID, "Invalid query formed", {"column_name": "Name"}),
    (query("Account_Name.Parent_Account.Parent_Account.Industry"), Code.LIMIT_EXCEEDED, "limit exceeded", {"limit": 2}),
    (query(where="Seats in (" + ",".join("1" * 101) + ")"), Code.LIMIT_EXCEEDED, "limit exceeded", {"limit": 100}),
    (
        query(where="(" * 25 + "Seats = 1" + " and Seats = 1)" * 25),
        Code.LIMIT_EXCEEDED,
        "limit exceeded",
        {"limit": 25},
    ),
    (
        query(", ".join(f"SUM(Number_{n})" for n in range(6)), module="Wide"),
        Code.LIMIT_EXCEEDED,
        "limit exceeded",
        {"limit": 5},
    ),
    (
        query(", ".join(f"Account_{n}.Industry" for n in range(16)), module="Wide"),
        Code.LIMIT_EXCEEDED,
        "limit exceeded",
        {"limit": 15},
    ),
    (
        query("'Order'", rest="order by " + ", ".join(f"Number_{n}" for n in range(11)), module="Wide"),
        Code.LIMIT_EXCEEDED,
        "limit exceeded",
        {"limit": 10},
    ),
    (
        query("Number_0", rest="group by " + ", ".join(f"Number_{n}" for n in range(5)), module="Wide"),
        Code.LIMIT_EXCEEDED,
        "limit exceeded",
        {"limit": 4},
    ),
]


@pytest.mark.source("reference: platform D.1, errors")
@pytest.mark.parametrize(("text", "code", "message", "details"), BAD, ids=lambda part: str(part)[:60])
def test_a_bad_query_is_refused(text: str, code: Code, message: str, details: dict[str, Any] | None) -> None:
    problem = read(text)

    assert isinstance(problem, Problem)
    assert (problem.code, problem.text, problem.http_status) == (code, message, 400)
    if details is not None:
        assert problem.details == details


@pytest.mark.source("reference: platform D.1, limits by version")
@pytest.mark.parametrize(
    ("version", "text", "allowed"),
    [
        ("v2", query(rest="limit 200 offset 50000"), True),
        ("v2.1", query(rest="limit 200 offset 9801"), False),
        ("v3", query(rest="limit 201"), False),
        ("v4", query(rest="limit 2000"), True),
        ("v6", query(where="Seats in (" + ",".join("1" * 51) + ")"), False),
        ("v7", query(where="Seats in (" + ",".join("1" * 100) + ")"), True),
        ("v6", query(", ".join(f"Account_{n}.Industry" for n in range(3)), module="Wide"), False),
        ("v8", query(", ".join(f"Account_{n}.Industry" for n in range(15)), module="Wide"), True),
    ],
)
def test_limits_grew_with_the_versions(version: str, text: str, allowed: bool) -> None:
    assert isinstance(read(text, DIALECTS[version].coql), CoqlQuery) is allowed


@pytest.mark.source("assumed: a catalog without users has no path to them")
def test_a_lookup_to_a_module_that_is_not_there_is_no_column() -> None:
    assert isinstance(read_coql(query("Owner.email"), replace(CATALOG, modules=(DEALS,)), CoqlLimits()), Problem)


@pytest.mark.source("reference: platform D.1")
def test_the_largest_query_within_the_limits_is_split_and_a_larger_one_is_not() -> None:
    columns = ", ".join(f"Account_Name.Amount_{n} as another_name_{n}" for n in range(500))
    values = ", ".join(f"'{4876876000000000000 + n}'" for n in range(100))
    conditions = " and (".join([f"Account_Name.Parent_Account.Name not in ({values})"] * 25) + ")" * 24
    largest = f"select {columns} from Leads where ({conditions}) order by {', '.join(['Last_Name desc'] * 10)}"

    assert len(tokens_of(largest)) < MOST_WORDS

    with pytest.raises(RequestRefusedError, match="SYNTAX_ERROR"):
        tokens_of("select " + "a," * MOST_WORDS)
