"""A database that an earlier version wrote opens, and says the same."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import apsw
import psycopg
import pytest

from kaizen.model.values import Id
from kaizen.store import Database
from kaizen.store.migrations import MIGRATIONS
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.data_types import DataType
from tests.store.working import added, fetched, open_with, query, selected
from tests.support.stores import START, created, field, small_catalog

pytestmark = pytest.mark.source("assumed: what people read says what, where, and what to do next")

DEALS = small_catalog().by_name["Deals"]
#: What binary fractions were kept for, and how.
KEPT = {
    "0": 0.0,
    "1200.5": 1200.5,
    "0.1": 0.1,
    "-1234567890123456": -1234567890123456.0,
    "123456789012345.67": 123456789012345.67,
    "0.30000000000000004": 0.30000000000000004,
    "0.000000001": 1e-09,
}
#: The columns that held them: of the first tables, and of a field that somebody added and made unique.
COLUMNS = (("m_deals", "amount"), ("m_deals", "share"), ("m_deals", "rate"), ("m_quoted_items", "quantity"))
CHANGE = '{"Amount":1200.5,"Share":5.0,"Regions":["N"],"Lines":[{"Quantity":0.1}]}'


def make_old(url: str, deals: list[Id]) -> None:
    """Turn a database into one from before numbers were kept exactly, and give each deal a number."""
    change = (7, "Deals", deals[0], "create", START, 1, 0, CHANGE)
    if url.startswith("sqlite"):
        connection = apsw.Connection(url.removeprefix("sqlite:///"))
        for table, column in COLUMNS:
            connection.execute(f"DROP INDEX IF EXISTS {table}__{column}")
            connection.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
            connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{column}" REAL')
        connection.execute('CREATE UNIQUE INDEX "m_deals__rate" ON "m_deals" ("rate") WHERE "rate" IS NOT NULL')
        run: Callable[[str, tuple[Any, ...]], Any] = connection.execute
        _fill(run, "?", deals, change)
        connection.close()
        return
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("SET search_path TO kaizen")
        for table, column in COLUMNS:
            server.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE double precision'.encode())
        _fill(lambda text, values: server.execute(text.encode(), values), "%s", deals, change)


def _fill(run: Callable[[str, tuple[Any, ...]], Any], mark: str, deals: list[Id], change: tuple[Any, ...]) -> None:
    for deal, number in zip(deals, KEPT.values(), strict=True):
        run(
            f"UPDATE m_deals SET amount = {mark}, share = {mark}, rate = {mark} WHERE id = {mark}",
            (*(number,) * 3, deal),
        )
    run(f"UPDATE m_quoted_items SET quantity = {mark}", (0.1,))
    columns = "id, module, record_id, event, at, actor_id, book_version, after"
    run(f"INSERT INTO kz_change ({columns}) VALUES ({', '.join([mark] * 8)})", change)


def test_binary_fractions_become_the_numbers_they_stood_for(opening: Callable[[], Database], database_url: str) -> None:
    store = created(opening())
    store.write_now(lambda unit: unit.add_field(DEALS, field(1099, "Rate", DataType.DOUBLE, unique=True)))
    deals = added(store, "Deals", *({"Deal_Name": text} for text in KEPT), {"Deal_Name": "empty"})
    (quote,) = added(store, "Quotes", {"Quoted_Items": ({"id": 5, "Product": "A"},)})
    store.close()
    make_old(database_url, deals[:-1])

    # As if the step were the newest: the tables are otherwise as they are today.
    store = open_with(database_url, *MIGRATIONS, MIGRATIONS[2])

    numbers = [Decimal(text) for text in KEPT]
    rows = selected(store, query("Deals", "Amount", "Share", "Rate"))
    assert [tuple(row.values())[:3] for row in rows] == [(number,) * 3 for number in numbers] + [(None,) * 3]
    assert {type(row["Amount"]) for row in rows} == {int, Decimal, type(None)}
    (lines,) = fetched(store, "Quotes", quote)[quote].values()
    assert lines == ({"id": 5, "Product": "A", "Quantity": Decimal("0.1")},)

    def of_unit(unit: Unit) -> None:
        (kept,) = unit.changes("Deals", deals[0])
        after = kept.change.after or {}
        assert after == {
            "Amount": Decimal("1200.5"),
            "Share": 5,
            "Regions": ("N",),
            "Lines": ({"Quantity": Decimal("0.1")},),
        }
        assert type(after["Share"]) is int
        rate = unit.catalog.by_name["Deals"].by_name["Rate"]
        assert unit.holders(DEALS, rate, numbers) == dict(zip(numbers, deals, strict=False))

    store.read_now(of_unit)
    # The index that lets nothing be there twice is there again.
    with pytest.raises((apsw.ConstraintError, psycopg.errors.UniqueViolation)):
        added(store, "Deals", {"Rate": Decimal("0.1")})
