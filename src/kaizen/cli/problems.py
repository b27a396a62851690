"""What the command line says when it cannot go on: what, where, and what to do next."""

from collections.abc import Iterable
from difflib import get_close_matches


class UsageProblemError(Exception):
    """An argument or a file cannot be used; the text is shown as it is, and the command ends with status 2."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known word, or list what there is."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1)
    if near:
        return f'did you mean "{near[0]}"?'
    return "it has: " + ", ".join(names) if names else "it has none"
