"""Reads of SQLite that stop: by the steps that they took, or by their time.

SQLite counts the steps of a statement on from one use to the next, so it may ask at any moment whether to go on: the
statements around the work, which begin and end the transaction, must never be interrupted.
"""

from collections.abc import Callable
from typing import Final, TypeVar

import apsw

from kaizen.store.read_limits import Deadline
from kaizen.store.unit_of_work import Unit

T = TypeVar("T")

#: A read that needs more steps than these is moved from the event loop to a thread. Two hundred wide rows take some
#: 10,000; 50,000 take one to two milliseconds.
STEPS_ON_THE_LOOP: Final = 50_000
#: How often within them SQLite asks whether to go on.
_QUESTIONS: Final = 10
#: After how many steps SQLite asks what a deadline says; some milliseconds.
_STEPS_BETWEEN_LOOKS: Final = 100_000


class Haste:
    """Interrupts a read on the event loop that takes many steps."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._left = 0  #: questions; 0: no work runs
        connection.set_progress_handler(self._is_over, STEPS_ON_THE_LOOP // _QUESTIONS)

    def limit(self, work: Callable[[Unit], T]) -> Callable[[Unit], T]:
        """Return the work, which is interrupted when it takes too many."""

        def limited(unit: Unit) -> T:
            self._left = _QUESTIONS
            try:
                return work(unit)
            finally:
                self._left = 0

        return limited

    def _is_over(self) -> bool:
        """Answer SQLite whether to stop what it does."""
        if self._left == 0:
            return False
        if self._left > 1:
            self._left -= 1
            return False
        return True


class Watch:
    """Interrupts a read in a thread when its deadline says so."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._deadline: Deadline | None = None  #: None: no work runs
        connection.set_progress_handler(self._is_over, _STEPS_BETWEEN_LOOKS)

    def limit(self, work: Callable[[Unit], T], deadline: Deadline) -> Callable[[Unit], T]:
        """Return the work, which is interrupted when its time is over."""

        def limited(unit: Unit) -> T:
            self._deadline = deadline
            try:
                return work(unit)
            finally:
                self._deadline = None

        return limited

    def _is_over(self) -> bool:
        return self._deadline is not None and self._deadline.is_over()
