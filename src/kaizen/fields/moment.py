"""Dates and date-times: ISO text on the wire; kept as ISO text and as seconds since the epoch."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final

from kaizen.fields.flaw import Flaw, Writer, expected
from kaizen.model.values import Json, Value

_NO_DATE: Final = expected("date")
_NO_DATETIME: Final = expected("datetime")

#: Date-times within a day of the ends of the calendar could not be shown in every zone.
EARLIEST: Final = int(datetime(1, 1, 3, tzinfo=UTC).timestamp())
LATEST: Final = int(datetime(9999, 12, 29, tzinfo=UTC).timestamp())

#: Texts of moments that are kept: the records that a list shows mostly came into being or changed together.
_MOMENTS: Final = 1024

_LENGTH: Final = len("2024-01-31T12:30:00+05:30")


def read_date(raw: Json) -> Value | Flaw:
    """Take `YYYY-MM-DD`."""
    if type(raw) is not str:
        return None if raw is None else _NO_DATE
    if not raw:
        return None
    return raw if is_date(raw) else _NO_DATE


def read_datetime(raw: Json) -> Value | Flaw:
    """Take an ISO date-time with an offset (or `Z`); fractions of a second are cut off."""
    if type(raw) is not str:
        return None if raw is None else _NO_DATETIME
    if not raw:
        return None
    moment = instant(raw)
    return _NO_DATETIME if moment is None else moment


def date_operand(raw: Json) -> Value | Flaw:
    """Take a criterion's date."""
    return read_date(raw)


def datetime_operand(raw: Json) -> Value | Flaw:
    """Take a criterion's moment: seconds for a date-time, ISO text for a date, which means that whole day."""
    if isinstance(raw, str) and is_date(raw):
        return raw
    return read_datetime(raw)


def is_date(text: str) -> bool:
    """Return whether a text is a day of the calendar in the form `YYYY-MM-DD`."""
    # fromisoformat also knows `20240131` and `2024-W05-3`.
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def instant(text: str) -> int | None:
    """Turn an ISO date-time with an offset into seconds since the epoch; None if it is not one."""
    if not 20 <= len(text) <= 35 or text[4] != "-" or text[7] != "-" or text[10] not in "Tt" or text[16] != ":":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    seconds = int(moment.timestamp() // 1)
    return seconds if EARLIEST <= seconds <= LATEST else None


@lru_cache(maxsize=_MOMENTS)
def show_instant(seconds: int, zone: tzinfo) -> str:
    """Write seconds since the epoch as `YYYY-MM-DDTHH:MM:SS+HH:MM` in a zone."""
    moment = datetime.fromtimestamp(seconds, zone)
    text = moment.isoformat()
    if len(text) == _LENGTH:
        return text
    # Before standard time, zones were off by seconds, which the wire cannot say.
    offset = moment.utcoffset() or timedelta()
    whole = timedelta(minutes=round(offset.total_seconds() / 60))
    return moment.astimezone(timezone(whole)).isoformat()


def datetime_writer(zone: tzinfo) -> Writer:
    """Make the writer of date-times for a caller's zone."""

    def write(value: Value) -> Json:
        return show_instant(value, zone) if isinstance(value, int) else None

    return write
