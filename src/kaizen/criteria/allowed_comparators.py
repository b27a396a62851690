"""Which comparators rules and views allow for which kind of field (reference: automation B.3)."""

from typing import Final

from kaizen.fields.kinds import ValueKind
from kaizen.vocabulary.comparators import ORDERED, TEXTUAL, Comparator

EQUALITY: Final = frozenset({Comparator.EQUAL, Comparator.NOT_EQUAL})
MEMBERSHIP: Final = frozenset({Comparator.IN, Comparator.NOT_IN})
INCLUSION: Final = frozenset(
    {Comparator.INCLUDE_ALL, Comparator.INCLUDE_ANY, Comparator.EXCLUDE_ALL, Comparator.EXCLUDE_ANY}
)
RANGES: Final = frozenset({Comparator.BETWEEN, Comparator.NOT_BETWEEN})

_CONTENT: Final = frozenset({Comparator.CONTAINS, Comparator.NOT_CONTAINS})
_NUMBERS: Final = EQUALITY | ORDERED | MEMBERSHIP

COMPARATORS: Final[dict[ValueKind, frozenset[Comparator]]] = {
    ValueKind.TEXT: EQUALITY | TEXTUAL | MEMBERSHIP,
    ValueKind.WHOLE: _NUMBERS,
    ValueKind.REAL: _NUMBERS,
    ValueKind.BOOLEAN: EQUALITY,
    ValueKind.DATE: _NUMBERS,
    ValueKind.DATETIME: _NUMBERS,
    ValueKind.REFERENCE: EQUALITY | MEMBERSHIP,
    ValueKind.TEXTS: EQUALITY | _CONTENT | MEMBERSHIP,
    ValueKind.REFERENCES: EQUALITY | _CONTENT | MEMBERSHIP | INCLUSION,
    #: Only to ask whether it is empty.
    ValueKind.OTHER: EQUALITY,
}

#: What the criteria of a field_update trigger do not know (reference: automation B.3).
NOT_IN_TRIGGERS: Final = INCLUSION | {Comparator.NOT_BETWEEN}
