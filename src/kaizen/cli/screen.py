"""Where commands show what they found: a terminal as wide as it is, or a file in which no line is cut."""

import os
from typing import Final

from rich.console import Console

#: Wider than anything that is shown.
_UNCUT: Final = 10_000


def screen(*, record: bool = False, width: int | None = None) -> Console:
    """Return the console; without a terminal and without COLUMNS, lines are as long as they need to be."""
    console = Console(record=record, width=width, highlight=False)
    if width is None and not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _UNCUT
    return console
