"""How commands are called from where the user is, so that what a message shows can be typed."""

import os
import shutil
import sys
from pathlib import Path


def kaizen() -> str:
    """Say how this command is called: by its name where the path leads to it, else by its file."""
    called = Path(sys.argv[0])
    if called.name != "kaizen":
        return f"{python()} -m kaizen.cli.main"
    found = shutil.which("kaizen")
    return "kaizen" if found and Path(found).resolve() == called.resolve() else str(called)


def python() -> str:
    """Say how the Python that has this package is called from here."""
    near = os.path.relpath(sys.executable)
    return sys.executable if near.startswith(os.pardir) else near
