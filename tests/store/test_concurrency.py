"""Many who write at once: nothing is lost, nothing is there twice, and everybody learns of the others' settings."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kaizen.model.document import Document
from kaizen.model.people import User
from kaizen.model.values import Id
from kaizen.store import Database
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.automation import ActionState
from tests.store.racing import two_stores
from tests.store.working import (
    WRITERS,
    action,
    add,
    added,
    at_once,
    change,
    fetch,
    fetched,
    query,
    selected,
)
from tests.support.stores import ADMIN, START, created, field, small_catalog

__all__ = ["two_stores"]

pytestmark = pytest.mark.source("assumed: the contract of records.ports")

DEALS = small_catalog().by_name["Deals"]


def test_a_unique_value_goes_to_one_of_many_writers(any_store: Database) -> None:
    def take(number: int, unit: Unit) -> list[str]:
        values = [f"Value {n}" for n in range(number % 4, 12, 2)]
        held = unit.holders(DEALS, DEALS.by_name["Reference"], values)
        free = [value for value in values if value.lower() not in held]
        add(unit, "Deals", *({"Reference": value} for value in free))
        return free

    taken = [value for values in at_once(any_store, take) for value in values]

    assert sorted(taken) == sorted(f"Value {n}" for n in range(12))
    rows = selected(any_store, query("Deals", "Reference"))
    assert sorted(str(row["Reference"]) for row in rows) == sorted(taken)


def test_nothing_of_many_writers_is_lost(any_store: Database) -> None:
    def write(number: int, unit: Unit) -> list[Id]:
        deals = add(unit, "Deals", *({"Quantity": number} for _ in range(5)))
        lines = ({"id": unit.new_id(), "Product": f"{number}"},)
        return deals + add(unit, "Quotes", {"Subject": f"{number}", "Quoted_Items": lines})

    ids = at_once(any_store, write)

    rows = selected(any_store, query("Deals", "Quantity", "COUNT(id)", group_by=("Quantity",)))
    assert [(row["Quantity"], row["COUNT(id)"]) for row in rows] == [(n, 5) for n in range(WRITERS)]
    quotes = fetched(any_store, "Quotes", *(each[-1] for each in ids))
    for number, each in enumerate(ids):
        (line,) = quotes[each[-1]]["Quoted_Items"]  # type: ignore[misc, union-attr]
        assert line["Product"] == f"{number}"  # type: ignore[call-overload, index]


def test_ids_are_given_once_and_ascend_within_a_unit(any_store: Database) -> None:
    def take(number: int, unit: Unit) -> list[Id]:
        return [i for count in (1, 90, number) for i in unit.new_ids(count)]

    taken = at_once(any_store, take)

    assert all(ids == sorted(ids) for ids in taken)
    flat = [i for ids in taken for i in ids]
    assert len(set(flat)) == len(flat) == sum(91 + number for number in range(WRITERS))


def test_ids_ascend_from_unit_to_unit(any_store: Database) -> None:
    taken = [i for count in (1, 999, 1, 2_500, 3, 1_000) for i in any_store.write_now(lambda u, c=count: u.new_ids(c))]

    assert taken == sorted(set(taken))
    assert taken[0] // 10**9 == 4876876000


def test_two_stores_never_give_the_same_id(opening: Callable[[], Database]) -> None:
    one, other = created(opening()), opening()

    taken = [i for _ in range(4) for store in (one, other) for i in store.write_now(lambda unit: unit.new_ids(700))]

    assert len(set(taken)) == len(taken)


def test_changes_of_one_record_follow_each_other(any_store: Database) -> None:
    (deal,) = added(any_store, "Deals", {"Quantity": 0})

    def increase(number: int, unit: Unit) -> None:
        before: Any = fetch(unit, "Deals", deal)[deal]["Quantity"]
        change(unit, "Deals", deal, {"Quantity": before + 1})

    at_once(any_store, increase)

    assert fetched(any_store, "Deals", deal) == {deal: {"Quantity": WRITERS}}


def test_numbers_and_turns_are_given_once(any_store: Database) -> None:
    quotes = small_catalog().by_name["Quotes"]

    def take(_: int, unit: Unit) -> tuple[int, int]:
        return unit.next_number(quotes, quotes.by_name["Quote_Number"]), unit.next_turn(1)

    taken = at_once(any_store, take)

    numbers, turns = zip(*taken, strict=True)
    assert sorted(turns) == list(range(WRITERS))
    assert len(set(numbers)) == WRITERS
    assert min(numbers) >= 7  # PostgreSQL leaves out numbers of units that were run again


def test_what_is_due_is_carried_out_by_one_of_many(any_store: Database) -> None:
    any_store.write_now(lambda unit: unit.queue([action(n, START) for n in range(1, 21)]))

    def carry_out(_: int, unit: Unit) -> list[Id]:
        return [due.id for due in unit.due(START, 3) if unit.close(due.id, ActionState.DONE)]

    closed = [i for ids in at_once(any_store, carry_out) for i in ids]
    closed += [i for ids in at_once(any_store, carry_out) for i in ids]

    assert sorted(closed) == list(range(1, 21))


# -- two stores on one database


def document(kind: str, number: int, name: str) -> Document:
    return Document(kind, number, "Deals", name, {"name": name}, START, ADMIN, START, ADMIN)


def test_settings_of_one_store_reach_the_other(two_stores: tuple[Database, Database]) -> None:
    one, other = two_stores
    assert "Extra" not in other.read_now(lambda unit: unit.catalog.by_name["Deals"].by_name)

    def write(unit: Unit) -> None:
        unit.put_document(document("tag", 1, "urgent"))
        unit.put_document(document("workflow_rule", 2, "Big deals"))
        unit.add_user(User(7, "grace@zylker.test", "Hopper"))
        unit.add_field(DEALS, field(1099, "Extra"))

    one.write_now(write)

    assert other.read_now(lambda unit: unit.tags["Deals"][1].name) == "urgent"
    assert [r.name for r in other.read_now(lambda unit: unit.book.rules)] == ["Big deals"]
    assert other.read_now(lambda unit: unit.users[7].last_name) == "Hopper"
    (deal,) = added(other, "Deals", {"Extra": "new"})
    assert fetched(one, "Deals", deal) == {deal: {"Extra": "new"}}

    other.write_now(lambda unit: unit.drop_document("workflow_rule", 2))
    assert one.read_now(lambda unit: unit.book.rules) == ()


def test_fields_that_two_stores_add_at_once_are_both_there(two_stores: tuple[Database, Database]) -> None:
    def add_fields(store: Database, first: int) -> None:
        for number in range(first, first + 5):
            store.write_now(lambda unit, n=number: unit.add_field(DEALS, field(n, f"Extra_{n}")))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(add_fields, two_stores, (1100, 1200)))

    names = [f"Extra_{n}" for first in (1100, 1200) for n in range(first, first + 5)]
    for store in two_stores:
        assert set(names) <= set(store.read_now(lambda unit: unit.catalog.by_name["Deals"].by_name))
        (deal,) = added(store, "Deals", dict.fromkeys(names, "there"))
        assert fetched(store, "Deals", deal)[deal] == dict.fromkeys(names, "there")
