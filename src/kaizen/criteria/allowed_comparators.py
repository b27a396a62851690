"""Which comparators rules and views allow for which kind of field (reference: automation B.3)."""

from typing import Final

from kaizen.fields.kinds import Kind
from kaizen.vocabulary.comparators import ORDERED, TEXTUAL, Comparator

EQUALITY: Final = frozenset({Comparator.EQUAL, Comparator.NOT_EQUAL})
MEMBERSHIP: Final = frozenset({Comparator.IN, Comparator.NOT_IN})
INCLUSION: Final = frozenset(
    {Comparator.INCLUDE_ALL, Comparator.INCLUDE_ANY, Comparator.EXCLUDE_ALL, Comparator.EXCLUDE_ANY}
)
RANGES: Final = frozenset({Comparator.BETWEEN, Comparator.NOT_BETWEEN})

_CONTENT: Final = frozenset({Comparator.CONTAINS, Comparator.NOT_CONTAINS})
_NUMBERS: Final = EQUALITY | ORDERED | MEMBERSHIP

COMPARATORS: Final[dict[Kind, frozenset[Comparator]]] = {
    Kind.TEXT: EQUALITY | TEXTUAL | MEMBERSHIP,
    Kind.WHOLE: _NUMBERS,
    Kind.REAL: _NUMBERS,
    Kind.BOOLEAN: EQUALITY,
    Kind.DATE: _NUMBERS,
    Kind.DATETIME: _NUMBERS,
    Kind.REFERENCE: EQUALITY | MEMBERSHIP,
    Kind.TEXTS: EQUALITY | _CONTENT | MEMBERSHIP,
    Kind.REFERENCES: EQUALITY | _CONTENT | MEMBERSHIP | INCLUSION,
    #: Only to ask whether it is empty.
    Kind.OTHER: EQUALITY,
}

#: What the criteria of a field_update trigger do not know (reference: automation B.3).
NOT_IN_TRIGGERS: Final = INCLUSION | {Comparator.NOT_BETWEEN}
