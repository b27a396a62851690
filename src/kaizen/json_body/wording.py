"""The words in which a family of endpoints refuses what a body says."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class BodyWording:
    """The messages of one family of endpoints; an empty one is the usual message of the code."""

    wrong_type: str = ""
    missing: str = ""
    too_long: str = ""
    not_listed: str = ""  #: the value is none of a closed set


#: Most families say no more than the code does.
PLAIN: Final = BodyWording()
