"""How far a long load has come, kept in a small file so that the next run goes on from there."""

import json
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from kaizen.cli.problems import UsageProblemError
from kaizen.cli.tables import BadRow


class ProgressFile:
    """Rows done and rows skipped, by step; with another mapping, other data or another organisation it starts empty."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path = path
        self._fingerprint = fingerprint
        self._done: dict[str, int] = {}
        self._skipped: dict[str, list[BadRow]] = {}
        if path.exists():
            self._read()

    def done(self, step: str) -> int:
        """Return how many rows of a step were carried out in earlier runs."""
        return self._done.get(step, 0)

    def skipped(self, step: str) -> list[BadRow]:
        """Return the rows of a step that were skipped, in this run or in earlier ones."""
        return list(self._skipped.get(step, ()))

    def skip(self, step: str, bad: Iterable[BadRow]) -> None:
        """Note skipped rows; the next advance saves them together with the progress."""
        self._skipped.setdefault(step, []).extend(bad)

    def advance(self, step: str, rows: int) -> None:
        """Save how far a step has come."""
        self._done[step] = rows
        beside = self._path.with_name(self._path.name + ".new")
        skipped = {step: [(row.where, row.why) for row in bad] for step, bad in self._skipped.items() if bad}
        kept = {"of": self._fingerprint, "done": self._done, "left_out": skipped}
        beside.write_text(json.dumps(kept), encoding="utf-8")
        beside.replace(self._path)

    def _read(self) -> None:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            if kept["of"] == self._fingerprint:
                self._done = {str(step): int(rows) for step, rows in kept["done"].items()}
                self._skipped = {
                    str(step): [BadRow(str(where), str(why)) for where, why in bad]
                    for step, bad in kept.get("left_out", {}).items()
                }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageProblemError(
                f"{self._path}: not a progress file of `kaizen import` ({error}); delete it to start from the beginning"
            ) from error


def fingerprint(files: Iterable[Path], *words: str) -> str:
    """Return a digest that tells one load from another: of the files' contents and some words."""
    digest = sha256("\n".join(words).encode())
    for file in sorted(files):
        digest.update(os.fsencode(file.name))
        digest.update(file.read_bytes())
    return digest.hexdigest()
