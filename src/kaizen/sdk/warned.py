"""Warnings that point at the program, wherever in the library they come up."""

from __future__ import annotations

import sys
import warnings
from typing import Final

_LIBRARY: Final = "kaizen.sdk"


def warn(message: str) -> None:
    """Warn at the line outside this library that led here."""
    frame = sys._getframe(1)
    level = 2
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith(_LIBRARY):
        frame = frame.f_back
        level += 1
    warnings.warn(message, stacklevel=level)
