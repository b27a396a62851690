"""CSV files as rows that know where they come from."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kaizen.cli.problems import UsageProblemError

#: What the reader says when the file ends inside a quote.
_END: Final = "unexpected end"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file, by column."""

    file: str
    line: int
    cells: dict[str, str]

    @property
    def where(self) -> str:
        """Return the place of the row as messages show it: `accounts.csv:14`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class BadRow:
    """One line that was skipped, and why."""

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


@dataclass(frozen=True, slots=True)
class Table:
    """A whole file: its columns, its rows, and the lines that are not valid rows."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    bad: tuple[BadRow, ...]


def read_table(path: Path, encoding: str = "utf-8-sig") -> Table:
    """Read a CSV file; a line that is not a valid row (too many cells, too few, a NUL) is reported, the rest kept.

    Raises:
        UsageProblemError: the file is missing, empty, has a column twice, or is not in this encoding.
    """
    text = _decoded(path, encoding)
    lines = _numbered(text, path)
    first = next(lines, None)
    if first is None:
        raise UsageProblemError(f"{path.name}: the file is empty; its first line must name the columns")
    columns = tuple(name.strip() for name in first[1])
    twice = {name for name in columns if columns.count(name) > 1}
    if twice:
        raise UsageProblemError(f"{path.name}:1: there are two columns {sorted(twice)[0]!r}; rename one")
    rows, bad = [], []
    for line, cells in lines:
        if not any(cells):
            continue
        if len(cells) != len(columns):
            bad.append(
                BadRow(f"{path.name}:{line}", f"{len(cells)} cells, but the first line names {len(columns)} columns")
            )
            continue
        nul = next((column for column, cell in zip(columns, cells, strict=True) if "\0" in cell), None)
        if nul is not None:
            bad.append(BadRow(f"{path.name}:{line}", f"{nul}: contains a NUL character, which no field can store"))
            continue
        rows.append(Row(path.name, line, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    return Table(path.name, columns, tuple(rows), tuple(bad))


def _decoded(path: Path, encoding: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageProblemError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        # A byte-order mark is not part of the first column's name, whatever the encoding in the mapping.
        return data.decode("utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding)
    except LookupError as error:
        raise UsageProblemError(f"{path.name}: unknown encoding {encoding!r}; try utf-8, cp1252 or latin-1") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageProblemError(
            f"{path.name}:{line}: byte 0x{data[error.start]:02x} is not {encoding}; "
            f'name the encoding of the file in the mapping, next to `file`: encoding = "cp1252" (or another)'
        ) from error


def _numbered(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of its first line."""
    # Not splitlines(): that also ends a line at characters which may stand in a cell.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            at_the_end = _END in str(error)
            opened = _open_quote(text, begins, reader.line_num if at_the_end else reader.line_num - 1)
            if opened is None:
                raise UsageProblemError(
                    f"{path.name}:{reader.line_num}: {error}; check the quotes around there"
                ) from error
            raise UsageProblemError(
                f"{path.name}:{opened}: a quote opens here and is not closed "
                f"(line {reader.line_num}: {error}); close it, or double the quotes inside a cell"
            ) from error
        yield begins, cells


def _open_quote(text: str, first: int, last: int) -> int | None:
    """Return the line on which the quote opens that is open after the last of these lines of one row."""
    opened = None
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if first <= number <= last:
            # Two quotes in a row are one inside a cell, or an empty cell: they open and close nothing.
            for _ in range(line.replace('""', "").count('"')):
                opened = number if opened is None else None
    return opened
