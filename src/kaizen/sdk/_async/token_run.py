"""Carries out the steps of the token machine: locks, the store, the accounts server."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar, assert_never

from kaizen.sdk.logs import log
from kaizen.sdk.primitives import async_block, async_enter
from kaizen.sdk.stores.base import TokenStore
from kaizen.sdk.tokens import Delete, Find, HoldHere, HoldStore, Save, Send, Step, Steps

if TYPE_CHECKING:
    from kaizen.sdk._async.session import AsyncSession

T = TypeVar("T")


class AsyncTokenRun:
    """One run of the machine; every lock it takes is let go at its end."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._store: TokenStore = session.store()
        self._held = ExitStack()

    async def run(self, steps: Steps[T]) -> T:
        """Carry out step after step, handing each result, or failure, back to the machine."""
        result: object = None
        failure: Exception | None = None
        # Releasing a lock never waits, so it needs no await and survives a cancellation.
        with self._held:
            while True:
                try:
                    step = steps.send(result) if failure is None else steps.throw(failure)
                except StopIteration as done:
                    value: T = done.value
                    return value
                result, failure = None, None
                try:
                    result = await self._carry_out(step)
                except Exception as error:
                    failure = error

    async def _carry_out(self, step: Step) -> object:
        match step:
            case HoldHere(key, wait):
                lock = self._session.lock(key)
                held = await lock.acquire(wait=wait)
                if held:
                    self._held.callback(lock.release)
                return held
            case HoldStore(key):
                context = self._store.lock(key)
                self._store = await async_enter(context)
                self._held.callback(context.__exit__, None, None, None)
                return None
            case Find(key):
                return await async_block(self._store.find, key)
            case Save(token):
                await async_block(self._store.save, token)
                log.info("token.saved", extra={"user": token.key.user})
                return None
            case Delete(key):
                return await async_block(self._store.delete, key)
            case Send(request):
                return await self._session.send_unsigned(request)
            case _:
                assert_never(step)
