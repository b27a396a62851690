"""The page of ten ordinary changes can be followed by its text alone."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.support.patches import Patch, patches
from tests.support.snippets import snippets

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "contributing" / "ten-changes.md"
#: What a change is made in and checked by.
COPIED: Final = ("src", "tests", "scripts", "pyproject.toml")
#: What the page says to run after a change.
COMMAND: Final = re.compile(r"`((?:pytest|python scripts/)[^`]*)`")


@dataclass(frozen=True)
class Change:
    """One change of the page."""

    name: str
    patches: tuple[Patch, ...]
    commands: tuple[str, ...]

    @property
    def sources(self) -> list[str]:
        """The source files it touches; what is generated or is data is no source."""
        return [patch.path for patch in self.patches if re.fullmatch(r"src/.*\.py", patch.path)]


def changes() -> list[Change]:
    """Read the page."""
    text = PAGE.read_text("utf-8")
    found = []
    diffs = [snippet for snippet in snippets(PAGE, PAGE.name) if snippet.language == "diff"]
    starts = [(m.start(), m[1]) for m in re.finditer(r"^## (.+)$", text, re.MULTILINE)]
    for (start, name), (end, _) in zip(starts, [*starts[1:], (len(text), "")], strict=True):
        lines = range(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 2)
        inside = [patch for diff in diffs if diff.line in lines for patch in patches(diff.body)]
        found.append(Change(name, tuple(inside), tuple(COMMAND.findall(text[start:end]))))
    return found


CHANGES: Final = changes()


@pytest.mark.source("assumed: a page for contributors can be followed by its text alone")
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_is_made_as_the_page_says(change: Change, tmp_path: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)

    for patch in change.patches:
        patch.apply(tmp_path)

    services = {name: value for name, value in os.environ.items() if name.startswith("KAIZEN_TEST_")}
    assert any(command.startswith("pytest") for command in change.commands)
    for command in change.commands:
        program, *arguments = shlex.split(command)
        module = ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"] if program == "pytest" else []
        ran = subprocess.run(
            [sys.executable, *module, *arguments],
            cwd=tmp_path,
            env={**services, "PYTHONPATH": str(tmp_path / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.source("assumed: an ordinary change touches few files")
def test_the_page_counts_the_source_files() -> None:
    rows = re.findall(r"^\| \[(.+?)\]\(#.+?\) \| (\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert [(change.name, str(len(change.sources))) for change in CHANGES] == rows
    assert len(rows) == 10
    assert sum(int(count) <= 2 for _, count in rows) >= 6
