"""When something falls due: delays on the wall clock, in business days and in business hours.

Minutes and hours are absolute. Everything longer keeps the local time of day: days to years in the
organisation's zone, business days in the zone of the business calendar (reference: automation G.9).
A local time that a clock change skips moves forward by the gap; one that occurs twice is the first.
"""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from kaizen.automation.business_time import after_business_hours, business_day, moment
from kaizen.model.calendar import BusinessCalendar
from kaizen.vocabulary.automation import Period

_SECONDS: Final = {Period.MINUTES: 60, Period.HOURS: 3600}
_DAYS: Final = {Period.DAYS: 1, Period.WEEKS: 7}
_MONTHS: Final = {Period.MONTHS: 1, Period.YEARS: 12}


def due_at(start: int, period: Period, unit: int, calendar: BusinessCalendar, zone: ZoneInfo) -> int:
    """Return the moment `unit` periods after `start`; both are seconds since the epoch.

    A negative unit counts back; business hours cannot. NeverOpenError: the calendar has no business day.
    """
    match period:
        case Period.MINUTES | Period.HOURS:
            return start + unit * _SECONDS[period]
        case Period.DAYS | Period.WEEKS:
            local = datetime.fromtimestamp(start, zone)
            return moment(local.date() + timedelta(days=unit * _DAYS[period]), local.time(), zone)
        case Period.MONTHS | Period.YEARS:
            local = datetime.fromtimestamp(start, zone)
            return moment(add_months(local.date(), unit * _MONTHS[period]), local.time(), zone)
        case Period.BUSINESS_DAYS:
            local = datetime.fromtimestamp(start, calendar.zone)
            return moment(business_day(local.date(), unit, calendar), local.time(), calendar.zone)
        case Period.BUSINESS_HOURS:
            return after_business_hours(start, unit, calendar)
        case _:
            assert_never(period)


def midnight(day: date, zone: ZoneInfo) -> int:
    """Return the moment at which a local day begins."""
    return moment(day, time.min, zone)


def add_months(day: date, count: int) -> date:
    """Return the same day number of a later (or earlier) month, or that month's last day."""
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
