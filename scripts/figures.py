"""Print what the code is like in figures, beside those of an earlier commit. They describe; nothing fails by them.

A function is counted from its `def` line to its end, without its docstring. The copy of the SDK that is generated
counts with the functions, and not in the ratio of tests to code: nobody wrote it, and nobody tests it twice.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
GENERATED: Final = "_sync"


@dataclass(frozen=True)
class Figures:
    """The figures of one checkout."""

    median_function: int
    most_functions: int
    longest_function: int
    longest_file: int
    fullest_folder: int
    tests_to_code: float


NAMES: Final = {
    "median_function": "lines of a function, median",
    "most_functions": "lines of a function, nine of ten",
    "longest_function": "lines of a function, longest",
    "longest_file": "lines of a file, longest",
    "fullest_folder": "files in a folder, most",
    "tests_to_code": "lines of tests to a line of code",
}
#: At commit 9f1a1a5, before the modules were put on their shelves, which brought 34 files in a folder down to 26.
BEFORE: Final = Figures(5, 16, 90, 413, 34, 0.87)


def measure(root: Path) -> tuple[Figures, dict[str, str]]:
    """Return the figures of a checkout, and what the extremes are."""
    files = sorted((root / "src" / "kaizen").rglob("*.py"))
    functions = sorted((length, f"{name} in {path.relative_to(root)}") for path in files for name, length in of(path))
    lengths = [length for length, _ in functions]
    longest = max(files, key=line_count)
    folder, most = Counter(path.parent for path in files).most_common(1)[0]
    written = sum(line_count(path) for path in files if GENERATED not in path.parts)
    tests = sum(line_count(path) for path in (root / "tests").rglob("*.py"))
    figures = Figures(
        lengths[len(lengths) // 2],
        lengths[len(lengths) * 9 // 10],
        lengths[-1],
        line_count(longest),
        most,
        round(tests / written, 2),
    )
    where = {
        "longest_function": functions[-1][1],
        "longest_file": str(longest.relative_to(root)),
        "fullest_folder": str(folder.relative_to(root)),
    }
    return figures, where


def of(path: Path) -> Iterator[tuple[str, int]]:
    """Give the name and the length of every function of a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, span(node) - (span(node.body[0]) if ast.get_docstring(node) is not None else 0)


def span(node: ast.stmt) -> int:
    """Return how many lines a statement takes."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def line_count(path: Path) -> int:
    """Return how many lines a file has."""
    return len(path.read_text("utf-8").splitlines())


def table(now: Figures, where: dict[str, str]) -> str:
    """Write the figures beside those from before."""
    width = max(map(len, NAMES.values()))
    lines = [f"{'':{width}}    now  9f1a1a5"]
    for field, value, before in zip(fields(now), astuple(now), astuple(BEFORE), strict=True):
        said = f"{NAMES[field.name]:{width}}  {value:5}  {before:7}  {where.get(field.name, '')}"
        lines.append(said.rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(*measure(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)))
