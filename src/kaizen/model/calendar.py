"""The organisation's business hours and holidays."""

from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class BusinessCalendar:
    """Which days and hours count as business days and business hours."""

    time_zone: str = "UTC"
    #: Opening and closing time by weekday (Monday is 0); a weekday that is missing is not a business day.
    hours: tuple[tuple[int, time, time], ...] = tuple((day, time(9), time(18)) for day in range(5))
    holidays: frozenset[date] = frozenset()
    week_starts_on: int = 0

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which the hours are meant."""
        return ZoneInfo(self.time_zone)
