"""The one writer of a SQLite file: a thread that commits in groups what was asked for meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from typing import Any, Final, Protocol, TypeVar

import apsw

from kaizen.store.errors import StoreError
from kaizen.store.ids import IdBlock
from kaizen.store.session import Row
from kaizen.store.snapshots import Snapshots
from kaizen.store.sqlite.journal import JournalWatch
from kaizen.store.sqlite.session import SqliteSession, Transaction
from kaizen.store.unit_of_work import Unit

T = TypeVar("T")
Work = Callable[[Unit], Any]

#: How many requests one commit carries at most, so that the first of them does not wait for ever.
_GROUP: Final = 512


class Begin(Protocol):
    """Begins a unit in an open transaction; without versions it reads them."""

    def __call__(self, session: SqliteSession, snapshots: Snapshots, versions: Row | None = None) -> Unit: ...


@dataclass(slots=True)
class _Request:
    """One piece of work for the writer, and who waits for it."""

    work: Work
    waiting: "Future[Any] | asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop | None = None
    value: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        if self.waiting.done():  # whoever waited has gone
            return
        if self.error is not None:
            self.waiting.set_exception(self.error)
        else:
            self.waiting.set_result(self.value)


class SqliteWriter:
    """Carries out all writes of a store on a connection of its own."""

    def __init__(
        self,
        connection: apsw.Connection,
        begin: Begin,
        snapshots: Snapshots,
        ids: IdBlock,
        told: Callable[[BaseException], BaseException],
        journal: JournalWatch,
    ) -> None:
        self._connection = connection
        self._begin = begin
        self._snapshots = snapshots
        self._ids = ids
        self._told = told
        self._journal = journal
        self._lock = Lock()
        self._closed = False
        self._requests: SimpleQueue[list[_Request] | None] = SimpleQueue()
        #: What was asked for in the present turn of an event loop.
        self._coming: dict[asyncio.AbstractEventLoop, list[_Request]] = {}
        self._thread = Thread(target=self._write_on, name="kaizen-write", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Run the work in a transaction and return after the commit; an exception rolls it back whole."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        coming = self._coming.get(loop)
        if coming is None:
            # The writer gets all of one turn at once: woken by the first, it would hold up the loop.
            coming = self._coming[loop] = []
            loop.call_soon(self._hand_over, loop)
        coming.append(_Request(work, future, loop))
        return await future

    def write_now(self, work: Callable[[Unit], T]) -> T:
        """Run the work in a transaction and wait for the commit."""
        if current_thread() is self._thread:
            raise StoreError("a unit of work cannot begin another one")
        future: Future[T] = Future()
        self._ask([_Request(work, future)])
        return future.result()

    def close(self) -> None:
        """Finish what was asked for, and take nothing more."""
        for loop in list(self._coming):
            self._hand_over(loop)
        with self._lock:
            self._closed = True
            self._requests.put(None)
        self._thread.join()

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        requests = self._coming.pop(loop, [])
        try:
            self._ask(requests)
        except StoreError as error:
            for request in requests:
                request.error = error
                request.settle()

    def _ask(self, requests: list[_Request]) -> None:
        with self._lock:
            if self._closed:
                raise StoreError("the store is closed")
            self._requests.put(requests)

    def _write_on(self) -> None:
        """Carry out requests until the store closes; runs in the writer thread."""
        get, more = self._requests.get, self._requests.get_nowait
        open_ = True
        while open_:
            group: list[_Request] = []
            requests = get()
            with suppress(Empty):
                while requests is not None:
                    group += requests
                    if len(group) >= _GROUP:
                        break
                    requests = more()
                else:
                    open_ = False
            if group:
                self._commit(group)

    def _commit(self, group: list[_Request]) -> None:
        """Carry out a group of requests in one transaction and tell who waits."""
        ids = self._ids.mark()
        snapshots = self._snapshots.layer()
        try:
            try:
                with Transaction(self._connection):
                    self._carry_out_together(group, snapshots)
            except _TogetherError:
                self._ids.rewind(ids)
                snapshots = self._snapshots.layer()
                for request in group:
                    request.error = None
                with Transaction(self._connection):
                    for request in group:
                        self._carry_out_apart(request, snapshots)
        except BaseException as error:  # whoever waits must hear of it, and the writer must go on
            self._ids.rewind(ids)
            for request in group:
                request.error = request.error or error
        else:
            snapshots.settle()
        loops: dict[asyncio.AbstractEventLoop, list[_Request]] = {}
        for request in group:
            request.error = self._told(request.error) if request.error else None
            if request.loop is None:
                request.settle()
            else:
                loops.setdefault(request.loop, []).append(request)
        for loop, requests in loops.items():
            with suppress(RuntimeError):  # the loop was closed while its requests ran
                loop.call_soon_threadsafe(_settle, requests)
        self._journal.committed(self._connection)

    def _carry_out_together(self, group: list[_Request], snapshots: Snapshots) -> None:
        """Carry out requests without savepoints, which would copy each page before it is written.

        One that is refused before it changed anything does not hurt the others. _TogetherError: one failed later.
        """
        connection, versions = self._connection, None
        for request in group:
            changes, ids = connection.total_changes(), self._ids.mark()
            session = SqliteSession(connection, writable=True)
            try:
                versions = self._work(request, session, snapshots, versions)
            except BaseException as error:
                if len(group) == 1:
                    raise
                if not connection.in_transaction or session.changed_since(changes):
                    raise _TogetherError from error
                request.error = error
                self._ids.rewind(ids)

    def _carry_out_apart(self, request: _Request, snapshots: Snapshots) -> None:
        """Carry out one request in a savepoint of its own."""
        connection = self._connection
        ids = self._ids.mark()
        layer = snapshots.layer()
        connection.execute("SAVEPOINT request")
        try:
            self._work(request, SqliteSession(connection, writable=True), layer)
        except BaseException as error:
            request.error = error
            if not connection.in_transaction:  # SQLite gave up the whole group: the disk is full, say
                raise
            connection.execute("ROLLBACK TO request")
            connection.execute("RELEASE request")
            self._ids.rewind(ids)
        else:
            connection.execute("RELEASE request")
            layer.settle()

    def _work(
        self, request: _Request, session: SqliteSession, snapshots: Snapshots, versions: Row | None = None
    ) -> Row:
        """Carry out one request; returns the versions of the settings, which begin another unit without being read."""
        unit = self._begin(session, snapshots, versions)
        request.value = request.work(unit)
        unit.flush()
        return unit.versions


class _TogetherError(Exception):
    """Requests cannot be carried out without savepoints: one of them failed after it had changed something."""


def _settle(requests: list[_Request]) -> None:
    for request in requests:
        request.settle()
