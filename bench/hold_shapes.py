"""What a client asks of many leads: what an index serves, and what reads every lead, with its budget."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from bench.others import lead
from kaizen.model.values import Id, Values

#: Method, path, query and body.
Request: TypeAlias = tuple[str, str, str, bytes]

#: So many of the oldest leads have a word and a phone number in common; of the newest, which lists begin with, none.
SHARED: Final = 1_000
PAGE: Final = 200
#: The records that page tokens reach.
TOKEN_REACH: Final = 100_000
#: The field that a run creates: no two leads have the same value.
UNIQUE: Final = "Reference"
LEADS: Final = "/crm/v8/Leads"
_GROUPS: Final = "Last_Name is not null group by Company limit 200"
_FIELDS: Final = "Last_Name,Company,Email,Phone"


@dataclass
class Leads:
    """The leads of a database: how many there are, and which of them a run may use."""

    count: int
    ids: list[Id]
    deep_token: str = ""  #: of the last page that tokens reach
    written: Iterator[int] = field(default_factory=count)  #: numbers for what the run itself writes

    @property
    def an_id(self) -> Id:
        """One lead after the other."""
        return self.ids[next(self.written) % len(self.ids)]


@dataclass(frozen=True)
class Shape:
    """One kind of request."""

    name: str
    ask: Callable[[Leads], Request]
    finds: Callable[[int], int]  #: how many records it must answer, of how many
    goal: float = 0.0  #: milliseconds, whatever the number of leads; 0: none but the growth


@dataclass(frozen=True)
class Scan(Shape):
    """One that reads every lead, or as many as `rows` says of how many there are."""

    budget: float = 1.0  #: microseconds for each lead that it reads
    rows: Callable[[int], int] = lambda leads: leads


def name_of(number: int) -> str:
    """Return the name of a lead; none begins with another."""
    return f"Lovelace {number:07}"


def marked(number: int, owner: Id, now: int) -> Values:
    """Make the values of a lead; the oldest have a word and a phone number in common."""
    values: dict[str, Any] = lead(number, owner, now - 10_000_000)
    values |= {"Last_Name": name_of(number), UNIQUE: f"R-{number:07}", "Lead_Source": "Partner"}
    if number < SHARED:
        values |= {"Description": f"Number {number}, met at the Analyticalfair.", "Mobile": "+1 (555) 024 711"}
    return values


def page_by_token(token: str = "") -> Request:
    """Ask for a page of a walk by tokens; without one, for its first."""
    query: dict[str, object] = {"fields": "Last_Name", "per_page": PAGE}
    return "GET", LEADS, urlencode(query | {"page_token": token} if token else query), b""


def _get(path: str = LEADS, **query: object) -> Callable[[Leads], Request]:
    if path == LEADS:
        query = {"fields": _FIELDS, **query}
    return lambda _: ("GET", path, urlencode(query), b"")


def _search(**query: object) -> Callable[[Leads], Request]:
    return _get(f"{LEADS}/search", fields=_FIELDS, **query)


def _coql(condition: str, select: str = "Last_Name, Company") -> Callable[[Leads], Request]:
    body = json.dumps({"select_query": f"select {select} from Leads where {condition}"}).encode()
    return lambda _: ("POST", "/crm/v8/coql", "", body)


def _count(**query: object) -> Callable[[Leads], Request]:
    return _get(f"{LEADS}/actions/count", **query)


def _body(*rows: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"data": rows, **more}).encode()


def _point(leads: Leads) -> Request:
    return "GET", f"{LEADS}/{leads.an_id}", "", b""


def _deep(leads: Leads) -> Request:
    return page_by_token(leads.deep_token)


def _new(leads: Leads) -> dict[str, Any]:
    number = next(leads.written)
    return {"Last_Name": f"Written {number}", "Company": "New", "Email": f"written{number}-{leads.count}@example.com"}


def _insert(rows: int) -> Callable[[Leads], Request]:
    return lambda leads: ("POST", LEADS, "", _body(*(_new(leads) for _ in range(rows))))


def _update(leads: Leads) -> Request:
    return "PUT", f"{LEADS}/{leads.an_id}", "", _body({"Company": f"Company {next(leads.written)}"})


def _upsert(rows: int, key: str, value: str) -> Callable[[Leads], Request]:
    """Upsert leads that are there: `value` is the pattern of what the key holds."""

    def ask(leads: Leads) -> Request:
        first = next(leads.written)
        numbers = [(first + n) * 7919 % leads.count for n in range(rows)]
        found = [{"Last_Name": name_of(n), key: value.format(n), "City": f"City {first}"} for n in numbers]
        return "POST", f"{LEADS}/upsert", "", _body(*found, duplicate_check_fields=[key])

    return ask


def _deep_number(leads: Leads) -> Request:
    query = {"page": -(-leads.count // PAGE), "per_page": PAGE}
    return "GET", "/crm/v2/Leads", urlencode(query), b""


def _deep_offset(leads: Leads) -> Request:
    offset = max(0, min(leads.count, TOKEN_REACH) - PAGE)
    return _coql(f"Last_Name is not null order by Company limit {PAGE} offset {offset}")(leads)


def _one(leads: int) -> int:
    return 1


def _none(leads: int) -> int:
    return 0


def _page(leads: int) -> int:
    return min(leads, PAGE)


def _shared(leads: int) -> int:
    return min(leads, SHARED, PAGE)


def _all(leads: int) -> int:
    return leads


def _rows(number: int) -> Callable[[int], int]:
    return lambda leads: number


#: Read by an index: they grow no faster than its depth.
INDEXED: Final = (
    Shape("list, newest first", _get(), _page),
    Shape("list by Modified_Time", _get(sort_by="Modified_Time", sort_order="desc"), _page),
    Shape("list by Created_Time", _get(sort_by="Created_Time", sort_order="desc"), _page),
    Shape("last page by token", _deep, _page),
    Shape("one by id", _point, _one),
    Shape("word, nobody's", _search(word="nobodyatall"), _none, goal=10),
    Shape("word of 1,000", _search(word="analyticalf"), _shared, goal=50),
    Shape("phone, nobody's", _search(phone="555 019 9999"), _none, goal=10),
    Shape("phone of one", _search(phone="1 555 01 0000007"), _one, goal=10),
    Shape("phone of 1,000", _search(phone="1555024711"), _shared, goal=50),
    Shape("e-mail", _search(email="ADA7@example.com"), _one),
    Shape("criteria: name equals", _search(criteria="(Last_Name:equals:lovelace 0000007)"), _one),
    Shape("criteria: unique equals", _search(criteria=f"({UNIQUE}:equals:r-0000007)"), _one),
    Shape("criteria: any text equals", _search(criteria="(City:equals:nowhere)"), _none),
    Shape("count by the words of a text", _count(criteria="(City:equals:nowhere)"), _none),
    Shape("criteria: e-mail begins", _search(criteria="(Email:starts_with:ada7@)"), _one),
    Shape("COQL: e-mail equals", _coql("Email = 'ada7@example.com'"), _one),
    Shape("COQL: name begins", _coql("Last_Name like 'nobody%'"), _none),
    Shape("COQL: last 200 by time", _coql("Modified_Time is not null order by Modified_Time desc limit 200"), _page),
)

#: Change leads, one at a time or many; they come after all reads, which count what is there.
WRITES: Final = (
    Shape("create one", _insert(1), _one),
    Shape("insert 100", _insert(100), _rows(100)),
    Shape("update one", _update, _one),
    Shape("upsert one by unique", _upsert(1, UNIQUE, "R-{:07}"), _one),
    Shape("upsert 100 by e-mail", _upsert(100, "Email", "ada{}@example.com"), _rows(100)),
)

#: Microseconds a lead for what sorts, groups or skips leads, and not only compares each.
ORDERING: Final = 3.0

#: Read every lead, however few they answer.
SCANS: Final = (
    Scan("count", _count(), _all),
    Scan("count by criteria", _count(criteria="(Annual_Revenue:greater_than:1000000000)"), _none),
    Scan("criteria: number", _search(criteria="(Annual_Revenue:greater_than:1000000000)"), _none),
    Scan("criteria: pick list", _search(criteria="(Lead_Source:equals:Trade Show)"), _none),
    Scan("COQL: like anywhere", _coql("Street like '%9 nowhere%'"), _none),
    Scan(
        "COQL: sorted by any", _coql("Last_Name is not null order by City, Company limit 200"), _page, budget=ORDERING
    ),
    Scan("COQL: deep offset", _deep_offset, _page, budget=ORDERING),
    Scan("COQL: sum", _coql("Last_Name is not null", "SUM(Annual_Revenue)"), _one, budget=ORDERING),
    Scan("COQL: groups", _coql(_GROUPS, "Company, COUNT(id)"), _page, budget=ORDERING),
    Scan("v2: sorted by any", _get("/crm/v2/Leads", sort_by="Company", sort_order="asc"), _page, budget=ORDERING),
    Scan("v2: last page", _deep_number, _page, budget=ORDERING),
)
