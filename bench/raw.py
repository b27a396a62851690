"""What a server stores, stored by apsw alone: what no server on SQLite can do faster."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw


class Copy:
    """The rows that a server adds to one of its tables, in a table that apsw alone writes."""

    def __init__(self, source: apsw.Connection, target: apsw.Connection, table: str, indexes: Sequence[str]) -> None:
        self._source, self._target, self._table = source, target, table
        self._last = 0
        rows = self.new()
        names = [f'"{name}"' for _, name, *_ in source.execute(f"PRAGMA table_info({table})")]
        #: The columns that are not empty in every row.
        self._kept = [place for place in range(len(names)) if any(row[place] is not None for row in rows)]
        columns = ", ".join(names[place] for place in self._kept)
        typed = columns.replace('"id"', '"id" INTEGER PRIMARY KEY', 1)
        target.execute(f"CREATE TABLE {table} ({typed})")
        for number, indexed in enumerate(indexes):
            target.execute(f"CREATE INDEX {table}_{number} ON {table} ({indexed})")
        self._statement = f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(self._kept))})"
        self.write(self.cut(rows))

    def new(self) -> list[tuple[Any, ...]]:
        """Return the rows that came since the last time."""
        rows = self._source.execute(f"SELECT * FROM {self._table} WHERE id > ? ORDER BY id", (self._last,)).fetchall()
        self._last = rows[-1][0]
        return rows

    def cut(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return rows without the columns that are not kept."""
        return [tuple(row[place] for place in self._kept) for row in rows]

    def write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows that were cut."""
        self._target.executemany(self._statement, rows)


class Raw:
    """The deals of a server and their history as apsw alone writes them: batches of 100 deals, synchronous FULL."""

    def __init__(self, path: Path, database: Path) -> None:
        source = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
        self._target = apsw.Connection(str(path))
        self._target.execute("PRAGMA journal_mode = WAL")
        self._target.execute("PRAGMA synchronous = FULL")
        # As the server's writer has it.
        self._target.execute("PRAGMA cache_size = -65536")
        self._target.execute("PRAGMA wal_autocheckpoint = 4000")
        deals = Copy(source, self._target, "m_deals", ("stage, amount", "account_name", "modified_time"))
        self._copies = (deals, Copy(source, self._target, "kz_change", ("record_id",)))

    def insert(self) -> float:
        """Insert the very rows that the server stored since the last time; returns seconds."""
        copies = [(copy, copy.cut(copy.new())) for copy in self._copies]
        count = len(copies[0][1]) // 100
        began = time.perf_counter()
        for number in range(count):
            with self._target:
                for copy, rows in copies:
                    each = -(-len(rows) // count)
                    copy.write(rows[number * each : (number + 1) * each])
        return time.perf_counter() - began
