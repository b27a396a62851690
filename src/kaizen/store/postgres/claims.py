"""Claims on PostgreSQL: advisory locks that are taken before the snapshot in which a unit looks things up.

A unit sees the database as it was when it began. One that waits for a claim inside a transaction would see a state
from before the wait, so the unit is restarted with all claims held. Claims are always taken in one order, and
by no unit that holds a row, so that they never wait in a circle.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final

import psycopg

from kaizen.model.claim import Claim

#: A unit with more claims than this takes all at once: the server has room for some thousand locks in total.
_MOST: Final = 256

_TAKE: Final = (
    "SELECT CASE WHEN k = %s THEN pg_advisory{0}_lock_shared(k) ELSE pg_advisory{0}_lock(k) END "
    "FROM unnest(%s::bigint[]) AS k"
)
_BEFORE: Final = _TAKE.format("")
_WITHIN: Final = _TAKE.format("_xact")


class ClaimsNeededError(Exception):
    """The unit must be restarted with more claims held."""

    def __init__(self, keys: frozenset[int]) -> None:
        super().__init__(f"{len(keys)} claims are needed")
        self.keys = keys


class Claims:
    """The claims of one organisation's units."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._everything = self._key("", "")

    def keys_of(self, claims: Iterable[Claim]) -> dict[int, bool]:
        """Return the keys of claims, with whether a unique index stands behind them."""
        return {self._key(claim.of, f"{claim.value}"): claim.indexed for claim in claims}

    def take_before(self, connection: psycopg.Connection[Any], keys: frozenset[int]) -> None:
        """Take claims before a transaction; they are held until the connection gives up its locks."""
        connection.execute(_BEFORE, self._ordered(keys))

    def take_within(self, cursor: psycopg.Cursor[Any], keys: frozenset[int]) -> None:
        """Take claims within a transaction and until its end; what others did during the wait is not seen."""
        cursor.execute(_WITHIN, self._ordered(keys))

    def _ordered(self, keys: frozenset[int]) -> tuple[int | None, list[int]]:
        """Return which lock is shared with others, and all locks in the order in which they are taken."""
        if len(keys) > _MOST:
            return None, [self._everything]
        return self._everything, [self._everything, *sorted(keys)]

    def _key(self, *parts: str) -> int:
        digest = blake2b("\0".join((self._schema, *parts)).encode(), digest_size=8).digest()
        return int.from_bytes(digest, signed=True)
