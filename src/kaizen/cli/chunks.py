"""Many rows cut into calls."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")

ROWS_PER_CALL: Final = 100


def chunks(items: Iterable[T], size: int = ROWS_PER_CALL) -> Iterator[list[T]]:
    """Cut into lists of at most `size`."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
