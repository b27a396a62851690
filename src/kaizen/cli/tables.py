"""CSV files as rows that know where they come from."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kaizen.cli.problems import UsageProblemError


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file, by column."""

    file: str
    line: int
    cells: dict[str, str]

    @property
    def where(self) -> str:
        """Name the row as messages do: `accounts.csv:14`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class BadRow:
    """One line that was left out, and why."""

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


@dataclass(frozen=True, slots=True)
class Table:
    """A whole file: its columns, its rows, and the lines that are no rows."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    bad: tuple[BadRow, ...]


def read_table(path: Path, encoding: str = "utf-8-sig") -> Table:
    """Read a CSV file; a line with too many or too few cells is reported, the rest kept.

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
        raise UsageProblemError(f"{path.name}:1: column {sorted(twice)[0]!r} stands there twice; rename one")
    rows, bad = [], []
    for line, cells in lines:
        if not any(cells):
            continue
        if len(cells) != len(columns):
            bad.append(
                BadRow(f"{path.name}:{line}", f"{len(cells)} cells where the first line names {len(columns)} columns")
            )
            continue
        rows.append(Row(path.name, line, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    return Table(path.name, columns, tuple(rows), tuple(bad))


def _decoded(path: Path, encoding: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageProblemError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return data.decode(encoding)
    except LookupError as error:
        raise UsageProblemError(f"{path.name}: unknown encoding {encoding!r}; try utf-8, cp1252 or latin-1") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageProblemError(
            f"{path.name}:{line}: byte 0x{data[error.start]:02x} is not {encoding}; "
            f'say how the file is written with `encoding = "cp1252"` (or another) beside its name in the mapping'
        ) from error


def _numbered(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UsageProblemError(f"{path.name}:{reader.line_num}: {error}; check the quotes around there") from error
        yield reader.line_num, cells
