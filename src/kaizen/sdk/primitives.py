"""Locks and blocking work, once for tasks and once for threads; the generated client swaps one for the other."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    import anyio
    from anyio.lowlevel import RunVar

P = ParamSpec("P")
T = TypeVar("T")


class AsyncLock:
    """A lock among tasks."""

    def __init__(self) -> None:
        import anyio

        self._lock: anyio.Lock = anyio.Lock()

    async def acquire(self, *, wait: bool) -> bool:
        """Take the lock; without waiting, return whether it was free."""
        import anyio

        if wait:
            await self._lock.acquire()
            return True
        try:
            self._lock.acquire_nowait()
        except anyio.WouldBlock:
            return False
        return True

    def release(self) -> None:
        """Release the lock."""
        self._lock.release()


class Lock:
    """A lock among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def acquire(self, *, wait: bool) -> bool:
        """Take the lock; without waiting, return whether it was free."""
        return self._lock.acquire(blocking=wait)

    def release(self) -> None:
        """Release the lock."""
        self._lock.release()


async def async_block(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do work that may block (a store) without holding up the other tasks."""
    import anyio.to_thread

    return await anyio.to_thread.run_sync(functools.partial(work, *args, **kwargs))


def block(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do work that may block."""
    return work(*args, **kwargs)


async def async_enter(context: AbstractContextManager[T]) -> T:
    """Enter a context that may block for long, such as a lock that another process holds.

    If the task is cancelled meanwhile, the thread may get the lock when no task waits for it any more; it then
    leaves the context itself.
    """
    import anyio.to_thread

    entering = _Entering(context)
    try:
        return await anyio.to_thread.run_sync(entering.enter, limiter=_waiting_room())
    except BaseException:
        entering.abandon()
        raise


def enter(context: AbstractContextManager[T]) -> T:
    """Enter a context that may block for long."""
    return context.__enter__()


def _waiting_room() -> anyio.CapacityLimiter:
    """Return the limiter for threads that wait for locks.

    They are not those for ordinary work: if the waiting took all of those, the one that holds the lock would
    find none to do its work in, and everybody would wait for ever.
    """
    import anyio

    try:
        return _room().get()
    except LookupError:
        limiter = anyio.CapacityLimiter(8)
        _room().set(limiter)
        return limiter


@functools.cache
def _room() -> RunVar[anyio.CapacityLimiter]:
    from anyio.lowlevel import RunVar

    return RunVar("kaizen_waiting_room")


class _Entering(Generic[T]):
    def __init__(self, context: AbstractContextManager[T]) -> None:
        self._context = context
        self._guard = threading.Lock()
        self._entered = False
        self._abandoned = False

    def enter(self) -> T:
        value = self._context.__enter__()
        with self._guard:
            self._entered = True
            abandoned = self._abandoned
        if abandoned:
            self._context.__exit__(None, None, None)
        return value

    def abandon(self) -> None:
        with self._guard:
            self._abandoned = True
            entered = self._entered
        if entered:
            self._context.__exit__(None, None, None)
