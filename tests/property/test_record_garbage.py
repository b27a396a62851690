"""Whatever a client sends to the record endpoints: an answer of the service's kind, and nothing stored half."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.server import Crm, Reply, settings_for

MODULES = ("Leads", "Accounts", "Deals", "Tasks", "Events", "Calls", "Quotes", "Price_Books", "Notes", "Contacts")
VERSIONS = ("v2", "v2.1", "v3", "v8")

#: Statuses that the service gives; 500 is never one of them.
EXPECTED = frozenset({200, 201, 202, 204, 207, 304, 400, 401, 403, 404, 412, 413, 501})

words = st.sampled_from(
    (
        "",
        "-None-",
        "x",
        "abc def",
        "2026-01-05",
        "2026-02-30",
        "2026-01-05T10:00:00+05:30",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "null",
        "10%",
        "12:30",
        "a@b.co",
        "Qualification",
        "Closed Lost",
        "\x00",
        "�",
        "ß" * 300,
        "1" * 40,
        "-5",
        "true",
        "${TODAY}",
        "💥",
        "'; DROP TABLE m_leads; --",
        "Accounts",
        "Leads",
    )
)
numbers = st.sampled_from((0, -1, 1, 100, 101, 10**9, 2**63, -(2**63), 10**40, 0.1, -0.0, 1e308, 1e-320, 12.345678901))
scalars = st.one_of(st.none(), st.booleans(), numbers, words, st.text(max_size=20))


def values(known_ids: list[str]) -> st.SearchStrategy[Any]:
    """Any JSON, and often something that looks like a reference."""
    ids = st.sampled_from([*known_ids, "1", "abc", "", 5, None, True])
    references = st.fixed_dictionaries({"id": ids}, optional={"name": scalars, "module": scalars})
    return st.recursive(
        st.one_of(scalars, references, ids),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(st.one_of(keys, words), inner, max_size=4),
        ),
        max_leaves=8,
    )


keys = st.sampled_from(
    (
        "id",
        "name",
        "type",
        "participant",
        "Product_Name",
        "Quantity",
        "List_Price",
        "Discount",
        "Line_Tax",
        "percentage",
        "product",
        "quantity",
        "from_range",
        "to_range",
        "discount",
        "_delete",
        "RRULE",
        "ALARM",
        "api_name",
        "color_code",
    )
)


class World:
    """One server with a record in every module, whose fields the garbage is about."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.fields = {
            name: [f.api_name for f in crm.store.read_now(lambda unit: unit.catalog).by_name[name].fields]
            for name in MODULES
        }
        account = crm.post("Accounts", {"data": [{"Account_Name": "Zylker"}]}).details()["id"]
        product = crm.post("Products", {"data": [{"Product_Name": "P", "Unit_Price": 2}]}).details()["id"]
        self.ids = [account, product, str(crm.user.id)]

    def count(self, module: str) -> int:
        """How many records a module has."""
        return self.crm.store.read_now(lambda unit: unit.count(module, None))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server for all examples of this module."""
    path: Path = tmp_path_factory.mktemp("garbage") / "kaizen.db"
    crm = Crm(settings_for(str(path)))
    yield World(crm)
    crm.close()


def rows_of(draw: st.DrawFn, world: World, module: str) -> Any:
    """Mostly rows of the module's fields, sometimes anything."""
    anything = values(world.ids)
    names = st.one_of(st.sampled_from([*world.fields[module], "$se_module", "Product_Details", "Wrong"]), words)
    row = st.dictionaries(names, anything, max_size=8)
    name = {"Leads": "Last_Name", "Contacts": "Last_Name", "Accounts": "Account_Name", "Deals": "Deal_Name"}
    whole = {name.get(module, "Subject"): "good", "Stage": "Qualification"}
    good = st.builds(lambda extra: {**whole, **extra}, row)
    return draw(st.one_of(st.lists(st.one_of(row, good, good, anything), max_size=4), anything))


def checked(reply: Reply) -> list[Any]:
    """The elements of an answer that is one of the service's."""
    assert reply.status in EXPECTED, (reply.status, reply.content)
    if not reply.content:
        assert reply.status in (204, 304)
        return []
    answer = json.loads(reply.content)
    assert isinstance(answer, dict)
    elements = answer.get("data")
    if elements is None:
        assert {"code", "details", "message", "status"} <= answer.keys()
        assert isinstance(answer["details"], dict)
        return []
    assert isinstance(elements, list)
    return elements


LIMITS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def encoded(body: Any) -> bytes:
    """JSON as a careless client writes it: what is no text of Unicode goes as an escape."""
    return json.dumps(body).encode()


@pytest.mark.source("reference: platform B.5, B.6; assumed: no answer is a 500")
@LIMITS
@given(data=st.data())
def test_garbage_is_never_inserted_half(world: World, data: st.DataObject) -> None:
    module = data.draw(st.sampled_from(MODULES))
    version = data.draw(st.sampled_from(VERSIONS))
    verb = data.draw(st.sampled_from(("", "/upsert")))
    body: dict[str, Any] = {"data": data.draw(st.composite(rows_of)(world, module))}
    if data.draw(st.booleans()):
        key = data.draw(
            st.sampled_from(
                ("trigger", "lar_id", "apply_feature_execution", "skip_feature_execution", "duplicate_check_fields")
            )
        )
        body[key] = data.draw(values(world.ids))
    before = world.count(module)

    elements = checked(world.crm.post(f"{module}{verb}", encoded(body), version=version))

    added = [e for e in elements if e["code"] == "SUCCESS" and e["message"] == "record added"]
    assert world.count(module) == before + len(added)
    for element in added:
        assert checked(world.crm.get(f"{module}/{element['details']['id']}", version=version))


MORNING = {"Start_DateTime": "2026-01-01T10:00:00Z", "End_DateTime": "2026-01-01T11:00:00Z"}
GOOD: dict[str, dict[str, Any]] = {
    "Leads": {"Last_Name": "L"},
    "Accounts": {"Account_Name": "A"},
    "Deals": {"Deal_Name": "D", "Stage": "Qualification"},
    "Tasks": {"Subject": "S"},
    "Events": {"Event_Title": "E", **MORNING},
    "Calls": {
        "Subject": "S",
        "Call_Type": "Inbound",
        "Call_Start_Time": "2026-01-01T10:00:00Z",
        "Call_Duration": "00:20",
    },
}


@pytest.mark.source("reference: platform B.5, B.6; assumed: no answer is a 500")
@LIMITS
@given(data=st.data())
def test_garbage_changes_whole_rows_or_nothing(world: World, data: st.DataObject) -> None:
    module = data.draw(st.sampled_from(sorted(GOOD)))
    version = data.draw(st.sampled_from(VERSIONS))
    made = world.crm.post(module, {"data": [GOOD[module]]}).details()["id"]
    rows = data.draw(st.composite(rows_of)(world, module))
    named = [{**row, "id": made} if isinstance(row, dict) else row for row in rows] if isinstance(rows, list) else rows
    state = world.crm.get(f"{module}/{made}").json

    elements = checked(world.crm.put(module, encoded({"data": named}), version=version))

    changed = [e for e in elements if e["code"] == "SUCCESS"]
    if not changed:
        assert world.crm.get(f"{module}/{made}").json == state
    assert checked(world.crm.delete(f"{module}/{made}", version=version))[0]["code"] == "SUCCESS"


operators = st.sampled_from(
    ("equals", "not_equal", "starts_with", "in", "between", "greater_than", "less_equal", "like", "")
)


@st.composite
def search_text(draw: st.DrawFn, fields: list[str]) -> str:
    """Something like criteria."""
    one = st.builds(
        lambda f, o, v: f"({f}:{o}:{v})",
        st.sampled_from([*fields, "Owner.email", "x"]),
        operators,
        st.one_of(words, st.text(max_size=8)),
    )
    pieces = draw(st.lists(st.one_of(one, st.sampled_from(("and", "or", "(", ")", " ", "\\", ","))), max_size=6))
    return "".join(pieces)


@pytest.mark.source("reference: platform D.2; assumed: no answer is a 500")
@LIMITS
@given(data=st.data())
def test_garbage_is_looked_for_in_vain(world: World, data: st.DataObject) -> None:
    module = data.draw(st.sampled_from(MODULES))
    text = data.draw(st.one_of(search_text(world.fields[module]), st.text(max_size=30)))
    name = data.draw(st.sampled_from(("criteria", "email", "phone", "word")))
    params: dict[str, object] = {name: text.encode("utf-8", "ignore").decode()}
    for more in ("page", "per_page", "sort_by", "sort_order", "fields", "converted", "cvid", "ids", "page_token"):
        if data.draw(st.integers(0, 4)) == 0:
            params[more] = data.draw(st.sampled_from(("1", "0", "-1", "abc", "true", "id", "Owner", "asc", "9" * 30)))
    where = data.draw(st.sampled_from(("/search", "/actions/count", "", "/deleted")))

    checked_any = world.crm.get(f"{module}{where}", params, version=data.draw(st.sampled_from(VERSIONS)))

    assert checked_any.status in EXPECTED, checked_any.content


tokens = st.sampled_from(
    (
        "select",
        "SELECT",
        "from",
        "where",
        "and",
        "or",
        "(",
        ")",
        ",",
        "=",
        "!=",
        ">",
        "like",
        "not",
        "in",
        "between",
        "is",
        "null",
        "group by",
        "order by",
        "asc",
        "desc",
        "limit",
        "offset",
        "1",
        "0",
        "-1",
        "'x'",
        '"y"',
        "'",
        "COUNT(id)",
        "SUM(Amount)",
        "Deals",
        "Leads",
        "Tasks",
        "Deal_Name",
        "Amount",
        "Account_Name.Industry",
        "Owner.email",
        "id",
        "s",
        "What_Id",
        "Tag",
        "Created_Time",
        "2026-01-05",
        "true",
        "->",
        "#",
        "Account_Name.Parent_Account.Account_Name",
    )
)


@pytest.mark.source("reference: platform D.1; assumed: no answer is a 500")
@LIMITS
@given(
    words=st.lists(tokens, max_size=14),
    good=st.booleans(),
    version=st.sampled_from(VERSIONS),
    column=st.sampled_from(
        ("Amount", "Stage", "Owner", "Account_Name", "Tag", "Created_Time", "Account_Name.Owner.email")
    ),
    order=st.sampled_from(("", " order by Amount desc", " group by Stage", " limit 2 offset 1", " limit 1, 1")),
)
def test_garbage_is_no_query(world: World, words: list[str], good: bool, version: str, column: str, order: str) -> None:
    start = f"select {column} from Deals where " if good else ""
    query = start + (" ".join(words) if words else "id is not null") + (order if good else "")

    reply = world.crm.post("coql", {"select_query": query}, version=version)

    assert reply.status in EXPECTED, (query, reply.content)


@pytest.mark.source("reference: platform B.4, B.5; assumed: no answer is a 500")
@LIMITS
@given(data=st.data())
def test_garbage_has_no_id(world: World, data: st.DataObject) -> None:
    text = st.text(
        alphabet=st.characters(codec="ascii", exclude_characters="/?#%\\", categories=("L", "N", "P")), max_size=25
    )
    given_id = data.draw(st.one_of(st.sampled_from(("0", "1", "9" * 19, "9" * 20, "-1", "1e5")), text))
    method = data.draw(st.sampled_from(("GET", "PUT", "DELETE")))
    body = {"data": [{"Last_Name": "x"}]} if method == "PUT" else None
    before = world.count("Leads")

    reply = world.crm.crm(method, f"Leads/{given_id}", body, version=data.draw(st.sampled_from(VERSIONS)))

    assert reply.status in EXPECTED, reply.content
    assert world.count("Leads") == before


@pytest.mark.source("reference: platform C.15; assumed: no answer is a 500")
@LIMITS
@given(data=st.data())
def test_garbage_is_no_tag(world: World, data: st.DataObject) -> None:
    anything = values(world.ids)
    body = data.draw(st.fixed_dictionaries({}, optional={"tags": anything, "ids": anything, "over_write": anything}))
    verb = data.draw(st.sampled_from(("add_tags", "remove_tags")))
    path = data.draw(st.sampled_from(("Accounts", f"Accounts/{world.ids[0]}")))

    reply = world.crm.post(f"{path}/actions/{verb}", encoded(body), version=data.draw(st.sampled_from(VERSIONS)))

    assert reply.status in EXPECTED, reply.content
