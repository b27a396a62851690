"""How values are shown on the wire, and how a criterion's values are taken from it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kaizen.fields.conversion import operand, write
from kaizen.fields.flaw import Flaw
from kaizen.fields.moment import EARLIEST, LATEST, show_instant
from kaizen.vocabulary.data_types import DataType
from tests.support.strategies import FIELDS, a_field

BY_NAME = {f.api_name: f for f in FIELDS}
KOLKATA = ZoneInfo("Asia/Kolkata")


@pytest.mark.source("reference: platform B.4")
@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("Seen_Time", 0, "1970-01-01T05:30:00+05:30"),
        ("Seen_Time", None, None),
        ("Amount", 30000, 30000),
        ("Amount", Decimal("29999.99"), Decimal("29999.99")),
        ("Amount", None, None),
        ("Total", 2, 2),
        ("Views", 5, 5),
        ("Seats", 5, 5),
        ("Active", False, False),
        ("Closing_Date", "2024-02-29", "2024-02-29"),
        ("Stage", "Closed Lost", "Closed Lost"),
        ("Colours", ("red", "blue"), ["red", "blue"]),
        ("Colours", None, None),
        ("Recurring_Activity", {"RRULE": "FREQ=DAILY", "x": (1, 2)}, {"RRULE": "FREQ=DAILY", "x": [1, 2]}),
    ],
)
def test_a_value_is_shown(field: str, value: Any, shown: Any) -> None:
    result = write(BY_NAME[field], value, KOLKATA)

    assert result == shown
    assert type(result) is type(shown)


@pytest.mark.source("reference: platform B.4")
@pytest.mark.parametrize(("value", "shown"), [(12_345, "12345"), (None, None)])
def test_a_bigint_is_text_in_v2(value: Any, shown: Any) -> None:
    assert write(BY_NAME["Views"], value, KOLKATA, bigint_as_text=True) == shown
    assert write(BY_NAME["Seats"], value, KOLKATA, bigint_as_text=True) == value


@pytest.mark.source("assumed: the wire cannot say offsets with seconds, which zones had before standard time")
def test_an_old_moment_is_shown_with_an_offset_of_whole_minutes() -> None:
    # Kolkata was 5:53:28 ahead.
    assert show_instant(-5_000_000_000, KOLKATA) == "1811-07-23T20:59:40+05:53"


@pytest.mark.source("assumed: every moment that is accepted can be shown in every zone")
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "UTC"])
@pytest.mark.parametrize("moment", [EARLIEST, LATEST])
def test_the_ends_of_the_calendar_can_be_shown(zone: str, moment: int) -> None:
    assert len(show_instant(moment, ZoneInfo(zone))) == len("2024-01-31T12:30:00+05:30")


@dataclass(frozen=True)
class Case:
    field: str
    raw: Any
    taken: Any = None
    wanted: str | None = None  #: the expected data type of a refusal

    def __str__(self) -> str:
        return f"{self.field}-{str(self.raw)[:30]!r}"


OPERANDS = [
    Case("Amount", "300000", 300000),
    Case("Amount", 300000, 300000),
    Case("Amount", " 1e3 ", 1000),
    Case("Amount", "", None),
    Case("Amount", "many", wanted="double"),
    Case("Amount", "1" * 40, wanted="double"),
    Case("Amount", "1e999", wanted="double"),
    Case("Amount", True, wanted="double"),
    Case("Seats", "5", 5),
    Case("Seats", 5, 5),
    Case("Seats", "2.5", Decimal("2.5")),
    Case("Seats", 10**30, wanted="integer"),
    Case("Views", "4876876000000123456", 4876876000000123456),
    Case("Active", "True", True),
    Case("Active", False, False),
    Case("Active", "yes", wanted="boolean"),
    Case("Active", 1, wanted="boolean"),
    Case("Closing_Date", "2024-02-29", "2024-02-29"),
    Case("Closing_Date", "2024-02-30", wanted="date"),
    Case("Seen_Time", "1970-01-01T00:00:10Z", 10),
    Case("Seen_Time", "1970-01-01", "1970-01-01"),
    Case("Seen_Time", "soon", wanted="datetime"),
    Case("Owner", {"id": "12", "name": "Ada"}, 12),
    Case("Owner", "12", 12),
    Case("Owner", 12, 12),
    Case("Owner", [12], wanted="jsonobject"),
    Case("Related", {"id": "12"}, 12),
    Case("Stage", "Identify Decision Makers", "Id. Decision Makers"),
    Case("Stage", "-None-", None),
    Case("Colours", "red", "red"),
    Case("Name", "x" * 255, "x" * 255),
    Case("Name", "x\0", wanted="text"),
    Case("Name", 5, wanted="text"),
    Case("Total", "1.5", Decimal("1.5")),
    Case("Recurring_Activity", "", None),
    Case("Recurring_Activity", "x", wanted="RRULE"),
]


@pytest.mark.source("reference: automation B.3")
@pytest.mark.parametrize("case", OPERANDS, ids=str)
def test_the_value_of_a_criterion_is_taken_or_refused(case: Case) -> None:
    value = operand(BY_NAME[case.field], case.raw)

    if case.wanted is not None:
        assert isinstance(value, Flaw)
        assert value.details == {"expected_data_type": case.wanted}
        return
    assert value == case.taken
    assert type(value) is type(case.taken)


@pytest.mark.source("reference: automation B.3")
def test_the_text_of_a_criterion_has_at_most_255_characters() -> None:
    value = operand(a_field(1, "Name", DataType.TEXT), "x" * 256)

    assert isinstance(value, Flaw)
    assert value.details == {"maximum_length": 255}
