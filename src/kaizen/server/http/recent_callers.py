"""Who was admitted lately: whose bodies are read before the unit of work that admits the request."""

from typing import Final

#: So many callers are remembered; then all are forgotten.
MOST: Final = 10_000


class RecentCallers:
    """Authorization headers that were admitted once.

    This is a hint and no permission. Whoever is known has the body of a request read first, and is admitted, or
    not, in the unit that does the work; of all others the body is not even read before they are admitted.
    """

    def __init__(self) -> None:
        self._known: set[int] = set()

    def knows(self, authorization: str) -> bool:
        """Return whether a header was noted."""
        return hash(authorization) in self._known

    def forget(self, authorization: str) -> None:
        """Take a header for a stranger's again."""
        self._known.discard(hash(authorization))

    def note(self, authorization: str) -> None:
        """Remember a header; not its text, which is a secret."""
        if len(self._known) >= MOST:
            self._known.clear()
        self._known.add(hash(authorization))
