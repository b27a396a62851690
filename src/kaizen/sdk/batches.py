"""Writes of many rows: cut into calls, and the outcome of every row put back in order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, overload

from kaizen.sdk.errors import KaizenError, PartialFailure, kind_of
from kaizen.sdk.ids import Id
from kaizen.sdk.rows import each_of

T = TypeVar("T")

ROWS_PER_CALL: Final = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one row."""

    index: int  #: the row's place in what was handed in, from 0
    code: str
    message: str
    details: Mapping[str, Any]
    row: object  #: the row as it was handed in
    ok: bool
    status: int | None = None  #: the HTTP status of the call it went with
    action: str | None = None  #: of an upsert: "insert" or "update"
    duplicate_field: str | None = None  #: of an upsert: the field that matched

    @classmethod
    def read(cls, element: Mapping[str, Any], *, index: int, row: object, status: int | None = None) -> Outcome:
        """Read one element of an answer."""
        details = element.get("details")
        return cls(
            index=index,
            code=str(element.get("code", "")),
            message=str(element.get("message", "")),
            details=details if isinstance(details, dict) else {},
            row=row,
            ok=element.get("code") == "SUCCESS" or element.get("status") == "success",
            status=status,
            action=element.get("action"),
            duplicate_field=element.get("duplicate_field"),
        )

    @property
    def id(self) -> Id | None:
        """The id of the record; None when the row was refused."""
        found = self.details.get("id") if self.ok else None
        return Id(found) if found else None

    def error(self) -> KaizenError:
        """Return the exception that the same refusal of a single row would have raised."""
        return kind_of(self.code, self.status)(self.message, code=self.code, status=self.status, details=self.details)


@dataclass(slots=True)
class BatchResult(Sequence[Outcome]):
    """The outcome of every row, in the order in which they were handed in."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def succeeded(self) -> list[Outcome]:
        """The rows that were kept."""
        return [outcome for outcome in self.outcomes if outcome.ok]

    @property
    def failed(self) -> list[Outcome]:
        """The rows that were refused."""
        return [outcome for outcome in self.outcomes if not outcome.ok]

    @property
    def ids(self) -> list[Id | None]:
        """The id for each row; None for the refused ones."""
        return [outcome.id for outcome in self.outcomes]

    def raise_for_errors(self) -> BatchResult:
        """Raise PartialFailure if any row was refused; else return the result."""
        failed = self.failed
        if failed:
            first = failed[0]
            raise PartialFailure(
                f"{len(failed)} of {len(self)} rows were refused; "
                f"the first is row {first.index}: {first.code} {first.message} {dict(first.details)}",
                result=self,
            )
        return self

    @overload
    def __getitem__(self, index: int) -> Outcome: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Outcome]: ...
    def __getitem__(self, index: int | slice) -> Outcome | Sequence[Outcome]:
        return self.outcomes[index]

    def __len__(self) -> int:
        return len(self.outcomes)


def chunks(rows: Iterable[T], size: int = ROWS_PER_CALL) -> Iterator[tuple[int, list[T]]]:
    """Cut rows into calls, each with the number of its first row; never holds more than one."""
    start = 0
    source = each_of(rows)
    while chunk := list(itertools.islice(source, size)):
        yield start, chunk
        start += len(chunk)
