"""The shifts of users: this server keeps none, so a request can only name them wrongly (reference: platform F.1)."""

from calendar import monthrange
from datetime import date
from typing import Final

from kaizen.fields.moment import is_date
from kaizen.fields.reference import referred_id
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError, wrong_type
from kaizen.model.problem import Problem, position
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

_CURRENT: Final = "$current_shift"
_NEXT: Final = "$next_shift"
_FROM: Final = "$shift_effective_from"
_MONTHS_AHEAD: Final = 6


def refuse_shifts(row: BodyReader, today: date) -> None:
    """Refuse a request that names a shift; raises RefusedError."""
    if row.has(_NEXT) and not row.has(_FROM):
        message = "Dependent Field value should not be null"
        raise row.refuse(Code.DEPENDENT_MISMATCH, _FROM, message, dependee=row.where(_NEXT))
    if row.has(_FROM):
        _check_day(row, today)
    current, following = _named(row, _CURRENT), _named(row, _NEXT)
    if current is not None and current == following:
        where = position(f"{_NEXT}.id", str(row.path / _NEXT / "id"))
        raise RefusedError(Problem(Code.NOT_ALLOWED, where, "current shift and next shift should not be same"))
    for name, which in ((_CURRENT, "current"), (_NEXT, "next")):
        if row.has(name):
            where = position(name, str(row.path / name / "id"))
            raise RefusedError(Problem(Code.INVALID_REQUEST, where, f"Invalid {which} shift id"))


def _check_day(row: BodyReader, today: date) -> None:
    day = row.given[_FROM]
    if not isinstance(day, str) or not is_date(day):
        raise wrong_type(row.path / _FROM, "date")
    if day <= today.isoformat():
        raise row.refuse(
            Code.INVALID_DATA, _FROM, "Shift effective from date should be greater than Current Shift date"
        )
    if day > _latest(today).isoformat():
        raise wrong_type(row.path / _FROM, "Maximum time period is six months to move shift")


def _latest(today: date) -> date:
    years, month = divmod(today.month - 1 + _MONTHS_AHEAD, 12)
    year = today.year + years
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def _named(row: BodyReader, name: str) -> Json:
    given = row.given.get(name)
    return referred_id(given)
