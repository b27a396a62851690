"""What criteria mean: one table, read by the interpreter and by the compiled set."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from kaizen.criteria.compile import compile_set
from kaizen.criteria.holds import holds
from kaizen.criteria.tree import (
    ALWAYS,
    ANY_VALUE,
    CURRENT_USER,
    NEVER,
    Compare,
    Criteria,
    FieldRef,
    Group,
    SpecialValue,
    UnresolvedTokenError,
)
from kaizen.model.values import Value
from kaizen.vocabulary.comparators import Comparator as Is
from kaizen.vocabulary.comparators import GroupOperator
from kaizen.vocabulary.data_types import DataType

RECORD: dict[str, Value] = {
    "Name": "Müller & Söhne",
    "Stage": "Closed Lost",
    "Empty": None,
    "No_Number": None,
    "Seats": 5,
    "Views": 2**53 + 1,
    "Amount": 30000,
    "Score": 2**53,
    "Active": True,
    "Passive": False,
    "Closing_Date": "2024-02-29",
    "Seen_Time": 1_700_000_000,
    "Owner": 17,
    "Account_Name.Industry": "Banking",
    "Colours": ("Red", "blue"),
    "Related": (1, 2),
    CURRENT_USER[0]: 17,
}
TYPES = {
    "Name": DataType.TEXT,
    "Stage": DataType.PICKLIST,
    "Empty": DataType.TEXT,
    "No_Number": DataType.INTEGER,
    "Seats": DataType.INTEGER,
    "Views": DataType.BIGINT,
    "Amount": DataType.CURRENCY,
    "Score": DataType.DOUBLE,
    "Active": DataType.BOOLEAN,
    "Passive": DataType.BOOLEAN,
    "Closing_Date": DataType.DATE,
    "Seen_Time": DataType.DATETIME,
    "Owner": DataType.OWNERLOOKUP,
    "Account_Name.Industry": DataType.PICKLIST,
    "Colours": DataType.MULTISELECTPICKLIST,
    "Related": DataType.MULTISELECTLOOKUP,
}


@dataclass(frozen=True)
class Case:
    field: str
    comparator: Is
    value: Any
    holds: bool
    data_type: DataType | None = None

    def __str__(self) -> str:
        return f"{self.field}-{self.comparator}-{str(self.value)[:24]}"

    @property
    def criteria(self) -> Compare:
        data_type = self.data_type or TYPES[self.field]
        return Compare(tuple(self.field.split(".")), self.comparator, self.value, data_type)


DENIALS = [Is.NOT_EQUAL, Is.NOT_IN, Is.NOT_LIKE, Is.NOT_CONTAINS, Is.EXCLUDE_ALL, Is.EXCLUDE_ANY]
ASSERTIONS = [Is.EQUAL, Is.IN, Is.LIKE, Is.STARTS_WITH, Is.ENDS_WITH, Is.CONTAINS, Is.LESS_THAN, Is.BETWEEN]

CASES = [
    Case("Name", Is.EQUAL, "MÜLLER & SÖHNE", True),
    Case("Name", Is.EQUAL, "Müller", False),
    Case("Name", Is.NOT_EQUAL, "Müller", True),
    Case("Name", Is.STARTS_WITH, "mü", True),
    Case("Name", Is.STARTS_WITH, ("x", "mü"), True),
    Case("Name", Is.ENDS_WITH, "HNE", True),
    Case("Name", Is.ENDS_WITH, "Müller", False),
    Case("Name", Is.CONTAINS, "& s", True),
    Case("Name", Is.NOT_CONTAINS, ("x", "& s"), False),
    Case("Name", Is.LIKE, "%söhne", True),
    Case("Name", Is.LIKE, "mü%", True),
    Case("Name", Is.LIKE, "%LER%", True),
    Case("Name", Is.LIKE, "m%e", False),
    Case("Name", Is.LIKE, "%", True),
    Case("Empty", Is.LIKE, "%", False),
    Case("Name", Is.NOT_LIKE, "%ler%", False),
    Case("Name", Is.CONTAINS, "_", False),
    Case("Name", Is.LESS_THAN, "n", True),
    Case("Stage", Is.IN, ("closed lost", "Closed Won"), True),
    Case("Stage", Is.IN, (), False),
    Case("Stage", Is.NOT_IN, (), True),
    Case("Stage", Is.EMPTY, None, False),
    Case("Stage", Is.NOT_EMPTY, None, True),
    Case("Empty", Is.EMPTY, None, True),
    Case("Empty", Is.NOT_EMPTY, None, False),
    Case("Missing", Is.EMPTY, None, True, DataType.TEXT),
    Case("Seats", Is.EQUAL, 5, True),
    Case("Seats", Is.EQUAL, 5, True),
    Case("Seats", Is.GREATER_THAN, Decimal("4.5"), True),
    Case("Seats", Is.EQUAL, Decimal("4.5"), False),
    Case("Seats", Is.IN, (1, 5), True),
    Case("Seats", Is.IN, (Decimal("4.6"), 9), False),
    Case("Seats", Is.IN, (10**300, 5), True),
    Case("Seats", Is.LESS_THAN, 10**300, True),
    Case("Amount", Is.IN, (Decimal("0.1"), 30000), True),
    Case("Seats", Is.BETWEEN, (5, 5), True),
    Case("Seats", Is.BETWEEN, (6, 4), False),
    Case("Seats", Is.NOT_BETWEEN, (6, 9), True),
    Case("Amount", Is.GREATER_EQUAL, 30000, True),
    Case("Amount", Is.GREATER_THAN, 30000, False),
    Case("Amount", Is.LESS_EQUAL, 30000, True),
    Case("Amount", Is.CONTAINS, "3", False),
    Case("Views", Is.EQUAL, 2**53, False),
    Case("Views", Is.GREATER_THAN, 2**53, True),
    Case("Active", Is.EQUAL, True, True),
    Case("Active", Is.NOT_EQUAL, True, False),
    Case("Active", Is.EQUAL, 1, False),
    Case("Passive", Is.EQUAL, False, True),
    Case("Closing_Date", Is.BETWEEN, ("2024-02-01", "2024-02-29"), True),
    Case("Closing_Date", Is.LESS_THAN, "2024-02-29", False),
    Case("Seen_Time", Is.LESS_EQUAL, 1_700_000_000, True),
    Case("Owner", Is.EQUAL, 17, True),
    Case("Owner", Is.NOT_IN, (17, 18), False),
    Case("Owner", Is.EQUAL, FieldRef(CURRENT_USER), True),
    Case("Account_Name.Industry", Is.EQUAL, "banking", True),
    Case("Stage", Is.EQUAL, ("closed lost", "Closed Won"), True),
    Case("Stage", Is.EQUAL, ("Closed Won",), False),
    Case("Stage", Is.NOT_EQUAL, ("closed lost", "Closed Won"), False),
    Case("Empty", Is.NOT_EQUAL, ("closed lost", "Closed Won"), True),
    Case("Seats", Is.EQUAL, (4, 5), True),
    Case("Owner", Is.EQUAL, (16, 17), True),
    Case("Owner", Is.NOT_EQUAL, (16, 18), True),
    Case("Colours", Is.EQUAL, ("BLUE", "red"), True),
    Case("Colours", Is.EQUAL, ("red",), False),
    Case("Colours", Is.NOT_EQUAL, ("red",), True),
    Case("Colours", Is.CONTAINS, ("red", "green"), True),
    Case("Colours", Is.CONTAINS, "re", False),
    Case("Colours", Is.NOT_CONTAINS, ("green",), True),
    Case("Colours", Is.IN, ("green", "blue"), True),
    Case("Colours", Is.STARTS_WITH, "re", True),
    Case("Related", Is.INCLUDE_ANY, (2, 9), True),
    Case("Related", Is.INCLUDE_ALL, (2, 9), False),
    Case("Related", Is.INCLUDE_ALL, (2, 1), True),
    Case("Related", Is.EXCLUDE_ALL, (8, 9), True),
    Case("Related", Is.EXCLUDE_ALL, (2, 9), False),
    Case("Related", Is.EXCLUDE_ANY, (2, 9), True),
    Case("Related", Is.EXCLUDE_ANY, (1, 2), False),
    Case("Name", Is.EQUAL, FieldRef(("Name",)), True),
    Case("Name", Is.CONTAINS, FieldRef(("Stage",)), False),
    Case("Seats", Is.LESS_THAN, FieldRef(("Amount",), DataType.CURRENCY), True),
    # One of them has no exact counterpart among the other's numbers: both are taken as real ones.
    Case("Views", Is.EQUAL, FieldRef(("Score",), DataType.DOUBLE), False),
    Case("Views", Is.GREATER_THAN, FieldRef(("Score",), DataType.DOUBLE), True),
    Case("Seats", Is.LESS_THAN, FieldRef(("No_Number",), DataType.INTEGER), False),
    Case("Colours", Is.EQUAL, FieldRef(("Colours",)), False),
    Case("Stage", Is.EQUAL, ANY_VALUE, True),
    Case("Empty", Is.EQUAL, ANY_VALUE, True),
    *(Case("Empty", comparator, ("a", "b"), True) for comparator in DENIALS),
    *(Case("Empty", comparator, ("a", "b"), False) for comparator in ASSERTIONS),
    *(Case("Name", comparator, None, True) for comparator in DENIALS),
    *(Case("Name", comparator, None, False) for comparator in ASSERTIONS),
    *(Case("Name", comparator, "", False) for comparator in ASSERTIONS),
]


@pytest.mark.source("assumed: criteria.tree says what comparators mean; reference: automation B.3")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_comparison_holds_or_does_not(case: Case) -> None:
    assert holds(case.criteria, RECORD) is case.holds


@pytest.mark.source("assumed: a compiled set means what the interpreter means")
def test_a_compiled_set_finds_exactly_the_comparisons_that_hold() -> None:
    compiled = compile_set(dict(enumerate(case.criteria for case in CASES)))

    assert compiled.matches(RECORD) == [number for number, case in enumerate(CASES) if case.holds]


TRUE, FALSE = Case("Seats", Is.EQUAL, 5, True).criteria, Case("Seats", Is.EQUAL, 6, False).criteria


@pytest.mark.source("reference: automation B.3")
@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (None, True),
        (ALWAYS, True),
        (NEVER, False),
        (Group(GroupOperator.AND, (TRUE, FALSE)), False),
        (Group(GroupOperator.AND, (TRUE, TRUE)), True),
        (Group(GroupOperator.OR, (FALSE, TRUE)), True),
        (Group(GroupOperator.OR, (FALSE, Group(GroupOperator.AND, (FALSE, TRUE)))), False),
    ],
)
def test_a_group_holds_when_all_or_any_of_its_members_do(criteria: Criteria | None, expected: bool) -> None:
    assert holds(criteria, RECORD) is expected
    assert compile_set({"it": criteria}).matches(RECORD) == (["it"] if expected else [])


@pytest.mark.source("assumed: a value that depends on the day is fixed before criteria are evaluated")
def test_an_unresolved_value_is_an_error_of_the_caller() -> None:
    criteria = Compare(("Closing_Date",), Is.EQUAL, SpecialValue("TODAY"), DataType.DATE)

    with pytest.raises(UnresolvedTokenError):
        holds(criteria, RECORD)
    with pytest.raises(UnresolvedTokenError):
        compile_set({1: criteria})
