"""Writes of many rows."""

import json
import pickle
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaizen.sdk.answers import outcomes_of
from kaizen.sdk.batches import BatchResult, Outcome, chunks
from kaizen.sdk.errors import Duplicate, PartialFailure
from kaizen.sdk.wire import Answer

KEPT = {"code": "SUCCESS", "details": {"id": "7"}, "message": "record added", "status": "success"}
REFUSED = {
    "code": "DUPLICATE_DATA",
    "details": {"api_name": "Email", "id": "5"},
    "message": "duplicate data",
    "status": "error",
}


@pytest.mark.source("reference: platform C.1: at most 100 rows a call")
@given(count=st.integers(0, 730), size=st.integers(1, 100))
def test_chunks_lose_nothing_and_keep_the_order(count: int, size: int) -> None:
    cut = list(chunks(range(count), size))

    assert [row for _, chunk in cut for row in chunk] == list(range(count))
    assert [start for start, _ in cut] == [chunk[0] for _, chunk in cut]
    assert all(1 <= len(chunk) <= size for _, chunk in cut)


@pytest.mark.source("assumed: a row is named as the caller counts it")
def test_the_paths_of_a_later_call_name_the_rows_of_the_whole() -> None:
    at = {"api_name": "Email", "json_path": "$.data[1].Email"}
    refused = {**REFUSED, "details": {**at, "expected_fields": [{"json_path": "$.data[1].Phone"}], "note": "$.data[1]"}}
    body = json.dumps({"data": [KEPT, refused]}).encode()

    answer = Answer(status=200, content=body, headers={}, method="POST", url="http://x")

    [_, second] = outcomes_of(answer, "data", 100, [{}, {}])

    assert second.index == 101
    assert second.details == {
        "api_name": "Email",
        "json_path": "$.data[101].Email",
        "expected_fields": [{"json_path": "$.data[101].Phone"}],
        "note": "$.data[1]",
    }


@pytest.mark.source("reference: SDK 5.3, writes")
def test_chunks_take_rows_only_as_they_are_needed() -> None:
    taken: list[int] = []

    def rows() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    next(chunks(rows()))

    assert len(taken) == 100


@pytest.mark.source("reference: platform B.6")
def test_a_result_tells_of_every_row() -> None:
    rows = [{"Last_Name": "Lovelace"}, {"Last_Name": "Byron"}]
    result = BatchResult(
        [
            Outcome.read(KEPT, index=0, row=rows[0], status=207),
            Outcome.read(REFUSED, index=1, row=rows[1], status=207),
        ]
    )

    assert [outcome.ok for outcome in result] == [True, False]
    assert result.ids == ["7", None]
    assert [(bad.index, bad.row, bad.code) for bad in result.failed] == [(1, rows[1], "DUPLICATE_DATA")]
    assert isinstance(result.failed[0].error(), Duplicate)


@pytest.mark.source("reference: SDK 5.1, bulk writes")
def test_raise_for_errors_raises_once_with_the_whole_result() -> None:
    result = BatchResult([Outcome.read(REFUSED, index=3, row={}, status=207)])

    with pytest.raises(PartialFailure, match="row 3: DUPLICATE_DATA") as caught:
        result.raise_for_errors()

    assert caught.value.result is result
    assert pickle.loads(pickle.dumps(caught.value)).result == result


@pytest.mark.source("reference: SDK 5.1, bulk writes")
def test_a_result_without_errors_gives_itself() -> None:
    result = BatchResult([Outcome.read(KEPT, index=0, row={})])

    assert result.raise_for_errors() is result
