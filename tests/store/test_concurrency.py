"""Many who write at once: nothing is lost, nothing is there twice, and everybody learns of the others' settings."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from kaizen.model.document import Document
from kaizen.model.people import Actor, User
from kaizen.model.values import Id, Json, Value
from kaizen.records.draft import Options
from kaizen.records.pipeline import Pipeline
from kaizen.store import Database, StoreError, postgres
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.automation import ActionState
from kaizen.vocabulary.codes import Code
from tests.store.working import (
    WRITERS,
    action,
    add,
    added,
    at_once,
    change,
    changed,
    fetch,
    fetched,
    is_equal,
    query,
    selected,
)
from tests.support.stores import ADMIN, START, created, field, small_catalog

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


@pytest.fixture
def two_stores(opening: Callable[[], Database]) -> tuple[Database, Database]:
    """Two processes' views of one organisation; both have read its settings."""
    one, other = created(opening()), opening()
    for store in (one, other):
        assert store.read_now(lambda unit: (dict(unit.tags), len(unit.book.rules), len(unit.users))) == ({}, 0, 2)
    return one, other


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


def _race(two_stores: tuple[Database, Database], *works: Callable[[Unit], Any], ready: Barrier) -> list[Any]:
    """Run the work in both stores so that each has begun before either has written, and return the answers.

    Two works: one in each store. An answer comes with how often the work was run for it.
    """

    def run(store: Database, work: Callable[[Unit], Any]) -> Any:
        attempts = 0

        def attempt(unit: Unit) -> Any:
            nonlocal attempts
            attempts += 1
            if attempts == 1:
                ready.wait(60)
            return work(unit)

        try:
            return store.write_now(attempt), attempts
        except StoreError as error:
            return error, attempts

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(run, two_stores, works * (2 // len(works))))


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_who_loses_a_race_for_a_unique_value_hears_of_a_duplicate(two_stores: tuple[Database, Database]) -> None:
    def insert(unit: Unit) -> tuple[Id, Code | None]:
        rows: list[Any] = [{"Deal_Name": "A", "Reference": "One of a kind"}]
        (outcome,) = Pipeline().insert(unit, Actor(unit.users[ADMIN]), unit.catalog.by_name["Deals"], rows, Options())
        return outcome.record_id, outcome.problem.code if outcome.problem else None

    answers = _race(two_stores, insert, ready=Barrier(2))

    (won, attempts), (lost, more_attempts) = sorted(answers, key=lambda answer: answer[1])
    assert (won[1], attempts) == (None, 1)
    assert lost[1] is Code.DUPLICATE_DATA
    assert more_attempts > 1
    assert [row["id"] for row in selected(two_stores[0], query("Deals", "id"))] == [won[0]]


def upsert(rows: Sequence[Mapping[str, Json]]) -> Callable[[Unit], list[tuple[Id, bool, Code | None]]]:
    """Make the work that upserts deals: which record each row became, whether it is new, or why it was refused."""

    def work(unit: Unit) -> list[tuple[Id, bool, Code | None]]:
        actor, deals = Actor(unit.users[ADMIN]), unit.catalog.by_name["Deals"]
        outcomes = Pipeline().upsert(unit, actor, deals, [dict(row) for row in rows], Options())
        return [(o.record_id, o.created, o.problem.code if o.problem else None) for o in outcomes]

    return work


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_two_upserts_of_one_value_at_once_make_one_record(two_stores: tuple[Database, Database]) -> None:
    answers = _race(two_stores, upsert([{"Deal_Name": "One of a kind"}]), ready=Barrier(2))

    (one, *first), (other, *second) = (outcomes[0] for outcomes, _ in answers)
    assert one == other
    assert sorted((first, second)) == [[False, None], [True, None]]
    assert [row["id"] for row in selected(two_stores[0], query("Deals", "id"))] == [one]


def _in_two_orders(count: int) -> st.SearchStrategy[tuple[list[int], list[int]]]:
    return st.tuples(st.permutations(range(count)), st.permutations(range(count)))


@pytest.fixture
def no_deadlocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a deadlock be the caller's instead of a reason to try again."""
    monkeypatch.setattr(postgres, "_LOST", tuple(e for e in postgres._LOST if e is not errors.DeadlockDetected))


_numbers = count()
_a_few = settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("rows", [100, 300], ids=["one lock a value", "one lock for all"])
@pytest.mark.usefixtures("no_deadlocks")
@given(data=st.data())
@_a_few
def test_upserts_of_many_values_in_different_order_wait_and_never_in_a_circle(
    rows: int, data: st.DataObject, two_stores: tuple[Database, Database]
) -> None:
    unit_of = next(_numbers)
    orders = data.draw(_in_two_orders(rows))
    works = [upsert([{"Deal_Name": f"{unit_of} {n}"} for n in order]) for order in orders]

    answers = _race(two_stores, *works, ready=Barrier(2))

    made = [{outcome[0] for outcome in outcomes if outcome[1]} for outcomes, _ in answers]
    assert sorted(map(len, made)) == [0, rows]
    assert [attempts for _, attempts in answers] == [2, 2]  # neither lost: both asked for their claims, and waited
    where = is_equal("Deal_Name", f"{unit_of} 0")
    assert len(selected(two_stores[0], query("Deals", "id", where=where))) == 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.usefixtures("no_deadlocks")
@given(orders=_in_two_orders(100))
@_a_few
def test_inserts_of_unique_values_in_different_order_never_wait_in_a_circle(
    orders: tuple[list[int], list[int]], two_stores: tuple[Database, Database]
) -> None:
    unit_of = next(_numbers)

    def insert(order: Sequence[int]) -> Callable[[Unit], list[Code | None]]:
        def work(unit: Unit) -> list[Code | None]:
            actor, deals = Actor(unit.users[ADMIN]), unit.catalog.by_name["Deals"]
            rows: list[Json] = [{"Deal_Name": "A", "Reference": f"{unit_of} {n}"} for n in order]
            outcomes = Pipeline().insert(unit, actor, deals, rows, Options())
            return [o.problem.code if o.problem else None for o in outcomes]

        return work

    answers = _race(two_stores, *map(insert, orders), ready=Barrier(2))

    (won, _), (lost, attempts) = sorted(answers, key=lambda answer: answer[1])
    assert set(won) == {None}
    assert (set(lost), attempts) == ({Code.DUPLICATE_DATA}, 2)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.usefixtures("no_deadlocks")
@given(orders=_in_two_orders(100))
@_a_few
def test_updates_of_records_in_different_order_never_wait_in_a_circle(
    orders: tuple[list[int], list[int]], two_stores: tuple[Database, Database]
) -> None:
    deals = added(two_stores[0], "Deals", *({} for _ in range(100)))

    def update(order: Sequence[int]) -> Callable[[Unit], None]:
        def work(unit: Unit) -> None:
            for number in order:
                what: Value = number
                # In several statements, because the fields differ.
                change(unit, "Deals", deals[number], {"Quantity": what} if number % 3 else {"Deal_Name": "Third"})

        return work

    answers = _race(two_stores, *map(update, orders), ready=Barrier(2))

    assert max(attempts for _, attempts in answers) <= 2


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_who_loses_a_race_for_a_record_sees_what_the_other_did(two_stores: tuple[Database, Database]) -> None:
    (deal,) = added(two_stores[0], "Deals", {"Quantity": 1})

    def double(unit: Unit) -> Value:
        before: Any = fetch(unit, "Deals", deal)[deal]["Quantity"]
        change(unit, "Deals", deal, {"Quantity": before * 2})
        return before

    answers = _race(two_stores, double, ready=Barrier(2))

    assert sorted(before for before, _ in answers) == [1, 2]
    assert fetched(two_stores[1], "Deals", deal) == {deal: {"Quantity": 4}}


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_who_loses_a_race_for_a_column_hears_that_it_is_there(two_stores: tuple[Database, Database]) -> None:
    answers = _race(two_stores, lambda unit: unit.add_field(DEALS, field(1099, "Extra")), ready=Barrier(2))

    assert {type(outcome) for outcome, _ in answers} == {StoreError, type(None)}
    changed(two_stores[0], "Deals", added(two_stores[1], "Deals", {})[0], {"Extra": "there"})
    assert [row["Extra"] for row in selected(two_stores[1], query("Deals", "Extra"))] == ["there"]
