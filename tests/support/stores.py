"""Stores for tests: a small organisation on SQLite or PostgreSQL, with a clock that the test moves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kaizen.automation.rule_book import RuleBook
from kaizen.model.catalog import Catalog, Field, Module
from kaizen.model.document import Document
from kaizen.model.people import Organisation, User
from kaizen.model.rule import Rule, Trigger
from kaizen.model.values import Id
from kaizen.store import Database, open_store
from kaizen.vocabulary.automation import TriggerType
from kaizen.vocabulary.data_types import DataType

PREFIX = 4876876000
ADMIN = PREFIX * 10**9 + 9_000_003
MEMBER = ADMIN + 1

#: 2017-01-02 09:00:00 UTC
START = 1_483_347_600


@dataclass
class Clock:
    """Seconds since the epoch that only the test moves."""

    now: int = START

    def __call__(self) -> int:
        return self.now

    active: bool = True


def stub_book(
    version: int, catalog: Catalog, documents: Mapping[str, Sequence[Document]], before: RuleBook | None = None
) -> RuleBook:
    """Build a rule book that holds one rule per document, named as it is."""
    rules = tuple(
        Rule(d.id, d.name, d.module, Trigger(TriggerType.CREATE), (), active=bool(d.body.get("active", True)))
        for d in documents["workflow_rule"]
    )
    return RuleBook(version, catalog.version, rules)


def module(number: int, api_name: str, *fields: Field, **more: Any) -> Module:
    """Make a module whose display field is its first text unless told otherwise."""
    labels = {"module_name": api_name, "singular_label": api_name, "plural_label": api_name}
    table = f"m_{api_name.lower()}"
    identity = Field(_id(number * 1000), "id", "Id", DataType.BIGINT, "id")
    return Module(_id(number), api_name, **labels, table=table, fields=(*fields, identity), **more)


def field(number: int, api_name: str, data_type: DataType = DataType.TEXT, **more: Any) -> Field:
    """Make a field whose column is named after it."""
    column = "" if data_type is DataType.SUBFORM else api_name.lower().replace("$", "_")
    return Field(_id(number), api_name, api_name, data_type, column, **more)


def _id(suffix: int) -> Id:
    return PREFIX * 10**9 + suffix


def small_catalog() -> Catalog:
    """A catalog with every kind of column, lookups of every kind, a subform and unique fields."""
    deals = module(
        1,
        "Deals",
        field(1001, "Deal_Name"),
        field(1002, "Amount", DataType.CURRENCY),
        field(1003, "Quantity", DataType.INTEGER),
        field(1004, "Closing_Date", DataType.DATE),
        field(1005, "Modified_Time", DataType.DATETIME),
        field(1006, "Hot", DataType.BOOLEAN),
        field(1007, "Regions", DataType.MULTISELECTPICKLIST),
        field(1008, "Tag", DataType.TEXT, properties={"json_type": "jsonarray"}),
        field(1009, "Account_Name", DataType.LOOKUP, lookup_module="Accounts"),
        field(1010, "Owner", DataType.OWNERLOOKUP, lookup_module="Users"),
        field(1011, "Reference", unique=True),
        field(1012, "Reminder", DataType.ALARM),
        field(1013, "Share", DataType.FORMULA, formula_return_type=DataType.DOUBLE),
        field(1014, "Stage", DataType.PICKLIST),
        display_field="Deal_Name",
        duplicate_check_field="Deal_Name",
    )
    accounts = module(
        2,
        "Accounts",
        field(2001, "Account_Name"),
        field(2002, "Industry", DataType.PICKLIST),
        field(2003, "Parent_Account", DataType.LOOKUP, lookup_module="Accounts"),
        field(2004, "Owner", DataType.OWNERLOOKUP, lookup_module="Users"),
        field(2005, "Modified_Time", DataType.DATETIME),
        field(2006, "Employees", DataType.INTEGER, unique=True),
        display_field="Account_Name",
        duplicate_check_field="Account_Name",
    )
    tasks = module(
        3,
        "Tasks",
        field(3001, "Subject"),
        field(3002, "What_Id", DataType.LOOKUP, lookup_module="se_module"),
        field(3003, "$se_module"),
        display_field="Subject",
    )
    numbers = {"auto_number": {"prefix": "Q-", "suffix": None, "start_number": 7}}
    quotes = module(
        4,
        "Quotes",
        field(4001, "Subject"),
        field(4002, "Quote_Number", DataType.AUTONUMBER, properties=numbers),
        field(4003, "Deal_Name", DataType.LOOKUP, lookup_module="Deals"),
        field(4004, "Quoted_Items", DataType.SUBFORM, subform_module="Quoted_Items"),
        display_field="Subject",
    )
    lines = module(
        5,
        "Quoted_Items",
        field(5001, "Product", DataType.TEXT),
        field(5002, "Quantity", DataType.DOUBLE),
        field(5003, "Parent_Id", DataType.LOOKUP, lookup_module="Quotes"),
        field(5004, "Account", DataType.LOOKUP, lookup_module="Accounts"),
        parent_module="Quotes",
        generated_type="subform",
        display_field="Product",
    )
    users = module(
        6,
        "Users",
        field(6001, "last_name"),
        field(6002, "full_name"),
        field(6003, "email", DataType.EMAIL),
        field(6004, "role", DataType.LOOKUP, lookup_module="Roles"),
        field(6005, "confirm", DataType.BOOLEAN),
        field(6006, "language"),
        field(6007, "Reporting_To", DataType.LOOKUP, lookup_module="Users"),
        display_field="full_name",
    )
    return Catalog(1, (deals, accounts, tasks, quotes, lines, users))


ORGANISATION = Organisation(_id(9_000_001), "60001", "Zylker", "ada@zylker.test", time_zone="Asia/Kolkata")
USERS = (
    User(
        ADMIN,
        "ada@zylker.test",
        "Lovelace",
        "Ada",
        role_id=_id(26005),
        role_name="CEO",
        profile_id=_id(26011),
        profile_name="Administrator",
        zuid="60002",
        properties={"language": "en_US", "created_time": START},
    ),
    User(MEMBER, "charles@zylker.test", "Babbage", confirmed=False, reporting_to=ADMIN),
)


def created(store: Database) -> Database:
    """Create the small organisation in a new database."""
    store.create(ORGANISATION, USERS, small_catalog())
    return store


@pytest.fixture
def clock() -> Clock:
    """The clock of the stores of this test."""
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database on each of the two servers."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/kaizen.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def opening(database_url: str, clock: Clock) -> Iterator[Callable[[], Database]]:
    """Open stores on the test's database; they are closed when the test ends."""
    opened: list[Database] = []

    def again() -> Database:
        opened.append(open_store(database_url, clock=clock, build_book=stub_book))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def any_store(opening: Callable[[], Database]) -> Database:
    """A store with the small organisation, on each of the two databases in turn."""
    return created(opening())
