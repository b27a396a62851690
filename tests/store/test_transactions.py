"""A unit of work happens as a whole or not at all, and nobody sees half of it."""

import asyncio
from collections.abc import Callable
from threading import Event, current_thread
from typing import Any

import apsw
import psycopg
import pytest

from kaizen.model.document import Document
from kaizen.records.ports import UsageCount
from kaizen.store import Database, StoreError
from kaizen.store.sqlite import interrupts as sqlite_interrupts
from kaizen.store.unit_of_work import Unit
from tests.store.working import add, added, change, changed, fetch, fetched, query, selected
from tests.support.stores import ADMIN, ORGANISATION, START, USERS, created, field, small_catalog

pytestmark = pytest.mark.source("assumed: the contract of records.ports")

DEALS = small_catalog().by_name["Deals"]
QUOTES = small_catalog().by_name["Quotes"]

#: What each database raises when a unique value is there twice.
TWICE = (apsw.ConstraintError, psycopg.errors.UniqueViolation)


def tag(number: int, name: str) -> Document:
    return Document("tag", number, "Deals", name, {"name": name}, START, ADMIN, START, ADMIN)


def count(store: Database, module: str = "Deals") -> int:
    return store.read_now(lambda unit: unit.count(module, None))


class RefusedError(Exception):
    """What the work of a test raises."""


def test_nobody_sees_what_is_not_committed(any_store: Database) -> None:
    def work(unit: Unit) -> tuple[int, int]:
        add(unit, "Deals", {"Deal_Name": "A"})
        unit.put_document(tag(1, "new"))
        assert set(unit.tags["Deals"]) == {1}
        assert any_store.read_now(lambda other: dict(other.tags)) == {}
        return unit.count("Deals", None), count(any_store)

    assert any_store.write_now(work) == (1, 0)
    assert count(any_store) == 1
    assert set(any_store.read_now(lambda unit: unit.tags["Deals"])) == {1}


def test_a_unit_over_many_tables_is_there_after_the_commit(any_store: Database) -> None:
    (known,) = added(any_store, "Deals", {"Deal_Name": "Known"})

    def work(unit: Unit) -> list[int]:
        (account,) = add(unit, "Accounts", {"Account_Name": "Acme"})
        change(unit, "Deals", known, {"Account_Name": account})
        assert [row["Account_Name.Account_Name"] for row in unit.select(query("Deals", "Account_Name.Account_Name"))]
        lines = ({"id": unit.new_id(), "Product": "P", "Account": account},)
        (quote,) = add(unit, "Quotes", {"Deal_Name": known, "Quoted_Items": lines})
        change(unit, "Accounts", account, {"Industry": "Toys"})
        return [account, quote]

    account, quote = any_store.write_now(work)

    assert fetched(any_store, "Accounts", account) == {account: {"Account_Name": "Acme", "Industry": "Toys"}}
    assert fetched(any_store, "Deals", known) == {known: {"Deal_Name": "Known", "Account_Name": account}}
    assert fetched(any_store, "Quotes", quote)[quote]["Deal_Name"] == known


def _do_everything(unit: Unit, known: int) -> None:
    add(unit, "Deals", {"Deal_Name": "New"})
    add(unit, "Quotes", {"Quoted_Items": ({"id": unit.new_id(), "Product": "P"},)})
    change(unit, "Deals", known, {"Deal_Name": "Changed"})
    assert fetch(unit, "Deals", known)[known] == {"Deal_Name": "Changed"}
    unit.put_document(tag(1, "gone"))
    assert unit.tags["Deals"][1].name == "gone"
    unit.add_field(DEALS, field(1099, "Extra"))
    assert "Extra" in unit.catalog.by_name["Deals"].by_name
    change(unit, "Deals", known, {"Extra": "value"})
    unit.next_turn(5)
    unit.tally([UsageCount(1, 2, 0, 0, "2017-01-02", 1, 0, START)])
    unit.flush()
    unit.delete(unit.catalog.by_name["Deals"], [known], ADMIN)


def test_a_unit_that_fails_leaves_nothing(any_store: Database) -> None:
    (known,) = added(any_store, "Deals", {"Deal_Name": "Known"})

    def work(unit: Unit) -> None:
        _do_everything(unit, known)
        raise RefusedError

    with pytest.raises(RefusedError):
        any_store.write_now(work)

    def state(unit: Unit) -> object:
        deals = unit.catalog.by_name["Deals"]
        return (
            fetch(unit, "Deals", known),
            unit.count("Deals", None),
            unit.count("Quotes", None),
            unit.count("Quoted_Items", None),
            unit.deleted(deals),
            dict(unit.tags),
            deals.by_name.get("Extra"),
            unit.usage(1, "2017-01-01", "2017-12-31"),
        )

    assert any_store.read_now(state) == ({known: {"Deal_Name": "Known"}}, 1, 0, 0, [], {}, None, [])
    assert any_store.write_now(lambda unit: unit.next_turn(5)) == 0


def test_what_a_failed_unit_did_can_be_done_afterwards(any_store: Database) -> None:
    (known,) = added(any_store, "Deals", {"Deal_Name": "Known"})

    def fail(unit: Unit) -> None:
        _do_everything(unit, known)
        raise RefusedError

    with pytest.raises(RefusedError):
        any_store.write_now(fail)
    any_store.write_now(lambda unit: unit.put_document(tag(2, "kept")))
    any_store.write_now(lambda unit: unit.add_field(DEALS, field(1098, "Other")))

    # Settings of the failed unit had the same version numbers.
    assert any_store.read_now(lambda unit: {i: t.name for i, t in unit.tags["Deals"].items()}) == {2: "kept"}
    names = any_store.read_now(lambda unit: set(unit.catalog.by_name["Deals"].by_name))
    assert "Other" in names
    assert "Extra" not in names
    changed(any_store, "Deals", known, {"Other": "value"})
    assert fetched(any_store, "Deals", known)[known]["Other"] == "value"


def test_a_rule_book_of_a_failed_unit_is_forgotten(any_store: Database) -> None:
    def rule(name: str) -> Document:
        return Document("workflow_rule", 1, "Deals", name, {}, START, ADMIN, START, ADMIN)

    def save(unit: Unit, *names: str) -> list[str]:
        for name in names:
            unit.put_document(rule(name))
        return [r.name for r in unit.book_at(unit.book.version - 1).rules]

    def fail(unit: Unit) -> None:
        assert save(unit, "never", "saved") == ["never"]
        raise RefusedError

    with pytest.raises(RefusedError):
        any_store.write_now(fail)

    assert any_store.write_now(lambda unit: save(unit, "first", "second")) == ["first"]
    assert any_store.read_now(lambda unit: [r.name for r in unit.book_at(unit.book.version - 1).rules]) == ["first"]


def test_a_unit_whose_last_statements_fail_leaves_nothing(any_store: Database) -> None:
    # The rows are written when the unit ends.
    with pytest.raises(TWICE):
        any_store.write_now(lambda unit: add(unit, "Deals", {"Deal_Name": "A"}, {"Reference": "r"}, {"Reference": "R"}))

    assert count(any_store) == 0
    added(any_store, "Deals", {"Reference": "r"})
    assert count(any_store) == 1


def test_ids_of_a_failed_unit_are_never_given_twice(any_store: Database) -> None:
    taken = added(any_store, "Deals", {}, {})

    def fail(unit: Unit) -> None:
        add(unit, "Deals", *({} for _ in range(2_500)))
        unit.flush()
        raise RefusedError

    for _ in range(2):
        with pytest.raises(RefusedError):
            any_store.write_now(fail)
        taken += added(any_store, "Deals", *({} for _ in range(1_200)))

    assert taken == sorted(set(taken))
    assert count(any_store) == len(taken)


# -- groups of requests


def test_the_failure_of_one_request_does_not_hurt_its_neighbours(any_store: Database) -> None:
    numbers = range(6)  # with the one that waits as many as PostgreSQL has threads

    def one(number: int) -> Callable[[Unit], list[int]]:
        def work(unit: Unit) -> list[int]:
            ids = add(unit, "Deals", {"Deal_Name": f"Deal {number}"}, {"Deal_Name": f"Deal {number}"})
            unit.put_document(tag(number + 1, f"tag {number}"))
            if number == 2:
                raise RefusedError
            if number == 3:
                add(unit, "Deals", {"Reference": "twice"}, {"Reference": "TWICE"})
            return ids

        return work

    def first(unit: Unit, began: Event, release: Event) -> None:
        began.set()
        assert release.wait(60)

    async def together() -> list[Any]:
        began, release = Event(), Event()
        blocked = asyncio.create_task(any_store.write(lambda unit: first(unit, began, release)))
        await asyncio.to_thread(began.wait, 60)
        waiting = [asyncio.create_task(any_store.write(one(number))) for number in numbers]
        await asyncio.sleep(0)  # all have been asked for
        release.set()
        await blocked
        return await asyncio.gather(*waiting, return_exceptions=True)

    answers = asyncio.run(together())

    assert [type(answer) for answer in answers[:2] + answers[4:]] == [list] * 4
    assert isinstance(answers[2], RefusedError)
    assert isinstance(answers[3], TWICE)
    ids = [i for answer in answers if isinstance(answer, list) for i in answer]
    assert len(set(ids)) == len(ids) == 8
    names = {i: record["Deal_Name"] for i, record in fetched(any_store, "Deals", *ids).items()}
    expected = {n: answers[n] for n in (0, 1, 4, 5)}
    assert names == {i: f"Deal {n}" for n, pair in expected.items() for i in pair}
    assert count(any_store) == 8
    assert any_store.read_now(lambda unit: set(unit.tags["Deals"])) == {1, 2, 5, 6}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_requests_that_wait_share_one_commit(any_store: Database) -> None:
    seen: list[tuple[int, int]] = []

    def work(unit: Unit) -> None:
        add(unit, "Deals", {})
        # What the unit sees, and what others see.
        seen.append((unit.count("Deals", None), count(any_store)))

    async def together() -> None:
        began, release = Event(), Event()

        def first(unit: Unit) -> None:
            began.set()
            assert release.wait(60)

        tasks = [asyncio.create_task(any_store.write(first))]
        await asyncio.to_thread(began.wait, 60)
        tasks += [asyncio.create_task(any_store.write(work)) for _ in range(3)]
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(*tasks)

    asyncio.run(together())

    assert seen == [(1, 0), (2, 0), (3, 0)]
    assert count(any_store) == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("wrote", [False, True], ids=["before it wrote", "after it wrote"])
def test_requests_are_run_again_only_if_one_that_failed_had_changed_something(wrote: bool, any_store: Database) -> None:
    runs: list[int] = []

    def one(number: int) -> Callable[[Unit], None]:
        def work(unit: Unit) -> None:
            runs.append(number)
            if number != 1 or wrote:
                add(unit, "Deals", {"Deal_Name": f"Deal {number}"})
            if number == 1:
                unit.count("Deals", None)  # writes what is buffered
                raise RefusedError

        return work

    async def together() -> list[Any]:
        began, release = Event(), Event()

        def first(unit: Unit) -> None:
            began.set()
            assert release.wait(60)

        tasks = [asyncio.create_task(any_store.write(first))]
        await asyncio.to_thread(began.wait, 60)
        tasks += [asyncio.create_task(any_store.write(one(number))) for number in range(3)]
        await asyncio.sleep(0)
        release.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    answers = asyncio.run(together())

    assert [type(answer) for answer in answers] == [type(None), type(None), RefusedError, type(None)]
    assert runs == ([0, 1, 0, 1, 2] if wrote else [0, 1, 2])
    assert count(any_store) == 2


def test_who_gives_up_waiting_does_not_stop_the_others(any_store: Database) -> None:
    async def together() -> object:
        began, release = Event(), Event()

        def first(unit: Unit) -> None:
            began.set()
            assert release.wait(60)

        blocked = asyncio.create_task(any_store.write(first))
        await asyncio.to_thread(began.wait, 60)
        waiting = [asyncio.create_task(any_store.write(lambda unit: add(unit, "Deals", {}))) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        release.set()
        await blocked
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        return [type(answer) for answer in answers]

    assert asyncio.run(together()) == [list, asyncio.CancelledError, list]
    assert any_store.write_now(lambda unit: unit.count("Deals", None)) in (2, 3)


# -- reading


def test_a_read_keeps_to_one_state_of_the_database(any_store: Database) -> None:
    (deal,) = added(any_store, "Deals", {"Deal_Name": "Old"})

    def write(unit: Unit) -> None:
        add(unit, "Deals", {})
        change(unit, "Deals", deal, {"Deal_Name": "New"})
        unit.put_document(tag(1, "new"))

    def read(unit: Unit) -> None:
        assert unit.count("Deals", None) == 1
        any_store.write_now(write)
        assert unit.count("Deals", None) == 1
        assert fetch(unit, "Deals", deal) == {deal: {"Deal_Name": "Old"}}
        assert dict(unit.tags) == {}

    any_store.read_now(read)

    assert fetched(any_store, "Deals", deal) == {deal: {"Deal_Name": "New"}}
    assert set(any_store.read_now(lambda unit: unit.tags)) == {"Deals"}


def test_a_read_that_fails_leaves_the_connection_usable(any_store: Database) -> None:
    def fail(unit: Unit) -> None:
        unit.count("Deals", None)
        raise RefusedError

    async def twice() -> int:
        with pytest.raises(RefusedError):
            await any_store.read(fail)
        return await any_store.read(lambda unit: unit.count("Deals", None))

    assert asyncio.run(twice()) == 0


def test_a_long_read_gives_the_right_answer(any_store: Database) -> None:
    added(any_store, "Deals", *({"Deal_Name": f"{n % 97}", "Amount": n} for n in range(4_000)))
    asked = query("Deals", "Deal_Name", "SUM(Amount)", group_by=("Deal_Name",), order=("-SUM(Amount)",), limit=2)

    rows = asyncio.run(any_store.read(lambda unit: unit.select(asked)))

    sums = sorted(((sum(range(n, 4_000, 97)), str(n)) for n in range(97)), reverse=True)
    assert [(row["SUM(Amount)"], row["Deal_Name"]) for row in rows] == sums[:2]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_a_long_read_leaves_the_event_loop(any_store: Database) -> None:
    ids = added(any_store, "Deals", *({"Deal_Name": f"{n % 97}"} for n in range(4_000)))
    threads: dict[str, list[str]] = {"short": [], "long": []}

    def short(unit: Unit) -> int:
        threads["short"].append(current_thread().name)
        return len(fetch(unit, "Deals", *ids[:10]))

    def long(unit: Unit) -> int:
        threads["long"].append(current_thread().name)
        return len(unit.select(query("Deals", "Deal_Name", order=("Deal_Name",), limit=4_000)))

    async def reads() -> tuple[int, ...]:
        return (await any_store.read(short), await any_store.read(long), await any_store.read(short))

    assert asyncio.run(reads()) == (10, 4_000, 10)
    here = current_thread().name
    assert threads["short"] == [here, here]
    assert threads["long"][0] == here
    assert [name.rpartition("_")[0] for name in threads["long"][1:]] == ["kaizen-read"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("steps", [10, 70, 200, 1010])
def test_a_limit_that_strikes_anywhere_leaves_no_transaction_open(
    steps: int, opening: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps of a statement count on from one use to the next, so that even BEGIN and ROLLBACK are interrupted."""
    monkeypatch.setattr(sqlite_interrupts, "STEPS_ON_THE_LOOP", steps)
    store = created(opening())
    here, there = added(store, "Deals", {"Deal_Name": "A"}, {"Deal_Name": "B"})

    async def reads() -> None:
        for number in range(300):
            await store.read(lambda unit: unit.is_created)
            wanted = here if number % 2 else there
            assert set(await store.read(lambda unit, wanted=wanted: fetch(unit, "Deals", wanted))) == {wanted}
            if number % 100 == 0:
                # An open transaction would still see the state before.
                await store.write(lambda unit: add(unit, "Deals", {}))
                assert await store.read(lambda unit: unit.count("Deals", None)) == number // 100 + 3

    asyncio.run(reads())


# -- the life of a store


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_unit_cannot_begin_another_one_in_its_own_thread(any_store: Database) -> None:
    with pytest.raises(StoreError, match="cannot begin another"):
        any_store.write_now(lambda unit: any_store.write_now(lambda other: None))
    with pytest.raises(StoreError, match="cannot begin another"):
        any_store.read_now(lambda unit: count(any_store))
    assert any_store.write_now(lambda unit: unit.count("Deals", None)) == count(any_store) == 0


def test_an_organisation_is_created_once(opening: Callable[[], Database]) -> None:
    store = opening()
    assert store.is_new
    with pytest.raises(StoreError, match="no organisation yet"):
        store.write_now(lambda unit: unit.new_id())

    created(store)

    assert not store.is_new
    assert not opening().is_new
    with pytest.raises(StoreError, match="already holds an organisation"):
        store.create(ORGANISATION, USERS, small_catalog())


def test_what_was_asked_for_is_done_before_the_store_closes(
    any_store: Database, opening: Callable[[], Database]
) -> None:
    async def close_at_once() -> None:
        writes = [asyncio.create_task(any_store.write(lambda unit: add(unit, "Deals", {}))) for _ in range(20)]
        await asyncio.sleep(0)
        await asyncio.to_thread(any_store.close)
        await asyncio.gather(*writes)

    asyncio.run(close_at_once())

    assert len(selected(opening(), query("Deals", "id"))) == 20


def test_a_closed_store_says_so(any_store: Database) -> None:
    any_store.close()
    any_store.close()

    with pytest.raises(StoreError, match="closed"):
        any_store.write_now(lambda unit: None)
    with pytest.raises(StoreError, match="closed"):
        asyncio.run(any_store.write(lambda unit: None))
    with pytest.raises(StoreError, match="closed"):
        any_store.read_now(lambda unit: None)
    with pytest.raises(StoreError, match="closed"):
        asyncio.run(any_store.read(lambda unit: None))
