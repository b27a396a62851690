"""Where the server's time comes from: the machine, or a clock that only moves when it is advanced."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from kaizen.automation.business_time import NeverOpenError
from kaizen.automation.schedule import due_at
from kaizen.model.calendar import BusinessCalendar
from kaizen.vocabulary.automation import Period

log = logging.getLogger("kaizen.clock")

#: The last moment a clock can show; a year more is left, for delays counted from there.
LATEST: Final = int(datetime(9998, 12, 31, tzinfo=UTC).timestamp())

#: Long steps come first: a month and a day from 31 January is 1 March, not the end of the 32nd.
STEPS: Final = (
    Period.YEARS,
    Period.MONTHS,
    Period.WEEKS,
    Period.DAYS,
    Period.BUSINESS_DAYS,
    Period.BUSINESS_HOURS,
    Period.HOURS,
    Period.MINUTES,
)

#: Seconds by which a clock that is kept right may be set back without a word.
_ADJUSTED: Final = 2


class ClockError(ValueError):
    """The clock cannot be set as asked."""


class Clock(Protocol):
    """The time of the server, in seconds since the epoch."""

    @property
    def virtual(self) -> bool:
        """Whether the clock stands still until it is moved."""

    def now(self) -> int: ...


class SystemClock:
    """The machine's time; `read` gives it in seconds since the epoch."""

    virtual = False

    def __init__(self, read: Callable[[], float]) -> None:
        self._read = read
        self._latest = 0  #: the latest time that was shown, or that the last server wrote down
        self._told = False  #: whether it was said that the time went back from there

    def now(self) -> int:
        """Return the time; that it went back is logged once, until it is again where it was."""
        now = int(self._read())
        if now >= self._latest:
            self._latest, self._told = now, False
        elif not self._told and self._latest - now > _ADJUSTED:
            self._tell(now)
        return now

    def was(self, moment: int) -> None:
        """Take note of a time that the clock has shown before this process."""
        self._latest = max(self._latest, moment)

    def _tell(self, now: int) -> None:
        self._told = True
        what = "the clock of the machine went back: times that were stored meanwhile lie in its future"
        log.warning("clock.went_back", extra={"seconds": self._latest - now, "told": what})


class VirtualClock:
    """A clock that starts at a given time and only moves forward, when it is advanced."""

    virtual = True

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        """Return the time."""
        return self._now

    def set(self, moment: int) -> None:
        """Move to a moment; raises ClockError when it has passed already or lies beyond the calendar."""
        if moment < self._now:
            shown = datetime.fromtimestamp(self._now, UTC).isoformat()
            raise ClockError(f"the clock cannot go back; it shows {shown}")
        if moment > LATEST:
            raise ClockError("the clock ends with the year 9998")
        self._now = moment


def later(start: int, steps: Mapping[Period, int], calendar: BusinessCalendar, zone: ZoneInfo) -> int:
    """Return the moment some periods after another; raises ClockError if there is none."""
    moment = start
    try:
        for period in STEPS:
            if steps.get(period):
                moment = due_at(moment, period, steps[period], calendar, zone)
    except NeverOpenError as error:
        raise ClockError("the clock cannot advance by business days: the organisation has none") from error
    except (OverflowError, ValueError) as error:
        raise ClockError("the clock ends with the year 9998") from error
    return moment


def read_moment(text: str) -> int:
    """Read a moment in ISO 8601; without an offset it is meant in UTC."""
    try:
        found = datetime.fromisoformat(text)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError) as error:
        raise ClockError(f"{text!r} is not a valid time; write it like 2026-01-05T09:00:00+00:00") from error
