"""How commands are called from where the user is, so that what a message shows can be typed."""

import os
import shutil
import sys
from pathlib import Path


def kaizen() -> str:
    """Return how to call this command: by its name if it is on the path, else by its file."""
    called = Path(sys.argv[0])
    if called.name != "kaizen":
        return f"{python()} -m kaizen.cli.main"
    found = shutil.which("kaizen")
    return "kaizen" if found and Path(found).resolve() == called.resolve() else str(called)


def python() -> str:
    """Return how to call the Python that has this package from here."""
    near = os.path.relpath(sys.executable)
    return sys.executable if near.startswith(os.pardir) else near
