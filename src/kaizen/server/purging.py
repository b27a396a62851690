"""Removes in the background what is kept for a while only, as the settings say, in small portions."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Final

from kaizen.server.clock import Clock
from kaizen.server.settings import Keeping
from kaizen.store import Database
from kaizen.store.errors import RefusedByStoreError
from kaizen.store.purges import Kept, Key, find, first_key, remove

log = logging.getLogger("kaizen.purging")

_DAY: Final = 86_400
_EVERY: Final = 3_600.0  #: seconds from one round to the next; the first comes after as long
_PORTION: Final = 500  #: rows that are looked at, and perhaps removed, together
_PAUSE: Final = 0.01  #: seconds between two portions, for everybody else


class Purger:
    """Removes what is too old by the machine's clock; on a virtual one, whose time is not real, nothing is too old."""

    def __init__(self, store: Database, clock: Clock, keeping: Keeping) -> None:
        self._store = store
        self._clock = clock
        self._days = _days(keeping)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work in the background."""
        if not self._clock.virtual:
            self._task = asyncio.create_task(self._work_on(), name="kaizen-purging")

    async def stop(self) -> None:
        """End the background work; a portion that was begun is finished."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def purge(self) -> Mapping[Kept, int]:
        """Go through everything once, and return how many rows of each kind were removed."""
        if self._clock.virtual:
            return {}
        return {kept: await self._purge(kept, days) for kept, days in self._days.items() if days}

    async def _purge(self, kept: Kept, days: int) -> int:
        moment = self._clock.now() - days * _DAY
        after: Key | None = first_key(kept)
        removed = 0
        while after is not None:
            portion = await self._store.read(partial(find, kept=kept, moment=moment, after=after, size=_PORTION))
            if portion.keys:
                removed += await self._store.write(partial(remove, kept=kept, moment=moment, keys=portion.keys))
            after = portion.next
            await asyncio.sleep(_PAUSE)
        return removed

    async def _work_on(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            try:
                await self.purge()
            except RefusedByStoreError as error:
                log.warning("purging.waits", extra={"reason": str(error)})
            except Exception:
                log.exception("purging.failed")


def _days(keeping: Keeping) -> dict[Kept, int]:
    """Return for how many days each kind is kept; 0: for ever. In the order in which they are removed."""
    tokens = dict.fromkeys((Kept.ACCESS_TOKENS, Kept.REFRESH_TOKENS, Kept.GRANTS), keeping.tokens)
    return tokens | {
        Kept.ACTIONS: keeping.actions,
        Kept.MAILS: keeping.mails,
        Kept.BIN: keeping.bin,
        Kept.DELETED_IDS: keeping.deleted_ids,
        Kept.HISTORY: keeping.history,
    }
