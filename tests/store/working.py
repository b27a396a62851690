"""Short ways to work on the small organisation: most functions are a unit of their own."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kaizen.criteria.tree import Compare, Criteria
from kaizen.model.queued import QueuedAction
from kaizen.model.values import Id, Value, Values
from kaizen.records.ports import Column, Deleted, Order, Query
from kaizen.store import Database
from kaizen.store.ids import IdBlock
from kaizen.store.migrations import Migration
from kaizen.store.postgres.store import PostgresStore
from kaizen.store.sqlite.store import SqliteStore
from kaizen.store.unit_of_work import Unit
from kaizen.store.unit_settings import StoreContext
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType
from tests.support.stores import ADMIN, START, Clock, stub_book

SCHEMA = "kaizen"

#: How many write at once.
WRITERS = 32


def add(unit: Unit, name: str, *rows: Values) -> list[Id]:
    """Insert records in an open unit and return their ids in order."""
    ids = unit.new_ids(len(rows))
    unit.insert(unit.catalog.by_name[name], list(zip(ids, rows, strict=True)))
    return ids


def added(store: Database, name: str, *rows: Values) -> list[Id]:
    """Insert records and return their ids in order."""
    return store.write_now(lambda unit: add(unit, name, *rows))


def change(unit: Unit, name: str, record_id: Id, values: Values) -> None:
    """Update a record in an open unit."""
    unit.update(unit.catalog.by_name[name], record_id, values)


def changed(store: Database, name: str, record_id: Id, values: Values) -> None:
    """Update a record."""
    store.write_now(lambda unit: change(unit, name, record_id, values))


def dropped(store: Database, name: str, *record_ids: Id, by: Id = ADMIN) -> None:
    """Delete records."""
    store.write_now(lambda unit: unit.delete(unit.catalog.by_name[name], record_ids, by))


def recycle_bin(
    store: Database, name: str, since: int | None = None, *, limit: int = 200, offset: int = 0
) -> list[Deleted]:
    """Return what lies in a module's recycle bin."""
    return store.read_now(lambda unit: unit.deleted(unit.catalog.by_name[name], since, limit, offset))


def fetch(unit: Unit, name: str, *record_ids: Id) -> dict[Id, dict[str, Value]]:
    """Return records in an open unit, their empty values left out."""
    records = unit.fetch(unit.catalog.by_name[name], record_ids)
    return {i: {k: v for k, v in values.items() if v is not None and k != "id"} for i, values in records.items()}


def fetched(store: Database, name: str, *record_ids: Id) -> dict[Id, dict[str, Value]]:
    """Return records, their empty values left out."""
    return store.read_now(lambda unit: fetch(unit, name, *record_ids))


def exactly(values: Mapping[str, Value]) -> dict[str, tuple[str, Value]]:
    """Return values with their types: True is 1 for Python, and 1.0 is 1."""
    return {name: (type(value).__name__, value) for name, value in values.items()}


def query(
    module: str,
    *columns: str,
    where: Criteria | None = None,
    order: tuple[str, ...] = (),
    group_by: tuple[str, ...] = (),
    limit: int = 200,
    offset: int = 0,
) -> Query:
    """Write a query as COQL would: `SUM(Amount)`, `Account_Name.Industry`, `-Amount` to sort descending."""
    return Query(
        module,
        tuple(map(_column, columns)),
        where,
        tuple(Order(_column(key.removeprefix("-")), key.startswith("-")) for key in order),
        tuple(tuple(path.split(".")) for path in group_by),
        limit,
        offset,
    )


def selected(store: Database, asked: Query) -> list[Mapping[str, Value]]:
    """Return the rows of a query."""
    return list(store.read_now(lambda unit: unit.select(asked)))


def is_equal(path: str, value: Value, data_type: DataType = DataType.TEXT) -> Compare:
    """Make the criterion that a field is equal to a value."""
    return Compare(tuple(path.split(".")), Comparator.EQUAL, value, data_type)


def action(number: int, due_at: int = START, **more: Any) -> QueuedAction:
    """Make a queued action."""
    values: dict[str, Any] = {
        "kind": "tasks",
        "rule_id": 1,
        "condition_id": 2,
        "group_id": 3,
        "action_id": 4,
        "module": "Deals",
        "record_id": 5,
        "change_id": 6,
        "actor_id": ADMIN,
    }
    return QueuedAction(number, due_at, **(values | more))


def at_once(store: Database, work: Callable[[int, Unit], Any]) -> list[Any]:
    """Ask for the work of many writers at the same moment."""

    async def together() -> list[Any]:
        return await asyncio.gather(*(store.write(lambda unit, n=n: work(n, unit)) for n in range(WRITERS)))

    return asyncio.run(together())


def _column(text: str) -> Column:
    aggregate, bracket, path = text.removesuffix(")").rpartition("(")
    return Column(tuple(path.split(".")), aggregate if bracket else "")


def open_with(url: str, *migrations: Migration) -> SqliteStore | PostgresStore:
    """Open a database as a version of Kaizen would that knows these steps."""
    shared = StoreContext(IdBlock(), stub_book)
    if url.startswith("postgresql"):
        return PostgresStore(url, schema=SCHEMA, clock=Clock(), shared=shared, migrations=migrations)
    return SqliteStore(Path(url.removeprefix("sqlite:///")), clock=Clock(), shared=shared, migrations=migrations)
