"""Tokens and secrets as text, and as the hashes under which they are kept."""

import hashlib
import hmac
from collections.abc import Callable
from typing import TypeAlias

#: Returns so many bytes of chance as lower-case hexadecimal text, two digits a byte.
Chance: TypeAlias = Callable[[int], str]

_HALF = 16  #: bytes in each half of a token
_SEEN = 9  #: characters of a token that may be seen: its prefix and four of 64 random digits
_LONG = 36  #: characters; of what is shorter nothing is seen


def new_token(chance: Chance) -> str:
    """Make a grant, refresh or access token: `1000.<32 hex>.<32 hex>`."""
    return f"1000.{chance(_HALF)}.{chance(_HALF)}"


def new_client_id(chance: Chance) -> str:
    """Make a client id: `1000.` and 30 capital letters and digits."""
    return f"1000.{chance(15).upper()}"


def new_client_secret(chance: Chance) -> str:
    """Make a client secret: 42 hexadecimal digits."""
    return chance(21)


def hashed(secret: str) -> str:
    """Return the hash under which a secret is kept; secrets are random, so one round is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def masked(secret: str) -> str:
    """Return what of a token may be seen: enough to find it by, too little to use it."""
    return f"{secret[:_SEEN]}…" if len(secret) >= _LONG else "…"


def matches(secret: str, kept: str) -> bool:
    """Compare a secret with a kept hash in a time that does not tell how much of it was right."""
    return hmac.compare_digest(hashed(secret), kept)
