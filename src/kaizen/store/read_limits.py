"""How long reads may take: most are short, the others are few at once, and each of them ends."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, get_native_id
from typing import Any, Final, TypeAlias, TypeVar

from kaizen.store.errors import ReadTooLongError, TooManyReadsError
from kaizen.store.unit_of_work import Unit

T = TypeVar("T")

#: Seconds after which a read is a long one: it stops, and begins again among those.
SHORT: Final = 0.1
#: How many long reads run at the same time, beside everything else.
LONG_AT_ONCE: Final = 2
#: How many of them run or wait; those beyond are refused.
MOST_LONG: Final = 10

#: How much the threads of reads stand back behind the event loop, as `nice` counts it.
_NICENESS: Final = 10

#: Ends with an exception as soon as nobody waits for the answer any more.
Gone: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What one read may take."""

    seconds: float = 10.0
    now: Callable[[], float] = time.monotonic


READ_LIMITS: Final = ReadLimits()


class Deadline:
    """When one read must stop; `is_over` is asked in the thread that reads, `stop` is called in any other."""

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        self._seconds = seconds
        self._now = now
        self._end = now() + seconds
        self._lock = Lock()
        self._interrupt: Callable[[], None] | None = None
        self.stopped = False

    def begin(self) -> None:
        """Count the time from now on: what was asked for has waited until here."""
        self._end = self._now() + self._seconds

    def is_over(self) -> bool:
        """Return whether the read must stop."""
        return self.stopped or self._now() >= self._end

    def left(self) -> float:
        """Return how many seconds the read still has; at least a thousandth."""
        return max(0.001, self._end - self._now())

    def stop(self) -> None:
        """Let the read stop: nobody waits for it."""
        self.stopped = True
        with self._lock:
            if self._interrupt is not None:
                self._interrupt()

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Let `stop` call a function while the read runs here, and never afterwards."""
        with self._lock:
            self._interrupt = interrupt
        try:
            yield
        finally:
            with self._lock:
                self._interrupt = None

    def error(self) -> ReadTooLongError:
        """Return the error for a read that was stopped."""
        return ReadTooLongError(self._seconds)


def stand_back() -> None:
    """Let the calling thread have the processor when those do not need it that serve short requests.

    On Linux each thread has a priority of its own; elsewhere the system would take it for the process.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICENESS)


class LongReads:
    """The threads of long reads; `run` reads with a deadline in the thread that calls it."""

    def __init__(self, limits: ReadLimits, name: str) -> None:
        self._limits = limits
        self._threads = ThreadPoolExecutor(LONG_AT_ONCE, name, initializer=stand_back)
        self._present: set[Deadline] = set()  #: of reads that run or wait

    async def read(
        self,
        run: Callable[[Callable[[Unit], T], Deadline], T],
        work: Callable[[Unit], T],
        gone: Gone | None,
    ) -> T:
        """Read in a thread, until the time is over or nobody waits any more."""
        if len(self._present) >= MOST_LONG:
            raise TooManyReadsError(MOST_LONG)
        loop = asyncio.get_running_loop()
        deadline = Deadline(self._limits.seconds, self._limits.now)
        self._present.add(deadline)
        reading = loop.run_in_executor(self._threads, _begun, run, work, deadline)
        leaving = None if gone is None else asyncio.ensure_future(gone())
        waiting: set[asyncio.Future[Any]] = {reading} if leaving is None else {reading, leaving}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if leaving is not None and not reading.done():
                leaving.result()
            return await reading
        finally:
            self._present.discard(deadline)
            if leaving is not None:
                leaving.cancel()
            if not reading.done():
                reading.cancel()
                # It may have to ask the database, which takes its time.
                loop.run_in_executor(None, deadline.stop)

    def close(self) -> None:
        """Stop the reads that run."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for deadline in list(self._present):
            deadline.stop()
        self._threads.shutdown()


def _begun(run: Callable[[Callable[[Unit], T], Deadline], T], work: Callable[[Unit], T], deadline: Deadline) -> T:
    deadline.begin()
    return run(work, deadline)
