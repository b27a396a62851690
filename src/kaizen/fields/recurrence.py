"""How an activity recurs: `{"RRULE": "FREQ=DAILY;INTERVAL=10;UNTIL=2016-08-14;DTSTART=2016-07-03"}`."""

from typing import Final, TypeAlias

from kaizen.fields.flaw import Flaw, expected
from kaizen.fields.moment import instant, is_date
from kaizen.fields.text import is_storable
from kaizen.model.values import Json, Value

#: The pieces of a text in their order: `FREQ=DAILY` is one.
Pieces: TypeAlias = list[tuple[str, str]]

FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
LONGEST: Final = 1_000
_KEY: Final = "RRULE"
#: The order in which the service keeps the pieces (reference: platform C.11).
_ORDER: Final = ("FREQ", "INTERVAL", "UNTIL", "DTSTART")

#: Stands for a key that is not there; like every number, it is not text.
_ABSENT: Final = 0

_NO_OBJECT: Final = expected("jsonobject")
_NO_TEXT: Final = expected("text").inside(f".{_KEY}", _KEY)
_MALFORMED: Final = Flaw().inside(f".{_KEY}", _KEY)


def read_recurrence(raw: Json) -> Value | Flaw:
    """Take a recurrence and put its pieces in order (reference: platform C.11)."""
    if raw is None or raw in ("", {}):
        return None
    if not isinstance(raw, dict):
        return _NO_OBJECT
    text = raw.get(_KEY, _ABSENT)
    if text is None or text == "":
        return None
    if not isinstance(text, str):
        return _NO_TEXT
    pieces = pieces_of(text)
    if pieces is None or not _recurs(dict(pieces)):
        return _MALFORMED
    rank = {name: place for place, name in enumerate(_ORDER)}
    pieces.sort(key=lambda piece: rank.get(piece[0], len(rank)))
    return {_KEY: ";".join(f"{name}={value}" for name, value in pieces)}


def pieces_of(text: str) -> Pieces | None:
    """Split `NAME=value;NAME=value`; None: it is not made of such pieces, each named once."""
    if not is_storable(text) or len(text) > LONGEST:
        return None
    pieces: Pieces = []
    for piece in filter(None, text.split(";")):
        name, _, value = piece.partition("=")
        if not name or not value:
            return None
        pieces.append((name.upper(), value))
    return pieces if pieces and len(dict(pieces)) == len(pieces) else None


def _recurs(pieces: dict[str, str]) -> bool:
    interval = pieces.get("INTERVAL", "1")
    days = [pieces[name] for name in ("UNTIL", "DTSTART") if name in pieces]
    return (
        pieces.get("FREQ", "").upper() in FREQUENCIES
        and interval.isascii()
        and interval.isdecimal()
        and all(is_date(day) or instant(day) is not None for day in days)
    )
