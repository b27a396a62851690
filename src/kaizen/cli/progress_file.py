"""How far a long load has come, kept in a small file so that the next run goes on from there."""

import json
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from kaizen.cli.problems import UsageProblemError


class ProgressFile:
    """Counts of rows done, by step; another mapping, other data or another organisation begin anew."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path = path
        self._fingerprint = fingerprint
        self._done: dict[str, int] = {}
        if path.exists():
            self._read()

    def done(self, step: str) -> int:
        """Say how many rows of a step were carried out in earlier runs."""
        return self._done.get(step, 0)

    def advance(self, step: str, rows: int) -> None:
        """Keep that a step has come so far."""
        self._done[step] = rows
        beside = self._path.with_name(self._path.name + ".new")
        beside.write_text(json.dumps({"of": self._fingerprint, "done": self._done}), encoding="utf-8")
        beside.replace(self._path)

    def _read(self) -> None:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            if kept["of"] == self._fingerprint:
                self._done = {str(step): int(rows) for step, rows in kept["done"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageProblemError(
                f"{self._path}: not a progress file of `kaizen import` ({error}); remove it to begin anew"
            ) from error


def fingerprint(files: Iterable[Path], *words: str) -> str:
    """Tell one load from another: the files' contents and some words."""
    digest = sha256("\n".join(words).encode())
    for file in sorted(files):
        digest.update(os.fsencode(file.name))
        digest.update(file.read_bytes())
    return digest.hexdigest()
