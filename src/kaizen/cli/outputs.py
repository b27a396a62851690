"""Files that a command will write: whether it can is found out before the work, not after it."""

import os
from pathlib import Path

from kaizen.cli.problems import UsageProblemError


def check_writable(path: Path | None) -> None:
    """Refuse a path that cannot be written; None is allowed.

    Raises:
        UsageProblemError: it is a folder, or its folder does not exist or takes no files.
    """
    if path is None:
        return
    if path.is_dir():
        raise UsageProblemError(f"{path}: cannot be written (it is a folder); name a file")
    if not path.parent.is_dir():
        raise UsageProblemError(f"{path}: cannot be written (there is no folder {path.parent}); create it first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageProblemError(f"{path}: cannot be written (permission denied); name another file")
