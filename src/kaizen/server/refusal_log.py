"""A line for each wrong secret and token, so that guessing is noticed; and few enough lines to be read."""

import logging
from collections.abc import Callable
from typing import Final

log = logging.getLogger("kaizen.server")

#: Lines in a minute; what comes after them is counted, and the next line says how many they were.
_MOST: Final = 60
_WINDOW: Final = 60.0  #: seconds
_LONGEST: Final = 100  #: characters of a fact that a stranger chose


class RefusalLog:
    """Tells of refused secrets and tokens; secrets are to be masked before."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._since = now()
        self._told = 0
        self._untold = 0

    def tell(self, event: str, **facts: str) -> None:
        """Log one refusal, unless there were too many within a minute."""
        now = self._now()
        if now - self._since >= _WINDOW:
            self._since, self._told = now, 0
        if self._told >= _MOST:
            self._untold += 1
            return
        self._told += 1
        said: dict[str, object] = {name: value[:_LONGEST] for name, value in facts.items() if value}
        if self._untold:
            said["untold"] = self._untold
            self._untold = 0
        log.warning(event, extra=said)
