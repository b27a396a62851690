"""Reads end: a long one makes room for the others, has a limit, and stops when nobody waits for it."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from threading import Event, Lock, current_thread, get_native_id
from typing import Any

import pytest

from kaizen.store import Database, StoreError, open_store
from kaizen.store.errors import ReadTooLongError, TooManyReadsError
from kaizen.store.read_limits import LONG_AT_ONCE, MOST_LONG, SHORT, Deadline, ReadLimits
from kaizen.store.unit_of_work import Unit
from tests.store.working import add, added
from tests.support.stores import Clock, created, stub_book

pytestmark = pytest.mark.source("assumed: one request never stops the others")

SECONDS = 0.5

#: A statement without end, which neither database answers from what it knows.
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i % 1000 + 1 FROM n) SELECT COUNT(*) FROM n WHERE i < 0"


class Time:
    """A time that stands still until it is moved, or moves on whenever it is asked."""

    def __init__(self) -> None:
        self.now = 0.0
        self.step = 0.0
        self._lock = Lock()

    def __call__(self) -> float:
        with self._lock:
            self.now += self.step
            return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def store(database_url: str, time: Time) -> Iterator[Database]:
    limits = ReadLimits(SECONDS, time)
    opened = created(open_store(database_url, clock=Clock(), build_book=stub_book, limits=limits))
    try:
        yield opened
    finally:
        opened.close()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        await asyncio.wait_for(test(), 60)

    asyncio.run(within())


class Long:
    """Reads that take long, and are held until they are let go."""

    def __init__(self) -> None:
        self.threads: list[str] = []
        self.go = Event()
        self.running = asyncio.Semaphore(0)

    def work(self, loop: asyncio.AbstractEventLoop) -> Callable[[Unit], str]:
        """Return the work of a read that says by itself that it takes long."""

        def read(unit: Unit) -> str:
            thread = current_thread().name.rpartition("_")[0]
            self.threads.append(thread)
            if thread != "kaizen-long":
                raise ReadTooLongError(SHORT)
            loop.call_soon_threadsafe(self.running.release)
            assert self.go.wait(60)
            assert unit.count("Deals", None) == 1
            return "read"

        return read


def interrupted(work: Callable[[Unit], Any]) -> Callable[[Unit], Any]:
    """Let a read leave the event loop on SQLite, as one does that takes many steps."""
    import apsw

    def read(unit: Unit) -> Any:
        if current_thread().name == "MainThread":
            raise apsw.InterruptError
        return work(unit)

    return read


def test_long_reads_leave_the_others_their_threads_and_connections(store: Database) -> None:
    added(store, "Deals", {"Deal_Name": "A"})

    async def test() -> None:
        long = Long()
        work = interrupted(long.work(asyncio.get_running_loop()))
        tasks = [asyncio.ensure_future(store.read(work)) for _ in range(MOST_LONG)]
        for _ in range(LONG_AT_ONCE):
            await long.running.acquire()

        # More than any pool has threads.
        counts = await asyncio.gather(*(store.read(lambda unit: unit.count("Deals", None)) for _ in range(20)))
        assert counts == [1] * 20
        beside = interrupted(lambda unit: unit.count("Deals", None))
        assert await asyncio.gather(*(store.read(beside) for _ in range(20))) == [1] * 20
        await store.write(lambda unit: unit.next_turn(5))
        assert long.threads.count("kaizen-long") == LONG_AT_ONCE

        long.go.set()
        assert await asyncio.gather(*tasks) == ["read"] * MOST_LONG

    run(test)


def test_one_long_read_too_many_is_refused_and_the_next_one_is_not(store: Database) -> None:
    added(store, "Deals", {"Deal_Name": "A"})

    async def test() -> None:
        long = Long()
        work = interrupted(long.work(asyncio.get_running_loop()))
        tasks = [asyncio.ensure_future(store.read(work)) for _ in range(MOST_LONG + 1)]
        refused, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        assert [type(task.exception()) for task in refused] == [TooManyReadsError]

        long.go.set()
        await asyncio.gather(*(set(tasks) - refused))
        assert await store.read(work) == "read"

    run(test)


def test_a_statement_ends_when_its_time_is_over(store: Database, time: Time) -> None:
    def endless(unit: Unit) -> object:
        time.step = SECONDS / 4  # from here on each look at the time takes long
        return unit.session.rows(ENDLESS)

    async def test() -> None:
        with pytest.raises(ReadTooLongError, match="for 0") as told:
            await store.read(endless)
        time.step = 0.0
        assert "reading for 0.5 seconds" in told.value.public
        assert await store.read(lambda unit: unit.count("Deals", None)) == 0

    run(test)


def test_many_short_statements_end_as_one_does(store: Database, time: Time) -> None:
    added(store, "Deals", *({"Deal_Name": f"{n}"} for n in range(200)))

    def endless(unit: Unit) -> None:
        time.step = SHORT / 2
        while True:
            unit.session.rows("SELECT SUM(LENGTH(deal_name)) FROM m_deals")

    async def test() -> None:
        with pytest.raises(ReadTooLongError, match="for 0"):
            await store.read(endless)

    run(test)


class GoneError(Exception):
    """The client has gone."""


def test_a_read_stops_when_nobody_waits_for_it(store: Database) -> None:
    """The time stands still, so that only the interruption ends the statement."""
    ended = Event()

    async def test() -> None:
        loop = asyncio.get_running_loop()
        began = asyncio.Event()

        def endless(unit: Unit) -> object:
            if not current_thread().name.startswith("kaizen-long"):
                raise ReadTooLongError(SHORT)
            loop.call_soon_threadsafe(began.set)
            try:
                while True:
                    unit.session.rows(ENDLESS)
            finally:
                ended.set()

        async def gone() -> None:
            await began.wait()
            raise GoneError

        with pytest.raises(GoneError):
            await store.read(interrupted(endless), gone)
        assert await asyncio.to_thread(ended.wait, 60)
        assert await store.read(lambda unit: unit.count("Deals", None)) == 0

    run(test)


def test_a_store_that_closes_does_not_wait_for_long_reads(store: Database) -> None:
    async def test() -> None:
        loop, began = asyncio.get_running_loop(), asyncio.Event()

        def endless(unit: Unit) -> object:
            if not current_thread().name.startswith("kaizen-long"):
                raise ReadTooLongError(SHORT)
            loop.call_soon_threadsafe(began.set)
            while True:
                unit.session.rows(ENDLESS)

        reading = asyncio.ensure_future(store.read(interrupted(endless)))
        await began.wait()
        await asyncio.to_thread(store.close)
        with pytest.raises(StoreError):
            await reading

    run(test)


def test_a_read_that_ends_before_its_client_goes_is_answered(store: Database) -> None:
    async def test() -> None:
        left: list[str] = []

        async def stays() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                left.append("not watched any more")

        long = Long()
        long.go.set()
        await store.write(lambda unit: add(unit, "Deals", {}))
        work = interrupted(long.work(asyncio.get_running_loop()))
        assert await store.read(work, stays) == "read"
        await asyncio.sleep(0)
        assert left == ["not watched any more"]

    run(test)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_threads_of_reads_stand_back_and_no_others(store: Database) -> None:
    priorities: dict[str, int] = {}

    def note(unit: Unit) -> None:
        name = current_thread().name.rpartition("_")[0]
        priorities[name] = os.getpriority(os.PRIO_PROCESS, get_native_id())
        if name != "kaizen-long":
            raise ReadTooLongError(SHORT)

    asyncio.run(store.read(interrupted(note)))

    ours = os.getpriority(os.PRIO_PROCESS, get_native_id())
    assert priorities.pop("kaizen-long") > ours
    assert all(level > ours for name, level in priorities.items() if name == "kaizen-read")
    assert all(level == ours for name, level in priorities.items() if name == "kaizen-postgres")


def test_reads_of_the_machine_itself_have_no_limit(store: Database, time: Time) -> None:
    time.step = SECONDS
    assert store.read_now(lambda unit: len(unit.session.rows("SELECT 1"))) == 1


def test_a_deadline_counts_from_its_begin(time: Time) -> None:
    deadline = Deadline(5, time)
    time.now = 100
    deadline.begin()
    time.now = 104.9
    assert not deadline.is_over()
    time.now = 105
    assert deadline.is_over()
    assert deadline.left() > 0


def test_a_stop_interrupts_only_what_runs(time: Time) -> None:
    calls: list[str] = []
    deadline = Deadline(5, time)
    with deadline.interruptible(lambda: calls.append("now")):
        deadline.stop()
    deadline.stop()
    assert calls == ["now"]
    assert deadline.is_over()
