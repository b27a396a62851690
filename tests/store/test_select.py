"""Queries have the same rows in the same order on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from kaizen.criteria.tree import Compare, Group
from kaizen.model.numbers import exact
from kaizen.model.values import Value
from kaizen.store import Database, StoreError, open_store
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.comparators import Comparator, GroupOperator
from kaizen.vocabulary.data_types import DataType
from tests.store.working import (
    add,
    added,
    change,
    exactly,
    is_equal,
    query,
    selected,
)
from tests.support.stores import (
    ADMIN,
    MEMBER,
    Clock,
    created,
    stub_book,
)

pytestmark = pytest.mark.source("assumed: the contract of records.ports")


@dataclass(frozen=True)
class Case:
    """A query, and the values of its rows in order."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[Value, ...]]
    order: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    where: Compare | None = None
    limit: int = 200
    offset: int = 0


CASES = [
    Case("by id", ("Deal_Name",), [("a",), ("B",), ("c",), ("d",), (None,)]),
    Case("nulls first ascending", ("Amount",), [(None,), (None,), (1,), (2,), (2,)], ("Amount",)),
    Case("nulls last descending", ("Amount",), [(2,), (2,), (1,), (None,), (None,)], ("-Amount",)),
    Case("text by code point", ("Deal_Name",), [(None,), ("B",), ("a",), ("c",), ("d",)], ("Deal_Name",)),
    Case(
        "ties by id",
        ("Hot", "Deal_Name"),
        [(None, None), (False, "B"), (False, "d"), (True, "a"), (True, "c")],
        ("Hot",),
    ),
    Case(
        "several keys",
        ("Hot", "Deal_Name"),
        [(True, "c"), (True, "a"), (False, "d"), (False, "B"), (None, None)],
        ("-Hot", "-Deal_Name"),
    ),
    Case("descending ids", ("Deal_Name",), [(None,), ("d",), ("c",), ("B",), ("a",)], ("-id",)),
    Case("the first page", ("Deal_Name",), [("a",), ("B",)], limit=2),
    Case("a later page", ("Deal_Name",), [("c",), ("d",)], limit=2, offset=2),
    Case("behind the last page", ("Deal_Name",), [], offset=5),
    Case(
        "over a lookup",
        ("Account_Name.Industry", "Deal_Name"),
        [("Toys", "a"), ("Toys", "B"), ("Mining", "c"), (None, "d"), (None, None)],
    ),
    Case(
        "over two lookups",
        ("Account_Name.Parent_Account.Account_Name",),
        [(None,), (None,), ("Acme",), (None,), (None,)],
    ),
    Case(
        "over two lookups to one module",
        ("Account_Name.Owner.last_name", "Owner.last_name"),
        [("Lovelace", "Babbage"), ("Lovelace", None), ("Babbage", "Lovelace"), (None, None), (None, None)],
    ),
    Case(
        "only what a lookup's record has", ("Deal_Name",), [("c",)], where=is_equal("Account_Name.Industry", "mining")
    ),
    Case(
        "by what a lookup's record has",
        ("Deal_Name",),
        [("a",), ("B",), ("c",), ("d",), (None,)],
        ("-Account_Name.Industry", "Account_Name.Account_Name", "Amount"),
    ),
    Case("several and structured values", ("Regions", "Hot"), [(("N", "S"), True)], where=is_equal("Deal_Name", "A")),
    Case("aggregates of all", ("COUNT(id)", "COUNT(Amount)", "SUM(Amount)"), [(5, 3, 5)]),
    Case("more aggregates", ("MIN(Amount)", "MAX(Amount)", "AVG(Amount)"), [(1, 2, Decimal("1.666666667"))]),
    Case("aggregates of whole numbers", ("SUM(Quantity)", "AVG(Quantity)", "MAX(Quantity)"), [(7, Decimal("3.5"), 4)]),
    Case("aggregates of texts and flags", ("MIN(Deal_Name)", "MAX(Hot)", "MIN(Hot)"), [("B", True, False)]),
    Case(
        "aggregates of nothing",
        ("COUNT(id)", "SUM(Amount)", "MIN(Hot)", "AVG(Quantity)"),
        [(0, None, None, None)],
        where=is_equal("Deal_Name", "none"),
    ),
    Case(
        "groups",
        ("Hot", "COUNT(id)", "SUM(Amount)"),
        [(None, 1, None), (False, 2, 2), (True, 2, 3)],
        group_by=("Hot",),
    ),
    Case(
        "groups over a lookup",
        ("Account_Name.Industry", "SUM(Amount)"),
        [("Toys", 3), ("Mining", 2), (None, None)],
        ("-SUM(Amount)",),
        ("Account_Name.Industry",),
    ),
    Case(
        "groups of two fields",
        ("Stage", "Hot", "COUNT(id)"),
        [(None, None, 1), ("Open", False, 2), ("Open", True, 1), ("Won", True, 1)],
        group_by=("Stage", "Hot"),
    ),
    Case("the second group", ("Hot", "COUNT(id)"), [(False, 2)], group_by=("Hot",), limit=1, offset=1),
    Case("no group", ("Hot", "COUNT(id)"), [], group_by=("Hot",), where=is_equal("Deal_Name", "none")),
]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store with five deals of two accounts, which nobody changes."""
    if request.param == "sqlite":
        url = str(tmp_path_factory.mktemp("shop") / "kaizen.db")
    else:
        url = request.getfixturevalue("shared_postgres")
    store = created(open_store(url, clock=Clock(), build_book=stub_book, schema="shop"))

    def fill(unit: Unit) -> None:
        acme, mines = add(
            unit,
            "Accounts",
            {"Account_Name": "Acme", "Industry": "Toys", "Owner": ADMIN},
            {"Account_Name": "Mines", "Industry": "Mining", "Owner": MEMBER},
        )
        change(unit, "Accounts", mines, {"Parent_Account": acme})
        add(
            unit,
            "Deals",
            {
                "Deal_Name": "a",
                "Amount": 1,
                "Hot": True,
                "Stage": "Open",
                "Account_Name": acme,
                "Owner": MEMBER,
                "Regions": ("N", "S"),
                "Quantity": 3,
            },
            {"Deal_Name": "B", "Amount": 2, "Hot": False, "Stage": "Open", "Account_Name": acme, "Quantity": 4},
            {"Deal_Name": "c", "Amount": 2, "Hot": True, "Stage": "Won", "Account_Name": mines, "Owner": ADMIN},
            {"Deal_Name": "d", "Hot": False, "Stage": "Open"},
            {"Reference": "nothing else"},
        )

    store.write_now(fill)
    yield store
    store.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_select(case: Case, shop: Database) -> None:
    found = selected(
        shop,
        query(
            "Deals",
            *case.columns,
            where=case.where,
            order=case.order,
            group_by=case.group_by,
            limit=case.limit,
            offset=case.offset,
        ),
    )

    rows = [tuple(row[column] for column in case.columns) for row in found]
    assert [exactly(dict(enumerate(r))) for r in rows] == [exactly(dict(enumerate(r))) for r in case.rows]  # type: ignore[arg-type]


@pytest.mark.parametrize(("operator", "count"), [(GroupOperator.OR, 1), (GroupOperator.AND, 0)])
def test_a_group_may_have_thousands_of_members(operator: GroupOperator, count: int, shop: Database) -> None:
    # As a word has that is searched in every text field of a module with 500 fields of its own.
    tests = tuple(Compare(("Deal_Name",), Comparator.CONTAINS, f"x{n}", DataType.TEXT) for n in range(5000))
    group = Group(operator, (*tests, is_equal("Deal_Name", "a")))

    assert len(selected(shop, query("Deals", "Deal_Name", where=group))) == count


def test_the_id_is_there_unless_rows_are_grouped(shop: Database) -> None:
    assert all("id" in row for row in selected(shop, query("Deals", "Amount")))
    assert selected(shop, query("Deals", "COUNT(id)")) == [{"COUNT(id)": 5}]
    assert set(selected(shop, query("Deals", "Hot", "COUNT(id)", group_by=("Hot",)))[0]) == {"Hot", "COUNT(id)"}


def test_the_id_behind_a_lookup_is_the_lookup(shop: Database) -> None:
    rows = selected(shop, query("Deals", "Account_Name.id", "Account_Name"))

    assert [row["Account_Name.id"] for row in rows] == [row["Account_Name"] for row in rows]
    assert sum(row["Account_Name"] is not None for row in rows) == 3


@pytest.mark.parametrize("numbers", [[10**18 - 1] * 30, [-(10**18)] * 30, [2**53 + 1, 2, 2**62], [5]])
def test_a_sum_of_whole_numbers_is_right_however_large(numbers: list[int], any_store: Database) -> None:
    added(any_store, "Deals", *({"Quantity": number} for number in numbers))

    (row,) = selected(any_store, query("Deals", "SUM(Quantity)"))
    (by_group,) = selected(
        any_store, query("Deals", "Hot", "SUM(Quantity)", group_by=("Hot",), order=("SUM(Quantity)",))
    )

    assert row["SUM(Quantity)"] == by_group["SUM(Quantity)"] == sum(numbers)


@dataclass(frozen=True)
class Amounts:
    """Amounts, and what they come to."""

    name: str
    amounts: tuple[str, ...]
    total: str
    average: str


MOST_DIGITS = "9999999999999999.999999999"
AMOUNTS = [
    Amounts("tenths", ("0.1", "0.2"), "0.3", "0.15"),
    Amounts("the most digits", (MOST_DIGITS,) * 3, "29999999999999999.999999997", MOST_DIGITS),
    Amounts("large and small", ("9999999999999999.99", "-9999999999999999.99", "0.01"), "0.01", "0.003333333"),
    Amounts("a half is rounded up", ("0.000000001", "0.000000002"), "0.000000003", "0.000000002"),
    Amounts("and below zero down", ("-0.000000001", "-0.000000002"), "-0.000000003", "-0.000000002"),
    Amounts("less than a half is not", ("0.000000001", "0", "0"), "0.000000001", "0"),
    Amounts("many thirds", ("1", "1", "2", "3") * 3, "21", "1.75"),
    Amounts("negative", ("-1200.5", "200.25"), "-1000.25", "-500.125"),
]


@pytest.mark.parametrize("case", AMOUNTS, ids=lambda case: case.name)
def test_amounts_are_summed_to_the_last_digit(case: Amounts, any_store: Database) -> None:
    added(any_store, "Deals", {"Hot": True}, *({"Amount": exact(Decimal(amount))} for amount in case.amounts))

    (row,) = selected(any_store, query("Deals", "SUM(Amount)", "AVG(Amount)", "MIN(Amount)", "MAX(Amount)"))

    numbers = sorted(map(Decimal, case.amounts))
    assert list(row.values()) == [Decimal(case.total), Decimal(case.average), numbers[0], numbers[-1]]


def test_groups_are_sorted_by_what_their_amounts_come_to(any_store: Database) -> None:
    amounts = {"a": "9.5", "b": "10", "c": "-3", "d": "-20", "e": "0.25", "f": "9999999999999999.99"}
    added(any_store, "Deals", *({"Stage": stage, "Amount": exact(Decimal(n))} for stage, n in amounts.items()))

    for aggregate in ("SUM(Amount)", "AVG(Amount)", "MAX(Amount)"):
        asked = query("Deals", "Stage", aggregate, group_by=("Stage",), order=(aggregate,))
        assert [row["Stage"] for row in selected(any_store, asked)] == ["d", "c", "e", "a", "b", "f"]


def test_ids_can_be_summed(any_store: Database) -> None:
    ids = added(any_store, "Deals", {}, {}, {}, {})

    assert selected(any_store, query("Deals", "SUM(id)")) == [{"SUM(id)": sum(ids)}]


@dataclass(frozen=True)
class Refused:
    """A query that asks for what is not stored."""

    name: str
    columns: tuple[str, ...]
    module: str = "Deals"


@pytest.mark.parametrize(
    "case",
    [
        Refused("an unknown field", ("Nothing",)),
        Refused("an unknown field of a lookup's module", ("Account_Name.Nothing",)),
        Refused("over a field that is no lookup", ("Stage.Name",)),
        Refused("over a lookup to any module", ("What_Id.Subject",), "Tasks"),
        Refused("over a lookup to a module that is not stored", ("role.Name",), "Users"),
        Refused("a subform", ("Quoted_Items",), "Quotes"),
        Refused("a sum of texts", ("SUM(Stage)",)),
    ],
    ids=lambda case: case.name,
)
def test_a_query_for_what_is_not_stored_is_refused_in_words(case: Refused, any_store: Database) -> None:
    with pytest.raises(StoreError, match=r"[A-Za-z]{3}"):
        selected(any_store, query(case.module, *case.columns))


def test_records_are_counted(shop: Database) -> None:
    def count(where: Compare | None) -> int:
        return shop.read_now(lambda unit: unit.count("Deals", where))

    assert count(None) == 5
    assert count(is_equal("Stage", "OPEN")) == 3
    assert count(is_equal("Account_Name.Industry", "toys")) == 2
    assert count(Compare(("Stage",), Comparator.EMPTY, None, DataType.PICKLIST)) == 1
    assert count(Compare(("Regions",), Comparator.IN, ("s", "W"), DataType.MULTISELECTPICKLIST)) == 1
