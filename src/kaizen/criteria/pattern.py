"""The patterns of `like`: `%` at either end, and nowhere else."""

from kaizen.vocabulary.comparators import Comparator


def form_of(pattern: str) -> tuple[Comparator, str]:
    """Say which comparator a pattern stands for, and with what text: `%x%` contains x."""
    begins, ends = pattern.startswith("%"), pattern.endswith("%")
    if begins and ends:
        return Comparator.CONTAINS, pattern[1:-1]
    if begins:
        return Comparator.ENDS_WITH, pattern[1:]
    if ends:
        return Comparator.STARTS_WITH, pattern[:-1]
    return Comparator.EQUAL, pattern
