"""Tokens that live as long as the program."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from kaizen.sdk.stores.base import TokenStore
from kaizen.sdk.tokens import Token, TokenKey


class MemoryStore(TokenStore):
    """Keeps tokens in this process; may be shared by any number of clients and threads."""

    def __init__(self, tokens: Iterable[Token] = ()) -> None:
        self._tokens = {token.key: token for token in tokens}
        self._lock = threading.Lock()

    def find(self, key: TokenKey) -> Token | None:
        """Return the token of a key, or None."""
        return self._tokens.get(key)

    def save(self, token: Token) -> None:
        """Keep a token."""
        self._tokens[token.key] = token

    def delete(self, key: TokenKey) -> None:
        """Remove the token of a key, if there is one."""
        self._tokens.pop(key, None)

    @contextmanager
    def lock(self, key: TokenKey) -> Iterator[TokenStore]:
        """Hold off the other clients that share this store."""
        with self._lock:
            yield self

    def tokens(self) -> list[Token]:
        """Return all tokens."""
        return list(self._tokens.values())
