"""Values on their way into JSON, addresses and ids."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaizen import Entity
from kaizen.sdk.errors import Misuse
from kaizen.sdk.ids import Id, as_id
from kaizen.sdk.record import RecordBase
from kaizen.sdk.wire import csv_of, decode, encode, params_of, path_of, query_of, text_of

INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))


@dataclass(frozen=True)
class Case:
    name: str
    value: object
    written: str


CASES = [
    Case("a moment keeps its offset", dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=INDIA), '"2026-01-02T03:04:05+05:30"'),
    Case("and loses its fraction", dt.datetime(2026, 1, 2, 3, 4, 5, 999, tzinfo=dt.UTC), '"2026-01-02T03:04:05+00:00"'),
    Case("a date", dt.date(2026, 1, 2), '"2026-01-02"'),
    Case("an id", Id(4876876000000002181), '"4876876000000002181"'),
    Case("a record as a value is a lookup", RecordBase({"id": "7", "Last_Name": "x"}), '{"id":"7"}'),
    Case("so is a user", Entity({"id": "9", "email": "a@b.c"}), '{"id":"9"}'),
    Case("a decimal keeps its digits", Decimal("1.10"), "1.10"),
    Case("a tuple, inside an object", {"Tag": ({"name": "a"},)}, '{"Tag":[{"name":"a"}]}'),
    Case("moments deep inside", [{"at": [dt.date(2026, 1, 2)]}], '[{"at":["2026-01-02"]}]'),
    Case("true is not 1", [True, 1, 1.5, None], "[true,1,1.5,null]"),
    Case("any text", "Zoë 漢 \n", '"Zoë 漢 \\n"'),
]


@pytest.mark.source("reference: platform B.4, C.2")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_encode(case: Case) -> None:
    assert encode(case.value).decode() == case.written


@pytest.mark.source("assumed: nothing is changed silently on its way")
@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), Decimal("Infinity"), dt.datetime(2026, 1, 2), RecordBase({"Last_Name": "new"})],  # noqa: DTZ001 - a moment without a zone is the point
)
def test_what_json_has_no_place_for_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"cannot be sent|no time zone|no id"):
        encode({"field": value})


@pytest.mark.source("assumed: nothing is changed silently on its way")
@pytest.mark.parametrize("value", [b"bytes", object(), 1j])
def test_what_is_no_value_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        encode({"field": value})


HALF = "Zo\ud83d"


@pytest.mark.source("assumed: nothing is changed silently on its way")
@pytest.mark.parametrize(
    "send",
    [
        lambda: encode({"Last_Name": HALF}),
        lambda: encode([{"Tag": [{HALF: 1}]}]),
        lambda: path_of("Leads", HALF),
        lambda: query_of({"word": HALF}),
    ],
    ids=["a value", "a key", "an address", "a parameter"],
)
def test_half_a_character_is_refused_wherever_it_stands(send: Callable[[], object]) -> None:
    with pytest.raises(Misuse, match="half a character at 2"):
        send()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.source("assumed: JSON is written as JSON")
@given(JSON)
def test_json_values_go_through_unchanged(value: object) -> None:
    assert json.loads(encode(value)) == value


@dataclass(frozen=True)
class Number:
    """A number on the wire, and what a program gets."""

    text: str
    read: object


NUMBERS = [
    Number("12", 12),
    Number("9007199254740993", 9007199254740993),
    Number("123456789012345678901234567890", 123456789012345678901234567890),
    Number("1200.50", 1200.5),
    Number("0.30000000000000004", 0.1 + 0.2),
    Number("9999999999999999.99", Decimal("9999999999999999.99")),
    Number("0.1234567890123456789", Decimal("0.1234567890123456789")),
    Number("1e5", 100000.0),
    Number("1e-400", Decimal("1e-400")),
]


@pytest.mark.source("assumed: nothing is changed silently on its way")
@pytest.mark.parametrize("case", NUMBERS, ids=lambda case: case.text)
def test_a_number_is_read_with_all_its_digits(case: Number) -> None:
    read = decode(case.text.encode())

    assert (type(read), read) == (type(case.read), case.read)


@pytest.mark.source("assumed: nothing is changed silently on its way")
@given(st.decimals(allow_nan=False, allow_infinity=False) | st.integers())
def test_a_number_comes_back_as_it_was_sent(value: Decimal | int) -> None:
    assert Decimal(str(decode(encode(value)))) == value


@pytest.mark.source("reference: platform D.2")
@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1e16, "10000000000000000"),
        (1e-7, "0.0000001"),
        (1.5, "1.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12345678901234567.89"), "12345678901234567.89"),
    ],
)
def test_a_number_in_a_search_has_no_exponent(value: float | Decimal, written: str) -> None:
    assert text_of(value) == written


@pytest.mark.source("assumed: no value leads to another address")
@pytest.mark.parametrize(
    ("segments", "path"),
    [
        (("Leads", "1"), "Leads/1"),
        (("Leads", "../users"), "Leads/..%2Fusers"),
        (("a b", "?x=1#y"), "a%20b/%3Fx%3D1%23y"),
    ],
)
def test_path_segments_are_quoted(segments: tuple[str, ...], path: str) -> None:
    assert path_of(*segments) == path


@pytest.mark.source("reference: platform B.2")
def test_params_leave_out_what_is_not_given() -> None:
    params = params_of(page=1, fields=None, converted=False, since=dt.date(2026, 1, 2), ids=csv_of(["1", "2"]))

    assert params == {"page": "1", "converted": "false", "since": "2026-01-02", "ids": "1,2"}


@pytest.mark.source("reference: SDK 5.3, ids accept numbers")
@pytest.mark.parametrize("value", [42, "42", Id("42"), {"id": 42}, Entity({"id": "42"}), RecordBase({"id": "42"})])
def test_an_id_is_taken_from_whatever_has_one(value: object) -> None:
    assert as_id(value) == "42"  # type: ignore[arg-type]  # each is an IdLike


@pytest.mark.source("assumed: an empty id would address the whole list")
@pytest.mark.parametrize("value", ["", "  ", {}, {"id": None}, RecordBase({})])
def test_nothing_is_no_id(value: object) -> None:
    with pytest.raises(ValueError, match=r"cannot be empty|has no id"):
        as_id(value)  # type: ignore[arg-type]  # the point


@pytest.mark.source("assumed: True is an int in Python and no id")
@pytest.mark.parametrize("value", [True, 1.5])
def test_only_text_and_whole_numbers_are_ids(value: object) -> None:
    with pytest.raises(TypeError):
        Id(value)  # type: ignore[arg-type]  # the point
