"""How merge tokens are written: `${!Deals.Amount}`, `${!Deals.Account_Name.Industry}`, `${CURRENTTIME}`.

Only names of fields are recognised; everything else between braces is text. Nothing is ever executed, and
what a token is replaced by is not read again (reference: automation C.7).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from kaizen.criteria.tree import Path

_PATTERN: Final = re.compile(r"\$\{(?:!(\w+)((?:\.[\w$]+)+)|(CURRENTTIME|CURRENTUSER|EMPTY|NOTEMPTY))\}")


@dataclass(frozen=True, slots=True)
class MergeField:
    """The value of a field: of a module's record, of the acting user (Users) or the organisation (Org)."""

    root: str
    path: Path


@dataclass(frozen=True, slots=True)
class Constant:
    """A token without a field: CURRENTTIME, CURRENTUSER."""

    name: str


MergeToken: TypeAlias = MergeField | Constant


def pieces(text: str) -> Iterator[str | MergeToken]:
    """Yield the text between the tokens and the tokens, in order."""
    end = 0
    for found in _PATTERN.finditer(text):
        if found.start() > end:
            yield text[end : found.start()]
        root, path, constant = found.groups()
        yield MergeField(root, tuple(path[1:].split("."))) if root else Constant(constant)
        end = found.end()
    if end < len(text):
        yield text[end:]


def only_token(text: str) -> MergeToken | None:
    """Return the token when the text is one token and nothing else."""
    found = list(pieces(text.strip()))
    return found[0] if len(found) == 1 and not isinstance(found[0], str) else None
