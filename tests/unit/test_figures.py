"""The figures that `make check` prints mean what they say."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "figures.py"
CODE = '''"""A module."""


def one():
    """Say one.

    At length.
    """
    return 1


class Counter:
    """A class."""

    @property
    async def several(self):
        def inner():
            return 2

        return inner
'''


@pytest.mark.source("assumed: a function is as long as what it does, not as what it says of itself")
def test_what_is_counted(tmp_path: Path) -> None:
    for name, text in {
        "src/kaizen/a.py": CODE,
        "src/kaizen/deep/b.py": "x = 1\n",
        "src/kaizen/deep/c.py": "x = 1\n",
        "src/kaizen/deep/_sync/d.py": "x = 1\n" * 100,
        "tests/test_a.py": "x = 1\n" * 11,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    run = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=True)

    figures = {line[:32].strip(): line[32:].split() for line in run.stdout.splitlines()[1:]}
    assert {name: values[0] for name, values in figures.items()} == {
        "lines of a function, median": "2",
        "lines of a function, nine of ten": "5",
        "lines of a function, longest": "5",
        "lines of a file, longest": "100",
        "files in a folder, most": "2",
        "lines of tests to a line of code": "0.5",
    }
    assert figures["lines of a function, longest"][2:] == ["several", "in", "src/kaizen/a.py"]
    assert figures["files in a folder, most"][2:] == ["src/kaizen/deep"]
