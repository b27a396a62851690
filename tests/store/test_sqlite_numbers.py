"""Numbers as SQLite holds them: each has one text, and the texts sort as the numbers do."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kaizen.model.numbers import Number, exact
from kaizen.store.stored_numbers import decode, encode

pytestmark = pytest.mark.source("assumed: both databases are one store")

NUMBERS = st.one_of(
    st.integers(-(10**40) + 1, 10**40 - 1),
    st.decimals(-(10**25), 10**25, allow_nan=False, places=9).map(exact),
    st.decimals(-1, 1, allow_nan=False, places=9).map(exact),
)


@pytest.mark.parametrize(
    ("number", "text"),
    [("0", "P0"), ("0.05", "P0.05"), ("7", "Q7"), ("1200", "T1200"), ("1200.5", "T1200.5"), ("-0.05", "O9.94~")],
)
def test_a_number_has_a_text(number: str, text: str) -> None:
    assert encode(exact(Decimal(number))) == text


@given(NUMBERS)
def test_a_number_comes_back_as_it_was(number: Number) -> None:
    found: Any = decode(encode(number))

    assert (found, type(found)) == (number, type(number))


@given(NUMBERS, NUMBERS)
@example(-1200, Decimal("-1200.5"))
@example(Decimal("-0.1"), Decimal("-0.01"))
@example(10**40 - 1, 10**40)
@example(-(10**40), -(10**40) + 1)
def test_texts_sort_as_the_numbers_do(one: Number, other: Number) -> None:
    assert (encode(one) < encode(other)) == (one < other)
    assert (encode(one) == encode(other)) == (one == other)
