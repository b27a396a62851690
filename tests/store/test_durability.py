"""What was acknowledged outlives a kill, nothing is there by half, and older databases are brought up to date."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kaizen.store import Database, StoreError, open_store
from kaizen.store.errors import NoRoomError
from kaizen.store.migrations import MIGRATIONS
from kaizen.store.session import Session
from tests.store.working import SCHEMA, add, added, changed, fetched, open_with, query, recycle_bin, selected
from tests.store.writing import TALLY
from tests.support.stores import Clock, created, stub_book

pytestmark = pytest.mark.source("assumed: what was acknowledged is durable")


@contextmanager
def writing(url: str, what: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a process that writes; it is gone afterwards."""
    command = [sys.executable, "-m", "tests.store.writing", url, SCHEMA, what]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    """Yield the lines that a process says; the last may be cut off by its death."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith("\n"):
            yield line.strip()


def units(store: Database) -> dict[int, tuple[int, int, int, int]]:
    """Return by number how many deals with an account, quotes, rows and changes each unit left."""

    def numbers(module: str, column: str) -> list[int]:
        rows = selected(store, query(module, column, limit=100_000))
        return [int(str(row[column])) for row in rows if str(row[column]) != TALLY]

    deals = numbers("Deals", "Account_Name.Account_Name")
    quotes, rows = numbers("Quotes", "Deal_Name.Quantity"), numbers("Quoted_Items", "Product")
    kept = store.read_now(lambda unit: unit.changes_of("Deals", limit=100_000))
    changes = [int(str((change.change.after or {})["Deal_Name"])) for change in kept]
    accounts = numbers("Accounts", "Account_Name")
    seen = {*deals, *quotes, *rows, *changes, *accounts}
    return {n: (deals.count(n), quotes.count(n), rows.count(n), changes.count(n)) for n in seen}


@pytest.fixture
def tallied(opening: Callable[[], Database]) -> Callable[[], Database]:
    """Open the small organisation with the account that counts units."""
    store = created(opening())
    added(store, "Accounts", {"Account_Name": TALLY, "Employees": 0})
    store.close()
    return opening


@pytest.mark.parametrize("acknowledged", [1, 40, 77])
def test_a_kill_loses_nothing_that_was_acknowledged(
    acknowledged: int, tallied: Callable[[], Database], database_url: str
) -> None:
    with writing(database_url, "commits") as process:
        said = lines(process)
        known = [int(next(said)) for _ in range(acknowledged)]
        os.kill(process.pid, signal.SIGKILL)
        known += [int(line) for line in said]
        assert process.wait(60) == -signal.SIGKILL

    store = tallied()
    found = units(store)
    assert set(known) <= set(found)
    assert set(found.values()) == {(1, 1, 2, 1)}
    (tally,) = (row for row in selected(store, query("Accounts", "Account_Name", "Employees")) if row["Employees"])
    assert tally["Employees"] == len(found)


def test_a_unit_that_was_killed_before_its_commit_left_nothing(
    tallied: Callable[[], Database], database_url: str
) -> None:
    with writing(database_url, "middle") as process:
        assert next(lines(process)) == "middle"
        os.kill(process.pid, signal.SIGKILL)
        process.wait(60)

    store = tallied()
    assert units(store) == {}
    (first,) = added(store, "Deals", {"Deal_Name": "after"})
    assert fetched(store, "Deals", first) == {first: {"Deal_Name": "after"}}


@pytest.mark.parametrize("at_once", [1, 3])
def test_a_full_disk_is_named_and_loses_nothing_that_was_there(at_once: int, tmp_path: Path) -> None:
    store = created(open_store(str(tmp_path / "kaizen.db"), clock=Clock(), build_book=stub_book))
    (kept,) = added(store, "Accounts", {"Account_Name": "Acme"})

    def leave_room_for(pages: int) -> None:
        store.write_now(lambda unit: unit.session.rows(f"PRAGMA max_page_count = {pages}"))

    async def add_many() -> list[object]:
        long = [{"Account_Name": "x" * 4_000} for _ in range(50)]
        works = (store.write(lambda unit: add(unit, "Accounts", *long)) for _ in range(at_once))
        return await asyncio.gather(*works, return_exceptions=True)

    leave_room_for(1)  # which means: for no more than there are
    refused = asyncio.run(add_many())
    assert [type(each) for each in refused] == [NoRoomError] * at_once
    assert all("no room is left for" in str(each) and "make room" in str(each) for each in refused)
    assert fetched(store, "Accounts", kept) == {kept: {"Account_Name": "Acme"}}
    assert store.read_now(lambda unit: unit.count("Accounts", None)) == 1

    leave_room_for(100_000)
    assert [len(each) for each in asyncio.run(add_many()) if isinstance(each, list)] == [50] * at_once
    store.close()


def test_a_store_that_is_opened_again_goes_on(opening: Callable[[], Database]) -> None:
    store = created(opening())
    kept, gone = added(store, "Deals", {"Deal_Name": "Kept", "Regions": ("N",)}, {"Deal_Name": "Gone"})
    store.write_now(lambda unit: unit.delete(unit.catalog.by_name["Deals"], [gone], 1))
    before = store.read_now(lambda unit: (unit.organisation, dict(unit.users), unit.catalog))
    store.close()

    again = opening()

    assert not again.is_new
    assert again.read_now(lambda unit: (unit.organisation, dict(unit.users), unit.catalog)) == before
    assert fetched(again, "Deals", kept) == {kept: {"Deal_Name": "Kept", "Regions": ("N",)}}
    assert [d.id for d in recycle_bin(again, "Deals")] == [gone]
    changed(again, "Deals", kept, {"Amount": 1.0})
    assert added(again, "Deals", {})[0] > gone


# -- migrations


def add_table(session: Session) -> None:
    session.run(session.dialect.ddl("CREATE TABLE kz_later (id {integer} PRIMARY KEY, body {text}){end}"))
    session.run("INSERT INTO kz_later (id, body) SELECT COUNT(*), 'kept' FROM m_deals")


def fail(session: Session) -> None:
    session.run(session.dialect.ddl("CREATE TABLE kz_half (id {integer} PRIMARY KEY){end}"))
    raise RuntimeError


def test_a_new_step_is_carried_out_once(opening: Callable[[], Database], database_url: str) -> None:
    store = created(opening())
    added(store, "Deals", {}, {})
    store.close()

    for _ in range(2):
        later = open_with(database_url, *MIGRATIONS, add_table)
        assert later.read_now(lambda unit: unit.session.rows("SELECT id, body FROM kz_later")) == [(2, "kept")]
        later.close()


def test_a_step_that_fails_leaves_the_database_as_it_was(opening: Callable[[], Database], database_url: str) -> None:
    store = created(opening())
    (deal,) = added(store, "Deals", {"Deal_Name": "A"})
    store.close()

    with pytest.raises(RuntimeError):
        open_with(database_url, *MIGRATIONS, add_table, fail)

    assert fetched(opening(), "Deals", deal) == {deal: {"Deal_Name": "A"}}
    later = open_with(database_url, *MIGRATIONS, add_table)
    assert later.read_now(lambda unit: unit.session.rows("SELECT id FROM kz_later")) == [(1,)]
    later.close()


def test_a_database_of_a_later_version_is_refused(opening: Callable[[], Database], database_url: str) -> None:
    created(opening()).close()
    open_with(database_url, *MIGRATIONS, add_table).close()

    with pytest.raises(StoreError, match=r"later version of Kaizen .* use that version or a newer one"):
        opening()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_was_refused_is_let_go(opening: Callable[[], Database], database_url: str) -> None:
    created(opening()).close()
    open_with(database_url, *MIGRATIONS, add_table).close()

    # Whoever holds the error holds all that its traceback names.
    with pytest.raises(StoreError) as refused:
        opening()

    held = {os.path.realpath(fd) for fd in Path("/proc/self/fd").iterdir()}
    assert os.path.realpath(database_url.removeprefix("sqlite:///")) not in held
    assert refused.tb is not None
