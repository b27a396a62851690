"""Days and moments in query parameters."""

from datetime import UTC, datetime, tzinfo

from kaizen.fields.moment import instant, is_date


def day_of(text: str, zone: tzinfo) -> str | None:
    """Read an ISO date or date-time as a day (YYYY-MM-DD) of a zone; None: it is neither."""
    if is_date(text):
        return text
    # The plus sign of an offset that was not escaped arrives as a blank.
    moment = instant(text.strip().replace(" ", "+"))
    return None if moment is None else datetime.fromtimestamp(moment, UTC).astimezone(zone).date().isoformat()
