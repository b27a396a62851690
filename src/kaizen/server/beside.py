"""A database opened beside a server that may be running on it: what the commands on its machine work with."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kaizen.accounts.limits import Limits
from kaizen.server.app import open_database
from kaizen.server.clock import Clock, SystemClock, VirtualClock
from kaizen.server.clock_memory import remembered
from kaizen.server.settings import Settings
from kaizen.server.token_limits import limits_of
from kaizen.store import Database


@dataclass(frozen=True, slots=True)
class Beside:
    """A database, and the limits of the server that runs on it."""

    settings: Settings
    store: Database
    limits: Limits


@contextmanager
def open_beside(settings: Settings) -> Iterator[Beside]:
    """Open the database of a server that may be running, on that server's time; raises StoreError."""
    clock = _clock_of(settings)
    store = open_database(settings, clock)
    try:
        yield Beside(settings, store, store.read_now(lambda unit: limits_of(settings, unit, virtual=clock.virtual)))
    finally:
        store.close()


def _clock_of(settings: Settings) -> Clock:
    clock = SystemClock(time.time)
    store = open_database(settings, clock)
    try:
        before = None if store.is_new else store.read_now(remembered)
    finally:
        store.close()
    return clock if before is None or not before.virtual else VirtualClock(before.moment)
