"""What looking a database through found."""

from dataclasses import dataclass
from typing import Final

#: How many problems of one kind are told word for word.
EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """One part of a database, how much of it was looked at, and what is wrong with it."""

    what: str
    rows: int
    problems: int = 0
    examples: tuple[str, ...] = ()
