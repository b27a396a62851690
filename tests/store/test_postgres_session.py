"""PostgreSQL gets what a unit writes in one trip with the commit, and a unit that failed is never taken for done."""

from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from kaizen.store import Database
from kaizen.store.errors import StoreError
from kaizen.store.postgres.session import PostgresSession
from kaizen.store.unit_of_work import Unit
from tests.store.working import add

pytestmark = [
    pytest.mark.source("assumed: the contract of records.ports.Store"),
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]


@pytest.fixture
def trips(any_store: Database, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The first words of the statements of each trip to the server."""
    seen: list[list[str]] = []
    run = PostgresSession._run_together

    def noted(session: PostgresSession, statements: Sequence[tuple[bytes, Sequence[Any]]]) -> None:
        if statements:
            seen.append([text.split()[0].decode() for text, rows in statements for _ in rows])
        run(session, statements)

    monkeypatch.setattr(PostgresSession, "_run_together", noted)
    return seen


def test_what_a_unit_writes_goes_with_the_commit(any_store: Database, trips: list[list[str]]) -> None:
    def work(unit: Unit) -> None:
        add(unit, "Deals", {"Deal_Name": "A"}, {"Deal_Name": "B"})
        add(unit, "Quotes", {"Subject": "A"})
        unit.consume(1, 10, 100)

    any_store.write_now(lambda unit: unit.new_id())  # reserves ids for this process
    trips.clear()

    any_store.write_now(work)

    # Three records, their words in the index, and the mark of the rule.
    assert trips == [["INSERT"] * 7 + ["COMMIT"]]


def test_what_waits_is_written_before_anything_is_read(any_store: Database, trips: list[list[str]]) -> None:
    any_store.write_now(lambda unit: unit.new_id())
    trips.clear()

    def work(unit: Unit) -> int:
        add(unit, "Deals", {"Deal_Name": "A"})
        return unit.count("Deals", None)

    assert any_store.write_now(work) == 1
    assert trips == [["INSERT", "INSERT", "SELECT"], ["COMMIT"]]


def test_many_rows_are_copied(any_store: Database, trips: list[list[str]]) -> None:
    any_store.write_now(lambda unit: unit.new_id())
    trips.clear()

    any_store.write_now(lambda unit: add(unit, "Deals", *({"Deal_Name": f"{n}"} for n in range(50))))

    assert trips == [["COMMIT"]]
    assert any_store.read_now(lambda unit: unit.count("Deals", None)) == 50


def test_a_write_that_fails_on_its_way_with_others_takes_all_of_them_back(any_store: Database) -> None:
    def work(unit: Unit) -> None:
        add(unit, "Quotes", {"Subject": "A"})
        unit.session.run_many("INSERT INTO kz_turn (action_id, turn) VALUES (?, ?)", [(1, None)])
        unit.consume(1, 10, 100)

    with pytest.raises(psycopg.errors.NotNullViolation):
        any_store.write_now(work)

    assert any_store.read_now(lambda unit: (unit.count("Quotes", None), dict(unit.consumed(10)))) == (0, {})


def test_a_failure_that_somebody_swallowed_is_told_in_the_end(any_store: Database) -> None:
    def work(unit: Unit) -> str:
        add(unit, "Deals", {"Deal_Name": "A"})
        try:
            unit.session.rows("SELECT 1 / 0")
        except psycopg.errors.DivisionByZero:
            return "written"
        raise AssertionError

    with pytest.raises((StoreError, psycopg.errors.InFailedSqlTransaction)):
        any_store.write_now(work)

    assert any_store.read_now(lambda unit: unit.count("Deals", None)) == 0
