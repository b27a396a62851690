"""What each data type accepts from the wire, what it keeps, and how it refuses the rest."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from kaizen.fields.conversion import read, reader_of, readers_of
from kaizen.fields.flaw import Flaw
from kaizen.fields.structured import Row, read_rows
from kaizen.model.catalog import Field, PickListValue
from kaizen.model.problem import Problem
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.data_types import DataType
from tests.support.strategies import a_field, a_module

STAGES = (
    PickListValue(1, "-None-", "-None-", 1),
    PickListValue(2, "Identify Decision Makers", "Id. Decision Makers", 2),
    PickListValue(3, "Closed Won", "Closed Won", 3),
)
FIELDS = {
    f.api_name: f
    for f in (
        a_field(1, "Last_Name", DataType.TEXT, length=5),
        a_field(2, "Description", DataType.TEXTAREA, length=2000),
        a_field(3, "Email", DataType.EMAIL, length=100),
        a_field(4, "Phone", DataType.PHONE, length=30),
        a_field(5, "Website", DataType.WEBSITE, length=450),
        a_field(6, "Stage", DataType.PICKLIST, length=25, pick_list_values=STAGES),
        a_field(7, "Stages", DataType.MULTISELECTPICKLIST, length=1000, pick_list_values=STAGES),
        a_field(8, "Seats", DataType.INTEGER, length=9),
        a_field(9, "Sent", DataType.BIGINT, length=18),
        a_field(10, "Amount", DataType.CURRENCY, length=16, decimal_place=2),
        a_field(11, "Score", DataType.DOUBLE, length=16),
        a_field(12, "Share", DataType.PERCENT, length=5),
        a_field(13, "Probability", DataType.INTEGER, length=9),
        a_field(14, "Active", DataType.BOOLEAN),
        a_field(15, "Closing_Date", DataType.DATE),
        a_field(16, "Seen_Time", DataType.DATETIME),
        a_field(17, "Account_Name", DataType.LOOKUP, lookup_module="Accounts"),
        a_field(18, "Owner", DataType.OWNERLOOKUP),
        a_field(19, "Related", DataType.MULTISELECTLOOKUP),
        a_field(20, "Recurring_Activity", DataType.RRULE),
        a_field(40, "Task_Reminder", DataType.ALARM),
        a_field(41, "Event_Reminder", DataType.MULTIREMINDER),
        a_field(21, "Files", DataType.FILEUPLOAD),
        a_field(22, "Any_Module", DataType.MULTI_MODULE_LOOKUP),
        a_field(23, "Participants", DataType.BIGINT, properties={"json_type": "jsonarray"}),
        a_field(
            24,
            "Rounded_Up",
            DataType.CURRENCY,
            decimal_place=2,
            properties={"currency": {"rounding_option": "round_up"}},
        ),
        a_field(
            25,
            "Cut",
            DataType.CURRENCY,
            decimal_place=9,
            properties={"currency": {"rounding_option": "round_down", "precision": 1}},
        ),
        a_field(26, "Chance", DataType.PERCENT, length=5),
    )
}


@dataclass(frozen=True)
class Case:
    field: str
    raw: Any
    kept: Any = None
    details: dict[str, Any] | None = None  #: of the problem; None: it is accepted
    message: str = "invalid data"
    bare_ids: bool = False

    def __str__(self) -> str:
        return f"{self.field}-{str(self.raw)[:30]!r}"


def refused(field: str, raw: Any, wanted: str) -> Case:
    return Case(field, raw, details={"expected_data_type": wanted})


def inside(field: str, raw: Any, trail: str, part: str | None = None, **wanted: Any) -> Case:
    """A value of which one part is refused."""
    place = {"api_name": part or trail.rpartition(".")[2], "json_path": f"$.data[0].{field}{trail}"}
    return Case(field, raw, details={**wanted, **place})


MOMENT = "2016-07-03T12:30:00+05:30"
ALARM = f"FREQ=NONE;ACTION=EMAIL;TRIGGER=DATE-TIME:{MOMENT}"

CASES = [
    Case("Last_Name", "Ada", "Ada"),
    Case("Last_Name", "", None),
    Case("Last_Name", None, None),
    Case("Last_Name", "Žofie", "Žofie"),
    Case("Last_Name", "Lovelace", details={"maximum_length": 5}),
    refused("Last_Name", 5, "text"),
    refused("Last_Name", True, "text"),
    refused("Last_Name", ["Ada"], "text"),
    refused("Last_Name", "A\0a", "text"),
    refused("Last_Name", "A\ud800", "text"),
    Case("Description", "x" * 2000, "x" * 2000),
    Case("Description", "x" * 2001, details={"maximum_length": 2000}),
    Case("Email", "ada@example.com", "ada@example.com"),
    Case("Email", "a.da+x@mail.example.co.uk", "a.da+x@mail.example.co.uk"),
    Case("Email", "", None),
    refused("Email", "ada", "email"),
    refused("Email", "ada@example", "email"),
    refused("Email", ".ada@example.com", "email"),
    refused("Email", "ada@-example.com", "email"),
    refused("Email", "ada@example.c", "email"),
    refused("Email", "ada@@example.com", "email"),
    refused("Email", 7, "email"),
    Case("Email", "a" * 90 + "@example.com", details={"maximum_length": 100}),
    Case("Phone", "+1 (555) 123-4567", "+1 (555) 123-4567"),
    Case("Phone", "555.123.4567 ext 12", "555.123.4567 ext 12"),
    refused("Phone", "call me!", "phone"),
    refused("Phone", "-555", "phone"),
    refused("Phone", 5551234, "phone"),
    Case("Phone", "1" * 31, details={"maximum_length": 30}),
    Case("Website", "https://www.example.com/a?b=c#d", "https://www.example.com/a?b=c#d"),
    Case("Website", "example.com", "example.com"),
    refused("Website", "not a site", "website"),
    refused("Website", "https://", "website"),
    Case("Stage", "Closed Won", "Closed Won"),
    Case("Stage", "Identify Decision Makers", "Id. Decision Makers"),
    Case("Stage", "Id. Decision Makers", "Id. Decision Makers"),
    Case("Stage", "A stage nobody made", "A stage nobody made"),
    Case("Stage", "-None-", None),
    Case("Stage", "", None),
    Case("Stage", "x" * 26, details={"maximum_length": 25}),
    refused("Stage", 3, "text"),
    refused("Stage", {"id": "1"}, "text"),
    Case("Stages", ["Closed Won", "Identify Decision Makers"], ("Closed Won", "Id. Decision Makers")),
    Case("Stages", ["Closed Won", "Closed Won", "-None-"], ("Closed Won",)),
    Case("Stages", [], None),
    Case("Stages", "Closed Won;Other", ("Closed Won", "Other"), bare_ids=True),
    refused("Stages", "Closed Won;Other", "jsonarray"),
    Case("Stages", ["Closed Won", 5], details={"expected_data_type": "text", "json_path": "$.data[0].Stages[1]"}),
    Case("Seats", 999_999_999, 999_999_999),
    Case("Seats", -5, -5),
    Case("Seats", 1_000_000_000, details={"maximum_length": 9}),
    refused("Seats", True, "integer"),
    refused("Seats", Decimal("5.5"), "integer"),
    refused("Seats", "5", "integer"),
    Case("Sent", "0012345600012", 12_345_600_012),
    Case("Sent", 123, 123),
    Case("Sent", 10**18, details={"maximum_length": 18}),
    refused("Sent", "12a", "bigint"),
    refused("Sent", "١٢", "bigint"),
    refused("Sent", False, "bigint"),
    Case("Amount", 30000, 30000),
    Case("Amount", Decimal("29999.99"), Decimal("29999.99")),
    # Halves go away from zero, whatever the number: no binary fraction stands between.
    Case("Amount", Decimal("0.125"), Decimal("0.13")),
    Case("Amount", Decimal("1.005"), Decimal("1.01")),
    Case("Amount", Decimal("-1.005"), Decimal("-1.01")),
    Case("Amount", Decimal("1200.505"), Decimal("1200.51")),
    Case("Amount", Decimal("1.00499999999999999999999"), 1),
    Case("Amount", Decimal("1200.50"), Decimal("1200.5")),
    Case("Amount", Decimal("1e3"), 1000),
    Case("Amount", Decimal("5.0"), 5),
    Case("Amount", Decimal("-0.0"), 0),
    Case("Amount", Decimal("-0.001"), 0),
    Case("Amount", Decimal("1e-300"), 0),
    Case("Amount", 9_999_999_999_999_999, 9_999_999_999_999_999),
    Case("Amount", -9_999_999_999_999_999, -9_999_999_999_999_999),
    Case("Amount", Decimal("9999999999999999.99"), Decimal("9999999999999999.99")),
    Case("Amount", Decimal("9999999999999999.995"), details={"maximum_length": 16}),
    Case("Amount", 10**16, details={"maximum_length": 16}),
    Case("Amount", Decimal("1e300"), details={"maximum_length": 16}),
    refused("Amount", "30000", "double"),
    refused("Amount", True, "double"),
    Case("Score", Decimal("0.1234567891"), Decimal("0.123456789")),
    Case("Score", Decimal("0.1234567895"), Decimal("0.12345679")),
    Case("Score", Decimal("9999999999999999.123456789"), Decimal("9999999999999999.123456789")),
    Case("Rounded_Up", Decimal("1.001"), Decimal("1.01")),
    Case("Cut", Decimal("1.99"), Decimal("1.9")),
    Case("Share", Decimal("12.5"), Decimal("12.5")),
    Case("Share", 100_000, details={"maximum_length": 5}),
    Case("Probability", 100, 100),
    Case("Probability", 101, details={}, message="Given Probability is not valid"),
    Case("Probability", -1, details={}, message="Given Probability is not valid"),
    Case("Active", True, True),
    Case("Active", None, False),
    refused("Active", 1, "boolean"),
    refused("Active", "true", "boolean"),
    Case("Closing_Date", "2024-02-29", "2024-02-29"),
    Case("Closing_Date", "", None),
    refused("Closing_Date", "2023-02-29", "date"),
    refused("Closing_Date", "20240229", "date"),
    refused("Closing_Date", "2024-W05-3", "date"),
    refused("Closing_Date", "2024-02-29T00:00:00Z", "date"),
    refused("Closing_Date", 20240229, "date"),
    Case("Seen_Time", "1970-01-01T05:30:00+05:30", 0),
    Case("Seen_Time", "1970-01-01T00:00:01Z", 1),
    Case("Seen_Time", "1970-01-01T00:00:01.999+00:00", 1),
    refused("Seen_Time", "1970-01-01T00:00:01", "datetime"),
    refused("Seen_Time", "1970-01-01", "datetime"),
    refused("Seen_Time", "1970-13-01T00:00:00Z", "datetime"),
    refused("Seen_Time", "0001-01-01T00:00:00Z", "datetime"),
    refused("Seen_Time", 0, "datetime"),
    Case("Account_Name", {"id": "4876876000000123456"}, 4876876000000123456),
    Case("Account_Name", {"name": "Ada", "id": 4876876000000123456}, 4876876000000123456),
    Case("Account_Name", None, None),
    Case("Account_Name", {"id": "abc"}, details={}, message="the id given seems to be invalid"),
    Case("Account_Name", {"name": "Ada"}, details={}, message="the id given seems to be invalid"),
    Case("Account_Name", {"id": "9" * 19}, details={}, message="the id given seems to be invalid"),
    refused("Account_Name", "4876876000000123456", "jsonobject"),
    Case("Account_Name", "4876876000000123456", 4876876000000123456, bare_ids=True),
    Case("Account_Name", True, details={"expected_data_type": "jsonobject"}, bare_ids=True),
    refused("Owner", [], "jsonobject"),
    Case("Related", [{"Deal": {"id": "12", "name": "x"}, "id": "99"}, {"id": "13"}], (12, 13)),
    Case("Related", [], None),
    refused("Related", {"id": "12"}, "jsonarray"),
    Case(
        "Related",
        [{"id": "12"}, {"Deal": {"id": "x"}}],
        details={"json_path": "$.data[0].Related[1]"},
        message="the id given seems to be invalid",
    ),
    Case(
        "Recurring_Activity",
        {"RRULE": "UNTIL=2016-08-14;FREQ=DAILY;DTSTART=2016-07-03;INTERVAL=10"},
        {"RRULE": "FREQ=DAILY;INTERVAL=10;UNTIL=2016-08-14;DTSTART=2016-07-03"},
    ),
    refused("Recurring_Activity", 5, "jsonobject"),
    Case("Recurring_Activity", {"RRULE": None}, None),
    Case("Recurring_Activity", {}, None),
    Case("Recurring_Activity", {"RRULE": "freq=weekly;BYDAY=MO,FR"}, {"RRULE": "FREQ=weekly;BYDAY=MO,FR"}),
    refused("Recurring_Activity", "FREQ=DAILY", "jsonobject"),
    refused("Recurring_Activity", [{"RRULE": "FREQ=DAILY"}], "jsonobject"),
    inside("Recurring_Activity", {"RRULE": 5}, ".RRULE", expected_data_type="text"),
    inside("Recurring_Activity", {"FREQ": "DAILY"}, ".RRULE", expected_data_type="text"),
    *(
        inside("Recurring_Activity", {"RRULE": text}, ".RRULE")
        for text in (";", "A\0", "daily", "INTERVAL=1", "FREQ=SOON", "FREQ=DAILY;INTERVAL=x", "FREQ=DAILY;UNTIL=today")
    ),
    inside("Recurring_Activity", {"RRULE": "FREQ=DAILY;FREQ=WEEKLY"}, ".RRULE"),
    Case("Task_Reminder", {"ALARM": ALARM}, {"ALARM": ALARM}),
    Case("Task_Reminder", {"ALARM": ""}, None),
    Case(
        "Task_Reminder",
        [{"ACTION": "POPUP", "TRIGGER": "-P1D", "TRIGGER_TIME": "09:30"}, {"ACTION": "EMAIL", "TRIGGER": MOMENT}],
        (
            {"ACTION": "POPUP", "TRIGGER": "-P1D", "TRIGGER_TIME": "09:30"},
            {"ACTION": "EMAIL", "TRIGGER": MOMENT},
        ),
    ),
    Case("Task_Reminder", [], None),
    refused("Task_Reminder", ALARM, "jsonobject"),
    refused("Task_Reminder", 5, "jsonobject"),
    inside("Task_Reminder", {"ALARM": 5}, ".ALARM", expected_data_type="text"),
    inside("Task_Reminder", {"ALARM": "FREQ=NONE;ACTION=EMAIL;TRIGGER=DATE-TIME:soon"}, ".ALARM"),
    inside("Task_Reminder", {"ALARM": ALARM.replace("EMAIL", "SHOUT")}, ".ALARM"),
    inside("Task_Reminder", [7], "[0]", "Task_Reminder", expected_data_type="jsonobject"),
    inside(
        "Task_Reminder",
        [{"ACTION": "SHOUT", "TRIGGER": MOMENT}],
        "[0].ACTION",
        supported_values=["EMAIL", "POPUP"],
    ),
    inside("Task_Reminder", [{"ACTION": "EMAIL", "TRIGGER": "-P7D"}], "[0].TRIGGER", expected_data_type="datetime"),
    inside("Task_Reminder", [{"ACTION": "EMAIL", "TRIGGER": "-P3W", "TRIGGER_TIME": "25:00"}], "[0].TRIGGER_TIME"),
    Case("Event_Reminder", MOMENT, {"at": 1467529200}),
    Case(
        "Event_Reminder",
        [{"unit": 15, "period": "minutes"}, {"unit": "2", "period": "weeks"}],
        ({"unit": 15, "period": "minutes"}, {"unit": 2, "period": "weeks"}),
    ),
    Case("Event_Reminder", [], None),
    refused("Event_Reminder", "soon", "datetime"),
    refused("Event_Reminder", {"unit": 15, "period": "minutes"}, "jsonarray"),
    inside("Event_Reminder", [15], "[0]", "Event_Reminder", expected_data_type="jsonobject"),
    inside("Event_Reminder", [{"unit": "x", "period": "days"}], "[0].unit", expected_data_type="integer"),
    inside("Event_Reminder", [{"unit": True, "period": "days"}], "[0].unit", expected_data_type="integer"),
    inside("Event_Reminder", [{"unit": -1, "period": "days"}], "[0].unit", expected_data_type="integer"),
    inside("Event_Reminder", [{"unit": 100000, "period": "days"}], "[0].unit", maximum_length=5),
    inside(
        "Event_Reminder",
        [{"unit": 1, "period": "years"}],
        "[0].period",
        supported_values=["minutes", "hours", "days", "weeks"],
    ),
    Case("Files", [{"File_Id__s": "abc"}], ({"File_Id__s": "abc"},)),
    refused("Files", {"File_Id__s": "abc"}, "jsonarray"),
    Case("Any_Module", {"id": "1", "module": {"api_name": "Leads"}}, {"id": "1", "module": {"api_name": "Leads"}}),
    refused("Any_Module", "1", "jsonobject"),
    Case("Participants", [{"participant": "1", "type": "user"}], ({"participant": "1", "type": "user"},)),
]


@pytest.mark.source("reference: platform C.2")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_value_is_kept_or_refused(case: Case) -> None:
    value = read(FIELDS[case.field], case.raw, f"$.data[0].{case.field}", bare_ids=case.bare_ids)

    if case.details is None:
        assert value == case.kept
        assert type(value) is type(case.kept)
        return
    place = {"api_name": case.field, "json_path": f"$.data[0].{case.field}"}
    assert isinstance(value, Problem)
    assert (value.code, value.details, value.text) == (Code.INVALID_DATA, {**place, **case.details}, case.message)


@pytest.mark.source("assumed: a hostile value is refused like any other wrong one")
def test_a_structure_of_many_levels_is_refused() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]

    assert isinstance(reader_of(FIELDS["Files"])(deep), Flaw)


@pytest.mark.source("assumed: patterns must not take time that grows out of proportion")
@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("field", "raw"),
    [
        (a_field(1, "Email", DataType.EMAIL, length=200_000), "a" * 50_000 + "@" + "a" * 250 + "!"),
        (a_field(2, "Phone", DataType.PHONE, length=200_000), "1 " * 50_000 + "!"),
        (a_field(3, "Website", DataType.WEBSITE, length=200_000), "a." * 50_000 + " "),
    ],
)
def test_a_long_wrong_text_is_refused_at_once(field: Field, raw: str) -> None:
    assert isinstance(reader_of(field)(raw), Flaw)


@pytest.mark.source("reference: platform C.2")
def test_only_fields_a_client_may_write_have_readers_in_a_module() -> None:
    module = a_module(
        "Deals",
        1,
        FIELDS["Amount"],
        a_field(31, "Full_Name", DataType.TEXT, read_only=True),
        a_field(32, "Number", DataType.AUTONUMBER),
        a_field(33, "Total", DataType.FORMULA, formula_return_type=DataType.CURRENCY),
        a_field(34, "Record_Image", DataType.PROFILEIMAGE),
    )

    assert list(readers_of(module)) == ["Amount"]


@pytest.mark.source("reference: platform C.2")
def test_the_rows_of_a_subform_are_read_with_their_ids_and_removals() -> None:
    readers = {name: reader_of(FIELDS[name]) for name in ("Seats", "Amount")}

    rows = read_rows(readers, [{"Seats": 2, "Unknown": 1}, {"id": "17", "Amount": 5}, {"id": 18, "_delete": None}])

    assert rows == (Row(None, False, {"Seats": 2}), Row(17, False, {"Amount": 5}), Row(18, True, {}))


@pytest.mark.source("reference: platform C.2")
@pytest.mark.parametrize(
    ("raw", "code", "details"),
    [
        (
            {},
            Code.INVALID_DATA,
            {"expected_data_type": "jsonarray", "api_name": "Items", "json_path": "$.data[0].Items"},
        ),
        (
            [5],
            Code.INVALID_DATA,
            {"expected_data_type": "jsonobject", "api_name": "Items", "json_path": "$.data[0].Items[0]"},
        ),
        (
            [{"Seats": 1}, {"Seats": "x"}],
            Code.INVALID_DATA,
            {"expected_data_type": "integer", "api_name": "Seats", "json_path": "$.data[0].Items[1].Seats"},
        ),
        ([{"id": "x"}], Code.INVALID_DATA, {"api_name": "id", "json_path": "$.data[0].Items[0].id"}),
        ([{}] * 201, Code.LIMIT_EXCEEDED, {"limit": 200, "api_name": "Items", "json_path": "$.data[0].Items"}),
    ],
)
def test_a_bad_row_is_refused_where_it_stands(raw: Any, code: Code, details: dict[str, Any]) -> None:
    flaw = read_rows({"Seats": reader_of(FIELDS["Seats"])}, raw)

    assert isinstance(flaw, Flaw)
    problem = flaw.at("Items", "$.data[0].Items")
    assert (problem.code, problem.details) == (code, details)
