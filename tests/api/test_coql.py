"""POST /coql."""

from dataclasses import dataclass
from typing import Any

import pytest

from kaizen.records.ports import Column, Query
from kaizen.records.related import Related
from kaizen.store.unit_of_work import Unit
from tests.api.test_users import confirmed
from tests.support.server import Crm, Reply

ME = "Administrator"


def ask(crm: Crm, query: str, version: str = "v8", **more: Any) -> Reply:
    """Run a query."""
    return crm.post("coql", {"select_query": query, **more}, version=version)


@dataclass(frozen=True)
class World:
    """Two accounts, one above the other, and four deals."""

    crm: Crm
    parent: str
    account: str
    deals: dict[str, str]

    def shown(self, query: str, version: str = "v8") -> list[dict[str, Any]]:
        """The rows of a query, with names for ids."""
        reply = ask(self.crm, query, version)
        assert reply.status in (200, 204), (query, reply.content)
        return list(reply.json["data"]) if reply.content else []


def world(crm: Crm) -> World:
    """Make the records that queries are about."""
    parent = crm.post("Accounts", {"data": [{"Account_Name": "Holding", "Industry": "Banking"}]}).details()["id"]
    child = {"Account_Name": "Zylker", "Industry": "Mining", "Parent_Account": {"id": parent}}
    account = crm.post("Accounts", {"data": [child]}).details()["id"]
    rows: list[dict[str, Any]] = [
        {"Deal_Name": "one", "Stage": "Qualification", "Amount": 100, "Account_Name": {"id": account}},
        {
            "Deal_Name": "two",
            "Stage": "Qualification",
            "Amount": 250.5,
            "Account_Name": {"id": account},
            "Lead_Source": "Advertisement",
        },
        {"Deal_Name": "three", "Stage": "Closed Won", "Amount": 1000, "Closing_Date": "2026-03-01"},
        {"Deal_Name": "O'Four", "Stage": "Closed Lost"},
    ]
    made = crm.post("Deals", {"data": rows})
    ids = {str(row["Deal_Name"]): e["details"]["id"] for row, e in zip(rows, made.json["data"], strict=True)}
    return World(crm, parent, account, ids)


@dataclass(frozen=True)
class Found:
    where: str
    names: list[str]


FOUND = [
    Found("id is not null", ["one", "two", "three", "O'Four"]),
    Found("Amount > 100", ["two", "three"]),
    Found("Amount >= 100 order by Amount desc", ["three", "two", "one"]),
    Found("Amount between 100 and 300", ["one", "two"]),
    Found("Amount not between 100 and 300", ["three"]),
    Found("Amount != 100", ["two", "three"]),
    Found("Amount is null", ["O'Four"]),
    Found("Stage = 'closed won'", ["three"]),
    Found("Stage in ('Closed Won', \"Closed Lost\")", ["three", "O'Four"]),
    Found("Stage not in ('Closed Won')", ["one", "two", "O'Four"]),
    Found("Lead_Source = Advertisement", ["two"]),
    Found("Deal_Name like 'o%'", ["one", "O'Four"]),
    Found("Deal_Name like '%e'", ["one", "three"]),
    Found("Deal_Name not like '%o%'", ["three"]),
    Found("Deal_Name = 'O''Four'", ["O'Four"]),
    Found("Closing_Date = '2026-03-01'", ["three"]),
    Found("Created_Time >= '2026-01-05T14:30:00+05:30'", ["one", "two", "three", "O'Four"]),
    Found("Created_Time < '2026-01-05T14:30:00+05:30'", []),
    Found("Account_Name is not null", ["one", "two"]),
    Found("Account_Name.Industry = 'Mining'", ["one", "two"]),
    Found("Account_Name.Parent_Account.Account_Name = 'Holding'", ["one", "two"]),
    Found("Owner.email = 'admin@example.com' limit 1", ["one"]),
    Found("Locked__s = false", ["one", "two", "three", "O'Four"]),
    Found("(Amount > 100 and (Stage = 'Closed Won' or Stage = 'Qualification'))", ["two", "three"]),
    Found("((Amount > 50 and Amount < 500) and Lead_Source is null)", ["one"]),
    Found("id is not null order by Stage asc, Amount desc", ["O'Four", "three", "two", "one"]),
    Found("id is not null limit 2 offset 1", ["two", "three"]),
    Found("id is not null limit 1, 2", ["two", "three"]),
]


@pytest.mark.source("reference: platform D.1")
def test_conditions_order_and_bounds(crm_on: Crm) -> None:
    there = world(crm_on)

    for case in FOUND:
        rows = there.shown(f"select Deal_Name from Deals where {case.where}")
        assert [row["Deal_Name"] for row in rows] == case.names, case.where
        assert all(row["id"] == there.deals[row["Deal_Name"]] for row in rows)


@pytest.mark.source("reference: platform D.1")
def test_columns_walk_through_lookups(crm_on: Crm) -> None:
    there = world(crm_on)
    query = (
        "select Deal_Name as 'the deal', Account_Name, Account_Name.Account_Name, Owner, Amount a, "
        "Account_Name.Parent_Account.Industry from Deals where Amount > 200 order by a"
    )

    two, three = there.shown(query)
    old, _ = there.shown(query, "v6")

    user = {"id": str(crm_on.user.id), "name": crm_on.user.last_name}
    assert two == {
        "the deal": "two",
        "Account_Name": {"name": "Zylker", "id": there.account},
        "Account_Name.Account_Name": "Zylker",
        "Owner": user,
        "a": 250.5,
        "Account_Name.Parent_Account.Industry": "Banking",
        "id": there.deals["two"],
    }
    assert three["Account_Name"] is three["Account_Name.Account_Name"] is None
    assert (old["Account_Name"], old["Owner"]) == ({"id": there.account}, {"id": str(crm_on.user.id)})


@pytest.mark.source("reference: platform D.1, joins")
def test_columns_walk_to_the_role_and_the_profile_of_a_user(crm_on: Crm) -> None:
    world(crm_on)
    member = confirmed(crm_on, city="Turin")
    crm_on.post("Deals", {"data": [{"Deal_Name": "five", "Stage": "Qualification", "Owner": {"id": member}}]})
    roles = {role["name"]: role["id"] for role in crm_on.get("settings/roles").json["roles"]}
    profiles = {each["name"]: each["id"] for each in crm_on.get("settings/profiles").json["profiles"]}
    columns = "Owner.role.name, Owner.role.id, Owner.profile.name, Owner.role, Owner.city"

    def shown(where: str, version: str = "v8") -> list[dict[str, Any]]:
        columns_then = columns if version == "v8" else "Owner.role, Owner.role.name"
        reply = ask(crm_on, f"select Deal_Name, {columns_then} from Deals where {where}", version)
        assert reply.status in (200, 204), reply.content
        return list(reply.json["data"]) if reply.status == 200 else []

    (five,) = shown("Owner.role.name = 'manager'")
    (old,) = shown("Owner.role.name = 'Manager'", "v6")
    assert {name: five[name] for name in five if name.startswith("Owner")} == {
        "Owner.role.name": "Manager",
        "Owner.role.id": roles["Manager"],
        "Owner.profile.name": "Standard",
        "Owner.role": {"name": "Manager", "id": roles["Manager"]},
        "Owner.city": "Turin",
    }
    assert old["Owner.role"] == {"id": roles["Manager"]}
    for where, found in (
        ("Owner.role.name like 'C%'", 4),
        ("Owner.role.name != 'CEO'", 1),
        (f"Owner.role.id = '{roles['CEO']}'", 4),
        (f"Owner.profile.id = '{profiles['Standard']}'", 1),
        ("Owner.profile.name in ('Administrator', 'Standard')", 5),
        ("(Owner.role.name = 'CEO' and Owner.profile.name = 'Standard')", 0),
        ("Owner.role.name is null", 0),
    ):
        assert len(shown(where)) == found, where
    grouped = "select Owner.role.name, COUNT(id) from Deals where id is not null group by Owner.role.name"
    assert [row["COUNT(id)"] for row in ask(crm_on, grouped).json["data"]] == [4, 1]
    narrow = crm_on.token("ZohoCRM.coql.READ", "ZohoCRM.modules.deals.READ")
    assert crm_on.post("coql", {"select_query": grouped}, token=narrow).status == 200


BEHIND_OWNERS: list[tuple[str, ...]] = [
    ("id",),
    ("email",),
    ("full_name",),
    ("status",),
    ("role",),
    ("role", "id"),
    ("role", "name"),
    ("profile",),
    ("profile", "name"),
    ("city",),
    ("confirm",),
    ("created_by",),
    ("Reporting_To",),
    ("Reporting_To", "email"),
]


@pytest.mark.source("assumed: criteria mean one thing wherever they are evaluated")
def test_rules_find_behind_users_what_queries_find(crm_on: Crm) -> None:
    above = confirmed(crm_on, city="Turin")
    below = confirmed(crm_on, email="b@example.com", Reporting_To={"id": above})
    for owner in (above, below, str(crm_on.user.id)):
        crm_on.post("Deals", {"data": [{"Deal_Name": "d", "Stage": "Qualification", "Owner": {"id": owner}}]})

    def differing(unit: Unit) -> list[tuple[str, ...]]:
        paths = [("Owner", *rest) for rest in BEHIND_OWNERS]
        rows = unit.select(Query("Deals", (Column(("Owner",)), *(Column(path) for path in paths))))
        related = Related(unit)
        return [path for path in paths for row in rows if related.value("Deals", row, path) != row[Column(path).key]]

    assert crm_on.store.read_now(differing) == []


@pytest.mark.source("reference: platform D.1")
def test_groups_and_aggregates(crm_on: Crm) -> None:
    there = world(crm_on)

    grouped = there.shown(
        "select Stage, COUNT(id), SUM(Amount) as total, MAX(Amount), AVG(Amount) "
        "from Deals where id is not null group by Stage order by Stage"
    )
    whole = there.shown("select COUNT(id), MIN(Closing_Date) from Deals where id is not null")
    by_account = there.shown(
        "select Account_Name, Account_Name.Industry, COUNT(id) from Deals where id is not null "
        "group by Account_Name, Account_Name.Industry order by Account_Name desc"
    )

    assert grouped == [
        {"Stage": "Closed Lost", "COUNT(id)": 1, "total": None, "MAX(Amount)": None, "AVG(Amount)": None},
        {"Stage": "Closed Won", "COUNT(id)": 1, "total": 1000, "MAX(Amount)": 1000, "AVG(Amount)": 1000},
        {"Stage": "Qualification", "COUNT(id)": 2, "total": 350.5, "MAX(Amount)": 250.5, "AVG(Amount)": 175.25},
    ]
    assert whole == [{"COUNT(id)": 4, "MIN(Closing_Date)": "2026-03-01"}]
    account = {"name": "Zylker", "id": there.account}
    assert by_account == [
        {"Account_Name": account, "Account_Name.Industry": "Mining", "COUNT(id)": 2},
        {"Account_Name": None, "Account_Name.Industry": None, "COUNT(id)": 2},
    ]


@pytest.mark.source("reference: platform D.1")
def test_more_records_are_announced(crm: Crm) -> None:
    world(crm)

    assert ask(crm, "select Deal_Name from Deals where id is not null limit 3").json["info"] == {
        "count": 3,
        "more_records": True,
    }
    assert ask(crm, "select Deal_Name from Deals where id is not null limit 4").json["info"] == {
        "count": 4,
        "more_records": False,
    }
    assert ask(crm, "select Deal_Name from Deals where Deal_Name = 'nobody'").status == 204


@pytest.mark.source("reference: platform D.1; docs: executeCOQLQuery examples")
def test_metadata_comes_when_asked_for(crm: Crm) -> None:
    world(crm)
    query = "select Deal_Name, Amount as a from Deals where id is not null"

    fields = ask(crm, query, include_meta=["fields"]).json["fields"]
    without = crm.token("ZohoCRM.coql.READ", "ZohoCRM.modules.ALL")
    body = {"select_query": query, "include_meta": ["fields"]}

    assert (fields["Deal_Name"]["data_type"], fields["a"]["api_name"]) == ("text", "Amount")
    assert "fields" not in ask(crm, query, "v5", include_meta=["fields"]).json
    assert crm.post("coql", body, token=without).problem == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.source("reference: platform A.9, D.1")
def test_every_module_that_is_read_needs_its_scope(crm: Crm) -> None:
    world(crm)
    narrow = crm.token("ZohoCRM.coql.READ", "ZohoCRM.modules.deals.READ")
    none = crm.token("ZohoCRM.modules.ALL")

    def status(query: str, token: str) -> int:
        return crm.post("coql", {"select_query": query}, token=token).status

    assert status("select Deal_Name, Owner.email from Deals where id is not null", narrow) == 200
    assert status("select Deal_Name from Deals where Account_Name.Industry = 'x'", narrow) == 401
    assert status("select Account_Name.Industry from Deals where id is not null", narrow) == 401
    assert status("select Deal_Name from Deals where id is not null", none) == 401


@dataclass(frozen=True)
class Refused:
    name: str
    query: Any
    code: str
    details: dict[str, Any] | None = None
    message: str | None = None
    version: str = "v8"


ALL = "from Deals where id is not null"
REFUSED = [
    Refused("no query", None, "MANDATORY_NOT_FOUND", {"api_name": "select_query"}, "mandatory key not found"),
    Refused(
        "no text",
        5,
        "INVALID_DATA",
        {"expected_data_type": "text", "api_name": "select_query", "json_path": "$.select_query"},
    ),
    Refused("no where", "select Deal_Name from Deals", "SYNTAX_ERROR", {"clause": "where"}, "missing clause"),
    Refused(
        "no statement of ours", "delete from Deals where id = 1", "SYNTAX_ERROR", {}, "given coql query not supported"
    ),
    Refused(
        "an unknown column", f"select Wrong {ALL}", "INVALID_QUERY", {"column_name": "Wrong"}, "unsupported column"
    ),
    Refused("a column of a role", f"select Owner.role.description {ALL}", "INVALID_QUERY", None, "unsupported column"),
    Refused("a subform", "select Quoted_Items from Quotes where id is not null", "INVALID_QUERY"),
    Refused(
        "an unknown module",
        "select x from Nothing where id is not null",
        "INVALID_MODULE",
        {},
        "the given module is not supported in api",
    ),
    Refused("users", "select email from Users where id is not null", "INVALID_MODULE", {}),
    Refused("a module that is not kept", "select id from Visits where id is not null", "INVALID_MODULE", {}),
    Refused("an unknown view", "select id from Deals#77 where id is not null", "INVALID_QUERY", {"cvid": "77"}),
    Refused(
        "an operator of another type",
        "select Deal_Name from Deals where Deal_Name > 'x'",
        "INVALID_QUERY",
        {"reason": "invalid operator found", "column_name": "Deal_Name", "operator": ">"},
        "Invalid query formed",
    ),
    Refused("no rows", f"select Deal_Name {ALL} limit 0", "INVALID_DATA", {}, "limit should be greater than 0"),
    Refused("2001 rows", f"select Deal_Name {ALL} limit 2001", "LIMIT_EXCEEDED", {"limit": 2000}),
    Refused("201 rows in v2", f"select Deal_Name {ALL} limit 201", "LIMIT_EXCEEDED", {"limit": 200}, version="v2"),
    Refused("a far offset", f"select Deal_Name {ALL} limit 1 offset 100000", "LIMIT_EXCEEDED", {"limit": 100_000}),
    Refused(
        "the same column twice",
        f"select Deal_Name, Deal_Name {ALL}",
        "DUPLICATE_DATA",
        {"column_name": "Deal_Name"},
        "duplicate select column",
    ),
    Refused(
        "a column outside the groups",
        "select Deal_Name, COUNT(id) from Deals where id is not null group by Stage",
        "INVALID_QUERY",
    ),
    Refused(
        "26 conditions",
        "select id from Deals where " + "(" * 25 + "id is not null" + " and id is not null)" * 25,
        "LIMIT_EXCEEDED",
        {"limit": 25},
    ),
]


@pytest.mark.source("reference: platform D.1")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_query_is_refused(case: Refused, crm: Crm) -> None:
    body = {} if case.query is None else {"select_query": case.query}

    reply = crm.post("coql", body, version=case.version)

    assert reply.problem == (400, case.code), reply.content
    assert case.details is None or reply.json["details"] == case.details
    assert case.message in (None, reply.json["message"])


#: Conditions on what the tasks of `related` are about, and which of them they find.
THROUGH_ANY = [
    Found("'What_Id->Deals.Deal_Name' = 'one'", ["deal"]),
    Found("'What_Id->Deals.Amount' > 10", ["deal"]),
    Found("'What_Id->Deals.Amount' is null", ["account", "nothing"]),
    Found("'What_Id->Deals.Account_Name.Industry' = 'Mining'", ["deal"]),
    Found("'What_Id->Accounts.Parent_Account.Industry' = 'Banking'", ["account"]),
    Found("'What_Id->Accounts.Owner.email' like 'admin%'", ["account"]),
    Found("'What_Id->Deals.id' is not null", ["deal"]),
    Found("('What_Id->Deals.id' is not null or 'What_Id->Accounts.Industry' = 'Mining')", ["deal", "account"]),
    Found("'What_Id->Campaigns.Campaign_Name' is not null", []),
    Found("'Who_Id->Contacts.Last_Name' = 'Ada'", ["nothing"]),
    Found("What_Id.module.api_name = 'Deals'", ["deal"]),
    Found("What_Id.module.api_name != 'Deals'", ["account"]),
    Found("What_Id.module.api_name in ('Accounts', 'Leads')", ["account"]),
    Found("What_Id.module.api_name is null", ["nothing"]),
    Found("id is not null order by 'What_Id->Deals.Deal_Name' desc, Subject desc", ["deal", "nothing", "account"]),
]


def related(there: World) -> None:
    """Make a task about a deal, one about an account, and one about a person only."""
    person = there.crm.post("Contacts", {"data": [{"Last_Name": "Ada"}]}).details()["id"]
    tasks: list[dict[str, Any]] = [
        {"Subject": "deal", "What_Id": {"id": there.deals["one"]}, "$se_module": "Deals"},
        {"Subject": "account", "What_Id": {"id": there.account}, "$se_module": "Accounts"},
        {"Subject": "nothing", "Who_Id": {"id": person}},
    ]
    assert there.crm.post("Tasks", {"data": tasks}).status == 201


@pytest.mark.source("reference: platform D.1")
def test_queries_go_through_lookups_to_any_module(crm_on: Crm) -> None:
    there = world(crm_on)
    related(there)

    for case in THROUGH_ANY:
        shown = there.shown(f"select Subject from Tasks where {case.where}")
        assert [row["Subject"] for row in shown] == case.names, case.where


@pytest.mark.source("reference: platform D.1")
def test_what_lies_behind_lookups_to_any_module_is_shown_as_written(crm_on: Crm) -> None:
    there = world(crm_on)
    related(there)
    columns = (
        "'What_Id->Deals.Amount', \"What_Id->Deals.Account_Name\", 'What_Id->Accounts.Industry' as industry, "
        "What_Id.module.api_name"
    )

    deal, account, nothing = there.shown(f"select {columns} from Tasks where id is not null")
    grouped = there.shown(
        "select What_Id.module.api_name, SUM('What_Id->Deals.Amount') as total from Tasks where id is not null "
        "group by What_Id.module.api_name"
    )
    note = crm_on.post(f"Deals/{there.deals['two']}/Notes", {"data": [{"Note_Content": "N"}]}).details()["id"]

    assert {**deal, "id": ...} == {
        "What_Id->Deals.Amount": 100,
        "What_Id->Deals.Account_Name": {"name": "Zylker", "id": there.account},
        "industry": None,
        "What_Id.module.api_name": "Deals",
        "id": ...,
    }
    assert (account["industry"], account["What_Id.module.api_name"]) == ("Mining", "Accounts")
    assert set(nothing.values()) == {None, nothing["id"]}
    assert grouped == [
        {"What_Id.module.api_name": None, "total": None},
        {"What_Id.module.api_name": "Accounts", "total": None},
        {"What_Id.module.api_name": "Deals", "total": 100},
    ]
    assert there.shown("select 'Parent_Id->Deals.Deal_Name' from Notes where Note_Title is null") == [
        {"Parent_Id->Deals.Deal_Name": "two", "id": note}
    ]


@pytest.mark.source("reference: platform D.1")
@pytest.mark.parametrize(
    ("path", "message", "details"),
    [
        ("What_Id->Nowhere.Name", "Invalid query formed", {"module": "Nowhere"}),
        ("What_Id->Home.Name", "Invalid query formed", {"module": "Home"}),
        ("What_Id->Deals.Nothing", "unsupported column", None),
        ("What_Id->Deals", "unsupported column", None),
        ("Who_Id->Deals.Deal_Name", "unsupported column", None),
        ("Subject->Deals.Deal_Name", "unsupported column", None),
        ("What_Id.Deal_Name", "unsupported column", None),
        ("What_Id.module.id", "unsupported column", None),
        ("Who_Id.module.api_name", "unsupported column", None),
    ],
)
def test_a_way_through_a_lookup_to_any_module_that_is_none(
    path: str, message: str, details: dict[str, Any] | None, crm: Crm
) -> None:
    column = ask(crm, f"select '{path}' from Tasks where id is not null")
    condition = ask(crm, f"select Subject from Tasks where '{path}' = 'x'")

    for reply, clause in ((column, {}), (condition, {"clause": "where"})):
        assert reply.problem == (400, "INVALID_QUERY")
        assert reply.json["message"] == message
        assert reply.json["details"] == (details or {"column_name": path, **clause})


@pytest.mark.source("reference: platform A.9, D.1")
def test_what_lies_behind_a_lookup_to_any_module_needs_its_scope(crm: Crm) -> None:
    narrow = crm.token("ZohoCRM.coql.READ", "ZohoCRM.modules.tasks.READ")

    def status(path: str) -> int:
        return crm.post("coql", {"select_query": f"select {path} from Tasks where id is not null"}, token=narrow).status

    assert [status("'What_Id->Deals.Amount'"), status("What_Id.module.api_name")] == [401, 204]


META = {"api_name": "include_meta"}
SUPPORTED = {"supported_values": ["fields"]}


@pytest.mark.source("reference: platform D.1; docs: executeCOQLQuery examples")
@pytest.mark.parametrize(
    ("asked", "details"),
    [
        ("fields", {"expected_data_type": "jsonarray", **META, "json_path": "$.include_meta"}),
        (["all"], {**META, "json_path": "$.include_meta[0]", **SUPPORTED}),
        ([5], {"expected_data_type": "text", **META, "json_path": "$.include_meta[0]", **SUPPORTED}),
    ],
)
def test_unknown_metadata_is_refused(crm: Crm, asked: Any, details: dict[str, Any]) -> None:
    reply = ask(crm, f"select Deal_Name {ALL}", include_meta=asked)

    assert reply.problem == (400, "INVALID_DATA")
    assert reply.json["details"] == details


@pytest.mark.source("assumed: the bodies of other kinds are no queries")
@pytest.mark.parametrize("body", [[], ["x"], "x", 5])
def test_a_body_that_is_no_object_is_refused(crm: Crm, body: Any) -> None:
    assert crm.post("coql", body).problem == (400, "INVALID_DATA")


@pytest.mark.source("reference: platform B.4: every id is text")
def test_values_with_parts_look_as_in_records(crm_on: Crm) -> None:
    lead = crm_on.post("Leads", {"data": [{"Last_Name": "L", "Tag": [{"name": "hot"}]}]}).details()["id"]
    event = {
        "Event_Title": "E",
        "Start_DateTime": "2026-02-01T10:00:00Z",
        "End_DateTime": "2026-02-01T11:00:00Z",
        "Participants": [{"type": "lead", "participant": lead}, {"type": "email", "participant": "a@b.co"}],
    }
    made = crm_on.post("Events", {"data": [event]}).details()["id"]
    prices = [{"from_range": 1, "to_range": 5, "discount": 0}]
    row = {"Price_Book_Name": "B", "Pricing_Details": prices, "Pricing_Model": "Flat"}
    book = crm_on.post("Price_Books", {"data": [row]}).details()["id"]

    for module, record_id, name in (
        ("Events", made, "Participants"),
        ("Price_Books", book, "Pricing_Details"),
        ("Leads", lead, "Tag"),
    ):
        (queried,) = ask(crm_on, f"select {name} from {module} where id = {record_id}").json["data"]
        (read,) = crm_on.get(f"{module}/{record_id}").json["data"]
        assert queried[name] == read[name]
        assert [type(part["id"]) for part in queried[name] if "id" in part] != [int]


@pytest.mark.source("reference: platform B.4, B.12 14")
def test_long_numbers_are_text_in_v2(crm: Crm) -> None:
    crm.post("Campaigns", {"data": [{"Campaign_Name": "C", "Num_sent": 123}]})
    query = "select Num_sent from Campaigns where Num_sent = 123"

    assert ask(crm, query, "v2").json["data"][0]["Num_sent"] == "123"
    assert ask(crm, query).json["data"][0]["Num_sent"] == 123


SUBQUERIES = [
    ("Account_Name in (select id from Accounts where Industry = 'Mining')", ["one", "two"]),
    ("Account_Name in (select id from Accounts where Industry = 'Nothing')", []),
    ("Account_Name not in (select id from Accounts where Industry = 'Nothing')", ["one", "two", "three", "O'Four"]),
    ("Account_Name not in (select id from Accounts where Industry = 'Mining')", []),
    ("Account_Name = (select id from Accounts where Account_Name = 'Zylker')", ["one", "two"]),
    ("Amount > (select AVG(Amount) from Deals where Stage = 'Qualification')", ["two", "three"]),
    ("Amount = (select MAX(Amount) from Deals where id is not null)", ["three"]),
    ("Amount > (select Amount from Deals where Stage = 'Closed Lost')", []),
    ("Deal_Name in (select Deal_Name from Deals where Amount > 200 limit 1)", ["two"]),
    (
        (
            "Account_Name in (select id from Accounts where Parent_Account in "
            "(select id from Accounts where Account_Name = 'Holding'))"
        ),
        ["one", "two"],
    ),
    ("(Amount < 200 and Account_Name in (select id from Accounts where id is not null))", ["one"]),
    ("Account_Name.id in (select Parent_Account from Accounts where Parent_Account is not null)", []),
    ("Account_Name.Parent_Account.id in (select Parent_Account from Accounts where id is not null)", ["one", "two"]),
]


@pytest.mark.source("reference: platform D.1")
@pytest.mark.parametrize(("condition", "names"), SUBQUERIES, ids=[condition for condition, _ in SUBQUERIES])
def test_a_subquery_gives_the_values_to_compare_with(crm_on: Crm, condition: str, names: list[str]) -> None:
    shown = world(crm_on).shown(f"select Deal_Name from Deals where {condition}")

    assert [row["Deal_Name"] for row in shown] == names


REFUSED_SUBQUERIES = [
    Refused(
        "two columns",
        "select id from Deals where Account_Name in (select id, Industry from Accounts where id is not null)",
        "INVALID_QUERY",
        {"sub_query_sequence": 0, "column_name": ["id", "Industry"]},
    ),
    Refused(
        "several values for one",
        "select id from Deals where Amount > (select Amount from Deals where Amount is not null)",
        "INVALID_QUERY",
        {"sub_query_sequence": 0, "operator": ">"},
    ),
    Refused(
        "values of another kind",
        "select id from Deals where Amount in (select Deal_Name from Deals where id is not null)",
        "INVALID_QUERY",
        {"reason": "invalid value found", "column_name": "Amount", "operator": "in"},
    ),
    Refused(
        "a sixth one",
        "select id from Deals where "
        + "(" * 5
        + " and ".join("id in (select id from Deals where id is not null)" + ")" * (place > 0) for place in range(6)),
        "LIMIT_EXCEEDED",
        {"limit": 5},
    ),
    Refused(
        "more values than one list may have",
        "select id from Deals where id in (select id from Deals where id is not null limit 101)",
        "LIMIT_EXCEEDED",
        {"limit": 100},
    ),
    Refused(
        "no end of them",
        "select id from Deals where " + "id in (select id from Deals where " * 50 + "id is not null" + ")" * 50,
        "SYNTAX_ERROR",
        {"near": "select"},
    ),
    Refused(
        "an operator that takes none",
        "select id from Deals where Deal_Name like (select Deal_Name from Deals where id is not null)",
        "SYNTAX_ERROR",
        {},
    ),
]


@pytest.mark.source("reference: platform D.1; docs: executeCOQLQuery examples")
@pytest.mark.parametrize("case", REFUSED_SUBQUERIES, ids=lambda case: case.name)
def test_a_subquery_that_cannot_be_carried_out(crm: Crm, case: Refused) -> None:
    world(crm)

    reply = ask(crm, case.query)

    assert reply.status == 400
    assert (reply.json["code"], reply.json["details"]) == (case.code, case.details)


@pytest.mark.source("reference: platform D.1")
def test_more_values_than_a_subquery_may_give_are_refused_and_never_cut(crm: Crm) -> None:
    for _ in range(2):
        crm.post("Deals", {"data": [{"Deal_Name": f"D{n}", "Stage": "Qualification"} for n in range(60)]})

    reply = ask(crm, "select COUNT(id) from Deals where id in (select id from Deals where id is not null)")

    assert reply.problem == (400, "LIMIT_EXCEEDED")


@pytest.mark.source("reference: platform D.1")
def test_versions_before_7_have_no_subqueries(crm: Crm) -> None:
    reply = ask(crm, "select id from Deals where id in (select id from Deals where id is not null)", "v6")

    assert reply.problem == (400, "SYNTAX_ERROR")


@pytest.mark.source("reference: platform D.1")
def test_a_subquery_needs_the_scope_of_its_module(crm: Crm) -> None:
    world(crm)
    token = crm.token("ZohoCRM.coql.READ", "ZohoCRM.modules.deals.READ")

    query = "select id from Deals where Account_Name in (select id from Accounts where Industry = 'Mining')"
    reply = crm.post("coql", {"select_query": query}, token=token)

    assert reply.problem == (401, "OAUTH_SCOPE_MISMATCH")
