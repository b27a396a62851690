"""The special values of criteria, `${TODAY}` and its kin: how they are written, and for which fields they stand."""

import re
from typing import Final

from kaizen.criteria.tree import SpecialValue
from kaizen.fields.kinds import ValueKind

EMPTY: Final = SpecialValue("EMPTY")
NOT_EMPTY: Final = SpecialValue("NOTEMPTY")
CURRENT_USER_TOKEN: Final = SpecialValue("CURRENTUSER")
CURRENT_ROLE_TOKEN: Final = SpecialValue("CURRENTUSERROLE")
#: What stands for who makes the change.
CALLERS: Final = frozenset({CURRENT_USER_TOKEN, CURRENT_ROLE_TOKEN})

DAYS: Final = frozenset(
    {
        "TODAY",
        "TOMORROW",
        "TOMORROWPLUS",
        "YESTERDAY",
        "YESTERDAYMINUS",
        "LASTWEEK",
        "THISWEEK",
        "NEXTWEEK",
        "LASTMONTH",
        "THISMONTH",
        "NEXTMONTH",
        "LASTYEAR",
        "THISYEAR",
        "NEXTYEAR",
        "PREVFY",
        "THISFY",
        "NEXTFY",
        "PREVFQ",
        "THISFQ",
        "NEXTFQ",
    }
)
COUNTED: Final = frozenset(
    f"{direction}_N_{unit}" for direction in ("LAST", "NEXT") for unit in ("DAYS", "WEEKS", "MONTHS", "YEARS")
)
AGES: Final = frozenset({"AGEINDAYS", "DUEINDAYS"})
_PLAIN: Final = DAYS | {"EMPTY", "NOTEMPTY", "ANYVALUE", "CURRENTUSER", "CURRENTUSERROLE"}

_FORM: Final = re.compile(r"\$\{([A-Z_]{1,20})(?::([0-9]{1,5}))?\}(?:\s*\+\s*([0-9]{1,5}))?")
_MERGE_FIELD: Final = re.compile(r"\$\{!([A-Za-z0-9_]+)\.([A-Za-z0-9_.]+)\}")


def looks_special(text: str) -> bool:
    """Return whether a text claims to be a special value."""
    return text.startswith("${")


def special_value_of(text: str) -> SpecialValue | None:
    """Read a special value; None if there is none of this name, or its number is missing or too large."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    name, counted, added = found.groups()
    if name in COUNTED and counted is not None and added is None and int(counted):
        return SpecialValue(name, int(counted))
    if name in AGES and counted is None and added is not None:
        return SpecialValue(name, int(added))
    if name in _PLAIN and counted is None and added is None:
        return SpecialValue(name)
    return None


def text_of(token: SpecialValue) -> str:
    """Write a special value."""
    if token.number is None:
        return f"${{{token.name}}}"
    if token.name in AGES:
        return f"${{{token.name}}}+{token.number}"
    return f"${{{token.name}:{token.number}}}"


def merge_field_of(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Read `${!Module.Field}` into the module and the names that follow it."""
    found = _MERGE_FIELD.fullmatch(text.strip())
    return (found[1], tuple(found[2].split("."))) if found else None


def stands_for(token: SpecialValue, kind: ValueKind) -> bool:
    """Return whether a special value that is not of the caller can stand behind a field of a kind."""
    if token in (EMPTY, NOT_EMPTY):
        return True
    return token not in CALLERS and kind in (ValueKind.DATE, ValueKind.DATETIME)
