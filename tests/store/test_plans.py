"""What an index was promised for is read from it, on both databases: the plans say so."""

from collections.abc import Callable
from typing import Any

import pytest

from kaizen.criteria.tree import Compare, Criteria
from kaizen.model.values import Id
from kaizen.records.ports import Column, Order, Query
from kaizen.store import Database
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType
from tests.store.working import added, changed, is_equal, query, selected
from tests.support.stores import created, field

pytestmark = pytest.mark.source("assumed: what an index serves grows no faster than the logarithm")


def planned(unit: Unit, work: Callable[[Unit], object], *, bitmaps: bool = False) -> str:
    """Return the plans of what a piece of work reads, one line for each step."""
    session = unit.session
    rows, plans = session.rows, list[str]()
    explain = "EXPLAIN QUERY PLAN" if session.dialect.name == "sqlite" else "EXPLAIN"

    def noted(statement: str, values: Any = ()) -> list[Any]:
        plans.extend(str(step[-1]) for step in rows(f"{explain} {statement}", values))
        return rows(statement, values)

    if session.dialect.name == "postgres":
        # The table is so small that reading all of it is cheapest.
        session.run("SET LOCAL enable_seqscan = off")
        session.run(f"SET LOCAL enable_bitmapscan = {'on' if bitmaps else 'off'}")
    session.rows = noted  # type: ignore[method-assign]  # to see what is asked
    try:
        work(unit)
    finally:
        session.rows = rows  # type: ignore[method-assign]
    return "\n".join(plans)


def plan_of(store: Database, work: Callable[[Unit], object], *, bitmaps: bool = False) -> str:
    """Return the plans of a unit that reads."""
    return store.write_now(lambda unit: planned(unit, work, bitmaps=bitmaps))


def starts(path: str, text: str) -> Criteria:
    """Make the criterion that a field starts with a text."""
    return Compare(tuple(path.split(".")), Comparator.STARTS_WITH, text, DataType.TEXT)


def scans(plan: str) -> list[str]:
    """Return the steps of a plan that read a whole table."""
    return [step for step in plan.splitlines() if any(mark in step for mark in ("SCAN t", "SCAN j", "Seq Scan"))]


@pytest.mark.parametrize(
    ("module", "where", "index"),
    [
        ("Deals", is_equal("Deal_Name", "Engine"), "m_deals__deal_name"),
        ("Deals", is_equal("Reference", "R-1"), "m_deals__reference"),
        ("Deals", starts("Deal_Name", "eng"), "m_deals__deal_name"),
        ("Deals", starts("Reference", "R"), "m_deals__reference"),
        ("Accounts", is_equal("Account_Name", "Acme"), "m_accounts__account_name"),
        ("Users", is_equal("email", "ada@zylker.test", DataType.EMAIL), "m_users__email"),
        ("Tasks", starts("Subject", "call"), "m_tasks__subject"),
    ],
)
def test_equality_and_beginnings_are_ranges_of_an_index(
    any_store: Database, module: str, where: Criteria, index: str
) -> None:
    plan = plan_of(any_store, lambda unit: unit.select(query(module, where=where)))

    assert index in plan
    assert scans(plan) == []


def test_a_comparison_through_the_name_of_a_lookup_is_two_looks_at_indexes(any_store: Database) -> None:
    where = is_equal("Account_Name.Account_Name", "Acme")

    plan = plan_of(any_store, lambda unit: unit.select(query("Deals", where=where)))

    assert "m_accounts__account_name" in plan
    assert "m_deals__account_name" in plan


@pytest.mark.parametrize("name", ["Deal_Name", "Reference"])
def test_duplicates_are_looked_up_in_an_index(any_store: Database, name: str) -> None:
    def look(unit: Unit) -> object:
        deals = unit.catalog.by_name["Deals"]
        return unit.holders(deals, deals.by_name[name], ["a", "B"])

    plan = plan_of(any_store, look)

    assert f"m_deals__{name.lower()}" in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("descending", [True, False])
def test_pages_by_id_are_read_in_the_order_of_the_table(any_store: Database, *, descending: bool) -> None:
    asked = Query("Deals", (Column(("id",)),), order=(Order(Column(("id",)), descending=descending),))

    plan = plan_of(any_store, lambda unit: unit.select(asked))

    assert "SORT" not in plan.upper()
    assert "TEMP B-TREE" not in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("name", ["Modified_Time", "Created_Time"])
def test_lists_of_what_came_last_are_read_from_an_index(opening: Callable[[], Database], name: str) -> None:
    store = created(opening())
    if name == "Created_Time":
        more = field(1090, name, DataType.DATETIME)
        store.write_now(lambda unit: unit.add_field(unit.catalog.by_name["Deals"], more))
    asked = Query("Deals", (Column(("id",)),), order=(Order(Column((name,)), descending=True),))

    plan = plan_of(store, lambda unit: unit.select(asked))

    assert f"m_deals__{name.lower()}" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def test_beginnings_are_ranges_of_code_points(any_store: Database) -> None:
    names = ("ab", "aB", "ab\U0010ffff", "ab\U0010ffffc", "ac", "a", "\ud7ff1", "\ue000", "\U0010ffff", None)
    ids = added(any_store, "Deals", *({"Deal_Name": name} for name in names))

    def found(text: str) -> list[Id]:
        return [row["id"] for row in selected(any_store, query("Deals", where=starts("Deal_Name", text)))]  # type: ignore[misc]  # it is an id

    assert found("AB") == ids[:4]
    assert found("ab\U0010ffff") == ids[2:4]
    assert found("a") == ids[:6]
    assert found("\ud7ff") == [ids[6]]
    assert found("\U0010ffff") == [ids[8]]


def test_an_update_is_found_by_what_it_wrote(any_store: Database) -> None:
    (deal,) = added(any_store, "Deals", {"Deal_Name": "Old"})

    changed(any_store, "Deals", deal, {"Deal_Name": "NEW \u00c9"})

    assert selected(any_store, query("Deals", where=is_equal("Deal_Name", "old"))) == []
    assert [row["id"] for row in selected(any_store, query("Deals", where=is_equal("Deal_Name", "new \u00e9")))] == [
        deal
    ]
    changed(any_store, "Deals", deal, {"Deal_Name": None})
    assert selected(any_store, query("Deals", where=is_equal("Deal_Name", "new \u00e9"))) == []
