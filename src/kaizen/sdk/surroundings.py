"""The outside world of the SDK: clocks, sleep and random numbers; only this module uses them."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


async def _sleep_async(seconds: float) -> None:
    import anyio

    await anyio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The clock, sleep and random numbers that a client uses; pass other functions to test without waiting."""

    clock: Callable[[], float] = time.time  #: seconds since the epoch, for the expiry of tokens
    monotonic: Callable[[], float] = time.monotonic  #: seconds, for time limits
    sleep: Callable[[float], None] = time.sleep
    async_sleep: Callable[[float], Awaitable[None]] = _sleep_async
    rng: Callable[[], float] = random.random  #: at least 0 and less than 1, to spread retries


REAL = Surroundings()
