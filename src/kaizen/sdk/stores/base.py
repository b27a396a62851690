"""What a token store does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from kaizen.sdk.tokens import Token, TokenKey


class TokenStore(ABC):
    """Keeps one token for each key; every method may block, and raises StoreError when it cannot do its work."""

    @abstractmethod
    def find(self, key: TokenKey) -> Token | None:
        """Return the token of a key, or None."""

    @abstractmethod
    def save(self, token: Token) -> None:
        """Keep a token in the place of the one with its key; kept for good when this returns."""

    @abstractmethod
    def delete(self, key: TokenKey) -> None:
        """Remove the token of a key, if there is one."""

    @abstractmethod
    def lock(self, key: TokenKey) -> AbstractContextManager[TokenStore]:
        """Hold off everyone else, other processes included, who would change this key.

        The context gives the store to use while the lock is held. It may be left in another thread than the
        one that entered it.
        """

    @abstractmethod
    def tokens(self) -> list[Token]:
        """Return all tokens."""
