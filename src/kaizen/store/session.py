"""One open transaction as the tables see it: statements in, rows out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from kaizen.model.claim import Claim
from kaizen.store.dialect import SqlDialect, quoted
from kaizen.store.errors import ReadOnlyError

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Insertion:
    """Where rows go: a table and its columns in the order of the values."""

    table: str
    columns: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """The INSERT statement for one row."""
        columns = ", ".join(quoted(c) for c in self.columns)
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {quoted(self.table)} ({columns}) VALUES ({marks})"


class Session(Protocol):
    """What the tables need from a connection inside a transaction."""

    @property
    def dialect(self) -> SqlDialect: ...
    @property
    def writable(self) -> bool: ...
    @property
    def shard(self) -> int:
        """Which of its rows a hot counter uses here, so that concurrent transactions do not meet."""

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]: ...
    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it touched."""

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None: ...
    def load(self, insertion: Insertion, rows: Sequence[Sequence[Any]]) -> None:
        """Insert many rows the fastest way the database has."""

    def create_counter(self, name: str, start: int, step: int = 1) -> None: ...
    def advance(self, name: str) -> int:
        """Return a counter's value and move it one step on."""

    def prove_writable(self) -> None:
        """Write something that changes nothing and keeps nobody waiting, so that the commit reaches the disk."""

    def lock_structure(self) -> None:
        """Wait until no other process changes tables, until the end of the transaction."""

    def claim(self, claims: Iterable[Claim]) -> None:
        """Wait until no other unit holds any of the claims, and hold them until the end of the transaction."""

    def share(self, claim: Claim) -> None:
        """Wait until nobody holds the claim for himself, and keep others from it until the end of the transaction."""


def must_write(session: Session) -> None:
    """Refuse to go on where nothing can be written."""
    if not session.writable:
        raise ReadOnlyError


def listed(session: Session, values: Iterable[object]) -> list[object]:
    """Bind a list for `SqlDialect.among`."""
    return [session.dialect.listed(list(values))]
