"""A record remembers what was changed."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaizen.sdk.record import RecordBase

READ = {
    "id": "7",
    "Last_Name": "Lovelace",
    "Amount": 1,
    "Active": True,
    "Modified_Time": "2026-01-02T03:04:05+05:30",
}


@pytest.fixture
def record() -> RecordBase:
    return RecordBase(dict(READ), "Leads")


@pytest.mark.source("reference: SDK 5.3, records")
def test_a_record_reads_like_a_mapping(record: RecordBase) -> None:
    assert record["Last_Name"] == "Lovelace"
    assert record.get("Nothing") is None
    assert record.id == "7"
    assert record.modified_time == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=5.5)))
    assert record.created_time is None
    assert dict(record) == READ
    with pytest.raises(KeyError):
        record["Nothing"]


@pytest.mark.source("reference: SDK 5.3, records")
def test_only_changed_fields_are_changes(record: RecordBase) -> None:
    record["Last_Name"] = "Byron"
    record["Amount"] = 1
    record["New_Field"] = None

    assert record.changes == {"Last_Name": "Byron", "New_Field": None}


@pytest.mark.source("reference: SDK 5.3, records")
def test_a_change_taken_back_is_none(record: RecordBase) -> None:
    record["Last_Name"] = "Byron"
    record["Last_Name"] = "Lovelace"

    assert record.changes == {}


@pytest.mark.source("assumed: 1 and true differ on the wire")
def test_one_and_true_differ(record: RecordBase) -> None:
    record["Amount"] = True
    record["Active"] = 1

    assert record.changes == {"Amount": True, "Active": 1}


@pytest.mark.source("assumed: ids are the service's to give, fields the service's to have")
def test_ids_are_not_assigned_and_fields_not_removed(record: RecordBase) -> None:
    with pytest.raises(TypeError, match="id of a record"):
        record["id"] = "8"
    with pytest.raises(TypeError, match="assign None"):
        del record["Last_Name"]


@pytest.mark.source("reference: SDK 5.3, records")
@given(
    before=st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3)),
    writes=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3))),
)
def test_changes_are_the_difference_between_then_and_now(before: dict[str, Any], writes: list[tuple[str, int]]) -> None:
    record = RecordBase(dict(before))
    for name, value in writes:
        record[name] = value

    missing = object()
    assert record.changes == {name: value for name, value in record.items() if before.get(name, missing) != value}
