"""Patches on a page of the docs, applied to a copy of the sources: unified diffs without line numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_FROM: Final = "--- "
_TO: Final = "+++ "
_HUNK: Final = "@@"


@dataclass
class Patch:
    """What becomes of one file: in each hunk the lines that are there, and those that take their place."""

    path: str
    hunks: list[tuple[list[str], list[str]]] = field(default_factory=list)

    def apply(self, root: Path) -> None:
        """Change the file below a folder, or make it."""
        file = root / self.path
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        for old, new in self.hunks:
            place = _find(lines, old, self.path)
            lines[place : place + len(old)] = new
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n", "utf-8")


def patches(text: str) -> Iterator[Patch]:
    """Read the patches of a diff."""
    patch: Patch | None = None
    for line in text.splitlines():
        if line.startswith(_FROM):
            if patch is not None:
                yield patch
            patch = None
        elif line.startswith(_TO) and patch is None:
            patch = Patch(line.removeprefix(_TO))
        elif patch is not None and line.startswith(_HUNK):
            patch.hunks.append(([], []))
        elif patch is not None:
            old, new = patch.hunks[-1]
            if not line.startswith("+"):
                old.append(line[1:])
            if not line.startswith("-"):
                new.append(line[1:])
    if patch is not None:
        yield patch


def _find(lines: list[str], wanted: list[str], path: str) -> int:
    """Return where lines stand in a file, which they must do exactly once; a file to be made has none."""
    if not wanted:
        assert not lines, f"{path} is there already"
        return 0
    places = [place for place in range(len(lines)) if lines[place : place + len(wanted)] == wanted]
    if len(places) != 1:
        told = (
            f"{path}: {len(places)} places look like the lines below; let the page's patch say what the file says now"
        )
        raise AssertionError(f"{told}\n" + "\n".join(wanted))
    return places[0]
