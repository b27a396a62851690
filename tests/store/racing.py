"""Two processes' views of one organisation, and what both do at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from kaizen.store import Database, StoreError
from kaizen.store.unit_of_work import Unit
from tests.support.stores import created


@pytest.fixture
def two_stores(opening: Callable[[], Database]) -> tuple[Database, Database]:
    """Two processes' views of one organisation; both have read its settings."""
    one, other = created(opening()), opening()
    for store in (one, other):
        assert store.read_now(lambda unit: (dict(unit.tags), len(unit.book.rules), len(unit.users))) == ({}, 0, 2)
    return one, other


def race(two_stores: tuple[Database, Database], *works: Callable[[Unit], Any]) -> list[Any]:
    """Run the work in both stores so that each has begun before either has written, and return the answers.

    Two works: one in each store. An answer comes with how often the work was run for it.
    """

    ready = Barrier(2)

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
