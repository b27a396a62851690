"""New ids: ten digits of the organisation, nine of a counter that is reserved in blocks."""

from collections.abc import Callable
from threading import Lock
from typing import Final

from kaizen.model.values import Id

#: The counter of ids and how many one reservation takes.
COUNTER: Final = "kz_id"
BLOCK: Final = 1_000
#: Metadata of the standard organisation has the numbers below.
FIRST: Final = 100_000_001

#: What a failed transaction goes back to.
Mark = tuple[int, int]


class IdBlock:
    """The part of the last reserved block that is still free."""

    def __init__(self) -> None:
        self._next = self._end = 0
        self._lock = Lock()

    def take(self, count: int, prefix: int, reserve: Callable[[], int]) -> list[Id]:
        """Return new ids, ascending; `reserve` moves the counter and returns where the new block begins."""
        with self._lock:
            numbers = range(self._next, min(self._next + count, self._end))
            self._next += len(numbers)
            taken = list(numbers)
            while len(taken) < count:
                start = reserve()
                used = min(BLOCK, count - len(taken))
                taken.extend(range(start, start + used))
                self._next, self._end = start + used, start + BLOCK
        base = prefix * 10**9
        return [base + number for number in taken]

    def mark(self) -> Mark:
        """Remember what is free."""
        return self._next, self._end

    def rewind(self, mark: Mark) -> None:
        """Return the ids that a rolled back transaction took; their reservation was rolled back, too."""
        self._next, self._end = mark
